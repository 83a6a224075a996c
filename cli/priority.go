package cli

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"remit/priorities"
	"remit/priority"
)

func (s *session) priorityCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "priority",
		Short: "Clinical priorities: how long capacity lasts",
		Long: `Work out how long the capacity of a service lasts as its patients grow in number:
stations, sessions, utilisation, growth. The shipped model is a made-up example.`,
		Example: "  remit priority capacity\n  remit priority capacity --file capacity.csv",
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		Args:    cobra.NoArgs,
	}
	c.AddCommand(s.priorityCapacityCommand())
	return c
}

func (s *session) priorityCapacityCommand() *cobra.Command {
	var f form
	var file string
	c := &cobra.Command{
		Use:     "capacity",
		Short:   "Stations, sessions and patients year by year, and when capacity is exceeded",
		Example: "  remit priority capacity\n  remit priority capacity --file capacity.csv --csv",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			in, err := openCapacity(file)
			if err != nil {
				return fail(exitInput, err, "")
			}
			defer in.Close()
			list, err := priority.Read("capacity.csv", in)
			if err != nil {
				return badFile(err)
			}
			l := &listing{Title: "Capacity year by year", Columns: []string{"model", "year", "patients", "sessions_a_week", "utilisation", "exceeded", "stations_needed", "more"}}
			for i := range list {
				m := &list[i]
				for _, y := range m.Ahead() {
					exceeded := "no"
					if y.Exceeded {
						exceeded = "yes"
					}
					l.Rows = append(l.Rows, []value{word(m.Name), word(fmt.Sprint(y.Year)), real(y.Patients, 1), real(y.Sessions, 2), real(y.Utilisation, 4), word(exceeded), real(y.Stations, 0), real(y.More, 0)})
				}
				l.Notes = append(l.Notes, capacityNote(m), "Source of "+m.Name+": "+m.Source+" ("+m.Confidence+" confidence).")
			}
			return f.write(s.out, l)
		},
	}
	c.Flags().StringVar(&file, "file", "", "a file of models (default: the made-up example)")
	f.add(c)
	return c
}

func openCapacity(file string) (io.ReadCloser, error) {
	if file == "" {
		return priorities.FS.Open("capacity.csv")
	}
	return os.Open(file)
}

func capacityNote(m *priority.Model) string {
	years, ever := m.Exceeded()
	if !ever {
		return m.Title + ": capacity is not exceeded while patients do not grow in number."
	}
	return fmt.Sprintf("%s: %g stations x %g sessions x %g days = %g sessions a week; at %g of them used and %g a year more, the most (%g) is reached after %.2f years.", m.Title, m.Stations, m.Sessions, m.Days, m.Capacity(), m.Utilisation, m.Growth, m.MostUsed, years)
}
