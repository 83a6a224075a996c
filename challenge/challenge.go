package challenge

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"

	"remit/activity"
	"remit/calendar"
	"remit/register"
)

// State is where a challenge stands.
type State string

// The states of a challenge.
const (
	Draft          State = "draft"
	Raised         State = "raised"
	Answered       State = "answered"
	Accepted       State = "accepted"
	PartlyAccepted State = "partly_accepted"
	Rejected       State = "rejected"
	Withdrawn      State = "withdrawn"
	Settled        State = "settled"
)

// States are all of them, in the order of a challenge's life.
var States = []State{Draft, Raised, Answered, Accepted, PartlyAccepted, Rejected, Withdrawn, Settled}

// Open says whether somebody still has to do something.
func (s State) Open() bool { return s != Rejected && s != Withdrawn && s != Settled }

// Standing says whether the challenged row still is as it was.
type Standing string

// The standings of a challenge.
const (
	Stands    Standing = "stands"
	Corrected Standing = "corrected" // the row is there and the rule no longer finds it
	Vanished  Standing = "vanished"  // the row is no longer there
)

// Challenge is one row challenged by one rule.
type Challenge struct {
	ID           string // follows from Owner, Provider, Feed, Rule and RowKey: see ID
	Owner        string // organisation that challenges: an ICB, a hub
	Provider     string
	Commissioner string // that was billed
	Feed         string // ACM, PLCM, ...
	Rule         string
	RowKey       string
	Submission   string // in which the row was challenged last
	SourceRow    int    // of that submission; 0 when not known
	Month        calendar.Month
	Reason       string // the rule's message, filled in
	Remedy       string

	State    State
	Standing Standing
	Handler  string // person at the owner who sees to it
	Answer   string // of the provider

	Claimed activity.Amount // what should not have been billed
	Agreed  activity.Amount
	Settled activity.Amount // of what was agreed

	Received register.Day // when the account came in; NoDay when not known
	Since    register.Day // when the state was reached
	RaisedOn register.Day // NoDay before
	Due      register.Day // of the next step; NoDay for none
	DueFor   string       // the limit that Due follows from: contest, answer, decide, settle
	Revision int64        // counted up by every event
}

// ID is how a challenge is known: the same row is never challenged twice by a rule.
func ID(owner, provider, feed, rule, rowKey string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{owner, provider, feed, rule, rowKey}, "\x00")))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:])[:12])
}

// Action is what happens to a challenge.
type Action string

// The actions. Those of a restatement are the program's.
const (
	File     Action = "file" // makes the draft
	Assign   Action = "assign"
	Raise    Action = "raise"
	Reply    Action = "answer"
	Accept   Action = "accept" // in full, or for less with an amount
	Reject   Action = "reject"
	Withdraw Action = "withdraw"
	Settle   Action = "settle" // in full, or a part with an amount

	FoundAgain  Action = "found_again" // after it had been corrected or had vanished
	Reprice     Action = "reprice"
	MarkCorrect Action = "corrected"
	MarkVanish  Action = "vanished"
)

// Event is one step in the life of a challenge. Events are only ever added.
type Event struct {
	On     register.Day
	Actor  string
	Action Action
	Amount *activity.Amount // for Accept, Settle and Reprice; nil: in full
	Text   string           // answer, reason, reference of the credit note, handler
	// Submission and SourceRow say where the row is now, for actions of a restatement.
	Submission string
	SourceRow  int
}

// RefusedError is a step that a challenge does not allow. Its text is a sentence.
type RefusedError struct{ Text string }

func (e *RefusedError) Error() string { return e.Text }

func refuse(format string, args ...any) error { return &RefusedError{fmt.Sprintf(format, args...)} }

// from are the states in which an action by a person is allowed.
var from = map[Action][]State{
	Assign:   {Draft, Raised, Answered, Accepted, PartlyAccepted, Rejected},
	Raise:    {Draft},
	Reply:    {Raised, Answered},
	Accept:   {Raised, Answered, Rejected},
	Reject:   {Raised, Answered},
	Withdraw: {Draft, Raised, Answered, Rejected},
	Settle:   {Accepted, PartlyAccepted},
}

// Needed text of an action, and what to call it.
var wording = map[Action]string{
	Assign: "the name of whoever sees to it", Reply: "the provider's answer", Reject: "a reason", Withdraw: "a reason",
}

// Apply takes a step. A step that is not allowed is a *RefusedError and changes
// nothing. Due dates follow from the calendar's limits.
func (c Challenge) Apply(e Event, limits *calendar.Calendar) (Challenge, error) {
	if err := c.allows(e); err != nil {
		return c, err
	}
	act, byPerson := steps[e.Action]
	if !byPerson {
		return c.mark(e), nil
	}
	next, err := act(c, e)
	if err != nil {
		return c, err
	}
	if next.State != c.State {
		next.Since = e.On
	}
	next.due(e, limits)
	next.Revision++
	return next, nil
}

func (c Challenge) allows(e Event) error {
	states, byPerson := from[e.Action]
	switch {
	case !byPerson && !restating[e.Action]:
		return refuse("%q is nothing that can be done to a challenge.", e.Action)
	case byPerson && !holds(states, c.State):
		return refuse("Challenge %s is %s and cannot be %s: that can be done only when it is %s.", c.ID, c.State.Words(), past[e.Action], or(states))
	case strings.TrimSpace(e.Actor) == "":
		return refuse("Challenge %s: the step needs the name of whoever takes it.", c.ID)
	case wording[e.Action] != "" && strings.TrimSpace(e.Text) == "":
		return refuse("Challenge %s cannot be %s without %s.", c.ID, past[e.Action], wording[e.Action])
	case c.Since != register.NoDay && e.On < c.Since && byPerson:
		return refuse("Challenge %s has been %s since %s and cannot be %s on %s, before that.", c.ID, c.State.Words(), c.Since, past[e.Action], e.On)
	}
	return nil
}

var past = map[Action]string{Assign: "assigned", Raise: "raised", Reply: "answered", Accept: "accepted", Reject: "rejected", Withdraw: "withdrawn", Settle: "settled"}

// Words writes the state for reading: "partly accepted".
func (s State) Words() string { return strings.ReplaceAll(string(s), "_", " ") }

func holds(states []State, s State) bool {
	for _, x := range states {
		if x == s {
			return true
		}
	}
	return false
}

func or(states []State) string {
	words := make([]string, len(states))
	for i, s := range states {
		words[i] = s.Words()
	}
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

var steps = map[Action]func(Challenge, Event) (Challenge, error){
	Assign:   func(c Challenge, e Event) (Challenge, error) { c.Handler = e.Text; return c, nil },
	Raise:    raise,
	Reply:    func(c Challenge, e Event) (Challenge, error) { c.State, c.Answer = Answered, e.Text; return c, nil },
	Accept:   accept,
	Reject:   func(c Challenge, e Event) (Challenge, error) { c.State = Rejected; return c, nil },
	Withdraw: func(c Challenge, e Event) (Challenge, error) { c.State = Withdrawn; return c, nil },
	Settle:   settle,
}

func raise(c Challenge, e Event) (Challenge, error) {
	if c.Standing != Stands {
		return c, refuse("Challenge %s cannot be raised: its row has %s since. Withdraw it.", c.ID, c.Standing.words())
	}
	c.State, c.RaisedOn = Raised, e.On
	return c, nil
}

func (s Standing) words() string {
	if s == Corrected {
		return "been corrected"
	}
	return string(s)
}

func accept(c Challenge, e Event) (Challenge, error) {
	amount := c.Claimed
	if e.Amount != nil {
		amount = *e.Amount
	}
	if !within(amount, c.Claimed) {
		return c, refuse("Challenge %s claims %s: %s cannot be accepted of it. Name a part of what is claimed, or reject it.", c.ID, sterling(c.Claimed), sterling(amount))
	}
	c.State, c.Agreed = Accepted, amount
	if amount != c.Claimed {
		c.State = PartlyAccepted
	}
	return c, nil
}

func settle(c Challenge, e Event) (Challenge, error) {
	left := c.Agreed.Sub(c.Settled)
	amount := left
	if e.Amount != nil {
		amount = *e.Amount
	}
	if !within(amount, left) {
		return c, refuse("Challenge %s has %s left to settle: %s cannot be settled of it.", c.ID, sterling(left), sterling(amount))
	}
	c.Settled = c.Settled.Add(amount)
	if c.Settled == c.Agreed {
		c.State = Settled
	}
	return c, nil
}

// sterling writes an amount with its sign before the pound: -£1.00.
func sterling(a activity.Amount) string {
	if a.Sign() < 0 {
		return "-£" + a.Neg().Pounds()
	}
	return "£" + a.Pounds()
}

// within says whether an amount is a part of a whole, or all of it. A whole of
// nothing (a challenge that is about no money) has nothing as its part.
func within(amount, whole activity.Amount) bool {
	if whole.IsZero() {
		return amount.IsZero()
	}
	return amount.Sign() == whole.Sign() && amount.Abs().Cmp(whole.Abs()) <= 0
}

// restating are the actions of a restatement: they change standing, money and the
// place of the row, and never the state.
var restating = map[Action]bool{FoundAgain: true, Reprice: true, MarkCorrect: true, MarkVanish: true}

func (c Challenge) mark(e Event) Challenge {
	c.Revision++
	if e.Submission != "" {
		c.Submission, c.SourceRow = e.Submission, e.SourceRow
	}
	switch e.Action {
	case FoundAgain, Reprice:
		c.Standing = Stands
		if e.Amount != nil && (c.State == Draft || c.State == Raised || c.State == Answered) {
			c.Claimed = *e.Amount
		}
		c.Reason = cmp.Or(e.Text, c.Reason)
	case MarkCorrect:
		c.Standing = Corrected
	case MarkVanish:
		c.Standing = Vanished
	}
	return c
}

// due sets the day of the next step and the limit it follows from.
func (c *Challenge) due(e Event, limits *calendar.Calendar) {
	switch c.State {
	case Draft:
		c.limit(limits, "contest", c.Received)
	case Raised:
		c.limit(limits, "answer", c.Since)
	case Answered:
		c.limit(limits, "decide", e.On)
	case Accepted, PartlyAccepted:
		c.limit(limits, "settle", c.Since)
	default:
		c.Due, c.DueFor = register.NoDay, ""
	}
}

func (c *Challenge) limit(limits *calendar.Calendar, name string, since register.Day) {
	c.Due, c.DueFor = register.NoDay, ""
	if since == register.NoDay {
		return
	}
	if c.Due = limits.Due(name, since); c.Due != register.NoDay {
		c.DueFor = name
	}
}

// Late says whether the next step was due before a day.
func (c *Challenge) Late(on register.Day) bool { return c.Due != register.NoDay && c.Due < on }

// Disputed is the day from which a raised challenge that is not agreed goes to
// dispute resolution; NoDay where it was not raised, or is over.
func (c *Challenge) Disputed(limits *calendar.Calendar) register.Day {
	if c.RaisedOn == register.NoDay || c.State != Raised && c.State != Answered && c.State != Rejected {
		return register.NoDay
	}
	return limits.Due("dispute", c.RaisedOn)
}

// New is the draft of a finding. received is when the account came in.
func New(f Finding, owner, submission string, on, received register.Day, limits *calendar.Calendar) Challenge {
	c := Challenge{ID: ID(owner, f.Provider, f.Feed, f.Rule, f.RowKey), Owner: owner, Provider: f.Provider, Commissioner: f.Commissioner, Feed: f.Feed,
		Rule: f.Rule, RowKey: f.RowKey, Submission: submission, SourceRow: f.SourceRow, Month: f.Month, Reason: f.Reason, Remedy: f.Remedy,
		State: Draft, Standing: Stands, Claimed: f.Money, Received: received, Since: on, RaisedOn: register.NoDay, Due: register.NoDay, Revision: 1}
	c.limit(limits, "contest", received)
	return c
}
