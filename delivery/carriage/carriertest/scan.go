package carriertest

import (
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/oned"
	"github.com/makiuchi-d/gozxing/qrcode"

	"korzo/delivery/carriage"
)

// scans prints a label and reads both of its codes with a scanner.
func scans(t *testing.T, c carriage.Carrier) {
	l := book(t, c, Parcel("prc_1"))
	if len(l.PDF) < 1000 || string(l.PDF[:5]) != "%PDF-" {
		t.Fatalf("the label is no PDF: %d bytes", len(l.PDF))
	}
	printer, err := exec.LookPath("pdftoppm")
	if err != nil {
		t.Fatal("no printer: scripts/need.sh installs poppler-utils, whose pdftoppm prints the label")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "label.pdf"), l.PDF, 0o600); err != nil {
		t.Fatal(err)
	}
	run := exec.CommandContext(t.Context(), printer, "-r", "203", "-gray", "-png", "-singlefile", "label.pdf", "label")
	if run.Dir = dir; run.Run() != nil {
		t.Fatal("the label cannot be printed")
	}
	f, err := os.Open(filepath.Join(dir, "label.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	page, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	for name, scanner := range map[string]gozxing.Reader{"Code 128": oned.NewCode128Reader(), "QR": qrcode.NewQRCodeReader()} {
		bits, err := gozxing.NewBinaryBitmapFromImage(page)
		if err != nil {
			t.Fatal(err)
		}
		read, err := scanner.Decode(bits, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
		if err != nil {
			t.Errorf("the %s cannot be read: %v", name, err)
		} else if read.GetText() != l.Code {
			t.Errorf("the %s says %q, want %q", name, read.GetText(), l.Code)
		}
	}
}
