package web

import (
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"remit/store"
)

// theSite is one site over the shipped pack, for every test that only reads.
var theSite = sync.OnceValues(func() (*Site, error) {
	dir, err := os.MkdirTemp("", "remit-web-")
	if err != nil {
		return nil, err
	}
	st, err := store.Open(context.Background(), store.Options{Dir: dir, Program: "test", Now: fixed})
	if err != nil {
		return nil, err
	}
	return New(Options{Store: st, Program: "remit test", Now: fixed})
})

func fixed() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

func TestMain(m *testing.M) {
	code := m.Run()
	if s, err := theSite(); err == nil {
		dir := s.store.Dir()
		if err := s.store.Close(); err == nil {
			os.RemoveAll(dir)
		}
	}
	os.Exit(code)
}

func site(t testing.TB) *Site {
	t.Helper()
	s, err := theSite()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ask sends a request to the site.
func ask(t testing.TB, method, address string, header map[string]string, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, address, strings.NewReader(body))
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	site(t).ServeHTTP(w, r)
	return w
}

const formType = "application/x-www-form-urlencoded"

// Every scenario is a request and what its answer must and must not hold. Words
// are separated by |.
var scenarios = []struct {
	name, method, address string
	header                map[string]string
	body                  string
	status                int
	has, lacks            string
}{
	{name: "first page", address: "/", status: 200, has: "Which service, for whom, when?|As at <strong>22 November 2026</strong> (today)|not an NHS product|Crown copyright", lacks: "style=|<script>|onclick"},
	{name: "today is not in links", address: "/", status: 200, has: `href="/services"`, lacks: `href="/services?on=`},
	{name: "the date travels", address: "/services?on=2026-03-31&known=2026-11-22", status: 200, has: `href="/organisations?known=2026-11-22&amp;on=2026-03-31"|As at <strong>31 March 2026</strong>|as known 2026-11-22`},
	{name: "a date as people write it", address: "/services?on=1+April+2026", status: 200, has: "As at <strong>1 April 2026</strong>"},
	{name: "no date", address: "/services?on=tomorrow", status: 400, has: "That date cannot be read|on=2026-04-01"},
	{name: "no moment", address: "/services?known=soon", status: 400, has: "That moment cannot be read"},
	{name: "before anything was recorded", address: "/services?known=2001-01-01", status: 404, has: "Nothing was recorded then"},

	{name: "the question", address: "/?service=NCBPS11B&for=Z9B2Z", status: 200, has: "West and North London ICB</a>|Delegation agreement, specialised services|category 25|What changed before|What is planned"},
	{name: "staffordshire, jointly", address: "/?service=3&for=QNC&on=2023-06-01", status: 200, has: "jointly|joint committee of NHS England and ICBs decides"},
	{name: "staffordshire, delegated", address: "/?service=3&for=QNC&on=2024-06-01", status: 200, has: "under delegation from NHS England|NHS England stays accountable"},
	{name: "surrey heartlands, by succession", address: "/?service=3&for=QXU&on=2026-06-01", status: 200, has: "NHS Surrey and Sussex ICB, the successor of NHS Surrey Heartlands ICB"},
	{name: "one of the eleven", address: "/?service=29&for=QYG&on=2024-06-01", status: 200, has: "NHS England itself commissions"},
	{name: "vaccination", address: "/?service=VACC&for=Z9B2Z&on=2026-05-01", status: 200, has: "on behalf of the Secretary of State|overtaken"},
	{name: "the answer as JSON", address: "/?service=NCBPS11B&for=Z9B2Z&format=json", status: 200, has: `"answer": "On 22 November 2026|"role": "responsible"|"holder_code": "Z9B2Z"`},
	{name: "the chain as CSV", address: "/?service=NCBPS11B&for=Z9B2Z&format=csv&table=chain", status: 200, has: "role,holder,code,since,basis,source|Pays,West and North London ICB,Z9B2Z,2026-04-01"},
	{name: "a service of several", address: "/?service=dialysis&for=Z9B2Z", status: 404, has: "Which service do you mean by|/?for=Z9B2Z&amp;service="},
	{name: "nobody", address: "/?service=3&for=Atlantis", status: 404, has: "Atlantis|Ask again"},
	{name: "hostile words", address: "/?service=%3Cscript%3Ealert(1)%3C/script%3E", status: 404, has: "&lt;script&gt;", lacks: "<script>alert"},

	{name: "services", address: "/services", status: 200, has: "154 services, 85 of them commissioned by NHS England itself on 22 November 2026|/services/29"},
	{name: "services in a year of both", address: "/services?on=2024-06-01", status: 200, has: "154 services, 95 of them|On the list for delegation"},
	{name: "services by number", address: "/services?sort=code", status: 200, has: `aria-sort="ascending"`},
	{name: "services of a programme", address: "/services?programme=Trauma", status: 200, has: "of 154 match|Adult specialist pain management services", lacks: "ataxia telangiectasia"},
	{name: "services as CSV", address: "/services?programme=Trauma&format=csv", status: 200, has: "code,title,programme,category,held,lines|\n3,Adult specialist pain management services,Trauma,", lacks: "ataxia|<html"},
	{name: "services as CSV by header", address: "/services?programme=Trauma", header: map[string]string{"Accept": "text/csv"}, status: 200, has: "code,title,programme,category,held,lines", lacks: "<html"},
	{name: "the answer as JSON by header", address: "/?service=NCBPS11B&for=Z9B2Z", header: map[string]string{"Accept": "application/json"}, status: 200, has: `"holder_code": "Z9B2Z"`, lacks: "<html"},
	{name: "services as JSON", address: "/services?format=json", status: 200, has: `"as_at": "2026-11-22"|"reference_sha256":`},
	{name: "nothing matches", address: "/services?q=unicorn", status: 200, has: "None of the 154 rows matches these filters"},
	{name: "a service", address: "/services/11", status: 200, has: "Adult specialist neurosciences services|36 ICBs commission|<svg|NCBPS08O|Its lines|Who commissions it for the people of each ICB"},
	{name: "a service in a year of both", address: "/services/11?on=2024-06-01", status: 200, has: "Delegated to the ICB: 20|Jointly with NHS England: 22"},
	{name: "no service", address: "/services/999", status: 404, has: "There is no service 999"},
	{name: "no service as JSON", address: "/services/999", header: map[string]string{"Accept": "application/json"}, status: 404, has: `"title":"There is no service 999"|"what_to_do":`},
	{name: "a line", address: "/lines/NCBPS11B", status: 200, has: "Green: delegated to ICBs|Its status through time"},

	{name: "organisations", address: "/organisations", status: 200, has: "36 integrated care boards on 22 November 2026|Registered patients"},
	{name: "practices in pages", address: "/organisations?list=practice&page=2", status: 200, has: "Rows 201 to 400 of|Previous page|Next page"},
	{name: "a board", address: "/organisations/Z9B2Z", status: 200, has: "Its people were those of North Central London ICB and North West London ICB|Neighbours|South East London ICB|69 of 154"},
	{name: "a board that was divided", address: "/organisations/QNQ", status: 200, has: "It was divided among Hampshire and Isle of Wight ICB, Surrey and Sussex ICB and Thames Valley ICB|ended on 31 March 2026, before the date shown"},
	{name: "a board before it began", address: "/organisations/Z9B2Z?on=2025-01-01", status: 200, has: "begins on 1 April 2026, after the date shown"},
	{name: "a provider", address: "/organisations/RJ7", status: 200, has: "St George|Providers"},
	{name: "a sub-ICB location", address: "/organisations/36L", status: 200, has: "Practices|South West London"},
	{name: "the map", address: "/map", status: 200, has: "42 integrated care boards became 36 on 1 April 2026|1 April 2026: 36 boards, 3 split|Divided: part went to|The boards on 31 March 2026"},
	{name: "the map before", address: "/map?on=2026-03-31", status: 200, has: "42 integrated care boards on 31 March 2026"},
	{name: "the map before boards", address: "/map?on=2020-01-01", status: 200, has: "clinical commissioning groups"},
	{name: "the map as a file", address: "/map.svg?on=2026-03-31", status: 200, has: "<svg|Frimley ICB"},
	{name: "instruments", address: "/instruments", status: 200, has: "instruments are in force|Delegation agreement"},
	{name: "an instrument", address: "/instruments/JWA-NENC?on=2024-06-01", status: 200, has: "Joint working agreement, North East and North Cumbria|What it passes on|Parties|NHS Act 2006 s.65Z5"},
	{name: "committees", address: "/committees", status: 200, has: "joint committees and footprints|JC-LON"},
	{name: "a committee", address: "/committees/JC-LON", status: 200, has: "London joint committee of ICBs|Members through time|West and North London ICB"},
	{name: "retained", address: "/retained", status: 200, has: "NHS England retains|Adult ataxia telangiectasia services|Reserved functions"},
	{name: "the changes of a night", address: "/changes?from=2026-03-31&to=2026-04-01", status: 200, has: "between 31 March 2026 and 1 April 2026|Frimley ICB|Closed|Began|1 April 2026"},
	{name: "changes as CSV", address: "/changes?from=2026-03-31&to=2026-04-01&kind=Organisation&format=csv", status: 200, has: "on,kind,name,code,change,before,after,people,source|S0E4D,Began,,", lacks: "Cluster"},
	{name: "changes backwards", address: "/changes?from=2026-04-01&to=2026-03-31", status: 400, has: "Put the earlier date first"},
	{name: "the bulletin", address: "/bulletin", status: 200, has: "Direct commissioning to transfer to ICBs by statute|Planned|Overtaken by|/organisations/S1Y5D"},
	{name: "the bulletin of a board", address: "/bulletin?icb=QHM&kind=cluster", status: 200, has: "ICB clusters announced"},
	{name: "the feed", address: "/bulletin.atom", status: 200, has: `<feed xmlns="http://www.w3.org/2005/Atom">|<updated>2027-04-01T00:00:00Z</updated>|http://example.com/bulletin#`},

	{name: "methods", address: "/method", status: 200, has: "cam-2025-26|Try a record"},
	{name: "a method", address: "/method/cam-2025-26", status: 200, has: `<a href="#rule-C-5"|id="rule-C-5"|Condition|Readings`},
	{name: "a chart alone", address: "/method/cam-2025-26/chart.svg", status: 200, has: "<svg|/method/cam-2025-26#rule-C-5"},
	{name: "a method read otherwise", address: "/method/cam-2025-26+A2=dental", status: 200, has: "chosen"},
	{name: "methods compared", address: "/method/cam-2025-26/compare/cam-2024-25", status: 200, has: "Differences|changed"},
	{name: "no method", address: "/method/cam-1999-00", status: 404, has: "There is no method cam-1999-00"},
	{name: "a record to fill in", address: "/method/cam-2025-26/try", status: 200, has: `method="post"|Decide this record`},
	{name: "a record", method: "POST", address: "/method/cam-2025-26/try", header: map[string]string{"Content-Type": formType, "Sec-Fetch-Site": "same-origin"},
		body: "dataset=PLCM&provider=RJ7&service_code=NCBPS11B&activity_date=2026-03-31&gp_practice=H85001&submitted_commissioner=36L&submitted_category=25", status: 200,
		has: "NHS South West London ICB - 36L pays for this record, under category 25|agrees with what was submitted|A&gt;B&gt;WB-1|app-path"},
	{name: "a record of another site", method: "POST", address: "/method/cam-2025-26/try", header: map[string]string{"Content-Type": formType, "Sec-Fetch-Site": "cross-site"}, body: "dataset=PLCM&provider=RJ7", status: 403, has: "This form came from another site"},
	{name: "an empty record", method: "POST", address: "/method/cam-2025-26/try", header: map[string]string{"Content-Type": formType}, body: "dataset=PLCM", status: 200, has: "The record is empty"},
	{name: "a record in no data set", method: "POST", address: "/method/cam-2025-26/try", header: map[string]string{"Content-Type": formType}, body: "dataset=XYZ&provider=RJ7", status: 200, has: "XYZ"},
	{name: "a record too large", method: "POST", address: "/method/cam-2025-26/try", header: map[string]string{"Content-Type": formType}, body: "provider=" + strings.Repeat("A", 70<<10), status: 413, has: "too much at once"},

	{name: "quality while nothing is published", address: "/quality", status: 200, has: "Nothing has been published on quality yet|/help/metrics"},
	{name: "metrics", address: "/quality/metrics", status: 200, has: "23 metrics are defined, 0 with published figures|magnesium|NNAP|23 rows", lacks: "SSQD"},
	{name: "metrics of an outcome", address: "/quality/metrics?outcomes=accessible", status: 200, has: "of 23 match"},
	{name: "a metric without figures", address: "/quality/metrics/hiv-late-diagnosis", status: 200, has: "has no published figures|Why it matters|people newly diagnosed|Lower is better"},
	{name: "no metric", address: "/quality/metrics/none", status: 404, has: "There is no metric none"},
	{name: "no chart", address: "/quality/metrics/hiv-late-diagnosis/series.svg", status: 404, has: "There is no chart"},
	{name: "quality of a provider without figures", address: "/quality/providers/RJ7", status: 404, has: "There are no figures of St George"},
	{name: "quality of a board", address: "/quality/areas/QWE", status: 200, has: "South West London|0 concerns stand out at 0 providers"},
	{name: "quality of a footprint", address: "/quality/areas/JC-LON", status: 200, has: "London joint committee of ICBs|Its boards"},
	{name: "quality of nowhere", address: "/quality/areas/XXX", status: 404, has: "There is no board or footprint XXX"},
	{name: "summary of nobody", address: "/quality/summary/RJ7", status: 404, has: "There are no figures"},
	{name: "highlighted while nothing is", address: "/quality/highlighted", status: 200, has: "Nothing has been published"},
	{name: "the feed of quality", address: "/quality/highlighted.atom", status: 200, has: "what stands out in quality"},
	{name: "no digest", address: "/quality/digest", status: 404, has: "There is nothing to send"},
	{name: "no release", address: "/quality?release=7", status: 404, has: "Release 7 has not been published"},
	{name: "no profile", address: "/quality?profile=mine", status: 404, has: "There is no such profile"},
	{name: "search by code", address: "/search?q=rj7", status: 200, has: "St George"},
	{name: "search misspelt", address: "/search?q=dialisis", status: 200, has: "Renal Dialysis"},
	{name: "search a former name", address: "/search?q=frimly", status: 200, has: "Frimley ICB|31 March 2026"},
	{name: "search for nothing", address: "/search?q=zzzzzzz", status: 200, has: "Nothing in the register has such a code or name|What to try"},
	{name: "data", address: "/data", status: 200, has: "Tables of the register|provider_hub|What is not established"},
	{name: "a table", address: "/data/service_set?set=SET-11", status: 200, has: "of 223 match"},
	{name: "a table whole", address: "/data/icb?format=csv", status: 200, has: "code,name,short_name,region,ons_code,delegated_from,note,valid_from,valid_to,confidence,source|QNQ,NHS Frimley Integrated Care Board"},
	{name: "no table", address: "/data/account", status: 404, has: "There is no table account"},
	{name: "help", address: "/help", status: 200, has: `href="/help/assign"|The manual`},
	{name: "a page of help", address: "/help/assign", status: 200, has: "What a file must have|<table", lacks: ".md\""},
	{name: "a picture of help", address: "/help/images/method.svg", status: 200, has: "<svg"},
	{name: "no picture", address: "/help/images/../../go.mod", status: 307},
	{name: "terms of an answer", address: "/?service=11&for=QXU&on=2025-06-01", status: 200, has: "On what terms|The ICB is in segment 3 or 4|CONDITION-NOF|medium confidence"},
	{name: "an answer before there were terms", address: "/?service=11&for=QXU&on=2024-06-01", status: 200, lacks: "On what terms"},
	{name: "terms of an instrument", address: "/instruments/DELEGATION-PRIMARY-QMJ?on=2024-08-01", status: 200, has: "On what terms|Primary Medical Care Policy and Guidance Manual|PGM"},
	{name: "words", address: "/glossary", status: 200, has: `id="icb"|Integrated Care Board`},
	{name: "words of a page", address: "/services/11", status: 200, has: `Abbreviations on this page|href="/glossary#icb">ICB<span class="app-abbr__says"> Integrated Care Board`, lacks: "ONSPD<|\x00"},

	{name: "budgets", address: "/budgets", status: 200, has: "/budgets/demonstration|Sample, synthetic|No policy here is NHS England"},
	{name: "a round", address: "/budgets/worked", status: 200, has: "boards end between 2.4% under target and 4.9% above target|Synthetic|<svg|app-graph__after|£392,181,955.00|−0.61%|nobody&#39;s rule|Target of|weighted population"},
	{name: "a round by another policy", address: "/budgets/worked?year=2026/27&policy=no-cut", status: 200, has: "£393,521,685.00|No cut in cash"},
	{name: "a round as CSV", address: "/budgets/worked?format=csv&table=allocations", status: 200, has: "name,icb,baseline,opening_distance|Birchwood,ICB-B,235000000,0.06315935,10340000,-3290000,242050000,0.03000000,230765030,0.04890243,11284970,floor"},
	{name: "no policy", address: "/budgets/worked?policy=none", status: 404, has: "There is no such policy|half-way, quarter"},
	{name: "no round", address: "/budgets/none", status: 404, has: "There is no round none"},
	{name: "a board of a round", address: "/budgets/worked/ICB-A?year=2026/27&month=7", status: 200, has: "Ashdale has £393.68m to spend in 2026/27|Allocation of the year before|No: retained|uncommitted|% of budget to date|% of annual budget|unexplained|Biosimilar switch|Spending was above the profile in"},
	{name: "all boards of a round", address: "/budgets/worked/reports?year=2026/27&month=7", status: 200, has: "All boards in 2026/27, at the end of October|Position by board|Position by provider and board|Use of funds by board|% of the allocation|unexplained"},
	{name: "all boards of a round as CSV", address: "/budgets/worked/reports?year=2026/27&table=boards&format=csv", status: 200, has: "name,icb,allocation,contract,drugs,devices,reserve,contingency,investment,pool_out,efficiency,pool_in,planned,planned_part,foreseen,foreseen_part"},
	{name: "no board of a round", address: "/budgets/worked/QQQ", status: 404, has: "There is no board QQQ in this round"},
	{name: "no month", address: "/budgets/worked/ICB-A?month=13", status: 400, has: "That is not a month"},
	{name: "pools", address: "/pools", status: 200, has: "A worked example of four made-up boards|£1,000,000,000.00"},
	{name: "a pool", address: "/pools/worked", status: 200, has: "the pool overspends by £15.00m|−£6,300,000.00|Rules beside each other|−£13,020,000.00|refused: a recurrent use of|£7,074,000.30|None is recorded", lacks: "as tried"},
	{name: "a pool as tried", address: "/pools/worked?rule=capped&cap=1%25&key=activity", status: 200, has: "as tried|Unfunded|−£5,000,000.00|Back to what is planned"},
	{name: "a pool without a member", address: "/pools/worked?out=ICB-D&spend-ICB-B=%2B5%25", status: 200, has: `value="ICB-D" checked|£315,000,000.00`},
	{name: "a pool with a board that joins", address: "/pools/worked?rule=contribution&join-icb=ICB-E&join-contribution=100000000&join-spend=95000000", status: 200, has: "as tried: the pool overspends by £10.00m|ICB-E|Not a member|Position as planned|−£10,000,000.00"},
	{name: "a pool with a board that joins badly", address: "/pools/worked?join-icb=ICB-A&join-contribution=x&join-spend=1", status: 200, has: "the contribution of ICB-A, &#34;x&#34;, is not pounds and pence"},
	{name: "a pool tried badly", address: "/pools/worked?rule=collar&spend-ICB-A=x", status: 200, has: "The scenario cannot be worked out|needs a cap|&#34;x&#34; is not pounds and pence"},
	{name: "a pool with hostile words", address: "/pools/worked?out=%3Cscript%3E", status: 200, has: "&lt;script&gt; is not a member", lacks: "<script>"},
	{name: "no pool", address: "/pools/none", status: 404, has: "There is no pool none"},
	{name: "for programs: a document without a key", method: "POST", address: "/api/v1/documents?name=a.txt", body: "x", header: map[string]string{"Content-Type": "application/octet-stream"}, status: 401, has: "a key with the scope write"},
	{name: "nowhere", address: "/servces/QMJ", status: 404, has: "There is no page at this address|North Central London ICB"},
	{name: "a method that is not allowed", method: "DELETE", address: "/services", status: 405, has: "That cannot be done here"},
	{name: "no file", address: "/assets/app.000000000000.css", status: 404},
	{name: "for programs", address: "/api/v1/who?service=11&for=QMJ&on=2025-08-01", status: 200, has: `"role":"responsible","holder_code":"QMJ"`},
	{name: "for programs, as FHIR", address: "/fhir/Organization/QMJ", status: 200, has: `"resourceType":"Organization"`},
	{name: "for programs, what is not there", address: "/api/v1/nothing", status: 404, has: `"detail":"There is nothing at /api/v1/nothing`},
	{name: "healthy", address: "/healthz", status: 200, has: "healthy"},
	{name: "ready", address: "/readyz", status: 200, has: "ready"},
	{name: "metrics", address: "/metrics", status: 200, has: `remit_build_info{program="remit test"} 1|remit_http_request_duration_seconds_bucket{route="GET /services"`, lacks: "NCBPS11B|dialisis"},
}

func TestScenarios(t *testing.T) {
	for _, c := range scenarios {
		t.Run(c.name, func(t *testing.T) {
			method := c.method
			if method == "" {
				method = http.MethodGet
			}
			header := map[string]string{"Accept": "text/html"}
			for name, value := range c.header {
				header[name] = value
			}
			w := ask(t, method, c.address, header, c.body)
			if w.Code != c.status {
				t.Fatalf("status %d, want %d\n%s", w.Code, c.status, w.Body)
			}
			for word := range strings.SplitSeq(c.has, "|") {
				if !strings.Contains(w.Body.String(), word) {
					t.Errorf("%q is not there", word)
				}
			}
			for word := range strings.SplitSeq(c.lacks, "|") {
				if word != "" && strings.Contains(w.Body.String(), word) {
					t.Errorf("%q is there", word)
				}
			}
			policy := "script-src 'self'"
			if strings.HasPrefix(c.name, "for programs") {
				policy = "default-src 'none'"
			}
			if got := w.Header().Get("Content-Security-Policy"); !strings.Contains(got, policy) || strings.Contains(got, "unsafe") {
				t.Errorf("policy %q", got)
			}
		})
	}
}

// What a page shows as a table is what its downloads hold, in the same order.
func TestDownloadsAreWhatIsShown(t *testing.T) {
	for _, address := range []string{"/services?sort=-title&programme=Cancer", "/organisations?list=provider&q=royal&sort=code", "/changes?from=2026-03-31&to=2026-04-01&change=Closed"} {
		rows, err := csv.NewReader(ask(t, "GET", address+"&format=csv", nil, "").Body).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var out struct {
			Rows []map[string]string `json:"rows"`
		}
		if err := json.NewDecoder(ask(t, "GET", address+"&format=json", nil, "").Body).Decode(&out); err != nil {
			t.Fatal(err)
		}
		if len(rows) < 3 || len(out.Rows) != len(rows)-1 {
			t.Fatalf("%s: %d rows of CSV, %d of JSON", address, len(rows)-1, len(out.Rows))
		}
		page := ask(t, "GET", address, nil, "").Body.String()
		if want := fmt.Sprintf("%s of ", thousands(len(rows)-1)); !strings.Contains(page, want) {
			t.Errorf("%s: the page does not say %q", address, want)
		}
		at := 0
		for i, row := range rows[1:] {
			for j, name := range rows[0] {
				if out.Rows[i][name] != row[j] {
					t.Errorf("%s row %d: %s is %q in JSON and %q in CSV", address, i+1, name, out.Rows[i][name], row[j])
				}
			}
			found := strings.Index(page[at:], ">"+htmlText(row[shownColumn(rows[0])]))
			if found < 0 {
				t.Fatalf("%s: row %d, %q, is not on the page after the row before it", address, i+1, row)
			}
			at += found
		}
	}
}

// shownColumn is a column that the page writes as the file does.
func shownColumn(header []string) int {
	for i, name := range header {
		if name == "title" || name == "name" {
			return i
		}
	}
	return 0
}

func htmlText(s string) string {
	return strings.NewReplacer("&", "&amp;", "'", "&#39;", `"`, "&#34;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// Every link of every kind of page leads somewhere.
func TestLinks(t *testing.T) {
	seen := map[string]bool{}
	queue := []string{"/"}
	limit := 400
	for len(queue) > 0 && limit > 0 {
		address := queue[0]
		queue = queue[1:]
		limit--
		w := ask(t, "GET", address, map[string]string{"Accept": "text/html"}, "")
		if w.Code != http.StatusOK {
			t.Errorf("%s: status %d", address, w.Code)
			continue
		}
		for _, part := range strings.Split(w.Body.String(), `href="`)[1:] {
			to, _, _ := strings.Cut(part, `"`)
			to = strings.NewReplacer("&amp;", "&", "&#43;", "+").Replace(to)
			to, _, _ = strings.Cut(to, "#")
			// One address of each kind of state is enough: pages of a code and dates abound.
			kind := kindOfAddress(to)
			if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || seen[kind] {
				continue
			}
			seen[kind] = true
			queue = append(queue, to)
		}
	}
	if len(seen) < 60 {
		t.Errorf("only %d kinds of address were followed", len(seen))
	}
}

// kindOfAddress is an address without what only picks another of the same kind.
func kindOfAddress(address string) string {
	path, query, _ := strings.Cut(address, "?")
	parts := strings.Split(path, "/")
	if len(parts) > 2 && parts[1] != "help" && parts[1] != "data" && parts[1] != "method" && parts[1] != "assets" {
		parts[2] = "*"
	}
	var names []string
	for pair := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(pair, "=")
		names = append(names, name)
	}
	return strings.Join(parts, "/") + "?" + strings.Join(names, "&")
}

func TestAssets(t *testing.T) {
	css := assetPath("app.css")
	if css == "" {
		t.Skip("the styles and scripts are not built: run make assets")
	}
	w := ask(t, "GET", css, map[string]string{"Accept-Encoding": "gzip"}, "")
	if w.Code != http.StatusOK || w.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" || w.Header().Get("Content-Encoding") != "gzip" || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/css") {
		t.Errorf("status %d, headers %v", w.Code, w.Header())
	}
	for _, name := range []string{"app.css", "app.js"} {
		text := ask(t, "GET", assetPath(name), nil, "").Body.String()
		for _, word := range []string{"https://assets.nhs.uk", "frutiger", "Frutiger", "/assets/images"} {
			if strings.Contains(text, word) {
				t.Errorf("%s names %s", name, word)
			}
		}
	}
}

// What people ask is in no log.
func TestLogsHoldNoQuestions(t *testing.T) {
	var log strings.Builder
	st := site(t).store
	s, err := New(Options{Store: st, Program: "remit test", Now: fixed, Log: slog.New(slog.NewJSONHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*http.Request{
		httptest.NewRequest("GET", "/search?q=secretword", nil),
		httptest.NewRequest("GET", "/method/cam-2025-26/try?dataset=PLCM&postcode=SW1A+9ZZ", nil),
		httptest.NewRequest("GET", "/services/secretword", nil),
	} {
		s.ServeHTTP(httptest.NewRecorder(), r)
	}
	if n := strings.Count(log.String(), "\n"); n != 3 {
		t.Errorf("%d lines of log, want 3", n)
	}
	for _, word := range []string{"secretword", "SW1A"} {
		if strings.Contains(log.String(), word) {
			t.Errorf("the log holds %s:\n%s", word, log.String())
		}
	}
}

// An answer is kept for its address, and for nothing longer than the day.
func TestKept(t *testing.T) {
	now := fixed()
	s, err := New(Options{Store: site(t).store, Program: "remit test", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	get := func(address, accept, tag string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", address, nil)
		r.Header.Set("Accept", accept)
		r.Header.Set("If-None-Match", tag)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	first, again := get("/services", "text/html", ""), get("/services", "text/html", "")
	if first.Body.Len() == 0 || first.Body.String() != again.Body.String() || first.Header().Get("ETag") == "" {
		t.Errorf("two answers differ, or have no tag: %v", again.Header())
	}
	if w := get("/services", "text/html", first.Header().Get("ETag")); w.Code != http.StatusNotModified || w.Body.Len() > 0 {
		t.Errorf("status %d with %d bytes for a reader who has it", w.Code, w.Body.Len())
	}
	for header, packed := range map[string]bool{"": false, "gzip": true, "br, gzip;q=0.5": true, "gzip;q=0": false, "gzip; q=0.0, deflate": false, "GZIP": true} {
		r := httptest.NewRequest("GET", "/services", nil)
		r.Header.Set("Accept-Encoding", header)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		var body io.Reader = w.Body
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != packed {
			t.Errorf("Accept-Encoding %q: compressed %t", header, got)
		} else if packed {
			if body, err = gzip.NewReader(w.Body); err != nil {
				t.Fatal(err)
			}
		}
		if text, err := io.ReadAll(body); err != nil || string(text) != first.Body.String() {
			t.Errorf("Accept-Encoding %q: another page (%v)", header, err)
		}
		if vary := strings.Join(w.Header().Values("Vary"), ", "); !strings.Contains(vary, "Accept-Encoding") || !strings.HasSuffix(vary, "Accept") {
			t.Errorf("Vary: %s", vary)
		}
	}
	if w := get("/services", "text/csv", ""); strings.Contains(w.Body.String(), "<html") {
		t.Error("a page was kept for those who want CSV")
	}
	if w := get("/services?on=2026-04-01", "text/html", ""); !strings.Contains(w.Body.String(), "1 April 2026") {
		t.Error("the page of another date was kept")
	}
	now = now.AddDate(0, 0, 1)
	if w := get("/services", "text/html", ""); !strings.Contains(w.Body.String(), "23 November 2026") {
		t.Error("the page of yesterday was kept")
	}
	if w := get("/services/999", "text/html", ""); w.Code != http.StatusNotFound || w.Header().Get("ETag") != "" {
		t.Errorf("an error was kept: status %d", w.Code)
	}
}

// rename gives service 3 another title, by a proposal that a second person approves.
func rename(t *testing.T, st *store.Store, title string) {
	t.Helper()
	known, err := st.Known(t.Context(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	row := known.Find("service", "3")[0]
	after := maps.Clone(row.Values)
	after["title"] = title
	p, err := st.Propose(t.Context(), "ann", store.Proposal{Title: "Rename", Reason: "a test", Source: "a test", Edits: []store.Edit{{Table: "service", Version: row.Version, After: after}}})
	if err == nil {
		p, err = st.Submit(t.Context(), "ann", p.ID, p.Revision)
	}
	if err == nil {
		_, err = st.Approve(t.Context(), "bob", p.ID, p.Revision, "")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// What was sent shows the same later, and says that more is known.
func TestMoreIsKnownNow(t *testing.T) {
	ctx := t.Context()
	now := fixed()
	clock := func() time.Time { return now }
	st, err := store.Open(ctx, store.Options{Dir: t.TempDir(), Program: "test", Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	s, err := New(Options{Store: st, Program: "remit test", Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	get := func(address string) string {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest("GET", address, nil))
		return w.Body.String()
	}
	sent := get("/services/3?known=2026-11-22")
	if !strings.Contains(sent, "Adult specialist pain management services") || strings.Contains(sent, "More is known now") {
		t.Error("the first page does not show what it should")
	}
	now = now.Add(time.Hour)
	rename(t, st, "Pain services renamed")
	later := get("/services/3?known=2026-11-22T12:00:00Z")
	if !strings.Contains(later, "Adult specialist pain management services") || !strings.Contains(later, "More is known now") {
		t.Error("the page as known before does not show the old title, or does not say that more is known")
	}
	if w := get("/services/3"); !strings.Contains(w, "Pain services renamed") || strings.Contains(w, "More is known now") {
		t.Error("the page as known now does not show the new title")
	}
}

// The oldest answers make room.
func TestKeptIsBounded(t *testing.T) {
	var k keptPages
	for i := range 200 {
		k.add(fmt.Sprint(i), &keptPage{packed: make([]byte, 1<<20)})
	}
	if k.size > keptBytes || len(k.byKey) != keptBytes>>20 || k.find("0") != nil || k.find("199") == nil {
		t.Errorf("%d bytes in %d answers", k.size, len(k.byKey))
	}
	k.add("large", &keptPage{packed: make([]byte, largestKept+1)})
	if k.find("large") != nil {
		t.Error("an answer larger than the largest was kept")
	}
}

// A page that the server takes down is told as such, and the next one works.
func TestPanicIsContained(t *testing.T) {
	s := site(t)
	h := s.measure(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("on purpose") }))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "on purpose") {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}

func TestOutlines(t *testing.T) {
	for on, want := range map[string]int{"2022-07-01": 42, "2026-03-31": 42, "2026-04-01": 36, "2022-06-30": 0} {
		day, err := readDay(on)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(outlinesOn(day)); got != want {
			t.Errorf("%s: %d outlines, want %d", on, got, want)
		}
		for _, o := range outlinesOn(day) {
			if len(o.points) < 4 {
				t.Errorf("%s on %s has %d points", o.icb, on, len(o.points))
			}
		}
	}
	// Borders that anyone can see on a map.
	day, _ := readDay("2026-04-01")
	for _, pair := range []string{"Z9B2Z QMF", "QT6 QJK", "QHM QOQ", "QWE QKK"} {
		a, b, _ := strings.Cut(pair, " ")
		if o := outlineOf(a, day); o == nil || !strings.Contains(strings.Join(o.adjacent, " "), b) {
			t.Errorf("%s does not border %s", a, b)
		}
	}
	if o := outlineOf("QT6", day); len(o.adjacent) != 1 {
		t.Errorf("Cornwall borders %v, and should border Devon alone", o.adjacent)
	}
}

func TestEdits(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"dialysis", "dialysis", 0}, {"dialisis", "dialysis", 1}, {"dailysis", "dialysis", 1}, {"renl", "renal", 1}, {"heart", "lung", 3}} {
		if got := edits(c.a, c.b, 2); got != c.want {
			t.Errorf("%s to %s: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func FuzzAddress(f *testing.F) {
	for _, c := range scenarios[:20] {
		f.Add(c.address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		r, err := http.NewRequest("GET", "http://example.com", nil)
		if err != nil {
			t.Fatal(err)
		}
		path, query, _ := strings.Cut(address, "?")
		r.URL.Path, r.URL.RawQuery = "/"+strings.TrimLeft(path, "/"), query
		w := httptest.NewRecorder()
		site(t).ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("status %d: %s", w.Code, w.Body)
		}
	})
}

// The scenarios name every pattern of the routes.
func TestEveryRouteIsTried(t *testing.T) {
	tried := map[string]bool{}
	mux := http.NewServeMux()
	public := append(site(t).publicRoutes(), site(t).qualityRoutes()...)
	for _, rt := range public {
		mux.Handle(rt.pattern, http.NotFoundHandler())
	}
	for _, c := range scenarios {
		method := c.method
		if method == "" {
			method = "GET"
		}
		_, pattern := mux.Handler(httptest.NewRequest(method, c.address, nil))
		tried[pattern] = true
	}
	for _, rt := range public {
		if rt.pattern == "/api/" || rt.pattern == "/fhir/" {
			continue // package api tries what is under them; TestForPrograms that they are there
		}
		if !tried[rt.pattern] {
			t.Errorf("no scenario asks for %s", rt.pattern)
		}
	}
}

// The API answers under the site's addresses, with headers of its own.
func TestForPrograms(t *testing.T) {
	for address, has := range map[string]string{"/api/v1/services": "Adult", "/fhir/metadata": "CapabilityStatement"} {
		w := httptest.NewRecorder()
		site(t).ServeHTTP(w, httptest.NewRequest("GET", address, nil))
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), has) {
			t.Errorf("%s: status %d, without %q", address, w.Code, has)
		}
	}
}

// The days to compare are those on which the law or most agreements changed, as
// they are published: boards began, joint committees, delegation in three regions
// and in the rest, the mergers; and the transfer that is planned.
func TestChangeSteps(t *testing.T) {
	w := httptest.NewRecorder()
	site(t).ServeHTTP(w, httptest.NewRequest("GET", "/changes", nil))
	_, offered, _ := strings.Cut(w.Body.String(), "Often asked:")
	offered, _, _ = strings.Cut(offered, "</p>")
	var got []string
	for _, m := range regexp.MustCompile(`href="/changes\?from=[-0-9]+&amp;to=([-0-9]+)"`).FindAllStringSubmatch(offered, -1) {
		got = append(got, m[1])
	}
	want := []string{"2022-07-01", "2023-04-01", "2024-04-01", "2025-04-01", "2026-04-01", "2027-04-01"}
	if !slices.Equal(got, want) {
		t.Errorf("offers %v, want %v", got, want)
	}
}

// TestTodayIsEngland asks a site whose clock stands shortly after midnight in
// England, in summer, when it is still the day before in UTC: pages and the API
// mean the same day.
func TestTodayIsEngland(t *testing.T) {
	summer := func() time.Time { return time.Date(2026, 6, 30, 23, 10, 0, 0, time.UTC) }
	s, err := New(Options{Store: site(t).store, Program: "remit test", Now: summer})
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]string{"/services": "As at <strong>1 July 2026</strong> (today)", "/api/v1/who?service=3&for=QXU": "On 1 July 2026,"} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, address, nil))
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: status %d, does not say %q: %.600s", address, w.Code, want, w.Body)
		}
	}
}

// TestTimeline holds the drawing of changes to the table beside it: a circle for
// each day on which something changed, whose area is how much.
func TestTimeline(t *testing.T) {
	const page = "/changes?from=2022-06-30&to=2026-11-01"
	text := ask(t, http.MethodGet, page, nil, "").Body.String()
	rows, err := csv.NewReader(ask(t, http.MethodGet, page+"&table=days&format=csv", nil, "").Body).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	counts, most := map[string]int{}, 0 // by the day after the link's first
	for _, r := range rows[1:] {
		n, err := strconv.Atoi(r[1])
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			counts[r[0]], most = n, max(most, n)
		}
	}
	drawn := 0
	for _, m := range regexp.MustCompile(`<a href="/changes\?from=[-0-9]+&amp;to=([-0-9]+)" aria-label="([^"]*)"><circle [^>]* r="(\d+)"`).FindAllStringSubmatch(text, -1) {
		drawn++
		n, radius := counts[m[1]], 0
		if radius, err = strconv.Atoi(m[3]); err != nil {
			t.Fatal(err)
		}
		if n == 0 || !strings.Contains(m[2], thousands(n)+" change") {
			t.Errorf("%s: %d changes in the table, drawn as %q", m[1], n, m[2])
		}
		if want := timeRadius * math.Sqrt(float64(n)/float64(most)); radius > 5 && math.Abs(float64(radius)-want) > 0.51 {
			t.Errorf("%s: radius %d for %d changes, want %.1f", m[1], radius, n, want)
		}
	}
	if drawn != len(counts) || drawn < 8 {
		t.Errorf("%d days are drawn and %d are in the table", drawn, len(counts))
	}
}
