package seal_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"korzo/platform/seal"

	"pgregory.net/rapid"
)

func keeper(t testing.TB, fill byte) *seal.Keeper {
	t.Helper()
	k, err := seal.Open(bytes.Repeat([]byte{fill}, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// What was sealed is opened again, and its plain text is not in what is stored.
func TestSealedIsOpenedAgain(t *testing.T) {
	k := keeper(t, 1)
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		wrapped := k.NewKey()
		sealed, err := k.Seal(wrapped, plain)
		if err != nil {
			t.Fatal(err)
		}
		if len(plain) > 8 && bytes.Contains(sealed, plain) {
			t.Fatal("the plain text can be read in what is stored")
		}
		got, err := k.Open(wrapped, sealed)
		if err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("opened %x, %v; want %x", got, err, plain)
		}
	})
}

func TestTheSameTextSealedTwiceLooksDifferent(t *testing.T) {
	k := keeper(t, 1)
	wrapped := k.NewKey()
	a, _ := k.Seal(wrapped, []byte("ada@example.com"))
	b, _ := k.Seal(wrapped, []byte("ada@example.com"))
	if bytes.Equal(a, b) {
		t.Error("two seals of one text are equal: they tell who is the same person")
	}
}

func TestWhatIsNotOursIsBroken(t *testing.T) {
	k := keeper(t, 1)
	wrapped, other := k.NewKey(), k.NewKey()
	sealed, err := k.Seal(wrapped, []byte("ada@example.com"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := k.Open(wrapped, changed); !errors.Is(err, seal.ErrBroken) {
			t.Errorf("byte %d changed: %v, want ErrBroken", i, err)
		}
	}
	for i := range wrapped {
		changed := bytes.Clone(wrapped)
		changed[i] ^= 1
		if _, err := k.Open(changed, sealed); !errors.Is(err, seal.ErrBroken) {
			t.Errorf("byte %d of the wrapped key changed: %v, want ErrBroken", i, err)
		}
	}
	for name, open := range map[string]func() ([]byte, error){
		"another person's key":      func() ([]byte, error) { return k.Open(other, sealed) },
		"another master key":        func() ([]byte, error) { return keeper(t, 2).Open(wrapped, sealed) },
		"a wrapped key as a text":   func() ([]byte, error) { return k.Open(wrapped, wrapped) },
		"a sealed text as a key":    func() ([]byte, error) { return k.Open(sealed, sealed) },
		"nothing":                   func() ([]byte, error) { return k.Open(wrapped, nil) },
		"sealing under a wrong key": func() ([]byte, error) { return k.Seal([]byte("no key"), nil) },
	} {
		if plain, err := open(); !errors.Is(err, seal.ErrBroken) || plain != nil {
			t.Errorf("%s: %q, %v, want ErrBroken", name, plain, err)
		}
	}
}

func TestAnErasedPersonStaysErased(t *testing.T) {
	k := keeper(t, 1)
	sealed, err := k.Seal(k.NewKey(), []byte("ada@example.com"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Open(nil, sealed); !errors.Is(err, seal.ErrDestroyed) {
		t.Errorf("opened with no key: %v, want ErrDestroyed", err)
	}
	if _, err := k.Seal([]byte{}, []byte("ada")); !errors.Is(err, seal.ErrDestroyed) {
		t.Errorf("sealed with no key: %v, want ErrDestroyed", err)
	}
}

func TestHashesAndTokensAreOfOnePurposeAndOneKey(t *testing.T) {
	k := keeper(t, 1)
	seen := map[string]string{}
	for name, s := range map[string]string{
		"hash":                       k.Hash("email", "ada@example.com"),
		"hash of another purpose":    k.Hash("phone", "ada@example.com"),
		"hash with a moved boundary": k.Hash("emaila", "da@example.com"),
		"hash of another text":       k.Hash("email", "bob@example.com"),
		"hash under another key":     keeper(t, 2).Hash("email", "ada@example.com"),
		"token":                      k.Token("email", "ada@example.com"),
		"token of another purpose":   k.Token("order", "ada@example.com"),
		"token under another key":    keeper(t, 2).Token("email", "ada@example.com"),
		"fingerprint":                k.Fingerprint(),
		"another fingerprint":        keeper(t, 2).Fingerprint(),
	} {
		if twin, ok := seen[s[:20]]; ok {
			t.Errorf("%s equals %s", name, twin)
		}
		seen[s[:20]] = name
	}
	if k.Hash("email", "ada@example.com") != keeper(t, 1).Hash("email", "ada@example.com") {
		t.Error("a hash changes from one start to the next")
	}
	token := k.Token("order", "ord_1")
	if len(token) != 32 {
		t.Errorf("a token has %d characters, want 32: 160 bits", len(token))
	}
	if !k.CheckToken("order", "ord_1", token) {
		t.Error("a token does not open its own link")
	}
	for _, wrong := range []string{"", token[:31], token + "0", strings.ToUpper(token), k.Token("order", "ord_2"), k.Token("cart", "ord_1")} {
		if k.CheckToken("order", "ord_1", wrong) {
			t.Errorf("token %q opens a link that is not its own", wrong)
		}
	}
}

func TestAKeyOfWrongLengthIsRefused(t *testing.T) {
	for _, n := range []int{0, 16, 31, 33} {
		if _, err := seal.Open(make([]byte, n)); !errors.Is(err, seal.ErrKey) {
			t.Errorf("%d bytes: %v, want ErrKey", n, err)
		}
	}
}

func TestTheKeyFileIsMadeOnceAndForItsOwnerOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.key")
	prints := make([]string, 16)
	var wg sync.WaitGroup
	for i := range prints {
		wg.Go(func() {
			k, err := seal.Load(path)
			if err != nil {
				t.Error(err)
				return
			}
			prints[i] = k.Fingerprint()
		})
	}
	wg.Wait()
	for _, p := range prints {
		if p != prints[0] {
			t.Fatal("processes that start at once have different keys")
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	names, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(names) != 1 {
		t.Errorf("left in the folder: %v, %v; want the key alone", names, err)
	}
	before, _ := os.ReadFile(path)
	if _, err := seal.Load(path); err != nil {
		t.Error(err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("loading again changed the key")
	}
}

func TestABadKeyFileIsRefusedWithItsRemedyAndKept(t *testing.T) {
	good := strings.Repeat("ab", seal.KeySize)
	for name, c := range map[string]struct {
		text   string
		mode   os.FileMode
		remedy string
	}{
		"others may read it": {good, 0o644, "chmod 600"},
		"a group may read":   {good, 0o640, "chmod 600"},
		"empty":              {"", 0o600, "backup"},
		"too short":          {good[2:], 0o600, "backup"},
		"too long":           {good + "ab", 0o600, "backup"},
		"much too long":      {strings.Repeat(good, 100), 0o600, "backup"},
		"not hexadecimal":    {strings.Repeat("xy", seal.KeySize), 0o600, "backup"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "shop.key")
			if err := os.WriteFile(path, []byte(c.text), c.mode); err != nil {
				t.Fatal(err)
			}
			_, err := seal.Load(path)
			if err == nil || !strings.Contains(err.Error(), c.remedy) || !strings.Contains(err.Error(), path) {
				t.Errorf("%v; want a message that names %s and %q", err, path, c.remedy)
			}
			if kept, _ := os.ReadFile(path); string(kept) != c.text {
				t.Error("the file was changed")
			}
		})
	}
	if _, err := seal.Load(filepath.Join(t.TempDir(), "missing", "shop.key")); err == nil {
		t.Error("a key in a folder that does not exist was loaded")
	}
}

// Opening garbage is an error, never a panic.
func FuzzOpen(f *testing.F) {
	k := keeper(f, 1)
	wrapped := k.NewKey()
	sealed, err := k.Seal(wrapped, []byte("ada@example.com"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(wrapped, sealed)
	f.Add([]byte{}, []byte{})
	f.Add([]byte{1}, []byte{1})
	f.Add(wrapped, bytes.Repeat([]byte{1}, 28))
	f.Fuzz(func(t *testing.T, w, s []byte) {
		plain, err := k.Open(w, s)
		if err != nil && !errors.Is(err, seal.ErrBroken) && !errors.Is(err, seal.ErrDestroyed) {
			t.Errorf("open: %v, want ErrBroken or ErrDestroyed", err)
		}
		if err == nil && string(plain) != "ada@example.com" { // a seed, made by this or by the fuzzer's first process
			t.Errorf("garbage opened as %q", plain)
		}
	})
}

func BenchmarkSealOpen(b *testing.B) {
	k := keeper(b, 1)
	wrapped, plain := k.NewKey(), bytes.Repeat([]byte("x"), 300)
	for b.Loop() {
		sealed, err := k.Seal(wrapped, plain)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := k.Open(wrapped, sealed); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHash(b *testing.B) {
	k := keeper(b, 1)
	for b.Loop() {
		k.Hash("email", "ada@example.com")
	}
}
