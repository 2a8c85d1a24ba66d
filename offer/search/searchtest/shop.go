package searchtest

import (
	"strings"

	"korzo/offer/catalog"
	"korzo/offer/search"
)

// goods are a shop in three languages: id | SKU | English | German | Hungarian | terms.
var goods = strings.TrimSpace(`
tablelamp | LMP-OSLO-1 | Table lamp Oslo | Tischlampe Oslo | Asztali lámpa Oslo | lighting
floorlamp | LMP-300 | Floor lamp | Stehlampe | Álló lámpa | lighting
deskphrase | LMP-400 | Light for the desk | Lampe für den Tisch | Fény az asztalra | 
lampshade | SHD-1 | Lampshade of linen | Lampenschirm aus Leinen | Lámpaernyő vászonból | lighting
steh | MSC-1 | Standing aid | Steh Hilfe | Állást segítő | 
kitchentable | TBL-1 | Kitchen table oak | Küchentisch Eiche | Konyhai asztal tölgyből | furniture
woodtable | TBL-2 | Wooden tables | Holztische | Fa asztalok | furniture
kitchen | KIT-1 | Toy kitchen | Küche zum Spielen | Játék konyha | 
kueche | KIT-2 | Kitchen scales | Waage für die Kueche | Mérleg | 
romantic | BOX-1 | Romantic box | Romantische Box | Romantikus doboz | 
practical | BOX-2 | Practical box | Praktisch Box | Praktikus doboz | 
novel | BK-9 | Novel | Roman | Regény | 
backpack | BAG-1 | Backpack Trail | Rucksack Trail | Hátizsák Trail | 
backpacks | BAG-2 | Backpacks for children | Rucksäcke für Kinder | Hátizsákok gyerekeknek | 
bag | BAG-3 | Shopping bag | Einkaufstasche | Bevásárlótáska | 
bags | BAG-4 | Bags of paper | Taschen aus Papier | Táskák papírból | 
mug | MUG-RED | Red mug | Rote Tasse | Piros bögre | 
mugs | MUG-SET | Set of mugs | Tassen im Set | Bögrék készletben | 
chair | CHR-1 | Wooden chair | Stuhl aus Holz | Fa szék | furniture
chairs | CHR-2 | Garden chairs | Gartenstühle | Kerti székek | furniture
garden | GRD-1 | Garden hose | Schlauch für den Garten | Locsolótömlő kertbe | 
street | SHO-1 | Street shoes | Straßenschuhe | Utcai cipők | 
shoe | SHO-2 | Running shoe | Laufschuh | Futócipő | 
mirror | MIR-1 | Mirror | Spiegel | Tükör | 
mirrors | MIR-2 | Round mirrors | Runde Spiegel | Kerek tükrök | 
towel | TWL-1 | Hand towel | Handtuch | Kéztörlő | 
cloth | TWL-2 | Cloth | Tuch | Kendő | 
grinder | GRN-1 | Müller coffee grinder | Kaffeemühle Müller | Müller kávédaráló | 
coffee | COF-1 | Coffee beans | Kaffee Bohnen | Kávé szemes | 
bottle500 | BTL-500 | Bottle 500 ml | Flasche 500 ml | Palack 500 ml | 
bottle750 | BTL-750 | Bottle 750ml | Flasche 750ml | Palack 750ml | 
phone | PHN-X200 | Case for X200 | Hülle für X200 | Tok X200 készülékhez | 
phone3 | PHN-X300 | Case for X300 | Hülle für X300 | Tok X300 készülékhez | 
blanket | BLK-1 | Wool blanket | Wolldecke | Gyapjú takaró | 
pillow | PIL-1 | Pillow | Kissen | Párna | 
pillows | PIL-2 | Pillows, two | Zwei Kissen | Két párna | 
glass | GLS-1 | Wine glass | Weinglas | Borospohár | 
glasses | GLS-2 | Water glasses | Wassergläser | Vizes poharak | 
wine | WIN-1 | Red wine | Wein rot | Bor vörös | 
water | WAT-1 | Water filter | Filter für Wasser | Szűrő vízhez | 
wardrobe | WRD-1 | Wardrobe | Kleiderschrank | Ruhás szekrény | furniture
dress | DRS-1 | Summer dress | Kleid für den Sommer | Nyári ruha | 
book | BK-1 | Notebook | Notizbuch | Jegyzetfüzet | 
note | BK-2 | Sticky notes | Notiz Zettel | Öntapadós jegyzet | 
`)

// Shop returns the products of Cases. Each has a body that says little.
func Shop() (all []search.Document) {
	for line := range strings.Lines(goods) {
		f := strings.Split(line, "|")
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		var terms []string
		if f[5] != "" {
			terms = []string{f[5]}
		}
		all = append(all, search.Document{ID: catalog.ProductID(f[0]), Keys: []string{f[1]}, Texts: map[string]search.Text{
			"en": {Title: f[2], Terms: terms, Body: "Made well."},
			"de": {Title: f[3], Terms: terms, Body: "Gut gemacht."},
			"hu": {Title: f[4], Terms: terms, Body: "Jól van elkészítve."},
		}})
	}
	return all
}

// Case is a query with everything it should find.
type Case struct {
	Language, Text, Want, Why string
}

// Cases are what people type. A text that ends in a space is finished.
var Cases = []Case{
	{"en", "lamp ", "tablelamp floorlamp", "a word"},
	{"en", "lamps ", "tablelamp floorlamp", "a plural"},
	{"en", "LAMP ", "tablelamp floorlamp", "capitals"},
	{"en", "table lamp ", "tablelamp", "two words"},
	{"en", "lamp table ", "tablelamp", "in any order"},
	{"en", "lam", "tablelamp floorlamp lampshade", "unfinished"},
	{"en", "lmap ", "tablelamp floorlamp", "two letters swapped"},
	{"en", "tabel lamp ", "tablelamp", "a mistake in one of two words"},
	{"en", "lampe ", "tablelamp floorlamp", "one letter too many"},
	{"en", "lam shade ", "", "half a word is none"},
	{"en", "lamp shade ", "lampshade", "one word written as two"},
	{"en", "lampshade ", "lampshade", "not every lamp"},
	{"en", "tablelamp ", "tablelamp", "two words written as one"},
	{"en", "backpack ", "backpack backpacks", "a plural found by its singular"},
	{"en", "backpacks ", "backpack backpacks", "a singular found by its plural"},
	{"en", "bakpack ", "backpack backpacks", "a letter left out"},
	{"en", "back pack ", "backpack backpacks", "written apart"},
	{"en", "backpeck ", "backpack backpacks", "a wrong letter"},
	{"en", "bag ", "bag bags", "a short word is not another's part"},
	{"en", "mirors ", "mirror mirrors", "a mistake in a plural"},
	{"en", "mug ", "mug mugs", "singular and plural"},
	{"en", "mgu ", "", "short words have no mistakes"},
	{"en", "ug ", "", "nor endings"},
	{"en", "the mug ", "mug mugs", "articles say nothing"},
	{"en", "MUG-RED", "mug", "a SKU"},
	{"en", "mugred", "mug", "a SKU without its hyphen"},
	{"en", "mug red ", "mug", "words that are also a SKU"},
	{"en", "lmp-3", "floorlamp", "the beginning of a SKU"},
	{"en", "X200 ", "phone", "a model"},
	{"en", "X201 ", "", "another model is not near"},
	{"en", "x2", "phone", "the beginning of a model"},
	{"en", "500ml ", "bottle500", "a size written together"},
	{"en", "500 ml ", "bottle500", "as it is written"},
	{"en", "750 ml ", "bottle750", "a size written apart"},
	{"en", "furniture chair ", "chair chairs", "a term and a title"},
	{"en", "muller ", "grinder", "an umlaut left out"},
	{"en", "Mueller ", "grinder", "an umlaut written out"},
	{"en", "xylophone ", "", "what nobody sells"},
	{"de", "Lampe ", "tablelamp floorlamp deskphrase", "the end of compounds"},
	{"de", "Lampen ", "tablelamp floorlamp deskphrase", "and of its plural"},
	{"de", "lampe", "tablelamp floorlamp deskphrase lampshade", "unfinished, it may go on"},
	{"de", "Tischlampe ", "tablelamp deskphrase", "a compound finds its parts"},
	{"de", "Tischlampen ", "tablelamp deskphrase", "in the plural too"},
	{"de", "tisch lampe ", "tablelamp deskphrase", "parts find their compound"},
	{"de", "Tischlmape ", "tablelamp", "a mistake in a compound"},
	{"de", "Tisch ", "kitchentable woodtable deskphrase", "neither romantic nor practical"},
	{"de", "Küchentisch ", "kitchentable", "linked by an n"},
	{"de", "kuechentisch ", "kitchentable", "ü as ue"},
	{"de", "kuchentisch ", "kitchentable", "ü as u"},
	{"de", "küche tisch ", "kitchentable", "its parts, unlinked"},
	{"de", "Küche ", "kitchen kueche", "ue as ü"},
	{"de", "Strassenschuhe ", "street", "ß as ss"},
	{"de", "Straßenschuh ", "street", "and the singular"},
	{"de", "Stuhl ", "chair chairs", "a plural with an umlaut, in a compound"},
	{"de", "Stühle ", "chair chairs", "and back"},
	{"de", "Gartenstuhl ", "chairs", "the singular of a compound"},
	{"de", "Rucksack ", "backpack backpacks", "a plural with an umlaut"},
	{"de", "Ruksack ", "backpack backpacks", "a letter left out"},
	{"de", "Glas ", "glass glasses", "compounds, singular and plural"},
	{"de", "Wassergläser ", "glasses", "not the wine's"},
	{"de", "Schrank ", "wardrobe", "a part in the plural"},
	{"de", "Handtuch ", "towel", "not every cloth"},
	{"de", "Notizbuch ", "book", "not every note"},
	{"de", "Kafeemühle ", "grinder", "a letter left out"},
	{"de", "Kissen ", "pillow pillows", "the same in the plural"},
	{"hu", "hátizsák ", "backpack backpacks", "a plural found by its singular"},
	{"hu", "hátizsákok ", "backpack backpacks", "and back"},
	{"hu", "hátizsákot ", "backpack backpacks", "the accusative"},
	{"hu", "hátizsákokkal ", "backpack backpacks", "with them"},
	{"hu", "hatizsak ", "backpack backpacks", "without accents"},
	{"hu", "hátizsk ", "backpack backpacks", "a letter left out"},
	{"hu", "bögre ", "mug mugs", "a vowel made long"},
	{"hu", "bögrét ", "mug mugs", "its accusative"},
	{"hu", "táska ", "bags", "a vowel made long"},
	{"hu", "szék ", "chair chairs", "a short word"},
	{"hu", "székeket ", "chair chairs", "plural and case"},
	{"hu", "asztal ", "tablelamp deskphrase kitchentable woodtable", "case, plural and what is made of it"},
	{"hu", "asztali lámpa ", "tablelamp", "two words"},
	{"hu", "lámpák ", "tablelamp floorlamp", "a plural nobody wrote"},
	{"hu", "tükör ", "mirror mirrors", "a vowel that goes"},
	{"hu", "tükröt ", "mirror mirrors", "and is gone"},
	{"hu", "cipő ", "street", "a plural"},
	{"hu", "kert ", "chairs garden", "what is of it and into it"},
	{"hu", "pohár ", "glasses", "a vowel made short"},
	{"hu", "párnát ", "pillow pillows", "accusative"},
	{"hu", "párm", "", "no mistake in three letters more"},
	{"hu", "könyv ", "", "what nobody sells"},
}
