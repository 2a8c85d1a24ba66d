// Package registertest is what every register of VAT ids must do, the fake one
// too: say yes and no of ids that were given and were not, and be silent in one
// way only.
//
// Its one idea is that silence is a third answer. Never true of a register that
// passes: an office that is away read as a no, or as a yes.
package registertest

import (
	"context"
	"errors"
	"testing"

	"korzo/purchase/tax/vatid"
)

// Fixture is a register with what the suite may expect of it.
type Fixture struct {
	Register vatid.Register
	Valid    string // an id that it knows
	Unknown  string // one that it does not
	Down     func() // has it be away from now on
}

// Exercise runs the suite. It ends with the register away.
func Exercise(t *testing.T, f Fixture) {
	t.Run("an id that was given is valid", func(t *testing.T) {
		for range 2 { // asking is harmless
			if r, err := f.Register.Check(t.Context(), f.Valid); err != nil || !r.Valid {
				t.Errorf("%+v %v", r, err)
			}
		}
	})
	t.Run("an id that nobody was given is not", func(t *testing.T) {
		if r, err := f.Register.Check(t.Context(), f.Unknown); err != nil || r.Valid {
			t.Errorf("%+v %v", r, err)
		}
	})
	t.Run("a question that is given up is no answer", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if r, err := f.Register.Check(ctx, f.Valid); !errors.Is(err, vatid.ErrUnavailable) || r.Valid {
			t.Errorf("%+v %v", r, err)
		}
	})
	t.Run("silence is neither yes nor no", func(t *testing.T) {
		f.Down()
		for _, id := range []string{f.Valid, f.Unknown} {
			if r, err := f.Register.Check(t.Context(), id); !errors.Is(err, vatid.ErrUnavailable) || r.Valid {
				t.Errorf("%s: %+v %v", id, r, err)
			}
		}
	})
}
