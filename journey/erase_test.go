package journey_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"korzo/app/apptest"
	"korzo/customer/consent"
	"korzo/customer/profile"
	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
)

// hers are the words by which somebody could be known: no other word of a shop
// holds them.
var hers = []string{"Quastenfloss", "quastenfloss", "9988776655", "Quittenpfad", "Zwetschgenau"}

var herHome = map[string]any{"name": "Wilma Quastenfloss", "line1": "Quittenpfad 77b", "city": "Zwetschgenau", "postal_code": "10115", "country": "DE", "phone": "+49 30 9988776655"}

// whole fills a shop with all that one customer can leave in it, and returns her
// and her order.
func whole(t *testing.T, w *apptest.World) (k keeper, order string) {
	t.Helper()
	is := func(a apptest.Answer) apptest.Answer {
		t.Helper()
		if a.Status/100 != 2 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		return a
	}
	a := is(w.Call("POST", "/store/v1/customers", map[string]any{"email": "wilma@quastenfloss.example", "name": "Wilma Quastenfloss", "password": "correct horse battery"}))
	k = keeper{w, a.Text("customer"), a.Text("token")}
	is(k.ask("PATCH", "/customers/me", map[string]any{"phone": "+49 30 9988776655"}))
	is(k.ask("POST", "/customers/me/addresses", herHome))
	list := is(k.ask("POST", "/customers/me/wish-lists", map[string]any{"name": "For Wilma Quastenfloss"}))
	is(k.ask("PUT", "/customers/me/wish-lists/"+list.Text("id")+"/products/"+w.Call("GET", "/store/v1/products?limit=1", nil).Text("data", 0, "id"), nil))
	is(k.ask("PUT", "/customers/me/saved/POSTER", map[string]any{"quantity": 2}))

	c := is(k.ask("POST", "/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 2)}}))
	s := is(k.ask("POST", "/checkouts", map[string]any{"cart": c.Text("id")}))
	at := "/checkouts/" + s.Text("id")
	is(k.ask("PATCH", at, map[string]any{"email": "wilma@quastenfloss.example", "shipping_address": herHome, "billing_address": herHome, "shipping_option": "de_standard",
		"payment": map[string]any{"method": "card", "instrument": "sandbox:card.424242.4242.abcdefghjkmnpq", "keep": true}}))
	done := k.complete(s.Text("id"))
	order = done.Text("order", "id")
	if order == "" {
		t.Fatalf("%s", done.Bytes)
	}
	w.Until("her card is kept", func() bool { return len(k.cards()) == 1 })
	send(w, accepted(w, order), nil)
	w.Until("it is invoiced", func() bool { return number(t, w.App.DB, `SELECT COUNT(*) FROM document_documents`) > 0 })
	is(w.Call("POST", "/admin/v1/orders/"+order+"/amendments", map[string]any{"kind": "refund", "goodwill": eur(1_00), "reason": "late"}, "Idempotency-Key", "r"))

	is(k.ask("POST", "/carts", map[string]any{"market": "DE", "lines": []any{line("POSTER", 1)}})) // left behind
	half := is(k.ask("POST", "/checkouts", map[string]any{"cart": is(k.ask("POST", "/carts", map[string]any{"market": "DE", "lines": []any{line("POSTER", 1)}})).Text("id")}))
	is(k.ask("PATCH", "/checkouts/"+half.Text("id"), map[string]any{"email": "wilma@quastenfloss.example", "shipping_address": herHome}))
	dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
		c, err := profile.Find(t.Context(), tx, w.App.Keeper, profile.CustomerID(k.id))
		if err == nil {
			err = profile.AddNote(t.Context(), tx, w.App.Keeper, c.Person, "stf_1", "Frau Quastenfloss rings from 9988776655")
		}
		if err == nil {
			err = consent.Ask(t.Context(), tx, w.App.Keeper, consent.Wish{Purpose: consent.Offers, Email: "wilma@quastenfloss.example", Words: "Write me", Locale: "en", Source: "page"})
		}
		if err == nil {
			err = audit.Record(t.Context(), tx, audit.Entry{Actor: "stf_1", Action: "customer.note", Subject: k.id})
		}
		return err
	})
	w.Until("she was written to", func() bool { return k.ask("GET", "/customers/me/messages", nil).Text("data", 0, "id") != "" })
	return k, order
}

// accepted is what is to be sent of an order, begun.
func accepted(w *apptest.World, order string) string {
	w.T.Helper()
	f := awaitFulfilment(w, order)
	for _, action := range []string{"accept", "pick"} {
		if a := w.Call("POST", "/admin/v1/fulfilments/"+f+"/"+action, map[string]any{}); a.Status != 200 {
			w.T.Fatalf("%s: %d %s", action, a.Status, a.Bytes)
		}
	}
	return f
}

// readable lists the columns of all tables in which one of the words can be read,
// as a person with the database file could: bytes too.
func readable(t *testing.T, d *db.DB, words []string) (found []string) {
	t.Helper()
	columns := `SELECT m.name || ' ' || p.name || ' text' FROM sqlite_master m, pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'`
	is := `SELECT COUNT(*) FROM "%s" WHERE instr(CAST("%s" AS TEXT), $1) > 0`
	if d.Postgres() {
		columns = `SELECT table_name || ' ' || column_name || ' ' || data_type FROM information_schema.columns WHERE table_schema = current_schema() AND data_type IN ('text', 'bytea')`
		is = `SELECT COUNT(*) FROM "%s" WHERE position($1 IN "%s") > 0`
	}
	var all []string
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		all, err = db.All(t.Context(), tx, func(r db.Row) (s string, err error) { return s, r.Scan(&s) }, columns)
		return err
	})
	if len(all) < 500 {
		t.Fatalf("only %d columns were looked into", len(all))
	}
	for _, name := range all {
		table, column, _ := strings.Cut(name, " ")
		column, kind, _ := strings.Cut(column, " ")
		query := fmt.Sprintf(is, table, column)
		if kind == "bytea" {
			query = fmt.Sprintf(`SELECT COUNT(*) FROM "%s" WHERE position(convert_to($1, 'UTF8') IN "%s") > 0`, table, column)
		}
		for _, word := range words {
			if n := number(t, d, query, word); n > 0 {
				found = append(found, fmt.Sprintf("%s.%s: %s, %d rows", table, column, word, n))
			}
		}
	}
	return found
}

// A customer who did all there is to do is told all of it, and is then forgotten:
// no column of any table holds a word by which she could be known, before as
// after, and nobody can open what was sealed but the invoice, which the law keeps.
func TestAnErasedCustomerIsReadableNowhere(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		k, order := whole(t, w)
		told := exported(t, k)
		for _, part := range []string{`"profile"`, `"contacts"`, `"groups"`, `"consents"`, `"orders"`, `"messages"`, `"wishes"`, `"saved_for_later"`, `"carts"`, `"waits_for"`, `"cards"`, `"credit"`,
			`"experiments"`, `"standing"`, `"sessions"`, `"passkeys"`, order, "wilma@quastenfloss.example", "Quittenpfad 77b", "9988776655", "For Wilma Quastenfloss", "4242"} {
			if !strings.Contains(told, part) {
				t.Errorf("her file does not hold %s", part)
			}
		}
		if found := readable(t, w.App.DB, hers); len(found) > 0 {
			t.Errorf("while she is a customer anybody with the database reads %v", found)
		}
		if a := k.ask("DELETE", "/customers/me?confirm=true", nil); a.Status/100 != 2 {
			t.Fatalf("%d %s", a.Status, a.Bytes)
		}
		w.Until("all wings have forgotten her", func() bool {
			return number(t, w.App.DB, `SELECT COUNT(*) FROM vault_cards`) == 0 && number(t, w.App.DB, `SELECT COUNT(*) FROM wishlist_items WHERE list LIKE 'cus_%'`) == 0
		})
		found := slices.DeleteFunc(readable(t, w.App.DB, append(slices.Clone(hers), "127.0.0.1")), func(column string) bool {
			return strings.HasPrefix(column, "payment_attempts.return_url") // the shop's own address, which is hers only in this test
		})
		if len(found) > 0 {
			t.Errorf("of her is left %v", found)
		}
		dbtest.Read(t, w.App.DB, func(tx *db.Tx) error {
			_, err := profile.Find(t.Context(), tx, w.App.Keeper, profile.CustomerID(k.id))
			if err == nil {
				t.Error("she can still be opened")
			}
			return nil
		})
		o := w.Call("GET", "/admin/v1/orders/"+order, nil)
		if o.Status != 200 || strings.Contains(string(o.Bytes), "uastenfloss") {
			t.Errorf("her order, without her: %d %s", o.Status, o.Bytes)
		}
		if a := w.Call("GET", "/admin/v1/documents", nil); !strings.Contains(string(a.Bytes), order) {
			t.Errorf("the invoice, which the law keeps, is gone: %d %s", a.Status, a.Bytes)
		}
		w.Whole()
	})
}

// exported is the file with all that is kept of a customer.
func exported(t *testing.T, k keeper) string {
	t.Helper()
	id := k.ask("POST", "/customers/me/exports", nil).Text("id")
	k.Until("her file is made", func() bool {
		ready, _ := k.ask("GET", "/customers/me/exports", nil).At("data", 0, "ready").(bool)
		return ready
	})
	return string(k.ask("GET", "/customers/me/exports/"+id, nil).Bytes)
}
