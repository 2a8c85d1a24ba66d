package storefront

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"korzo/customer/experiment"
	"korzo/customer/visitor"
	"korzo/engagement/banner"
	"korzo/platform/db"
	"korzo/platform/i18n"
	"korzo/platform/web"
	"korzo/purchase/buyer"

	"github.com/a-h/templ"
)

// besides is what a page shows beside its goods, to who looks at it.
type besides struct {
	banners []banner.Banner
	looker  visitor.Visit
	tried   bool // an experiment is running on one of the banners
}

// askedBeside is what rules of banners and features and the targets of their
// experiments ask of a customer.
func askedBeside(ctx context.Context, tx *db.Tx, fact string) (yes bool, err error) {
	for _, needs := range []buyer.Needs{banner.Asks, experiment.FeaturesNeed,
		func(ctx context.Context, tx *db.Tx, fact string) (bool, error) {
			return experiment.Needs(ctx, tx, experiment.PointFeature, fact)
		}} {
		if yes, err = needs(ctx, tx, fact); yes || err != nil {
			return yes, err
		}
	}
	return false, nil
}

// tellOf is what a page knows of who looks at it.
func (v *visit) tellOf(ctx context.Context, tx *db.Tx, r *http.Request) (visitor.Visit, error) {
	who := seenBy(r)
	told := visitor.Visit{Visitor: who.id, Market: v.market.ID, Channel: v.channel.ID, Locale: v.Tag(), Device: visitor.DeviceOf(r.UserAgent()), Path: pathOf(r, who.path),
		Place: visitor.Place{Country: v.spot.country, PostalCode: v.spot.postalCode}, At: tx.Now.In(v.zone)}
	var err error
	told.Customer, err = buyer.Know(ctx, tx, v.customer, v.market.Currency, askedBeside)
	return told, err
}

// show finds the banners of a place.
func (b *besides) show(ctx context.Context, tx *db.Tx, r *http.Request, v *visit, at banner.Place) (err error) {
	if b.looker, err = v.tellOf(ctx, tx, r); err != nil {
		return err
	}
	b.banners, b.tried, err = banner.Shown(ctx, tx, at, b.looker)
	return err
}

// reveal puts the banners of experiments' arms in their places and writes down
// that they are shown. What fails there leaves the banners as they are: a page is
// not lost for them.
func (s *Shop) reveal(r *http.Request, b *besides, customer string) {
	if !b.tried {
		return
	}
	var shown []banner.Banner
	err := s.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		shown, err = banner.RevealAll(r.Context(), tx, b.banners, b.looker, customer)
		return err
	})
	if err != nil {
		slog.WarnContext(r.Context(), "banners are shown without their experiment", "id", web.RequestID(r.Context()), "error", err)
		return
	}
	b.banners = shown
}

// featureBlocks is the feature that says what a product's page tells first below
// its price: "delivery", or "words" for its description.
const featureBlocks = "product-blocks"

// wordsFirst reports whether the feature has a product's description stand
// before what is said of its delivery.
func (s *Shop) wordsFirst(r *http.Request, looker visitor.Visit, customer string) bool {
	var e experiment.Evaluation
	at := experiment.Point{Kind: experiment.PointFeature, Key: featureBlocks}
	runs := false
	err := s.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		if runs, err = experiment.Running(r.Context(), tx, at); err == nil && !runs {
			e, err = experiment.Evaluate(r.Context(), tx, featureBlocks, looker)
		}
		return err
	})
	if err == nil && runs {
		err = s.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
			e, err = experiment.Reveal(r.Context(), tx, featureBlocks, looker, customer)
			return err
		})
	}
	if err != nil && !errors.Is(err, experiment.ErrFeature) {
		slog.WarnContext(r.Context(), "a feature was not read", "id", web.RequestID(r.Context()), "error", err)
	}
	var first string
	return err == nil && json.Unmarshal(e.Value, &first) == nil && first == "words"
}

// bannerText is a banner in the reader's language, with what tells of another.
func (p page) bannerText(b banner.Banner) (banner.Text, templ.Attributes) {
	text, language := b.In(p.Tag(), i18n.Languages...)
	if language == p.Tag() {
		language = ""
	}
	return text, langOf(written{lang: language})
}
