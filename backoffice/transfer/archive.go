package transfer

import (
	"archive/zip"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"korzo/offer/catalog"
	"korzo/platform/blob"
	"korzo/platform/db"
	"korzo/platform/fault"
)

// MaxArchive is the size of the largest archive that is taken from outside, in bytes.
const MaxArchive = 2 << 30

// maxMember bounds one table of an archive, in bytes: as much as a shop of some
// millions of orders fills.
const maxMember = 8 << 30

// ErrArchive reports a file that is no archive of a shop.
var ErrArchive = fault.New(fault.Invalid, "transfer.archive", "this is no archive of a shop: send the ZIP file that an export of everything gave, as it is")

// Files is where the shop keeps files by name.
type Files interface {
	Has(name string) bool
	Open(ctx context.Context, name string) (io.ReadCloser, error)
	Put(ctx context.Context, name string, r io.Reader) error
}

// The folders of an archive.
const (
	pictureFolder = "pictures" // of products, in every size
	goodsFolder   = "files"    // that buyers of digital goods download
	missingName   = "missing.txt"
)

// Holds says where pictures and the files of digital goods lie. It is called
// once, before use.
func (d *Desk) Holds(pictures, goods Files) *Desk {
	d.files = map[string]Files{pictureFolder: pictures, goodsFolder: goods}
	return d
}

// Archive writes everything as one ZIP file: a table of each kind, numbered in
// the order in which a shop is filled, and each file that a product names, once.
// What a product names and nobody has is listed in missing.txt. It returns
// ErrFormat.
func (d *Desk) Archive(ctx context.Context, w io.Writer, f Format) error {
	out := zip.NewWriter(w)
	for _, k := range Kinds {
		member, err := out.Create(memberName(k, f))
		if err != nil {
			return err
		}
		if err := d.Save(ctx, member, k, f); err != nil {
			return err
		}
	}
	missing, err := d.copyFiles(ctx, out)
	if err == nil && len(missing) > 0 {
		var list io.Writer
		if list, err = out.Create(missingName); err == nil {
			_, err = io.WriteString(list, strings.Join(missing, "\n")+"\n")
		}
	}
	return errors.Join(err, out.Close())
}

func memberName(k Kind, f Format) string {
	return fmt.Sprintf("%02d-%s.%s", slices.Index(Kinds, k)+1, k, f)
}

// copyFiles copies what products name, and tells what is not there.
func (d *Desk) copyFiles(ctx context.Context, out *zip.Writer) (missing []string, err error) {
	seen := map[string]bool{}
	for after, more := "", true; more; {
		var names []string
		err := d.db.Read(ctx, func(tx *db.Tx) error {
			ids, next, err := catalog.ListIDs(ctx, tx, catalog.Filter{After: after, Limit: catalog.MaxPage})
			after, more, names = next, next != "", nil
			for _, id := range ids {
				p, err := catalog.Find(ctx, tx, id)
				if err != nil {
					return err
				}
				names = append(names, filesOf(p)...)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if seen[name] {
				continue
			}
			seen[name] = true
			err := d.copyFile(ctx, out, name)
			if errors.Is(err, blob.ErrNotFound) {
				missing, err = append(missing, name), nil
			}
			if err != nil {
				return nil, fmt.Errorf("export %s: %w", name, err)
			}
		}
	}
	return missing, nil
}

// filesOf are the files that a product names, as an archive calls them.
func filesOf(p catalog.Product) (names []string) {
	add := func(folder, name string) {
		if name != "" {
			names = append(names, folder+"/"+name)
		}
	}
	for _, m := range p.Images {
		add(pictureFolder, m.Blob)
		add(pictureFolder, m.Video)
		for _, s := range m.Sizes {
			add(pictureFolder, s.Blob)
		}
	}
	for _, v := range p.Variants {
		add(goodsFolder, v.File.Blob)
	}
	return names
}

// copyFile puts one file into the archive as it is: pictures are packed already.
func (d *Desk) copyFile(ctx context.Context, out *zip.Writer, name string) error {
	from, err := d.files[path.Dir(name)].Open(ctx, path.Base(name))
	if err != nil {
		return err
	}
	to, err := out.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	if err == nil {
		_, err = io.Copy(to, from)
	}
	return errors.Join(err, from.Close())
}

// Contents is what is in an archive.
type Contents struct {
	Kinds    []Kind `json:"kinds"` // in the order of reading
	Pictures int    `json:"pictures"`
	Files    int    `json:"files"` // of digital goods
	Size     int64  `json:"size"`  // of the archive, in bytes
}

// LookArchive tells what is in an archive. It returns ErrArchive or ErrFile.
func LookArchive(name string) (c Contents, err error) {
	z, err := openArchive(name)
	if err != nil {
		return c, err
	}
	for _, k := range Kinds {
		if z.table(k) != nil {
			c.Kinds = append(c.Kinds, k)
		}
	}
	for _, f := range z.File {
		switch path.Dir(f.Name) {
		case pictureFolder:
			c.Pictures++
		case goodsFolder:
			c.Files++
		}
	}
	info, err := os.Stat(name)
	if err == nil {
		c.Size = info.Size()
	}
	return c, errors.Join(err, z.Close())
}

type archive struct{ *zip.ReadCloser }

func openArchive(name string) (archive, error) {
	z, err := zip.OpenReader(name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return archive{}, fmt.Errorf("%w: %w", ErrFile, err)
	}
	if err != nil {
		return archive{}, ErrArchive
	}
	a := archive{z}
	if !slices.ContainsFunc(Kinds, func(k Kind) bool { return a.table(k) != nil }) {
		return archive{}, errors.Join(ErrArchive, z.Close())
	}
	return a, nil
}

// table is the table of a kind; nil without one.
func (a archive) table(k Kind) *zip.File {
	i := slices.IndexFunc(a.File, func(f *zip.File) bool {
		return f.Name == memberName(k, FormatCSV) || f.Name == memberName(k, FormatJSON)
	})
	if i < 0 {
		return nil
	}
	return a.File[i]
}

// packed reads the files of an archive in the order in which they lie in it.
type packed struct {
	archive
	files []packedFile
	n     int64
}

// packedFile is a file in an archive.
type packedFile struct {
	*zip.File
	to  Files
	end int64 // the byte of the archive after it
}

func (d *Desk) openPacked(run Run) (*packed, error) {
	a, err := openArchive(run.path)
	if err != nil {
		return nil, err
	}
	p := &packed{archive: a, n: run.Rows}
	for _, f := range a.File {
		to, at := d.files[path.Dir(f.Name)], int64(0)
		if to == nil || path.Base(f.Name) == f.Name || f.FileInfo().IsDir() {
			continue
		}
		if at, err = f.DataOffset(); err != nil {
			return nil, errors.Join(ErrArchive, a.Close())
		}
		if end := at + int64(f.CompressedSize64); end > run.At {
			p.files = append(p.files, packedFile{f, to, end})
		}
	}
	slices.SortFunc(p.files, func(a, b packedFile) int { return cmp.Compare(a.end, b.end) })
	return p, nil
}

func (p *packed) row() int64 { return p.n }

func (p *packed) next() (item, error) {
	if len(p.files) == 0 {
		return item{}, io.EOF
	}
	f := p.files[0]
	p.files, p.n = p.files[1:], p.n+1
	return item{row: p.n, rows: 1, end: f.end, keep: f.put}, nil
}

// put has the file kept under its name, unless there is one already.
func (f packedFile) put(ctx context.Context) (outcome, error) {
	name := path.Base(f.Name)
	if f.to.Has(name) {
		return same, nil
	}
	r, err := f.Open()
	if err != nil {
		return same, err
	}
	return created, errors.Join(f.to.Put(ctx, name, r), r.Close())
}

// unpack keeps the file that an item of an archive stands for. Files are not
// the database's: they are kept before the step's transaction. One that cannot
// be is reported, and the run goes on.
func (it *item) unpack(ctx context.Context) error {
	if it.keep == nil {
		return nil
	}
	what, err := it.keep(ctx)
	damaged := errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrFormat) || errors.Is(err, zip.ErrAlgorithm) || errors.Is(err, io.ErrUnexpectedEOF)
	switch kind := fault.KindOf(err); {
	case err == nil:
		it.apply = func(context.Context, *db.Tx, *reporter) (outcome, error) { return what, nil }
	case damaged:
		it.reports = append(it.reports, Row{Level: LevelError, Row: it.row, Reason: "the file is damaged in the archive: export it again"})
	case kind == fault.Invalid, kind == fault.TooLarge:
		it.reports = append(it.reports, Row{Level: LevelError, Row: it.row, Reason: fault.TextOf(err)})
	default:
		return err
	}
	return nil
}

// archiveMark stands between an archive's name and that of a table in it.
const archiveMark = " / "

// Next puts away a run that has ended, and begins what comes after it in its
// archive: the files come first, then the tables one after another. It returns
// the zero Run after the last, and for a run of no archive. Repeating it finds
// what was begun.
func (d *Desk) Next(ctx context.Context, ended Run) (next Run, err error) {
	if ended.State == StateRunning {
		return Run{}, nil
	}
	if ended.archive != "" {
		next, err = d.nextTable(ctx, ended)
	}
	return next, errors.Join(err, d.forget(ended))
}

func (d *Desk) nextTable(ctx context.Context, ended Run) (Run, error) {
	a, err := openArchive(ended.archive)
	if errors.Is(err, ErrFile) {
		return Run{}, nil // all of it was imported, and it was removed
	}
	if err != nil {
		return Run{}, err
	}
	defer func() { _ = a.Close() }()
	name, _, _ := strings.Cut(ended.File, archiveMark)
	for _, k := range Kinds[slices.Index(Kinds, ended.Kind)+1:] { // the archive itself is none of them and stands before the first
		f := a.table(k)
		if f == nil {
			continue
		}
		path, err := d.unpackTable(ended.archive, f)
		if err != nil {
			return Run{}, fmt.Errorf("unpack %s: %w", f.Name, err)
		}
		return d.Begin(ctx, Request{Path: path, Name: name + archiveMark + f.Name, Kind: k, archive: ended.archive})
	}
	return Run{}, d.remove(ended.archive)
}

// unpackTable writes a table of an archive into the folder of sent files.
func (d *Desk) unpackTable(archive string, f *zip.File) (string, error) {
	if f.UncompressedSize64 > maxMember {
		return "", ErrArchive.With("a table of the archive is larger than 8 GB: split it, and import the parts one by one")
	}
	r, err := f.Open()
	if err != nil {
		return "", err
	}
	defer func() { _ = r.Close() }()
	name := strings.TrimSuffix(filepath.Base(archive), "."+string(FormatZIP)) + "." + f.Name
	return filepath.Join(d.folder, name), d.store(name, io.LimitReader(r, maxMember))
}
