package customer_test

import (
	"encoding/json"
	"testing"

	"korzo/purchase/promotion/basket"
	"korzo/purchase/promotion/condition/conditiontest"
	"korzo/purchase/promotion/condition/customer"
)

func TestCustomerKeepsTheSeamsPromises(t *testing.T) {
	conditiontest.Exercise(t, conditiontest.Suite{New: customer.New,
		Settings: []string{`{"groups": ["grp_1", "grp_3"]}`, `{"signed_in": true}`, `{"first_order": true}`},
		Wrong:    map[string]string{"a group without a name": `{"groups": [""]}`}})
}

func TestCustomerSays(t *testing.T) {
	for _, c := range []struct {
		name, settings string
		visit          basket.Visit
		want           string
	}{
		{"in the group", `{"groups": ["grp_2", "grp_1"]}`, basket.Visit{Customer: basket.Customer{ID: "cus_1", Groups: []string{"grp_1"}, Before: true}}, ""},
		{"in another", `{"groups": ["grp_2"]}`, basket.Visit{Customer: basket.Customer{ID: "cus_1", Groups: []string{"grp_1"}, Before: true}}, basket.ReasonCustomer},
		{"a guest is in none", `{"groups": ["grp_1"]}`, basket.Visit{}, basket.ReasonCustomer},
		{"signed in", `{"signed_in": true}`, basket.Visit{Customer: basket.Customer{ID: "cus_1", Groups: []string{"grp_1"}, Before: true}}, ""},
		{"a guest", `{"signed_in": true}`, basket.Visit{}, basket.ReasonCustomer},
		{"has ordered before", `{"first_order": true}`, basket.Visit{Customer: basket.Customer{ID: "cus_1", Groups: []string{"grp_1"}, Before: true}}, basket.ReasonFirstOrder},
		{"a guest is new", `{"first_order": true}`, basket.Visit{}, ""},
	} {
		condition, err := customer.New(json.RawMessage(c.settings))
		if err != nil {
			t.Fatal(err)
		}
		if got := condition.Unmet(&c.visit); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestOnlyWhatIsAskedForIsNeeded(t *testing.T) {
	for settings, want := range map[string]basket.Needs{
		`{"signed_in": true}`: {}, `{"groups": ["grp_1"]}`: {Groups: true}, `{"first_order": true}`: {Before: true, Once: true},
	} {
		if c, err := customer.New(json.RawMessage(settings)); err != nil || c.Needs() != want {
			t.Errorf("%s needs %+v, %v", settings, c.Needs(), err)
		}
	}
}
