package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"remit/activity"
	"remit/calendar"
	"remit/challenge"
	"remit/register"
)

const challengeColumns = "id, owner, provider, commissioner, feed, rule, row_key, submission, source_row, year, month, reason, remedy, " +
	"state, standing, handler, answer, claimed, agreed, settled, received, since, raised_on, due, due_for, revision"

func scanChallenge(row scanner) (c challenge.Challenge, err error) {
	var claimed, agreed, settled, received, since, raised, due string
	err = row.Scan(&c.ID, &c.Owner, &c.Provider, &c.Commissioner, &c.Feed, &c.Rule, &c.RowKey, &c.Submission, &c.SourceRow, &c.Month.Year, &c.Month.Month, &c.Reason, &c.Remedy,
		&c.State, &c.Standing, &c.Handler, &c.Answer, &claimed, &agreed, &settled, &received, &since, &raised, &due, &c.DueFor, &c.Revision)
	if err != nil {
		return c, err
	}
	c.Received, c.Since, c.RaisedOn, c.Due = dayOf(received), dayOf(since), dayOf(raised), dayOf(due)
	return c, errors.Join(c.Claimed.UnmarshalText([]byte(claimed)), c.Agreed.UnmarshalText([]byte(agreed)), c.Settled.UnmarshalText([]byte(settled)))
}

// dayOf reads a day that the store wrote.
func dayOf(text string) register.Day {
	d, err := register.ParseDay(text)
	if err != nil {
		return register.NoDay
	}
	return d
}

func challengeRow(c challenge.Challenge) []any {
	return []any{c.ID, c.Owner, c.Provider, c.Commissioner, c.Feed, c.Rule, c.RowKey, c.Submission, c.SourceRow, c.Month.Year, c.Month.Month, c.Reason, c.Remedy,
		string(c.State), string(c.Standing), c.Handler, c.Answer, c.Claimed.String(), c.Agreed.String(), c.Settled.String(),
		c.Received.String(), c.Since.String(), c.RaisedOn.String(), c.Due.String(), c.DueFor, c.Revision}
}

// aboutChallenges begins the actions whose entries vouch for events of challenges.
const (
	aboutChallenges = "challenge."
	actionFile      = aboutChallenges + "file"
)

// ChallengeEvent is an event as it was recorded, with the challenge after it.
type ChallengeEvent struct {
	challenge.Event
	Challenge string
	Revision  int64
	At        time.Time
	State     challenge.State
	Claimed   activity.Amount
	Agreed    activity.Amount
	Settled   activity.Amount
}

const challengeEventColumns = "challenge, revision, at, on_day, actor, action, amount, text, submission, state, claimed, agreed, settled"

func scanChallengeEvent(row scanner) (e ChallengeEvent, err error) {
	var at, on, amount, claimed, agreed, settled string
	err = row.Scan(&e.Challenge, &e.Revision, &at, &on, &e.Actor, &e.Action, &amount, &e.Text, &e.Submission, &e.State, &claimed, &agreed, &settled)
	if err != nil {
		return e, err
	}
	e.At, e.On = unstamp(at), dayOf(on)
	if amount != "" {
		e.Amount = new(activity.Amount)
		err = e.Amount.UnmarshalText([]byte(amount))
	}
	return e, errors.Join(err, e.Claimed.UnmarshalText([]byte(claimed)), e.Agreed.UnmarshalText([]byte(agreed)), e.Settled.UnmarshalText([]byte(settled)))
}

func (w *writing) eventRow(c challenge.Challenge, e challenge.Event) []any {
	amount := ""
	if e.Amount != nil {
		amount = e.Amount.String()
	}
	return []any{c.ID, c.Revision, w.at, e.On.String(), e.Actor, string(e.Action), amount, e.Text, e.Submission, string(c.State), c.Claimed.String(), c.Agreed.String(), c.Settled.String()}
}

// eventRange names the events that an entry of the audit log vouches for.
type eventRange struct {
	From   int64  `json:"from"`
	To     int64  `json:"to"`
	Digest string `json:"digest"`
}

// keepEvents adds events behind those that there are.
func (w *writing) keepEvents(events [][]any) (*eventRange, error) {
	last, err := w.number("SELECT COALESCE(MAX(seq), 0) FROM challenge_event")
	if err != nil {
		return nil, err
	}
	rows := make([][]any, len(events))
	for i, e := range events {
		rows[i] = append([]any{last + int64(i) + 1}, e...)
	}
	return &eventRange{last + 1, last + int64(len(events)), eventDigest(events)}, w.insert("challenge_event", "seq, "+challengeEventColumns, rows)
}

// checkEvents holds the events of challenges against what entries vouch for, and each
// challenge against its last event.
func (l *auditLog) checkEvents(ctx context.Context, q querier) error {
	var next int64 = 1
	for _, v := range l.events {
		rows, err := list(ctx, q, scanEventRow, "SELECT "+challengeEventColumns+" FROM challenge_event WHERE seq BETWEEN $1 AND $2 ORDER BY seq", v.From, v.To)
		if err != nil {
			return err
		}
		if v.From != next || int64(len(rows)) != v.To-v.From+1 || eventDigest(rows) != v.Digest {
			return &ChainError{v.seq, "the events of challenges that it tells of have been altered or are missing"}
		}
		next = v.To + 1
	}
	stray, err := first(ctx, q, number, "SELECT COUNT(*) FROM challenge_event WHERE seq >= $1", next)
	if err == nil && stray > 0 {
		return &ChainError{0, fmt.Sprintf("no entry tells of %d events of challenges", stray)}
	}
	if err != nil {
		return err
	}
	unlike, err := first(ctx, q, number, "SELECT COUNT(*) FROM challenge c LEFT JOIN challenge_event e ON e.challenge = c.id AND e.revision = c.revision "+
		"WHERE e.seq IS NULL OR e.state <> c.state OR e.claimed <> c.claimed OR e.agreed <> c.agreed OR e.settled <> c.settled")
	if err == nil && unlike > 0 {
		return &ChainError{0, fmt.Sprintf("%d challenges are not as their last event left them", unlike)}
	}
	return err
}

// scanEventRow reads an event as eventRow writes it.
func scanEventRow(row scanner) ([]any, error) {
	texts, into := make([]string, strings.Count(challengeEventColumns, ",")+1), []any{}
	var revision int64
	for i := range texts {
		into = append(into, &texts[i])
	}
	into[1] = &revision
	err := row.Scan(into...)
	out := make([]any, len(texts))
	for i, text := range texts {
		out[i] = text
	}
	out[1] = revision
	return out, err
}

// eventDigest is over everything that event rows say but the moment of recording.
func eventDigest(rows [][]any) string {
	h := sha256.New()
	for _, row := range rows {
		fmt.Fprintln(h, jsonText(append(append([]any{}, row[:2]...), row[3:]...)))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// ChallengeFilter picks challenges; blank fields pick all.
type ChallengeFilter struct {
	VisibleTo string // organisation that may see them: see ChallengeVisible
	Owner     string
	Provider  string
	Feed      string
	Rule      string
	RowKey    string
	Handler   string
	States    []challenge.State
	Year      int          // in which the financial year starts
	Month     int          // of the year
	DueBefore register.Day // those that were due before; 0 for all
}

// ChallengeVisible says whether an organisation may see a challenge: its owner may,
// and the provider once it has been raised. A blank organisation is national.
func ChallengeVisible(c challenge.Challenge, organisation string) bool {
	return organisation == "" || c.Owner == organisation || c.Provider == organisation && c.RaisedOn != register.NoDay
}

// ChallengeStep says whether an organisation may take a step with a challenge: its
// owner may, and the provider may answer what was raised with it. A blank
// organisation is national.
func ChallengeStep(c challenge.Challenge, organisation string, action challenge.Action) bool {
	return organisation == "" || organisation == c.Owner || action == challenge.Reply && organisation == c.Provider && ChallengeVisible(c, organisation)
}

// Challenges lists challenges by owner, provider, month, rule and row key.
func (s *Store) Challenges(ctx context.Context, f ChallengeFilter) ([]challenge.Challenge, error) {
	return challenges(ctx, s.reading, f)
}

func challenges(ctx context.Context, q querier, f ChallengeFilter) ([]challenge.Challenge, error) {
	where, args := f.where()
	return list(ctx, q, scanChallenge, "SELECT "+challengeColumns+" FROM challenge"+where+" ORDER BY owner, provider, year, month, rule, row_key, id", args...)
}

func (f ChallengeFilter) where() (string, []any) {
	var terms []string
	var args []any
	arg := func(value any) string {
		args = append(args, value)
		return fmt.Sprint("$", len(args))
	}
	for _, x := range [][2]string{{"owner", f.Owner}, {"provider", f.Provider}, {"feed", f.Feed}, {"rule", f.Rule}, {"row_key", f.RowKey}, {"handler", f.Handler}} {
		if x[1] != "" {
			terms = append(terms, x[0]+" = "+arg(x[1]))
		}
	}
	if f.Year != 0 {
		terms = append(terms, "year = "+arg(f.Year))
	}
	if f.Month != 0 {
		terms = append(terms, "month = "+arg(f.Month))
	}
	if f.DueBefore != 0 {
		terms = append(terms, "due <> '' AND due < "+arg(f.DueBefore.String()))
	}
	if f.VisibleTo != "" {
		terms = append(terms, "(owner = "+arg(f.VisibleTo)+" OR provider = "+arg(f.VisibleTo)+" AND raised_on <> '')")
	}
	if len(f.States) > 0 {
		var in []string
		for _, state := range f.States {
			in = append(in, arg(string(state)))
		}
		terms = append(terms, "state IN ("+strings.Join(in, ", ")+")")
	}
	if len(terms) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(terms, " AND "), args
}

// Challenge is the challenge with the ID.
func (s *Store) Challenge(ctx context.Context, id string) (challenge.Challenge, error) {
	return challengeWith(ctx, s.reading, id)
}

func challengeWith(ctx context.Context, q querier, id string) (challenge.Challenge, error) {
	return first(ctx, q, scanChallenge, "SELECT "+challengeColumns+" FROM challenge WHERE id = $1", id)
}

// ChallengeEvents are the steps in the life of a challenge, the first first.
func (s *Store) ChallengeEvents(ctx context.Context, id string) ([]ChallengeEvent, error) {
	return list(ctx, s.reading, scanChallengeEvent, "SELECT "+challengeEventColumns+" FROM challenge_event WHERE challenge = $1 ORDER BY revision", id)
}

// Filed is what FileChallenges has done.
type Filed struct {
	New    int // drafts filed
	Marked int // challenges that were marked
	Known  int // of those to be filed, that were challenged already
}

// FileChallenges judges a restatement in one step: it takes the challenges of its
// owner, provider and feed, compares them with what was found, files what is new as
// drafts and marks what has changed. One entry of the audit log tells of all.
func (s *Store) FileChallenges(ctx context.Context, actor string, found []challenge.Finding, r challenge.Restated, limits *calendar.Calendar) (Filed, error) {
	var filed Filed
	err := s.write(ctx, func(w *writing) error {
		existing, err := challenges(ctx, w, ChallengeFilter{Owner: r.Owner, Provider: r.Provider, Feed: r.Feed})
		if err != nil {
			return err
		}
		out := challenge.Restate(existing, found, r, limits)
		filed = Filed{len(out.New), len(out.Marked), out.Again}
		if filed.New+filed.Marked == 0 {
			return nil
		}
		var rows, events [][]any
		for _, c := range out.New {
			rows = append(rows, challengeRow(c))
			events = append(events, w.eventRow(c, challenge.Event{On: r.On, Actor: actor, Action: challenge.File, Amount: &c.Claimed, Text: c.Reason, Submission: r.Submission}))
		}
		if err := w.insert("challenge", challengeColumns, rows); err != nil {
			return err
		}
		for _, m := range out.Marked {
			next, err := m.Challenge.Apply(m.Event, limits)
			if err != nil {
				return err
			}
			if err := w.keepChallenge(next); err != nil {
				return err
			}
			events = append(events, w.eventRow(next, m.Event))
		}
		kept, err := w.keepEvents(events)
		if err != nil {
			return err
		}
		return w.audit(actor, actionFile, "submission "+r.Submission, detail{Events: kept, Other: map[string]any{
			"owner": r.Owner, "provider": r.Provider, "feed": r.Feed, "new": filed.New, "marked": filed.Marked}})
	})
	return filed, err
}

func (w *writing) keepChallenge(c challenge.Challenge) error {
	columns := strings.Split(challengeColumns, ", ")
	var set []string
	for i, column := range columns[1:] {
		set = append(set, fmt.Sprintf("%s = $%d", column, i+2))
	}
	return w.exec("UPDATE challenge SET "+strings.Join(set, ", ")+" WHERE id = $1", challengeRow(c)...)
}

// StepChallenge takes a step with a challenge. revision must be the one last seen: who
// comes second is told with a *RuleError. A step that the challenge does not allow is
// refused with a *RuleError too, and nothing is changed.
func (s *Store) StepChallenge(ctx context.Context, id string, revision int64, e challenge.Event, limits *calendar.Calendar) (challenge.Challenge, error) {
	var c challenge.Challenge
	err := s.write(ctx, func(w *writing) (err error) {
		if c, err = challengeWith(ctx, w, id); err != nil {
			return err
		}
		if c.Revision != revision {
			return refuse("somebody else has changed challenge %s meanwhile: it is %s; look at it again", id, c.State.Words())
		}
		next, err := c.Apply(e, limits)
		var refused *challenge.RefusedError
		if errors.As(err, &refused) {
			return refuse("%s", refused.Text)
		}
		if err != nil {
			return err
		}
		if err := w.keepChallenge(next); err != nil {
			return err
		}
		kept, err := w.keepEvents([][]any{w.eventRow(next, e)})
		if err != nil {
			return err
		}
		c = next
		return w.audit(e.Actor, aboutChallenges+string(e.Action), "challenge "+id, detail{Revision: c.Revision, Events: kept, Reason: e.Text,
			Other: map[string]any{"state": c.State, "claimed": c.Claimed, "agreed": c.Agreed, "settled": c.Settled}})
	})
	return c, err
}
