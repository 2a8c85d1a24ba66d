package paypal_test

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"korzo/purchase/payment"
)

// PayPal documents what it signs ("ID|TIME|WEBHOOK|CRC32 OF THE BODY", SHA-256
// with RSA) and publishes no example that can be computed after. So openssl made
// these: an authority, a certificate of PayPal's name and one of another's, each
// with the authority behind it (testdata), and the signatures; gzip counted the
// CRC. Neither our signing in other tests nor Go's vouches for itself.
const (
	signedBody = `{"id":"WH-2WR32451HC0233532-67976317FL4543714","event_type":"PAYMENT.CAPTURE.COMPLETED","resource_type":"capture","resource":{"id":"42311647XV020574X","status":"COMPLETED","custom_id":"att_1"}}`
	signedAt   = "2030-01-10T12:00:00Z"
	signedID   = "69cd13f0-d67a-11e5-baa3-778b53f4ae55"
	forUs      = "gjZR+1Xbgt2sxum0z26wT6s4PW4t+rKhUlpHh8HkdesrHDx3rlh51MhXrToK6TtevZ9fP44puKy6t3VryknMzXPytKgggjmyXQmK8YU8UyjINKWp2JU5fDnk8Q7PVDBELHVvWDJN30yEaHB7GxrLpSvfs289QvCEelUxVmRWw91Eh1w1jWk5pSDB0WW6qLzOENkhYe9BXBU5vXhKyX3c8/n4ESMQrUeUbQ//M88F5Wv+9V/pAeajzT1xDmSMVV7swB6UCOf1ArXyBDVqjI2/e7WimmVwr5IP2ZGECvZ2dDEEKTElAZmsoC3fp2imPVWU5SxJUD55o3CFopDnJWebYQ=="
	forAnother = "OMH3Pe2qcKDalzBTWhwn5K4l/JKNiEYbCqVezwF95DX1JI9LQH9pIShUBuXU0hbNfWH/IybGJLU5aUvBpcVjESvJ+S+FMat/B0TW/KPkT/X+XzxP5eoB7M8qlBqToCrPMGh5saFwJ4uDX8uWpAflTX6EvJryJO8pMcs1KWYt+AoaPnbtRJ2VfL5KJvKuKHnVehmTcQQIw04+WUjFvkzdZ7CoJTUii4DP2Zm8k2VvX17Cgcm+1BEKzsGLyXq6JxqzPg7q8P/Sr64bAebRMQU3ZRxh0dO8aBYtSqBDhKS/wsYQbGNu0T0Ruhk5regB8kHn3sphjGsaPvIvMBQzk+fPmg==" // for webhook WH-2
	byAnother  = "a8AvRHSie7MIkmYgmdUqe1tt04r+c9UvQi4Br9QRF39FKPueKFJOokMfDSG2sFc+uAo8BLcBL5A9xWqZOngdWJ93EEkqSkB+xw3cLZUpK9Ka7qXQltE68+VXptyU7wfyxVJ10PxXoQb13IVUepfXvXRvnqCX8uFEgYfPN8Xy7QhRQe4/g7E9KmkMcBFcu+KsoSTIHLXeIsBVZdLawvBfQEgLqrvyGsSzy2cM+cQFN2ffdEpbPUhJZMzAs01BA+Qs4AuYf52ZWblpd1Zjp4HllpFTKSYJBGaw1rAITBzTrGCmabZoUg50J49g0c7/25AQSIxZiGdJIHOiV7v0RG8huQ=="
)

func TestATransmissionThatOpensslSignedIsPayPals(t *testing.T) {
	path := "/v1/notifications/certs/CERT-360caa42-fca2a594-ecac23e1"
	for name, c := range map[string]struct {
		certificate, id, at, body, signature string
		believed                             bool
	}{
		"as it was sent":                       {"paypal.pem", signedID, signedAt, signedBody, forUs, true},
		"another body, so another CRC":         {"paypal.pem", signedID, signedAt, strings.Replace(signedBody, "att_1", "att_2", 1), forUs, false},
		"one space more":                       {"paypal.pem", signedID, signedAt, signedBody + " ", forUs, false},
		"sent to another's webhook":            {"paypal.pem", signedID, signedAt, signedBody, forAnother, false},
		"under another transmission's id":      {"paypal.pem", "69cd13f0-d67a-11e5-baa3-778b53f4ae56", signedAt, signedBody, forUs, false},
		"at another time":                      {"paypal.pem", signedID, "2030-01-10T12:00:01Z", signedBody, forUs, false},
		"signed by another":                    {"paypal.pem", signedID, signedAt, signedBody, byAnother, false},
		"with another's certificate":           {"other.pem", signedID, signedAt, signedBody, byAnother, false},
		"half of the signature":                {"paypal.pem", signedID, signedAt, signedBody, forUs[:172], false},
		"no signature":                         {"paypal.pem", signedID, signedAt, signedBody, "", false},
		"a certificate that has not begun yet": {"paypal.pem", signedID, "2020-01-10T12:00:00Z", signedBody, forUs, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStandIn(t, nil)
			var err error
			if s.cert, err = os.ReadFile("testdata/" + c.certificate); err != nil {
				t.Fatal(err)
			}
			g := open(t, s.base)
			now, err := time.Parse(time.RFC3339, c.at)
			if err != nil {
				t.Fatal(err)
			}
			g.Now = func() time.Time { return now }
			h := http.Header{}
			for key, value := range map[string]string{"Id": c.id, "Time": c.at, "Sig": c.signature} {
				h.Set("Paypal-Transmission-"+key, value)
			}
			h.Set("Paypal-Auth-Algo", "SHA256withRSA")
			h.Set("Paypal-Cert-Url", s.base+path)
			if _, err := g.VerifyWebhook(h, []byte(c.body)); !errors.Is(err, payment.ErrNotice) {
				t.Errorf("believed before its certificate was there: %v", err)
			}
			k := known("att_2")
			k.At = now
			if _, err := g.LookupKnown(t.Context(), k); err != nil {
				t.Fatal(err)
			}
			n, err := g.VerifyWebhook(h, []byte(c.body))
			if c.believed && (err != nil || n.Reference != "att_1" || n.Kind != "PAYMENT.CAPTURE.COMPLETED") || !c.believed && !errors.Is(err, payment.ErrNotice) {
				t.Errorf("%+v, %v", n, err)
			}
		})
	}
}
