package document_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"korzo/customer/profile"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/fault"
	"korzo/platform/job"
	"korzo/platform/ledger"
	"korzo/platform/remember"
	"korzo/platform/seal"
	"korzo/purchase/document"
	"korzo/purchase/order"
	"korzo/purchase/payment"
	"korzo/purchase/tax"
	"korzo/purchase/tax/vatid"
	"korzo/purchase/tax/vatid/register/fake"
	"korzo/value/address"
	"korzo/value/money"
)

var schemas = []fs.FS{remember.Schema, event.Schema, ledger.Schema, exception.Schema, market.Schema, profile.Schema, order.Schema,
	payment.Schema, document.Schema, vatid.Schema, job.Schema}

var keeper = func() *seal.Keeper {
	k, err := seal.Open(make([]byte, seal.KeySize))
	if err != nil {
		panic(err)
	}
	return k
}()

func eur(minor int64) money.Amount { return money.Of(minor, "EUR") }

var seat = address.Address{Name: "Eins GmbH", Line1: "Musterufer 1", City: "Berlin", PostalCode: "10999", Country: "DE", Phone: "+49 30 1234567"}

var buyer = address.Address{Name: "Erika Muster", Line1: "Beispielweg 2", City: "Hamburg", PostalCode: "20095", Country: "DE"}

// open sets up two sellers, each with a market that includes tax (DE) or not (US).
func open(t testing.TB, d *db.DB) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) error {
		for id, included := range map[string]bool{"DE": true, "US": false} {
			e := market.Entity{ID: market.EntityID("ent_" + strings.ToLower(id)), Name: "Eins GmbH", VATID: "DE123456788", Address: seat,
				Series: id, Email: "rechnung@eins.example", Register: "Amtsgericht Berlin, HRB 1"}
			if err := market.SaveEntity(t.Context(), tx, e); err != nil {
				return err
			}
			m := market.Market{ID: id, Name: id, Currency: "EUR", Countries: []string{id}, Country: id, Locale: "de-DE", Zone: "Europe/Berlin",
				TaxIncluded: included, Entity: e.ID}
			if err := market.Save(t.Context(), tx, m); err != nil {
				return err
			}
		}
		return nil
	})
}

var numbers order.Numbers

// bought is an order of three positions at two rates with delivery: 23.80 + 10.70 − 1.07 … as draft says.
func draft(d *db.DB, place string) (order.ID, order.Draft) {
	id := order.NewID(d.Now())
	g := order.GroupID("grp_" + string(id))
	tax := func(ppm, base, amount int64) []order.Tax {
		return []order.Tax{{Name: "MwSt.", Country: "DE", PPM: ppm, Base: eur(base), Amount: eur(amount)}}
	}
	line := func(n int, sku string, quantity, unit, discount, tx int64, taxes []order.Tax) order.Line {
		l := order.Line{ID: order.LineID(fmt.Sprintf("lin_%d_%s", n, id)), Group: g, Kind: "goods", Product: "prd_1", Variant: "var_" + sku, SKU: sku,
			Title: "Becher " + sku, Quantity: quantity, UnitPrice: eur(unit), Subtotal: eur(unit * quantity), Discount: eur(discount),
			Tax: eur(tx), Total: eur(unit*quantity - discount), TaxClass: "standard", Taxes: taxes}
		if discount > 0 {
			l.Shares = []order.Share{{Promotion: "prm_1", Code: "X", Amount: eur(discount)}}
		}
		return l
	}
	o := order.Draft{Cart: "cart_" + string(id), Market: place, Channel: "web", Entity: "ent_" + strings.ToLower(place), Locale: "de-DE",
		TaxIncluded: place == "DE", Source: "checkout"}
	if o.TaxIncluded {
		o.Lines = []order.Line{line(1, "MUG", 2, 1190, 0, 380, tax(190_000, 2000, 380)), line(2, "BOOK", 1, 1070, 107, 63, tax(70_000, 900, 63))}
		o.Groups = []order.Group{{ID: g, Kind: "ship", Method: "standard", Name: "Standardversand", Price: eur(476), Discount: eur(0), Tax: eur(76), Taxes: tax(190_000, 400, 76)}}
		o.Subtotal, o.Discount, o.Shipping, o.Tax, o.Total = eur(3450), eur(107), eur(476), eur(519), eur(3819)
	} else {
		o.Lines = []order.Line{line(1, "MUG", 2, 1000, 0, 190, tax(95_000, 2000, 190)), line(2, "BOOK", 1, 1000, 0, 0, nil)}
		o.Groups = []order.Group{{ID: g, Kind: "ship", Method: "standard", Name: "Standard", Price: eur(500), Discount: eur(0), Tax: eur(0)}}
		o.Subtotal, o.Discount, o.Shipping, o.Tax, o.Total = eur(3000), eur(0), eur(500), eur(190), eur(3690)
	}
	return id, o
}

func place(t testing.TB, d *db.DB, market string) order.ID {
	t.Helper()
	id, o := draft(d, market)
	dbtest.Write(t, d, func(tx *db.Tx) error {
		c, err := profile.SaveContact(t.Context(), tx, keeper, profile.Contact{Name: buyer.Name, Email: "erika@example.com", Shipping: buyer})
		if err != nil {
			return err
		}
		o.Contact = string(c)
		if _, err := numbers.Place(t.Context(), tx, id, o, ""); err != nil {
			return err
		}
		return document.Due(t.Context(), tx, id)
	})
	return id
}

func issue(t testing.TB, d *db.DB) {
	t.Helper()
	for n := 1; n > 0; {
		dbtest.Write(t, d, func(tx *db.Tx) (err error) {
			n, err = document.Issue(t.Context(), tx, keeper)
			return err
		})
	}
}

func credit(t testing.TB, d *db.DB, c document.Credit) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) error { return document.DueCredit(t.Context(), tx, c) })
	issue(t, d)
}

func of(t testing.TB, d *db.DB, o order.ID) (all []document.Document, contents []document.Content) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) (err error) {
		contents = nil
		if all, err = document.OfOrder(t.Context(), tx, string(o)); err != nil {
			return err
		}
		for _, one := range all {
			_, c, err := document.Find(t.Context(), tx, keeper, one.ID)
			if err != nil {
				return err
			}
			contents = append(contents, c)
		}
		return nil
	})
	return all, contents
}

func sound(t testing.TB, d *db.DB) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) error {
		wrong, err := document.Verify(t.Context(), tx)
		for _, w := range wrong {
			t.Error(w)
		}
		return err
	})
}

func TestAnInvoiceIsACopyOfItsOrder(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		o := place(t, d, "DE")
		issue(t, d)
		all, contents := of(t, d, o)
		if len(all) != 1 || all[0].Number != "DE-000001" || all[0].Kind != document.Invoice {
			t.Fatalf("%+v", all)
		}
		c := contents[0]
		if c.Net != eur(3300) || c.Tax != eur(519) || c.Total != eur(3819) || !c.Due().IsZero() {
			t.Errorf("net %v, tax %v, total %v, due %v", c.Net, c.Tax, c.Total, c.Due())
		}
		if len(c.Rates) != 2 || c.Rates[0] != (document.Rate{PPM: 190_000, Base: eur(2400), Tax: eur(456)}) || c.Rates[1].Base != eur(900) {
			t.Errorf("%+v", c.Rates)
		}
		if c.Buyer.Address != buyer || c.Seller.Register == "" || len(c.Lines) != 2 || len(c.Charges) != 1 {
			t.Errorf("%+v", c)
		}
		// Later changes do not reach it: the seller moves, the buyer is forgotten.
		dbtest.Write(t, d, func(tx *db.Tx) error {
			if err := market.SaveEntity(t.Context(), tx, market.Entity{ID: "ent_de", Name: "Anders GmbH", Series: "NEU"}); err != nil {
				return err
			}
			of, err := order.Find(t.Context(), tx, o)
			if err != nil {
				return err
			}
			return profile.EraseContact(t.Context(), tx, profile.ContactID(of.Contact))
		})
		if _, again := of(t, d, o); again[0].Seller.Name != "Eins GmbH" || again[0].Buyer.Name != "Erika Muster" {
			t.Errorf("the document changed: %+v", again[0])
		}
		sound(t, d)
	})
}

// What the office said before the invoice is issued stands on it; what it says
// later is kept with the order and does not reach the copy.
func TestAnInvoiceWithoutTaxSaysWhyAndWhatTheOfficeSaid(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		register := fake.New()
		checker, pool := vatid.New(d, keeper, register), job.NewPool(d)
		checker.Register(pool)
		sell := func() order.ID {
			id, o := draft(d, "US")
			o.TaxReason = tax.ReasonReverse
			dbtest.Write(t, d, func(tx *db.Tx) error {
				c, err := profile.SaveContact(t.Context(), tx, keeper, profile.Contact{Name: "Ada", Company: "Beispiel Ges.m.b.H.", VATID: "atu 10223006", Email: "ada@example.com", Shipping: buyer})
				o.Contact = string(c)
				if err == nil {
					_, err = numbers.Place(t.Context(), tx, id, o, "")
				}
				return errors.Join(err, checker.Want(t.Context(), tx, c, "ATU10223006"), checker.Bind(t.Context(), tx, c, string(id)), document.Due(t.Context(), tx, id))
			})
			return id
		}
		answered := sell()
		if _, err := pool.RunOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		waiting := sell()
		issue(t, d)
		_, with := of(t, d, answered)
		_, without := of(t, d, waiting)
		c := with[0]
		if c.TaxReason != tax.ReasonReverse || c.Buyer.Name != "Beispiel Ges.m.b.H." || c.Buyer.VATID != "ATU10223006" ||
			c.VATCheck == nil || !c.VATCheck.Valid || c.VATCheck.Reference != "FAKE-AT" || c.VATCheck.Day.IsZero() {
			t.Errorf("%+v %+v", c, c.VATCheck)
		}
		if without[0].VATCheck != nil || without[0].TaxReason != tax.ReasonReverse {
			t.Errorf("%+v", without[0])
		}
		credit(t, d, document.Credit{Ref: "r", Order: answered})
		if _, all := of(t, d, answered); len(all) != 2 || all[1].TaxReason != tax.ReasonReverse || all[1].Buyer.VATID == "" {
			t.Errorf("%+v", all)
		}
		sound(t, d)
	})
}

func TestNothingIsIssuedTwiceOrForWhatIsNotOrdered(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		first, canceled := place(t, d, "DE"), place(t, d, "DE")
		dbtest.Write(t, d, func(tx *db.Tx) error { return order.Move(t.Context(), tx, canceled, order.StateCanceled, "") })
		issue(t, d)
		dbtest.Write(t, d, func(tx *db.Tx) error { return document.Due(t.Context(), tx, first) })
		issue(t, d)
		credit(t, d, document.Credit{Ref: "refund_1", Order: canceled})
		if all, _ := of(t, d, first); len(all) != 1 {
			t.Errorf("%d documents", len(all))
		}
		if all, _ := of(t, d, canceled); len(all) != 0 {
			t.Errorf("an order canceled before its invoice has %d documents", len(all))
		}
		if n := place(t, d, "US"); n != "" {
			issue(t, d)
			if all, c := of(t, d, n); all[0].Number != "US-000001" || c[0].Total != eur(3690) || c[0].Net != eur(3500) {
				t.Errorf("%+v", c)
			}
		}
		sound(t, d)
	})
}

func TestACreditNoteTakesBackWhatWasChargedAndNoMore(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		o := place(t, d, "DE")
		issue(t, d)
		mug := "lin_1_" + string(o)
		credit(t, d, document.Credit{Ref: "r1", Order: o, Reason: "broken", Lines: []document.Taken{{Line: mug, Quantity: 1, Gross: 1190}}})
		credit(t, d, document.Credit{Ref: "r1", Order: o, Lines: []document.Taken{{Line: mug, Quantity: 1, Gross: 1190}}})
		credit(t, d, document.Credit{Ref: "r2", Order: o, Lines: []document.Taken{{Line: mug, Quantity: 2, Gross: 2630}}}) // too much
		all, contents := of(t, d, o)
		if len(all) != 2 || all[1].Number != "DE-C-000001" || all[1].Corrects != all[0].ID {
			t.Fatalf("%+v", all)
		}
		if c := contents[1]; c.Total != eur(1190) || c.Tax != eur(190) || c.Corrects != "DE-000001" || c.Reason != "broken" || len(c.Charges) != 0 {
			t.Errorf("%+v", c)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			open, err := exception.List(t.Context(), tx, exception.Filter{Open: true, Limit: 9})
			if len(open) != 1 || open[0].Kind != "document.too_much" {
				t.Errorf("%+v", open)
			}
			return err
		})
		credit(t, d, document.Credit{Ref: "r3", Order: o, Reason: "all the rest"})
		all, contents = of(t, d, o)
		if len(all) != 3 || contents[2].Total != eur(3819-1190) || contents[2].Tax != eur(519-190) {
			t.Fatalf("%+v", contents[len(contents)-1])
		}
		credit(t, d, document.Credit{Ref: "r4", Order: o})
		if all, _ = of(t, d, o); len(all) != 3 {
			t.Errorf("nothing was left, yet there are %d documents", len(all))
		}
		sound(t, d)
	})
}

// Law: however an invoice is taken back, the parts sum to the whole, per rate and
// to the minor unit, and never beyond.
func TestAnyCreditsSumToTheInvoice(t *testing.T) {
	d := dbtest.SQLite(t, schemas)
	open(t, d)
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		o := place(t, d, rapid.SampledFrom([]string{"DE", "US"}).Draw(r, "market"))
		issue(t, d)
		for range rapid.IntRange(0, 5).Draw(r, "credits") {
			n++
			c := document.Credit{Ref: fmt.Sprint("any_", n), Order: o}
			if rapid.Bool().Draw(r, "whole") {
				c.Gross = rapid.Int64Range(1, 1500).Draw(r, "gross")
			} else {
				c.Lines = []document.Taken{{Line: fmt.Sprintf("lin_%d_%s", rapid.IntRange(1, 2).Draw(r, "line"), o), Quantity: 1, Gross: rapid.Int64Range(1, 2500).Draw(r, "gross")}}
				c.Shipping, c.Gross = rapid.Int64Range(0, 500).Draw(r, "shipping"), rapid.Int64Range(0, 300).Draw(r, "goodwill")
			}
			credit(t, d, c)
		}
		n++
		credit(t, d, document.Credit{Ref: fmt.Sprint("any_", n), Order: o})
		_, contents := of(t, d, o)
		net, tax, rates := eur(0), eur(0), map[int64]money.Amount{}
		for _, c := range contents[1:] {
			net, tax = net.Plus(c.Net), tax.Plus(c.Tax)
			for _, rate := range c.Rates {
				rates[rate.PPM] = rates[rate.PPM].Plus(rate.Tax)
			}
			for _, l := range append(c.Lines, c.Charges...) {
				if l.Net.Minor < 0 || l.Tax.Minor < 0 {
					r.Fatalf("a negative position: %+v", l)
				}
			}
		}
		if net != contents[0].Net || tax != contents[0].Tax {
			r.Fatalf("credited %v + %v of %v + %v", net, tax, contents[0].Net, contents[0].Tax)
		}
		for _, rate := range contents[0].Rates {
			if rates[rate.PPM].Minor != rate.Tax.Minor {
				r.Fatalf("of rate %d credited %v of %v", rate.PPM, rates[rate.PPM], rate.Tax)
			}
		}
	})
	sound(t, d)
}

// Law: a thousand orders' invoices, issued by many at once, have numbers without gap or repeat.
func TestAThousandInvoicesIssuedByManyAtOnceHaveNoGap(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		const n = 1000
		for range n {
			place(t, d, "DE")
		}
		no := errors.New("no")
		var all sync.WaitGroup
		for i := range 16 {
			all.Go(func() {
				for turn := 0; ; turn++ {
					var worked int
					err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
						worked, err = document.Issue(t.Context(), tx, keeper)
						if err == nil && turn == i%3 { // a node that fails at the end gives its numbers back
							return no
						}
						return err
					})
					if err != nil && !errors.Is(err, no) && !fault.KindOf(err).Retryable() { // a node that waited too long for its turn tries again
						t.Error(err)
						return
					}
					if err == nil && worked == 0 {
						return
					}
				}
			})
		}
		all.Wait()
		seen := map[string]bool{}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			for after := document.ID(""); ; {
				page, next, err := document.List(t.Context(), tx, document.Filter{After: after, Limit: 200})
				if err != nil {
					return err
				}
				for _, one := range page {
					seen[one.Number] = true
				}
				if after = next; next == "" {
					return nil
				}
			}
		})
		for i := range n {
			if !seen[fmt.Sprintf("DE-%06d", i+1)] {
				t.Fatalf("DE-%06d is missing", i+1)
			}
		}
		if len(seen) != n {
			t.Errorf("%d numbers", len(seen))
		}
		sound(t, d)
	})
}

func TestAfterItsYearsOnlyNumberAndSumsAreLeft(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
		d.Now = func() time.Time { return at }
		open(t, d)
		o := place(t, d, "DE")
		issue(t, d)
		dbtest.Write(t, d, func(tx *db.Tx) error {
			if err := document.Forget(t.Context(), tx, document.Expired(at.AddDate(10, 0, 0))); err != nil {
				return err
			}
			all, err := document.OfOrder(t.Context(), tx, string(o))
			if err != nil {
				return err
			}
			if _, _, err := document.Find(t.Context(), tx, keeper, all[0].ID); err != nil {
				t.Errorf("in its tenth year: %v", err)
			}
			if err := document.Forget(t.Context(), tx, document.Expired(at.AddDate(11, 0, 0))); err != nil {
				return err
			}
			found, c, err := document.Find(t.Context(), tx, keeper, all[0].ID)
			if !errors.Is(err, document.ErrForgotten) || found.Number != "DE-000001" || found.Total != eur(3819) || c.Buyer.Name != "" {
				t.Errorf("%+v %+v %v", found, c, err)
			}
			return nil
		})
		sound(t, d)
	})
}
