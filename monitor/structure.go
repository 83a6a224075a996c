package monitor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"remit/calendar"
	"remit/register"
)

// Structure is the map of organisations as at a day, on which cells that were
// recorded at any time are shown.
type Structure struct {
	On         register.Day
	pack       *register.Pack
	successors map[string][]succession // by kind and predecessor
	before     map[string][]succession // by kind and successor
	hubOf      map[string]string       // region to specialised hub, on the day
	clusters   map[string]string       // ICB to cluster, on the day
	footprints map[string]string       // ICB to joint-committee footprint, on the day
	places     map[placed]Place
}

type succession struct {
	predecessor, successor string
	on                     register.Day
	boundary               bool // an area moved and the predecessor stayed what it was
}

type placed struct {
	commissioner, practice string
	day                    register.Day
}

// Basis says by what a commissioner was placed on the map.
type Basis string

// How a commissioner is placed.
const (
	Same      Basis = "same"      // it is the same body on both days
	Succeeded Basis = "succeeded" // one body has taken over, or was what it came of
	ByGP      Basis = "practice"  // several would do; the GP practice tells
	Direct    Basis = "direct"    // a hub or a health board: no ICB, it stands for itself
	Unplaced  Basis = "unplaced"  // it cannot be told; Reason says why
)

// Place is where money of a commissioner stands on the map of a day. A hub of NHS
// England or a health board stands for itself in every field but Region. What
// cannot be told is NotPlaced, never guessed.
type Place struct {
	SubICB, ICB, Cluster, Footprint, Region, Hub string
	Basis                                        Basis
	Reason                                       string // a sentence, for Unplaced and ByGP
}

// NewStructure makes the map of a day out of the register.
func NewStructure(pack *register.Pack, on register.Day) *Structure {
	s := &Structure{On: on, pack: pack, successors: map[string][]succession{}, before: map[string][]succession{},
		hubOf: map[string]string{}, clusters: map[string]string{}, footprints: map[string]string{}, places: map[placed]Place{}}
	s.readSuccessions()
	regions := pack.Table("region")
	for _, code := range regions.Keys() {
		s.hubOf[code] = s.value("region", code, on, "specialised_hub")
	}
	s.readClusters()
	s.readFootprints()
	return s
}

// value is a column of the row of a key that holds on a day; blank where none does.
func (s *Structure) value(table, key string, on register.Day, column string) string {
	t := s.pack.Table(table)
	if t == nil {
		return ""
	}
	return t.At(t.Find(key, on, 0).Row, column)
}

func (s *Structure) holds(table, key string, on register.Day) bool {
	t := s.pack.Table(table)
	return t != nil && t.Find(key, on, 0).Row != register.NoRow
}

// dated walks the rows of a file that hold on the day.
func (s *Structure) dated(table string, do func(get func(column string) string)) {
	fields := register.Fields(table)
	for row := range s.pack.Rows(table) {
		if row.From <= s.On && s.On <= row.To {
			do(func(column string) string {
				i := slices.IndexFunc(fields, func(f register.Field) bool { return f.Name == column })
				return row.Fields[i]
			})
		}
	}
}

func (s *Structure) readSuccessions() {
	fields := register.Fields("succession")
	at := func(column string) int {
		return slices.IndexFunc(fields, func(f register.Field) bool { return f.Name == column })
	}
	predecessor, successor, kind, on, how := at("predecessor"), at("successor"), at("kind"), at("effective_on"), at("type")
	for row := range s.pack.Rows("succession") {
		day, err := register.ParseDay(row.Fields[on])
		x := succession{row.Fields[predecessor], row.Fields[successor], day, row.Fields[how] == "boundary_transfer"}
		if err != nil || x.successor == "" || x.predecessor == x.successor {
			continue // a rename or a closure: the body is the same, or there is none after it
		}
		from, to := row.Fields[kind]+" "+x.predecessor, row.Fields[kind]+" "+x.successor
		s.successors[from] = append(s.successors[from], x)
		s.before[to] = append(s.before[to], x)
	}
}

func (s *Structure) readClusters() {
	s.dated("icb_cluster", func(get func(string) string) { s.clusters[get("icb")] = get("cluster") })
}

// readFootprints takes the committees that share decisions over a whole footprint,
// and not what they have set up below themselves.
func (s *Structure) readFootprints() {
	footprint := map[string]bool{}
	s.dated("committee", func(get func(string) string) {
		if get("parent") == "" && get("kind") != "sub_committee" {
			footprint[get("code")] = true
		}
	})
	s.dated("committee_member", func(get func(string) string) {
		if footprint[get("committee")] {
			s.footprints[get("organisation")] = get("committee")
		}
	})
}

// Place puts a commissioner, as recorded for a month, on the map. The practice may
// be blank; it is asked only where the commissioner does not tell.
func (s *Structure) Place(commissioner, practice string, m calendar.Month) Place {
	k := placed{commissioner, practice, m.First()}
	p, done := s.places[k]
	if !done {
		p = s.place(commissioner, practice, m.First())
		s.places[k] = p
	}
	return p
}

// NeedsPractice says whether a commissioner, as recorded for a month, can be placed
// only with the GP practice.
func (s *Structure) NeedsPractice(commissioner string, m calendar.Month) bool {
	kind := s.kind(commissioner)
	return kind != "" && len(s.candidates(kind, commissioner, s.livingDay(kind, commissioner, m.First()))) > 1
}

// kind is the table of a commissioner that has an area.
func (s *Structure) kind(code string) string {
	for _, kind := range []string{"sub_icb", "icb"} {
		if len(s.pack.Table(kind).Rows(code)) > 0 {
			return kind
		}
	}
	return ""
}

func (s *Structure) place(code, practice string, day register.Day) Place {
	if code == "" {
		return unplaced("the record names no commissioner")
	}
	kind := s.kind(code)
	if kind == "" {
		return s.direct(code)
	}
	day = s.livingDay(kind, code, day)
	candidates := s.candidates(kind, code, day)
	switch {
	case len(candidates) == 0:
		return unplaced(fmt.Sprintf("%s did not exist on %s, and the register names nothing that it came of or that took over", code, s.On))
	case len(candidates) > 1:
		return s.byPractice(kind, code, practice, day, candidates)
	case candidates[0] == code:
		return s.area(kind, code, Same, "")
	}
	return s.area(kind, candidates[0], Succeeded, "")
}

// direct is the place of bodies that have no area on the map of ICBs.
func (s *Structure) direct(code string) Place {
	p := Place{SubICB: code, ICB: code, Cluster: code, Footprint: code, Hub: code, Region: code, Basis: Direct}
	if hub := s.pack.Table("hub"); len(hub.Rows(code)) > 0 {
		row := hub.Find(code, s.On, 0).Row
		if row == register.NoRow {
			row = hub.FindEver(code, 0).Row
		}
		if region := hub.At(row, "region"); region != "" {
			p.Region = region
		}
		return p
	}
	if boards := s.pack.Table("health_board"); boards != nil && len(boards.Rows(code)) > 0 {
		return p
	}
	return unplaced(code + " is no commissioner of the register")
}

// livingDay is the day nearest to another on which the body existed. Files go on
// naming bodies that have been closed.
func (s *Structure) livingDay(kind, code string, day register.Day) register.Day {
	if s.holds(kind, code, day) {
		return day
	}
	t := s.pack.Table(kind)
	best := register.NoDay
	for _, row := range t.Rows(code) {
		from, to := t.Valid(row)
		near := min(max(day, from), to)
		if best == register.NoDay || abs(near-day) < abs(best-day) {
			best = near
		}
	}
	return best
}

func abs(d register.Day) register.Day { return max(d, -d) }

// candidates are the bodies of the map that hold, or may hold, what a body held on
// another day: forward through successions or back through them.
func (s *Structure) candidates(kind, code string, day register.Day) []string {
	set := []string{code}
	if day <= s.On {
		set = s.forward(kind, set, day)
	} else {
		set = s.back(kind, set, day)
	}
	return slices.DeleteFunc(set, func(code string) bool { return !s.holds(kind, code, s.On) })
}

func (s *Structure) forward(kind string, set []string, day register.Day) []string {
	for _, step := range s.steps(s.successors, kind, set, day+1, s.On) {
		for _, x := range step {
			if i := slices.Index(set, x.predecessor); i >= 0 && !s.holds(kind, x.predecessor, x.on) {
				set = slices.Delete(set, i, i+1)
			}
		}
		for _, x := range step {
			set = add(set, x.successor)
		}
	}
	return set
}

// back goes the other way. A body that took over part of another, and was there
// before, may hold what either of them held.
func (s *Structure) back(kind string, set []string, day register.Day) []string {
	steps := s.steps(s.before, kind, set, s.On+1, day)
	slices.Reverse(steps)
	for _, step := range steps {
		for _, x := range step {
			if i := slices.Index(set, x.successor); i >= 0 && !s.holds(kind, x.successor, x.on-1) {
				set = slices.Delete(set, i, i+1)
			}
		}
		for _, x := range step {
			set = add(set, x.predecessor)
		}
	}
	return set
}

// steps are the successions that touch a set between two days, those of one day
// together, in order. An area that moved while its body stayed is none: people
// are counted by their GP practice, and practices keep the commissioner that the
// register gives them.
func (s *Structure) steps(by map[string][]succession, kind string, set []string, from, to register.Day) [][]succession {
	var list []succession
	seen := map[succession]bool{}
	reach := slices.Clone(set)
	for i := 0; i < len(reach); i++ {
		for _, x := range by[kind+" "+reach[i]] {
			if x.boundary || x.on < from || x.on > to || seen[x] {
				continue
			}
			seen[x] = true
			list = append(list, x)
			reach = add(add(reach, x.successor), x.predecessor)
		}
	}
	slices.SortStableFunc(list, func(a, b succession) int { return cmp.Compare(a.on, b.on) })
	var steps [][]succession
	for _, x := range list {
		if n := len(steps) - 1; n >= 0 && steps[n][0].on == x.on {
			steps[n] = append(steps[n], x)
			continue
		}
		steps = append(steps, []succession{x})
	}
	return steps
}

func add(set []string, code string) []string {
	if slices.Contains(set, code) {
		return set
	}
	return append(set, code)
}

// byPractice lets the GP practice tell which of several bodies it is: the one with
// which the register has the practice on the day of the map, if the practice was
// with the commissioner when the record was made.
func (s *Structure) byPractice(kind, code, practice string, day register.Day, candidates []string) Place {
	several := fmt.Sprintf("what was %s is part of %s on %s", code, strings.Join(candidates, ", "), s.On)
	if day > s.On {
		several = fmt.Sprintf("%s takes in what was %s on %s", code, strings.Join(candidates, ", "), s.On)
	}
	if practice == "" {
		return unplaced(several + "; the record has no GP practice to tell which")
	}
	body := func(on register.Day) string {
		sub := s.value("practice", practice, on, "commissioner")
		if kind == "icb" {
			return s.value("sub_icb", sub, on, "icb")
		}
		return sub
	}
	if then := body(day); then != code {
		if then == "" {
			then = "nobody"
		}
		return unplaced(fmt.Sprintf("%s; GP practice %s does not tell which: it was with %s", several, practice, then))
	}
	now := body(s.On)
	if !slices.Contains(candidates, now) {
		return unplaced(fmt.Sprintf("%s; GP practice %s does not tell which: the register has it with none of them on that day", several, practice))
	}
	if kind == "icb" {
		kind, now = "sub_icb", s.value("practice", practice, s.On, "commissioner")
	}
	return s.area(kind, now, ByGP, fmt.Sprintf("%s; GP practice %s is with %s", several, practice, now))
}

// area fills in all that a sub-ICB location or an ICB belongs to on the day.
func (s *Structure) area(kind, code string, basis Basis, reason string) Place {
	p := Place{SubICB: NotPlaced, ICB: code, Basis: basis, Reason: reason}
	if kind == "sub_icb" {
		p.SubICB, p.ICB = code, s.value("sub_icb", code, s.On, "icb")
	}
	p.Region = orNotPlaced(s.value("icb", p.ICB, s.On, "region"))
	p.Hub, p.Cluster, p.Footprint = orNotPlaced(s.hubOf[p.Region]), orNotPlaced(s.clusters[p.ICB]), orNotPlaced(s.footprints[p.ICB])
	return p
}

func orNotPlaced(code string) string {
	if code == "" {
		return NotPlaced
	}
	return code
}

func unplaced(reason string) Place {
	return Place{NotPlaced, NotPlaced, NotPlaced, NotPlaced, NotPlaced, NotPlaced, Unplaced, reason}
}

// ProviderICB is the ICB in which a provider stands on the day of the map.
func (s *Structure) ProviderICB(provider string) string {
	return orNotPlaced(s.value("provider", provider, s.On, "icb"))
}

// Delegation says on whose behalf a category of service is bought: "delegated" by
// NHS England to ICBs, "retained" by NHS England, "icb" for what was always theirs,
// or "other".
func (s *Structure) Delegation(category string) string {
	t := s.pack.Table("commissioned_service_category")
	switch funder := t.At(t.FindEver(category, 0).Row, "funder"); {
	case funder == "ICB (delegated)":
		return "delegated"
	case strings.HasPrefix(funder, "NHS England"):
		return "retained"
	case funder == "ICB":
		return "icb"
	}
	return "other"
}

// service is the programme of care and the service of a line in a month; where the
// line did not hold then, as it ever was.
func (s *Structure) service(line string, m calendar.Month) (programme, service string) {
	t := s.pack.Table("service_line")
	row := t.Find(line, m.First(), 0).Row
	if row == register.NoRow {
		row = t.FindEver(line, 0).Row
	}
	return t.At(row, "programme"), t.At(row, "service")
}
