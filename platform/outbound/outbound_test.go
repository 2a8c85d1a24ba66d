package outbound_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"korzo/platform/outbound"
)

func TestNobodyInsideIsAsked(t *testing.T) {
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer s.Close()
	c := outbound.Client(time.Second, false)
	for _, address := range []string{s.URL, strings.Replace(s.URL, "127.0.0.1", "localhost", 1), "http://[::1]:80/", "http://[::ffff:127.0.0.1]/",
		"http://169.254.169.254/latest", "http://0.0.0.0/", "http://10.1.2.3/"} {
		w, err := c.Get(address)
		if err == nil {
			_ = w.Body.Close()
		}
		if !errors.Is(err, outbound.ErrPrivate) {
			t.Errorf("%s: %v", address, err)
		}
	}
	if asked != 0 {
		t.Errorf("%d were asked", asked)
	}
	w, err := outbound.Client(time.Second, true).Get(s.URL)
	if err != nil || asked != 1 {
		t.Fatalf("who may ask inside was answered %v", err)
	}
	_ = w.Body.Close()
}

func TestARedirectIsAnAnswerAndNotFollowed(t *testing.T) {
	s := httptest.NewServer(http.RedirectHandler("/elsewhere", http.StatusTemporaryRedirect))
	defer s.Close()
	w, err := outbound.Client(time.Second, true).Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Body.Close() }()
	if w.StatusCode != http.StatusTemporaryRedirect {
		t.Errorf("%d", w.StatusCode)
	}
}

func TestAddressesOfTheInternetAreKnown(t *testing.T) {
	for address, want := range map[string]bool{
		"8.8.8.8": true, "2606:4700::1111": true, "192.168.1.1": false, "172.16.0.1": false, "100.64.0.1": false, "fe80::1": false, "fd00::1": false,
		"64:ff9b::7f00:1": false, "2002:7f00:1::": false, "224.0.0.1": false, "255.255.255.255": false, "::": false, "::ffff:10.0.0.1": false,
	} {
		if got := outbound.Public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s is public: %v", address, got)
		}
	}
}
