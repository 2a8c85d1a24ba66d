package webhook

// Test is the kind of a message that a person sends to try an endpoint.
const Test = "webhook.test"

// untold is the fact of an order that came from another shop: its receivers
// heard of it there, and a whole history may come in one night.
const untold = "order.imported"

// Kinds are all facts that an endpoint may be told of, in order. Their bodies
// are the facts' own: ids and amounts, never a person's data. Kinds are only added.
var Kinds = []string{
	"cart.merged",
	"customer.consent",
	"customer.consent_asked",
	"customer.erased",
	"customer.registered",
	"download.granted",
	"experiment.moved",
	"flow.archived",
	"flow.published",
	"order.adopted",
	"order.edited",
	"order.moved",
	"order.placed",
	"order.refunded",
	"paylink.made",
	"paylink.paid",
	"payment.captured",
	"payment.lapsed",
	"payment.refunded",
	"pickup.expired",
	"pickup.handed_over",
	"pickup.ready",
	"pickup.reminded",
	"points.changed",
	"price.changed",
	"product.archived",
	"product.created",
	"product.updated",
	"shipment.canceled",
	"shipment.delivered",
	"shipment.late",
	"shipment.moved",
	"shipment.sent_instead",
	"shipment.shipped",
	"shipment.tracked",
	"stock.adjusted",
	"stock.counted",
	"stock.transfer_moved",
	"taxonomy.changed",
	"vault.expiring",
	"withdrawal.declared",
}
