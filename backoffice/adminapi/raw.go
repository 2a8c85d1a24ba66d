package adminapi

import (
	"github.com/danielgtaylor/huma/v2"
)

// describe puts a route whose body is a file into the API's document, where
// nothing but its shape can be told of it.
func describe(r routes, method, path, tag, summary, scope, text string, op *huma.Operation) {
	op.OperationID, op.Method, op.Path, op.Summary, op.Tags = operationID(summary), method, path, summary, []string{tag}
	op.Description, op.Metadata = "Needs the scope `"+scope+"`. "+text, map[string]any{scopeKey: scope}
	r.OpenAPI().AddOperation(op)
}

func inQuery(name, text string) *huma.Param {
	return &huma.Param{Name: name, In: "query", Description: text, Schema: &huma.Schema{Type: huma.TypeString}}
}

// fileBody is a file in one of some types.
func fileBody(types ...string) *huma.RequestBody {
	b := &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{}}
	for _, t := range types {
		b.Content[t] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	return b
}

// jsonText is an answer of texts by name.
func jsonText(text string, names ...string) *huma.Response {
	s := &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{}}
	for _, n := range names {
		s.Properties[n] = &huma.Schema{Type: huma.TypeString}
	}
	return &huma.Response{Description: text, Content: map[string]*huma.MediaType{"application/json": {Schema: s}}}
}
