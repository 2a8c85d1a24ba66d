// Package storeapi is the shop for programs: the public JSON API that apps,
// kiosks, partners and custom storefronts buy through.
//
// A publishable key says which channel a request comes from and so which
// markets it may sell in; it is no secret. What belongs to somebody is opened
// by a capability: a guest's cart or checkout by its own unguessable id, an
// order by the token its buyer was given, a customer's things by a session.
//
// When the business says no (short of stock, declined, the total changed) the
// answer is 200 with messages; problems are for requests that are wrong. No
// price, discount or total is ever taken from a client.
package storeapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"korzo/customer/privacy"
	"korzo/engagement/message"
	"korzo/offer/market"
	"korzo/offer/search"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/i18n"
	"korzo/platform/seal"
	"korzo/platform/web"
	"korzo/purchase/amend"
	"korzo/purchase/cart"
	"korzo/purchase/checkout"
	"korzo/purchase/paylink"
	"korzo/purchase/payment/vault"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// Prefix is where the API lives.
const Prefix = "/store/v1"

var (
	errKey     = fault.New(fault.Unauthorized, "storeapi.key", "send the channel's publishable key: Authorization: Bearer pk_…")
	errMarket  = fault.New(fault.Invalid, "storeapi.market", "this key does not sell in that market; leave market out or use one of the channel's")
	errSession = fault.New(fault.Unauthorized, "storeapi.session", "the customer's session has ended; sign in again and send its token as Customer-Token")
)

// API answers the routes below.
type API struct {
	DB       *db.DB
	Keeper   *seal.Keeper
	Checkout *checkout.Checkout
	Vault    *vault.Vault
	Links    *paylink.Links
	Search   *search.Search
	Catalog  *i18n.Catalog // words of the files it hands out
	BaseURL  string        // of the storefront, for links people open
	Privacy  *privacy.Desk
	Amend    *amend.Amendments
	Mailer   *message.Mailer // writes again what was sent, for its reader; nil: messages are listed without their words

	pages *cache
	gate  *auth.Gate
}

// Open makes the API ready to answer.
func (a *API) Open(ctx context.Context) (*API, error) {
	a.pages, a.gate = newCache(), auth.NewGate(a.DB)
	return a, a.pages.watch(ctx, a.DB)
}

// Routes is the whole API at a glance.
func (a *API) Routes(mux *http.ServeMux) huma.API {
	api := web.NewAPI(mux, Prefix, web.Info{Title: "Korzo Store API", Version: "1",
		Description: "Buy from the shop: products, carts, checkouts, orders. Money is {amount, currency} in minor units; times are RFC 3339."})
	api.UseMiddleware(a.enter(api))

	get(api, "/products", "Products", "List products", a.listProducts)
	get(api, "/products/{slug}", "Products", "Show a product", a.showProduct)
	get(api, "/products/{slug}/related", "Products", "List what goes with a product", a.related)
	get(api, "/categories", "Products", "List categories", a.listCategories)
	get(api, "/categories/{slug}", "Products", "Show a category", a.showCategory)
	get(api, "/suggest", "Products", "Complete what is being typed", a.suggest)
	post(api, "/search-clicks", "Products", "Tell that a found product was chosen", 204, a.clicked)

	get(api, "/banners", "Products", "Show what stands beside the goods", a.showBanners)
	get(api, "/pickup-points", "Products", "List where to collect, the nearest first", a.listPoints)
	get(api, "/return-terms", "Checkouts", "Show on which terms goods may be sent back", a.returnTerms)
	get(api, "/places", "Checkouts", "Complete a postal code or a city", a.completePlace)

	post(api, "/carts", "Carts", "Create a cart", 201, a.createCart)
	get(api, "/carts/{id}", "Carts", "Show a cart", a.showCart)
	post(api, "/carts/{id}/lines", "Carts", "Add a line", 200, a.addLine)
	patch(api, "/carts/{id}/lines/{line}", "Carts", "Change a line's quantity", a.setLine)
	del(api, "/carts/{id}/lines/{line}", "Carts", "Remove a line", a.removeLine)
	put(api, "/carts/{id}/lines/{line}/gifts", "Carts", "Say for whom a line's gift cards are", 200, a.setGifts)
	post(api, "/carts/{id}/codes", "Carts", "Enter a discount code", 200, a.addCode)
	put(api, "/carts/{id}/collect", "Carts", "Choose where it is collected", 200, a.collectCart)
	del(api, "/carts/{id}/codes/{code}", "Carts", "Remove a discount code", a.removeCode)
	post(api, "/carts/{id}/gift-cards", "Carts", "Put a gift card on a cart", 200, a.addGiftCard)
	del(api, "/carts/{id}/gift-cards/{card}", "Carts", "Take a gift card off a cart", a.removeGiftCard)
	post(api, "/carts/{id}/resume-links", "Carts", "Make a link that opens the cart on another device", 201, a.resumeLink)
	post(api, "/carts/{id}/claim", "Carts", "Give a guest's cart to the signed-in customer", 200, a.claimCart)

	post(api, "/visitors", "Customers", "Issue a visitor id", 201, a.issueVisitor)
	post(api, "/checkouts", "Checkouts", "Start the checkout of a cart", 201, a.startCheckout)
	get(api, "/checkouts/{id}", "Checkouts", "Show a checkout", a.showCheckout)
	patch(api, "/checkouts/{id}", "Checkouts", "Say who, where and how", a.updateCheckout)
	get(api, "/checkouts/{id}/instalments", "Checkouts", "In how many parts the card may pay", a.plans)
	post(api, "/checkouts/{id}/wallets/{method}", "Checkouts", "Open a wallet that tells who buys", 200, a.openWallet)
	post(api, "/checkouts/{id}/wallets/{method}/returned", "Checkouts", "Take over what a wallet told", 200, a.fromWallet)
	post(api, "/checkouts/{id}/complete", "Checkouts", "Place the order", 200, a.complete)
	post(api, "/checkouts/{id}/one-click", "Checkouts", "Place it with what is kept, unless it is undone", 200, a.tap)
	post(api, "/checkouts/{id}/one-click/undo", "Checkouts", "Take a tap back", 200, a.undo)
	post(api, "/checkouts/{id}/cancel", "Checkouts", "Give up a payment under way", 200, a.cancel)

	get(api, "/pay-links/{token}", "Payments", "Show a link to pay by", a.showPayLink)
	post(api, "/pay-links/{token}/pay", "Payments", "Pay a link", 200, a.payByLink)

	post(api, "/gift-cards/balance", "Gift cards", "Check the balance of a gift card", 200, a.checkBalance)
	get(api, "/customers/me/credit", "Customers", "Show the signed-in customer's store credit", a.myCredit)
	get(api, "/customers/me/points", "Customers", "Show the signed-in customer's points", a.myPoints)

	get(api, "/orders/{id}", "Orders", "Show an order", a.showOrder)
	get(api, "/orders/{id}/tracking", "Orders", "Show where an order is", a.showTracking)
	post(api, "/orders/{id}/account", "Orders", "Make an account of a guest's order, with a password alone; send its token", 201, a.enrol)
	post(api, "/orders/{id}/claim", "Orders", "Give a guest's order to the account of the same e-mail address; send its token and the customer's", 200, a.claimOrder)
	post(api, "/orders/{id}/cancel", "Orders", "Cancel an order that nobody has begun to gather", 200, a.cancelOrder)
	post(api, "/orders/{id}/address", "Orders", "Send an order elsewhere, or see what that means", 200, a.moveOrder)
	post(api, "/orders/{id}/lines", "Orders", "Take units out of an order that nobody has begun to gather, or see what goes back", 200, a.changeLines)
	get(api, "/orders/{id}/documents", "Orders", "List an order's invoices and credit notes", a.listDocuments)
	get(api, "/orders/{id}/documents/{document}", "Orders", "Download an invoice or credit note", a.showDocument)

	post(api, "/customers", "Customers", "Register a customer", 201, a.register)
	post(api, "/sessions", "Customers", "Sign in", 201, a.signIn)
	del(api, "/sessions", "Customers", "Sign out", a.signOut)
	get(api, "/customers/me", "Customers", "Show the signed-in customer", a.me)
	a.accountRoutes(api)
	return api
}

// accountRoutes are what a customer has and changes of their own.
func (a *API) accountRoutes(api huma.API) {
	get(api, "/customers/me/cards", "Customers", "List the cards the signed-in customer keeps", a.myCards)
	post(api, "/customers/me/cards", "Customers", "Keep a card for later", 201, a.keepCard)
	get(api, "/customers/me/cards/{id}", "Customers", "Show a kept card", a.showCard)
	patch(api, "/customers/me/cards/{id}", "Customers", "Change a kept card", a.changeCard)
	del(api, "/customers/me/cards/{id}", "Customers", "Delete a kept card", a.removeCard)

	patch(api, "/customers/me", "Account", "Change the signed-in customer", a.changeMe)
	del(api, "/customers/me", "Account", "End the account and forget the customer", a.deleteMe)
	post(api, "/customers/me/password", "Account", "Set a password", 200, a.setPassword)
	get(api, "/customers/me/sessions", "Account", "List where the customer is signed in", a.mySessions)
	del(api, "/customers/me/sessions/{id}", "Account", "Sign out on a device", a.endSession)

	get(api, "/customers/me/addresses", "Account", "List the address book", a.listAddresses)
	post(api, "/customers/me/addresses", "Account", "Add an address", 201, a.addAddress)
	put(api, "/customers/me/addresses/{id}", "Account", "Replace an address", 204, a.changeAddress)
	del(api, "/customers/me/addresses/{id}", "Account", "Remove an address", a.removeAddress)
	post(api, "/customers/me/addresses/{id}/default", "Account", "Make an address the first", 204, a.preferAddress)

	get(api, "/customers/me/orders", "Account", "List the customer's orders", a.myOrders)

	get(api, "/customers/me/wish-lists", "Account", "List the wish lists", a.wishLists)
	post(api, "/customers/me/wish-lists", "Account", "Create a wish list", 201, a.createWishList)
	get(api, "/customers/me/wish-lists/{id}", "Account", "Show a wish list", a.showWishList)
	patch(api, "/customers/me/wish-lists/{id}", "Account", "Rename or share a wish list", a.changeWishList)
	del(api, "/customers/me/wish-lists/{id}", "Account", "Delete a wish list", a.deleteWishList)
	put(api, "/customers/me/wish-lists/{id}/products/{product}", "Account", "Put a product on a wish list", 204, a.addWish)
	del(api, "/customers/me/wish-lists/{id}/products/{product}", "Account", "Take a product off a wish list", a.removeWish)
	get(api, "/wish-lists/{link}", "Products", "Show a wish list that was shared", a.sharedWishes)

	get(api, "/customers/me/saved", "Account", "List what is saved for later", a.mySaved)
	put(api, "/customers/me/saved/{sku}", "Account", "Save for later", 204, a.save)
	del(api, "/customers/me/saved/{sku}", "Account", "Save no more", a.dropSaved)

	get(api, "/customers/me/consents", "Account", "List what the customer allows", a.myConsents)
	put(api, "/customers/me/consents/{purpose}", "Account", "Say what the customer allows", 204, a.sayConsent)
	get(api, "/customers/me/messages", "Account", "List what was written to the customer", a.myMessages)
	get(api, "/customers/me/messages/{id}", "Account", "Show a message", a.showMessage)
	get(api, "/customers/me/exports", "Account", "List exports of the customer's data", a.myExports)
	post(api, "/customers/me/exports", "Account", "Ask for all data that is kept", 202, a.askExport)
	get(api, "/customers/me/exports/{id}", "Account", "Download an export", a.openExport)
}

func get[I, O any](api huma.API, path, tag, summary string, h func(context.Context, *I) (*O, error)) {
	operation(api, http.MethodGet, path, tag, summary, 200, h)
}

func post[I, O any](api huma.API, path, tag, summary string, status int, h func(context.Context, *I) (*O, error)) {
	operation(api, http.MethodPost, path, tag, summary, status, h)
}

func patch[I, O any](api huma.API, path, tag, summary string, h func(context.Context, *I) (*O, error)) {
	operation(api, http.MethodPatch, path, tag, summary, 200, h)
}

func put[I, O any](api huma.API, path, tag, summary string, status int, h func(context.Context, *I) (*O, error)) {
	operation(api, http.MethodPut, path, tag, summary, status, h)
}

func del[I, O any](api huma.API, path, tag, summary string, h func(context.Context, *I) (*O, error)) {
	operation(api, http.MethodDelete, path, tag, summary, 200, h)
}

func operation[I, O any](api huma.API, method, path, tag, summary string, status int, h func(context.Context, *I) (*O, error)) {
	huma.Register(api, huma.Operation{
		OperationID: strings.ToLower(strings.ReplaceAll(summary, " ", "-")),
		Method:      method, Path: path, Summary: summary, Tags: []string{tag}, DefaultStatus: status,
	}, h)
}

// caller is who a request speaks for.
type caller struct {
	key auth.Key
	cart.Caller
	ip      string
	shopper checkout.From // whom the call is for
	since   time.Time     // when its customer signed in; zero for a guest
}

type callerKey struct{}

// from returns the caller of a request that enter let in.
func from(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// enter lets in who has a key of this shop, and knows the customer by session.
func (a *API) enter(api huma.API) func(huma.Context, func(huma.Context)) {
	return func(c huma.Context, next func(huma.Context)) {
		who, err := a.identify(c)
		if err != nil {
			web.Refuse(api, c, err)
			return
		}
		next(huma.WithValue(c, callerKey{}, who))
	}
}

// identify costs no statement for a key that was seen a moment ago, unless a
// customer's session is to be looked up.
func (a *API) identify(c huma.Context) (caller, error) {
	secret, ok := web.Bearer(c.Header("Authorization"))
	if !ok {
		return caller{}, errKey
	}
	who := caller{ip: peer(c)}
	var err error
	if who.key, err = a.gate.Key(c.Context(), secret); err != nil {
		return caller{}, err
	}
	if who.key.Channel == "" {
		return caller{}, errKey
	}
	who.Channel = who.key.Channel
	who.shopper = checkout.From{IP: who.ip, Agent: c.Header("User-Agent")}
	if who.key.Kind == auth.Secret { // a shop's own server speaks for its shoppers, and says for whom
		who.shopper = checkout.From{IP: c.Header("Shopper-IP"), Agent: c.Header("Shopper-Agent")}
	}
	token := c.Header("Customer-Token")
	if token == "" {
		return who, nil
	}
	return who, a.DB.Read(c.Context(), func(tx *db.Tx) error {
		s, err := auth.FindSession(c.Context(), tx, auth.RealmCustomer, token)
		if err != nil {
			return errSession
		}
		who.Customer, who.since = s.Subject, s.CreatedAt
		return nil
	})
}

// peer is the address a request came from.
func peer(c huma.Context) string {
	r, _ := humago.Unwrap(c)
	return web.ClientIP(r)
}

// market is the market a request names, or the channel's own.
func (c caller) market(ctx context.Context, tx *db.Tx, asked string) (string, error) {
	channel, err := market.FindChannel(ctx, tx, c.key.Channel)
	switch {
	case err != nil:
		return "", errKey
	case asked == "":
		return channel.DefaultMarket, nil
	case !channel.Serves(asked):
		return "", errMarket
	}
	return asked, nil
}
