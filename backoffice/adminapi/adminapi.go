// Package adminapi is the back office for programs: what staff do by hand, a
// system may do here, with a secret key and only as far as its scopes go.
//
// Each operation names the scope it needs; the scopes are the same words as
// the permissions of staff. A change that would hurt when done twice (stock,
// money) needs an Idempotency-Key and answers a repeat with the same bytes.
//
// Nothing here decides: every operation is a verb of a domain, and its refusal
// is the domain's.
package adminapi

import (
	"context"
	"net/http"
	"strings"

	"korzo/backoffice/transfer"
	"korzo/fulfilment/shipment"
	"korzo/offer/media"
	"korzo/platform/auth"
	"korzo/platform/blob"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/i18n"
	"korzo/platform/seal"
	"korzo/platform/web"
	"korzo/purchase/amend"
	"korzo/purchase/checkout"
	"korzo/purchase/paylink"
	"korzo/purchase/payment"
	"korzo/purchase/payment/guard"
	"korzo/purchase/payment/route"
	"korzo/purchase/settlement"

	"github.com/danielgtaylor/huma/v2"
)

// Prefix is where the API lives.
const Prefix = "/admin/v1"

var errKey = fault.New(fault.Unauthorized, "adminapi.key", "send a secret key of this shop: Authorization: Bearer sk_…")

// API answers the routes below.
type API struct {
	DB       *db.DB
	Keeper   *seal.Keeper
	Payments *payment.Payments
	Links    *paylink.Links
	Catalog  *i18n.Catalog // words of the files it hands out
	Settle   *settlement.Settlements
	Amend    *amend.Amendments
	Dispatch *shipment.Desk
	Router   *route.Router
	Guard    *guard.Guard
	Checkout *checkout.Checkout
	Desk     *transfer.Desk
	Files    *blob.FolderStore // of digital goods
	Pictures *media.Pipeline
	Media    *blob.FolderStore // where Pictures keeps them
	Private  bool              // webhooks may go to private addresses

	gate *auth.Gate
}

// Routes is the whole API at a glance.
func (a *API) Routes(mux *http.ServeMux) huma.API {
	a.gate = auth.NewGate(a.DB)
	api := web.NewAPI(mux, Prefix, web.Info{Title: "Korzo Admin API", Version: "1",
		Description: "Run the shop: catalogue, stock, promotions, orders, flows, exceptions. Money is {amount, currency} in minor units."})
	api.UseMiddleware(a.enter(api))
	r := routes{api}

	a.catalogRoutes(r)
	a.searchRoutes(r)
	a.contentRoutes(r)
	a.downloadRoutes(mux, r)

	a.stockRoutes(r)
	a.deliveryRoutes(r)
	a.taxRoutes(r)

	a.transferRoutes(mux, r)
	a.mediaRoutes(mux, api)
	a.pictureRoutes(r)

	add(r, "GET", "/promotions", "Promotions", "List promotions", "promotions.read", a.listPromotions)
	add(r, "POST", "/promotions", "Promotions", "Create a promotion", "promotions.write", a.createPromotion)
	add(r, "GET", "/promotions/{id}", "Promotions", "Show a promotion", "promotions.read", a.showPromotion)
	add(r, "PUT", "/promotions/{id}", "Promotions", "Change a promotion", "promotions.write", a.updatePromotion)
	add(r, "POST", "/promotions/{id}/status", "Promotions", "Activate, pause or end a promotion", "promotions.write", a.movePromotion)
	add(r, "GET", "/promotions/{id}/codes", "Promotions", "List the codes of a promotion", "promotions.read", a.listCodes)
	add(r, "POST", "/promotions/{id}/codes", "Promotions", "Add or generate codes", "promotions.write", a.addCodes)
	a.codeRoutes(r)

	a.priceRoutes(r)

	add(r, "GET", "/orders", "Orders", "List orders", "orders.read", a.listOrders)
	add(r, "GET", "/orders/{id}", "Orders", "Show an order", "orders.read", a.showOrder)
	add(r, "POST", "/orders/{id}/release", "Orders", "Release an order on hold", "orders.write", a.releaseOrder)
	add(r, "GET", "/documents", "Orders", "List invoices and credit notes", "orders.read", a.listDocuments)
	add(r, "GET", "/documents/{id}", "Orders", "Download an invoice or a credit note", "orders.read", a.showDocument)
	add(r, "GET", "/payments", "Payments", "List payments", "orders.read", a.listPayments)
	add(r, "GET", "/payments/{id}", "Payments", "Show a payment with every signal", "orders.read", a.showPaymentDetail)
	add(r, "GET", "/payment-figures", "Payments", "Show what payments came to", "reports.read", a.showFigures)
	a.amendRoutes(r)
	add(r, "GET", "/disputes", "Payments", "List disputes", "orders.read", a.listDisputes)
	add(r, "GET", "/disputes/{id}", "Payments", "Show a dispute", "orders.read", a.showDispute)
	add(r, "POST", "/disputes/{id}/evidence", "Payments", "Add evidence to a dispute", "orders.write", a.addEvidence)
	add(r, "POST", "/disputes/{id}/decide", "Payments", "Note how a dispute goes on", "payments.refund", a.decideDispute)
	a.statementRoutes(r)
	add(r, "POST", "/payments/{id}/check", "Orders", "Ask the gateway about a payment", "payments.capture", a.checkPayment)
	add(r, "POST", "/payments/{id}/capture", "Orders", "Capture a payment", "payments.capture", a.capturePayment)

	add(r, "POST", "/payments/{id}/captures", "Orders", "Capture a part of a payment", "payments.capture", a.captureAmount)
	add(r, "POST", "/payments/{id}/void", "Orders", "Void what a payment holds", "payments.capture", a.voidPayment)
	add(r, "POST", "/payments/{id}/refunds", "Orders", "Refund a part of a payment that paid no order", "payments.refund", a.refundPayment)

	a.paymentRoutes(r)
	a.webhookRoutes(r)
	a.fulfilmentRoutes(r)

	a.flowRoutes(r)
	a.experimentRoutes(r)

	add(r, "GET", "/payment-methods", "Payment methods", "List payment methods of a market", "flows.read", a.listPayMethods)
	add(r, "PUT", "/payment-methods/{id}", "Payment methods", "Decide about a payment method in a market", "flows.write", a.savePayMethod)
	add(r, "POST", "/payment-methods/presets", "Payment methods", "Begin with the usual payment methods of a country", "flows.write", a.beginPayMethods)

	add(r, "GET", "/ledger/check", "Ledger", "Check the ledger", "ledger.read", a.checkLedger)
	add(r, "GET", "/exceptions", "Exceptions", "List exceptions", "exceptions.read", a.listExceptions)
	add(r, "POST", "/exceptions/{id}/resolve", "Exceptions", "Resolve an exception", "exceptions.write", a.resolveException)
	return api
}

// catalogRoutes are those of what is for sale.
func (a *API) catalogRoutes(r routes) {
	add(r, "GET", "/products", "Products", "List products", "catalog.read", a.listProducts)
	add(r, "POST", "/products", "Products", "Create a product", "catalog.write", a.createProduct)
	add(r, "GET", "/products/{id}", "Products", "Show a product", "catalog.read", a.showProduct)
	add(r, "PATCH", "/products/{id}", "Products", "Change a product", "catalog.write", a.updateProduct)
	add(r, "DELETE", "/products/{id}", "Products", "Archive a product", "catalog.write", a.archiveProduct)
	add(r, "POST", "/products/bulk", "Products", "Create and change many products", "catalog.write", a.bulkProducts)

	add(r, "GET", "/categories", "Categories", "List categories", "catalog.read", a.listCategories)
	add(r, "POST", "/categories", "Categories", "Create a category", "catalog.write", a.createCategory)
	add(r, "POST", "/categories/bulk", "Categories", "Create, change and delete many categories", "catalog.write", a.bulkCategories)
	add(r, "GET", "/categories/rule-facts", "Categories", "List what a category's rule may speak of", "catalog.read", a.categoryRuleFacts)
	add(r, "POST", "/categories/previews", "Categories", "Try a rule: what it would catch", "catalog.read", a.tryCategoryRule)
	add(r, "GET", "/categories/{id}", "Categories", "Show a category", "catalog.read", a.showCategory)
	add(r, "PATCH", "/categories/{id}", "Categories", "Change a category", "catalog.write", a.updateCategory)
	add(r, "DELETE", "/categories/{id}", "Categories", "Delete a category", "catalog.write", a.deleteCategory)
	add(r, "GET", "/attributes", "Categories", "List attributes", "catalog.read", a.listAttributes)
	add(r, "POST", "/attributes", "Categories", "Create an attribute", "catalog.write", a.createAttribute)
	add(r, "GET", "/attributes/{code}", "Categories", "Show an attribute", "catalog.read", a.showAttribute)
	add(r, "PUT", "/attributes/{code}", "Categories", "Replace an attribute", "catalog.write", a.replaceAttribute)
	add(r, "DELETE", "/attributes/{code}", "Categories", "Delete an attribute", "catalog.write", a.deleteAttribute)
}

// taxRoutes are those of what the state takes.
func (a *API) taxRoutes(r routes) {
	add(r, "GET", "/tax/rates", "Tax", "List tax rates", "settings.read", a.listRates)
	add(r, "POST", "/tax/rates", "Tax", "Save a tax rate", "settings.write", a.saveRate)
	add(r, "DELETE", "/tax/rates/{seq}", "Tax", "Remove a tax rate", "settings.write", a.removeRate)
	add(r, "POST", "/tax/rates/import", "Tax", "Import tax rates from CSV", "settings.write", a.importRates)
	add(r, "POST", "/tax/rates/european", "Tax", "Save the value added tax this version knows", "settings.write", a.saveEuropean)
	add(r, "GET", "/tax/settings/{market}", "Tax", "Show how a market's tax is found", "settings.read", a.showTaxSettings)
	add(r, "PUT", "/tax/settings/{market}", "Tax", "Say how a market's tax is found", "settings.write", a.saveTaxSettings)
	add(r, "GET", "/tax/exemptions", "Tax", "List exemptions", "settings.read", a.listExemptions)
	add(r, "PUT", "/tax/exemptions/{holder}", "Tax", "Exempt a buyer", "settings.write", a.saveExemption)
	add(r, "DELETE", "/tax/exemptions/{holder}", "Tax", "End an exemption", "settings.write", a.removeExemption)
}

// stockRoutes are those of what lies where.
func (a *API) stockRoutes(r routes) {
	add(r, "GET", "/locations", "Stock", "List locations", "stock.read", a.listLocations)
	add(r, "POST", "/locations", "Stock", "Create a location", "stock.write", a.createLocation)
	add(r, "PATCH", "/locations/{id}", "Stock", "Change a location", "stock.write", a.updateLocation)
	add(r, "DELETE", "/locations/{id}", "Stock", "Close a location", "stock.write", a.closeLocation)
	add(r, "GET", "/stock", "Stock", "List stock", "stock.read", a.listStock)
	add(r, "POST", "/stock", "Stock", "Adjust the stock of many", "stock.write", a.adjustMany)
	add(r, "GET", "/stock/movements", "Stock", "Show why a figure is what it is", "stock.read", a.listMovements)
	add(r, "POST", "/stock/adjustments", "Stock", "Adjust stock", "stock.write", a.adjustStock)
	add(r, "GET", "/stock/policies/{sku}", "Stock", "Show how a SKU is sold beyond its stock", "stock.read", a.showPolicy)
	add(r, "PUT", "/stock/policies/{sku}", "Stock", "Say how a SKU is sold beyond its stock", "stock.write", a.savePolicy)
	add(r, "GET", "/stock/safety", "Stock", "List what is kept back from channels", "stock.read", a.listSafety)
	add(r, "PUT", "/stock/safety", "Stock", "Keep units back from a channel", "stock.write", a.setSafety)

	add(r, "GET", "/transfers", "Stock", "List transfers", "stock.read", a.listTransfers)
	add(r, "POST", "/transfers", "Stock", "Create a transfer", "stock.write", a.createTransfer)
	add(r, "GET", "/transfers/{id}", "Stock", "Show a transfer", "stock.read", a.showTransfer)
	add(r, "PUT", "/transfers/{id}", "Stock", "Change a transfer that has not left", "stock.write", a.changeTransfer)
	add(r, "POST", "/transfers/{id}/send", "Stock", "Send a transfer", "stock.write", a.sendTransfer)
	add(r, "POST", "/transfers/{id}/receive", "Stock", "Receive a transfer, in part or whole", "stock.write", a.receiveTransfer)
	add(r, "POST", "/transfers/{id}/close", "Stock", "Give up what did not come", "stock.write", a.closeTransfer)
	add(r, "POST", "/transfers/{id}/cancel", "Stock", "Cancel a transfer that has not left", "stock.write", a.cancelTransfer)

	add(r, "GET", "/counts", "Stock", "List counts", "stock.read", a.listCounts)
	add(r, "POST", "/counts", "Stock", "Start a count", "stock.write", a.startCount)
	add(r, "GET", "/counts/{id}", "Stock", "Show a count", "stock.read", a.showCount)
	add(r, "GET", "/counts/{id}/sheet", "Stock", "Show a count's sheet", "stock.read", a.showSheet)
	add(r, "POST", "/counts/{id}/lines", "Stock", "Note what was counted", "stock.write", a.countLine)
	add(r, "POST", "/counts/{id}/post", "Stock", "Book the differences of a count", "stock.write", a.postCount)
	add(r, "POST", "/counts/{id}/cancel", "Stock", "Cancel a count", "stock.write", a.cancelCount)
}

// deliveryRoutes are those of how goods travel, and from where.
func (a *API) deliveryRoutes(r routes) {
	add(r, "GET", "/delivery-methods", "Delivery", "List delivery methods", "settings.read", a.listDeliveryMethods)
	add(r, "PUT", "/delivery-methods/{id}", "Delivery", "Save a delivery method with its zones and prices", "settings.write", a.saveDeliveryMethod)
	add(r, "GET", "/sourcing", "Delivery", "Show how it is decided where goods come from", "settings.read", a.showSourcing)
	add(r, "PUT", "/sourcing/rules", "Delivery", "Replace the ranked rules of sourcing", "settings.write", a.saveSourcingRules)
	add(r, "PUT", "/sourcing/locations/{id}", "Delivery", "Limit the parcels of a location, and say what one costs", "settings.write", a.saveSourcingLocation)
	add(r, "GET", "/orders/{id}/sourcing", "Delivery", "Show where the goods of an order came from, and why", "orders.read", a.listSourced)
	add(r, "GET", "/places", "Delivery", "List how places work", "settings.read", a.listPlaces)
	add(r, "PUT", "/places/{id}", "Delivery", "Say how a place works", "settings.write", a.savePlace)
	add(r, "GET", "/lanes", "Delivery", "List how long parcels take", "settings.read", a.listLanes)
	add(r, "PUT", "/lanes/{from}/{to}/{method}", "Delivery", "Say how a lane is promised", "settings.write", a.saveLane)
	add(r, "GET", "/promises", "Delivery", "Show how many promised dates were kept, by location and lane", "orders.read", a.listPromises)
}

type routes struct{ huma.API }

// scopeKey holds an operation's scope in its metadata.
const scopeKey = "adminapi.scope"

func add[I, O any](r routes, method, path, tag, summary, scope string, h func(context.Context, *I) (*O, error)) {
	op := huma.Operation{
		OperationID: operationID(summary),
		Method:      method, Path: path, Summary: summary, Tags: []string{tag},
		Description: "Needs the scope `" + scope + "`.", Metadata: map[string]any{scopeKey: scope},
		RejectUnknownQueryParameters: true,
	}
	if method == http.MethodPost && !strings.Contains(path, "{") && !strings.HasSuffix(path, "/choose") && !strings.HasSuffix(path, "/previews") && !strings.HasPrefix(path, "/payment-rules/") && !strings.HasSuffix(path, "/bulk") && path != "/gift-cards/look" {
		op.DefaultStatus = http.StatusCreated
	}
	huma.Register(r.API, op, h)
}

// operationID makes an operation's id of its summary.
func operationID(summary string) string {
	return strings.ToLower(strings.NewReplacer(" ", "-", "'", "", ",", "").Replace(summary))
}

type keyKey struct{}

// from returns the key of a request that enter let in.
func from(ctx context.Context) auth.Key {
	k, _ := ctx.Value(keyKey{}).(auth.Key)
	return k
}

// enter lets in who has a secret key with the operation's scope.
func (a *API) enter(api huma.API) func(huma.Context, func(huma.Context)) {
	return func(c huma.Context, next func(huma.Context)) {
		key, err := a.identify(c)
		if err != nil {
			web.Refuse(api, c, err)
			return
		}
		next(huma.WithValue(c, keyKey{}, key))
	}
}

func (a *API) identify(c huma.Context) (auth.Key, error) {
	secret, ok := web.Bearer(c.Header("Authorization"))
	if !ok {
		return auth.Key{}, errKey
	}
	key, err := a.gate.Key(c.Context(), secret)
	if err != nil {
		return auth.Key{}, err
	}
	if key.Kind != auth.Secret {
		return auth.Key{}, errKey
	}
	scope, _ := c.Operation().Metadata[scopeKey].(string)
	if !key.Allows(scope) {
		return auth.Key{}, auth.ErrScope
	}
	return key, nil
}
