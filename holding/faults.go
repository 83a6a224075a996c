package holding

import "remit/register"

func (b *Book) faults() []register.Fault { return nil }
