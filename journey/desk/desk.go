// Package desk walks the admin as its staff do: in a real browser, through
// every page, by the light and in the dark, on a phone and at a desk.
//
// It holds tests only. Its one idea: the table of pages is the router's own, so
// a new page is looked at unasked, and each is held to the same: axe finds
// nothing, nothing is wider than 320 px, no script fails.
//
// Never true: a page that nobody walked called green. Without a browser these
// tests fail.
package desk
