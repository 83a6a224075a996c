//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"remit/holding"
	"remit/register"
	"remit/store"
)

// fill makes a register of the shipped pack, the made-up instruments and a long
// audit log. Half the instruments are agreements in force without lines; half are
// delegations that have ended, whose lines do not count but must be read through
// for every question.
func (b *bench) fill(ctx context.Context, dir string) (err error) {
	st, err := store.Open(ctx, store.Options{Dir: dir, Program: "bench", Check: checked})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	began := time.Now()
	known, err := st.Known(ctx, time.Time{})
	if err != nil {
		return err
	}
	p := store.Proposal{Title: "Made-up instruments", Reason: "to measure", Source: "made up", Edits: b.edits(known)}
	if p, err = st.Propose(ctx, "ann", p); err != nil {
		return err
	}
	if p, err = st.Submit(ctx, "ann", p.ID, p.Revision); err != nil {
		return err
	}
	if _, err := st.Approve(ctx, "bob", p.ID, p.Revision, ""); err != nil {
		return err
	}
	for n := range b.entries {
		if err := st.Record(ctx, "ann", "measure", fmt.Sprintf("subject %d", n%1000), map[string]any{"reason": strings.Repeat("x", 100)}); err != nil {
			return err
		}
	}
	b.print("register: the shipped pack, %d made-up instruments and %d entries of the audit log more; made in %s\n", b.instruments, b.entries, time.Since(began).Round(time.Second))
	return nil
}

func checked(pack *register.Pack) error {
	_, err := holding.New(pack)
	return err
}

func (b *bench) edits(known *store.Known) []store.Edit {
	var boards []string
	for _, f := range known.Facts("icb") {
		if code := f.Values["code"]; f.Values["valid_to"] == "" && !slices.Contains(boards, code) {
			boards = append(boards, code)
		}
	}
	edits := []store.Edit{{Table: "source", After: store.Values{"id": "bench", "citation": "made up to measure", "licence": "none"}}}
	for n := range b.instruments {
		code, board := fmt.Sprintf("BENCH-%d", n), boards[n%len(boards)]
		add := func(table string, v store.Values) {
			v["instrument"], v["confidence"], v["source"] = code, "low", "bench"
			edits = append(edits, store.Edit{Table: table, After: v})
		}
		v := store.Values{"code": code, "title": fmt.Sprintf("Made-up agreement %d", n), "kind": "support", "state": "in_force", "legal_basis": "LB-65Z5",
			"effective_from": "2026-04-01", "valid_from": "2026-04-01"}
		if n%2 == 1 {
			v["kind"], v["state"] = "delegation_specialised", "expired"
			add("instrument_line", store.Values{"line": "1", "function": "SPEC", "services": "SET-59", "delegator": "NHSE", "delegate": board,
				"population": "responsible", "mode": "by", "basis": "delegation_65Z5", "valid_from": "2026-04-01"})
		}
		for _, who := range []string{"NHSE", board} {
			add("instrument_party", store.Values{"party": who, "role": "other", "signed": "inferred", "valid_from": v["valid_from"]})
		}
		add("instrument", v)
		delete(v, "instrument")
	}
	return edits
}

// who measures the question inside the process.
func (b *bench) who(ctx context.Context, dir string) (err error) {
	st, err := store.Open(ctx, store.Options{Dir: dir, MustExist: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	pack, err := st.Pack(ctx, time.Time{})
	if err != nil {
		return err
	}
	book, err := holding.New(pack)
	if err != nil {
		return err
	}
	on, err := register.ParseDay("2026-11-22")
	if err != nil {
		return err
	}
	services := pack.Table("service").Keys()
	b.print("\nwho, inside the process, each of %d services\n", len(services))
	for _, people := range []string{"", "Y56", "QMM", "H85001"} {
		var took []time.Duration
		for _, code := range services {
			began := time.Now()
			if _, err := book.Who(holding.Question{Service: code, For: people, On: on}); err != nil {
				return err
			}
			took = append(took, time.Since(began))
		}
		name := people
		if name == "" {
			name = "England"
		}
		b.print("  for %-8s p50 %s, p95 %s, p99 %s ms\n", name, ms(at(took, 50)), ms(at(took, 95)), ms(at(took, 99)))
	}
	return nil
}
