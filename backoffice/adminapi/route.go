package adminapi

import (
	"cmp"
	"context"
	"time"

	"korzo/platform/audit"
	"korzo/platform/db"
	"korzo/purchase/payment/route"
	"korzo/value/money"
)

// ruleBody is a routing rule as the API promises it.
type ruleBody struct {
	ID          string        `json:"id"`
	Version     int64         `json:"version"`
	Status      string        `json:"status" doc:"draft, live, archived"`
	Name        string        `json:"name"`
	Priority    int64         `json:"priority"`
	Condition   string        `json:"condition"`
	Outcome     route.Outcome `json:"outcome"`
	SavedAt     string        `json:"saved_at" format:"date-time"`
	PublishedAt string        `json:"published_at,omitempty"`
}

func ruleOf(r route.Rule) ruleBody {
	return ruleBody{string(r.ID), r.Version, string(r.State), r.Name, r.Priority, r.Condition, r.Outcome, rfc3339(r.SavedAt), rfc3339(r.PublishedAt)}
}

// RuleDraft is what a merchant writes of a routing rule.
type RuleDraft struct {
	Name      string        `json:"name" maxLength:"200"`
	Priority  int64         `json:"priority,omitempty" doc:"Higher is asked first"`
	Condition string        `json:"condition,omitempty" maxLength:"4000" doc:"CEL over amount, currency, market, channel, flow, method, kind, card.country, card.brand, customer.known, customer.orders; empty: every payment" example:"market == \"DE\" && amount >= 5000"`
	Outcome   route.Outcome `json:"outcome" doc:"order or split, never both; only keeps the default list from standing behind; by_rate orders by recent success; proof is challenge or an exemption (low_value, low_risk, trusted, corporate), which each named gateway must have a field for"`
}

func (d RuleDraft) rule(id route.RuleID) route.Rule {
	return route.Rule{ID: id, Name: d.Name, Priority: d.Priority, Condition: d.Condition, Outcome: d.Outcome}
}

type ruleOutput struct{ Body ruleBody }

// RuleInput names a routing rule in the path.
type RuleInput struct {
	ID route.RuleID `path:"id"`
}

// listRules lists the newest version of each rule, and the live one beside it.
func (a *API) listRules(ctx context.Context, in *PageInput) (*list[ruleBody], error) {
	if err := in.behind("rte"); err != nil {
		return nil, err
	}
	rules, err := reading(ctx, a, func(tx *db.Tx) ([]route.Rule, error) { return route.Rules(ctx, tx, route.RuleID(in.After)) })
	if err != nil {
		return nil, err
	}
	next, ids := "", map[route.RuleID]bool{}
	bodies := make([]ruleBody, 0, len(rules))
	for _, r := range rules {
		if ids[r.ID] = true; len(ids) > in.Limit {
			break
		}
		bodies = append(bodies, ruleOf(r))
		next = string(r.ID)
	}
	if len(bodies) == len(rules) && len(ids) < 100 {
		next = ""
	}
	return listOf(bodies, next), nil
}

func (a *API) showRule(ctx context.Context, in *RuleInput) (*list[ruleBody], error) {
	versions, err := reading(ctx, a, func(tx *db.Tx) ([]route.Rule, error) { return route.Versions(ctx, tx, in.ID) })
	bodies := make([]ruleBody, len(versions))
	for i, r := range versions {
		bodies[i] = ruleOf(r)
	}
	return listOf(bodies, ""), err
}

type createRuleInput struct{ Body RuleDraft }

func (a *API) createRule(ctx context.Context, in *createRuleInput) (*ruleOutput, error) {
	return a.saveRule(ctx, in.Body.rule(""))
}

type updateRuleInput struct {
	RuleInput
	Body RuleDraft
}

func (a *API) updateRule(ctx context.Context, in *updateRuleInput) (*ruleOutput, error) {
	return a.saveRule(ctx, in.Body.rule(in.ID))
}

func (a *API) saveRule(ctx context.Context, draft route.Rule) (*ruleOutput, error) {
	out := new(ruleOutput)
	return out, a.audited(ctx, "route.save", func(tx *db.Tx) (string, error) {
		saved, err := a.Router.Save(ctx, tx, draft)
		out.Body = ruleOf(saved)
		return string(saved.ID), err
	})
}

type publishRuleInput struct {
	RuleInput
	Body struct {
		Version int64 `json:"version" minimum:"1" doc:"A draft, or an archived version to go back to"`
	}
}

func (a *API) publishRule(ctx context.Context, in *publishRuleInput) (*list[ruleBody], error) {
	err := a.audited(ctx, "route.publish", func(tx *db.Tx) (string, error) {
		return string(in.ID), a.Router.Publish(ctx, tx, in.ID, in.Body.Version)
	})
	if err != nil {
		return nil, err
	}
	return a.showRule(ctx, &in.RuleInput)
}

// archiveRule takes a rule out of decisions; its versions stay, because
// decisions were logged under them.
func (a *API) archiveRule(ctx context.Context, in *RuleInput) (*list[ruleBody], error) {
	err := a.audited(ctx, "route.archive", func(tx *db.Tx) (string, error) { return string(in.ID), route.Archive(ctx, tx, in.ID) })
	if err != nil {
		return nil, err
	}
	return a.showRule(ctx, in)
}

type simulateInput struct {
	Body struct {
		Rules []RuleDraft `json:"rules,omitempty" maxItems:"500" doc:"In place of the live ones; left out: the live rules with every open draft"`
		Hours int64       `json:"hours,omitempty" minimum:"1" maximum:"720" doc:"How far back; 24 when left out"`
	}
}

type simulateOutput struct{ Body reportBody }

type reportBody struct {
	Decisions   int64       `json:"decisions"`
	Changed     int64       `json:"changed" doc:"Those whose first gateway would be another"`
	Refused     int64       `json:"refused" doc:"Of them, those that no gateway would have taken"`
	Moves       []moveBody  `json:"moves"`
	Rules       []takenBody `json:"rules"`
	Partial     bool        `json:"partial" doc:"There were more than 100,000 decisions: the oldest were looked at"`
	Approximate bool        `json:"approximate" doc:"An outcome goes by rate; its list was taken as written"`
}

type moveBody struct {
	From  string  `json:"from"`
	To    string  `json:"to" doc:"Empty: no gateway would have taken them"`
	Count int64   `json:"count"`
	Share percent `json:"percent"`
}

type takenBody struct {
	Rule  string  `json:"rule" doc:"Empty: the flow's route or the default list"`
	Count int64   `json:"count"`
	Share percent `json:"percent"`
}

// simulateRules decides anew what was decided, and tells what would change.
func (a *API) simulateRules(ctx context.Context, in *simulateInput) (*simulateOutput, error) {
	report, err := reading(ctx, a, func(tx *db.Tx) (route.Report, error) {
		rules, err := route.Drafts(ctx, tx)
		if in.Body.Rules != nil {
			rules = nil
			for _, d := range in.Body.Rules {
				rules = append(rules, d.rule(""))
			}
		}
		if err != nil {
			return route.Report{}, err
		}
		return a.Router.Simulate(ctx, tx, rules, tx.Now.Add(-time.Duration(cmp.Or(in.Body.Hours, 24))*time.Hour))
	})
	if err != nil {
		return nil, err
	}
	b := reportBody{Decisions: report.Decisions, Changed: report.Changed, Refused: report.Refused, Moves: []moveBody{}, Rules: []takenBody{},
		Partial: report.Partial, Approximate: report.Approximate}
	for _, m := range report.Moves {
		b.Moves = append(b.Moves, moveBody{m.From, m.To, m.Count, percent(m.PPM)})
	}
	for _, t := range report.Rules {
		b.Rules = append(b.Rules, takenBody{string(t.Rule), t.Count, percent(t.PPM)})
	}
	return &simulateOutput{b}, nil
}

type explainRouteInput struct {
	Body struct {
		Amount        amountBody `json:"amount"`
		Market        string     `json:"market" example:"DE"`
		Channel       string     `json:"channel,omitempty"`
		Flow          string     `json:"flow,omitempty"`
		Method        string     `json:"method" example:"card"`
		Kind          string     `json:"kind,omitempty" doc:"The method's kind; the method itself when left out"`
		CardCountry   string     `json:"card_country,omitempty"`
		CardBrand     string     `json:"card_brand,omitempty"`
		CustomerKnown bool       `json:"customer_known,omitempty"`
	}
}

type decisionBody struct {
	Order   []string     `json:"order" doc:"The first is asked; the others stand behind it"`
	Rule    string       `json:"rule,omitempty"`
	Version int64        `json:"version,omitempty"`
	Down    []string     `json:"down,omitempty" doc:"Gateways whose breaker is open"`
	Why     []route.Step `json:"why"`
}

// explainRoute says where such a payment would go now, and why not elsewhere.
func (a *API) explainRoute(ctx context.Context, in *explainRouteInput) (*struct{ Body decisionBody }, error) {
	b := in.Body
	f := route.Facts{Payment: "pay_explained", Amount: b.Amount.Amount, Currency: money.Currency(b.Amount.Currency), Market: b.Market, Channel: b.Channel,
		Flow: b.Flow, Method: b.Method, Kind: b.Kind, CardCountry: b.CardCountry, CardBrand: b.CardBrand, CustomerKnown: b.CustomerKnown}
	if f.Kind == "" {
		f.Kind = f.Method
	}
	d, err := reading(ctx, a, func(tx *db.Tx) (route.Decision, error) { return a.Router.Explain(ctx, tx, f) })
	if err != nil {
		return nil, err
	}
	return &struct{ Body decisionBody }{decisionBody{d.Order, string(d.Rule), d.Version, d.Down, d.Why}}, nil
}

// settingsBody is what holds for all routing.
type settingsBody struct {
	Default     route.Outcome `json:"default" doc:"Serves payments that no rule takes, and stands behind rules"`
	MaxAttempts int64         `json:"max_attempts" minimum:"1" maximum:"5" doc:"How often one payment is tried without asking the shopper"`
	Explore     percent       `json:"explore_percent" doc:"Of payments that go by rate: how many are drawn evenly, up to 30"`
}

type settingsOutput struct{ Body settingsBody }

func (a *API) showRouting(ctx context.Context, _ *struct{}) (*settingsOutput, error) {
	s, err := reading(ctx, a, func(tx *db.Tx) (route.Settings, error) { return route.FindSettings(ctx, tx) })
	return &settingsOutput{settingsBody{s.Default, s.MaxAttempts, percent(s.ExplorePPM)}}, err
}

type settingsInput struct{ Body settingsBody }

func (a *API) saveRouting(ctx context.Context, in *settingsInput) (*settingsOutput, error) {
	err := a.audited(ctx, "route.settings", func(tx *db.Tx) (string, error) {
		return "route", a.Router.SaveSettings(ctx, tx, route.Settings{Default: in.Body.Default, MaxAttempts: in.Body.MaxAttempts, ExplorePPM: int64(in.Body.Explore)})
	})
	if err != nil {
		return nil, err
	}
	return a.showRouting(ctx, nil)
}

// retryBody is a row of the table of retries.
type retryBody struct {
	Gateway string `json:"gateway" doc:"* for every gateway"`
	Code    string `json:"code" example:"insufficient_funds"`
	Action  string `json:"action" enum:"retry_elsewhere,step_up,ask_customer,stop"`
	Preset  bool   `json:"preset,omitempty" doc:"Not changed by the merchant"`
	Why     string `json:"why,omitempty"`
}

func (a *API) listRetries(ctx context.Context, _ *struct{}) (*list[retryBody], error) {
	rows, err := reading(ctx, a, func(tx *db.Tx) ([]route.Retry, error) { return route.Retries(ctx, tx) })
	bodies := make([]retryBody, len(rows))
	for i, r := range rows {
		bodies[i] = retryBody{r.Gateway, r.Code, string(r.Action), r.Preset, r.Why}
	}
	return listOf(bodies, ""), err
}

type retryInput struct{ Body retryBody }

func (a *API) setRetry(ctx context.Context, in *retryInput) (*list[retryBody], error) {
	err := a.audited(ctx, "route.retry", func(tx *db.Tx) (string, error) {
		return in.Body.Gateway + ":" + in.Body.Code, a.Router.SetRetry(ctx, tx, route.Retry{Gateway: in.Body.Gateway, Code: in.Body.Code, Action: route.Action(in.Body.Action)})
	})
	if err != nil {
		return nil, err
	}
	return a.listRetries(ctx, nil)
}

type resetRetryInput struct {
	Gateway string `path:"gateway"`
	Code    string `path:"code"`
}

func (a *API) resetRetry(ctx context.Context, in *resetRetryInput) (*list[retryBody], error) {
	err := a.audited(ctx, "route.retry_reset", func(tx *db.Tx) (string, error) {
		return in.Gateway + ":" + in.Code, route.ResetRetry(ctx, tx, in.Gateway, in.Code)
	})
	if err != nil {
		return nil, err
	}
	return a.listRetries(ctx, nil)
}

// breakerBody is how a gateway does for one method, as this node has seen it.
type breakerBody struct {
	Gateway string `json:"gateway"`
	Method  string `json:"method"`
	Status  string `json:"status" doc:"closed; open: asked last; half_open: the next payment finds out"`
	Calls   int64  `json:"calls" doc:"In the last ten seconds"`
	Errors  int64  `json:"errors"`
	Since   string `json:"opened_at,omitempty"`
	Until   string `json:"probe_at,omitempty"`
	Opened  int64  `json:"times_opened"`
}

func (a *API) listBreakers(context.Context, *struct{}) (*list[breakerBody], error) {
	var bodies []breakerBody
	for _, b := range a.Router.Breakers(a.DB.Now()) {
		bodies = append(bodies, breakerBody{b.Gateway, b.Method, b.State, b.Calls, b.Errors, rfc3339(b.Since), rfc3339(b.Until), b.Opened})
	}
	return listOf(bodies, ""), nil
}

// reading returns what one read of the database gives.
func reading[T any](ctx context.Context, a *API, read func(tx *db.Tx) (T, error)) (v T, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		v, err = read(tx)
		return err
	})
	return v, err
}

// audited runs a verb and records who did it to what, in one transaction.
func (a *API) audited(ctx context.Context, action string, verb func(tx *db.Tx) (subject string, err error)) error {
	return a.DB.Write(ctx, func(tx *db.Tx) error {
		subject, err := verb(tx)
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: action, Subject: subject})
	})
}
