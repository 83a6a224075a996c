package assign

import "sync"

// combinations finds what a combination of classes came to.
type combinations struct {
	finder
	list []combination
}

// combination is a decision that holds for every row with the same classes.
type combination struct {
	sum                              key
	outcome                          *outcome
	payer, submitted, category, line source
}

// source says where a text stands: beside the class of a slot's value, or, with
// slot -1, at a number that is the same for the whole combination.
type source struct{ slot, value int32 }

// mostCombinations bounds the memory: a file with more than this many is
// decided afresh from time to time.
const mostCombinations = 1 << 18

func newCombinations() *combinations { return &combinations{finder: newFinder()} }

// hash of a sum of random words is one of them.
func (k key) hash() uint64 { return k.a }

func (c *combinations) find(sum key) *combination {
	if n, ok := c.likely(sum.hash()); ok && c.list[n].sum == sum {
		return &c.list[n]
	}
	for at := c.home(sum.hash()); ; {
		n, ok := c.next(sum.hash(), &at)
		if !ok {
			return nil
		}
		if c.list[n].sum == sum {
			return &c.list[n]
		}
	}
}

func (c *combinations) add(sum key, n combination) *combination {
	if c.count >= mostCombinations {
		*c = *newCombinations()
	}
	if c.full() {
		c.grow(func(n int) uint64 { return c.list[n].sum.hash() })
	}
	n.sum = sum
	c.put(sum.hash(), len(c.list))
	c.list = append(c.list, n)
	return &c.list[len(c.list)-1]
}

// sharing is what the workers that decide by one method know of each other's
// work: the key of each class, and the combinations worked out so far.
type sharing struct {
	mu      sync.Mutex
	classes map[classOf]key
	known   map[key]combination
}

type classOf struct {
	slot  int
	class string
}

// pairSlot stands for comparisons between slots.
const pairSlot = -1

func newSharing() *sharing {
	return &sharing{classes: map[classOf]key{}, known: map[key]combination{}}
}

// class is the key of a class: a pair of words that no other has.
func (s *sharing) class(slot int, class string) key {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.classes[classOf{slot, class}]
	if !ok {
		n := uint64(2 * (len(s.classes) + 1))
		k = key{scatter(n), scatter(n + 1)}
		s.classes[classOf{slot, class}] = k
	}
	return k
}

func (s *sharing) find(sum key) (combination, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.known[sum]
	return c, ok
}

func (s *sharing) keep(sum key, c combination) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) < mostCombinations {
		s.known[sum] = c
	}
}
