package pdf_test

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"korzo/platform/i18n"
	"korzo/purchase/document"
	"korzo/purchase/document/pdf"
	"korzo/value/address"
	"korzo/value/calendar"
	"korzo/value/money"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

func eur(minor int64) money.Amount { return money.Of(minor, "EUR") }

func day(text string) calendar.Date {
	d, err := calendar.Parse(text)
	if err != nil {
		panic(err)
	}
	return d
}

func sample(lines int) document.Content {
	c := document.Content{Number: "DE-000007", Kind: document.Invoice, Order: "10042", Locale: "de-DE", Currency: "EUR",
		Placed: day("2030-01-02"), Issued: day("2030-01-03"),
		Seller: document.Party{Name: "Korzo Haus und Tisch GmbH", VATID: "DE123456788", Register: "Amtsgericht Berlin, HRB 1", Email: "rechnung@korzo.example", Phone: "+49 30 1234567",
			Address: address.Address{Name: "Korzo Haus und Tisch GmbH", Line1: "Musterufer 1", City: "Berlin", PostalCode: "10999", Country: "DE"}},
		Buyer: document.Party{Name: "Őri Erzsébet & Söhne", Address: address.Address{Name: "Őri Erzsébet & Söhne", Line1: "Beispielweg 2", City: "Hamburg", PostalCode: "20095", Country: "DE"}},
		Rates: []document.Rate{{PPM: 190_000, Base: eur(3400), Tax: eur(646)}, {PPM: 70_000, Base: eur(1157), Tax: eur(81)}},
		Net:   eur(4557), Tax: eur(727), Total: eur(5284), Paid: eur(5284),
	}
	for i := range lines {
		c.Lines = append(c.Lines, document.Line{Line: fmt.Sprint("lin_", i), SKU: "MUG-RED", Title: "Becher Isar, rot, mit einem langen Namen, der zwei Zeilen braucht", Quantity: 3,
			Unit: eur(1190), Discount: eur(int64(i * 10)), Net: eur(3000), Tax: eur(570), PPM: 190_000})
	}
	c.Charges = []document.Line{{Line: "grp_1", Title: "Standardversand", Quantity: 1, Unit: eur(476), Net: eur(400), Tax: eur(76), PPM: 190_000}}
	return c
}

func words(t *testing.T) *i18n.Catalog {
	t.Helper()
	c := i18n.Load()
	if err := c.Add(pdf.Messages()); err != nil {
		t.Fatal(err)
	}
	if missing := c.Missing(); len(missing) > 0 {
		t.Error(missing)
	}
	c.OnMissing = func(language, id string) { t.Errorf("%s is missing in %s", id, language) }
	return c
}

// KORZO_KEEP_PDF names a folder in which what is drawn is kept, to be looked at.
func keep(t *testing.T, name string, b []byte) {
	t.Helper()
	if dir := os.Getenv("KORZO_KEEP_PDF"); dir != "" {
		if err := os.WriteFile(dir+"/"+name+".pdf", b, 0o600); err != nil {
			t.Error(err)
		}
	}
}

func pages(b []byte) int {
	return bytes.Count(b, []byte("/Type /Page\n"))
}

func TestTheSameDocumentIsTheSameBytesInEachLanguage(t *testing.T) {
	c, seen := words(t), map[string]bool{}
	for _, tag := range i18n.Languages {
		for name, content := range map[string]document.Content{"invoice": sample(3), "credit": credited(), "unpaid": unpaid(),
			"reverse": untaxed("reverse_charge"), "exempt": untaxed("exempt"), "small": untaxed("seller_exempt")} {
			first, err := pdf.Render(content, c.Locale(tag), "https://shop.example/orders/ord_1?token=abc")
			if err != nil {
				t.Fatal(err)
			}
			again, err := pdf.Render(content, c.Locale(tag), "https://shop.example/orders/ord_1?token=abc")
			if err != nil || !bytes.Equal(first, again) {
				t.Errorf("%s %s: the bytes differ: %v", tag, name, err)
			}
			if !bytes.HasPrefix(first, []byte("%PDF-")) || pages(first) != 1 || seen[string(first)] {
				t.Errorf("%s %s: %d pages", tag, name, pages(first))
			}
			seen[string(first)] = true
			keep(t, tag+"-"+name, first)
		}
	}
}

func credited() document.Content {
	c := sample(1)
	c.Kind, c.Number, c.Corrects, c.Reason = document.CreditNote, "DE-C-000001", "DE-000007", "Ein Becher kam zerbrochen an."
	return c
}

func untaxed(reason string) document.Content {
	c := sample(2)
	c.TaxReason, c.Buyer.VATID = reason, "ATU10223006"
	if reason == "reverse_charge" {
		c.VATCheck = &document.Check{Valid: true, Day: day("2030-01-03"), Reference: "WAPIAAAAX1"}
	}
	return c
}

func unpaid() document.Content {
	c := sample(2)
	c.Paid, c.PayBy = eur(1000), day("2030-01-17")
	return c
}

func TestPositionsFlowOverAsManyPagesAsTheyNeed(t *testing.T) {
	c := words(t)
	for lines, want := range map[int]int{1: 1, 30: 3, 200: 16} {
		b, err := pdf.Render(sample(lines), c.Locale("de"), "")
		if err != nil {
			t.Fatal(err)
		}
		if n := pages(b); n != want {
			t.Errorf("%d positions took %d pages, want %d", lines, n, want)
		}
		keep(t, fmt.Sprint("lines-", lines), b)
	}
}

func TestHostileTextIsDrawnAndBreaksNothing(t *testing.T) {
	c := sample(1)
	c.Buyer.Address.Line1 = strings.Repeat("Straße) Tj ET (", 20) + "\x00\n\t😀"
	c.Lines[0].Title = strings.Repeat("unteilbar", 60)
	b, err := pdf.Render(c, words(t).Locale("hu"), strings.Repeat("x", 300))
	if err != nil || !bytes.Contains(b, []byte("%%EOF")) {
		t.Error(err)
	}
}

// The code is printed and read by a scanner that is not ours, in every language.
func TestTheCodeOfAnInvoiceOpensItsLink(t *testing.T) {
	printer, err := exec.LookPath("pdftoppm")
	if err != nil {
		t.Fatal("no printer: scripts/need.sh installs poppler-utils, whose pdftoppm prints the invoice")
	}
	catalog := words(t)
	for _, language := range i18n.Languages {
		link := "https://shop.example/orders/ord_01jcr8z4kq?token=0123456789abcdefghijklmnopqrstuvwxyz-" + language
		b, err := pdf.Render(sample(3), catalog.Locale(language), link)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "invoice.pdf"), b, 0o600); err != nil {
			t.Fatal(err)
		}
		run := exec.CommandContext(t.Context(), printer, "-r", "150", "-gray", "-png", "-singlefile", "invoice.pdf", "invoice")
		if run.Dir = dir; run.Run() != nil {
			t.Fatal("the invoice cannot be printed")
		}
		f, err := os.Open(filepath.Join(dir, "invoice.png"))
		if err != nil {
			t.Fatal(err)
		}
		page, err := png.Decode(f)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		bits, err := gozxing.NewBinaryBitmapFromImage(page)
		if err != nil {
			t.Fatal(err)
		}
		read, err := qrcode.NewQRCodeReader().Decode(bits, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
		if err != nil {
			t.Errorf("%s: the code cannot be read: %v", language, err)
		} else if read.GetText() != link {
			t.Errorf("%s: the code says %q, want %q", language, read.GetText(), link)
		}
	}
}
