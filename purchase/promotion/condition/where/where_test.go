package where_test

import (
	"encoding/json"
	"testing"

	"korzo/purchase/promotion/basket"
	"korzo/purchase/promotion/condition/conditiontest"
	"korzo/purchase/promotion/condition/where"
)

func TestWhereKeepsTheSeamsPromises(t *testing.T) {
	conditiontest.Exercise(t, conditiontest.Suite{New: where.New,
		Settings: []string{`{"markets": ["DE", "HU"]}`, `{"channels": ["web"]}`, `{"markets": ["DE"], "channels": ["till"]}`},
		Wrong:    map[string]string{"a market without a name": `{"markets": [""]}`}})
}

func TestWhereSays(t *testing.T) {
	for _, c := range []struct {
		name, settings string
		visit          basket.Visit
		want           string
	}{
		{"here", `{"markets": ["AT", "DE"]}`, basket.Visit{Market: "DE", Channel: "web"}, ""},
		{"elsewhere", `{"markets": ["AT"]}`, basket.Visit{Market: "DE", Channel: "web"}, basket.ReasonMarket},
		{"through another channel", `{"markets": ["DE"], "channels": ["till"]}`, basket.Visit{Market: "DE", Channel: "web"}, basket.ReasonChannel},
		{"through this one", `{"channels": ["web"]}`, basket.Visit{Market: "DE", Channel: "web"}, ""},
	} {
		condition, err := where.New(json.RawMessage(c.settings))
		if err != nil {
			t.Fatal(err)
		}
		if got := condition.Unmet(&c.visit); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
