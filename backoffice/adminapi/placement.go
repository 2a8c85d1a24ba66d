package adminapi

import (
	"context"

	"korzo/offer/placement"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
)

// ruleFactBody is something a category's rule may speak of.
type ruleFactBody struct {
	Name    string `json:"name" example:"product.tags"`
	Type    string `json:"type" example:"list<string>"`
	Doc     string `json:"doc"`
	Example string `json:"example" doc:"A whole rule that uses it"`
}

func (a *API) categoryRuleFacts(ctx context.Context, _ *struct{}) (*list[ruleFactBody], error) {
	var bodies []ruleFactBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		facts, err := placement.Facts(ctx, tx)
		for _, f := range facts {
			bodies = append(bodies, ruleFactBody(f))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

type tryRuleInput struct {
	Body struct {
		Category string `json:"category,omitempty" doc:"The category that would have the rule; empty for one to be"`
		Rule     string `json:"rule" minLength:"1" maxLength:"4096" example:"\"linen\" in product.tags"`
	}
}

type triedBody struct {
	Looked  int          `json:"looked" doc:"Products it was asked about, the newest first: at most 20,000"`
	All     bool         `json:"all" doc:"Those are all there are"`
	Catches int          `json:"catches"`
	Comes   int          `json:"comes" doc:"Of those it catches: not in the category now"`
	Goes    int          `json:"goes" doc:"In the category now, and not caught"`
	Sample  []caughtBody `json:"sample" doc:"The first 20 it catches, then the first 20 that would go"`
}

type caughtBody struct {
	Product string `json:"product"`
	Title   string `json:"title"`
	New     bool   `json:"new"`
	Goes    bool   `json:"goes"`
}

type triedOutput struct{ Body triedBody }

// tryCategoryRule tells what a rule would do and changes nothing.
func (a *API) tryCategoryRule(ctx context.Context, in *tryRuleInput) (*triedOutput, error) {
	p, err := placement.Try(ctx, a.DB, taxonomy.CategoryID(in.Body.Category), in.Body.Rule)
	if err != nil {
		return nil, err
	}
	b := triedBody{Looked: p.Looked, All: p.All, Catches: p.Catches, Comes: p.Comes, Goes: p.Goes, Sample: []caughtBody{}}
	for _, c := range p.Sample {
		b.Sample = append(b.Sample, caughtBody{string(c.Product), c.Title, c.New, c.Goes})
	}
	return &triedOutput{b}, nil
}
