package adminapi

import (
	"context"

	"korzo/customer/segment"
	"korzo/platform/audit"
	"korzo/platform/db"
)

// segmentRoutes are those of the rules by which customers belong together.
func (a *API) segmentRoutes(r routes) {
	add(r, "GET", "/segments", "Customers", "List segments", "customers.read", a.listSegments)
	add(r, "POST", "/segments", "Customers", "Make a segment", "customers.write", a.createSegment)
	add(r, "PUT", "/segments/{id}", "Customers", "Change a segment", "customers.write", a.changeSegment)
	add(r, "DELETE", "/segments/{id}", "Customers", "Delete a segment", "customers.write", a.deleteSegment)
}

type segmentDraft struct {
	Name string `json:"name" maxLength:"120"`
	Rule string `json:"rule" maxLength:"2000" doc:"Over what is known of a customer: customer.orders >= 3"`
}

func (d segmentDraft) draft() segment.Draft { return segment.Draft{Name: d.Name, Rule: d.Rule} }

type segmentBody struct {
	ID      string `json:"id" doc:"As rules name it: \"seg_…\" in customer.segments"`
	Version int64  `json:"version"`
	segmentDraft
}

func segmentOf(s segment.Segment) segmentBody {
	return segmentBody{string(s.ID), s.Version, segmentDraft{s.Name, s.Rule}}
}

type segmentOutput struct{ Body segmentBody }

func (a *API) listSegments(ctx context.Context, _ *struct{}) (*list[segmentBody], error) {
	bodies := []segmentBody{}
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := segment.All(ctx, tx)
		for _, s := range all {
			bodies = append(bodies, segmentOf(s))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

type createSegmentInput struct {
	FlowReader
	Body segmentDraft
}

func (a *API) createSegment(ctx context.Context, in *createSegmentInput) (*segmentOutput, error) {
	out, err := a.keepSegment(ctx, func(tx *db.Tx) (segment.ID, error) { return segment.Create(ctx, tx, in.Body.draft()) })
	return out, a.sayFlaws(in.FlowReader, err)
}

type changeSegmentInput struct {
	FlowReader
	ID      segment.ID `path:"id"`
	Version int64      `query:"version" doc:"What is changed; left out: whatever there is"`
	Body    segmentDraft
}

func (a *API) changeSegment(ctx context.Context, in *changeSegmentInput) (*segmentOutput, error) {
	out, err := a.keepSegment(ctx, func(tx *db.Tx) (segment.ID, error) {
		return in.ID, segment.Change(ctx, tx, in.ID, in.Version, in.Body.draft())
	})
	return out, a.sayFlaws(in.FlowReader, err)
}

// keepSegment runs a verb with its line in the audit.
func (a *API) keepSegment(ctx context.Context, verb func(tx *db.Tx) (segment.ID, error)) (out *segmentOutput, err error) {
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		id, err := verb(tx)
		if err != nil {
			return err
		}
		s, err := segment.Find(ctx, tx, id)
		if err != nil {
			return err
		}
		out = &segmentOutput{segmentOf(s)}
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "segment.save", Subject: string(id)})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type deleteSegmentInput struct {
	ID segment.ID `path:"id"`
}

func (a *API) deleteSegment(ctx context.Context, in *deleteSegmentInput) (*struct{}, error) {
	return nil, a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := segment.Delete(ctx, tx, in.ID); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "segment.delete", Subject: string(in.ID)})
	})
}
