package paymethod

import (
	"time"

	"korzo/value/money"
)

const (
	day       = 24 * time.Hour
	cardHold  = 7 * day // what card schemes keep at least
	inBrowser = 15 * time.Minute
)

// catalogue is every way to pay that Korzo knows, with the rules of its scheme
// as they were published in 2025. What has no gateway behind it that we could
// reach runs through the sandbox under the same rules.
var catalogue = []Method{
	{
		ID: "card", Kind: "card", Flow: Fields, Session: inBrowser, Saves: true, SCA: true,
		Name:    Words{"en": "Card", "de": "Karte", "hu": "Bankkártya"},
		Note:    Words{"en": "Credit or debit card", "de": "Kredit- oder Debitkarte", "hu": "Hitel- vagy betéti kártya"},
		Capture: Capture{When: OnShipment, Parts: true, Life: cardHold}, Refund: Refund{Parts: true, Days: 180},
		Gateways: []string{"sandbox", "sandbox2", "stripe"},
	},
	{
		ID: "apple_pay", Kind: "wallet", Flow: AppSwitch, Desk: Redirect, Session: inBrowser, SCA: true, Systems: []string{"ios", "macos"},
		Name:    Words{"en": "Apple Pay", "de": "Apple Pay", "hu": "Apple Pay"},
		Note:    Words{"en": "Confirm on your device", "de": "Auf Ihrem Gerät bestätigen", "hu": "Jóváhagyás az eszközén"},
		Capture: Capture{When: OnShipment, Parts: true, Life: cardHold}, Refund: Refund{Parts: true, Days: 180},
		Gateways: []string{"sandbox", "sandbox2"},
	},
	{
		ID: "google_pay", Kind: "wallet", Flow: AppSwitch, Desk: Redirect, Session: inBrowser, SCA: true, Systems: []string{"android", "windows", "linux"},
		Name:    Words{"en": "Google Pay", "de": "Google Pay", "hu": "Google Pay"},
		Note:    Words{"en": "Confirm on your device", "de": "Auf Ihrem Gerät bestätigen", "hu": "Jóváhagyás az eszközén"},
		Capture: Capture{When: OnShipment, Parts: true, Life: cardHold}, Refund: Refund{Parts: true, Days: 180},
		Gateways: []string{"sandbox", "sandbox2"},
	},
	{
		ID: "paypal", Kind: "paypal", Flow: Redirect, Session: 3 * time.Hour, Saves: true,
		Name:    Words{"en": "PayPal", "de": "PayPal", "hu": "PayPal"},
		Note:    Words{"en": "You confirm at PayPal and come back", "de": "Sie bestätigen bei PayPal und kommen zurück", "hu": "A PayPalnál hagyja jóvá, majd visszatér"},
		Capture: Capture{When: OnShipment, Parts: true, Life: 29 * day}, Refund: Refund{Parts: true, Days: 180},
		Gateways: []string{"paypal", "sandbox", "sandbox2"},
	},
	{
		ID: "venmo", Kind: "venmo", Flow: AppSwitch, Desk: QRShown, Session: 3 * time.Hour,
		Countries: []string{"US"}, Currencies: []money.Currency{"USD"},
		Name:    Words{"en": "Venmo", "de": "Venmo", "hu": "Venmo"},
		Note:    Words{"en": "Confirm in the Venmo app", "de": "In der Venmo-App bestätigen", "hu": "Jóváhagyás a Venmo alkalmazásban"},
		Capture: Capture{When: OnShipment, Parts: true, Life: 29 * day}, Refund: Refund{Parts: true, Days: 180},
		Gateways: []string{"paypal", "sandbox", "sandbox2"},
	},
	{
		ID: "swish", Kind: "swish", Flow: AppSwitch, Desk: QRShown, Session: 3 * time.Minute,
		Countries: []string{"SE"}, Currencies: []money.Currency{"SEK"}, Ranges: []Range{{"SEK", 1_00, 150_000_00}},
		Name: Words{"en": "Swish", "de": "Swish", "hu": "Swish"},
		Note: Words{"en": "Confirm in the Swish app within three minutes", "de": "Innerhalb von drei Minuten in der Swish-App bestätigen", "hu": "Jóváhagyás a Swish alkalmazásban három percen belül"},
		// Swish moves money at once and in one piece; what cannot be delivered is sent back.
		Capture: Capture{When: Now}, Refund: Refund{Parts: true, Days: 365},
		Gateways: []string{"sandbox", "sandbox2"},
	},
	{
		ID: "instalments", Kind: "instalments", Flow: Fields, Session: inBrowser, SCA: true, Credit: true,
		Countries: []string{"TR"}, Currencies: []money.Currency{"TRY"}, Ranges: []Range{{"TRY", 100_00, 0}},
		Name: Words{"en": "Instalments by card", "de": "Ratenzahlung mit Karte", "hu": "Részletfizetés kártyával"},
		Note: Words{"en": "Your card's bank offers the plans", "de": "Die Bank Ihrer Karte bietet die Raten an", "hu": "A részleteket a kártya bankja kínálja"},
		Legal: Words{"en": "Your bank charges the instalments to your card; the shop is paid at once. The total with the bank's charge is shown before you order.",
			"de": "Ihre Bank belastet die Raten Ihrer Karte; der Shop wird sofort bezahlt. Der Gesamtbetrag mit dem Aufschlag der Bank steht vor der Bestellung.",
			"hu": "A részleteket a bankja terheli a kártyájára; a bolt azonnal megkapja az összeget. A bank felárával számolt végösszeget a rendelés előtt látja."},
		// A part that is given back makes the instalments to come smaller: which, is the bank's to say.
		Capture: Capture{When: Now}, Refund: Refund{Parts: true, Days: 365},
		Needs: []Need{NeedPlan}, Gateways: []string{"sandbox", "sandbox2"},
	},
	{
		ID: "pay_later", Kind: "pay_later", Flow: Redirect, Session: time.Hour, Credit: true,
		Countries: []string{"DE", "AT", "SE"}, Currencies: []money.Currency{"EUR", "SEK"},
		Ranges: []Range{{"EUR", 10_00, 1_500_00}, {"SEK", 100_00, 15_000_00}},
		Name:   Words{"en": "Pay in 30 days", "de": "In 30 Tagen zahlen", "hu": "Fizetés 30 napon belül"},
		Note:   Words{"en": "The goods first, the bill later", "de": "Erst die Ware, dann die Rechnung", "hu": "Előbb az áru, később a számla"},
		Legal: Words{"en": "The lender assesses your credit and becomes your creditor. Paying late costs reminders and interest.",
			"de": "Der Anbieter prüft Ihre Bonität und wird Ihr Gläubiger. Wer zu spät zahlt, trägt Mahnkosten und Zinsen.",
			"hu": "A szolgáltató hitelképességet vizsgál, és ő lesz a hitelező. A késedelem felszólítási díjjal és kamattal jár."},
		Capture: Capture{When: OnShipment, Parts: true, Life: 28 * day}, Refund: Refund{Parts: true, Days: 180},
		Needs: []Need{NeedBirthDate, NeedPhone, NeedBilling}, Gateways: []string{"sandbox", "sandbox2"},
	},
	{
		ID: "pay_in_3", Kind: "pay_later", Flow: Redirect, Session: time.Hour, Credit: true,
		Countries: []string{"DE", "AT"}, Currencies: []money.Currency{"EUR"}, Ranges: []Range{{"EUR", 50_00, 3_000_00}},
		Name: Words{"en": "Three instalments", "de": "In drei Raten", "hu": "Három részletben"},
		Note: Words{"en": "A third now, a third after 30 and after 60 days", "de": "Ein Drittel jetzt, je ein Drittel nach 30 und nach 60 Tagen", "hu": "Harmada most, harmada 30, harmada 60 nap múlva"},
		Legal: Words{"en": "The lender assesses your credit and becomes your creditor; there is no interest. Paying late costs reminders and interest.",
			"de": "Der Anbieter prüft Ihre Bonität und wird Ihr Gläubiger; Zinsen fallen nicht an. Wer zu spät zahlt, trägt Mahnkosten und Zinsen.",
			"hu": "A szolgáltató hitelképességet vizsgál, és ő lesz a hitelező; kamat nincs. A késedelem felszólítási díjjal és kamattal jár."},
		Capture: Capture{When: OnShipment, Parts: true, Life: 28 * day}, Refund: Refund{Parts: true, Days: 180},
		Needs: []Need{NeedBirthDate, NeedPhone, NeedBilling}, Gateways: []string{"sandbox", "sandbox2"},
	},
	{
		ID: "invoice", Kind: "invoice", Flow: Instructions,
		Name:    Words{"en": "Invoice", "de": "Rechnung", "hu": "Számla utólag"},
		Note:    Words{"en": "The invoice comes with the parcel; pay within 14 days", "de": "Die Rechnung kommt mit dem Paket; zahlbar in 14 Tagen", "hu": "A számla a csomaggal érkezik; fizetés 14 napon belül"},
		Capture: Capture{When: ByHand, Parts: true}, Refund: Refund{Parts: true},
		Needs: []Need{NeedBilling}, Gateways: []string{"manual"},
	},
	{
		ID: "transfer", Kind: "transfer", Flow: Instructions, Prepaid: true,
		Name:    Words{"en": "Bank transfer", "de": "Überweisung", "hu": "Banki átutalás"},
		Note:    Words{"en": "You transfer, then we send", "de": "Sie überweisen, dann senden wir", "hu": "Ön átutal, azután küldjük"},
		Capture: Capture{When: ByHand, Parts: true}, Refund: Refund{Parts: true},
		Gateways: []string{"manual"},
	},
	{
		ID: "cod", Kind: "cod", Flow: Cash, Door: true,
		Name:    Words{"en": "Cash on delivery", "de": "Nachnahme", "hu": "Utánvét"},
		Note:    Words{"en": "You pay the courier at your door", "de": "Sie zahlen beim Boten an der Tür", "hu": "A futárnál fizet az ajtóban"},
		Ranges:  []Range{{"HUF", 0, 300_000_00}, {"EUR", 0, 3_500_00}},
		Capture: Capture{When: ByHand, Parts: true}, Refund: Refund{Parts: true, ByIBAN: true},
		Needs: []Need{NeedPhone}, Gateways: []string{"cash"},
	},
	{
		ID: "in_store", Kind: "cash", Flow: Cash, Tills: []string{"cash", "terminal", "phone_code"},
		Name:    Words{"en": "Pay when you collect", "de": "Bei Abholung zahlen", "hu": "Fizetés átvételkor"},
		Note:    Words{"en": "At the counter, in cash, by card or by phone", "de": "An der Kasse, bar, mit Karte oder Handy", "hu": "A pultnál, készpénzzel, kártyával vagy telefonnal"},
		Capture: Capture{When: ByHand}, Refund: Refund{Parts: true}, Gateways: []string{"cash"},
	},
	{
		ID: "cash", Kind: "cash", Flow: Cash, InStore: true,
		Name:    Words{"en": "Cash", "de": "Bar", "hu": "Készpénz"},
		Note:    Words{"en": "At the counter", "de": "An der Kasse", "hu": "A pénztárnál"},
		Capture: Capture{When: Now}, Refund: Refund{Parts: true}, Gateways: []string{"cash"},
	},
	{
		ID: "terminal", Kind: "terminal", Flow: Terminal, InStore: true, SCA: true, Session: 2 * time.Minute,
		Name:    Words{"en": "Card at the terminal", "de": "Karte am Terminal", "hu": "Kártya a terminálon"},
		Note:    Words{"en": "Tap, insert or swipe", "de": "Auflegen, stecken oder durchziehen", "hu": "Érintés, behelyezés vagy lehúzás"},
		Capture: Capture{When: Now, Parts: true, Life: cardHold}, Refund: Refund{Parts: true, Days: 180}, Gateways: []string{"terminal"},
	},
	{
		ID: "phone_code", Kind: "phone_code", Flow: QRScanned, InStore: true, Session: 2 * time.Minute,
		Name: Words{"en": "Code on the phone", "de": "Code am Handy", "hu": "Kód a telefonon"},
		Note: Words{"en": "The till scans the code that your wallet shows", "de": "Die Kasse scannt den Code Ihrer Wallet", "hu": "A pénztár beolvassa a tárca kódját"},
		// The code's owner is debited at once and whole; each code pays once.
		Capture: Capture{When: Now}, Refund: Refund{Parts: true, Days: 365}, Gateways: []string{"sandbox", "sandbox2"},
	},
}
