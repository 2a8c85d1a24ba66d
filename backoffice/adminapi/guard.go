package adminapi

import (
	"context"
	"time"

	"korzo/platform/db"
	"korzo/purchase/payment/guard"
)

// guardBody is what keeps card testers out, and what it sees.
type guardBody struct {
	Asking     bool        `json:"asking" doc:"Everyone who pays by card proves who they are, because cards of the whole shop are declined too often"`
	Since      string      `json:"since,omitempty"`
	Until      string      `json:"until,omitempty"`
	Approved   int64       `json:"approved" doc:"Payments by card in the breaker's window"`
	Declined   int64       `json:"declined"`
	Tries      int64       `json:"tries" doc:"Payments by card that this node was asked about since it began"`
	Challenged int64       `json:"challenged" doc:"Of them, those that had to prove who they are"`
	Stopped    int64       `json:"stopped" doc:"Of them, those that no gateway was asked about"`
	Limits     []limitBody `json:"limits"`
	Breaker    breakBody   `json:"breaker"`
	Seen       []seenBody  `json:"seen" doc:"Who is over a limit now, the last first"`
}

// limitBody is the limit of one kind of trace.
type limitBody struct {
	Kind      string `json:"kind" doc:"cart, network, device, address, card, customer"`
	Window    int64  `json:"window_seconds" minimum:"60" maximum:"86400"`
	Challenge int64  `json:"challenge" minimum:"0" maximum:"50" doc:"Proof is asked for from so many declines; 0: never"`
	Stop      int64  `json:"stop" minimum:"0" maximum:"50" doc:"No gateway is asked from so many declines; 0: never"`
	Tries     int64  `json:"tries" minimum:"0" maximum:"50" doc:"Proof is asked for from so many payments begun; 0: never"`
	Preset    bool   `json:"preset,omitempty" readOnly:"true"`
}

// breakBody is when the whole shop asks for proof.
type breakBody struct {
	Window int64   `json:"window_seconds" minimum:"60" maximum:"3600"`
	Fewest int64   `json:"fewest_declines" minimum:"1" maximum:"1000"`
	Rate   percent `json:"declined_percent" doc:"Of the payments by card that were decided, from 1"`
	Hold   int64   `json:"hold_seconds" minimum:"60" maximum:"86400" doc:"How long it lasts after that was last so"`
	Preset bool    `json:"preset,omitempty" readOnly:"true"`
}

type seenBody struct {
	Kind     string `json:"kind"`
	Trace    string `json:"trace" doc:"A keyed hash; give it to pardons"`
	Action   string `json:"action" doc:"challenge, stop"`
	Declines int64  `json:"declines"`
	Tries    int64  `json:"tries"`
	Last     string `json:"last_at"`
	Until    string `json:"until" doc:"If nothing more happens"`
}

type guardOutput struct{ Body guardBody }

func (a *API) showGuard(ctx context.Context, _ *struct{}) (*guardOutput, error) {
	s, err := reading(ctx, a, func(tx *db.Tx) (guard.Settings, error) { return guard.FindSettings(ctx, tx) })
	if err != nil {
		return nil, err
	}
	st := a.Guard.State(s, a.DB.Now())
	b := guardBody{Asking: st.Asking, Approved: st.Approved, Declined: st.Declined, Tries: st.Figures.Tries, Challenged: st.Figures.Challenged,
		Stopped: st.Figures.Stopped, Limits: []limitBody{}, Seen: []seenBody{},
		Breaker: breakBody{seconds(s.Breaker.Window), s.Breaker.Fewest, percent(s.Breaker.RatePPM), seconds(s.Breaker.Hold), s.Breaker.Preset}}
	if st.Asking {
		b.Since, b.Until = rfc3339(st.Since), rfc3339(st.Until)
	}
	for _, l := range s.Limits {
		b.Limits = append(b.Limits, limitBody{string(l.Kind), seconds(l.Window), l.Challenge, l.Stop, l.Tries, l.Preset})
	}
	for _, o := range st.Seen {
		b.Seen = append(b.Seen, seenBody{string(o.Kind), o.Trace, string(o.Action), o.Declines, o.Tries, rfc3339(o.Last), rfc3339(o.Until)})
	}
	return &guardOutput{b}, nil
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

type limitInput struct {
	Body limitBody
}

func (a *API) saveLimit(ctx context.Context, in *limitInput) (*guardOutput, error) {
	l := guard.Limit{Kind: guard.Kind(in.Body.Kind), Window: time.Duration(in.Body.Window) * time.Second, Challenge: in.Body.Challenge, Stop: in.Body.Stop, Tries: in.Body.Tries}
	return a.guarding(ctx, "guard.limit", in.Body.Kind, func(tx *db.Tx) error { return guard.SaveLimit(ctx, tx, l) })
}

type breakInput struct{ Body breakBody }

func (a *API) saveBreaker(ctx context.Context, in *breakInput) (*guardOutput, error) {
	b := guard.Breaker{Window: time.Duration(in.Body.Window) * time.Second, Fewest: in.Body.Fewest, RatePPM: int64(in.Body.Rate), Hold: time.Duration(in.Body.Hold) * time.Second}
	return a.guarding(ctx, "guard.breaker", "shop", func(tx *db.Tx) error { return guard.SaveBreaker(ctx, tx, b) })
}

func (a *API) resetGuard(ctx context.Context, _ *struct{}) (*guardOutput, error) {
	return a.guarding(ctx, "guard.reset", "shop", func(tx *db.Tx) error { return guard.Reset(ctx, tx) })
}

func (a *API) calmGuard(ctx context.Context, _ *struct{}) (*guardOutput, error) {
	return a.guarding(ctx, "guard.calm", "shop", func(tx *db.Tx) error { return a.Guard.Calm(ctx, tx) })
}

type pardonInput struct {
	Body struct {
		Trace string `json:"trace" maxLength:"60" doc:"One of seen"`
	}
}

func (a *API) pardon(ctx context.Context, in *pardonInput) (*guardOutput, error) {
	return a.guarding(ctx, "guard.pardon", in.Body.Trace, func(tx *db.Tx) error { return a.Guard.Pardon(ctx, tx, in.Body.Trace) })
}

func (a *API) guarding(ctx context.Context, action, subject string, verb func(tx *db.Tx) error) (*guardOutput, error) {
	err := a.audited(ctx, action, func(tx *db.Tx) (string, error) { return subject, verb(tx) })
	if err != nil {
		return nil, err
	}
	return a.showGuard(ctx, nil)
}
