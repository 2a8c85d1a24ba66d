package carrier_test

import (
	"errors"
	"slices"
	"testing"

	"korzo/delivery/carrier"
	"korzo/delivery/carrier/table"
)

func TestAShopHasTheCarriersItNamesAndTheManualOneLast(t *testing.T) {
	for _, tt := range []struct{ name, want string }{{"", "manual"}, {"sandbox:", "sandbox manual"}, {"manual:?name=Post", "manual"}} {
		var addresses []string
		if tt.name != "" {
			addresses = append(addresses, tt.name, tt.name)
		}
		fleet, err := carrier.Open(carrier.Means{}, addresses...)
		if err != nil {
			t.Fatal(err)
		}
		names := ""
		for i, n := range fleet.Names() {
			if i > 0 {
				names += " "
			}
			names += n
		}
		if names != tt.want {
			t.Errorf("%q opens %q, want %q", tt.name, names, tt.want)
		}
	}
}

func TestAnAddressOfNoCarrierIsRefused(t *testing.T) {
	for address, want := range map[string]error{"pigeon:": carrier.ErrSetting, "%": carrier.ErrSetting, "table:no/such/file.json": table.ErrTable} {
		if _, err := carrier.Open(carrier.Means{}, address); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", address, err, want)
		}
	}
	fleet, err := carrier.Open(carrier.Means{})
	if err != nil || !slices.Equal(fleet.Names(), []string{"manual"}) {
		t.Fatal(fleet.Names(), err)
	}
	if _, err := fleet.Find("pigeon"); !errors.Is(err, carrier.ErrUnknown) {
		t.Errorf("a carrier of nobody: %v", err)
	}
}
