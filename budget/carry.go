package budget

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/big"
	"slices"
	"strings"

	"remit/activity"
	"remit/register"
	"remit/share"
	"remit/sheet"
)

// Move is part of a reorganisation: how much of a board goes to a successor.
type Move struct {
	From, FromName string
	To, ToName     string
	On             register.Day // from when the successor stands
	Basis          string       // registered_population, activity, spend: what the weight counts
	Weight         *big.Rat
	Source         string
	Confidence     string
	Place          string
}

// Crosswalk is who becomes whom, by one stated basis for each board that ends.
type Crosswalk struct {
	Moves []Move
	Hash  string
}

// Carried says where an amount stood before a reorganisation, and by what it was parted.
type Carried struct {
	From   string
	Basis  string
	On     register.Day
	Weight *big.Rat
	Of     *big.Rat // the weights of all successors
	Whole  activity.Amount
	Source string
}

// Words says how the amount was carried.
func (c *Carried) Words() string {
	if c.Weight.Cmp(c.Of) == 0 {
		return fmt.Sprintf("all of %s of %s, whole", share.Sterling(c.Whole), c.From)
	}
	return fmt.Sprintf("%s of %s of %s, by %s %s of %s", Percent(quo(c.Weight, c.Of), 4), share.Sterling(c.Whole), c.From, strings.ReplaceAll(c.Basis, "_", " "), trimZeros(c.Weight.FloatString(2)), trimZeros(c.Of.FloatString(2)))
}

// Bases are what amounts may be parted by.
var Bases = []string{"registered_population", "activity", "spend"}

// LoadCrosswalk reads a crosswalk: from,from_name,to,to_name,on,basis,weight,source,confidence.
func LoadCrosswalk(files fs.FS, file string) (*Crosswalk, error) {
	text, err := fs.ReadFile(files, file)
	if err != nil {
		return nil, err
	}
	var faults sheet.Faults
	s := sheet.Read(file, bytes.NewReader(text), []string{"from", "from_name?", "to", "to_name?", "on", "basis", "weight", "source", "confidence"}, &faults)
	c := &Crosswalk{}
	seen := map[string]bool{}
	for _, row := range s.Rows {
		m := Move{From: row.Need("from"), FromName: row.Text("from_name"), To: row.Need("to"), ToName: row.Text("to_name"), On: row.Day("on", register.NoDay),
			Basis: row.Choice("basis", Bases...), Weight: row.Number("weight"), Source: row.Need("source"), Confidence: row.Choice("confidence", "high", "medium", "low"), Place: row.Place()}
		if m.On == register.NoDay && row.Text("on") == "" {
			row.Fault("on", "the day of the change is blank", "write it YYYY-MM-DD")
		}
		id := m.From + "\x00" + m.To + "\x00" + m.Basis
		if seen[id] {
			row.Fault("to", "the move is there twice by the same basis", "remove one row")
		}
		seen[id] = true
		c.Moves = append(c.Moves, m)
	}
	return c, faults.Err()
}

// Successors are the moves of one board by a basis; nil when it goes on as it is.
func (c *Crosswalk) Successors(icb, basis string) []Move {
	var list []Move
	for _, m := range c.Moves {
		if m.From == icb && m.Basis == basis {
			list = append(list, m)
		}
	}
	return list
}

// Split parts an amount of a board among its successors, to the penny. A board that the crosswalk does not
// name by that basis keeps its money, unless it names it by another: then the basis is missing.
func (c *Crosswalk) Split(icb string, whole activity.Amount, basis string) ([]share.Part, []Carried, error) {
	moves := c.Successors(icb, basis)
	if len(moves) == 0 {
		if slices.ContainsFunc(c.Moves, func(m Move) bool { return m.From == icb }) {
			return nil, nil, fmt.Errorf("the crosswalk parts %s by another basis than %s; add rows of that basis", icb, basis)
		}
		return []share.Part{{Key: icb, Exact: share.Of(whole), Amount: whole}}, []Carried{{}}, nil
	}
	keys, weights := make([]string, len(moves)), make([]*big.Rat, len(moves))
	for i, m := range moves {
		keys[i], weights[i] = m.To, m.Weight
	}
	parts, err := share.Split(whole, keys, weights, share.Penny)
	if err != nil {
		return nil, nil, fmt.Errorf("parting %s of %s: %w", share.Sterling(whole), icb, err)
	}
	carried := make([]Carried, len(moves))
	for i, m := range moves {
		carried[i] = Carried{From: icb, Basis: basis, On: m.On, Weight: m.Weight, Of: sum(weights), Whole: whole, Source: m.Source}
	}
	return parts, carried, nil
}

// CarryLines carries lines of a ledger across the reorganisation. Each line becomes one
// for each successor, with the basis kept on it; the sum stays to the penny.
func (c *Crosswalk) CarryLines(lines []Line, basis string) ([]Line, error) {
	var out []Line
	for _, l := range lines {
		parts, carried, err := c.Split(l.ICB, l.Amount, basis)
		if err != nil {
			return nil, err
		}
		for i, p := range parts {
			next := l
			next.ICB, next.Amount, next.Carried = p.Key, p.Amount, nil
			if carried[i].From != "" {
				next.Carried = &carried[i]
			}
			out = append(out, next)
		}
	}
	return out, nil
}

// CarryUses carries commitments across, as CarryLines does with lines.
func (c *Crosswalk) CarryUses(uses []Use, basis string) ([]Use, error) {
	var out []Use
	for _, u := range uses {
		parts, carried, err := c.Split(u.ICB, u.Amount, basis)
		if err != nil {
			return nil, err
		}
		for i, p := range parts {
			next := u
			next.ICB, next.Amount, next.Carried = p.Key, p.Amount, nil
			if carried[i].From != "" {
				next.Carried = &carried[i]
			}
			out = append(out, next)
		}
	}
	return out, nil
}

// CarryActuals carries history across: what each month came to.
func (c *Crosswalk) CarryActuals(list []Actual, basis string) ([]Actual, error) {
	var out []Actual
	for _, a := range list {
		parts, carried, err := c.Split(a.ICB, a.Amount, basis)
		if err != nil {
			return nil, err
		}
		once, _, err := c.Split(a.ICB, a.NonRecurrent, basis)
		if err != nil {
			return nil, err
		}
		for i, p := range parts {
			next := a
			next.ICB, next.Amount, next.NonRecurrent, next.Carried = p.Key, p.Amount, once[i].Amount, nil
			if carried[i].From != "" {
				next.Carried = &carried[i]
			}
			out = append(out, next)
		}
	}
	return out, nil
}
