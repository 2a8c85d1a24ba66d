// Package locality knows which city a postal code is of, so that a shopper
// types five digits and not a line.
//
// Nobody outside is asked: what somebody types is told to no one. The shop
// learns from its own deliveries, and only that much of an address: country,
// postal code, city, region; never a street, a house or a name. A place is known
// once Enough different people had something delivered there. Until then a
// voice is a keyed hash of the person and the place: it is counted once, cannot
// be read, and two of them cannot be told to be of one person. When the place is
// known its voices are gone; what is left names a place where at least that many
// live, and a mistake that fewer make is never suggested to anybody.
//
// Of which region a postal code is, many countries say themselves
// (address.RegionOf): so a state is filled in on the first day.
//
// What is known is a suggestion. Never true: an address that is refused because
// of what is known here; a place that fewer than Enough people stand behind; a
// street.
package locality

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"korzo/platform/db"
	"korzo/platform/remember"
	"korzo/platform/seal"
	"korzo/value/address"

	"golang.org/x/text/cases"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// Schema holds the tables of this package.
//
//go:embed schema/*.sql
var Schema embed.FS

// Enough is how many different people must have had something delivered to a
// place before it is suggested to anybody: the k of its anonymity.
const Enough = 5

// remembers is how long a voice for a place that is not known yet is kept.
const remembers = 400 * 24 * time.Hour

// Most is how many places Complete returns.
const Most = 6

// most bounds what is kept in memory: the latest learned.
const most = 50_000

// shortest is how many letters of a city are needed before any is proposed.
const shortest = 2

// Place is a postal code and its city, as a label has them.
type Place struct {
	Country    string `json:"country"`
	PostalCode string `json:"postal_code"`
	City       string `json:"city"`
	Region     string `json:"region,omitempty"` // by its key: "NY"; "" where addresses have none

	code, city string // as they are looked for
}

const memory = "locality"

// known are the places of each country, by code and city.
var known = remember.New(memory, func(ctx context.Context, tx *db.Tx) (map[string][]Place, error) {
	all, err := selectPlaces(ctx, tx, most)
	if err != nil {
		return nil, fmt.Errorf("load places: %w", err)
	}
	byCountry := map[string][]Place{}
	for _, p := range all {
		byCountry[p.Country] = append(byCountry[p.Country], p)
	}
	for _, places := range byCountry {
		slices.SortFunc(places, func(a, b Place) int { return strings.Compare(a.code+"\x00"+a.city, b.code+"\x00"+b.city) })
	}
	return byCountry, nil
})

// Learn hears that something was delivered to an address of person, who is any
// text that is the same for the same person. Hearing it again changes nothing,
// and of a known place nothing is written. An address without a postal code or
// a city, or one that would not pass, teaches nothing.
func Learn(ctx context.Context, tx *db.Tx, k *seal.Keeper, a address.Address, person string) error {
	p, ok := placeOf(a)
	if !ok || person == "" {
		return nil
	}
	places, err := known.Get(ctx, tx)
	if err != nil || slices.ContainsFunc(places[p.Country], p.same) {
		return err
	}
	voice := k.Hash("locality", strings.Join([]string{p.Country, p.code, p.city, person}, "\x00"))
	voices, err := addVoice(ctx, tx, p, voice)
	if err != nil || voices < Enough {
		return err
	}
	if err := insertPlace(ctx, tx, p); err != nil {
		return fmt.Errorf("learn %s %s: %w", p.Country, p.PostalCode, err)
	}
	return remember.Touch(ctx, tx, memory)
}

// Expire forgets voices for places that did not become known.
func Expire(ctx context.Context, tx *db.Tx) error {
	return deleteVoices(ctx, tx, tx.Now.Add(-remembers))
}

// placeOf is what of an address is learned; false for what could mislead.
func placeOf(a address.Address) (Place, bool) {
	a.Name, a.Line1 = "-", "-" // nobody's business here, and no reason to refuse
	if a.Check() != nil {
		return Place{}, false
	}
	a = a.Clean()
	p := Place{Country: a.Country, PostalCode: a.PostalCode, City: a.City, Region: a.Region, code: codeKey(a.PostalCode), city: cityKey(a.City)}
	return p, p.code != "" && utf8.RuneCountInString(p.city) >= shortest && len(p.City) <= 100
}

// same reports whether two places are one, however their city is written.
func (p Place) same(other Place) bool { return p.code == other.code && p.city == other.city }

// Complete returns the places of a country that what was typed may become: by
// the beginning of their postal code where it has a digit, else of their city.
// Nothing typed, or too little of a city, gets none.
func Complete(ctx context.Context, tx *db.Tx, country, typed string) ([]Place, error) {
	places, err := known.Get(ctx, tx)
	if err != nil {
		return nil, err
	}
	code, city := codeKey(typed), cityKey(typed)
	digits := strings.ContainsFunc(typed, unicode.IsDigit)
	if code == "" || !digits && utf8.RuneCountInString(city) < shortest {
		return nil, nil
	}
	var found []Place
	for _, p := range places[country] {
		if digits && strings.HasPrefix(p.code, code) || !digits && strings.HasPrefix(p.city, city) {
			if found = append(found, p); len(found) == Most {
				break
			}
		}
	}
	return found, nil
}

// At returns the places of a whole postal code, in the order of their names;
// none where nothing is known of it.
func At(ctx context.Context, tx *db.Tx, country, postalCode string) (found []Place, err error) {
	places, err := known.Get(ctx, tx)
	if err != nil {
		return nil, err
	}
	code := codeKey(address.Address{Country: country, PostalCode: postalCode}.Clean().PostalCode)
	for _, p := range places[country] {
		if code != "" && p.code == code {
			found = append(found, p)
		}
	}
	return found, nil
}

// Meant returns where an address may be meant to go, judged by its postal code:
// nothing where its city is one of that code's, or where nothing is known.
func Meant(ctx context.Context, tx *db.Tx, a address.Address) ([]Place, error) {
	found, err := At(ctx, tx, a.Country, a.PostalCode)
	if city := cityKey(a.City); slices.ContainsFunc(found, func(p Place) bool { return p.city == city }) {
		return nil, err
	}
	return found, err
}

// codeKey is a postal code as it is looked for: its letters and digits.
func codeKey(code string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, norm.NFKC.String(code))
}

// cityKey is a city as it is looked for: neither case, accents nor signs matter.
func cityKey(city string) string {
	plain, _, err := transform.String(transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn)), norm.NFC), city)
	if err != nil {
		plain = city
	}
	return cases.Fold().String(strings.Join(strings.FieldsFunc(plain, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " "))
}
