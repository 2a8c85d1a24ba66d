package flow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"korzo/customer/visitor"
	"korzo/platform/db"
	"korzo/platform/fault"
	"korzo/platform/rule"
	"korzo/purchase/flow/widget"
)

// maxWidgets bounds what one checkout carries.
const maxWidgets = 30

// Fitting is a widget of a flow, made and ready to be asked.
type Fitting struct {
	Name  string // unique in its flow
	Place string
	Kind  widget.Kind
	widget.Widget
	when *rule.Program
}

// Stands reports whether the widget is there for a visit whose facts are seen. A
// condition that fails does not hold.
func (f Fitting) Stands(seen map[string]any) bool {
	if f.when == nil {
		return true
	}
	ok, err := f.when.True(seen)
	return ok && err == nil
}

// Asks returns the facts that the widget's condition speaks of.
func (f Fitting) Asks() []string {
	if f.when == nil {
		return nil
	}
	return f.when.Facts()
}

// Fittings returns the widgets of a version, in the document's order. They are
// made once. One whose settings do not hold any more (a later release made them
// stricter) is left out, because a widget must not close a checkout.
func Fittings(ctx context.Context, tx *db.Tx, flow ID, version int64) ([]Fitting, error) {
	v, err := Find(ctx, tx, flow, version)
	if err != nil || len(v.Document.Widgets) == 0 {
		return nil, err
	}
	if v.fitted == nil { // a draft's
		return v.Document.fit(), nil
	}
	return v.fitted(), nil
}

// fitOnce makes the widgets of a version when they are first asked for.
func (v *Version) fitOnce() {
	if len(v.Document.Widgets) > 0 {
		v.fitted = sync.OnceValue(v.Document.fit)
	}
}

// fit makes what can be made of a document's widgets.
func (d Document) fit() (all []Fitting) {
	for _, w := range d.Widgets {
		f, err := w.fit()
		if err != nil {
			slog.Warn("a flow's widget is left out", "flow", d.Name, "widget", w.Name(), "error", err)
			continue
		}
		all = append(all, f)
	}
	return all
}

func (w Widget) fit() (f Fitting, err error) {
	f.Name, f.Place = w.Name(), w.Place
	if f.Widget, err = widget.New(w.Kind, w.Settings); err != nil {
		return f, err
	}
	f.Kind, _ = widget.Find(w.Kind)
	if f.Place == "" {
		f.Place = f.Kind.Places[0]
	}
	if w.When != "" {
		f.when, err = visitor.Compile(w.When)
	}
	return f, err
}

// widgets looks for widgets that could not be made, or stand twice.
func (c *checker) widgets(all []Widget) {
	if len(all) > maxWidgets {
		c.add("widgets", "too_many_widgets", "Most", maxWidgets)
	}
	names, kinds := map[string]bool{}, map[string]bool{}
	for i, w := range all {
		field := fmt.Sprintf("widgets.%d", i+1)
		kind, known := widget.Find(w.Kind)
		if !known {
			c.add(field+".kind", "widget_unknown", "Name", strconv.Quote(w.Kind))
			continue
		}
		switch {
		case names[w.Name()]:
			c.add(field+".id", "widget_name_twice", "Name", strconv.Quote(w.Name()))
		case kinds[w.Kind] && !kind.Many:
			c.add(field+".kind", "widget_twice", "Widget", kind.Say())
		case !methodName.MatchString(w.Name()):
			c.add(field+".id", "no_id", "Name", strconv.Quote(w.ID))
		}
		names[w.Name()], kinds[w.Kind] = true, true
		if w.Place != "" && !slices.Contains(kind.Places, w.Place) {
			c.add(field+".place", "widget_place", "Widget", kind.Say(), "Place", strconv.Quote(w.Place), "Places", kind.Places)
		}
		if _, err := widget.New(w.Kind, w.Settings); err != nil {
			c.unsettled(field+".settings", err)
		}
		if w.When != "" {
			if _, err := visitor.Compile(w.When); err != nil {
				c.unclear(field+".when", err)
			}
		}
	}
}

// unsettled says what is wrong with the settings of a widget.
func (c *checker) unsettled(field string, err error) {
	wrong, ok := errors.AsType[*widget.Unfit](err)
	if !ok {
		c.add(field, "verbatim", "Text", fault.TextOf(err))
		return
	}
	for _, w := range wrong.Fields {
		c.add(strings.TrimSuffix(field+"."+w.Field, "."), "setting", "Text", w.Say)
	}
}

var origin = regexp.MustCompile(`^https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$`)

// embed looks for pages that are no origin, and for a flow to be embedded that
// may stand nowhere.
func (c *checker) embed(d Document) {
	for i, o := range d.Embed.Origins {
		if !origin.MatchString(o) {
			c.add(fmt.Sprintf("embed.origins.%d", i+1), "no_origin", "Name", strconv.Quote(o))
		}
	}
	if d.Layout == Embedded && len(d.Embed.Origins) == 0 {
		c.add("embed.origins", "no_origins")
	}
}
