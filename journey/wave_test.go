package journey_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"korzo/app/apptest"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
)

// associate is somebody of staff at a desk, with no browser.
type associate struct {
	*apptest.World
	cookie string
}

func newAssociate(w *apptest.World) (s associate) {
	w.T.Helper()
	hash, err := auth.HashPassword(w.T.Context(), "correct horse battery")
	if err != nil {
		w.T.Fatal(err)
	}
	s.World = w
	dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error {
		made, err := auth.CreateStaff(w.T.Context(), tx, auth.Staff{Name: "Otto", Email: "otto@example.com", Role: auth.RoleAssociate}, hash)
		if err == nil {
			_, s.cookie, err = auth.StartSession(w.T.Context(), tx, auth.RealmStaff, string(made.ID))
		}
		return err
	})
	return s
}

func (s associate) page(method, path string, fields url.Values) apptest.Answer {
	s.T.Helper()
	return s.Call(method, path, fields.Encode(), "Cookie", "admin="+s.cookie, "Origin", s.Shop.URL, "Content-Type", "application/x-www-form-urlencoded", "Accept-Language", "en")
}

var (
	ticked  = regexp.MustCompile(`name="of" value="([^"]+)"`)
	walking = regexp.MustCompile(`action="(/admin/waves/[^"]+)"`)
)

// An associate ticks two orders of a location, walks once, scans what they take,
// and reads into which box it goes; what nobody wants is refused.
func TestAnAssociatePicksTwoOrdersInOneWalk(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		p, q := order3(w), order3(w)
		staff := newAssociate(w)
		queue := staff.page("GET", "/admin/fulfilments?location=loc_berlin", nil)
		of := ticked.FindAllStringSubmatch(string(queue.Bytes), -1)
		if queue.Status != 200 || len(of) != 2 {
			t.Fatalf("%d, %d can be ticked", queue.Status, len(of))
		}
		wave := staff.page("POST", "/admin/waves", url.Values{"location": {"loc_berlin"}, "of": {of[0][1], of[1][1]}})
		at := walking.FindStringSubmatch(string(wave.Bytes))
		if wave.Status != 200 || len(at) < 2 {
			t.Fatalf("%d %.1500s", wave.Status, wave.Bytes)
		}
		standsOn(t, string(wave.Bytes), map[string]int{"6 to pick": 1, "0 of 4": 1, "box 1: 0 of 2": 1, "box 2: 0 of 1": 1})
		for range 2 {
			staff.page("POST", at[1], url.Values{"code": {"mug-red"}})
		}
		third := staff.page("POST", at[1], url.Values{"code": {"mug-red"}})
		standsOn(t, string(third.Bytes), map[string]int{"Into box 2": 1, "3 to pick": 1, "box 1: 2 of 2": 1, "box 2: 1 of 2": 1})
		if a := staff.page("POST", at[1], url.Values{"code": {"MUG-BLUE"}}); a.Status != 422 {
			t.Errorf("what nobody wants is answered %d", a.Status)
		}
		staff.page("POST", at[1], url.Values{"code": {"MUG-RED"}})
		if a := staff.page("POST", at[1], url.Values{"code": {"MUG-RED"}}); a.Status != 422 {
			t.Errorf("a fifth of four is answered %d", a.Status)
		}
		variant := string(w.Variant("POSTER"))
		done := staff.page("POST", at[1], url.Values{"variant": {variant}, "units": {"2"}})
		if text := string(done.Bytes); done.Status != 200 || !strings.Contains(text, "Pack box by box") || strings.Contains(text, `name="code"`) {
			t.Errorf("%d %.1500s", done.Status, text)
		}
		for _, o := range []placed{p, q} {
			f := w.Call("GET", "/admin/v1/fulfilments?order="+o.id, nil)
			if f.Text("data", 0, "status") != "picking" || f.Int("data", 0, "lines", 0, "picked") != 2 || f.Int("data", 0, "lines", 1, "picked") != 1 {
				t.Errorf("%s", f.Bytes)
			}
		}
		w.Whole()
	})
}
