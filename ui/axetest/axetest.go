// Package axetest holds axe-core 4.14.1, which looks in a page for what keeps people
// out, for the tests that open pages in a browser.
//
// axe.min.js.gz is the file of that name in npm's axe-core 4.14.1, packed and
// otherwise as its makers published it: Deque Systems, under the Mozilla Public
// License 2.0, whose text is in LICENSE. Its licence covers that file alone.
//
// Never true: this package in what is shipped. Only tests import it.
package axetest

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"io"
	"sync"
)

//go:embed axe.min.js.gz
var packed []byte

var script = sync.OnceValues(func() (string, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(r)
	return string(text), err
})

// Run is a script that judges the page it is evaluated in by every rule of
// WCAG 2.2 AA and good practice, and promises a sentence per violation: none
// for a page that keeps nobody out. The size of targets is a rule of 2.2 that
// axe leaves off unless it is asked.
func Run() (string, error) {
	text, err := script()
	return text + `;axe.run(document, {resultTypes: ['violations'], rules: {'target-size': {enabled: true}}}).then(r => r.violations.map(v => v.id + ': ' +
		v.nodes.map(n => n.html.slice(0, 160) + ' ' + n.any.concat(n.all, n.none).map(c => c.message).join('; ')).join(' | ')))`, err
}
