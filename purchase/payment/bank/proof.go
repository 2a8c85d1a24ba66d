package bank

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// Proof is what 3-D Secure says of a cardholder who proved who they are, in the
// words of EMVCo's protocol. The zero Proof is none.
type Proof struct {
	Version     string `json:"version"`     // of the protocol
	Status      string `json:"status"`      // transStatus: "Y" is proven
	ECI         string `json:"eci"`         // electronic commerce indicator
	Cryptogram  string `json:"cryptogram"`  // the authentication value: 20 bytes in base64
	Transaction string `json:"transaction"` // dsTransID: a UUID
}

// network is the key that card issuers sign proofs under. All banks of the
// sandbox are on one card network, so each believes what the other was shown;
// nothing but test cards is proven with it.
var network = []byte("the sandbox's card network")

// prove makes the proof of a payment whose cardholder said yes.
func prove(p Payment) Proof {
	var n [16]byte
	_, _ = rand.Read(n[:]) // never fails
	n[6], n[8] = n[6]&0x0f|0x40, n[8]&0x3f|0x80
	made := Proof{Version: "2.2.0", Status: "Y", ECI: "05", Transaction: fmt.Sprintf("%x-%x-%x-%x-%x", n[:4], n[4:6], n[6:8], n[8:10], n[10:])}
	made.Cryptogram = made.cryptogram(p.Currency, p.Amount)
	return made
}

// cryptogram binds a proof to what was to be paid when it was given.
func (p Proof) cryptogram(currency string, amount int64) string {
	mac := hmac.New(sha256.New, network)
	_, _ = fmt.Fprintf(mac, "%s %s %s %s %s %d", p.Version, p.Status, p.ECI, p.Transaction, currency, amount)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil)[:20])
}

// proves reports whether a proof is an issuer's, and of this order's sum.
func (o order) proves() bool {
	return o.Proof != (Proof{}) && hmac.Equal([]byte(o.Proof.Cryptogram), []byte(o.Proof.cryptogram(o.Currency, o.Amount)))
}

// text is a proof as the book keeps it: "" for none.
func (p Proof) text() string {
	if p == (Proof{}) {
		return ""
	}
	text, _ := json.Marshal(p)
	return string(text)
}

// readProof reads what text wrote.
func readProof(text string) (p Proof, err error) {
	if text != "" {
		err = json.Unmarshal([]byte(text), &p)
	}
	return p, err
}
