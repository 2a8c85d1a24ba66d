package sourcing

import (
	"strconv"
	"strings"

	"korzo/value/money"
)

// Reason is one thing that spoke for or against candidates, as a word of this
// package and what it counts, for who does not read the log's English.
type Reason struct {
	Key      string         `json:"key"`
	A        int64          `json:"a,omitempty"`
	B        int64          `json:"b,omitempty"`
	Currency money.Currency `json:"currency,omitempty"` // of A, where it is money
}

// The keys of reasons.
const (
	SayKm       = "km"        // A kilometres away
	SayOne      = "one"       // one parcel
	SayParcels  = "parcels"   // A parcels
	SayLeft     = "left"      // A units stay of what gets scarcest
	SayIdle     = "idle"      // nobody is busy
	SayBusy     = "busy"      // A of B parcels today
	SayCosts    = "costs"     // a parcel costs us A
	SayWhole    = "whole"     // nothing is split
	SayKept     = "kept"      // arrives as promised
	SayDayLate  = "day_late"  // arrives a day later than promised
	SayDaysLate = "days_late" // arrives A days later than promised
	SayWorth    = "worth"     // every part is worth a parcel
	SaySmall    = "small"     // a parcel of A units
	SayLines    = "lines"     // A of B lines are there whole
	SayNoSplit  = "no_split"  // no split with it serves everything
	SayFull     = "full"      // A of B parcels today: no more
	SayLower    = "lower"     // as good, of lower priority
	SayHighest  = "highest"   // the highest priority of those that are equal
	SayOnly     = "only"      // the only one that has everything
	SayKeeps    = "keeps"     // a rule keeps A of B candidates
	SayEqual    = "equal"     // a rule abstains: to it all are equal
	SayNowhere  = "nowhere"   // nearest abstains: where the goods go is not known, or where a location is
	SayDayless  = "dayless"   // promise abstains: no day was promised
	SayCostless = "costless"  // margin abstains: costs are not known everywhere, or not in one currency
	SaySplit    = "split"     // no single location has everything: split over A
	SayScatter  = "scatter"   // no three locations have everything
)

var sentences = map[string]string{
	SayKm: "{A} km away", SayOne: "one parcel", SayParcels: "{A} parcels", SayLeft: "leaves {A} of what gets scarcest", SayIdle: "nobody is busy",
	SayBusy: "{A} of {B} parcels today", SayCosts: "costs us {Cost}", SayWhole: "nothing is split", SayWorth: "every part is worth a parcel", SaySmall: "a parcel of {A}",
	SayLines: "has {A} of {B} lines whole", SayNoSplit: "no split with it serves everything", SayFull: "full today: {A} of {B} parcels",
	SayLower: "as good, of lower priority", SayHighest: "the highest priority of those that are equal", SayOnly: "the only one that has everything",
	SayKeeps: "keeps {A} of {B}", SayEqual: "abstains: all are equal", SayNowhere: "abstains: it is not known where the goods go, or where a location is",
	SayKept: "arrives as promised", SayDayLate: "arrives a day later than promised", SayDaysLate: "arrives {A} days later than promised", SayDayless: "abstains: no day was promised",
	SayCostless: "abstains: what a parcel costs is not known of every location, or not in one currency",
	SaySplit:    "no single location has everything: split over {A}", SayScatter: "no three locations have everything: taken from as few as can be, by priority",
}

// Reasons are the keys of all reasons there are.
func Reasons() (keys []string) {
	for key := range sentences {
		keys = append(keys, key)
	}
	return keys
}

// Cost is the amount of a reason about money.
func (r Reason) Cost() money.Amount { return money.Of(r.A, r.Currency) }

// String is the reason in English, as the log keeps it. A log has a hundred of
// them, so the numbers are put in without a replacer being built for each.
func (r Reason) String() string {
	text := sentences[r.Key]
	if !strings.Contains(text, "{") {
		return text
	}
	text = strings.ReplaceAll(text, "{A}", strconv.FormatInt(r.A, 10))
	text = strings.ReplaceAll(text, "{B}", strconv.FormatInt(r.B, 10))
	if r.Currency != "" {
		text = strings.ReplaceAll(text, "{Cost}", r.Cost().Decimal()+" "+string(r.Currency))
	}
	return text
}

// said joins reasons to a sentence.
func said(all []Reason, between string) string {
	texts := make([]string, len(all))
	for i, r := range all {
		texts[i] = r.String()
	}
	return strings.Join(texts, between)
}
