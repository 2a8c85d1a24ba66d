// Package storefront is the shop for people: pages rendered on the server that
// sell without a line of script, and are a little quicker with one.
//
// A page is read, shown and forgotten. What lasts between two pages is in the
// database; the browser keeps only the keys to it, in cookies that scripts and
// other sites cannot read: which cart, who is signed in, which orders were
// placed here, which market and language were chosen. A form posts, the verb
// of a domain runs, and a redirect leads to the page that shows what came of
// it, so that going back and reloading never do a thing twice.
//
// What was typed and is wrong is kept and explained beside its field. Every
// text is a message in the reader's language; the words a domain says in
// English are shown only where there is no message for their code.
//
// Never true: a cart's id or an order's token in an address that stays in the
// bar; a price or total taken from a form (the sum on the button is only
// compared); a page that needs a script.
package storefront

import (
	"bytes"
	"context"
	"embed"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"korzo/customer/privacy"
	"korzo/engagement/message"
	"korzo/fulfilment/shipment"
	"korzo/offer/search"
	"korzo/platform/auth/passkey"
	"korzo/platform/blob"
	"korzo/platform/db"
	"korzo/platform/i18n"
	"korzo/platform/live"
	"korzo/platform/seal"
	"korzo/platform/web"
	"korzo/purchase/amend"
	"korzo/purchase/checkout"
	"korzo/purchase/paylink"
	"korzo/purchase/payment"
	"korzo/purchase/payment/vault"
	"korzo/ui"

	"github.com/a-h/templ"
)

// Messages are the texts of the pages, for i18n.Catalog.Add. Routes adds them
// to a catalog that lacks them.
//
//go:embed messages/*.json
var Messages embed.FS

var (
	//go:embed shop.css
	shopCSS string
	//go:embed shop.js
	shopJS string
)

// policy is the Content-Security-Policy of every page: nothing but our own
// files, and of scripts and styles only those that the page names with its nonce.
const policy = "default-src 'none'; script-src 'nonce-" + web.NonceMark + "'; style-src 'nonce-" + web.NonceMark + "'; img-src 'self' data:; media-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Shop answers the pages below. Every field but Media, Sync, Search and Broke is required.
type Shop struct {
	DB       *db.DB
	Keeper   *seal.Keeper
	Checkout *checkout.Checkout
	Vault    *vault.Vault
	Links    *paylink.Links
	Catalog  *i18n.Catalog
	Channel  string // which channel's markets are sold in: "web"
	BaseURL  string // where shoppers reach the shop, without a slash at the end
	Media    string // where pictures are served; "/media/" when empty
	MapSize  int    // how many addresses a sitemap holds; 0 for the 50,000 its protocol allows

	// Sync asks the gateway what became of an attempt when its shopper comes
	// back from the bank: payment.Payments.Sync. Without it the poller's next
	// round tells.
	Sync func(ctx context.Context, a payment.AttemptID) (payment.Attempt, error)

	// Search finds products by words. Without it, and until it is ready, the
	// catalog's own beginnings of words are found.
	Search *search.Search

	// Files keeps what digital goods are: no address leads into it.
	Files *blob.FolderStore

	// Amend cancels orders, Dispatch knows the carriers. Without them nobody
	// cancels here, and parcels are named as they are stored.
	Amend    *amend.Amendments
	Dispatch *shipment.Desk

	// Broke hears that a page of ours failed a visitor. It must not wait. Nil:
	// nobody listens.
	Broke func(visitor, what string)

	Privacy  *privacy.Desk
	Passkeys *passkey.Keys
	Mailer   *message.Mailer // writes again what was sent, for its reader

	hub     *live.Hub
	css, js ui.Asset
	mapping sync.Mutex // held while a sitemap is made
}

// Routes opens the pages. It takes what no other route of mux
// takes, to say "not found" in the shop's manner; pictures are the app's.
func (s *Shop) Routes(mux *http.ServeMux) {
	if s.Media == "" {
		s.Media = "/media/"
	}
	if !s.Catalog.Locale("en").Has("shop.skip") {
		if err := s.Catalog.Add(Messages); err != nil {
			panic("storefront: " + err.Error()) // embedded and tested
		}
	}
	s.listen()
	s.css = ui.NewAsset("/assets/", "shop.css", ui.CSS(), shopCSS)
	s.js = ui.NewAsset("/assets/", "shop.js", shopJS)
	mux.Handle("GET /assets/{name}", ui.Handler(s.css, s.js))
	s.previewRoute(mux)
	mux.HandleFunc("GET /assets/theme.css", s.themeSheet)
	mux.HandleFunc("GET /assets/dress.css", s.dressSheet)

	pages := s.pages()
	maps.Copy(pages, s.accounts())
	maps.Copy(pages, s.letterPages())
	mux.Handle("POST /letters/end/{link}", web.WithCSP(web.Pages(s.trouble).Handle(s.endLetters), policy)) // a reader's program posts it: from no page of ours
	for pattern, h := range pages {
		page := s.track(web.SameOrigin(s.keepAsked(web.Pages(s.trouble).Handle(h))))
		if strings.HasSuffix(pattern, " /checkout") || strings.HasSuffix(pattern, " /account/wallet") || strings.HasSuffix(pattern, " /account/wallet/balance") || strings.HasSuffix(pattern, " /pay/{token}") {
			mux.Handle(pattern, s.framed(page))
			continue
		}
		mux.Handle(pattern, web.WithCSP(page, policy))
	}
}

// pages are all there are, by where they stand.
func (s *Shop) pages() map[string]web.Handler {
	return map[string]web.Handler{
		"GET /{$}":                  s.list,
		"GET /products/{slug}":      s.product,
		"GET /categories/{slug}":    s.category,
		"GET /search/suggest":       s.typed,
		"GET /wishes":               s.wishes,
		"POST /wishes":              s.wish,
		"POST /wishes/lists":        s.changeList,
		"GET /wishes/shared/{link}": s.sharedWishes,
		"GET /robots.txt":           s.robots,
		"GET /sitemap.xml":          s.sitemap,
		"GET /consent":              s.consentChoices,
		"POST /consent":             s.consent,
		"POST /settings":            s.settings,
		"POST /place":               s.setPlace,
		"GET /pages/{slug}":         s.content,
		"GET /pages/{page}/preview": s.previewContent,
		"GET /stores":               s.stores,
		"GET /withdrawal":           s.withdraw,
		"POST /withdrawal":          s.declare,
		"POST /products/notices":    s.tellBack,

		"GET /cart":                             s.cart,
		"POST /cart/lines":                      s.addLine,
		"POST /cart/lines/{line}":               s.setLine,
		"POST /cart/lines/{line}/later":         s.saveLine,
		"POST /cart/saved":                      s.fromSaved,
		"POST /cart/lines/{line}/gift":          s.setGift,
		"POST /cart/collect":                    s.collectCart,
		"POST /cart/codes":                      s.addCode,
		"POST /cart/codes/remove":               s.removeCode,
		"POST /cart/gift-cards/remove":          s.removeGiftCard,
		"GET /cart/resume/{token}":              s.resume,
		"POST /cart/link":                       s.linkTo,
		"GET /checkout":                         s.checkout,
		"POST /checkout":                        s.submit,
		"GET " + completion:                     s.places,
		"GET /checkout/wait":                    s.wait,
		"POST " + expressPath:                   s.openWallet,
		"GET " + expressPath + "/{method}":      s.fromWallet,
		"POST /checkout/tap":                    s.tap,
		"POST /checkout/undo":                   s.undo,
		"POST /checkout/cancel":                 s.cancel,
		"GET /pay/return/{attempt}":             s.comeBack,
		"GET /pay/{token}":                      s.payLink,
		"POST /pay/{token}":                     s.payByLink,
		"GET /orders/{id}":                      s.order,
		"GET /orders/{id}/documents/{document}": s.document,
		"GET /orders/{id}/events":               s.events,
		"POST /orders/{id}/cancel":              s.cancelOrder,
		"POST /orders/{id}/address":             s.changeAddress,
		"POST /orders/{id}/lines":               s.changeLines,
		"POST /orders/{id}/account":             s.keepOrder,
		"GET /downloads/{right}":                s.download,

		"/": s.lost,
	}
}

// accounts are the pages of who one is here.
func (s *Shop) accounts() map[string]web.Handler {
	return map[string]web.Handler{
		"GET /sign-in":   s.signInPage,
		"POST /sign-in":  s.signIn,
		"GET /register":  s.registerPage,
		"POST /register": s.register,
		"POST /sign-out": s.signOut,
		"GET /account":   s.account,

		"POST /sign-in/mail":            s.askMail,
		"POST /sign-in/code":            s.useCode,
		"GET /sign-in/link/{token}":     s.openLink,
		"POST /sign-in/link/{token}":    s.useLink,
		"POST /sign-in/passkey/options": s.askPasskey,
		"POST /sign-in/passkey":         s.usePasskey,

		"GET /account/addresses":            s.addresses,
		"POST /account/addresses":           s.saveAddress,
		"POST /account/addresses/{address}": s.changeAddressBook,
		"GET /account/wallet":               s.wallet,
		"POST /account/wallet/balance":      s.balance,
		"GET /account/messages":             s.messages,
		"GET /account/messages/{message}":   s.letter,

		"GET /account/security":                   s.security,
		"POST /account/security":                  s.saveDetails,
		"POST /account/security/password":         s.setPassword,
		"POST /account/security/sessions":         s.endSession,
		"POST /account/security/passkeys/options": s.invitePasskey,
		"POST /account/security/passkeys":         s.addPasskey,
		"POST /account/security/passkeys/{key}":   s.removePasskey,

		"GET /account/privacy":          s.privacy,
		"POST /account/privacy":         s.saveConsents,
		"POST /account/exports":         s.askExport,
		"GET /account/exports/{export}": s.export,
		"POST /account/waits/{wish}":    s.waitNoMore,
		"GET /account/farewell":         s.farewell,
		"POST /account/farewell":        s.endAccount,
		"GET /farewell":                 s.gone,

		"POST /account/cards":               s.addCard,
		"GET /account/cards/{card}":         s.keptCard,
		"POST /account/cards/{card}":        s.changeCard,
		"POST /account/cards/{card}/remove": s.removeCard,
	}
}

// Patterns are all pages there are, as Routes opens them: "GET /products/{slug}".
// Who looks at every page of the shop begins here.
func (s *Shop) Patterns() []string {
	all := []string{"GET /checkout/preview"}
	for _, pages := range []map[string]web.Handler{s.pages(), s.accounts(), s.letterPages()} {
		all = slices.AppendSeq(all, maps.Keys(pages))
	}
	slices.Sort(all)
	return all
}

// write sends a page whole, or not at all when it cannot be made.
func write(w http.ResponseWriter, r *http.Request, status int, page templ.Component) error {
	var body bytes.Buffer
	if err := page.Render(r.Context(), &body); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "private, no-store")
	}
	w.WriteHeader(status)
	_, _ = body.WriteTo(w) // nobody is left to tell
	return nil
}

// see sends the browser on to another page of the shop.
func see(w http.ResponseWriter, r *http.Request, path string) error {
	if f := frameOf(r); f != nil && strings.HasPrefix(path, "/checkout") {
		path = f.Base + path
	}
	w.Header().Set("Cache-Control", "private, no-store")
	http.Redirect(w, r, path, http.StatusSeeOther)
	return nil
}
