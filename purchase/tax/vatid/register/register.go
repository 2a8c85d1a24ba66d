// Package register opens the registers of VAT ids that there are, each by an
// address whose scheme names it.
//
// It is the only place that knows the implementations: adding one is a folder
// here and a line below. Never true: a register that is asked because none was
// named; an address that is not understood taken for none.
package register

import (
	"fmt"
	"net/url"

	"korzo/purchase/tax/vatid"
	"korzo/purchase/tax/vatid/register/fake"
	"korzo/purchase/tax/vatid/register/vies"
)

// Open opens a register by its address: "" is none, "vies:" the one of the
// European Commission ("vies:?requester=DE136695976" has it give a reference as
// proof), "fake:" one for trying out, that knows every id but those of fake.Unknown.
func Open(address string) (vatid.Register, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("the VAT register's address: %w", err)
	}
	switch u.Scheme {
	case "":
		return nil, nil
	case "vies":
		return vies.New(vies.Config{Requester: u.Query().Get("requester")}), nil
	case "fake":
		return fake.New(), nil
	}
	return nil, fmt.Errorf("there is no VAT register %q: use vies: or fake:, or leave it out", u.Scheme)
}
