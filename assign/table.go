package assign

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"remit/register"
)

// readTable reads a small CSV table of the user's: begin is given its header,
// each every row that has as many fields, counted from 1 after the header. The
// faults of all rows are collected; a quotation mark that is not closed ends it.
func readTable(text []byte, name string, begin func(header []string) error, each func(row int, fields []string) []register.Fault) error {
	in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	in.FieldsPerRecord = -1
	header, err := in.Read()
	if err == nil {
		err = begin(header)
	} else {
		err = fmt.Errorf("reading the header: %w", err)
	}
	if err != nil {
		return &InputError{[]string{fmt.Sprintf("%s: %v", name, err)}}
	}
	var faults []register.Fault
	for row := 1; ; row++ {
		fields, err := in.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			faults = append(faults, register.Fault{File: name, Row: row, Problem: err.Error(), Remedy: "close the quotation mark"})
			break
		}
		if len(fields) != len(header) {
			faults = append(faults, register.Fault{File: name, Row: row, Problem: fmt.Sprintf("has %d fields where the header has %d", len(fields), len(header)), Remedy: "look for a missing or an extra comma"})
			continue
		}
		faults = append(faults, each(row, fields)...)
	}
	return inputFaults(faults)
}

// inputFaults makes an *InputError of faults, if there are any.
func inputFaults(list []register.Fault) error {
	if len(list) == 0 {
		return nil
	}
	e := &InputError{}
	for _, f := range list {
		e.Faults = append(e.Faults, f.String())
	}
	return e
}

// sameColumns wants a header to be just the one given.
func sameColumns(header, want []string) error {
	if strings.Join(header, ",") != strings.Join(want, ",") {
		return fmt.Errorf("the columns are %s; write %s", strings.Join(header, ","), strings.Join(want, ","))
	}
	return nil
}
