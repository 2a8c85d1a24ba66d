// Package flag opens the shop's features to programs that speak OpenFeature's
// remote protocol (OFREP) or read GrowthBook's payload.
//
// A program that asks for one flag is about to show it: the exposure is written
// down. One that asks for all, or takes the payload and decides by itself, says
// so later by asking for the one it shows. Keys are those of the store's API; a
// visitor id that the shop did not issue takes part in no experiment.
//
// Never true: a flag of staff's drafts shown here; an arm that the asker names.
package flag

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"

	"korzo/customer/experiment"
	"korzo/customer/visitor"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/seal"
	"korzo/platform/web"
)

// Door answers the routes below. Every field is required.
type Door struct {
	DB     *db.DB
	Keeper *seal.Keeper

	gate *auth.Gate
}

// errKey reports a request without a key of this shop.
var errKey = fault.New(fault.Unauthorized, "flag.key", "send a publishable key of this shop: Authorization: Bearer pk_… or X-API-Key")

// Routes is the whole door at a glance.
func (d *Door) Routes(mux *http.ServeMux) {
	d.gate = auth.NewGate(d.DB)
	mux.Handle("POST /ofrep/v1/evaluate/flags/{key}", http.HandlerFunc(d.one))
	mux.Handle("POST /ofrep/v1/evaluate/flags", http.HandlerFunc(d.all))
	mux.Handle("GET /api/features/{key}", http.HandlerFunc(d.payload))
}

// evaluationBody is a flag's value, or why there is none.
type evaluationBody struct {
	Key      string          `json:"key,omitempty"`
	Value    json.RawMessage `json:"value,omitempty"`
	Reason   string          `json:"reason,omitempty"`
	Variant  string          `json:"variant,omitempty"`
	Metadata map[string]any  `json:"metadata,omitempty"`
	Error    string          `json:"errorCode,omitempty"`
	Details  string          `json:"errorDetails,omitempty"`
}

func bodyOf(e experiment.Evaluation) evaluationBody {
	b := evaluationBody{Key: e.Key, Value: e.Value, Reason: string(e.Reason), Variant: e.Variant}
	if pin := e.Pin(); pin != "" {
		b.Metadata = map[string]any{"experiment": pin}
	}
	return b
}

// one evaluates a flag that is about to be shown.
func (d *Door) one(w http.ResponseWriter, r *http.Request) {
	v, ok := d.enter(w, r)
	if !ok {
		return
	}
	key := r.PathValue("key")
	var e experiment.Evaluation
	err := d.DB.Write(r.Context(), func(tx *db.Tx) (err error) {
		e, err = experiment.Reveal(r.Context(), tx, key, v, "")
		return err
	})
	switch {
	case errors.Is(err, experiment.ErrFeature):
		write(w, http.StatusNotFound, evaluationBody{Key: key, Error: "FLAG_NOT_FOUND", Details: "there is no feature of this key"})
	case err != nil:
		web.WriteProblem(w, r, err)
	default:
		write(w, http.StatusOK, bodyOf(e))
	}
}

// all evaluates every flag and writes nothing down; the same answer is not sent
// twice to whoever has it.
func (d *Door) all(w http.ResponseWriter, r *http.Request) {
	v, ok := d.enter(w, r)
	if !ok {
		return
	}
	out := struct {
		Flags []evaluationBody `json:"flags"`
	}{[]evaluationBody{}}
	err := d.DB.Read(r.Context(), func(tx *db.Tx) error {
		features, err := experiment.Features(r.Context(), tx)
		for _, f := range features {
			e, one := experiment.Evaluate(r.Context(), tx, f.Key, v)
			if one != nil {
				return one
			}
			out.Flags = append(out.Flags, bodyOf(e))
		}
		return err
	})
	if err != nil {
		web.WriteProblem(w, r, err)
		return
	}
	tagged(w, r, out)
}

// payload is what GrowthBook's programs decide by themselves with. The key
// stands in the path, as they send it.
func (d *Door) payload(w http.ResponseWriter, r *http.Request) {
	if _, err := d.gate.Key(r.Context(), r.PathValue("key")); err != nil {
		web.WriteProblem(w, r, errKey)
		return
	}
	var features map[string]experiment.PayloadFeature
	err := d.DB.Read(r.Context(), func(tx *db.Tx) (err error) {
		features, err = experiment.Payload(r.Context(), tx)
		return err
	})
	if err != nil {
		web.WriteProblem(w, r, err)
		return
	}
	tagged(w, r, struct {
		Status   int                                  `json:"status"`
		Features map[string]experiment.PayloadFeature `json:"features"`
	}{200, features})
}

// enter lets in who has a key, and reads the context of an evaluation.
func (d *Door) enter(w http.ResponseWriter, r *http.Request) (visitor.Visit, bool) {
	secret, _ := web.Bearer(r.Header.Get("Authorization"))
	if own := r.Header.Get("X-API-Key"); own != "" {
		secret = own
	}
	if _, err := d.gate.Key(r.Context(), secret); err != nil || secret == "" {
		web.WriteProblem(w, r, errKey)
		return visitor.Visit{}, false
	}
	var in struct {
		Context map[string]any `json:"context"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		write(w, http.StatusBadRequest, evaluationBody{Key: r.PathValue("key"), Error: "PARSE_ERROR", Details: "the body is no JSON object with a context"})
		return visitor.Visit{}, false
	}
	target, _ := in.Context["targetingKey"].(string)
	if target == "" {
		write(w, http.StatusBadRequest, evaluationBody{Key: r.PathValue("key"), Error: "TARGETING_KEY_MISSING",
			Details: "give context.targetingKey: the visitor id that POST /store/v1/visitors issued"})
		return visitor.Visit{}, false
	}
	v := visitOf(in.Context, d.DB)
	v.Visitor = experiment.Visitor(d.Keeper, target)
	return v, true
}

// visitOf reads what a context says of a visit, by the names of the facts; what
// it says besides is left alone.
func visitOf(context map[string]any, d *db.DB) visitor.Visit {
	flat := map[string]any{}
	for name, value := range context {
		if below, ok := value.(map[string]any); ok {
			for inner, v := range below {
				flat[name+"."+inner] = v
			}
			continue
		}
		flat[name] = value
	}
	text := func(name string) string { s, _ := flat[name].(string); return s }
	whole := func(name string) int64 { n, _ := flat[name].(float64); return int64(n) }
	yes := func(name string) bool { b, _ := flat[name].(bool); return b }
	texts := func(name string) (all []string) {
		list, _ := flat[name].([]any)
		for _, one := range list {
			if s, ok := one.(string); ok {
				all = append(all, s)
			}
		}
		return all
	}
	return visitor.Visit{Market: text("market"), Channel: text("channel"), Locale: text("locale"), At: d.Now(),
		Device: visitor.Device{Kind: text("device.kind"), OS: text("device.os"), Browser: text("device.browser")},
		Path: visitor.Path{Campaign: text("campaign"), Source: text("visit.source"), Medium: text("visit.medium"), Referrer: text("visit.referrer"),
			New: yes("visit.new"), Pages: whole("visit.pages"), Searches: whole("visit.searches")},
		Cart: visitor.Basket{Total: whole("cart.total"), Items: whole("cart.items"), SKUs: texts("cart.skus"), Tags: texts("cart.tags"),
			Categories: texts("cart.categories"), WeightGrams: whole("cart.weight_grams"), Bundle: yes("cart.bundle")}}
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // nobody is left to tell
}

// tagged answers 304 to whoever has the same answer already.
func tagged(w http.ResponseWriter, r *http.Request, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		web.WriteProblem(w, r, err)
		return
	}
	sum := sha256.Sum256(text)
	tag := `"` + hex.EncodeToString(sum[:12]) + `"`
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", "no-cache")
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text) // nobody is left to tell
}
