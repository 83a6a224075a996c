package cli

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"remit/activity"
	"remit/assign"
	"remit/method"
)

func (s *session) methodSQLCommand() *cobra.Command {
	var dialect, forFile, dataset, out string
	c := &cobra.Command{
		Use:   "sql METHOD",
		Short: "Translate a method to SQL, with its reference data",
		Long: `Translate a method to SQL: a script with the cleaning functions, the reference
tables and one query, which gives every column of the source with the answer's
columns behind them. It needs nothing but the database.

Without --for the query reads a table called activity, whose columns carry the
short names of the method's inputs. With --for FILE it reads that CSV file.
The spell rule and overrides are not part of the translation.`,
		Example: "  remit method sql cam-2025-26 --dialect duckdb\n  remit method sql cam-tool-5.3 --for plcm.csv --out plcm.sql && duckdb < plcm.sql",
		Args:    needs(1, 1, "one method"), ValidArgsFunction: completeMethods,
		RunE: func(_ *cobra.Command, args []string) error {
			pack, err := s.pack()
			if err != nil {
				return err
			}
			m, err := library(pack).Load(args[0])
			if err != nil {
				return err
			}
			source := m.ActivitySource()
			if forFile != "" {
				if source, err = csvSource(forFile, dataset); err != nil {
					return err
				}
			}
			sql, err := m.SQL(dialect, pack, source)
			if err != nil {
				return err
			}
			return s.writeWhole(out, func(w io.Writer) error {
				_, err := io.WriteString(w, sql.Script())
				return err
			})
		},
	}
	c.Flags().StringVar(&dialect, "dialect", "duckdb", "kind of SQL: "+strings.Join(method.Dialects, ", "))
	c.Flags().StringVar(&forFile, "for", "", "CSV file that the query reads")
	c.Flags().StringVar(&dataset, "dataset", "", "data set of that file, when its columns do not tell")
	c.Flags().StringVar(&out, "out", "-", "file to write, or - for standard output")
	mustComplete(c, "dialect", method.Dialects, cobra.ShellCompDirectiveNoFileComp)
	return c
}

// csvSource reads a CSV file by the columns that Remit recognises in it.
func csvSource(path, dataset string) (method.SQLSource, error) {
	var d activity.Dataset
	if dataset != "" {
		var err error
		if d, err = activity.ParseDataset(dataset); err != nil {
			return method.SQLSource{}, fail(exitUsage, err, "")
		}
	}
	return assign.SQLSource(context.Background(), path, d)
}
