package message

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The kinds of what is told between promise and doorstep; their Data is a
// Notice.
const (
	KindShipped        Kind = "shipment.shipped"
	KindOutForDelivery Kind = "shipment.out_for_delivery"
	KindAvailable      Kind = "shipment.available" // in the carrier's locker or shop
	KindDelivered      Kind = "shipment.delivered"
	KindLate           Kind = "shipment.late"
	KindFailed         Kind = "shipment.failed"    // the carrier lost or damaged it, or it was refused
	KindReturning      Kind = "shipment.returning" // the carrier brings it back
	KindReady          Kind = "pickup.ready"
	KindReminder       Kind = "pickup.reminder"
	KindExpired        Kind = "pickup.expired"
	KindSentInstead    Kind = "pickup.sent_instead" // it comes to its buyer, who need not collect it
	KindHandedOver     Kind = "pickup.handed_over"
	KindCanceled       Kind = "order.canceled"
	KindRefunded       Kind = "order.refunded"
	KindEdited         Kind = "order.edited"
)

// Notices are the kinds whose Data is a Notice, in the order of an order's life.
var Notices = []Kind{KindShipped, KindOutForDelivery, KindAvailable, KindDelivered, KindLate, KindFailed, KindReturning, KindReady, KindReminder, KindExpired, KindSentInstead, KindHandedOver, KindEdited, KindCanceled, KindRefunded}

// Notice is what is told of an order on its way. Dates and amounts are formatted
// for the reader already; an empty one is left out.
type Notice struct {
	Shop     string     `json:"shop"`
	Number   string     `json:"number"`
	Lines    []LineItem `json:"lines"`
	Carrier  string     `json:"carrier,omitempty"`
	Tracking string     `json:"tracking,omitempty"` // the carrier's number
	Promise  string     `json:"promise,omitempty"`
	Place    string     `json:"place,omitempty"` // where it is collected
	At       []string   `json:"at,omitempty"`    // its address, line by line
	Hours    string     `json:"hours,omitempty"`
	Until    string     `json:"until,omitempty"`   // the last day to collect
	Counter  bool       `json:"counter,omitempty"` // of ours: it scans the code
	Amount   string     `json:"amount,omitempty"`
	Owed     string     `json:"owed,omitempty"`  // to be paid where it is collected
	Part     bool       `json:"part,omitempty"`  // more of the order follows
	Added    []LineItem `json:"added,omitempty"` // by an edit; Lines are then what the order is now
	Removed  []LineItem `json:"removed,omitempty"`
	Moved    bool       `json:"moved,omitempty"` // it goes elsewhere: to its reader's address

	// What follows is the reader's own. It comes from the Lookup and is not stored.
	Name     string   `json:"-"`
	Code     string   `json:"-"`
	TrackURL string   `json:"-"`
	Address  []string `json:"-"`
}

// Scan is the code as the counter scans it, "" where none does: digits alone.
func (n Notice) Scan() string {
	if !n.Counter {
		return ""
	}
	return strings.ReplaceAll(n.Code, " ", "")
}

// addNotices reads the words of every kind of notice: one layout for all.
func addNotices(to map[Kind]form) map[Kind]form {
	layout := mustForm("notice", func(data []byte, to Addressee) (any, error) {
		var n Notice
		if err := json.Unmarshal(data, &n); err != nil {
			return nil, err
		}
		n.Name, n.Code, n.TrackURL = to.Name, to.Code, to.Link
		if n.Moved {
			n.Address = to.Address
		}
		return n, nil
	}, func(data any) bool { _, ok := data.(Notice); return ok })
	return addKinds(to, layout, "notice.kinds.json", Notices)
}

// addKinds gives one layout to several kinds, each with words of its own.
func addKinds(to map[Kind]form, layout form, file string, kinds []Kind) map[Kind]form {
	var own map[Kind]map[string]map[string]string // kind → locale → name → text
	text, err := templateFiles.ReadFile("templates/" + file)
	if err == nil {
		err = json.Unmarshal(text, &own)
	}
	if err != nil {
		panic(fmt.Sprintf("the words of %s: %v", file, err)) // embedded and tested
	}
	for _, kind := range kinds {
		f := layout
		f.words = map[string]map[string]string{}
		for locale, shared := range layout.words {
			words := maps.Clone(shared)
			maps.Copy(words, own[kind][locale])
			f.words[locale] = words
		}
		to[kind] = f
	}
	return to
}

// Kinds are all kinds of messages that a template writes.
func Kinds() []Kind { return slices.Sorted(maps.Keys(templates)) }

// Locales are the languages messages are written in.
func Locales() []string { return slices.Sorted(maps.Keys(templates[KindConfirmation].words)) }

// WriteNotice writes a notice as it would be mailed to somebody now, and keeps
// nothing: for who looks at it before it is sent.
func WriteNotice(kind Kind, locale string, n Notice, to Addressee) (Mail, error) {
	f, ok := templates[kind]
	if !ok || !f.fits(n) {
		return Mail{}, ErrNotFound
	}
	data, err := json.Marshal(n)
	if err != nil {
		return Mail{}, err
	}
	return f.by(ByMail, locale, data, to)
}
