package widget_test

import (
	"testing"

	"korzo/purchase/flow/widget"
)

func TestHowManyPointsPayIsReadFromWhatIsTyped(t *testing.T) {
	for _, c := range []struct {
		typed, all string
		want       int64 // -2: nothing was said
	}{
		{"250", "no", 250}, {"1 000", "no", 1000}, {"", "no", 0}, {"0", "", 0}, {"250", "yes", -1}, {"", "yes", -1}, {"all", "", -1},
		{"", "", -2}, {"-1", "no", -2}, {"many", "no", -2}, {"2.5", "no", -2}, {"99999999999999999999", "no", -2},
	} {
		got := int64(-2)
		if n := widget.PointsOf(widget.Answers{"points": c.typed, "all_points": c.all}); n != nil {
			got = *n
		}
		if got != c.want {
			t.Errorf("%q and %q are %d, want %d", c.typed, c.all, got, c.want)
		}
	}
}
