package paypal_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// proofs are the names that proof of who pays has in the languages of card
// schemes.
var proofs = regexp.MustCompile(`(?i)3d|three_d|cavv|cryptogram|eci|xid|authenticat`)

// The proof that a cardholder gave at another gateway cannot be told to PayPal:
// the sources that this gateway pays from, the wallets of PayPal and Venmo, have
// no field for it, on any level. So the gateway declares that it takes none. Of
// cards, which it does not take, the document knows such fields: the search
// would find them.
func TestPayPalsDocumentHasNoFieldForProofGivenElsewhere(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(folder, "checkout_orders_v2.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Components struct {
			Schemas map[string]any `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	source, _ := doc.Components.Schemas["payment_source"].(object)
	sources, _ := source["properties"].(object)
	for name, known := range map[string]bool{"paypal": false, "venmo": false, "card": true} {
		fields := map[string]bool{}
		gather(doc.Components.Schemas, sources[name], name, map[string]bool{}, fields)
		if len(fields) < 10 {
			t.Errorf("%s: only the fields %v were read", name, fields)
		}
		found := ""
		for field := range fields {
			if proofs.MatchString(field) {
				found = field
			}
		}
		if (found != "") != known {
			t.Errorf("%s: found %q; if PayPal takes proof now, give it and declare so", name, found)
		}
	}
	if open(t, "http://127.0.0.1").Traits().Proofs {
		t.Error("proof is declared as taken, and there is nowhere to put it")
	}
}

// gather adds the paths of all fields below a schema.
func gather(all map[string]any, schema any, path string, seen, fields map[string]bool) {
	s, _ := schema.(object)
	if ref, ok := s["$ref"].(string); ok {
		name := ref[strings.LastIndexByte(ref, '/')+1:]
		if !seen[name] {
			seen[name] = true
			gather(all, all[name], path, seen, fields)
		}
	}
	below, _ := s["properties"].(object)
	for name, of := range below {
		fields[path+"."+name] = true
		gather(all, of, path+"."+name, seen, fields)
	}
	for _, word := range []string{"allOf", "oneOf", "anyOf"} {
		several, _ := s[word].([]any)
		for _, one := range several {
			gather(all, one, path, seen, fields)
		}
	}
	if items := s["items"]; items != nil {
		gather(all, items, path, seen, fields)
	}
}
