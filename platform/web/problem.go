package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"korzo/platform/fault"
)

const problemType = "application/problem+json"

// statusGone is what a request ends with whose client hung up: it is seen in
// the access log only.
const statusGone = 499

// Problem is a failure as every door answers it (RFC 9457).
type Problem struct {
	Type      string  `json:"type" doc:"Where this kind of problem is explained: /problems/{code}"`
	Title     string  `json:"title" doc:"The HTTP status in words"`
	Status    int     `json:"status" doc:"The HTTP status"`
	Detail    string  `json:"detail" doc:"What happened and what to do about it, in English"`
	Code      string  `json:"code" doc:"Stable name of the failure; decide by this"`
	RequestID string  `json:"request_id,omitempty" doc:"Name this when you ask for help"`
	Retryable bool    `json:"retryable" doc:"The same request may succeed later"`
	Errors    []Field `json:"errors,omitempty" doc:"The fields at fault"`
}

// Field is one part of a request that is at fault.
type Field struct {
	Field   string `json:"field" doc:"Where it stands: lines[0].quantity, query.limit"`
	Code    string `json:"code" doc:"Stable name of the failure"`
	Message string `json:"message" doc:"What is wrong and what would be right"`
}

// Error returns code and detail.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus is how huma learns of the status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType turns the format's name into that of problems.
func (p *Problem) ContentType(string) string { return problemType }

var statuses = [...]int{
	fault.Internal:     http.StatusInternalServerError,
	fault.Invalid:      http.StatusUnprocessableEntity,
	fault.NotFound:     http.StatusNotFound,
	fault.Conflict:     http.StatusConflict,
	fault.Forbidden:    http.StatusForbidden,
	fault.Unauthorized: http.StatusUnauthorized,
	fault.Declined:     http.StatusPaymentRequired,
	fault.Unavailable:  http.StatusServiceUnavailable,
	fault.TooLarge:     http.StatusRequestEntityTooLarge,
	fault.Limited:      http.StatusTooManyRequests,
}

// Status is the one table from kinds of failure to HTTP statuses. A kind it
// does not know is Internal.
func Status(kind fault.Kind) int {
	if int(kind) < len(statuses) {
		return statuses[kind]
	}
	return http.StatusInternalServerError
}

// ProblemOf describes err to a caller. Nothing of an internal error shows.
func ProblemOf(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if limit, ok := tooLarge(err); ok {
		err = errTooLarge(limit)
	}
	p := problemOf(err, Status(fault.KindOf(err)))
	if f, ok := errors.AsType[*fielded](err); ok {
		p.Errors = f.fields
	}
	if _, ok := errors.AsType[*delayed](err); ok {
		p.Retryable = true
	}
	return p
}

// problemOf describes err, or nothing more than an internal error for nil.
func problemOf(err error, status int) *Problem {
	p := &Problem{
		Status: status, Title: http.StatusText(status),
		Code: "internal", Detail: "something went wrong here; try again, and name the request id if it stays so",
	}
	if kind := fault.KindOf(err); kind != fault.Internal {
		p.Code, p.Detail, p.Retryable = fault.CodeOf(err), fault.TextOf(err), kind.Retryable()
	}
	p.Type = "/problems/" + p.Code
	return p
}

// fielded is an error that names the fields at fault.
type fielded struct {
	error
	fields []Field
}

// Unwrap keeps the failure's code and kind.
func (f *fielded) Unwrap() error { return f.error }

// WithFields adds to err which fields are at fault; its problem lists them.
func WithFields(err error, fields ...Field) error { return &fielded{err, fields} }

// delayed is an error that may go away.
type delayed struct {
	error
	after time.Duration
}

// Unwrap keeps the failure's code and kind.
func (d *delayed) Unwrap() error { return d.error }

// GetHeaders is how huma learns of Retry-After.
func (d *delayed) GetHeaders() http.Header {
	seconds := max(1, int(math.Ceil(d.after.Seconds())))
	return http.Header{"Retry-After": {strconv.Itoa(seconds)}}
}

// RetryAfter adds to err when the same request may be sent again; its problem
// is retryable and carries the Retry-After header.
func RetryAfter(err error, after time.Duration) error { return &delayed{err, after} }

// WriteProblem answers err, and logs it if it is internal. If the answer has
// begun already nothing can be said any more.
func WriteProblem(w http.ResponseWriter, r *http.Request, err error) {
	p := prepare(w, r, err)
	x := exchangeOf(r.Context())
	if x != nil && x.status != 0 {
		return
	}
	if p.Status == statusGone {
		w.WriteHeader(statusGone)
		return
	}
	body, _ := json.Marshal(p) // strings and numbers only
	w.Header().Set("Content-Type", problemType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	w.Write(append(body, '\n'))
}

// prepare makes the problem, logs what is internal and sets the error's headers.
func prepare(w http.ResponseWriter, r *http.Request, err error) *Problem {
	if h, ok := errors.AsType[interface {
		error
		GetHeaders() http.Header
	}](err); ok {
		for name, values := range h.GetHeaders() {
			w.Header()[name] = values
		}
	}
	p := report(r.Context(), route(r), err)
	if p.Status == http.StatusServiceUnavailable && w.Header().Get("Retry-After") == "" {
		w.Header().Set("Retry-After", retrySoon)
	}
	return p
}

// retrySoon is how many seconds to wait for what is not available.
const retrySoon = "2"

// report turns err into a problem and logs it if it is ours to mend.
func report(ctx context.Context, route string, err error) *Problem {
	p := *ProblemOf(err) // a copy: a problem may be a package variable
	log := slog.Default()
	if x := exchangeOf(ctx); x != nil {
		log, p.RequestID = x.chain.Log, x.id
	}
	switch p.Status {
	case http.StatusServiceUnavailable:
		log.LogAttrs(ctx, slog.LevelWarn, "not available",
			slog.String("id", p.RequestID), slog.String("route", route), slog.String("error", err.Error()))
		return &p
	case http.StatusInternalServerError:
	default:
		return &p
	}
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		p.Status, p.Title = statusGone, "Client Closed Request"
		return &p
	}
	log.LogAttrs(ctx, slog.LevelError, "internal error",
		slog.String("id", p.RequestID), slog.String("route", route), slog.String("error", err.Error()))
	return &p
}

// The failures this package finds itself; Codes explains them.
var (
	errBodyTooLarge = fault.New(fault.TooLarge, "web.body_too_large", "the request body is too large")
	errAddress      = fault.New(fault.NotFound, "web.address", "the address holds bytes that are no text; check how it was put together")
	errNoRoute      = fault.New(fault.NotFound, "web.no_route", "there is no such address; see the list of operations in /docs under the API's prefix")
	errCrossOrigin  = fault.New(fault.Forbidden, "web.cross_origin", "this form was sent from another site; open the page here and send it again")
	errLimited      = fault.New(fault.Limited, "web.limited", "too many requests from your address; wait as long as Retry-After says")
)

func errTooLarge(limit int64) error {
	return errBodyTooLarge.With(fmt.Sprintf("the request body is larger than %d bytes; send less, or in parts", limit))
}

// Code is a published code of this package and what to do when it comes.
type Code struct {
	Code   string
	Status int
	Text   string
}

// Codes are the problems that are found before a handler runs. Codes of the
// form "cart.locked" belong to the part of the shop they name.
var Codes = []Code{
	{"internal", 500, "Something broke on our side. The request id finds it in the log. Try again; ask with the id if it stays so."},
	{"web.address", 404, "The address holds bytes that are no text. Check how it was put together."},
	{"web.body_incomplete", 400, "The connection ended before the body did. Send the request again."},
	{"web.body_missing", 400, "The operation needs a JSON body and got none."},
	{"web.body_too_large", 413, "The body passes the limit that the detail names. Send less, or in parts."},
	{"web.content_type", 415, "Bodies are JSON: send Content-Type: application/json."},
	{"web.cross_origin", 403, "A page of another site sent this form. Open the page here and send it again."},
	{"web.invalid", 422, "A value has the wrong type or lies outside its bounds. errors[] names each field and what is right."},
	{"web.limited", 429, "Too many requests from one address. Wait as long as Retry-After says."},
	{"web.malformed", 400, "The body is not JSON, or a text in it is none. The detail names line and column."},
	{"web.method", 405, "The address exists, but not for this method. The Allow header lists those it takes."},
	{"web.no_route", 404, "There is no such address. Look at the API's docs page."},
	{"web.timeout", 408, "The body took too long to arrive. Send it again."},
	{"web.unknown_field", 422, "The body or the query has a field that the operation does not know; nothing was done. The detail names it and, if one is close, the field that was meant."},
}
