package web

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/danielgtaylor/huma/v2/validation"
)

// Info says what an API is for; its docs page begins with it.
type Info struct{ Title, Version, Description string }

// maxFields bounds how many fields a problem lists: a body of a million wrong
// numbers is answered in a page.
const maxFields = 20

const (
	codeInvalid      = "web.invalid"
	codeUnknownField = "web.unknown_field"
)

// NewAPI makes an API whose operations are registered with huma.Register and
// live under prefix ("/store/v1"). Its errors are Problems, JSON fields it does
// not know are refused, and beside the operations it serves prefix/docs and
// prefix/openapi.json. Any other address under prefix is answered with a
// problem too. Call it once per prefix and mux.
func NewAPI(mux *http.ServeMux, prefix string, info Info) huma.API {
	shareOnce()
	json := huma.Format{Marshal: encode, Unmarshal: decode}
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: info.Title, Version: info.Version, Description: info.Description},
			Servers: []*huma.Server{{URL: prefix}},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"key": {Type: "http", Scheme: "bearer", Description: "An API key: Authorization: Bearer pk_… or sk_…"},
				},
			},
			Security: []map[string][]string{{"key": {}}},
		},
		Formats:       map[string]huma.Format{"application/json": json, "json": json}, // "json" is the +json of problems
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{nameRequest},
	}
	api := huma.NewAPI(config, adapter{humago.NewAdapter(mux, prefix), config.Components.Schemas})
	d := &docs{api: api, prefix: prefix}
	mux.HandleFunc("GET "+prefix+"/docs", d.page)
	mux.HandleFunc("GET "+prefix+"/openapi.json", d.document)
	mux.HandleFunc(prefix+"/", noRoute(mux, prefix+"/"))
	return api
}

// shareOnce sets what huma keeps in package variables: it holds for every API
// of the process, so all of ours have it the same.
var shareOnce = sync.OnceFunc(func() {
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return problemFrom(nil, status, msg, errs)
	}
	huma.NewErrorWithContext = func(c huma.Context, status int, msg string, errs ...error) huma.StatusError {
		return problemFrom(c, status, msg, errs)
	}
	huma.ValidateStrictCasing = true  // "SKU" is not "sku"
	huma.DefaultArrayNullable = false // a list without elements is [], never null
})

const schemasKey = "web.schemas"

// adapter prepares operations as they are registered.
type adapter struct {
	huma.Adapter
	schemas huma.Registry
}

// Handle registers an operation with our limits instead of huma's.
func (a adapter) Handle(op *huma.Operation, handler func(huma.Context)) {
	// The chain sets the deadline for bodies; a second one would be a system call for nothing.
	op.BodyReadTimeout = -1
	// The chain bounds bodies. This second wall is for a mux without a chain.
	if op.MaxBodyBytes == 0 || op.MaxBodyBytes > MaxBody+1 {
		op.MaxBodyBytes = MaxBody + 1
	}
	if op.Metadata == nil {
		op.Metadata = map[string]any{}
	}
	op.Metadata[schemasKey] = a.schemas
	a.Adapter.Handle(op, handler)
}

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// nameRequest names the request in problems that a handler made itself.
func nameRequest(c huma.Context, _ string, v any) (any, error) {
	p, ok := v.(*Problem)
	if !ok || p.RequestID != "" {
		return v, nil
	}
	named := *p
	named.RequestID = RequestID(c.Context())
	return &named, nil
}

// noRoute answers what no operation answers: the wrong method, or no such address.
func noRoute(mux *http.ServeMux, self string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var allowed []string
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			other := *r
			other.Method = method
			if _, pattern := mux.Handler(&other); pattern != self {
				allowed = append(allowed, method)
			}
		}
		if len(allowed) == 0 || slices.Contains(allowed, r.Method) {
			WriteProblem(w, r, errNoRoute)
			return
		}
		methods := strings.Join(allowed, ", ")
		w.Header().Set("Allow", methods)
		p := statusProblem(http.StatusMethodNotAllowed, "web.method", "this address does not take "+r.Method+"; it takes "+methods)
		WriteProblem(w, r, p)
	}
}

func statusProblem(status int, code, detail string) *Problem {
	return &Problem{
		Type: "/problems/" + code, Title: http.StatusText(status), Status: status, Code: code, Detail: detail,
		Retryable: status == http.StatusRequestTimeout,
	}
}

// problemFrom turns what huma found into a problem. c is nil where huma has no
// request at hand: in helpers like huma.Error404NotFound.
func problemFrom(c huma.Context, status int, msg string, errs []error) *Problem {
	p := describe(c, status, msg, errs)
	if c != nil {
		p.RequestID = RequestID(c.Context())
	}
	return p
}

func describe(c huma.Context, status int, msg string, errs []error) *Problem {
	if limit, ok := tooLarge(errors.Join(errs...)); ok {
		return ProblemOf(errTooLarge(limit))
	}
	switch {
	case status == http.StatusRequestEntityTooLarge:
		return ProblemOf(errTooLarge(MaxBody))
	case status == http.StatusInternalServerError && msg == "cannot read request body":
		return statusProblem(http.StatusBadRequest, "web.body_incomplete", "the connection ended before the request's body did; send it again")
	case status == http.StatusInternalServerError && len(errs) > 0 && c != nil:
		return fromHandler(c, errors.Join(errs...))
	case status == http.StatusInternalServerError:
		return problemOf(nil, status)
	case status == http.StatusRequestTimeout:
		return statusProblem(status, "web.timeout", "the request's body took too long to arrive; send it again")
	case status == http.StatusUnsupportedMediaType:
		return statusProblem(status, "web.content_type", "the body is not JSON; send Content-Type: application/json")
	case status == http.StatusBadRequest && len(errs) == 0:
		return statusProblem(status, "web.body_missing", "this operation needs a JSON body; send at least {}")
	}
	fields := fieldsOf(c, errs)
	if len(fields) == 0 {
		return statusProblem(status, "web.status_"+strconv.Itoa(status), msg)
	}
	return fromFields(fields)
}

// fromHandler describes what an operation returned.
func fromHandler(c huma.Context, err error) *Problem {
	route := c.Method() + " " + c.Operation().Path
	p := report(c.Context(), route, err)
	if _, told := errors.AsType[*delayed](err); !told && p.Status == http.StatusServiceUnavailable {
		c.SetHeader("Retry-After", retrySoon)
	}
	return p
}

// fromFields makes one problem of many: it has the code of the gravest field.
func fromFields(fields []Field) *Problem {
	first, status := fields[0], http.StatusUnprocessableEntity
	for _, f := range fields {
		if f.Code != codeInvalid {
			first = f
			break
		}
	}
	if first.Code == codeMalformed {
		status = http.StatusBadRequest
	}
	detail := first.Message
	if first.Code == codeInvalid && first.Field != "" {
		detail = first.Field + ": " + detail
	}
	if n := len(fields) - 1; n > 0 {
		detail += "; errors[] names " + strconv.Itoa(n) + " more"
	}
	p := statusProblem(status, first.Code, detail)
	p.Errors = fields[:min(len(fields), maxFields)]
	return p
}

func fieldsOf(c huma.Context, errs []error) []Field {
	var fields []Field
	for _, err := range errs {
		var detail huma.ErrorDetailer
		switch {
		case err == nil:
		case errors.As(err, &detail):
			fields = append(fields, fieldOf(c, detail.ErrorDetail()))
		default:
			fields = append(fields, Field{Code: codeInvalid, Message: err.Error()})
		}
	}
	slices.SortStableFunc(fields, func(a, b Field) int { return strings.Compare(a.Field, b.Field) })
	return fields
}

// fieldOf reads huma's words. The value at fault is not echoed: it may be a
// card number in the wrong place.
func fieldOf(c huma.Context, d *huma.ErrorDetail) Field {
	if f, ok := decodedField(d.Message); ok {
		return f
	}
	at := strings.TrimPrefix(strings.TrimPrefix(d.Location, "body"), ".")
	if name, is := strings.CutPrefix(at, "query."); is && d.Message == "unknown query parameter" {
		return unknownQuery(c, name)
	}
	required, required2, _ := strings.Cut(validation.MsgExpectedRequiredProperty, "%s")
	switch {
	case d.Message == validation.MsgUnexpectedProperty:
		return unknownField(c, at)
	case at == "" && d.Message == validation.MsgExpectedObject:
		return Field{Code: codeInvalid, Message: "expected object; send the fields in braces: {…}"}
	case strings.HasPrefix(d.Message, required):
		name := strings.TrimSuffix(strings.TrimPrefix(d.Message, required), required2)
		return Field{Field: join(at, name), Code: codeInvalid, Message: "this field is required"}
	}
	return Field{Field: at, Code: codeInvalid, Message: d.Message}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func unknownField(c huma.Context, at string) Field {
	parent, name := "", at
	if i := strings.LastIndexByte(at, '.'); i >= 0 {
		parent, name = at[:i], at[i+1:]
	}
	f := Field{Field: at, Code: codeUnknownField, Message: "unknown field " + strconv.Quote(at)}
	if meant := closest(name, propertiesAt(c, parent)); meant != "" {
		f.Message += "; did you mean " + strconv.Quote(join(parent, meant)) + "?"
	} else {
		f.Message += "; leave it out"
	}
	return f
}

func unknownQuery(c huma.Context, name string) Field {
	var known []string
	for _, p := range c.Operation().Parameters {
		if p.In == "query" {
			known = append(known, p.Name)
		}
	}
	f := Field{Field: "query." + name, Code: codeUnknownField, Message: "unknown query parameter " + strconv.Quote(name)}
	if meant := closest(name, known); meant != "" {
		f.Message += "; did you mean " + strconv.Quote(meant) + "?"
	} else {
		f.Message += "; leave it out"
	}
	return f
}

// propertiesAt returns the names that the operation's body knows at a path
// like lines[0].address.
func propertiesAt(c huma.Context, path string) []string {
	if c == nil || c.Operation().RequestBody == nil || c.Operation().RequestBody.Content["application/json"] == nil {
		return nil
	}
	schemas, _ := c.Operation().Metadata[schemasKey].(huma.Registry)
	at := c.Operation().RequestBody.Content["application/json"].Schema
	for _, step := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' }) {
		if at = resolve(schemas, at); at == nil {
			return nil
		}
		if strings.HasSuffix(step, "]") {
			at = at.Items
		} else {
			at = at.Properties[step]
		}
	}
	if at = resolve(schemas, at); at == nil {
		return nil
	}
	names := make([]string, 0, len(at.Properties))
	for name := range at.Properties {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// resolve follows references; nil leads nowhere.
func resolve(schemas huma.Registry, s *huma.Schema) *huma.Schema {
	for s != nil && s.Ref != "" {
		if schemas == nil {
			return nil
		}
		s = schemas.SchemaFromRef(s.Ref)
	}
	return s
}

// Refuse answers a request from a middleware as a handler's error would be.
func Refuse(api huma.API, c huma.Context, err error) {
	_ = huma.WriteErr(api, c, http.StatusInternalServerError, "", err) // nobody is left to tell
}
