package segment_test

import (
	"errors"
	"testing"

	"korzo/customer/segment"
	"korzo/platform/i18n"
	"korzo/platform/rule"
)

func TestEveryLanguageSaysWhatIsWrongWithASegment(t *testing.T) {
	words := i18n.Load()
	if err := errors.Join(words.Add(segment.Messages()), words.Add(rule.Messages())); err != nil {
		t.Fatal(err)
	}
	for _, missing := range words.Missing() {
		t.Error(missing)
	}
}
