package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"korzo": main, "curl": curl}) }

// Each script is what somebody types. One whose name begins with demo_ finds a
// demo shop, opened once before and closed, in the folder shop.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			for _, v := range os.Environ() {
				if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "KORZO_") {
					e.Setenv(name, "")
				}
			}
			if strings.HasPrefix(filepath.Base(e.WorkDir), "script-demo_") {
				return exec.Command("cp", "-a", filled(e.T().(testing.TB)), filepath.Join(e.WorkDir, "shop")).Run()
			}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": exits, "freeport": freePort, "await": await, "buy": buyInScript, "sql": runSQL, "private": private, "grabport": grabPort,
		},
	})
}

// exits CODE COMMAND… runs a command that must end with a code.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// freeport NAME sets a variable to an address where nobody listens.
func freePort(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], l.Addr().String())
	ts.Check(l.Close())
}

// grabport NAME sets a variable to an address that is taken until the script ends.
func grabPort(ts *testscript.TestScript, _ bool, args []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], l.Addr().String())
	ts.Defer(func() { _ = l.Close() })
}

// await ADDR waits until a server answers there.
func await(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(answers(args[0]))
}

// answers waits until a server answers at addr, for at most a minute.
func answers(addr string) error {
	for end := time.Now().Add(time.Minute); ; {
		r, err := http.Get("http://" + addr + "/store/v1/docs")
		if err == nil {
			return r.Body.Close()
		}
		if time.Now().After(end) {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// buy ADDR DIR INSTRUMENT NAME buys with the demo's keys and sets a variable to
// the order's number.
func buyInScript(ts *testscript.TestScript, _ bool, args []string) {
	b, err := newBuyer(args[0], ts.MkAbs(args[1]))
	ts.Check(err)
	c, err := b.ready(args[2])
	ts.Check(err)
	c, err = b.complete(c)
	ts.Check(err)
	if c.Status != "completed" {
		ts.Fatalf("the checkout is %s: %s", c.Status, c.Messages)
	}
	ts.Setenv(args[3], c.Order.Number)
}

// sql DATABASE FILE breaks a shop's books.
func runSQL(ts *testscript.TestScript, _ bool, args []string) {
	d, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	_, err = d.Exec(ts.ReadFile(args[1]))
	ts.Check(err)
	ts.Check(d.Close())
}

// private FILE… checks that only its owner may use a file.
func private(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		info, err := os.Stat(ts.MkAbs(name))
		ts.Check(err)
		if mode := info.Mode().Perm(); mode&0o077 != 0 {
			ts.Fatalf("%s has mode %o", name, mode)
		}
	}
}

var (
	fillOnce sync.Once
	fillDir  string
	fillErr  error
)

// filled returns the folder of a demo shop that was opened from nothing and closed.
func filled(t testing.TB) string {
	t.Helper()
	fillOnce.Do(func() { fillDir, fillErr = fillDemo() })
	if fillErr != nil {
		t.Fatal(fillErr)
	}
	return fillDir
}

func fillDemo() (string, error) {
	dir, err := os.MkdirTemp("", "korzo-filled-") // the tests share it: the process's end leaves it to the system
	if err != nil {
		return "", err
	}
	p, err := openDemo(dir)
	if err != nil {
		return "", err
	}
	return dir, p.close()
}

// opened is a running demo.
type opened struct {
	command *exec.Cmd
	addr    string
	out     bytes.Buffer
	ended   chan error
}

// openDemo starts a demo on a folder and waits until it answers.
func openDemo(dir string) (*opened, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &opened{addr: l.Addr().String()}
	if err := l.Close(); err != nil {
		return nil, err
	}
	p.command = exec.Command("korzo", "demo", "--no-browser", "--listen", p.addr, "--data", dir)
	p.command.Stdout, p.command.Stderr = &p.out, &p.out
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	p.ended = make(chan error, 1)
	go func() {
		p.ended <- p.command.Wait()
		close(p.ended) // whoever asks later hears nil
	}()
	ready := make(chan error, 1)
	go func() { ready <- answers(p.addr) }()
	select {
	case err = <-ready:
	case err = <-p.ended:
		err = fmt.Errorf("the demo ended: %w", err)
	}
	if err != nil {
		_ = p.kill()
		return nil, fmt.Errorf("%w: %s", err, p.out.String())
	}
	return p, nil
}

func (p *opened) close() error {
	if err := p.command.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	if err := <-p.ended; err != nil {
		return fmt.Errorf("%w: %s", err, p.out.String())
	}
	return nil
}

// kill is kill −9.
func (p *opened) kill() error {
	err := p.command.Process.Kill()
	<-p.ended
	return err
}

// buyer is a client of the store API.
type buyer struct {
	base string
	keys demoKeys
}

func newBuyer(addr, dir string) (*buyer, error) {
	b := &buyer{base: "http://" + addr}
	text, err := os.ReadFile(filepath.Join(dir, "keys.json"))
	if err != nil {
		return nil, err
	}
	return b, json.Unmarshal(text, &b.keys)
}

// checkoutSeen is what a client reads of a checkout.
type checkoutSeen struct {
	ID       string
	Status   string
	Options  []struct{ ID string } `json:"shipping_options"`
	Methods  []struct{ ID string } `json:"payment_methods"`
	Totals   struct{ Total amountSeen }
	Messages json.RawMessage
	Order    *struct {
		Number string
		Total  amountSeen
	}
}

type amountSeen struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// call sends a request; an answer that is no 2xx is an error.
func (b *buyer) call(method, path, once string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, b.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	key := b.keys.Publishable
	if strings.HasPrefix(path, "/admin") {
		key = b.keys.Secret
	}
	r.Header.Set("Authorization", "Bearer "+key)
	r.Header.Set("Content-Type", "application/json")
	if once != "" {
		r.Header.Set("Idempotency-Key", once)
	}
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer w.Body.Close()
	answer, err := io.ReadAll(w.Body)
	if err == nil && w.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s: %d %s", method, path, w.StatusCode, answer)
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(answer, out)
}

// ready brings a checkout of one thing to where it can be completed.
func (b *buyer) ready(instrument string) (c checkoutSeen, err error) {
	var list struct {
		Data []struct {
			Variants []struct {
				SKU       string
				Available int64
			}
		}
	}
	if err := b.call("GET", "/store/v1/products?limit=50&market=DE", "", nil, &list); err != nil {
		return c, err
	}
	for _, p := range list.Data {
		for _, v := range p.Variants {
			if v.Available > 20 {
				return b.checkout(v.SKU, instrument)
			}
		}
	}
	return c, errors.New("nothing is to be had")
}

func (b *buyer) checkout(sku, instrument string) (c checkoutSeen, err error) {
	var cart struct{ ID string }
	if err = b.call("POST", "/store/v1/carts", "", map[string]any{"market": "DE", "lines": []any{map[string]any{"sku": sku, "quantity": 1}}}, &cart); err != nil {
		return c, err
	}
	if err = b.call("POST", "/store/v1/checkouts", "", map[string]any{"cart": cart.ID}, &c); err != nil {
		return c, err
	}
	path := "/store/v1/checkouts/" + c.ID
	err = b.call("PATCH", path, "", map[string]any{"email": "ada@example.com", "shipping_address": map[string]string{
		"name": "Ada", "line1": "Torstraße 1", "city": "Berlin", "postal_code": "10119", "country": "DE"}}, &c)
	if err != nil || len(c.Options) == 0 || len(c.Methods) == 0 {
		return c, fmt.Errorf("after the address: %w, %d options, %d methods", err, len(c.Options), len(c.Methods))
	}
	err = b.call("PATCH", path, "", map[string]any{"shipping_option": c.Options[0].ID,
		"payment": map[string]string{"method": c.Methods[0].ID, "instrument": instrument}}, &c)
	return c, err
}

// complete says yes to the sum.
func (b *buyer) complete(c checkoutSeen) (done checkoutSeen, err error) {
	err = b.call("POST", "/store/v1/checkouts/"+c.ID+"/complete", c.ID, map[string]any{"expected_total": c.Totals.Total}, &done)
	return done, err
}

// copied returns a folder of the test's own with a filled demo.
func copied(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "shop")
	if out, err := exec.Command("cp", "-a", filled(t), dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}
