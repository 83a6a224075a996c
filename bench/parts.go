//go:build unix

package main

import (
	"fmt"
	"os/exec"
	"strings"
)

// parts are the benchmarks of single parts, by package.
var parts = []struct{ name, title, pkg, benchmark string }{
	{"BenchmarkLoadShipped", "load the shipped reference pack", "./register", "^BenchmarkLoadShipped$"},
	{"BenchmarkFind", "a practice on a date", "./register", "^BenchmarkFind$"},
	{"BenchmarkFind", "a postcode in a directory", "./register/postcode", "^BenchmarkFind$"},
	{"BenchmarkFindPostcode", "a postcode as a method asks", "./register/published", "^BenchmarkFindPostcode$"},
}

// parts runs the benchmarks of single parts.
func (b *bench) parts() error {
	b.print("\nPARTS\n")
	for _, p := range parts {
		out, err := exec.Command("go", "test", "-run", "^$", "-bench", p.benchmark, "-benchtime", "0.3s", "-count", "5", p.pkg).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", p.pkg, err, out)
		}
		var each []float64
		for _, line := range strings.Split(string(out), "\n") {
			f := strings.Fields(line)
			if len(f) < 4 || !strings.HasPrefix(f[0], p.name) || f[3] != "ns/op" {
				continue
			}
			var ns float64
			if _, err := fmt.Sscan(f[2], &ns); err != nil {
				return fmt.Errorf("%s: %q: %w", p.pkg, line, err)
			}
			each = append(each, ns)
		}
		if len(each) == 0 {
			return fmt.Errorf("%s has no result for %s:\n%s", p.pkg, p.name, out)
		}
		b.print("  %-38s %12s ns\n", p.title, thousands(int64(median(each, func(x float64) float64 { return x }))))
	}
	return nil
}
