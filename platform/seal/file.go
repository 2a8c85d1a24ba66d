package seal

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Load reads the master key from the file at path, as 64 hexadecimal digits.
// If there is no such file it draws a key and writes it there, readable by its
// owner only; of several processes that start at once, all get the same key.
// A file that others may read, or that holds no key, is refused.
func Load(path string) (*Keeper, error) {
	key, err := readKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = createKey(path); err == nil {
			key, err = readKey(path)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("load key file: %w", err)
	}
	return Open(key)
}

func readKey(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" { // Windows keeps rights elsewhere
		return nil, fmt.Errorf("%s: others on this machine may read it (mode %04o); run: chmod 600 %s", path, info.Mode().Perm(), path)
	}
	if info.Size() > 4*KeySize { // a key has 64 digits and a line end
		return nil, notAKey(path)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(b)))
	if err != nil || len(key) != KeySize {
		return nil, notAKey(path)
	}
	return key, nil
}

func notAKey(path string) error {
	return fmt.Errorf("%s: it holds no key of %d hexadecimal digits; put back the file from your backup, or remove it to start with a new key if nothing was sealed yet", path, 2*KeySize)
}

// createKey writes a whole file under another name and links it into place,
// so that a crash leaves no half key and a second process never replaces the first one's.
func createKey(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())

	key := make([]byte, KeySize)
	rand.Read(key)
	_, err = f.WriteString(hex.EncodeToString(key) + "\n")
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes the new name survive a power cut: what is sealed under a
// key that was lost is lost.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" { // it cannot sync a folder
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
