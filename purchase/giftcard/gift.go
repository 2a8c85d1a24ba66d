package giftcard

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/id"
	"korzo/platform/seal"
	"korzo/value/calendar"
)

// GiftID names a gift.
type GiftID string

// MaxGifts is the most gifts that one cart tells of.
const MaxGifts = 100

const (
	// farthest is how many days ahead a card may be sent.
	farthest = 366
	// morning is when a card leaves on its day, where it was bought.
	morning = calendar.Clock(8 * 60)
	// giftLife is how long a gift waits in a cart that nobody orders, giftKept in
	// an order that nobody pays. Both name people who never heard of us.
	giftLife = 30 * 24 * time.Hour
	giftKept = 366 * 24 * time.Hour
)

// Gift says for whom one card is that lies in a cart: the first unit of its
// variant is that of the first gift, and so on; units without one are for the
// buyer. All of it is sealed until the card is issued.
type Gift struct {
	ID      GiftID
	Variant string
	Name    string        // the recipient's
	Email   string        // "": it comes to the buyer, to be printed
	From    string        // the giver, as the card shows them
	Text    string        // at most 500 characters
	On      calendar.Date // the day on which it is sent; zero: as soon as it is paid
}

// sealedGift is a Gift as it is kept. Its names are stored: fields are added,
// never renamed.
type sealedGift struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
	From  string `json:"from,omitempty"`
	Text  string `json:"text,omitempty"`
	On    string `json:"on,omitempty"`
}

// Check returns a gift tidied up, or ErrText, ErrDay or profile's text about an
// address that is none. today is where the card is bought.
func (g Gift) Check(today calendar.Date) (Gift, error) {
	for _, field := range []*string{&g.Name, &g.Email, &g.From, &g.Text} {
		*field = strings.TrimSpace(*field)
	}
	if utf8.RuneCountInString(g.Text) > maxText || utf8.RuneCountInString(g.From) > maxFrom || utf8.RuneCountInString(g.Name) > maxFrom {
		return g, ErrText
	}
	if g.Email != "" {
		if ok, text := profile.CheckEmail(g.Email); !ok {
			return g, ErrRecipient.With(text)
		}
	}
	if !g.On.IsZero() && (g.On.Before(today) || g.On.After(today.AddDays(farthest))) {
		return g, ErrDay
	}
	return g, nil
}

// IsZero reports whether a gift says nothing: its card is the buyer's own.
func (g Gift) IsZero() bool {
	return g.Name == "" && g.Email == "" && g.From == "" && g.Text == "" && g.On.IsZero()
}

// PutGift writes a gift of a cart: a new one where it has no id, else in the
// place of the one that it names. The caller has locked the cart and checked the
// gift. It returns ErrTooManyGifts, or ErrNoGift for an id that the cart lacks.
func PutGift(ctx context.Context, tx *db.Tx, k *seal.Keeper, cart string, g Gift) error {
	wrapped, sealed, err := sealGift(k, g)
	if err != nil {
		return fmt.Errorf("keep a gift: %w", err)
	}
	if g.ID != "" {
		n, err := updateGift(ctx, tx, cart, g.ID, wrapped, sealed)
		if err == nil && n == 0 {
			err = ErrNoGift
		}
		if err != nil {
			return fmt.Errorf("change gift %s: %w", g.ID, err)
		}
		return nil
	}
	n, err := insertGift(ctx, tx, giftRow{id.New[GiftID]("gif", tx.Now), cart, g.Variant, wrapped, sealed})
	if err == nil && n == 0 {
		err = ErrTooManyGifts
	}
	if err != nil {
		return fmt.Errorf("keep a gift: %w", err)
	}
	return nil
}

func sealGift(k *seal.Keeper, g Gift) (wrapped, sealed []byte, err error) {
	kept := sealedGift{Name: g.Name, Email: g.Email, From: g.From, Text: g.Text}
	if !g.On.IsZero() {
		kept.On = g.On.String()
	}
	plain, err := json.Marshal(kept)
	if err != nil {
		return nil, nil, err
	}
	wrapped = k.NewKey()
	sealed, err = k.Seal(wrapped, plain)
	return wrapped, sealed, err
}

// RemoveGift takes a gift off a cart: its card is the buyer's own. It may be
// repeated.
func RemoveGift(ctx context.Context, tx *db.Tx, cart string, gift GiftID) error {
	if err := deleteGift(ctx, tx, cart, gift); err != nil {
		return fmt.Errorf("remove gift %s: %w", gift, err)
	}
	return nil
}

// KeepGifts takes the gifts of a variant off a cart but for the first of them: the
// others are of units that are in it no more. It may be repeated.
func KeepGifts(ctx context.Context, tx *db.Tx, cart, variant string, first int64) error {
	if err := deleteGifts(ctx, tx, cart, variant, max(first, 0)); err != nil {
		return fmt.Errorf("remove gifts of %s: %w", variant, err)
	}
	return nil
}

// Gifts returns a cart's gifts by variant, in the order they were put there.
// One statement.
func Gifts(ctx context.Context, tx *db.Tx, k *seal.Keeper, cart string) (map[string][]Gift, error) {
	rows, err := selectGifts(ctx, tx, cart)
	if err != nil {
		return nil, fmt.Errorf("read gifts: %w", err)
	}
	all := map[string][]Gift{}
	for _, r := range rows {
		g, err := openGift(k, r)
		if err != nil {
			return nil, fmt.Errorf("open gift %s: %w", r.id, err)
		}
		all[r.variant] = append(all[r.variant], g)
	}
	return all, nil
}

func openGift(k *seal.Keeper, r giftRow) (Gift, error) {
	plain, err := k.Open(r.wrapped, r.sealed)
	if err != nil {
		return Gift{}, err
	}
	var kept sealedGift
	if err := json.Unmarshal(plain, &kept); err != nil {
		return Gift{}, err
	}
	g := Gift{ID: r.id, Variant: r.variant, Name: kept.Name, Email: kept.Email, From: kept.From, Text: kept.Text}
	if kept.On != "" {
		g.On, err = calendar.Parse(kept.On)
	}
	return g, err
}

// SendAt is when a gift's card leaves: in the morning of its day in a zone, or
// the zero time, which is at once.
func (g Gift) SendAt(zone *time.Location) time.Time {
	if g.On.IsZero() {
		return time.Time{}
	}
	return g.On.At(morning, zone)
}

// OrderGifts says that a cart's gifts became an order's, so that they wait for
// its payment. It may be repeated.
func OrderGifts(ctx context.Context, tx *db.Tx, cart, order string) error {
	if err := updateOrdered(ctx, tx, cart, order); err != nil {
		return fmt.Errorf("order gifts: %w", err)
	}
	return nil
}

// DropGifts destroys a cart's gifts: their cards are issued. It may be repeated.
func DropGifts(ctx context.Context, tx *db.Tx, cart string) error {
	if err := deleteCart(ctx, tx, cart); err != nil {
		return fmt.Errorf("drop gifts: %w", err)
	}
	return nil
}

// ForgetGifts destroys gifts that waited too long: a month in a cart, a year in
// an order. It destroys at most limit and returns how many.
func ForgetGifts(ctx context.Context, tx *db.Tx, limit int) (int, error) {
	n, err := deleteOldGifts(ctx, tx, tx.Now.Add(-giftLife), tx.Now.Add(-giftKept), limit)
	if err != nil {
		return 0, fmt.Errorf("forget gifts: %w", err)
	}
	return int(n), nil
}

// Waiting is what became of a card that was bought, for who bought it. It says
// no code and, of the recipient, only what the buyer wrote themself.
type Waiting struct {
	Card
	State string    // "waiting", "sent", "cancelled"; "" for a card that is not to be delivered
	Way   Way       // of its newest delivery
	At    time.Time // when it left or is to leave
	Name  string    // the recipient's, "" once they are erased
	Email string
}

// Bought returns the cards that an order bought, in the order they were made, at
// most 100, each with its newest delivery. Two statements, and one where there
// are none.
func Bought(ctx context.Context, tx *db.Tx, k *seal.Keeper, order string) ([]Waiting, error) {
	all, err := bought(ctx, tx, k, order)
	if err != nil {
		return nil, fmt.Errorf("gift cards of %s: %w", order, err)
	}
	return all, nil
}

func bought(ctx context.Context, tx *db.Tx, k *seal.Keeper, order string) ([]Waiting, error) {
	rows, err := selectBought(ctx, tx, order)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	var ids []profile.ContactID
	for _, r := range rows {
		if r.contact != "" {
			ids = append(ids, r.contact)
		}
	}
	people, err := profile.Contacts(ctx, tx, k, ids)
	all := make([]Waiting, len(rows))
	for i, r := range rows {
		all[i] = r.Waiting
		who := people[r.contact]
		all[i].Name, all[i].Email = who.Name, who.Email
	}
	return all, err
}

// issueKey begins the keys under which an order's line has its cards issued.
func issueKey(order, line string) string { return order + ":" + line + ":" }

// KeyOf is the key under which the n-th unit of an order's line is issued, from 0.
func KeyOf(order, line string, n int64) string {
	return issueKey(order, line) + strconv.FormatInt(n, 10)
}

// TakeBack cancels units of the cards that an order's line bought, those issued
// last first, because their price goes back. A card of which anything was spent
// cannot be taken back: with too few others it returns ErrSpent and changes
// nothing. Cards that are not issued yet are none.
func TakeBack(ctx context.Context, tx *db.Tx, order, line string, units int64, by By) error {
	free, issued, err := untouched(ctx, tx, order, line)
	if err == nil && issued && int64(len(free)) < units {
		err = ErrSpent
	}
	for _, id := range free[:min(int64(len(free)), units)] {
		if err == nil {
			_, err = Cancel(ctx, tx, id, by)
		}
	}
	if err != nil {
		return fmt.Errorf("take back %d gift cards of %s: %w", units, order, err)
	}
	return nil
}

// CanTakeBack returns ErrSpent where TakeBack would.
func CanTakeBack(ctx context.Context, tx *db.Tx, order, line string, units int64) error {
	free, issued, err := untouched(ctx, tx, order, line)
	if err == nil && issued && int64(len(free)) < units {
		err = ErrSpent
	}
	if err != nil {
		return fmt.Errorf("may %d gift cards of %s be taken back: %w", units, order, err)
	}
	return nil
}

// untouched returns the cards that a line bought and of which nothing was spent,
// and whether it has any cards.
func untouched(ctx context.Context, tx *db.Tx, order, line string) (free []ID, issued bool, err error) {
	cards, err := selectIssued(ctx, tx, order, line)
	for _, c := range cards {
		if err != nil {
			break
		}
		if c, err = Find(ctx, tx, c.ID); err == nil && (c.State == StateActive || c.State == StateBlocked) && c.Balance == c.Initial && c.Held.IsZero() {
			free = append(free, c.ID)
		}
	}
	return free, len(cards) > 0, err
}
