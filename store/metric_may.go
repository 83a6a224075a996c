package store

// What an account may do with returns and alerts. A blank organisation is national.
// Four eyes are held by the store itself: who entered a return cannot sign it.

// MayEnter says whether the account may enter returns of a provider: an editor, of
// that provider or national.
func (a *Account) MayEnter(provider string) bool {
	return a.Has(Editor) && (a.Organisation == "" || a.Organisation == provider)
}

// MaySign says whether the account may sign returns of a provider, or send them
// back: an approver, of that provider (its gatekeeper) or national.
func (a *Account) MaySign(provider string) bool {
	return a.Has(Approver) && (a.Organisation == "" || a.Organisation == provider)
}

// MayPublish says whether the account may publish what is signed: a national approver.
func (a *Account) MayPublish() bool { return a.Has(Approver) && a.Organisation == "" }

// MayAcknowledge says whether the account may acknowledge alerts about a provider
// that lies in the area of a board: an editor or approver of that board, or
// national. The provider's own people may not: they are who is asked.
func (a *Account) MayAcknowledge(board string) bool {
	return (a.Has(Editor) || a.Has(Approver)) && (a.Organisation == "" || a.Organisation == board)
}
