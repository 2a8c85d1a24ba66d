package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"korzo/backoffice/transfer"
)

// Shopify's own samples, imported into a running shop, are bought from it a
// moment later.
func TestRealExportsOfShopifySellWithinAMinute(t *testing.T) {
	const folder = "../../../shared/data/shopify-csvs"
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("SKIPPED: the samples are not at %s, so selling Shopify's real exports is not tested", folder)
	}
	dir := copied(t)
	p := reopened(t, dir)
	begun := time.Now()
	for _, name := range []string{"apparel.csv", "home-and-garden.csv", "jewelery.csv"} {
		out, err := exec.Command("korzo", "import", filepath.Join(folder, name), "--kind", "shopify", "--market", "DE", "--location", "loc_berlin", "--data", dir, "--json").Output()
		var told struct{ Import transfer.Run }
		if err == nil {
			err = json.Unmarshal(out, &told)
		}
		t.Logf("%s: %d products after %.1f s", name, told.Import.Created, time.Since(begun).Seconds())
		if err != nil || told.Import.State != transfer.StateDone || told.Import.Failed != 0 || told.Import.Created == 0 {
			t.Fatalf("%s: %v %+v %s", name, err, told.Import, out)
		}
	}
	b := buyerAt(t, p.addr, dir)
	for _, sku := range []string{"OCEAN-BLUE-SHIRT", "CHAIN-BRACELET-BLUE", "CLAY-PLANT-POT-LARGE"} {
		c, err := b.checkout(sku, "sandbox:approve")
		if err == nil {
			c, err = b.complete(c)
		}
		if err != nil || c.Status != "completed" {
			t.Errorf("%s: %v, the checkout is %s: %s", sku, err, c.Status, c.Messages)
		}
		t.Logf("%s: sold after %.1f s", sku, time.Since(begun).Seconds())
	}
	if took := time.Since(begun); took > time.Minute {
		t.Errorf("it took %v", took)
	}
	if err := p.close(); err != nil {
		t.Error(err)
	}
	if out, err := exec.Command("korzo", "verify", "--data", dir).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// Law: an import that is killed at whatever moment, and run again, leaves what
// an import in one go leaves.
func TestAnImportThatIsKilledAndRunAgainImportsEverythingOnce(t *testing.T) {
	const products = 300
	dir := copied(t)
	var in, want strings.Builder
	in.WriteString("Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price\n")
	for i := range products {
		fmt.Fprintf(&in, "killed-%d,Killed %d,Size,S,KILLED-%d-S,3,10\nkilled-%d,,,L,KILLED-%d-L,4,11.50\n", i, i, i, i, i)
		n := products - 1 - i
		fmt.Fprintf(&want, "KILLED-%d-S,DE,10.00,EUR\nKILLED-%d-L,DE,11.50,EUR\nKILLED-%d-S,loc_berlin,3\nKILLED-%d-L,loc_berlin,4\n", n, n, n, n)
	}
	path := filepath.Join(dir, "killed.csv")
	if err := os.WriteFile(path, []byte(in.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	kills := 0
	for wait := 100 * time.Millisecond; ; wait += 150 * time.Millisecond {
		c := exec.Command("korzo", "import", path, "--kind", "shopify", "--market", "DE", "--location", "loc_berlin", "--data", dir)
		var out strings.Builder
		c.Stdout, c.Stderr = &out, &out
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(wait, func() { _ = c.Process.Kill() })
		err := c.Wait()
		timer.Stop()
		if err == nil {
			// Who was killed after the last row was written, and before saying so, finds them all the same.
			if text := out.String(); !strings.Contains(text, "600 rows, 300 created") && !(kills > 0 && strings.Contains(text, "600 rows, 0 created, 0 changed, 300 the same, 0 not taken")) {
				t.Error(text)
			}
			break
		}
		if kills++; c.ProcessState.ExitCode() >= 0 || kills > 100 {
			t.Fatal(err, out.String())
		}
	}
	if t.Logf("killed %d times", kills); kills == 0 {
		t.Error("it was not killed once: begin with a shorter wait")
	}
	if got := ofKilled(t, dir); len(got) != 4*products || !same(got, strings.Split(strings.TrimSpace(want.String()), "\n")) {
		t.Errorf("%d lines: %v", len(got), got[:min(8, len(got))])
	}
	if out, err := exec.Command("korzo", "verify", "--data", dir).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// ofKilled is the prices and the stock of the killed import, where there is any.
func ofKilled(t *testing.T, dir string) (all []string) {
	t.Helper()
	for _, kind := range []string{"prices", "stock"} {
		out, err := exec.Command("korzo", "export", "-", "--kind", kind, "--format", "csv", "--data", dir).Output()
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(out)) {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "KILLED") && !strings.HasSuffix(line, ",0") {
				all = append(all, line)
			}
		}
	}
	return all
}

func same(a, b []string) bool {
	left := map[string]int{}
	for _, s := range a {
		left[s]++
	}
	for _, s := range b {
		left[s]--
	}
	for _, n := range left {
		if n != 0 {
			return false
		}
	}
	return true
}

// Law: orders of another system, killed at whatever moment and run again, come
// in as in one go: Online Retail, the part of it that is kept with the project.
func TestOnlineRetailThatIsKilledAndRunAgainIsTheSame(t *testing.T) {
	const part, mapping = "../../backoffice/transfer/testdata/online-retail-part.csv", "../../docs/mappings/online-retail.json"
	importInto := func(dir string) *exec.Cmd {
		return exec.Command("korzo", "import", part, "--mapping", mapping, "--market", "DE", "--data", dir, "--json")
	}
	whole, killed := copied(t), copied(t)
	_, _ = importInto(whole).Output() // ends with 1: some rows are reported
	kills := 0
	for wait := 100 * time.Millisecond; ; wait += 120 * time.Millisecond {
		c := importInto(killed)
		var out strings.Builder
		c.Stdout = &out
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(wait, func() { _ = c.Process.Kill() })
		err := c.Wait()
		timer.Stop()
		if c.ProcessState.ExitCode() >= 0 {
			if !strings.Contains(out.String(), `"rows": 1913`) {
				t.Error(err, out.String())
			}
			break
		}
		if kills++; kills > 100 {
			t.Fatal(err)
		}
	}
	if t.Logf("killed %d times", kills); kills == 0 {
		t.Error("it was not killed once: begin with a shorter wait")
	}
	one, other := linesSold(t, whole), linesSold(t, killed)
	if len(one) < 1500 || !same(one, other) {
		t.Errorf("%d lines in one go, %d after kills", len(one), len(other))
	}
	if out, err := exec.Command("korzo", "verify", "--data", killed).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// linesSold are the lines of imported orders without what is drawn by lot.
func linesSold(t *testing.T, dir string) (all []string) {
	t.Helper()
	out, err := exec.Command("korzo", "export", "-", "--kind", "orders", "--format", "json", "--data", dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	var orders []struct {
		Number, Source, Total, PlacedAt string
		Lines                           []struct {
			SKU, Refunded      string
			Quantity, Returned int64
		}
	}
	if err := json.Unmarshal(out, &orders); err != nil {
		t.Fatal(err)
	}
	for _, o := range orders {
		for _, l := range o.Lines {
			if o.Source == "online-retail" {
				all = append(all, fmt.Sprint(o.Number, o.Total, l))
			}
		}
	}
	return all
}
