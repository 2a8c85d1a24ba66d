package transfer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"korzo/backoffice/transfer"
	"korzo/customer/consent"
	"korzo/customer/group"
	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/seal"
	"korzo/purchase/order"
	"korzo/value/address"
	"korzo/value/money"

	"pgregory.net/rapid"
)

var homes = []address.Address{
	{Name: "Ada, \"Countess\"", Line1: "Unter den Linden 1", Line2: "=HH", City: "Berlin", PostalCode: "10117", Country: "DE"},
	{Name: "Űrhajós Ödön", Line1: "Fő utca 2., 3. emelet", City: "Budapest", PostalCode: "1011", Country: "HU", Phone: "+36 1 234 5678"},
}

// person is a customer and what they ordered, here or elsewhere.
type person struct {
	record profile.Record
	orders []order.Past
}

var people = rapid.Custom(func(t *rapid.T) (all []person) {
	for i := range rapid.IntRange(0, 6).Draw(t, "people") {
		p := person{record: profile.Record{Name: words(t, "name"), Phone: "+49 30 1", Locale: "de-DE", Market: "DE", CreatedAt: moment(t)}}
		if rapid.Bool().Draw(t, "known") {
			p.record.Email = fmt.Sprintf("p%d@example.com", i)
		} else {
			p.record.ExternalID = fmt.Sprintf("else,where:%d", i)
		}
		for j := range rapid.IntRange(0, 2).Draw(t, "addresses") {
			p.record.Book = append(p.record.Book, profile.Saved{Address: homes[j], Default: j == 0})
		}
		for j := range rapid.IntRange(0, 3).Draw(t, "orders") {
			p.orders = append(p.orders, ordered(t, fmt.Sprintf("%d-%d", i, j)))
		}
		all = append(all, p)
	}
	return all
})

func moment(t *rapid.T) time.Time {
	return time.UnixMicro(rapid.Int64Range(1e15, 16e14).Draw(t, "at")).UTC()
}

func ordered(t *rapid.T, name string) order.Past {
	c := rapid.SampledFrom([]money.Currency{"EUR", "HUF", "KWD"}).Draw(t, "currency")
	of := func(n int64) money.Amount { return money.Of(n, c) }
	p := order.Past{State: rapid.SampledFrom([]order.State{order.StatePlaced, order.StateOnHold, order.StateCompleted, order.StateCanceled}).Draw(t, "state"), PlacedAt: moment(t)}
	if rapid.Bool().Draw(t, "numbered") {
		p.Number = rapid.SampledFrom([]string{"C-", "=", "2", ""}).Draw(t, "series") + strings.ReplaceAll(name, "-", "7")
	}
	p.Draft = order.Draft{Cart: "cart_" + name, Market: "DE", Channel: "web", Entity: "ent_gmbh", Locale: "de", Flow: "flw_1", FlowVersion: 2, Arm: words(t, "arm"),
		TaxIncluded: rapid.Bool().Draw(t, "included"), Source: words(t, "source"), IsTest: rapid.Bool().Draw(t, "test"),
		TaxReason: rapid.SampledFrom([]string{"", "reverse_charge"}).Draw(t, "untaxed"), Extras: extras(t),
		Subtotal: of(0), Discount: of(0), Shipping: of(0), Tax: of(0)}
	for i := range rapid.IntRange(1, 2).Draw(t, "groups") {
		g := order.Group{ID: order.GroupID(fmt.Sprintf("grp_%s_%d", name, i)), Kind: "ship", Method: "m", Name: words(t, "method"), Price: of(490), Discount: of(90), Tax: of(64),
			Taxes: []order.Tax{{Name: "USt", Country: "DE", PPM: 190_000, Base: of(336), Amount: of(64)}}, PromiseFrom: "2030-01-02"}
		p.Groups, p.Shipping, p.Tax = append(p.Groups, g), p.Shipping.Plus(of(400)), p.Tax.Plus(of(64))
	}
	for i := range rapid.IntRange(1, 4).Draw(t, "lines") {
		l := bought(t, name, i, of)
		l.Group = p.Groups[i%len(p.Groups)].ID
		p.Lines, p.Subtotal, p.Discount, p.Tax = append(p.Lines, l), p.Subtotal.Plus(l.Subtotal), p.Discount.Plus(l.Discount), p.Tax.Plus(l.Tax)
		if l.Returned > 0 {
			p.Returns = append(p.Returns, order.Return{Ref: "C" + name, Position: int64(i), Line: l.ID, Quantity: l.Returned, Amount: l.Refunded, At: p.PlacedAt.Add(time.Hour)})
		}
	}
	p.Total = p.Subtotal.Minus(p.Discount).Plus(p.Shipping)
	if !p.TaxIncluded {
		p.Total = p.Total.Plus(p.Tax)
	}
	return p
}

func extras(t *rapid.T) []order.Extra {
	return rapid.SliceOfN(rapid.Just(order.Extra{Name: "wrap", Kind: "gift_wrap", Answers: map[string]string{"paper": "=gold"}}), 0, 2).Draw(t, "extras")
}

func bought(t *rapid.T, name string, i int, of func(int64) money.Amount) order.Line {
	n, price := rapid.Int64Range(1, 9).Draw(t, "quantity"), rapid.Int64Range(0, 5000).Draw(t, "price")
	l := order.Line{ID: order.LineID(fmt.Sprintf("oli_%s_%d", name, i)), Kind: "goods", Product: "prd_1", Variant: "var_1", SKU: fmt.Sprintf("=S %d", i%2), Title: words(t, "title"),
		Image: "a.png", Seller: "s", Properties: pairs(t, "properties"), Quantity: n, UnitPrice: of(price), TaxClass: "reduced", Subtotal: of(price * n), Discount: of(0), Tax: of(0), Refunded: of(0)}
	if rapid.Bool().Draw(t, "costs") {
		l.UnitCost = money.Of(price, "USD")
	}
	if price > 10 {
		l.Discount, l.Tax = of(7), of(3)
		l.Shares = []order.Share{{Promotion: "promo", Code: words(t, "code"), Amount: of(5)}, {Promotion: "other", Amount: of(2)}}
		l.Taxes = []order.Tax{{Name: "A,B", Country: "DE", Region: "BE", PPM: 70_000, Base: of(10), Amount: of(3)}}
	}
	if l.Shipped = rapid.Int64Range(0, n).Draw(t, "shipped"); l.Shipped > 0 && rapid.Bool().Draw(t, "returned") {
		l.Returned, l.Refunded = 1, of(min(price, 1))
	}
	l.Total = l.Subtotal.Minus(l.Discount)
	return l
}

func fillPeople(t *testing.T, d *db.DB, all []person) {
	t.Helper()
	ctx := context.Background()
	k, err := seal.Open(bytes.Repeat([]byte{5}, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	var numbers order.Numbers
	dbtest.Write(t, d, func(tx *db.Tx) error {
		friends, err := group.Create(ctx, tx, "Friends")
		_, err2 := group.Create(ctx, tx, "Nobody")
		if err := errors.Join(err, err2); err != nil {
			return err
		}
		for i, p := range all {
			id, err := profile.Import(ctx, tx, k, p.record)
			if err != nil {
				return err
			}
			if i%2 == 0 {
				if err := group.Add(ctx, tx, friends.ID, []string{string(id)}); err != nil {
					return err
				}
			}
			c, err := profile.Find(ctx, tx, k, id)
			if err != nil {
				return err
			}
			for j, o := range p.orders {
				contact := profile.Contact{Name: p.record.Name, Email: "x@example.com", Shipping: homes[0], Company: "=Ada KG", VATID: "ATU 10223006", Words: map[string]string{"wrap.text": "=For you|"}}
				if j%2 == 0 {
					contact.Person, o.Customer = c.Person, string(id)
				}
				saved, err := profile.SaveContact(ctx, tx, k, contact)
				o.Contact = string(saved)
				if err == nil && i%2 == 0 && o.Returns == nil {
					_, err = numbers.Place(ctx, tx, order.NewID(o.PlacedAt), o.Draft, "") // sold here
				} else if err == nil {
					_, err = numbers.Import(ctx, tx, o)
				}
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// Law: customers and orders too go out and come in byte for byte, and change
// nothing where they came from.
func TestAnExportGivesPeopleAndTheirOrdersBack(t *testing.T) {
	for _, f := range []transfer.Format{transfer.FormatCSV, transfer.FormatJSON} {
		for seed := range 12 {
			t.Run(fmt.Sprintf("%s, seed %d", f, seed), func(t *testing.T) {
				from, to := dbtest.SQLite(t, schemas), dbtest.SQLite(t, schemas)
				shop(t, from)
				shop(t, to)
				fillPeople(t, from, people.Example(seed))
				backAndForth(t, from, to, f, transfer.KindGroups, transfer.KindCustomers, transfer.KindMembers, transfer.KindOrders)
			})
		}
	}
}

func TestPeopleAndOrdersGoFromOneDatabaseToTheOther(t *testing.T) {
	source := dbtest.SQLite(t, schemas)
	shop(t, source)
	fillPeople(t, source, people.Example(3))
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		shop(t, d)
		backAndForth(t, source, d, transfer.FormatCSV, transfer.KindGroups, transfer.KindCustomers, transfer.KindMembers, transfer.KindOrders)
		dbtest.Read(t, d, func(tx *db.Tx) error {
			wrong, err := order.Verify(t.Context(), tx)
			if len(wrong) > 0 {
				t.Error(wrong)
			}
			return err
		})
	})
}

// What one mailbox allowed is not allowed by another: a file that gives a customer
// a new address ends their mail, one that says the same address again does not.
func TestAnotherAddressHasNotAllowedMail(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		clock := dbtest.Clock(d)
		shop(t, d)
		k, err := seal.Open(bytes.Repeat([]byte{5}, seal.KeySize))
		if err != nil {
			t.Fatal(err)
		}
		send := func(email, name string) transfer.Run {
			return imported(t, d, transfer.Request{Path: file(t, "c.csv", "external_id,email,name\nalt:1,"+email+","+name+"\n"), Kind: transfer.KindCustomers, Format: transfer.FormatCSV, Market: "DE"})
		}
		if run := send("ada@example.com", "Ada"); run.Created != 1 {
			t.Fatalf("%+v %v", run, report(t, d, run))
		}
		var ada profile.Customer
		dbtest.Write(t, d, func(tx *db.Tx) (err error) {
			if ada, err = profile.FindByEmail(t.Context(), tx, k, "ada@example.com"); err != nil {
				return err
			}
			return consent.Ask(t.Context(), tx, k, consent.Wish{Purpose: consent.Offers, Contact: ada.Contact, Words: "Write me", Locale: "en", Source: "account"})
		})
		bus := &event.Bus{}
		event.On(bus, "test.confirm", func(ctx context.Context, tx *db.Tx, e consent.Asked) error {
			_, err := consent.Confirm(ctx, tx, k, consent.ConfirmLink(k, e.Wish))
			return err
		})
		for n := 1; n > 0; {
			if n, err = bus.Deliver(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		}
		for _, step := range []struct {
			email, name string
			allowed     bool
		}{{"ADA@example.com", "Ada L.", true}, {"other@example.com", "Ada L.", false}, {"ada@example.com", "Ada L.", false}} {
			clock.Advance(time.Hour)
			if run := send(step.email, step.name); run.Failed != 0 {
				t.Fatalf("%+v %v", run, report(t, d, run))
			}
			dbtest.Read(t, d, func(tx *db.Tx) error {
				allowed, err := consent.Allows(t.Context(), tx, ada.ID, consent.Offers)
				if allowed != step.allowed {
					t.Errorf("as %s mail is allowed: %v", step.email, allowed)
				}
				return err
			})
		}
	})
}

// What somebody asked to be forgotten is not brought back by an old file.
func TestAnOldExportDoesNotBringBackTheErased(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		shop(t, d)
		in := people.Example(3)[:1]
		in[0].record.Email, in[0].record.ExternalID = "ada@example.com", ""
		in[0].orders = []order.Past{rapid.Custom(func(t *rapid.T) order.Past { return ordered(t, "1") }).Example(1)}
		fillPeople(t, d, in)
		customers, orders := exported(t, d, transfer.KindCustomers, transfer.FormatJSON), exported(t, d, transfer.KindOrders, transfer.FormatJSON)
		dbtest.Write(t, d, func(tx *db.Tx) error {
			k, err := seal.Open(bytes.Repeat([]byte{5}, seal.KeySize))
			if err != nil {
				return err
			}
			c, err := profile.FindByEmail(t.Context(), tx, k, "ada@example.com")
			return errors.Join(err, profile.Erase(t.Context(), tx, c.Person))
		})
		again := imported(t, d, transfer.Request{Path: file(t, "c.json", customers), Kind: transfer.KindCustomers})
		past := imported(t, d, transfer.Request{Path: file(t, "o.json", orders), Kind: transfer.KindOrders})
		if again.Failed != 1 || past.Failed != 0 || past.Same != 1 {
			t.Errorf("%+v %+v %v", again, past, report(t, d, past))
		}
		after := exported(t, d, transfer.KindCustomers, transfer.FormatJSON) + exported(t, d, transfer.KindOrders, transfer.FormatJSON)
		if strings.Contains(after, "example.com") || strings.Contains(after, "Linden") || strings.Contains(after, "cus_") {
			t.Error(after)
		}
	})
}
