package trial

import (
	"cmp"
	"fmt"
)

// Because is the reason of a verdict, so that it can be said in any language.
// Which of its values mean something depends on the code; shares are parts of
// one.
type Because struct {
	Code    string  `json:"code"`
	Arm     string  `json:"arm,omitempty"`     // it is about
	Control string  `json:"control,omitempty"` // it was compared with
	Measure string  `json:"measure,omitempty"` // a guardrail
	Units   float64 `json:"units,omitempty"`   // that came
	Wanted  float64 `json:"wanted,omitempty"`  // that were needed, or orders expected
	Change  float64 `json:"change,omitempty"`  // relative to the control: below zero for less
	Margin  float64 `json:"margin,omitempty"`  // that is borne
	Detail  string  `json:"detail,omitempty"`  // plain English
}

// The codes of reasons.
const (
	BecauseFailed   = "failed"   // a number could not be computed: Detail
	BecauseCurrency = "currency" // orders are in a currency that the plan has no rate for
	BecauseNothing  = "nothing"  // there is nothing to compare
	BecauseOld      = "old"      // the numbers are out of date
	BecauseMismatch = "mismatch" // the arms have other shares of the visitors than planned
	BecauseCrossed  = "crossed"  // customers saw two arms
	BecauseMissing  = "missing"  // an Arm's numbers
	BecauseFew      = "few"      // Arm was shown to Units visitors, nothing is said below Wanted
	BecauseNobody   = "nobody"   // nobody of Units bought, where Wanted were expected to
	BecauseBroken   = "broken"   // something of ours failed Units visitors of Arm, a share of Change, where Wanted were failed in as many of Control
	BecauseHarm     = "harm"     // Measure of Arm is lower than Control's by Change, beyond Margin
	BecauseUnproved = "unproved" // no arm is proved better or worse yet
	BecauseWaits    = "waits"    // Units visitors have matured, the next planned look is at Wanted
	BecauseOver     = "over"     // the planned looks are over, and nothing was proved
	BecauseBetter   = "better"   // Arm leaves more by Change
	BecauseWorse    = "worse"    // Arm leaves less by Change
)

// told are guardrails by what is measured, where that is another word.
var told = map[string]string{"authorisation": "payment approval", "errors": "the share of checkouts without a wrong field",
	"machine": "the share of visitors whom nothing of ours failed"}

// String is the reason in English; a sentence without its stop.
func (b Because) String() string {
	switch b.Code {
	case BecauseFailed:
		return "a number could not be computed: " + b.Detail
	case BecauseCurrency:
		return "a number could not be computed: orders are in a currency that the plan has no rate for"
	case BecauseNothing:
		return "there is nothing to compare"
	case BecauseOld:
		return "the numbers are out of date"
	case BecauseMismatch:
		return "the arms have other shares of the visitors than planned: something decides who is counted"
	case BecauseCrossed:
		return "too many customers were shown more than one arm"
	case BecauseMissing:
		return "the numbers of arm " + b.Arm + " are missing"
	case BecauseFew:
		return fmt.Sprintf("arm %s has been shown to %.0f visitors: nothing is said below %.0f", b.Arm, b.Units, b.Wanted)
	case BecauseNobody:
		return fmt.Sprintf("nobody of %.0f visitors bought, where %.0f were expected to", b.Units, b.Wanted)
	case BecauseBroken:
		return fmt.Sprintf("something of ours failed %.0f visitors of %s, where %.0f were to be expected by %s", b.Units, b.Arm, b.Wanted, b.Control)
	case BecauseHarm:
		return fmt.Sprintf("%s is %.1f %% lower than in %s, proved to be more than the %.1f %% that are borne",
			cmp.Or(told[b.Measure], b.Measure), -100*b.Change, b.Control, 100*b.Margin)
	case BecauseBetter:
		return fmt.Sprintf("%s leaves %.1f %% more per visitor than the control", b.Arm, 100*b.Change)
	case BecauseWorse:
		return fmt.Sprintf("%s leaves %.1f %% less per visitor than the control", b.Arm, -100*b.Change)
	case BecauseWaits:
		return fmt.Sprintf("%.0f visitors have matured, and the next planned look is at %.0f", b.Units, b.Wanted)
	case BecauseOver:
		return "the planned looks are over, and no arm was proved better or worse"
	case BecauseUnproved:
		return "no arm is proved better or worse yet"
	}
	return b.Detail
}
