package passkey_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io/fs"
	"testing"
	"time"

	"korzo/platform/auth"
	"korzo/platform/auth/passkey"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
)

var schemas = []fs.FS{auth.Schema, passkey.Schema}

const site = "https://shop.example"

var ada = passkey.Person{Realm: auth.RealmCustomer, Subject: "cus_ada", Login: "ada@example.com"}

// device is an authenticator in software: one ES256 key, used on one site.
type device struct {
	t      *testing.T
	key    *ecdsa.PrivateKey
	id     []byte
	handle []byte
	count  uint32
	flags  byte
}

func newDevice(t *testing.T) *device {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 16)
	_, _ = rand.Read(id)
	return &device{t: t, key: key, id: id, flags: 0x05} // present and verified
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// asked reads the challenge and the handle out of options.
func (d *device) asked(options json.RawMessage) (challenge string) {
	d.t.Helper()
	var o struct {
		PublicKey struct {
			Challenge string
			User      struct{ ID string }
		}
	}
	if err := json.Unmarshal(options, &o); err != nil || o.PublicKey.Challenge == "" {
		d.t.Fatalf("%s: %v", options, err)
	}
	if o.PublicKey.User.ID != "" {
		d.handle, _ = base64.RawURLEncoding.DecodeString(o.PublicKey.User.ID)
	}
	return o.PublicKey.Challenge
}

func (d *device) data() []byte {
	hash := sha256.Sum256([]byte("shop.example"))
	d.count++
	return binary.BigEndian.AppendUint32(append(hash[:], d.flags), d.count)
}

func said(kind, challenge, origin string) []byte {
	text, _ := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": origin})
	return text
}

// make answers an invitation. CBOR is written by hand: it is four short maps.
func (d *device) make(options json.RawMessage, origin string) []byte {
	d.t.Helper()
	client := said("webauthn.create", d.asked(options), origin)
	d.flags |= 0x40
	data := d.data()
	d.flags &^= 0x40
	data = append(data, make([]byte, 16)...)
	data = append(binary.BigEndian.AppendUint16(data, uint16(len(d.id))), d.id...)
	public, err := d.key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		d.t.Fatal(err)
	}
	data = append(data, 0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32)
	data = append(append(data, public[1:33]...), 0x22, 0x58, 32)
	data = append(data, public[33:]...)
	object := append([]byte{0xa3, 0x63}, "fmt"...)
	object = append(append(object, 0x64), "none"...)
	object = append(append(object, 0x67), "attStmt"...)
	object = append(append(object, 0xa0, 0x68), "authData"...)
	object = append(append(object, 0x58, byte(len(data))), data...)
	return d.answer(map[string]any{"clientDataJSON": b64(client), "attestationObject": b64(object)})
}

// sign answers a challenge.
func (d *device) sign(options json.RawMessage, origin string) []byte {
	d.t.Helper()
	client := said("webauthn.get", d.asked(options), origin)
	data, hash := d.data(), sha256.Sum256(client)
	digest := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, d.key, digest[:])
	if err != nil {
		d.t.Fatal(err)
	}
	return d.answer(map[string]any{"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature), "userHandle": b64(d.handle)})
}

func (d *device) answer(response map[string]any) []byte {
	text, _ := json.Marshal(map[string]any{"id": b64(d.id), "rawId": b64(d.id), "type": "public-key", "response": response})
	return text
}

func open(t *testing.T, d *db.DB) *passkey.Keys {
	t.Helper()
	k, err := passkey.New(d, site, "Korzo")
	if err != nil || !k.Available() {
		t.Fatal(err)
	}
	return k
}

// enrol gives somebody a key.
func enrol(t *testing.T, k *passkey.Keys, who passkey.Person, d *device) passkey.Key {
	t.Helper()
	options, ticket, err := k.Invite(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	made, err := k.Add(t.Context(), who, ticket, "  My \n phone ", d.make(options, site))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func want(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestADeviceSignsItsOwnerInAndNobodyElse(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		clock, k, phone := dbtest.Clock(d), open(t, d), newDevice(t)
		made := enrol(t, k, ada, phone)
		if made.Name != "My phone" || !made.UsedAt.IsZero() {
			t.Errorf("%+v", made)
		}
		clock.Advance(time.Hour)
		options, ticket, err := k.Ask(t.Context(), auth.RealmCustomer)
		if err != nil {
			t.Fatal(err)
		}
		answer := phone.sign(options, site)
		_, err = k.Check(t.Context(), auth.RealmStaff, ticket, answer)
		want(t, "as staff", err, passkey.ErrRefused)
		_, err = k.Check(t.Context(), auth.RealmCustomer, "another's ticket", answer)
		want(t, "from another browser", err, passkey.ErrRefused)
		if subject, err := k.Check(t.Context(), auth.RealmCustomer, ticket, answer); subject != ada.Subject || err != nil {
			t.Fatalf("%q, %v", subject, err)
		}
		_, err = k.Check(t.Context(), auth.RealmCustomer, ticket, answer)
		want(t, "the same answer again", err, passkey.ErrRefused)
		dbtest.Read(t, d, func(tx *db.Tx) error {
			keys, err := passkey.List(t.Context(), tx, auth.RealmCustomer, ada.Subject)
			if len(keys) != 1 || !keys[0].UsedAt.Equal(d.Now()) {
				t.Errorf("%+v", keys)
			}
			return err
		})
	})
}

func TestWhatIsNoAnswerIsRefused(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		clock, k, phone := dbtest.Clock(d), open(t, d), newDevice(t)
		enrol(t, k, ada, phone)
		for _, c := range []struct {
			name   string
			answer func(options json.RawMessage) []byte
		}{
			{"a false page's", func(o json.RawMessage) []byte { return phone.sign(o, "https://sh0p.example") }},
			{"a stranger's device", func(o json.RawMessage) []byte {
				stranger := newDevice(t)
				stranger.id, stranger.handle = phone.id, phone.handle
				return stranger.sign(o, site)
			}},
			{"one without finger or PIN", func(o json.RawMessage) []byte {
				phone.flags = 0x01
				defer func() { phone.flags = 0x05 }()
				return phone.sign(o, site)
			}},
			{"one that names somebody else", func(o json.RawMessage) []byte {
				phone.handle = []byte("cus_eve")
				defer func() { phone.handle = []byte(ada.Subject) }()
				return phone.sign(o, site)
			}},
			{"nonsense", func(json.RawMessage) []byte { return []byte(`{"id":1}`) }},
			{"a late one", func(o json.RawMessage) []byte { clock.Advance(5 * time.Minute); return phone.sign(o, site) }},
		} {
			options, ticket, err := k.Ask(t.Context(), auth.RealmCustomer)
			if err != nil {
				t.Fatal(err)
			}
			_, err = k.Check(t.Context(), auth.RealmCustomer, ticket, c.answer(options))
			want(t, c.name, err, passkey.ErrRefused)
		}
	})
}

func TestAPasskeyIsItsOwners(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		k, phone := open(t, d), newDevice(t)
		made := enrol(t, k, ada, phone)
		eve := passkey.Person{Realm: auth.RealmCustomer, Subject: "cus_eve", Login: "eve@example.com"}
		options, ticket, err := k.Invite(t.Context(), eve)
		if err != nil {
			t.Fatal(err)
		}
		_, err = k.Add(t.Context(), ada, ticket, "", phone.make(options, site))
		want(t, "a key made for another", err, passkey.ErrRefused)
		_, err = k.Add(t.Context(), eve, ticket, "", phone.make(options, site))
		want(t, "a device's key that somebody has", err, passkey.ErrRefused)
		dbtest.Write(t, d, func(tx *db.Tx) error {
			want(t, "removing another's", passkey.Remove(t.Context(), tx, auth.RealmCustomer, eve.Subject, made.ID), passkey.ErrNotFound)
			return passkey.Remove(t.Context(), tx, auth.RealmCustomer, ada.Subject, made.ID)
		})
		options, ticket, err = k.Ask(t.Context(), auth.RealmCustomer)
		if err != nil {
			t.Fatal(err)
		}
		_, err = k.Check(t.Context(), auth.RealmCustomer, ticket, phone.sign(options, site))
		want(t, "a key that was removed", err, passkey.ErrRefused)
	})
}

func TestAShopWithoutANameHasNoPasskeys(t *testing.T) {
	d := dbtest.SQLite(t, schemas)
	k, err := passkey.New(d, "http://127.0.0.1:8080", "Korzo")
	if err != nil || k.Available() {
		t.Fatalf("%v, %v", k.Available(), err)
	}
	_, _, err = k.Ask(t.Context(), auth.RealmCustomer)
	want(t, "asking", err, passkey.ErrUnavailable)
}
