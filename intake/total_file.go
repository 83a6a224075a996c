package intake

import (
	"bufio"
	"errors"
	"os"
	"strconv"

	"github.com/klauspost/compress/zstd"

	"remit/warehouse"
	"remit/whole"
)

// sumFile is where sums are written, perhaps in parts.
type sumFile interface {
	begin(columns []warehouse.Column) error
	write(s *sums) error
	keep() error
	drop() // unless it was kept
}

// tableFile is a Parquet file of sums.
type tableFile struct {
	path  string
	table *warehouse.Table
}

func (f *tableFile) begin(columns []warehouse.Column) (err error) {
	f.table, err = warehouse.CreateTable(f.path, columns)
	return err
}

func (f *tableFile) write(s *sums) error {
	const most = 1 << 17 // rows in a group of the file
	for from := 0; from < len(s.rows); from += most {
		if err := f.table.Write(s.group(from, min(len(s.rows), from+most))); err != nil {
			return err
		}
	}
	return nil
}

func (f *tableFile) keep() error {
	_, err := f.table.Keep(false)
	return err
}

func (f *tableFile) drop() {
	if f.table != nil {
		f.table.Drop()
	}
}

// group is some of the sums as rows of a table.
func (s *sums) group(from, to int) *warehouse.Group {
	g := &warehouse.Group{Rows: to - from}
	for i := range s.keys {
		g.Columns = append(g.Columns, s.keys[i].values(s.tuples, i, len(s.keys), from, to))
	}
	g.Columns = append(g.Columns, warehouse.Counts(s.rows[from:to]))
	for i := range s.amounts {
		g.Columns = append(g.Columns, warehouse.Amounts(s.amounts[i][from:to]))
	}
	return g
}

// values are those of a key for some of the sums. Only the texts that they have
// are given, so that a column of many texts is not written whole with every group.
func (k *keyColumn) values(tuples []int32, at, width, from, to int) warehouse.Values {
	numbers, place := make([]int32, to-from), make([]int32, len(k.texts))
	var texts []string
	for row := range numbers {
		n := tuples[(from+row)*width+at]
		if n == absentNumber {
			numbers[row] = absentNumber
			continue
		}
		if place[n] == 0 {
			texts = append(texts, k.texts[n])
			place[n] = int32(len(texts))
		}
		numbers[row] = place[n] - 1
	}
	return warehouse.Numbered(numbers, texts)
}

// textFile is sums as compressed CSV, to be decided again: a run of assign reads
// nothing faster.
type textFile struct {
	path string
	file *os.File
	zip  *zstd.Encoder
	w    *bufio.Writer
	line []byte
}

func (f *textFile) begin(columns []warehouse.Column) (err error) {
	if f.file, err = os.OpenFile(f.path, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o640); err != nil {
		return &whole.Error{Path: f.path, Err: err}
	}
	if f.zip, err = zstd.NewWriter(f.file, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1)); err != nil {
		return err
	}
	f.w = bufio.NewWriterSize(f.zip, 256<<10)
	for i, c := range columns {
		if i > 0 {
			f.line = append(f.line, ',')
		}
		f.line = appendText(f.line, c.Name)
	}
	_, err = f.w.Write(append(f.line, '\n'))
	return err
}

func (f *textFile) write(s *sums) error {
	width := len(s.keys)
	for row := range s.rows {
		f.line = f.line[:0]
		for i, n := range s.tuples[row*width : (row+1)*width] {
			if n != absentNumber {
				f.line = appendText(f.line, s.keys[i].texts[n])
			}
			f.line = append(f.line, ',')
		}
		f.line = strconv.AppendInt(f.line, s.rows[row], 10)
		for i := range s.amounts {
			f.line = s.amounts[i][row].Append(append(f.line, ','))
		}
		if _, err := f.w.Write(append(f.line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

func (f *textFile) keep() error {
	err := errors.Join(f.w.Flush(), f.zip.Close(), f.file.Close())
	f.file = nil
	return err
}

func (f *textFile) drop() {
	if f.file != nil {
		f.file.Close()
		_ = os.Remove(f.path)
	}
}
