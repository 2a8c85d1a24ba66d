package admin_test

import (
	"encoding/base32"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/backoffice/admin"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

var blanks = regexp.MustCompile(`\{[^}]*\}`)

// knock asks for a page of the router by name, as whoever is signed in.
func (w *world) knock(r admin.Route) answer {
	w.t.Helper()
	method, path, _ := strings.Cut(r.Pattern, " ")
	if method == "GET" {
		return w.get(blanks.ReplaceAllString(path, "x"))
	}
	return w.send(method, blanks.ReplaceAllString(path, "x"), url.Values{})
}

// Every page of the router, with every role, a role of nothing, and nobody: who
// lacks the right is told so and changes nothing.
func TestWhoLacksARightIsRefusedEverywhere(t *testing.T) {
	each(t, func(w *world) {
		pages := w.admin.Pages()
		w.nobody(pages)
		var nothing auth.Role
		dbtest.Write(w.t, w.d, func(tx *db.Tx) (err error) {
			if nothing, err = auth.SaveRole(w.t.Context(), tx, auth.Role{Name: "Nothing"}); err != nil {
				return err
			}
			s, err := auth.CreateStaff(w.t.Context(), tx, auth.Staff{Email: "nothing@example.com", Role: nothing.ID}, mustHash(w.t))
			w.staff["nothing"] = s
			return err
		})
		for _, role := range []string{"owner", "manager", "associate", "support", "nothing"} {
			w.as(role)
			for _, r := range pages {
				if r.Action != admin.Own && !slices.Contains(auth.Actions(), r.Action) {
					w.t.Errorf("%s needs %q, which is no right", r.Pattern, r.Action)
				}
				if r.Action == admin.Own || auth.Allowed(role, r.Action) {
					continue
				}
				if a := w.knock(r); a.Code != http.StatusForbidden || !strings.Contains(a.text, "another role") {
					w.t.Errorf("%s as %s: %d", r.Pattern, role, a.Code)
				}
			}
		}
		w.happened(nil, nil)
		w.as("nothing")
		w.is(w.get("/admin/me"), 200, "Second factor")
	})
}

func (w *world) nobody(pages []admin.Route) {
	w.t.Helper()
	w.token = ""
	for _, r := range pages {
		want := http.StatusSeeOther
		if !strings.HasPrefix(r.Pattern, "GET") {
			want = http.StatusUnauthorized
		}
		if a := w.knock(r); a.Code != want {
			w.t.Errorf("%s as nobody: %d", r.Pattern, a.Code)
		}
	}
}

func mustHash(t *testing.T) string {
	t.Helper()
	hash, err := hashed()
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

// takes the session that an answer set.
func (w *world) takes(a answer) {
	w.t.Helper()
	for _, c := range a.Result().Cookies() {
		if c.Name == "admin" {
			w.token = c.Value
			return
		}
	}
	w.t.Errorf("no session was set: %d %.200s", a.Code, a.text)
}

func TestWhatMovesRightsAsksAgainAndLosesNothing(t *testing.T) {
	each(t, func(w *world) {
		clock := dbtest.Clock(w.d)
		w.as(auth.RoleOwner)
		clock.Advance(16 * time.Minute)
		w.is(w.get("/admin/staff"), 200, "Staff")
		invite := url.Values{"name": {"Bob <b>"}, "email": {"bob@example.com"}, "role": {"support"}}
		a := w.send("POST", "/admin/staff", invite)
		w.is(a, http.StatusForbidden, "Prove that it is you")
		form := w.formOf(a, "/admin/prove?to=%2Fadmin%2Fstaff")
		if form.Get("name") != "Bob <b>" || form.Get("email") != "bob@example.com" || len(w.mailed) != 0 {
			w.t.Errorf("kept: %v, mailed: %d", form, len(w.mailed))
		}
		form.Set("proof_password", "wrong password")
		a = w.send("POST", "/admin/prove?to=%2Fadmin%2Fstaff", form)
		w.is(a, http.StatusUnauthorized, "do not fit")
		if form = w.formOf(a, "/admin/prove?to=%2Fadmin%2Fstaff"); form.Get("name") != "Bob <b>" || form.Has("proof_password") && form.Get("proof_password") != "" {
			w.t.Errorf("after a wrong password: %v", form)
		}
		form.Set("proof_password", password)
		a = w.send("POST", "/admin/prove?to=%2Fadmin%2Fstaff", form)
		w.is(a, http.StatusTemporaryRedirect, "/admin/staff")
		w.happened(nil, []string{"staff.prove"})
		w.takes(a)
		w.is(w.send("POST", "/admin/staff", form), http.StatusSeeOther, "invited")
		w.happened(nil, []string{"staff.invite"})
		if len(w.mailed) != 1 || w.mailed[0].To != "bob@example.com" {
			w.t.Errorf("mailed: %+v", w.mailed)
		}
		a = w.send("POST", "/admin/prove?to=https://evil.example", url.Values{"proof_password": {password}})
		if to := a.Header().Get("Location"); to != "/admin" {
			w.t.Errorf("a proof leads to %s", to)
		}
	})
}

// formOf are the fields of an answer's form that posts to path.
func (w *world) formOf(a answer, path string) url.Values {
	w.t.Helper()
	body := a.Body.String()
	start := strings.Index(body, `action="`+path+`"`)
	if start < 0 {
		w.t.Fatalf("no form for %s: %.800s", path, a.text)
	}
	body, _, _ = strings.Cut(body[start:], "</form>")
	form := url.Values{}
	for _, at := range inputs.FindAllStringSubmatch(body, -1) {
		if n, v := name.FindStringSubmatch(at[2]), value.FindStringSubmatch(at[2]); n != nil && v != nil {
			form.Add(html.UnescapeString(n[1]), html.UnescapeString(v[1]))
		}
	}
	return form
}

// app sets up an authenticator app for whoever is signed in.
func (w *world) app() (secret []byte, recovery []string) {
	w.t.Helper()
	w.is(w.send("POST", "/admin/me/app", url.Values{}), http.StatusSeeOther, "/admin/me#app")
	_, text, _ := strings.Cut(w.get("/admin/me").text, "Or type: ")
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(strings.Join(strings.Fields(text)[:8], ""), " ", ""))
	if err != nil {
		w.t.Fatalf("the secret on the page: %v", err)
	}
	w.is(w.send("POST", "/admin/me/app/confirm", url.Values{"code": {"000000"}}), http.StatusUnprocessableEntity, "does not fit")
	a := w.send("POST", "/admin/me/app/confirm", url.Values{"code": {codeAt(secret, w.d.Now())}})
	w.is(a, 200, "shown this once", "10 recovery codes left")
	w.takes(a)
	_, codes, _ := strings.Cut(a.Body.String(), `<pre class="codes">`)
	codes, _, _ = strings.Cut(codes, "</pre>")
	return secret, strings.Fields(codes)
}

func TestASecondFactorIsAskedForAfterThePassword(t *testing.T) {
	each(t, func(w *world) {
		clock := dbtest.Clock(w.d)
		w.as(auth.RoleOwner)
		secret, recovery := w.app()
		w.happened(nil, []string{"staff.factor_add"})
		w.is(w.get("/admin/orders"), 200)
		w.token = ""
		clock.Advance(time.Minute)
		a := w.post("", "/admin/sign-in", "email", "owner@example.com", "password", password, "next", "/admin/orders")
		w.is(a, http.StatusSeeOther, "/admin/second?next=%2Fadmin%2Forders")
		w.takes(a)
		w.is(w.get("/admin/orders"), http.StatusSeeOther, "/admin/second")
		w.is(w.send("POST", "/admin/products", url.Values{}), http.StatusForbidden, "second factor")
		w.is(w.send("POST", "/admin/me/recovery", url.Values{}), http.StatusForbidden, "second factor")
		w.is(w.post("", "/admin/second", "code", "000000", "next", "/admin/orders"), http.StatusUnauthorized, "does not fit")
		a = w.post("", "/admin/second", "code", codeAt(secret, w.d.Now()), "next", "/admin/orders")
		w.is(a, http.StatusSeeOther, "/admin/orders")
		w.takes(a)
		w.is(w.get("/admin/orders"), 200)
		clock.Advance(16 * time.Minute)
		a = w.send("POST", "/admin/staff/policy", url.Values{"required": {"yes"}})
		w.is(a, http.StatusForbidden, "Prove that it is you", "recovery code")
		a = w.post("", "/admin/prove?to=/admin/staff/policy", "required", "yes", "proof_code", recovery[0])
		w.is(a, http.StatusTemporaryRedirect)
		w.takes(a)
		w.is(w.post("", "/admin/staff/policy", "required", "yes", "proof_code", recovery[0]), http.StatusSeeOther, "policy_saved")
		w.is(w.get("/admin/me"), 200, "9 recovery codes left")

		w.as(auth.RoleManager)
		w.is(w.get("/admin/orders"), http.StatusSeeOther, "/admin/me")
		w.is(w.get("/admin/me"), 200, "asks everybody for a second factor")
		w.app()
		w.is(w.get("/admin/orders"), 200)
	})
}

var linked = regexp.MustCompile(`http://shop\.example(/admin/join\?\S+)`)

func TestAnInvitationByMailLetsSomebodyIn(t *testing.T) {
	each(t, func(w *world) {
		w.is(w.post("", "/admin/staff", "email", "bob", "role", "support"), http.StatusUnprocessableEntity, "no e-mail address")
		w.is(w.post("", "/admin/staff", "email", "owner@example.com", "role", "support"), http.StatusConflict, "already")
		w.is(w.post("", "/admin/staff", "name", "Bob", "email", "bob@example.com", "role", "support"), http.StatusSeeOther, "invited")
		w.happened(nil, []string{"staff.invite"})
		found := linked.FindStringSubmatch(w.mailed[0].Text)
		if found == nil || !strings.Contains(w.mailed[0].Text, "OWNER") {
			w.t.Fatalf("the mail says %s", w.mailed[0].Text)
		}
		w.token = ""
		w.is(w.get(found[1]), 200, "bob@example.com", "Set your password")
		form := w.fields(found[1], "/admin/join")
		form.Set("new_password", "short")
		w.is(w.send("POST", "/admin/join", form), http.StatusUnprocessableEntity, "8 characters")
		form.Set("new_password", "a good long one")
		w.is(w.send("POST", "/admin/join", form), http.StatusSeeOther, "/admin/sign-in?done=password_set")
		w.is(w.send("POST", "/admin/join", form), http.StatusUnprocessableEntity, "used already")
		w.is(w.get(found[1]), http.StatusUnprocessableEntity, "used already")
		a := w.post("", "/admin/sign-in", "email", "bob@example.com", "password", "a good long one")
		w.is(a, http.StatusSeeOther, "/admin")
		w.happened(nil, []string{"staff.join", "staff.sign_in"})
		w.takes(a)
		w.is(w.get("/admin/orders"), 200)
		bob := w.token

		w.as(auth.RoleOwner)
		page := w.get("/admin/staff").Body.String()
		ids := regexp.MustCompile(`/admin/staff/(stf_\w+)">Bob`).FindStringSubmatch(page)
		if ids == nil {
			w.t.Fatal("Bob is not listed")
		}
		w.is(w.post("", "/admin/staff/"+ids[1], "do", "role", "role", "associate"), http.StatusSeeOther, "role_given")
		w.is(w.post("", "/admin/staff/"+ids[1], "do", "dismiss"), http.StatusSeeOther, "dismissed")
		w.happened(nil, []string{"staff.role", "staff.dismiss"})
		w.is(w.post("", "/admin/staff/"+string(w.staff["owner"].ID), "do", "dismiss"), http.StatusConflict, "last owner")
		w.token = bob
		w.is(w.get("/admin/orders"), http.StatusSeeOther, "/admin/sign-in")
	})
}

func TestAForgottenPasswordIsSetByMailAndTellsNobodyWhoIsThere(t *testing.T) {
	each(t, func(w *world) {
		w.token = ""
		known, unknown := w.post("", "/admin/forgot", "email", "Manager@example.com"), w.post("", "/admin/forgot", "email", "nobody@example.com")
		if known.text != unknown.text || known.Code != 200 {
			w.t.Errorf("%d %s\n%d %s", known.Code, known.text, unknown.Code, unknown.text)
		}
		if len(w.mailed) != 1 {
			w.t.Fatalf("%d mails", len(w.mailed))
		}
		found := linked.FindStringSubmatch(w.mailed[0].Text)
		form := w.fields(found[1], "/admin/join?kind=reset")
		form.Set("new_password", "a good long one")
		w.is(w.send("POST", "/admin/join?kind=reset", form), http.StatusSeeOther, "password_set")
		w.is(w.send("POST", "/admin/join?kind=reset", form), http.StatusUnprocessableEntity, "used already")
		w.happened(nil, []string{"staff.password"})
		for range 5 {
			w.post("", "/admin/forgot", "email", "manager@example.com")
		}
		w.is(w.post("", "/admin/forgot", "email", "manager@example.com"), http.StatusTooManyRequests, "Wait a quarter")
	})
}

func TestARoleOfOnesOwnIsMadeGivenAndTakenAway(t *testing.T) {
	each(t, func(w *world) {
		w.is(w.get("/admin/roles"), 200, "orders.write", "Owner 1 person")
		w.is(w.send("POST", "/admin/roles", url.Values{"name": {""}, "actions": {"orders.read"}}), http.StatusUnprocessableEntity, "at most 60")
		w.is(w.send("POST", "/admin/roles", url.Values{"name": {"Kings"}, "actions": {"staff.write"}}), http.StatusUnprocessableEntity, "never staff.write")
		w.is(w.send("POST", "/admin/roles", url.Values{"name": {"Packers"}, "actions": {"orders.read", "stock.write"}}), http.StatusSeeOther, "role_saved")
		w.happened(nil, []string{"role.save"})
		id := regexp.MustCompile(`/admin/roles/(rol_\w+)"`).FindStringSubmatch(w.get("/admin/roles").Body.String())[1]
		support := "/admin/staff/" + string(w.staff["support"].ID)
		w.is(w.post("", support, "do", "role", "role", id), http.StatusSeeOther, "role_given")
		w.as("support")
		w.is(w.get("/admin/orders"), 200, "Packers")
		w.is(w.get("/admin/exceptions"), http.StatusForbidden)
		w.as(auth.RoleOwner)
		w.is(w.post("", "/admin/roles/"+id, "do", "delete", "name", "Packers"), http.StatusConflict, "Somebody has this role")
		w.is(w.post("", support, "do", "role", "role", "support"), http.StatusSeeOther)
		w.is(w.post("", "/admin/roles/"+id, "do", "delete", "name", "Packers"), http.StatusSeeOther, "role_deleted")
		w.is(w.get("/admin/roles/"+id), http.StatusNotFound)
		w.is(w.get("/admin/roles/owner"), http.StatusNotFound)
	})
}
