package storefront_test

import (
	"strings"
	"testing"

	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/order"

	"github.com/chromedp/chromedp"
)

// bought is a guest's browser that has just placed an order, and its page.
func (w *world) bought() (b *browser, o order.Order, page string) {
	w.t.Helper()
	b = w.browser("en")
	b.send("/cart/lines", "product", "mug", "variant", w.variant("MUG-0"), "quantity", "1")
	b.post("/checkout", berlin(b.open("/checkout"), "approve"))
	o = w.orders()[0]
	return b, o, "/orders/" + string(o.ID)
}

func TestAGuestKeepsTheOrderInAnAccountByAPasswordAlone(t *testing.T) {
	each(t, func(w *world) {
		b, o, page := w.bought()
		b.open(page).says("Keep your order in an account", "You sign in as ada@example.com")
		b.send(page+"/account", "password", "short").at(422, page+"/account").says("8 characters")
		w.browser("en").send(page+"/account", "password", password).at(404, page+"/account")
		if kept := w.orders()[0]; kept.Customer != "" {
			t.Fatalf("a refused wish made %s of a guest", kept.Customer)
		}
		b.send(page+"/account", "password", password).at(200, page).says("Your account is ready").silent("Keep your order in an account")
		b.open("/account").says("Ada Lovelace", o.Number)
		b.open("/account/addresses").says("Torstraße 1", "Filled in first")
		b.send(page+"/account", "password", "another password").at(200, page)

		phone := w.browser("en")
		phone.send("/sign-in", "email", "ada@example.com", "password", password).at(200, "/account").says(o.Number)
		phone.open(page).says("Order " + o.Number).silent("Keep your order in an account")
		customer := profile.CustomerID(w.orders()[0].Customer)
		dbtest.Read(t, w.d, func(tx *db.Tx) error {
			c, err := profile.Find(t.Context(), tx, w.keeper, customer)
			if err != nil {
				return err
			}
			mine, err := profile.PersonContacts(t.Context(), tx, c.Person)
			if len(mine) != 2 {
				t.Errorf("the customer's key opens %v: not the order's contact and their own", mine)
			}
			return err
		})
	})
}

// Whether an address has an account is told no more than by registering.
func TestTheAccountIsOfferedToEveryGuestAlike(t *testing.T) {
	each(t, func(w *world) {
		w.ada()
		b, _, page := w.bought()
		b.open(page).says("Keep your order in an account", "Have an account?")
		b.send(page+"/account", "password", password).at(409, page+"/account").says("There is an account with this address. Please sign in.")
		b.open("/account").at(200, "/sign-in")
		if kept := w.orders()[0]; kept.Customer != "" {
			t.Errorf("the order went to %s", kept.Customer)
		}
	})
}

func TestTheOfferOfAnAccountFitsEveryScreen(t *testing.T) {
	w := open(t, dbtest.SQLite(t, schemas))
	_, o, _ := w.bought()
	p := w.phone(t)
	_, path, _ := strings.Cut(w.checkout.OrderLink(o.ID), "/orders/")
	p.do(chromedp.Navigate(w.server.URL+"/orders/"+path), chromedp.WaitVisible(chromedp.CSS(`.keep`)),
		chromedp.SetValue(chromedp.CSS(`.keep #f-password`), "short"), chromedp.Click(chromedp.CSS(`.keep button`)), chromedp.WaitVisible(chromedp.CSS(`.keep .error`)))
	p.shoot("order-account")
	p.do(chromedp.SetValue(chromedp.CSS(`.keep #f-password`), password), chromedp.Click(chromedp.CSS(`.keep button`)), chromedp.WaitVisible(chromedp.CSS(`.alert-good`)))
	p.shoot("order-account-made")
}

// A guest's order goes to the account of the same address once its owner has
// signed in where the order is open: the address alone, which anybody may have
// typed, and the link alone, which may have been passed on, are not enough.
func TestAGuestsOrderIsTakenOverByItsBuyerAndByNobodyElse(t *testing.T) {
	each(t, func(w *world) {
		w.ada()
		b, o, page := w.bought()
		link := w.checkout.OrderLink(o.ID)[len(w.base):]
		kept := func() string { return w.orders()[0].Customer }

		typed := w.browser("en") // who has Ada's account, and not the order's link
		typed.send("/sign-in", "email", "ada@example.com", "password", password)
		typed.open("/account").silent(o.Number)
		typed.open(page).at(404, page)
		typed.send(page+"/account", "password", password).at(404, page+"/account")

		eve := w.browser("en") // who was sent the link, and has an account of her own
		eve.send("/register", "email", "eve@example.com", "password", password)
		eve.open(link).at(200, page).silent("Add it to my account", "Keep your order in an account")
		eve.send(page+"/account", "password", password)
		if kept() != "" {
			t.Fatalf("the order went to %s", kept())
		}

		b.send("/sign-in", "email", "ada@example.com", "password", password, "next", page)
		b.open(page).says("Add it to my account", "ada@example.com")
		b.send(page+"/account").at(200, page).silent("Add it to my account")
		b.open("/account").says(o.Number)
		b.send(page+"/account").at(200, page) // again
		hers := kept()
		eve.send(page + "/account")
		if hers == "" || kept() != hers {
			t.Errorf("it was %q's and is %q's", hers, kept())
		}
	})
}
