package giftcard_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/customer/profile"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/giftcard"
)

func mailOf(c giftcard.Issued, at time.Time) giftcard.Delivery {
	return giftcard.Delivery{Card: c.ID, Code: c.Code, Way: giftcard.WayMail, Name: "Ada", Email: "ada@example.com",
		From: "Charles", Text: "Happy birthday", Locale: "en-GB", At: at}
}

func deliver(t *testing.T, d *db.DB, v giftcard.Delivery) (id giftcard.DeliveryID) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) (err error) {
		id, err = giftcard.Deliver(t.Context(), tx, keeper, v)
		return err
	})
	return id
}

func due(t *testing.T, d *db.DB, want ...giftcard.DeliveryID) {
	t.Helper()
	dbtest.Read(t, d, func(tx *db.Tx) error {
		got, err := giftcard.Due(t.Context(), tx, 10)
		if !slices.Equal(got, want) {
			t.Errorf("due are %v, want %v", got, want)
		}
		return err
	})
}

func letter(t *testing.T, d *db.DB, id giftcard.DeliveryID, want error) (l giftcard.Letter) {
	t.Helper()
	err := d.Read(t.Context(), func(tx *db.Tx) (err error) {
		l, err = giftcard.Open(t.Context(), tx, keeper, id)
		return err
	})
	if !errors.Is(err, want) || want == nil && err != nil {
		t.Errorf("open %s: %v, want %v", id, err, want)
	}
	return l
}

func TestACardIsMailedWhenItsTimeHasCome(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		c, now := issue(t, d, draft(25_00)), issue(t, d, draft(10_00))
		later := deliver(t, d, mailOf(c, dbtest.Noon.Add(24*time.Hour)))
		printed := deliver(t, d, giftcard.Delivery{Card: now.ID, Code: now.Code, Way: giftcard.WayPrint})
		at := deliver(t, d, mailOf(now, time.Time{}))
		due(t, d, at)
		if l := letter(t, d, printed, nil); l.Code != now.Code || l.Email != "" {
			t.Errorf("the print says %+v", l)
		}
		dbtest.Clock(d).Advance(24 * time.Hour)
		due(t, d, at, later)
		l := letter(t, d, later, nil)
		if l.Code != c.Code || l.Email != "ada@example.com" || l.Name != "Ada" || l.From != "Charles" || l.Text != "Happy birthday" ||
			l.Locale != "en-GB" || l.Card.Balance != eur(25_00) {
			t.Errorf("the letter says %+v", l)
		}
		for range 2 {
			expect(t, d, "sent", nil, func(tx *db.Tx) error { return giftcard.Sent(t.Context(), tx, later) })
		}
		due(t, d, at)
		letter(t, d, later, giftcard.ErrDelivery)

		expect(t, d, "block", nil, func(tx *db.Tx) error { return giftcard.Block(t.Context(), tx, now.ID, clerk) })
		due(t, d)
		letter(t, d, at, giftcard.ErrDelivery)
		expect(t, d, "unblock", nil, func(tx *db.Tx) error { return giftcard.Unblock(t.Context(), tx, now.ID, clerk) })
		due(t, d, at)
		expect(t, d, "recode", nil, func(tx *db.Tx) error { _, err := giftcard.Recode(t.Context(), tx, keeper, now.ID, clerk); return err })
		due(t, d) // the code it carried is worth nothing
		expect(t, d, "sent after all", giftcard.ErrDelivery, func(tx *db.Tx) error { return giftcard.Sent(t.Context(), tx, at) })
	})
}

func TestWhatCannotBeDelivered(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		c, other := issue(t, d, draft(25_00)), issue(t, d, draft(25_00))
		for name, x := range map[string]struct {
			change func(v *giftcard.Delivery)
			want   error
		}{
			"a mail to nobody":        {func(v *giftcard.Delivery) { v.Email = " " }, giftcard.ErrText},
			"a mail to no address":    {func(v *giftcard.Delivery) { v.Email = "ada" }, giftcard.ErrText},
			"no way":                  {func(v *giftcard.Delivery) { v.Way = "pigeon" }, giftcard.ErrText},
			"a novel":                 {func(v *giftcard.Delivery) { v.Text = strings.Repeat("ü", 501) }, giftcard.ErrText},
			"another card's code":     {func(v *giftcard.Delivery) { v.Code = other.Code }, giftcard.ErrMistyped},
			"a code that no card has": {func(v *giftcard.Delivery) { v.Code = giftcard.NewCode() }, giftcard.ErrNotFound},
		} {
			v := mailOf(c, time.Time{})
			x.change(&v)
			expect(t, d, name, x.want, func(tx *db.Tx) error { _, err := giftcard.Deliver(t.Context(), tx, keeper, v); return err })
		}
		due(t, d)
	})
}

func TestWhoIsForgottenGetsNoMail(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		open(t, d)
		c := issue(t, d, draft(25_00))
		id := deliver(t, d, mailOf(c, dbtest.Noon.Add(time.Hour)))
		expect(t, d, "erase", nil, func(tx *db.Tx) error {
			people, err := profile.PeopleByEmail(t.Context(), tx, keeper, "Ada@example.com")
			if err != nil || len(people) != 1 {
				return errors.Join(err, errors.New("nobody to erase"))
			}
			return errors.Join(profile.Erase(t.Context(), tx, people[0]), giftcard.Forget(t.Context(), tx, people[0]))
		})
		dbtest.Clock(d).Advance(time.Hour)
		due(t, d)
		letter(t, d, id, giftcard.ErrDelivery)
		has(t, d, c.ID, 25_00, 0, giftcard.StateActive) // what was paid for stays
	})
}
