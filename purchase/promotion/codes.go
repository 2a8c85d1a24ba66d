package promotion

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"

	"korzo/platform/db"
)

const (
	// MaxGenerated is how many codes one Generate makes, and AddCodes takes.
	MaxGenerated = 10_000
	// MaxPrefix is the longest beginning of generated codes, in characters.
	MaxPrefix = 15

	codesAtOnce = 1000 // of one statement
)

// AddCodes gives a promotion more codes, each with the limit, 0 for none of its
// own. It returns ErrNotFound, ErrAutomatic, ErrInvalid or ErrCodeTaken, and then
// adds none.
func AddCodes(ctx context.Context, tx *db.Tx, id ID, codes []string, usageLimit int64) error {
	if err := mayHaveCodes(ctx, tx, id, len(codes), usageLimit); err != nil {
		return err
	}
	given := make(map[string]bool, len(codes))
	for i, code := range codes {
		codes[i] = strings.TrimSpace(code)
		switch one := fold(codes[i]); {
		case !wellFormed(codes[i]):
			return ErrInvalid.With(fmt.Sprintf("codes[%d]: use 1 to %d letters, digits and signs without spaces", i, MaxCode))
		case given[one]:
			return ErrCodeTaken.With(fmt.Sprintf("codes[%d] is given twice, whatever its capitals: leave one out", i))
		default:
			given[one] = true
		}
	}
	if err := addCodes(ctx, tx, id, codes, usageLimit); err != nil {
		return fmt.Errorf("add codes to promotion %s: %w", id, err)
	}
	return nil
}

func mayHaveCodes(ctx context.Context, tx *db.Tx, id ID, count int, usageLimit int64) error {
	p, err := Find(ctx, tx, id)
	switch {
	case err != nil:
		return err
	case !p.ByCode:
		return ErrAutomatic
	case p.State == StateEnded:
		return ErrState
	case count < 1 || count > MaxGenerated:
		return ErrInvalid.With(fmt.Sprintf("count: use 1 to %d at a time", MaxGenerated))
	case usageLimit < 0:
		return ErrInvalid.With("usage_limit: use 1 or more, or 0 for no limit")
	}
	return nil
}

func addCodes(ctx context.Context, tx *db.Tx, id ID, codes []string, usageLimit int64) error {
	for some := range slices.Chunk(codes, codesAtOnce) {
		n, err := insertCodes(ctx, tx, id, some, usageLimit)
		if err != nil {
			return err
		}
		if n != int64(len(some)) {
			return ErrCodeTaken
		}
	}
	return nil
}

// Generate gives a promotion count new codes that nobody can guess, each for
// usageLimit uses (0: as the promotion limits them), and returns them. A code is
// the prefix and 80 random bits, written in letters and digits that are not
// mistaken for each other. It returns what AddCodes returns.
func Generate(ctx context.Context, tx *db.Tx, id ID, count int, prefix string, usageLimit int64) ([]string, error) {
	if err := mayHaveCodes(ctx, tx, id, count, usageLimit); err != nil {
		return nil, err
	}
	if prefix = strings.TrimSpace(prefix); prefix != "" && (!wellFormed(prefix) || len([]rune(prefix)) > MaxPrefix) {
		return nil, ErrInvalid.With(fmt.Sprintf("prefix: use at most %d letters, digits and signs without spaces", MaxPrefix))
	}
	codes := make([]string, count)
	for i := range codes {
		codes[i] = random(prefix)
	}
	if err := addCodes(ctx, tx, id, codes, usageLimit); err != nil {
		return nil, fmt.Errorf("generate codes of promotion %s: %w", id, err)
	}
	return codes, nil
}

// letters are Crockford's 32: no I, L, O or U.
const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

func random(prefix string) string {
	var bytes [16]byte
	_, _ = rand.Read(bytes[:]) // it never fails: it ends the program instead
	var t strings.Builder
	t.WriteString(prefix)
	for i, b := range bytes {
		if i%4 == 0 && t.Len() > 0 {
			t.WriteByte('-')
		}
		t.WriteByte(letters[b%32])
	}
	return t.String()
}

// FindCode returns the promotion of a code, whatever its capitals, or ErrNotFound.
func FindCode(ctx context.Context, tx *db.Tx, code string) (Promotion, error) {
	key := fold(code)
	if key == "" {
		return Promotion{}, ErrNotFound
	}
	return found(selectByCode(ctx, tx, key))
}

// FindIssued returns a code as it was given out, whatever its capitals, or
// ErrNoCode.
func FindIssued(ctx context.Context, tx *db.Tx, code string) (Issued, error) {
	c, err := selectIssued(ctx, tx, fold(code))
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNoCode
	}
	if err != nil {
		return Issued{}, fmt.Errorf("find code: %w", err)
	}
	return c, nil
}

// LimitCode limits one code to so many uses, 0 for none of its own. All uses that
// are held or claimed count, also those from before it had a limit. It returns
// ErrNoCode, or ErrCodeUsed when there are more uses already; the same again
// changes nothing.
func LimitCode(ctx context.Context, tx *db.Tx, code string, limit int64) error {
	if limit < 0 {
		return ErrInvalid.With("usage_limit: use 1 or more, or 0 for no limit")
	}
	c, err := lockCode(ctx, tx, code)
	if err != nil {
		return err
	}
	uses, err := countCode(ctx, tx, c.Promotion, fold(code))
	switch {
	case err == nil && limit > 0 && uses > limit:
		return ErrCodeUsed.With(fmt.Sprintf("the code has been used %d times: give a limit of at least that", uses))
	case err == nil:
		err = limitUses(ctx, tx, c.Promotion, fold(code), limit > 0)
	}
	if limit == 0 {
		uses = 0 // not counted without a limit
	}
	if err == nil {
		err = updateCode(ctx, tx, fold(code), limit, uses)
	}
	if err != nil {
		return fmt.Errorf("limit code of promotion %s: %w", c.Promotion, err)
	}
	return nil
}

// RemoveCode takes back a code that nobody has used. A cart that carries it is
// told that there is no such code. It returns ErrNoCode, or ErrCodeUsed.
func RemoveCode(ctx context.Context, tx *db.Tx, code string) error {
	c, err := lockCode(ctx, tx, code)
	if err != nil {
		return err
	}
	uses, err := countCode(ctx, tx, c.Promotion, fold(code))
	if err == nil && uses > 0 {
		return ErrCodeUsed
	}
	if err == nil {
		err = deleteCode(ctx, tx, fold(code))
	}
	if err != nil {
		return fmt.Errorf("remove code of promotion %s: %w", c.Promotion, err)
	}
	return nil
}

// lockCode finds a code and keeps its promotion from being used until the
// transaction ends.
func lockCode(ctx context.Context, tx *db.Tx, code string) (Issued, error) {
	c, err := FindIssued(ctx, tx, code)
	if err != nil {
		return c, err
	}
	if _, err := found(lockPromotion(ctx, tx, c.Promotion)); err != nil {
		return c, err
	}
	return c, nil
}

func found(p Promotion, err error) (Promotion, error) {
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNotFound
	}
	return p, err
}
