package sourcing_test

import (
	"testing"

	"korzo/delivery/sourcing"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

// What the log says in English, it says in reasons too.
func TestEveryWordOfTheLogIsThereToBeTranslated(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		s := open(t, d, map[string][2]int64{"loc_berlin": {9, 9}, "loc_munich": {9, 9}, "loc_hamburg": {9, 1}}, "capacity", "nearest")
		s.where(s.ask("h", s.line("A", 2), s.line("B", 3)))
		log := s.log("ord_h")[0]
		for _, step := range log.Steps {
			if want := step.Say[0].String() + ": " + step.Say[1].String(); step.Why != want {
				t.Errorf("%q is kept as %q", step.Why, want)
			}
		}
		for _, c := range log.Candidates {
			if len(c.Say) == 0 {
				t.Errorf("%q bears no reason", c.Why)
			}
		}
	})
	for _, key := range sourcing.Reasons() {
		if (sourcing.Reason{Key: key}).String() == "" {
			t.Errorf("%s says nothing", key)
		}
	}
}
