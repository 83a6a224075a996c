package store

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"remit/store/postgrestest"
)

// full is a store with the whole shipped pack and a hundred thousand entries of
// the audit log.
func full(b *testing.B, o Options) *Store {
	b.Helper()
	s := openWhole(b, o)
	err := s.write(b.Context(), func(w *writing) error {
		for n := range 100_000 {
			if err := w.audit("ann", "test", fmt.Sprintf("subject %d", n%1000), detail{Reason: strings.Repeat("x", 100)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// BenchmarkStore measures what a server asks of the store, on both databases: go
// test -run '^$' -bench Store ./store.
func BenchmarkStore(b *testing.B) {
	for name, o := range map[string]func() Options{
		"sqlite":   func() Options { return Options{Dir: b.TempDir()} },
		"postgres": func() Options { return Options{Dir: b.TempDir(), Database: postgrestest.Database(b)} },
	} {
		b.Run(name, func(b *testing.B) {
			options := o()
			s := full(b, options)
			ctx := b.Context()
			measure := func(what string, do func() error) {
				b.Run(what, func(b *testing.B) {
					for b.Loop() {
						if err := do(); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
			measure("pack in memory", func() error { _, err := s.Pack(ctx, time.Time{}); return err })
			measure("pack from the database", func() error {
				s.memory = newMemory()
				_, err := s.Pack(ctx, time.Time{})
				return err
			})
			measure("open", func() error {
				again, err := Open(ctx, options)
				if err != nil {
					return err
				}
				return again.Close()
			})
			measure("fifty entries", func() error { _, err := s.Entries(ctx, "", 0, 50); return err })
			measure("history of a row", func() error { _, err := s.History(ctx, "icb", "QMJ"); return err })
			measure("record an entry", func() error { return s.Record(ctx, "ann", "test", "x", nil) })
			measure("verify", func() error { _, err := s.Verify(ctx, ""); return err })
			measure("backup", func() error { _, err := s.Backup(ctx, io.Discard); return err })
			measure("export", func() error { _, err := s.Export(ctx, io.Discard); return err })
			n := 0
			measure("propose, submit, approve", func() error {
				n++
				k, err := s.Known(ctx, time.Time{})
				if err != nil {
					return err
				}
				p, err := s.Propose(ctx, "ann", Proposal{Title: "T", Reason: "R", Source: "S", Edits: []Edit{rename(k.Find("icb", "QMJ")[0], fmt.Sprint(n))}})
				if err == nil {
					p, err = s.Submit(ctx, "ann", p.ID, p.Revision)
				}
				if err == nil {
					_, err = s.Approve(ctx, "bob", p.ID, p.Revision, "")
				}
				return err
			})
		})
	}
}
