package adminapi

import (
	"context"
	"encoding/json"
	"time"

	"korzo/customer/visitor"
	"korzo/platform/db"
	"korzo/purchase/flow"
)

// visitBody is a visit one pretends to be; what is left out is unknown.
type visitBody struct {
	Visitor       string   `json:"visitor,omitempty" doc:"A visitor's id: their arm is told too"`
	Market        string   `json:"market" example:"DE"`
	Channel       string   `json:"channel,omitempty"`
	Locale        string   `json:"locale,omitempty"`
	Device        string   `json:"device,omitempty" example:"phone"`
	OS            string   `json:"device_os,omitempty"`
	Browser       string   `json:"device_browser,omitempty"`
	Campaign      string   `json:"campaign,omitempty"`
	Source        string   `json:"visit_source,omitempty"`
	Medium        string   `json:"visit_medium,omitempty"`
	Referrer      string   `json:"visit_referrer,omitempty"`
	New           bool     `json:"visit_new,omitempty"`
	Pages         int64    `json:"visit_pages,omitempty"`
	Searches      int64    `json:"visit_searches,omitempty"`
	Partner       string   `json:"visit_partner,omitempty"`
	Consent       bool     `json:"visit_consent,omitempty"`
	Country       string   `json:"visit_country,omitempty"`
	PostalCode    string   `json:"visit_postal_code,omitempty"`
	NearStore     bool     `json:"visit_near_store,omitempty"`
	CartTotal     int64    `json:"cart_total,omitempty"`
	CartItems     int64    `json:"cart_items,omitempty"`
	CartSKUs      []string `json:"cart_skus,omitempty"`
	CartTags      []string `json:"cart_tags,omitempty"`
	Categories    []string `json:"cart_categories,omitempty"`
	WeightGrams   int64    `json:"cart_weight_grams,omitempty"`
	Bundle        bool     `json:"cart_bundle,omitempty"`
	CustomerKnown bool     `json:"customer_known,omitempty"`
	Orders        int64    `json:"customer_orders,omitempty"`
	Spent         int64    `json:"customer_spent,omitempty"`
	Predicted     int64    `json:"customer_predicted_value,omitempty"`
	Segments      []string `json:"customer_segments,omitempty"`
	Tier          string   `json:"customer_tier,omitempty"`
	Tags          []string `json:"customer_tags,omitempty"`
	Allows        []string `json:"customer_consent,omitempty" doc:"Purposes that they allow: offers, reviews, figures"`

	LastOrder time.Time `json:"customer_last_order,omitzero" doc:"When they ordered last; left out: never"`
}

func (v visitBody) visit() flow.Visit {
	return flow.Visit{
		Visitor: v.Visitor, Market: v.Market, Channel: v.Channel, Locale: v.Locale,
		Device: visitor.Device{Kind: v.Device, OS: v.OS, Browser: v.Browser},
		Path: visitor.Path{Campaign: v.Campaign, Source: v.Source, Medium: v.Medium, Referrer: v.Referrer,
			New: v.New, Pages: v.Pages, Searches: v.Searches, Partner: v.Partner, Consent: v.Consent},
		Place: visitor.Place{Country: v.Country, PostalCode: v.PostalCode, NearStore: v.NearStore},
		Cart: visitor.Basket{Total: v.CartTotal, Items: v.CartItems, SKUs: v.CartSKUs, Tags: v.CartTags, Categories: v.Categories,
			WeightGrams: v.WeightGrams, Bundle: v.Bundle},
		Customer: visitor.Buyer{Known: v.CustomerKnown, Orders: v.Orders, Spent: v.Spent, Predicted: v.Predicted,
			LastOrder: v.LastOrder, Segments: v.Segments, Tier: v.Tier, Tags: v.Tags, Consent: v.Allows},
	}
}

type chooseFlowInput struct {
	Body struct {
		Visit visitBody `json:"visit"`
	}
}

type whyBody struct {
	Flow    string `json:"flow"`
	Version int64  `json:"version"`
	Name    string `json:"name"`
	Matched bool   `json:"matched"`
	Chosen  bool   `json:"chosen"`
	Clause  string `json:"clause,omitempty" doc:"The part of the trigger that did not hold"`
}

type chooseFlowOutput struct {
	Body struct {
		Flow    string    `json:"flow"`
		Version int64     `json:"version"`
		Arm     string    `json:"arm,omitempty"`
		Why     []whyBody `json:"why"`
	}
}

// chooseFlow says which flow a visit gets, and for every other why not.
func (a *API) chooseFlow(ctx context.Context, in *chooseFlowInput) (*chooseFlowOutput, error) {
	out := new(chooseFlowOutput)
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		verdicts, err := flow.Explain(ctx, tx, in.Body.Visit.visit())
		for _, w := range verdicts {
			if w.Chosen {
				out.Body.Flow, out.Body.Version = string(w.Flow), w.Version
			}
			out.Body.Why = append(out.Body.Why, whyBody{string(w.Flow), w.Version, w.Name, w.Matched, w.Chosen, w.Clause})
		}
		if err != nil || out.Body.Flow == "" {
			return err
		}
		given, arm, err := flow.Preview(ctx, tx, flow.Choice{Flow: flow.ID(out.Body.Flow), Version: out.Body.Version}, in.Body.Visit.visit())
		out.Body.Flow, out.Body.Version, out.Body.Arm = string(given.Flow), given.Version, arm.Pin()
		return err
	})
	if err == nil && out.Body.Flow == "" {
		err = flow.ErrNone
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

type flowSchemaOutput struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (a *API) flowSchema(context.Context, *struct{}) (*flowSchemaOutput, error) {
	return &flowSchemaOutput{"application/schema+json", flow.SchemaJSON}, nil
}

type factBody struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	Doc     string `json:"doc"`
	Example string `json:"example"`
}

// flowFacts lists what a trigger may speak of.
func (a *API) flowFacts(context.Context, *struct{}) (*list[factBody], error) {
	var bodies []factBody
	for _, f := range flow.Facts() {
		bodies = append(bodies, factBody{f.Name, f.Type, f.Doc, f.Example})
	}
	return listOf(bodies, ""), nil
}

type flowInput struct {
	ID flow.ID `path:"id"`
}

type flowVersionInput struct {
	ID      flow.ID `path:"id"`
	Version int64   `path:"version"`
}

type flowVersionBody struct {
	Version     int64  `json:"version"`
	Status      string `json:"status"`
	Name        string `json:"name"`
	SavedAt     string `json:"saved_at" format:"date-time"`
	PublishedAt string `json:"published_at,omitempty" format:"date-time"`
	PublishAt   string `json:"publish_at,omitempty" format:"date-time"`
}

// listFlowVersions is a flow's history, newest first.
func (a *API) listFlowVersions(ctx context.Context, in *flowInput) (*list[flowVersionBody], error) {
	var bodies []flowVersionBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := flow.Versions(ctx, tx, in.ID)
		for _, v := range all {
			b := flowVersionBody{Version: v.Version, Status: string(v.State), Name: v.Document.Name, SavedAt: rfc3339(v.SavedAt)}
			if !v.PublishedAt.IsZero() {
				b.PublishedAt = rfc3339(v.PublishedAt)
			}
			if !v.PublishAt.IsZero() {
				b.PublishAt = rfc3339(v.PublishAt)
			}
			bodies = append(bodies, b)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

type flowFileOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// exportFlow hands a version out as a file that POST /flows takes as document.
func (a *API) exportFlow(ctx context.Context, in *flowVersionInput) (*flowFileOutput, error) {
	var v flow.Version
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		v, err = flow.Find(ctx, tx, in.ID, in.Version)
		return err
	})
	if err != nil {
		return nil, err
	}
	text, err := flow.Export(v.Document)
	if err != nil {
		return nil, err
	}
	return &flowFileOutput{"application/json", `attachment; filename="` + string(in.ID) + `.json"`, text}, nil
}

type diffInput struct {
	ID   flow.ID `path:"id"`
	From int64   `query:"from" required:"true"`
	To   int64   `query:"to" required:"true"`
}

type fieldChangeBody struct {
	Field  string          `json:"field" example:"payments.DE"`
	Before json.RawMessage `json:"before,omitempty" doc:"Left out: the field was not there"`
	After  json.RawMessage `json:"after,omitempty"`
}

// diffFlow says what differs between two versions.
func (a *API) diffFlow(ctx context.Context, in *diffInput) (*list[fieldChangeBody], error) {
	var bodies []fieldChangeBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		from, err := flow.Find(ctx, tx, in.ID, in.From)
		if err != nil {
			return err
		}
		to, err := flow.Find(ctx, tx, in.ID, in.To)
		if err != nil {
			return err
		}
		changes, err := flow.Diff(from.Document, to.Document)
		for _, c := range changes {
			bodies = append(bodies, fieldChangeBody{c.Field, json.RawMessage(c.Before), json.RawMessage(c.After)})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}
