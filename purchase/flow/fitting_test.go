package flow_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/flow"
	"korzo/purchase/flow/widget"
)

func TestTheSchemaKnowsEveryWidgetAndPlace(t *testing.T) {
	var schema struct {
		Properties struct {
			Widgets struct {
				Items struct {
					Properties struct {
						Kind, Place struct {
							Enum []string `json:"enum"`
						}
					} `json:"properties"`
				} `json:"items"`
			} `json:"widgets"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(flow.SchemaJSON, &schema); err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, k := range widget.Kinds() {
		kinds = append(kinds, k.Name)
	}
	of := schema.Properties.Widgets.Items.Properties
	if !slices.Equal(of.Kind.Enum, kinds) || !slices.Equal(of.Place.Enum, widget.Places) {
		t.Errorf("the schema has %v in %v, there are %v in %v", of.Kind.Enum, of.Place.Enum, kinds, widget.Places)
	}
}

func TestAFlowWithAWrongWidgetIsNotPublished(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		for _, tt := range []struct {
			name    string
			widgets []flow.Widget
			want    string
		}{
			{"a kind there is not", []flow.Widget{{Kind: "fireworks"}}, `widgets.1.kind: there is no widget "fireworks"`},
			{"one that may stand once stands twice", []flow.Widget{{Kind: "code"}, {Kind: "code", ID: "second"}}, "widgets.2.kind: Discount code stands here twice"},
			{"two of a name", []flow.Widget{{Kind: "trust", Settings: someFacts}, {Kind: "trust", Settings: someFacts}}, `widgets.2.id: two widgets are called "trust"`},
			{"a place it cannot stand in", []flow.Widget{{Kind: "delivery_date", Place: "summary"}}, `widgets.1.place: Delivery date cannot stand in "summary"`},
			{"settings that do not hold", []flow.Widget{{Kind: "gift_wrap"}}, "widgets.1.settings.prices: this is missing"},
			{"a condition about a fact there is not", []flow.Widget{{Kind: "code", When: `shoe.size > 42`}}, "widgets.1.when: "},
		} {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				v, err := flow.Save(t.Context(), tx, "", flow.Document{Name: "W", Layout: flow.OnePage, Widgets: tt.widgets})
				if err != nil {
					return err
				}
				return flow.Publish(t.Context(), tx, v.Flow, v.Version)
			})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
			}
		}
	})
}

var someFacts = json.RawMessage(`{"facts": [{"text": {"en": "x"}}]}`)

func TestAWidgetStandsForWhomItsConditionSays(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), func(tx *db.Tx) error { return standsForWhom(t.Context(), t, tx) })
		if err != nil {
			t.Fatal(err)
		}
	})
}

func standsForWhom(ctx context.Context, t *testing.T, tx *db.Tx) error {
	v, err := flow.Save(ctx, tx, "", flow.Document{Name: "W", Layout: flow.OnePage, Widgets: []flow.Widget{
		{Kind: "code"}, {Kind: "order_note", When: `cart.total > 1000 && device.kind == "phone"`}, {Kind: "wallet", When: "1 / cart.items > 0"}}})
	if err == nil {
		err = flow.Publish(ctx, tx, v.Flow, v.Version)
	}
	if err != nil {
		return err
	}
	all, err := flow.Fittings(ctx, tx, v.Flow, v.Version)
	if err != nil || len(all) != 3 || all[0].Place != widget.PlaceSummary {
		t.Fatalf("%+v %v", all, err)
	}
	for _, tt := range []struct {
		seen map[string]any
		want []bool
	}{
		{map[string]any{"cart.total": int64(2000), "device.kind": "phone", "cart.items": int64(1)}, []bool{true, true, true}},
		{map[string]any{"cart.total": int64(2000), "device.kind": "desktop", "cart.items": int64(0)}, []bool{true, false, false}},
		{nil, []bool{true, false, false}},
	} {
		for i, f := range all {
			if f.Stands(tt.seen) != tt.want[i] {
				t.Errorf("%s stands for %v: %v", f.Name, tt.seen, !tt.want[i])
			}
		}
	}
	if needs, err := flow.Needs(ctx, tx, "cart.total"); err != nil || !needs {
		t.Errorf("what a condition asks is not read: %v %v", needs, err)
	}
	return nil
}
