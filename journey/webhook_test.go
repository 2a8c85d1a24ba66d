package journey_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"korzo/app/apptest"
	"korzo/purchase/payment/bank"
)

// A system that is told of orders gets each once, signed, and may have it again.
func TestAnotherSystemHearsOfAnOrder(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		var mu sync.Mutex
		var got []*http.Request
		var bodies []string
		there := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			mu.Lock()
			defer mu.Unlock()
			got, bodies = append(got, r), append(bodies, string(body))
		}))
		t.Cleanup(there.Close)
		heard := func(n int) {
			t.Helper()
			w.Until("it is told", func() bool {
				mu.Lock()
				defer mu.Unlock()
				return len(bodies) >= n
			})
		}
		made := w.Call("POST", "/admin/v1/webhooks", map[string]any{"url": there.URL, "kinds": []string{"order.placed"}})
		secret := made.Text("secret")
		if made.Status != 201 || !strings.HasPrefix(secret, "whsec_") {
			t.Fatalf("%d %s", made.Status, made.Bytes)
		}
		at := "/admin/v1/webhooks/" + made.Text("id")
		if a := w.Call("GET", at, nil); a.Text("secret") != "" || a.Text("status") != "active" {
			t.Errorf("%s", a.Bytes)
		}
		_, order := bought(w, "sandbox:approve")
		heard(1)
		hook, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		if err := hook.Verify([]byte(bodies[0]), got[0].Header); err != nil {
			t.Error(err)
		}
		if id := w.Call("GET", order, nil).Text("id"); !strings.Contains(bodies[0], `"type":"order.placed"`) || !strings.Contains(bodies[0], id) || strings.Contains(bodies[0], "ada@example.com") {
			t.Errorf("%s", bodies[0])
		}
		var log apptest.Answer
		w.Until("it is noted as taken", func() bool {
			log = w.Call("GET", at+"/deliveries?status=delivered", nil)
			return log.Text("data", 0, "kind") == "order.placed"
		})
		delivery := "/admin/v1/webhook-deliveries/" + log.Text("data", 0, "id")
		if a := w.Call("POST", delivery+"/replay", nil); a.Text("status") != "pending" {
			t.Errorf("%d %s", a.Status, a.Bytes)
		}
		heard(2)
		w.Until("both tries are noted", func() bool { return w.Call("GET", delivery, nil).At("tries", 1) != nil })
		if a := w.Call("POST", at+"/test", nil); a.Text("kind") != "webhook.test" {
			t.Errorf("%d %s", a.Status, a.Bytes)
		}
		heard(3)
		if a := w.Call("DELETE", at, nil); a.Status != 204 || w.Call("GET", at, nil).Status != 404 {
			t.Errorf("%d %s", a.Status, a.Bytes)
		}
		if len(bodies) != 3 {
			t.Errorf("told %d times", len(bodies))
		}
	})
}
