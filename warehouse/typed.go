package warehouse

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"remit/activity"
)

// groupRows is how many rows are encoded together. DuckDB shares out the groups
// of a file among its threads, and reads groups of this size.
const groupRows = 122_880

// kind is how the values of a column are stored.
type kind uint8

const (
	textKind   kind = iota
	smallKind       // TINYINT
	countKind       // BIGINT
	amountKind      // DECIMAL(p, 8) of more than 18 digits
)

// kindOf gives how a DuckDB type is stored, if it is one that a Table writes.
func kindOf(duckType string) (k kind, digits int, ok bool) {
	switch duckType {
	case "", "VARCHAR":
		return textKind, 0, true
	case "TINYINT":
		return smallKind, 0, true
	case "BIGINT":
		return countKind, 0, true
	}
	var places int
	if n, err := fmt.Sscanf(duckType, "DECIMAL(%d,%d)", &digits, &places); err != nil || n != 2 || places != 8 || digits <= 18 || digits > 38 {
		return 0, 0, false
	}
	return amountKind, digits, true
}

// Values are those of a column in a group of rows, as text unless they were made
// by Amounts or Counts. They are read only.
type Values struct {
	numbers  []int32 // by row, place among distinct; -1 is absent; nil: distinct is by row
	distinct []parquet.ByteArray
	amounts  []activity.Amount
	counts   []int64
}

// Numbered makes Values of distinct texts and of the place of each row's among
// them, -1 for none.
func Numbered(numbers []int32, distinct []string) Values {
	v := Values{numbers: numbers, distinct: make([]parquet.ByteArray, len(distinct))}
	for i, s := range distinct {
		v.distinct[i] = parquet.ByteArray(s)
	}
	return v
}

// Amounts makes Values of a DECIMAL column from an amount for every row.
func Amounts(list []activity.Amount) Values { return Values{amounts: list} }

// Counts makes Values of a BIGINT column from a number for every row.
func Counts(list []int64) Values { return Values{counts: list} }

// Numbers gives for every row the place of its value among Distinct values, -1
// where it is absent; nil when too few rows share values for that.
func (v *Values) Numbers() []int32 { return v.numbers }

// Distinct is how many values there are: without Numbers one for each row.
func (v *Values) Distinct() int { return len(v.distinct) }

// Value is one of the Distinct values, nil where a row has none.
func (v *Values) Value(i int) []byte { return v.distinct[i] }

// Group is a group of rows by column.
type Group struct {
	Rows    int
	Columns []Values
}

// Table writes a Parquet file. Its columns are text or of the DuckDB types
// TINYINT, BIGINT and DECIMAL(19 to 38 digits, 8), and each may be absent.
type Table struct {
	columns []tableColumn
	path    string
	temp    string
	file    *os.File
	writer  *file.Writer
	levels  []int16
	fixed   []parquet.FixedLenByteArray
	small   []int32
	large   []int64
	rows    int64
}

type tableColumn struct {
	name string
	kind kind
}

// CreateTable begins a file, which appears at path when Keep is called.
func CreateTable(path string, columns []Column) (*Table, error) {
	t := &Table{path: path, temp: tempBeside(path)}
	var fields schema.FieldList
	var names []string
	for _, c := range columns {
		k, digits, ok := kindOf(c.Type)
		if !ok {
			return nil, fmt.Errorf("write %s: a column of %s cannot be written", path, c.Type)
		}
		node, err := nodeOf(c.Name, k, digits)
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", path, err)
		}
		fields = append(fields, node)
		names = append(names, c.Name)
		t.columns = append(t.columns, tableColumn{c.Name, k})
	}
	if err := checkColumns(names); err != nil {
		return nil, fmt.Errorf("write %s: %w", path, err)
	}
	root, err := schema.NewGroupNode("schema", parquet.Repetitions.Required, fields, -1)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", path, err)
	}
	if t.file, err = os.OpenFile(t.temp, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o640); err != nil {
		return nil, err
	}
	t.writer = file.NewParquetWriter(t.file, root, file.WithWriterProps(parquet.NewWriterProperties(
		parquet.WithCompression(compress.Codecs.Zstd), parquet.WithCompressionLevel(1), parquet.WithCreatedBy("remit"), parquet.WithDataPageSize(1<<20), parquet.WithBatchSize(groupRows))))
	return t, nil
}

func nodeOf(name string, k kind, digits int) (schema.Node, error) {
	optional := parquet.Repetitions.Optional
	switch k {
	case smallKind:
		return schema.NewPrimitiveNodeLogical(name, optional, schema.NewIntLogicalType(8, true), parquet.Types.Int32, 0, -1)
	case countKind:
		return schema.NewPrimitiveNodeLogical(name, optional, schema.NewIntLogicalType(64, true), parquet.Types.Int64, 0, -1)
	case amountKind:
		return schema.NewPrimitiveNodeLogical(name, optional, schema.NewDecimalLogicalType(int32(digits), 8), parquet.Types.FixedLenByteArray, 16, -1)
	}
	return schema.NewPrimitiveNodeLogical(name, optional, schema.StringLogicalType{}, parquet.Types.ByteArray, 0, -1)
}

// Write writes a group of rows. Every value is given as text.
func (t *Table) Write(g *Group) error {
	if g.Rows == 0 {
		return nil
	}
	group := t.writer.AppendRowGroup()
	for i := range t.columns {
		column, err := group.NextColumn()
		if err == nil {
			err = t.write(column, &t.columns[i], &g.Columns[i], g.Rows)
		}
		if err == nil {
			err = column.Close()
		}
		if err != nil {
			return fmt.Errorf("write %s: column %s: %w", t.path, t.columns[i].name, err)
		}
	}
	t.rows += int64(g.Rows)
	return group.Close()
}

func (t *Table) write(to file.ColumnChunkWriter, c *tableColumn, v *Values, rows int) error {
	t.level(v, rows)
	switch c.kind {
	case textKind:
		return t.writeText(to.(*file.ByteArrayColumnChunkWriter), v, rows)
	case amountKind:
		return t.writeAmounts(to.(*file.FixedLenByteArrayColumnChunkWriter), v, rows)
	}
	return t.writeNumbers(to, v, rows)
}

// level says which rows have a value.
func (t *Table) level(v *Values, rows int) {
	t.levels = resize(t.levels, rows)
	for i := range t.levels {
		t.levels[i] = 1
		if v.numbers != nil && v.numbers[i] < 0 || v.numbers == nil && v.distinct != nil && v.distinct[i] == nil {
			t.levels[i] = 0
		}
	}
}

func (t *Table) writeText(to *file.ByteArrayColumnChunkWriter, v *Values, rows int) error {
	if v.numbers == nil {
		to.FallbackToPlain()
		present := make([]parquet.ByteArray, 0, rows)
		for _, b := range v.distinct {
			if b != nil {
				present = append(present, validText(b))
			}
		}
		_, err := to.WriteBatch(present, t.levels, nil)
		return err
	}
	dictionary, ok := any(to.CurrentEncoder()).(interface{ PutDictionary(arrow.Array) error })
	if !ok {
		return errors.New("the column has no dictionary")
	}
	texts := array.NewBinaryBuilder(memory.DefaultAllocator, arrow.BinaryTypes.String)
	defer texts.Release()
	for _, b := range v.distinct {
		texts.Append(validText(b))
	}
	list := texts.NewArray()
	defer list.Release()
	if err := dictionary.PutDictionary(list); err != nil {
		return err
	}
	numbers, absent := t.indices(v, rows)
	defer numbers.Release()
	stats := to.PageStatistics()
	stats.IncNulls(int64(absent))
	stats.IncNumValues(int64(rows - absent))
	if len(v.distinct) > 0 {
		if err := stats.UpdateFromArrow(list, false); err != nil {
			return err
		}
	}
	return to.WriteDictIndices(numbers, t.levels, nil)
}

// indices are the numbers as an Arrow array with its absent ones marked.
func (t *Table) indices(v *Values, rows int) (list arrow.Array, absent int) {
	valid := make([]byte, (rows+7)/8)
	for i, n := range v.numbers {
		if n < 0 {
			absent++
			continue
		}
		valid[i/8] |= 1 << (i % 8)
	}
	data := array.NewData(arrow.PrimitiveTypes.Int32, rows, []*memory.Buffer{memory.NewBufferBytes(valid), memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(v.numbers))}, nil, absent, 0)
	defer data.Release()
	return array.NewInt32Data(data), absent
}

func (t *Table) writeAmounts(to *file.FixedLenByteArrayColumnChunkWriter, v *Values, rows int) error {
	if v.amounts != nil {
		return t.writeAll(to, v.amounts)
	}
	coded := make([]byte, 0, 16*len(v.distinct))
	for _, b := range v.distinct {
		a, _, err := activity.ParseAmount(b)
		if err != nil {
			return err
		}
		coded = a.AppendBytes(coded)
	}
	t.fixed = t.fixed[:0]
	each(v, rows, func(i int) { t.fixed = append(t.fixed, coded[16*i:16*i+16]) })
	_, err := to.WriteBatch(t.fixed, t.levels, nil)
	return err
}

func (t *Table) writeAll(to *file.FixedLenByteArrayColumnChunkWriter, amounts []activity.Amount) error {
	coded := make([]byte, 0, 16*len(amounts))
	t.fixed = t.fixed[:0]
	for i, a := range amounts {
		coded = a.AppendBytes(coded)
		t.fixed = append(t.fixed, coded[16*i:16*i+16])
	}
	_, err := to.WriteBatch(t.fixed, t.levels, nil)
	return err
}

func (t *Table) writeNumbers(to file.ColumnChunkWriter, v *Values, rows int) error {
	if v.counts != nil {
		_, err := to.(*file.Int64ColumnChunkWriter).WriteBatch(v.counts, t.levels, nil)
		return err
	}
	whole := make([]int64, len(v.distinct))
	for i, b := range v.distinct {
		if b == nil {
			continue
		}
		n, err := strconv.ParseInt(string(bytes.TrimSpace(b)), 10, 64)
		if err != nil {
			return fmt.Errorf("%q is no whole number", b)
		}
		whole[i] = n
	}
	if to, ok := to.(*file.Int32ColumnChunkWriter); ok {
		t.small = t.small[:0]
		each(v, rows, func(i int) { t.small = append(t.small, int32(whole[i])) })
		_, err := to.WriteBatch(t.small, t.levels, nil)
		return err
	}
	t.large = t.large[:0]
	each(v, rows, func(i int) { t.large = append(t.large, whole[i]) })
	_, err := to.(*file.Int64ColumnChunkWriter).WriteBatch(t.large, t.levels, nil)
	return err
}

// each calls do with the place of the value of every row that has one.
func each(v *Values, rows int, do func(i int)) {
	for row := range rows {
		switch {
		case v.numbers == nil && v.distinct[row] != nil:
			do(row)
		case v.numbers != nil && v.numbers[row] >= 0:
			do(int(v.numbers[row]))
		}
	}
}

func resize[T any](list []T, n int) []T {
	if cap(list) < n {
		return make([]T, n)
	}
	return list[:n]
}

// Keep ends the file and puts it in its place, and gives how many rows it has.
// When sync is set it is on the disk before that.
func (t *Table) Keep(sync bool) (int64, error) {
	err := t.writer.Close() // closes the file too
	t.file = nil
	if err == nil && sync {
		err = publish(t.temp, t.path)
	} else if err == nil {
		err = os.Rename(t.temp, t.path)
	}
	if err != nil {
		return 0, fmt.Errorf("write %s: %w", t.path, err)
	}
	return t.rows, nil
}

// Drop takes away a file that was not kept.
func (t *Table) Drop() {
	if t.file != nil {
		t.file.Close()
		t.file = nil
	}
	_ = os.Remove(t.temp)
}
