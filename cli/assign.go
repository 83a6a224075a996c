package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"remit/assign"
	"remit/report"
	"remit/whole"
)

func (s *session) assignCommand() *cobra.Command {
	var flags jobFlags
	var out, reportFile string
	var workers int
	var quiet bool
	c := &cobra.Command{
		Use:   "assign --out PATH INPUT...",
		Short: "Work out which commissioner pays for each record",
		Long: `Work out which commissioner pays for each activity record, and why.

INPUT is CSV (comma, tab, pipe or semicolon; gzip and zstd too) or Parquet: files,
folders or patterns; - is standard input. Every column comes out as it came, and
each row exactly once, in the same order, with these columns behind it:

  assigned_commissioner, assigned_category   who pays, and under which category
  outcome        the kind of payer, in the chart's words (or the tool's code)
  trace          the boxes asked, joined by >
  payer_source   which look-up supplied the payer
  agreement      same, payer_differs, category_differs, submitted_blank or
                 computed_blank, against what was submitted
  warnings       codes, joined by |

PATH ends in .csv or .parquet. PATH.run.json beside it says what the result was
worked out from. The output appears whole or not at all.`,
		Example: `  remit assign --out assigned.csv plcm.csv
  remit assign --out assigned.parquet --report report.html submissions/
  remit assign --method cam-tool-5.3 --out tool.csv plcm.csv.gz
  remit assign --map hes-apc --out assigned.csv extract.csv
  remit assign --method cam-2025-26+A4=40 --compare cam-2025-26 --report changed.html spells.csv`,
		Args: needs(1, 0, "the files, folders or patterns to read, or - for standard input"),
		RunE: func(c *cobra.Command, args []string) error {
			if workers < 0 {
				return fail(exitUsage, fmt.Errorf("--workers is %d", workers), "leave it out for one for each processor, or give a number above 0")
			}
			if out == "" && reportFile == "" {
				return fail(exitUsage, errors.New("there is nowhere to write to"), "give --out PATH.csv, --out PATH.parquet or --report FILE.html")
			}
			pack, err := s.pack()
			if err != nil {
				return err
			}
			defer pack.Close()
			job, err := s.job(&flags, pack, args, reportFile != "")
			if err != nil {
				return err
			}
			job.Out, job.Workers = out, workers
			return s.assign(c.Context(), job, reportFile, quiet)
		},
	}
	flags.add(c)
	c.Flags().StringVar(&out, "out", "", "file to write: PATH.csv or PATH.parquet")
	c.Flags().StringVar(&reportFile, "report", "", "also write a report, one self-contained HTML file")
	c.Flags().IntVar(&workers, "workers", 0, "rows decided at the same time (default: one for each processor)")
	c.Flags().BoolVar(&quiet, "quiet", false, "print nothing but errors")
	return c
}

func (s *session) assign(ctx context.Context, job *assign.Job, reportFile string, quiet bool) error {
	p := newProgress(s.err, quiet)
	job.Progress = func(n assign.Progress) { p.show(n.Rows, n.Read, n.Size) }
	var page *whole.File
	if reportFile != "" { // found out before the work whether it can be written
		var err error
		if err = ownFile(reportFile, append(job.Inputs, job.Out)); err != nil {
			return err
		}
		if page, err = whole.Create(reportFile); err != nil {
			return err
		}
		defer page.Drop()
	}
	debug.SetGCPercent(50) // the counts and dictionaries live to the end: memory is worth more than a little time
	result, err := assign.Run(ctx, job)
	p.done()
	if err != nil {
		return err
	}
	if page != nil {
		if err := report.Write(page, result, job.Method, job.Pack); err != nil {
			return &whole.Error{Path: reportFile, Err: err}
		}
		if err := page.Keep(); err != nil {
			return err
		}
	}
	if quiet {
		return nil
	}
	return summarise(s.out, result, job, reportFile)
}

// ownFile refuses a report in the place of an input or of the result.
func ownFile(path string, others []string) error {
	for _, other := range others {
		same := filepath.Clean(path) == filepath.Clean(other)
		a, err := os.Stat(path)
		b, err2 := os.Stat(other)
		if same || err == nil && err2 == nil && os.SameFile(a, b) {
			return fail(exitUsage, fmt.Errorf("the report %s is also an input or the result", path), "give it another name")
		}
	}
	return nil
}

// summarise prints what a run came to in a few lines.
func summarise(w io.Writer, r *assign.Result, job *assign.Job, reportFile string) error {
	var b strings.Builder
	sum := &r.Summary
	fmt.Fprintf(&b, "%s records by %s", thousands(sum.Rows), job.Method.Spec())
	if sum.Costed {
		fmt.Fprintf(&b, ", £%s", sum.Cost.Pounds())
	}
	b.WriteString("\n")
	for _, n := range r.Manifest.Agreement {
		fmt.Fprintf(&b, "  %-18s %12s", n.Name, thousands(n.Rows))
		if sum.Costed {
			fmt.Fprintf(&b, "  %22s", "£"+poundsOf(n.Cost))
		}
		fmt.Fprintf(&b, "  %s\n", agreementWords[n.Name])
	}
	if sum.Against != nil {
		differ, rows := 0.0, int64(0)
		for i := range sum.Against.Cells {
			c := &sum.Against.Cells[i]
			rows += c.Rows
			if c.Ours.Commissioner != c.Theirs.Commissioner || c.Ours.Category != c.Theirs.Category {
				differ += float64(c.Rows)
			}
		}
		if rows > 0 {
			fmt.Fprintf(&b, "  %s gives another payer or category for %.1f%% of the records\n", sum.Against.Method, 100*differ/float64(rows))
		}
	}
	for _, n := range append(inputNotes(r.Manifest.Inputs), r.Manifest.Notes...) {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	if job.Out != "" {
		fmt.Fprintf(&b, "result   %s\nmanifest %s.run.json\n", job.Out, job.Out)
	}
	if reportFile != "" {
		fmt.Fprintf(&b, "report   %s\n", reportFile)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// inputNotes are the notes on input files; one that many files share is told once.
func inputNotes(inputs []assign.InputNote) (notes []string) {
	first, others := map[string]string{}, map[string]int{}
	var texts []string
	for _, in := range inputs {
		for _, text := range in.Told {
			if first[text] != "" {
				others[text]++
				continue
			}
			first[text] = in.File
			texts = append(texts, text)
		}
	}
	for _, text := range texts {
		file := first[text]
		if n := others[text]; n > 0 {
			file += fmt.Sprintf(" and %d more", n)
		}
		notes = append(notes, file+": "+text)
	}
	return notes
}

var agreementWords = map[string]string{
	"same":             "agrees with what was submitted",
	"payer_differs":    "another payer than submitted",
	"category_differs": "the same payer under another category",
	"submitted_blank":  "no commissioner was submitted",
	"computed_blank":   "no payer could be found",
}

func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
