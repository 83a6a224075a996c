package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"remit/activity"
	"remit/assign"
	"remit/mappings"
	"remit/register"
)

// jobFlags are the flags by which assign and explain say what to read and how.
type jobFlags struct {
	method, compare, dataset, mapping, overrides, delimiter string
	noQuotes                                                bool
}

func (f *jobFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.method, "method", defaultMethod, "method, with any readings to change: cam-2025-26+A4=40")
	c.Flags().StringVar(&f.compare, "compare", "", "a second method to set beside it, or none (default: the method's own counterpart, where it is shown)")
	c.Flags().StringVar(&f.dataset, "dataset", "", "data set, when the columns do not tell: "+strings.Join(datasetNames(), ", "))
	c.Flags().StringVar(&f.mapping, "map", "", "mapping file for a local layout, or the name of a shipped one: "+strings.Join(mappingNames(), ", "))
	c.Flags().StringVar(&f.overrides, "overrides", "", "table of overrides (kind,key,commissioner,category,valid_from,valid_to,reason)")
	c.Flags().StringVar(&f.delimiter, "delimiter", "", "field delimiter: comma, tab, pipe, semicolon or one character (default: found from the header)")
	c.Flags().BoolVar(&f.noQuotes, "no-quotes", false, "take quotation marks as ordinary characters")
}

func mappingNames() []string {
	entries, _ := mappings.Files.ReadDir(".")
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

// job makes a job of the flags and the inputs. The second method is loaded
// when it is asked for, or when beside says that one is usually shown.
func (s *session) job(f *jobFlags, pack *register.Pack, inputs []string, beside bool) (*assign.Job, error) {
	job := &assign.Job{Pack: pack, NoQuotes: f.noQuotes, Parquet: parquet{}, Stdin: s.in, Program: programVersion()}
	lib := library(pack)
	var err error
	if job.Method, err = lib.Load(f.method); err != nil {
		return nil, err
	}
	compare := f.compare
	if compare == "" && beside {
		compare = job.Method.Compare
	}
	if compare != "" && compare != "none" {
		if job.Compare, err = lib.Load(compare); err != nil {
			return nil, err
		}
	}
	if f.dataset != "" {
		if job.Dataset, err = activity.ParseDataset(f.dataset); err != nil {
			return nil, fail(exitUsage, err, "")
		}
	}
	if job.Delimiter, err = delimiter(f.delimiter); err != nil {
		return nil, err
	}
	if job.Map, err = mapping(f.mapping); err != nil {
		return nil, err
	}
	if f.overrides != "" {
		if job.Overrides, err = assign.ReadOverrides(f.overrides, pack, job.Method); err != nil {
			return nil, err
		}
	}
	if job.Inputs, err = activity.Expand(inputs); err != nil {
		return nil, fail(exitInput, err, "")
	}
	return job, nil
}

func delimiter(name string) (byte, error) {
	known := map[string]byte{"": 0, "comma": ',', "tab": '\t', "pipe": '|', "semicolon": ';'}
	if d, ok := known[name]; ok {
		return d, nil
	}
	if len(name) == 1 && name[0] > ' ' && name[0] != '"' && name[0] < 0x7f {
		return name[0], nil
	}
	return 0, fail(exitUsage, fmt.Errorf("%q cannot be a delimiter", name), "write comma, tab, pipe, semicolon or one character")
}

// mapping reads a shipped mapping by its name, or a file by its path.
func mapping(name string) (*assign.Mapping, error) {
	if name == "" {
		return nil, nil
	}
	src, err := mappings.Files.ReadFile(name + ".yaml")
	if err != nil {
		if src, err = os.ReadFile(name); err != nil {
			return nil, fail(exitUsage, fmt.Errorf("reading the mapping: %w", err), "the shipped mappings are "+strings.Join(mappingNames(), ", "))
		}
	}
	m, err := assign.ReadMapping(src, name)
	if err != nil {
		return nil, fail(exitInput, err, "")
	}
	return m, nil
}
