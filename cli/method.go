package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"remit/method"
	"remit/methods"
	"remit/register"
	"remit/whole"
)

const defaultMethod = "cam-2025-26"

// library finds the shipped methods by name, and others by path.
func library(pack *register.Pack) method.Library {
	return method.Library{Pack: pack, Open: func(name string) ([]byte, string, error) {
		if src, err := methods.Files.ReadFile(name + ".yaml"); err == nil {
			return src, name + ".yaml", nil
		}
		if !strings.ContainsAny(name, "/.") {
			return nil, "", fail(exitUsage, fmt.Errorf("there is no method %q", name), "see remit method list, or give the path of a method file")
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return nil, "", fail(exitUsage, fmt.Errorf("reading the method: %w", err), "")
		}
		return src, name, nil
	}}
}

const methodHelp = `A method is named by its short name (cam-2025-26), or by the path of a method
file. Readings of ambiguous guidance may be chosen after it, each with a plus:
cam-2025-26+A4=40+A2=dental. The command remit method show lists them.`

func (s *session) methodCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "method",
		Short: "List, show, draw, compare and translate methods",
		Long: `A method is the set of rules by which records are given their commissioner: a
flow chart of boxes with official labels, held as a readable, dated file.

` + methodHelp,
		Example: "  remit method list\n  remit method show cam-2025-26\n  remit method draw cam-2025-26 --out chart.svg\n  remit method diff cam-2024-25 cam-2025-26",
	}
	c.AddCommand(s.methodListCommand(), s.methodShowCommand(), s.methodDrawCommand(), s.methodDiffCommand())
	return c
}

// loadMethod loads the method that a user named.
func (s *session) loadMethod(spec string) (*method.Method, error) {
	pack, err := s.pack()
	if err != nil {
		return nil, err
	}
	return library(pack).Load(spec)
}

func (s *session) methodListCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List the shipped methods",
		Long: `List the shipped methods: the activity each was published for, how far it is
carried forward, and what about it is not established.`,
		Example: "  remit method list\n  remit method list --json",
		Args:    noArguments,
		RunE:    func(*cobra.Command, []string) error { return s.listMethods(asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return c
}

// listed is a method in the list.
type listed struct {
	Name           string `json:"name"`
	Title          string `json:"title"`
	From           string `json:"from"`
	To             string `json:"to"`
	CarriedTo      string `json:"carried_forward_to,omitempty"`
	Carried        string `json:"carried_forward,omitempty"`
	NotEstablished string `json:"not_established,omitempty"`
}

func (s *session) listMethods(asJSON bool) error {
	pack, err := s.pack()
	if err != nil {
		return err
	}
	var list []listed
	for _, name := range methodNames() {
		m, err := library(pack).Load(name)
		if err != nil {
			return err
		}
		d := m.Description()
		list = append(list, listed{d.Name, d.Title, d.From, d.To, d.CarriedTo, d.Carried, d.NotEstablished})
	}
	if asJSON {
		return s.writeJSON(list)
	}
	for i, l := range list {
		if i > 0 {
			fmt.Fprintln(s.out)
		}
		l.write(s.out)
	}
	return nil
}

func (l listed) write(w io.Writer) {
	fmt.Fprintf(w, "%s\n  %s\n  applies          %s to %s\n", l.Name, l.Title, l.From, l.To)
	if l.CarriedTo != "" {
		writeFolded(w, "carried forward", "to "+l.CarriedTo+". "+l.Carried)
	}
	if l.NotEstablished != "" {
		writeFolded(w, "not established", l.NotEstablished)
	}
}

// writeFolded writes a named paragraph that fits a terminal of 100 columns.
func writeFolded(w io.Writer, name, s string) {
	line := fmt.Sprintf("  %-16s", name)
	for _, word := range strings.Fields(s) {
		if len(line)+1+len(word) > 100 {
			fmt.Fprintln(w, line)
			line = strings.Repeat(" ", 18)
		}
		line += " " + word
	}
	fmt.Fprintln(w, line)
}

func (s *session) methodShowCommand() *cobra.Command {
	var asJSON, source bool
	c := &cobra.Command{
		Use:   "show METHOD",
		Short: "Show a method: its readings, boxes, ends and warnings",
		Long: `Show a method: its inputs, the readings of ambiguous guidance with their
options, the boxes in order with the question and the condition as it is written,
the ends with the order in which each looks for its payer, and the warnings with
what to do about them. With --source, its file is shown, and the file that it is
based on.

` + methodHelp,
		Example: "  remit method show cam-2025-26\n  remit method show cam-2025-26+A2=dental\n  remit method show cam-2024-25 --source\n  remit method show cam-tool-5.3 --json",
		Args:    needs(1, 1, "one method"), ValidArgsFunction: completeMethods,
		RunE: func(_ *cobra.Command, args []string) error {
			if source {
				return s.showSource(args[0])
			}
			m, err := s.loadMethod(args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return s.writeJSON(m.Description())
			}
			return m.Describe(s.out)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	c.Flags().BoolVar(&source, "source", false, "show the method file as it is, and the file it is based on")
	c.MarkFlagsMutuallyExclusive("json", "source")
	return c
}

func (s *session) showSource(spec string) error {
	// Reading a source needs no reference data, so that a file can be looked at
	// while the pack is being mended.
	sources, err := library(nil).Sources(spec)
	if err != nil {
		return err
	}
	for i, src := range sources {
		if i > 0 {
			fmt.Fprintf(s.out, "\n# ---- It is based on %s:\n\n", src.File)
		}
		if _, err := io.WriteString(s.out, strings.TrimRight(src.Text, "\n")+"\n"); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) methodDrawCommand() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use:   "draw METHOD --out FILE.svg",
		Short: "Draw a method as a flow chart to print on A3",
		Long: `Draw a method as a flow chart: an SVG file for a sheet of A3, landscape, which
any browser opens and prints. The boxes carry their official labels. Yes is a solid
arrow and No a broken one. The kinds of payer differ by pattern and word as well as
by colour, so that the chart can be printed in black and white.

The file appears whole or not at all. With --out - it goes to standard output.

` + methodHelp,
		Example: "  remit method draw cam-2025-26 --out chart.svg\n  remit method draw cam-2025-26+A2=dental --out - > dental.svg",
		Args:    needs(1, 1, "one method"), ValidArgsFunction: completeMethods,
		RunE: func(_ *cobra.Command, args []string) error {
			m, err := s.loadMethod(args[0])
			if err != nil {
				return err
			}
			return s.writeWhole(out, m.Draw)
		},
	}
	c.Flags().StringVar(&out, "out", "", "the SVG file to write, or - for standard output")
	_ = c.MarkFlagRequired("out") // the flag is there: it was made in the line above
	return c
}

// writeWhole writes a file at once, or with the path - standard output.
func (s *session) writeWhole(path string, write func(io.Writer) error) error {
	if path == "-" {
		return write(s.out)
	}
	return whole.Write(path, write)
}

func (s *session) methodDiffCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "diff METHOD1 METHOD2",
		Short: "Compare two methods",
		Long: `Compare two methods, or one method under two readings: the boxes, ends, readings,
lists, facts, look-ups, inputs and warnings that were added, removed or changed, with
conditions as they are written. A minus is the first method, a plus the second. The
exit code is 1 if they differ.

` + methodHelp,
		Example: "  remit method diff cam-2024-25 cam-2025-26\n  remit method diff cam-2025-26 cam-2025-26+A2=dental --json",
		Args:    needs(2, 2, "two methods"), ValidArgsFunction: completeMethods,
		RunE: func(_ *cobra.Command, args []string) error {
			a, err := s.loadMethod(args[0])
			if err != nil {
				return err
			}
			b, err := s.loadMethod(args[1])
			if err != nil {
				return err
			}
			d := method.Diff(a, b)
			if asJSON {
				err = s.writeJSON(d)
			} else {
				err = d.Write(s.out)
			}
			if err == nil && !d.None() {
				return fail(exitDifferences, errors.New(""), "")
			}
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return c
}

func (s *session) writeJSON(v any) error {
	e := json.NewEncoder(s.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
