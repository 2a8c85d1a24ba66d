package web

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed docs.html
var docsHTML string

//go:embed docs.css
var docsCSS string

var docsTemplate = template.Must(template.New("docs").Parse(docsHTML))

// docsCSP allows the page's own style sheet and nothing else.
var docsCSP = func() string {
	sum := sha256.Sum256([]byte(docsCSS))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; frame-ancestors 'none'; base-uri 'none'"
}()

// docs serves an API's own description. It is written when first asked for,
// after all operations are registered.
type docs struct {
	api    huma.API
	prefix string

	once sync.Once
	html []byte
	json []byte
	err  error
}

func (d *docs) write() {
	if d.json, d.err = json.Marshal(d.api.OpenAPI()); d.err != nil {
		return
	}
	var page bytes.Buffer
	d.err = docsTemplate.ExecuteTemplate(&page, "api", d.view())
	d.html = page.Bytes()
}

func (d *docs) page(w http.ResponseWriter, r *http.Request) {
	d.serve(w, r, "text/html; charset=utf-8", func() []byte { return d.html })
}

func (d *docs) document(w http.ResponseWriter, r *http.Request) {
	d.serve(w, r, "application/openapi+json", func() []byte { return d.json })
}

func (d *docs) serve(w http.ResponseWriter, r *http.Request, kind string, body func() []byte) {
	d.once.Do(d.write)
	if d.err != nil {
		WriteProblem(w, r, fmt.Errorf("describe the API: %w", d.err))
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Security-Policy", docsCSP)
	w.Write(body())
}

// What the docs page shows.
type (
	docsView struct {
		Title, Version, Description, Prefix string
		CSS                                 template.CSS
		Groups                              []docsGroup
		Codes                               []Code
	}
	docsGroup struct {
		Name, Description string
		Operations        []docsOperation
	}
	docsOperation struct {
		ID, Method, Path, Summary, Description string
		Deprecated                             bool
		Params, Body, Answer                   []docsRow
		Responses                              []docsResponse
		Curl                                   string
	}
	docsRow struct {
		Depth    int
		Name     string
		Kind     string
		Required bool
		Doc      string
	}
	docsResponse struct{ Status, Text string }
)

func (d *docs) view() docsView {
	o := d.api.OpenAPI()
	v := docsView{
		Title: o.Info.Title, Version: o.Info.Version, Description: o.Info.Description,
		Prefix: d.prefix, CSS: template.CSS(docsCSS), Codes: Codes,
	}
	groups := map[string]*docsGroup{}
	paths := make([]string, 0, len(o.Paths))
	for path := range o.Paths {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	var names []string
	for _, path := range paths {
		for _, op := range operationsOf(o.Paths[path]) {
			name := "Operations"
			if len(op.Tags) > 0 {
				name = op.Tags[0]
			}
			if groups[name] == nil {
				groups[name] = &docsGroup{Name: name}
				names = append(names, name)
			}
			groups[name].Operations = append(groups[name].Operations, d.operation(op))
		}
	}
	for _, tag := range o.Tags {
		if g := groups[tag.Name]; g != nil {
			g.Description = tag.Description
		}
	}
	slices.Sort(names)
	for _, name := range names {
		v.Groups = append(v.Groups, *groups[name])
	}
	return v
}

func operationsOf(p *huma.PathItem) []*huma.Operation {
	all := []*huma.Operation{p.Get, p.Post, p.Put, p.Patch, p.Delete}
	return slices.DeleteFunc(all, func(op *huma.Operation) bool { return op == nil })
}

func (d *docs) operation(op *huma.Operation) docsOperation {
	v := docsOperation{
		ID: op.OperationID, Method: op.Method, Path: d.prefix + op.Path,
		Summary: op.Summary, Description: op.Description, Deprecated: op.Deprecated,
	}
	for _, p := range op.Parameters {
		row := docsRow{Name: p.Name, Kind: p.In, Required: p.Required, Doc: p.Description}
		if s := resolve(d.schemas(), p.Schema); s != nil {
			row.Kind, row.Doc = p.In+", "+kindText(s), strings.TrimSpace(strings.TrimSpace(p.Description+" "+s.Description)+" "+bounds(s))
		}
		v.Params = append(v.Params, row)
	}
	var example string
	if op.RequestBody != nil {
		if body := op.RequestBody.Content["application/json"]; body != nil {
			v.Body = d.rows(body.Schema, 0)
			example = d.example(body.Schema, 0)
		}
	}
	v.Curl = d.curl(op, example)
	for status, response := range op.Responses {
		v.Responses = append(v.Responses, docsResponse{status, response.Description})
		if body := response.Content["application/json"]; body != nil && strings.HasPrefix(status, "2") {
			v.Answer = d.rows(body.Schema, 0)
		}
	}
	slices.SortFunc(v.Responses, func(a, b docsResponse) int { return strings.Compare(a.Status, b.Status) })
	return v
}

func (d *docs) schemas() huma.Registry { return d.api.OpenAPI().Components.Schemas }

// maxDepth bounds how deep a schema is shown; the document has the rest.
const maxDepth = 5

// rows flattens an object's fields, children under their parent.
func (d *docs) rows(s *huma.Schema, depth int) []docsRow {
	s = resolve(d.schemas(), s)
	for s != nil && s.Items != nil {
		s = resolve(d.schemas(), s.Items)
	}
	if s == nil || depth >= maxDepth {
		return nil
	}
	var rows []docsRow
	for _, name := range propertyNames(s) {
		p := s.Properties[name]
		at := resolve(d.schemas(), p)
		if at == nil {
			continue
		}
		doc := p.Description
		if doc == "" {
			doc = at.Description
		}
		rows = append(rows, docsRow{
			Depth: depth, Name: name, Kind: kindText(at), Required: slices.Contains(s.Required, name),
			Doc: strings.TrimSpace(doc + " " + bounds(at)),
		})
		rows = append(rows, d.rows(p, depth+1)...)
	}
	return rows
}

// propertyNames puts what is required first.
func propertyNames(s *huma.Schema) []string {
	names := make([]string, 0, len(s.Properties))
	for name := range s.Properties {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		ra, rb := slices.Contains(s.Required, a), slices.Contains(s.Required, b)
		if ra != rb {
			if ra {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	return names
}

func kindText(s *huma.Schema) string {
	if s.Type == huma.TypeArray {
		return "list"
	}
	if s.Format != "" && s.Format != "int64" {
		return s.Type + " (" + s.Format + ")"
	}
	return s.Type
}

func bounds(s *huma.Schema) string {
	var parts []string
	if s.Minimum != nil {
		parts = append(parts, "at least "+strconv.FormatFloat(*s.Minimum, 'f', -1, 64))
	}
	if s.Maximum != nil {
		parts = append(parts, "at most "+strconv.FormatFloat(*s.Maximum, 'f', -1, 64))
	}
	if s.MaxLength != nil {
		parts = append(parts, "at most "+strconv.Itoa(*s.MaxLength)+" characters")
	}
	if s.MaxItems != nil {
		parts = append(parts, "at most "+strconv.Itoa(*s.MaxItems)+" elements")
	}
	if len(s.Enum) > 0 {
		parts = append(parts, fmt.Sprintf("one of %v", s.Enum))
	}
	if len(parts) == 0 {
		return ""
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// example writes a body that shows the form, with the examples of the schema
// where it has any.
func (d *docs) example(s *huma.Schema, depth int) string {
	s = resolve(d.schemas(), s)
	if s == nil || depth >= maxDepth {
		return "{}"
	}
	if len(s.Examples) > 0 {
		if text, err := json.Marshal(s.Examples[0]); err == nil {
			return string(text)
		}
	}
	switch s.Type {
	case huma.TypeObject:
		var fields []string
		for _, name := range propertyNames(s) {
			if depth == 0 || slices.Contains(s.Required, name) || len(s.Required) == 0 {
				fields = append(fields, strconv.Quote(name)+":"+d.example(s.Properties[name], depth+1))
			}
		}
		return "{" + strings.Join(fields, ",") + "}"
	case huma.TypeArray:
		return "[" + d.example(s.Items, depth+1) + "]"
	case huma.TypeInteger, huma.TypeNumber:
		return "1"
	case huma.TypeBoolean:
		return "true"
	}
	return `"…"`
}

func (d *docs) curl(op *huma.Operation, body string) string {
	var b strings.Builder
	b.WriteString("curl ")
	if op.Method != http.MethodGet {
		b.WriteString("-X " + op.Method + " ")
	}
	b.WriteString("$SHOP" + d.prefix + op.Path + " \\\n  -H 'Authorization: Bearer '$KEY")
	for _, p := range op.Parameters {
		if p.In == "header" && p.Required {
			b.WriteString(" \\\n  -H '" + p.Name + ": …'")
		}
	}
	if body != "" {
		b.WriteString(" \\\n  -H 'Content-Type: application/json' \\\n  -d '" + strings.ReplaceAll(body, "'", `'\''`) + "'")
	}
	return b.String()
}

var codeForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,40}(\.[a-z][a-z0-9_]{0,40})?$`)

// HandleProblems serves the page that a problem's type leads to.
func HandleProblems(mux *http.ServeMux) {
	mux.HandleFunc("GET /problems/{code}", func(w http.ResponseWriter, r *http.Request) {
		code := r.PathValue("code")
		if !codeForm.MatchString(code) {
			WriteProblem(w, r, errNoRoute)
			return
		}
		view := struct {
			Code, Package string
			Known         *Code
			Codes         []Code
			CSS           template.CSS
		}{Code: code, Codes: Codes, CSS: template.CSS(docsCSS)}
		view.Package, _, _ = strings.Cut(code, ".")
		if i := slices.IndexFunc(Codes, func(c Code) bool { return c.Code == code }); i >= 0 {
			view.Known = &Codes[i]
		}
		var page bytes.Buffer
		if err := docsTemplate.ExecuteTemplate(&page, "problem", view); err != nil {
			WriteProblem(w, r, fmt.Errorf("explain a problem: %w", err))
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", docsCSP)
		w.Write(page.Bytes())
	})
}
