package assign

import "sync"

// combinations finds what a combination of classes came to.
type combinations struct {
	slots []combination
	count int
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

func newCombinations() *combinations { return &combinations{slots: make([]combination, 1<<12)} }

func (c *combinations) find(sum key) *combination {
	mask := uint64(len(c.slots) - 1)
	for i := sum.a & mask; ; i = (i + 1) & mask {
		s := &c.slots[i]
		if s.outcome == nil {
			return nil
		}
		if s.sum == sum {
			return s
		}
	}
}

func (c *combinations) add(sum key, n combination) *combination {
	if c.count >= mostCombinations {
		*c = *newCombinations()
	}
	if c.count > len(c.slots)/2 {
		old := c.slots
		c.slots, c.count = make([]combination, 2*len(old)), 0
		for i := range old {
			if old[i].outcome != nil {
				c.put(old[i])
			}
		}
	}
	n.sum = sum
	return c.put(n)
}

func (c *combinations) put(n combination) *combination {
	mask := uint64(len(c.slots) - 1)
	i := n.sum.a & mask
	for c.slots[i].outcome != nil {
		i = (i + 1) & mask
	}
	c.slots[i] = n
	c.count++
	return &c.slots[i]
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
