package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"remit/activity"
	"remit/calendar"
	"remit/calendars"
	"remit/challenge"
	"remit/register"
	"remit/rules"
	"remit/store"
)

var challengesTrail = []link{{"Contracts", "/contracts"}, {"Challenges", "/challenges"}}

// challengeRules are the rules, read once: those that ship, or the operator's.
func (s *Site) challengeRules() (*challenge.Rules, error) {
	s.judging.Lock()
	defer s.judging.Unlock()
	if s.challengeSet != nil {
		return s.challengeSet, nil
	}
	rs, err := challenge.Load(s.replaced(rules.Challenges, "rules"))
	if err != nil {
		return nil, err
	}
	s.challengeSet = rs
	return rs, nil
}

// limits of time are read anew, so that a calendar that was put right holds at once.
func (s *Site) timeLimits() (*calendar.Calendar, error) {
	return calendar.Load(s.replaced(calendars.Files, "calendars"))
}

// challenges lists the challenges that the reader may see, and their sums.
func (s *Site) challenges(w http.ResponseWriter, r *http.Request) error {
	a, q := asked(r), r.URL.Query()
	f := store.ChallengeFilter{VisibleTo: a.Account.Organisation, Provider: strings.ToUpper(q.Get("of")), Owner: strings.ToUpper(q.Get("owner"))}
	if year, err := calendar.ParseYear(q.Get("in")); err == nil {
		f.Year = year
	}
	list, err := s.store.Challenges(r.Context(), f)
	if err != nil {
		return err
	}
	rs, err := s.challengeRules()
	if err != nil {
		return err
	}
	open, late, claimed := 0, 0, activity.Amount{}
	for i := range list {
		if list[i].State.Open() {
			open++
			claimed = claimed.Add(list[i].Claimed)
		}
		if list[i].Late(a.Today) {
			late++
		}
	}
	v := view{Page: "work", Place: "/contracts", Trail: challengesTrail[:1], Title: fmt.Sprintf("%s open, for %s", plural(open, "challenge is", "challenges are"), short(claimed))}
	v.Lead = fmt.Sprintf("%s overdue. A challenge is one row challenged by one rule, from draft to settlement; the owner alone sees drafts.", plural(late, "step is", "steps are"))
	if len(list) == 0 {
		v.Title, v.Lead = "Challenges", "There is no challenge that you may see. Open a provider's contract and find some, or use remit challenge run on the command line."
	}
	v.add("rules", "What is challenged, and where it stands", "Money at each step. A row that two rules challenge is counted with each.", challengeSums(rs, list))
	v.add("challenges", "Each challenge", "", challengeTable(a, rs, list))
	body := &workBody{Links: bundleLinks(a, list)}
	if form := bulkForm(a, f, list); form != nil {
		body.Forms = append(body.Forms, form)
	}
	v.Body = body
	return s.showWork(w, r, v)
}

func challengeTitle(rs *challenge.Rules, id string) string {
	if rule := rs.Rule(id); rule != nil {
		return rule.Title
	}
	return id
}

// challengeSums adds challenges up by rule and state.
func challengeSums(rs *challenge.Rules, list []challenge.Challenge) *Table {
	t := &Table{Name: "challenge-sums", Caption: "Challenges by rule and state", Columns: []Column{{Key: "rule", Title: "Rule"}, {Key: "state", Title: "State", Filter: true}, {Key: "challenges", Title: "Challenges", Numeric: true},
		{Key: "claimed", Title: "Claimed (£)", Numeric: true}, {Key: "agreed", Title: "Agreed (£)", Numeric: true}, {Key: "settled", Title: "Settled (£)", Numeric: true}}}
	type key struct {
		rule  string
		state challenge.State
	}
	type sum struct {
		n                        int
		claimed, agreed, settled activity.Amount
	}
	sums := map[key]*sum{}
	var order []key
	for _, c := range list {
		k := key{c.Rule, c.State}
		if sums[k] == nil {
			sums[k] = &sum{}
			order = append(order, k)
		}
		x := sums[k]
		x.n, x.claimed, x.agreed, x.settled = x.n+1, x.claimed.Add(c.Claimed), x.agreed.Add(c.Agreed), x.settled.Add(c.Settled)
	}
	slices.SortStableFunc(order, func(x, y key) int { return sums[y].claimed.Cmp(sums[x].claimed) })
	for _, k := range order {
		x := sums[k]
		t.Rows = append(t.Rows, Row{{Text: challengeTitle(rs, k.rule), Value: k.rule}, say(sentence(k.state.Words())), number(x.n), pence(x.claimed), pence(x.agreed), pence(x.settled)})
	}
	return t
}

func challengeTable(a *Asked, rs *challenge.Rules, list []challenge.Challenge) *Table {
	t := &Table{Name: "challenges", Caption: "Challenges", Search: true, Most: 50, Columns: []Column{{Key: "challenge", Title: "Challenge"}, {Key: "rule", Title: "Rule", Filter: true}, {Key: "state", Title: "State", Filter: true}, {Key: "due", Title: "Due"}, {Key: "claimed", Title: "Claimed (£)", Numeric: true}, {Key: "agreed", Title: "Agreed (£)", Numeric: true}, {Key: "settled", Title: "Settled (£)", Numeric: true},
		{Key: "month", Title: "Month"}, {Key: "row", Title: "Row now", Filter: true}, {Key: "provider", Title: "Provider", Filter: true}, {Key: "owner", Title: "Owner", Filter: true}, {Key: "handler", Title: "Seen to by"}}}
	for _, c := range list {
		due := dueCell(a, &c)
		t.Rows = append(t.Rows, Row{{Text: c.ID, Code: true, Href: "/challenges/" + c.ID}, {Text: challengeTitle(rs, c.Rule), More: c.Reason}, say(sentence(c.State.Words())), due, pence(c.Claimed), pence(c.Agreed), pence(c.Settled),
			{Text: c.Month.String(), Value: fmt.Sprintf("%d-%02d", c.Month.Year, c.Month.Month)}, say(sentence(string(c.Standing))), bodyCell(a, c.Provider), bodyCell(a, c.Owner), say(c.Handler).or("Nobody yet")})
	}
	return t
}

func dueCell(a *Asked, c *challenge.Challenge) Cell {
	if c.Due == register.NoDay {
		return Cell{Lacks: "Nothing is due"}
	}
	cell := dayCell(c.Due)
	cell.More = "to " + c.DueFor
	if c.Late(a.Today) {
		cell.Tag = "overdue"
	}
	return cell
}

// bundleLinks lead to what goes to each provider of an owner.
func bundleLinks(a *Asked, list []challenge.Challenge) []link {
	type pair struct{ owner, provider string }
	var seen []pair
	for _, c := range list {
		k := pair{c.Owner, c.Provider}
		if (c.State == challenge.Raised || c.State == challenge.Answered) && !slices.Contains(seen, k) {
			seen = append(seen, k)
		}
	}
	var links []link
	for _, k := range seen {
		links = append(links, link{fmt.Sprintf("Download what %s challenges with %s", a.Register.Name(k.owner, a.On), a.Register.Name(k.provider, a.On)), "/challenges/bundle?owner=" + url.QueryEscape(k.owner) + "&provider=" + url.QueryEscape(k.provider)})
	}
	return links
}

// challengeOf is the challenge that the address names, when the reader may see it.
func (s *Site) challengeOf(r *http.Request) (challenge.Challenge, error) {
	c, err := s.store.Challenge(r.Context(), r.PathValue("id"))
	if err != nil || !store.ChallengeVisible(c, asked(r).Account.Organisation) {
		return c, &problem{http.StatusNotFound, "There is no such challenge", "There is no challenge at this address that you may see.", "The page about challenges lists those that you may."}
	}
	return c, nil
}

// challenge shows one challenge: what, why, how much, what has happened, and what
// the reader may do about it.
func (s *Site) challenge(w http.ResponseWriter, r *http.Request) error {
	c, err := s.challengeOf(r)
	if err != nil {
		return err
	}
	return s.showChallenge(w, r, c, nil)
}

func (s *Site) showChallenge(w http.ResponseWriter, r *http.Request, c challenge.Challenge, tried error) error {
	a := asked(r)
	rs, err := s.challengeRules()
	if err != nil {
		return err
	}
	limits, err := s.timeLimits()
	if err != nil {
		return err
	}
	events, err := s.store.ChallengeEvents(r.Context(), c.ID)
	if err != nil {
		return err
	}
	body := &workBody{}
	v := view{Place: "/contracts", Trail: challengesTrail, Title: fmt.Sprintf("%s, %s: %s", challengeTitle(rs, c.Rule), short(c.Claimed), c.State.Words()), Lead: c.Reason + " " + c.Remedy, Body: body}
	if c.Standing == challenge.Corrected {
		v.Warn = "The row has been put right in a later submission. Settle or withdraw as was agreed."
	}
	if c.Standing == challenge.Vanished {
		v.Warn = "The row is no longer there in the submission that counts. Settle or withdraw as was agreed."
	}
	rowLink := Cell{Lacks: "Not known"}
	if c.SourceRow > 0 {
		rowLink = Cell{Text: fmt.Sprintf("Row %d", c.SourceRow), Href: fmt.Sprintf("/submissions/%s/rows/%d", c.Submission, c.SourceRow)}
	}
	basis := Cell{Lacks: "The rule is no longer there"}
	if rule := rs.Rule(c.Rule); rule != nil {
		basis = Cell{Text: rule.Basis, Tag: rule.Confidence + " confidence"}
	}
	v.Facts = []named{{"State", say(sentence(c.State.Words()))}, {"The row now", say(sentence(string(c.Standing)))}, {"Due", dueCell(a, &c)}, {"Seen to by", say(c.Handler).or("Nobody yet")}, {"Owner", bodyCell(a, c.Owner)}, {"Provider", bodyCell(a, c.Provider)},
		{"Billed to", bodyCell(a, c.Commissioner).or("Nobody")}, {"Month", say(c.Month.String())}, {"Feed", say(c.Feed)}, {"Row", rowLink}, {"Claimed", say("£" + c.Claimed.Pounds())}, {"Agreed", say("£" + c.Agreed.Pounds())}, {"Settled", say("£" + c.Settled.Pounds())},
		{"Provider's answer", say(c.Answer).or("None yet")}, {"Basis of the rule", basis}}
	if day := c.Disputed(limits); day != register.NoDay {
		v.Facts = append(v.Facts, named{"Goes to dispute resolution", dayCell(day)})
	}
	v.add("steps", "What has happened", "", eventTable(events))
	if limit, ok := limits.Limit(c.DueFor, c.Since); ok && c.DueFor != "" {
		v.Notes = append(v.Notes, fmt.Sprintf("Due date: %s (%s confidence; %s).", limit, limit.Confidence, limit.Source))
	}
	body.Forms = challengeForms(a, &c)
	if tried != nil && !body.take(tried) {
		return tried
	}
	return s.showWork(w, r, v)
}

func eventTable(events []store.ChallengeEvent) *Table {
	t := &Table{Name: "steps", Caption: "Steps, the first first", Columns: []Column{{Key: "on", Title: "On"}, {Key: "step", Title: "Step"}, {Key: "by", Title: "By"}, {Key: "text", Title: "Said"}, {Key: "state", Title: "State after it"}, {Key: "claimed", Title: "Claimed (£)", Numeric: true}, {Key: "agreed", Title: "Agreed (£)", Numeric: true}, {Key: "settled", Title: "Settled (£)", Numeric: true}}}
	for _, e := range events {
		t.Rows = append(t.Rows, Row{dayCell(e.On), say(sentence(string(e.Action))), say(e.Actor), say(e.Text).or("Nothing"), say(sentence(e.State.Words())), pence(e.Claimed), pence(e.Agreed), pence(e.Settled)})
	}
	return t
}

// addChallenges shows where the challenges of a provider's year stand.
func (s *Site) addChallenges(v *view, r *http.Request, provider, year string) error {
	a := asked(r)
	start, err := calendar.ParseYear(year)
	if err != nil {
		return nil // a year that nobody can write has no challenges
	}
	list, err := s.store.Challenges(r.Context(), store.ChallengeFilter{VisibleTo: a.Account.Organisation, Provider: provider, Year: start})
	if err != nil {
		return err
	}
	rs, err := s.challengeRules()
	if err != nil {
		return err
	}
	part := section{ID: "challenges", Title: "Challenges", Text: "Nothing is challenged that you may see."}
	if len(list) > 0 {
		part.Text, part.Table = "", challengeSums(rs, list)
		part.Links = append(part.Links, link{"Each challenge", "/challenges?of=" + url.QueryEscape(provider) + "&in=" + year})
	}
	if a.May(store.Editor) && ownProvider(a) == "" {
		part.Links = append(part.Links, link{"Find what to challenge", "/challenges/new?provider=" + url.QueryEscape(provider) + "&year=" + year})
	}
	v.Parts = append(v.Parts, part)
	return nil
}

// rowChallenges are the challenges of one row that the reader may see.
func (s *Site) rowChallenges(r *http.Request, provider, feed, key string) (*Table, error) {
	a := asked(r)
	list, err := s.store.Challenges(r.Context(), store.ChallengeFilter{VisibleTo: a.Account.Organisation, Provider: provider, Feed: feed, RowKey: key})
	if err != nil {
		return nil, err
	}
	rs, err := s.challengeRules()
	if err != nil {
		return nil, err
	}
	t := challengeTable(a, rs, list)
	t.Name, t.Caption = "row-challenges", "Challenges of this row"
	return t, nil
}
