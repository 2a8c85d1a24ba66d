package catalog

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"korzo/value/measure"
	"korzo/value/money"
)

// Limits on one product. They keep every statement within what both databases
// take and every page within what a phone shows.
const (
	MaxVariants     = 250
	MaxImages       = 50
	MaxTags         = 50
	MaxTranslations = 50

	maxTitle       = 200
	maxDescription = 20_000
	maxOptions     = 5
	maxMetadata    = 50
	maxWeight      = 100_000_000 // grams: a hundred tonnes
	maxPixels      = 100_000
	maxSizes       = 12 // of one picture
)

var (
	slugForm = regexp.MustCompile(`^[a-z0-9-]{1,120}$`)
	wordForm = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)
	kinds    = []string{KindGoods, KindDigital, KindGiftCard, KindService, KindFee, KindDonation}
)

// Problem is one thing wrong with a draft.
type Problem struct {
	Field string // "variants[1].sku"
	Text  string // names the remedy
}

type problems []Problem

func (p *problems) unless(ok bool, field, text string) {
	if !ok {
		*p = append(*p, Problem{field, text})
	}
}

// Check returns everything wrong with a draft that can be seen without the
// database. Create and Update run it; a form may run it earlier.
func Check(d Draft) []Problem {
	var p problems
	p.unless(slugForm.MatchString(d.Slug), "slug", "use a–z, 0–9 and hyphens, 1 to 120 characters")
	p.unless(text(d.Title, 1, maxTitle), "title", fmt.Sprintf("write 1 to %d characters", maxTitle))
	p.unless(text(d.Description, 0, maxDescription), "description", fmt.Sprintf("write at most %d characters", maxDescription))
	_, known := next[d.Status]
	p.unless(known, "status", "must be draft, active or archived")
	p.unless(wordForm.MatchString(d.TaxClass), "tax_class", "use a word of small letters such as standard")
	p.unless(slices.Contains(kinds, d.Kind), "kind", "must be one of "+strings.Join(kinds, ", "))
	p.unless(len(d.Source) <= 40, "source", "use at most 40 characters")
	p.tags(d.Tags)
	p.images(d.Images)
	p.translations(d.Translations)
	p.metadata("metadata", d.Metadata)
	p.metadata("private_metadata", d.PrivateMetadata)
	p.metadata("external_ids", d.ExternalIDs)
	p.variants(d.Variants)
	p.details(d)
	return p
}

func (p *problems) tags(tags []string) {
	p.unless(len(tags) <= MaxTags, "tags", fmt.Sprintf("give at most %d", MaxTags))
	for i, t := range tags {
		field := fmt.Sprintf("tags[%d]", i)
		p.unless(text(t, 1, 60), field, "write 1 to 60 characters")
		p.unless(!slices.Contains(tags[:i], t), field, "is given twice")
	}
}

func (p *problems) images(images []Image) {
	p.unless(len(images) <= MaxImages, "images", fmt.Sprintf("give at most %d", MaxImages))
	for i, m := range images {
		field := fmt.Sprintf("images[%d]", i)
		p.unless(text(m.Blob, 1, 200), field+".blob", "name a stored file")
		p.unless(text(m.Alt, 0, 300), field+".alt", "write at most 300 characters")
		for locale, alt := range m.Alts {
			p.unless(isLocale(locale) && text(alt, 0, 300), field+".alt", "write at most 300 characters, by a language tag such as de")
		}
		p.unless(m.Variant == "" || text(string(m.Variant), 1, maxID), field+".variant", "name one of the product's variants")
		p.unless(m.Video == "" || text(m.Video, 1, 200) && videoType(m.Video) != "", field+".video", "name a stored film in MP4 or WebM")
		p.unless(len(m.Sizes) <= maxSizes, field+".sizes", "has too many sizes")
		p.unless(m.Width >= 0 && m.Width <= maxPixels && m.Height >= 0 && m.Height <= maxPixels, field, "width and height are pixels")
	}
}

// videoType is the media type of a stored film, by its ending; "" for what is none.
func videoType(blob string) string {
	switch {
	case strings.HasSuffix(blob, ".mp4"):
		return "video/mp4"
	case strings.HasSuffix(blob, ".webm"):
		return "video/webm"
	}
	return ""
}

func (p *problems) translations(all map[string]Translation) {
	p.unless(len(all) <= MaxTranslations, "translations", fmt.Sprintf("give at most %d", MaxTranslations))
	for locale, t := range all {
		field := fmt.Sprintf("translations[%s]", locale)
		p.unless(isLocale(locale), field, "use a language tag such as de or de-AT")
		p.unless(t.Slug == "" || slugForm.MatchString(t.Slug), field+".slug", "use a–z, 0–9 and hyphens, at most 120 characters")
		p.unless(text(t.Title, 0, maxTitle), field+".title", fmt.Sprintf("write at most %d characters", maxTitle))
		p.unless(text(t.Description, 0, maxDescription), field+".description", fmt.Sprintf("write at most %d characters", maxDescription))
	}
}

func (p *problems) metadata(field string, m map[string]string) {
	p.unless(len(m) <= maxMetadata, field, fmt.Sprintf("give at most %d entries", maxMetadata))
	for k, v := range m {
		p.unless(text(k, 1, 40) && text(v, 0, 500), field, fmt.Sprintf("%.40q: names have 1 to 40 characters, values at most 500", k))
	}
}

func (p *problems) variants(all []Variant) {
	p.unless(len(all) > 0, "variants", "give at least one")
	p.unless(len(all) <= MaxVariants, "variants", fmt.Sprintf("give at most %d", MaxVariants))
	seen := map[string]bool{}
	for i, v := range all {
		field := fmt.Sprintf("variants[%d]", i)
		p.unless(validSKU(v.SKU), field+".sku", "use 1 to 64 visible characters without spaces")
		p.unless(!seen[v.SKU], field+".sku", "is given twice")
		seen[v.SKU] = true
		p.unless(text(v.Title, 0, maxTitle), field+".title", fmt.Sprintf("write at most %d characters", maxTitle))
		p.unless(len(v.Options) <= maxOptions, field+".options", fmt.Sprintf("give at most %d", maxOptions))
		for k, o := range v.Options {
			p.unless(text(k, 1, 40) && text(o, 1, 80), field+".options", "names have 1 to 40 characters, values 1 to 80")
		}
		p.unless(validBarcode(v.Barcode), field+".barcode", "use at most 64 characters; of 8, 12, 13 or 14 digits the last must be their check digit: type it again")
		p.unless(v.Content.Valid(), field+".content", fmt.Sprintf("give an amount from 1 to %d and one of the units g, ml, mm, cm2, piece", measure.Max))
		p.parts(field, v)
		p.file(field+".file", v.File)
		p.unless(v.Size.valid(), field+".size_mm", "give length, width and height in millimetres, 1 to 100000 each, or none of them")
		p.unless(v.WeightGrams >= 0 && v.WeightGrams <= maxWeight, field+".weight_grams", fmt.Sprintf("must be grams, 0 to %d", maxWeight))
		_, known := money.Find(v.UnitCost.Currency)
		p.unless(known || v.UnitCost == money.Amount{}, field+".unit_cost", "use an ISO 4217 currency such as EUR")
		p.unless(v.UnitCost.Minor >= 0 && v.UnitCost.Minor <= money.MaxPrice, field+".unit_cost", "must be minor units, not negative")
	}
}

func validSKU(sku string) bool {
	n := 0
	for _, r := range sku {
		if !unicode.IsGraphic(r) || unicode.IsSpace(r) || r == utf8.RuneError {
			return false
		}
		n++
	}
	return n >= 1 && n <= 64
}

// text reports whether s is valid UTF-8 of min to max characters, with no NUL
// (which PostgreSQL refuses) and, where it must not be empty, more than spaces.
func text(s string, min, max int) bool {
	n := utf8.RuneCountInString(s)
	return n >= min && n <= max && utf8.ValidString(s) && !strings.ContainsRune(s, 0) &&
		(min == 0 || strings.TrimSpace(s) != "")
}

func invalid(found []Problem) error {
	if len(found) == 0 {
		return nil
	}
	texts := make([]string, 0, len(found))
	for _, f := range found {
		texts = append(texts, f.Field+": "+f.Text)
	}
	slices.Sort(texts) // maps come in any order
	return ErrInvalid.With(strings.Join(texts, "; "))
}
