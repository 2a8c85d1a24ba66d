package catalog

import (
	"context"
	"fmt"
	"slices"

	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/remember"
)

const localeMemory = "catalog.locales"

// spoken is every locale that some product is translated into.
var spoken = remember.New(localeMemory, selectLocales)

// Spoken returns the locale whose texts a reader of asked is shown: asked
// itself, or its language, or "" for the base, whichever the first is that any
// product, category or attribute is translated into. Whoever keeps what was shown should keep it under
// that: what a reader asks for has no end.
func Spoken(ctx context.Context, tx *db.Tx, asked string) (string, error) {
	all, err := spoken.Get(ctx, tx)
	if err != nil {
		return "", fmt.Errorf("locale %q: %w", asked, err)
	}
	tree, err := taxonomy.Load(ctx, tx)
	if err != nil {
		return "", err
	}
	exact, language := chain(asked)
	for _, l := range []string{exact, language} {
		if slices.Contains(all, l) || l != "" && tree.Speaks(l) {
			return l, nil
		}
	}
	return "", nil
}

// said are the locales a product says anything in.
func said(p Product) map[string]bool {
	all := map[string]bool{}
	note := func(titles map[string]string) {
		for l := range titles {
			all[l] = true
		}
	}
	for l := range p.Translations {
		all[l] = true
	}
	for _, o := range p.Options {
		note(o.Titles)
		for _, v := range o.Values {
			note(v.Titles)
		}
	}
	note(p.Safety.Warnings)
	for _, m := range p.Images {
		note(m.Alts)
	}
	delete(all, "")
	return all
}

// speak notes the locales a product says anything in.
func speak(ctx context.Context, tx *db.Tx, all map[string]bool) error {
	if len(all) == 0 {
		return nil
	}
	known, err := spoken.Get(ctx, tx)
	if err != nil {
		return err
	}
	more := false
	for l := range all {
		if slices.Contains(known, l) {
			continue
		}
		if err := insertLocale(ctx, tx, l); err != nil {
			return err
		}
		more = true
	}
	if !more {
		return nil
	}
	return remember.Touch(ctx, tx, localeMemory)
}
