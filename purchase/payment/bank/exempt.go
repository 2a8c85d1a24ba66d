package bank

// The exemptions that merchants ask for, by their names in the first bank's tongue.
const (
	exemptLow     = "low_value"
	exemptRisk    = "low_risk"
	exemptTrusted = "trusted"
	exemptCompany = "corporate"
)

// small is what the issuer takes for a low value, in minor units: about 30 EUR.
// In any other currency nothing is one.
var small = map[string]int64{"EUR": 30_00, "USD": 30_00, "SEK": 300_00, "HUF": 12_000_00, "TRY": 1_000_00}

// tame times small is up to where the issuer believes that a payment bears
// little risk: about 500 EUR.
const tame = 16

// exempt reports whether the issuer grants the exemption that an order asks
// for. It trusts shops with which the cardholder keeps the card, and takes Amex
// for companies' cards. What it does not grant is a no until there is proof.
func (o order) exempt(m manner) bool {
	switch o.Exemption {
	case exemptLow:
		return o.Amount <= small[o.Currency]
	case exemptRisk:
		return o.Amount <= tame*small[o.Currency]
	case exemptTrusted:
		return m.kept != ""
	case exemptCompany:
		return m.card.Brand == "amex"
	}
	return false
}
