package flow

// set is a set of flows: bit i stands for the i-th that is asked.
type set []uint64

func newSet(size int) set { return make(set, (size+63)/64) }

func (s set) add(i int) { s[i/64] |= 1 << (i % 64) }

// factIndex tells which flows one fact leaves possible.
type factIndex struct {
	fact string
	by   map[any]set // value → flows whose trigger demands it, or demands nothing of the fact
	free set         // flows that demand nothing of the fact
}

// buildIndex notes the first equality on each fact of each trigger. A second
// on the same fact is left to the rule: the index may let too many through,
// never too few.
func (b *book) buildIndex() {
	b.all = newSet(len(b.flows))
	places := map[string]int{}
	for i, f := range b.flows {
		b.all.add(i)
		if f.trigger == nil {
			continue
		}
		for _, eq := range f.trigger.Equalities() {
			if _, ok := places[eq.Fact]; !ok && indexable(eq.Values) {
				places[eq.Fact] = len(b.index)
				b.index = append(b.index, factIndex{fact: eq.Fact, by: map[any]set{}, free: newSet(len(b.flows))})
			}
		}
	}
	for i, f := range b.flows {
		demands := map[string][]any{}
		if f.trigger != nil {
			for _, eq := range f.trigger.Equalities() {
				if _, twice := demands[eq.Fact]; !twice && indexable(eq.Values) {
					demands[eq.Fact] = eq.Values
				}
			}
		}
		for _, x := range b.index {
			x.note(i, demands[x.fact], len(b.flows))
		}
	}
	for _, x := range b.index {
		for _, demanding := range x.by {
			for w := range demanding {
				demanding[w] |= x.free[w]
			}
		}
	}
}

// note writes down that flow i demands one of values, or, when there is none, nothing.
func (x factIndex) note(i int, values []any, size int) {
	if values == nil {
		x.free.add(i)
		return
	}
	for _, v := range values {
		if x.by[v] == nil {
			x.by[v] = newSet(size)
		}
		x.by[v].add(i)
	}
}

// indexable leaves out fractions, because a rule may compare 5 with 5.0 and a map does not.
func indexable(values []any) bool {
	for _, v := range values {
		switch v.(type) {
		case string, int64, bool:
		default:
			return false
		}
	}
	return len(values) > 0
}

// candidates returns the flows whose equalities all hold.
func (b *book) candidates(seen map[string]any) set {
	left := append(set(nil), b.all...)
	for _, x := range b.index {
		possible, ok := x.by[seen[x.fact]]
		if !ok {
			possible = x.free
		}
		for w := range left {
			left[w] &= possible[w]
		}
	}
	return left
}
