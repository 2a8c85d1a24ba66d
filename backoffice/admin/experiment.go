package admin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"korzo/customer/experiment"
	"korzo/engagement/banner"
	"korzo/engagement/message"
	"korzo/insight/trial"
	"korzo/platform/db"
	"korzo/platform/i18n"
	"korzo/purchase/checkout"
	"korzo/purchase/flow"
	"korzo/ui"
)

// experimentTable is the pages of experiments.
func (a *Admin) experimentTable() []page {
	return append(listPages(a, a.experimentList()), []page{
		{"GET /admin/experiments/new", "flows.write", "experiments", a.newExperiment},
		{"POST /admin/experiments/new", "flows.write", "experiments", a.createExperiment},
		{"GET /admin/experiments/{id}", "flows.read", "experiments", a.showExperiment},
		{"GET /admin/experiments/{id}/visitors.csv", "reports.read", "experiments", a.downloadRows},
		{"POST /admin/experiments/{id}", "flows.write", "experiments", a.moveExperiment},
	}...)
}

// traffic is how many checkouts a flow gets, as the latest tell.
type traffic struct {
	Daily float64
	Rate  float64 // the share that bought; 0: not known
}

// experimentPlan is what the page of a plan shows.
type experimentPlan struct {
	Flows   []flow.Flow
	Layers  []experiment.Layer
	Choices []ui.Option       // versions that may be tried, by flow and version
	Sold    []string          // the currencies of the shop's markets
	Kinds   map[string]string // of the values of features that may be tried
	Asked   bool              // the plan was computed
	Traffic traffic
	Power   trial.Power
	Draft   experiment.Draft
}

func (a *Admin) newExperiment(v *visit) error {
	f := v.newForm()
	f.set("key", newKey())
	f.set("kind", string(experiment.Test))
	f.set("version", v.r.URL.Query().Get("version"))
	f.set("lift", "5")
	f.set("days", "28")
	f.set("share", "50")
	for _, g := range guarded {
		f.set("margin."+g, "0")
	}
	if err := a.DB.Read(v.ctx(), func(tx *db.Tx) error { return f.fillRates(v, tx) }); err != nil {
		return err
	}
	return a.answerPlan(v, http.StatusOK, f, experimentPlan{})
}

// guarded are what an arm may not harm, as the form of a plan names them.
var guarded = []string{"completion", "contribution", "authorisation", "errors", "machine"}

func (a *Admin) answerPlan(v *visit, status int, f *form, p experimentPlan) error {
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if p.Layers, err = experiment.Layers(v.ctx(), tx); err != nil {
			return err
		}
		if p.Sold, err = v.currenciesOf(tx); err != nil {
			return err
		}
		if p.Kinds, err = v.featureKinds(tx); err != nil {
			return err
		}
		p.Choices, err = v.versionChoices(tx)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(status, v.planPage(p, f))
}

// versionChoices are what an arm may give: other versions of published flows,
// and other values of features.
func (v *visit) versionChoices(tx *db.Tx) (all []ui.Option, err error) {
	live, err := flow.Live(v.ctx(), tx)
	if err != nil {
		return nil, err
	}
	for _, one := range live {
		versions, err := flow.Versions(v.ctx(), tx, one.Flow)
		if err != nil {
			return nil, err
		}
		for _, version := range versions[:min(len(versions), 10)] {
			if version.State == flow.StatePublished {
				continue
			}
			all = append(all, ui.Option{Value: string(one.Flow) + ":" + strconv.FormatInt(version.Version, 10),
				Label: v.T("admin.experiment.choice", "Name", one.Document.Name, "Version", version.Version, "State", v.word("state", string(version.State)), "Live", one.Version)})
		}
	}
	banners, err := v.bannerChoices(tx)
	if err != nil {
		return nil, err
	}
	wordings, err := v.wordingChoices(tx)
	if err != nil {
		return nil, err
	}
	all = slices.Concat(all, banners, wordings)
	features, err := experiment.Features(v.ctx(), tx)
	for _, f := range features {
		if !f.Off && !f.Archived {
			all = append(all, ui.Option{Value: experiment.PointFeature + ":" + f.Key, Label: v.T("admin.experiment.choice_feature", "Key", f.Key, "Value", valueText(f.Default))})
		}
	}
	return all, err
}

// createExperiment computes what a plan needs, or writes it down as a draft.
func (a *Admin) createExperiment(v *visit) error {
	f := v.form()
	p := experimentPlan{Asked: true}
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) error {
		kinds, err := v.featureKinds(tx)
		if err != nil {
			return err
		}
		p.Draft = f.experimentDraft(v, kinds)
		sold, err := v.currenciesOf(tx)
		f.readRates(sold, &p.Draft.Plan)
		return err
	})
	if err != nil {
		return err
	}
	if f.ok() {
		err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
			p.Traffic, err = trafficOf(v.ctx(), tx, p.Draft.Point)
			return err
		})
		if err != nil {
			return err
		}
		p.Power = trial.Plan(p.Draft, p.Traffic.Daily, p.Traffic.Rate)
		p.Draft.Plan.Units = p.Power.UnitsAnArm * int64(len(p.Draft.Arms))
	}
	if !f.ok() {
		p.Asked = false
		return a.answerPlan(v, http.StatusUnprocessableEntity, f, p)
	}
	if f.get("do") != "create" {
		return a.answerPlan(v, http.StatusOK, f, p)
	}
	id, status, err := a.put(v, f, "experiment.create", func(tx *db.Tx) (string, error) {
		if err := errors.Join(a.freeze(v.ctx(), tx, p.Draft), f.saveLayer(v.ctx(), tx)); err != nil {
			return "", err
		}
		e, err := experiment.Create(v.ctx(), tx, p.Draft)
		return string(e.ID), err
	})
	switch {
	case err != nil:
		return err
	case status != 0:
		return a.answerPlan(v, status, f, p)
	}
	return v.done(Prefix+"/experiments/"+id, "experiment_created")
}

// freeze stages drafts that arms name: what is compared may not change.
func (a *Admin) freeze(ctx context.Context, tx *db.Tx, d experiment.Draft) error {
	if d.Point.Kind != experiment.PointFlow {
		return nil
	}
	for _, arm := range d.Arms {
		given, err := flow.ParseArm(arm.Value)
		if err != nil || given.Version == 0 {
			continue
		}
		id := cmp.Or(given.Flow, flow.ID(d.Point.Key))
		v, err := flow.Find(ctx, tx, id, given.Version)
		if err == nil && v.State == flow.StateDraft {
			err = flow.Stage(ctx, tx, id, given.Version)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// A gain is read at any time, or at so many planned looks.
const (
	planned      = "planned"
	plannedLooks = 5
)

var keyRubbish = regexp.MustCompile(`[^a-z0-9]+`)

// experimentDraft reads the plan of the form.
func (f *form) experimentDraft(v *visit, kinds map[string]string) experiment.Draft {
	point, value := f.tried(kinds)
	if !f.has("name") {
		f.blame("name", "admin.problem.name")
	}
	part := f.ppm("share")
	if part >= 1_000_000 {
		f.blame("share", "admin.problem.percent")
	}
	d := experiment.Draft{Key: strings.Trim(keyRubbish.ReplaceAllString(strings.ToLower(f.get("name")), "-"), "-"), Name: f.get("name"),
		Kind: experiment.Kind(f.get("kind")), Point: point, Target: f.get("target"), Coverage: 1_000_000,
		Arms: []experiment.Arm{{Key: "control", Name: v.T("admin.experiment.control"), Weight: 1_000_000 - part},
			{Key: "new", Name: v.T("admin.experiment.new_arm"), Weight: part, Value: value}},
		Plan: experiment.Plan{Hypothesis: f.get("hypothesis"), LiftPPM: f.ppm("lift"), Days: f.whole("days"), MarginPPM: map[string]int64{}, AutoRelease: f.has("auto_release")}}
	if f.get("looks") == planned {
		d.Plan.Looks = plannedLooks
	}
	if d.Plan.Looks > 0 && d.Kind == experiment.Rollout {
		f.blame("looks", "admin.problem.looks")
	}
	f.readLayer(&d)
	if len(d.Key) > 40 {
		d.Key = strings.Trim(d.Key[:40], "-")
	}
	if d.Plan.Days != 0 && (d.Plan.Days < 7 || d.Plan.Days > 90) {
		f.blame("days", "admin.problem.plan_days")
	}
	for _, g := range guarded {
		if text := f.get("margin." + g); text != "" && text != "0" {
			d.Plan.MarginPPM[g] = f.ppm("margin." + g)
		}
	}
	return d
}

// tried reads what is tried: a version of a flow, a value of a feature, a banner
// in another's place, or a message in other words.
func (f *form) tried(kinds map[string]string) (experiment.Point, json.RawMessage) {
	id, version, ok := strings.Cut(f.get("version"), ":")
	if kind := kinds[version]; id == experiment.PointFeature && kind != "" {
		return experiment.Point{Kind: id, Key: version}, f.typedValue("value", kind)
	}
	if of, other, also := strings.Cut(version, ":"); id == experiment.PointBanner && also {
		arm := banner.Arm{Banner: banner.ID(other)}
		if other == "hidden" {
			arm = banner.Arm{Hidden: true}
		}
		value, _ := json.Marshal(arm) // two plain fields: never fails
		return banner.Point(banner.ID(of)), value
	}
	if of, wording, also := strings.Cut(version, ":"); id == experiment.PointMessage && also {
		value, _ := json.Marshal(message.Arm{Wording: message.WordingID(wording)}) // a plain field: never fails
		return message.Point(message.Kind(of)), value
	}
	n, err := strconv.ParseInt(version, 10, 64)
	if !ok || err != nil {
		f.blame("version", "admin.problem.choice")
	}
	return flow.Point(flow.ID(id)), json.RawMessage(fmt.Sprintf(`{"version":%d}`, n))
}

// trafficOf is how many checkouts a flow gets a day, and how many of them end
// in an order, as its latest two weeks tell; of a feature, which any visitor may
// come to, those of all flows; of a message, how often it was written.
func trafficOf(ctx context.Context, tx *db.Tx, at experiment.Point) (t traffic, err error) {
	if at.Kind == experiment.PointMessage {
		n, err := message.Traffic(ctx, tx, message.Kind(at.Key), tx.Now.Add(-14*24*time.Hour))
		return traffic{Daily: float64(n) / 14}, err
	}
	latest, err := checkout.LatestVisits(ctx, tx, 2000)
	seen, bought, from := 0, 0, tx.Now
	for _, one := range latest {
		if tx.Now.Sub(one.At) > 14*24*time.Hour {
			break
		}
		from = one.At
		if at.Kind == experiment.PointFlow && string(one.Flow) != at.Key {
			continue
		}
		seen++
		if one.Order != "" {
			bought++
		}
	}
	if days := tx.Now.Sub(from).Hours() / 24; seen > 0 {
		t.Daily, t.Rate = float64(seen)/max(days, 1), float64(bought)/float64(seen)
	}
	return t, err
}

// experimentView is all that the page of an experiment shows.
type experimentView struct {
	experiment.Experiment
	Results []trial.Result // the newest first
	Phases  []experiment.Phase
	Counts  []experiment.Count
}

func (e experimentView) last() trial.Result {
	if len(e.Results) == 0 {
		return trial.Result{}
	}
	return e.Results[0]
}

// runs are the computations, the newest first, those that said the same one
// after another together.
func (e experimentView) runs() (runs [][]trial.Result) {
	for _, r := range e.Results {
		if n := len(runs); n > 0 && runs[n-1][0].Verdict == r.Verdict && runs[n-1][0].Because.Code == r.Because.Code {
			runs[n-1] = append(runs[n-1], r)
			continue
		}
		runs = append(runs, []trial.Result{r})
	}
	return runs
}

func (a *Admin) showExperiment(v *visit) error { return a.answerExperiment(v, http.StatusOK) }

// historyOf is how many computations the page of an experiment shows.
const historyOf = 200

func (a *Admin) answerExperiment(v *visit, status int) error {
	var e experimentView
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		if e.Experiment, err = experiment.Find(v.ctx(), tx, experiment.ID(v.r.PathValue("id"))); err != nil {
			return err
		}
		if e.Results, err = trial.History(v.ctx(), tx, e.ID, historyOf); err != nil {
			return err
		}
		if e.Phases, err = experiment.Phases(v.ctx(), tx, e.ID); err != nil {
			return err
		}
		e.Counts, err = experiment.Counts(v.ctx(), tx, e.ID)
		return err
	})
	if err != nil {
		return err
	}
	return v.show(status, v.experimentPage(e))
}

// moveExperiment does what staff decide; what the numbers forbid is refused.
func (a *Admin) moveExperiment(v *visit) error {
	id, f := experiment.ID(v.r.PathValue("id")), v.form()
	do, why := f.get("do"), f.get("reason")
	var err error
	if do == "compute" {
		_, err = trial.Look(v.ctx(), a.DB, id)
	} else {
		err = a.DB.Write(v.ctx(), func(tx *db.Tx) error {
			if err := a.move(v, tx, id, do, why, f.get("arm")); err != nil {
				return err
			}
			if do == "advance" || do == "release" || do == "follow" {
				return nil // these write their own line
			}
			return v.record(tx, "experiment."+do, string(id))
		})
	}
	if err == nil {
		return v.done(Prefix+"/experiments/"+string(id), "experiment_"+do)
	}
	status, err := v.refused(err)
	if err != nil {
		return err
	}
	return a.answerExperiment(v, status)
}

// ends are the ways an experiment ends by hand.
var ends = map[string]experiment.State{"pause": experiment.StatePaused, "stop": experiment.StateStopped, "roll_back": experiment.StateRolledBack}

func (a *Admin) move(v *visit, tx *db.Tx, id experiment.ID, do, why, arm string) (err error) {
	switch do {
	case "start":
		_, err = trial.Start(v.ctx(), tx, id)
	case "resume":
		_, err = experiment.Resume(v.ctx(), tx, id, why)
	case "advance":
		_, err = trial.Advance(v.ctx(), tx, id, v.staff.Subject)
	case "follow":
		_, err = trial.Follow(v.ctx(), tx, id, v.staff.Subject)
	case "release":
		_, err = trial.Release(v.ctx(), tx, id, arm, v.staff.Subject)
	default:
		to, ok := ends[do]
		if !ok {
			return experiment.ErrState
		}
		_, err = experiment.End(v.ctx(), tx, id, to, why)
	}
	return err
}

// movesOf are what may be done with an experiment as it stands, the usual first.
func movesOf(e experiment.Experiment) []string {
	switch e.State {
	case experiment.StateDraft:
		return []string{"start"}
	case experiment.StateRunning:
		if e.Kind == experiment.Rollout {
			return []string{"compute", "advance", "pause", "roll_back"}
		}
		if e.Point.Kind == experiment.PointBanner {
			return []string{"compute", "follow", "pause", "stop", "roll_back"}
		}
		return []string{"compute", "pause", "stop", "roll_back"}
	case experiment.StatePaused:
		return []string{"resume", "stop", "roll_back"}
	}
	return nil
}

// verdictText is what the numbers say, in a sentence.
func (v *visit) verdictText(e experiment.Experiment, r trial.Result) string {
	if r.At.IsZero() {
		return v.T("admin.experiment.nothing_yet")
	}
	name := armName(e, r.Arm)
	for _, x := range r.Effects {
		if x.Arm == r.Arm && (r.Verdict == trial.Win || r.Verdict == trial.Lose) {
			return v.T("admin.experiment.verdict_"+string(r.Verdict), "Arm", name, "Percent", v.percentOf(x.Matured.Diff), "Low", v.percentOf(x.Matured.Low), "High", v.percentOf(x.Matured.High))
		}
	}
	switch r.Verdict {
	case trial.RollBack:
		return v.T("admin.experiment.verdict_roll_back", "Arm", name, "Why", Because(v.Locale, e, r))
	case trial.Continue:
		return v.T("admin.experiment.verdict_continue")
	}
	return v.T("admin.experiment.verdict_hold", "Why", Because(v.Locale, e, r))
}

// Because is the reason of a verdict in a reader's language, as the page of the
// experiment and the mail about it say it.
func Because(l i18n.Locale, e experiment.Experiment, r trial.Result) string {
	b := r.Because
	if !l.Has("admin.because." + b.Code) {
		return r.Reason
	}
	measure := ""
	if b.Measure != "" {
		measure = l.T("admin.guardrail." + b.Measure)
	}
	return l.T("admin.because."+b.Code, "Arm", armName(e, b.Arm), "Control", armName(e, b.Control), "Measure", measure, "Units", l.Number(int64(b.Units)),
		"Wanted", l.Number(int64(b.Wanted)), "Change", percent(l, math.Abs(b.Change)), "Margin", percent(l, b.Margin), "Detail", b.Detail)
}

// ended is why an experiment is no longer running: what staff wrote, or what
// the numbers said when it was taken back by itself.
func (v *visit) ended(e experimentView) string {
	for _, r := range e.Results {
		if r.Verdict == trial.RollBack && r.Reason == e.Reason {
			return Because(v.Locale, e.Experiment, r)
		}
	}
	if e.State == experiment.StateReleased {
		return armName(e.Experiment, e.Reason)
	}
	return e.Reason
}

func armName(e experiment.Experiment, key string) string {
	i := slices.IndexFunc(e.Arms, func(a experiment.Arm) bool { return a.Key == key })
	if i < 0 {
		return key
	}
	return cmp.Or(e.Arms[i].Name, key)
}

// percentOf is a share as a change: "+5.1%".
func (v *visit) percentOf(share float64) string {
	text := strconv.FormatFloat(100*share, 'f', 1, 64)
	sign := "+"
	if strings.HasPrefix(text, "-") {
		sign, text = "−", text[1:]
	}
	return sign + strings.Replace(text, ".", decimalPoint(v.Locale), 1) + percentSign(v.Locale)
}

// shareOf is a share of a whole, to a tenth: "2.0%".
func (v *visit) shareOf(share float64) string { return percent(v.Locale, share) }

func percent(l i18n.Locale, share float64) string {
	return strings.Replace(strconv.FormatFloat(100*share, 'f', 1, 64), ".", decimalPoint(l), 1) + percentSign(l)
}

// percentSign is what follows a share: "%" in English, " %" in German.
func percentSign(l i18n.Locale) string { return strings.TrimPrefix(l.Percent(10_000), "1") }
