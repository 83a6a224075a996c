package holding

import (
	"fmt"
	"slices"
	"strings"

	"remit/register"
)

// Board is who holds some roles for the people of one ICB.
type Board struct {
	ICB      string
	Holdings []Holding
}

// Boards answers Who for the people of each ICB of a day, in the order of their codes,
// with the holdings alone: for a page that shows them all. The error is an *AskError
// when the service is not known.
func (b *Book) Boards(service string, day register.Day, roles ...Role) ([]Board, error) {
	subject, err := b.Find(service, day)
	if err != nil {
		return nil, err
	}
	var list []Board
	for _, code := range b.boards(day) {
		segments := b.history(subject.subject(), &Place{Kind: "icb", Code: code}, "")
		at := slices.IndexFunc(segments, func(s segment) bool { return s.from <= day && day <= s.to })
		board := Board{ICB: code}
		for _, role := range roles {
			board.Holdings = append(board.Holdings, b.holdings(segments, at, role)...)
		}
		list = append(list, board)
	}
	return list, nil
}

// Alike gives services and lines the same text when they have the same holders on every
// day, for whomever: they are in the same sets for the same time, on the same word,
// and lines have the same statuses. The error is an *AskError when the service is not known.
func (b *Book) Alike(service string, day register.Day) (string, error) {
	found, err := b.Find(service, day)
	if err != nil {
		return "", err
	}
	s := found.subject()
	var text strings.Builder
	text.WriteString(s.function)
	for _, set := range b.setsOf[s.service] {
		for _, f := range b.sets[set][s.service] {
			fmt.Fprintf(&text, "|%s %s %s %s %s", set, f.from, f.to, f.confidence, f.source)
		}
	}
	if s.line != "" {
		fmt.Fprintf(&text, "|line, of a service: %t", s.service != "")
		t := b.pack.Table("service_line")
		for _, row := range t.Rows(s.line) {
			from, to := t.Valid(row)
			fmt.Fprintf(&text, "|%s %s %s", from, to, t.At(row, "status"))
		}
	}
	return text.String(), nil
}
