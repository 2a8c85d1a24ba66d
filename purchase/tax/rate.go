package tax

// Why no tax is due although nobody said zero. A door may show these; they are
// stable.
const (
	ReasonNoCountry = "no_rates_for_country" // the table has no row for the country
	ReasonNoPlace   = "no_rates_for_place"   // none of the country's rows covers the place, the class and the date
)

// Rate is one tax due on a price. PPM is parts per million of the price before
// tax, 0..1_000_000: 190_000 is 19 %.
type Rate struct {
	Name    string `json:"name"`             // of the tax: "VAT", "CA sales tax"
	Country string `json:"country"`          // ISO 3166, two capitals
	Region  string `json:"region,omitempty"` // "" where the rate holds in the whole country
	PPM     int64  `json:"ppm"`

	// Reason says why PPM is zero though no row of the table says so; "" for a
	// rate from the table, zero or not.
	Reason string `json:"reason,omitempty"`
}
