package challenge

import (
	"fmt"
	"maps"
	"slices"

	"remit/activity"
	"remit/register"
)

// Difference is a case in which a rule does not do what the case expects.
type Difference struct{ Rule, Case, Got, Want string }

// String is one line.
func (d Difference) String() string {
	return fmt.Sprintf("rule %s, case %q: %s; expected %s", d.Rule, d.Case, d.Got, d.Want)
}

// Test runs the cases of every rule by itself, and counts them.
func (rs *Rules) Test(pack *register.Pack) (cases int, wrong []Difference) {
	for _, r := range rs.Rules {
		for i := range r.Cases {
			cases++
			got, want := r.run(rs, pack, &r.Cases[i]), r.Cases[i].wanted()
			if want.money == "" {
				got.money = ""
			}
			if got.String() != want.String() {
				wrong = append(wrong, Difference{r.ID, r.Cases[i].Name, got.String(), want.String()})
			}
		}
	}
	return cases, wrong
}

type verdict struct {
	rows   []int // challenged, from 1
	unable bool
	money  string
}

func (v verdict) String() string {
	switch {
	case v.unable:
		return "it cannot tell"
	case len(v.rows) == 0:
		return "nothing is challenged"
	case v.money == "":
		return fmt.Sprint("challenged rows ", v.rows)
	}
	return fmt.Sprint("challenged rows ", v.rows, " for ", v.money)
}

func (c *Case) wanted() verdict {
	v := verdict{rows: c.Challenged, unable: c.Expect == "cannot_tell"}
	if c.Expect == "challenged" {
		v.rows = []int{1}
	}
	if a, present, err := activity.ParseAmount([]byte(c.Money)); present && err == nil {
		v.money = a.String()
	}
	return v
}

// run judges the rows of a case by the one rule alone.
func (r *Rule) run(rs *Rules, pack *register.Pack, c *Case) verdict {
	rows := c.Rows
	if rows == nil {
		rows = []map[string]string{c.Row}
	}
	fields := slices.Clone(r.needs)
	for _, row := range rows {
		fields = slices.Concat(fields, slices.Collect(maps.Keys(row)))
	}
	slices.Sort(fields)
	fields = slices.Compact(fields)
	alone := *rs
	alone.Rules = []*Rule{r}
	on := *r
	on.Off = false // a rule that is switched off is tested all the same
	alone.Rules[0] = &on
	j := alone.Judge(pack, fields)
	var found []Finding
	var v verdict
	for i, row := range rows {
		values := make([]string, len(fields))
		for k, name := range fields {
			values[k] = row[name]
		}
		if own := j.Row(values); len(own) > 0 {
			v.rows = append(v.rows, i+1)
			found = append(found, own...)
		}
	}
	for _, f := range j.End() {
		i := slices.IndexFunc(rows, func(row map[string]string) bool { return row["row_key"] == f.RowKey })
		v.rows = append(v.rows, i+1)
		found = append(found, f)
	}
	var sum activity.Amount
	for _, f := range found {
		sum = sum.Add(f.Money)
	}
	v.unable, v.money = len(j.Unable()) > 0, sum.String()
	return v
}
