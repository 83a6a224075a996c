package web

import (
	"archive/zip"
	"bytes"
	"errors"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"remit/store"
)

// newOlderOffice is a site whose register came from an older pack: that of another
// register in which two boards read otherwise.
func newOlderOffice(t *testing.T) *office {
	t.Helper()
	from := newOffice(t)
	ann, bob := from.person("ann", "", store.Editor), from.person("bob", "", store.Approver)
	for _, c := range []string{"QKK", "QWO"} {
		address := ann.propose(from.row("icb", c), "note", "As the older pack had it")
		bob.get(address).press(address + "/approve").wants(http.StatusSeeOther)
	}
	var archive bytes.Buffer
	if _, err := from.store.Export(t.Context(), &archive); err != nil {
		t.Fatal(err)
	}
	files := older(t, must(zip.NewReader(bytes.NewReader(archive.Bytes()), int64(archive.Len())))(t))
	st := must(store.Open(t.Context(), store.Options{Dir: t.TempDir(), Program: "remit test", LeaveEmpty: true}))(t)
	t.Cleanup(func() { st.Close() })
	if _, err := st.Import(t.Context(), "test", files); err != nil {
		t.Fatal(err)
	}
	site := must(New(Options{Store: st, Program: "remit test"}))(t)
	return &office{t, st, site}
}

// older is an archive whose register is the release that was taken in last.
func older(t *testing.T, archive fs.FS) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	var release bytes.Buffer
	z := zip.NewWriter(&release)
	err := fs.WalkDir(archive, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(archive, path)
		if err != nil {
			return err
		}
		files[path] = &fstest.MapFile{Data: content}
		if strings.Contains(path, "/") || !strings.HasSuffix(path, ".csv") {
			return nil
		}
		f, err := z.Create(path)
		if err != nil {
			return err
		}
		_, err = f.Write(content)
		return err
	})
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	files["history/release.zip"] = &fstest.MapFile{Data: release.Bytes()}
	return files
}

func TestUpdates(t *testing.T) {
	o := newOlderOffice(t)
	ann, bob, local := o.person("ann", "", store.Editor), o.person("bob", "", store.Approver), o.person("loc", "QKK", store.Editor)
	before := o.row("icb", "QKK").Values["note"]
	address := ann.propose(o.row("icb", "QKK"), "note", "Changed here")
	bob.get(address).press(address + "/approve").wants(http.StatusSeeOther)

	p := ann.get("/updates").wants(http.StatusOK, "2 rows otherwise", "In conflict 1 row", "Changed 1 row", "Take in icb QKK", "Take in icb QWO", "As the older pack had it", "Changed here")
	items := must(o.store.Update(t.Context()))(t).Items
	if items[0].Kind != store.Conflicting || items[0].Ours["code"] != "QKK" || len(items) != 2 {
		t.Fatalf("the update has %+v", items)
	}
	local.get("/updates").wants(http.StatusOK, "Only an editor with a national account").lacks("Propose what is picked")
	local.pressOf(p, "/updates/propose", "take", items[1].ID).wants(http.StatusForbidden)
	p.press("/updates/propose").wants(http.StatusUnprocessableEntity, "Pick at least one row")
	proposal := p.press("/updates/propose", "take", items[1].ID).wants(http.StatusSeeOther).header.Get("Location")
	if got := o.row("icb", "QWO").Values["note"]; got != "As the older pack had it" {
		t.Errorf("the note of QWO is %q before anybody approved", got)
	}
	bob.get(proposal).wants(http.StatusOK, "Take in reference data", "icb QWO").press(proposal + "/approve").wants(http.StatusSeeOther)
	if got := o.row("icb", "QWO").Values["note"]; got == "As the older pack had it" {
		t.Error("the newer pack was not taken in")
	}
	if got := o.row("icb", "QKK").Values["note"]; got != "Changed here" {
		t.Errorf("the conflict that was not picked was taken in: %q after %q", got, before)
	}
	ann.get("/updates").wants(http.StatusOK, "decided on before").lacks("Take in")
	p.press("/updates/propose", "take", items[0].ID).wants(http.StatusConflict, "This update was decided on")
}

func TestDeclineUpdate(t *testing.T) {
	o := newOlderOffice(t)
	bob := o.person("bob", "", store.Approver)
	p := bob.get("/updates").wants(http.StatusOK, "2 rows otherwise")
	p.press("/updates/decline", "note", "").wants(http.StatusUnprocessableEntity, "Say why the update is declined")
	p.press("/updates/decline", "note", "We wait for the next").wants(http.StatusSeeOther)
	bob.get("/updates").wants(http.StatusOK, "decided on before")
	bob.get("/audit?action=update").wants(http.StatusOK, "We wait for the next")
}

// pressOf sends the form of somebody else's page.
func (d *desk) pressOf(p *page, action string, pairs ...string) *page {
	d.Helper()
	return d.post(action, append(p.fields(action), pairs...)...)
}
