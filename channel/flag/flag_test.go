package flag_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"korzo/channel/flag"
	"korzo/customer/experiment"
	"korzo/offer/market"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/remember"
	"korzo/platform/seal"
)

var schemas = []fs.FS{remember.Schema, event.Schema, auth.Schema, market.Schema, experiment.Schema}

// furnish makes three features, an experiment on one of them, and a key.
func furnish(t *testing.T, d *db.DB) (key string, id experiment.ID) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) (err error) {
		ctx := t.Context()
		if _, key, err = auth.CreateKey(ctx, tx, auth.NewKey{Kind: auth.Publishable, Name: "app", Channel: "web"}); err != nil {
			return err
		}
		for _, f := range []experiment.Feature{{Key: "button", Default: json.RawMessage(`"grey"`)},
			{Key: "banner", Default: json.RawMessage(`false`), Rules: []experiment.Case{{Target: `market == "DE"`, Value: json.RawMessage(`true`)}}},
			{Key: "closed", Off: true, Default: json.RawMessage(`{"a":1}`)}} {
			if err := experiment.SaveFeature(ctx, tx, f); err != nil {
				return err
			}
		}
		e, err := experiment.Create(ctx, tx, experiment.Draft{Key: "colour", Name: "Colour", Hash: experiment.GrowthBook,
			Point: experiment.Point{Kind: experiment.PointFeature, Key: "button"}, Arms: []experiment.Arm{
				{Key: "old", Weight: 500_000}, {Key: "new", Weight: 500_000, Value: json.RawMessage(`"green"`)}}})
		if err == nil {
			e, err = experiment.Start(ctx, tx, e.ID)
		}
		id = e.ID
		return err
	})
	return key, id
}

func TestProgramsEvaluateFlags(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		k, err := seal.Open(bytes.Repeat([]byte{7}, seal.KeySize))
		if err != nil {
			t.Fatal(err)
		}
		key, id := furnish(t, d)
		mux := http.NewServeMux()
		(&flag.Door{DB: d, Keeper: k}).Routes(mux)
		ask := func(method, path, body string, header ...string) *httptest.ResponseRecorder {
			r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
			for i := 0; i+1 < len(header); i += 2 {
				r.Header.Set(header[i], header[i+1])
			}
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, r)
			return w
		}
		exposed := func() (n int64) {
			dbtest.Read(t, d, func(tx *db.Tx) error {
				all, err := experiment.Counts(t.Context(), tx, id)
				for _, c := range all {
					n += c.Units
				}
				return err
			})
			return n
		}
		me, flags := experiment.NewVisitor(k, d.Now()), "/ofrep/v1/evaluate/flags"
		context := func(target string) string {
			return `{"context":{"targetingKey":"` + target + `","market":"DE","device":{"kind":"phone"},"shoe":{"size":46}}}`
		}
		bulk := ask("POST", flags, context(me), "X-API-Key", key)
		if bulk.Code != 200 || exposed() != 0 || !strings.Contains(bulk.Body.String(), `{"key":"banner","value":true,"reason":"TARGETING_MATCH","variant":"rule-1"}`) ||
			!strings.Contains(bulk.Body.String(), `{"key":"closed","value":{"a":1},"reason":"DISABLED"`) || !strings.Contains(bulk.Body.String(), `"SPLIT"`) {
			t.Errorf("all: %d %s, %d exposed", bulk.Code, bulk.Body, exposed())
		}
		if again := ask("POST", flags, context(me), "X-API-Key", key, "If-None-Match", bulk.Header().Get("ETag")); again.Code != 304 || again.Body.Len() != 0 {
			t.Errorf("again: %d %s", again.Code, again.Body)
		}
		for _, tt := range []struct {
			name, path, body, key string
			status                int
			want                  string
			exposed               int64
		}{
			{"a flag that is shown", "/button", context(me), key, 200, `"experiment":"exp_`, 1},
			{"once more", "/button", context(me), key, 200, `"reason":"SPLIT"`, 1},
			{"an id that was made up takes part in nothing", "/button", context("vis_mine.0123456789abcdef"), key, 200, `"value":"grey","reason":"STATIC"`, 1},
			{"no such flag", "/none", context(me), key, 404, `"errorCode":"FLAG_NOT_FOUND"`, 1},
			{"nobody to decide for", "/button", `{"context":{}}`, key, 400, `"errorCode":"TARGETING_KEY_MISSING"`, 1},
			{"no JSON", "/button", `{`, key, 400, `"errorCode":"PARSE_ERROR"`, 1},
			{"no key", "/button", context(me), "", 401, "flag.key", 1},
			{"a wrong key", "/button", context(me), "pk_wrong", 401, "flag.key", 1},
		} {
			got := ask("POST", flags+tt.path, tt.body, "Authorization", "Bearer "+tt.key)
			if got.Code != tt.status || !strings.Contains(got.Body.String(), tt.want) || exposed() != tt.exposed {
				t.Errorf("%s: %d %s, %d exposed; want %d, %s, %d", tt.name, got.Code, got.Body, exposed(), tt.status, tt.want, tt.exposed)
			}
		}
		payload := ask("GET", "/api/features/"+key, "")
		if payload.Code != 200 || !strings.Contains(payload.Body.String(), `"hashVersion":2`) || !strings.Contains(payload.Body.String(), `"condition":{"market":{"$in":["DE"]}}`) ||
			strings.Contains(payload.Body.String(), `"closed":{"defaultValue":{"a":1},"rules"`) {
			t.Errorf("payload: %d %s", payload.Code, payload.Body)
		}
		if got := ask("GET", "/api/features/pk_wrong", ""); got.Code != 401 {
			t.Errorf("payload with a wrong key: %d", got.Code)
		}
	})
}
