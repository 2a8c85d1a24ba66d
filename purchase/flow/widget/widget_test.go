package widget_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/offer/catalog"
	"korzo/platform/fault"
	"korzo/purchase/flow/widget"
	"korzo/value/calendar"
	"korzo/value/money"

	"pgregory.net/rapid"
)

var scene = widget.Scene{Market: "DE", Channel: "web", Locale: "de", Country: "DE", PostalCode: "10119", Currency: "EUR", Goods: money.Of(40_00, "EUR"),
	Due: money.Of(44_90, "EUR"), Credit: money.Of(5_00, "EUR"), Methods: []string{"card", "paypal", "apple_pay"}, Variants: []string{"var_mug"}, Option: "de_post",
	Options: []widget.Option{{ID: "de_post", Name: "Post", From: calendar.On(2030, 4, 30), To: calendar.On(2030, 4, 30)}}}

func made(t *testing.T, kind, settings string) widget.Widget {
	t.Helper()
	w, err := widget.New(kind, json.RawMessage(settings))
	if err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	return w
}

func TestEveryWidgetKeepsTheSeamsPromises(t *testing.T) {
	names := map[string]bool{}
	for _, k := range widget.Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			if names[k.Name] || k.Title == "" || k.Doc == "" || len(k.Places) == 0 {
				t.Errorf("%+v: a name of its own, a title, a sentence and a place are needed", k)
			}
			names[k.Name] = true
			for _, p := range k.Places {
				if !slices.Contains(widget.Places, p) {
					t.Errorf("there is no place %q", p)
				}
			}
			w := made(t, k.Name, string(k.Example))
			if _, err := widget.New(k.Name, json.RawMessage(`{"nonsense": 1}`)); !errors.Is(err, widget.ErrSettings) || !strings.Contains(fault.TextOf(err), "nonsense") {
				t.Errorf("an unknown setting: %v", err)
			}
			if _, err := widget.New(k.Name, json.RawMessage(`[]`)); !errors.Is(err, widget.ErrSettings) {
				t.Errorf("a list for settings: %v", err)
			}
			if charges := w.Charges(nil, scene); len(charges) != 0 {
				t.Errorf("nothing was said and it costs %v", charges)
			}
			kept, do, err := w.Hear(widget.Answers{}, scene)
			if err != nil || len(kept) != 0 || !do.IsZero() {
				t.Errorf("silence is kept as %v, does %+v, errs %v", kept, do, err)
			}
			var schema map[string]any
			if err := json.Unmarshal(k.Schema, &schema); err != nil {
				t.Errorf("its schema: %v", err)
			}
			if k.Reads {
				return
			}
			data, err := w.Look(context.Background(), nil, nil, scene)
			if _, wrong := json.Marshal(data); err != nil || wrong != nil {
				t.Errorf("look: %v %v", err, wrong)
			}
		})
	}
}

// Whatever is said, a widget neither panics nor charges what its settings do not
// offer, and what it keeps it would hear again in the same way.
func TestWhateverIsSaidAWidgetStaysWithinItsSettings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom(widget.Kinds()).Draw(t, "kind")
		w, err := widget.New(k.Name, k.Example)
		if err != nil {
			t.Fatal(err)
		}
		said := widget.Answers{}
		for _, a := range k.Answers {
			said[a.Name] = rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"yes", "no", "", "0", "100", "200", "2,50", "-5", "99999999999999", "2030-05-02", "paypal", "own"})).Draw(t, a.Name)
		}
		kept, _, err := w.Hear(said, scene)
		if err != nil {
			if !errors.Is(err, widget.ErrAnswer) || fault.TextOf(err) == "" {
				t.Fatalf("%v is refused with %v", said, err)
			}
			return
		}
		for _, c := range w.Charges(kept, scene) {
			if c.Price.Minor < 0 || c.Price.Minor > 500*100 || c.Price.Currency != "EUR" || c.Title == "" || c.Kind != catalog.KindFee && c.Kind != catalog.KindDonation {
				t.Fatalf("%v costs %+v", said, c)
			}
		}
		again, _, err := w.Hear(kept, scene)
		if err != nil || !maps.Equal(kept, again) {
			t.Fatalf("%v is kept as %v and then as %v (%v)", said, kept, again, err)
		}
	})
}

func TestSettingsAreRefusedByTheNameOfTheField(t *testing.T) {
	for _, tt := range []struct{ name, kind, settings, want string }{
		{"a price that is no number", "gift_wrap", `{"prices": {"EUR": "much"}}`, "prices.EUR: give a whole number"},
		{"no price at all", "gift_wrap", `{"prices": {}}`, "prices: name at least one"},
		{"a price is missing", "gift_wrap", `{}`, "prices: this is missing"},
		{"a currency that is none", "gift_wrap", `{"prices": {"XXQ": 5}}`, "prices.XXQ: there is no such currency"},
		{"a sum nobody can charge", "gift_wrap", `{"prices": {"HUF": 1250}}`, "prices.HUF: 1250 cannot be charged in HUF: use a multiple of 100"},
		{"a currency in small letters", "donation", `{"to": "x", "amounts": {"eur": [100]}}`, `amounts.eur: "eur" does not look right here; write a currency such as EUR`},
		{"a donation of nothing", "donation", `{"to": "x", "amounts": {"EUR": [0]}}`, "amounts.EUR.1: give 1 or more"},
		{"a fraction", "delivery_date", `{"days": 1.5}`, "days: give a whole number"},
		{"too many days", "delivery_date", `{"days": 600}`, "days: give 60 or less"},
		{"a misspelt setting", "order_note", `{"lentgh": 5}`, "lentgh: there is no such setting; settings are label, length"},
		{"consent without words", "newsletter", `{"version": "1"}`, "text: this is missing"},
		{"a sign there is not", "trust", `{"facts": [{"icon": "skull", "text": {"en": "x"}}]}`, `facts.1.icon: there is no "skull" here: use return, lock, truck, check, info`},
		{"a truth in quotes", "code", `{"open": "yes"}`, "open: write true or false"},
		{"two mistakes at once", "delivery_date", `{"days": 0, "weekdays": [8]}`, "days: give 1 or more; weekdays.1: give 7 or less"},
		{"a widget there is not", "fireworks", `{}`, `there is no widget "fireworks"`},
	} {
		_, err := widget.New(tt.kind, json.RawMessage(tt.settings))
		if text := fault.TextOf(err); !strings.Contains(text, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, text, tt.want)
		}
	}
}

func TestWhatIsSaidToADonation(t *testing.T) {
	w := made(t, "donation", `{"to": "Trees", "amounts": {"EUR": [100, 200]}, "own": true}`)
	for _, tt := range []struct {
		name  string
		said  widget.Answers
		cents int64
	}{
		{"one of the amounts", widget.Answers{"amount": "200"}, 200},
		{"one's own, with a comma", widget.Answers{"amount": "own", "own": "2,50"}, 250},
		{"one's own, whole", widget.Answers{"own": "3"}, 300},
		{"none", widget.Answers{"amount": "0"}, 0},
		{"a thousand times the largest is a slip", widget.Answers{"own": "2000"}, -1},
		{"below nothing", widget.Answers{"own": "-2"}, -1},
		{"words", widget.Answers{"own": "a lot"}, -1},
	} {
		kept, _, err := w.Hear(tt.said, scene)
		if (err != nil) != (tt.cents < 0) {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		charges := w.Charges(kept, scene)
		switch {
		case tt.cents <= 0 && len(charges) > 0:
			t.Errorf("%s costs %v", tt.name, charges)
		case tt.cents > 0 && (len(charges) != 1 || charges[0].Price != money.Of(tt.cents, "EUR") || charges[0].TaxClass != "" || charges[0].Title != "Spende: Trees"):
			t.Errorf("%s costs %+v", tt.name, charges)
		}
	}
	dollars := scene
	dollars.Currency = "USD"
	if data, err := w.Look(context.Background(), nil, nil, dollars); data != nil || err != nil {
		t.Errorf("in a currency without amounts it shows %v, %v", data, err)
	}
}

func TestADayOfDeliveryIsNeitherTooEarlyNorAHoliday(t *testing.T) {
	w := made(t, "delivery_date", `{"days": 3}`)
	data, err := w.Look(context.Background(), nil, widget.Answers{"date": "2030-04-29"}, scene)
	days, _ := data.(widget.DateData)
	if want := []string{"2030-04-30", "2030-05-02", "2030-05-03"}; err != nil || !slices.Equal(days.Dates, want) || days.Chosen != "" {
		t.Errorf("%+v %v, want %v without the first of May, and a day that has gone by unchosen", days, err, want)
	}
	if _, _, err := w.Hear(widget.Answers{"date": "2030-04-29"}, scene); !errors.Is(err, widget.ErrAnswer) {
		t.Errorf("a day too early: %v", err)
	}
	collected := scene
	collected.Options = []widget.Option{{ID: "de_post", Pickup: true, To: calendar.On(2030, time.April, 30)}}
	if data, _ := w.Look(context.Background(), nil, nil, collected); data != nil {
		t.Errorf("what is collected has days %v", data)
	}
}
