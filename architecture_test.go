package remit_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// uses lists the packages of this module that a package may use itself. What
// is not listed here is not held to anything: commands may use everything.
var uses = map[string][]string{
	"remit/activity":           {},
	"remit/reference":          {},
	"remit/methods":            {},
	"remit/mappings":           {},
	"remit/whole":              {},
	"remit/register/postcode":  {},
	"remit/register":           {"remit/reference", "remit/register/postcode"},
	"remit/holding":            {"remit/register"},
	"remit/measure":            {},
	"remit/equity":             {"remit/measure"},
	"remit/metrics":            {},
	"remit/metric":             {"remit/register", "remit/sheet"},
	"remit/method":             {"remit/activity", "remit/register"},
	"remit/assign":             {"remit/activity", "remit/method", "remit/register", "remit/whole"},
	"remit/share":              {"remit/activity"},
	"remit/sheet":              {"remit/activity", "remit/register", "remit/share"},
	"remit/budgets":            {},
	"remit/budget":             {"remit/activity", "remit/method", "remit/register", "remit/share", "remit/sheet"},
	"remit/pool":               {"remit/activity", "remit/budget", "remit/method", "remit/register", "remit/share", "remit/sheet"},
	"remit/warehouse":          {"remit/activity"},
	"remit/synth":              {"remit/metric", "remit/register", "remit/whole"},
	"remit/quality":            {"remit/measure", "remit/metric", "remit/register", "remit/sheet"},
	"remit/store":              {"remit/activity", "remit/calendar", "remit/challenge", "remit/measure", "remit/metric", "remit/quality", "remit/reference", "remit/register"},
	"remit/calendar":           {"remit/register"},
	"remit/calendars":          {},
	"remit/challenge":          {"remit/activity", "remit/calendar", "remit/register"},
	"remit/monitor":            {"remit/activity", "remit/calendar", "remit/register"},
	"remit/rules":              {},
	"remit/access":             {"remit/equity", "remit/measure", "remit/register", "remit/sheet", "remit/suppress"},
	"remit/suppress":           {"remit/register", "remit/rules", "remit/sheet"},
	"remit/prices":             {},
	"remit/submission":         {"remit/activity", "remit/register", "remit/rules"},
	"remit/price":              {"remit/activity", "remit/method", "remit/prices", "remit/register"},
	"remit/intake":             {"remit/access", "remit/activity", "remit/assign", "remit/calendar", "remit/challenge", "remit/method", "remit/monitor", "remit/price", "remit/register", "remit/submission", "remit/warehouse", "remit/whole"},
	"remit/spend":              {"remit/activity", "remit/budget", "remit/calendar", "remit/intake", "remit/monitor", "remit/register"},
	"remit/store/postgrestest": {},
	"remit/docs":               {},
	"remit/api":                {"remit/holding", "remit/register", "remit/store"},
	"remit/web": {"remit/measure", "remit/metric", "remit/metrics", "remit/quality", "remit/suppress", "remit/activity", "remit/api", "remit/assign", "remit/budget", "remit/budgets", "remit/docs", "remit/holding", "remit/intake", "remit/method", "remit/methods",
		"remit/pool", "remit/price", "remit/spend", "remit/submission", "remit/calendar", "remit/calendars", "remit/challenge", "remit/monitor", "remit/rules",
		"remit/register", "remit/report", "remit/share", "remit/sheet", "remit/store", "remit/whole"},
	"remit/report": {"remit/activity", "remit/assign", "remit/method", "remit/register"},
}

// calculating packages decide who pays and work out figures. They must not reach, through
// whatever they use, anything by which an answer could depend on more than its inputs.
var (
	calculating = []string{"remit/register", "remit/holding", "remit/activity", "remit/method", "remit/assign", "remit/measure", "remit/equity", "remit/metric", "remit/quality",
		"remit/calendar", "remit/monitor", "remit/challenge", "remit/submission", "remit/price", "remit/share", "remit/sheet", "remit/budget", "remit/pool", "remit/suppress", "remit/access"}
	outOfReach = []string{"remit/warehouse", "remit/store", "remit/web", "remit/report", "remit/cli", "net", "net/http", "database/sql", "os/exec"}
)

func TestArchitecture(t *testing.T) {
	for name, allowed := range uses {
		for _, used := range list(t, "{{range .Imports}}{{.}}\n{{end}}", name) {
			if own := used == "remit" || strings.HasPrefix(used, "remit/"); own && !slices.Contains(allowed, used) {
				t.Errorf("%s uses %s; it may use %q", name, used, allowed)
			}
		}
	}
	for _, name := range calculating {
		for _, used := range list(t, "{{range .Deps}}{{.}}\n{{end}}", name) {
			if slices.Contains(outOfReach, used) {
				t.Errorf("%s reaches %s, perhaps through another package: see go list -deps", name, used)
			}
		}
	}
}

func list(t *testing.T, format, name string) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", format, name).Output()
	if err != nil {
		t.Fatalf("go list %s: %v", name, err)
	}
	return strings.Fields(string(out))
}
