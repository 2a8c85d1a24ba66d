package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"

	"korzo/purchase/payment"
	"korzo/purchase/payment/bank"
	"korzo/value/address"
)

var (
	_ payment.Inviting = (*Gateway)(nil)
	_ payment.Inviting = (*Second)(nil)
)

// sharing are the kinds whose wallets know who their owners are.
var sharing = []string{"wallet", "paypal", "venmo"}

// Shares reports whether a kind's wallets tell who buys.
func (l line) Shares(kind string) bool { return slices.Contains(sharing, kind) }

// Invite has the bank open a wallet.
func (l line) Invite(ctx context.Context, i payment.Invitation) (string, error) {
	var opened struct {
		ActionURL string `json:"action_url"`
	}
	err := l.wallet(ctx, http.MethodPost, "", bank.Asking{Reference: i.Reference, Kind: i.Kind, Amount: i.Amount.Minor, Currency: string(i.Amount.Currency),
		Countries: i.Countries, ReturnURL: i.ReturnURL}, &opened)
	if err == nil && opened.ActionURL == "" {
		err = payment.ErrUnknown
	}
	return opened.ActionURL, err
}

// Shared reads what a wallet told.
func (l line) Shared(ctx context.Context, reference string, came url.Values) (payment.Shared, error) {
	if came.Get("wallet") == "" {
		return payment.Shared{}, payment.ErrNotShared
	}
	var told bank.Told
	if err := l.wallet(ctx, http.MethodGet, "/"+url.PathEscape(came.Get("wallet")), nil, &told); err != nil {
		return payment.Shared{}, err
	}
	if told.Reference != reference {
		return payment.Shared{}, payment.ErrNotShared
	}
	return payment.Shared{Instrument: told.Instrument, Email: told.Email, Address: address.Address{Name: told.Name, Line1: told.Line1, City: told.City,
		Region: told.Region, PostalCode: told.PostalCode, Country: told.Country, Phone: told.Phone}}, nil
}

// wallet asks the bank about one.
func (l line) wallet(ctx context.Context, method, path string, in, out any) error {
	text, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, l.base+"/v1/wallets"+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	r.SetBasicAuth(l.account, l.secret)
	status, answer, err := l.exchange(r)
	switch {
	case err != nil:
		return err
	case status == http.StatusNotFound:
		return payment.ErrNotShared
	case status >= 500:
		return payment.ErrUnknown
	case status != http.StatusOK:
		return refusal{status, string(answer)}
	}
	if json.Unmarshal(answer, out) != nil {
		return payment.ErrUnknown
	}
	return nil
}
