package journey_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"korzo/app/apptest"
	"korzo/customer/experiment"
	"korzo/engagement/message"
	"korzo/insight/trial"
	"korzo/platform/audit"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/exception"
	"korzo/purchase/cart"
	"korzo/purchase/checkout"
	"korzo/purchase/flow"
	"korzo/purchase/payment/bank"
)

// trialist comes to the shop as somebody new and begins a checkout.
type trialist struct {
	visitor, session string
	version          int64
	arm              string
}

func come(t *testing.T, w *apptest.World) trialist {
	t.Helper()
	vis := w.Call("POST", "/store/v1/visitors", nil).Text("visitor")
	cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 1)}})
	c := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id"), "visitor": vis, "device": "desktop"})
	s := trialist{visitor: vis, session: c.Text("id")}
	s.look(t, w)
	return s
}

// look reads which version and arm are pinned on the shopper's checkout.
func (s *trialist) look(t *testing.T, w *apptest.World) {
	t.Helper()
	dbtest.Read(t, w.App.DB, func(tx *db.Tx) error {
		all, err := checkout.LatestVisits(t.Context(), tx, 300)
		for _, one := range all {
			if string(one.Session) == s.session {
				s.version, s.arm = one.Version, one.Arm
				return err
			}
		}
		t.Fatalf("there is no checkout %s", s.session)
		return err
	})
}

// buy goes through with what people give who are not asked for more; it says
// whether that was enough.
func (s *trialist) buy(w *apptest.World, phone string) bool {
	address := map[string]any{"phone": phone}
	for k, v := range berlin {
		address[k] = v
	}
	at := "/store/v1/checkouts/" + s.session
	c := w.Call("PATCH", at, map[string]any{"email": "ada@example.com", "shipping_address": address, "shipping_option": "de_standard",
		"payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}})
	done := w.Call("POST", at+"/complete", map[string]any{"expected_total": c.At("totals", "total")}, "Idempotency-Key", s.session)
	return done.Text("status") == "completed"
}

// standardWithNumber is the standard flow with a second version, staged, that
// asks for a telephone number, which nobody likes to give.
func standardWithNumber(t *testing.T, w *apptest.World) (id flow.ID) {
	t.Helper()
	dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
		all, err := flow.Live(t.Context(), tx)
		if err != nil {
			return err
		}
		for _, one := range all {
			if one.Document.Name == "Standard" {
				id = one.Flow
				doc := one.Document
				doc.Asks.Phone = flow.AskRequired
				v, err := flow.Save(t.Context(), tx, id, doc)
				if err == nil {
					err = flow.Stage(t.Context(), tx, id, v.Version)
				}
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
	return id
}

// harmful begins an experiment whose new version does harm.
func harmful(t *testing.T, w *apptest.World) (id flow.ID, exp experiment.ID) {
	t.Helper()
	hash, err := auth.HashPassword(t.Context(), "correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
		_, err := auth.CreateStaff(t.Context(), tx, auth.Staff{Name: "Olga", Email: "olga@example.com", Role: auth.RoleOwner}, hash)
		_, also := auth.CreateStaff(t.Context(), tx, auth.Staff{Name: "Paul", Email: "packer@example.com", Role: auth.RoleAssociate}, hash)
		return errors.Join(err, also)
	})
	id = standardWithNumber(t, w)
	made := w.Call("POST", "/admin/v1/experiments", map[string]any{"key": "phone", "name": "Ask for a telephone number", "kind": "test", "coverage": 1_000_000,
		"point": map[string]any{"kind": "flow", "key": string(id)},
		"arms":  []any{map[string]any{"key": "control", "name": "As it is", "weight": 500_000, "value": nil}, map[string]any{"key": "phone", "name": "With a number", "weight": 500_000, "value": map[string]any{"version": 2}}}})
	exp = experiment.ID(made.Text("id"))
	if started := w.Call("POST", "/admin/v1/experiments/"+string(exp)+"/status", map[string]any{"action": "start"}); started.Text("status") != "running" {
		t.Fatalf("%s %s", made.Bytes, started.Bytes)
	}
	return id, exp
}

// A version that does harm is taken back by itself: shoppers come, those who
// are shown it do not buy, and at the next look everybody new gets what was
// before. The merchant is told by an exception and by mail; who is under way
// ends as they began.
func TestHarmIsTakenBackByItselfAndTheMerchantIsTold(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		id, exp := harmful(t, w)
		var underWay *trialist
		units := map[int64]int{}
		for units[1] < 52 || units[2] < 52 {
			s := come(t, w)
			units[s.version]++
			if s.version == 2 && underWay == nil {
				underWay = &s // looks for the telephone number meanwhile
				continue
			}
			// One in five of the old version buys; all of the new would, and are asked too much.
			if (s.version == 2 || units[1]%5 == 0) && s.buy(w, "") != (s.version == 1) {
				t.Fatalf("a shopper of version %d bought or did not", s.version)
			}
		}
		waitBooked(t, w, units[1]/5)
		r := w.Call("POST", "/admin/v1/experiments/"+string(exp)+"/results", nil)
		if r.Text("verdict") != string(trial.RollBack) || r.Text("because", "code") != trial.BecauseNobody || r.Text("arm") != "phone" {
			t.Fatalf("%s", r.Bytes)
		}
		if e := w.Call("GET", "/admin/v1/experiments/"+string(exp), nil); e.Text("status") != "rolled_back" {
			t.Errorf("%s", e.Bytes)
		}
		after := come(t, w)
		if after.version != 1 || after.arm != "" || !after.buy(w, "") {
			t.Errorf("who comes afterwards gets %+v", after)
		}
		if underWay.look(t, w); underWay.version != 2 || underWay.arm != string(exp)+"/1/phone" || !underWay.buy(w, "+49 30 123456") {
			t.Errorf("who was under way ends otherwise than they began: %+v", underWay)
		}
		toldOfHarm(t, w, id, exp)
		w.Whole()
	})
}

// What breaks in a checkout counts against the arm of whom it failed, over the
// API as on a page, once; what they did wrong, and what they are refused, does not.
func TestACheckoutThatBreaksCountsAgainstItsArm(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		_, exp := harmful(t, w)
		seen := map[int64]*trialist{}
		for len(seen) < 2 {
			s := come(t, w)
			seen[s.version] = &s
		}
		mend := outOfOrder(t, w, "UPDATE")
		for range 2 {
			if a := w.Call("PATCH", "/store/v1/checkouts/"+seen[2].session, map[string]any{"email": "ada@example.com"}); a.Status != 500 {
				t.Fatalf("it did not break: %d %s", a.Status, a.Bytes)
			}
		}
		mend()
		third, want := come(t, w), map[string]int64{"phone": 1}
		want[third.arm[strings.LastIndex(third.arm, "/")+1:]]++
		if trouble := panics(w, checkout.ID(third.session)); trouble != "mad" {
			t.Fatalf("a panic went no further: %v", trouble)
		}
		if a := w.Call("PATCH", "/store/v1/checkouts/"+seen[1].session, map[string]any{"shipping_option": "nothing"}); a.Status/100 != 4 {
			t.Fatalf("a wrong option: %d %s", a.Status, a.Bytes)
		}
		failures := func() (byArm map[string]int64) {
			dbtest.Read(t, w.App.DB, func(tx *db.Tx) (err error) {
				byArm, err = experiment.Failures(t.Context(), tx, exp, 1)
				return err
			})
			return byArm
		}
		w.Until("the failures are written", func() bool { return maps.Equal(failures(), want) })
		if !seen[1].buy(w, "") || !seen[2].buy(w, "+49 30 123456") {
			t.Error("mended, and nobody can buy")
		}
		w.Whole()
	})
}

// panics changes a checkout whose listener panics, and returns with what.
func panics(w *apptest.World, id checkout.ID) (trouble any) {
	heard := w.App.Checkout.Seen
	defer func() { trouble, w.App.Checkout.Seen = recover(), heard }()
	w.App.Checkout.Seen = func(checkout.Glimpse) { panic("mad") }
	email := "ada@example.com"
	_, err := w.App.Checkout.Update(w.T.Context(), id, cart.Caller{}, checkout.Patch{Email: &email})
	return err
}

// A checkout that an arm lets nobody begin counts against it: the exposure, which
// was undone with the beginning, is written all the same.
func TestACheckoutThatCannotBeginCountsAgainstItsArm(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		_, exp := harmful(t, w)
		mend := outOfOrder(t, w, "INSERT")
		visitor := w.Call("POST", "/store/v1/visitors", nil).Text("visitor")
		cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 1)}}).Text("id")
		start := func() int {
			return w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart, "visitor": visitor, "device": "desktop"}).Status
		}
		if first, again := start(), start(); first != 500 || again != 500 {
			t.Fatalf("it began: %d, %d", first, again)
		}
		mend()
		var counts map[string]int64
		w.Until("the failure is written", func() bool {
			dbtest.Read(t, w.App.DB, func(tx *db.Tx) (err error) {
				counts, err = experiment.Failures(t.Context(), tx, exp, 1)
				return err
			})
			return len(counts) > 0
		})
		var shown int64
		for _, n := range counts {
			shown += n
		}
		if shown != 1 || number(t, w.App.DB, `SELECT COUNT(*) FROM experiment_exposures`) != 1 {
			t.Errorf("failures by arm: %v, want one of the arm that was to be shown", counts)
		}
		if status := start(); status != 201 {
			t.Errorf("mended, and it does not begin: %d", status)
		}
		w.Whole()
	})
}

// outOfOrder has every INSERT or UPDATE of a checkout fail until it is mended.
func outOfOrder(t *testing.T, w *apptest.World, verb string) (mend func()) {
	t.Helper()
	run := func(statements ...string) {
		dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
			for _, s := range statements {
				if _, err := tx.Exec(t.Context(), s); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if w.App.DB.Postgres() {
		run(`CREATE FUNCTION out_of_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'out of order'; END $$`,
			`CREATE TRIGGER out_of_order BEFORE `+verb+` ON checkout_sessions FOR EACH ROW EXECUTE FUNCTION out_of_order()`)
		return func() { run(`DROP TRIGGER out_of_order ON checkout_sessions`) }
	}
	run(`CREATE TRIGGER out_of_order BEFORE ` + verb + ` ON checkout_sessions BEGIN SELECT RAISE(ABORT, 'out of order'); END`)
	return func() { run(`DROP TRIGGER out_of_order`) }
}

// waitBooked waits until the orders are among the figures.
func waitBooked(t *testing.T, w *apptest.World, orders int) {
	t.Helper()
	w.Until("the orders are booked", func() bool {
		return number(t, w.App.DB, `SELECT COUNT(*) FROM metric_orders`) == int64(orders)
	})
}

func toldOfHarm(t *testing.T, w *apptest.World, id flow.ID, exp experiment.ID) {
	t.Helper()
	dbtest.Read(t, w.App.DB, func(tx *db.Tx) error {
		all, err := exception.About(t.Context(), tx, string(exp))
		if len(all) != 1 || all[0].Kind != trial.TroubleHarm || !all[0].IsOpen() {
			t.Errorf("exceptions %+v", all)
		}
		lines, also := audit.List(t.Context(), tx, audit.Filter{Subject: string(exp), Limit: 10})
		if len(lines) == 0 || lines[0].Action != "experiment.roll_back" || !strings.HasPrefix(lines[0].Actor, "system:") {
			t.Errorf("audit %+v", lines)
		}
		versions, bad := flow.Versions(t.Context(), tx, id)
		if versions[1].State != flow.StatePublished {
			t.Errorf("%+v", versions)
		}
		return errors.Join(err, also, bad)
	})
	inbox := w.App.Outbox.(message.Inbox)
	told := func() (to []string) {
		kept, err := inbox.List(t.Context(), 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range kept {
			if full, err := inbox.Find(t.Context(), k.ID); err == nil && strings.Contains(full.Mail.Text, "Ask for a telephone number") {
				to = append(to, full.Mail.To)
				if !strings.Contains(full.Mail.Text, "/admin/experiments/"+string(exp)) {
					t.Errorf("the mail does not lead to the experiment:\n%s", full.Mail.Text)
				}
			}
		}
		return to
	}
	w.Until("the owner is told by mail", func() bool { return len(told()) > 0 })
	if to := fmt.Sprint(told()); to != "[olga@example.com]" {
		t.Errorf("told were %s: of staff only those who may decide it, and once", to)
	}
}
