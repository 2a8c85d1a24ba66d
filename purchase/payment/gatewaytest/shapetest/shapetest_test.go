package shapetest_test

import (
	"os"
	"path/filepath"
	"testing"

	"korzo/purchase/payment/gatewaytest/shapetest"
)

const document = `{"paths":{"/v2/orders":{"post":{
	"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/order"}}}},
	"responses":{"201":{"content":{"application/json":{"schema":{"allOf":[{"$ref":"#/components/schemas/order"},{"properties":{"id":{"type":"string"}},"required":["id"]}]}}}}}}},
	"/v2/orders/{id}":{"get":{"responses":{"default":{"description":"any"}}}}},
	"components":{"schemas":{"order":{"type":"object","required":["intent"],"properties":{
		"intent":{"type":"string","enum":["CAPTURE","AUTHORIZE"]},
		"value":{"type":"string","pattern":"^[0-9]+[.][0-9]{2}$","maxLength":8},
		"units":{"type":"array","items":{"type":"object","properties":{"count":{"type":"integer"}}}},
		"note":{"type":"string","nullable":true}}}}}}`

func TestWhatDoesNotFitTheDocumentIsNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spec.json")
	if err := os.WriteFile(path, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	s := shapetest.Load(t, path)
	for body, want := range map[string]string{
		`{"intent":"CAPTURE","value":"1.00","units":[{"count":2}],"note":null}`: "",
		`{"value":"1.00"}`:                             "$: intent is missing",
		`{"intent":"SALE"}`:                            "$.intent: SALE is none of [CAPTURE AUTHORIZE]",
		`{"intent":"CAPTURE","value":"1"}`:             `$.value: "1" does not match ^[0-9]+[.][0-9]{2}$`,
		`{"intent":"CAPTURE","value":"1000000.00"}`:    "$.value: longer than 8",
		`{"intent":"CAPTURE","value":1}`:               "$.value: 1, want string",
		`{"intent":"CAPTURE","units":[{"count":1.5}]}`: "$.units[0].count: 1.5, want integer",
		`{"intent":"CAPTURE","units":[{"cuont":1}]}`:   "$.units[0].cuont: no schema names this",
		`{"intent":"CAPTURE","intend":"CAPTURE"}`:      "$.intend: no schema names this",
		`{"intent":null}`:                              "$.intent: null",
		`{"intent":"CAPTURE","units":{"count":1}}`:     "$.units: an object, want array",
	} {
		got := ""
		if err := s.Request("POST", "/v2/orders", []byte(body)); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
	if err := s.Answer("POST", "/v2/orders", 201, []byte(`{"intent":"CAPTURE","id":"1"}`)); err != nil {
		t.Error(err)
	}
	if err := s.Answer("POST", "/v2/orders", 200, []byte(`{}`)); err == nil {
		t.Error("an answer the document does not have passed")
	}
	if err := s.Answer("GET", "/v2/orders/1?x=2", 200, nil); err != nil || s.Has("GET", "/v2/order/1") {
		t.Errorf("%v", err)
	}
}
