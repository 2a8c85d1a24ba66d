package inventory

import (
	"korzo/offer/catalog"
	"korzo/platform/db"
	"korzo/platform/live"
)

// Topic is what live.Watch is asked for to be told, after a commit, of which
// variants (the keys) the availability changed.
const Topic = "inventory"

// changed tells the watchers, after the commit, that the availability of
// variants changed.
func changed(tx *db.Tx, variants ...catalog.VariantID) {
	keys := make([]string, len(variants))
	for i, v := range variants {
		keys[i] = string(v)
	}
	live.Changed(tx, Topic, keys...)
}
