package adminapi

import (
	"context"
	"slices"
	"time"

	"korzo/customer/group"
	"korzo/customer/segment"
	"korzo/offer/catalog"
	"korzo/offer/pricing"
	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/value/money"
)

// priceRoutes are price lists, the customer groups they may be for, and the
// simulator of promotions.
func (a *API) priceRoutes(r routes) {
	add(r, "POST", "/promotions/simulate", "Promotions", "Replay orders against a promotion", "promotions.read", a.simulatePromotion)
	add(r, "GET", "/price-lists", "Prices", "List price lists", "catalog.read", a.listPriceLists)
	add(r, "POST", "/price-lists", "Prices", "Create a price list", "catalog.write", a.createPriceList)
	add(r, "GET", "/price-lists/{id}", "Prices", "Show a price list", "catalog.read", a.showPriceList)
	add(r, "PUT", "/price-lists/{id}", "Prices", "Change a price list", "catalog.write", a.updatePriceList)
	add(r, "DELETE", "/price-lists/{id}", "Prices", "Archive a price list", "catalog.write", a.archivePriceList)
	add(r, "GET", "/price-lists/{id}/prices", "Prices", "List the prices of a list", "catalog.read", a.listListPrices)
	add(r, "PUT", "/price-lists/{id}/prices", "Prices", "Set or remove prices of a list", "catalog.write", a.setListPrices)
	add(r, "GET", "/prices/explain", "Prices", "Explain which list wins", "catalog.read", a.explainPrice)
	add(r, "GET", "/customer-groups", "Customers", "List customer groups", "customers.read", a.listGroups)
	add(r, "POST", "/customer-groups", "Customers", "Create a customer group", "customers.write", a.createGroup)
	add(r, "POST", "/customer-groups/{id}/members", "Customers", "Add and remove members", "customers.write", a.changeMembers)
	a.segmentRoutes(r)
	add(r, "PATCH", "/customers/{id}/standing", "Customers", "Set a customer's tier and tags", "customers.write", a.setStanding)
}

// listDraft is what a merchant decides about a price list.
type listDraft struct {
	Name     string    `json:"name" maxLength:"200"`
	Market   string    `json:"market" doc:"It stays"`
	Kind     string    `json:"kind,omitempty" enum:"override,sale" doc:"A sale is announced: the prior price is shown with it"`
	Channel  string    `json:"channel,omitempty"`
	Group    string    `json:"group,omitempty" doc:"A customer group, or a segment; left out: everyone"`
	Priority int64     `json:"priority,omitempty" doc:"The higher wins; of equal ones the lower price"`
	Starts   time.Time `json:"starts_at,omitempty"`
	Ends     time.Time `json:"ends_at,omitempty"`
	Status   string    `json:"status,omitempty" enum:"draft,active,archived"`
}

func (b *listDraft) list() pricing.List {
	return pricing.List{Name: b.Name, Market: b.Market, Kind: pricing.Kind(b.Kind), Channel: b.Channel, Group: b.Group, Priority: b.Priority,
		Starts: b.Starts, Ends: b.Ends, State: pricing.State(b.Status)}
}

type priceListBody struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Market   string `json:"market"`
	Currency string `json:"currency"`
	Kind     string `json:"kind"`
	Channel  string `json:"channel,omitempty"`
	Group    string `json:"group,omitempty"`
	Priority int64  `json:"priority"`
	Starts   string `json:"starts_at,omitempty" format:"date-time"`
	Ends     string `json:"ends_at,omitempty" format:"date-time"`
	Status   string `json:"status"`
}

func priceListOf(l pricing.List) priceListBody {
	return priceListBody{string(l.ID), l.Name, l.Market, string(l.Currency), string(l.Kind), l.Channel, l.Group, l.Priority,
		rfc3339(l.Starts), rfc3339(l.Ends), string(l.State)}
}

type priceListOutput struct {
	Body priceListBody
}

type priceListInput struct {
	ID pricing.ListID `path:"id"`
}

// changeList writes and records one change of a price list.
func (a *API) changeList(ctx context.Context, action string, change func(tx *db.Tx) (pricing.List, error)) (*priceListOutput, error) {
	out := new(priceListOutput)
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		l, err := change(tx)
		if err != nil {
			return err
		}
		out.Body = priceListOf(l)
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: action, Subject: string(l.ID)})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (a *API) listPriceLists(ctx context.Context, _ *struct{}) (*list[priceListBody], error) {
	var bodies []priceListBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := pricing.Lists(ctx, tx)
		for _, l := range all {
			bodies = append(bodies, priceListOf(l))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

// forSomeone refuses a group that is no customer group and no segment: nobody
// would ever see the list's prices.
func forSomeone(ctx context.Context, tx *db.Tx, id string) error {
	if id == "" {
		return nil
	}
	if segment.Named(id) {
		_, err := segment.Find(ctx, tx, segment.ID(id))
		if err == nil || fault.KindOf(err) != fault.NotFound {
			return err
		}
	}
	groups, err := group.List(ctx, tx)
	if err != nil || slices.ContainsFunc(groups, func(g group.Group) bool { return string(g.ID) == id }) {
		return err
	}
	return pricing.ErrList.With("group: use the id of a customer group or a segment that exists, or none for everyone")
}

func (a *API) createPriceList(ctx context.Context, in *struct{ Body listDraft }) (*priceListOutput, error) {
	return a.changeList(ctx, "price_list.create", func(tx *db.Tx) (pricing.List, error) {
		if err := forSomeone(ctx, tx, in.Body.Group); err != nil {
			return pricing.List{}, err
		}
		return pricing.CreateList(ctx, tx, in.Body.list())
	})
}

func (a *API) showPriceList(ctx context.Context, in *priceListInput) (*priceListOutput, error) {
	out := new(priceListOutput)
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		l, err := pricing.FindList(ctx, tx, in.ID)
		out.Body = priceListOf(l)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type updatePriceListInput struct {
	ID   pricing.ListID `path:"id"`
	Body listDraft
}

func (a *API) updatePriceList(ctx context.Context, in *updatePriceListInput) (*priceListOutput, error) {
	return a.changeList(ctx, "price_list.update", func(tx *db.Tx) (pricing.List, error) {
		before, err := pricing.FindList(ctx, tx, in.ID)
		if err == nil && in.Body.Group != before.Group { // a segment that is gone since stays where it stands
			err = forSomeone(ctx, tx, in.Body.Group)
		}
		if err != nil {
			return before, err
		}
		l := in.Body.list()
		l.ID = in.ID
		return pricing.UpdateList(ctx, tx, l)
	})
}

// archivePriceList keeps the list for the history of prices.
func (a *API) archivePriceList(ctx context.Context, in *priceListInput) (*priceListOutput, error) {
	return a.changeList(ctx, "price_list.archive", func(tx *db.Tx) (pricing.List, error) {
		l, err := pricing.FindList(ctx, tx, in.ID)
		if err != nil {
			return l, err
		}
		l.State = pricing.StateArchived
		return pricing.UpdateList(ctx, tx, l)
	})
}

type listPriceBody struct {
	SKU      string `json:"sku,omitempty" doc:"Or variant"`
	Variant  string `json:"variant,omitempty"`
	From     int64  `json:"from,omitempty" minimum:"0" doc:"Units of one line from which it holds; left out: 1"`
	Amount   int64  `json:"amount"`
	Currency string `json:"currency" minLength:"3" maxLength:"3"`
}

type listListPricesInput struct {
	ID    pricing.ListID `path:"id"`
	Limit int            `query:"limit" minimum:"1" maximum:"100" default:"100"`
	After string         `query:"after" maxLength:"200"`
}

func (a *API) listListPrices(ctx context.Context, in *listListPricesInput) (*list[listPriceBody], error) {
	var bodies []listPriceBody
	next := ""
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		if _, err := pricing.FindList(ctx, tx, in.ID); err != nil {
			return err
		}
		page, after, err := pricing.Entries(ctx, tx, in.ID, in.After, in.Limit)
		for _, e := range page {
			bodies = append(bodies, listPriceBody{Variant: string(e.Variant), From: e.From, Amount: e.Amount.Minor, Currency: string(e.Amount.Currency)})
		}
		next = after
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, next), nil
}

type setListPricesInput struct {
	ID   pricing.ListID `path:"id"`
	Body struct {
		Prices []listPriceBody `json:"prices,omitempty" maxItems:"1000"`
		Remove []string        `json:"remove,omitempty" maxItems:"1000" doc:"SKUs that leave the list"`
	}
}

// setListPrices sets all prices or none.
func (a *API) setListPrices(ctx context.Context, in *setListPricesInput) (*priceListOutput, error) {
	return a.changeList(ctx, "price_list.prices", func(tx *db.Tx) (pricing.List, error) {
		l, err := pricing.FindList(ctx, tx, in.ID)
		if err != nil {
			return l, err
		}
		entries, gone, err := entriesOf(ctx, tx, in.Body.Prices, in.Body.Remove)
		if err == nil {
			err = pricing.RemovePrices(ctx, tx, in.ID, gone)
		}
		if err == nil && (len(entries) > 0 || len(gone) == 0) {
			err = pricing.SetPrices(ctx, tx, in.ID, entries)
		}
		return l, err
	})
}

// entriesOf finds the variants of SKUs.
func entriesOf(ctx context.Context, tx *db.Tx, prices []listPriceBody, remove []string) (entries []pricing.Entry, gone []catalog.VariantID, err error) {
	skus := append([]string{}, remove...)
	for _, p := range prices {
		if p.Variant == "" {
			skus = append(skus, p.SKU)
		}
	}
	known, err := catalog.SKUs(ctx, tx, skus)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range prices {
		id := catalog.VariantID(p.Variant)
		if id == "" {
			if id = known[p.SKU].ID; id == "" {
				return nil, nil, noSKU(p.SKU)
			}
		}
		entries = append(entries, pricing.Entry{Variant: id, From: max(p.From, 1), Amount: money.Of(p.Amount, money.Currency(p.Currency))})
	}
	for _, sku := range remove {
		v, ok := known[sku]
		if !ok {
			return nil, nil, noSKU(sku)
		}
		gone = append(gone, v.ID)
	}
	return entries, gone, nil
}

type explainPriceInput struct {
	SKU      string   `query:"sku" maxLength:"64" required:"true"`
	Market   string   `query:"market" required:"true"`
	Channel  string   `query:"channel"`
	Groups   []string `query:"group" maxItems:"100"`
	Quantity int64    `query:"quantity" minimum:"1" default:"1"`
}

type whyPriceBody struct {
	List   string      `json:"list"`
	Name   string      `json:"name,omitempty"`
	Fits   bool        `json:"fits"`
	Reason string      `json:"reason,omitempty"`
	Price  *amountBody `json:"price,omitempty"`
	Wins   bool        `json:"wins"`
}

func (a *API) explainPrice(ctx context.Context, in *explainPriceInput) (*list[whyPriceBody], error) {
	var bodies []whyPriceBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		v, err := catalog.FindSKU(ctx, tx, in.SKU)
		if err != nil {
			return err
		}
		q := pricing.Query{Market: in.Market, Channel: in.Channel, Groups: in.Groups}
		why, err := pricing.Explain(ctx, tx, q, v.ID, in.Quantity)
		for _, w := range why {
			b := whyPriceBody{List: string(w.List), Name: w.Name, Fits: w.Fits, Reason: w.Reason, Wins: w.Wins}
			if w.Amount.Currency != "" {
				price := amountOf(w.Amount)
				b.Price = &price
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
