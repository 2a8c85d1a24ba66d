package storefront_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"korzo/channel/storeapi"
	"korzo/channel/storefront"
	"korzo/customer/consent"
	"korzo/customer/experiment"
	"korzo/customer/group"
	"korzo/customer/privacy"
	"korzo/customer/profile"
	"korzo/customer/segment"
	"korzo/customer/standing"
	"korzo/customer/wallet"
	"korzo/customer/wishlist"
	"korzo/delivery/locality"
	"korzo/delivery/method"
	"korzo/delivery/promise"
	"korzo/delivery/sourcing"
	"korzo/engagement/banner"
	"korzo/engagement/message"
	"korzo/engagement/message/sender/kept"
	"korzo/engagement/restock"
	"korzo/engagement/signin"
	"korzo/fulfilment/pickup"
	"korzo/fulfilment/shipment"
	"korzo/fulfilment/withdrawal"
	"korzo/offer/catalog"
	"korzo/offer/content"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/offer/pricing"
	"korzo/offer/taxonomy"
	"korzo/platform/audit"
	"korzo/platform/auth"
	"korzo/platform/auth/passkey"
	"korzo/platform/blob"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/i18n"
	"korzo/platform/idempotency"
	"korzo/platform/job"
	"korzo/platform/ledger"
	"korzo/platform/remember"
	"korzo/platform/seal"
	"korzo/platform/web"
	"korzo/purchase/cart"
	"korzo/purchase/checkout"
	"korzo/purchase/document"
	"korzo/purchase/flow"
	"korzo/purchase/giftcard"
	"korzo/purchase/order"
	"korzo/purchase/paylink"
	"korzo/purchase/payment"
	"korzo/purchase/payment/bank"
	"korzo/purchase/payment/gateway"
	"korzo/purchase/payment/guard"
	"korzo/purchase/payment/paymethod"
	"korzo/purchase/payment/route"
	"korzo/purchase/payment/vault"
	"korzo/purchase/promotion"
	"korzo/purchase/tax"
	"korzo/value/address"
	"korzo/value/calendar"
	"korzo/value/money"
)

var schemas = []fs.FS{
	remember.Schema, event.Schema, job.Schema, ledger.Schema, exception.Schema, audit.Schema, idempotency.Schema, auth.Schema,
	market.Schema, taxonomy.Schema, catalog.Schema, pricing.Schema, group.Schema, inventory.Schema, profile.Schema, promise.Schema, method.Schema, sourcing.Schema, tax.Schema,
	promotion.Schema, cart.Schema, experiment.Schema, standing.Schema, segment.Schema, flow.Schema, order.Schema, payment.Schema, document.Schema, paymethod.Schema, route.Schema, guard.Schema, vault.Schema, shipment.Schema, pickup.Schema, paylink.Schema, checkout.Schema,
	giftcard.Schema, wallet.Schema, wishlist.Schema, passkey.Schema, consent.Schema, privacy.Schema, withdrawal.Schema, message.Schema, restock.Schema, banner.Schema, kept.Schema, content.Schema, locality.Schema,
}

// world is a shop with three markets, three products, a bank and a browser.
type world struct {
	t        *testing.T
	d        *db.DB
	keeper   *seal.Keeper
	checkout *checkout.Checkout
	payments *payment.Payments
	gateways []payment.Gateway
	links    *paylink.Links
	bank     *bank.Bank
	backup   *bank.Bank
	server   *httptest.Server
	base     string // where shoppers reach it
	jobs     *job.Pool
	outbox   *kept.Sender
	missing  []string // messages that were looked for and not found

	shop  *storefront.Shop
	mu    sync.Mutex
	broke []string // visitors whom a page failed
}

// failed are the visitors whom a page failed.
func (w *world) failed() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.broke)
}

// each runs test on a fresh shop on every database.
func each(t *testing.T, test func(w *world)) {
	t.Helper()
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) { test(open(t, d)) })
}

func open(t *testing.T, d *db.DB) *world {
	t.Helper()
	keeper, err := seal.Open(bytes.Repeat([]byte{7}, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, d: d, keeper: keeper, server: httptest.NewUnstartedServer(nil)}
	w.server.URL = "http://" + w.server.Listener.Addr().String()
	w.openBank()
	media := blob.Folder(t.TempDir())
	w.furnish(media)

	words := i18n.Load()
	if err := words.Add(checkout.Messages()); err != nil {
		t.Fatal(err)
	}
	words.OnMissing = func(language, id string) { w.missing = append(w.missing, language+": "+id) }
	mux := http.NewServeMux()
	w.links = paylink.New(paylink.Config{DB: d, Keeper: keeper, Payments: func() *payment.Payments { return w.payments }, Router: w.checkout.Router, Guard: w.checkout.Guard, Checkout: w.checkout, BaseURL: w.server.URL})
	shop := &storefront.Shop{DB: d, Keeper: keeper, Checkout: w.checkout, Vault: vault.New(d, w.payments), Links: w.links,
		Catalog: words, Channel: "web", BaseURL: w.server.URL, Sync: w.payments.Sync}
	shop.Broke = func(visitor, _ string) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.broke = append(w.broke, visitor)
	}
	w.shop = shop
	w.openAccount(shop)
	shop.Routes(mux)
	mux.Handle("GET /media/{name}", media)
	w.server.Config.Handler = web.Chain(mux, web.Options{Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))})
	w.base, w.server.URL = w.server.URL, ""
	w.server.Start()
	t.Cleanup(func() {
		w.server.Close()
		w.checkout.Wait()
		w.payments.Wait()
		if len(w.missing) > 0 {
			t.Errorf("messages not found, or not filled in: %v", w.missing)
		}
	})
	return w
}

// openAccount gives the shop what accounts need. Passkeys want a name.
func (w *world) openAccount(shop *storefront.Shop) {
	w.t.Helper()
	var err error
	if shop.Passkeys, err = passkey.New(w.d, strings.Replace(w.server.URL, "127.0.0.1", "localhost", 1), "Korzo"); err != nil {
		w.t.Fatal(err)
	}
	w.jobs, w.outbox = job.NewPool(w.d), kept.New(w.d, w.keeper)
	shop.Privacy = &privacy.Desk{DB: w.d, Keeper: w.keeper,
		Parts: []privacy.Part{{Name: "profile", Read: func(ctx context.Context, tx *db.Tx, c profile.CustomerID) (any, error) {
			return profile.FindRecord(ctx, tx, w.keeper, c)
		}}},
		Underway: func(ctx context.Context, tx *db.Tx, c profile.CustomerID) (bool, error) {
			open, _, err := order.List(ctx, tx, order.Filter{Customer: string(c), State: order.StatePlaced})
			return len(open) > 0, err
		},
		Told: func(context.Context, *db.Tx, privacy.Export) error { return nil }}
	shop.Privacy.Register(w.jobs)
	if shop.Mailer, err = message.New(w.d, w.outbox, "Korzo <shop@shop.example>", w.addressee); err != nil {
		w.t.Fatal(err)
	}
	shop.Mailer.Register(w.jobs)
}

// addressee finds who gets a message, as the app does.
func (w *world) addressee(ctx context.Context, tx *db.Tx, s message.Sent) (message.Addressee, error) {
	c, err := profile.FindContact(ctx, tx, w.keeper, profile.ContactID(s.Contact))
	token, code := signin.Secrets(w.keeper, s.Ref)
	return message.Addressee{Email: c.Email, Name: c.Name, Code: code, Link: w.base + "/sign-in/link/" + token}, err
}

// mails sends what is queued and returns the newest mail.
func (w *world) mails() message.Mail {
	w.t.Helper()
	if _, err := w.jobs.RunOnce(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	all, err := w.outbox.List(w.t.Context(), 10)
	if err != nil || len(all) == 0 {
		w.t.Fatalf("no mail: %v", err)
	}
	last, err := w.outbox.Find(w.t.Context(), all[0].ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return last.Mail
}

// openBank starts the sandbox bank and what pays through it.
func (w *world) openBank() {
	var counter *httptest.Server
	w.bank = bank.New(dbtest.SQLite(w.t, []fs.FS{bank.Schema}), func() string { return counter.URL },
		bank.Config{Secret: "s3cret", Shop: w.server.URL, ChallengeAfter: time.Hour, LateAfter: time.Hour, Silence: 30 * time.Second})
	counter = httptest.NewServer(w.bank.Handler())
	w.t.Cleanup(func() { counter.CloseClientConnections(); counter.Close() })
	var other *httptest.Server
	w.backup = bank.New(dbtest.SQLite(w.t, []fs.FS{bank.Schema}), func() string { return other.URL },
		bank.Config{Secret: "s3cret", Shop: w.server.URL, Second: true, ChallengeAfter: time.Hour, LateAfter: time.Hour, Silence: 30 * time.Second})
	other = httptest.NewServer(w.backup.Handler())
	w.t.Cleanup(func() { other.CloseClientConnections(); other.Close() })
	at, _ := url.Parse(counter.URL)
	behind, _ := url.Parse(other.URL)
	var err error
	w.gateways, err = gateway.Open("sandbox://demo:s3cret@"+at.Host, "sandbox2://demo:s3cret@"+behind.Host, "manual://DE89370400440532013000?holder=Korzo+GmbH&bic=COBADEFFXXX",
		"cash://counter?currencies=HUF&ceiling=HUF:300000.00")
	if err != nil {
		w.t.Fatal(err)
	}
	w.checkout = checkout.New(checkout.Config{DB: w.d, Keeper: w.keeper, Answer: storeapi.Answer, BaseURL: w.server.URL,
		Payments: func() *payment.Payments { return w.payments }, Router: route.New(route.Of(w.gateways), route.Config{}), Guard: guard.New(w.d)})
	w.paidThrough(w.gateways)
}

// paidThrough has payments go through these gateways.
func (w *world) paidThrough(gateways []payment.Gateway) {
	w.payments = payment.New(w.d, gateways, map[string]payment.Forward{checkout.OwnerKind: w.checkout.Forward, paylink.OwnerKind: func(ctx context.Context, tx *db.Tx, p payment.Payment, a payment.Attempt) error {
		return w.links.Forward(ctx, tx, p, a)
	}},
		func(ctx context.Context, tx *db.Tx, kind string, a payment.Attempt, text string) error {
			return exception.Raise(ctx, tx, exception.Problem{Kind: kind, Ref: string(a.ID), Text: text})
		})
}

// furnish fills the shop.
func (w *world) furnish(media *blob.FolderStore) {
	w.t.Helper()
	dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
		ctx := w.t.Context()
		for _, step := range []func(context.Context, *db.Tx) error{markets, rates, deliveries, flows, codes} {
			if err := step(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	w.sell("mug", "Stoneware mug", "Becher aus Steinzeug", 1290, []string{"Red", "Blue", "Sand"}, []int64{10, 3, 0}, drawn(w.t, media, 214, 120, 92))
	w.sell("throw", "Wool throw", "Wolldecke", 8900, []string{""}, []int64{40}, drawn(w.t, media, 108, 132, 118))
	w.sell("lamp", "Paper lamp", "Papierlampe", 4500, []string{""}, []int64{0}, drawn(w.t, media, 226, 192, 128))
}

func markets(ctx context.Context, tx *db.Tx) error {
	seat := address.Address{Name: "Korzo GmbH", Line1: "Torstraße 1", City: "Berlin", PostalCode: "10119", Country: "DE"}
	if err := market.SaveEntity(ctx, tx, market.Entity{ID: "ent_gmbh", Name: "Korzo GmbH", VATID: "DE999999999", Address: seat, Series: "DE"}); err != nil {
		return err
	}
	for _, m := range []market.Market{
		{ID: "DE", Name: "Germany and Austria", Currency: "EUR", Countries: []string{"DE", "AT"}, Country: "DE", Locale: "de-DE", Zone: "Europe/Berlin", TaxIncluded: true, TaxShipping: true},
		{ID: "HU", Name: "Hungary", Currency: "HUF", Countries: []string{"HU"}, Country: "HU", Locale: "hu-HU", Zone: "Europe/Budapest", TaxIncluded: true, TaxShipping: true},
		{ID: "US", Name: "United States", Currency: "USD", Countries: []string{"US"}, Country: "US", Locale: "en-US", Zone: "America/New_York"},
	} {
		m.Entity = "ent_gmbh"
		if err := market.Save(ctx, tx, m); err != nil {
			return err
		}
	}
	if err := inventory.SaveLocation(ctx, tx, inventory.Location{ID: "loc_berlin", Name: "Berlin", Country: "DE", City: "Berlin", Zone: "Europe/Berlin", Ships: true}); err != nil {
		return err
	}
	return market.SaveChannel(ctx, tx, market.Channel{ID: "web", Name: "Korzo", Kind: "storefront", Markets: []string{"DE", "HU", "US"}, DefaultMarket: "DE"})
}

func rates(ctx context.Context, tx *db.Tx) error {
	for _, e := range []tax.Entry{{Country: "DE", Name: "MwSt. 19 %", PPM: 190_000}, {Country: "AT", Name: "USt. 20 %", PPM: 200_000},
		{Country: "HU", Name: "ÁFA 27%", PPM: 270_000}, {Country: "US", Region: "CA", Name: "CA sales tax", PPM: 72_500}} {
		e.Class, e.From = tax.Standard, calendar.On(2020, 1, 1)
		if err := tax.SaveRate(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}

func deliveries(ctx context.Context, tx *db.Tx) error {
	for _, m := range []method.Method{
		{ID: "de_standard", Market: "DE", Name: map[string]string{"de": "Standardversand", "en": "Standard"}, Settings: json.RawMessage(`{"amount":490}`), Countries: []string{"DE"}, TransitMin: 1, TransitMax: 3},
		{ID: "de_express", Market: "DE", Name: map[string]string{"de": "Express", "en": "Express"}, Settings: json.RawMessage(`{"amount":1290}`), Countries: []string{"DE"}, TransitMin: 1, TransitMax: 1, Position: 1},
		{ID: "at_standard", Market: "DE", Name: map[string]string{"de": "Versand nach Österreich", "en": "Austria"}, Settings: json.RawMessage(`{"amount":990}`), Countries: []string{"AT"}, TransitMin: 2, TransitMax: 4, Position: 2},
		{ID: "hu_standard", Market: "HU", Name: map[string]string{"hu": "Házhoz szállítás", "en": "Home delivery"}, Settings: json.RawMessage(`{"amount":149000}`), TransitMin: 2, TransitMax: 4},
		{ID: "us_ground", Market: "US", Name: map[string]string{"en": "Ground"}, Settings: json.RawMessage(`{"amount":700}`), TransitMin: 3, TransitMax: 6},
	} {
		m.Kind, m.Rule, m.CutOff, m.Active = method.Ship, "flat", 14*60, true
		if err := method.Save(ctx, tx, m); err != nil {
			return err
		}
	}
	return nil
}

func flows(ctx context.Context, tx *db.Tx) error {
	pay := map[string][]string{"DE": {"card"}, "HU": {"card"}, "US": {"card"}}
	for _, doc := range []flow.Document{
		{Name: "One page", Layout: flow.OnePage, Payments: pay},
		{Name: "Three pages", Layout: flow.ThreePage, Payments: pay, Trigger: `market == "HU"`, Priority: 10},
	} {
		v, err := flow.Save(ctx, tx, "", doc)
		if err != nil {
			return err
		}
		if err := flow.Publish(ctx, tx, v.Flow, v.Version); err != nil {
			return err
		}
	}
	return nil
}

func codes(ctx context.Context, tx *db.Tx) error {
	_, err := promotion.Create(ctx, tx, promotion.Draft{Name: "Spring", Code: "SPRING", Benefit: promotion.PercentOff(100_000)})
	if err == nil {
		_, err = promotion.Create(ctx, tx, promotion.Draft{Name: "Dollars", Code: "DOLLARS", Benefit: promotion.AmountOff(money.Of(500, "USD")), Market: "US"})
	}
	return err
}

// sell puts a product on sale everywhere: its price in cents, in forints a
// hundredfold of whole euros.
func (w *world) sell(slug, title, german string, price int64, variants []string, stock []int64, picture catalog.Image) {
	w.t.Helper()
	dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
		ctx := w.t.Context()
		draft := catalog.Draft{Slug: slug, Title: title, Description: "Made to be used every day, and to be mended.\nKeeps for a lifetime.",
			Images: []catalog.Image{picture}, Translations: map[string]catalog.Translation{"de": {Title: german}}}
		for i, name := range variants {
			draft.Variants = append(draft.Variants, catalog.Variant{SKU: strings.ToUpper(fmt.Sprint(slug, "-", i)), Title: name, WeightGrams: 300})
		}
		p, err := catalog.Create(ctx, tx, draft)
		if err != nil {
			return err
		}
		for i, v := range p.Variants {
			for id, a := range map[string]money.Amount{"DE": money.Of(price, "EUR"), "HU": money.Of(price*400, "HUF"), "US": money.Of(price+100, "USD")} {
				if err := pricing.Set(ctx, tx, id, v.ID, a); err != nil {
					return err
				}
			}
			if stock[i] == 0 {
				continue
			}
			if err := deliver(ctx, tx, v.ID, "loc_berlin", stock[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

// deliver brings units of a variant to a location.
func deliver(ctx context.Context, tx *db.Tx, v catalog.VariantID, location string, units int64) error {
	_, err := inventory.Adjust(ctx, tx, inventory.Adjustment{Variant: v, Location: location, Delta: units, Reason: "delivery", Actor: "test"})
	return err
}

// drawn puts a picture of one colour and a circle into the shop.
func drawn(t *testing.T, media *blob.FolderStore, r, g, b uint8) catalog.Image {
	t.Helper()
	const size = 400
	m := image.NewRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			c := color.RGBA{r, g, b, 255}
			if dx, dy := x-size/2, y-size/2; dx*dx+dy*dy < 110*110 {
				c = color.RGBA{r/2 + 110, g/2 + 110, b/2 + 110, 255}
			}
			m.Set(x, y, c)
		}
	}
	var file bytes.Buffer
	if err := png.Encode(&file, m); err != nil {
		t.Fatal(err)
	}
	name := blob.Name(file.Bytes(), "png")
	if media != nil {
		if err := media.Put(t.Context(), name, &file); err != nil {
			t.Fatal(err)
		}
	}
	return catalog.Image{Blob: name, Alt: "A round thing", Width: size, Height: size}
}
