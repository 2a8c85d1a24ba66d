package bleve

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"

	"korzo/offer/catalog"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

// view is what readers see: a snapshot, and what is known of it.
type view struct {
	snapshot *scorch.IndexSnapshot
	parts    []part
	readers  atomic.Int64 // and one for being the view that is shown
}

// part is a segment, which never changes, and who was deleted from it.
type part struct {
	id      uint64
	segment segment.Segment
	deleted *roaring.Bitmap
	slots   []uint32 // by document number
	numbers *numbers
}

// numbers are the documents of a segment in the order of their slots, worked
// out when first asked for.
type numbers struct {
	once sync.Once
	all  []uint32
}

// holds reports whether a slot's document is in a part and was not deleted from it.
func (p part) holds(slot uint32) bool {
	p.numbers.once.Do(func() {
		p.numbers.all = make([]uint32, len(p.slots))
		for n := range p.slots {
			p.numbers.all[n] = uint32(n)
		}
		slices.SortFunc(p.numbers.all, func(a, b uint32) int { return cmp.Compare(p.slots[a], p.slots[b]) })
	})
	at, has := slices.BinarySearchFunc(p.numbers.all, slot, func(n, slot uint32) int { return cmp.Compare(p.slots[n], slot) })
	return has && (p.deleted == nil || !p.deleted.Contains(p.numbers.all[at]))
}

// emptyView is what readers see of no index.
func emptyView() *view {
	v := &view{snapshot: &scorch.IndexSnapshot{}}
	v.readers.Add(1)
	return v
}

// leave lets go of the view; the last one closes its snapshot.
func (v *view) leave() {
	if v.readers.Add(-1) == 0 && v.parts != nil {
		_ = v.snapshot.Close()
	}
}

// look makes a view of what is stored now. Segments that before has seen keep
// their numbers.
func (x *Index) look(before *view) (*view, error) {
	reader, err := x.store.Reader()
	if err != nil {
		return nil, err
	}
	v := &view{snapshot: reader.(*scorch.IndexSnapshot), parts: []part{}}
	v.readers.Add(1)
	for _, s := range v.snapshot.Segments() {
		p := part{id: s.Id(), segment: s.Segment(), deleted: s.Deleted()}
		if p.slots, p.numbers = before.slotsOf(p.id); p.slots == nil {
			p.numbers = new(numbers)
			if p.slots, err = x.number(p.segment); err != nil {
				v.leave()
				return nil, err
			}
		}
		v.parts = append(v.parts, p)
	}
	return v, nil
}

func (v *view) slotsOf(id uint64) ([]uint32, *numbers) {
	if v == nil {
		return nil, nil
	}
	i := slices.IndexFunc(v.parts, func(p part) bool { return p.id == id })
	if i < 0 {
		return nil, nil
	}
	return v.parts[i].slots, v.parts[i].numbers
}

// number returns the slots of a segment's documents.
func (x *Index) number(s segment.Segment) ([]uint32, error) {
	slots := make([]uint32, s.Count())
	for n := range slots {
		id, err := s.DocID(uint64(n))
		if err != nil {
			return nil, err
		}
		slots[n] = x.slots.Of(catalog.ProductID(id))
	}
	return slots, nil
}
