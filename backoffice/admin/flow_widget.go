package admin

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"korzo/offer/market"
	"korzo/purchase/flow"
	"korzo/purchase/flow/widget"
	"korzo/ui"
	"korzo/value/money"
)

// settingSchema is the part of JSON Schema that settings of widgets are
// described in, as far as a form needs it.
type settingSchema struct {
	Type        string                    `json:"type"`
	Description string                    `json:"description"`
	Properties  map[string]*settingSchema `json:"properties"`
	Required    []string                  `json:"required"`
	Other       json.RawMessage           `json:"additionalProperties"`
	Names       json.RawMessage           `json:"propertyNames"`
	Items       *settingSchema            `json:"items"`
	Enum        []string                  `json:"enum"`
	MaxItems    int                       `json:"maxItems"`
	MaxLength   int                       `json:"maxLength"`
}

// schemaOf reads the schema of a kind; nil where it cannot be read.
func schemaOf(kind string) *settingSchema {
	k, ok := widget.Find(kind)
	s := new(settingSchema)
	if !ok || json.Unmarshal(k.Schema, s) != nil {
		return nil
	}
	return s
}

// other is the schema of the values of an object that names them itself.
func (s *settingSchema) other() *settingSchema {
	o := new(settingSchema)
	if json.Unmarshal(s.Other, o) != nil {
		return nil
	}
	return o
}

// byCurrency and byLanguage report what an object's own names are.
func (s *settingSchema) byCurrency() bool { return s.Type == "object" && len(s.Names) > 0 }
func (s *settingSchema) byLanguage() bool {
	o := s.other()
	return s.Type == "object" && len(s.Names) == 0 && o != nil && o.Type == "string"
}

// order is the properties as a form asks for them: those that are needed first.
func (s *settingSchema) order() []string {
	all := make([]string, 0, len(s.Properties))
	for name := range s.Properties {
		all = append(all, name)
	}
	slices.SortFunc(all, func(a, b string) int {
		if needed := slices.Contains(s.Required, a); needed != slices.Contains(s.Required, b) {
			if needed {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	return all
}

// widgetLanguages are those a widget's texts are written in.
var widgetLanguages = []string{"en", "de", "hu"}

// maxSettingRows is how many rows of a list of objects the form shows.
const maxSettingRows = 4

// widgetForm reads and writes settings by their schema.
type widgetForm struct {
	*form
	currencies []string
}

func widgetName(i int) string { return "w[" + strconv.Itoa(i) + "]" }

// read is the value of a setting; nil is one that was left out.
func (f widgetForm) read(name string, s *settingSchema) any {
	switch {
	case s.Type == "boolean":
		if f.has(name) {
			return true
		}
	case s.Type == "integer":
		if f.has(name) {
			return f.whole(name)
		}
	case s.Type == "array" && s.Items.Type == "object":
		return f.readRows(name, s)
	case s.Type == "array":
		return f.readList(words(f.get(name)), s.Items.Type)
	case s.byCurrency():
		return f.readSums(name, s.other())
	case s.byLanguage():
		return orNil(f.byLocale(name+".", nil))
	case s.Type == "object":
		all := map[string]any{}
		for key, property := range s.Properties {
			if value := f.read(name+"."+key, property); value != nil {
				all[key] = value
			}
		}
		return orNil(all)
	case f.has(name):
		return f.get(name)
	}
	return nil
}

func orNil[V any](all map[string]V) any {
	if len(all) == 0 {
		return nil
	}
	return all
}

func (f widgetForm) readRows(name string, s *settingSchema) any {
	var rows []any
	for i := range min(maxSettingRows, s.MaxItems) {
		if row := f.read(name+"["+strconv.Itoa(i)+"]", s.Items); row != nil {
			if object, ok := row.(map[string]any); ok && len(s.Items.Required) > 0 && object[s.Items.Required[0]] == nil {
				continue // its icon alone says nothing
			}
			rows = append(rows, row)
		}
	}
	if rows == nil {
		return nil
	}
	return rows
}

func (f widgetForm) readList(all []string, of string) any {
	if len(all) == 0 {
		return nil
	}
	if of != "integer" {
		return all
	}
	numbers := []any{}
	for _, text := range all {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			numbers = append(numbers, n)
			continue
		}
		numbers = append(numbers, text) // refused by the schema, in words
	}
	return numbers
}

// readSums reads amounts by currency, one or several with semicolons between.
func (f widgetForm) readSums(name string, s *settingSchema) any {
	all := map[string]any{}
	for _, c := range f.currencies {
		at := name + "." + c
		if s.Type == "integer" {
			if sum, given := f.amount(at, money.Currency(c)); given {
				all[c] = sum.Minor
			}
			continue
		}
		var several []int64
		for text := range strings.SplitSeq(f.get(at), ";") {
			if text = strings.TrimSpace(text); text == "" {
				continue
			}
			sum, err := money.Parse(decimal(text), money.Currency(c))
			if err != nil {
				f.wrong(at, f.l.T("admin.problem.money", "Example", example(f.l, money.Currency(c))))
				break
			}
			several = append(several, sum.Minor)
		}
		if several != nil {
			all[c] = several
		}
	}
	return orNil(all)
}

// fill writes the value of a setting into the form.
func (f widgetForm) fill(name string, s *settingSchema, value any) {
	switch v := value.(type) {
	case bool:
		if v {
			f.set(name, "yes")
		}
	case float64:
		f.setNumber(name, int64(v))
	case string:
		f.set(name, v)
	case []any:
		if s.Items != nil && s.Items.Type == "object" {
			for i, row := range v {
				f.fill(name+"["+strconv.Itoa(i)+"]", s.Items, row)
			}
			return
		}
		var texts []string
		for _, item := range v {
			texts = append(texts, plainValue(item))
		}
		f.set(name, strings.Join(texts, ", "))
	case map[string]any:
		for key, item := range v {
			f.fillNamed(name, key, s, item)
		}
	}
}

func (f widgetForm) fillNamed(name, key string, s *settingSchema, item any) {
	if !s.byCurrency() {
		if property := s.Properties[key]; property != nil {
			f.fill(name+"."+key, property, item)
			return
		}
		f.set(name+"."+key, plainValue(item))
		return
	}
	several, ok := item.([]any)
	if !ok {
		several = []any{item}
	}
	var texts []string
	for _, one := range several {
		if minor, ok := one.(float64); ok {
			f.setAmount(name+"."+key, money.Of(int64(minor), money.Currency(key)))
			texts = append(texts, f.get(name+"."+key))
		}
	}
	f.set(name+"."+key, strings.Join(texts, "; "))
}

func plainValue(item any) string {
	if n, ok := item.(float64); ok {
		return strconv.FormatInt(int64(n), 10)
	}
	text, _ := item.(string)
	return text
}

// fillWidgets writes widgets into the form.
func (f *form) fillWidgets(all []flow.Widget, markets []market.Market) {
	for name := range f.values {
		if strings.HasPrefix(name, "w[") {
			delete(f.values, name)
		}
	}
	var order []string
	for i, w := range all {
		name := widgetName(i)
		order = append(order, strconv.Itoa(i))
		f.set(name+".kind", w.Kind)
		f.set(name+".id", w.ID)
		f.set(name+".place", standsAt(w))
		f.set(name+".when", w.When)
		if s, value := schemaOf(w.Kind), map[string]any{}; s != nil && json.Unmarshal(w.Settings, &value) == nil {
			widgetForm{f, currencies(markets)}.fill(name+".set", s, value)
		}
	}
	f.setAll("widgets", order)
}

// standsAt is where a widget stands.
func standsAt(w flow.Widget) string {
	if k, ok := widget.Find(w.Kind); ok && w.Place == "" {
		return k.Places[0]
	}
	return w.Place
}

// readWidgets reads the widgets of the form in their order, and does what a
// button says: add one, drop one, or move one among those of its place.
func (f *form) readWidgets(markets []market.Market) []flow.Widget {
	var all []flow.Widget
	do, moved := f.get("do"), -1
	of, rest, _ := strings.Cut(f.get("move"), "|")
	item, way, _ := strings.Cut(rest, ":")
	for _, at := range f.all("widgets") {
		i, err := strconv.Atoi(at)
		name := widgetName(i)
		s := schemaOf(f.get(name + ".kind"))
		if err != nil || s == nil || do == "drop_widget:"+at || len(all) >= maxWidgetForms {
			continue
		}
		w := flow.Widget{Kind: f.get(name + ".kind"), ID: f.get(name + ".id"), Place: f.get(name + ".place"), When: f.get(name + ".when")}
		if text, err := json.Marshal(widgetForm{f, currencies(markets)}.read(name+".set", s)); err == nil && string(text) != "null" {
			w.Settings = text
		}
		if of == "widgets" && item == at {
			moved = len(all)
		}
		all = append(all, w)
	}
	if k, ok := widget.Find(f.get("widget.add")); ok && do == "add_widget" {
		all = append(all, flow.Widget{Kind: k.Name, ID: freshID(all, k), Settings: k.Example})
	}
	if moved >= 0 {
		moveWidget(all, moved, way)
	}
	if do == "add_widget" || strings.HasPrefix(do, "drop_widget") || moved >= 0 {
		f.fillWidgets(all, markets)
	}
	return all
}

// maxWidgetForms bounds what a form may ask to read.
const maxWidgetForms = 60

// freshID tells a widget apart from others of its kind; "" for the first.
func freshID(all []flow.Widget, k widget.Kind) string {
	n := 1
	for _, w := range all {
		if w.Kind == k.Name {
			n++
		}
	}
	if n == 1 {
		return ""
	}
	return k.Name + "_" + strconv.Itoa(n)
}

// moveWidget changes places with the next one up or down that stands in the
// same place.
func moveWidget(all []flow.Widget, i int, way string) {
	step := 1
	if way == "up" {
		step = -1
	}
	for j := i + step; j >= 0 && j < len(all); j += step {
		if standsAt(all[j]) == standsAt(all[i]) {
			all[i], all[j] = all[j], all[i]
			return
		}
	}
}

// placed are the indexes of the widgets that stand in a place, in their order.
func (e flowEdit) placed(place string) (all []int) {
	for i, w := range e.Doc.Widgets {
		if standsAt(w) == place {
			all = append(all, i)
		}
	}
	return all
}

func (v *visit) placeOptions(kind string) (all []ui.Option) {
	k, _ := widget.Find(kind)
	for _, place := range k.Places {
		all = append(all, ui.Option{Value: place, Label: v.T("admin.place." + place)})
	}
	return all
}

// widgetOptions are the widgets that may be added: of those that may stand once,
// what is not there yet.
func (v *visit) widgetOptions(e flowEdit) (all []ui.Option) {
	for _, k := range widget.Kinds() {
		there := slices.ContainsFunc(e.Doc.Widgets, func(w flow.Widget) bool { return w.Kind == k.Name })
		if !there || k.Many {
			all = append(all, ui.Option{Value: k.Name, Label: v.T("widget.name." + k.Name)})
		}
	}
	return all
}

func (v *visit) enumOptions(words []string) []ui.Option {
	all := []ui.Option{{Label: v.T("admin.ask.usual")}}
	for _, w := range words {
		all = append(all, ui.Option{Value: w, Label: v.word("setting_word", w)})
	}
	return all
}
