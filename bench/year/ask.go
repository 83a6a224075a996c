//go:build unix

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"remit/activity"
	"remit/intake"
	"remit/method"
	"remit/methods"
	"remit/register"
	"remit/warehouse"
)

// answers are what asking took, in seconds.
type answers struct {
	Rows, Bytes, Cells  int64
	Open                float64
	Cuts, Stories       int
	Slow, Median, Story float64 // of the cuts the 95th percentile and the median, of the stories the 95th percentile
	WhatIf, WhatIfWork  float64
	Again               int64
	Moved               string
	Same                float64 // the cut that DuckDB is asked too
}

// ask asks a ledger what pages ask, and writes what it took.
func ask(data, files string, out io.Writer) error {
	ctx := context.Background()
	var a answers
	started := time.Now()
	ledger, err := intake.Open(data)
	if err != nil {
		return err
	}
	defer ledger.Close()
	view, err := ledger.View(ctx)
	if err != nil {
		return err
	}
	total, err := view.Totals(ctx, nil, intake.Is(intake.RowState, "accepted", "warned", "rejected"))
	if err != nil {
		return err
	}
	a.Open, a.Rows = since(started), total[0].Rows
	for _, s := range ledger.All() {
		a.Bytes += s.Bytes
		if s.State != intake.Accepted {
			return fmt.Errorf("%s was refused: remit submissions findings %s", s.Name, s.ID)
		}
	}
	if a.Cells, err = cells(ctx, data); err != nil {
		return err
	}
	if err := a.cuts(ctx, view); err != nil {
		return err
	}
	if err := a.stories(ctx, ledger, view); err != nil {
		return err
	}
	if err := a.whatIf(ctx, view); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(a)
}

func since(t time.Time) float64 { return time.Since(t).Seconds() }

// cuts asks for totals by every pair of dimensions, of all and of one provider.
func (a *answers) cuts(ctx context.Context, view *intake.View) error {
	wheres := [][]intake.Where{{intake.On(intake.Hospital)}, {intake.On(intake.Patient)}, {intake.On(intake.Patient), intake.Is(intake.Provider, "RJ7")}}
	var took []float64
	for i, one := range intake.Dimensions {
		for _, other := range intake.Dimensions[i+1:] {
			started := time.Now()
			if _, err := view.Totals(ctx, []intake.Dimension{one, other}, wheres[len(took)%len(wheres)]...); err != nil {
				return err
			}
			took = append(took, since(started))
		}
	}
	started := time.Now()
	if _, err := sameCut(ctx, view); err != nil {
		return err
	}
	a.Same = since(started)
	a.Cuts, a.Slow, a.Median = len(took), percentile(took, 95), percentile(took, 50)
	return nil
}

// stories asks for every version of rows here and there.
func (a *answers) stories(ctx context.Context, ledger *intake.Ledger, view *intake.View) error {
	var took []float64
	list := ledger.All()
	for i := range 20 {
		s := list[i*len(list)/20]
		if s.Assigned == nil || s.Result.Rows == 0 {
			continue
		}
		record, err := view.Row(ctx, s, 1+int64(i)*s.Result.Rows/20)
		if err != nil {
			return err
		}
		started := time.Now()
		versions, err := view.Story(ctx, record.Values["row_key"])
		if err != nil {
			return err
		}
		if len(versions) == 0 {
			return fmt.Errorf("row %d of %s has no story", record.Row, s.ID)
		}
		took = append(took, since(started))
	}
	a.Stories, a.Story = len(took), percentile(took, 95)
	return nil
}

func (a *answers) whatIf(ctx context.Context, view *intake.View) error {
	pack, err := register.LoadShipped()
	if err != nil {
		return err
	}
	defer pack.Close()
	library := method.Library{Pack: pack, Open: func(name string) ([]byte, string, error) {
		text, err := methods.Files.ReadFile(name + ".yaml")
		return text, name + ".yaml", err
	}}
	tool, err := library.Load("cam-tool-5.3")
	if err != nil {
		return err
	}
	started, worked := time.Now(), work()
	d, err := view.WhatIf(ctx, intake.Other{Method: tool, Pack: pack}, "bench")
	if err != nil {
		return err
	}
	a.WhatIf, a.WhatIfWork, a.Again, a.Moved = since(started), (work() - worked).Seconds(), d.Rows, d.MovedSum.Pounds()
	return nil
}

// work is the processor time that this process has used.
func work() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peak is the most memory that this process has held, in bytes.
func peak() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Maxrss) * peakUnit
}

func percentile(list []float64, p int) float64 {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[min(len(list)-1, len(list)*p/100)]
}

// sameCut is the money of outpatient care as it was billed, by provider and commissioner.
func sameCut(ctx context.Context, view *intake.View) ([]string, error) {
	totals, err := view.Totals(ctx, []intake.Dimension{intake.Provider, intake.SubmittedCommissioner}, intake.Is(intake.Feed, string(activity.OP)), intake.Is(intake.RowState, "accepted", "warned", "rejected"))
	if err != nil {
		return nil, err
	}
	var list []string
	for _, t := range totals {
		list = append(list, fmt.Sprint(t.Keys[0], " ", t.Keys[1], " ", t.Rows, " ", t.Money))
	}
	slices.Sort(list)
	return list, nil
}

// bySQL asks DuckDB for the same cut over the files as they came, and holds the sums
// against those of the view.
func bySQL(data, files string, out io.Writer) error {
	ctx := context.Background()
	started := time.Now()
	db, err := warehouse.Open(2, "")
	if err != nil {
		return err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, `SELECT upper(trim(coalesce("ORGANISATION IDENTIFIER (CODE OF PROVIDER)", ''))), upper(trim(coalesce("ORGANISATION IDENTIFIER (CODE OF COMMISSIONER)", ''))),
		count(*), coalesce(sum(try_cast("TOTAL COST" AS DECIMAL(26, 8))), 0)::VARCHAR
		FROM read_csv('`+strings.ReplaceAll(filepath.Join(files, "op-*.csv"), "'", "''")+`', all_varchar = true) GROUP BY 1, 2`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var provider, commissioner, money string
		var n int64
		if err := rows.Scan(&provider, &commissioner, &n, &money); err != nil {
			return err
		}
		sum, _, err := activity.ParseAmount([]byte(money))
		if err != nil {
			return err
		}
		list = append(list, fmt.Sprint(provider, " ", commissioner, " ", n, " ", sum))
	}
	if err := rows.Err(); err != nil {
		return err
	}
	took := sqlAnswer{Seconds: since(started), Work: work().Seconds(), Peak: peak()}
	slices.Sort(list)
	ledger, err := intake.Open(data)
	if err != nil {
		return err
	}
	defer ledger.Close()
	view, err := ledger.View(ctx)
	if err != nil {
		return err
	}
	ours, err := sameCut(ctx, view)
	if err != nil {
		return err
	}
	if !slices.Equal(list, ours) {
		return fmt.Errorf("%d sums by DuckDB, %d by Remit; first %v and %v", len(list), len(ours), list[:min(3, len(list))], ours[:min(3, len(ours))])
	}
	return json.NewEncoder(out).Encode(took)
}

// sqlAnswer is what DuckDB took.
type sqlAnswer struct{ Seconds, Work, Peak float64 }

// cells is how many combinations the totals of all files have.
func cells(ctx context.Context, data string) (n int64, err error) {
	db, err := warehouse.Open(1, "")
	if err != nil {
		return 0, err
	}
	defer db.Close()
	cubes, err := filepath.Glob(filepath.Join(data, "submissions", "*", "cube.parquet"))
	if err != nil || len(cubes) == 0 {
		return 0, err
	}
	err = db.QueryRowContext(ctx, "SELECT count(*) FROM read_parquet(['"+strings.Join(cubes, "', '")+"'], hive_partitioning = false)").Scan(&n)
	return n, err
}
