package tax

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// table is all entries by country.
type table map[string]*country

// country is the entries of one country by the place they hold in.
type country struct {
	places  map[place][]Entry // of one name and class the latest From comes first
	longest int               // of the postal prefixes
}

// place is a region or "", and the beginning of a postal code or "".
type place struct{ region, prefix string }

func tableOf(entries []Entry) table {
	t := table{}
	slices.SortStableFunc(entries, func(a, b Entry) int { return b.From.Cmp(a.From) })
	for _, e := range entries {
		c := t[e.Country]
		if c == nil {
			c = &country{places: map[place][]Entry{}}
			t[e.Country] = c
		}
		at := place{e.Region, e.PostalPrefix}
		c.places[at] = append(c.places[at], e)
		c.longest = max(c.longest, len(e.PostalPrefix))
	}
	return t
}

// resolve answers a completed query for one class.
func (t table) resolve(q Query, class string) []Rate {
	if class == "" {
		class = Standard
	}
	c := t[q.Country]
	if c == nil {
		return []Rate{{Name: "no tax", Country: q.Country, Reason: ReasonNoCountry}}
	}
	var due []Entry
	for n := min(len(q.PostalCode), c.longest); n >= 0; n-- { // the narrowest place first
		prefix := q.PostalCode[:n]
		due = gather(due, c.places[place{q.Region, prefix}], q, class)
		if q.Region != "" {
			due = gather(due, c.places[place{"", prefix}], q, class)
		}
	}
	if len(due) == 0 {
		return []Rate{{Name: "no tax", Country: q.Country, Region: q.Region, Reason: ReasonNoPlace}}
	}
	slices.SortFunc(due, func(a, b Entry) int {
		return cmp.Or(
			cmp.Compare(len(a.PostalPrefix), len(b.PostalPrefix)),
			cmp.Compare(len(a.Region), len(b.Region)),
			cmp.Compare(a.Name, b.Name),
		)
	})
	rates := make([]Rate, len(due))
	for i, e := range due {
		rates[i] = Rate{Name: e.Name, Country: e.Country, Region: e.Region, PPM: e.PPM}
	}
	return rates
}

// gather adds to due what one place says of taxes that no narrower place has
// spoken of.
func gather(due, here []Entry, q Query, class string) []Entry {
	for _, want := range [...]string{class, Standard} {
		for _, e := range here {
			if e.Class != want || q.Date.Before(e.From) || !e.To.IsZero() && !q.Date.Before(e.To) {
				continue
			}
			if !slices.ContainsFunc(due, func(d Entry) bool { return d.Name == e.Name }) {
				due = append(due, e)
			}
		}
	}
	return due
}

var (
	twoLetters = regexp.MustCompile(`^[A-Z]{2}$`)
	classWord  = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)
)

const maxText = 80

// checked folds an entry as it is kept, or says what is wrong with it.
func (e Entry) checked() (Entry, error) {
	e.Country, e.Region, e.PostalPrefix = folded(e.Country), folded(e.Region), folded(e.PostalPrefix)
	e.Name = strings.TrimSpace(e.Name)
	if e.Class == "" {
		e.Class = Standard
	}
	var wrong []string
	unless := func(ok bool, text string) {
		if !ok {
			wrong = append(wrong, text)
		}
	}
	unless(twoLetters.MatchString(e.Country), "country: use two letters such as DE")
	unless(len(e.Region) <= 10, "region: use a code of at most 10 characters such as CA")
	unless(len(e.PostalPrefix) <= 12, "postal_prefix: use at most 12 characters")
	unless(classWord.MatchString(e.Class), "class: use small letters, digits, hyphens and underscores, such as reduced")
	unless(e.Name != "" && len(e.Name) <= maxText, fmt.Sprintf("name: give the name of the tax in at most %d characters", maxText))
	unless(e.PPM >= 0 && e.PPM <= Million, "ppm: use parts per million from 0 to 1000000, such as 190000 for 19 %")
	unless(!e.From.IsZero(), "from: give the first day the rate holds, such as 2025-01-01")
	unless(e.To.IsZero() || e.From.Before(e.To), "to: must be a day after from, or empty")
	if len(wrong) > 0 {
		return e, ErrInvalid.With(strings.Join(wrong, "; "))
	}
	return e, nil
}

// folded is a code as it is kept: capitals and digits, nothing between them.
func folded(code string) string {
	keep := func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}
	return strings.Map(keep, code)
}
