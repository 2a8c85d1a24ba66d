package cart

import (
	"korzo/purchase/promotion"
	"korzo/purchase/promotion/basket"
	"korzo/purchase/quote"
)

// Reasons returns every reason for which a code in a cart may not apply. They
// are stable; docs/promotions.md says what each means.
func Reasons() []string {
	return []string{
		promotion.ReasonUnknown, promotion.ReasonNotStarted, promotion.ReasonEnded, promotion.ReasonPaused,
		promotion.ReasonWrongMarket, basket.ReasonChannel, promotion.ReasonWrongCurrency, basket.ReasonTime,
		promotion.ReasonDuplicate, promotion.ReasonSame,
		promotion.ReasonExhausted, promotion.ReasonCustomerLimit, promotion.ReasonPeriodLimit, promotion.ReasonBudget,
		basket.ReasonTotal, basket.ReasonQuantity, basket.ReasonItems, basket.ReasonCustomer, basket.ReasonFirstOrder,
		basket.ReasonRule, basket.ReasonNotAnswered,
		quote.ReasonNothing, quote.ReasonMinimumPrice, quote.ReasonNotCombinable,
	}
}
