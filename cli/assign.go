package cli

import (
	"github.com/spf13/cobra"

	"remit/activity"
	"remit/assign"
)

func (s *session) assignCommand() *cobra.Command {
	var job assign.Job
	var spec, compare, dataset string
	c := &cobra.Command{
		Use:  "assign --out PATH INPUT...",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			pack, err := s.pack()
			if err != nil {
				return err
			}
			job.Pack = pack
			lib := library(pack)
			if job.Method, err = lib.Load(spec); err != nil {
				return err
			}
			if compare != "" {
				if job.Compare, err = lib.Load(compare); err != nil {
					return err
				}
			}
			job.Inputs, err = activity.Expand(args)
			if err != nil {
				return err
			}
			_, err = assign.Run(c.Context(), &job)
			return err
		},
	}
	c.Flags().StringVar(&spec, "method", defaultMethod, "")
	c.Flags().StringVar(&compare, "compare", "", "")
	c.Flags().StringVar(&dataset, "dataset", "", "")
	c.Flags().StringVar(&job.Out, "out", "", "")
	c.Flags().IntVar(&job.Workers, "workers", 0, "")
	return c
}
