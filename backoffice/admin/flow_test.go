package admin_test

import (
	"bytes"
	"encoding/json"
	"html"
	"mime/multipart"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/checkout"
	"korzo/purchase/flow"
	"korzo/purchase/flow/widget"
)

// flow is the id of the flow of a name, from the list.
func (w *world) flow(name string) string {
	w.t.Helper()
	found := regexp.MustCompile(`href="/admin/flows/(flw_[a-z0-9]+)">` + regexp.QuoteMeta(name) + `<`).FindStringSubmatch(w.get("/admin/flows").Body.String())
	if found == nil {
		w.t.Fatalf("the list has no flow %s", name)
	}
	return found[1]
}

// file uploads one file.
func (w *world) file(path, field, name string, text []byte) answer {
	w.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile(field, name)
	if err != nil {
		w.t.Fatal(err)
	}
	_, _ = part.Write(text)
	_ = form.Close()
	return w.sendBody("POST", path, &b, "Content-Type", form.FormDataContentType())
}

// versions are those of a flow, the newest first.
func (w *world) versions(id string) (all []flow.Version) {
	w.t.Helper()
	dbtest.Read(w.t, w.d, func(tx *db.Tx) (err error) {
		all, err = flow.Versions(w.t.Context(), tx, flow.ID(id))
		return err
	})
	return all
}

// begun makes a draft of a template and returns its address.
func (w *world) begun(template string) string {
	w.t.Helper()
	a := w.post("/admin/flows/new", "/admin/flows/new", "template", template)
	w.is(a, http.StatusSeeOther)
	path, _, _ := strings.Cut(a.Header().Get("Location"), "?")
	return path
}

func TestAFlowIsMadeFromATemplatePublishedChangedAndRolledBack(t *testing.T) {
	each(t, func(w *world) {
		path := w.begun("mobile")
		id := strings.TrimPrefix(path, "/admin/flows/")
		w.is(w.get(path), 200, "Mobile one page", "Device", "phone", "Save and publish")
		w.is(w.post(path, path, "do", "publish", "name", "Phones in a hurry"), http.StatusSeeOther)
		if v := w.versions(id); v[0].State != flow.StatePublished || v[0].Document.Name != "Phones in a hurry" || v[0].Document.Trigger != `device.kind == "phone"` || v[0].Document.StepOrder()[0] != flow.StepDelivery {
			t := v[0]
			w.t.Errorf("%+v", t)
		}
		w.is(w.post(path, path, "do", "save", "layout", "three_page", "move", "steps|delivery:down"), 200, "Save draft")
		if len(w.versions(id)) != 1 {
			w.t.Error("moving a step saved something")
		}
		w.is(w.post(path, path, "do", "publish", "layout", "three_page", "priority", "70"), http.StatusSeeOther)
		v := w.versions(id)
		if len(v) != 2 || v[0].Document.Layout != flow.ThreePage || v[0].Document.Priority != 70 || v[1].State != flow.StateArchived || v[1].Document.Layout != flow.OnePage {
			w.t.Fatalf("%+v", v)
		}
		w.is(w.get(path+"/history"), 200, "Layout One page Three pages", "Go back to version 1")
		w.is(w.post("", path+"/publish", "version", "1"), http.StatusSeeOther)
		if v := w.versions(id); v[1].State != flow.StatePublished || v[0].State != flow.StateArchived {
			w.t.Errorf("after the roll-back %+v", v)
		}
		w.happened([]string{"flow.published", "flow.published", "flow.published"}, []string{"flow.create", "flow.publish", "flow.publish", "flow.publish"})
	})
}

func TestAFlowThatIsNotWholeIsNotPublishedAndItsFieldsAreNamed(t *testing.T) {
	each(t, func(w *world) {
		path := w.begun("standard")
		id := strings.TrimPrefix(path, "/admin/flows/")
		for _, c := range []struct {
			name   string
			change []string
			says   string
		}{
			{"without a name", []string{"name", ""}, "give the flow a name"},
			{"an unknown fact", []string{"trigger", "cart.totl > 5"}, "did you mean `cart.total`?"},
			{"a rule too dear", []string{"trigger", strings.Repeat(`campaign.contains("x") && `, 300) + "true"}, "rule"},
			{"parcels without an address", []string{"asks.shipping_address", "hidden"}, "ask for it"},
			{"payment in a currency that it is not in", []string{"payments.HU", "paypal_payday", "payments.HU.order", "paypal_payday"}, "no way to pay"},
			{"a light colour", []string{"theme.accent", "#ffff00"}, "choose a darker one"},
			{"stock held for ever", []string{"hold_minutes", "99999"}, "1 to 1440 minutes"},
		} {
			a := w.post(path, path, append([]string{"do", "publish"}, c.change...)...)
			w.is(a, 422, c.says)
			if v := w.versions(id); len(v) != 1 || v[0].State != flow.StateDraft {
				w.t.Errorf("%s: %+v", c.name, v)
			}
		}
		w.happened(nil, []string{"flow.create"})
	})
}

func TestATriggerIsWrittenInWordsOrAsARuleAndEachFollowsTheOther(t *testing.T) {
	each(t, func(w *world) {
		path := w.begun("standard")
		id := strings.TrimPrefix(path, "/admin/flows/")
		trigger := func() string { return w.versions(id)[0].Document.Trigger }
		w.is(w.post(path, path, "do", "add:0"), 200, "Remove condition 1")
		w.is(w.post(path, path, "do", "save", "join", "all", "g[0].join", "all",
			"g[0].c[0].fact", "cart.total", "g[0].c[0].op", "at_least", "g[0].c[0].value", "500",
			"g[0].c[1].fact", "market", "g[0].c[1].op", "is", "g[0].c[1].value", "DE, HU"), http.StatusSeeOther)
		if got := trigger(); got != `cart.total >= 50000 && market in ["DE", "HU"]` {
			w.t.Errorf("%s", got)
		}
		w.is(w.post(path, path, "do", "save", "trigger", `customer.known && (device.kind == "phone" || cart.items < 3)`), http.StatusSeeOther)
		w.is(w.get(path), 200, "Signed in", "Pieces in the cart", "is less than", "One of these is enough")
		w.is(w.post(path, path, "do", "save", "g[0].c[0].fact", "cart.total", "g[0].c[0].op", "at_least", "g[0].c[0].value", "much"), 422, "write a value")
		w.is(w.post(path, path, "do", "save", "trigger", "cart.total * 2 > 5000"), http.StatusSeeOther)
		w.is(w.get(path), 200, "says more than conditions can")
		if got := trigger(); got != "cart.total * 2 > 5000" {
			w.t.Errorf("%s", got)
		}
		w.is(w.post(path, path, "do", "save", "name", "Still that rule"), http.StatusSeeOther)
		if got := trigger(); got != "cart.total * 2 > 5000" {
			w.t.Errorf("a rule that words cannot say became %s", got)
		}
	})
}

func TestAPreviewIsALinkThatOnlyTheShopCanMakeAndThatChangesNothing(t *testing.T) {
	each(t, func(w *world) {
		path := w.begun("standard")
		a := w.post(path, path+"/preview", "name", "Not saved", "layout", "three_page", "as.market", "DE", "as.person", "regular", "as.step", "payment")
		w.is(a, http.StatusSeeOther)
		to, err := url.Parse(a.Header().Get("Location"))
		if err != nil || to.Path != "/checkout/preview" || to.Query().Get("step") != "payment" {
			w.t.Fatalf("%v %v", to, err)
		}
		dbtest.Read(w.t, w.d, func(tx *db.Tx) error {
			p, err := checkout.ReadPreview(w.keeper, to.Query().Get("of"), tx.Now)
			if err != nil || p.Document.Name != "Not saved" || p.Document.Layout != flow.ThreePage || !p.Said || p.Market != "DE" || len(p.Lines) == 0 {
				w.t.Errorf("%+v, %v", p, err)
			}
			if _, err := checkout.ReadPreview(w.keeper, to.Query().Get("of"), p.Until.Add(1)); err == nil {
				w.t.Error("the link holds for ever")
			}
			if _, err := checkout.ReadPreview(w.keeper, "x"+to.Query().Get("of"), tx.Now); err == nil {
				w.t.Error("a link of somebody else's making was read")
			}
			return nil
		})
		if v := w.versions(strings.TrimPrefix(path, "/admin/flows/")); len(v) != 1 || v[0].Document.Layout == flow.ThreePage {
			w.t.Errorf("a preview saved %+v", v[0].Document)
		}
	})
}

func TestAFlowGoesOutAsAFileAndComesInAsADraft(t *testing.T) {
	each(t, func(w *world) {
		id := w.flow("Phones")
		file := w.get("/admin/flows/" + id + "/file?version=1")
		w.is(file, 200, `"format": "korzo.flow/1"`)
		a := w.file("/admin/flows/import", "file", "flow.json", file.Body.Bytes())
		w.is(a, http.StatusSeeOther)
		path, _, _ := strings.Cut(a.Header().Get("Location"), "?")
		if v := w.versions(strings.TrimPrefix(path, "/admin/flows/")); len(v) != 1 || v[0].State != flow.StateDraft || v[0].Document.Name != "Phones" {
			w.t.Errorf("%+v", v)
		}
		w.is(w.file("/admin/flows/import", "file", "flow.json", []byte(`{"name":"x","lay":"one_page"}`)), 422, "a flow has no such field")
	})
}

func TestASimulationPageSaysWhatNobodyCanReach(t *testing.T) {
	each(t, func(w *world) {
		path := w.begun("standard")
		w.is(w.post(path, path, "do", "save", "priority", "-5", "name", "Below everyone"), http.StatusSeeOther)
		w.is(w.get(path+"/simulate"), 200, html.UnescapeString("Below everyone can never get anybody: Everyone, which takes everyone, is asked before it."), "No checkout has been recorded yet")
	})
}

func TestWidgetsArePlacedSetMovedAndTakenOut(t *testing.T) {
	each(t, func(w *world) {
		path := w.begun("standard")
		id := strings.TrimPrefix(path, "/admin/flows/")
		before := len(w.versions(id)[0].Document.Widgets)
		w.is(w.post(path, path, "do", "add_widget", "widget.add", "gift_wrap"), 200, "Gift wrap", "Price")
		if len(w.versions(id)[0].Document.Widgets) != before {
			w.t.Error("adding a widget to the form saved it")
		}
		form := []string{"widgets", "0", "w[0].kind", "gift_wrap", "w[0].place", "payment", "w[0].set.prices.EUR", "4.90", "w[0].set.message", "yes", "w[0].set.text.en", "Wrapped by hand"}
		w.is(w.post(path, path, append(form, "do", "publish")...), http.StatusSeeOther)
		got := w.versions(id)[0].Document.Widgets
		if len(got) != 1 || got[0].Kind != "gift_wrap" || got[0].Place != "payment" || string(got[0].Settings) != `{"message":true,"prices":{"EUR":490},"text":{"en":"Wrapped by hand"}}` {
			w.t.Errorf("%+v %s", got, got[0].Settings)
		}
		if body := w.get(path).Body.String(); !strings.Contains(body, `value="4.90"`) || !strings.Contains(body, "Wrapped by hand") {
			w.t.Error("the settings do not come back")
		}
		w.is(w.post(path, path, "do", "publish", "w[0].set.prices.EUR", ""), 422, "Widget 1, Price: this is missing")
		w.is(w.post(path, path, "do", "publish", "w[0].set.prices.EUR", "much"), 422, "write an amount")
		w.is(w.post(path, path, "do", "publish", "w[0].when", "devise.kind == 1"), 422, "there is no fact")
		w.is(w.post(path, path, "do", "drop_widget:0"), 200, "Add to the checkout")
		if n := len(w.versions(id)); n != 1 {
			w.t.Errorf("%d versions", n)
		}
	})
}

func TestEveryWidgetsSettingsComeBackFromTheFormAsTheyWere(t *testing.T) {
	each(t, func(w *world) {
		path := w.begun("standard")
		id := strings.TrimPrefix(path, "/admin/flows/")
		for _, k := range widget.Kinds() {
			doc := w.versions(id)[0].Document
			doc.Widgets = []flow.Widget{{Kind: k.Name, Settings: k.Example}}
			dbtest.Write(w.t, w.d, func(tx *db.Tx) error {
				_, err := flow.Save(w.t.Context(), tx, flow.ID(id), doc)
				return err
			})
			w.is(w.post(path, path, "do", "save"), http.StatusSeeOther)
			got := w.versions(id)[0].Document.Widgets
			var was, is any = nil, map[string]any{}
			if len(got) == 1 && len(got[0].Settings) == 0 {
				got[0].Settings = json.RawMessage(`{}`)
			}
			if len(got) != 1 || json.Unmarshal(k.Example, &was) != nil || json.Unmarshal(got[0].Settings, &is) != nil {
				w.t.Fatalf("%s: %+v", k.Name, got)
			}
			for name, value := range was.(map[string]any) { // what is false is left out
				if value == false {
					delete(was.(map[string]any), name)
				}
			}
			if !reflect.DeepEqual(was, is) {
				w.t.Errorf("%s: %s came back as %s", k.Name, k.Example, got[0].Settings)
			}
		}
	})
}
