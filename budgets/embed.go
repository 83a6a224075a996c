// Package budgets holds the budget data that ships with Remit: formulas, the crosswalk of boards of April
// 2026, weighted populations as published, and made-up samples to learn with.
package budgets

import (
	"embed"
	"io/fs"
)

//go:embed formulas crosswalk weighted_populations.csv samples
var files embed.FS

// Files are all of them.
var Files fs.FS = files

// Formulas are the shipped formulas.
func Formulas() fs.FS { return below("formulas") }

// Rounds are the sample rounds, a directory each.
func Rounds() fs.FS { return below("samples/rounds") }

// Pools are the sample pools, a directory each.
func Pools() fs.FS { return below("samples/pools") }

func below(dir string) fs.FS {
	sub, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // the path is in the program
	}
	return sub
}
