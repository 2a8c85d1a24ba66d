package app

import (
	"fmt"

	"korzo/purchase/tax/vatid"
	"korzo/purchase/tax/vatid/register"
)

// openVATIDs has VAT ids checked where the configuration names a register; else
// it returns nil, which asks nobody.
func (a *App) openVATIDs() (*vatid.Checker, error) {
	r, err := register.Open(a.config.VATRegister)
	if err != nil {
		return nil, fmt.Errorf("open the VAT register: %w", err)
	}
	if r == nil {
		return nil, nil
	}
	return vatid.New(a.DB, a.Keeper, r), nil
}
