package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// What the README has a newcomer type buys something, as it is printed.
func TestTheReadmesLinesBuy(t *testing.T) {
	b, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(b), "From another terminal, in the same folder:\n")
	text, _, found := strings.Cut(text, "\nTry `sandbox:decline`")
	if !found {
		t.Fatal("README.md: the lines between \"From another terminal\" and \"Try\" are gone")
	}
	dir := copied(t)
	p, err := openDemo(dir)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("sh", "-eu", "-c", strings.NewReplacer("127.0.0.1:8080", p.addr, "demo/keys.json", dir+"/keys.json").Replace(text))
	out, err := c.CombinedOutput()
	if err != nil {
		t.Errorf("%v", err)
	}
	for _, want := range []string{`"slug":`, `"status":"ready_for_complete"`, `"status":"completed"`, `"order":{`} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%s is not said by\n%s", want, out)
		}
	}
	if err := p.close(); err != nil {
		t.Error(err)
	}
}

// curl is as much of the real one as the README needs: not every machine that
// runs the tests has it.
func curl() {
	var address, body string
	method, header := "", http.Header{}
	for args := os.Args[1:]; len(args) > 0; args = args[1:] {
		switch {
		case args[0] == "-s":
		case len(args) > 1 && args[0] == "-H":
			name, value, _ := strings.Cut(args[1], ": ")
			header.Set(name, value)
			args = args[1:]
		case len(args) > 1 && args[0] == "-d":
			body, args = args[1], args[1:]
		case len(args) > 1 && args[0] == "-X":
			method, args = args[1], args[1:]
		default:
			address = args[0]
		}
	}
	if method == "" && body != "" {
		method = http.MethodPost
	}
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err == nil {
		r.Header = header
		var w *http.Response
		if w, err = http.DefaultClient.Do(r); err == nil {
			_, err = io.Copy(os.Stdout, w.Body)
			_ = w.Body.Close()
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
