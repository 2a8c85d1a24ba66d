package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"korzo/platform/fault"
)

var (
	errShort  = fault.New(fault.Conflict, "inventory.short", "not enough stock: order fewer units")
	errTwin   = fault.New(fault.Conflict, "inventory.short", "not enough stock: order fewer units")
	errBroken = fault.New(fault.Internal, "db.broken", "page 7 is torn")
	errSlow   = fault.New(fault.Unavailable, "payment.silent", "the bank did not answer: try later")
)

func TestWhatADoorLearns(t *testing.T) {
	for _, tt := range []struct {
		name      string
		err       error
		kind      fault.Kind
		code      string
		text      string
		retryable bool
	}{
		{"a package variable tells all it has", errShort, fault.Conflict, "inventory.short", "not enough stock: order fewer units", false},
		{"wrapping adds nothing public", fmt.Errorf("reserve 3 of MUG: %w", errShort), fault.Conflict, "inventory.short", "not enough stock: order fewer units", false},
		{"With says more under the same name", fmt.Errorf("hold: %w", errShort.With("only 2 mugs are left")), fault.Conflict, "inventory.short", "only 2 mugs are left", false},
		{"the first fault of a joined error speaks", errors.Join(errors.New("first"), errSlow, errShort), fault.Unavailable, "payment.silent", "the bank did not answer: try later", true},
		{"an internal fault keeps its text to itself", errBroken, fault.Internal, "db.broken", "", false},
		{"an error that is no fault is internal", errors.New("disk on fire"), fault.Internal, "internal", "", false},
		{"no error is asked about by mistake only", nil, fault.Internal, "internal", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := fault.KindOf(tt.err); got != tt.kind {
				t.Errorf("kind %v, want %v", got, tt.kind)
			}
			if got := fault.CodeOf(tt.err); got != tt.code {
				t.Errorf("code %q, want %q", got, tt.code)
			}
			if got := fault.TextOf(tt.err); got != tt.text {
				t.Errorf("text %q, want %q", got, tt.text)
			}
			if got := fault.Retryable(tt.err); got != tt.retryable {
				t.Errorf("retryable %v, want %v", got, tt.retryable)
			}
		})
	}
}

func TestWithMatchesItsVariableAndNoOther(t *testing.T) {
	more := errShort.With("only 2 mugs are left")
	only2, _ := errors.AsType[*fault.Error](more)
	again := only2.With("only 1 mug is left")
	for _, err := range []error{more, again, fmt.Errorf("hold: %w", again), errors.Join(errSlow, again)} {
		if !errors.Is(err, errShort) {
			t.Errorf("%v is not errShort", err)
		}
		if errors.Is(err, errTwin) {
			t.Errorf("%v matches a variable of the same code that it was not made from", err)
		}
	}
	if !errors.Is(again, more) || errors.Is(more, again) {
		t.Error("a more exact fault must match the one it was made from, and not the other way round")
	}
	if errors.Is(errShort, more) {
		t.Error("the variable matches a fault made from it")
	}
	if errShort.Text != "not enough stock: order fewer units" {
		t.Errorf("With changed its variable's text to %q", errShort.Text)
	}
}

func TestEveryKindHasAName(t *testing.T) {
	seen := map[string]bool{}
	for k := fault.Internal; k <= fault.Limited; k++ {
		if seen[k.String()] || k.String() == "" {
			t.Errorf("kind %d is named %q", uint8(k), k)
		}
		seen[k.String()] = true
	}
	if got := fault.Kind(99).String(); got != "kind 99" {
		t.Errorf("an unknown kind is called %q", got)
	}
}
