//go:build !linux

package intake

import "errors"

func exchange(string, string) error { return errors.ErrUnsupported }
