package giftcard_test

import (
	"errors"
	"strings"
	"testing"

	"korzo/purchase/giftcard"
)

func TestCodesAreReadAsPeopleTypeThem(t *testing.T) {
	for range 100 {
		code := giftcard.NewCode()
		want := strings.ReplaceAll(code, "-", "")
		for _, typed := range []string{
			code, want, strings.ToLower(code), " " + strings.ReplaceAll(code, "-", " ") + "\u00a0",
			strings.ReplaceAll(code, "0", "o"), strings.ReplaceAll(code, "1", "l"), strings.ReplaceAll(code, "1", "I"),
		} {
			if got, err := giftcard.Parse(typed); got != want || err != nil {
				t.Fatalf("%q is read as %q, %v; want %q", typed, got, err, want)
			}
		}
	}
	for _, foreign := range []string{"OLDSHOP-2019", "abcd 1234", strings.Repeat("X", 64)} {
		if _, err := giftcard.Parse(foreign); err != nil {
			t.Errorf("an imported code %q: %v", foreign, err)
		}
	}
	for _, wrong := range []string{"", "1234567", "ABCD-EFGH-ü123", "ABCD_EFGH_1234", strings.Repeat("X", 65), strings.Repeat("-", 200)} {
		if got, err := giftcard.Parse(wrong); !errors.Is(err, giftcard.ErrMistyped) {
			t.Errorf("%q is read as %q, %v", wrong, got, err)
		}
	}
}

// Every wrong character and every swap of two characters, wherever they stand,
// is noticed before anything is looked up.
func TestEveryTypoOfOneCharacterIsNoticed(t *testing.T) {
	for range 50 {
		code := strings.ReplaceAll(giftcard.NewCode(), "-", "")
		for i := range code {
			for _, wrong := range giftcard.Alphabet + "U" {
				if typed := code[:i] + string(wrong) + code[i+1:]; typed != code {
					if _, err := giftcard.Parse(typed); !errors.Is(err, giftcard.ErrMistyped) {
						t.Fatalf("%s typed for %s: %v", typed, code, err)
					}
				}
			}
			for j := i + 1; j < len(code); j++ {
				swapped := []byte(code)
				swapped[i], swapped[j] = swapped[j], swapped[i]
				if string(swapped) != code {
					if _, err := giftcard.Parse(string(swapped)); !errors.Is(err, giftcard.ErrMistyped) {
						t.Fatalf("%s typed for %s: %v", swapped, code, err)
					}
				}
			}
		}
	}
}

// 80 bits: sixteen characters, each of 32 kinds, each equally often, none twice.
func TestCodesAreRandom(t *testing.T) {
	const codes = 50_000
	seen := make(map[string]bool, codes)
	var counts [16][256]float64
	for range codes {
		code := strings.ReplaceAll(giftcard.NewCode(), "-", "")
		if len(code) != 17 || seen[code] {
			t.Fatalf("%s is too short or was drawn twice", code)
		}
		seen[code] = true
		for i := range counts {
			counts[i][code[i]]++
		}
	}
	expected := float64(codes) / 32
	for i := range counts {
		chi := 0.0
		for _, c := range giftcard.Alphabet {
			off := counts[i][c] - expected
			chi += off * off / expected
		}
		if chi > 90 { // 31 degrees of freedom: once in ten million
			t.Errorf("character %d is not evenly spread: χ² = %.0f", i, chi)
		}
	}
}
