// Package gateway lists the payment gateways that Korzo has. Adding one is a
// folder beside this file and one line in All; nothing else imports them.
//
// Each gateway's Open takes the settings an operator gave it as an address, in
// the manner of a database's: where it is, and its secrets as user and
// password. What a gateway can do it says itself, in its Traits.
//
// Never true: a gateway known elsewhere by its type; settings read from the
// environment here.
package gateway

import (
	"fmt"
	"net/url"
	"strings"

	"korzo/platform/fault"
	"korzo/purchase/payment"
	"korzo/purchase/payment/gateway/cash"
	"korzo/purchase/payment/gateway/manual"
	"korzo/purchase/payment/gateway/paypal"
	"korzo/purchase/payment/gateway/sandbox"
	"korzo/purchase/payment/gateway/stripe"
	"korzo/purchase/payment/gateway/terminal"
)

// ErrSetting reports an address that names no gateway or lacks what it needs.
var ErrSetting = fault.New(fault.Invalid, "gateway.setting", "name a gateway by its address, such as sandbox://ACCOUNT:SECRET@127.0.0.1:9090")

// All opens each gateway from its address, by the address's scheme.
var All = map[string]func(*url.URL) (payment.Gateway, error){
	"cash":     cash.Open,
	"manual":   manual.Open,
	"paypal":   paypal.Open,
	"sandbox":  sandbox.Open,
	"sandbox2": sandbox.OpenSecond,
	"stripe":   stripe.Open,
	"terminal": terminal.Open,
}

// Open opens the gateways at these addresses, in the order they are to be
// asked. It makes no call.
func Open(addresses ...string) ([]payment.Gateway, error) {
	var gateways []payment.Gateway
	for _, address := range addresses {
		u, err := url.Parse(address)
		if err != nil {
			return nil, ErrSetting.With("a gateway's address cannot be read; write it as sandbox://ACCOUNT:SECRET@HOST:PORT")
		}
		open, ok := All[u.Scheme]
		if !ok {
			return nil, ErrSetting.With(fmt.Sprintf("there is no gateway %q; there are %s", u.Scheme, names()))
		}
		g, err := open(u)
		if err != nil {
			return nil, fmt.Errorf("open gateway %s: %w", u.Scheme, err)
		}
		gateways = append(gateways, g)
	}
	return gateways, nil
}

func names() string {
	var all []string
	for name := range All {
		all = append(all, name)
	}
	return strings.Join(all, ", ")
}
