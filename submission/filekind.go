package submission

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"remit/activity"
	"remit/register"
)

// fileTest gives the findings of a rule about the file as a whole.
type fileTest func(r *Rule, f *fileState) []Finding

// fileState is what is known when all rows are read.
type fileState struct {
	*binding
	*tally
	heading Heading
	name    Heading // what the file name says
}

var fileKinds = map[string]func(r *Rule) (fileTest, error){
	"unreadable":      faultKind,
	"bad_row":         faultKind,
	"column":          columnKind,
	"one_column":      oneColumnKind,
	"known_columns":   knownColumnsKind,
	"some_rows":       someRowsKind,
	"sender":          expectedKind(byProvider, func(g *Given) string { return g.Provider }),
	"one_provider":    oneKind(byProvider),
	"year":            expectedKind(byYear, func(g *Given) string { return g.Year }),
	"one_year":        oneKind(byYear),
	"latest_month":    latestMonthKind,
	"months_restated": monthsRestatedKind,
	"some_period":     somePeriodKind,
	"name_agrees":     nameAgreesKind,
	"in_place":        inPlaceKind,
	"distinct_rows":   distinctRowsKind,
	"steady":          steadyKind,
	"encoding":        encodingKind,
}

// faultKind rules are met in reading, not tested at the end.
func faultKind(r *Rule) (fileTest, error) {
	if r.Argument != "" {
		return nil, fmt.Errorf("the kind takes no argument")
	}
	return nil, nil
}

func (f *fileState) finding(r *Rule, value string) Finding {
	return Finding{Rule: r.ID, Level: FileLevel, Severity: r.Severity, Field: r.Field, Column: f.columnOf(r.Field),
		Message: r.explain(value, f.columnOf(r.Field)), Remedy: r.Remedy}
}

func (f *fileState) one(r *Rule, value string) []Finding { return []Finding{f.finding(r, value)} }

// some is a finding about some of the rows.
func (f *fileState) some(r *Rule, value string, count part) []Finding {
	found := f.finding(r, value)
	found.Rows, found.Money = count.rows, count.money
	return []Finding{found}
}

func columnKind(r *Rule) (fileTest, error) {
	return func(r *Rule, f *fileState) []Finding {
		if f.layout.Has(r.Field) {
			return nil
		}
		field, _ := activity.FieldByID(r.Field)
		found := f.finding(r, "")
		found.Column = field.Title(f.layout.Dataset)
		found.Message = r.explain("", found.Column)
		return []Finding{found}
	}, withField(r)
}

// oneColumnKind: no field has two columns. The one that is not read is lost otherwise.
func oneColumnKind(r *Rule) (fileTest, error) {
	return func(r *Rule, f *fileState) (found []Finding) {
		for _, note := range f.layout.Notes {
			if len(note.Others) > 0 {
				one := f.finding(r, strings.Join(note.Others, ", "))
				one.Field, one.Column = note.Field, note.Used
				one.Message = r.explain(strings.Join(note.Others, ", "), note.Used)
				found = append(found, one)
			}
		}
		return found
	}, nil
}

func knownColumnsKind(r *Rule) (fileTest, error) {
	return func(r *Rule, f *fileState) []Finding {
		if len(f.unknown) == 0 {
			return nil
		}
		shown := f.unknown[:min(10, len(f.unknown))]
		value := strings.Join(shown, ", ")
		if more := len(f.unknown) - len(shown); more > 0 {
			value += fmt.Sprintf(" and %d more", more)
		}
		return f.one(r, value)
	}, nil
}

func someRowsKind(r *Rule) (fileTest, error) {
	return func(r *Rule, f *fileState) []Finding {
		if f.rows > 0 {
			return nil
		}
		return f.one(r, "")
	}, nil
}

// expectedKind: every row that names a part of the file names the one asked for.
func expectedKind(by func(*group) string, asked func(*Given) string) func(*Rule) (fileTest, error) {
	return func(*Rule) (fileTest, error) {
		return func(r *Rule, f *fileState) []Finding {
			want := asked(&f.given)
			if want == "" {
				return nil
			}
			var others []string
			var count part
			for _, p := range f.parts(by) {
				if p.name != "" && !strings.EqualFold(p.name, want) {
					others = append(others, p.name)
					count.add(p.part)
				}
			}
			if len(others) == 0 {
				return nil
			}
			return f.some(r, listed(others), count)
		}, nil
	}
}

// oneKind: all rows that name a part of the file name the same. The rows of the
// first are not counted as wrong.
func oneKind(by func(*group) string) func(*Rule) (fileTest, error) {
	return func(*Rule) (fileTest, error) {
		return func(r *Rule, f *fileState) []Finding {
			var names []string
			var count part
			for _, p := range f.parts(by) {
				if p.name == "" {
					continue
				}
				if len(names) > 0 {
					count.add(p.part)
				}
				names = append(names, p.name)
			}
			if len(names) < 2 {
				return nil
			}
			return f.some(r, listed(names), count)
		}, nil
	}
}

func listed(names []string) string {
	const most = 10
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

func latestMonthKind(r *Rule) (fileTest, error) {
	return func(r *Rule, f *fileState) []Finding {
		months := f.heading.Months
		if f.given.Month == 0 || len(months) == 0 || months[len(months)-1] == f.given.Month {
			return nil
		}
		return f.one(r, strconv.Itoa(months[len(months)-1]))
	}, nil
}

// monthsRestatedKind: a file restates the year to date, so that every month up
// to its latest has rows.
func monthsRestatedKind(r *Rule) (fileTest, error) {
	return func(r *Rule, f *fileState) []Finding {
		months := f.heading.Months
		if len(months) == 0 {
			return nil
		}
		var missing []string
		for m := 1; m < min(months[len(months)-1], 13); m++ {
			if !slices.Contains(months, m) {
				missing = append(missing, strconv.Itoa(m))
			}
		}
		if len(missing) == 0 {
			return nil
		}
		return f.one(r, strings.Join(missing, ", "))
	}, nil
}

func somePeriodKind(r *Rule) (fileTest, error) {
	return func(r *Rule, f *fileState) []Finding {
		if len(f.groups) == 0 || f.heading.Year != "" {
			return nil
		}
		return f.one(r, "")
	}, nil
}

// nameAgreesKind: the file name says the same as the body of what the argument
// names: feed, provider, year or month.
func nameAgreesKind(r *Rule) (fileTest, error) {
	if !slices.Contains([]string{"feed", "provider", "year", "month"}, r.Argument) {
		return nil, fmt.Errorf("it is feed, provider, year or month")
	}
	return func(r *Rule, f *fileState) []Finding {
		said, is := f.saidAndIs(r.Argument)
		if said == "" || is == "" || said == is {
			return nil
		}
		return f.one(r, said+", and the rows "+is)
	}, nil
}

func (f *fileState) saidAndIs(what string) (said, is string) {
	switch what {
	case "feed":
		return string(f.name.Feed), string(f.layout.Dataset)
	case "provider":
		if p := f.parts(byProvider); len(p) > 0 {
			is = p[0].name
		}
		return f.name.Provider, is
	case "year":
		for _, p := range f.parts(byYear) {
			if f.heading.YearFrom == FromBody && is == "" {
				is = p.name
			}
		}
		return f.name.Year, is
	}
	if n := len(f.heading.Months); n > 0 && len(f.name.Months) > 0 {
		return strconv.Itoa(f.name.Months[0]), strconv.Itoa(f.heading.Months[n-1])
	}
	return "", ""
}

// inPlaceKind takes FIELDS in PERCENT%: no more than that share of rows has that
// many fields that are not written as they should be. Rows like it hold their
// values under the wrong headings.
func inPlaceKind(r *Rule) (fileTest, error) {
	var fields, percent int
	if n, err := fmt.Sscanf(r.Argument, "%d in %d%%", &fields, &percent); err != nil || n != 2 || fields < 1 || fields > maxMalformed {
		return nil, fmt.Errorf("it is not written as 4 in 5%%, with at most %d fields", maxMalformed)
	}
	return func(r *Rule, f *fileState) []Finding {
		var rows int64
		for n := fields; n <= maxMalformed; n++ {
			rows += f.malformed[n]
		}
		if rows == 0 || rows*100 < f.rows*int64(percent) {
			return nil
		}
		return f.some(r, strconv.FormatInt(rows, 10), part{rows: rows})
	}, nil
}

func distinctRowsKind(r *Rule) (fileTest, error) {
	return func(r *Rule, f *fileState) []Finding {
		count, samples := f.repeated()
		if count.rows == 0 {
			return nil
		}
		found := f.some(r, strconv.FormatInt(count.rows, 10), count)
		found[0].Samples = samples
		return found
	}, nil
}

// steadyKind takes rows or money and a percentage: in the months that the last
// submission holds, the file is not so much larger or smaller. Files restate the
// year to date, so that the whole grows by a month each time.
func steadyKind(r *Rule) (fileTest, error) {
	what, share, _ := strings.Cut(r.Argument, " ")
	percent, err := strconv.Atoi(strings.TrimSuffix(share, "%"))
	if err != nil || percent <= 0 || what != "rows" && what != "money" {
		return nil, fmt.Errorf("it is not written as rows 25%% or money 25%%")
	}
	return func(r *Rule, f *fileState) []Finding {
		if f.given.Previous == nil {
			return nil
		}
		now := f.within(f.given.Previous.Months)
		was, is := activity.Pence(f.given.Previous.Rows), activity.Pence(now.rows)
		if what == "money" {
			was, is = f.given.Previous.Money, now.money
		}
		limit, ok := was.Abs().Mul(activity.Pence(int64(percent)))
		if !ok || was.IsZero() || is.Sub(was).Abs().Cmp(limit) <= 0 {
			return nil
		}
		if what == "money" {
			return f.one(r, fmt.Sprintf("£%s to £%s", was.Pounds(), is.Pounds()))
		}
		return f.one(r, fmt.Sprintf("%d to %d", f.given.Previous.Rows, now.rows))
	}, nil
}

// within is the rows of the file in some months of its year; of no months all.
func (f *fileState) within(months []int) (sum part) {
	if len(months) == 0 {
		return part{f.rows, f.money}
	}
	for _, g := range f.groups {
		if g.period.year == f.heading.Year && slices.Contains(months, g.period.month) {
			sum.add(g.all)
		}
	}
	return sum
}

// encodingKind takes the encoding that a file should not have.
func encodingKind(r *Rule) (fileTest, error) {
	if r.Argument != "UTF-16" {
		return nil, fmt.Errorf("it is UTF-16")
	}
	return func(r *Rule, f *fileState) []Finding {
		if !strings.HasPrefix(string(f.given.Encoding), r.Argument) {
			return nil
		}
		return f.one(r, string(f.given.Encoding))
	}, nil
}

// firstDay is the first day of a financial month; of month 0 the year's first,
// of 13 the last month's.
func firstDay(year string, month int) register.Day {
	if len(year) != 6 || month < 0 {
		return register.NoDay
	}
	from, err := strconv.Atoi(year[:4])
	if err != nil {
		return register.NoDay
	}
	m := min(max(month, 1), 12) + 3
	if m > 12 {
		from, m = from+1, m-12
	}
	day, err := register.ParseDay(fmt.Sprintf("%04d-%02d-01", from, m))
	if err != nil {
		return register.NoDay
	}
	return day
}

func fmtMonth(month int) string { return strconv.Itoa(month) }
