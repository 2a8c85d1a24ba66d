package storeapi

import (
	"strconv"
	"strings"
	"time"

	"korzo/platform/fault"
)

var errIfMatch = fault.New(fault.Invalid, "storeapi.if_match", "If-Match must be the version you read, as a number in quotes")

// etag is a version as an entity tag.
func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// versionOf reads an If-Match header; 0 means that none was sent.
func versionOf(header string) (int64, error) {
	if header == "" || header == "*" {
		return 0, nil
	}
	n, err := strconv.ParseInt(strings.Trim(header, `"`), 10, 64)
	if err != nil || n < 1 {
		return 0, errIfMatch
	}
	return n, nil
}

func rfc3339(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
