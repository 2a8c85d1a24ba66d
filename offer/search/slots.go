package search

import (
	"sync"

	"korzo/offer/catalog"
)

// Slots gives every product a small number, for as long as the process lives,
// so that columns and an index can speak of it in four bytes. The zero Slots
// is empty. It is safe for concurrent use.
type Slots struct {
	mu  sync.RWMutex
	of  map[catalog.ProductID]uint32
	ids []catalog.ProductID
}

// Of returns the number of a product, a new one when it has none.
func (s *Slots) Of(id catalog.ProductID) uint32 {
	s.mu.RLock()
	n, ok := s.of[id]
	s.mu.RUnlock()
	if ok {
		return n
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n, ok = s.of[id]; ok {
		return n
	}
	if s.of == nil {
		s.of = map[catalog.ProductID]uint32{}
	}
	n = uint32(len(s.ids))
	s.of[id] = n
	s.ids = append(s.ids, id)
	return n
}

// find returns the number of a product that has one.
func (s *Slots) find(id catalog.ProductID) (uint32, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	n, ok := s.of[id]
	return n, ok
}

// ID returns the product that has a number.
func (s *Slots) ID(n uint32) catalog.ProductID {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.ids[n]
}

// Len is one more than the highest number.
func (s *Slots) Len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.ids)
}

// all returns the products by number. What it returns is shared: do not change it.
func (s *Slots) all() []catalog.ProductID {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.ids
}
