package order

import "korzo/offer/catalog"

// DonationsOwed is the account of what was given through us to somebody else and
// is owed on: placing an order adds to it, giving a donation back takes from it.
const DonationsOwed = "donations:owed"

// ByWidget is the property of a line that says which widget of the checkout added it.
const ByWidget = "widget"

// OwedOn reports whether what a line costs is no revenue of ours but owed to
// somebody else: a donation made at the checkout. One that is sold as a product is ours.
func (l Line) OwedOn() bool { return l.Kind == catalog.KindDonation && l.Properties[ByWidget] != "" }
