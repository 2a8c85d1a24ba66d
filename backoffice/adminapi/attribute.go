package adminapi

import (
	"context"
	"fmt"
	"strconv"

	"korzo/offer/taxonomy"
	"korzo/platform/audit"
	"korzo/platform/db"
)

type attributeBody struct {
	Code string `json:"code" doc:"a–z, 0–9, _ and -; never changes"`
	AttributeFields
	Version int64 `json:"version"`
}

// AttributeFields are all that may be said of an attribute beside its code.
type AttributeFields struct {
	Type       string            `json:"type" enum:"text,number,bool,option,date" doc:"Never changes"`
	Unit       string            `json:"unit,omitempty" doc:"Of numbers: ml"`
	Facet      bool              `json:"facet,omitempty" doc:"Shoppers filter by it"`
	Private    bool              `json:"private,omitempty" doc:"Seen by staff alone"`
	Everywhere bool              `json:"everywhere,omitempty" doc:"Any product may have it, whatever its categories: a custom field"`
	Several    bool              `json:"several,omitempty" doc:"A product may have more than one value"`
	Title      string            `json:"title"`
	Titles     map[string]string `json:"titles,omitempty" doc:"By locale"`
	Options    []optionBody      `json:"options,omitempty" maxItems:"500" doc:"Of type option, in order; one that was added can be renamed, not removed"`
	Position   int64             `json:"position,omitempty"`
}

type optionBody struct {
	Code   string            `json:"code"`
	Title  string            `json:"title"`
	Titles map[string]string `json:"titles,omitempty"`
}

func attributeOf(a taxonomy.Attribute) attributeBody {
	b := attributeBody{Code: a.Code, Version: a.Version, AttributeFields: AttributeFields{Type: string(a.Type), Unit: a.Unit, Facet: a.Facet,
		Private: a.Private, Everywhere: a.Everywhere, Several: a.Several, Position: a.Position}}
	b.Title, b.Titles = splitTitles(a.Titles)
	for _, o := range a.Options {
		option := optionBody{Code: o.Code}
		option.Title, option.Titles = splitTitles(o.Titles)
		b.Options = append(b.Options, option)
	}
	return b
}

func splitTitles(all map[string]string) (base string, others map[string]string) {
	others = map[string]string{}
	for locale, t := range all {
		if locale != "" {
			others[locale] = t
		}
	}
	return all[""], others
}

func joinTitles(base string, others map[string]string) map[string]string {
	all := map[string]string{"": base}
	for locale, t := range others {
		if locale != "" {
			all[locale] = t
		}
	}
	return all
}

func (f AttributeFields) attribute(code string) taxonomy.Attribute {
	a := taxonomy.Attribute{Code: code, Type: taxonomy.Type(f.Type), Unit: f.Unit, Facet: f.Facet, Private: f.Private, Everywhere: f.Everywhere,
		Several: f.Several, Position: f.Position, Titles: joinTitles(f.Title, f.Titles)}
	for _, o := range f.Options {
		a.Options = append(a.Options, taxonomy.Option{Code: o.Code, Titles: joinTitles(o.Title, o.Titles)})
	}
	return a
}

type attributeOutput struct {
	ETag string `header:"ETag"`
	Body attributeBody
}

func attributeOutputOf(a taxonomy.Attribute) *attributeOutput {
	return &attributeOutput{fmt.Sprintf("%q", strconv.FormatInt(a.Version, 10)), attributeOf(a)}
}

// listAttributes answers with all of them: there are at most 500.
func (a *API) listAttributes(ctx context.Context, _ *struct{}) (*list[attributeBody], error) {
	var bodies []attributeBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		t, err := taxonomy.Load(ctx, tx)
		if err != nil {
			return err
		}
		for _, one := range t.Attributes() {
			bodies = append(bodies, attributeOf(one))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

type attributeInput struct {
	Code string `path:"code"`
}

func (a *API) showAttribute(ctx context.Context, in *attributeInput) (out *attributeOutput, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		t, err := taxonomy.Load(ctx, tx)
		if err != nil {
			return err
		}
		one, ok := t.Attribute(in.Code)
		if !ok {
			return taxonomy.ErrAttribute
		}
		out = attributeOutputOf(one)
		return nil
	})
	return out, err
}

type createAttributeInput struct {
	Body struct {
		Code string `json:"code"`
		AttributeFields
	}
}

func (a *API) createAttribute(ctx context.Context, in *createAttributeInput) (out *attributeOutput, err error) {
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		one, err := taxonomy.CreateAttribute(ctx, tx, in.Body.attribute(in.Body.Code))
		if err != nil {
			return err
		}
		out = attributeOutputOf(one)
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "attribute.create", Subject: one.Code})
	})
	return out, err
}

type replaceAttributeInput struct {
	Code string `path:"code"`
	VersionInput
	Body struct {
		Version int64 `json:"version,omitempty" minimum:"1" doc:"The version you read; or send it in If-Match"`
		AttributeFields
	}
}

// replaceAttribute writes all of an attribute anew but its code and type.
func (a *API) replaceAttribute(ctx context.Context, in *replaceAttributeInput) (out *attributeOutput, err error) {
	version, err := in.version(in.Body.Version)
	if err != nil {
		return nil, err
	}
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		one := in.Body.attribute(in.Code)
		one.Version = version
		one, err := taxonomy.UpdateAttribute(ctx, tx, one)
		if err != nil {
			return err
		}
		out = attributeOutputOf(one)
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "attribute.update", Subject: one.Code})
	})
	return out, err
}

func (a *API) deleteAttribute(ctx context.Context, in *attributeInput) (*struct{}, error) {
	return nil, a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := taxonomy.DeleteAttribute(ctx, tx, in.Code); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "attribute.delete", Subject: in.Code})
	})
}
