package adminapi

import (
	"context"
	"encoding/json"
	"time"

	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/purchase/promotion"
	"korzo/purchase/promotion/basket"
	"korzo/value/money"
)

var errBenefit = fault.New(fault.Invalid, "adminapi.benefit", "give either percent or amount, or a benefit")

// specBody is a benefit or a condition.
type specBody struct {
	Kind     string          `json:"kind" doc:"Benefits: percent, fixed, shipping, buyxgety, cheapest, tiered, minimum. Conditions: total, quantity, items, customer, where, clock, expression" example:"percent"`
	Settings json.RawMessage `json:"settings" doc:"As the kind asks for; a refusal names the field and shows an example"`
}

// namesBody names goods by any of their names.
type namesBody struct {
	Products   []string `json:"products,omitempty" maxItems:"1000"`
	Variants   []string `json:"variants,omitempty" maxItems:"1000"`
	Tags       []string `json:"tags,omitempty" maxItems:"1000"`
	Categories []string `json:"categories,omitempty" maxItems:"1000" doc:"Ids or slugs"`
}

type itemsBody struct {
	namesBody
	Except *namesBody `json:"except,omitempty"`
}

func (b *itemsBody) items() (items basket.Items) {
	if b == nil {
		return items
	}
	items.Names = basket.Names(b.namesBody)
	if b.Except != nil {
		items.Except = basket.Names(*b.Except)
	}
	return items
}

func itemsOf(s basket.Items) *itemsBody {
	if s.IsZero() {
		return nil
	}
	b := &itemsBody{namesBody: namesBody(s.Names)}
	if !s.Except.IsZero() {
		except := namesBody(s.Except)
		b.Except = &except
	}
	return b
}

// draftBody is what a merchant decides about a promotion.
type draftBody struct {
	Name        string      `json:"name" maxLength:"200"`
	Code        string      `json:"code,omitempty" maxLength:"100" doc:"Left out, and by_code too: it applies by itself"`
	ByCode      bool        `json:"by_code,omitempty" doc:"It applies by code; codes are added or generated afterwards"`
	Percent     *percent    `json:"percent,omitempty" doc:"Short for the benefit percent"`
	Amount      *amountBody `json:"amount,omitempty" doc:"Short for the benefit fixed, off the order"`
	Benefit     *specBody   `json:"benefit,omitempty"`
	Items       *itemsBody  `json:"items,omitempty" doc:"The goods it is for; left out: all"`
	Conditions  []specBody  `json:"conditions,omitempty" maxItems:"20" doc:"All must hold"`
	Market      string      `json:"market,omitempty"`
	Priority    int64       `json:"priority,omitempty" doc:"The higher comes first"`
	Exclusive   bool        `json:"exclusive,omitempty" doc:"Combines with no other"`
	UsageLimit  int64       `json:"usage_limit,omitempty" minimum:"0" doc:"In all; 0: without limit"`
	PerCustomer int64       `json:"per_customer,omitempty" minimum:"0" doc:"For each customer or e-mail address"`
	Period      string      `json:"period,omitempty" enum:"day,week,month" doc:"With per_period"`
	PerPeriod   int64       `json:"per_period,omitempty" minimum:"0"`
	Budget      *amountBody `json:"budget,omitempty" doc:"What it may take off in all"`
	Starts      time.Time   `json:"starts_at,omitempty"`
	Ends        time.Time   `json:"ends_at,omitempty"`
	Draft       bool        `json:"draft,omitempty" doc:"It does not apply until it is made active"`
}

func (b *draftBody) draft() (promotion.Draft, error) {
	d := promotion.Draft{Name: b.Name, Code: b.Code, ByCode: b.ByCode, Items: b.Items.items(), Market: b.Market, Priority: b.Priority,
		Exclusive: b.Exclusive, UsageLimit: b.UsageLimit, PerCustomer: b.PerCustomer, Period: promotion.Period(b.Period), PerPeriod: b.PerPeriod,
		Starts: b.Starts, Ends: b.Ends, State: promotion.StateActive}
	if b.Draft {
		d.State = promotion.StateDraft
	}
	given := 0
	if b.Percent != nil {
		given++
		d.Benefit = promotion.PercentOff(int64(*b.Percent))
	}
	if b.Amount != nil {
		given++
		d.Benefit = promotion.AmountOff(b.Amount.money())
	}
	if b.Benefit != nil {
		given++
		d.Benefit = promotion.Spec(*b.Benefit)
	}
	if given != 1 {
		return d, errBenefit
	}
	for _, c := range b.Conditions {
		d.Conditions = append(d.Conditions, promotion.Spec(c))
	}
	if b.Budget != nil {
		d.Budget = b.Budget.money()
	}
	return d, nil
}

type promotionBody struct {
	ID          string      `json:"id"`
	Name        string      `json:"name"`
	Code        string      `json:"code,omitempty"`
	ByCode      bool        `json:"by_code"`
	Percent     *percent    `json:"percent,omitempty"`
	Amount      *amountBody `json:"amount,omitempty"`
	Benefit     specBody    `json:"benefit"`
	Items       *itemsBody  `json:"items,omitempty"`
	Conditions  []specBody  `json:"conditions,omitempty"`
	Market      string      `json:"market,omitempty"`
	Priority    int64       `json:"priority"`
	Exclusive   bool        `json:"exclusive"`
	UsageLimit  int64       `json:"usage_limit,omitempty" doc:"0: without limit"`
	Used        int64       `json:"used"`
	PerCustomer int64       `json:"per_customer,omitempty"`
	Period      string      `json:"period,omitempty"`
	PerPeriod   int64       `json:"per_period,omitempty"`
	Budget      *amountBody `json:"budget,omitempty"`
	Spent       *amountBody `json:"spent,omitempty" doc:"Of the budget"`
	Status      string      `json:"status"`
	Starts      string      `json:"starts_at,omitempty" format:"date-time"`
	Ends        string      `json:"ends_at,omitempty" format:"date-time"`
}

func promotionOf(p promotion.Promotion) promotionBody {
	b := promotionBody{ID: string(p.ID), Name: p.Name, Code: p.Code, ByCode: p.ByCode, Benefit: specBody(p.Benefit), Items: itemsOf(p.Items),
		Market: p.Market, Priority: p.Priority, Exclusive: p.Exclusive, UsageLimit: p.UsageLimit, Used: p.Used, PerCustomer: p.PerCustomer,
		Period: string(p.Period), PerPeriod: p.PerPeriod, Status: string(p.State), Starts: rfc3339(p.Starts), Ends: rfc3339(p.Ends)}
	for _, c := range p.Conditions {
		b.Conditions = append(b.Conditions, specBody(c))
	}
	if ppm, ok := p.Percent(); ok {
		n := percent(ppm)
		b.Percent = &n
	}
	if amount, ok := p.Amount(); ok {
		a := amountOf(amount)
		b.Amount = &a
	}
	if p.Budget.Minor > 0 {
		budget, spent := amountOf(p.Budget), amountOf(money.Of(p.Spent, p.Budget.Currency))
		b.Budget, b.Spent = &budget, &spent
	}
	return b
}

type createPromotionInput struct {
	Body draftBody
}

type promotionOutput struct {
	Body promotionBody
}

func (a *API) createPromotion(ctx context.Context, in *createPromotionInput) (*promotionOutput, error) {
	draft, err := in.Body.draft()
	if err != nil {
		return nil, err
	}
	return a.changePromotion(ctx, "promotion.create", func(tx *db.Tx) (promotion.Promotion, error) {
		return promotion.Create(ctx, tx, draft)
	})
}

// changePromotion writes and records one change.
func (a *API) changePromotion(ctx context.Context, action string, change func(tx *db.Tx) (promotion.Promotion, error)) (*promotionOutput, error) {
	out := new(promotionOutput)
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		p, err := change(tx)
		if err != nil {
			return err
		}
		out.Body = promotionOf(p)
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: action, Subject: string(p.ID)})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type promotionInput struct {
	ID promotion.ID `path:"id"`
}

func (a *API) showPromotion(ctx context.Context, in *promotionInput) (*promotionOutput, error) {
	out := new(promotionOutput)
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		p, err := promotion.Find(ctx, tx, in.ID)
		out.Body = promotionOf(p)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type updatePromotionInput struct {
	ID   promotion.ID `path:"id"`
	Body draftBody
}

// updatePromotion replaces all but the code and the status.
func (a *API) updatePromotion(ctx context.Context, in *updatePromotionInput) (*promotionOutput, error) {
	draft, err := in.Body.draft()
	if err != nil {
		return nil, err
	}
	return a.changePromotion(ctx, "promotion.update", func(tx *db.Tx) (promotion.Promotion, error) {
		return promotion.Update(ctx, tx, in.ID, draft)
	})
}

type movePromotionInput struct {
	ID   promotion.ID `path:"id"`
	Body struct {
		Status string `json:"status" enum:"active,paused,ended"`
	}
}

func (a *API) movePromotion(ctx context.Context, in *movePromotionInput) (*promotionOutput, error) {
	return a.changePromotion(ctx, "promotion.state", func(tx *db.Tx) (promotion.Promotion, error) {
		if err := promotion.SetState(ctx, tx, in.ID, promotion.State(in.Body.Status)); err != nil {
			return promotion.Promotion{}, err
		}
		return promotion.Find(ctx, tx, in.ID)
	})
}

type listPromotionsInput struct {
	PageInput
	Query  string `query:"q" maxLength:"200" doc:"Part of the name, or the beginning of a code"`
	Status string `query:"status" enum:",draft,active,paused,ended"`
	How    string `query:"applies" enum:",automatic,code"`
	Kind   string `query:"benefit" maxLength:"40"`
	Market string `query:"market" maxLength:"40" doc:"Those that hold in it, also those for all markets"`
	Sort   string `query:"sort" enum:",newest,name,name_last,used,used_last,priority,priority_last" doc:"The oldest first if left out"`
}

func (a *API) listPromotions(ctx context.Context, in *listPromotionsInput) (*list[promotionBody], error) {
	if err := in.behind("promo"); err != nil {
		return nil, err
	}
	var bodies []promotionBody
	var next promotion.ID
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		page, after, err := promotion.List(ctx, tx, promotion.Filter{Query: in.Query, State: promotion.State(in.Status), How: promotion.How(in.How),
			Kind: in.Kind, Market: in.Market, Sort: promotion.Sort(in.Sort), After: promotion.ID(in.After), Limit: in.Limit})
		for _, p := range page {
			bodies = append(bodies, promotionOf(p))
		}
		next = after
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, string(next)), nil
}

type codeBody struct {
	Code       string `json:"code"`
	UsageLimit int64  `json:"usage_limit,omitempty"`
	Used       int64  `json:"used" doc:"Counted only where the code has a limit of its own"`

	CreatedAt time.Time `json:"created_at"`
}

type listCodesInput struct {
	ID    promotion.ID `path:"id"`
	Query string       `query:"q" maxLength:"100" doc:"How the code begins"`
	Left  string       `query:"left" enum:",open,spent" doc:"open may still be used, spent has reached its own limit"`
	Limit int          `query:"limit" minimum:"1" maximum:"100" default:"50"`
	After string       `query:"after" maxLength:"200"`
}

func (a *API) listCodes(ctx context.Context, in *listCodesInput) (*list[codeBody], error) {
	var bodies []codeBody
	next := ""
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		if _, err := promotion.Find(ctx, tx, in.ID); err != nil {
			return err
		}
		page, after, err := promotion.Codes(ctx, tx, promotion.CodeFilter{Promotion: in.ID, Query: in.Query, Left: promotion.Left(in.Left), After: in.After, Limit: in.Limit})
		for _, c := range page {
			bodies = append(bodies, codeBody{c.Code, c.UsageLimit, c.Used, c.CreatedAt})
		}
		next = after
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, next), nil
}

type addCodesInput struct {
	ID   promotion.ID `path:"id"`
	Body struct {
		Codes      []string `json:"codes,omitempty" maxItems:"10000" doc:"Codes to add, or left out to have count generated"`
		Count      int      `json:"count,omitempty" minimum:"0" maximum:"10000"`
		Prefix     string   `json:"prefix,omitempty" maxLength:"60"`
		UsageLimit int64    `json:"usage_limit,omitempty" minimum:"0" doc:"Of each code; 0: as the promotion limits them"`
	}
}

type addCodesOutput struct {
	Body struct {
		Codes []string `json:"codes"`
	}
}

func (a *API) addCodes(ctx context.Context, in *addCodesInput) (*addCodesOutput, error) {
	out := new(addCodesOutput)
	err := a.DB.Write(ctx, func(tx *db.Tx) (err error) {
		b := in.Body
		if out.Body.Codes = b.Codes; len(b.Codes) > 0 {
			err = promotion.AddCodes(ctx, tx, in.ID, b.Codes, b.UsageLimit)
		} else {
			out.Body.Codes, err = promotion.Generate(ctx, tx, in.ID, b.Count, b.Prefix, b.UsageLimit)
		}
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "promotion.codes", Subject: string(in.ID)})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
