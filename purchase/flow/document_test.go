package flow_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/customer/experiment"
	"korzo/customer/visitor"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/exception"
	"korzo/purchase/flow"
)

// whole is a document that says something in every field.
func whole() flow.Document {
	return flow.Document{Name: "Whole", Trigger: `market == "DE"`, Priority: 7, Layout: flow.ThreePage, Steps: []string{"delivery", "contact", "payment"},
		Asks:     flow.Asks{Address: flow.AskRequired, Billing: flow.AskMay, Phone: flow.AskRequired, Company: flow.AskMay},
		Shipping: []string{"de_post", "de_shop"}, Pickup: flow.PickupFirst, Payments: map[string][]string{"DE": {"card", "invoice"}},
		Route: []string{"sandbox"}, Routes: map[string][]string{"DE": {"sandbox"}}, HoldMinutes: 30, HoldFrom: "start", Carriers: []string{"table", "manual"}, Tax: "exempt", Theme: flow.Theme{Accent: "#1a5fb4"},
		UndoSeconds: 20, Embed: flow.Embed{Origins: []string{"https://partner.example"}},
		Widgets: []flow.Widget{{Kind: "gift_wrap", ID: "wrap", Place: "delivery", When: `cart.total > 1000`, Settings: json.RawMessage(`{"prices":{"EUR":390}}`)}}}
}

func TestTheSchemaNamesEveryFieldOfADocumentAndNoOther(t *testing.T) {
	var schema map[string]any
	if err := json.Unmarshal(flow.SchemaJSON, &schema); err != nil {
		t.Fatal(err)
	}
	compare(t, "", schema, reflect.TypeFor[flow.Document]())
	if d := whole(); reflect.ValueOf(d).IsZero() {
		t.Error("unreachable")
	} else {
		for i := range reflect.TypeOf(d).NumField() {
			if reflect.ValueOf(d).Field(i).IsZero() {
				t.Errorf("the document of this test says nothing in %s", reflect.TypeOf(d).Field(i).Name)
			}
		}
	}
}

// compare holds the properties of a schema against the fields of a struct.
func compare(t *testing.T, path string, schema map[string]any, of reflect.Type) {
	t.Helper()
	properties, _ := schema["properties"].(map[string]any)
	var fields, named []string
	for i := range of.NumField() {
		name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
		fields = append(fields, name)
		if below := of.Field(i).Type; below.Kind() == reflect.Struct {
			inner, _ := properties[name].(map[string]any)
			compare(t, path+name+".", inner, below)
		}
	}
	for name := range properties {
		named = append(named, name)
	}
	slices.Sort(fields)
	slices.Sort(named)
	if !slices.Equal(fields, named) {
		t.Errorf("%q: the schema has %v, the document %v", path, named, fields)
	}
}

func TestADocumentTravelsAsAFile(t *testing.T) {
	file, err := flow.Export(whole())
	if err != nil {
		t.Fatal(err)
	}
	back, err := flow.Import(file)
	if changes, _ := flow.Diff(whole(), back); err != nil || len(changes) != 0 {
		t.Errorf("%v, %v after a journey", err, changes)
	}
	for _, tt := range []struct{ name, text, want string }{
		{"a misspelt field", `{"name":"x","layuot":"one_page"}`, "layuot: a flow has no such field; fields are asks, carriers, embed, hold_from, hold_minutes"},
		{"a misspelt field below", `{"name":"x","asks":{"fax":"required"}}`, "fax: a flow has no such field"},
		{"a number where a text belongs", `{"name":5}`, "name: this must be a text in quotes, not a number"},
		{"a text where a list belongs", `{"shipping":"dhl"}`, "shipping: this must be a list, not a text in quotes"},
		{"something else", `[1]`, "flow"},
		{"no JSON", `{"name":`, "no JSON"},
		{"two documents", `{"name":"x"} {"name":"y"}`, "no JSON"},
		{"a file of the future", `{"format":"korzo.flow/9","document":{}}`, "korzo.flow/1"},
	} {
		if _, err := flow.Import([]byte(tt.text)); !errors.Is(err, flow.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want ErrInvalid with %q", tt.name, err, tt.want)
		}
	}
}

func TestDiffNamesEachFieldThatChanged(t *testing.T) {
	after := whole()
	after.Priority, after.Payments = 8, map[string][]string{"DE": {"invoice", "card"}, "HU": {"card"}}
	after.Theme, after.Steps = flow.Theme{}, nil
	changes, err := flow.Diff(whole(), after)
	if err != nil {
		t.Fatal(err)
	}
	want := []flow.Change{
		{Field: "payments.DE", Before: `["card","invoice"]`, After: `["invoice","card"]`},
		{Field: "payments.HU", After: `["card"]`},
		{Field: "priority", Before: "7", After: "8"},
		{Field: "steps", Before: `["delivery","contact","payment"]`},
		{Field: "theme.accent", Before: `"#1a5fb4"`},
	}
	if !slices.Equal(changes, want) {
		t.Errorf("%+v", changes)
	}
}

func TestADraftPublishesItselfAtItsTime(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		shop(t, d)
		clock := dbtest.Clock(d)
		id := publish(t, d, "", document("now", "", 0)).Flow
		plan := func(version int64, in time.Duration) error {
			return d.Write(t.Context(), func(tx *db.Tx) error { return flow.PublishAt(t.Context(), tx, id, version, tx.Now.Add(in)) })
		}
		due := func() {
			if err := flow.PublishDue(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		}
		draft(t, d, id, document("later", "", 0))
		if err := plan(2, -time.Minute); !errors.Is(err, flow.ErrPast) {
			t.Errorf("in the past: %v, want ErrPast", err)
		}
		if err := plan(1, time.Hour); !errors.Is(err, flow.ErrState) {
			t.Errorf("what is published: %v, want ErrState", err)
		}
		if err := plan(2, time.Hour); err != nil {
			t.Fatal(err)
		}
		due()
		if got := choose(t, d, flow.Visit{}).Document.Name; got != "now" {
			t.Errorf("before its time %q is given", got)
		}
		clock.Advance(time.Hour)
		due()
		due()
		if got := choose(t, d, flow.Visit{}); got.Document.Name != "later" || facts(t, d) != 2 {
			t.Errorf("at its time %q is given, %d facts", got.Document.Name, facts(t, d))
		}
		// A draft that was changed is off the calendar; one that cannot be
		// published any more becomes an exception, once.
		draft(t, d, id, document("changed", "", 0))
		if err := plan(3, time.Hour); err != nil {
			t.Fatal(err)
		}
		draft(t, d, id, document("changed again", "", 0))
		clock.Advance(time.Hour)
		due()
		if got := choose(t, d, flow.Visit{}).Version; got != 2 {
			t.Errorf("a draft that was changed after planning was published as version %d", got)
		}
		doc := document("phones only", "", 0)
		draft(t, d, id, doc)
		if err := plan(3, time.Hour); err != nil {
			t.Fatal(err)
		}
		do(t, d, func(ctx context.Context, tx *db.Tx) error { return flow.SpoilForTest(ctx, tx, id) })
		clock.Advance(time.Hour)
		due()
		due()
		read(t, d, func(ctx context.Context, tx *db.Tx) error {
			all, err := exception.About(ctx, tx, string(id))
			if len(all) != 1 || all[0].Kind != flow.TroubleDue || !strings.Contains(all[0].Text, "name:") {
				t.Errorf("exceptions %+v", all)
			}
			return err
		})
		if got := choose(t, d, flow.Visit{}).Version; got != 2 {
			t.Errorf("version %d is given, want 2", got)
		}
	})
}

func TestAnArmIsGivenPinnedAndLeftAloneAfterwards(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		shop(t, d)
		id := publish(t, d, "", document("old", "", 0)).Flow
		draft(t, d, id, document("new", "", 0))
		arms := []experiment.Arm{{Key: "old", Weight: 500_000}, {Key: "new", Weight: 500_000, Value: json.RawMessage(`{"version":2}`)}}
		try := experiment.Draft{Key: "try", Name: "Try", Point: flow.Point(id), Coverage: 1_000_000, Arms: arms}
		check := func() error {
			return d.Read(t.Context(), func(tx *db.Tx) error { return flow.CheckArms(t.Context(), tx, try) })
		}
		if err := check(); !errors.Is(err, experiment.ErrInvalid) || !strings.Contains(err.Error(), "stage it first") {
			t.Errorf("a draft as an arm: %v", err)
		}
		do(t, d, func(ctx context.Context, tx *db.Tx) error { return flow.Stage(ctx, tx, id, 2) })
		if again := draft(t, d, id, document("newer", "", 0)); again.Version != 3 {
			t.Errorf("writing on makes version %d: what is staged must stay", again.Version)
		}
		do(t, d, func(ctx context.Context, tx *db.Tx) error {
			e, err := experiment.Create(ctx, tx, try)
			if err == nil {
				_, err = experiment.Start(ctx, tx, e.ID)
			}
			return errors.Join(err, flow.CheckArms(ctx, tx, try))
		})
		given := map[string]int{}
		for i := range 100 {
			v := flow.Visit{Visitor: "vis_" + string(rune('a'+i%26)) + string(rune('a'+i/26)), Market: "DE"}
			for range 2 {
				do(t, d, func(ctx context.Context, tx *db.Tx) error {
					chosen, err := flow.Choose(ctx, tx, v)
					if err != nil {
						return err
					}
					c, arm, err := flow.Try(ctx, tx, chosen, v, "")
					if c.Document.Name != arm.Arm || !strings.HasSuffix(arm.Pin(), "/1/"+arm.Arm) {
						t.Errorf("arm %q is given the flow %q, pinned as %q", arm.Arm, c.Document.Name, arm.Pin())
					}
					given[arm.Arm]++
					return err
				})
			}
		}
		if given["old"]+given["new"] != 200 || given["old"] < 60 || given["new"] < 60 {
			t.Errorf("given %v", given)
		}
	})
}

// Two nodes on one PostgreSQL and a shop of its own on SQLite, with the same
// hundred flows, give each visit the same one.
func TestAllNodesGiveTheSameAnswer(t *testing.T) {
	url := dbtest.PostgresURL(t, schemas)
	one, two, alone := dbtest.Open(t, url), dbtest.Open(t, url), dbtest.SQLite(t, schemas)
	hundred(t, one)
	hundred(t, alone)
	for i := range 50 {
		v := visit
		v.Cart.Total, v.Device = int64(i*40), visitor.Device{Kind: []string{"phone", "desktop"}[i%2]}
		if a, b := choose(t, one, v), choose(t, two, v); a.Flow != b.Flow || a.Version != b.Version {
			t.Errorf("%+v: one node gives %s, the other %s", v, a.Document.Name, b.Document.Name)
		} else if c := choose(t, alone, v); a.Document.Name != c.Document.Name {
			t.Errorf("%+v: on PostgreSQL it is %s, on SQLite %s", v, a.Document.Name, c.Document.Name)
		}
	}
	last := publish(t, two, "", document("published on the other node", "", 1000))
	if got := choose(t, one, visit); got.Flow != last.Flow {
		t.Errorf("after publishing on one node the other gives %s", got.Document.Name)
	}
}
