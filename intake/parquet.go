package intake

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"maps"
	"strings"

	"remit/activity"
	"remit/assign"
	"remit/warehouse"
)

// rowsParquet writes the rows of a submission for a run of assign, and lets them be
// summed in the same pass.
type rowsParquet struct{ sums *totals }

func (rowsParquet) Read(ctx context.Context, path string) (assign.ParquetRows, error) {
	return warehouse.ParquetToCSV(ctx, path, 0)
}

func (p rowsParquet) Write(ctx context.Context, r io.Reader, types map[string]string, path string) error {
	all := maps.Clone(rowTypes)
	maps.Copy(all, types)
	var w warehouse.Watcher
	if p.sums != nil {
		w = p.sums
	}
	_, err := warehouse.CSVToTable(ctx, r, all, path, w)
	return err
}

// reason is a fault of the file, without the path of the folder it was kept in,
// and with the flag by which the feed of a submission is said.
func reason(err error, path string) string {
	text := strings.ReplaceAll(err.Error(), path+": ", "")
	return strings.ReplaceAll(strings.ReplaceAll(text, path, "the file"), "--dataset", "--feed")
}

// commaText gives a source as comma-delimited text with its header.
func commaText(source *activity.Source) io.Reader {
	r, w := io.Pipe()
	go func() {
		in, out := csv.NewReader(source), csv.NewWriter(w)
		in.Comma, in.LazyQuotes, in.ReuseRecord = rune(source.Delimiter), true, true
		err := out.Write(source.Header)
		for err == nil {
			var record []string
			if record, err = in.Read(); err == nil {
				err = out.Write(record)
			}
		}
		if errors.Is(err, io.EOF) {
			out.Flush()
			err = out.Error()
		}
		w.CloseWithError(err)
	}()
	return r
}
