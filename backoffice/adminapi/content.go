package adminapi

import (
	"context"
	"time"

	"korzo/offer/content"
	"korzo/platform/audit"
	"korzo/platform/db"
)

// contentRoutes are those of what the merchant writes.
func (a *API) contentRoutes(r routes) {
	a.bannerRoutes(r)
	a.wordingRoutes(r)
	add(r, "GET", "/content", "Content", "List pages", "catalog.read", a.listContent)
	add(r, "POST", "/content", "Content", "Write a page", "catalog.write", a.createContent)
	add(r, "GET", "/content/{id}", "Content", "Show a page", "catalog.read", a.showContent)
	add(r, "PUT", "/content/{id}", "Content", "Change the draft of a page", "catalog.write", a.changeContent)
	add(r, "POST", "/content/{id}/publish", "Content", "Publish the draft of a page", "catalog.write", a.publishContent)
	add(r, "POST", "/content/{id}/withdraw", "Content", "Take a page offline", "catalog.write", a.withdrawContent)
}

type textBody struct {
	Slug        string `json:"slug,omitempty" doc:"Its address in this language; none for the front page"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	Body        string `json:"body" doc:"A few marks in plain text; no HTML"`
}

// ContentFields are what an editor says of a page.
type ContentFields struct {
	Kind     string              `json:"kind" enum:"page,legal,home"`
	Position int64               `json:"position,omitempty"`
	Draft    map[string]textBody `json:"draft" doc:"By language: en, de, hu"`
	Version  int64               `json:"version,omitempty" doc:"Of the page that was changed; 0 for a new one"`
}

type writtenBody struct {
	ID string `json:"id"`
	ContentFields
	Live      map[string]textBody `json:"live,omitempty" doc:"What shoppers read now; none where they see nothing"`
	DueAt     string              `json:"due_at,omitempty" format:"date-time" doc:"When the published draft takes the place of what is live"`
	ChangedAt string              `json:"changed_at" format:"date-time"`
}

func textsOf(all content.Texts) map[string]textBody {
	if all == nil {
		return nil
	}
	bodies := map[string]textBody{}
	for tag, t := range all {
		bodies[tag] = textBody{t.Slug, t.Title, t.Description, t.Body}
	}
	return bodies
}

func contentOf(p content.Page, now time.Time) writtenBody {
	b := writtenBody{ID: string(p.ID), ContentFields: ContentFields{Kind: string(p.Kind), Position: p.Position, Draft: textsOf(p.Draft), Version: p.Version},
		Live: textsOf(p.At(now)), ChangedAt: rfc3339(p.ChangedAt)}
	if p.Due != nil && now.Before(p.DueAt) {
		b.DueAt = rfc3339(p.DueAt)
	}
	return b
}

func (f ContentFields) page(id content.ID) content.Page {
	p := content.Page{ID: id, Kind: content.Kind(f.Kind), Position: f.Position, Version: f.Version, Draft: content.Texts{}}
	for tag, t := range f.Draft {
		p.Draft[tag] = content.Text{Slug: t.Slug, Title: t.Title, Description: t.Description, Body: t.Body}
	}
	return p
}

type contentOutput struct{ Body writtenBody }

// listContent answers with all of them: there are at most 500.
func (a *API) listContent(ctx context.Context, _ *struct{}) (*list[writtenBody], error) {
	var bodies []writtenBody
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := content.All(ctx, tx)
		for _, p := range all {
			bodies = append(bodies, contentOf(p, tx.Now))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

type contentInput struct {
	ID string `path:"id"`
}

func (a *API) showContent(ctx context.Context, in *contentInput) (out *contentOutput, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		out, err = findContent(ctx, tx, content.ID(in.ID))
		return err
	})
	return out, err
}

func findContent(ctx context.Context, tx *db.Tx, id content.ID) (*contentOutput, error) {
	p, err := content.Find(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	return &contentOutput{contentOf(p, tx.Now)}, nil
}

// editContent does a verb to a page, writes it into the audit and answers with
// the page as it is then.
func (a *API) editContent(ctx context.Context, action string, verb func(tx *db.Tx) (content.ID, error)) (out *contentOutput, err error) {
	var id content.ID
	err = a.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if id, err = verb(tx); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: action, Subject: string(id)})
	})
	if err != nil {
		return nil, err
	}
	return a.showContent(ctx, &contentInput{string(id)})
}

type createContentInput struct{ Body ContentFields }

func (a *API) createContent(ctx context.Context, in *createContentInput) (*contentOutput, error) {
	return a.editContent(ctx, "content.create", func(tx *db.Tx) (content.ID, error) { return content.Save(ctx, tx, in.Body.page("")) })
}

type changeContentInput struct {
	ID   string `path:"id"`
	Body ContentFields
}

func (a *API) changeContent(ctx context.Context, in *changeContentInput) (*contentOutput, error) {
	return a.editContent(ctx, "content.saved", func(tx *db.Tx) (content.ID, error) {
		if _, err := content.Find(ctx, tx, content.ID(in.ID)); err != nil {
			return "", err
		}
		return content.Save(ctx, tx, in.Body.page(content.ID(in.ID)))
	})
}

type publishContentInput struct {
	ID   string `path:"id"`
	Body struct {
		At time.Time `json:"at,omitempty" doc:"Not before; now if left out"`
	}
}

func (a *API) publishContent(ctx context.Context, in *publishContentInput) (*contentOutput, error) {
	return a.editContent(ctx, "content.publish", func(tx *db.Tx) (content.ID, error) {
		return content.ID(in.ID), content.Publish(ctx, tx, content.ID(in.ID), in.Body.At)
	})
}

func (a *API) withdrawContent(ctx context.Context, in *contentInput) (*contentOutput, error) {
	return a.editContent(ctx, "content.withdraw", func(tx *db.Tx) (content.ID, error) {
		return content.ID(in.ID), content.Withdraw(ctx, tx, content.ID(in.ID))
	})
}
