package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"remit/price"
	"remit/prices"
	"remit/whole"
)

const priceImportLong = `Make a price set of the sheets of a national price workbook, each saved as CSV.

Each --sheet is NAME=FILE.csv. The columns are found by the words of their titles;
titles above them and notes below the rows are passed over; a dash is no price.
The names:

%s
--out is a directory of your own price sets, which --prices names afterwards. The
set appears in it whole or not at all; a set of the same name is not overwritten.`

func (s *session) priceImportCommand() *cobra.Command {
	var about price.About
	var given []string
	var out string
	c := &cobra.Command{
		Use:   "import --name NAME --year YEAR --from DATE --published DATE --policy POLICY --source TEXT --sheet NAME=FILE... --out DIR",
		Short: "Make a price set of the sheets of the national workbook",
		Long:  fmt.Sprintf(priceImportLong, describeSheets()),
		Example: "  remit price import --name ours-2026-27 --year 2026/27 --from 2026-04-01 --published 2026-03-27 --policy synthetic-2026-27 " +
			"--source \"our copy of the workbook\" --sheet admitted=admitted.csv --sheet market_forces=mff.csv --out prices/",
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return s.importPrices(about, given, out) },
	}
	f := c.Flags()
	f.StringVar(&about.Name, "name", "", "the name of the set: letters, digits and -")
	f.StringVar(&about.Year, "year", "", "the year as its titles have it: 2026/27")
	f.StringVar(&about.Version, "version", "1", "the version within the year")
	f.StringVar(&about.Title, "title", "", "a title")
	f.StringVar(&about.From, "from", "", "the first day of activity that it prices, YYYY-MM-DD")
	f.StringVar(&about.To, "to", "", "the last day (default: until another takes its place)")
	f.StringVar(&about.PublishedOn, "published", "", "the day on which it was published")
	f.StringVar(&about.Policy, "policy", "", "the policy by which it is applied")
	f.StringVar(&about.Source, "source", "", "where the prices are from")
	f.StringVar(&about.Confidence, "confidence", "high", "high, medium or low")
	f.StringArrayVar(&given, "sheet", nil, "a sheet: NAME=FILE.csv")
	f.StringVar(&out, "out", "", "the directory of your price sets")
	for _, name := range []string{"name", "year", "from", "published", "policy", "source", "sheet", "out"} {
		if err := c.MarkFlagRequired(name); err != nil {
			panic(err) // the flag is defined above
		}
	}
	return c
}

func describeSheets() string {
	var b strings.Builder
	for _, sheet := range price.Sheets() {
		fmt.Fprintf(&b, "  %-15s %s\n", sheet.Code, sheet.Says)
	}
	return b.String()
}

func (s *session) importPrices(about price.About, given []string, out string) error {
	if strings.Trim(about.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || about.Name == "" {
		return fail(exitUsage, fmt.Errorf("--name %q cannot name a set", about.Name), "use small letters, digits and -")
	}
	sheets := map[string][]byte{}
	for _, item := range given {
		name, file, ok := strings.Cut(item, "=")
		if !ok {
			return fail(exitUsage, fmt.Errorf("--sheet %s names no file", item), "write NAME=FILE.csv")
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return fail(exitInput, fmt.Errorf("--sheet %s: %w", name, err), "")
		}
		sheets[name] = text
	}
	layers := []fs.FS{prices.FS}
	if _, err := os.Stat(out); err == nil {
		layers = append(layers, os.DirFS(out))
	}
	lib, err := price.Load(layers...)
	if err != nil {
		return fail(exitReference, err, "run remit price check "+out)
	}
	files, err := price.Import(lib, about, sheets)
	if err != nil {
		return fail(exitInput, err, "nothing was written")
	}
	return s.keepSet(layers, files, about.Name, out)
}

// keepSet writes the files beside their place, checks that they make a set, and
// moves them there at once.
func (s *session) keepSet(layers []fs.FS, files map[string][]byte, name, out string) (err error) {
	place := filepath.Join(out, "sets", name)
	if _, err := os.Stat(place); !errors.Is(err, fs.ErrNotExist) {
		return fail(exitUsage, fmt.Errorf("%s is there already", place), "give the set another name, or move the old one away")
	}
	if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
		return fail(exitInput, err, "")
	}
	draft, err := os.MkdirTemp(out, ".import-")
	if err != nil {
		return fail(exitInput, err, "")
	}
	defer func() { err = errors.Join(err, os.RemoveAll(draft)) }()
	made := filepath.Join(draft, "sets", name)
	if err := os.MkdirAll(made, 0o755); err != nil {
		return fail(exitInput, err, "")
	}
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if err := whole.Write(filepath.Join(made, file), writing(files[file])); err != nil {
			return err
		}
	}
	lib, err := price.Load(append(layers, os.DirFS(draft))...)
	if err != nil {
		return fail(exitInput, err, "put the sheets right; nothing was written")
	}
	if err := os.Rename(made, place); err != nil {
		return fail(exitInput, err, "nothing was written")
	}
	set, err := lib.Set(name)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s\n", place)
	for _, table := range price.TableNames() {
		if n := set.Counts()[table]; n > 0 {
			fmt.Fprintf(s.out, "  %5d  %s\n", n, table)
		}
	}
	return nil
}

func writing(text []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	}
}
