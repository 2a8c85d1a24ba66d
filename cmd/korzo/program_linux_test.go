package main

import (
	"strings"
	"testing"
)

func TestOnlyThePartsOfTheProgramThatNobodyWritesToAreLetGo(t *testing.T) {
	const program = "/usr/bin/korzo"
	for _, c := range []struct {
		line string
		want mapping
	}{
		{"00400000-02c00000 r-xp 00000000 fe:01 42                         /usr/bin/korzo", mapping{0x400000, 0x2800000}},
		{"02c00000-05000000 r--p 02800000 fe:01 42                         /usr/bin/korzo", mapping{0x2c00000, 0x2400000}},
		{"05000000-05300000 rw-p 04c00000 fe:01 42                         /usr/bin/korzo", mapping{}},
		{"05300000-07400000 rw-p 00000000 00:00 0", mapping{}},
		{"7f0000000000-7f0000100000 r--s 00000000 fe:01 43                 /shop/search/1.zap", mapping{}},
		{"7ffd00000000-7ffd00100000 rw-p 00000000 00:00 0                  [stack]", mapping{}},
		{"nonsense-02c00000 r-xp 00000000 fe:01 42                         /usr/bin/korzo", mapping{}},
		{"00400000-nonsense r-xp 00000000 fe:01 42                         /usr/bin/korzo", mapping{}},
	} {
		if got := mappingOf(strings.Fields(c.line), program); got != c.want {
			t.Errorf("%s: %x is let go, want %x", c.line, got, c.want)
		}
	}
}

func TestTheProgramGoesOnAfterItsPagesAreLetGo(t *testing.T) {
	for range 3 {
		shed()
		TestTheAllowanceGrowsWithWhatIsAlive(t)
	}
}
