package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"time"

	"korzo/platform/seal"
)

// secretPrefix marks a secret as Standard Webhooks has it.
const secretPrefix = "whsec_"

// Secret returns an endpoint's newest secret, for its receiver. Who has it can
// make messages that look like the shop's.
func (e Endpoint) Secret(k *seal.Keeper) string {
	return secretPrefix + base64.StdEncoding.EncodeToString(secretKey(k, e.ID, e.Turn))
}

// secretKey is a key of 32 bytes that only the master key can make.
func secretKey(k *seal.Keeper, id ID, turn int64) []byte {
	key := sha256.Sum256([]byte(k.Hash("webhook.secret", string(id)+"/"+strconv.FormatInt(turn, 10))))
	return key[:]
}

// sign returns the value of webhook-signature at a time: "v1," and the HMAC-SHA256
// of id, seconds and body, for each secret that holds, the newest first.
func (e Endpoint) sign(k *seal.Keeper, id DeliveryID, at time.Time, body string) string {
	text := v1(secretKey(k, e.ID, e.Turn), id, at, body)
	if e.Turn > 1 && at.Before(e.BeforeUntil) {
		text += " " + v1(secretKey(k, e.ID, e.Turn-1), id, at, body)
	}
	return text
}

func v1(key []byte, id DeliveryID, at time.Time, body string) string {
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write([]byte(string(id) + "." + strconv.FormatInt(at.Unix(), 10) + "." + body))
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
