package admin

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"korzo/customer/visitor"
	"korzo/delivery/method"
	"korzo/offer/market"
	"korzo/platform/db"
	"korzo/platform/rule"
	"korzo/purchase/flow"
	"korzo/purchase/payment/paymethod"
	"korzo/ui"
)

// flowEdit is all that the page of one flow shows.
type flowEdit struct {
	Version  flow.Version // that is being edited, as it is stored
	Live     int64        // the published version; 0 for none
	Doc      flow.Document
	Plain    rule.Plain
	Sayable  bool // the trigger can be said in people's words
	Digits   int
	Markets  []market.Market
	Channels []market.Channel
	Delivery []method.Method
	Ways     map[string][]paymethod.Method // by market: what may be offered, the merchant's own first
	Problems []flow.Problem                // that keep Doc from being published
	Baskets  []basketChoice
	Carriers []string // the shop's
	Frame    string   // the address of the preview
}

func (e flowEdit) path(parts ...string) string {
	return strings.Join(append([]string{Prefix + "/flows/" + string(e.Version.Flow)}, parts...), "/")
}

// isDraft reports whether saving changes this version and not a new one.
func (e flowEdit) isDraft() bool { return e.Version.State == flow.StateDraft }

// loadFlow reads a flow and what an editor of it offers. version 0 is its draft,
// or else the newest.
func (a *Admin) loadFlow(ctx context.Context, tx *db.Tx, id flow.ID, version int64) (e flowEdit, err error) {
	all, err := flow.Versions(ctx, tx, id)
	if err != nil {
		return e, err
	}
	e.Version, e.Carriers = all[0], a.Dispatch.Carriers.Names()
	for _, one := range all {
		if one.State == flow.StatePublished {
			e.Live = one.Version
		}
		if one.Version == version || version == 0 && one.State == flow.StateDraft {
			e.Version = one
		}
	}
	if version > 0 && e.Version.Version != version {
		return e, flow.ErrNotFound
	}
	e.Doc = e.Version.Document
	if e.Markets, err = market.All(ctx, tx); err != nil {
		return e, err
	}
	if e.Channels, err = market.Channels(ctx, tx); err != nil {
		return e, err
	}
	if e.Delivery, err = method.All(ctx, tx); err != nil {
		return e, err
	}
	if e.Baskets, err = a.baskets(ctx, tx); err != nil {
		return e, err
	}
	e.Digits = minorDigits(e.Markets)
	return e, e.findWays(ctx, tx)
}

// findWays lists the ways to pay that each market may be offered.
func (e *flowEdit) findWays(ctx context.Context, tx *db.Tx) error {
	e.Ways = map[string][]paymethod.Method{}
	for _, m := range e.Markets {
		own, err := paymethod.Settings(ctx, tx, m.ID)
		if err != nil {
			return err
		}
		ways := []paymethod.Method{}
		for _, s := range own {
			if way, ok := paymethod.Find(s.Method); ok && s.Enabled {
				ways = append(ways, way)
			}
		}
		for _, way := range paymethod.All() {
			if !way.InStore && way.Pays(m.Currency) && !slices.ContainsFunc(ways, func(w paymethod.Method) bool { return w.ID == way.ID }) {
				ways = append(ways, way)
			}
		}
		e.Ways[m.ID] = ways
	}
	return nil
}

// showFlow shows the editor of a flow.
func (a *Admin) showFlow(v *visit) error {
	f := v.newForm()
	f.readOnly = !v.can("flows.write")
	var e flowEdit
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		version, _ := strconv.ParseInt(v.query("version"), 10, 64)
		if e, err = a.loadFlow(v.ctx(), tx, flow.ID(v.r.PathValue("id")), version); err != nil {
			return err
		}
		f.fillFlow(&e)
		e.Problems, err = flow.Check(v.ctx(), tx, e.Doc)
		return err
	})
	if err != nil {
		return err
	}
	return a.answerFlow(v, http.StatusOK, f, e)
}

func (a *Admin) answerFlow(v *visit, status int, f *form, e flowEdit) error {
	var err error
	if e.Frame, err = a.frame(v, f, e); err != nil {
		return err
	}
	return v.show(status, v.flowPage(e, f))
}

// saveFlow does what a button of the editor says: show what was typed, save it
// as the draft, or publish it too.
func (a *Admin) saveFlow(v *visit) error {
	f, id := v.form(), flow.ID(v.r.PathValue("id"))
	var e flowEdit
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		version, _ := strconv.ParseInt(f.get("version"), 10, 64)
		if e, err = a.loadFlow(v.ctx(), tx, id, version); err != nil {
			return err
		}
		f.readFlow(&e)
		e.Problems, err = flow.Check(v.ctx(), tx, e.Doc)
		return err
	})
	if err != nil {
		return err
	}
	do := f.get("do")
	if f.has("move") || do != "save" && do != "publish" && do != "plan" {
		return a.answerFlow(v, http.StatusOK, f, e)
	}
	if do == "publish" || do == "plan" {
		e.blame(v, f)
	}
	at := f.moment("publish_at", v.zone)
	if do == "plan" && at.IsZero() {
		f.blame("publish_at", "admin.problem.time")
	}
	if !f.ok() {
		return a.answerFlow(v, http.StatusUnprocessableEntity, f, e)
	}
	_, status, err := a.put(v, f, "flow."+do, func(tx *db.Tx) (string, error) {
		saved, err := flow.Save(v.ctx(), tx, id, e.Doc)
		switch {
		case err != nil:
		case do == "publish":
			err = flow.Publish(v.ctx(), tx, id, saved.Version)
		case do == "plan":
			err = flow.PublishAt(v.ctx(), tx, id, saved.Version, at)
		}
		return string(id), err
	})
	if err != nil {
		return err
	}
	if status != 0 {
		return a.answerFlow(v, status, f, e)
	}
	return v.done(e.path(), map[string]string{"save": "flow_saved", "publish": "flow_published", "plan": "flow_planned"}[do])
}

// blame says by the field what keeps a document from being published.
func (e flowEdit) blame(v *visit, f *form) {
	for _, p := range e.Problems {
		field := p.Field
		if parts := strings.SplitN(field, ".", 3); parts[0] == "widgets" && len(parts) == 3 {
			field = parts[0] + "." + parts[1]
		}
		if strings.HasPrefix(field, "embed.origins") {
			field = "embed.origins"
		}
		f.label(field, p.FieldIn(v.Locale))
		f.wrong(field, p.In(v.Locale))
	}
}

// asked are the fields a flow decides about, by their names in the form.
func asked(d *flow.Document) map[string]*flow.Ask {
	return map[string]*flow.Ask{"asks.shipping_address": &d.Asks.Address, "asks.billing_address": &d.Asks.Billing, "asks.phone": &d.Asks.Phone, "asks.company": &d.Asks.Company}
}

// askNames are those fields in the order of a checkout.
var askNames = []string{"asks.shipping_address", "asks.billing_address", "asks.phone", "asks.company"}

// fillFlow writes a document into the form.
func (f *form) fillFlow(e *flowEdit) {
	d := &e.Doc
	f.set("name", d.Name)
	f.set("layout", string(d.Layout))
	f.setNumber("priority", d.Priority)
	f.set("pickup", string(d.Pickup))
	f.set("theme.accent", d.Theme.Accent)
	if d.HoldMinutes > 0 {
		f.setNumber("hold_minutes", d.HoldMinutes)
	}
	if d.HoldFrom != flow.HoldAtPayment {
		f.set("hold_from", d.HoldFrom)
	}
	if d.UndoSeconds > 0 {
		f.setNumber("undo_seconds", d.UndoSeconds)
	}
	f.set("tax", d.Tax)
	f.set("carriers", strings.Join(d.Carriers, ", "))
	f.set("embed.origins", strings.Join(d.Embed.Origins, "\n"))
	f.setAll("steps", d.StepOrder())
	f.setAll("shipping", d.Shipping)
	f.set("route", strings.Join(d.Route, ", "))
	for market, ways := range d.Payments {
		f.setAll("payments."+market, ways)
	}
	for market, route := range d.Routes {
		f.set("routes."+market, strings.Join(route, ", "))
	}
	for name, ask := range asked(d) {
		f.set(name, string(*ask))
	}
	f.set("trigger", d.Trigger)
	e.Plain, e.Sayable = visitor.Plain(d.Trigger)
	f.fillPlain(e.Plain, e.Digits)
	f.fillWidgets(d.Widgets, e.Markets)
}

// readFlow reads the document of the form into e. What the form has no field
// for stays as it was.
func (f *form) readFlow(e *flowEdit) {
	d := &e.Doc
	d.Name, d.Layout, d.Pickup = f.get("name"), flow.Layout(f.get("layout")), flow.Pickup(f.get("pickup"))
	d.Priority, d.HoldMinutes, d.UndoSeconds = f.whole("priority"), f.whole("hold_minutes"), f.whole("undo_seconds")
	d.HoldFrom = f.get("hold_from")
	d.Tax, d.Carriers, d.Embed.Origins = f.get("tax"), words(f.get("carriers")), strings.Fields(f.get("embed.origins"))
	d.Theme.Accent = strings.ToLower(f.get("theme.accent"))
	d.Shipping, d.Route = f.all("shipping"), words(f.get("route"))
	f.setAll("steps", f.ordered("steps"))
	if d.Steps = f.all("steps"); slices.Equal(d.Steps, flow.Document{}.StepOrder()) {
		d.Steps = nil
	}
	for name, ask := range asked(d) {
		*ask = flow.Ask(f.get(name))
	}
	d.Payments, d.Routes = map[string][]string{}, nil
	for _, m := range e.Markets {
		name := "payments." + m.ID
		f.setAll(name+".order", f.ordered(name+".order"))
		chosen := f.all(name)
		for _, id := range f.all(name + ".order") {
			if slices.Contains(chosen, id) {
				d.Payments[m.ID] = append(d.Payments[m.ID], id)
			}
		}
		if route := words(f.get("routes." + m.ID)); len(route) > 0 {
			if d.Routes == nil {
				d.Routes = map[string][]string{}
			}
			d.Routes[m.ID] = route
		}
	}
	d.Trigger, e.Plain, e.Sayable = f.trigger(e.Digits, f.get("do"))
	d.Widgets = f.readWidgets(e.Markets)
}

// ordered is a list of the form in its order, after the button that moves one
// of it up or down: "steps:contact:down".
func (f *form) ordered(name string) []string {
	all := slices.Clone(f.all(name))
	of, rest, _ := strings.Cut(f.get("move"), "|")
	item, way, _ := strings.Cut(rest, ":")
	i := slices.Index(all, item)
	j := i + 1
	if way == "up" {
		j = i - 1
	}
	if of == name && i >= 0 && j >= 0 && j < len(all) {
		all[i], all[j] = all[j], all[i]
	}
	return all
}

// ways are a market's ways to pay as the form lists them: the flow's in their
// order, then the others.
func (e flowEdit) ways(f *form, market string) (all []paymethod.Method) {
	order := f.all("payments." + market + ".order")
	if len(order) == 0 {
		order = f.all("payments." + market)
	}
	all = slices.Clone(e.Ways[market])
	rank := func(m paymethod.Method) int {
		if i := slices.Index(order, m.ID); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(all, func(a, b paymethod.Method) int { return cmp.Compare(rank(a), rank(b)) })
	return all
}

// deliveries are the delivery methods of a market.
func (e flowEdit) deliveries(market string) (all []method.Method) {
	for _, m := range e.Delivery {
		if m.Market == market && m.Active {
			all = append(all, m)
		}
	}
	return all
}

func methodName(m method.Method, tag string) string {
	for _, l := range []string{tag, "en"} {
		if m.Name[l] != "" {
			return m.Name[l]
		}
	}
	for _, name := range m.Name {
		return name
	}
	return m.ID
}

// importFlow makes a draft of a file: of the flow it is sent to, or a new one.
func (a *Admin) importFlow(v *visit) error {
	if err := v.r.ParseMultipartForm(1 << 20); err != nil {
		return errForm
	}
	f := v.newForm()
	file, _, err := v.r.FormFile("file")
	if err != nil {
		f.blame("file", "admin.problem.file")
		return a.answerNewFlow(v, http.StatusUnprocessableEntity, f)
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, maxFlowFile))
	if err != nil {
		return errForm
	}
	doc, err := flow.Import(text)
	var to flow.ID
	if err == nil {
		err = a.DB.Write(v.ctx(), func(tx *db.Tx) error {
			saved, err := flow.Save(v.ctx(), tx, "", doc)
			to = saved.Flow
			return errors.Join(err, v.record(tx, "flow.import", string(to)))
		})
	}
	if err != nil {
		status, rest := v.refused(err)
		if rest != nil {
			return rest
		}
		return a.answerNewFlow(v, status, f)
	}
	return v.done(Prefix+"/flows/"+string(to), "flow_saved")
}

// maxFlowFile is more than any flow's file; what is longer is no flow.
const maxFlowFile = 512 << 10

// exportFlow hands a version out as a file.
func (a *Admin) exportFlow(v *visit) error {
	n, _ := strconv.ParseInt(v.query("version"), 10, 64)
	var one flow.Version
	err := a.DB.Read(v.ctx(), func(tx *db.Tx) (err error) {
		one, err = flow.Find(v.ctx(), tx, flow.ID(v.r.PathValue("id")), n)
		return err
	})
	if err != nil {
		return err
	}
	text, err := flow.Export(one.Document)
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "application/json")
	v.w.Header().Set("Content-Disposition", `attachment; filename="flow-`+string(one.Flow)+`-`+strconv.FormatInt(one.Version, 10)+`.json"`)
	_, err = v.w.Write(text)
	return err
}

// layouts are the layouts in the order the editor offers them.
var layouts = []flow.Layout{flow.OnePage, flow.ThreePage, flow.OneClick, flow.Embedded, flow.Headless}

func (v *visit) askOptions(first string) []ui.Option {
	return []ui.Option{{Label: v.T(first)}, {Value: string(flow.AskRequired), Label: v.T("admin.ask.required")},
		{Value: string(flow.AskMay), Label: v.T("admin.ask.optional")}, {Value: string(flow.AskNot), Label: v.T("admin.ask.hidden")}}
}
