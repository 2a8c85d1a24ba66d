package journey_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"korzo/app"
	"korzo/app/apptest"
	"korzo/delivery/carriage"
	"korzo/delivery/method"
	"korzo/fulfilment/shipment"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/flow"
	"korzo/purchase/payment/bank"
)

// withLockers lets parcels wait at points of the sandbox carrier.
func withLockers(w *apptest.World) {
	w.T.Helper()
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error {
		return method.Save(w.T.Context(), tx, method.Method{ID: "de_locker", Market: "DE", Name: map[string]string{"en": "Locker"}, Kind: method.Ship, Points: "sandbox",
			Rule: "flat", Settings: json.RawMessage(`{"amount":290}`), CutOff: 12 * 60, TransitMin: 1, TransitMax: 2, Position: 3, Active: true})
	})
}

// sandbox is the carrier that does as it is told.
func sandbox(w *apptest.World) carriage.Puppet {
	w.T.Helper()
	c, err := w.App.Carriers.Find("sandbox")
	if err != nil {
		w.T.Fatal(err)
	}
	return c.(carriage.Puppet)
}

// atCheckout begins to buy a mug and asks for a locker.
func atCheckout(w *apptest.World) (at string, v apptest.Answer) {
	w.T.Helper()
	cart := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 1)}})
	at = "/store/v1/checkouts/" + w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": cart.Text("id")}).Text("id")
	to := map[string]any{}
	for k, v := range berlin {
		to[k] = v
	}
	to["phone"] = "+493012345678"
	return at, w.Call("PATCH", at, map[string]any{"email": "ada@example.com", "shipping_address": to, "shipping_option": "de_locker",
		"payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}})
}

func needs(a apptest.Answer, what string) bool {
	return strings.Contains(string(mustJSON(a.At("requirements"))), what)
}

func mustJSON(v any) []byte {
	text, _ := json.Marshal(v)
	return text
}

// A parcel goes to a locker that its buyer chose: the label says so, the carrier's
// story says when it waits there, and its code reaches the buyer and nobody else.
func TestAParcelGoesToALockerThatItsBuyerChose(t *testing.T) {
	post := apptest.OpenPost(t)
	w := apptest.OpenTelling(t, dbtest.SQLite(t, app.Schemas()), bank.Config{}, post)
	withLockers(w)
	at, v := atCheckout(w)
	if !needs(v, "pickup_point") || len(v.At("groups", 0, "pickup_points").([]any)) < 4 {
		t.Fatalf("before a point is chosen: %s", v.Bytes)
	}
	first := v.Text("groups", 0, "pickup_points", 0, "code")
	if a := w.Call("PATCH", at, map[string]any{"shipping_option": "de_locker", "pickup_point": "NOSUCH"}); a.Status != 422 {
		t.Errorf("a point that nobody told of: %d %s", a.Status, a.Bytes)
	}
	if a := w.Call("PATCH", at, map[string]any{"shipping_option": "de_standard", "pickup_point": first}); a.Status != 422 {
		t.Errorf("a point for a delivery to the door: %d %s", a.Status, a.Bytes)
	}
	v = w.Call("PATCH", at, map[string]any{"pickup_point": first})
	if needs(v, "pickup_point") || v.Text("groups", 0, "pickup_point", "code") != first || v.Text("status") != "ready_for_complete" {
		t.Fatalf("chosen: %s", v.Bytes)
	}
	placed := w.Call("POST", at+"/complete", map[string]any{"expected_total": v.At("totals", "total")}, "Idempotency-Key", "k")
	id, token := placed.Text("order", "id"), placed.Text("order", "token")
	if o := w.Call("GET", "/store/v1/orders/"+id, nil, "Order-Token", token); o.Text("delivery_groups", 0, "pickup_point", "code") != first {
		t.Errorf("the order says %s", o.Bytes)
	}
	page := seenBy(w, id, token)
	standsOn(t, page, map[string]int{"Locker 1, station": 1, `action="/orders/` + id + `/address"`: 0})

	parcel := sent(w, id)
	if parcel.Carrier != "sandbox" || parcel.Service != "locker" || parcel.Label != shipment.LabelMade {
		t.Fatalf("booked as %+v", parcel)
	}
	w.Until("it is on its way", func() bool { return strings.Contains(seenBy(w, id, token), "On its way") })
	if _, _, err := sandbox(w).Tell(t.Context(), parcel.Number, carriage.Event{Status: carriage.StatusAvailable}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // told twice, it is said once
		if err := w.App.Dispatch.Look(t.Context(), parcel.ID); err != nil {
			t.Fatal(err)
		}
	}
	story, err := sandbox(w).Track(t.Context(), parcel.Number)
	if err != nil {
		t.Fatal(err)
	}
	pin := story[len(story)-1].Pin
	page = seenBy(w, id, token)
	standsOn(t, page, map[string]int{"Ready to collect": 1, pin[:3] + " " + pin[3:]: 1})
	w.Until("a mail brings the code", func() bool { return len(post.Letters(pin[:3]+" "+pin[3:])) > 0 })
	w.Until("a text does too", func() bool { return len(post.Texts("+493012345678")) > 0 })
	if a := w.Call("GET", "/store/v1/orders/"+id+"/tracking", nil, "Order-Token", token); strings.Contains(string(a.Bytes), pin) || a.Text("parcels", 0, "collect_until") == "" {
		t.Errorf("tracking says %s", a.Bytes)
	}
	dbtest.Read(t, w.App.DB, func(tx *db.Tx) error {
		told, err := shipment.Story(t.Context(), tx, parcel.ID)
		if text := string(mustJSON(told)); err != nil || strings.Contains(text, pin) {
			t.Errorf("the pin stands beside the parcel: %s, %v", text, err)
		}
		return nil
	})
	if _, _, err := sandbox(w).Tell(t.Context(), parcel.Number, carriage.Event{Status: carriage.StatusDelivered}); err != nil {
		t.Fatal(err)
	}
	if err := w.App.Dispatch.Look(t.Context(), parcel.ID); err != nil {
		t.Fatal(err)
	}
	standsOn(t, seenBy(w, id, token), map[string]int{"Delivered": 1, "Ready to collect": 0, pin[:3] + " " + pin[3:]: 0})
	w.Whole()
}

// sent packs and ships what an order has, as an associate does who takes what is
// proposed.
func sent(w *apptest.World, id string) (p shipment.Parcel) {
	w.T.Helper()
	list := "/admin/v1/fulfilments?order=" + id
	w.Until("the warehouse knows", func() bool { return w.Call("GET", list, nil).At("data", 0) != nil })
	of := shipment.ID(w.Call("GET", list, nil).Text("data", 0, "id"))
	by := shipment.By{Actor: "test"}
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) (err error) {
		p, err = shipment.Pack(w.T.Context(), tx, of, nil, 900, by)
		return err
	})
	p, err := w.App.Dispatch.Book(w.T.Context(), p.ID, "", "", 0, by)
	if err != nil {
		w.T.Fatal(err)
	}
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error { return shipment.Ship(w.T.Context(), tx, p.ID, by) })
	return p
}

// Lockers and shops of carriers can be looked at before there is a checkout, by
// the way of delivery that ends there.
func TestLockersNearAPostalCodeAreListedWithoutACheckout(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		withLockers(w)
		const near = "/store/v1/pickup-points?market=DE&postal_code=10115"
		v := w.Call("GET", near, nil)
		if v.Text("carriers", 0, "shipping_option") != "de_locker" || len(v.At("carriers", 0, "points").([]any)) < 4 || v.Text("carriers", 0, "points", 0, "carrier") != "sandbox" {
			t.Fatalf("%d %s", v.Status, v.Bytes)
		}
		code := v.Text("carriers", 0, "points", 0, "code")
		at, _ := atCheckout(w)
		if a := w.Call("PATCH", at, map[string]any{"pickup_point": code}); a.Text("groups", 0, "pickup_point", "code") != code {
			t.Errorf("a point that was listed cannot be chosen: %s", a.Bytes)
		}
		for _, nowhere := range []string{"/store/v1/pickup-points?market=DE", near + "&country=US"} {
			if a := w.Call("GET", nowhere, nil); a.Status != 200 || len(a.At("carriers").([]any)) != 0 {
				t.Errorf("%s: %d %s", nowhere, a.Status, a.Bytes)
			}
		}
		sandbox(w).Fail("points", carriage.Silence)
		w.Pass(2 * time.Hour)
		if a := w.Call("GET", near, nil); a.Status != 200 || a.At("carriers", 0, "silent") != true || a.Text("carriers", 0, "points", 0, "code") != code {
			t.Errorf("a silent carrier: %d %s", a.Status, a.Bytes)
		}
	})
}

// A carrier that does not answer keeps nobody from buying: what it told before
// stands in, and other deliveries need no answer.
func TestASilentCarrierStopsNoPurchase(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		withLockers(w)
		sandbox(w).Fail("points", carriage.Silence)
		at, v := atCheckout(w)
		if v.Status != 200 || v.At("groups", 0, "pickup_points") != nil || v.At("groups", 0, "pickup_points_silent") != true || !strings.Contains(string(v.Bytes), "pickup_points_silent") {
			t.Fatalf("%d %s", v.Status, v.Bytes)
		}
		v = w.Call("PATCH", at, map[string]any{"shipping_option": "de_standard"})
		placed := w.Call("POST", at+"/complete", map[string]any{"expected_total": v.At("totals", "total")}, "Idempotency-Key", "k")
		if placed.Text("order", "id") == "" {
			t.Fatalf("not bought: %s", placed.Bytes)
		}
		_, again := atCheckout(w)
		if again.At("groups", 0, "pickup_points") != nil {
			t.Error("a silent carrier is asked again at once")
		}
		w.Pass(time.Minute)
		_, again = atCheckout(w)
		if len(again.At("groups", 0, "pickup_points").([]any)) == 0 {
			t.Errorf("after a minute: %s", again.Bytes)
		}
		w.Pass(2 * time.Hour)
		sandbox(w).Fail("points", carriage.Lost)
		_, again = atCheckout(w)
		if len(again.At("groups", 0, "pickup_points").([]any)) == 0 || again.At("groups", 0, "pickup_points_silent") != true {
			t.Errorf("what was told before does not stand in: %s", again.Bytes)
		}
		w.Whole()
	})
}

func TestTheWidgetOfPlacesChoosesALocker(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		withLockers(w)
		dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error {
			v, err := flow.Save(t.Context(), tx, "", flow.Document{Name: "Places", Layout: flow.OnePage, Priority: 100, Trigger: `market == "DE"`,
				Payments: map[string][]string{"DE": {"card"}}, Widgets: []flow.Widget{{Kind: "pickup_point"}}})
			if err != nil {
				return err
			}
			return flow.Publish(t.Context(), tx, v.Flow, v.Version)
		})
		at, v := atCheckout(w)
		word := v.Text("widgets", 0, "data", "points", 0, "option")
		v = w.Call("PATCH", at, map[string]any{"widgets": map[string]any{v.Text("widgets", 0, "name"): map[string]string{"option": word}}})
		_, code, _ := strings.Cut(word, "@")
		if code == "" || v.Text("groups", 0, "pickup_point", "code") != code || needs(v, "pickup_point") {
			t.Errorf("%q: %s", word, v.Bytes)
		}
	})
}

// A parcel that its carrier lost, and one that comes back, are told to their
// buyers by mail and text, each once however often the carrier says so.
func TestABuyerIsToldOfAParcelThatDoesNotArrive(t *testing.T) {
	t.Parallel()
	for status, says := range map[carriage.Status]string{carriage.StatusFailure: "konnte nicht zugestellt", carriage.StatusReturn: "kommt an uns"} {
		t.Run(string(status), func(t *testing.T) {
			post := apptest.OpenPost(t)
			w := apptest.OpenTelling(t, dbtest.SQLite(t, app.Schemas()), bank.Config{}, post)
			withLockers(w)
			at, v := atCheckout(w)
			v = w.Call("PATCH", at, map[string]any{"pickup_point": v.Text("groups", 0, "pickup_points", 0, "code")})
			id := w.Call("POST", at+"/complete", map[string]any{"expected_total": v.At("totals", "total")}, "Idempotency-Key", "k").Text("order", "id")
			parcel := sent(w, id)
			for range 2 {
				if _, _, err := sandbox(w).Tell(t.Context(), parcel.Number, carriage.Event{Status: status}); err != nil {
					t.Fatal(err)
				}
				if err := w.App.Dispatch.Look(t.Context(), parcel.ID); err != nil {
					t.Fatal(err)
				}
			}
			w.Until("a mail says so", func() bool { return len(post.Letters(says)) > 0 })
			w.Until("a text does too", func() bool { return len(post.Texts("Ihr Paket zur Bestellung")) > 0 })
			w.Until("everything that follows is done", func() bool {
				return number(t, w.App.DB, `SELECT (SELECT COUNT(*) FROM job_jobs) + (SELECT COUNT(*) FROM event_facts WHERE done_at IS NULL)`) == 0
			})
			if n := len(post.Letters(says)); n != 1 {
				t.Errorf("%d mails say that it %s", n, says)
			}
			w.Whole()
		})
	}
}
