package adminapi

import (
	"context"
	"time"

	"korzo/engagement/banner"
	"korzo/platform/audit"
	"korzo/platform/db"
)

// bannerRoutes are those of what the shop shows beside its goods.
func (a *API) bannerRoutes(r routes) {
	add(r, "GET", "/banners", "Content", "List banners", "catalog.read", a.listBanners)
	add(r, "POST", "/banners", "Content", "Make a banner", "catalog.write", a.createBanner)
	add(r, "PUT", "/banners/{id}", "Content", "Change a banner", "catalog.write", a.changeBanner)
}

// bannerDraft is a draft under a name of its own: the description of the API has
// another by that name, an experiment's.
type bannerDraft banner.Draft

type bannerBody struct {
	ID      string      `json:"id"`
	Version int64       `json:"version"`
	Shown   bool        `json:"shown" doc:"At this moment, to those its rule holds for"`
	Draft   bannerDraft `json:"banner"`
}

func bannerOf(b banner.Banner, now time.Time) bannerBody {
	return bannerBody{string(b.ID), b.Version, b.At(now), bannerDraft(b.Draft)}
}

type bannerOutput struct{ Body bannerBody }

func (a *API) listBanners(ctx context.Context, _ *struct{}) (*list[bannerBody], error) {
	bodies := []bannerBody{}
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := banner.All(ctx, tx)
		for _, b := range all {
			bodies = append(bodies, bannerOf(b, tx.Now))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

type createBannerInput struct {
	FlowReader
	Body bannerDraft
}

func (a *API) createBanner(ctx context.Context, in *createBannerInput) (*bannerOutput, error) {
	out, err := a.keepBanner(ctx, func(tx *db.Tx) (banner.ID, error) { return banner.Create(ctx, tx, banner.Draft(in.Body)) })
	return out, a.sayFlaws(in.FlowReader, err)
}

type changeBannerInput struct {
	FlowReader
	ID      banner.ID `path:"id"`
	Version int64     `query:"version" doc:"What is changed; left out: whatever there is"`
	Body    bannerDraft
}

func (a *API) changeBanner(ctx context.Context, in *changeBannerInput) (*bannerOutput, error) {
	out, err := a.keepBanner(ctx, func(tx *db.Tx) (banner.ID, error) {
		return in.ID, banner.Change(ctx, tx, in.ID, in.Version, banner.Draft(in.Body))
	})
	return out, a.sayFlaws(in.FlowReader, err)
}

// keepBanner runs a verb with its line in the audit.
func (a *API) keepBanner(ctx context.Context, verb func(tx *db.Tx) (banner.ID, error)) (out *bannerOutput, err error) {
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		id, err := verb(tx)
		if err != nil {
			return err
		}
		b, err := banner.Find(ctx, tx, id)
		if err != nil {
			return err
		}
		out = &bannerOutput{bannerOf(b, tx.Now)}
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "banner.save", Subject: string(id)})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
