package admin

import (
	"context"
	"io"
	"slices"
	"strings"

	"korzo/customer/experiment"
	"korzo/insight/trial"
	"korzo/platform/db"
	"korzo/ui"

	"github.com/a-h/templ"
)

// togetherSide is a row of what a layer brought.
type togetherSide struct {
	name string
	trial.Side
}

// heldOutPart is what stands below the list of experiments: what layers brought.
func (a *Admin) heldOutPart(v *visit) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		var all []trial.Together
		err := a.DB.Read(ctx, func(tx *db.Tx) (err error) {
			all, err = trial.TogetherAll(ctx, tx)
			return err
		})
		if err != nil {
			return err
		}
		return v.layers(all).Render(ctx, w)
	})
}

// togetherText is what a layer brought, in a sentence.
func (v *visit) togetherText(t trial.Together) string {
	c := t.Contribution
	if !c.Known {
		return v.T("admin.layer.unknown")
	}
	word := "admin.layer.unproved"
	switch {
	case c.Proved() && c.Diff > 0:
		word = "admin.layer.more"
	case c.Proved():
		word = "admin.layer.less"
	}
	return v.T(word, "Percent", v.percentOf(c.Diff), "Low", v.percentOf(c.Low), "High", v.percentOf(c.High))
}

func (v *visit) togetherColumns() []ui.Column {
	return []ui.Column{{Title: v.T("admin.layer.who")}, ui.Number(v.T("admin.experiment.visitors")), ui.Number(v.T("admin.experiment.conversion")), ui.Number(v.T("admin.layer.left"))}
}

func (v *visit) layersHint(all []experiment.Layer) string {
	if len(all) == 0 {
		return v.T("admin.layer.name_hint")
	}
	names := make([]string, len(all))
	for i, l := range all {
		names[i] = l.Name
	}
	return v.T("admin.layer.there_are", "Names", strings.Join(names, ", "))
}

// readLayer reads where an experiment stands in a layer.
func (f *form) readLayer(d *experiment.Draft) {
	d.Layer = strings.ToLower(strings.TrimSpace(f.get("layer")))
	if d.Layer == "" {
		return
	}
	if f.has("layer.from") && f.get("layer.from") != "0" {
		d.From = f.ppm("layer.from")
	}
	if f.has("layer.to") {
		d.To = f.ppm("layer.to")
	}
	if d.To != 0 && d.From >= d.To {
		f.blame("layer.to", "admin.problem.layer_to")
	}
	if f.has("layer.holdout") && f.get("layer.holdout") != "0" && f.ppm("layer.holdout") > 500_000 {
		f.blame("layer.holdout", "admin.problem.holdout")
	}
}

// saveLayer makes the layer that the form names, or changes what it holds out;
// without a holdout in the form one that is there stays as it is.
func (f *form) saveLayer(ctx context.Context, tx *db.Tx) error {
	name := strings.ToLower(strings.TrimSpace(f.get("layer")))
	if name == "" {
		return nil
	}
	all, err := experiment.Layers(ctx, tx)
	there := slices.ContainsFunc(all, func(l experiment.Layer) bool { return l.Name == name })
	if err != nil || there && !f.has("layer.holdout") {
		return err
	}
	holdout := int64(0)
	if f.has("layer.holdout") && f.get("layer.holdout") != "0" {
		holdout = f.ppm("layer.holdout")
	}
	return experiment.SaveLayer(ctx, tx, name, holdout)
}
