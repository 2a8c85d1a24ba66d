package flow_test

import (
	"errors"
	"testing"

	"korzo/platform/i18n"
	"korzo/platform/rule"
	"korzo/purchase/flow"
	"korzo/purchase/flow/widget"
)

func TestEveryLanguageSaysEverythingOfAFlow(t *testing.T) {
	words := i18n.Load()
	if err := errors.Join(words.Add(flow.Messages()), words.Add(rule.Messages()), words.Add(widget.Messages())); err != nil {
		t.Fatal(err)
	}
	for _, missing := range words.Missing() {
		t.Error(missing)
	}
	for _, k := range widget.Kinds() {
		if english := k.Say().In(words.Locale("en")); english != k.Title {
			t.Errorf("%s is called %q and %q", k.Name, k.Title, english)
		}
	}
}
