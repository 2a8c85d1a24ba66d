package event_test

import (
	"log/slog"
	"slices"
)

var discard = slog.New(slog.DiscardHandler)

func sorted(all []string) []string {
	slices.Sort(all)
	return all
}
