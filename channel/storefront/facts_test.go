package storefront_test

import (
	"strings"
	"testing"

	"korzo/engagement/message"
	"korzo/offer/catalog"
	"korzo/offer/pricing"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/value/measure"
	"korzo/value/money"

	"github.com/chromedp/chromedp"
)

// soap sells soap in two sizes, and says who makes it.
func (w *world) soap() {
	w.t.Helper()
	dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
		p, err := catalog.Create(w.t.Context(), tx, catalog.Draft{Slug: "soap", Title: "Soap",
			Safety: catalog.Safety{Manufacturer: catalog.Party{Name: "Soapworks Ltd.", Address: "1 Lather Lane, Leeds", Contact: "safe@soapworks.example"},
				Responsible: catalog.Party{Name: "Seifen GmbH", Address: "Torstraße 5, Berlin", Contact: "safe@seifen.example"},
				Warnings:    map[string]string{"": "Keep away from eyes.", "de": "Nicht in die Augen bringen."}},
			Variants: []catalog.Variant{{SKU: "SOAP-S", Title: "Small", Content: measure.Measure{Amount: 250, Unit: measure.Millilitre}},
				{SKU: "SOAP-L", Title: "Large", Content: measure.Measure{Amount: 1000, Unit: measure.Millilitre}}}})
		if err != nil {
			return err
		}
		for i, price := range []int64{500, 1600} {
			if err := pricing.Set(w.t.Context(), tx, "DE", p.Variants[i].ID, money.Of(price, "EUR")); err != nil {
				return err
			}
			if err := deliver(w.t.Context(), tx, p.Variants[i].ID, "loc_berlin", 5); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestAPageSaysWhatALitreCostsAndWhoMadeIt(t *testing.T) {
	each(t, func(w *world) {
		w.soap()
		b := w.browser("en")
		b.open("/products/soap").says("€5.00 €20.00 per litre", "€16.00 €16.00 per litre", "Keep away from eyes.",
			"Manufacturer Soapworks Ltd., 1 Lather Lane, Leeds, safe@soapworks.example", "Responsible person in the EU Seifen GmbH")
		b.open("/").says("€20.00 per litre")
		w.browser("de").open("/products/soap").says("Nicht in die Augen bringen.").silent("Keep away")
		b.open("/products/mug").silent("Manufacturer", " per ")
	})
}

func TestAPictureIsLookedAtCloselyAndPutAway(t *testing.T) {
	w := open(t, dbtest.SQLite(t, schemas))
	p := w.phone(t)
	p.do(chromedp.Navigate(w.server.URL+"/products/mug"), chromedp.Click(chromedp.CSS(`.consent button[value=none]`)), chromedp.WaitNotPresent(chromedp.CSS(`.consent`)))
	p.tabTo(`[data-zoom]`)
	p.do(chromedp.KeyEvent("\r"), chromedp.WaitVisible(chromedp.CSS(`dialog.zoom[open] img`)))
	if on := evaluate[string](p, `document.activeElement.className`); on != "zoom" {
		t.Errorf("the focus is on %q and not in the picture's dialog", on)
	}
	p.axe("zoom", "light")
	p.do(chromedp.Click(chromedp.CSS(`dialog.zoom img`)), chromedp.WaitReady(chromedp.CSS(`.zoom-in.near`)), chromedp.KeyEvent("\u001b"), chromedp.WaitNotPresent(chromedp.CSS(`dialog.zoom`)))
	if !evaluate[bool](p, `document.activeElement.matches('[data-zoom]') && location.pathname === '/products/mug'`) {
		t.Error("the focus does not return to the picture")
	}
}

func TestATextMessageIsReadInTheAccount(t *testing.T) {
	each(t, func(w *world) {
		b, _, page := w.bought()
		b.send(page+"/account", "password", password)
		o := w.orders()[0]
		dbtest.Write(t, w.d, func(tx *db.Tx) error {
			return message.Queue(t.Context(), tx, message.Message{Kind: message.KindShipped, Locale: "en", Contact: o.Contact, Ref: string(o.ID), Medium: message.ByText,
				Data: message.Notice{Shop: "Korzo", Number: o.Number, Promise: "3–7 Jan"}})
		})
		list := b.open("/account/messages")
		letter := list.address("/account/messages/", "")
		b.open(strings.TrimSuffix(letter, `"`)).says("Korzo: order " + o.Number + " is on its way, arriving 3–7 Jan")
	})
}
