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
	begun := time.Now()
	dir := copied(t)
	p := reopened(t, dir)
	for _, name := range []string{"apparel.csv", "home-and-garden.csv", "jewelery.csv"} {
		out, err := exec.Command("korzo", "import", filepath.Join(folder, name), "--kind", "shopify", "--market", "DE", "--location", "loc_berlin", "--data", dir, "--json").Output()
		var told struct{ Import transfer.Run }
		if err == nil {
			err = json.Unmarshal(out, &told)
		}
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
	for wait := 400 * time.Millisecond; ; wait += 150 * time.Millisecond {
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
			if !strings.Contains(out.String(), "600 rows, 300 created") {
				t.Error(out.String())
			}
			break
		}
		if kills++; c.ProcessState.ExitCode() >= 0 || kills > 100 {
			t.Fatal(err, out.String())
		}
	}
	t.Logf("killed %d times", kills)
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
