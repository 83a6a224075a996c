package budget_test

import (
	"testing"

	"remit/budget"
	"remit/budgets"
)

// A round of England's boards and three years: loaded, and worked out by each policy.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := budget.LoadRound(budgets.Rounds(), "demonstration", budgets.Formulas()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPath(b *testing.B) {
	r := round(b, "demonstration")
	for _, p := range r.Policies {
		b.Run(p.Name, func(b *testing.B) {
			for b.Loop() {
				if _, err := r.Path(p.Name); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
