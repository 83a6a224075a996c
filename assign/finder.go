package assign

// finder is an open table that finds things by their hash. It holds their
// numbers, each with a few bits of the hash that tell nearly all others apart,
// and not the things: so it is small, and what is met often, which has low
// numbers, lies close together where the things themselves are kept.
type finder struct {
	slots []uint32 // a tag and one more than the number; 0: free
	count int
}

const (
	tagMask    = 0xff << 24
	numberMask = 1<<24 - 1
)

func newFinder() finder { return finder{slots: make([]uint32, 1<<8)} }

func (f *finder) home(hash uint64) int { return int(hash>>32) & (len(f.slots) - 1) }

func tag(hash uint64) uint32 { return uint32(hash) & tagMask }

// likely is the number that stands at the home of a hash, if its tag fits. Most
// searches end here; the others go through next.
func (f *finder) likely(hash uint64) (number int, ok bool) {
	s := f.slots[f.home(hash)]
	return int(s&numberMask) - 1, s != 0 && s&tagMask == tag(hash)
}

// next gives the next number whose tag fits, from slot *at on; *at becomes the
// slot behind it, or the free slot where the search ended.
func (f *finder) next(hash uint64, at *int) (number int, ok bool) {
	mask := len(f.slots) - 1
	for ; ; *at = (*at + 1) & mask {
		s := f.slots[*at]
		if s == 0 {
			return 0, false
		}
		if s&tagMask == tag(hash) {
			*at = (*at + 1) & mask
			return int(s&numberMask) - 1, true
		}
	}
}

// full says that the table must grow before another number is put in.
func (f *finder) full() bool { return f.count >= len(f.slots)/2 }

// grow doubles the table; hash gives the hash of a number.
func (f *finder) grow(hash func(number int) uint64) {
	f.slots = make([]uint32, 2*len(f.slots))
	n := f.count
	f.count = 0
	for i := range n {
		f.put(hash(i), i)
	}
}

// put enters a number, at the first free slot from the home of its hash on.
func (f *finder) put(hash uint64, number int) {
	mask := len(f.slots) - 1
	at := f.home(hash)
	for f.slots[at] != 0 {
		at = (at + 1) & mask
	}
	f.slots[at] = tag(hash) | uint32(number+1)
	f.count++
}
