package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"remit/store"
)

// updatesLimit is the largest form with picks of an update.
const updatesLimit = 1 << 20

// updateKinds are the kinds of items in the order in which they are to be looked at.
var updateKinds = []struct {
	kind  store.ItemKind
	title string
	text  string
}{
	{store.Conflicting, "In conflict", "Changed here and in the newer pack. They stay as they are here unless you pick them."},
	{store.Added, "Added", "New in the newer pack."},
	{store.Changed, "Changed", "Put right or brought up to date in the newer pack, and untouched here."},
	{store.Ended, "Ended", "The newer pack gives them a last day."},
	{store.Removed, "Removed", "No longer in the newer pack: they were errors."},
}

// updatesBody is the page of an update: its items by kind, to be picked.
type updatesBody struct {
	*workBody
	Hash   string
	Groups []updateGroup
	May    bool // propose it
}

type updateGroup struct {
	ID, Title, Text string
	Items           []updateItem
}

type updateItem struct {
	ID, Place string
	Picked    bool
	Columns   []updateColumn
}

// updateColumn is a column that differs: as it was in the release taken in last,
// as it is here, and as the newer pack has it.
type updateColumn struct{ Name, Base, Ours, Theirs string }

// updates shows what the pack that ships with this program would change.
func (s *Site) updates(w http.ResponseWriter, r *http.Request) error {
	return s.showUpdates(w, r, nil, nil)
}

func (s *Site) showUpdates(w http.ResponseWriter, r *http.Request, picked map[string]bool, against func(*workBody)) error {
	a := asked(r)
	u, err := s.store.Update(r.Context())
	if err != nil {
		return err
	}
	v := view{Page: "updates", Title: "Newer reference data"}
	body := &updatesBody{workBody: &workBody{}, Hash: u.Hash, May: a.May(store.Editor) && a.Account.Organisation == ""}
	v.Body = body
	if len(u.Items) == 0 {
		v.Lead = "The register has everything of the pack that ships with this program, or it was decided on before."
		return s.showWork(w, r, v)
	}
	for _, k := range updateKinds {
		group := updateGroup{ID: string(k.kind), Title: k.title, Text: k.text}
		for i := range u.Items {
			if x := &u.Items[i]; x.Kind == k.kind {
				group.Items = append(group.Items, updateItem{ID: x.ID, Place: x.Place(), Picked: picked == nil && x.Kind != store.Conflicting || picked[x.ID], Columns: updateColumns(x)})
			}
		}
		if group.Items != nil {
			body.Groups = append(body.Groups, group)
		}
	}
	v.Lead = fmt.Sprintf("The pack of this program has %s otherwise than the register. Nothing of it is in effect. What you pick becomes a proposal, which a second person decides.", plural(len(u.Items), "row", "rows"))
	v.Facts = []named{{"Release", code(u.Hash)}}
	if !body.May {
		v.Warn = "Only an editor with a national account can propose an update: it touches facts of many organisations."
	}
	if a.May(store.Approver) && a.Account.Organisation == "" {
		f := &workForm{ID: "decline", Title: "Do not take this release in", Text: "It is not offered again. The next release is compared with the last one taken in.", Action: "/updates/decline", Hidden: []parameter{{"hash", u.Hash}}, Buttons: []workButton{{Text: "Decline the release", Second: true}}}
		f.field(workField{Name: "note", Label: "Why it is declined", Type: "area"})
		body.Forms = []*workForm{f}
	}
	if against != nil {
		against(body.workBody)
	}
	return s.showWork(w, r, v)
}

func updateColumns(x *store.Item) []updateColumn {
	var list []updateColumn
	for _, d := range store.Differences(x.Table, x.Ours, x.Theirs) {
		list = append(list, updateColumn{columnTitle(d.Column), x.Base[d.Column], d.Before, d.After})
	}
	return list
}

// offered is the update as it is now, when it is the one that a form was about.
func (s *Site) offered(r *http.Request) (*store.Update, error) {
	if err := mayTouch(asked(r), []string{store.National}); err != nil {
		return nil, err
	}
	u, err := s.store.Update(r.Context())
	if err == nil && (len(u.Items) == 0 || u.Hash != r.PostFormValue("hash")) {
		err = &problem{http.StatusConflict, "This update was decided on", "The release that the page showed is not offered any more.", "Look at the page again."}
	}
	return u, err
}

// proposeUpdate drafts and submits a proposal of what was picked.
func (s *Site) proposeUpdate(w http.ResponseWriter, r *http.Request) error {
	u, err := s.offered(r)
	if err != nil {
		return err
	}
	picked := map[string]bool{}
	for _, id := range r.PostForm["take"] {
		if !slices.ContainsFunc(u.Items, func(x store.Item) bool { return x.ID == id }) {
			return errFormSent
		}
		picked[id] = true
	}
	if len(picked) == 0 {
		return s.showUpdates(w, r, picked, func(b *workBody) {
			b.Faults = append(b.Faults, workFault{"Pick at least one row, or decline the release.", "updates"})
		})
	}
	author := asked(r).Account.Name
	note := strings.TrimSpace(r.PostFormValue("reason"))
	p := store.Proposal{Title: "Take in reference data " + u.Hash[:12], Reason: cmp.Or(note, "The pack that ships with "+s.program+" is newer"), Source: "reference pack " + u.Hash}
	p, err = s.store.ProposeUpdate(r.Context(), author, u, func(x store.Item) bool { return picked[x.ID] }, p)
	if err == nil {
		var submitted store.Proposal
		if submitted, err = s.store.Submit(r.Context(), author, p.ID, p.Revision); err != nil {
			_, withdrawn := s.store.Withdraw(r.Context(), author, p.ID, p.Revision, "it could not be submitted")
			err = errors.Join(err, withdrawn)
		}
		p = submitted
	}
	if err != nil {
		var against workBody
		if !against.take(err) {
			return err
		}
		return s.showUpdates(w, r, picked, func(b *workBody) {
			b.Problem = against.Problem
			for _, f := range against.Faults {
				b.Faults = append(b.Faults, workFault{f.Text, "updates"})
			}
		})
	}
	return seeOther(w, r, proposalAddress(p.ID))
}

// declineUpdate records that the release is not taken in.
func (s *Site) declineUpdate(w http.ResponseWriter, r *http.Request) error {
	u, err := s.offered(r)
	if err != nil {
		return err
	}
	err = s.store.DeclineUpdate(r.Context(), asked(r).Account.Name, u.Hash, strings.TrimSpace(r.PostFormValue("note")))
	var rule *store.RuleError
	if errors.As(err, &rule) {
		return s.showUpdates(w, r, nil, func(b *workBody) { b.take(err) })
	}
	if err != nil {
		return err
	}
	return seeOther(w, r, "/updates")
}
