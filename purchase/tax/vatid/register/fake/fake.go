// Package fake is a register of VAT ids for tests and for trying out: it knows
// every id but one, and can be away.
//
// It does what the suite asks of a register and nothing besides. Never true: a
// fake that answers where the Commission would be silent.
package fake

import (
	"context"
	"sync/atomic"

	"korzo/purchase/tax/vatid"
)

// Unknown is the id that the register does not know. Its check digits are right.
const Unknown = "DE123456788"

// Register answers at once.
type Register struct {
	down atomic.Bool
}

// New returns a register that is there.
func New() *Register { return new(Register) }

// SetDown has the register be away, or there again.
func (r *Register) SetDown(down bool) { r.down.Store(down) }

// Check knows every id but Unknown.
func (r *Register) Check(ctx context.Context, id string) (vatid.Reply, error) {
	if r.down.Load() || ctx.Err() != nil {
		return vatid.Reply{}, vatid.ErrUnavailable
	}
	return vatid.Reply{Valid: id != Unknown, Reference: "FAKE-" + id[:2]}, nil
}
