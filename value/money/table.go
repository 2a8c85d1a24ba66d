package money

import (
	"cmp"
	"iter"
	"slices"
)

// Info is what the table knows of a currency.
type Info struct {
	Code     Currency
	Exponent int // decimals: 2 for EUR, 0 for JPY, 3 for KWD

	// ChargeStep is the smallest amount that is charged at all, in minor units.
	// HUF has two decimals in ISO 4217 but no payment of a part of a forint
	// exists, so it is 100. A gateway may need a coarser one; that is its trait.
	ChargeStep int64

	// CashStep is the smallest amount that can be paid in coins, in minor units.
	// Where no rounding rule is known it is 1; a market's law may know better.
	CashStep int64

	Name string // in English
}

// MinorPerUnit returns how many minor units make one major unit: 100 for EUR.
// The zero Info has 1.
func (i Info) MinorPerUnit() int64 {
	n := int64(1)
	for range i.Exponent {
		n *= 10
	}
	return n
}

// Find returns what the table knows of an ISO 4217 code in capitals.
func Find[T ~string](code T) (Info, bool) {
	if len(code) != 3 {
		return Info{}, false
	}
	i, ok := slices.BinarySearchFunc(currencies[:], Currency(code), func(row Info, c Currency) int {
		return cmp.Compare(row.Code, c)
	})
	if !ok {
		return Info{}, false
	}
	return currencies[i], true
}

// Currencies yields the whole table, by code.
func Currencies() iter.Seq[Info] { return slices.Values(currencies[:]) }

// currencies holds every active currency of ISO 4217 that goods are paid in, by
// code. Left out are metals, drawing rights, bond units, testing codes, and
// accounting units (CLF, UYW …), which nobody can pay with.
var currencies = [...]Info{
	{"AED", 2, 1, 25, "United Arab Emirates dirham"},
	{"AFN", 2, 1, 1, "Afghan afghani"},
	{"ALL", 2, 1, 1, "Albanian lek"},
	{"AMD", 2, 1, 1, "Armenian dram"},
	{"AOA", 2, 1, 1, "Angolan kwanza"},
	{"ARS", 2, 1, 1, "Argentine peso"},
	{"AUD", 2, 1, 5, "Australian dollar"},
	{"AWG", 2, 1, 1, "Aruban florin"},
	{"AZN", 2, 1, 1, "Azerbaijani manat"},
	{"BAM", 2, 1, 5, "Bosnia and Herzegovina convertible mark"},
	{"BBD", 2, 1, 1, "Barbados dollar"},
	{"BDT", 2, 1, 1, "Bangladeshi taka"},
	{"BHD", 3, 1, 5, "Bahraini dinar"},
	{"BIF", 0, 1, 1, "Burundian franc"},
	{"BMD", 2, 1, 1, "Bermudian dollar"},
	{"BND", 2, 1, 1, "Brunei dollar"},
	{"BOB", 2, 1, 1, "Bolivian boliviano"},
	{"BRL", 2, 1, 5, "Brazilian real"},
	{"BSD", 2, 1, 1, "Bahamian dollar"},
	{"BTN", 2, 1, 1, "Bhutanese ngultrum"},
	{"BWP", 2, 1, 5, "Botswana pula"},
	{"BYN", 2, 1, 1, "Belarusian ruble"},
	{"BZD", 2, 1, 1, "Belize dollar"},
	{"CAD", 2, 1, 5, "Canadian dollar"},
	{"CDF", 2, 1, 1, "Congolese franc"},
	{"CHF", 2, 1, 5, "Swiss franc"},
	{"CLP", 0, 1, 10, "Chilean peso"},
	{"CNY", 2, 1, 1, "Chinese yuan"},
	{"COP", 2, 1, 5000, "Colombian peso"},
	{"CRC", 2, 1, 500, "Costa Rican colón"},
	{"CUP", 2, 1, 1, "Cuban peso"},
	{"CVE", 2, 1, 1, "Cape Verdean escudo"},
	{"CZK", 2, 1, 100, "Czech koruna"},
	{"DJF", 0, 1, 1, "Djiboutian franc"},
	{"DKK", 2, 1, 50, "Danish krone"},
	{"DOP", 2, 1, 1, "Dominican peso"},
	{"DZD", 2, 1, 1, "Algerian dinar"},
	{"EGP", 2, 1, 1, "Egyptian pound"},
	{"ERN", 2, 1, 1, "Eritrean nakfa"},
	{"ETB", 2, 1, 1, "Ethiopian birr"},
	{"EUR", 2, 1, 1, "Euro"},
	{"FJD", 2, 1, 1, "Fijian dollar"},
	{"FKP", 2, 1, 1, "Falkland Islands pound"},
	{"GBP", 2, 1, 1, "Pound sterling"},
	{"GEL", 2, 1, 5, "Georgian lari"},
	{"GHS", 2, 1, 1, "Ghanaian cedi"},
	{"GIP", 2, 1, 1, "Gibraltar pound"},
	{"GMD", 2, 1, 1, "Gambian dalasi"},
	{"GNF", 0, 1, 1, "Guinean franc"},
	{"GTQ", 2, 1, 1, "Guatemalan quetzal"},
	{"GYD", 2, 1, 1, "Guyanese dollar"},
	{"HKD", 2, 1, 10, "Hong Kong dollar"},
	{"HNL", 2, 1, 1, "Honduran lempira"},
	{"HTG", 2, 1, 1, "Haitian gourde"},
	{"HUF", 2, 100, 500, "Hungarian forint"},
	{"IDR", 2, 100, 10000, "Indonesian rupiah"},
	{"ILS", 2, 1, 10, "Israeli new shekel"},
	{"INR", 2, 1, 1, "Indian rupee"},
	{"IQD", 3, 1, 250000, "Iraqi dinar"},
	{"IRR", 2, 1, 1, "Iranian rial"},
	{"ISK", 0, 1, 1, "Icelandic króna"},
	{"JMD", 2, 1, 1, "Jamaican dollar"},
	{"JOD", 3, 1, 5, "Jordanian dinar"},
	{"JPY", 0, 1, 1, "Japanese yen"},
	{"KES", 2, 1, 1, "Kenyan shilling"},
	{"KGS", 2, 1, 1, "Kyrgyzstani som"},
	{"KHR", 2, 1, 1, "Cambodian riel"},
	{"KMF", 0, 1, 1, "Comorian franc"},
	{"KPW", 2, 1, 1, "North Korean won"},
	{"KRW", 0, 1, 10, "South Korean won"},
	{"KWD", 3, 1, 5, "Kuwaiti dinar"},
	{"KYD", 2, 1, 1, "Cayman Islands dollar"},
	{"KZT", 2, 1, 100, "Kazakhstani tenge"},
	{"LAK", 2, 1, 1, "Lao kip"},
	{"LBP", 2, 1, 1, "Lebanese pound"},
	{"LKR", 2, 1, 1, "Sri Lankan rupee"},
	{"LRD", 2, 1, 1, "Liberian dollar"},
	{"LSL", 2, 1, 1, "Lesotho loti"},
	{"LYD", 3, 1, 1, "Libyan dinar"},
	{"MAD", 2, 1, 1, "Moroccan dirham"},
	{"MDL", 2, 1, 1, "Moldovan leu"},
	{"MGA", 2, 20, 20, "Malagasy ariary"},
	{"MKD", 2, 1, 100, "Macedonian denar"},
	{"MMK", 2, 1, 1, "Myanmar kyat"},
	{"MNT", 2, 1, 1, "Mongolian tögrög"},
	{"MOP", 2, 1, 1, "Macanese pataca"},
	{"MRU", 2, 20, 20, "Mauritanian ouguiya"},
	{"MUR", 2, 1, 1, "Mauritian rupee"},
	{"MVR", 2, 1, 1, "Maldivian rufiyaa"},
	{"MWK", 2, 1, 1, "Malawian kwacha"},
	{"MXN", 2, 1, 1, "Mexican peso"},
	{"MYR", 2, 1, 5, "Malaysian ringgit"},
	{"MZN", 2, 1, 1, "Mozambican metical"},
	{"NAD", 2, 1, 1, "Namibian dollar"},
	{"NGN", 2, 1, 1, "Nigerian naira"},
	{"NIO", 2, 1, 1, "Nicaraguan córdoba"},
	{"NOK", 2, 1, 100, "Norwegian krone"},
	{"NPR", 2, 1, 1, "Nepalese rupee"},
	{"NZD", 2, 1, 10, "New Zealand dollar"},
	{"OMR", 3, 1, 5, "Omani rial"},
	{"PAB", 2, 1, 1, "Panamanian balboa"},
	{"PEN", 2, 1, 1, "Peruvian sol"},
	{"PGK", 2, 1, 1, "Papua New Guinean kina"},
	{"PHP", 2, 1, 1, "Philippine peso"},
	{"PKR", 2, 1, 1, "Pakistani rupee"},
	{"PLN", 2, 1, 1, "Polish złoty"},
	{"PYG", 0, 1, 1, "Paraguayan guaraní"},
	{"QAR", 2, 1, 1, "Qatari riyal"},
	{"RON", 2, 1, 1, "Romanian leu"},
	{"RSD", 2, 1, 100, "Serbian dinar"},
	{"RUB", 2, 1, 1, "Russian ruble"},
	{"RWF", 0, 1, 1, "Rwandan franc"},
	{"SAR", 2, 1, 1, "Saudi riyal"},
	{"SBD", 2, 1, 1, "Solomon Islands dollar"},
	{"SCR", 2, 1, 1, "Seychellois rupee"},
	{"SDG", 2, 1, 1, "Sudanese pound"},
	{"SEK", 2, 1, 100, "Swedish krona"},
	{"SGD", 2, 1, 5, "Singapore dollar"},
	{"SHP", 2, 1, 1, "Saint Helena pound"},
	{"SLE", 2, 1, 1, "Sierra Leonean leone"},
	{"SOS", 2, 1, 1, "Somali shilling"},
	{"SRD", 2, 1, 1, "Surinamese dollar"},
	{"SSP", 2, 1, 1, "South Sudanese pound"},
	{"STN", 2, 1, 1, "São Tomé and Príncipe dobra"},
	{"SVC", 2, 1, 1, "Salvadoran colón"},
	{"SYP", 2, 1, 1, "Syrian pound"},
	{"SZL", 2, 1, 1, "Swazi lilangeni"},
	{"THB", 2, 1, 25, "Thai baht"},
	{"TJS", 2, 1, 1, "Tajikistani somoni"},
	{"TMT", 2, 1, 1, "Turkmenistan manat"},
	{"TND", 3, 1, 5, "Tunisian dinar"},
	{"TOP", 2, 1, 1, "Tongan paʻanga"},
	{"TRY", 2, 1, 1, "Turkish lira"},
	{"TTD", 2, 1, 1, "Trinidad and Tobago dollar"},
	{"TWD", 2, 100, 100, "New Taiwan dollar"},
	{"TZS", 2, 1, 1, "Tanzanian shilling"},
	{"UAH", 2, 1, 50, "Ukrainian hryvnia"},
	{"UGX", 0, 1, 1, "Ugandan shilling"},
	{"USD", 2, 1, 1, "United States dollar"},
	{"UYU", 2, 1, 1, "Uruguayan peso"},
	{"UZS", 2, 1, 1, "Uzbekistani sum"},
	{"VED", 2, 1, 1, "Venezuelan digital bolívar"},
	{"VES", 2, 1, 1, "Venezuelan sovereign bolívar"},
	{"VND", 0, 1, 1, "Vietnamese dong"},
	{"VUV", 0, 1, 1, "Vanuatu vatu"},
	{"WST", 2, 1, 1, "Samoan tālā"},
	{"XAF", 0, 1, 1, "CFA franc BEAC"},
	{"XCD", 2, 1, 1, "East Caribbean dollar"},
	{"XCG", 2, 1, 1, "Caribbean guilder"},
	{"XOF", 0, 1, 1, "CFA franc BCEAO"},
	{"XPF", 0, 1, 1, "CFP franc"},
	{"YER", 2, 1, 1, "Yemeni rial"},
	{"ZAR", 2, 1, 10, "South African rand"},
	{"ZMW", 2, 1, 1, "Zambian kwacha"},
	{"ZWG", 2, 1, 1, "Zimbabwe gold"},
}
