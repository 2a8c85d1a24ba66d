// Package gateway hands texts to an SMS gateway over HTTP.
//
// Gateways differ little: a text, a number and a key of one's own, posted as
// JSON. This is that common form, and a gateway that wants another shape is
// reached through a few lines of a proxy:
//
//	POST the address, Authorization: Bearer the password in it
//	Idempotency-Key: msg_…   {"id":"msg_…","from":"Korzo","to":"+4930123456","text":"…"}
//
// An answer of 2xx is yes, and may name the text: {"id":"…"}. 4xx is a no for
// ever, but for 408, 425 and 429; anything else, and silence, may be tried
// again under the same id.
package gateway

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"time"

	"korzo/engagement/message"
	"korzo/platform/outbound"
)

const (
	// timeout bounds one call.
	timeout = 20 * time.Second
	// maxAnswer bounds what is read of an answer, in bytes.
	maxAnswer = 1 << 16
)

// Sender posts texts to one gateway.
type Sender struct {
	address string
	token   string
	from    string
	client  *http.Client
}

// Open reads https://:TOKEN@host/path?from=NAME. Unless inside, it will ask
// addresses of the internet only. It connects to nothing yet.
func Open(u *url.URL, inside bool) (*Sender, error) {
	if u.Host == "" {
		return nil, errors.New("the address of the SMS gateway has no host; write it as https://:TOKEN@sms.example.com/messages?from=Shop")
	}
	plain, token := *u, ""
	if u.User != nil {
		token, _ = u.User.Password()
	}
	query := u.Query()
	from := cmp.Or(query.Get("from"), "Korzo")
	query.Del("from")
	plain.User, plain.RawQuery = nil, query.Encode()
	return &Sender{plain.String(), token, from, outbound.Client(timeout, inside)}, nil
}

// number is a telephone number as E.164 has it.
var number = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// SendText posts one text.
func (s *Sender) SendText(ctx context.Context, t message.Text) (string, error) {
	if !number.MatchString(t.To) {
		return "", fmt.Errorf("%w: the number is none", message.ErrRefused)
	}
	body, err := json.Marshal(map[string]string{"id": t.MessageID, "from": cmp.Or(t.From, s.from), "to": t.To, "text": t.Body})
	if err != nil {
		return "", fmt.Errorf("write a text: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.address, bytes.NewReader(body))
	if err != nil {
		return "", fmt.Errorf("call the SMS gateway: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", t.MessageID)
	if s.token != "" {
		r.Header.Set("Authorization", "Bearer "+s.token)
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return "", fmt.Errorf("call the SMS gateway: %w", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	passing := []int{http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests}
	switch {
	case answer.StatusCode/100 == 4 && !slices.Contains(passing, answer.StatusCode):
		return "", fmt.Errorf("%w: the SMS gateway answers %s", message.ErrRefused, answer.Status)
	case answer.StatusCode/100 != 2:
		return "", fmt.Errorf("the SMS gateway answers %s", answer.Status)
	case err != nil:
		return "", fmt.Errorf("read the SMS gateway's answer: %w", err)
	}
	var named struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(text, &named) // a gateway need not name it
	return cmp.Or(named.ID, t.MessageID), nil
}
