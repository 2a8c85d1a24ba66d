package message_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/customer/experiment"
	"korzo/customer/visitor"
	"korzo/engagement/message"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/flaw"
	"korzo/platform/i18n"
	"korzo/platform/rule"

	"pgregory.net/rapid"
)

// shorter is a version of the message that something left.
func shorter() message.WordingDraft {
	return message.WordingDraft{Kind: message.KindShipped, Name: "Shorter", Words: map[string]map[string]string{
		"en": {"subject": "{number}: off it went", "text": "{shop}: {number} left[, here {promise}]. {link}"},
		"de": {"subject": "{number}: schon weg"}, "hu": {"subject": "{number}: elindult"}}}
}

// trying is a rig whose readers take part in experiments: each contact is known by
// the visitor and the customer in who.
func trying(t *testing.T, d *db.DB, who map[string]message.Reader) *rig {
	r := newRig(t, d)
	r.mail.Reader = func(_ context.Context, _ *db.Tx, s message.Sent) (message.Reader, error) { return who[s.Ref], nil }
	return r
}

// word keeps a version.
func (r *rig) word(t *testing.T, d message.WordingDraft) (id message.WordingID) {
	t.Helper()
	dbtest.Write(t, r.d, func(tx *db.Tx) (err error) {
		id, err = message.CreateWording(t.Context(), tx, d)
		return err
	})
	return id
}

// try starts an experiment of a version against what stands.
func (r *rig) try(t *testing.T, w message.WordingID) (e experiment.Experiment) {
	t.Helper()
	dbtest.Write(t, r.d, func(tx *db.Tx) (err error) {
		e, err = experiment.Create(t.Context(), tx, experiment.Draft{Key: "shorter", Name: "Shorter", Point: message.Point(message.KindShipped), Arms: []experiment.Arm{
			{Key: "control", Weight: 500_000}, {Key: "shorter", Weight: 500_000, Value: json.RawMessage(`{"wording":"` + string(w) + `"}`)}}})
		if err == nil {
			err = message.CheckArms(t.Context(), tx, e.Draft)
		}
		if err == nil {
			e, err = experiment.Start(t.Context(), tx, e.ID)
		}
		return err
	})
	return e
}

func TestWhatIsToldInTheseWordsOnlyIsNotTried(t *testing.T) {
	for _, k := range []message.Kind{message.KindPaymentLink, message.KindSignIn, "order.lost"} {
		err := message.CheckArms(t.Context(), nil, experiment.Draft{Point: message.Point(k), Arms: make([]experiment.Arm, 2)})
		if !errors.Is(err, experiment.ErrInvalid) || !strings.Contains(err.Error(), "point: "+string(k)) {
			t.Errorf("%s: %v", k, err)
		}
	}
	if err := message.CheckArms(t.Context(), nil, experiment.Draft{Point: message.Point(message.KindShipped), Arms: make([]experiment.Arm, 2)}); err != nil {
		t.Error(err)
	}
}

// ship tells that something left, and returns the mail.
func (r *rig) ship(t *testing.T, ref, locale string, n message.Notice) message.Mail {
	t.Helper()
	n.Shop, n.Number = "Korzo", "2030-0001"
	before := len(r.post.mails)
	r.clock.Advance(time.Millisecond) // ids are in the order of their time
	r.queue(t, message.Message{Kind: message.KindShipped, Locale: locale, Contact: "cnt_ada", Ref: ref, Data: n})
	r.run(t)
	if len(r.post.mails) != before+1 {
		t.Fatalf("%d mails went out", len(r.post.mails)-before)
	}
	return r.post.mails[before]
}

// entered is how many were shown each arm.
func (r *rig) entered(t *testing.T, e experiment.ID) map[string]int64 {
	t.Helper()
	units := map[string]int64{}
	dbtest.Read(t, r.d, func(tx *db.Tx) error {
		all, err := experiment.Counts(t.Context(), tx, e)
		for _, c := range all {
			units[c.Arm] += c.Units
		}
		return err
	})
	return units
}

var triedSchemas = append(slices.Clone(schemas), event.Schema, experiment.Schema)

func TestWhoIsWrittenInWhichWordsIsDecidedOncePinnedOnTheMessageAndWrittenDownForEveryArm(t *testing.T) {
	dbtest.Each(t, triedSchemas, func(t *testing.T, d *db.DB) {
		who := map[string]message.Reader{}
		for i := range 24 {
			who[fmt.Sprint("ord_", i)] = message.Reader{Visit: visitor.Visit{Visitor: fmt.Sprint("vis_", i)}}
		}
		r := trying(t, d, who)
		w := r.word(t, shorter())
		e := r.try(t, w)
		subjects := map[bool]string{false: "Order 2030-0001 is on its way", true: "2030-0001: off it went"}
		sent := map[string]int64{}
		for ref := range who {
			mail := r.ship(t, ref, "en", message.Notice{})
			arm := map[string]string{subjects[false]: "control", subjects[true]: "shorter"}[mail.Subject]
			sent[arm]++
			dbtest.Read(t, d, func(tx *db.Tx) error {
				all, err := message.List(t.Context(), tx, message.Filter{Limit: 1})
				if len(all) != 1 || !strings.HasSuffix(all[0].Arm, "/"+arm) || all[0].Wording != map[string]message.WordingID{"shorter": w}[arm] {
					t.Errorf("the row of a mail called %q is %+v", mail.Subject, all)
				}
				return err
			})
		}
		if units := r.entered(t, e.ID); len(sent) != 2 || units["control"] != sent["control"] || units["shorter"] != sent["shorter"] {
			t.Errorf("written down are %v, sent were %v", units, sent)
		}
		if mail := r.ship(t, "ord_unknown", "en", message.Notice{}); mail.Subject != subjects[false] {
			t.Errorf("who is not known to experiments reads %q", mail.Subject)
		}
		for i := range 24 { // a part of an order is told in our words, whoever reads
			if mail := r.ship(t, fmt.Sprint("ord_", i, "/part"), "en", message.Notice{Part: true}); mail.Subject != subjects[false] || !strings.Contains(mail.Text, "the rest follows") {
				t.Errorf("of a part %q is told", mail.Subject)
			}
		}
	})
}

func TestAMessageThatIsTriedAgainSaysWhatItSaidAndARollBackGivesAllOthersOurWords(t *testing.T) {
	dbtest.Each(t, triedSchemas, func(t *testing.T, d *db.DB) {
		who := map[string]message.Reader{}
		r := trying(t, d, who)
		e := r.try(t, r.word(t, shorter()))
		ref := ""
		for i := 0; ref == ""; i++ { // one who is given the version
			v := visitor.Visit{Visitor: fmt.Sprint("vis_", i)}
			dbtest.Read(t, d, func(tx *db.Tx) error {
				a, err := experiment.Decide(t.Context(), tx, message.Point(message.KindShipped), v)
				if a.Arm == "shorter" {
					ref = "ord_1"
					who[ref], who["ord_2"] = message.Reader{Visit: v}, message.Reader{Visit: v}
				}
				return err
			})
		}
		r.post.next = []error{errors.New("no answer")}
		first := r.ship(t, ref, "en", message.Notice{})
		dbtest.Write(t, d, func(tx *db.Tx) error {
			_, err := experiment.End(t.Context(), tx, e.ID, experiment.StateRolledBack, "harm")
			return err
		})
		r.clock.Advance(time.Hour)
		r.run(t)
		if again := r.post.mails[len(r.post.mails)-1]; again.Subject != first.Subject || again.MessageID != first.MessageID || first.Subject != "2030-0001: off it went" {
			t.Errorf("first %q, then %q", first.Subject, again.Subject)
		}
		if mail := r.ship(t, "ord_2", "en", message.Notice{}); mail.Subject != "Order 2030-0001 is on its way" {
			t.Errorf("after the roll-back %q is sent", mail.Subject)
		}
	})
}

// Each person is told in one version always: whatever they are told, wherever
// they bought, whoever signs in, whatever the weights become.
func TestEachPersonIsWrittenInOneVersionAlways(t *testing.T) {
	dbtest.Each(t, triedSchemas, func(t *testing.T, d *db.DB) {
		who := map[string]message.Reader{}
		r := trying(t, d, who)
		e := r.try(t, r.word(t, shorter()))
		n, told := 0, map[string]bool{}
		for ; len(told) < 2; n++ { // each version has its people, whatever is drawn below
			ref := fmt.Sprint("ord_first_", n)
			who[ref] = message.Reader{Visit: visitor.Visit{Visitor: fmt.Sprint("vis_first_", n)}, Customer: fmt.Sprint("cus_first_", n)}
			told[r.ship(t, ref, "hu", message.Notice{}).Subject] = true
		}
		rapid.Check(t, func(rt *rapid.T) {
			n++
			customer, saw := fmt.Sprint("cus_", n), ""
			for i := range rapid.IntRange(2, 4).Draw(rt, "messages") {
				device := fmt.Sprint("vis_", n, "_", rapid.IntRange(0, 2).Draw(rt, "device"))
				if rapid.IntRange(0, 3).Draw(rt, "known as") == 0 {
					device = customer // known by their account alone
				}
				ref := fmt.Sprint("ord_", n, "_", i)
				who[ref] = message.Reader{Visit: visitor.Visit{Visitor: device}, Customer: customer}
				mail := r.ship(t, ref, "hu", message.Notice{})
				if saw == "" {
					saw = mail.Subject
				}
				if mail.Subject != saw {
					rt.Fatalf("told %q first, then %q", saw, mail.Subject)
				}
				if rapid.IntRange(0, 9).Draw(rt, "reweigh") == 0 {
					share := rapid.Int64Range(100_000, 900_000).Draw(rt, "share")
					dbtest.Write(t, d, func(tx *db.Tx) error {
						_, err := experiment.Reweigh(t.Context(), tx, e.ID, []int64{share, 1_000_000 - share}, 1_000_000)
						return err
					})
				}
			}
		})
		if units := r.entered(t, e.ID); units["control"]+units["shorter"] != int64(n) {
			t.Errorf("%d people, and %v", n, units)
		}
	})
}

func TestAVersionStandsForEverybodyUntilOursDoAgain(t *testing.T) {
	dbtest.Each(t, triedSchemas, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		w := r.word(t, shorter())
		do := func(verb func(tx *db.Tx) error) error { return d.Write(t.Context(), verb) }
		subject := func(ref, locale, want string) {
			t.Helper()
			if mail := r.ship(t, ref, locale, message.Notice{}); mail.Subject != want {
				t.Errorf("%q is sent, want %q", mail.Subject, want)
			}
		}
		subject("ord_1", "de", "Bestellung 2030-0001 ist unterwegs")
		if err := do(func(tx *db.Tx) error { return message.Stand(t.Context(), tx, w) }); err != nil {
			t.Fatal(err)
		}
		subject("ord_2", "de-AT", "2030-0001: schon weg")
		subject("ord_3", "hu", "2030-0001: elindult")
		e := r.try(t, w)
		for name, verb := range map[string]func(tx *db.Tx) error{
			"reset":  func(tx *db.Tx) error { return message.Reset(t.Context(), tx, message.KindShipped) },
			"retire": func(tx *db.Tx) error { return message.Retire(t.Context(), tx, w) },
			"stand":  func(tx *db.Tx) error { return message.Stand(t.Context(), tx, w) }} {
			if err := do(verb); !errors.Is(err, message.ErrTried) {
				t.Errorf("%s while an experiment compares: %v", name, err)
			}
		}
		if err := do(func(tx *db.Tx) error {
			if _, err := experiment.End(t.Context(), tx, e.ID, experiment.StateStopped, ""); err != nil {
				return err
			}
			if err := message.Reset(t.Context(), tx, message.KindShipped); err != nil {
				return err
			}
			return message.Retire(t.Context(), tx, w)
		}); err != nil {
			t.Fatal(err)
		}
		subject("ord_4", "de", "Bestellung 2030-0001 ist unterwegs")
		if err := do(func(tx *db.Tx) error { return message.Stand(t.Context(), tx, w) }); !errors.Is(err, message.ErrRetired) {
			t.Errorf("a retired version stands: %v", err)
		}
	})
}

func TestAVersionTellsWhatOursTellsAndChangesNothingTheLawWants(t *testing.T) {
	dbtest.Each(t, triedSchemas, func(t *testing.T, d *db.DB) {
		words := i18n.Load()
		if err := errors.Join(words.Add(message.Messages()), words.Add(rule.Messages())); err != nil {
			t.Fatal(err)
		}
		for _, missing := range words.Missing() {
			t.Error(missing)
		}
		for _, c := range []struct {
			name        string
			change      func(d *message.WordingDraft)
			field, says string
		}{
			{"no name", func(d *message.WordingDraft) { d.Name = " " }, "name", "Namen"},
			{"a kind that the law wants as it is", func(d *message.WordingDraft) { d.Kind = message.KindWithdrawn }, "kind", "nur mit unseren Worten"},
			{"a mail that signs in", func(d *message.WordingDraft) { d.Kind = message.KindSignIn }, "kind", "nur mit unseren Worten"},
			{"the right of withdrawal", func(d *message.WordingDraft) {
				d.Kind, d.Words["de"]["withdraw_text"] = message.KindConfirmation, "Kein Widerruf"
			}, "de.withdraw_text", "closing"},
			{"a fact that ours tells", func(d *message.WordingDraft) { d.Words["de"]["intro"] = "Es ist weg." }, "de.intro", "{number}"},
			{"a text without its link", func(d *message.WordingDraft) { d.Words["en"]["text"] = "{shop}: {number} left {promise}" }, "en.text", "{link}"},
			{"a fact there is not", func(d *message.WordingDraft) { d.Words["de"]["subject"] = "{number} {total}" }, "de.subject", "total"},
			{"an open brace", func(d *message.WordingDraft) { d.Words["de"]["subject"] = "{number} {{.Code}}" }, "de.subject", "Klammer"},
			{"a bracket without a fact", func(d *message.WordingDraft) { d.Words["de"]["subject"] = "{number} [weg]" }, "de.subject", "Klammer"},
			{"two lines", func(d *message.WordingDraft) { d.Words["de"]["subject"] = "{number}\nBcc: all@example.com" }, "de.subject", "eine Zeile"},
			{"too long", func(d *message.WordingDraft) { d.Words["de"]["subject"] = "{number}" + strings.Repeat("x", 200) }, "de.subject", "höchstens 150"},
			{"nothing in a language", func(d *message.WordingDraft) { d.Words["hu"] = message.Ours(message.KindShipped, "hu") }, "hu.subject", "mindestens ein Wort"},
			{"a language there is not", func(d *message.WordingDraft) { d.Words["fr"] = map[string]string{"subject": "{number}"} }, "fr", "Sprache"},
		} {
			draft := shorter()
			c.change(&draft)
			err := d.Write(t.Context(), func(tx *db.Tx) error { _, err := message.CreateWording(t.Context(), tx, draft); return err })
			wrong, ok := errors.AsType[*flaw.Error](err)
			if !ok || !errors.Is(err, message.ErrWording) || !strings.Contains(wrong.In(words.Locale("de")), c.field+": ") || !strings.Contains(wrong.In(words.Locale("de")), c.says) {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	})
}

func TestOurWordsAsAMerchantFindsThemSayWhatOursSay(t *testing.T) {
	for _, kind := range message.Open() {
		for _, locale := range message.Locales() {
			mail, text, err := message.Sample(kind, locale, message.Wording{})
			if err != nil {
				t.Fatal(err)
			}
			ours := message.Wording{ID: "wrd_ours", WordingDraft: message.WordingDraft{Kind: kind, Words: map[string]map[string]string{locale: message.Ours(kind, locale)}}}
			again, body, err := message.Sample(kind, locale, ours)
			if err != nil || again.HTML != mail.HTML || again.Text != mail.Text || again.Subject != mail.Subject || body != text {
				t.Errorf("%s in %s: %v\n%s\n%s", kind, locale, err, again.Text, mail.Text)
			}
			for word, said := range ours.Words[locale] {
				if strings.Contains(said, "{{") || strings.Contains(said, "{}") || len(said) == 0 {
					t.Errorf("%s in %s: %s is shown as %q", kind, locale, word, said)
				}
			}
		}
	}
}
