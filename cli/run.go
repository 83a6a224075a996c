// Package cli holds the commands of remit: one file for each.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"remit/activity"
	"remit/assign"
	"remit/method"
	"remit/register"
	"remit/whole"
)

// Exit codes, which scripts rely on.
const (
	exitDone        = 0
	exitDifferences = 1 // differences or findings that were asked about
	exitUsage       = 2
	exitInput       = 3
	exitReference   = 4 // bad reference data or method
	exitInterrupted = 130
)

// failure is an error with the exit code that it means and, perhaps, a hint.
type failure struct {
	code int
	err  error
	hint string
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

func fail(code int, err error, hint string) error { return &failure{code, err, hint} }

// session is what every command is given.
type session struct {
	in        io.Reader
	out, err  io.Writer
	reference string
}

// Run runs a command line and gives its exit code.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	s := &session{in: stdin, out: stdout, err: stderr}
	root := s.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	asked, err := root.ExecuteContextC(ctx)
	if ctx.Err() != nil && err != nil {
		fmt.Fprintln(stderr, "remit: interrupted; nothing was left half-written")
		return exitInterrupted
	}
	return complain(stderr, err, asked)
}

// complain prints an error with what to do about it.
func complain(w io.Writer, err error, asked *cobra.Command) int {
	if err == nil {
		return exitDone
	}
	code, hint := codeOf(err)
	if code == exitUsage && hint == "" {
		hint = "see " + asked.CommandPath() + " --help"
	}
	if text := err.Error(); text != "" {
		fmt.Fprintln(w, "remit:", strings.ReplaceAll(text, "\n", "\n       "))
	}
	if hint != "" {
		fmt.Fprintln(w, "hint:", hint)
	}
	return code
}

func codeOf(err error) (code int, hint string) {
	var f *failure
	var faults method.Faults
	var spec *method.SpecError
	var data *register.DataError
	var input *assign.InputError
	var file *activity.FileError
	var output *whole.Error
	switch {
	case errors.As(err, &f):
		return f.code, f.hint
	case errors.As(err, &spec):
		return exitUsage, "see remit method --help for how a method is named"
	case errors.As(err, &faults), errors.As(err, &data):
		return exitReference, ""
	case errors.As(err, &input), errors.As(err, &file):
		return exitInput, ""
	case errors.As(err, &output):
		return exitInput, "nothing was left half-written; look at the folder, its permissions and the space on the disk"
	}
	return exitUsage, ""
}

func (s *session) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "remit",
		Short: "Who commissions what, and who pays for each activity record",
		Long: `Remit works out which commissioner pays for each record of specialised and
other hospital activity in England, and shows why.`,
		Example:      "  remit synth --records 20000 --out plcm.csv\n  remit assign --out assigned.csv --report report.html plcm.csv\n  remit explain plcm.csv --row 12",
		SilenceUsage: true, SilenceErrors: true,
	}
	root.SetIn(s.in) // before anything is added: completion takes what is set then
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.PersistentFlags().StringVar(&s.reference, "reference", "", "directory of reference data (default: the shipped pack)")
	methods := s.methodCommand()
	methods.AddCommand(s.methodSQLCommand())
	root.AddCommand(s.assignCommand(), s.explainCommand(), s.checkCommand(), methods, newReferenceCommand(s.out, s.err), newSynthCommand(s.out, s.err), s.versionCommand(),
		s.whoCommand(), s.holdsCommand(), s.changesCommand(), s.successionCommand(), s.eventsCommand(),
		s.submitCommand(), s.submissionsCommand(), s.planCommand(), s.challengeCommand(), s.budgetCommand(), s.poolCommand(), s.priceCommand(),
		s.metricCommand(), s.equityCommand(),
		s.serveCommand(), s.accountCommand(), s.registerCommand(), s.proposalCommand(), s.auditCommand(), s.backupCommand(), s.restoreCommand())
	finish(root)
	return root
}

// pack loads the reference data that the command line names.
func (s *session) pack() (*register.Pack, error) {
	p, err := loadReference(s.reference, referenceOverlay())
	if err != nil {
		return nil, fail(exitReference, err, "run remit reference check for the whole list")
	}
	return p, nil
}
