package main

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Law: a demo that is killed while somebody pays, at whatever moment, settles
// it when it is opened again: an order for exactly what the bank holds, or no
// order and nothing held.
func TestADemoKilledInTheMiddleOfAPurchaseSettlesItAfterwards(t *testing.T) {
	dir := copied(t)
	var begun []checkoutSeen
	for _, kill := range []struct {
		instrument string
		after      time.Duration
	}{
		{"sandbox:approve", 0}, {"sandbox:approve", 2 * time.Millisecond}, {"sandbox:approve", 5 * time.Millisecond},
		{"sandbox:approve", 10 * time.Millisecond}, {"sandbox:approve", 20 * time.Millisecond}, {"sandbox:timeout_after", 100 * time.Millisecond},
		{"sandbox:late", 100 * time.Millisecond}, {"sandbox:decline", 5 * time.Millisecond},
	} {
		p := reopened(t, dir)
		c := killedWhilePaying(t, p, dir, kill.instrument, kill.after)
		begun = append(begun, c)
	}
	p := reopened(t, dir)
	defer p.kill()
	b := buyerAt(t, p.addr, dir)
	ordered := int64(0)
	for _, c := range begun {
		if c = settled(t, b, c.ID); c.Order != nil {
			ordered += c.Order.Total.Amount
		}
	}
	if held := heldByBank(t, dir) + heldByBank(t, filepath.Join(dir, "bank2")); held != ordered {
		t.Errorf("the banks hold %d, the orders come to %d", held, ordered)
	}
	if out, err := exec.Command("korzo", "verify", "--data", dir).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	if err := p.close(); err != nil {
		t.Error(err)
	}
}

func reopened(t *testing.T, dir string) *opened {
	t.Helper()
	p, err := openDemo(dir)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func buyerAt(t *testing.T, addr, dir string) *buyer {
	t.Helper()
	b, err := newBuyer(addr, dir)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// killedWhilePaying completes a checkout and kills the shop a moment later.
func killedWhilePaying(t *testing.T, p *opened, dir, instrument string, after time.Duration) checkoutSeen {
	t.Helper()
	b := buyerAt(t, p.addr, dir)
	c, err := b.ready(instrument)
	if err != nil {
		t.Fatal(err)
	}
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		_, _ = b.complete(c) // nobody hears the answer
	}()
	time.Sleep(after)
	if err := p.kill(); err != nil {
		t.Fatal(err)
	}
	<-answered
	return c
}

// settled waits until a checkout is being paid no more, for at most 70 s.
func settled(t *testing.T, b *buyer, id string) (c checkoutSeen) {
	t.Helper()
	for end := time.Now().Add(70 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		c = checkoutSeen{}
		if err := b.call("GET", "/store/v1/checkouts/"+id, "", nil, &c); err != nil {
			t.Fatal(err)
		}
		if c.Status != "complete_in_progress" && c.Status != "requires_escalation" {
			return c
		}
	}
	t.Errorf("checkout %s is still %s", id, c.Status)
	return c
}

// heldByBank is the sum of what the bank holds or has taken.
func heldByBank(t *testing.T, dir string) (sum int64) {
	t.Helper()
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(b))
	}
	r, err := http.NewRequest("GET", "http://"+read(bankAddr)+"/v1/book", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("demo", read(bankSecret))
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	var book []struct {
		Amount int64
		State  string
	}
	if err := json.NewDecoder(w.Body).Decode(&book); err != nil {
		t.Fatal(err)
	}
	for _, p := range book {
		if p.State == "authorized" || p.State == "captured" {
			sum += p.Amount
		}
	}
	return sum
}
