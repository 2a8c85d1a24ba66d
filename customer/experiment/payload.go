package experiment

import (
	"context"
	"encoding/json"

	"korzo/customer/visitor"
	"korzo/platform/db"
	"korzo/platform/rule"
)

// PayloadFeature is a feature as GrowthBook's programs read it.
type PayloadFeature struct {
	Default json.RawMessage `json:"defaultValue"`
	Rules   []PayloadRule   `json:"rules,omitempty"`
}

// PayloadRule is one of its rules: a value that is forced, or the arms of an
// experiment with the places of their units.
type PayloadRule struct {
	Condition  map[string]any    `json:"condition,omitempty"`
	Force      json.RawMessage   `json:"force,omitempty"`
	Key        string            `json:"key,omitempty"`
	Seed       string            `json:"seed,omitempty"`
	HashVer    int               `json:"hashVersion,omitempty"`
	Attribute  string            `json:"hashAttribute,omitempty"`
	Variations []json.RawMessage `json:"variations,omitempty"`
	Ranges     [][2]float64      `json:"ranges,omitempty"`
	Meta       []PayloadMeta     `json:"meta,omitempty"`
	Phase      string            `json:"phase,omitempty"`
}

// PayloadMeta names a variation.
type PayloadMeta struct {
	Key string `json:"key"`
}

// HashAttribute is the attribute in which such a program carries the visitor id.
const HashAttribute = "visitor"

// Payload is every feature as GrowthBook's programs read them, so that they
// decide as Evaluate does. What their language cannot say (a rule that is more
// than facts being equal to something, an experiment with another hash or in a
// layer) is left out together with all that follows it: they get the default.
func Payload(ctx context.Context, tx *db.Tx) (map[string]PayloadFeature, error) {
	features, err := selectFeatures(ctx, tx)
	if err != nil {
		return nil, err
	}
	b, err := remembered.Get(ctx, tx)
	if err != nil {
		return nil, err
	}
	all := map[string]PayloadFeature{}
	for _, f := range features {
		p := PayloadFeature{Default: f.Default}
		if !f.Off && !f.Archived {
			p.Rules = payloadRules(f, b.at[Point{PointFeature, f.Key}])
		}
		all[f.Key] = p
	}
	return all, nil
}

func payloadRules(f Feature, experiments []running) (rules []PayloadRule) {
	for _, r := range f.Rules {
		program, err := visitor.Compile(r.Target)
		if err != nil {
			continue // it holds for nobody
		}
		condition, ok := conditionOf(program)
		if !ok {
			return rules
		}
		rules = append(rules, PayloadRule{Condition: condition, Force: r.Value})
	}
	for _, e := range experiments {
		p := PayloadRule{Key: e.Key, Seed: e.Salt, HashVer: 2, Attribute: HashAttribute, Phase: string(e.ID)}
		if e.target != nil {
			condition, ok := conditionOf(e.target)
			if !ok {
				return rules
			}
			p.Condition = condition
		}
		if e.Hash != GrowthBook || e.layer.Name != "" || e.broken {
			return rules
		}
		for i, a := range e.Arms {
			value := a.Value
			if asIs(value) {
				value = f.Default
			}
			p.Variations = append(p.Variations, value)
			p.Ranges = append(p.Ranges, [2]float64{e.ranges[i].From, e.ranges[i].To})
			p.Meta = append(p.Meta, PayloadMeta{a.Key})
		}
		rules = append(rules, p)
	}
	return rules
}

// conditionOf is a rule in their language, when it says nothing but that facts
// are equal to something.
func conditionOf(p *rule.Program) (map[string]any, bool) {
	condition := map[string]any{}
	if len(p.Equalities()) != p.Clauses() {
		return nil, false
	}
	for _, eq := range p.Equalities() {
		if _, twice := condition[eq.Fact]; twice {
			return nil, false
		}
		condition[eq.Fact] = map[string]any{"$in": eq.Values}
	}
	return condition, true
}
