// Package outbound asks machines that others named: a merchant's receiver of
// webhooks, the host of a picture.
//
// Whoever names a host could name one inside: this machine, its neighbours, the
// cloud's own answers. So a client of this package connects to public addresses
// only. The address is looked at after the name was resolved, at every
// connection, so neither a name that changes nor a redirect leads inside.
// Nothing is ever asked without a limit of time.
package outbound

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// ErrPrivate reports that a host's address is none of the internet.
var ErrPrivate = errors.New("its host is a private address, which the shop does not ask")

const (
	connectTime = 10 * time.Second
	maxHeader   = 64 << 10
)

// Dialer connects to public addresses only, within so much time; with private to
// any: for what is no HTTP, such as mail.
func Dialer(limit time.Duration, private bool) *net.Dialer {
	return &net.Dialer{Timeout: limit, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("address %s: %w", address, err)
		}
		if !private && !Public(at.Addr()) {
			return ErrPrivate
		}
		return nil
	}}
}

// Client returns a client that asks public hosts only and gives an answer, its
// body included, so much time. It follows no redirect unless the caller sets
// CheckRedirect. With private it asks any host: for tests, and for shops whose
// other machines lie in the house.
func Client(limit time.Duration, private bool) *http.Client {
	dialer := Dialer(min(connectTime, limit), private)
	return &http.Client{
		Timeout: limit,
		Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true, ForceAttemptHTTP2: true,
			TLSHandshakeTimeout: min(connectTime, limit), ResponseHeaderTimeout: limit, MaxResponseHeaderBytes: maxHeader},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// reserved are addresses that nobody on the internet has, or that lead to
// others inside. Source: IANA special-purpose address registries.
var reserved = func() (all []netip.Prefix) {
	for _, p := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32", "2002::/16", "fec0::/10",
	} {
		all = append(all, netip.MustParsePrefix(p))
	}
	return all
}()

// Public reports whether an address is one of the internet.
func Public(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsGlobalUnicast() && !a.IsPrivate() && !a.IsLoopback() && !a.IsLinkLocalUnicast() &&
		!slices.ContainsFunc(reserved, func(p netip.Prefix) bool { return p.Contains(a) })
}
