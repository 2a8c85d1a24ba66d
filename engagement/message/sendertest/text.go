package sendertest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"korzo/engagement/message"
)

// TextRig is what sends texts and the place they arrive at.
type TextRig struct {
	Texter  message.Texter
	Arrived func() []Received
}

func textOf(n int) message.Text {
	return message.Text{MessageID: fmt.Sprintf("msg_%d@shop.example", n), Contact: "cnt_1", To: fmt.Sprintf("+49301234%03d", n), Locale: "hu",
		Body: "Korzo: a rendelés átvehető. Kód: 482 913. Árvíztűrő – 注文 €"}
}

// ExerciseText checks a texter that open makes anew for each part.
func ExerciseText(t *testing.T, open func(t *testing.T) TextRig) {
	t.Run("a text arrives whole", func(t *testing.T) {
		r, want := open(t), textOf(1)
		id, err := r.Texter.SendText(t.Context(), want)
		got := r.Arrived()
		if err != nil || id == "" || len(got) != 1 || got[0].To != want.To || got[0].Text != want.Body || got[0].MessageID != want.MessageID {
			t.Errorf("id %q, %v: %+v", id, err, got)
		}
	})
	t.Run("a text sent twice is known by its id", func(t *testing.T) {
		r := open(t)
		for range 2 {
			if _, err := r.Texter.SendText(t.Context(), textOf(1)); err != nil {
				t.Fatal(err)
			}
		}
		ids := map[string]bool{}
		for _, m := range r.Arrived() {
			ids[m.MessageID] = true
		}
		if len(ids) != 1 {
			t.Errorf("two tries are two texts: %v", ids)
		}
	})
	t.Run("a number that is none is refused for good", func(t *testing.T) {
		r := open(t)
		for _, to := range []string{"", "030123456", "+49", "+4930 123456", "+49301234567890123", "+49a0123456", "+4930123456\n"} {
			m := textOf(1)
			m.To = to
			if _, err := r.Texter.SendText(t.Context(), m); !errors.Is(err, message.ErrRefused) {
				t.Errorf("%q: %v", to, err)
			}
		}
		if got := r.Arrived(); len(got) != 0 {
			t.Errorf("%d texts arrived", len(got))
		}
	})
	t.Run("a caller who has left sends nothing", func(t *testing.T) {
		r := open(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := r.Texter.SendText(ctx, textOf(1)); err == nil || errors.Is(err, message.ErrRefused) || len(r.Arrived()) != 0 {
			t.Errorf("%v, %d arrived", err, len(r.Arrived()))
		}
	})
	t.Run("many send at once", func(t *testing.T) {
		r := open(t)
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				if _, err := r.Texter.SendText(t.Context(), textOf(i)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if got := r.Arrived(); len(got) != 8 {
			t.Errorf("%d arrived", len(got))
		}
	})
}
