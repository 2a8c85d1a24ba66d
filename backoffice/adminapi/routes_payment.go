package adminapi

// paymentRoutes are those of stored value and of routing.
func (a *API) paymentRoutes(r routes) {
	add(r, "GET", "/gift-cards", "Gift cards", "List gift cards", "giftcards.read", a.listGiftCards)
	add(r, "POST", "/gift-cards", "Gift cards", "Issue a gift card", "giftcards.write", a.issueGiftCard)
	add(r, "POST", "/gift-cards/look", "Gift cards", "Look up a gift card by its code", "giftcards.read", a.lookUpGiftCard)
	add(r, "GET", "/gift-cards/{id}", "Gift cards", "Show a gift card", "giftcards.read", a.showGiftCard)
	add(r, "POST", "/gift-cards/{id}/block", "Gift cards", "Block a gift card", "giftcards.write", a.blockGiftCard)
	add(r, "POST", "/gift-cards/{id}/unblock", "Gift cards", "Unblock a gift card", "giftcards.write", a.unblockGiftCard)
	add(r, "POST", "/gift-cards/{id}/top-ups", "Gift cards", "Top up a gift card", "giftcards.write", a.topUpGiftCard)
	add(r, "GET", "/customers/{id}/credit", "Customers", "Show a customer's store credit", "customers.read", a.showCredit)
	add(r, "POST", "/customers/{id}/credit", "Customers", "Give store credit", "credit.write", a.grantCredit)

	add(r, "GET", "/pay-links", "Payments", "List links to pay by", "orders.read", a.listPayLinks)
	add(r, "POST", "/pay-links", "Payments", "Make a link to pay by", "payments.capture", a.makePayLink)
	add(r, "GET", "/pay-links/{id}", "Payments", "Show a link to pay by", "orders.read", a.showPayLink)
	add(r, "POST", "/pay-links/{id}/cancel", "Payments", "Cancel a link to pay by", "payments.capture", a.cancelPayLink)

	add(r, "GET", "/payment-rules", "Routing", "List routing rules", "routing.read", a.listRules)
	add(r, "POST", "/payment-rules", "Routing", "Write a routing rule", "routing.write", a.createRule)
	add(r, "GET", "/payment-rules/{id}", "Routing", "Show the versions of a routing rule", "routing.read", a.showRule)
	add(r, "PUT", "/payment-rules/{id}", "Routing", "Change a routing rule's draft", "routing.write", a.updateRule)
	add(r, "DELETE", "/payment-rules/{id}", "Routing", "Archive a routing rule", "routing.write", a.archiveRule)
	add(r, "POST", "/payment-rules/{id}/publish", "Routing", "Publish a routing rule", "routing.write", a.publishRule)
	add(r, "POST", "/payment-rules/simulate", "Routing", "Simulate routing rules on past payments", "routing.read", a.simulateRules)
	add(r, "POST", "/payment-rules/explain", "Routing", "Explain where a payment would go", "routing.read", a.explainRoute)
	add(r, "GET", "/payment-routing/settings", "Routing", "Show the routing settings", "routing.read", a.showRouting)
	add(r, "PUT", "/payment-routing/settings", "Routing", "Save the routing settings", "routing.write", a.saveRouting)
	add(r, "GET", "/payment-routing/retries", "Routing", "List the table of retries", "routing.read", a.listRetries)
	add(r, "PUT", "/payment-routing/retries", "Routing", "Change a row of the table of retries", "routing.write", a.setRetry)
	add(r, "DELETE", "/payment-routing/retries/{gateway}/{code}", "Routing", "Reset a row of the table of retries", "routing.write", a.resetRetry)
	add(r, "GET", "/payment-routing/breakers", "Routing", "Show how gateways do", "routing.read", a.listBreakers)

	add(r, "GET", "/payment-guard", "Payment guard", "Show what keeps card testers out", "routing.read", a.showGuard)
	add(r, "PUT", "/payment-guard/limits", "Payment guard", "Change a limit", "routing.write", a.saveLimit)
	add(r, "PUT", "/payment-guard/breaker", "Payment guard", "Change when the whole shop asks for proof", "routing.write", a.saveBreaker)
	add(r, "DELETE", "/payment-guard/settings", "Payment guard", "Take back all changes of limits", "routing.write", a.resetGuard)
	add(r, "POST", "/payment-guard/calm", "Payment guard", "Stop asking the whole shop for proof", "routing.write", a.calmGuard)
	add(r, "POST", "/payment-guard/pardons", "Payment guard", "Pardon somebody who is over a limit", "routing.write", a.pardon)
}
