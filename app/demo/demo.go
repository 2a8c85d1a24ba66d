// Package demo fills an empty shop, so that whoever meets Korzo for the first
// time finds goods, customers and ninety days of trade instead of empty lists.
//
// The shop is Korzo, house and table: things in eight categories, of twelve
// series, drawn by our own code. It is the same on every machine: products,
// people and orders come from one seed and from the day it is opened. Only what
// must be secret differs: keys are random, passwords follow from the shop's
// key file.
//
// Everything goes through the verbs a merchant's own shop uses. After the
// markets and flows, which may be written again, one transaction writes all the
// rest: a shop is filled whole or not at all. Past visits and orders are
// imported, so they send no mail, publish no fact and move no stock or money;
// all else that korzo verify proves holds for the demo as for any shop. Each
// visit got the flow and the arm that its facts and the shop's rules gave it. Nobody here is real: names come
// from the cupboard, addresses of mail end in example.com.
package demo

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"korzo/insight/lifetime"
	"korzo/offer/catalog"
	"korzo/platform/auth"
	"korzo/platform/blob"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/seal"

	"golang.org/x/sync/errgroup"
)

// seed is where everything random begins.
const seed = 0x6b6f727a6f

// days is how long the shop has been trading.
const days = 90

// Channel is the one the demo sells in.
const Channel = "web"

// Shop is what Fill fills.
type Shop struct {
	DB     *db.DB
	Keeper *seal.Keeper
	Media  *blob.FolderStore // nil: a shop without pictures, which is filled in half the time
	Files  *blob.FolderStore // of digital goods; nil: without
}

// SignIn is somebody who can sign in.
type SignIn struct {
	Role     string // of staff; "" for a customer
	Email    string
	Password string
}

// Report says what is in the shop and how to get in. Publishable, Secret and
// Stages are only there when Fill has filled it: keys are shown once.
type Report struct {
	Filled      bool   // by this call
	Publishable string // one for all markets
	Secret      string // may do everything

	StaffEmail    string // the owner
	StaffPassword string
	Staff         []SignIn // the owner too
	Customer      SignIn

	Products  int
	Variants  int
	Customers int
	Orders    int
	Stages    []Stage
}

// Stage is a part of the filling and how long it took.
type Stage struct {
	Name string
	Took time.Duration
}

// ErrNotEmpty reports a shop with goods of its own.
var ErrNotEmpty = fault.New(fault.Conflict, "demo.not_empty", "this shop has goods of its own: open the demo in an empty folder and database")

// Fill fills a migrated, empty shop as of the day of now. On a shop it filled
// before it changes nothing and returns the same report, without keys. It
// returns ErrNotEmpty for a merchant's own.
func Fill(ctx context.Context, s Shop, now time.Time) (Report, error) {
	f := &filling{Shop: s, today: now.UTC().Truncate(24 * time.Hour), begun: time.Now()}
	f.goods = assortment(f.today)
	f.sets = bundles(f.goods, f.today)
	f.report = f.newReport()
	there, err := f.filled(ctx)
	if err != nil || there {
		return f.report, err
	}
	if err := f.prepare(ctx); err != nil {
		return Report{}, fmt.Errorf("prepare the demo: %w", err)
	}
	// What the later stages read is committed first, and so remembered.
	for _, run := range []func(ctx context.Context, tx *db.Tx) error{writeMarkets, f.writeFlows, f.writeTrial} {
		if err := s.DB.Write(ctx, func(tx *db.Tx) error { return run(ctx, tx) }); err != nil {
			return Report{}, fmt.Errorf("open the demo's markets: %w", err)
		}
	}
	f.done("markets")
	blank := f.report
	err = s.DB.Write(ctx, func(tx *db.Tx) error {
		f.report = blank // the transaction may run again
		return f.write(ctx, tx)
	})
	if err != nil {
		return Report{}, fmt.Errorf("fill the demo: %w", err)
	}
	f.done("commit")
	if _, err := lifetime.Refresh(ctx, s.DB); err != nil {
		return Report{}, fmt.Errorf("expect what the demo's customers will bring: %w", err)
	}
	f.done("expectations")
	f.report.Filled = true
	return f.report, nil
}

// filling is a demo in the making.
type filling struct {
	Shop
	today    time.Time // midnight: trade ends before it
	goods    []*good
	sets     []set
	hashes   map[string]string // by e-mail address
	settings settings
	people   []*person
	report   Report
	begun    time.Time
}

func (f *filling) newReport() Report {
	r := Report{Products: len(f.goods) + len(f.sets), Variants: len(f.sets) + len(cardValues) - 1, Orders: orderCount}
	for _, g := range f.goods {
		r.Variants += len(g.draft.Variants)
	}
	f.people = customers()
	r.Customers = len(f.people)
	for _, m := range staff {
		r.Staff = append(r.Staff, SignIn{m.Role, m.Email, f.password(m.Email)})
	}
	r.StaffEmail, r.StaffPassword = r.Staff[0].Email, r.Staff[0].Password
	r.Customer = SignIn{Email: f.people[0].email, Password: f.password(f.people[0].email)}
	return r
}

// password follows from the shop's key file: only who has that can know it.
func (f *filling) password(email string) string { return f.Keeper.Token("demo password", email)[:14] }

// filled says whether the owner of the demo is there.
func (f *filling) filled(ctx context.Context) (there bool, err error) {
	err = f.DB.Read(ctx, func(tx *db.Tx) error {
		_, err := auth.FindLogin(ctx, tx, auth.RealmStaff, f.report.StaffEmail)
		if there = err == nil; there || !errors.Is(err, auth.ErrNotFound) {
			return err
		}
		goods, _, err := catalog.List(ctx, tx, catalog.Filter{Limit: 1})
		if err == nil && len(goods) > 0 {
			err = ErrNotEmpty
		}
		return err
	})
	return there, err
}

// prepare does what needs no transaction: it draws the pictures and hashes the
// passwords.
func (f *filling) prepare(ctx context.Context) error {
	f.done("plan")
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error { return f.draw(ctx) })
	work.Go(func() error { return f.writeSuppers(ctx) })
	work.Go(func() error {
		f.hashes = map[string]string{}
		for _, who := range append([]SignIn{f.report.Customer}, f.report.Staff...) {
			hash, err := auth.HashPassword(ctx, who.Password)
			if err != nil {
				return err
			}
			f.hashes[who.Email] = hash
		}
		return nil
	})
	err := work.Wait()
	f.done("pictures")
	return err
}

// write is the whole shop, in the order in which things need each other.
func (f *filling) write(ctx context.Context, tx *db.Tx) error {
	for _, stage := range []struct {
		name string
		run  func(ctx context.Context, tx *db.Tx) error
	}{
		{"policies", f.writePolicies}, {"categories", f.writeShelves}, {"pages", f.writePages}, {"products", f.writeGoods}, {"sets", f.writeSets}, {"banners", f.writeBanners}, {"price lists", f.writeLists}, {"stock", f.writeStock}, {"shelves of stores", f.writeShelvesOfStores},
		{"points", f.writeWorths}, {"people", f.writePeople}, {"orders", f.writeOrders}, {"stock rooms", f.writeMoves},
	} {
		if err := stage.run(ctx, tx); err != nil {
			return fmt.Errorf("%s: %w", stage.name, err)
		}
		f.done(stage.name)
	}
	return nil
}

func (f *filling) done(stage string) {
	f.report.Stages = append(f.report.Stages, Stage{stage, time.Since(f.begun)})
	f.begun = time.Now()
}

// newID is an id as platform/id makes them, of a given time and dice.
func newID(prefix string, at time.Time, millis int, dice *rand.Rand) string {
	const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:], uint64(at.UnixMilli()+int64(millis))<<16|dice.Uint64()&0xffff)
	binary.BigEndian.PutUint64(raw[8:], dice.Uint64())
	high, low := binary.BigEndian.Uint64(raw[:]), binary.BigEndian.Uint64(raw[8:])
	var body [26]byte
	for i := len(body) - 1; i >= 0; i-- {
		body[i] = alphabet[low&31]
		low = low>>5 | high<<59
		high >>= 5
	}
	return prefix + "_" + string(body[:])
}
