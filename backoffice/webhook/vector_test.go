package webhook

import (
	"encoding/base64"
	"testing"
	"time"
)

// The vector that Standard Webhooks and its libraries publish.
func TestASignatureIsTheOneThatIsPublished(t *testing.T) {
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	const want = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	if got := v1(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), `{"test": 2432232314}`); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
