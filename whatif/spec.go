package whatif

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"remit/activity"
	"remit/calendar"
	"remit/intake"
	"remit/monitor"
	"remit/register"
)

// Spec is what is supposed, and of which rows.
type Spec struct {
	Name     string       `json:"name"` // a-z, 0-9 and hyphens; in the address
	Title    string       `json:"title"`
	Provider string       `json:"provider,omitempty"` // of it alone
	Year     string       `json:"year,omitempty"`     // 202526; of it alone
	Basis    intake.Basis `json:"basis"`
	By       string       `json:"by"` // icb, region, commissioner, ...: between whom money moves
	On       string       `json:"on"` // day of the map of organisations

	Method string   `json:"method,omitempty"` // cam-2025-26+A4=40; blank: that of the register's first
	Status []Status `json:"status,omitempty"`
	Areas  []Area   `json:"areas,omitempty"`
	Hosts  []Host   `json:"hosts,omitempty"`
	Prices []Price  `json:"prices,omitempty"`
}

// Status gives a service line another status.
type Status struct{ Line, To string }

// Area gives a sub-ICB location, or all of an ICB, to an ICB, which may be new.
type Area struct{ From, To string }

// Host gives a provider another host: a sub-ICB location.
type Host struct{ Provider, To string }

// Price changes what is billed, in thousandths: -50 is 5% less. Blank parts stand for any.
type Price struct {
	Provider, Line, POD string
	Thousandths         int64
}

// Statuses are those a line may be given.
var Statuses = []string{"GREEN", "RED", "BLUE", "AMBER"}

// Bys are between whom money may be said to move.
var Bys = []monitor.Dimension{monitor.ICB, monitor.SubICB, monitor.Commissioner, monitor.Cluster, monitor.Footprint, monitor.Region, monitor.Hub}

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,59}$`)

// ErrNothing says that nothing is supposed.
var ErrNothing = errors.New("nothing is supposed: change a status, an area, a host, a price or the method")

// ParseChanges reads what is supposed, one change a line:
//
//	status NCBPS11B RED            the line is retained
//	move 15E QNX                   a sub-ICB location, or all of an ICB, goes to an ICB
//	host RJ7 36L                   the provider is hosted by the sub-ICB location
//	price -5% RJ7 NCBPS11B EL      provider, service line and point of delivery; - for any
//	method cam-2025-26+A4=40       another method or reading
//
// The error names every line that cannot be read.
func (s *Spec) ParseChanges(text string) error {
	var faults []error
	for i, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if err := s.parse(words); err != nil {
			faults = append(faults, fmt.Errorf("line %d, %q: %w", i+1, strings.Join(words, " "), err))
		}
	}
	if len(faults) == 0 && s.empty() {
		return ErrNothing
	}
	return errors.Join(faults...)
}

func (s *Spec) parse(words []string) error {
	upper := make([]string, len(words))
	for i, w := range words {
		upper[i] = strings.ToUpper(w)
	}
	want := map[string]int{"status": 3, "move": 3, "host": 3, "method": 2}
	what := strings.ToLower(words[0])
	if n, ok := want[what]; ok && n != len(words) {
		return fmt.Errorf("%s needs %d words behind it", what, n-1)
	}
	switch what {
	case "status":
		if !slices.Contains(Statuses, upper[2]) {
			return fmt.Errorf("there is no status %s: write one of %s", words[2], strings.Join(Statuses, ", "))
		}
		s.Status = append(s.Status, Status{upper[1], upper[2]})
	case "move":
		s.Areas = append(s.Areas, Area{upper[1], upper[2]})
	case "host":
		s.Hosts = append(s.Hosts, Host{upper[1], upper[2]})
	case "method":
		s.Method = words[1]
	case "price":
		return s.parsePrice(upper)
	default:
		return errors.New("write status, move, host, price or method first")
	}
	return nil
}

const wholeUnit = 100_000_000 // units of an amount in a whole

func (s *Spec) parsePrice(words []string) error {
	if len(words) < 2 || len(words) > 5 {
		return errors.New("price needs a percentage, and perhaps a provider, a service line and a point of delivery")
	}
	percent, _, err := activity.ParseAmount([]byte(strings.TrimPrefix(strings.TrimSuffix(words[1], "%"), "+")))
	if err != nil || !strings.HasSuffix(words[1], "%") {
		return fmt.Errorf("%s is not a percentage such as -5%%", words[1])
	}
	units, ok := percent.Scale(10, 1).Units() // of 10^-8 of a tenth of a percent
	n := units / wholeUnit
	if !ok || n*wholeUnit != units || n < -1000 || n > 10_000 {
		return fmt.Errorf("%s is not a percentage from -100%% to 1000%% with at most one decimal", words[1])
	}
	p := Price{Thousandths: n}
	for i, into := range []*string{&p.Provider, &p.Line, &p.POD} {
		if i+2 < len(words) && words[i+2] != "-" {
			*into = words[i+2]
		}
	}
	s.Prices = append(s.Prices, p)
	return nil
}

func (s *Spec) empty() bool {
	return s.Method == "" && len(s.Status)+len(s.Areas)+len(s.Hosts)+len(s.Prices) == 0
}

// Changes writes what is supposed as ParseChanges reads it.
func (s *Spec) Changes() string {
	var lines []string
	for _, x := range s.Status {
		lines = append(lines, "status "+x.Line+" "+x.To)
	}
	for _, x := range s.Areas {
		lines = append(lines, "move "+x.From+" "+x.To)
	}
	for _, x := range s.Hosts {
		lines = append(lines, "host "+x.Provider+" "+x.To)
	}
	for _, x := range s.Prices {
		lines = append(lines, strings.TrimRight(fmt.Sprintf("price %s%% %s %s %s", monitor.Activity(x.Thousandths*100), cmp.Or(x.Provider, "-"), cmp.Or(x.Line, "-"), cmp.Or(x.POD, "-")), " -"))
	}
	if s.Method != "" {
		lines = append(lines, "method "+s.Method)
	}
	return strings.Join(lines, "\n")
}

// Check says what is wrong with a specification, against the register.
func (s *Spec) Check(pack *register.Pack) error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if !nameForm.MatchString(s.Name) {
		fault("the name %q is not 2 to 60 small letters, digits and hyphens", s.Name)
	}
	if s.Year != "" {
		if _, err := calendar.ParseYear(s.Year); err != nil {
			fault("%w", err)
		}
	}
	if !slices.Contains(intake.Bases, s.Basis) || s.Basis == intake.Planned {
		fault("there is no basis %q: write patient, aggregate or hospital", s.Basis)
	}
	if d, err := monitor.ParseDimension(s.By); err != nil || !slices.Contains(Bys, d) {
		fault("money does not move between values of %q: write icb, sub_icb, commissioner, cluster, footprint, region or hub", s.By)
	}
	if _, err := register.ParseDay(s.On); err != nil {
		fault("the day of the map: %w", err)
	}
	known := func(table, code string) bool { return len(pack.Table(table).Rows(code)) > 0 }
	for _, x := range s.Status {
		if !known("service_line", x.Line) {
			fault("there is no service line %s", x.Line)
		}
	}
	for _, x := range s.Areas {
		if !known("sub_icb", x.From) && !known("icb", x.From) {
			fault("there is neither a sub-ICB location nor an ICB %s", x.From)
		}
	}
	for _, x := range s.Hosts {
		if !known("provider", x.Provider) {
			fault("there is no provider %s", x.Provider)
		}
		if !known("sub_icb", x.To) {
			fault("there is no sub-ICB location %s", x.To)
		}
	}
	if s.empty() {
		faults = append(faults, ErrNothing)
	}
	return errors.Join(faults...)
}
