package flow_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"korzo/customer/experiment"
	"korzo/customer/visitor"
	"korzo/delivery/method"
	"korzo/delivery/promise"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/i18n"
	"korzo/platform/remember"
	"korzo/platform/rule"
	"korzo/purchase/flow"
	"korzo/purchase/flow/widget"
	"korzo/purchase/payment/paymethod"
	"korzo/value/address"

	"pgregory.net/rapid"
)

var schemas = []fs.FS{remember.Schema, event.Schema, exception.Schema, experiment.Schema, market.Schema, inventory.Schema, promise.Schema, method.Schema, paymethod.Schema, flow.Schema}

// shop opens the markets DE and HU.
func shop(t testing.TB, d *db.DB) {
	t.Helper()
	do(t, d, func(ctx context.Context, tx *db.Tx) error {
		err := market.SaveEntity(ctx, tx, market.Entity{ID: "ent_shop", Name: "Shop GmbH", Series: "S",
			Address: address.Address{Name: "Shop GmbH", Line1: "Weg 1", City: "Berlin", PostalCode: "10115", Country: "DE"}})
		if err != nil {
			return err
		}
		for _, m := range []market.Market{
			{ID: "DE", Name: "Germany", Currency: "EUR", Countries: []string{"DE"}, Country: "DE", Locale: "de-DE", Zone: "Europe/Berlin", TaxIncluded: true, Entity: "ent_shop"},
			{ID: "HU", Name: "Hungary", Currency: "HUF", Countries: []string{"HU"}, Country: "HU", Locale: "hu-HU", Zone: "Europe/Budapest", TaxIncluded: true, Entity: "ent_shop"},
		} {
			if err := market.Save(ctx, tx, m); err != nil {
				return err
			}
		}
		if err := inventory.SaveLocation(ctx, tx, inventory.Location{ID: "loc_shop", Name: "Shop", Country: "DE", Zone: "Europe/Berlin", Pickup: true,
			Address: address.Address{Name: "Shop GmbH", Line1: "Weg 1", City: "Berlin", PostalCode: "10115", Country: "DE"}}); err != nil {
			return err
		}
		for _, m := range []method.Method{{ID: "de_post", Market: "DE", Kind: method.Ship}, {ID: "de_shop", Market: "DE", Kind: method.Pickup, Location: "loc_shop"},
			{ID: "hu_post", Market: "HU", Kind: method.Ship}} {
			m.Rule, m.Settings, m.Active, m.Name = "flat", []byte(`{"amount":0}`), true, map[string]string{"en": m.ID}
			if err := method.Save(ctx, tx, m); err != nil {
				return err
			}
		}
		return nil
	})
}

func do(t testing.TB, d *db.DB, fn func(ctx context.Context, tx *db.Tx) error) {
	t.Helper()
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, d *db.DB, fn func(ctx context.Context, tx *db.Tx) error) {
	t.Helper()
	if err := d.Read(t.Context(), func(tx *db.Tx) error { return fn(t.Context(), tx) }); err != nil {
		t.Fatal(err)
	}
}

func document(name, trigger string, priority int64) flow.Document {
	return flow.Document{Name: name, Trigger: trigger, Priority: priority, Layout: flow.OnePage,
		Payments: map[string][]string{"DE": {"card", "invoice"}, "HU": {"card"}}}
}

// draft saves a document and returns its version.
func draft(t testing.TB, d *db.DB, id flow.ID, doc flow.Document) flow.Version {
	t.Helper()
	var v flow.Version
	do(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
		v, err = flow.Save(ctx, tx, id, doc)
		return err
	})
	return v
}

// publish saves and publishes a document.
func publish(t testing.TB, d *db.DB, id flow.ID, doc flow.Document) flow.Version {
	t.Helper()
	v := draft(t, d, id, doc)
	do(t, d, func(ctx context.Context, tx *db.Tx) error { return flow.Publish(ctx, tx, v.Flow, v.Version) })
	return v
}

func choose(t testing.TB, d *db.DB, v flow.Visit) (c flow.Choice) {
	t.Helper()
	read(t, d, func(ctx context.Context, tx *db.Tx) (err error) {
		c, err = flow.Choose(ctx, tx, v)
		return err
	})
	return c
}

// facts returns how many flow.published facts there are.
func facts(t *testing.T, d *db.DB) (n int) {
	t.Helper()
	read(t, d, func(ctx context.Context, tx *db.Tx) error {
		all, err := event.Facts(ctx, tx, "flow.published", 0, 100)
		n = len(all)
		return err
	})
	return n
}

func TestWithoutAFlowTheErrorNamesTheRemedy(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			_, err := flow.Choose(t.Context(), tx, flow.Visit{Market: "DE"})
			return err
		})
		if !errors.Is(err, flow.ErrNone) || !strings.Contains(err.Error(), "publish a flow") {
			t.Errorf("%v, want ErrNone with its remedy", err)
		}
	})
}

func TestChoice(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		shop(t, d)
		names := map[flow.ID]string{}
		for _, doc := range []flow.Document{
			document("everyone", "", 0),
			document("phones", `device.kind == "phone"`, 10),
			document("rich germans", `market == "DE" && cart.total >= 10000`, 20),
			document("gifts", `"gift" in cart.tags`, 5),
			document("regulars", `customer.known && customer.orders > 2`, 15),
			document("evenings", `time.hour >= 18 && time.weekday == 3`, 1),
			document("broken arithmetic", `cart.total / cart.items > 100 && campaign == "zero"`, 100),
		} {
			names[publish(t, d, "", doc).Flow] = doc.Name
		}
		draft(t, d, "", document("a draft is for nobody", "", 1000))
		for _, tt := range []struct {
			visit flow.Visit
			want  string
		}{
			{flow.Visit{}, "everyone"},
			{flow.Visit{Market: "DE", Device: visitor.Device{Kind: "desktop"}}, "everyone"},
			{flow.Visit{Market: "DE", Device: visitor.Device{Kind: "phone"}}, "phones"},
			{flow.Visit{Market: "DE", Device: visitor.Device{Kind: "phone"}, Cart: visitor.Basket{Total: 10000}}, "rich germans"},
			{flow.Visit{Market: "HU", Device: visitor.Device{Kind: "phone"}, Cart: visitor.Basket{Total: 10000}}, "phones"},
			{flow.Visit{Market: "HU", Cart: visitor.Basket{Tags: []string{"book", "gift"}}}, "gifts"},
			{flow.Visit{Device: visitor.Device{Kind: "phone"}, Customer: visitor.Buyer{Known: true, Orders: 3}}, "regulars"},
			{flow.Visit{Customer: visitor.Buyer{Known: true, Orders: 2}}, "everyone"},
			{flow.Visit{Path: visitor.Path{Campaign: "zero"}}, "everyone"}, // divides by zero: not true
			{flow.Visit{Path: visitor.Path{Campaign: "zero"}, Cart: visitor.Basket{Total: 1000, Items: 2}}, "broken arithmetic"},
			{flow.Visit{At: time.Date(2030, 1, 2, 18, 0, 0, 0, time.UTC)}, "evenings"},
			{flow.Visit{At: time.Date(2030, 1, 3, 18, 0, 0, 0, time.UTC)}, "everyone"},
		} {
			got := choose(t, d, tt.visit)
			if names[got.Flow] != tt.want || got.Document.Name != tt.want || got.Version != 1 {
				t.Errorf("%+v is given %q version %d, want %q version 1", tt.visit, got.Document.Name, got.Version, tt.want)
			}
		}
	})
}

func TestAmongEqualsTheLowestIDIsChosenAndTheMarketsClockIsRead(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		shop(t, d)
		ids := []flow.ID{}
		for range 5 {
			ids = append(ids, publish(t, d, "", document("same", "", 7)).Flow)
		}
		if got := choose(t, d, flow.Visit{Market: "DE"}).Flow; got != slices.Min(ids) {
			t.Errorf("%s, want the lowest of %v", got, ids)
		}
		// Tests begin at noon UTC: in Berlin it is one o'clock.
		one := publish(t, d, "", document("one o'clock", `time.hour == 13`, 8)).Flow
		if got := choose(t, d, flow.Visit{Market: "DE"}).Flow; got != one {
			t.Error("the hour is not read by the market's clock")
		}
		if got := choose(t, d, flow.Visit{Market: "nowhere"}).Flow; got == one {
			t.Error("an unknown market has no clock of its own")
		}
	})
}

func TestWhatCannotBePublished(t *testing.T) {
	cases := []struct {
		name   string
		change func(*flow.Document)
		want   []string // in the text: the field, and what to do
	}{
		{"no name", func(d *flow.Document) { d.Name = " " }, []string{"name:", "give the flow a name"}},
		{"an unknown layout", func(d *flow.Document) { d.Layout = "two_page" }, []string{"layout:", "two_page", "use one_page, three_page"}},
		{"an unknown fact", func(d *flow.Document) { d.Trigger = `cart.colour == "red"` }, []string{"trigger:", "cart.colour"}},
		{"a trigger that is no condition", func(d *flow.Document) { d.Trigger = `cart.total` }, []string{"trigger:", "cart.total"}},
		{"a trigger that is no rule", func(d *flow.Document) { d.Trigger = `market ==` }, []string{"trigger:"}},
		{"no payment method in a market", func(d *flow.Document) { delete(d.Payments, "HU") }, []string{"payments.HU:", "name at least one"}},
		{"a market there is not", func(d *flow.Document) { d.Payments["XX"] = []string{"card"} }, []string{"payments.XX:", "no market"}},
		{"a method twice", func(d *flow.Document) { d.Payments["DE"] = []string{"card", "card"} }, []string{"payments.DE:", "twice"}},
		{"a method that is no id", func(d *flow.Document) { d.Shipping = []string{"By Bike!"} }, []string{"shipping:", "By Bike!"}},
		{"stock held for ever", func(d *flow.Document) { d.HoldMinutes = 100000 }, []string{"hold_minutes:", "1440"}},
		{"a way to pay there is not", func(d *flow.Document) { d.Payments["DE"] = []string{"beads"} }, []string{"payments.DE:", "beads"}},
		{"a way to pay that nobody there could use", func(d *flow.Document) { d.Payments["HU"] = []string{"swish"} }, []string{"payments.HU:", "cannot be reached", "HUF"}},
		{"parcels without an address", func(d *flow.Document) { d.Asks.Address = flow.AskNot }, []string{"asks.shipping_address:", "DE", "no address"}},
		{"delivery there is not", func(d *flow.Document) { d.Shipping = []string{"by_swan"} }, []string{"shipping:", "by_swan"}},
		{"delivery of one market only", func(d *flow.Document) { d.Shipping = []string{"de_post"} }, []string{"shipping:", "market HU", "nothing could be delivered"}},
		{"pick-up where nothing is picked up", func(d *flow.Document) { d.Pickup = flow.PickupOnly }, []string{"shipping:", "market HU"}},
		{"payment before the address", func(d *flow.Document) { d.Steps = []string{"payment", "contact", "delivery"} }, []string{"steps:", "payment last"}},
		{"a colour that hides its words", func(d *flow.Document) { d.Theme.Accent = "#ffee88" }, []string{"theme.accent:", "darker"}},
		{"a colour that is none", func(d *flow.Document) { d.Theme.Accent = "red" }, []string{"theme.accent:", "#1a5fb4"}},
		{"a route in no market", func(d *flow.Document) { d.Routes = map[string][]string{"XX": {"sandbox"}} }, []string{"routes.XX:", "no market"}},
		{"a trigger that takes too long", func(d *flow.Document) {
			d.Trigger = strings.TrimSuffix(strings.Repeat(`"x" in cart.tags||`, 180), "||")
		}, []string{"trigger:", "too long"}},
		{"a name of a carrier that is none", func(d *flow.Document) { d.Carriers = []string{"The Post"} }, []string{"carriers:", "no id"}},
		{"a tax provider there is not", func(d *flow.Document) { d.Tax = "office" }, []string{"tax:", "table or exempt"}},
		{"a widget whose settings do not hold", func(d *flow.Document) { d.Widgets = []flow.Widget{{Kind: "gift_wrap"}} }, []string{"widgets.1.settings.prices:", "missing"}},
		{"two mistakes are both named", func(d *flow.Document) { d.Name, d.Layout = "", "" }, []string{"name:", "layout:"}},
	}
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		shop(t, d)
		publish(t, d, "", document("everyone", "", 0))
		for _, tt := range cases {
			t.Run(tt.name, func(t *testing.T) {
				doc := document("new", "", 1)
				tt.change(&doc)
				v := draft(t, d, "", doc) // a draft may be incomplete
				err := d.Write(t.Context(), func(tx *db.Tx) error { return flow.Publish(t.Context(), tx, v.Flow, v.Version) })
				if !errors.Is(err, flow.ErrInvalid) {
					t.Fatalf("%v, want ErrInvalid", err)
				}
				saidEverywhere(t, err)
				for _, want := range tt.want {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("%q does not say %q", err, want)
					}
				}
				if got := choose(t, d, flow.Visit{Market: "DE"}); got.Document.Name != "everyone" || facts(t, d) != 1 {
					t.Errorf("given %q after a refused publication, %d facts", got.Document.Name, facts(t, d))
				}
			})
		}
	})
}

// saidEverywhere holds a refusal against every language: it is said in each,
// whole, and otherwise than in English; and each field has a name of people's.
func saidEverywhere(t *testing.T, err error) {
	t.Helper()
	wrong, ok := errors.AsType[*flow.Invalid](err)
	if !ok || len(wrong.Problems) == 0 {
		t.Fatalf("%v names no problem", err)
	}
	words := i18n.Load()
	if err := errors.Join(words.Add(flow.Messages()), words.Add(rule.Messages()), words.Add(widget.Messages())); err != nil {
		t.Fatal(err)
	}
	words.OnMissing = func(language, id string) { t.Errorf("%s says nothing for %s", language, id) }
	for _, p := range wrong.Problems {
		english := p.In(words.Locale("en"))
		for _, language := range i18n.Languages {
			l := words.Locale(language)
			if said := p.In(l); said == "" || strings.Contains(said, "[") && !strings.Contains(said, "[ ]") || language != "en" && said == english {
				t.Errorf("%s: %s is said as %q", language, p.Code, said)
			}
			if name := p.FieldIn(l); name == p.Field || strings.Contains(name, "_") {
				t.Errorf("%s: the field %s is called %q", language, p.Field, name)
			}
		}
		if !strings.HasPrefix(p.Code, "flow.") {
			t.Errorf("%s: code %q", p.Field, p.Code)
		}
	}
}

func TestAFlowForOneMarketNeedsPaymentsThereOnly(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		shop(t, d)
		publish(t, d, "", document("everyone", "", 0))
		doc := document("germans", `market == "DE"`, 1)
		delete(doc.Payments, "HU")
		publish(t, d, "", doc)
		if got := choose(t, d, flow.Visit{Market: "DE"}).Document.Name; got != "germans" {
			t.Errorf("given %q", got)
		}
	})
}

func TestAPublishedVersionNeverChanges(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		shop(t, d)
		first := publish(t, d, "", document("first", "", 0))
		second := draft(t, d, first.Flow, document("second", "", 0))
		again := draft(t, d, first.Flow, document("second, rewritten", "", 0))
		if second.Version != 2 || again.Version != 2 {
			t.Errorf("drafts are versions %d and %d, want one version 2", second.Version, again.Version)
		}
		if got := choose(t, d, flow.Visit{}).Document.Name; got != "first" {
			t.Errorf("a draft changed what is given: %q", got)
		}
		do(t, d, func(ctx context.Context, tx *db.Tx) error { return flow.Publish(ctx, tx, first.Flow, 2) })
		do(t, d, func(ctx context.Context, tx *db.Tx) error { return flow.Publish(ctx, tx, first.Flow, 2) }) // changes nothing
		if got := choose(t, d, flow.Visit{}); got.Document.Name != "second, rewritten" || got.Version != 2 {
			t.Errorf("given %q version %d", got.Document.Name, got.Version)
		}
		if n := facts(t, d); n != 2 {
			t.Errorf("%d facts, want 2", n)
		}
		for range 2 { // from the database, then from memory
			read(t, d, func(ctx context.Context, tx *db.Tx) error {
				pinned, err := flow.Find(ctx, tx, first.Flow, 1)
				if pinned.Document.Name != "first" || pinned.State != flow.StateArchived {
					t.Errorf("pinned version 1 is %q, %s", pinned.Document.Name, pinned.State)
				}
				return err
			})
		}
	})
}

func TestRollingBackPublishesTheOlderVersion(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		shop(t, d)
		id := publish(t, d, "", document("first", "", 0)).Flow
		publish(t, d, id, document("second", "", 0))
		draft(t, d, id, document("third", "", 0))
		for _, tt := range []struct {
			name string
			verb func(context.Context, *db.Tx, flow.ID, int64) error
			at   int64
			want error
		}{
			{"an archived version is not published as a draft", flow.Publish, 1, flow.ErrState},
			{"a draft is not rolled back to", flow.Rollback, 3, flow.ErrState},
			{"a version there is not", flow.Rollback, 9, flow.ErrNotFound},
			{"the older version", flow.Rollback, 1, nil},
		} {
			err := d.Write(t.Context(), func(tx *db.Tx) error { return tt.verb(t.Context(), tx, id, tt.at) })
			if !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
			}
		}
		if got := choose(t, d, flow.Visit{}); got.Version != 1 || got.Document.Name != "first" {
			t.Errorf("given %q version %d", got.Document.Name, got.Version)
		}
		read(t, d, func(ctx context.Context, tx *db.Tx) error {
			all, err := flow.Versions(ctx, tx, id)
			var states []flow.State
			for _, v := range all {
				states = append(states, v.State)
			}
			if want := []flow.State{flow.StateDraft, flow.StateArchived, flow.StatePublished}; !slices.Equal(states, want) {
				t.Errorf("states, newest first: %v, want %v", states, want)
			}
			list, err2 := flow.List(ctx, tx, "", 10)
			if len(list) != 1 || list[0].Live != 1 || list[0].Draft != 3 || list[0].Last != 3 || list[0].Name != "first" {
				t.Errorf("list %+v", list)
			}
			return errors.Join(err, err2)
		})
	})
}

func TestAFlowForEveryoneAlwaysStays(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		shop(t, d)
		phones := draft(t, d, "", document("phones", `device.kind == "phone"`, 1))
		publishing := func(tx *db.Tx) error { return flow.Publish(t.Context(), tx, phones.Flow, 1) }
		if err := d.Write(t.Context(), publishing); !errors.Is(err, flow.ErrDefault) {
			t.Errorf("the first flow has a trigger: %v, want ErrDefault", err)
		}
		a, b := publish(t, d, "", document("a", "", 0)).Flow, publish(t, d, "", document("b", "", 0)).Flow
		if err := d.Write(t.Context(), publishing); err != nil {
			t.Error(err)
		}
		// Two archive the two flows for everyone at once: one stays.
		var wg sync.WaitGroup
		results := make([]error, 2)
		for i, id := range []flow.ID{a, b} {
			wg.Go(func() {
				results[i] = d.Write(t.Context(), func(tx *db.Tx) error { return flow.Archive(t.Context(), tx, id) })
			})
		}
		wg.Wait()
		if (results[0] == nil) == (results[1] == nil) || !errors.Is(errors.Join(results...), flow.ErrDefault) {
			t.Errorf("archiving both: %v, want one ErrDefault", results)
		}
		choose(t, d, flow.Visit{}) // must not fail
	})
}

// Choose and Explain agree, whatever the flows and the visit: the flow chosen
// is the first that Explain says matched, all before it are not, and a flow that
// is not names a clause that is false of this visit by itself.
func TestExplainAgreesWithChoose(t *testing.T) {
	clauses := []string{
		`market == "DE"`, `market in ["DE", "HU"]`, `"HU" == market`, `device.kind == "phone"`, `device.kind != "phone"`,
		`customer.known`, `!customer.known`, `cart.items == 2`, `2 == cart.items`, `cart.total / cart.items > 10`,
		`(market == "DE" || campaign == "spring")`, `time.weekday in [6, 7]`, `"gift" in cart.tags`, `locale.startsWith("de")`,
		`visit.new`, `!cart.bundle`, `"garden" in cart.categories`, `customer.tier == "gold"`, `customer.average_order > 20`, `customer.last_order_days == -1`,
		`visit.referrer.endsWith("instagram.com")`, `time.season == "winter"`, `time.date >= "2030-01-03"`,
	}
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		shop(t, d)
		publish(t, d, "", document("everyone", "", 0))
		rapid.Check(t, func(r *rapid.T) {
			do(t, d, func(ctx context.Context, tx *db.Tx) error {
				n := rapid.IntRange(1, 3).Draw(r, "clauses")
				parts := rapid.SliceOfN(rapid.SampledFrom(clauses), n, n).Draw(r, "trigger")
				switch rapid.IntRange(0, 3).Draw(r, "joined") {
				case 0:
					parts[0] = "(" + parts[0] + " || " + rapid.SampledFrom(clauses).Draw(r, "or") + ")"
				case 1:
					parts[0] = "!(" + parts[0] + " && " + rapid.SampledFrom(clauses).Draw(r, "nor") + ")"
				}
				trigger := strings.Join(parts, " && ")
				v, err := flow.Save(ctx, tx, "", document("f", trigger, rapid.Int64Range(-2, 5).Draw(r, "priority")))
				if err != nil {
					return err
				}
				return flow.Publish(ctx, tx, v.Flow, v.Version)
			})
			visit := flow.Visit{
				Market: rapid.SampledFrom([]string{"DE", "HU", "US", ""}).Draw(r, "market"),
				Device: visitor.Device{Kind: rapid.SampledFrom([]string{"phone", "desktop", ""}).Draw(r, "device")},
				Locale: rapid.SampledFrom([]string{"de-DE", "hu", ""}).Draw(r, "locale"),
				Path: visitor.Path{Campaign: rapid.SampledFrom([]string{"spring", ""}).Draw(r, "campaign"), New: rapid.Bool().Draw(r, "new"),
					Referrer: rapid.SampledFrom([]string{"www.instagram.com", ""}).Draw(r, "referrer")},
				Cart: visitor.Basket{Total: rapid.Int64Range(0, 100).Draw(r, "total"), Items: rapid.Int64Range(0, 3).Draw(r, "items"),
					Tags: rapid.SliceOfN(rapid.SampledFrom([]string{"gift", "book"}), 0, 2).Draw(r, "tags"), Bundle: rapid.Bool().Draw(r, "bundle"),
					Categories: rapid.SliceOfN(rapid.SampledFrom([]string{"garden", "chairs"}), 0, 2).Draw(r, "categories")},
				Customer: visitor.Buyer{Known: rapid.Bool().Draw(r, "known"), Tier: rapid.SampledFrom([]string{"gold", ""}).Draw(r, "tier"),
					Spent: rapid.Int64Range(0, 50).Draw(r, "spent"), Orders: rapid.Int64Range(0, 2).Draw(r, "orders")},
				At: dbtest.Noon.AddDate(0, 0, rapid.IntRange(0, 6).Draw(r, "day")),
			}
			read(t, d, func(ctx context.Context, tx *db.Tx) error {
				choice, err := flow.Choose(ctx, tx, visit)
				if err != nil {
					return err
				}
				verdicts, err := flow.Explain(ctx, tx, visit)
				first := slices.IndexFunc(verdicts, func(v flow.Verdict) bool { return v.Matched })
				for i, v := range verdicts {
					if v.Matched == (v.Clause != "") || v.Chosen != (i == first) {
						r.Errorf("verdict %d of %+v: %+v", i, visit, v)
					}
					if rule, err := visitor.Compile(v.Clause); v.Clause != "" && err == nil {
						if holds, err := rule.True(visit.Tell(rule.Facts())); holds && err == nil {
							r.Errorf("%s is said to be false of %+v, and is true", v.Clause, visit)
						}
					}
				}
				if first < 0 || verdicts[first].Flow != choice.Flow || verdicts[first].Version != choice.Version {
					r.Errorf("%+v: chosen %s, explained %+v", visit, choice.Flow, verdicts[first])
				}
				return err
			})
		})
	})
}

func TestExplainNamesTheClause(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		shop(t, d)
		publish(t, d, "", document("everyone", "", 0))
		publish(t, d, "", document("rich germans", `market == "DE" && cart.total >= 10000`, 1))
		read(t, d, func(ctx context.Context, tx *db.Tx) error {
			verdicts, err := flow.Explain(ctx, tx, flow.Visit{Market: "DE", Cart: visitor.Basket{Total: 9999}})
			if len(verdicts) != 2 || verdicts[0].Clause != "cart.total >= 10000" || verdicts[0].Chosen || !verdicts[1].Chosen {
				t.Errorf("%+v", verdicts)
			}
			return err
		})
	})
}

func TestChoosingIsAtMostOneStatement(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		shop(t, d)
		v := publish(t, d, "", document("everyone", "", 0))
		choose(t, d, flow.Visit{Market: "DE"})
		count := dbtest.Count(d)
		choose(t, d, flow.Visit{Market: "DE"})
		if n := count(); n > 1 {
			t.Errorf("choosing takes %d statements, want 1 at most", n)
		}
		find := func() {
			read(t, d, func(ctx context.Context, tx *db.Tx) error {
				_, err := flow.Find(ctx, tx, v.Flow, v.Version)
				return err
			})
		}
		find()
		count = dbtest.Count(d)
		find()
		if n := count(); n > 1 {
			t.Errorf("finding a pinned version takes %d statements, want 1 at most", n)
		}
	})
}

// hundred publishes a flow for everyone and 99 with triggers.
func hundred(t testing.TB, d *db.DB) {
	shop(t, d)
	publish(t, d, "", document("everyone", "", 0))
	do(t, d, func(ctx context.Context, tx *db.Tx) error {
		for i := range 99 {
			trigger := fmt.Sprintf(`market == "DE" && campaign == "c%d" && cart.total > %d`, i%50, i)
			if i%10 == 0 {
				trigger = fmt.Sprintf(`device.kind in ["tablet", "phone"] && cart.total > %d`, 1000+i)
			}
			v, err := flow.Save(ctx, tx, "", document(fmt.Sprint("flow ", i), trigger, int64(i)))
			if err == nil {
				err = flow.Publish(ctx, tx, v.Flow, v.Version)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

var visit = flow.Visit{Market: "DE", Device: visitor.Device{Kind: "phone"}, Path: visitor.Path{Campaign: "c7"}, Cart: visitor.Basket{Total: 5}, Channel: "web", Locale: "de-DE"}

// Of a hundred flows only those are evaluated whose equality clauses fit: what
// the others ask for costs nothing. BenchmarkChoose tells the time.
func TestChoosingAmongAHundredEvaluatesOnlyWhatMayFit(t *testing.T) {
	d := dbtest.SQLite(t, schemas)
	hundred(t, d)
	cost := func(v flow.Visit) (allocations float64) {
		read(t, d, func(ctx context.Context, tx *db.Tx) error {
			allocations = testing.AllocsPerRun(100, func() {
				if _, err := flow.Choose(ctx, tx, v); err != nil {
					t.Error(err)
				}
			})
			return nil
		})
		return allocations
	}
	elsewhere := visit
	elsewhere.Market, elsewhere.Device.Kind = "SE", "desktop" // no trigger's first clause fits
	fits, none := cost(visit), cost(elsewhere)
	t.Logf("%v allocations, %v where nothing fits", fits, none)
	if fits > 20 || none > 20 {
		t.Errorf("choosing among 100 flows takes %v allocations, and %v where no trigger can fit; want 20 at most", fits, none)
	}
}
