package card

import (
	"fmt"
	"time"
)

// Expiry is the last month in which a card is good. The zero Expiry tells
// nothing: such a card is taken to be good.
type Expiry struct {
	Year  int // 2027
	Month int // 1..12
}

// ExpiryOf is the expiry of a number such as 202704; the zero Expiry for what is
// no month.
func ExpiryOf(number int64) Expiry {
	e := Expiry{int(number / 100), int(number % 100)}
	if e.Month < 1 || e.Month > 12 || e.Year < 2000 || e.Year > 2999 {
		return Expiry{}
	}
	return e
}

// Number is the expiry as one number that sorts, 202704; 0 for the zero Expiry.
func (e Expiry) Number() int64 { return int64(e.Year)*100 + int64(e.Month) }

// Ends is when the card is over: as the month after its last begins wherever the
// sun rises last. The zero Expiry ends at the zero time.
func (e Expiry) Ends() time.Time {
	if e == (Expiry{}) {
		return time.Time{}
	}
	return time.Date(e.Year, time.Month(e.Month)+1, 1, 12, 0, 0, 0, time.UTC)
}

// Over reports whether a card can pay no more at a time.
func (e Expiry) Over(at time.Time) bool { return e != (Expiry{}) && !at.Before(e.Ends()) }

// String is the expiry as it stands on the card, "04/27"; "" for the zero Expiry.
func (e Expiry) String() string {
	if e == (Expiry{}) {
		return ""
	}
	return fmt.Sprintf("%02d/%02d", e.Month, e.Year%100)
}

// ISO is the month as programs write it, "2027-04"; "" for the zero Expiry.
func (e Expiry) ISO() string {
	if e == (Expiry{}) {
		return ""
	}
	return fmt.Sprintf("%04d-%02d", e.Year, e.Month)
}
