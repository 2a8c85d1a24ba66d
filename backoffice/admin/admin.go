// Package admin is the back office for people: what staff need on a Monday
// morning, as plain pages that work without a script, on a phone too.
//
// Every page and every change names the action it needs; roles are denied by
// default, in one place, and what a role may not do is not offered to it. Each
// change is a verb of a domain and writes its audit entry in the verb's own
// transaction. A form that would hurt when sent twice carries a key.
//
// The one idea: a number is a link to its why (stock to its movements, a price
// to its past, a payment to its attempts), and a refusal says what to do and
// keeps what was typed. What a list shows is in its address. Whatever may come
// to more than about ten rows is a list (list.go); what never does by nature,
// such as the rates of one method or the parts of one order, is a plain table.
//
// Never true: a text in a template (texts are messages in three languages); a
// rule of commerce decided here; a change by a form of another site.
package admin

import (
	"context"
	_ "embed"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"korzo/backoffice/listing"
	"korzo/backoffice/transfer"
	"korzo/customer/privacy"
	"korzo/engagement/message"
	"korzo/engagement/message/sender"
	"korzo/fulfilment/shipment"
	"korzo/offer/market"
	"korzo/offer/media"
	"korzo/platform/auth"
	"korzo/platform/auth/passkey"
	"korzo/platform/blob"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/i18n"
	"korzo/platform/live"
	"korzo/platform/seal"
	"korzo/platform/web"
	"korzo/purchase/amend"
	"korzo/purchase/paylink"
	"korzo/purchase/payment"
	"korzo/purchase/payment/guard"
	"korzo/purchase/payment/route"
	"korzo/purchase/settlement"
	"korzo/ui"
	"korzo/value/address"
)

// Prefix is where the pages live.
const Prefix = "/admin"

const (
	csp = "default-src 'none'; style-src 'self'; script-src 'nonce-" + web.NonceMark + "'; connect-src 'self'; img-src 'self' data:; media-src 'self'; frame-src 'self'; form-action 'self'; " +
		"base-uri 'none'; frame-ancestors 'none'"
	sessionCookie  = "admin"
	languageCookie = "admin_language"
)

var (
	errForm  = fault.New(fault.Invalid, "admin.form", "the form could not be read; load the page again and repeat")
	errAgain = fault.New(fault.Conflict, "admin.again", "this form is being worked on already; look whether it is done, and send it again if not")
	errPage  = fault.New(fault.NotFound, "admin.no_page", "there is no such page; choose one from the menu")
)

//go:embed admin.css
var styles string

//go:embed admin.js
var script string

//go:embed flow.css
var flowStyles string

//go:embed flow.js
var flowScript string

//go:embed sample.svg
var mug string

var (
	drawing = ui.NewAsset(Prefix+"/assets/", "sample.svg", mug) // goods of the page of components
	sheet   = ui.NewAsset(Prefix+"/assets/", "admin.css", ui.CSS(), styles, flowStyles)
	extra   = ui.NewAsset(Prefix+"/assets/", "admin.js", script, flowScript)
)

// Admin answers the pages below.
type Admin struct {
	DB       *db.DB
	Keeper   *seal.Keeper
	Payments *payment.Payments
	Router   *route.Router
	Guard    *guard.Guard
	Settle   *settlement.Settlements
	Amend    *amend.Amendments
	Dispatch *shipment.Desk
	Links    *paylink.Links
	Catalog  *i18n.Catalog
	Inbox    message.Inbox  // of what was kept instead of sent
	Office   *sender.Office // where mails and texts go; nil: nothing can be set
	// PrivateWebhooks lets receivers of webhooks be at private addresses.
	PrivateWebhooks bool
	Pictures        *media.Pipeline
	Files           *blob.FolderStore // of digital goods
	Desk            *transfer.Desk
	// Changes makes changes of many things; the pages add theirs to it.
	Changes *listing.Desk
	Mailer  *message.Mailer // sends staff their links
	BaseURL string          // where the shop is reached: links in mails and passkeys stand under it
	Privacy *privacy.Desk   // erases customers
	// EditMail writes the mail that an edit would send to the buyer; nil: none is shown.
	EditMail func(ctx context.Context, m amend.Amendment, to *address.Address) (message.Mail, error)

	sales sales
	keys  *passkey.Keys
	asks  *web.Limit        // of those who ask for a passkey's challenge
	all   []page            // behind the sign-in, as Routes opened them
	bulk  map[string]string // messages of what changes of many are called, by verb; filled by Routes
	hub   *live.Hub         // of what goes on while somebody looks
}

// page is one address: the action it needs and the part of the rail it belongs to.
type page struct {
	pattern, action, section string
	serve                    func(*visit) error
}

// table is every page behind the sign-in, but those of payment methods, which
// stand beside their handlers.
func (a *Admin) table() []page {
	return append(a.stockroom(), []page{
		{"GET /admin", "orders.read", "home", a.showHome},
		{"GET /admin/events", "orders.read", "home", a.streamHome},
		{"GET /admin/takings/{market}", "reports.read", "home", a.showTakings},

		{"GET /admin/orders/{id}", "orders.read", "orders", a.showOrder},
		{"GET /admin/orders/{id}/events", "orders.read", "orders", a.streamOf("id")},
		{"GET /admin/documents/{id}", "orders.read", "orders", a.showDocument},
		{"POST /admin/orders/{id}/release", "orders.write", "orders", a.releaseOrder},

		{"GET /admin/mails/{id}", "messages.read", "mails", a.showMail},
		{"GET /admin/mails/{id}/body", "messages.read", "mails", a.showMailBody},

		{"GET /admin/ledger", "ledger.read", "ledger", a.showLedger},
	}...)
}

// offerTable is the pages of what is for sale.
func (a *Admin) offerTable() []page {
	return slices.Concat(a.transferTable(), a.searchTable(), a.safetyTable(), a.productTable(), a.taxonomyTable(), a.pictureTable(), a.priceTable(), a.promotionTable())
}

// stockroom is the pages of what lies where, and what the state takes.
func (a *Admin) stockroom() []page {
	stock := listPages(a, a.stockList())
	stock[0].serve = a.showStock
	return slices.Concat(stock, listPages(a, a.movementList()), listPages(a, a.transferList()), listPages(a, a.countList(nil)), []page{
		{"POST /admin/stock", "stock.write", "stock", a.adjustStock},
		{"POST /admin/stock/policy", "stock.write", "stock", a.setPolicy},
		{"GET /admin/transfers/new", "stock.write", "transfers", a.newTransfer},
		{"POST /admin/transfers", "stock.write", "transfers", a.createTransfer},
		{"GET /admin/transfers/{id}", "stock.read", "transfers", a.showTransfer},
		{"POST /admin/transfers/{id}", "stock.write", "transfers", a.moveTransfer},
		{"POST /admin/counts", "stock.write", "counts", a.startCount},
		{"GET /admin/counts/{id}", "stock.read", "counts", a.showCount},
		{"POST /admin/counts/{id}", "stock.write", "counts", a.moveCount},
	})
}

// moneyTable is those of the pages that are about money.
func (a *Admin) moneyTable() []page {
	return []page{
		{"GET /admin/orders/{id}/amend", "payments.refund", "orders", a.showAmend},
		{"POST /admin/orders/{id}/amend", "payments.refund", "orders", a.amendOrder},
		{"GET /admin/orders/{id}/edit", "payments.refund", "orders", a.showEdit},
		{"POST /admin/orders/{id}/edit", "payments.refund", "orders", a.editOrder},
		{"POST /admin/orders/{id}/edit/settle", "payments.refund", "orders", a.settleEdit},
		{"POST /admin/orders/{id}/amend/decide", "payments.refund", "orders", a.decideAmendment},
		{"POST /admin/pay-links", "payments.capture", "pay_links", a.makePayLink},
		{"GET /admin/pay-links/phone", "payments.capture", "pay_links", a.showPhoneOrder},
		{"POST /admin/pay-links/phone", "payments.capture", "pay_links", a.takePhoneOrder},
		{"GET /admin/pay-links/{id}", "orders.read", "pay_links", a.showPayLink},
		{"POST /admin/pay-links/{id}/cancel", "payments.capture", "pay_links", a.cancelPayLink},
		{"POST /admin/gift-cards", "giftcards.write", "gift_cards", a.issueGiftCard},
		{"GET /admin/gift-cards/{id}", "giftcards.read", "gift_cards", a.showGiftCard},
		{"POST /admin/gift-cards/{id}", "giftcards.write", "gift_cards", a.moveGiftCard},
		{"GET /admin/disputes/{id}", "orders.read", "disputes", a.showDispute},
		{"GET /admin/disputes/{id}/files/{file}", "orders.write", "disputes", a.showEvidence},
		{"POST /admin/disputes/{id}/evidence", "orders.write", "disputes", a.addEvidence},
		{"POST /admin/disputes/{id}/decide", "payments.refund", "disputes", a.decideDispute},
		{"POST /admin/settlements", "payments.capture", "settlements", a.uploadStatement},
		{"GET /admin/settlements/new", "payments.capture", "settlements", a.newStatement},
		{"POST /admin/settlements/new", "payments.capture", "settlements", a.mapStatement},
		{"GET /admin/settlements/{id}", "ledger.read", "settlements", a.showStatement},
		{"POST /admin/settlements/{id}/match", "payments.capture", "settlements", a.matchStatement},
		{"GET /admin/payments/{id}", "orders.read", "payments", a.showPayment},
		{"POST /admin/payments/{id}/check", "payments.capture", "payments", a.checkPayment},
		{"POST /admin/payments/{id}/capture", "payments.capture", "payments", a.capturePayment},
		{"POST /admin/payments/{id}/abandon", "payments.capture", "payments", a.abandonPayment},
		{"POST /admin/payments/{id}/void", "payments.capture", "payments", a.voidPayment},
		{"POST /admin/payments/{id}/refund", "payments.refund", "payments", a.refundPayment},
	}
}

// Routes opens the door. It brings this package's messages into the catalog
// and panics if they are malformed.
func (a *Admin) Routes(mux *http.ServeMux) {
	if a.Catalog == nil {
		a.Catalog = i18n.Load()
	}
	if !a.Catalog.Locale().Has("admin.title") {
		if err := a.Catalog.Add(Messages); err != nil {
			panic(err) // embedded files
		}
	}
	a.bulk = map[string]string{}
	if a.Changes == nil {
		a.Changes = listing.New(a.DB)
	}
	var err error
	if a.keys, err = passkey.New(a.DB, a.BaseURL, "Korzo"); err != nil {
		panic(err) // an address that is none
	}
	a.asks = web.NewLimit(60, time.Minute)
	a.listen()
	mux.Handle("GET /admin/assets/", ui.Handler(sheet, extra, drawing))
	a.handle(mux, "GET /admin/sign-in", a.showSignIn)
	a.handle(mux, "POST /admin/sign-in", a.signIn)
	a.handle(mux, "POST /admin/sign-out", a.signOut)
	a.handle(mux, "POST /admin/language", a.setLanguage)
	a.handle(mux, "GET /admin/second", a.showSecond)
	a.handle(mux, "POST /admin/second", a.second)
	a.handle(mux, "POST /admin/prove", a.prove)
	a.handle(mux, "POST /admin/passkey/ask", a.askPasskey)
	a.handle(mux, "GET /admin/join", a.showJoin)
	a.handle(mux, "POST /admin/join", a.join)
	a.handle(mux, "GET /admin/forgot", a.showForgot)
	a.handle(mux, "POST /admin/forgot", a.forgot)
	a.all = a.pages()
	for _, p := range a.all {
		a.handle(mux, p.pattern, a.enter(p))
	}
	mux.Handle("GET /admin/{$}", http.RedirectHandler(Prefix, http.StatusSeeOther))
	a.handle(mux, "/admin/", func(*visit) error { return errPage })
}

// pages are all behind the sign-in. It is called once: lists tell their changes.
func (a *Admin) pages() []page {
	return slices.Concat(a.table(), listPages(a, a.mailList()), a.fulfilPages(), a.wavePages(), a.sourcingPages(), a.offerTable(), a.methodPages(), a.deliveryTable(), a.moneyTable(), a.routingPages(), a.guardPages(), a.webhookTable(), a.flowTable(), a.experimentTable(), a.featurePages(), a.bannerPages(), a.wordingPages(), a.segmentPages(), a.valueTable(),
		a.sendingPages(), a.exceptionPages(), a.contentPages(), a.customerPages(), a.settingsPages(), listPages(a, a.orderList()), listPages(a, a.paymentList()), a.moneyLists(), a.taxPages(), a.auditPages(), []page{{"GET /admin/find", own, "find", a.find}, {"GET /admin/ui", own, "ui", a.showUI}}, a.staffPages(), a.mePages())
}

// Patterns are the pages behind the sign-in, as Routes opened them: "GET
// /admin/orders/{id}". Who looks at every page of the admin begins here.
func (a *Admin) Patterns() []string {
	all := make([]string, len(a.all))
	for i, p := range a.all {
		all[i] = p.pattern
	}
	return all
}

// handle makes serve a page: own policy, own site only, errors as pages.
func (a *Admin) handle(mux *http.ServeMux, pattern string, serve func(*visit) error) {
	h := web.Pages(a.showProblem).Handle(func(w http.ResponseWriter, r *http.Request) error {
		v, err := a.begin(w, r)
		if err != nil {
			return err
		}
		if r.Method == http.MethodPost {
			if err := v.readForm(); err != nil {
				return err
			}
		}
		return serve(v)
	})
	mux.Handle(pattern, web.WithCSP(web.SameOrigin(h), csp))
}

// begin finds out who asks, in which language and by which clock.
func (a *Admin) begin(w http.ResponseWriter, r *http.Request) (*visit, error) {
	v := &visit{w: w, r: r, zone: time.UTC, bulk: a.bulk, passkeys: a.keys.Available(),
		Locale: a.Catalog.Locale(web.Cookie(r, languageCookie), r.Header.Get("Accept-Language"))}
	err := a.DB.Read(r.Context(), func(tx *db.Tx) error {
		v.now = tx.Now
		if err := v.setClock(r.Context(), tx); err != nil {
			return err
		}
		var err error
		v.staff, err = auth.FindSession(r.Context(), tx, auth.RealmStaff, web.Cookie(r, sessionCookie))
		if errors.Is(err, auth.ErrSession) {
			err = nil
		}
		return err
	})
	return v, err
}

// setClock takes the clock of the shop's first market for all that has none of its own.
func (v *visit) setClock(ctx context.Context, tx *db.Tx) error {
	all, err := market.All(ctx, tx)
	if v.markets = all; err == nil && len(all) > 0 {
		v.zone = zoneOf(all[0])
	}
	return err
}

func zoneOf(m market.Market) *time.Location {
	zone, err := time.LoadLocation(m.Zone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// showProblem is the page of whatever went wrong.
func (a *Admin) showProblem(w http.ResponseWriter, r *http.Request, p *web.Problem) error {
	v, err := a.begin(w, r)
	if err != nil {
		v.staff = auth.Session{} // the database is in trouble: a page without a menu
	}
	text := p.Detail
	if key := "admin.fault." + p.Code; v.Has(key) {
		text = v.T(key)
	}
	return v.write(v.problemPage(p, text))
}

// local returns where in the admin a path leads, or the start: a form must not
// send staff to another site.
func local(path string) string {
	if path != Prefix && !strings.HasPrefix(path, Prefix+"/") && !strings.HasPrefix(path, Prefix+"?") || strings.ContainsAny(path, "\\\r\n") {
		return Prefix
	}
	return path
}
