package experiment

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"korzo/customer/visitor"
	"korzo/platform/flaw"
	"korzo/platform/i18n"
	"korzo/platform/rule"
)

//go:embed messages/*.json
var files embed.FS

// Messages are what is said of experiments and features that cannot be used, for
// i18n.Catalog.Add.
func Messages() fs.FS {
	sub, err := fs.Sub(files, "messages")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return sub
}

var english = i18n.English(Messages(), rule.Messages())

const (
	million    = 1_000_000
	minPlanned = 1000 // visitors of whom planned looks are, at least
	maxName    = 200
	maxRules   = 20 // of a feature
)

// completed fills in what may be left out.
func (d Draft) completed() Draft {
	if d.Kind == "" {
		d.Kind = Test
	}
	if d.Hash == "" {
		d.Hash = SHA256
	}
	if d.Coverage == 0 {
		d.Coverage = million
	}
	if d.To == 0 {
		d.To = million
	}
	if d.Kind == Rollout {
		for i := range d.Arms {
			d.Arms[i].Weight = million / 2
		}
	}
	return d
}

var keyForm = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,79}$`)

// check returns ErrInvalid as a flaw.Error that names each field at fault.
func (d Draft) check() error {
	var wrong flaw.List
	wrong.If(!keyForm.MatchString(d.Key), "key", "experiment.flaw.key")
	wrong.If(strings.TrimSpace(d.Name) == "" || len(d.Name) > maxName, "name", "experiment.flaw.name", "Most", maxName)
	wrong.If(d.Kind != Test && d.Kind != Rollout, "kind", "experiment.flaw.kind")
	wrong.If(d.Hash != SHA256 && d.Hash != GrowthBook, "hash", "experiment.flaw.hash")
	wrong.If(!slices.Contains(points, d.Point.Kind) || d.Point.Key == "", "point", "experiment.flaw.point")
	wrong.If(d.Coverage < 1 || d.Coverage > million, "coverage", "experiment.flaw.coverage")
	wrong.If(d.From < 0 || d.To > million || d.From >= d.To, "to", "experiment.flaw.place")
	wrong.If(d.Plan.Days != 0 && (d.Plan.Days < 7 || d.Plan.Days > 90), "plan.days", "experiment.flaw.days")
	wrong.If(d.Plan.LiftPPM < 0 || d.Plan.MatureDays < 0 || d.Plan.MatureDays > 90 || d.Plan.Units < 0, "plan", "experiment.flaw.plan")
	wrong.If(d.Plan.Looks != 0 && (d.Plan.Looks < 2 || d.Plan.Looks > 10), "plan.looks", "experiment.flaw.looks")
	wrong.If(d.Plan.Looks > 0 && d.Plan.Units < minPlanned, "plan.units", "experiment.flaw.units", "Least", minPlanned)
	wrong.If(d.Plan.Looks > 0 && d.Kind == Rollout, "plan.looks", "experiment.flaw.stages")
	if d.Target != "" {
		_, err := visitor.Compile(d.Target)
		wrong.Rule("target", err)
	}
	d.checkArms(&wrong)
	return wrong.As(ErrInvalid, english)
}

func (d Draft) checkArms(wrong *flaw.List) {
	if len(d.Arms) < 2 || len(d.Arms) > 10 || d.Kind == Rollout && len(d.Arms) != 2 {
		wrong.Blame("arms", "experiment.flaw.arms")
		return
	}
	seen, sum := map[string]bool{}, int64(0)
	for i, a := range d.Arms {
		field := fmt.Sprintf("arms.%d", i+1)
		wrong.If(!keyForm.MatchString(a.Key) || seen[a.Key], field, "experiment.flaw.arm_key")
		wrong.If(len(a.Value) > 0 && !json.Valid(a.Value), field, "experiment.flaw.arm_value")
		wrong.If(a.Weight < 1, field, "experiment.flaw.arm_weight")
		seen[a.Key], sum = true, sum+a.Weight
	}
	wrong.If(sum != million, "arms", "experiment.flaw.weights", "Sum", sum)
}

// ParseArm reads an arm's value as a T, which is what is tested's own; none at all is
// the zero T. It returns ErrInvalid, telling the shape a value may have.
func ParseArm[T any](value json.RawMessage, shape string) (arm T, err error) {
	if len(value) > 0 && json.Unmarshal(value, &arm) != nil {
		return arm, Refuse("arms", "experiment.flaw.arm_shape", "Shape", shape)
	}
	return arm, nil
}

// Refuse returns ErrInvalid as a flaw.Error about one field, for whoever owns what
// is tested; id is a message of this package, experiment.flaw.….
func Refuse(field, id string, args ...any) error {
	var wrong flaw.List
	wrong.Blame(field, id, args...)
	return wrong.As(ErrInvalid, english)
}

// CheckArms has check look at each arm's value as a T, for whoever owns what is
// tested: blame tells what is wrong with it by a message of this package,
// experiment.flaw.…. It returns ErrInvalid as a flaw.Error that names the arms.
func CheckArms[T any](d Draft, shape string, check func(arm T, blame func(id string, args ...any)) error) error {
	var wrong flaw.List
	for i, one := range d.Arms {
		blame := func(id string, args ...any) { wrong.Blame(fmt.Sprintf("arms.%d", i+1), id, args...) }
		arm, err := ParseArm[T](one.Value, shape)
		if err != nil {
			blame("experiment.flaw.arm_shape", "Shape", shape)
			continue
		}
		if err := check(arm, blame); err != nil {
			return err
		}
	}
	return wrong.As(ErrInvalid, english)
}

// shares are coverage and weights as the assignment uses them: a roll-out at
// p percent shows p the new, and as many are counted who are shown the old.
func (e Experiment) shares() (coverage float64, weights []float64) {
	coverage = float64(e.Coverage) / million
	if e.Kind == Rollout {
		return float64(2*Stages[e.Stage]) / 100, []float64{0.5, 0.5}
	}
	weights = make([]float64, len(e.Arms))
	for i, a := range e.Arms {
		weights[i] = float64(a.Weight) / million
	}
	return coverage, weights
}

// Ranges are where the units of each arm stand at the moment.
func (e Experiment) Ranges() []Range { return ranges(e.shares()) }
