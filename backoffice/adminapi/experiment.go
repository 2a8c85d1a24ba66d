package adminapi

import (
	"context"
	"encoding/json"

	"korzo/customer/experiment"
	"korzo/insight/trial"
	"korzo/platform/audit"
	"korzo/platform/db"
)

func (a *API) experimentRoutes(r routes) {
	add(r, "GET", "/experiments", "Experiments", "List experiments", "flows.read", a.listExperiments)
	add(r, "POST", "/experiments", "Experiments", "Write an experiment", "flows.write", a.createExperiment)
	add(r, "GET", "/experiments/{id}", "Experiments", "Show an experiment", "flows.read", a.showExperiment)
	add(r, "POST", "/experiments/{id}/status", "Experiments", "Start, pause, resume, stop, roll back, advance or release an experiment", "flows.write", a.moveExperiment)
	add(r, "POST", "/experiments/{id}/weights", "Experiments", "Begin a phase with other weights", "flows.write", a.reweigh)
	add(r, "GET", "/experiments/{id}/results", "Experiments", "Show what an experiment came to", "reports.read", a.results)
	add(r, "POST", "/experiments/{id}/results", "Experiments", "Compute an experiment now", "flows.write", a.compute)
	add(r, "POST", "/experiments/plan", "Experiments", "Say what an experiment needs to prove its effect", "flows.read", a.planExperiment)
	add(r, "GET", "/features", "Experiments", "List features", "flows.read", a.listFeatures)
	add(r, "PUT", "/features/{key}", "Experiments", "Write a feature", "flows.write", a.saveFeature)
	add(r, "GET", "/experiment-layers", "Experiments", "Show what the experiments of each layer brought, beside who is held out of all", "reports.read", a.layers)
	add(r, "PUT", "/experiment-layers/{name}", "Experiments", "Write a layer", "flows.write", a.saveLayer)
}

type experimentBody struct {
	ID        string           `json:"id"`
	Status    string           `json:"status" enum:"draft,running,paused,rolled_back,released,stopped"`
	Phase     int64            `json:"phase" doc:"Counted from 1; 0 before it begins"`
	Percent   int              `json:"percent,omitempty" doc:"Of a roll-out: the share that sees the new"`
	Reason    string           `json:"reason,omitempty" doc:"Why it is in its status"`
	StartedAt string           `json:"started_at,omitempty" format:"date-time"`
	EndedAt   string           `json:"ended_at,omitempty" format:"date-time"`
	Draft     experiment.Draft `json:"experiment"`
}

func experimentOf(e experiment.Experiment) experimentBody {
	b := experimentBody{ID: string(e.ID), Status: string(e.State), Phase: e.Phase, Reason: e.Reason, Draft: e.Draft}
	if e.Kind == experiment.Rollout && e.Phase > 0 {
		b.Percent = experiment.Stages[e.Stage]
	}
	if e.State == experiment.StateReleased {
		b.Percent = 100
	}
	if !e.StartedAt.IsZero() {
		b.StartedAt = rfc3339(e.StartedAt)
	}
	if !e.EndedAt.IsZero() {
		b.EndedAt = rfc3339(e.EndedAt)
	}
	return b
}

type experimentOutput struct{ Body experimentBody }

type listExperimentsInput struct {
	Status string `query:"status" enum:"draft,running,paused,rolled_back,released,stopped"`
}

func (a *API) listExperiments(ctx context.Context, in *listExperimentsInput) (*list[experimentBody], error) {
	bodies := []experimentBody{}
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := experiment.List(ctx, tx, experiment.State(in.Status))
		for _, e := range all {
			bodies = append(bodies, experimentOf(e))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(bodies, ""), nil
}

type createExperimentInput struct {
	FlowReader
	Body experiment.Draft
}

func (a *API) createExperiment(ctx context.Context, in *createExperimentInput) (*experimentOutput, error) {
	out, err := a.changeExperiment(ctx, "experiment.create", func(tx *db.Tx) (experiment.Experiment, error) {
		return experiment.Create(ctx, tx, in.Body)
	})
	return out, a.sayFlaws(in.FlowReader, err)
}

// changeExperiment runs a verb with its line in the audit.
func (a *API) changeExperiment(ctx context.Context, action string, verb func(tx *db.Tx) (experiment.Experiment, error)) (*experimentOutput, error) {
	var out *experimentOutput
	err := a.DB.Write(ctx, func(tx *db.Tx) error {
		e, err := verb(tx)
		if err != nil {
			return err
		}
		out = &experimentOutput{experimentOf(e)}
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: action, Subject: string(e.ID)})
	})
	return out, err
}

type experimentInput struct {
	ID experiment.ID `path:"id"`
}

func (a *API) showExperiment(ctx context.Context, in *experimentInput) (*experimentOutput, error) {
	var out *experimentOutput
	err := a.DB.Read(ctx, func(tx *db.Tx) error {
		e, err := experiment.Find(ctx, tx, in.ID)
		out = &experimentOutput{experimentOf(e)}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

type moveExperimentInput struct {
	ID   experiment.ID `path:"id"`
	Body struct {
		Action string `json:"action" enum:"start,pause,resume,stop,roll_back,advance,release,follow" doc:"follow begins a phase of an experiment on a banner in which each arm is given as often as it may be the best"`
		Arm    string `json:"arm,omitempty" doc:"With release: which arm everyone gets"`
		Reason string `json:"reason,omitempty" maxLength:"400"`
	}
}

// moveExperiment does what staff decide; what the numbers forbid is refused.
func (a *API) moveExperiment(ctx context.Context, in *moveExperimentInput) (*experimentOutput, error) {
	id, by, why := in.ID, string(from(ctx).ID), in.Body.Reason
	end := func(to experiment.State) func(tx *db.Tx) (experiment.Experiment, error) {
		return func(tx *db.Tx) (experiment.Experiment, error) { return experiment.End(ctx, tx, id, to, why) }
	}
	verb := map[string]func(tx *db.Tx) (experiment.Experiment, error){
		"start":     func(tx *db.Tx) (experiment.Experiment, error) { return trial.Start(ctx, tx, id) },
		"resume":    func(tx *db.Tx) (experiment.Experiment, error) { return experiment.Resume(ctx, tx, id, why) },
		"advance":   func(tx *db.Tx) (experiment.Experiment, error) { return trial.Advance(ctx, tx, id, by) },
		"release":   func(tx *db.Tx) (experiment.Experiment, error) { return trial.Release(ctx, tx, id, in.Body.Arm, by) },
		"follow":    func(tx *db.Tx) (experiment.Experiment, error) { return trial.Follow(ctx, tx, id, by) },
		"pause":     end(experiment.StatePaused),
		"stop":      end(experiment.StateStopped),
		"roll_back": end(experiment.StateRolledBack),
	}[in.Body.Action]
	return a.changeExperiment(ctx, "experiment."+in.Body.Action, verb)
}

type reweighInput struct {
	ID   experiment.ID `path:"id"`
	Body struct {
		Weights  []int64 `json:"weights" minItems:"2" doc:"Of the arms in their order, parts per million"`
		Coverage int64   `json:"coverage" minimum:"1" maximum:"1000000"`
	}
}

func (a *API) reweigh(ctx context.Context, in *reweighInput) (*experimentOutput, error) {
	return a.changeExperiment(ctx, "experiment.weights", func(tx *db.Tx) (experiment.Experiment, error) {
		return experiment.Reweigh(ctx, tx, in.ID, in.Body.Weights, in.Body.Coverage)
	})
}

type resultsInput struct {
	ID      experiment.ID `path:"id"`
	History int           `query:"history" minimum:"1" maximum:"100" default:"1" doc:"How many computations, the newest first"`
}

// results are what was known whenever it was computed. Only intervals that hold
// at any time are told, so looking is harmless.
func (a *API) results(ctx context.Context, in *resultsInput) (*list[trial.Result], error) {
	var all []trial.Result
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if _, err = experiment.Find(ctx, tx, in.ID); err != nil {
			return err
		}
		all, err = trial.History(ctx, tx, in.ID, in.History)
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(all, ""), nil
}

type resultOutput struct{ Body trial.Result }

func (a *API) compute(ctx context.Context, in *experimentInput) (*resultOutput, error) {
	r, err := trial.Look(ctx, a.DB, in.ID)
	if err != nil {
		return nil, err
	}
	return &resultOutput{r}, nil
}

type planInput struct {
	Body struct {
		Experiment     experiment.Draft `json:"experiment"`
		VisitorsADay   float64          `json:"visitors_a_day" minimum:"0" doc:"Who come to the point where the arms differ"`
		ConversionRate float64          `json:"conversion_rate,omitempty" minimum:"0" maximum:"1" doc:"Left out: 0.025"`
	}
}

type planOutput struct {
	Body struct {
		VisitorsAnArm int64 `json:"visitors_an_arm" doc:"To prove the smallest effect worth knowing with a chance of 80 %, looking whenever one likes, or at plan.looks planned looks; times the arms it is plan.units"`
		Days          int64 `json:"days" doc:"That takes; 0: never"`
		Enough        bool  `json:"enough" doc:"Within the planned days"`
		ForConversion int64 `json:"visitors_an_arm_for_conversion" doc:"To prove the same lift of the conversion rate"`
		DetectablePPM int64 `json:"detectable_lift_ppm" doc:"The smallest lift of contribution that could be proved in the planned days; 0: none"`
	}
}

func (a *API) planExperiment(_ context.Context, in *planInput) (*planOutput, error) {
	d := in.Body.Experiment
	if d.Coverage == 0 {
		d.Coverage = 1_000_000
	}
	p := trial.Plan(d, in.Body.VisitorsADay, in.Body.ConversionRate)
	out := new(planOutput)
	out.Body.VisitorsAnArm, out.Body.Days, out.Body.Enough = p.UnitsAnArm, p.Days, p.Enough
	out.Body.ForConversion, out.Body.DetectablePPM = p.RateUnits, p.DetectablePPM
	return out, nil
}

func (a *API) listFeatures(ctx context.Context, _ *struct{}) (*list[experiment.Feature], error) {
	var all []experiment.Feature
	err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
		all, err = experiment.Features(ctx, tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return listOf(all, ""), nil
}

type saveFeatureInput struct {
	FlowReader
	Key  string `path:"key"`
	Body struct {
		Note     string            `json:"note,omitempty" maxLength:"400"`
		Off      bool              `json:"off,omitempty" doc:"Everybody gets the default"`
		Archived bool              `json:"archived,omitempty" doc:"Off, and no longer in use; refused while an experiment is running on it"`
		Default  any               `json:"default" doc:"Any JSON value"`
		Rules    []experiment.Case `json:"rules,omitempty" doc:"The first whose target holds decides; then experiments; then the default"`
	}
}

type featureOutput struct{ Body experiment.Feature }

func (a *API) saveFeature(ctx context.Context, in *saveFeatureInput) (*featureOutput, error) {
	text, err := json.Marshal(in.Body.Default)
	if err != nil {
		return nil, err
	}
	f := experiment.Feature{Key: in.Key, Note: in.Body.Note, Off: in.Body.Off, Archived: in.Body.Archived, Default: text, Rules: in.Body.Rules}
	err = a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := experiment.SaveFeature(ctx, tx, f); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "feature.save", Subject: f.Key})
	})
	if err != nil {
		return nil, a.sayFlaws(in.FlowReader, err)
	}
	return &featureOutput{f}, nil
}

type saveLayerInput struct {
	Name string `path:"name"`
	Body struct {
		Holdout int64 `json:"holdout_ppm" doc:"The share that sees no experiment of the layer, in parts per million"`
	}
}

func (a *API) saveLayer(ctx context.Context, in *saveLayerInput) (*struct{}, error) {
	return nil, a.DB.Write(ctx, func(tx *db.Tx) error {
		if err := experiment.SaveLayer(ctx, tx, in.Name, in.Body.Holdout); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: string(from(ctx).ID), Action: "experiment.layer", Subject: in.Name})
	})
}
