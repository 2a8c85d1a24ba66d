package lifetime_test

import (
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"korzo/customer/standing"
	"korzo/insight/lifetime"
	"korzo/insight/metric"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/order"
	"korzo/value/money"
)

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > within {
		t.Errorf("%s is %.6g, want %.6g", what, got, want)
	}
}

// The parameters that were published for CDNOW's 2,357 customers, and those of a
// fit with more digits.
var (
	cdnow  = lifetime.Frequency{R: .243, Alpha: 4.414, A: .793, B: 2.426}
	fitted = lifetime.Frequency{R: .24259, Alpha: 4.41353, A: .79289, B: 2.42575}
	spent  = lifetime.Spend{P: 6.25, Q: 3.74, V: 15.44}
)

func TestCDNOW(t *testing.T) {
	one := lifetime.Buyer{X: 2, Recency: 30.43, Age: 38.86, Mean: 22.35}
	near(t, "orders in 39 weeks", cdnow.Orders(one, 39), 1.226, 5e-4)
	near(t, "alive", cdnow.Alive(one), .72658, 5e-5)
	for _, tt := range []struct{ weeks, want float64 }{{.1429, .0078}, {1, .0532}, {3, .1506}, {31.857, 1.0405}, {32, 1.0437}, {78, 1.8576}} {
		near(t, fmt.Sprint("orders of a new customer in weeks ", tt.weeks), fitted.NewOrders(tt.weeks), tt.want, 4e-4)
	}
	near(t, "of rounded parameters", cdnow.NewOrders(78), 1.8605, 5e-4)
	for _, tt := range []struct{ x, mean, want float64 }{{2, 22.35, 24.66}, {1, 11.77, 18.92}, {0, 0, 35.22}} {
		near(t, fmt.Sprint("an order after ", tt.x), spent.Order(lifetime.Buyer{X: tt.x, Mean: tt.mean}), tt.want, 6e-3)
	}
	near(t, "twelve months", lifetime.Value(cdnow, spent, one), 36.289, 5e-3)
	if never := cdnow.Alive(lifetime.Buyer{Age: 50}); never != 1 {
		t.Errorf("who bought once is alive with %v: the model lets nobody stop before a second purchase", never)
	}
}

// shoppers draws customers as the models say they are.
func shoppers(r *rand.Rand, n int, f lifetime.Frequency, s lifetime.Spend) (all []lifetime.Buyer) {
	for range n {
		rate := gamma(r, f.R) / f.Alpha
		x, y := gamma(r, f.A), gamma(r, f.B)
		stop := x / (x + y)
		b := lifetime.Buyer{Age: 40 + 12*r.Float64()}
		scale := gamma(r, s.Q) / s.V
		for at := r.ExpFloat64() / rate; at < b.Age; at += r.ExpFloat64() / rate {
			b.X, b.Recency = b.X+1, at
			b.Mean += gamma(r, s.P) / scale
			if r.Float64() < stop {
				break
			}
		}
		if b.X > 0 {
			b.Mean /= b.X
		}
		all = append(all, b)
	}
	return all
}

// gamma draws by Marsaglia and Tsang.
func gamma(r *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return gamma(r, shape+1) * math.Pow(r.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := (1 + c*x) * (1 + c*x) * (1 + c*x)
		if v > 0 && math.Log(r.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

// CDNOW's own data is not ours to keep: customers drawn as its parameters say
// must lead back to them.
func TestAFitFindsWhatCustomersWereDrawnFrom(t *testing.T) {
	all := shoppers(rand.New(rand.NewPCG(5, 8)), 6000, fitted, spent)
	f, s := lifetime.FitFrequency(all), lifetime.FitSpend(all)
	t.Logf("%+v %+v", f, s)
	near(t, "r", f.R/fitted.R, 1, .15)
	near(t, "alpha", f.Alpha/fitted.Alpha, 1, .2)
	near(t, "a of a+b", f.A/(f.A+f.B), fitted.A/(fitted.A+fitted.B), .08)
	near(t, "an order", s.P*s.V/(s.Q-1)/(spent.P*spent.V/(spent.Q-1)), 1, .1)
	if f.Likelihood(all) < fitted.Likelihood(all) || s.Likelihood(all) < spent.Likelihood(all) {
		t.Error("what was found is less likely than what they were drawn from")
	}
}

func TestWhatIsExpectedStandsWithTheCustomer(t *testing.T) {
	dbtest.Each(t, []fs.FS{standing.Schema, metric.Schema, lifetime.Schema}, func(t *testing.T, d *db.DB) {
		book := func(first, last int) {
			dbtest.Write(t, d, func(tx *db.Tx) error {
				for i := first; i < last; i++ {
					for k := range 2 + i%3 {
						o := order.Order{ID: order.ID(fmt.Sprintf("ord_%d_%d", i, k)), PlacedAt: tx.Now.Add(-time.Duration(300-60*k-i%20) * 24 * time.Hour),
							Draft: order.Draft{Customer: fmt.Sprint("cus_", i), Total: money.Of(5000, "EUR"),
								Lines: []order.Line{{Kind: "goods", Quantity: 1, Total: money.Of(int64(3000+i%7*500+k*100), "EUR"), UnitCost: money.Of(1000, "EUR")}}}}
						if err := metric.Booked(t.Context(), tx, o, ""); err != nil {
							return err
						}
					}
				}
				return nil
			})
		}
		of := func(customer string) (s standing.Standing) {
			dbtest.Read(t, d, func(tx *db.Tx) (err error) {
				s, err = standing.Of(t.Context(), tx, customer)
				return err
			})
			return s
		}
		book(0, 100)
		if n, err := lifetime.Refresh(t.Context(), d); err != nil || n != 0 || of("cus_1").Predicted != 0 {
			t.Errorf("of a hundred customers %d are expected something of, %v", n, err)
		}
		book(100, 600)
		for range 2 {
			if n, err := lifetime.Refresh(t.Context(), d); err != nil || n != 600 {
				t.Fatalf("%d customers, %v", n, err)
			}
		}
		dbtest.Read(t, d, func(tx *db.Tx) error {
			r, err := lifetime.Last(t.Context(), tx)
			if r.Customers != 600 || r.Repeaters != 600 || r.Currency != "EUR" || r.Expected <= 0 || r.Frequency.R <= 0 || r.Score == nil {
				t.Errorf("the report says %+v", r)
			}
			return err
		})
		often, seldom := of("cus_2"), of("cus_0") // four purchases and two
		if often.Predicted <= seldom.Predicted || often.AlivePPM <= seldom.AlivePPM || seldom.Predicted < 0 {
			t.Errorf("who came often: %+v; seldom: %+v", often, seldom)
		}
	})
}
