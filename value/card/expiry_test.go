package card_test

import (
	"testing"
	"time"

	"korzo/value/card"
)

func TestACardIsGoodToTheEndOfItsMonth(t *testing.T) {
	e := card.ExpiryOf(202712)
	for at, over := range map[time.Time]bool{
		time.Date(2027, 12, 31, 23, 59, 0, 0, time.UTC): false,
		time.Date(2028, 1, 1, 11, 59, 0, 0, time.UTC):   false, // it is still December somewhere
		time.Date(2028, 1, 1, 12, 0, 0, 0, time.UTC):    true,
	} {
		if e.Over(at) != over {
			t.Errorf("%v: %v", at, e.Over(at))
		}
	}
	if e.String() != "12/27" || e.ISO() != "2027-12" || e.Number() != 202712 {
		t.Errorf("%s %s %d", e, e.ISO(), e.Number())
	}
}

func TestAnExpiryThatIsNotKnownIsNeverOver(t *testing.T) {
	for _, n := range []int64{0, 12, 202700, 202713, 999999, -1} {
		if e := card.ExpiryOf(n); e != (card.Expiry{}) || e.Over(time.Now().AddDate(100, 0, 0)) || e.String() != "" || e.ISO() != "" || e.Number() != 0 {
			t.Errorf("%d is %+v", n, e)
		}
	}
}
