package admin_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"korzo/offer/market"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/paymethod"
	"korzo/purchase/tax"
)

func TestSettingsAreFoundByWhatTheyAreAbout(t *testing.T) {
	each(t, func(w *world) {
		w.is(w.get("/admin/settings"), 200, "Markets", "API keys", "Webhooks", "Roles and rights")
		found := w.get("/admin/settings?q=invoice+company")
		if w.is(found, 200, "Legal entities"); strings.Contains(found.text, "Who is told") {
			t.Error("what was not looked for is shown")
		}
		w.is(w.get("/admin/settings?q=teapot"), 200, "No setting is called so")
		w.is(w.get("/admin/find?q=colours"), 200, "Look of the shop")
		w.as(auth.RoleAssociate)
		if a := w.get("/admin/settings"); a.Code != 200 || strings.Contains(a.text, "What programs may do") || strings.Contains(a.text, "Rates by place") {
			t.Errorf("%d: an associate is offered what they may not open", a.Code)
		}
		w.happened(nil, nil)
	})
}

func TestAMarketIsMadeAndChangedButKeepsItsCurrency(t *testing.T) {
	each(t, func(w *world) {
		page := "/admin/markets/new"
		bad := w.post(page, page, "id", "de", "name", "Twice", "currency", "EUR", "countries", "DE", "country", "DE", "entity", "ent_gmbh", "locale", "de", "zone", "Europe/Berlin")
		w.is(bad, http.StatusUnprocessableEntity, "This id is taken")
		bad = w.post(page, page, "id", "at", "name", "Austria", "currency", "EUR", "countries", "Austria", "country", "AT", "locale", "de-AT", "zone", "Vienna")
		if w.is(bad, http.StatusUnprocessableEntity, "each by two letters", "Use an IANA zone"); !strings.Contains(bad.Body.String(), `value="Vienna"`) {
			t.Error("what was typed is lost")
		}
		w.is(w.post(page, page, "id", "at", "name", "Austria", "currency", "eur", "countries", "at, AT", "country", "at", "locale", "de-AT", "zone", "Europe/Vienna"), http.StatusSeeOther, "/admin/markets/AT")
		at := "/admin/markets/AT"
		w.is(w.post(at, at, "name", "Österreich", "currency", "HUF", "tax_included", "", "return_days", "30", "return_paid_by", "shop", "return_how", "label"), http.StatusSeeOther)
		dbtest.Read(t, w.d, func(tx *db.Tx) error {
			m, err := market.Find(t.Context(), tx, "AT")
			if m.Name != "Österreich" || m.Currency != "EUR" || len(m.Countries) != 1 || m.Countries[0] != "AT" || m.Returns != (market.Returns{Days: 30, PaidBy: market.PaidByShop, How: market.ByLabel}) {
				t.Errorf("%+v", m)
			}
			return err
		})
		w.is(w.get("/admin/markets"), 200, "Österreich", "de-AT")
		w.is(w.get("/admin/markets/XX"), http.StatusNotFound)
		w.happened(nil, []string{"market.save", "market.save"})
		w.as(auth.RoleManager)
		w.is(w.post("", at, "name", "No"), http.StatusForbidden)
	})
}

func TestAMarketSaysHowItsTaxIsFound(t *testing.T) {
	each(t, func(w *world) {
		const page = "/admin/markets/DE"
		is := func(want tax.Settings) {
			t.Helper()
			dbtest.Read(t, w.d, func(tx *db.Tx) error {
				got, err := tax.FindSettings(t.Context(), tx, "DE")
				if got != want {
					t.Errorf("%+v, want %+v", got, want)
				}
				return err
			})
		}
		w.is(w.post(page, page, "tax_provider", "oracle"), http.StatusUnprocessableEntity, "use table or exempt")
		w.is(w.post(page, page, "shipping_class", "As The Goods", "name", "Elsewhere"), http.StatusUnprocessableEntity, "use a tax class such as standard")
		is(tax.Settings{Market: "DE", Provider: tax.ProviderTable})
		w.is(w.get(page), 200, "Germany")
		w.happened(nil, nil)
		w.is(w.post(page, page, "tax_provider", "exempt", "shipping_class", "shared"), http.StatusSeeOther)
		is(tax.Settings{Market: "DE", Provider: tax.ProviderExempt, ShippingClass: tax.ClassShared})
		w.is(w.post(page, page, "name", "The north"), http.StatusSeeOther)
		is(tax.Settings{Market: "DE", Provider: tax.ProviderExempt, ShippingClass: tax.ClassShared})
		dbtest.Write(t, w.d, func(tx *db.Tx) error {
			return tax.SaveSettings(t.Context(), tx, tax.Settings{Market: "DE", ShippingClass: "transport"})
		})
		w.is(w.get(page), 200, "transport")
		w.is(w.post(page, page), http.StatusSeeOther) // a class that only the API gives is not lost by saving
		is(tax.Settings{Market: "DE", Provider: tax.ProviderTable, ShippingClass: "transport"})
		w.happened(nil, []string{"market.save", "market.save", "market.save"})
	})
}

func TestAMarketOpensAsIsUsualInItsCountry(t *testing.T) {
	each(t, func(w *world) {
		const page = "/admin/markets/new?as=SE"
		body := w.get(page).Body.String()
		for _, want := range []string{`value="SEK"`, `value="Europe/Stockholm"`, "Sweden: Swish, Card, Pay in 30 days", "Türkiye: Instalments by card, Card"} {
			if !strings.Contains(body, want) {
				t.Errorf("the page lacks %s", want)
			}
		}
		w.is(w.post(page, "/admin/markets/new"), http.StatusSeeOther, "/admin/markets/SE")
		w.is(w.get("/admin/payment-methods?market=SE"), 200, "Swish")
		dbtest.Read(t, w.d, func(tx *db.Tx) error {
			m, err := market.Find(t.Context(), tx, "SE")
			if err != nil || m.Currency != "SEK" || !m.TaxIncluded {
				t.Errorf("%+v, %v", m, err)
			}
			settings, err := paymethod.Settings(t.Context(), tx, "SE")
			if len(settings) != 3 || settings[0].Method != "swish" {
				t.Errorf("%+v", settings)
			}
			return err
		})
		again := "/admin/markets/SE" // saving it again leaves the merchant's word about methods alone
		dbtest.Write(t, w.d, func(tx *db.Tx) error {
			return paymethod.Save(t.Context(), tx, paymethod.Setting{Market: "SE", Method: "pay_later", Position: 3})
		})
		w.is(w.post(again, again, "name", "Sverige"), http.StatusSeeOther)
		dbtest.Read(t, w.d, func(tx *db.Tx) error {
			settings, err := paymethod.Settings(t.Context(), tx, "SE")
			if settings[2].Enabled {
				t.Errorf("%+v", settings)
			}
			return err
		})
		w.is(w.post(page, "/admin/markets/new", "id", "NO", "ways", ""), http.StatusSeeOther, "/admin/markets/NO")
		dbtest.Read(t, w.d, func(tx *db.Tx) error {
			settings, err := paymethod.Settings(t.Context(), tx, "NO")
			if len(settings) != 0 {
				t.Errorf("%+v", settings)
			}
			return err
		})
	})
}

func TestAChannelAndASellerAreSaved(t *testing.T) {
	each(t, func(w *world) {
		page := "/admin/channels/new"
		w.is(w.post(page, page, "id", "pos", "name", "Till", "kind", "till", "markets", "", "default_market", "DE"), http.StatusUnprocessableEntity, "Tick at least one market")
		w.is(w.post(page, page, "id", "pos", "name", "Till", "kind", "till", "markets", "HU", "default_market", "HU"), http.StatusSeeOther)
		entity := "/admin/entities/new"
		w.is(w.post(entity, entity, "id", "ent_at", "name", "Korzo Wien", "country", "at", "vat_id", "atu12345678", "series", "W", "city", "Wien"), http.StatusSeeOther)
		dbtest.Read(t, w.d, func(tx *db.Tx) error {
			c, err := market.FindChannel(t.Context(), tx, "pos")
			if err != nil || c.Name != "Till" || len(c.Markets) != 1 {
				t.Errorf("%+v, %v", c, err)
			}
			e, err := market.FindEntity(t.Context(), tx, "ent_at")
			if e.VATID != "ATU12345678" || e.Address.Country != "AT" {
				t.Errorf("%+v", e)
			}
			return err
		})
		w.happened(nil, []string{"channel.save", "entity.save"})
	})
}

var secretForm = regexp.MustCompile(`sk_[0-9a-z]{52}`)

func TestAKeyIsShownOnceAndOpensWhatWasTickedUntilItIsRevoked(t *testing.T) {
	each(t, func(w *world) {
		page := "/admin/keys/new"
		w.is(w.post(page, "/admin/keys", "name", "", "kind", "secret"), http.StatusUnprocessableEntity, "Give it a name", "Tick at least one right")
		w.is(w.post(page, "/admin/keys", "name", "Page", "kind", "publishable"), http.StatusUnprocessableEntity, "belongs to one channel")
		form := w.fields(page, "/admin/keys")
		form.Set("name", "ERP")
		form.Set("kind", "secret")
		form["scopes"] = []string{"orders.read", "stock.write"}
		made := w.send("POST", "/admin/keys", form)
		secret := secretForm.FindString(made.text)
		if w.is(made, http.StatusCreated, "never shown again"); secret == "" {
			t.Fatal("the secret is not shown")
		}
		again := w.send("POST", "/admin/keys", form)
		if w.is(again, http.StatusSeeOther, "done=key_made"); strings.Contains(again.text, secret) {
			t.Error("the secret is shown twice")
		}
		var key auth.Key
		dbtest.Read(t, w.d, func(tx *db.Tx) (err error) {
			key, err = auth.FindKey(t.Context(), tx, secret)
			return err
		})
		if !key.Allows("orders.read") || key.Allows("orders.write") || key.Name != "ERP" {
			t.Errorf("%+v", key)
		}
		at := "/admin/keys/" + string(key.ID)
		shown := w.get(at)
		if w.is(shown, 200, "ERP", "…"+secret[len(secret)-4:], "Never", "API key created"); strings.Contains(shown.text, secret) {
			t.Error("the secret is shown again")
		}
		w.is(w.get("/admin/keys"), 200, "ERP", "Active")
		w.is(w.post(at, at+"/revoke"), http.StatusSeeOther, "done=key_revoked")
		w.is(w.get(at), 200, "Revoked", "API key revoked")
		dbtest.Read(t, w.d, func(tx *db.Tx) error {
			if _, err := auth.FindKey(t.Context(), tx, secret); err == nil {
				t.Error("a revoked key opens")
			}
			return nil
		})
		w.happened(nil, []string{"key.create", "key.revoke"})
		w.as(auth.RoleManager)
		w.is(w.get("/admin/keys"), http.StatusForbidden)
		w.is(w.post("", "/admin/keys", "name", "mine", "kind", "secret", "everything", "1"), http.StatusForbidden)
	})
}

func TestAThemeThatCannotBeReadIsRefusedWithWhatCan(t *testing.T) {
	each(t, func(w *world) {
		page := "/admin/theme"
		w.is(w.get(page), 200, "Look of the shop", "Accent")
		refused := w.post(page, page, "light.accent", "#ffd400", "light.on-accent", "#000000")
		if w.is(refused, http.StatusUnprocessableEntity, "Accent on Sunken areas has a contrast of 1.", "it needs 4.5:1", "The nearest that can be read: #"); !strings.Contains(refused.Body.String(), `value="#ffd400"`) {
			t.Error("what was chosen is lost")
		}
		w.is(w.post(page, page, "radius", "99"), http.StatusUnprocessableEntity, "0 to 24")
		w.is(w.post(page, page, "light.accent", "#123a7a", "font", "serif", "radius", "0"), http.StatusSeeOther, "done=theme")
		dbtest.Read(t, w.d, func(tx *db.Tx) error {
			c, err := market.FindChannel(t.Context(), tx, "web")
			if c.Theme != `{"light":{"accent":"#123a7a"},"radius":"0","font":"serif"}` {
				t.Errorf("kept: %s", c.Theme)
			}
			return err
		})
		if css := w.get("/admin/theme/preview.css?light.accent=%23123a7a&dark.text=red"); css.Code != 200 || !strings.Contains(css.text, ".sample-light{color-scheme:light;") || !strings.Contains(css.text, "--accent:#123a7a;") || strings.Contains(css.text, "red") {
			t.Error(css.text)
		}
		w.is(w.get(page+"?light.accent=%23ffd400"), 200, "not everybody could read it")
		w.is(w.post(page, page, "do", "plain"), http.StatusSeeOther)
		dbtest.Read(t, w.d, func(tx *db.Tx) error {
			c, err := market.FindChannel(t.Context(), tx, "web")
			if c.Theme != "" {
				t.Errorf("kept: %s", c.Theme)
			}
			return err
		})
		w.happened(nil, []string{"channel.theme", "channel.theme"})
	})
}

func TestConsentIsCountedByTheLastAnswer(t *testing.T) {
	each(t, func(w *world) {
		w.is(w.get("/admin/consent"), 200, "Offers by mail", "Visits followed")
		w.happened(nil, nil)
	})
}
