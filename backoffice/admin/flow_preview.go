package admin

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"korzo/offer/catalog"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/purchase/cart"
	"korzo/purchase/checkout"
	"korzo/purchase/flow"
	"korzo/ui"
)

// previewFor is how long the link of a preview holds: long enough to show it to
// a colleague.
const previewFor = 24 * time.Hour

// basketChoice is a basket that a preview may show: a sample, or one that was
// checked out.
type basketChoice struct {
	Key   string // "one", "many", or a session's id
	At    time.Time
	Items int64
	Total int64
	In    string // the market it was in
}

// realBaskets is how many of the latest baskets are offered.
const realBaskets = 6

// baskets are the samples and the latest baskets that shoppers had.
func (a *Admin) baskets(ctx context.Context, tx *db.Tx) ([]basketChoice, error) {
	all := []basketChoice{{Key: "one"}, {Key: "many"}}
	latest, err := checkout.LatestVisits(ctx, tx, realBaskets)
	for _, one := range latest {
		all = append(all, basketChoice{Key: string(one.Session), At: one.At, Items: one.Visit.Cart.Items, Total: one.Visit.Cart.Total, In: one.Visit.Market})
	}
	return all, err
}

// previewFlow leads the frame of the editor to the checkout that its form
// describes, saved or not.
func (a *Admin) previewFlow(v *visit) error {
	f := v.form()
	var e flowEdit
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		version, _ := strconv.ParseInt(f.get("version"), 10, 64)
		if e, err = a.loadFlow(v.ctx(), tx, flow.ID(v.r.PathValue("id")), version); err != nil {
			return err
		}
		f.readFlow(&e)
		return nil
	})
	if err != nil {
		return err
	}
	to, err := a.frame(v, f, e)
	if err != nil {
		return err
	}
	http.Redirect(v.w, v.r, to, http.StatusSeeOther)
	return nil
}

// frame is the address of a preview as the form asks for it.
func (a *Admin) frame(v *visit, f *form, e flowEdit) (string, error) {
	if len(e.Markets) == 0 {
		return "", nil
	}
	p := checkout.Preview{Document: e.Doc, Flow: e.Version.Flow, Market: cmp.Or(f.get("as.market"), e.Markets[0].ID),
		Channel: cmp.Or(f.get("as.channel"), "web"), Locale: f.get("as.language"), Until: v.now.Add(previewFor)}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if err = a.pretend(v, tx, f, e, &p); err != nil {
			return err
		}
		p.Lines, err = a.previewLines(v.ctx(), tx, f.get("as.basket"), p.Market)
		return err
	})
	if err != nil {
		return "", err
	}
	link, err := p.Link(a.Keeper)
	if err != nil {
		return "", err
	}
	to := "/checkout/preview?of=" + link
	if step := f.get("as.step"); step != "" {
		to += "&step=" + step
	}
	return to, nil
}

// previewLines are what a preview has in its basket: of one that was checked
// out, or things on sale in the market.
func (a *Admin) previewLines(ctx context.Context, tx *db.Tx, basket, marketID string) (lines []checkout.PreviewLine, err error) {
	if strings.HasPrefix(basket, "chk_") {
		latest, err := checkout.LatestVisits(ctx, tx, 2000)
		for _, one := range latest {
			if string(one.Session) != basket || err != nil {
				continue
			}
			c, err := cart.Find(ctx, tx, one.Cart, cart.Caller{Customer: one.Customer})
			for _, l := range c.Lines {
				lines = append(lines, checkout.PreviewLine{Variant: string(l.Variant), Quantity: l.Quantity})
			}
			return lines, err
		}
		if err != nil {
			return nil, err
		}
	}
	m, err := market.Find(ctx, tx, marketID)
	if err != nil {
		return nil, err
	}
	page, _, err := catalog.List(ctx, tx, catalog.Filter{Status: catalog.StatusActive, Limit: 40})
	if err != nil {
		return nil, err
	}
	rows, err := withStock(ctx, tx, page)
	for _, row := range rows {
		for _, price := range row.Prices {
			if price.Currency == m.Currency && row.Units > 0 && len(row.Variants) > 0 && len(lines) < 3 {
				lines = append(lines, checkout.PreviewLine{Variant: string(row.Variants[0].ID), Quantity: int64(len(lines)%2 + 1)})
				break
			}
		}
		if len(lines) > 0 && basket != "many" {
			break
		}
	}
	return lines, err
}

// basketOptions are the baskets as answers of a select.
func (v *visit) basketOptions(all []basketChoice) []ui.Option {
	options := make([]ui.Option, len(all))
	for i, b := range all {
		text := v.T("admin.flow.basket_" + b.Key)
		if !b.At.IsZero() {
			text = v.T("admin.flow.basket_real", "Time", v.time(b.At), "Items", v.Number(b.Items))
		}
		options[i] = ui.Option{Value: b.Key, Label: text}
	}
	return options
}
