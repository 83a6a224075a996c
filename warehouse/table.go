package warehouse

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"remit/activity"
)

// Watcher is shown every group of rows of a table as it is written.
type Watcher interface {
	Columns(names []string) error
	Group(g *Group) error
}

// CSVToTable is CSVToParquet for the types that a Table writes, and much faster.
// Rows must be whole: those of one width, with quotation marks around fields that
// need them. The watcher, if there is one, is shown the rows in the same pass. The
// file is not flushed to the disk.
func CSVToTable(ctx context.Context, r io.Reader, types map[string]string, path string, w Watcher) (rows int64, err error) {
	in := bufio.NewReaderSize(r, 256<<10)
	names, err := readColumns(in)
	if err != nil {
		return 0, fmt.Errorf("write %s: %w", path, err)
	}
	columns := make([]Column, len(names))
	for i, n := range names {
		columns[i] = Column{n, types[n]}
	}
	t, err := CreateTable(path, columns)
	if err != nil {
		return 0, err
	}
	defer t.Drop()
	if w != nil {
		if err := w.Columns(names); err != nil {
			return 0, err
		}
	}
	if err := t.copyFrom(ctx, in, len(names), w); err != nil {
		return 0, err
	}
	return t.Keep(false)
}

// copyFrom reads rows and writes them, each group while the next is read.
func (t *Table) copyFrom(ctx context.Context, in io.Reader, columns int, w Watcher) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	groups, written := make(chan *Group), make(chan struct{})
	go func() {
		defer close(written)
		for g := range groups {
			err := t.Write(g)
			if err == nil && w != nil {
				err = w.Group(g)
			}
			if err != nil {
				cancel(err)
				return
			}
		}
	}()
	err := readGroups(ctx, in, columns, groups)
	close(groups)
	<-written
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", t.path, err)
	}
	return nil
}

// readGroups reads rows and hands them on by the group.
func readGroups(ctx context.Context, in io.Reader, columns int, groups chan<- *Group) error {
	blocks := activity.NewBlockReader(in, 256<<10, true)
	var index activity.Index
	var buf []byte
	numberings := make([]numbering, columns)
	begin := func() {
		for c := range numberings {
			numberings[c].begin()
		}
	}
	begin()
	rows := 0
	hand := func() error {
		g := &Group{Rows: rows, Columns: make([]Values, columns)}
		for c := range numberings {
			g.Columns[c] = numberings[c].group()
		}
		select {
		case groups <- g:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		rows = 0
		begin()
		return nil
	}
	for {
		data, err := blocks.Next(buf)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		buf = data[:0]
		if faults := index.Read(data, ',', columns, true); len(faults) > 0 {
			return fmt.Errorf("row %d of a block %s", faults[0].Row+1, faults[0].Problem)
		}
		for from := 0; from < index.Rows(); {
			to := min(index.Rows(), from+groupRows-rows)
			for c := range numberings {
				number(&numberings[c], &index, c, from, to)
			}
			rows += to - from
			from = to
			if rows == groupRows {
				if err := hand(); err != nil {
					return err
				}
			}
		}
	}
	if rows > 0 {
		return hand()
	}
	return nil
}

// number takes the fields of a column of some rows.
func number(n *numbering, x *activity.Index, column, from, to int) {
	for row := from; row < to; row++ {
		n.add(x.Field(row, column))
	}
}
