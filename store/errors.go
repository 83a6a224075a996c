package store

import (
	"errors"
	"fmt"
	"strings"

	"remit/register"
)

// Errors that a caller tells apart with errors.Is.
var (
	ErrNotFound = errors.New("it is not there")
	ErrNoStore  = errors.New("there is no register here yet; name the right place with --data or --database, or make one with remit register init")
	ErrNotEmpty = errors.New("there is a register here already; name an empty data directory or database")
)

// NewerSchemaError refuses a database that a newer program has written.
type NewerSchemaError struct {
	Found, Known int
	Copy         string // a copy made before the newer program migrated, if there is one
}

func (e *NewerSchemaError) Error() string {
	text := fmt.Sprintf("the database was written by a newer Remit (schema %d; this program knows schemas up to %d); run the newer program", e.Found, e.Known)
	if e.Copy != "" {
		text += ", or put the copy from before in its place: " + e.Copy
	}
	return text
}

// RuleError refuses a step that the rules of the store do not allow: approving
// one's own proposal, say. Its text is a sentence for the person.
type RuleError struct{ Text string }

func (e *RuleError) Error() string { return e.Text }

func refuse(format string, args ...any) error { return &RuleError{fmt.Sprintf(format, args...)} }

// RefusedError refuses edits that would leave the register invalid, with every
// reason.
type RefusedError struct{ Faults []Fault }

// Fault is one reason why edits were refused.
type Fault struct {
	Edit     int             // the edit that it is about, counted from 0; -1 when it is about another row
	Place    string          // the row in words: icb QMJ from 2022-07-01
	Register *register.Fault // as the register found it, or nil
	Text     string          // a sentence with the place and what to do
}

func (e *RefusedError) Error() string {
	lines := []string{"the register would not be valid:"}
	for _, f := range e.Faults {
		lines = append(lines, "  "+f.Text)
	}
	return strings.Join(lines, "\n")
}

// ConflictError says that rows were changed by somebody else after a proposal
// was based on them, and how.
type ConflictError struct{ Conflicts []Conflict }

// Conflict is one edit whose row has changed meanwhile.
type Conflict struct {
	Edit   Edit    // as proposed
	Now    *Fact   // the row as it is now; nil when it was withdrawn
	Change *Change // the change that did it
}

func (e *ConflictError) Error() string {
	lines := []string{"somebody else has changed what this rests on:"}
	for _, c := range e.Conflicts {
		lines = append(lines, "  "+c.String())
	}
	return strings.Join(append(lines, "  look at the register as it is now and propose again"), "\n")
}

// String tells in a sentence what has changed, by whom and when.
func (c *Conflict) String() string {
	var b strings.Builder
	b.WriteString(c.Edit.Place())
	if c.Now == nil {
		b.WriteString(" was withdrawn")
	} else if c.Edit.Version == 0 {
		b.WriteString(" was added")
	} else {
		b.WriteString(" was changed")
	}
	if c.Change != nil {
		fmt.Fprintf(&b, " by %s on %s (change %d: %s)", c.Change.RecordedBy, c.Change.RecordedAt.Format("2 January 2006 at 15:04 MST"), c.Change.Number, c.Change.Reason)
	}
	if c.Now != nil && c.Edit.Before != nil {
		for _, d := range Differences(c.Now.Table, c.Edit.Before, c.Now.Values) {
			fmt.Fprintf(&b, "; %s was %q and is %q", d.Column, d.Before, d.After)
		}
	}
	return b.String()
}
