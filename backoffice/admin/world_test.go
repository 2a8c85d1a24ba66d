package admin_test

import (
	"bytes"
	"context"
	"errors"
	"html"
	"io"
	"io/fs"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"korzo/backoffice/admin"
	"korzo/backoffice/listing"
	"korzo/backoffice/transfer"
	"korzo/backoffice/webhook"
	"korzo/customer/consent"
	"korzo/customer/experiment"
	"korzo/customer/group"
	"korzo/customer/privacy"
	"korzo/customer/profile"
	"korzo/customer/segment"
	"korzo/customer/standing"
	"korzo/customer/wallet"
	"korzo/customer/wishlist"
	"korzo/delivery/method"
	"korzo/delivery/promise"
	"korzo/delivery/sourcing"
	"korzo/engagement/banner"
	"korzo/engagement/message"
	"korzo/engagement/message/sender"
	"korzo/engagement/restock"
	"korzo/fulfilment/pickup"
	"korzo/fulfilment/shipment"
	"korzo/fulfilment/withdrawal"
	"korzo/insight/funnel"
	"korzo/insight/lifetime"
	"korzo/insight/metric"
	"korzo/insight/trial"
	"korzo/offer/catalog"
	"korzo/offer/content"
	"korzo/offer/inventory"
	"korzo/offer/market"
	"korzo/offer/media"
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
	"korzo/platform/rule"
	"korzo/platform/seal"
	"korzo/platform/web"
	"korzo/purchase/amend"
	"korzo/purchase/cart"
	"korzo/purchase/checkout"
	"korzo/purchase/dispute"
	"korzo/purchase/document"
	"korzo/purchase/flow"
	"korzo/purchase/flow/widget"
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
	"korzo/purchase/settlement"
	"korzo/purchase/tax"
	"korzo/value/address"
	"korzo/value/money"
)

var schemas = []fs.FS{remember.Schema, event.Schema, job.Schema, ledger.Schema, exception.Schema, audit.Schema,
	idempotency.Schema, auth.Schema, passkey.Schema, tax.Schema, market.Schema, taxonomy.Schema, catalog.Schema, pricing.Schema, inventory.Schema, content.Schema, profile.Schema,
	promotion.Schema, cart.Schema, checkout.Schema, funnel.Schema, trial.Schema, experiment.Schema, standing.Schema, segment.Schema, promise.Schema, method.Schema, flow.Schema, order.Schema, sourcing.Schema, payment.Schema, document.Schema, paymethod.Schema, route.Schema, guard.Schema, settlement.Schema, dispute.Schema, amend.Schema, shipment.Schema, pickup.Schema, paylink.Schema, giftcard.Schema, wallet.Schema, group.Schema, message.Schema, webhook.Schema,
	listing.Schema, sender.Schemas[0], transfer.Schema, metric.Schema, lifetime.Schema, consent.Schema, privacy.Schema, wishlist.Schema, restock.Schema, banner.Schema, vault.Schema, withdrawal.Schema}

const password = "correct horse battery"

var hashed = sync.OnceValues(func() (string, error) { return auth.HashPassword(context.Background(), password) })

// world is a small shop with its admin: a mug in two markets, ten of them in
// Berlin, one person of staff per role.
type world struct {
	t       *testing.T
	d       *db.DB
	keeper  *seal.Keeper
	words   *i18n.Catalog
	handler http.Handler
	admin   *admin.Admin
	desk    *transfer.Desk
	pay     *payment.Payments
	router  *route.Router
	guard   *guard.Guard
	mug     catalog.Product
	staff   map[string]auth.Staff
	token   string // whose session requests carry; "" for nobody's
	lang    string
	mailed  []message.Mail
	facts   int64 // those before are the fixture's
	entries int64
	buyer   profile.CustomerID // of orders; "" for guests
	tenders []order.Tender     // that pay orders besides their payment
	*order.Numbers
}

// inbox keeps one mail.
type inbox struct{}

var kept = message.Kept{ID: "msg_1@shop.example", At: dbtest.Noon, Mail: message.Mail{From: "Korzo <shop@shop.example>",
	To: "ada@example.com", Subject: "Your order 1001", Text: "Thank you", HTML: "<p>Thank <b>you</b></p>"}}

func (inbox) List(context.Context, int) ([]message.Kept, error) { return []message.Kept{kept}, nil }
func (inbox) Find(_ context.Context, id string) (message.Kept, error) {
	if id != kept.ID {
		return message.Kept{}, message.ErrNotFound
	}
	return kept, nil
}
func (inbox) Forget(context.Context, string) error { return nil }

func each(t *testing.T, test func(w *world)) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) { test(open(t, d)) })
}

func open(t *testing.T, d *db.DB) *world {
	t.Helper()
	keeper, err := seal.Open(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, d: d, keeper: keeper, staff: map[string]auth.Staff{}, lang: "en", Numbers: new(order.Numbers), words: i18n.Load()}
	if err := errors.Join(w.words.Add(rule.Messages()), w.words.Add(flow.Messages()), w.words.Add(widget.Messages()), w.words.Add(message.Messages()), w.words.Add(banner.Messages()), w.words.Add(segment.Messages()), w.words.Add(experiment.Messages()), w.words.Add(webhook.Messages())); err != nil {
		t.Fatal(err)
	}
	w.words.OnMissing = func(language, id string) { t.Errorf("%s has no message %s", language, id) }
	w.openPayments()
	w.desk = transfer.New(d, keeper).KeepIn(t.TempDir())
	mux := http.NewServeMux()
	for _, neighbour := range []string{"/", "/admin/v1/", "GET /admin/v1/products"} { // doors on the same mux
		mux.Handle(neighbour, http.NotFoundHandler())
	}
	w.guard, w.router = guard.New(d), route.New([]route.Gateway{{Name: "sandbox", Kinds: []string{"card"}}}, route.Config{})
	w.admin = &admin.Admin{DB: d, Router: w.router, Guard: w.guard, Keeper: keeper, Payments: w.pay, Settle: settlement.New(d, w.pay), Dispatch: &shipment.Desk{DB: d}, Amend: amend.New(amend.Config{DB: d, Payments: w.pay}), Catalog: w.words, Inbox: inbox{}, Office: w.office(),
		Links: paylink.New(paylink.Config{DB: d, Keeper: keeper, Payments: func() *payment.Payments { return w.pay }, Router: w.router, Guard: w.guard, BaseURL: "https://shop.example"}),

		Pictures: media.New(blob.Folder(t.TempDir())), Files: blob.Folder(t.TempDir()), Mailer: w.openMailer(), Privacy: &privacy.Desk{DB: d, Keeper: keeper, Underway: func(context.Context, *db.Tx, profile.CustomerID) (bool, error) { return false, nil }}, BaseURL: "http://shop.example", Desk: w.desk}
	w.admin.Routes(mux)
	w.handler = web.Chain(mux, web.Options{Log: slog.New(slog.DiscardHandler)})
	hash, err := hashed()
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Write(t, d, func(tx *db.Tx) error { return w.fill(t.Context(), tx, hash) })
	w.as(auth.RoleOwner)
	dbtest.Read(t, d, func(tx *db.Tx) error {
		facts, err := event.Facts(t.Context(), tx, "", 0, 1000)
		if len(facts) > 0 {
			w.facts = facts[len(facts)-1].Seq
		}
		return err
	})
	return w
}

// Send keeps the mails of links.
func (w *world) Send(_ context.Context, m message.Mail) (string, error) {
	w.mailed = append(w.mailed, m)
	return "250 ok", nil
}

// office keeps what is sent until somebody sets a server.
func (w *world) office() *sender.Office {
	o, err := sender.NewOffice("kept:", "kept:", sender.Means{DB: w.d, Keeper: w.keeper})
	if err != nil {
		w.t.Fatal(err)
	}
	return o
}

func (w *world) openMailer() *message.Mailer {
	m, err := message.New(w.d, w, "Korzo <shop@shop.example>", func(context.Context, *db.Tx, message.Sent) (message.Addressee, error) {
		return message.Addressee{}, message.ErrNotFound
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

// openPayments starts a sandbox bank and the payments that go through it.
func (w *world) openPayments() {
	d := dbtest.SQLite(w.t, []fs.FS{bank.Schema})
	var server *httptest.Server
	b := bank.New(d, func() string { return server.URL }, bank.Config{Secret: "s"})
	server = httptest.NewServer(b.Handler())
	w.t.Cleanup(server.Close)
	gateways, err := gateway.Open("sandbox://demo:s@" + strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		w.t.Fatal(err)
	}
	nothing := func(context.Context, *db.Tx, payment.Payment, payment.Attempt) error { return nil }
	report := func(ctx context.Context, tx *db.Tx, kind string, a payment.Attempt, text string) error {
		return exception.Raise(ctx, tx, exception.Problem{Kind: kind, Ref: string(a.ID), Text: text})
	}
	w.pay = payment.New(w.d, gateways, map[string]payment.Forward{"test": nothing}, report)
	w.t.Cleanup(w.pay.Wait)
}

func (w *world) fill(ctx context.Context, tx *db.Tx, hash string) error {
	for _, role := range []string{auth.RoleOwner, auth.RoleManager, auth.RoleAssociate, auth.RoleSupport} {
		s, err := auth.CreateStaff(ctx, tx, auth.Staff{Name: strings.ToUpper(role), Email: role + "@example.com", Role: role}, hash)
		if err != nil {
			return err
		}
		w.staff[role] = s
	}
	if err := market.SaveEntity(ctx, tx, market.Entity{ID: "ent_gmbh", Name: "Korzo GmbH", Series: "DE"}); err != nil {
		return err
	}
	for _, m := range []market.Market{
		{ID: "DE", Name: "Germany", Currency: "EUR", Countries: []string{"DE"}, Country: "DE", Locale: "de-DE", Zone: "Europe/Berlin", TaxIncluded: true, Entity: "ent_gmbh"},
		{ID: "HU", Name: "Hungary", Currency: "HUF", Countries: []string{"HU"}, Country: "HU", Locale: "hu-HU", Zone: "Europe/Budapest", TaxIncluded: true, Entity: "ent_gmbh"},
	} {
		if err := market.Save(ctx, tx, m); err != nil {
			return err
		}
	}
	if err := market.SaveChannel(ctx, tx, market.Channel{ID: "web", Name: "Web", Kind: "storefront", Markets: []string{"DE", "HU"}, DefaultMarket: "DE"}); err != nil {
		return err
	}
	return w.fillGoods(ctx, tx)
}

func (w *world) fillGoods(ctx context.Context, tx *db.Tx) (err error) {
	w.mug, err = catalog.Create(ctx, tx, catalog.Draft{Title: "Mug", Slug: "mug", Tags: []string{"kitchen"},
		Variants: []catalog.Variant{{SKU: "MUG-RED", Title: "Red", UnitCost: money.Of(400, "EUR")}}})
	if err != nil {
		return err
	}
	if err := pricing.Set(ctx, tx, "DE", w.mug.Variants[0].ID, money.Of(1290, "EUR")); err != nil {
		return err
	}
	for i, l := range []string{"berlin", "budapest"} {
		err := inventory.SaveLocation(ctx, tx, inventory.Location{ID: "loc_" + l, Name: strings.ToUpper(l), Country: "DE", City: l,
			Zone: "Europe/Berlin", Priority: int64(i), Ships: true})
		if err != nil {
			return err
		}
	}
	if _, err := inventory.Adjust(ctx, tx, inventory.Adjustment{Variant: w.mug.Variants[0].ID, Location: "loc_berlin", Delta: 10,
		Reason: "opening", Cause: inventory.CauseReceived, Actor: "system"}); err != nil {
		return err
	}
	for _, doc := range []flow.Document{
		{Name: "Everyone", Layout: flow.OnePage, Payments: map[string][]string{"DE": {"card"}, "HU": {"card"}}},
		{Name: "Phones", Trigger: `market == "DE" && device.kind == "phone"`, Priority: 5, Layout: flow.OnePage, Payments: map[string][]string{"DE": {"card"}, "HU": {"card"}}},
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

// as signs somebody of a role in.
func (w *world) as(role string) {
	w.t.Helper()
	dbtest.Write(w.t, w.d, func(tx *db.Tx) (err error) {
		_, w.token, err = auth.StartSession(w.t.Context(), tx, auth.RealmStaff, string(w.staff[role].ID))
		return err
	})
}

// pays pays for an order to be.
func (w *world) pays(id order.ID, instrument string, total money.Amount) payment.ID {
	w.t.Helper()
	var a payment.Attempt
	dbtest.Write(w.t, w.d, func(tx *db.Tx) (err error) {
		a, err = w.pay.Open(w.t.Context(), tx, payment.Intent{Owner: payment.Owner{Kind: "test", ID: string(id)}, Order: string(id), Amount: total, Method: "card",
			Kind: "card", Gateway: "sandbox", Instrument: "sandbox:" + instrument, ReturnURL: "https://shop.example/{attempt}"})
		return err
	})
	if _, err := w.pay.Pay(w.t.Context(), a); err != nil {
		w.t.Fatal(err)
	}
	return a.Payment
}

// order places an order of two mugs, paid with an instrument; hold is "" or
// why it is on hold.
func (w *world) order(instrument, hold string) (id order.ID) {
	w.t.Helper()
	ctx := w.t.Context()
	total := money.Of(2580, "EUR")
	id = order.NewID(w.d.Now())
	due := total
	for _, t := range w.tenders {
		due = due.Minus(t.Amount)
	}
	paid := w.pays(id, instrument, due)
	dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
		contact, err := profile.SaveContact(ctx, tx, w.keeper, profile.Contact{Email: "ada@example.com",
			Shipping: address.Address{Name: "Ada Lovelace", Line1: "Hauptstr. 1", City: "Berlin", PostalCode: "10115", Country: "DE"}})
		if err != nil {
			return err
		}
		zero := money.Of(0, "EUR")
		tax := order.Tax{Name: "MwSt.", Country: "DE", PPM: 190_000, Base: money.Of(2168, "EUR"), Amount: money.Of(412, "EUR")}
		_, err = w.Place(ctx, tx, id, order.Draft{Cart: "cart_" + string(id), Customer: string(w.buyer), Market: "DE", Channel: "web", Contact: string(contact), Flow: "flw_gone",
			FlowVersion: 3, Payment: string(paid), Tenders: w.tenders, TaxIncluded: true, Subtotal: money.Of(2867, "EUR"), Discount: money.Of(287, "EUR"), Shipping: zero, Tax: tax.Amount, Total: total,
			Groups: []order.Group{{ID: order.GroupID("grp_" + string(id)), Kind: "ship", Method: "standard", Name: "Parcel", Price: zero, Discount: zero, Tax: zero, PromiseFrom: "2030-01-04", PromiseTo: "2030-01-07"}},
			Lines: []order.Line{{ID: order.LineID("oli_" + string(id)), Group: order.GroupID("grp_" + string(id)), Kind: "goods", Product: string(w.mug.ID), Variant: string(w.mug.Variants[0].ID),
				SKU: "MUG-RED", Title: "Mug – Red", Quantity: 2, UnitPrice: money.Of(1434, "EUR"), UnitCost: money.Of(400, "EUR"), Subtotal: money.Of(2867, "EUR"),
				Discount: money.Of(287, "EUR"), Tax: tax.Amount, Total: total, Refunded: zero, Taxes: []order.Tax{tax}, Shares: []order.Share{{Promotion: "promo_1", Code: "SPRING", Amount: money.Of(287, "EUR")}}}}}, hold)
		return err
	})
	return id
}

func (w *world) raise(kind, ref string) (id string) {
	w.t.Helper()
	dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
		if err := exception.Raise(w.t.Context(), tx, exception.Problem{Kind: kind, Ref: ref, Text: "look at it"}); err != nil {
			return err
		}
		all, err := exception.List(w.t.Context(), tx, exception.Filter{Open: true, Kind: kind})
		id = all[0].ID
		return err
	})
	return id
}

// answer is what a page said.
type answer struct {
	*httptest.ResponseRecorder
	text string // without tags, spaces folded
}

func (w *world) send(method, path string, form url.Values, header ...string) answer {
	w.t.Helper()
	if form == nil {
		return w.sendBody(method, path, strings.NewReader(""), header...)
	}
	return w.sendBody(method, path, strings.NewReader(form.Encode()), append([]string{"Content-Type", "application/x-www-form-urlencoded"}, header...)...)
}

func (w *world) sendBody(method, path string, body io.Reader, header ...string) answer {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), method, "http://shop.example"+path, body)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Accept-Language", w.lang)
	if w.token != "" {
		r.AddCookie(&http.Cookie{Name: "admin", Value: w.token})
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return answer{rec, plain(rec.Body.String())}
}

// upload sends a statement as a browser does.
func (w *world) upload(source, format, text string) answer {
	w.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	_ = form.WriteField("source", source)
	_ = form.WriteField("format", format)
	part, err := form.CreateFormFile("file", "report.csv")
	if err != nil {
		w.t.Fatal(err)
	}
	_, _ = part.Write([]byte(text))
	_ = form.Close()
	return w.sendBody("POST", "/admin/settlements", &b, "Content-Type", form.FormDataContentType())
}

func (w *world) get(path string) answer { w.t.Helper(); return w.send("GET", path, nil) }

// post sends a form, after filling in what the page had filled in.
func (w *world) post(page, path string, pairs ...string) answer {
	w.t.Helper()
	form := url.Values{}
	if page != "" {
		form = w.fields(page, path)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return w.send("POST", path, form)
}

var (
	tags   = regexp.MustCompile(`<[^>]*>`)
	inputs = regexp.MustCompile(`<(input|textarea|select)\s([^>]*)>`)
	name   = regexp.MustCompile(`\bname="([^"]*)"`)
	value  = regexp.MustCompile(`\bvalue="([^"]*)"`)
	ticked = regexp.MustCompile(`type="(checkbox|radio)"`)
	chosen = regexp.MustCompile(`<option value="([^"]*)" selected`)
)

func plain(page string) string {
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(strings.ReplaceAll(page, "<wbr>", ""), " "))), " ")
}

// fields are the inputs of the page's form that posts to path.
func (w *world) fields(page, path string) url.Values {
	w.t.Helper()
	return w.fieldsOf(w.get(page), path)
}

// fieldsOf are those of a page that was answered.
func (w *world) fieldsOf(page answer, path string) url.Values {
	w.t.Helper()
	body := page.Body.String()
	start := strings.Index(body, `action="`+path+`"`)
	if start < 0 {
		w.t.Fatalf("no form for %s in: %.300s", path, page.text)
	}
	body, _, _ = strings.Cut(body[start:], "</form>")
	form := url.Values{}
	for _, at := range inputs.FindAllStringSubmatchIndex(body, -1) {
		kind, attributes := body[at[2]:at[3]], body[at[4]:at[5]]
		n, v := name.FindStringSubmatch(attributes), value.FindStringSubmatch(attributes)
		if n == nil || ticked.MatchString(attributes) && !strings.Contains(attributes, " checked") || strings.Contains(attributes, `type="file"`) {
			continue
		}
		text := ""
		switch rest, _, _ := strings.Cut(body[at[1]:], "</"+kind+">"); {
		case kind == "textarea":
			text = rest
		case kind == "select":
			if o := chosen.FindStringSubmatch(rest); o != nil {
				text = o[1]
			}
		case v != nil:
			text = v[1]
		}
		form.Add(html.UnescapeString(n[1]), html.UnescapeString(text))
	}
	return form
}

// is fails the test unless the answer has a status and says all of texts.
func (w *world) is(a answer, status int, texts ...string) {
	w.t.Helper()
	if a.Code != status {
		w.t.Errorf("status %d, want %d: %.600s", a.Code, status, a.text)
	}
	for _, text := range texts {
		if !strings.Contains(a.text, text) && !strings.Contains(a.Header().Get("Location"), text) {
			w.t.Errorf("it does not say %q: %.1500s", text, a.text)
		}
	}
}

// happened fails the test unless exactly these facts and audit entries are
// new since it was last asked.
func (w *world) happened(facts, entries []string) {
	w.t.Helper()
	var gotFacts, gotEntries []string
	dbtest.Read(w.t, w.d, func(tx *db.Tx) error {
		all, err := event.Facts(w.t.Context(), tx, "", w.facts, 1000)
		for _, f := range all {
			gotFacts, w.facts = append(gotFacts, f.Kind), f.Seq
		}
		if err != nil {
			return err
		}
		recorded, err := audit.List(w.t.Context(), tx, audit.Filter{})
		for _, e := range slices.Backward(recorded) {
			if e.Seq > w.entries {
				gotEntries, w.entries = append(gotEntries, e.Action), e.Seq
			}
		}
		return err
	})
	if !slices.Equal(gotFacts, facts) || !slices.Equal(gotEntries, entries) {
		w.t.Errorf("facts %q and entries %q, want %q and %q", gotFacts, gotEntries, facts, entries)
	}
}
