package catalog

// A barcode that looks like a GTIN is checked as one: a mistyped digit would
// make a scanner sell something else.

// validBarcode reports whether a barcode may be kept: any short text, but of 8,
// 12, 13 or 14 digits only with the right check digit.
func validBarcode(code string) bool {
	if !text(code, 0, 64) {
		return false
	}
	for _, r := range code {
		if r < '0' || r > '9' {
			return true
		}
	}
	switch len(code) {
	case 8, 12, 13, 14:
		return ValidGTIN(code)
	}
	return true
}

// ValidGTIN reports whether digits end in their check digit: from the right,
// digits weigh 1 and 3 by turns, and the sum is a multiple of ten.
func ValidGTIN(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := digits[len(digits)-1-i]
		if d < '0' || d > '9' {
			return false
		}
		sum += int(d-'0') * (1 + 2*(i%2))
	}
	return len(digits) > 0 && sum%10 == 0
}
