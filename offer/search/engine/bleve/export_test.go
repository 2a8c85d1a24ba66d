package bleve

import "testing"

// Around has the smallest of indexes look around the rarer of words, until the
// end of the test.
func Around(t *testing.T) {
	was := bound
	bound = bounds{few: 3}
	t.Cleanup(func() { bound = was })
}
