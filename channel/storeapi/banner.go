package storeapi

import (
	"context"
	"log/slog"
	"time"

	"korzo/customer/experiment"
	"korzo/customer/visitor"
	"korzo/engagement/banner"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/i18n"
	"korzo/purchase/buyer"
)

type bannersInput struct {
	UserAgent string `header:"User-Agent"`
	Place     string `query:"place" required:"true" enum:"home,category,product,cart"`
	Market    string `query:"market" doc:"The channel's own when left out"`
	Locale    string `query:"locale" maxLength:"20"`
	Visitor   string `query:"visitor" maxLength:"100" doc:"As POST /visitors issued it: what experiments know them by. Ask where the banners are shown: that they were is written down"`
	Device    string `query:"device" enum:"phone,tablet,desktop,other" doc:"Left out, it is read from User-Agent"`
	Campaign  string `query:"campaign" maxLength:"100" doc:"utm_campaign of the visit"`
	Source    string `query:"visit_source" maxLength:"100" doc:"utm_source"`
	Medium    string `query:"visit_medium" maxLength:"100" doc:"utm_medium"`
	Referrer  string `query:"visit_referrer" maxLength:"200" doc:"The host of the page that led here"`
	New       bool   `query:"visit_new" doc:"They are here for the first time"`
	Pages     int64  `query:"visit_pages" minimum:"0"`
	Searches  int64  `query:"visit_searches" minimum:"0"`
	Country   string `query:"visit_country" maxLength:"2"`
	Code      string `query:"visit_postal_code" maxLength:"12"`
	Consent   bool   `query:"visit_consent" doc:"They agreed to be remembered beyond what is needed"`
}

// visit is what is said of who looks.
func (in *bannersInput) visit() visitor.Visit {
	v := visitor.Visit{Locale: in.Locale, Device: visitor.DeviceOf(in.UserAgent), Place: visitor.Place{Country: in.Country, PostalCode: in.Code},
		Path: visitor.Path{Campaign: in.Campaign, Source: in.Source, Medium: in.Medium, Referrer: in.Referrer, New: in.New, Pages: in.Pages, Searches: in.Searches, Consent: in.Consent}}
	if in.Device != "" {
		v.Device = visitor.Device{Kind: in.Device}
	}
	return v
}

type shownBody struct {
	ID       string     `json:"id"`
	Language string     `json:"language" doc:"In which it is written: the one asked for, or the first that there is"`
	Title    string     `json:"title"`
	Words    string     `json:"words,omitempty"`
	Link     string     `json:"link,omitempty" doc:"A page of the shop, such as /categories/mugs, or an address"`
	Act      string     `json:"act,omitempty" doc:"What the link says"`
	Picture  *imageBody `json:"picture,omitempty"`
}

type bannersOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Data []shownBody `json:"data" doc:"At most three, to be shown in this order"`
	}
}

// showBanners says what a place of a headless shop shows to who looks at it, and
// writes an experiment's exposure down, as the shop's own pages do.
func (a *API) showBanners(ctx context.Context, in *bannersInput) (*bannersOutput, error) {
	who, looker := from(ctx), in.visit()
	var shown []banner.Banner
	tried := false
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		id, err := who.market(ctx, tx, in.Market)
		if err != nil {
			return err
		}
		m, err := market.Find(ctx, tx, id)
		if err != nil {
			return err
		}
		zone, err := time.LoadLocation(m.Zone)
		if err != nil {
			return err
		}
		looker.Visitor, looker.Market, looker.Channel, looker.At = experiment.Visitor(a.Keeper, in.Visitor), m.ID, who.Channel, tx.Now.In(zone)
		if looker.Customer, err = buyer.Know(ctx, tx, who.Customer, m.Currency, banner.Asks); err != nil {
			return err
		}
		shown, tried, err = banner.Shown(ctx, tx, banner.Place(in.Place), looker)
		return err
	})
	if err != nil {
		return nil, err
	}
	if tried {
		given := shown
		if err := a.DB.Write(ctx, func(tx *db.Tx) (err error) {
			given, err = banner.RevealAll(ctx, tx, shown, looker, who.Customer)
			return err
		}); err != nil {
			slog.WarnContext(ctx, "banners are shown without their experiment", "error", err)
		} else {
			shown = given
		}
	}
	out := &bannersOutput{CacheControl: "private, no-store"}
	out.Body.Data = make([]shownBody, len(shown))
	for i, b := range shown {
		out.Body.Data[i] = shownOf(b, in.Locale)
	}
	return out, nil
}

func shownOf(b banner.Banner, locale string) shownBody {
	text, language := b.In(locale, i18n.Languages...)
	body := shownBody{ID: string(b.ID), Language: language, Title: text.Title, Words: text.Words, Link: b.Link, Act: text.Act}
	if b.Picture != "" {
		body.Picture = &imageBody{URL: mediaPath + b.Picture}
	}
	return body
}
