package id_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/platform/id"

	"pgregory.net/rapid"
)

type orderID string

var noon = time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)

func TestShape(t *testing.T) {
	shape := regexp.MustCompile(`^ord_[0-7][0-9a-hjkmnp-tv-z]{25}$`)
	seen := map[orderID]bool{}
	for range 1000 {
		made := id.New[orderID]("ord", noon)
		if !shape.MatchString(string(made)) || !id.Valid("ord", made) {
			t.Fatalf("%q has not the shape of an id", made)
		}
		if seen[made] {
			t.Fatalf("%q was made twice", made)
		}
		seen[made] = true
	}
	if got := id.New[string]("ord", noon)[:14]; got != "ord_01q3h7yfg0" {
		t.Errorf("noon begins with %q", got)
	}
}

// An id made in a later millisecond sorts later, whatever was drawn.
func TestLaterSortsLater(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		millis := rapid.SliceOfNDistinct(rapid.Int64Range(0, 1<<48-1), 2, 20, rapid.ID).Draw(t, "milliseconds")
		slices.Sort(millis)
		last := ""
		for _, ms := range millis {
			made := id.New[string]("x", time.UnixMilli(ms))
			if made <= last {
				t.Fatalf("%q of %d does not sort after %q", made, ms, last)
			}
			last = made
		}
	})
}

// No id of a moment is below its floor, and every earlier one is.
func TestTheFloorOfAMoment(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ms := rapid.Int64Range(1, 1<<48-1).Draw(t, "millisecond")
		floor := id.Floor[string]("x", time.UnixMilli(ms))
		if made := id.New[string]("x", time.UnixMilli(ms)); made < floor || !id.Valid("x", floor) {
			t.Fatalf("%q is below its floor %q", made, floor)
		}
		if before := id.New[string]("x", time.UnixMilli(ms-1)); before >= floor {
			t.Fatalf("%q of the millisecond before is not below %q", before, floor)
		}
	})
}

func TestATimeBefore1970CountsAs1970(t *testing.T) {
	if made := id.New[string]("x", time.Time{}); !strings.HasPrefix(made, "x_0000000000") {
		t.Errorf("the zero time gives %q", made)
	}
}

func TestValidRefusesForeignShapes(t *testing.T) {
	good := id.New[string]("ord", noon)
	for name, bad := range map[string]string{
		"nothing":                         "",
		"the prefix alone":                "ord_",
		"another thing's id":              "cart" + good[3:],
		"a prefix that only starts alike": "orders" + good[3:],
		"one character short":             good[:len(good)-1],
		"one character long":              good + "0",
		"a letter outside the alphabet":   good[:len(good)-1] + "u",
		"capitals":                        strings.ToUpper(good),
		"a quote":                         good[:len(good)-1] + "'",
		"more than 128 bits":              "ord_8" + good[5:],
		"no underscore":                   "ord0" + good[4:],
		"not ASCII":                       good[:len(good)-2] + "é",
	} {
		if id.Valid("ord", bad) {
			t.Errorf("%s: %q is taken for an order's id", name, bad)
		}
	}
}

func TestSecret(t *testing.T) {
	shape := regexp.MustCompile(`^sk_[0-9a-hjkmnp-tv-z]{52}$`)
	used := map[rune]bool{}
	for range 200 {
		secret := id.Secret("sk_")
		if !shape.MatchString(secret) {
			t.Fatalf("%q has not the shape of a secret", secret)
		}
		for _, r := range secret[3:] {
			used[r] = true
		}
	}
	if len(used) != 32 {
		t.Errorf("200 secrets use %d of 32 characters", len(used))
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		id.New[orderID]("ord", noon)
	}
}
