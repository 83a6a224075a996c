package cli

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

func everyCommand(t *testing.T) []*cobra.Command {
	t.Helper()
	s := &session{in: strings.NewReader(""), out: &bytes.Buffer{}, err: &bytes.Buffer{}}
	var all []*cobra.Command
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		all = append(all, c)
		for _, sub := range c.Commands() {
			if sub.Name() != "completion" { // cobra's own
				walk(sub)
			}
		}
	}
	walk(s.root())
	return all
}

// Every command has an example that begins with its own name, says what the exit
// codes mean, and refuses what it does not know.
func TestEveryCommandHelps(t *testing.T) {
	for _, c := range everyCommand(t) {
		words := strings.Fields(c.CommandPath())[1:]
		code, out, errs := command(append(slices.Clone(words), "--help")...)
		if code != exitDone || errs != "" || !strings.Contains(out, "Exit codes: 0 done") {
			t.Errorf("%s --help: exit code %d, %s%s", c.CommandPath(), code, out, errs)
		}
		for _, line := range strings.Split(c.Example, "\n") {
			if !strings.HasPrefix(line, "  "+c.CommandPath()) {
				t.Errorf("%s has the example %q", c.CommandPath(), line)
			}
		}
		if _, named, _ := command(append([]string{"help"}, words...)...); named != out {
			t.Errorf("help %s is not %s --help", strings.Join(words, " "), c.CommandPath())
		}
		for _, args := range [][]string{append(slices.Clone(words), "--nosuch"), append(append([]string{"help"}, words...), "nosuch")} {
			code, out, errs := command(args...)
			if code != exitUsage || out != "" || !strings.Contains(errs, "nosuch") || !strings.Contains(errs, "hint: ") {
				t.Errorf("%v: exit code %d, %s%s", args, code, out, errs)
			}
		}
	}
}

func TestCompletion(t *testing.T) {
	for line, want := range map[string]string{
		"assign --method ": "cam-tool-5.3", "assign --map ": "sus-spells", "assign --dataset ": "DrPLCM", "explain --compare ": "cam-2025-26",
		"assign --delimiter ": "pipe", "check --method ": "cam-2024-25", "synth --layout ": "ecds", "method show ": "cam-2025-26", "method diff cam-2025-26 ": "cam-2024-25",
		"method sql --dialect ": "duckdb", "reference import --as ": "provider_hub", "help method ": "draw", "meth": "method",
	} {
		code, out, _ := command(append([]string{"__complete"}, strings.Split(line, " ")...)...)
		if code != exitDone || !strings.Contains("\n"+out, "\n"+want) {
			t.Errorf("%q completes to %q, which lacks %s", line, out, want)
		}
	}
	if code, out, _ := command("completion", "bash"); code != exitDone || !strings.Contains(out, "__start_remit") {
		t.Errorf("exit code %d: %.100s", code, out)
	}
}
