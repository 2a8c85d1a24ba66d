package register_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"korzo/purchase/tax/vatid"
	"korzo/purchase/tax/vatid/register"
	"korzo/purchase/tax/vatid/register/fake"
	"korzo/purchase/tax/vatid/register/vies"
	"korzo/purchase/tax/vatid/registertest"
)

const known = "DE136695976"

// office answers as the Commission does.
type office struct {
	says    atomic.Value // an error of its own, "" for none
	lastOwn atomic.Value
}

func (o *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var q map[string]string
	if r.Method != http.MethodPost || r.URL.Path != "/rest-api/check-vat-number" || json.NewDecoder(r.Body).Decode(&q) != nil {
		http.Error(w, "no such service", http.StatusNotFound)
		return
	}
	o.lastOwn.Store(q["requesterMemberStateCode"] + q["requesterNumber"])
	w.Header().Set("Content-Type", "application/json")
	if code, _ := o.says.Load().(string); code != "" {
		if code == "GATEWAY" {
			http.Error(w, "<html>Bad Gateway</html>", http.StatusBadGateway)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"actionSucceed": false, "errorWrappers": []any{map[string]string{"error": code}}})
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"countryCode": q["countryCode"], "vatNumber": q["vatNumber"], "requestDate": "2030-01-02T10:00:00.000Z",
		"valid": q["countryCode"]+q["vatNumber"] == known, "requestIdentifier": "WAPIAAAAX1", "name": "---", "address": "---"})
}

func TestTheCommissionsRegister(t *testing.T) {
	o := new(office)
	server := httptest.NewServer(o)
	t.Cleanup(server.Close)
	r := vies.New(vies.Config{Address: server.URL + "/rest-api/", Requester: "ATU13585627"})
	if got, err := r.Check(t.Context(), known); err != nil || got.Reference != "WAPIAAAAX1" || o.lastOwn.Load() != "ATU13585627" {
		t.Errorf("%+v %v, asked by %v", got, err, o.lastOwn.Load())
	}
	for code, silent := range map[string]bool{"INVALID_INPUT": false, "MS_UNAVAILABLE": true, "TIMEOUT": true, "GLOBAL_MAX_CONCURRENT_REQ": true,
		"SERVICE_UNAVAILABLE": true, "IP_BLOCKED": true, "GATEWAY": true} {
		o.says.Store(code)
		if got, err := r.Check(t.Context(), known); errors.Is(err, vatid.ErrUnavailable) != silent || got.Valid {
			t.Errorf("%s: %+v %v", code, got, err)
		}
	}
	o.says.Store("")
	registertest.Exercise(t, registertest.Fixture{Register: r, Valid: known, Unknown: fake.Unknown, Down: server.Close})
}

func TestTheFakeRegister(t *testing.T) {
	r := fake.New()
	registertest.Exercise(t, registertest.Fixture{Register: r, Valid: known, Unknown: fake.Unknown, Down: func() { r.SetDown(true) }})
}

func TestARegisterIsOpenedByItsAddress(t *testing.T) {
	for address, there := range map[string]bool{"": false, "vies:": true, "vies:?requester=DE136695976": true, "fake:": true} {
		if r, err := register.Open(address); err != nil || (r != nil) != there {
			t.Errorf("%q: %v %v", address, r, err)
		}
	}
	if _, err := register.Open("hearsay:"); err == nil {
		t.Error("a register that is not there is opened")
	}
}
