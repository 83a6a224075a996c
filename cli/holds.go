package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"remit/holding"
)

func (s *session) holdsCommand() *cobra.Command {
	var date string
	var retained, asJSON bool
	c := &cobra.Command{
		Use:   "holds (ORGANISATION | --retained)",
		Short: "Everything that an organisation holds on a day, or that NHS England retains",
		Long: `List every service and function in which an ICB, a committee or NHS England has a
role on a day, with the roles, or all that has not been passed to ICBs.

` + exitHelp,
		Example: "  remit holds QMJ --on 2025-06-01\n  remit holds --retained --on 2025-06-01 --json",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if retained == (len(args) == 1) {
				return fail(exitUsage, errors.New("name one organisation, or give --retained"), "remit holds QMJ")
			}
			on, err := referenceDay("--on", date)
			if err != nil {
				return err
			}
			b, err := s.book()
			if err != nil {
				return err
			}
			defer b.Pack().Close()
			var list []holding.Held
			if retained {
				list = b.Retained(on)
			} else if list, err = b.Holds(args[0], on); err != nil {
				return asked(err)
			}
			if asJSON {
				return writeJSON(s.out, list)
			}
			return writeHeld(s.out, list)
		},
	}
	c.Flags().StringVar(&date, "on", "", "the day, YYYY-MM-DD (default: today)")
	c.Flags().BoolVar(&retained, "retained", false, "what has not been passed to ICBs")
	c.Flags().BoolVar(&asJSON, "json", false, "write one JSON array")
	return c
}

func writeHeld(w io.Writer, list []holding.Held) error {
	tabs := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, h := range list {
		var roles []string
		for _, r := range h.Roles {
			roles = append(roles, strings.ReplaceAll(string(r), "_", " "))
		}
		instrument := h.Instrument
		if h.Line != "" {
			instrument += " line " + h.Line
		}
		people := ""
		if h.People != "" {
			people = "for " + h.People
		}
		fmt.Fprintf(tabs, "%s\t%s\t%s\t%s\t%s\t%s\n", h.Subject.Code, h.Subject.Title, strings.Join(roles, ", "), instrument, h.Confidence, people)
	}
	if err := tabs.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%d services and functions\n", len(list))
	return err
}
