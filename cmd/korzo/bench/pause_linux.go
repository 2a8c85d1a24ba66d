package bench

import (
	"syscall"
	"time"
)

// pause waits to within some microseconds, which the runtime's timers do not:
// an idle program wakes from those up to a millisecond late.
func pause(d time.Duration) {
	for end := time.Now().Add(d); d > 0; d = time.Until(end) { // a signal wakes it early
		t := syscall.NsecToTimespec(d.Nanoseconds())
		_ = syscall.Nanosleep(&t, nil)
	}
}
