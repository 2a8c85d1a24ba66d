package experiment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"korzo/customer/visitor"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/flaw"
	"korzo/platform/remember"
	"korzo/platform/rule"
)

// ErrFeature reports that there is no such feature.
var ErrFeature = fault.New(fault.NotFound, "experiment.feature_not_found", "there is no such feature: list the features to see what there is")

// Feature is a value of the shop that may differ by visitor: a switch, a text,
// a number, any JSON. Its JSON is stored.
type Feature struct {
	Key      string          `json:"key"`
	Note     string          `json:"note,omitempty"`
	Off      bool            `json:"off,omitempty"`      // everybody gets Default
	Archived bool            `json:"archived,omitempty"` // Off, and no longer in use
	Default  json.RawMessage `json:"default"`
	Rules    []Case          `json:"rules,omitempty"` // the first that holds decides; then experiments; then Default
}

// Case gives a value to the visits that fulfil a target.
type Case struct {
	Target string          `json:"target"`
	Value  json.RawMessage `json:"value"`
}

// Reason says why a feature has its value, in OpenFeature's words.
type Reason string

// The reasons.
const (
	Static    Reason = "STATIC"          // the default, whoever asks
	Targeting Reason = "TARGETING_MATCH" // a rule held
	Split     Reason = "SPLIT"           // an experiment's arm
	Disabled  Reason = "DISABLED"
)

// Evaluation is a feature's value for a visit.
type Evaluation struct {
	Key     string
	Value   json.RawMessage
	Variant string // the arm, or "default"
	Reason  Reason
	Assignment
}

// maxFeatures bounds what there may be.
const maxFeatures = 500

// compiled is a feature with its rules made ready.
type compiled struct {
	Feature
	rules []*rule.Program
}

var rememberedFeatures = remember.New(memory+".feature", loadFeatures)

func loadFeatures(ctx context.Context, tx *db.Tx) (map[string]compiled, error) {
	all, err := selectFeatures(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("load features: %w", err)
	}
	byKey := make(map[string]compiled, len(all))
	for _, f := range all {
		c := compiled{Feature: f}
		for _, r := range f.Rules {
			p, err := visitor.Compile(r.Target)
			if err != nil {
				p = nil // it holds for nobody
			}
			c.rules = append(c.rules, p)
		}
		byKey[f.Key] = c
	}
	return byKey, nil
}

// SaveFeature writes a feature. It returns ErrInvalid naming each field at
// fault, ErrBusy for one that is archived while an experiment is running on it,
// and may be repeated.
func SaveFeature(ctx context.Context, tx *db.Tx, f Feature) error {
	if err := f.check(); err != nil {
		return err
	}
	if runs, err := Running(ctx, tx, Point{PointFeature, f.Key}); err != nil {
		return err
	} else if runs && f.Archived {
		return ErrBusy.With("an experiment is running on this feature: stop it first")
	}
	if err := upsertFeature(ctx, tx, f); err != nil {
		return fmt.Errorf("save feature %s: %w", f.Key, err)
	}
	return remember.Touch(ctx, tx, memory+".feature")
}

// check returns ErrInvalid as a flaw.Error that names each field at fault.
func (f Feature) check() error {
	var wrong flaw.List
	wrong.If(!keyForm.MatchString(f.Key), "key", "experiment.flaw.key")
	wrong.If(!json.Valid(f.Default), "default", "experiment.flaw.default")
	wrong.If(len(f.Rules) > maxRules, "rules", "experiment.flaw.rules", "Most", maxRules)
	for i, r := range f.Rules {
		field := fmt.Sprintf("rules.%d", i+1)
		_, err := visitor.Compile(r.Target)
		wrong.Rule(field+".target", err)
		wrong.If(!json.Valid(r.Value), field+".value", "experiment.flaw.value")
	}
	return wrong.As(ErrInvalid, english)
}

// Features returns all features by key.
func Features(ctx context.Context, tx *db.Tx) ([]Feature, error) { return selectFeatures(ctx, tx) }

// FeaturesNeed reports whether a feature's rule speaks of a fact that begins with
// prefix ("customer."), so that what nobody asks is not read.
func FeaturesNeed(ctx context.Context, tx *db.Tx, prefix string) (bool, error) {
	all, err := rememberedFeatures.Get(ctx, tx)
	for _, f := range all {
		for _, p := range f.rules {
			if p != nil && slices.ContainsFunc(p.Facts(), func(fact string) bool { return strings.HasPrefix(fact, prefix) }) {
				return true, err
			}
		}
	}
	return false, err
}

// Evaluate returns a feature's value for a visit, or ErrFeature. It costs no
// statement of its own and writes nothing: call Reveal where the value is shown.
func Evaluate(ctx context.Context, tx *db.Tx, key string, v visitor.Visit) (Evaluation, error) {
	e, decided, err := evaluate(ctx, tx, key, &v)
	if err != nil || decided {
		return e, err
	}
	a, err := Decide(ctx, tx, Point{PointFeature, key}, v)
	return e.with(a), err
}

// Reveal is Evaluate where the value is shown: an experiment's exposure is
// written down.
func Reveal(ctx context.Context, tx *db.Tx, key string, v visitor.Visit, customer string) (Evaluation, error) {
	e, decided, err := evaluate(ctx, tx, key, &v)
	if err != nil || decided {
		return e, err
	}
	a, err := Expose(ctx, tx, Point{PointFeature, key}, v, customer)
	return e.with(a), err
}

// evaluate decides by switch and rules; decided is false where an experiment may.
func evaluate(ctx context.Context, tx *db.Tx, key string, v *visitor.Visit) (e Evaluation, decided bool, err error) {
	all, err := rememberedFeatures.Get(ctx, tx)
	if err != nil {
		return e, false, err
	}
	f, ok := all[key]
	if !ok {
		return e, false, ErrFeature
	}
	e = Evaluation{Key: key, Value: f.Default, Variant: "default", Reason: Static}
	if f.Off || f.Archived {
		e.Reason = Disabled
		return e, true, nil
	}
	for i, p := range f.rules {
		if p == nil {
			continue
		}
		if holds, err := p.True(v.Tell(p.Facts())); holds && err == nil {
			e.Value, e.Reason, e.Variant = f.Rules[i].Value, Targeting, fmt.Sprintf("rule-%d", i+1)
			return e, true, nil
		}
	}
	return e, false, nil
}

// with gives an evaluation the arm's value; an arm without one leaves it.
func (e Evaluation) with(a Assignment) Evaluation {
	if a.Experiment == "" {
		return e
	}
	e.Assignment, e.Variant, e.Reason = a, a.Arm, Split
	if !asIs(a.Value) {
		e.Value = a.Value
	}
	return e
}

// asIs reports whether an arm leaves its point as it is. A stored arm without a
// value is read again as null.
func asIs(value json.RawMessage) bool { return len(value) == 0 || string(value) == "null" }

// Keep makes an arm's value the feature's default, after its experiment was
// released. An arm without a value changes nothing; a feature there is no more is
// left alone.
func Keep(ctx context.Context, tx *db.Tx, key string, value json.RawMessage) error {
	if asIs(value) {
		return nil
	}
	all, err := selectFeatures(ctx, tx)
	if err != nil {
		return fmt.Errorf("keep value of feature %s: %w", key, err)
	}
	for _, f := range all {
		if f.Key == key {
			f.Default = value
			return SaveFeature(ctx, tx, f)
		}
	}
	return nil
}

// FindFeature returns a feature, or ErrFeature.
func FindFeature(ctx context.Context, tx *db.Tx, key string) (Feature, error) {
	f, err := selectFeature(ctx, tx, key)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrFeature
	}
	return f, err
}
