package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
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
