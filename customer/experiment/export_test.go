package experiment

// What tests look at from outside.
var (
	BucketRanges = ranges
	Pick         = pick
)

// Bucket is where a unit stands.
func Bucket(h Hash, salt, unit string) float64 { return h.bucket(salt, unit) }
