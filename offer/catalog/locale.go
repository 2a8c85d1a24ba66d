package catalog

import (
	"context"
	"fmt"
	"slices"

	"korzo/platform/db"
	"korzo/platform/remember"
)

const localeMemory = "catalog.locales"

// spoken is every locale that some product is translated into.
var spoken = remember.New(localeMemory, selectLocales)

// Spoken returns the locale whose texts a reader of asked is shown: asked
// itself, or its language, or "" for the base, whichever the first is that any
// product is translated into. Whoever keeps what was shown should keep it under
// that: what a reader asks for has no end.
func Spoken(ctx context.Context, tx *db.Tx, asked string) (string, error) {
	all, err := spoken.Get(ctx, tx)
	if err != nil {
		return "", fmt.Errorf("locale %q: %w", asked, err)
	}
	exact, language := chain(asked)
	for _, l := range []string{exact, language} {
		if slices.Contains(all, l) {
			return l, nil
		}
	}
	return "", nil
}

// speak notes the locales of a product's translations.
func speak(ctx context.Context, tx *db.Tx, all map[string]Translation) error {
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
