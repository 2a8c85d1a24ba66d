package flow_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"korzo/customer/visitor"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/flow"

	"pgregory.net/rapid"
)

// crowd is n visits from a phone and n from a desk, every other of them with a
// large basket.
func crowd(n int) (all []flow.Visit) {
	for i := range n {
		for _, device := range []string{"phone", "desktop"} {
			all = append(all, flow.Visit{Market: "DE", Device: visitor.Device{Kind: device}, Cart: visitor.Basket{Total: int64(i%2) * 60_000}, At: time.Now()})
		}
	}
	return all
}

func simulate(t *testing.T, d *db.DB, id flow.ID, doc flow.Document, visits []flow.Visit) (s flow.Simulation) {
	t.Helper()
	read(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
		s, err = flow.Simulate(ctx, tx, id, doc, visits)
		return err
	})
	return s
}

func fate(t *testing.T, s flow.Simulation, name string) flow.Fate {
	t.Helper()
	for _, f := range s.Fates {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("no fate of %s among %+v", name, s.Fates)
	return flow.Fate{}
}

func TestASimulationSaysWhoWouldGetADraftAndWhatChangesForThem(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		shop(t, d)
		everyone := publish(t, d, "", document("everyone", "", 0))
		publish(t, d, "", document("large", "cart.total >= 50000", 10))
		doc := document("phones", `device.kind == "phone"`, 5)
		doc.Layout = flow.ThreePage
		s := simulate(t, d, "", doc, crowd(10))
		if s.Visits != 20 || s.Got != 5 || s.Nobody != 0 {
			t.Errorf("%d of %d visits, %d without a flow", s.Got, s.Visits, s.Nobody)
		}
		if f := fate(t, s, "phones"); !f.Draft || f.Before != 0 || f.After != 5 || f.Matched != 10 || f.Reach != "" {
			t.Errorf("%+v", f)
		}
		if f := fate(t, s, "everyone"); f.Before != 10 || f.After != 5 || f.Draft {
			t.Errorf("%+v", f)
		}
		if len(s.Moves) != 1 || s.Moves[0].Visits != 5 || s.Moves[0].From.Flow != everyone.Flow || s.Moves[0].To.Name != "phones" {
			t.Fatalf("%+v", s.Moves)
		}
		if c := s.Moves[0].Changes; len(c) != 1 || c[0].Field != "layout" {
			t.Errorf("%+v", c)
		}
		if c := choose(t, d, crowd(1)[0]); c.Flow != everyone.Flow {
			t.Error("the simulation changed who gets what")
		}
	})
}

func TestASimulationNamesFlowsThatNobodyCanReach(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		shop(t, d)
		publish(t, d, "", document("everyone", "", 0))
		publish(t, d, "", document("phones", `device.kind == "phone"`, 10))
		for _, c := range []struct {
			name    string
			doc     flow.Document
			reach   flow.Reach
			by      string
			matched int
		}{
			{"true for nobody", document("new", `device.kind == "till"`, 20), flow.ReachSilent, "", 0},
			{"always taken by another", document("new", `device.kind == "phone" && market == "DE"`, 5), flow.ReachShadowed, "phones", 10},
			{"below a flow for everyone", document("new", `device.kind == "desktop"`, -1), flow.ReachNever, "everyone", 10},
			{"reached", document("new", `device.kind == "desktop"`, 1), "", "", 10},
		} {
			t.Run(c.name, func(t *testing.T) {
				f := fate(t, simulate(t, d, "", c.doc, crowd(10)), "new")
				if f.Reach != c.reach || f.By != c.by || f.Matched != c.matched {
					t.Errorf("%+v", f)
				}
			})
		}
		s := simulate(t, d, "", document("all", "", 30), crowd(3))
		if f := fate(t, s, "phones"); f.Reach != flow.ReachNever || f.By != "all" || f.Before != 3 {
			t.Errorf("what the draft leaves without visits: %+v", f)
		}
	})
}

func TestASimulationRefusesATriggerThatCannotBeUsed(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		shop(t, d)
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			_, err := flow.Simulate(t.Context(), tx, "", document("x", "cart.totl > 5", 0), nil)
			return err
		})
		if !errors.Is(err, flow.ErrInvalid) {
			t.Errorf("%v", err)
		}
	})
}

// What a simulation says every visit would get is what Choose gives once the
// draft is published.
func TestASimulationAgreesWithWhatIsChosenOncePublished(t *testing.T) {
	triggers := []string{"", `device.kind == "phone"`, "cart.total >= 50000", `market == "HU"`, `device.kind == "desktop" && cart.total < 100`}
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		shop(t, d)
		publish(t, d, "", document("everyone", "", 0))
		publish(t, d, "", document("large", "cart.total >= 50000", 10))
		rapid.Check(t, func(r *rapid.T) {
			doc := document("draft", rapid.SampledFrom(triggers).Draw(r, "trigger"), rapid.SampledFrom([]int64{-5, 5, 20}).Draw(r, "priority"))
			visits := crowd(rapid.IntRange(1, 6).Draw(r, "visits"))
			s := simulate(t, d, "", doc, visits)
			undone := errors.New("undone")
			got := 0
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				v, err := flow.Save(t.Context(), tx, "", doc)
				if err == nil {
					err = flow.Publish(t.Context(), tx, v.Flow, v.Version)
				}
				for _, visit := range visits {
					c, chosen := flow.Choose(t.Context(), tx, visit)
					err = errors.Join(err, chosen)
					if c.Flow == v.Flow {
						got++
					}
				}
				return errors.Join(err, undone)
			})
			if !errors.Is(err, undone) || s.Got != got {
				r.Fatalf("simulated %d, chosen %d: %v", s.Got, got, err)
			}
		})
	})
}
