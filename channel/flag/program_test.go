package flag_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/channel/flag"
	"korzo/customer/experiment"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/seal"

	growthbook "github.com/growthbook/growthbook-golang"
	"go.yaml.in/yaml/v3"
)

// served is the door behind an address, with the features of furnish.
func served(t *testing.T, d *db.DB) (at, key string, k *seal.Keeper) {
	t.Helper()
	k, err := seal.Open(bytes.Repeat([]byte{7}, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	key, _ = furnish(t, d)
	mux := http.NewServeMux()
	(&flag.Door{DB: d, Keeper: k}).Routes(mux)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL, key, k
}

// asked is an answer of OFREP.
func asked(t *testing.T, at, key, body string) (status int, answer map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "POST", at, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-API-Key", key)
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Body.Close() }()
	if err := json.NewDecoder(a.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, answer
}

// GrowthBook's own program for Go takes the payload, decides by itself, and
// gives each visitor what we give them.
func TestGrowthBooksOwnProgramDecidesAsWeDo(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		at, key, k := served(t, d)
		client, err := growthbook.NewClient(t.Context(), growthbook.WithApiHost(at), growthbook.WithClientKey(key), growthbook.WithPollDataSource(time.Hour),
			growthbook.WithLogger(slog.New(slog.DiscardHandler)))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = client.Close() }()
		if err := client.EnsureLoaded(t.Context()); err != nil {
			t.Fatal(err)
		}
		given := map[any]int{}
		for i := range 200 {
			me, market := experiment.NewVisitor(k, d.Now()), []string{"DE", "HU"}[i%2]
			vis := experiment.Visitor(k, me)
			theirs, err := client.WithAttributes(growthbook.Attributes{experiment.HashAttribute: vis, "market": market})
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"button", "banner", "closed"} {
				_, ours := asked(t, at+"/ofrep/v1/evaluate/flags/"+name, key, fmt.Sprintf(`{"context":{"targetingKey":%q,"market":%q}}`, me, market))
				if got := theirs.EvalFeature(t.Context(), name); !reflect.DeepEqual(any(got.Value), ours["value"]) {
					t.Fatalf("%s for %s in %s: their program says %v (%s), we say %v", name, vis, market, got.Value, got.Source, ours)
				}
				if name == "button" {
					given[ours["value"]]++
				}
			}
		}
		if given["grey"] < 60 || given["green"] < 60 {
			t.Errorf("the arms were given %v", given)
		}
	})
}

// Each answer of OFREP is as the published description of the protocol says.
func TestOFREPsAnswersAreAsItsDescriptionSays(t *testing.T) {
	text, err := os.ReadFile("../../../shared/data/ofrep/openapi.yaml")
	if err != nil {
		t.Skip("the description of OFREP lies in the project's shared folder: ", err)
	}
	var whole map[string]any
	if err := yaml.Unmarshal(text, &whole); err != nil {
		t.Fatal(err)
	}
	described := described(whole)
	d := dbtest.SQLite(t, schemas)
	at, key, k := served(t, d)
	me := fmt.Sprintf(`{"context":{"targetingKey":%q,"market":"DE"}}`, experiment.NewVisitor(k, d.Now()))
	const flags = "/ofrep/v1/evaluate/flags"
	for _, tt := range []struct {
		name, path, body, schema string
		status                   int
	}{
		{"all", "", me, "bulkEvaluationSuccess", 200},
		{"all without a body", "", `{`, "bulkEvaluationFailure", 400},
		{"an arm", "/button", me, "serverEvaluationSuccess", 200},
		{"a rule", "/banner", me, "serverEvaluationSuccess", 200},
		{"one that is off", "/closed", me, "serverEvaluationSuccess", 200},
		{"no such flag", "/none", me, "flagNotFound", 404},
		{"nobody to decide for", "/button", `{"context":{}}`, "evaluationFailure", 400},
		{"no JSON", "/button", `{`, "evaluationFailure", 400},
	} {
		status, answer := asked(t, at+flags+tt.path, key, tt.body)
		if wrong := described.wrong(described.at("#/components/schemas/"+tt.schema), answer, "$"); status != tt.status || len(wrong) > 0 {
			t.Errorf("%s: %d %v, against %s: %v", tt.name, status, answer, tt.schema, wrong)
		}
	}
	_, answer := asked(t, at+flags+"/button", key, me)
	answer["reason"] = "WHIM"
	if len(described.wrong(described.at("#/components/schemas/evaluationSuccess"), answer, "$")) == 0 {
		t.Error("a reason that the description does not know is not noticed")
	}
}

// described is an OpenAPI document, as far as its schemas of answers go.
type described map[string]any

func (d described) at(ref string) map[string]any {
	now := map[string]any(d)
	for _, name := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
		now, _ = now[name].(map[string]any)
	}
	return now
}

// wrong is what of a value is not as a schema says.
func (d described) wrong(schema map[string]any, value any, path string) (all []string) {
	if ref, ok := schema["$ref"].(string); ok {
		return d.wrong(d.at(ref), value, path)
	}
	for _, part := range listOf(schema["allOf"]) {
		all = append(all, d.wrong(part.(map[string]any), value, path)...)
	}
	if choices := listOf(schema["oneOf"]); len(choices) > 0 && !slices.ContainsFunc(choices, func(one any) bool { return len(d.wrong(one.(map[string]any), value, path)) == 0 }) {
		all = append(all, path+" is none of its kinds")
	}
	if one := listOf(schema["enum"]); len(one) > 0 && !slices.Contains(one, value) {
		all = append(all, fmt.Sprintf("%s is %v, which is none of %v", path, value, one))
	}
	if kind, ok := schema["type"].(string); ok && !isA(kind, value) {
		all = append(all, fmt.Sprintf("%s is no %s", path, kind))
	}
	object, _ := value.(map[string]any)
	for _, name := range listOf(schema["required"]) {
		if _, ok := object[name.(string)]; !ok {
			all = append(all, fmt.Sprintf("%s.%s is missing", path, name))
		}
	}
	properties, _ := schema["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if v, ok := object[name]; ok {
			all = append(all, d.wrong(properties[name].(map[string]any), v, path+"."+name)...)
		}
	}
	if items, ok := schema["items"].(map[string]any); ok {
		for i, v := range listOf(value) {
			all = append(all, d.wrong(items, v, fmt.Sprintf("%s[%d]", path, i))...)
		}
	}
	return all
}

func listOf(v any) []any { all, _ := v.([]any); return all }

func isA(kind string, v any) bool {
	switch n := v.(type) {
	case string:
		return kind == "string"
	case bool:
		return kind == "boolean"
	case float64:
		return kind == "number" || kind == "integer" && n == float64(int64(n))
	case []any:
		return kind == "array"
	case map[string]any:
		return kind == "object"
	}
	return false
}
