package storefront_test

import (
	"strconv"
	"strings"
	"testing"

	"korzo/customer/profile"
	"korzo/customer/wallet"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/value/money"
)

// rich signs Ada in, who has 700 points of a cent each, which pay from 200 on.
func (w *world) rich() *browser {
	w.t.Helper()
	b := w.ada()
	dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
		ctx := w.t.Context()
		who, err := profile.FindByEmail(ctx, tx, w.keeper, "ada@example.com")
		if err == nil {
			err = wallet.AdjustPoints(ctx, tx, who.ID, 700, wallet.By{Actor: "stf_1", Reason: "a test"}, "k")
		}
		if err == nil {
			err = wallet.SaveWorth(ctx, tx, wallet.Worth{Amount: money.Of(100, "EUR"), Points: 100, Least: 200, Share: 100})
		}
		return err
	})
	b.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-0"), "quantity", "1").at(200, "/cart")
	return b
}

// A number of points that cannot be is told beside its field, with the number to
// keep to, and nothing typed is lost; nothing is ordered before it is mended.
func TestPointsThatCannotPayAreToldBesideTheirField(t *testing.T) {
	each(t, func(w *world) {
		b := w.rich()
		for _, c := range []struct{ language, typed, says string }{
			{"en", "150", "Fewer than 200 points pay nothing. Please use at least 200, or none."},
			{"de", "150", "Weniger als 200 Punkte zahlen nichts. Bitte setzen Sie mindestens 200 ein oder keine."},
			{"hu", "150", "200 pontnál kevesebb nem fizet semmit."},
			{"en", "701", "You have 700 points, and they pay as far as they go. Please use 700 or fewer."},
			{"en", "999999999999", "Please use 700 or fewer."},
			{"de", "701", "Bitte setzen Sie höchstens 700 ein."},
			{"hu", "701", "Használjon fel legfeljebb 700 pontot."},
			{"en", "many", "Please write how many points as a whole number, such as 250."},
			{"de", "2,5", "Bitte geben Sie die Punkte als ganze Zahl an"},
			{"hu", "-5", "Egész számmal adja meg a pontokat"},
		} {
			b.language = c.language
			for intent, status := range map[string]int{"refresh": 200, "place": 422} { // what the script asks, and the button
				in := berlin(b.open("/checkout"), "approve")
				in.Set("points", c.typed)
				in["all_points"] = []string{"no"}
				in.Set("intent", intent)
				page := b.post("/checkout", in).at(status, "/checkout").says(c.says)
				if page.value("points") != c.typed || page.value("name") != in.Get("name") || page.value("postal_code") != in.Get("postal_code") {
					t.Errorf("%q: %q and %q are kept of what was typed", c.typed, page.value("points"), page.value("name"))
				}
				if !strings.Contains(page.body, `aria-invalid="true"`) || intent == "place" && !strings.Contains(page.body, `href="#f-points"`) {
					t.Errorf("%q is told nowhere near its field", c.typed)
				}
			}
		}
		if n := len(w.orders()); n != 0 {
			t.Fatalf("%d orders were placed", n)
		}
	})
}

// What the form says of points is what is charged less: as many as possible, so
// many, or none.
func TestTheCheckoutsFormSpendsThePointsThatItSays(t *testing.T) {
	for name, c := range map[string]struct {
		points string
		all    []string
		paid   int64
	}{
		"as many as possible": {"", []string{"no", "yes"}, 700},
		"so many":             {"250", []string{"no"}, 250},
		"the box beats it":    {"250", []string{"no", "yes"}, 700},
		"none":                {"", []string{"no"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := open(t, dbtest.SQLite(t, schemas))
			b := w.rich()
			in := berlin(b.open("/checkout").says("Use as many points as possible"), "approve")
			in.Set("points", c.points)
			in["all_points"] = c.all
			in.Set("intent", "refresh")
			page := b.post("/checkout", in).at(200, "/checkout")
			in = berlin(page, "approve")
			in.Set("points", c.points)
			in["all_points"] = c.all
			if due := page.value("due"); due != strconv.FormatInt(1780-c.paid, 10) {
				t.Errorf("%s cents are left to pay", due)
			}
			in.Set("due", page.value("due"))
			done := b.post("/checkout", in)
			if !strings.HasPrefix(done.path, "/orders/") {
				t.Fatalf("at %s: %s", done.path, done.text())
			}
			all := w.orders()
			if len(all) != 1 || all[0].Total.Minor != 1780 {
				t.Fatalf("%+v", all)
			}
			paid := int64(0)
			for _, tender := range all[0].Tenders {
				paid += tender.Points
			}
			if paid != c.paid {
				t.Errorf("%d points paid, want %d", paid, c.paid)
			}
		})
	}
}
