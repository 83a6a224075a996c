//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// hospital are the extracts, with their share of 22 rows and the column by which
// they are cut into months.
var hospital = []struct {
	layout string
	share  int64
	date   string
}{
	{"apc", 3, "DISCHARGE DATE (HOSPITAL PROVIDER SPELL)"},
	{"op", 12, "APPOINTMENT DATE"},
	{"ecds", 3, "EMERGENCY CARE ARRIVAL DATE"},
}

// contractShare is the lines of contract monitoring of 22 rows: with the aggregate
// feed and the plan, which repeat them in sum, they are about 4 of 22.
const contractShare = 2

// files makes the files of a year and lists them.
func (b *bench) files(dir string, rows int64) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	var list []string
	for _, h := range hospital {
		whole := filepath.Join(dir, h.layout+".csv")
		if _, _, err := execute([]string{b.remit, "synth", "--quiet", "--layout", h.layout, "--records", fmt.Sprint(max(1, rows*h.share/22)), "--seed", "2026", "--icb", b.icb, "--out", whole}); err != nil {
			return nil, err
		}
		months, err := byMonth(whole, h.date)
		if err != nil {
			return nil, err
		}
		list = append(list, months...)
		if err := os.Remove(whole); err != nil {
			return nil, err
		}
	}
	contracts := filepath.Join(dir, "contracts")
	if _, _, err := execute([]string{b.remit, "synth", "contracts", "--quiet", "--records", fmt.Sprint(max(1, rows*contractShare/22)), "--seed", "2026", "--icb", b.icb, "--out", contracts}); err != nil {
		return nil, err
	}
	latest, err := filepath.Glob(filepath.Join(contracts, "*.csv"))
	if err != nil {
		return nil, err
	}
	for _, path := range latest {
		if strings.Contains(path, "FREEZE") { // of the month before; the latest restates them
			if err := os.Remove(path); err != nil {
				return nil, err
			}
			continue
		}
		list = append(list, path)
	}
	return list, nil
}

// byMonth cuts a file of records into one for each calendar month of a date.
func byMonth(path, date string) (list []string, err error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	r := bufio.NewReaderSize(in, 1<<20)
	header, err := r.ReadBytes('\n')
	if err != nil {
		return nil, err
	}
	at := slices.Index(strings.Split(strings.TrimSpace(string(header)), ","), date)
	if at < 0 {
		return nil, fmt.Errorf("%s: has no column %s", path, date)
	}
	months := map[string]*bufio.Writer{}
	var files []*os.File
	defer func() {
		for _, f := range files {
			err = errors.Join(err, f.Close())
		}
	}()
	for {
		line, err := r.ReadBytes('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		fields := bytes.SplitN(line, []byte{','}, at+2) // made-up records have no quotation marks
		month := "none"
		if len(fields[at]) >= 7 {
			month = string(fields[at][:7])
		}
		w := months[month]
		if w == nil {
			name := strings.TrimSuffix(path, ".csv") + "-" + month + ".csv"
			f, err := os.Create(name)
			if err != nil {
				return nil, err
			}
			w = bufio.NewWriterSize(f, 1<<18)
			months[month], files, list = w, append(files, f), append(list, name)
			if _, err := w.Write(header); err != nil {
				return nil, err
			}
		}
		if _, err := w.Write(line); err != nil {
			return nil, err
		}
	}
	for _, w := range months {
		err = errors.Join(err, w.Flush())
	}
	slices.Sort(list)
	return list, err
}
