package rule_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"korzo/delivery/price"
	"korzo/delivery/price/rule"
	"korzo/value/money"
)

func TestTheListMakesARuleByItsKind(t *testing.T) {
	r, err := rule.New("flat", json.RawMessage(`{"amount":490}`), "EUR")
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := r.Price(price.Basket{}); !ok || got != money.Of(490, "EUR") {
		t.Errorf("got %v, %v", got, ok)
	}
	if !slices.Contains(rule.Kinds(), "flat") {
		t.Errorf("flat is not among %v", rule.Kinds())
	}
}

func TestWhatTheListRefuses(t *testing.T) {
	if r, err := rule.New("magic", nil, "EUR"); !errors.Is(err, rule.ErrKind) || r != nil {
		t.Errorf("a kind nobody knows: %v, %v", r, err)
	}
	if r, err := rule.New("flat", json.RawMessage(`{"amount":-1}`), "EUR"); !errors.Is(err, price.ErrSettings) || r != nil {
		t.Errorf("bad settings: %v, %v", r, err)
	}
}
