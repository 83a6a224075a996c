package web

import (
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"remit/activity"
	"remit/budget"
	"remit/pool"
	"remit/register"
	"remit/share"
	"remit/store"
)

// requestsOf are the requests about a pool's money that are kept; nobody who has not signed in sees them.
func (s *Site) requestsOf(r *http.Request, p *pool.Pool) ([]store.PoolRequest, error) {
	a := asked(r)
	if a.Account == nil {
		return nil, nil
	}
	all, err := s.store.PoolRequests(r.Context(), p.Name)
	if err != nil {
		return nil, err
	}
	var list []store.PoolRequest
	for _, x := range all {
		if x.Year == p.Year {
			list = append(list, x)
		}
	}
	return list, nil
}

// withRequests is the pool with what was asked for and decided.
func withRequests(p *pool.Pool, list []store.PoolRequest) *pool.Pool {
	var requests []pool.Request
	for i := len(list) - 1; i >= 0; i-- { // the first first
		requests = append(requests, poolRequest(&list[i]))
	}
	return p.With(requests)
}

func poolRequest(x *store.PoolRequest) pool.Request {
	r := pool.Request{Reinvest: x.Kind == store.Reinvestment, ICB: x.ICB, What: x.What, Amount: x.Amount, FullYear: x.FullYear, Recurrent: x.Recurrent, Month: x.Month, Override: x.Override, State: string(x.State),
		RequestedOn: register.DayOf(x.CreatedAt), DecidedOn: register.NoDay, DecidedBy: x.DecidedBy, Place: fmt.Sprintf("request %d", x.ID)}
	if !x.DecidedAt.IsZero() {
		r.DecidedOn = register.DayOf(x.DecidedAt)
	}
	return r
}

func requestAddress(p string, id int64) string {
	return "/pools/" + url.PathEscape(p) + "/requests/" + strconv.FormatInt(id, 10)
}

var requestKinds = map[store.PoolRequestKind]string{store.CarryForward: "Carry forward", store.Reinvestment: "Reinvest"}

// requestsTable lists requests, the latest first.
func requestsTable(list []store.PoolRequest) *Table {
	t := &Table{Name: "requests", Caption: "Requests about the money of the pool", Empty: "Nothing has been asked for yet.", Columns: []Column{{Key: "number", Title: "Number", Numeric: true}, {Key: "kind", Title: "To"}, {Key: "what", Title: "What"}, {Key: "icb", Title: "Board"}, {Key: "amount", Title: "Amount", Numeric: true},
		{Key: "full_year", Title: "In a whole year", Numeric: true}, {Key: "recurrent", Title: "Recurrent"}, {Key: "state", Title: "State", Filter: true}, {Key: "by", Title: "Asked by"}, {Key: "at", Title: "When"}, {Key: "decided_by", Title: "Decided by"}}}
	for i := range list {
		x := &list[i]
		full := Cell{Lacks: "Not applicable"}
		if x.Kind == store.Reinvestment {
			full = moneyCell(x.FullYear)
		}
		t.Rows = append(t.Rows, Row{to(strconv.FormatInt(x.ID, 10), requestAddress(x.Pool, x.ID)), say(requestKinds[x.Kind]), to(x.What, requestAddress(x.Pool, x.ID)), code(x.ICB).or("The pool"), moneyCell(x.Amount), full, say(yesWord(x.Recurrent)),
			say(sentence(string(x.State))), say(x.Author), momentCell(x.CreatedAt), say(x.DecidedBy).or("Nobody yet")})
	}
	return t
}

// poolRequests lists what was asked of a pool, with the form to ask.
func (s *Site) poolRequests(w http.ResponseWriter, r *http.Request) error {
	p, err := s.poolOf(asked(r), r)
	if err != nil {
		return err
	}
	return s.showPoolRequests(w, r, p, nil, nil)
}

func (s *Site) showPoolRequests(w http.ResponseWriter, r *http.Request, p *pool.Pool, values url.Values, faults []workFault) error {
	a := asked(r)
	list, err := s.requestsOf(r, p)
	if err != nil {
		return err
	}
	u := withRequests(p, list).Underspend(12)
	v := view{Place: "/budgets", Trail: []link{{"Budgets", "/budgets"}, {"Pooled funds", "/pools"}, {p.Title, "/pools/" + url.PathEscape(p.Name)}}, Title: "Requests about the money of the pool", Warn: madeUp(p.Synthetic),
		Lead: fmt.Sprintf("%s of %s is left and %s is approved to be carried forward. Money does not roll over 31 March by itself: one person asks, a second one decides.", sterling(u.Left), p.Year, sterling(u.Carried))}
	body := &workBody{}
	if a.May(store.Editor) {
		body.Forms = append(body.Forms, poolRequestForm(p, values))
	}
	for _, f := range faults {
		body.fault(f.Field, f.Text)
	}
	v.Body = body
	v.add("requests", "", "", requestsTable(list))
	return s.showWork(w, r, v)
}

func poolRequestForm(p *pool.Pool, values url.Values) *workForm {
	f := &workForm{ID: "ask", Title: "Ask for money", Text: "A second person decides. What is approved counts in the statement of the underspend.", Action: "/pools/" + url.PathEscape(p.Name) + "/requests", Buttons: []workButton{{Text: "Ask for it"}}}
	kinds := []workOption{{"carry_forward", "Carry an underspend forward"}, {"reinvestment", "Reinvest it"}}
	boards := []workOption{{"", "The pool"}}
	for _, m := range p.Members() {
		boards = append(boards, workOption{m.ICB, m.Name})
	}
	months := []workOption{{"", "Not applicable"}}
	for m := 1; m <= 12; m++ {
		months = append(months, workOption{strconv.Itoa(m), budget.MonthName(m)})
	}
	f.field(workField{Name: "kind", Label: "What to do with it", Type: "select", Options: kinds, Value: values.Get("kind")})
	f.field(workField{Name: "what", Label: "What the money is for", Value: values.Get("what")})
	f.field(workField{Name: "icb", Label: "For whom", Type: "select", Options: boards, Value: values.Get("icb")})
	f.field(workField{Name: "amount", Label: "Amount in the year", Hint: "pounds, such as 250000", Value: values.Get("amount")})
	f.field(workField{Name: "full_year", Label: "What a whole year costs", Hint: "of a reinvestment, in pounds; blank: nothing after this year", Value: values.Get("full_year")})
	f.field(workField{Name: "month", Label: "Month in which it starts", Hint: "of a reinvestment", Type: "select", Options: months, Value: values.Get("month")})
	f.field(workField{Name: "recurrent", Label: "It goes on for good", Type: "check", Checked: values.Get("recurrent") != ""})
	f.field(workField{Name: "override", Label: "Override", Hint: "where money of one year is to pay for what goes on for good: who accepts that, and why", Value: values.Get("override")})
	f.field(workField{Name: "reason", Label: "Why", Type: "area", Value: values.Get("reason")})
	return f
}

// askedMoney reads pounds and pence of a form; blank is nothing.
func askedMoney(text string) (activity.Amount, bool) {
	text = strings.TrimPrefix(strings.ReplaceAll(strings.TrimSpace(text), ",", ""), "£")
	a, _, err := activity.ParseAmount([]byte(text))
	if err != nil {
		return a, false
	}
	return a, new(big.Rat).Mul(share.Of(a), big.NewRat(100, 1)).IsInt()
}

// askPool keeps a request.
func (s *Site) askPool(w http.ResponseWriter, r *http.Request) error {
	a := asked(r)
	p, err := s.poolOf(a, r)
	if err != nil {
		return err
	}
	if !mayPool(a, p, r.FormValue("icb")) {
		return &problem{http.StatusForbidden, "That money is another board's", "People of a board ask for that board, or for the pool where their board hosts it.", "Ask somebody of that board."}
	}
	var faults []workFault
	x := store.PoolRequest{Pool: p.Name, Year: p.Year, ICB: r.FormValue("icb"), Kind: store.PoolRequestKind(r.FormValue("kind")), What: r.FormValue("what"), Recurrent: r.FormValue("recurrent") != "", Override: r.FormValue("override"), Reason: r.FormValue("reason")}
	var ok bool
	if x.Amount, ok = askedMoney(r.FormValue("amount")); !ok || x.Amount.Sign() <= 0 {
		faults = append(faults, workFault{"The amount is not pounds and pence above nothing: write 250000 or 250000.50.", "amount"})
	}
	if x.FullYear, ok = askedMoney(r.FormValue("full_year")); !ok || x.FullYear.Sign() < 0 {
		faults = append(faults, workFault{"The cost of a whole year is not pounds and pence from nothing up.", "full_year"})
	}
	x.Month, _ = strconv.Atoi(r.FormValue("month"))
	if x.Kind == store.CarryForward {
		x.Recurrent, x.FullYear, x.Month, x.Override = false, activity.Amount{}, 0, ""
	}
	if x.ICB != "" && !isMember(p, x.ICB) {
		faults = append(faults, workFault{x.ICB + " is no member of the pool.", "icb"})
	}
	if len(faults) == 0 {
		list, err := s.requestsOf(r, p)
		if err != nil {
			return err
		}
		if why := withRequests(p, list).Affords(poolRequest(&x)); why != "" {
			faults = append(faults, workFault{fullStop(why), "amount"})
		}
	}
	if len(faults) == 0 {
		x, err = s.store.AskPool(r.Context(), a.Account.Name, x)
		var rule *store.RuleError
		switch {
		case errors.As(err, &rule):
			faults = append(faults, workFault{fullStop(rule.Text), "reason"})
		case err != nil:
			return err
		}
	}
	if len(faults) > 0 {
		return s.showPoolRequests(w, r, p, r.PostForm, faults)
	}
	return seeOther(w, r, requestAddress(p.Name, x.ID))
}

func isMember(p *pool.Pool, icb string) bool {
	for _, m := range p.Members() {
		if m.ICB == icb {
			return true
		}
	}
	return false
}

// mayPool says whether the reader may ask for money of a board, or of the pool: people of that board, or of the host,
// or national ones.
func mayPool(a *Asked, p *pool.Pool, icb string) bool {
	own := a.Account.Organisation
	return own == "" || own == icb || icb == "" && own == p.Host
}

// mayDecidePool says whether the reader's organisation decides about the pool: its host, and the national team.
func mayDecidePool(a *Asked, p *pool.Pool) bool {
	return a.Account.Organisation == "" || a.Account.Organisation == p.Host
}

// poolRequestOf is the request that the address names, with its pool.
func (s *Site) poolRequestOf(r *http.Request) (*pool.Pool, store.PoolRequest, error) {
	p, err := s.poolOf(asked(r), r)
	if err != nil {
		return nil, store.PoolRequest{}, err
	}
	none := &problem{http.StatusNotFound, "There is no request " + r.PathValue("id"), "The pool has no request of that number.", "The page about the pool's requests lists them all."}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return nil, store.PoolRequest{}, none
	}
	x, err := s.store.PoolRequest(r.Context(), id)
	if errors.Is(err, store.ErrNotFound) || err == nil && x.Pool != p.Name {
		return nil, x, none
	}
	return p, x, err
}

// poolRequestShown shows one request and what the reader may do about it.
func (s *Site) poolRequestShown(w http.ResponseWriter, r *http.Request) error {
	p, x, err := s.poolRequestOf(r)
	if err != nil {
		return err
	}
	return s.showPoolRequest(w, r, p, &x, "")
}

func (s *Site) showPoolRequest(w http.ResponseWriter, r *http.Request, p *pool.Pool, x *store.PoolRequest, fault string) error {
	a := asked(r)
	list, err := s.requestsOf(r, p)
	if err != nil {
		return err
	}
	v := view{Place: "/budgets", Trail: []link{{"Budgets", "/budgets"}, {"Pooled funds", "/pools"}, {p.Title, "/pools/" + url.PathEscape(p.Name)}, {"Requests", "/pools/" + url.PathEscape(p.Name) + "/requests"}},
		Title: fmt.Sprintf("%s %s: %s", requestKinds[x.Kind], roughly(x.Amount), x.What), Warn: madeUp(p.Synthetic)}
	v.Facts = []named{{"State", say(sentence(string(x.State)))}, {"Amount", moneyCell(x.Amount)}, {"For", bodyCell(a, x.ICB).or("The pool")}, {"Year", say(x.Year)}, {"Why", say(x.Reason)}, {"Asked by", say(x.Author)}, {"Asked", momentCell(x.CreatedAt)}}
	if x.Kind == store.Reinvestment {
		v.Facts = append(v.Facts, named{"In a whole year", moneyCell(x.FullYear)}, named{"Recurrent", say(yesWord(x.Recurrent))}, named{"Starts in", say(budget.MonthName(x.Month))}, named{"Override", say(x.Override).or("None")})
	}
	if !x.DecidedAt.IsZero() {
		v.Facts = append(v.Facts, named{"Decided by", say(x.DecidedBy)}, named{"Decided", momentCell(x.DecidedAt)}, named{"Note", say(x.Note).or("None")})
	}
	entries, err := s.store.Entries(r.Context(), fmt.Sprintf("pool request %d", x.ID), 0, 20)
	if err != nil {
		return err
	}
	t := &Table{Name: "history", Caption: "What was done with it, the latest first", Columns: []Column{{Key: "entry", Title: "Entry", Numeric: true}, {Key: "action", Title: "What"}, {Key: "by", Title: "By"}, {Key: "at", Title: "When"}}}
	for _, e := range entries {
		t.Rows = append(t.Rows, Row{number(int(e.Seq)), code(e.Action), say(e.Actor), momentCell(e.At)})
	}
	v.add("history", "In the audit log", "", t)
	body := &workBody{}
	if x.State == store.PoolRequested {
		why := withRequests(p, list).Affords(poolRequest(x))
		if why != "" {
			v.Warn = strings.TrimSpace(v.Warn + " As the pool stands it cannot be granted: " + why + ".")
		}
		body.Forms = requestForms(a, p, x, why == "")
	}
	if fault != "" {
		body.fault("note", fault)
	}
	v.Body = body
	return s.showWork(w, r, v)
}

// requestForms are the buttons that whoever looks may press.
func requestForms(a *Asked, p *pool.Pool, x *store.PoolRequest, affordable bool) []*workForm {
	form := func(step, title, text, button string, second bool) *workForm {
		f := &workForm{ID: step, Title: title, Text: text, Action: requestAddress(p.Name, x.ID) + "/" + step, Hidden: []parameter{{"revision", strconv.FormatInt(x.Revision, 10)}}, Buttons: []workButton{{Text: button, Second: second}}}
		f.field(workField{Name: "note", Label: "Note", Type: "area"})
		return f
	}
	mine := x.Author == a.Account.Name
	var list []*workForm
	if a.May(store.Approver) && !mine && mayDecidePool(a, p) {
		if affordable {
			list = append(list, form("approve", "Approve", "It counts at once in the statement of the underspend. The note is optional.", "Approve", false))
		}
		list = append(list, form("refuse", "Refuse", "Say why, for whoever asked.", "Refuse", true))
	}
	if mine && a.May(store.Editor) {
		list = append(list, form("withdraw", "Withdraw", "It ends without effect.", "Withdraw", true))
	}
	return list
}

// stepPool takes a step with a request: approve, refuse or withdraw.
func (s *Site) stepPool(step string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		p, x, err := s.poolRequestOf(r)
		if err != nil {
			return err
		}
		err = s.decidePool(r, p, &x, step)
		var rule *store.RuleError
		if errors.As(err, &rule) {
			return s.showPoolRequest(w, r, p, &x, fullStop(rule.Text))
		}
		if err != nil {
			return err
		}
		return seeOther(w, r, requestAddress(p.Name, x.ID))
	}
}

func (s *Site) decidePool(r *http.Request, p *pool.Pool, x *store.PoolRequest, step string) error {
	a := asked(r)
	revision, _ := strconv.ParseInt(r.FormValue("revision"), 10, 64) // none: the store says that it was changed
	note := r.FormValue("note")
	if step == "withdraw" {
		_, err := s.store.WithdrawPool(r.Context(), a.Account.Name, x.ID, revision, note)
		return err
	}
	if !mayDecidePool(a, p) {
		return &problem{http.StatusForbidden, "Another board decides about this pool", "Its host, " + p.Host + ", and the national team decide.", "Ask somebody of the host."}
	}
	if step == "approve" && x.State == store.PoolRequested {
		list, err := s.requestsOf(r, p)
		if err != nil {
			return err
		}
		if why := withRequests(p, list).Affords(poolRequest(x)); why != "" {
			return &store.RuleError{Text: why}
		}
	}
	_, err := s.store.DecidePool(r.Context(), a.Account.Name, x.ID, revision, step == "approve", note)
	return err
}
