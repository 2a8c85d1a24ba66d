package experiment

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"korzo/customer/visitor"
)

const million = 1_000_000

// minPlanned is of how many visitors planned looks are at least.
const minPlanned = 1000

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

// check returns ErrInvalid naming each field at fault.
func (d Draft) check() error {
	var wrong []string
	complain := func(bad bool, field, text string) {
		if bad {
			wrong = append(wrong, field+": "+text)
		}
	}
	complain(!keyForm.MatchString(d.Key), "key", "use small letters, digits, - and _, at most 80")
	complain(strings.TrimSpace(d.Name) == "" || len(d.Name) > 200, "name", "give the experiment a name of at most 200 characters")
	complain(d.Kind != Test && d.Kind != Rollout, "kind", "use test or rollout")
	complain(d.Hash != SHA256 && d.Hash != GrowthBook, "hash", "use sha256 or growthbook")
	complain(!slices.Contains(points, d.Point.Kind) || d.Point.Key == "", "point", "say what is tested: kind flow, feature, banner or message, and its key")
	complain(d.Coverage < 1 || d.Coverage > million, "coverage", "give the share that takes part in parts per million: 1 to 1000000")
	complain(d.From < 0 || d.To > million || d.From >= d.To, "to", "give a place in the layer: from below to, both 0 to 1000000")
	complain(d.Plan.Days != 0 && (d.Plan.Days < 7 || d.Plan.Days > 90), "plan.days", "plan 7 to 90 days: whole weeks carry every weekday")
	complain(d.Plan.LiftPPM < 0 || d.Plan.MatureDays < 0 || d.Plan.MatureDays > 90 || d.Plan.Units < 0, "plan", "give no negative numbers, and at most 90 days for returns")
	complain(d.Plan.Looks != 0 && (d.Plan.Looks < 2 || d.Plan.Looks > 10), "plan.looks", "plan 2 to 10 looks, or none, to read at any time")
	complain(d.Plan.Looks > 0 && d.Plan.Units < minPlanned, "plan.units", "say of how many visitors in all the planned looks are: 1000 at least")
	complain(d.Plan.Looks > 0 && d.Kind == Rollout, "plan.looks", "a roll-out begins anew with each stage: read it at any time")
	if d.Target != "" {
		if _, err := visitor.Compile(d.Target); err != nil {
			complain(true, "target", err.Error())
		}
	}
	wrong = append(wrong, d.checkArms()...)
	if len(wrong) > 0 {
		return ErrInvalid.With(strings.Join(wrong, "; "))
	}
	return nil
}

func (d Draft) checkArms() (wrong []string) {
	if len(d.Arms) < 2 || len(d.Arms) > 10 || d.Kind == Rollout && len(d.Arms) != 2 {
		return []string{"arms: a test has 2 to 10, a roll-out the old and the new"}
	}
	seen, sum := map[string]bool{}, int64(0)
	for i, a := range d.Arms {
		field := fmt.Sprintf("arms.%d", i+1)
		if !keyForm.MatchString(a.Key) || seen[a.Key] {
			wrong = append(wrong, field+": give each arm a key of its own of small letters, digits, - and _")
		}
		if len(a.Value) > 0 && !json.Valid(a.Value) {
			wrong = append(wrong, field+": the value is no JSON")
		}
		if a.Weight < 1 {
			wrong = append(wrong, field+": give the arm a weight above 0, in parts per million")
		}
		seen[a.Key], sum = true, sum+a.Weight
	}
	if sum != million {
		wrong = append(wrong, fmt.Sprintf("arms: the weights come to %d: they must be 1000000 together", sum))
	}
	return wrong
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
