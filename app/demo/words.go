package demo

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// text is the same thing said in English, German and Hungarian.
type text [3]string

// The languages of a text, in its order. English is the catalog's base.
const (
	english = iota
	german
	hungarian
)

var languages = [3]string{"en", "de", "hu"}

// valueWords are the colours and sizes that are called otherwise in a language.
var valueWords = map[string]text{
	"Creme": {"Cream", "Creme", "Krém"}, "Sand": {"Sand", "Sand", "Homok"}, "Terracotta": {"Terracotta", "Terrakotta", "Terrakotta"},
	"Indigo": {"Indigo", "Indigo", "Indigó"}, "Salvia": {"Sage", "Salbei", "Zsálya"}, "Grafit": {"Graphite", "Graphit", "Grafit"},
	"Rosé": {"Rose", "Rosé", "Rozé"}, "Petrol": {"Petrol", "Petrol", "Petrol"}, "Bordeaux": {"Burgundy", "Bordeaux", "Bordó"},
	"Azur": {"Azure", "Azur", "Azúr"}, "Oliva": {"Olive", "Oliv", "Oliva"}, "Cristal": {"Clear", "Kristall", "Kristály"},
	"Ambra": {"Amber", "Bernstein", "Borostyán"}, "Aqua": {"Aqua", "Aqua", "Akva"}, "Fumo": {"Smoke", "Rauch", "Füst"},
	"Natur": {"Natural", "Natur", "Natúr"}, "Mocca": {"Mocha", "Mokka", "Mokka"}, "Nero": {"Black", "Schwarz", "Fekete"},
	"Miel": {"Honey", "Honig", "Méz"}, "Aurum": {"Gold", "Gold", "Arany"}, "Argento": {"Silver", "Silber", "Ezüst"},
	"0.6 l": {"0.6 l", "0,6 l", "0,6 l"}, "1.2 l": {"1.2 l", "1,2 l", "1,2 l"},
}

// dimension is what a letter of a kind's measures stands for.
type dimension struct {
	name text
	unit string
}

var dimensions = map[byte]dimension{
	'h': {text{"height", "Höhe", "magasság"}, "cm"},
	'd': {text{"diameter", "Durchmesser", "átmérő"}, "cm"},
	'l': {text{"length", "Länge", "hosszúság"}, "cm"},
	'w': {text{"width", "Breite", "szélesség"}, "cm"},
	'p': {text{"depth", "Tiefe", "mélység"}, "cm"},
	'v': {text{"holds", "Inhalt", "űrtartalom"}, "ml"},
}

// finishWords say what the finish is, by how it is made.
var finishWords = map[string]map[string]text{
	"glaze": {
		"plain":   {"Satin glaze in one colour.", "Seidenmatte Glasur in einer Farbe.", "Selyemfényű, egyszínű máz."},
		"speckle": {"Speckled glaze; no two pieces are alike.", "Gesprenkelte Glasur; kein Stück gleicht dem anderen.", "Pettyes máz; nincs két egyforma darab."},
		"dip":     {"The lower part is dipped in a second glaze.", "Der untere Teil ist in eine zweite Glasur getaucht.", "Az alsó része második mázba mártott."},
		"band":    {"Two lines are painted around it by hand.", "Zwei Linien sind von Hand gemalt.", "Két kézzel festett csík fut körbe."},
		"stripe":  {"Stripes are painted all around by hand.", "Rundum von Hand gemalte Streifen.", "Körben kézzel festett csíkok."},
	},
	"cloth": {
		"plain":   {"Dyed in the yarn, one colour.", "Garngefärbt, einfarbig.", "Fonalában festett, egyszínű."},
		"speckle": {"Flecked yarn.", "Meliertes Garn.", "Melírozott fonal."},
		"dip":     {"The lower third is dyed in a second colour.", "Das untere Drittel ist in einer zweiten Farbe gefärbt.", "Az alsó harmada második színnel festett."},
		"band":    {"With a border of two woven bands.", "Mit einer Borte aus zwei gewebten Streifen.", "Két szövött csíkos bordűrrel."},
		"stripe":  {"Woven stripes.", "Gewebte Streifen.", "Szövött csíkok."},
		"check":   {"Woven check.", "Gewebtes Karo.", "Szövött kocka."},
	},
	"print": {
		"band":    {"With two printed lines.", "Mit zwei gedruckten Linien.", "Két nyomott csíkkal."},
		"stripe":  {"Printed stripes.", "Gedruckte Streifen.", "Nyomott csíkok."},
		"check":   {"Printed check.", "Gedrucktes Karo.", "Nyomott kocka."},
		"speckle": {"Speckled print.", "Gesprenkelt bedruckt.", "Pettyes nyomat."},
	},
	"coat": {
		"dip":    {"The lower part is painted.", "Der untere Teil ist lackiert.", "Az alsó része festett."},
		"band":   {"With a painted band.", "Mit einem lackierten Band.", "Festett sávval."},
		"stripe": {"With stripes in a second colour.", "Mit Streifen in einer zweiten Farbe.", "Második színű csíkokkal."},
	},
}

// material is what a thing is made of: which words its finish has, how to care
// for it, and the tag it is found by.
type material struct {
	surface string
	care    text
}

var materials = map[string]material{
	"stoneware":  {"glaze", text{"Safe in dishwasher, microwave and oven up to 180 °C.", "Für Spülmaschine, Mikrowelle und Ofen bis 180 °C.", "Mosogatógépben, mikróban és 180 °C-ig sütőben használható."}},
	"porcelain":  {"glaze", text{"Safe in dishwasher and microwave.", "Für Spülmaschine und Mikrowelle.", "Mosogatógépben és mikróban használható."}},
	"ceramic":    {"glaze", text{"Wipe with a dry cloth.", "Trocken abwischen.", "Száraz ruhával törölje."}},
	"terracotta": {"glaze", text{"Frost-proof down to −10 °C.", "Frostfest bis −10 °C.", "−10 °C-ig fagyálló."}},
	"wax":        {"glaze", text{"Keep the wick at 5 mm.", "Docht auf 5 mm kürzen.", "A kanócot tartsa 5 mm-en."}},
	"glass":      {"coat", text{"Safe in the dishwasher at 55 °C.", "Bei 55 °C spülmaschinenfest.", "55 °C-on mosogatógépben mosható."}},
	"enamel":     {"coat", text{"Wash by hand; no metal scourers.", "Von Hand spülen, keine Metallschwämme.", "Kézzel mosogassa, fém súroló nélkül."}},
	"wood":       {"coat", text{"Wash by hand and oil it now and then.", "Von Hand spülen und ab und zu ölen.", "Kézzel mosogassa, időnként olajozza."}},
	"willow":     {"coat", text{"Keep dry; brush the dust off.", "Trocken halten, Staub abbürsten.", "Tartsa szárazon, a port kefélje le."}},
	"steel":      {"coat", text{"Wash by hand and dry at once.", "Von Hand spülen und gleich abtrocknen.", "Kézzel mossa, azonnal törölje szárazra."}},
	"metal":      {"coat", text{"Powder-coated; wipe with a damp cloth.", "Pulverbeschichtet; feucht abwischen.", "Porfestett; nedves ruhával törölje."}},
	"brass":      {"coat", text{"Brass darkens with time; polish brings the shine back.", "Messing dunkelt nach; mit Politur glänzt es wieder.", "A réz idővel sötétedik; polírozva újra fényes."}},
	"paper":      {"print", text{"Printed in small runs on recycled paper.", "In kleiner Auflage auf Recyclingpapier gedruckt.", "Kis példányszámban, újrahasznosított papírra nyomva."}},
	"cedar":      {"coat", text{"Sharpened once, ready to write.", "Einmal gespitzt, bereit zum Schreiben.", "Egyszer kihegyezve, írásra készen."}},
	"larch":      {"coat", text{"Untreated on the inside. Hang it facing east.", "Innen unbehandelt. Nach Osten aufhängen.", "Belül kezeletlen. Kelet felé akassza."}},
	"seed":       {"coat", text{"Sow from March to June.", "Aussaat von März bis Juni.", "Vetés márciustól júniusig."}},
	"linen":      {"cloth", text{"Wash at 40 °C; it softens with every wash.", "Waschbar bei 40 °C; wird mit jeder Wäsche weicher.", "40 °C-on mosható, minden mosással puhul."}},
	"cotton":     {"cloth", text{"Wash at 60 °C, suited for the dryer.", "Waschbar bei 60 °C, trocknergeeignet.", "60 °C-on mosható, szárítógépben szárítható."}},
	"wool":       {"cloth", text{"Wash in the wool programme or air it.", "Im Wollprogramm waschen oder lüften.", "Gyapjúprogramon mossa, vagy szellőztesse."}},
	"canvas":     {"cloth", text{"Brush it off; do not machine-wash.", "Abbürsten, nicht in der Maschine waschen.", "Kefélje le, gépben ne mossa."}},
}

// describe puts a product's description together in one language.
func (g *good) describe(lang int) string {
	parts := []string{g.kind.about[lang]}
	made := materials[g.kind.material]
	if words, ok := finishWords[made.surface][g.finish]; ok {
		parts = append(parts, words[lang])
	}
	if measures := g.measure(lang); measures != "" {
		parts = append(parts, measures)
	}
	return strings.Join(append(parts, made.care[lang]), " ")
}

// measure writes "Height 9 cm, diameter 8 cm, holds 300 ml."
func (g *good) measure(lang int) string {
	var parts []string
	for _, m := range g.measures {
		d := dimensions[m.letter]
		parts = append(parts, d.name[lang]+" "+m.number+" "+d.unit)
	}
	if len(parts) == 0 {
		return ""
	}
	return upper(strings.Join(parts, ", ")) + "."
}

// title names a product in one language: the series stands before the noun,
// and in German after it.
func (g *good) title(lang int) string {
	if len(g.kind.titles) > 0 {
		return g.kind.titles[g.number][lang]
	}
	noun, rest, _ := strings.Cut(g.kind.name[lang], ", ")
	whole := g.series.name + " " + noun
	if lang == german {
		whole = noun + " " + g.series.name
	}
	if rest != "" {
		whole += ", " + rest
	}
	return whole
}

func upper(s string) string {
	for i, r := range s {
		return string(unicode.ToUpper(r)) + s[i+len(string(r)):]
	}
	return s
}

var umlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss")

// slug makes a title part of an address: small letters, digits and hyphens.
func slug(title string, lang int) string {
	title = strings.ToLower(title)
	if lang == german {
		title = umlauts.Replace(title)
	}
	var b strings.Builder
	gap := false
	for _, r := range norm.NFD.String(title) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
		case !unicode.Is(unicode.Mn, r) && r != '\'':
			gap = true
		}
	}
	return b.String()
}
