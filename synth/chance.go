package synth

import (
	"math"
	"math/bits"
)

// chance is a stream of random numbers (SplitMix64): small, fast and the same
// on every machine.
type chance struct{ state uint64 }

const golden = 0x9E3779B97F4A7C15

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// blockChance is the stream of one block.
func blockChance(seed, block uint64) chance {
	return chance{mix(mix(seed+golden) + block*golden)}
}

func (c *chance) next() uint64 {
	c.state += golden
	return mix(c.state)
}

// below is a number from 0 up to and without n.
func (c *chance) below(n int) int {
	hi, _ := bits.Mul64(c.next(), uint64(n))
	return int(hi)
}

// percent tells whether something that happens n times in a hundred does.
func (c *chance) percent(n int) bool { return c.below(100) < n }

// of picks one of the values, each as likely.
func of[T any](c *chance, values []T) T { return values[c.below(len(values))] }

// hashed turns a code into a number that is the same in every run, for sizes
// and places that nothing published gives.
func hashed(code string) uint64 {
	h := uint64(golden)
	for i := range len(code) {
		h = mix(h ^ uint64(code[i])<<8 ^ uint64(i))
	}
	return h
}

// sizeOf is an invented size for a code: most are middling, a few large.
func sizeOf(code string, spread float64) float64 {
	return math.Exp(spread * normal(float64(hashed(code)>>11)/(1<<53)))
}

// normal is the quantile of the standard normal distribution.
func normal(p float64) float64 {
	return math.Sqrt2 * math.Erfinv(2*min(max(p, 1e-4), 1-1e-4)-1)
}

// weighted draws an index by weight in constant time (Vose's alias method).
type weighted struct {
	cut   []uint64
	other []int32
}

func newWeighted(weights []float64) weighted {
	n := len(weights)
	w := weighted{make([]uint64, n), make([]int32, n)}
	total := 0.0
	for _, x := range weights {
		total += x
	}
	share := make([]float64, n)
	var small, large []int32
	for i, x := range weights {
		share[i] = x * float64(n) / total
		if share[i] < 1 {
			small = append(small, int32(i))
		} else {
			large = append(large, int32(i))
		}
	}
	for len(small) > 0 && len(large) > 0 {
		s, l := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		w.cut[s], w.other[s] = uint64(share[s]*(1<<63))<<1, l
		if share[l] -= 1 - share[s]; share[l] < 1 {
			large = large[:len(large)-1]
			small = append(small, l)
		}
	}
	for _, rest := range [][]int32{small, large} {
		for _, i := range rest {
			w.cut[i], w.other[i] = math.MaxUint64, i
		}
	}
	return w
}

// at is the index for a random number.
func (w *weighted) at(random uint64) int {
	i, rest := bits.Mul64(random, uint64(len(w.cut)))
	if rest < w.cut[i] {
		return int(i)
	}
	return int(w.other[i])
}
