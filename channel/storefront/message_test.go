package storefront_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"korzo/channel/storefront"
	"korzo/customer/consent"
	"korzo/engagement/message"
	"korzo/offer/catalog"
	"korzo/platform/i18n"
	"korzo/purchase/cart"
	"korzo/purchase/checkout"
)

// spoken are ids of messages whose end is computed: a code, a step, a status.
var spoken = map[string][]string{
	"shop.told.":          {"saved", "removed", "first", "consents", "export", "details", "password", "signed_out", "passkey", "passkey_gone"},
	"shop.consents.ask.":  purposes(),
	"shop.message.":       kinds(),
	"shop.cards.told.":    {"kept", "asked", "removed", "refused", "agree"},
	"shop.consent.said.":  {"all", "none"},
	"shop.language.":      {"en", "de", "hu"},
	"shop.step.":          {"contact", "delivery", "payment"},
	"shop.checkout.next.": {"contact", "delivery"},
	"shop.manner.":        {"ship", "pickup"},
	"shop.sandbox.":       {"approve", "decline", "challenge", "late", "timeout_after", "timeout_before", "duplicate"},
	"shop.place.":         {"US"},
	"shop.document.":      {"invoice", "credit_note"},
	"shop.facet.":         {"color", "size"},
	"shop.related.":       catalog.RelationKinds,
	"shop.sort.":          {"newest", "price", "-price", "title"},
	"shop.unit.":          {"kg", "l", "m", "m2", "piece"},
	"shop.value.":         {"true", "false"},
	"shop.way.part.":      {"ship", "pickup"},
	"shop.returns.how.":   {"parcel", "label", "hand"},
	"shop.returns.paid.":  {"buyer", "shop"},
	"shop.way.":           {"preparing", "packed", "shipped", "out_for_delivery", "delivered", "ready", "collected", "expired", "held", "available_for_pickup"},
	"shop.way.held_":      {"order", "short", "shop"},
	"shop.tracking.":      {"pre_transit", "in_transit", "out_for_delivery", "available_for_pickup", "delivered", "return_to_sender", "failure"},
	"shop.trouble.": {"lost.title", "lost.text", "busy.title", "busy.text", "refused.title", "refused.text",
		"broken.title", "broken.text"},
	"shop.say.": {"paid.authorized", "paid.partially_paid", "paid.paid", "paid.partially_refunded", "paid.refunded",
		"state.placed", "state.on_hold", "state.completed", "state.canceled",

		"credit.granted", "credit.spent", "credit.held", "credit.refunded", "credit.expired", "credit.revoked", "credit.moved", "giftcard.not_found", "giftcard.mistyped", "giftcard.limited", "giftcard.unusable", "giftcard.day", "giftcard.not_a_card", "giftcard.recipient", "giftcard.text", "giftcard.too_many_gifts",
		"giftcard.currency", "giftcard.too_many",
		"checkout.saved_card", "paylink.method", "paylink.declined", "paylink.not_found", "cart.quantity", "cart.lines", "cart.code", "cart.codes", "cart.resume", "catalog.not_found", "order.not_found",
		"download.used_up", "download.ended", "download.revoked", "download.held", "download.link_ended", "shipment.begun", "amend.no_way", "amend.taxed", "amend.waits", "amend.begun", "storefront.collected", "storefront.not_sold", "wishlist.full", "wishlist.lists", "wishlist.name", "wishlist.not_found", "wishlist.saved", "storefront.form_too_large", "profile.email", "profile.email_taken", "profile.too_long",
		"consent.link", "content.not_found", "withdrawal.name", "withdrawal.number", "withdrawal.lines", "withdrawal.id", "auth.code", "auth.elsewhere", "auth.token", "privacy.underway", "privacy.not_found", "profile.addresses", "auth.login_taken", "auth.sign_in", "auth.limited", "auth.busy", "auth.weak_password"},
}

func purposes() (all []string) {
	for _, p := range consent.Purposes {
		all = append(all, string(p))
	}
	return all
}

func kinds() (all []string) {
	for _, k := range message.Kinds() {
		if k != message.KindRolledBack { // it is for staff
			all = append(all, string(k))
		}
	}
	return all
}

func TestEveryMessageExistsInEveryLanguageAndIsUsed(t *testing.T) {
	c := i18n.Load()
	if err := errors.Join(c.Add(storefront.Messages), c.Add(checkout.Messages())); err != nil {
		t.Fatal(err)
	}
	for _, gap := range c.Missing() {
		t.Error("missing", gap)
	}
	used := map[string]bool{}
	for prefix, ends := range spoken {
		for _, end := range ends {
			used[prefix+end] = true
		}
	}
	for _, reason := range cart.Reasons() {
		used["shop.say.code."+reason] = true
	}
	for id := range named(t) {
		used[id] = true
	}
	have := map[string]bool{}
	for _, id := range c.Keys() {
		have[id] = true
		if strings.HasPrefix(id, "shop.") && !used[id] {
			t.Errorf("nothing says %s", id)
		}
	}
	for id := range used {
		if !have[id] && spoken[id] == nil {
			t.Errorf("there is no message %s", id)
		}
	}
}

// named finds the ids that stand in code and templates.
func named(t *testing.T) map[string]bool {
	t.Helper()
	ids := map[string]bool{}
	literal := regexp.MustCompile(`"(shop\.[a-z_.]+)"`)
	here := os.DirFS(".")
	names, err := fs.Glob(here, "*")
	if err != nil {
		t.Fatal(err)
	}
	views, err := fs.Glob(here, "widget/*")
	if err != nil {
		t.Fatal(err)
	}
	names = append(names, views...)
	for _, name := range names {
		source := strings.HasSuffix(name, ".go") || strings.HasSuffix(name, ".templ")
		if !source || strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "_templ.go") {
			continue
		}
		text, err := fs.ReadFile(here, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range literal.FindAllStringSubmatch(string(text), -1) {
			if id := found[1]; id != "shop.css" && id != "shop.js" {
				ids[id] = true
			}
		}
	}
	return ids
}

// Templates hold no words: what a shopper reads is a message.
func TestTemplatesHoldNoText(t *testing.T) {
	var names []string
	for _, folder := range []string{".", "widget", "../../ui", "../../backoffice/admin"} {
		some, err := filepath.Glob(filepath.Join(folder, "*.templ"))
		if err != nil || len(some) == 0 {
			t.Fatal(folder, some, err)
		}
		names = append(names, some...)
	}
	formats := []string{">XML</", ">CSV</", ">JSON</"} // are called so in every language
	words := regexp.MustCompile(`>\s*[^<>{}@\n]*[A-Za-z]{3,}[^<>{}\n]*</`)
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range words.FindAllString(string(text), -1) {
			if !slices.Contains(formats, found) {
				t.Errorf("%s: %s", name, found)
			}
		}
	}
}
