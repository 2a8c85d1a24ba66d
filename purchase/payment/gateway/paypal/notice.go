package paypal

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"korzo/purchase/payment"
)

// tolerance is how old a notice may be: PayPal repeats one for three days.
// What is replayed after that, or before, only makes us look.
const tolerance = 4 * 24 * time.Hour

// certs is where PayPal keeps the certificates of its signatures.
var certs = regexp.MustCompile(`^/v1/notifications/certs/[A-Za-z0-9_-]{1,80}$`)

// VerifyWebhook checks PayPal's signature over the notice's id, its time, our
// webhook's id and the body's checksum.
//
// It does no call, and so does not use PayPal's verification service. It needs
// the certificate that signed, which PayPal keeps at an address the notice
// names. A notice with a certificate we have not got is not believed; the next
// call to PayPal fetches it, from PayPal's own host only, and PayPal sends the
// notice again. Nothing is lost by it: the shopper's return and the poller ask
// the same question.
func (g *Gateway) VerifyWebhook(header http.Header, body []byte) (payment.Notice, error) {
	at, err := time.Parse(time.RFC3339, header.Get("Paypal-Transmission-Time"))
	if err != nil || g.webhook == "" || g.Now().Sub(at).Abs() > tolerance || header.Get("Paypal-Auth-Algo") != "SHA256withRSA" {
		return payment.Notice{}, payment.ErrNotice
	}
	key := g.key(header.Get("Paypal-Cert-Url"))
	signature, err := base64.StdEncoding.DecodeString(header.Get("Paypal-Transmission-Sig"))
	if key == nil || err != nil {
		return payment.Notice{}, payment.ErrNotice
	}
	signed := fmt.Sprintf("%s|%s|%s|%d", header.Get("Paypal-Transmission-Id"), header.Get("Paypal-Transmission-Time"), g.webhook, crc32.ChecksumIEEE(body))
	sum := sha256.Sum256([]byte(signed))
	if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) != nil {
		return payment.Notice{}, payment.ErrNotice
	}
	return read(body)
}

// read finds our reference in a notice. One about something that is not ours
// has none.
func read(body []byte) (payment.Notice, error) {
	var e struct {
		ID       string `json:"id"`
		Type     string `json:"event_type"`
		Resource struct {
			CustomID string `json:"custom_id"`
			Units    []struct {
				CustomID string `json:"custom_id"`
			} `json:"purchase_units"`
		} `json:"resource"`
	}
	if err := json.Unmarshal(body, &e); err != nil || e.ID == "" {
		return payment.Notice{}, payment.ErrNotice
	}
	n := payment.Notice{ID: e.ID, Kind: e.Type, Reference: e.Resource.CustomID}
	if n.Reference == "" && len(e.Resource.Units) > 0 {
		n.Reference = e.Resource.Units[0].CustomID
	}
	if strings.HasPrefix(n.Kind, "CUSTOMER.DISPUTE.") {
		n.Disputed = disputed(body)
		if n.Disputed != nil && n.Reference == "" {
			n.Reference = n.Disputed.Reference
		}
	}
	return n, nil
}

// key is the public key at an address. One we have not got is wanted from now on.
func (g *Gateway) key(address string) *rsa.PublicKey {
	g.mu.Lock()
	defer g.mu.Unlock()
	key, ok := g.keys[address]
	if !ok && g.trusted(address) {
		g.wanted = address
	}
	return key
}

// trusted reports whether an address is one of PayPal's own for certificates.
func (g *Gateway) trusted(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" || !certs.MatchString(u.Path) {
		return false
	}
	switch u.Scheme + "://" + u.Host {
	case "https://api.paypal.com", "https://api-m.paypal.com", "https://api.sandbox.paypal.com", "https://api-m.sandbox.paypal.com", g.base:
		return true
	}
	return false
}

// learn fetches the certificate that is wanted, if one is. That it cannot be
// had is no trouble of the call it goes along with.
func (g *Gateway) learn(ctx context.Context) {
	g.mu.Lock()
	address := g.wanted
	g.wanted = ""
	g.mu.Unlock()
	if address == "" {
		return
	}
	short, stop := context.WithTimeout(ctx, 3*time.Second)
	defer stop()
	key, err := g.fetch(short, address)
	if err != nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.keys) >= 16 {
		clear(g.keys)
	}
	g.keys[address] = key
}

func (g *Gateway) fetch(ctx context.Context, address string) (*rsa.PublicKey, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, errAddress
	}
	w, err := g.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = w.Body.Close() }()
	text, err := io.ReadAll(w.Body)
	if err != nil || w.StatusCode != http.StatusOK {
		return nil, payment.ErrUnknown
	}
	return publicKey(text, g.Now())
}

// publicKey reads the first certificate of a PEM text, which must be valid now
// and PayPal's.
func publicKey(text []byte, now time.Time) (*rsa.PublicKey, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, payment.ErrNotice
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil || now.Before(c.NotBefore) || now.After(c.NotAfter) || !strings.HasSuffix(c.Subject.CommonName, ".paypal.com") {
		return nil, payment.ErrNotice
	}
	key, ok := c.PublicKey.(*rsa.PublicKey)
	if !ok || key.N.BitLen() < 2048 {
		return nil, payment.ErrNotice
	}
	return key, nil
}
