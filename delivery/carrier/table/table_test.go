package table_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"korzo/delivery/carriage"
	"korzo/delivery/carriage/carriertest"
	"korzo/delivery/carrier/table"
	"korzo/value/money"
)

func contract() table.Table {
	return table.Table{Name: "Contract", Currency: "EUR", Divisor: 5000, Services: []table.Service{
		{Code: "parcel", Name: "Parcel", Rows: []table.Row{
			{Countries: []string{"DE"}, Codes: []string{"10", "12"}, MaxGrams: 5000, Price: 310, TransitMin: 1, TransitMax: 1},
			{Countries: []string{"DE"}, MaxGrams: 2000, Price: 390, TransitMin: 1, TransitMax: 2},
			{Countries: []string{"DE"}, MaxGrams: 31_500, Price: 650, TransitMin: 1, TransitMax: 3},
			{Countries: []string{"AT", "HU"}, MaxGrams: 20_000, Price: 990, TransitMin: 2, TransitMax: 4},
		}},
		{Code: "letter", Name: "Letter", Rows: []table.Row{{MaxGrams: 2000, Price: 250, TransitMin: 2, TransitMax: 6}}},
	}}
}

func TestTable(t *testing.T) {
	far := carriertest.Parcel("prc_far")
	far.Parcel.WeightGrams = 50_000
	carriertest.Exercise(t, carriertest.Suite{Far: far, New: func(t *testing.T) carriage.Carrier {
		c, err := table.New(contract())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}})
}

func TestRatesAreThoseOfTheContract(t *testing.T) {
	c, err := table.New(contract())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name          string
		country, code string
		parcels       []carriage.Parcel
		want          string
	}{
		{"near by its postal code", "DE", "10119", []carriage.Parcel{{WeightGrams: 4000}}, "parcel 3.10"},
		{"light", "DE", "28195", []carriage.Parcel{{WeightGrams: 2000}}, "letter 2.50, parcel 3.90"},
		{"a gram more", "DE", "28195", []carriage.Parcel{{WeightGrams: 2001}}, "parcel 6.50"},
		{"large and light is charged by its size", "DE", "28195", []carriage.Parcel{{WeightGrams: 500, LengthMM: 400, WidthMM: 300, HeightMM: 200}}, "parcel 6.50"},
		{"two parcels are two prices", "DE", "28195", []carriage.Parcel{{WeightGrams: 2000}, {WeightGrams: 9000}}, "parcel 10.40"},
		{"too heavy", "DE", "28195", []carriage.Parcel{{WeightGrams: 31_501}}, ""},
		{"where only letters go", "US", "90012", []carriage.Parcel{{WeightGrams: 100}}, "letter 2.50"},
	} {
		q := carriage.Query{Parcels: tt.parcels, Value: money.Of(100, "EUR")}
		q.To.Country, q.To.PostalCode = tt.country, tt.code
		rates, err := c.Rates(t.Context(), q)
		var got []string
		for _, r := range rates {
			got = append(got, r.Service+" "+r.Cost.Decimal())
		}
		if err != nil || strings.Join(got, ", ") != tt.want {
			t.Errorf("%s: %q, %v; want %q", tt.name, got, err, tt.want)
		}
	}
}

func TestAFileIsReadWholeOrRefused(t *testing.T) {
	open := func(text string) error {
		path := filepath.Join(t.TempDir(), "rates.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := table.Open(&url.URL{Scheme: "table", Opaque: path})
		return err
	}
	good, err := json.Marshal(contract())
	if err != nil {
		t.Fatal(err)
	}
	if err := open(string(good)); err != nil {
		t.Error(err)
	}
	for name, bad := range map[string]string{
		"no JSON":           "{",
		"an unknown field":  `{"colour": "red"}`,
		"no currency":       strings.Replace(string(good), "EUR", "XXQ", 1),
		"a price below 0":   strings.Replace(string(good), `"price":310`, `"price":-1`, 1),
		"late before early": strings.Replace(string(good), `"transit_min":1,"transit_max":1`, `"transit_min":2,"transit_max":1`, 1),
	} {
		if err := open(bad); !errors.Is(err, table.ErrTable) {
			t.Errorf("%s: %v, want ErrTable", name, err)
		}
	}
	if _, err := table.Open(&url.URL{Scheme: "table"}); !errors.Is(err, table.ErrTable) {
		t.Errorf("no file: %v, want ErrTable", err)
	}
}
