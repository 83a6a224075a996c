package remit_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"remit/api"
	"remit/assign"
	"remit/mappings"
	"remit/method"
	"remit/methods"
	"remit/price"
	"remit/reference"
	"remit/register"
	"remit/store"
	"remit/submission"
)

var update = flag.Bool("update", false, "write the generated parts of the documentation anew")

// TestDocs holds the documentation against the program:
//   - every line of a ```sh block that begins with "remit " is run, each page in
//     a directory of its own, and must end with the exit code that the line
//     states (# exit 1), or 0;
//   - a line that begins with "curl " is run against a server of the page's own,
//     which stands in for http://127.0.0.1:8080. $KEY is the key of an editor,
//     $SECOND_KEY that of an approver;
//   - a block whose fence names a file (```csv cases.csv) is that file;
//   - a ```text block behind it must be what the commands print. A line ... stands
//     for lines left out, and ... at the end of a line for the rest of it;
//   - links between pages lead somewhere, and generated parts are fresh.
func TestDocs(t *testing.T) {
	pages := docPages(t)
	t.Run("generated", func(t *testing.T) { testGenerated(t, pages) })
	t.Run("links", func(t *testing.T) { testLinks(t, pages) })
	remit := buildRemit(t)
	t.Run("chart", func(t *testing.T) { testChart(t, remit) })
	samples := makeSamples(t, remit)
	for _, p := range pages {
		t.Run(p.path, func(t *testing.T) { p.run(t, remit, samples) })
	}
}

// page is one page of the documentation.
type page struct {
	path string
	text string
}

func docPages(t *testing.T) []*page {
	t.Helper()
	paths, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	var pages []*page
	for _, path := range append([]string{"README.md"}, paths...) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, &page{path, string(text)})
	}
	return pages
}

// block is a fenced block: its kind, the file it is (if it says so), its lines
// and the number of the first.
type block struct {
	kind, file string
	lines      []string
	at         int
	follows    bool // only blank lines stand between it and the block before
}

func (p *page) blocks() []block {
	var list []block
	var open *block
	between := false
	for i, line := range strings.Split(p.text, "\n") {
		fence, isFence := strings.CutPrefix(line, "```")
		switch {
		case open != nil && isFence:
			list, open, between = append(list, *open), nil, false
		case open != nil:
			open.lines = append(open.lines, line)
		case isFence:
			kind, file, _ := strings.Cut(fence, " ")
			open = &block{kind: kind, file: file, at: i + 2, follows: !between}
		case strings.TrimSpace(line) != "":
			between = true
		}
	}
	return list
}

// buildRemit builds the program once.
func buildRemit(t *testing.T) string {
	t.Helper()
	remit := filepath.Join(t.TempDir(), "remit")
	if out, err := exec.Command("go", "build", "-o", remit, "./cmd/remit").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return remit
}

// makeSamples makes a directory with the files that the pages start from.
func makeSamples(t *testing.T, remit string) string {
	t.Helper()
	dir := t.TempDir()
	for file, layout := range map[string]string{
		"plcm.csv": "plcm", "spells.csv": "spells", "apc.csv": "apc", "op.csv": "op",
		"submissions/acm.csv": "acm", "submissions/plcm.csv": "plcm",
	} {
		path := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(remit, "synth", "--records", "2000", "--seed", "1", "--layout", layout, "--out", path).CombinedOutput()
		if err != nil {
			t.Fatalf("remit synth: %v\n%s", err, out)
		}
	}
	published, err := fs.Sub(reference.FS, "samples")
	if err == nil {
		err = os.CopyFS(dir, published)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// run runs the commands of the page in their order.
func (p *page) run(t *testing.T, remit, samples string) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(samples)); err != nil {
		t.Fatal(err)
	}
	var printed []string
	var served *server
	ran := false
	for _, b := range p.blocks() {
		switch {
		case b.file != "":
			if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, b.file)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, b.file), []byte(strings.Join(b.lines, "\n")+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		case b.kind == "sh":
			printed, ran = nil, false
			for i, line := range b.lines {
				if strings.HasPrefix(line, "remit ") {
					printed = append(printed, runLine(t, fmt.Sprintf("%s:%d", p.path, b.at+i), line, dir, remit)...)
					ran = true
				}
				if strings.HasPrefix(line, "curl ") {
					if served == nil {
						served = serve(t, remit, dir)
					}
					line = strings.ReplaceAll(line, "http://127.0.0.1:8080", served.address)
					printed = append(printed, runLine(t, fmt.Sprintf("%s:%d", p.path, b.at+i), line, dir, remit, served.keys...)...)
					ran = true
				}
			}
		case b.kind == "text" && b.follows && ran:
			p.compare(t, b, printed)
			ran = false
		}
	}
}

var exitComment = regexp.MustCompile(`\s*# exit (\d+)\s*$`)

// server is a server that the curl lines of a page talk to.
type server struct {
	address string
	keys    []string // KEY=..., for the environment
}

// serve starts the program as a server on a free port, with two people in its
// register who have keys, until the test ends.
func serve(t *testing.T, remit, dir string) *server {
	t.Helper()
	data := filepath.Join(dir, "remit-data")
	c := exec.Command(remit, "serve", "--data", data, "--listen", "127.0.0.1:0")
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		if err := c.Wait(); err != nil {
			t.Errorf("remit serve ends with %v", err)
		}
	})
	first, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	s := &server{address: regexp.MustCompile(`http://[0-9.:]+`).FindString(first)}
	st, err := store.Open(t.Context(), store.Options{Dir: data, Program: "test", MustExist: true})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	for name, role := range map[string]store.Role{"KEY": store.Editor, "SECOND_KEY": store.Approver} {
		if _, err := st.CreateAccount(t.Context(), "test", store.Account{Name: string(role), Roles: []store.Role{role}}); err != nil {
			t.Fatal(err)
		}
		key, _, err := st.IssueKey(t.Context(), "test", store.APIKey{Name: "manual", Account: string(role), Scopes: []string{api.ScopeRead, api.ScopeWrite}, ExpiresAt: time.Now().Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		s.keys = append(s.keys, name+"="+key)
	}
	return s
}

// runLine runs one command line and gives what it printed.
func runLine(t *testing.T, at, line, dir, remit string, env ...string) []string {
	t.Helper()
	want := 0
	if m := exitComment.FindStringSubmatch(line); m != nil {
		want, _ = strconv.Atoi(m[1])
		line = strings.TrimSuffix(line, m[0])
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "sh", "-c", line)
	c.Dir = dir
	c.Env = append(append(os.Environ(), env...),
		"PATH="+filepath.Dir(remit)+string(os.PathListSeparator)+os.Getenv("PATH"),
		"REMIT_DATA="+filepath.Join(dir, "remit-data"))
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %s: %v", at, line, err)
	}
	if got := c.ProcessState.ExitCode(); got != want {
		t.Errorf("%s: %s\nexit code %d, want %d\n%s", at, line, got, want, out)
	}
	return strings.Split(strings.TrimRight(string(out), "\n"), "\n")
}

// compare holds a block of output against what was printed.
func (p *page) compare(t *testing.T, b block, printed []string) {
	t.Helper()
	at, gap := 0, false
	for i, want := range b.lines {
		if strings.TrimSpace(want) == "..." {
			gap = true
			continue
		}
		found := slices.IndexFunc(printed[at:], func(got string) bool { return asShown(want, got) })
		if found < 0 || found > 0 && !gap {
			t.Errorf("%s:%d: the program does not print this line here: %s\nIt prints:\n%s", p.path, b.at+i, want, strings.Join(printed, "\n"))
			return
		}
		at, gap = at+found+1, false
	}
	if at < len(printed) && !gap {
		t.Errorf("%s:%d: the program prints more: %s", p.path, b.at+len(b.lines), printed[at])
	}
}

func asShown(want, got string) bool {
	want, got = strings.TrimRight(want, " "), strings.TrimRight(got, " ")
	if start, ok := strings.CutSuffix(want, "..."); ok {
		return strings.HasPrefix(got, strings.TrimRight(start, " "))
	}
	return want == got
}

var (
	links    = regexp.MustCompile(`\]\(([^)\s#]*)(#[^)\s]*)?\)`)
	headings = regexp.MustCompile(`(?m)^#+ (.+)$`)
	notSlug  = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
)

func testLinks(t *testing.T, pages []*page) {
	for _, p := range pages {
		for _, m := range links.FindAllStringSubmatch(p.text, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			target := p.path
			if m[1] != "" {
				target = filepath.Join(filepath.Dir(p.path), m[1])
			}
			text, err := os.ReadFile(target)
			if info, e := os.Stat(target); e == nil && info.IsDir() {
				err = nil
			}
			if err != nil {
				t.Errorf("%s: the link %s leads nowhere", p.path, m[1])
			} else if m[2] != "" && !slices.Contains(anchors(string(text)), m[2][1:]) {
				t.Errorf("%s: %s has no heading %s", p.path, target, m[2])
			}
		}
	}
}

func anchors(text string) []string {
	var list []string
	for _, m := range headings.FindAllStringSubmatch(text, -1) {
		list = append(list, strings.ReplaceAll(notSlug.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-"))
	}
	return list
}

// testChart holds the drawing that the README shows against the method.
func testChart(t *testing.T, remit string) {
	const path = "docs/images/method.svg"
	c := exec.Command(remit, "method", "draw", "cam-2025-26", "--out", "-")
	c.Env = append(os.Environ(), "REMIT_DATA="+t.TempDir())
	want, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err == nil && string(got) == string(want) {
		return
	}
	if !*update {
		t.Fatalf("%s is stale: run go test -run TestDocs -update .", path)
	}
	if err := os.WriteFile(path, want, 0o644); err != nil {
		t.Fatal(err)
	}
}

var generatedPart = regexp.MustCompile(`(?s)(<!-- generated: (\w+) -->\n).*?(<!-- end -->)`)

// testGenerated holds the generated parts of the pages against what they are
// generated from. Each must stand on some page.
func testGenerated(t *testing.T, pages []*page) {
	all := loadMethods(t)
	parts := map[string]string{
		"warnings": warningsTable(all, ownWarnings(t, all)),
		"readings": readingsList(all),
		"methods":  methodsTable(all),
		"fields":   fieldsTable(t),
		"needed":   neededTable(t),
		"mappings": mappingsTable(t),
		"rules":    rulesTable(t),

		"price_reasons":  codesTable(price.Reasons()),
		"price_warnings": codesTable(price.Warnings()),
	}
	seen := map[string]bool{}
	for _, p := range pages {
		fresh := generatedPart.ReplaceAllStringFunc(p.text, func(s string) string {
			m := generatedPart.FindStringSubmatch(s)
			seen[m[2]] = true
			return m[1] + "\n" + parts[m[2]] + "\n" + m[3]
		})
		if fresh == p.text {
			continue
		}
		if !*update {
			t.Errorf("%s is stale: run go test -run TestDocs -update .", p.path)
			continue
		}
		p.text = fresh
		if err := os.WriteFile(p.path, []byte(fresh), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name := range parts {
		if !seen[name] {
			t.Errorf("no page has the part <!-- generated: %s -->", name)
		}
	}
}

func loadMethods(t *testing.T) []*method.Method {
	t.Helper()
	pack, err := register.LoadShipped()
	if err != nil {
		t.Fatal(err)
	}
	lib := method.Library{Pack: pack, Open: func(name string) ([]byte, string, error) {
		src, err := methods.Files.ReadFile(name + ".yaml")
		return src, name, err
	}}
	files, err := methods.Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var all []*method.Method
	for _, f := range files {
		m, err := lib.Load(strings.TrimSuffix(f.Name(), ".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

// rows makes a Markdown table.
func rows(head ...string) *strings.Builder {
	var b strings.Builder
	row(&b, head...)
	row(&b, slices.Repeat([]string{"---"}, len(head))...)
	return &b
}

func row(b *strings.Builder, cells ...string) {
	for i, c := range cells {
		cells[i] = strings.Join(strings.Fields(strings.ReplaceAll(c, "|", `\|`)), " ")
	}
	fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
}

type warning struct{ code, says, do string }

// ownWarnings are those that come from the program and not from a method: a row
// with a cost that is no money is run, and what the methods do not know is kept.
func ownWarnings(t *testing.T, all []*method.Method) []warning {
	t.Helper()
	input := filepath.Join(t.TempDir(), "input.csv")
	row := "provider,service_code,financial_year,financial_month,cost\nRJ7,99999999,202526,1,one\n"
	if err := os.WriteFile(input, []byte(row), 0o644); err != nil {
		t.Fatal(err)
	}
	pack, err := register.LoadShipped()
	if err != nil {
		t.Fatal(err)
	}
	result, err := assign.Run(t.Context(), &assign.Job{Inputs: []string{input}, Dataset: "ACM", Method: all[0], Pack: pack})
	if err != nil {
		t.Fatal(err)
	}
	var list []warning
	for _, w := range result.Summary.Warnings {
		if !slices.ContainsFunc(all[0].Warnings, func(x *method.Warning) bool { return x.Code == w.Code }) {
			list = append(list, warning{w.Code, w.Says, w.Do})
		}
	}
	if list == nil {
		t.Error("a cost that is no money gets no warning")
	}
	return list
}

// warningsTable lists every warning; those that say the same share a row.
func warningsTable(all []*method.Method, own []warning) string {
	in := map[warning][]string{}
	list := slices.Clone(own)
	for _, w := range own {
		in[w] = []string{"every method"}
	}
	for _, m := range all {
		for _, w := range m.Warnings {
			x := warning{w.Code, w.Says, w.Do}
			if in[x] == nil {
				list = append(list, x)
			}
			in[x] = append(in[x], m.Name)
		}
	}
	slices.SortStableFunc(list, func(a, b warning) int { return strings.Compare(a.code, b.code) })
	b := rows("code", "what it says", "what to do", "in")
	for _, w := range list {
		row(b, "`"+w.code+"`", w.says, w.do, strings.Join(in[w], ", "))
	}
	return b.String()
}

func methodsTable(all []*method.Method) string {
	b := rows("name", "title", "activity", "carried forward to")
	for _, m := range all {
		d := m.Description()
		row(b, "`"+d.Name+"`", d.Title, d.From+" to "+d.To, d.CarriedTo)
	}
	return b.String()
}

// readingsList lists every reading with its options and where it is asked for.
func readingsList(all []*method.Method) string {
	var b strings.Builder
	seen := map[string]bool{}
	for _, m := range slices.Backward(all) {
		d := m.Description()
		for _, r := range d.Readings {
			if seen[r.ID] {
				continue
			}
			seen[r.ID] = true
			fmt.Fprintf(&b, "### %s\n\n%s\n\n", r.ID, r.Question)
			table := rows("option", "means")
			for _, o := range r.Options {
				name := "`" + r.ID + "=" + o.Name + "`"
				if o.Name == r.Default {
					name += " (default)"
				}
				row(table, name, o.Means)
			}
			fmt.Fprintf(&b, "%s\nIt is asked for by %s.\n\n", table, strings.Join(readBy(&d, r.ID), ", "))
		}
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// readBy lists the parts of a method that a reading changes.
func readBy(d *method.Description, id string) []string {
	word := regexp.MustCompile(`\breading\.` + id + `\b`)
	var list []string
	for _, r := range d.Start {
		if word.MatchString(r.When) {
			list = append(list, "the start ("+r.Says+")")
		}
	}
	for _, f := range d.Facts {
		if word.MatchString(f.Is) {
			list = append(list, "the fact `"+f.Name+"` ("+f.Says+")")
		}
	}
	for _, b := range d.Boxes {
		if b.Reading == id || word.MatchString(b.When) {
			list = append(list, "box "+b.Label)
		}
	}
	for _, e := range d.Ends {
		if slices.ContainsFunc(e.Payers, func(p method.PayerDescription) bool { return word.MatchString(p.When) }) {
			list = append(list, "the end "+e.Name)
		}
	}
	if d.Spell != nil && word.MatchString(d.Spell.Applies+d.Spell.Specialised+d.Spell.EpisodeOnly+d.Spell.FollowsSpell) {
		list = append(list, "the spell rule")
	}
	for _, w := range d.Warnings {
		if word.MatchString(w.When) {
			list = append(list, "the warning `"+w.Code+"`")
		}
	}
	return list
}

// readFields reads the catalogue of fields, a map by column for each row.
func readFields(t *testing.T) []map[string]string {
	t.Helper()
	f, err := os.Open("activity/fields.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var list []map[string]string
	for _, line := range lines[1:] {
		field := map[string]string{}
		for i, name := range lines[0] {
			field[name] = line[i]
		}
		list = append(list, field)
	}
	return list
}

var datasets = []string{"ACM", "PLCM", "DrPLCM", "DePLCM", "APC", "OP", "ECDS"}

// names writes a list of names as fields.csv has them: APC:EPIKEY is a name
// that counts in one data set only.
func names(list string) string {
	var out []string
	for n := range strings.SplitSeq(list, "|") {
		if d, text, ok := strings.Cut(n, ":"); ok && slices.Contains(datasets, d) {
			n = text + " (" + d + ")"
		}
		out = append(out, n)
	}
	return strings.Join(out, "; ")
}

func fieldsTable(t *testing.T) string {
	b := rows("field", "title", "read as", "data sets", "other names", "only when the file has none of these")
	for _, f := range readFields(t) {
		in := strings.ReplaceAll(f["datasets"], "|", ", ")
		if in == "*" {
			in = "all"
		}
		row(b, "`"+f["id"]+"`", names(f["title"]), f["kind"], in, names(f["aliases"]), names(f["fallbacks"]))
	}
	return b.String()
}

// rulesTable lists the validation rules.
func rulesTable(t *testing.T) string {
	t.Helper()
	all, err := submission.LoadRules()
	if err != nil {
		t.Fatal(err)
	}
	b := rows("rule", "feeds", "field", "what becomes of it", "says", "what to do", "confidence")
	for _, r := range all.All() {
		var feeds []string
		for _, f := range r.Feeds {
			feeds = append(feeds, string(f))
		}
		field := ""
		if r.Field != "" {
			field = "`" + r.Field + "`"
		}
		row(b, "`"+r.ID+"`", strings.Join(feeds, ", "), field, strings.ReplaceAll(r.Severity.String(), "_", " "), r.Says("{value}", "{column}"), r.Remedy, r.Confidence)
	}
	return b.String()
}

// codesTable lists codes with what they mean.
func codesTable(list []price.Code) string {
	b := rows("code", "means")
	for _, c := range list {
		row(b, "`"+c.Code+"`", c.Says)
	}
	return b.String()
}

// neededTable lists what each data set must have. A need is met by any of the
// fields that share it.
func neededTable(t *testing.T) string {
	fields := readFields(t)
	b := rows("data set", "a file must have")
	for _, d := range datasets {
		var order []string
		any := map[string][]string{}
		for _, f := range fields {
			for need := range strings.SplitSeq(f["needed"], "|") {
				in, list, _ := strings.Cut(need, ":")
				if in != d {
					continue
				}
				for n := range strings.SplitSeq(list, "+") {
					if any[n] == nil {
						order = append(order, n)
					}
					any[n] = append(any[n], "`"+f["id"]+"`")
				}
			}
		}
		var needs []string
		for _, n := range order {
			needs = append(needs, strings.Join(any[n], " or "))
		}
		row(b, d, strings.Join(needs, "; "))
	}
	return b.String()
}

func mappingsTable(t *testing.T) string {
	t.Helper()
	files, err := mappings.Files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	b := rows("name", "data set", "what it is for")
	for _, f := range files {
		src, err := mappings.Files.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		m, err := assign.ReadMapping(src, f.Name())
		if err != nil {
			t.Fatal(err)
		}
		row(b, "`"+m.Name+"`", string(m.Dataset), m.Says)
	}
	return b.String()
}
