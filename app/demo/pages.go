package demo

import (
	"context"
	"fmt"
	"time"

	"korzo/offer/content"
	"korzo/platform/db"
)

// leaf is a page to be, in English, German and Hungarian.
type leaf struct {
	kind                content.Kind
	slug, title, bodies [3]string
}

// leaves are the front page's words and the legal pages that a shop needs. They
// show where what stands; a merchant's lawyer writes the real ones.
var leaves = []leaf{
	{content.KindHome, [3]string{}, [3]string{"Front page", "Startseite", "Kezdőlap"}, [3]string{
		"## Things for the table that are made to be used\nStoneware, linen and glass from small workshops. Mended where it can be, and sold with the day it arrives.",
		"## Dinge für den Tisch, die benutzt werden wollen\nSteinzeug, Leinen und Glas aus kleinen Werkstätten. Reparierbar, wo es geht, und verkauft mit dem Tag, an dem es ankommt.",
		"## Asztalra való dolgok, használatra\nKőedény, len és üveg kis műhelyekből. Javítható, ahol lehet, és megmondjuk, melyik nap érkezik."}},
	{content.KindLegal, [3]string{"imprint", "impressum", "impresszum"}, [3]string{"Imprint", "Impressum", "Impresszum"}, [3]string{
		"Korzo Haus und Tisch GmbH\n\nMusterufer 12, 10999 Berlin, Germany\n\nE-mail: [hello@korzo.example](mailto:hello@korzo.example)\n\n## Represented by\nThe managing director.\n\n## Register\nAmtsgericht Berlin, VAT DE000000000\n\nThis is a demo: nobody sells anything here.",
		"Korzo Haus und Tisch GmbH\n\nMusterufer 12, 10999 Berlin\n\nE-Mail: [hallo@korzo.example](mailto:hallo@korzo.example)\n\n## Vertreten durch\nDie Geschäftsführung.\n\n## Register\nAmtsgericht Berlin, USt-IdNr. DE000000000\n\nDies ist eine Demo: Hier verkauft niemand etwas.",
		"Korzo Ház és Asztal Kft.\n\nMinta rakpart 3., 1093 Budapest\n\nE-mail: [szia@korzo.example](mailto:szia@korzo.example)\n\n## Képviselő\nAz ügyvezető.\n\n## Nyilvántartás\nFővárosi Törvényszék Cégbírósága, HU00000000\n\nEz bemutató: itt senki nem árul semmit."}},
	{content.KindLegal, [3]string{"terms", "agb", "aszf"}, [3]string{"Terms", "AGB", "ÁSZF"}, [3]string{
		"## Contract\nThe goods on these pages are an invitation. With the last button of the checkout you order with an obligation to pay; the confirmation that follows concludes the contract.\n\n## Price and delivery\nPrices hold the tax of your country where the page says so. The day named at the checkout is the day we work towards.\n\n## Payment\nWe charge when the goods leave, or at once where the way to pay wants it.\n\n## Defects\nThe law of the country you live in holds.",
		"## Vertrag\nDie Waren auf diesen Seiten sind eine Einladung. Mit dem letzten Knopf der Kasse bestellen Sie zahlungspflichtig; die Bestätigung danach schließt den Vertrag.\n\n## Preis und Lieferung\nPreise enthalten die Steuer Ihres Landes, wo die Seite es sagt. Der an der Kasse genannte Tag ist der, auf den wir hinarbeiten.\n\n## Zahlung\nWir buchen ab, wenn die Ware das Haus verlässt, oder sofort, wo die Zahlungsart es verlangt.\n\n## Mängel\nEs gilt das Recht des Landes, in dem Sie leben.",
		"## Szerződés\nAz itt látható áruk ajánlattételi felhívások. A pénztár utolsó gombjával fizetési kötelezettséggel rendel; a szerződés a visszaigazolással jön létre.\n\n## Ár és szállítás\nAz árak tartalmazzák az Ön országának adóját, ahol az oldal ezt jelzi. A pénztárnál megadott napra készülünk.\n\n## Fizetés\nAkkor terhelünk, amikor az áru elindul, vagy azonnal, ha a fizetési mód ezt kívánja.\n\n## Hibás teljesítés\nAz Ön lakóhelye szerinti jog érvényes."}},
	{content.KindLegal, [3]string{"privacy", "datenschutz", "adatvedelem"}, [3]string{"Privacy", "Datenschutz", "Adatvédelem"}, [3]string{
		"We keep what an order needs: name, address, e-mail. All of it is sealed under a key of your own.\n\n? What do you know of me?\nEverything stands in [your account](/account/privacy), and you can have it in one file.\n\n? How do I have it deleted?\nThere too, at once. Invoices stay for ten years, because the law says so.\n\n? Who else gets it?\nThe carrier gets your address, the bank your payment. Nobody else does.",
		"Wir speichern, was eine Bestellung braucht: Name, Adresse, E-Mail. Alles ist unter einem eigenen Schlüssel versiegelt.\n\n? Was wissen Sie über mich?\nAlles steht in [Ihrem Konto](/account/privacy), und Sie können es in einer Datei haben.\n\n? Wie lasse ich es löschen?\nEbenda, sofort. Rechnungen bleiben zehn Jahre, weil das Gesetz es verlangt.\n\n? Wer bekommt es noch?\nDer Zusteller Ihre Adresse, die Bank Ihre Zahlung. Sonst niemand.",
		"Azt tároljuk, ami egy rendeléshez kell: név, cím, e-mail. Mindent az Ön saját kulcsával zárunk le.\n\n? Mit tudnak rólam?\nMinden ott áll [a fiókjában](/account/privacy), és egy fájlban lekérheti.\n\n? Hogyan töröltethetem?\nUgyanott, azonnal. A számlák tíz évig maradnak, mert a törvény így kívánja.\n\n? Ki kapja még meg?\nA futár a címét, a bank a fizetését. Más senki."}},
	{content.KindLegal, [3]string{"right-of-withdrawal", "widerruf", "elallas"}, [3]string{"Right of withdrawal", "Widerrufsrecht", "Elállási jog"}, [3]string{
		"You may withdraw within fourteen days of the day on which you got the last goods, without giving a reason.\n\n1. Say so: with [this form](/withdrawal), or in any other way.\n2. Send the goods back within fourteen days.\n3. We give back all you paid, delivery included, within fourteen days.\n\n=> [Withdraw from a contract](/withdrawal)",
		"Sie können binnen dreißig Tagen ab dem Tag, an dem Sie die letzte Ware erhalten haben, ohne Angabe von Gründen widerrufen.\n\n1. Sagen Sie es: mit [diesem Formular](/withdrawal) oder auf jedem anderen Weg.\n2. Senden Sie die Ware binnen vierzehn Tagen zurück.\n3. Wir erstatten binnen vierzehn Tagen alles, auch die Lieferung.\n\n=> [Vertrag widerrufen](/withdrawal)",
		"Az utolsó áru átvételétől számított tizennégy napon belül indokolás nélkül elállhat.\n\n1. Közölje velünk: [ezzel az űrlappal](/withdrawal), vagy bármely más módon.\n2. Küldje vissza az árut tizennégy napon belül.\n3. Tizennégy napon belül mindent visszatérítünk, a szállítást is.\n\n=> [Elállás a szerződéstől](/withdrawal)"}},
}

// writePages publishes the pages.
func (f *filling) writePages(ctx context.Context, tx *db.Tx) error {
	for i, l := range leaves {
		p := content.Page{Kind: l.kind, Position: int64(i), Draft: content.Texts{}}
		for j, tag := range []string{"en", "de", "hu"} {
			p.Draft[tag] = content.Text{Slug: l.slug[j], Title: l.title[j], Body: l.bodies[j]}
		}
		id, err := content.Save(ctx, tx, p)
		if err == nil {
			err = content.Publish(ctx, tx, id, time.Time{})
		}
		if err != nil {
			return fmt.Errorf("page %s: %w", l.title[0], err)
		}
	}
	return nil
}
