package transfer_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"korzo/backoffice/transfer"
	"korzo/offer/catalog"
	"korzo/platform/blob"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/value/money"
)

// house is a shop with folders of its own.
type house struct {
	*db.DB
	desk            *transfer.Desk
	pictures, goods *blob.FolderStore
	folder          string // of sent files
}

func houseOn(t *testing.T, d *db.DB) house {
	t.Helper()
	at := t.TempDir()
	h := house{DB: d, pictures: blob.Folder(filepath.Join(at, "media")), goods: blob.Folder(filepath.Join(at, "files")), folder: filepath.Join(at, "imports")}
	h.desk = desk(t, d).KeepIn(h.folder).Holds(h.pictures, h.goods)
	return h
}

// keep puts a file into a store under the name of its content.
func keep(t *testing.T, s *blob.FolderStore, content, ext string) string {
	t.Helper()
	name := blob.Name([]byte(content), ext)
	if err := s.Put(t.Context(), name, strings.NewReader(content)); err != nil {
		t.Fatal(err)
	}
	return name
}

// hang gives a furnished shop a product with a picture, a video and a file to download.
func (h house) hang(t *testing.T) (names []string) {
	t.Helper()
	large, small, film := keep(t, h.pictures, "large", "png"), keep(t, h.pictures, "small", "webp"), keep(t, h.pictures, "film", "mp4")
	song := keep(t, h.goods, "la la la", "mp3")
	dbtest.Write(t, h.DB, func(tx *db.Tx) error {
		_, err := catalog.Create(t.Context(), tx, catalog.Draft{Slug: "opera", Title: "Opera", Kind: catalog.KindDigital,
			Images:   []catalog.Image{{Blob: large, Alt: "A singer", Width: 800, Height: 600, Sizes: []catalog.ImageSize{{Blob: small, Width: 400}}, Video: film}},
			Variants: []catalog.Variant{{SKU: "OPERA", UnitCost: money.Of(1, "EUR"), File: catalog.File{Blob: song, Name: "Opera.mp3", Bytes: 8}}}})
		return err
	})
	return []string{large, small, film, song}
}

func (h house) archived(t *testing.T, f transfer.Format) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := h.desk.Archive(t.Context(), &b, f); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// fill imports an archive to its end, and calls between after each step.
func (h house) fill(t *testing.T, name string, between func()) (all []transfer.Run) {
	t.Helper()
	path, err := h.desk.Received(name)
	if err != nil {
		t.Fatal(err)
	}
	run, err := h.desk.Begin(t.Context(), transfer.Request{Path: path, Name: "shop.zip"})
	for err == nil && run.ID != "" {
		for err == nil && run.State == transfer.StateRunning {
			between()
			run, err = h.desk.Step(t.Context(), run.ID)
		}
		if err != nil {
			break
		}
		all = append(all, run)
		run, err = h.desk.Next(t.Context(), run)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (h house) receive(t *testing.T, archive []byte) string {
	t.Helper()
	name, err := h.desk.Receive(t.Context(), transfer.FormatZIP, bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// left are the names of what lies in the folder of sent files.
func (h house) left(t *testing.T) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(h.folder)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestAnArchiveMakesTheSameShopFromNothing(t *testing.T) {
	for _, f := range []transfer.Format{transfer.FormatCSV, transfer.FormatJSON} {
		t.Run(string(f), func(t *testing.T) {
			dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
				from, to := houseOn(t, d), houseOn(t, dbtest.SQLite(t, schemas))
				began := d.Now()
				to.Now = func() time.Time { return began.AddDate(0, 0, 30) }
				shop(t, from.DB)
				shop(t, to.DB)
				furnish(t, from.DB)
				names := from.hang(t)
				archive := from.archived(t, f)
				runs := to.fill(t, to.receive(t, archive), func() {})
				if len(runs) != len(transfer.Kinds)+1 || runs[0].Created != 4 || runs[0].Kind != transfer.KindEverything {
					t.Fatalf("%d runs, %+v", len(runs), runs[0])
				}
				for _, r := range runs {
					if r.Failed != 0 || r.State != transfer.StateDone {
						t.Errorf("%+v %v", r, report(t, to.DB, r))
					}
				}
				for i, store := range []*blob.FolderStore{to.pictures, to.pictures, to.pictures, to.goods} {
					if !store.Has(names[i]) {
						t.Errorf("%s did not come", names[i])
					}
				}
				if again := to.archived(t, f); !bytes.Equal(again, archive) {
					t.Error("the archive of the new shop is another")
				}
				facts := published(t, from.DB)
				for _, r := range from.fill(t, from.receive(t, archive), func() {}) {
					if r.Created+r.Changed+r.Failed != 0 {
						t.Errorf("its own archive changed the shop: %+v", r)
					}
				}
				if now := published(t, from.DB); now != facts {
					t.Errorf("its own archive told of %d things", now-facts)
				}
				if left := append(from.left(t), to.left(t)...); len(left) != 0 {
					t.Errorf("left in the folder: %v", left)
				}
			})
		})
	}
}

func TestAnArchiveCutShortGoesOnWhereItWas(t *testing.T) {
	from, to := houseOn(t, dbtest.SQLite(t, schemas)), houseOn(t, dbtest.SQLite(t, schemas))
	shop(t, from.DB)
	shop(t, to.DB)
	furnish(t, from.DB)
	from.hang(t)
	for i := range 80 { // more files than one step takes
		keep(t, from.pictures, strings.Repeat("x", i+1), "png")
	}
	dbtest.Write(t, from.DB, func(tx *db.Tx) error {
		for i := range 80 {
			_, err := catalog.Create(t.Context(), tx, catalog.Draft{Slug: "x" + strings.Repeat("x", i), Title: "X", Images: []catalog.Image{{Blob: blob.Name([]byte(strings.Repeat("x", i+1)), "png"), Alt: "x", Width: 1, Height: 1}},
				Variants: []catalog.Variant{{SKU: fmt.Sprint("X", i)}}})
			if err != nil {
				return err
			}
		}
		return nil
	})
	name := to.receive(t, from.archived(t, transfer.FormatCSV))
	path, err := to.desk.Received(name)
	if err != nil {
		t.Fatal(err)
	}
	cuts := 0
	runs := to.fill(t, name, func() { // a new process asks for the same file, and is at the same place
		run, err := to.desk.Begin(t.Context(), transfer.Request{Path: path, Name: "shop.zip"})
		if err != nil {
			t.Fatal(err)
		}
		if run.Kind == transfer.KindEverything && run.State == transfer.StateRunning && run.At > 0 {
			cuts++
		}
	})
	if cuts == 0 || runs[0].Created != 84 || runs[0].Rows != 84 {
		t.Errorf("%d cuts, %+v", cuts, runs[0])
	}
	if everything(t, to.DB) != everything(t, from.DB) {
		t.Error("the shops differ")
	}
}

// rewritten is an archive whose files go through change; nil leaves one out.
func rewritten(t *testing.T, archive []byte, change func(name string, content []byte) (string, []byte)) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		name, content := change(f.Name, content)
		if content == nil {
			continue
		}
		w, err := out.Create(name)
		if err == nil {
			_, err = w.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAnArchiveLeadsNowhereElseAndReplacesNothing(t *testing.T) {
	from, to := houseOn(t, dbtest.SQLite(t, schemas)), houseOn(t, dbtest.SQLite(t, schemas))
	shop(t, from.DB)
	shop(t, to.DB)
	names := from.hang(t)
	if err := to.pictures.Put(t.Context(), "logo.png", strings.NewReader("ours")); err != nil {
		t.Fatal(err)
	}
	archive := rewritten(t, from.archived(t, transfer.FormatCSV), func(name string, content []byte) (string, []byte) {
		switch filepath.Base(name) {
		case names[0]:
			return name, []byte("of other content")
		case names[1]:
			return "pictures/../../../escaped.png", content
		case names[2]:
			return "pictures/logo.png", content
		case names[3]:
			return "files/Über.mp3", content
		}
		return name, content
	})
	files := to.fill(t, to.receive(t, archive), func() {})[0]
	if files.Created != 0 || files.Same != 1 || files.Failed != 2 {
		t.Errorf("%+v %v", files, report(t, to.DB, files))
	}
	ours, err := to.pictures.Open(t.Context(), "logo.png")
	if err != nil {
		t.Fatal(err)
	}
	if content, err := io.ReadAll(ours); err != nil || string(content) != "ours" {
		t.Errorf("%s %v", content, err)
	}
	_ = filepath.WalkDir(filepath.Dir(to.folder), func(path string, _ os.DirEntry, _ error) error {
		if strings.Contains(path, "escaped") {
			t.Errorf("an archive wrote %s", path)
		}
		return nil
	})
}

func TestADamagedFileOfAnArchiveIsReportedAndTheRestComes(t *testing.T) {
	from, to := houseOn(t, dbtest.SQLite(t, schemas)), houseOn(t, dbtest.SQLite(t, schemas))
	shop(t, from.DB)
	shop(t, to.DB)
	names := from.hang(t)
	archive := bytes.Replace(from.archived(t, transfer.FormatJSON), []byte("la la la"), []byte("la la lo"), 1)
	runs := to.fill(t, to.receive(t, archive), func() {})
	if runs[0].Created != 3 || runs[0].Failed != 1 || to.goods.Has(names[3]) {
		t.Errorf("%+v", runs[0])
	}
	if all := report(t, to.DB, runs[0]); len(all) != 1 || !strings.Contains(all[0].Reason, "damaged") {
		t.Errorf("%+v", all)
	}
	if len(runs) != len(transfer.Kinds)+1 {
		t.Errorf("%d runs", len(runs))
	}
}

func TestAnArchiveListsTheFilesThatNobodyHas(t *testing.T) {
	h := houseOn(t, dbtest.SQLite(t, schemas))
	shop(t, h.DB)
	names := h.hang(t)
	if err := h.pictures.Remove(t.Context(), names[1]); err != nil {
		t.Fatal(err)
	}
	archive := h.archived(t, transfer.FormatCSV)
	listed := ""
	rewritten(t, archive, func(name string, content []byte) (string, []byte) {
		if name == "missing.txt" {
			listed = string(content)
		}
		return name, content
	})
	if listed != "pictures/"+names[1]+"\n" {
		t.Errorf("%q", listed)
	}
}

func TestWhatIsNoArchiveIsRefusedAndNothingBegins(t *testing.T) {
	h := houseOn(t, dbtest.SQLite(t, schemas))
	shop(t, h.DB)
	h.hang(t)
	archive := h.archived(t, transfer.FormatCSV)
	none := rewritten(t, archive, func(name string, content []byte) (string, []byte) {
		if strings.HasSuffix(name, ".csv") {
			return name, nil
		}
		return name, content
	})
	for name, content := range map[string][]byte{"text": []byte("sku,price\n"), "empty": {}, "half": archive[:len(archive)/2], "without a table": none} {
		path, err := h.desk.Received(h.receive(t, content))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.desk.Begin(context.Background(), transfer.Request{Path: path}); !errors.Is(err, transfer.ErrArchive) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := transfer.LookArchive(path); !errors.Is(err, transfer.ErrArchive) {
			t.Errorf("%s: %v", name, err)
		}
	}
	path, err := h.desk.Received(h.receive(t, archive))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.desk.Begin(t.Context(), transfer.Request{Path: path, Dry: true}); !errors.Is(err, transfer.ErrArchive) {
		t.Errorf("tried: %v", err)
	}
	var all []transfer.Run
	dbtest.Read(t, h.DB, func(tx *db.Tx) (err error) {
		all, err = transfer.List(t.Context(), tx, "", 100)
		return err
	})
	if len(all) != 0 {
		t.Errorf("%d runs", len(all))
	}
	if held, err := transfer.LookArchive(path); err != nil || !slices.Equal(held.Kinds, transfer.Kinds) || held.Pictures != 3 || held.Files != 1 || held.Size != int64(len(archive)) {
		t.Errorf("%+v %v", held, err)
	}
}

func TestASentFileThatNobodyImportsIsRemovedAfterAWeek(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		h := houseOn(t, d)
		shop(t, d)
		send := func(text string) (name, path string) {
			t.Helper()
			name, err := h.desk.Receive(t.Context(), transfer.FormatCSV, strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			path, err = h.desk.Received(name)
			if err != nil {
				t.Fatal(err)
			}
			return name, path
		}
		left, old := send("SKU\nA\n")
		read, open := send("slug,title,sku\nmug,Mug,MUG\n")
		kept, fresh := send("SKU\nC\n")
		run, err := h.desk.Begin(t.Context(), transfer.Request{Kind: transfer.KindProducts, Path: open, Market: "DE", Location: "loc_berlin"})
		if err != nil {
			t.Fatal(err)
		}
		for path, days := range map[string]int{old: 8, open: 8, fresh: 6} {
			age := d.Now().AddDate(0, 0, -days)
			if err := os.Chtimes(path, age, age); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			if err := h.desk.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := h.desk.Received(left); err == nil {
			t.Error("a file that was left a week ago still lies there")
		}
		for _, name := range []string{read, kept} {
			if _, err := h.desk.Received(name); err != nil {
				t.Errorf("%s is gone beside run %s: %v", name, run.ID, err)
			}
		}
	})
}
