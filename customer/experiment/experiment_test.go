package experiment_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"testing"

	"korzo/customer/experiment"
	"korzo/customer/visitor"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/platform/event"
	"korzo/platform/flaw"
	"korzo/platform/i18n"
	"korzo/platform/remember"
	"korzo/platform/rule"
	"korzo/platform/seal"

	"pgregory.net/rapid"
)

var schemas = []fs.FS{remember.Schema, event.Schema, experiment.Schema}

var button = experiment.Point{Kind: experiment.PointFeature, Key: "button"}

func draft(key string) experiment.Draft {
	return experiment.Draft{Key: key, Name: key, Point: button, Arms: []experiment.Arm{
		{Key: "control", Weight: 500_000}, {Key: "green", Weight: 500_000, Value: json.RawMessage(`"green"`)}}}
}

// begin creates and starts an experiment.
func begin(t testing.TB, d *db.DB, draft experiment.Draft) (e experiment.Experiment) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) (err error) {
		if e, err = experiment.Create(t.Context(), tx, draft); err == nil {
			e, err = experiment.Start(t.Context(), tx, e.ID)
		}
		return err
	})
	return e
}

func expose(t testing.TB, d *db.DB, v visitor.Visit, customer string) (a experiment.Assignment) {
	t.Helper()
	dbtest.Write(t, d, func(tx *db.Tx) (err error) {
		a, err = experiment.Expose(t.Context(), tx, button, v, customer)
		return err
	})
	return a
}

func unit(n int) visitor.Visit { return visitor.Visit{Visitor: fmt.Sprint("vis_", n)} }

// exposures counts who was exposed, by phase and arm.
func exposures(t testing.TB, d *db.DB, id experiment.ID) map[string]int64 {
	t.Helper()
	counts := map[string]int64{}
	dbtest.Read(t, d, func(tx *db.Tx) error {
		all, err := experiment.Counts(t.Context(), tx, id)
		for _, c := range all {
			counts[fmt.Sprint(c.Phase, "/", c.Arm)] += c.Units
		}
		return err
	})
	return counts
}

func TestAUnitKeepsItsArmThroughSignInWeightsAndAnotherDevice(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		e := begin(t, d, draft("colour"))
		arms := map[string]string{}
		for i := range 200 {
			arms[unit(i).Visitor] = expose(t, d, unit(i), "").Arm
		}
		dbtest.Write(t, d, func(tx *db.Tx) error { return experiment.Recognise(t.Context(), tx, "vis_7", "cus_7") })
		if a := expose(t, d, visitor.Visit{Visitor: "vis_laptop"}, "cus_7"); a.Arm != arms["vis_7"] || a.Unit != "vis_7" {
			t.Errorf("on another device the customer is given %q as %s, want %q as vis_7", a.Arm, a.Unit, arms["vis_7"])
		}
		dbtest.Write(t, d, func(tx *db.Tx) (err error) {
			_, err = experiment.Reweigh(t.Context(), tx, e.ID, []int64{100_000, 900_000}, 1_000_000)
			return err
		})
		for i := range 200 {
			if a := expose(t, d, unit(i), ""); a.Arm != arms[a.Unit] || a.Phase != 1 {
				t.Fatalf("%s is given %s of phase %d after the weights changed, had %s", a.Unit, a.Arm, a.Phase, arms[a.Unit])
			}
		}
		for i := range 200 {
			if a := expose(t, d, unit(1000+i), ""); a.Phase != 2 {
				t.Fatalf("who comes new counts in phase %d, want 2", a.Phase)
			}
		}
		n := exposures(t, d, e.ID)
		if n["1/control"]+n["1/green"] != 200 || n["2/control"]+n["2/green"] != 200 || n["2/green"] < 160 {
			t.Errorf("exposures %v", n)
		}
	})
}

func TestWhoIsExposedTwiceAtOnceIsWrittenDownOnce(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		e := begin(t, d, draft("colour"))
		var wg sync.WaitGroup
		arms := make([]string, 25)
		for i := range arms {
			wg.Go(func() {
				err := d.Write(t.Context(), func(tx *db.Tx) error {
					a, err := experiment.Expose(t.Context(), tx, button, unit(1), "")
					arms[i] = a.Arm
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, arm := range arms {
			if arm != arms[0] {
				t.Errorf("arms %v", arms)
			}
		}
		if n := exposures(t, d, e.ID); n["1/control"]+n["1/green"] != 1 {
			t.Errorf("exposures %v, want one", n)
		}
	})
}

func TestARolloutGrowsWithoutMovingAnybody(t *testing.T) {
	d := dbtest.SQLite(t, schemas)
	dr := draft("roll")
	dr.Kind = experiment.Rollout
	e := begin(t, d, dr)
	had := map[string]string{}
	for stage := range int64(len(experiment.Stages) - 1) {
		if stage > 0 {
			dbtest.Write(t, d, func(tx *db.Tx) (err error) {
				_, err = experiment.SetStage(t.Context(), tx, e.ID, stage)
				return err
			})
		}
		count := map[string]int{}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			for i := range 4000 {
				a, err := experiment.Decide(t.Context(), tx, button, unit(i))
				if err != nil {
					return err
				}
				if before, ok := had[unit(i).Visitor]; ok && before != a.Arm {
					t.Fatalf("stage %d moves %s from %s to %q", stage, unit(i).Visitor, before, a.Arm)
				}
				if a.Arm != "" {
					had[unit(i).Visitor] = a.Arm
				}
				count[a.Arm]++
			}
			return nil
		})
		want := 40 * experiment.Stages[stage]
		for _, arm := range []string{"control", "green"} {
			if off := count[arm] - want; off*off > 16*want+100 {
				t.Errorf("stage %d: %d of 4000 see %s, want about %d", stage, count[arm], arm, want)
			}
		}
	}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := experiment.SetStage(t.Context(), tx, e.ID, int64(len(experiment.Stages)-1))
		return err
	})
	if !errors.Is(err, experiment.ErrState) {
		t.Errorf("the last stage is a release, not a stage: %v", err)
	}
}

func TestTwoExperimentsKnowNothingOfEachOtherUnlessTheyShareALayer(t *testing.T) {
	d := dbtest.SQLite(t, schemas)
	one, two := draft("one"), draft("two")
	two.Point.Key = "banner"
	begin(t, d, one)
	begin(t, d, two)
	both := map[[2]string]int{}
	dbtest.Read(t, d, func(tx *db.Tx) error {
		for i := range 4000 {
			a, err := experiment.Decide(t.Context(), tx, one.Point, unit(i))
			if err != nil {
				return err
			}
			b, err := experiment.Decide(t.Context(), tx, two.Point, unit(i))
			if err != nil {
				return err
			}
			both[[2]string{a.Arm, b.Arm}]++
		}
		return nil
	})
	for pair, n := range both {
		if n < 900 || n > 1100 {
			t.Errorf("%v: %d of 4000, want about 1000", pair, n)
		}
	}
	dbtest.Write(t, d, func(tx *db.Tx) error { return experiment.SaveLayer(t.Context(), tx, "checkout", 100_000) })
	left, right := draft("left"), draft("right")
	left.Point.Key, right.Point.Key = "shared", "shared"
	left.Layer, right.Layer = "checkout", "checkout"
	left.To, right.From = 500_000, 500_000
	begin(t, d, left)
	begin(t, d, right)
	took := map[experiment.ID]int{}
	dbtest.Read(t, d, func(tx *db.Tx) error {
		for i := range 4000 {
			a, err := experiment.Decide(t.Context(), tx, left.Point, unit(i))
			if err != nil {
				return err
			}
			took[a.Experiment]++
		}
		return nil
	})
	if len(took) != 3 || took[""] < 320 || took[""] > 480 {
		t.Errorf("%v: want two experiments that share nobody and a tenth held out", took)
	}
}

func TestTheLifeOfAnExperiment(t *testing.T) {
	dbtest.Each(t, schemas, func(t *testing.T, d *db.DB) {
		e := begin(t, d, draft("colour"))
		taken := draft("other")
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			o, err := experiment.Create(t.Context(), tx, taken)
			if err == nil {
				_, err = experiment.Start(t.Context(), tx, o.ID)
			}
			return err
		})
		if !errors.Is(err, experiment.ErrBusy) {
			t.Errorf("a second experiment about the same: %v, want ErrBusy", err)
		}
		before := expose(t, d, unit(1), "")
		end := func(to experiment.State) error {
			return d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := experiment.End(t.Context(), tx, e.ID, to, "it harms")
				return err
			})
		}
		if err := errors.Join(end(experiment.StateRolledBack), end(experiment.StateRolledBack)); err != nil {
			t.Error(err)
		}
		if err := end(experiment.StateReleased); !errors.Is(err, experiment.ErrState) {
			t.Errorf("releasing what was rolled back: %v, want ErrState", err)
		}
		if a := expose(t, d, unit(1), ""); a.Arm != "" || before.Arm == "" {
			t.Errorf("after the roll-back an exposed unit is given %q, had %q", a.Arm, before.Arm)
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			facts, err := event.Facts(t.Context(), tx, "experiment.moved", 0, 10)
			if len(facts) != 2 {
				t.Errorf("%d facts, want started and rolled back", len(facts))
			}
			return err
		})
	})
}

// What is wrong is told by field, in English and in the language of whoever reads.
func TestWhatIsNoExperiment(t *testing.T) {
	d := dbtest.SQLite(t, schemas)
	words := i18n.Load()
	if err := errors.Join(words.Add(experiment.Messages()), words.Add(rule.Messages())); err != nil {
		t.Fatal(err)
	}
	for _, missing := range words.Missing() {
		t.Error(missing)
	}
	for _, tt := range []struct {
		name         string
		change       func(*experiment.Draft)
		want, german string
	}{
		{"no name", func(d *experiment.Draft) { d.Name = "" }, "name:", "einen Namen von höchstens 200"},
		{"an unknown fact", func(d *experiment.Draft) { d.Target = `weather == "rain"` }, "target:", "weather"},
		{"one arm", func(d *experiment.Draft) { d.Arms = d.Arms[:1] }, "arms:", "2 bis 10"},
		{"two arms of one key", func(d *experiment.Draft) { d.Arms[1].Key = "control" }, "arms.2:", "eigenen Schlüssel"},
		{"weights that leave somebody out", func(d *experiment.Draft) { d.Arms[1].Weight = 400_000 }, "900000", "ergeben 900000"},
		{"a value that is no JSON", func(d *experiment.Draft) { d.Arms[1].Value = json.RawMessage(`{`) }, "arms.2:", "kein JSON"},
		{"no point", func(d *experiment.Draft) { d.Point.Key = "" }, "point:", "was verglichen wird"},
		{"three days", func(d *experiment.Draft) { d.Plan.Days = 3 }, "plan.days:", "7 bis 90 Tage"},
	} {
		dr := draft("x")
		tt.change(&dr)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := experiment.Create(t.Context(), tx, dr)
			return err
		})
		wrong, ok := errors.AsType[*flaw.Error](err)
		if !ok || !errors.Is(err, experiment.ErrInvalid) || !strings.Contains(err.Error(), tt.want) || !strings.Contains(wrong.In(words.Locale("de")), tt.german) {
			t.Errorf("%s: %v, want ErrInvalid with %q and %q", tt.name, err, tt.want, tt.german)
		}
	}
}

func TestAVisitorIDCannotBeMadeUp(t *testing.T) {
	k, err := seal.Open(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	issued := experiment.NewVisitor(k, dbtest.Noon)
	vis := experiment.Visitor(k, issued)
	if vis == "" || !strings.HasPrefix(issued, vis+".") {
		t.Errorf("issued %q is read as %q", issued, vis)
	}
	for _, forged := range []string{"", vis, vis + ".", vis + ".0123456789abcdef", "vis_other" + strings.TrimPrefix(issued, vis)} {
		if got := experiment.Visitor(k, forged); got != "" {
			t.Errorf("%q is taken for %q", forged, got)
		}
	}
}

// The cases of GrowthBook's specification that are about what we share with
// its programs: the hash of version 2, the places of arms, and picking one. Why
// each other group is not ours stands in docs/flags.md; what we send to its
// programs is decided by them as by us in channel/flag.
func TestGrowthBooksCases(t *testing.T) {
	text, err := os.ReadFile("../../../shared/data/growthbook/cases.json")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the shared data is not here")
	}
	var cases struct {
		Hash   [][]any `json:"hash"`
		Ranges [][]any `json:"getBucketRange"`
		Choose [][]any `json:"chooseVariation"`
	}
	if err := errors.Join(err, json.Unmarshal(text, &cases)); err != nil {
		t.Fatal(err)
	}
	passed := 0
	for _, c := range cases.Hash {
		if want, ok := c[3].(float64); ok && c[2] == 2.0 {
			passed++
			if got := experiment.Bucket(experiment.GrowthBook, c[0].(string), c[1].(string)); got != want {
				t.Errorf("hash %v is %v", c, got)
			}
		}
	}
	for _, c := range cases.Ranges {
		in, want := c[1].([]any), pairs(c[2])
		weights := floats(in[2])
		coverage, sum := in[1].(float64), 0.0
		for _, w := range weights {
			sum += w
		}
		if weights == nil || len(weights) != int(in[0].(float64)) || sum < 0.99 || sum > 1.01 || coverage < 0 || coverage > 1 {
			// What we refuse when it is written; GrowthBook mends it in silence.
			weights, coverage = equal(int(in[0].(float64))), min(max(coverage, 0), 1)
		}
		got := experiment.BucketRanges(coverage, weights)
		for i, r := range got {
			if d := r.From - want[i].From + r.To - want[i].To; d > 1e-6 || d < -1e-6 {
				t.Errorf("%v: %v, want %v", c[0], got, want)
			}
		}
		passed++
	}
	for _, c := range cases.Choose {
		if got := experiment.Pick(c[1].(float64), pairs(c[2])); got != int(c[3].(float64)) {
			t.Errorf("%v: %d, want %v", c[0], got, c[3])
		}
		passed++
	}
	t.Logf("%d cases pass", passed)
	if passed != 42 {
		t.Errorf("%d cases were tried, want 16 hashes, 13 ranges and 13 choices", passed)
	}
}

func equal(n int) []float64 {
	all := make([]float64, n)
	for i := range all {
		all[i] = 1 / float64(n)
	}
	return all
}

func floats(v any) (all []float64) {
	list, _ := v.([]any)
	for _, one := range list {
		all = append(all, one.(float64))
	}
	return all
}

func pairs(v any) (all []experiment.Range) {
	for _, one := range v.([]any) {
		p := floats(one)
		all = append(all, experiment.Range{From: p[0], To: p[1]})
	}
	return all
}

// A program that reads the payload as GrowthBook's specification says decides
// as we do, whatever the feature and the visit.
func TestWhatIsSentToProgramsDecidesAsWeDo(t *testing.T) {
	d := dbtest.SQLite(t, schemas)
	targets := []string{`market == "DE"`, `market in ["DE", "HU"] && device.kind == "phone"`, `customer.known`, `!visit.new`}
	dr := draft("colour")
	dr.Hash, dr.Coverage, dr.Target = experiment.GrowthBook, 600_000, targets[1]
	begin(t, d, dr)
	rapid.Check(t, func(r *rapid.T) {
		f := experiment.Feature{Key: "button", Off: rapid.IntRange(0, 9).Draw(r, "off") == 0, Default: json.RawMessage(`"grey"`)}
		for i := range rapid.IntRange(0, 2).Draw(r, "rules") {
			f.Rules = append(f.Rules, experiment.Case{Target: rapid.SampledFrom(targets).Draw(r, "target"), Value: json.RawMessage(fmt.Sprintf(`"rule %d"`, i))})
		}
		v := visitor.Visit{Visitor: fmt.Sprint("vis_", rapid.IntRange(0, 9999).Draw(r, "visitor")), Market: rapid.SampledFrom([]string{"DE", "HU", "US"}).Draw(r, "market"),
			Device:   visitor.Device{Kind: rapid.SampledFrom([]string{"phone", "desktop"}).Draw(r, "device")},
			Customer: visitor.Buyer{Known: rapid.Bool().Draw(r, "known")}, Path: visitor.Path{New: rapid.Bool().Draw(r, "new")}}
		dbtest.Write(t, d, func(tx *db.Tx) error { return experiment.SaveFeature(t.Context(), tx, f) })
		dbtest.Read(t, d, func(tx *db.Tx) error {
			ours, err := experiment.Evaluate(t.Context(), tx, "button", v)
			if err != nil {
				return err
			}
			payload, err := experiment.Payload(t.Context(), tx)
			if theirs := read(payload["button"], v); string(ours.Value) != theirs {
				r.Errorf("%+v for %+v: %s here, %s there", f, v, ours.Value, theirs)
			}
			return err
		})
	})
}

// read evaluates a payload's feature as GrowthBook's specification says.
func read(f experiment.PayloadFeature, v visitor.Visit) string {
	facts := v.Facts()
	for _, r := range f.Rules {
		holds := true
		for fact, one := range r.Condition {
			in := false
			for _, value := range one.(map[string]any)["$in"].([]any) {
				in = in || value == facts[fact]
			}
			holds = holds && in
		}
		if !holds {
			continue
		}
		if r.Force != nil {
			return string(r.Force)
		}
		n := experiment.Bucket(experiment.GrowthBook, r.Seed, v.Visitor)
		for i, place := range r.Ranges {
			if n >= place[0] && n < place[1] {
				return string(r.Variations[i])
			}
		}
	}
	return string(f.Default)
}
