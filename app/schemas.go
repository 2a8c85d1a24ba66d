package app

import (
	"io/fs"
	"slices"

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
	"korzo/delivery/carrier"
	"korzo/delivery/locality"
	"korzo/delivery/method"
	"korzo/delivery/point"
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
	"korzo/offer/pricing"
	"korzo/offer/search"
	"korzo/offer/taxonomy"
	"korzo/platform/audit"
	"korzo/platform/auth"
	"korzo/platform/auth/passkey"
	"korzo/platform/event"
	"korzo/platform/exception"
	"korzo/platform/idempotency"
	"korzo/platform/job"
	"korzo/platform/ledger"
	"korzo/platform/remember"
	"korzo/purchase/amend"
	"korzo/purchase/cart"
	"korzo/purchase/checkout"
	"korzo/purchase/dispute"
	"korzo/purchase/document"
	"korzo/purchase/download"
	"korzo/purchase/flow"
	"korzo/purchase/giftcard"
	"korzo/purchase/order"
	"korzo/purchase/paylink"
	"korzo/purchase/payment"
	"korzo/purchase/payment/guard"
	"korzo/purchase/payment/paymethod"
	"korzo/purchase/payment/route"
	"korzo/purchase/payment/vault"
	"korzo/purchase/promotion"
	"korzo/purchase/settlement"
	"korzo/purchase/tax"
	"korzo/purchase/tax/vatid"
)

// Schemas are the tables of every package that has some, in the order of the floors.
func Schemas() []fs.FS {
	return append([]fs.FS{
		remember.Schema, event.Schema, job.Schema, ledger.Schema, exception.Schema, audit.Schema, idempotency.Schema, auth.Schema, passkey.Schema,
		market.Schema, taxonomy.Schema, catalog.Schema, pricing.Schema, group.Schema, inventory.Schema, content.Schema, search.Schema,
		profile.Schema,
		promise.Schema, method.Schema, point.Schema, sourcing.Schema, locality.Schema,
		tax.Schema, vatid.Schema, promotion.Schema, cart.Schema, flow.Schema, order.Schema, payment.Schema, paymethod.Schema, route.Schema, guard.Schema, vault.Schema, settlement.Schema, dispute.Schema, amend.Schema, paylink.Schema,
		checkout.Schema, document.Schema, download.Schema,
		giftcard.Schema, wallet.Schema, wishlist.Schema, consent.Schema, privacy.Schema, standing.Schema, segment.Schema, experiment.Schema,
		shipment.Schema, pickup.Schema, withdrawal.Schema,
		message.Schema, restock.Schema, banner.Schema,
		metric.Schema, trial.Schema, funnel.Schema, lifetime.Schema,
		listing.Schema,
		transfer.Schema,
		webhook.Schema,
	}, append(slices.Clone(carrier.Schemas), sender.Schemas...)...)
}
