package adminapi

import (
	"context"
	"strconv"
	"strings"

	"korzo/platform/db"
	"korzo/purchase/tax"
)

type rateBody struct {
	Seq          int64   `json:"seq,omitempty" readOnly:"true"`
	Country      string  `json:"country" minLength:"2" maxLength:"2" example:"DE"`
	Region       string  `json:"region,omitempty" maxLength:"10" example:"CA"`
	PostalPrefix string  `json:"postal_prefix,omitempty" maxLength:"12"`
	Class        string  `json:"class,omitempty" maxLength:"40" doc:"Left out: standard"`
	Name         string  `json:"name" maxLength:"80"`
	Percent      percent `json:"percent"`
	From         string  `json:"from" format:"date"`
	To           string  `json:"to,omitempty" format:"date" doc:"The first day it no longer holds"`
}

func rateOf(e tax.Entry) rateBody {
	return rateBody{e.Seq, e.Country, e.Region, e.PostalPrefix, e.Class, e.Name, percent(e.PPM), e.From.String(), e.To.String()}
}

type listRatesInput struct {
	Country string `query:"country" maxLength:"2"`
	PageInput
}

func (a *API) listRates(ctx context.Context, in *listRatesInput) (*list[rateBody], error) {
	after, err := strconv.ParseInt("0"+in.After, 10, 64)
	if err != nil {
		return nil, errAfter
	}
	var bodies []rateBody
	next := ""
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := tax.List(ctx, tx, tax.Filter{Country: in.Country, After: after, Limit: in.Limit})
		for _, e := range all {
			bodies = append(bodies, rateOf(e))
		}
		if n := len(all); n == in.Limit {
			next = strconv.FormatInt(all[n-1].Seq, 10)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, next), nil
}

type saveRateInput struct {
	Body rateBody
}

type rateOutput struct {
	Body rateBody
}

func (a *API) saveRate(ctx context.Context, in *saveRateInput) (*rateOutput, error) {
	b := in.Body
	e := tax.Entry{Country: b.Country, Region: b.Region, PostalPrefix: b.PostalPrefix, Class: b.Class, Name: b.Name, PPM: int64(b.Percent)}
	var err error
	if e.From, err = dayOf(b.From); err != nil {
		return nil, err
	}
	if e.To, err = dayOf(b.To); err != nil {
		return nil, err
	}
	err = a.change(ctx, "tax.rate", b.Country, func(tx *db.Tx) error { return tax.SaveRate(ctx, tx, e) })
	if err != nil {
		return nil, err
	}
	return &rateOutput{b}, nil
}

type rateInput struct {
	Seq int64 `path:"seq"`
}

func (a *API) removeRate(ctx context.Context, in *rateInput) (*struct{}, error) {
	return nil, a.change(ctx, "tax.remove", strconv.FormatInt(in.Seq, 10), func(tx *db.Tx) error { return tax.RemoveRate(ctx, tx, in.Seq) })
}

type importRatesInput struct {
	Body struct {
		CSV    string `json:"csv" maxLength:"10000000" doc:"With the columns country,region,postcodes,class,name,percent,from,to; postcodes may be ranges: 90001-90899"`
		DryRun bool   `json:"dry_run,omitempty" doc:"Only say what would be"`
	}
}

type importRatesOutput struct {
	Body importedRates
}

type importedRates struct {
	Entries int       `json:"entries" doc:"How many were written, or would be"`
	Bad     []badRate `json:"bad" doc:"Rows that are not right. While there are any, nothing is written"`
}

type badRate struct {
	Row  int    `json:"row"`
	Text string `json:"text"`
}

// importRates writes the rates of a file, all or none.
func (a *API) importRates(ctx context.Context, in *importRatesInput) (*importRatesOutput, error) {
	entries, bad, err := tax.ReadCSV(strings.NewReader(in.Body.CSV))
	if err != nil {
		return nil, err
	}
	out := &importRatesOutput{importedRates{Entries: len(entries), Bad: []badRate{}}}
	for _, b := range bad {
		out.Body.Bad = append(out.Body.Bad, badRate{b.Row, b.Text})
	}
	if in.Body.DryRun || len(bad) > 0 {
		return out, nil
	}
	err = a.change(ctx, "tax.import", "rates", func(tx *db.Tx) error { return tax.SaveRates(ctx, tx, entries) })
	if err != nil {
		return nil, err
	}
	return out, nil
}

type europeanInput struct {
	Body struct {
		Countries []string `json:"countries,omitempty" maxItems:"40" doc:"Left out: all"`
	}
}

func (a *API) saveEuropean(ctx context.Context, in *europeanInput) (*importRatesOutput, error) {
	out := &importRatesOutput{importedRates{Bad: []badRate{}}}
	err := a.change(ctx, "tax.european", strings.Join(in.Body.Countries, ","), func(tx *db.Tx) (err error) {
		out.Body.Entries, err = tax.SaveEuropean(ctx, tx, in.Body.Countries...)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type taxSettingsBody struct {
	Provider      string `json:"provider" enum:"table,exempt" doc:"table: the rates of the table; exempt: the seller charges no tax"`
	ShippingClass string `json:"shipping_class,omitempty" maxLength:"40" doc:"The tax class of the delivery; goods: as most of the goods' value; shared: with each of the goods' rates, by their share of the value; left out: standard"`
}

type taxSettingsInput struct {
	Market string `path:"market"`
	Body   taxSettingsBody
}

type showTaxSettingsInput struct {
	Market string `path:"market"`
}

type taxSettingsOutput struct {
	Body taxSettingsBody
}

func (a *API) showTaxSettings(ctx context.Context, in *showTaxSettingsInput) (*taxSettingsOutput, error) {
	out := new(taxSettingsOutput)
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		s, err := tax.FindSettings(ctx, tx, in.Market)
		out.Body = taxSettingsBody{s.Provider, s.ShippingClass}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (a *API) saveTaxSettings(ctx context.Context, in *taxSettingsInput) (*taxSettingsOutput, error) {
	err := a.change(ctx, "tax.settings", in.Market, func(tx *db.Tx) error {
		return tax.SaveSettings(ctx, tx, tax.Settings{Market: in.Market, Provider: in.Body.Provider, ShippingClass: in.Body.ShippingClass})
	})
	if err != nil {
		return nil, err
	}
	return &taxSettingsOutput{in.Body}, nil
}

type exemptionBody struct {
	Holder      string `json:"holder,omitempty" readOnly:"true"`
	Country     string `json:"country,omitempty" maxLength:"2" doc:"Left out: every country"`
	Region      string `json:"region,omitempty" maxLength:"10"`
	Certificate string `json:"certificate" maxLength:"80"`
	Reason      string `json:"reason" maxLength:"80" example:"reseller"`
	From        string `json:"from,omitempty" format:"date"`
	To          string `json:"to,omitempty" format:"date"`
}

func (a *API) listExemptions(ctx context.Context, _ *struct{}) (*list[exemptionBody], error) {
	var bodies []exemptionBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := tax.Exemptions(ctx, tx)
		for _, e := range all {
			bodies = append(bodies, exemptionBody{e.Holder, e.Country, e.Region, e.Certificate, e.Reason, e.From.String(), e.To.String()})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

type saveExemptionInput struct {
	Holder string `path:"holder" doc:"A customer, or a guest's cart"`
	Body   exemptionBody
}

type exemptionOutput struct {
	Body exemptionBody
}

func (a *API) saveExemption(ctx context.Context, in *saveExemptionInput) (*exemptionOutput, error) {
	b := in.Body
	e := tax.Exemption{Holder: in.Holder, Country: b.Country, Region: b.Region, Certificate: b.Certificate, Reason: b.Reason}
	var err error
	if e.From, err = dayOf(b.From); err != nil {
		return nil, err
	}
	if e.To, err = dayOf(b.To); err != nil {
		return nil, err
	}
	b.Holder = in.Holder
	err = a.change(ctx, "tax.exempt", in.Holder, func(tx *db.Tx) error { return tax.SaveExemption(ctx, tx, e) })
	if err != nil {
		return nil, err
	}
	return &exemptionOutput{b}, nil
}

type removeExemptionInput struct {
	Holder  string `path:"holder"`
	Country string `query:"country" maxLength:"2"`
	Region  string `query:"region" maxLength:"10"`
}

func (a *API) removeExemption(ctx context.Context, in *removeExemptionInput) (*struct{}, error) {
	return nil, a.change(ctx, "tax.exempt_end", in.Holder, func(tx *db.Tx) error {
		return tax.RemoveExemption(ctx, tx, in.Holder, in.Country, in.Region)
	})
}
