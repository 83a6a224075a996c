package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"remit/activity"
	"remit/calendar"
	"remit/challenge"
	"remit/intake"
	"remit/store"
)

// challengeStep is a step of a challenge as a form offers it.
type challengeStep struct {
	action              challenge.Action
	title, says, button string
	text                string // label of what is written with it; blank: nothing
	money               string // label of the amount; blank: none
	second              bool
	states              []challenge.State
}

var challengeSteps = []challengeStep{
	{action: challenge.Raise, title: "Raise it", says: "The provider sees it from then on, and its time to answer runs.", button: "Raise the challenge", states: []challenge.State{challenge.Draft}},
	{action: challenge.Reply, title: "Answer it", says: "The answer of the provider, whose people may write it themselves.", button: "Send the answer", text: "Answer", states: []challenge.State{challenge.Raised, challenge.Answered}},
	{action: challenge.Accept, title: "Agree", says: "Without an amount all that is claimed is agreed.", button: "Record what is agreed", text: "Note", money: "Pounds that are agreed", states: []challenge.State{challenge.Raised, challenge.Answered, challenge.Rejected}},
	{action: challenge.Reject, title: "Reject it", says: "The provider owes nothing.", button: "Reject the challenge", text: "Why", second: true, states: []challenge.State{challenge.Raised, challenge.Answered}},
	{action: challenge.Settle, title: "Settle", says: "Without an amount all that is left of what was agreed has been credited.", button: "Record what was credited", text: "Credit note or other reference", money: "Pounds that were credited", states: []challenge.State{challenge.Accepted, challenge.PartlyAccepted}},
	{action: challenge.Assign, title: "Who sees to it", button: "Name the person", text: "Name", second: true, states: []challenge.State{challenge.Draft, challenge.Raised, challenge.Answered, challenge.Accepted, challenge.PartlyAccepted, challenge.Rejected}},
	{action: challenge.Withdraw, title: "Withdraw it", says: "It is asked for no longer.", button: "Withdraw the challenge", text: "Why", second: true, states: []challenge.State{challenge.Draft, challenge.Raised, challenge.Answered, challenge.Rejected}},
}

// challengeForms are the steps that the reader may take with a challenge as it is.
func challengeForms(a *Asked, c *challenge.Challenge) []*workForm {
	if !a.May(store.Editor) {
		return nil
	}
	var list []*workForm
	for _, x := range challengeSteps {
		if !holdsState(x.states, c.State) || !store.ChallengeStep(*c, a.Account.Organisation, x.action) || x.action == challenge.Raise && c.Standing != challenge.Stands {
			continue
		}
		f := &workForm{ID: string(x.action), Title: x.title, Text: x.says, Action: "/challenges/" + c.ID, Hidden: []parameter{{"step", string(x.action)}, {"revision", strconv.FormatInt(c.Revision, 10)}}, Buttons: []workButton{{Text: x.button, Second: x.second}}}
		if x.money != "" {
			f.field(workField{Name: "amount", Label: x.money, Hint: "Such as 750.00. Leave it empty for all of it."})
		}
		if x.text != "" {
			kind := "area"
			if x.action == challenge.Assign || x.action == challenge.Settle {
				kind = "text"
			}
			f.field(workField{Name: "text", Label: x.text, Type: kind})
		}
		list = append(list, f)
	}
	return list
}

func holdsState(states []challenge.State, s challenge.State) bool {
	for _, x := range states {
		if x == s {
			return true
		}
	}
	return false
}

// stepChallenge takes a step with a challenge.
func (s *Site) stepChallenge(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	if err := readForm(r); err != nil {
		return err
	}
	c, err := s.challengeOf(r)
	if err != nil {
		return err
	}
	e := challenge.Event{On: a.Today, Actor: a.Account.Name, Action: challenge.Action(r.PostForm.Get("step")), Text: strings.TrimSpace(r.PostForm.Get("text"))}
	if !personal(e.Action) {
		return &problem{http.StatusBadRequest, "There is no such step", "The form names a step that people do not take with challenges.", "Use the forms of the challenge's page."}
	}
	if !store.ChallengeStep(c, a.Account.Organisation, e.Action) {
		return &problem{http.StatusForbidden, "This step is for others", "Steps with challenges of " + a.Register.Name(c.Owner, a.On) + " are for its own people; the provider's people may answer.", "Ask them."}
	}
	if text := strings.TrimSpace(r.PostForm.Get("amount")); text != "" {
		amount, _, err := activity.ParseAmount([]byte(text))
		if err != nil {
			return s.showChallenge(w, r, c, &store.RuleError{Text: text + " is not an amount: write pounds, such as 750.00"})
		}
		e.Amount = &amount
	}
	limits, err := s.timeLimits()
	if err != nil {
		return err
	}
	revision, err := strconv.ParseInt(r.PostForm.Get("revision"), 10, 64)
	if err != nil {
		revision = c.Revision
	}
	next, err := s.store.StepChallenge(r.Context(), c.ID, revision, e, limits)
	if err != nil {
		return s.showChallenge(w, r, c, err)
	}
	return s.done(w, r, "/challenges/"+c.ID, fmt.Sprintf("The challenge is %s.", next.State.Words()))
}

// personal tells whether people take a step; others are the program's.
func personal(action challenge.Action) bool {
	for _, x := range challengeSteps {
		if x.action == action {
			return true
		}
	}
	return false
}

// bulkForm raises or withdraws all drafts of an owner with a provider by a rule.
func bulkForm(a *Asked, filter store.ChallengeFilter, list []challenge.Challenge) *workForm {
	if !a.May(store.Editor) || filter.Provider == "" {
		return nil
	}
	ids, n, sum := []workOption{{"", "Every rule"}}, 0, activity.Amount{}
	seen := map[string]bool{}
	for _, c := range list {
		if c.State != challenge.Draft || c.Standing != challenge.Stands || !store.ChallengeStep(c, a.Account.Organisation, challenge.Raise) {
			continue
		}
		n, sum = n+1, sum.Add(c.Claimed)
		if !seen[c.Rule] {
			seen[c.Rule] = true
			ids = append(ids, workOption{c.Rule, strings.ReplaceAll(c.Rule, "_", " ")})
		}
	}
	if n == 0 {
		return nil
	}
	f := &workForm{ID: "raise", Title: "Raise drafts together", Text: fmt.Sprintf("%s for %s can be raised with the provider, whose time to answer runs from today.", plural(n, "draft", "drafts"), short(sum)), Action: "/challenges", Hidden: []parameter{{"of", filter.Provider}}, Buttons: []workButton{{Text: "Raise the drafts"}}}
	f.field(workField{Name: "rule", Label: "Of the rule", Type: "select", Options: ids})
	return f
}

// raiseDrafts raises the drafts of a provider that the person may raise. Each is a
// step of its own: those before one that fails stand.
func (s *Site) raiseDrafts(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	if err := readForm(r); err != nil {
		return err
	}
	provider := strings.ToUpper(r.PostForm.Get("of"))
	if provider == "" {
		return &problem{http.StatusBadRequest, "No provider is named", "Drafts are raised with one provider at a time.", "Open the challenges of a provider's contract and use the form there."}
	}
	limits, err := s.timeLimits()
	if err != nil {
		return err
	}
	list, err := s.store.Challenges(r.Context(), store.ChallengeFilter{VisibleTo: a.Account.Organisation, Provider: provider, Rule: r.PostForm.Get("rule"), States: []challenge.State{challenge.Draft}})
	if err != nil {
		return err
	}
	raised := 0
	for _, c := range list {
		if c.Standing != challenge.Stands || !store.ChallengeStep(c, a.Account.Organisation, challenge.Raise) {
			continue
		}
		if _, err := s.store.StepChallenge(r.Context(), c.ID, c.Revision, challenge.Event{On: a.Today, Actor: a.Account.Name, Action: challenge.Raise}, limits); err != nil {
			return err
		}
		raised++
	}
	return s.done(w, r, "/challenges?of="+url.QueryEscape(provider), plural(raised, "draft is", "drafts are")+" raised.")
}

// newChallenges says what finding challenges does, before it is done.
func (s *Site) newChallenges(w http.ResponseWriter, r *http.Request) error {
	return s.showNewChallenges(w, r, r.URL.Query().Get("provider"), r.URL.Query().Get("year"), r.URL.Query().Get("owner"), nil)
}

func (s *Site) showNewChallenges(w http.ResponseWriter, r *http.Request, provider, year, owner string, faults []workFault) error {
	a := asked(r)
	if s.ledger == nil {
		return errNoLedger
	}
	f := &workForm{ID: "find", Action: "/challenges/new", Buttons: []workButton{{Text: "Find challenges"}}}
	f.field(workField{Name: "provider", Label: "Provider", Hint: "A code such as RJ1.", Value: provider})
	f.field(workField{Name: "year", Label: "Financial year", Hint: "Such as 2026-27.", Value: year})
	if a.Account.Organisation == "" {
		f.field(workField{Name: "owner", Label: "Organisation that challenges", Hint: "The code of an ICB or a hub. Rows that were billed to it or to a part of it are challenged.", Value: owner})
	}
	body := &workBody{Forms: []*workForm{f}}
	body.note(faults)
	return s.showWork(w, r, view{Place: "/contracts", Title: "Find what to challenge", Trail: challengesTrail, Body: body,
		Lead: "The rules are asked of every patient-level row that counts and that was billed to the organisation that challenges. What they find becomes drafts, which the owner alone sees. What is challenged already is not challenged again; challenges whose row is gone or put right are marked so."})
}

// findChallenges asks the rules of the rows that count of a provider's year.
func (s *Site) findChallenges(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	if err := readForm(r); err != nil {
		return err
	}
	provider, owner := strings.ToUpper(strings.TrimSpace(r.PostForm.Get("provider"))), strings.ToUpper(strings.TrimSpace(r.PostForm.Get("owner")))
	if own := a.Account.Organisation; own != "" {
		owner = own
	}
	if ownProvider(a) != "" {
		return &problem{http.StatusForbidden, "Challenges are found by commissioners", "People of a provider answer what is raised with them.", "The page about challenges lists what was raised."}
	}
	view0, _, err := s.contractView(r)
	if err != nil {
		return err
	}
	year := yearKey(strings.TrimSpace(r.PostForm.Get("year")))
	var faults []workFault
	if _, err := calendar.ParseYear(year); err != nil {
		faults = append(faults, workFault{"Write a financial year such as 2026-27.", "year"})
	}
	if owner == "" {
		faults = append(faults, workFault{"Name the organisation that challenges.", "owner"})
	}
	if len(faults) == 0 && len(view0.Arrivals(provider, year)) == 0 {
		faults = append(faults, workFault{"Nothing of this provider and year counts.", "provider"})
	}
	if len(faults) > 0 {
		return s.showNewChallenges(w, r, provider, r.PostForm.Get("year"), owner, faults)
	}
	said, err := s.fileChallenges(r, view0, provider, year, owner)
	if err != nil {
		return err
	}
	return s.done(w, r, "/challenges?of="+url.QueryEscape(provider)+"&in="+year, said)
}

// fileChallenges files what the rules find as drafts of an owner, and says what came of it.
func (s *Site) fileChallenges(r *http.Request, view0 *intake.View, provider, year, owner string) (string, error) {
	a := asked(r)
	rs, err := s.challengeRules()
	if err != nil {
		return "", err
	}
	limits, err := s.timeLimits()
	if err != nil {
		return "", err
	}
	existing, err := s.store.Challenges(r.Context(), store.ChallengeFilter{Owner: owner, Provider: provider})
	if err != nil {
		return "", err
	}
	found, err := view0.Challenge(r.Context(), intake.Challenging{Rules: rs, Pack: a.Register.Pack, Provider: provider, Year: year, Priced: intake.RealPrices(s.prices), Keys: intake.KeysOf(existing)})
	if err != nil {
		return "", err
	}
	billed := intake.BilledTo(a.Register.Pack, owner, a.Today)
	var all store.Filed
	for _, x := range found {
		x.Keep(billed)
		filed, err := s.store.FileChallenges(r.Context(), a.Account.Name, x.Found, x.Restated(owner, a.Today), limits)
		if err != nil {
			return "", err
		}
		all.New, all.Known, all.Marked = all.New+filed.New, all.Known+filed.Known, all.Marked+filed.Marked
	}
	return fmt.Sprintf("%s filed, %s challenged already, %s marked as put right, gone or priced anew.", plural(all.New, "draft was", "drafts were"), plural(all.Known, "row is", "rows are"), plural(all.Marked, "challenge was", "challenges were")), nil
}

// challengeBundle gives what goes to a provider: a letter and the challenged rows, as ZIP.
func (s *Site) challengeBundle(w http.ResponseWriter, r *http.Request) error {
	a, q := asked(r), r.URL.Query()
	b := challenge.Bundle{Owner: strings.ToUpper(q.Get("owner")), Provider: strings.ToUpper(q.Get("provider")), On: a.Today}
	var err error
	if b.Rules, err = s.challengeRules(); err != nil {
		return err
	}
	if b.Limits, err = s.timeLimits(); err != nil {
		return err
	}
	none := &problem{http.StatusNotFound, "There is nothing to send", "No challenge of this owner with this provider is raised that you may see.", "Raise drafts first; the page about challenges lists them."}
	if b.Owner == "" || b.Provider == "" {
		return none
	}
	b.Challenges, err = s.store.Challenges(r.Context(), store.ChallengeFilter{VisibleTo: a.Account.Organisation, Owner: b.Owner, Provider: b.Provider, States: []challenge.State{challenge.Raised, challenge.Answered}})
	if err != nil {
		return err
	}
	if len(b.Challenges) == 0 {
		return none
	}
	b.OwnerName, b.ProviderName = a.Register.Name(b.Owner, a.On), a.Register.Name(b.Provider, a.On)
	if err := s.store.Record(r.Context(), a.Account.Name, "bundle.read", "provider "+b.Provider, map[string]string{"owner": b.Owner}); err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", attachment(fmt.Sprintf("challenges-%s-%s-%s.zip", b.Owner, b.Provider, b.On)))
	return b.WriteZip(w)
}
