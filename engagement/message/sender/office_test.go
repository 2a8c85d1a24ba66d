package sender_test

import (
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"korzo/engagement/message"
	"korzo/engagement/message/sender"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/remember"
	"korzo/platform/seal"
)

var schemas = append([]fs.FS{remember.Schema}, sender.Schemas...)

func TestTheOfficeSendsWhereTheMerchantSaysFromTheNextMessageOn(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		keeper, err := seal.Open(make([]byte, 32))
		if err != nil {
			t.Fatal(err)
		}
		tokens := make(chan string, 4)
		tower := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { tokens <- r.Header.Get("Authorization") }))
		defer tower.Close()
		office, err := sender.NewOffice("kept:", "kept:", sender.Means{DB: d, Keeper: keeper, Inside: true})
		if err != nil {
			t.Fatal(err)
		}
		save := func(by message.Medium, s sender.Server, secret string) (err error) {
			t.Helper()
			err = d.Write(t.Context(), func(tx *db.Tx) error { return office.SaveServer(t.Context(), tx, by, s, secret) })
			return err
		}
		text := message.Text{MessageID: "msg_1", To: "+4930123456", Locale: "de", Body: "Hallo"}
		if _, err := office.SendText(t.Context(), text); err != nil {
			t.Fatal(err)
		}
		if len(tokens) != 0 {
			t.Error("a gateway that nobody set was asked")
		}
		if err := save(message.ByText, sender.Server{Way: sender.Gateway, URL: tower.URL + "/texts"}, "s3cret"); err != nil {
			t.Fatal(err)
		}
		if _, err := office.SendText(t.Context(), text); err != nil || <-tokens != "Bearer s3cret" {
			t.Errorf("%v", err)
		}
		if err := save(message.ByText, sender.Server{Way: sender.Gateway, URL: "https://evil.example/texts"}, ""); !errors.Is(err, sender.ErrSecret) {
			t.Errorf("a kept secret is handed to another server: %v", err)
		}
		if err := save(message.ByText, sender.Server{Way: sender.Gateway, URL: tower.URL + "/texts"}, ""); err != nil {
			t.Errorf("the same account keeps its secret: %v", err)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			s, err := office.Server(t.Context(), tx, message.ByText)
			if !s.HasSecret || strings.Contains(s.URL, "s3cret") {
				t.Errorf("%+v", s)
			}
			return err
		})
		for _, wrong := range []sender.Server{{Way: sender.Upgraded}, {Way: sender.Encrypted, Host: "a b"}, {Way: sender.Plain, Host: "mail.example", Port: 70000}, {Way: sender.Gateway, URL: "ftp://x"},
			{Way: "pigeon", Host: "loft"}, {Way: sender.Gateway, URL: "https://:token@x.example"}} {
			if err := save(message.ByMail, wrong, ""); !errors.Is(err, sender.ErrServer) {
				t.Errorf("%+v: %v", wrong, err)
			}
		}
		if err := save(message.ByText, sender.Server{}, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := office.SendText(t.Context(), text); err != nil || len(tokens) != 0 {
			t.Errorf("as the shop was started again: %v", err)
		}
	})
}

// Whoever names a server in the admin may not name one inside the house.
func TestAServerInsideTheHouseIsTheOperatorsToName(t *testing.T) {
	keeper, err := seal.Open(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	asked := false
	tower := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer tower.Close()
	d := dbtest.SQLite(t, schemas)
	office, err := sender.NewOffice("kept:", "kept:", sender.Means{DB: d, Keeper: keeper})
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := strings.Cut(strings.TrimPrefix(tower.URL, "http://"), ":")
	for by, s := range map[message.Medium]sender.Server{message.ByText: {Way: sender.Gateway, URL: tower.URL}, message.ByMail: {Way: sender.Plain, Host: host}} {
		dbtest.Write(t, d, func(tx *db.Tx) error { return office.SaveServer(t.Context(), tx, by, s, "") })
	}
	if _, err := office.SendText(t.Context(), message.Text{MessageID: "m", To: "+4930123456"}); err == nil || asked {
		t.Errorf("port %s was asked: %v", port, err)
	}
	if _, err := office.Send(t.Context(), message.Mail{MessageID: "m@x", From: "a@example.com", To: "b@example.com"}); err == nil || !strings.Contains(err.Error(), "private address") {
		t.Errorf("%v", err)
	}
}
