package admin

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"korzo/offer/catalog"
	"korzo/offer/taxonomy"
	"korzo/platform/db"
	"korzo/platform/i18n"
)

// spareOptions are empty rows for further options of an attribute.
const spareOptions = 3

var attributeTypes = []string{string(taxonomy.TypeText), string(taxonomy.TypeNumber), string(taxonomy.TypeBool), string(taxonomy.TypeOption), string(taxonomy.TypeDate)}

func (a *Admin) newAttribute(v *visit) error {
	f := v.newForm()
	f.set("key", newKey())
	f.set("type", string(taxonomy.TypeOption))
	return v.show(http.StatusOK, v.attributePage("", f))
}

func (a *Admin) showAttribute(v *visit) error {
	t, err := a.tree(v)
	if err != nil {
		return err
	}
	at, ok := t.Attribute(v.r.PathValue("code"))
	if !ok {
		return taxonomy.ErrAttribute
	}
	f := v.newForm()
	f.fillAttribute(at)
	f.readOnly = !v.can("catalog.write")
	return v.show(http.StatusOK, v.attributePage(at.Code, f))
}

func choiceName(i int) string { return "choices[" + strconv.Itoa(i) + "]" }

// languages are those of a list of titles: the base, then the others.
var languages = append([]string{""}, i18n.Languages[1:]...)

func (f *form) fillAttribute(a taxonomy.Attribute) {
	f.set("code", a.Code)
	f.set("type", string(a.Type))
	f.set("unit", a.Unit)
	f.setNumber("version", a.Version)
	f.setNumber("position", a.Position)
	for name, on := range map[string]bool{"facet": a.Facet, "private": a.Private, "everywhere": a.Everywhere, "several": a.Several} {
		if on {
			f.set(name, "yes")
		}
	}
	for _, l := range languages {
		f.set("name."+l, a.Titles[l])
	}
	for i, o := range a.Options {
		f.set(choiceName(i)+".code", o.Code)
		for _, l := range languages {
			f.set(choiceName(i)+".name."+l, o.Titles[l])
		}
	}
	f.setNumber("choices", int64(len(a.Options)))
}

// typedAttribute reads the form over an attribute as it is. Options without a code
// get one made of their title.
func (f *form) typedAttribute(a taxonomy.Attribute) taxonomy.Attribute {
	a.Code = cmp.Or(a.Code, f.get("code"), catalog.Slug(f.get("name.")))
	a.Type = taxonomy.Type(cmp.Or(string(a.Type), f.get("type")))
	a.Unit, a.Position = f.get("unit"), f.whole("position")
	a.Facet, a.Private, a.Everywhere, a.Several = f.has("facet"), f.has("private"), f.has("everywhere"), f.has("several")
	if f.has("version") {
		a.Version = f.whole("version")
	}
	a.Titles = f.titles("name.", a.Titles)
	had := map[string]taxonomy.Option{}
	for _, o := range a.Options {
		had[o.Code] = o
	}
	a.Options = nil
	var rows []int // of the form, by option
	for i := range f.choices() {
		name := choiceName(i)
		code := cmp.Or(f.get(name+".code"), catalog.Slug(f.get(name+".name.")))
		if code != "" {
			rows = append(rows, i)
			a.Options = append(a.Options, taxonomy.Option{Code: code, Titles: f.titles(name+".name.", had[code].Titles)})
		}
	}
	for _, p := range taxonomy.CheckAttribute(a) {
		field := strings.Replace(p.Field, "titles", "name.", 1)
		var k int
		if n, _ := fmt.Sscanf(field, "options[%d]", &k); n == 1 && k < len(rows) {
			_, rest, _ := strings.Cut(field, "]")
			field = choiceName(rows[k]) + rest
		}
		f.label("name.", f.l.T("admin.field.title"))
		f.wrongAs(field, p.Text)
	}
	return a
}

// choices is how many rows of options the form has.
func (f *form) choices() int {
	return int(max(0, min(f.whole("choices"), taxonomy.MaxOptions))) + spareOptions
}

// titles reads titles by language over those there were.
func (f *form) titles(prefix string, had map[string]string) map[string]string {
	for _, l := range languages {
		had = with(had, l, f.get(prefix+l))
	}
	return had
}

func (a *Admin) saveAttribute(v *visit) error {
	f, code := v.form(), v.r.PathValue("code")
	action := "attribute.update"
	if code == "" {
		action = "attribute.create"
	}
	saved, status, err := a.put(v, f, action, func(tx *db.Tx) (string, error) {
		t, err := taxonomy.Load(v.ctx(), tx)
		if err != nil {
			return "", err
		}
		was, ok := t.Attribute(code)
		if code != "" && !ok {
			return "", taxonomy.ErrAttribute
		}
		at := f.typedAttribute(was)
		switch {
		case !f.ok():
			return "", errMend
		case code == "":
			at, err = taxonomy.CreateAttribute(v.ctx(), tx, at)
		default:
			at, err = taxonomy.UpdateAttribute(v.ctx(), tx, at)
		}
		return at.Code, err
	})
	switch {
	case err != nil:
		return err
	case status == 0:
		return v.done(Prefix+"/attributes/"+saved, "attribute_saved")
	}
	return v.show(status, v.attributePage(code, f))
}

func (a *Admin) deleteAttribute(v *visit) error {
	f, code := v.form(), v.r.PathValue("code")
	_, status, err := a.put(v, f, "attribute.delete", func(tx *db.Tx) (string, error) {
		return code, taxonomy.DeleteAttribute(v.ctx(), tx, code)
	})
	switch {
	case err != nil:
		return err
	case status == 0:
		return v.done(Prefix+"/attributes", "attribute_deleted")
	}
	t, err := a.tree(v)
	if err != nil {
		return err
	}
	at, _ := t.Attribute(code)
	f.fillAttribute(at)
	return v.show(status, v.attributePage(code, f))
}
