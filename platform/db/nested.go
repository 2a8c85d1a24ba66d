package db

import (
	"runtime"
	"slices"
	"strings"
)

// inside calls fn. Every transaction's function is called from here and from
// nowhere else, so the address in it stands on the stack exactly while a
// transaction is under way in this goroutine.
//
//go:noinline
func inside(tx *Tx, fn func(tx *Tx) error) error {
	return fn(tx)
}

// insideAddress is the return address of the call in inside.
var insideAddress = func() (address uintptr) {
	_ = inside(nil, func(*Tx) error {
		var stack [8]uintptr
		for _, pc := range stack[:runtime.Callers(1, stack[:])] {
			if f, _ := runtime.CallersFrames([]uintptr{pc}).Next(); strings.HasSuffix(f.Function, "/db.inside") {
				address = pc
			}
		}
		return nil
	})
	return address
}()

// nested reports whether this goroutine is inside a transaction already. The
// function has no context to carry a mark, so the stack is asked (some
// microseconds, so only while another is under way); without it a nested Write
// would wait for itself.
func nested() bool {
	var stack [64]uintptr
	return slices.Contains(stack[:runtime.Callers(3, stack[:])], insideAddress)
}
