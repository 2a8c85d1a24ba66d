package message

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"korzo/customer/experiment"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/flaw"
	"korzo/platform/i18n"
	"korzo/platform/id"
	"korzo/platform/remember"
	"korzo/platform/rule"
)

//go:embed messages/*.json
var files embed.FS

// Messages are what is said of words that cannot be used, for i18n.Catalog.Add.
func Messages() fs.FS {
	sub, err := fs.Sub(files, "messages")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return sub
}

var english = i18n.English(Messages(), rule.Messages())

// What callers can act on.
var (
	ErrNoWording = fault.New(fault.NotFound, "message.wording_not_found", "there is no such version of a message; look at the list of them")
	ErrWording   = fault.New(fault.Invalid, "message.wording", "the version is not complete: mend the fields named")
	ErrTried     = fault.New(fault.Conflict, "message.wording_tried", "an experiment is running on this message: stop it first")
	ErrRetired   = fault.New(fault.Conflict, "message.wording_retired", "this version is retired: write another like it")
)

// WordingID names a version of a message: "wrd_01j…".
type WordingID string

// The states of a wording.
const (
	WordingKept     = "kept"     // an arm may bear it
	WordingStanding = "standing" // what everybody is written, where no arm says otherwise
	WordingRetired  = "retired"  // of messages that are out
)

// WordingDraft is a version of a message as it is written. Its JSON is stored.
type WordingDraft struct {
	Kind  Kind                         `json:"kind"`
	Name  string                       `json:"name"`  // for staff
	Words map[string]map[string]string `json:"words"` // by language and word: "de" → "subject" → "Bestellung {number} ist da"; what is left out is ours
}

// Wording is words of a merchant's in place of ours. It is never changed, so
// that a message is always what it was: who wants other words writes another.
type Wording struct {
	ID     WordingID
	State  string
	MadeAt time.Time
	WordingDraft
}

// wordLengths are the words that may be another's, with the most characters of
// each. All else of a message, such as what was bought and what it came to, the
// right of withdrawal, or whose mail it is and how it ends, is the same in every
// version.
var wordLengths = map[string]int{"subject": 150, "preview": 200, "heading": 120, "intro": 1000, "act": 60, "track": 60, "closing": 500, wordText: 320}

// WordNames are the words that may be another's, as they are read.
var WordNames = []string{"subject", "preview", "heading", "intro", "act", "track", "closing", wordText}

// closed are the kinds that the law, or the safety of an account, wants as they
// are: what is declared, agreed to, changed in a contract, paid by or signed in
// with.
var closed = []Kind{KindSignIn, KindChanged, KindExport, KindWithdrawn, KindConsent, KindWelcome, KindRolledBack, KindPaymentLink, KindEdited, KindCanceled, KindRefunded}

// Open lists the kinds that may be told in other words.
func Open() []Kind {
	return slices.DeleteFunc(Kinds(), func(k Kind) bool { return slices.Contains(closed, k) })
}

const (
	maxWordings    = 100 // that are not retired
	maxWordingName = 120
	wordingMemory  = "message_wordings"
)

// standing are the wordings that everybody is written, by kind.
var standing = remember.New(wordingMemory, func(ctx context.Context, tx *db.Tx) (map[Kind]Wording, error) {
	all, err := selectWordings(ctx, tx, WordingStanding)
	byKind := make(map[Kind]Wording, len(all))
	for _, w := range all {
		byKind[w.Kind] = w
	}
	return byKind, err
})

// Standing is what everybody is written of a kind, where no arm says otherwise;
// the zero Wording where that is ours.
func Standing(ctx context.Context, tx *db.Tx, k Kind) (Wording, error) {
	byKind, err := standing.Get(ctx, tx)
	if err != nil {
		return Wording{}, fmt.Errorf("read versions of messages: %w", err)
	}
	return byKind[k], nil
}

// Wordings lists what is not retired, by kind, the newest first.
func Wordings(ctx context.Context, tx *db.Tx) ([]Wording, error) {
	all, err := selectWordings(ctx, tx, "")
	if err != nil {
		return nil, fmt.Errorf("list versions of messages: %w", err)
	}
	slices.SortStableFunc(all, func(a, b Wording) int { return strings.Compare(string(a.Kind), string(b.Kind)) })
	return all, nil
}

// FindWording returns a wording, retired or not, or ErrNoWording.
func FindWording(ctx context.Context, tx *db.Tx, id WordingID) (Wording, error) {
	w, err := selectWording(ctx, tx, id)
	if errors.Is(err, db.ErrNoRow) {
		err = ErrNoWording
	}
	return w, err
}

// CreateWording keeps a version of a message. Words that are ours are left out of
// it. It returns ErrWording, as a flaw.Error that names each field.
func CreateWording(ctx context.Context, tx *db.Tx, d WordingDraft) (WordingID, error) {
	if err := d.check(); err != nil {
		return "", err
	}
	all, err := Wordings(ctx, tx)
	if err != nil {
		return "", err
	}
	if len(all) >= maxWordings {
		var many flaw.List
		many.Blame("name", "message.wording.many", "Most", maxWordings)
		return "", many.As(ErrWording, english)
	}
	made := id.New[WordingID]("wrd", tx.Now)
	if err := insertWording(ctx, tx, made, d); err != nil {
		return "", fmt.Errorf("keep a version of %s: %w", d.Kind, err)
	}
	return made, nil
}

// Stand makes a wording what everybody is written; the one before is kept. It
// returns ErrNoWording, ErrRetired, and ErrTried while an experiment compares.
// Doing it again changes nothing.
func Stand(ctx context.Context, tx *db.Tx, id WordingID) error {
	w, err := free(ctx, tx, id)
	if err != nil {
		return err
	}
	return stand(ctx, tx, w)
}

func stand(ctx context.Context, tx *db.Tx, w Wording) error {
	if w.State == WordingRetired {
		return ErrRetired
	}
	err := unstand(ctx, tx, w.Kind)
	if err == nil {
		err = updateWording(ctx, tx, w.ID, WordingStanding)
	}
	if err != nil {
		return fmt.Errorf("let %s stand: %w", w.ID, err)
	}
	return remember.Touch(ctx, tx, wordingMemory)
}

// Reset makes our own words what everybody is written of a kind. It returns
// ErrTried, and may be repeated.
func Reset(ctx context.Context, tx *db.Tx, k Kind) error {
	if err := untried(ctx, tx, k); err != nil {
		return err
	}
	if err := unstand(ctx, tx, k); err != nil {
		return fmt.Errorf("take back the version of %s: %w", k, err)
	}
	return remember.Touch(ctx, tx, wordingMemory)
}

// Retire takes a wording out of use; messages that bear it stay what they are. It
// returns ErrNoWording and ErrTried, and may be repeated.
func Retire(ctx context.Context, tx *db.Tx, id WordingID) error {
	w, err := free(ctx, tx, id)
	if err == nil {
		err = updateWording(ctx, tx, w.ID, WordingRetired)
	}
	if err != nil {
		return fmt.Errorf("retire %s: %w", id, err)
	}
	return remember.Touch(ctx, tx, wordingMemory)
}

// free finds a wording of a kind on which no experiment is running.
func free(ctx context.Context, tx *db.Tx, id WordingID) (Wording, error) {
	w, err := FindWording(ctx, tx, id)
	if err == nil {
		err = untried(ctx, tx, w.Kind)
	}
	return w, err
}

func untried(ctx context.Context, tx *db.Tx, k Kind) error {
	runs, err := experiment.Running(ctx, tx, Point(k))
	if err == nil && runs {
		err = ErrTried
	}
	return err
}

// check returns ErrWording naming each field at fault, and leaves out what is ours.
func (d *WordingDraft) check() error {
	var wrong flaw.List
	d.Name = strings.TrimSpace(d.Name)
	wrong.If(d.Name == "" || utf8.RuneCountInString(d.Name) > maxWordingName, "name", "message.wording.name", "Most", maxWordingName)
	if !slices.Contains(Open(), d.Kind) {
		wrong.Blame("kind", "message.wording.kind")
		return wrong.As(ErrWording, english)
	}
	for _, locale := range slices.Sorted(maps.Keys(d.Words)) {
		wrong.If(!slices.Contains(Locales(), locale), locale, "message.wording.language", "Languages", Locales())
	}
	kept := map[string]map[string]string{}
	for _, locale := range Locales() {
		ours := Ours(d.Kind, locale)
		kept[locale] = map[string]string{}
		for _, word := range slices.Sorted(maps.Keys(d.Words[locale])) {
			text := strings.TrimSpace(strings.ReplaceAll(d.Words[locale][word], "\r\n", "\n"))
			own, known := ours[word]
			switch field := locale + "." + word; {
			case text == "" || text == own:
			case !known:
				wrong.Blame(field, "message.wording.word", "Words", slices.Sorted(maps.Keys(ours)))
			default:
				d.checkWord(&wrong, field, word, text, own)
				kept[locale][word] = text
			}
		}
		wrong.If(len(kept[locale]) == 0, locale+".subject", "message.wording.nothing")
	}
	d.Words = kept
	return wrong.As(ErrWording, english)
}

// checkWord looks at one word of a version beside ours: what ours tells it tells.
func (d *WordingDraft) checkWord(wrong *flaw.List, field, word, text, own string) {
	most := wordLengths[word]
	wrong.If(utf8.RuneCountInString(text) > most, field, "message.wording.long", "Most", most)
	wrong.If(strings.Contains(text, "\n") && word != "intro" && word != "closing", field, "message.wording.line")
	named, err := factsIn(text)
	if err != nil {
		wrong.Blame(field, "message.wording.brackets")
		return
	}
	there := Facts(d.Kind)
	for _, fact := range named {
		wrong.If(!slices.Contains(there, fact), field, "message.wording.fact", "Name", fact, "Facts", bracedAll(there))
	}
	told, _ := factsIn(own) // ours can be read: tested
	for _, fact := range told {
		wrong.If(!slices.Contains(named, fact), field, "message.wording.lost", "Fact", braced(fact))
	}
}
