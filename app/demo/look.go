package demo

// hue is a colour with the name it is sold under; valueWords say it in each
// language.
type hue struct {
	name string
	code string
	rgb  uint32
}

var (
	sand       = hue{"Sand", "SAN", 0xe3d3b8}
	creme      = hue{"Creme", "CRE", 0xf0e7d8}
	terracotta = hue{"Terracotta", "TER", 0xc4704c}
	indigo     = hue{"Indigo", "IND", 0x3d5673}
	salvia     = hue{"Salvia", "SAL", 0x93a68a}
	curry      = hue{"Curry", "CUR", 0xd1a045}
	grafit     = hue{"Grafit", "GRA", 0x4c4b4a}
	rose       = hue{"Rosé", "ROS", 0xd6a596}
	petrol     = hue{"Petrol", "PET", 0x3f6e72}
	bordeaux   = hue{"Bordeaux", "BOR", 0x8c4148}
	azur       = hue{"Azur", "AZU", 0x8fb0c2}
	oliva      = hue{"Oliva", "OLI", 0x7d7f55}
)

// palettes are the colours a kind comes in when the series does not say.
var palettes = map[string][]hue{
	"glass":  {{"Cristal", "CRI", 0xcfdcdc}, {"Ambra", "AMB", 0xcf9a58}, {"Aqua", "AQU", 0x9fc6c4}, {"Fumo", "FUM", 0x918c86}, {"Rosé", "ROS", 0xdcae9f}},
	"wood":   {{"Natur", "NAT", 0xd9b88f}, {"Cognac", "COG", 0xa9734a}, {"Mocca", "MOC", 0x6e4b39}, {"Nero", "NER", 0x45403c}},
	"handle": {{"Natur", "NAT", 0xcfa878}, {"Mocca", "MOC", 0x6b4938}, {"Indigo", "IND", 0x40566e}, {"Bordeaux", "BOR", 0x84423f}, {"Oliva", "OLI", 0x757a52}},
	"straw":  {{"Natur", "NAT", 0xd2ab72}, {"Miel", "MIE", 0xbf8a4c}, {"Grafit", "GRA", 0x6b655e}},
	"brass":  {{"Aurum", "AUR", 0xcaa252}, {"Nero", "NER", 0x4a4744}, {"Argento", "ARG", 0xb8bab8}},
	"metal":  {grafit, salvia, creme, terracotta, indigo, curry, petrol, azur},
	"paint":  {creme, azur, salvia, {"Natur", "NAT", 0xd9b88f}, terracotta},
	"second": {{"", "", 0xd9b88f}, {"", "", 0xb98a5e}, {"", "", 0x8a6146}},
	"cork":   {{"", "", 0xcda671}},
	"hide":   {{"", "", 0x8a5a3b}, {"", "", 0x6a4331}, {"", "", 0xb17c4f}},
}

// series is a family of things that go together on one table.
type series struct {
	name, code string
	finish     string // what it prefers, where the kind can have it
	hues       []hue
}

var allSeries = []series{
	{"Sava", "SAV", "speckle", []hue{sand, azur, salvia}},
	{"Drava", "DRA", "dip", []hue{indigo, terracotta, grafit}},
	{"Alba", "ALB", "plain", []hue{creme, rose, salvia, azur}},
	{"Elba", "ELB", "band", []hue{creme, indigo}},
	{"Mura", "MUR", "dip", []hue{terracotta, salvia, curry}},
	{"Bora", "BOR", "stripe", []hue{azur, creme, indigo}},
	{"Faro", "FAR", "plain", []hue{curry, terracotta, petrol}},
	{"Nera", "NER", "plain", []hue{grafit, bordeaux}},
	{"Tara", "TAR", "speckle", []hue{salvia, oliva, sand}},
	{"Lido", "LID", "stripe", []hue{rose, petrol, curry}},
	{"Isar", "ISA", "band", []hue{petrol, sand, azur}},
	{"Orla", "ORL", "check", []hue{bordeaux, oliva, indigo}},
}

// grounds tint the backdrop by category.
var grounds = map[string]uint32{
	"cups": 0xe6d3c3, "table": 0xdcdccd, "kitchen": 0xe8dcc3, "textiles": 0xe4cfc6,
	"light": 0xd9d3d8, "stationery": 0xd3dbdf, "bags": 0xdfd8cb, "garden": 0xd3dccb,
}

// hands are the colours of decor: what stands well against a thing's own.
var hands = []hue{creme, indigo, terracotta, sand, petrol, bordeaux, curry, grafit}

// against picks a second colour for decor that is seen on the first.
func against(first hue, n int) hue {
	for i := range hands {
		h := hands[(n+i)%len(hands)]
		if distance(h.rgb, first.rgb) > 190 {
			return h
		}
	}
	return creme
}

// distance is how far apart two colours are, channel by channel.
func distance(a, b uint32) int {
	d := 0
	for shift := 0; shift < 24; shift += 8 {
		v := int(a>>shift&255) - int(b>>shift&255)
		d += max(v, -v)
	}
	return d
}
