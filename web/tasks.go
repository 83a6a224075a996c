package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"remit/holding"
	"remit/register"
	"remit/store"
)

// taskKinds are the kinds of work that a succession makes, in words.
var taskKinds = map[string]string{"novate": "Novate", "collapse_seat": "Collapse seats", "re_point_host": "Re-point host", "re_sum_shares": "Re-sum shares",
	"check_condition": "Check condition", "scheme_of_delegation": "Scheme of delegation", "interests": "Interests"}

func taskKind(kind string) string {
	if text, ok := taskKinds[kind]; ok {
		return text
	}
	return sentence(kind)
}

// tasks shows the work list of a succession and how much of it is done.
func (s *Site) tasks(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	book, err := a.Register.book()
	if err != nil {
		return err
	}
	events := book.Successions()
	if len(events) == 0 {
		return s.showWork(w, r, view{Title: "Succession work list", Lead: "The register has no succession of integrated care boards."})
	}
	event := pickedEvent(r, events, a.Today)
	notes, err := s.store.Tasks(r.Context())
	if err != nil {
		return err
	}
	of := r.URL.Query().Get("of")
	all := book.Tasks(event)
	var people []string
	done := 0
	t := &Table{Name: "work", Caption: "What is to be done", Search: true, Empty: "Nothing is to be done.", Columns: []Column{{Key: "task", Title: "Task"}, {Key: "kind", Title: "Kind", Filter: true}, {Key: "predecessor", Title: "Of", Filter: true},
		{Key: "successors", Title: "To"}, {Key: "assigned", Title: "Who", Filter: true}, {Key: "due", Title: "Due"}, {Key: "state", Title: "State", Filter: true}, {Key: "note", Title: "Note"}}}
	var rows []holding.Task
	for _, task := range all {
		people = append(people, append([]string{task.Predecessor}, task.Successors...)...)
		if of == "" || task.Predecessor == of || slices.Contains(task.Successors, of) {
			rows = append(rows, task)
		}
	}
	for i := range rows {
		task := &rows[i]
		n := notes[task.Key]
		state := "To do"
		if n.Done {
			state = "Done"
			done++
		} else if n.Due != "" && n.Due < a.Today.String() {
			state = "Overdue"
		}
		t.Rows = append(t.Rows, Row{{Text: task.Title, Href: "/work/" + task.Key, More: task.Recorded}, say(taskKind(task.Kind)), to(task.Predecessor, "/organisations/"+task.Predecessor),
			say(strings.Join(task.Successors, ", ")), say(n.Assigned).or("Nobody yet"), {Text: longText(n.Due), Value: n.Due, Lacks: "No date"}, say(state), say(n.Note).or("None")})
	}
	slices.Sort(people)
	body := &tasksBody{workBody: &workBody{}, Done: done, All: len(rows), Event: event.String(), Of: of}
	for _, e := range events {
		body.Events = append(body.Events, workOption{e.String(), longDate(e)})
	}
	body.Organisations = []workOption{{"", "All"}}
	for _, c := range slices.Compact(people) {
		body.Organisations = append(body.Organisations, workOption{c, a.Register.Name(c, event-1) + " (" + c + ")"})
	}
	return s.showWork(w, r, view{Page: "tasks", Title: "Succession work list", Parts: []section{{ID: "tasks", Table: t}}, Body: body,
		Lead: fmt.Sprintf("Everything that the succession of %s makes necessary: %s of %s done.", longDate(event), thousands(done), thousands(len(rows)))})
}

// tasksBody is the page of the work list.
type tasksBody struct {
	*workBody
	Done, All             int
	Event, Of             string
	Events, Organisations []workOption
}

// pickedEvent is the succession that the address names, or the last one that has
// come, or the first that will.
func pickedEvent(r *http.Request, events []register.Day, today register.Day) register.Day {
	if day, err := register.ParseDay(r.URL.Query().Get("event")); err == nil && slices.Contains(events, day) {
		return day
	}
	picked := events[0]
	for _, e := range events {
		if e <= today {
			picked = e
		}
	}
	return picked
}

// taskOf is the task that the address names.
func taskOf(r *http.Request) (*holding.Task, error) {
	a := asked(r)
	key := r.PathValue("key")
	book, err := a.Register.book()
	if err != nil {
		return nil, err
	}
	text, _, _ := strings.Cut(key, "/")
	if day, err := register.ParseDay(text); err == nil && slices.Contains(book.Successions(), day) {
		for _, t := range book.Tasks(day) {
			if t.Key == key {
				return &t, nil
			}
		}
	}
	return nil, missing("task", key, "The work list has them all.")
}

func (s *Site) task(w http.ResponseWriter, r *http.Request) error {
	t, err := taskOf(r)
	if err != nil {
		return err
	}
	notes, err := s.store.Tasks(r.Context())
	if err != nil {
		return err
	}
	n := notes[t.Key]
	n.Key = t.Key
	return s.showTask(w, r, t, n, nil)
}

func (s *Site) showTask(w http.ResponseWriter, r *http.Request, t *holding.Task, n store.Task, tried error) error {
	a := asked(r)
	v := view{Title: t.Title, Trail: []link{{"Work list", "/work?event=" + t.On.String()}}, Lead: t.Detail, Facts: []named{{"Kind", say(taskKind(t.Kind))}, {"On", dayCell(t.On)},
		{"Of", to(a.Register.Name(t.Predecessor, t.On-1), "/organisations/"+t.Predecessor)}, {"To", say(boardNames(a, t.Successors))},
		{"About", to(t.About.Table+" "+t.About.Key, "/data/"+t.About.Table+"?q="+t.About.Key)}, {"The register says", say(t.Recorded).or("Nothing yet")},
		{"Who", say(n.Assigned).or("Nobody yet")}, {"Due", say(longText(n.Due)).or("No date")}, {"Note", say(n.Note).or("None")}}}
	if n.Done {
		v.Facts = append(v.Facts, named{"Done", Cell{Text: n.DoneAt.In(register.England).Format("2 January 2006") + " by " + n.DoneBy}})
	}
	body := &workBody{}
	if a.May(store.Editor) && mayTask(a, t) {
		f := &workForm{ID: "task", Title: "Note what is done", Action: "/work/" + t.Key, Hidden: []parameter{{"revision", strconv.FormatInt(n.Revision, 10)}}, Buttons: []workButton{{Text: "Save"}}}
		f.field(workField{Name: "assigned", Label: "Who does it", Value: n.Assigned})
		f.field(workField{Name: "due", Label: "Due", Type: "date", Value: n.Due})
		f.field(workField{Name: "note", Label: "Note", Hint: "No patient's name or details.", Type: "area", Value: n.Note})
		f.field(workField{Name: "done", Label: "It is done", Type: "check", Checked: n.Done})
		body.Forms = []*workForm{f}
		body.Links = []link{{"Propose a change of the facts it is about", "/proposals/new?table=" + t.About.Table + "&key=" + t.About.Key}}
	}
	v.Body = body
	if tried != nil && !body.take(tried) {
		return tried
	}
	return s.showWork(w, r, v)
}

// mayTask says whether whoever asks belongs to one of the organisations of a task,
// or to none.
func mayTask(a *Asked, t *holding.Task) bool {
	own := a.Account.Organisation
	return own == "" || own == t.Predecessor || slices.Contains(t.Successors, own)
}

func (s *Site) saveTask(w http.ResponseWriter, r *http.Request) error {
	t, err := taskOf(r)
	if err != nil {
		return err
	}
	a := asked(r)
	if !mayTask(a, t) {
		return mayTouch(a, append([]string{t.Predecessor}, t.Successors...))
	}
	get := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	n := store.Task{Key: t.Key, Assigned: get("assigned"), Due: get("due"), Note: get("note"), Done: get("done") != ""}
	if n.Revision, err = strconv.ParseInt(get("revision"), 10, 64); err != nil {
		return errFormSent
	}
	if _, err := s.store.SaveTask(r.Context(), a.Account.Name, n); err != nil {
		var rule *store.RuleError
		if !errors.As(err, &rule) {
			return err
		}
		notes, again := s.store.Tasks(r.Context())
		if again != nil {
			return again
		}
		n.Revision = notes[t.Key].Revision // what was typed stays, for the reader to send over what is there now
		return s.showTask(w, r, t, n, err)
	}
	return seeOther(w, r, "/work/"+t.Key)
}
