package slo

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestMoney(t *testing.T) {
	for _, c := range []struct {
		in       string
		decimals int
		want     string // "" is an error
	}{
		{"1250", 2, "1250.00"}, {"99.9", 2, "99.90"}, {"0.05", 2, "0.05"}, {"0", 2, "0.00"}, {"120000", 0, "120000"}, {"1.2345", 4, "1.2345"},
		{"1.234", 2, ""}, {"1.5", 0, ""}, {"-1", 2, ""}, {"1.", 2, ""}, {".5", 2, ""}, {"1e3", 2, ""}, {"", 2, ""}, {"99999999999999999", 2, ""}, {"1,000", 2, ""},
	} {
		m, err := ParseMoney(c.in, "EUR", c.decimals)
		if (err != nil) != (c.want == "") || err == nil && m.Number() != c.want {
			t.Errorf("%q: %s, %v; want %q", c.in, m.Number(), err, c.want)
		}
	}
	fee := Money{100_05, "EUR", 2}
	for percent, want := range map[string]string{"10": "10.01 EUR", "0": "0.00 EUR", "100": "100.05 EUR", "33.3333333333": "33.35 EUR", "10000": "10005.00 EUR"} {
		if got := fee.Share(*percents(t, percent)).String(); got != want {
			t.Errorf("%s %% of %s is %s, want %s", percent, fee, got, want)
		}
	}
	if got := (Money{MaxMoney, "EUR", 2}).Share(maxRatio).Amount; got != 100*MaxMoney {
		t.Errorf("the largest share is %d", got)
	}
}

// creditsAccount is a day's objective at 90 % with two tiers, in a year of a
// measurement a day.
func creditsAccount(t *testing.T, said []State, c *Credits) (*Account, *Objective) {
	ten, fifty := *percents(t, "90"), *percents(t, "50")
	c.Objective = "o"
	c.Tiers = []Tier{{Percent: One / 10, Below: &ten}, {Percent: One / 4, Below: &fifty}}
	a := &Agreement{Name: "g", Service: "s", Zone: time.UTC, Objectives: []Objective{{Name: "o", Target: ten, Window: Window{Period: Month}}}, Credits: c}
	const day = 24 * time.Hour
	cat := &Catalog{
		Probes:     []*Probe{{Name: "web", Hold: day, Confirm: 1, Locations: Locations{Min: 1}}},
		Services:   []*Service{{Name: "s", Up: Expr{Probe: "web"}}},
		Agreements: []*Agreement{a},
	}
	h := NewHistory(cat)
	for i, s := range said {
		h.Add("1", &Measurement{Probe: "web", Location: "eu", At: yearStart.Add(time.Duration(i) * day), Outcome: s})
	}
	h.Settle()
	v := Interval{yearStart.Add(200 * day), yearStart.Add(366 * day)}
	return NewAccount(a, LaidOver(v, nil), h), &a.Objectives[0]
}

var yearStart = At(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))

// A cap leaves a window what the ones before it in its period did not earn, of
// all fees of the period.
func TestCreditCap(t *testing.T) {
	said := repeat(Up, 365)
	for i := range said { // four days of each month: below 90 %
		if d := yearStart.Add(time.Duration(i) * 24 * time.Hour).Time().Day(); d <= 4 {
			said[i] = Down
		}
	}
	fee := Money{1000_00, "EUR", 2}
	claim := 30 * 24 * time.Hour
	at := At(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))
	july := At(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC))
	for _, c := range []struct {
		name  string
		cap   *CreditCap
		from  *Instant
		month time.Month
		want  string
		owed  string
	}{
		{"no cap", nil, nil, 12, "10", "100.00 EUR"},
		{"a cap of a month", &CreditCap{One / 20, Month}, nil, 12, "5", "50.00 EUR"},
		{"the year's cap lasts", &CreditCap{One / 20, Year}, nil, 6, "10", "100.00 EUR"},
		{"and is spent", &CreditCap{One / 20, Year}, nil, 7, "0", "0.00 EUR"},
		{"the last one gets the rest", &CreditCap{One / 1000 * 55, Quarter}, nil, 11, "6.5", "65.00 EUR"},
		{"only months in force pay fees", &CreditCap{One / 40, Year}, &july, 8, "5", "50.00 EUR"},
		{"and earn credits", &CreditCap{One / 40, Year}, &july, 9, "0", "0.00 EUR"},
	} {
		acc, o := creditsAccount(t, said, &Credits{Cap: c.cap, Fee: &fee, ClaimWithin: &claim})
		acc.Agreement.From = c.from
		acc.SetAgreed(LaidOver(Interval{yearStart.Add(200 * 24 * time.Hour), at}, nil))
		end := At(time.Date(2026, c.month+1, 1, 0, 0, 0, 0, time.UTC))
		st := acc.Status(o, at, end)
		if st.Credit == nil || st.Credit.Percent() != c.want || st.Owed.String() != c.owed {
			t.Errorf("%s: %v %% and %v, want %s %% and %s", c.name, st.Credit.Percent(), st.Owed, c.want, c.owed)
		}
		if (st.ClaimBy != nil) != (c.want != "0") || st.ClaimBy != nil && *st.ClaimBy != end.Add(claim) {
			t.Errorf("%s: to be claimed by %v", c.name, st.ClaimBy)
		}
	}
}

// A multiple is owed of what was missed, where the target was, and at most all.
func TestCreditMultiple(t *testing.T) {
	month := func(down int) []State {
		said := repeat(Up, 365)
		for i := range down { // of the 30 days of November
			said[304+i] = Down
		}
		return said
	}
	fee := Money{1000_00, "EUR", 2}
	end := At(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC))
	for _, c := range []struct {
		down, multiple int
		want, owed     string
	}{
		{0, 1, "0", "0.00 EUR"},
		{3, 1, "0", "0.00 EUR"}, // 90 % are promised and delivered
		{4, 1, "13.3333333333", "133.33 EUR"},
		{4, 2, "26.6666666666", "266.67 EUR"},
		{15, 2, "100", "1000.00 EUR"},
		{30, MaxMultiple, "100", "1000.00 EUR"},
	} {
		acc, o := creditsAccount(t, month(c.down), &Credits{Fee: &fee})
		acc.Agreement.Credits.Tiers, acc.Agreement.Credits.Multiple = nil, c.multiple
		st := acc.Status(o, end, end)
		if st.Credit == nil || st.Credit.Percent() != c.want || st.Owed.String() != c.owed {
			t.Errorf("%d days, %d times: %v %% and %v, want %s %% and %s", c.down, c.multiple, st.Credit.Percent(), st.Owed, c.want, c.owed)
		}
		if n := acc.NextTier(o, end, yearStart); n != nil {
			t.Errorf("%+v stands beside a multiple", n)
		}
	}
}

// The share that is lost is what exact arithmetic makes of it.
func TestLostModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.Int64Range(1, 1<<56).Draw(t, "whole")
		part := rapid.Int64Range(0, whole).Draw(t, "part")
		times := rapid.Int64Range(1, MaxMultiple).Draw(t, "times")
		want := new(big.Int).Mul(big.NewInt(whole-part), big.NewInt(times*int64(One)))
		want.Div(want, big.NewInt(whole))
		if got := (Fraction{part, whole}).lost(times); want.Cmp(big.NewInt(int64(One))) < 0 && uint64(got) != want.Uint64() || got > One {
			t.Fatalf("%d times 1 - %d/%d is %d, want %v", times, part, whole, got, want)
		}
	})
}

// The next tier is so far that with it more is owed, and with a millisecond
// less it is not.
func TestFurtherModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bound := rapid.Custom(func(t *rapid.T) *Ratio {
			if rapid.Bool().Draw(t, "none") {
				return nil
			}
			r := One / 100 * Ratio(rapid.IntRange(0, 100).Draw(t, "bound"))
			return &r
		})
		c := &Credits{}
		for range rapid.IntRange(1, 4).Draw(t, "tiers") {
			c.Tiers = append(c.Tiers, Tier{One / 100 * Ratio(rapid.IntRange(0, 50).Draw(t, "percent")), bound.Draw(t, "below"), bound.Draw(t, "atMost"), bound.Draw(t, "above"), bound.Draw(t, "atLeast")})
		}
		whole := int64(rapid.IntRange(1, 300).Draw(t, "whole"))
		end := Fraction{int64(rapid.IntRange(0, int(whole)).Draw(t, "part")), whole}
		left := rapid.Int64Range(0, whole).Draw(t, "left")
		percent, d, ok := c.further(end, time.Duration(left)*time.Millisecond)
		for x := int64(1); x <= min(left, end.Part); x++ {
			if r := c.Owed(Fraction{end.Part - x, whole}); r > c.Owed(end) {
				if !ok || ms(d) != x || percent != r {
					t.Fatalf("%v %% after %v, %v; the model says %v %% after %d ms", percent.Percent(), d, ok, r.Percent(), x)
				}
				return
			}
		}
		if ok {
			t.Fatalf("%v %% after %v, but nothing more is ever owed", percent.Percent(), d)
		}
	})
}

// The estimate agrees with a simulation of the same process.
func TestChanceAgainstSimulation(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	lengths := []time.Duration{2 * time.Minute, 5 * time.Minute, 11 * time.Minute, 40 * time.Minute}
	const seen, left = 60 * 24 * time.Hour, 20 * 24 * time.Hour
	for _, d := range []time.Duration{3 * time.Minute, 10 * time.Minute, 45 * time.Minute, 2 * time.Hour} {
		const runs = 200_000
		reached := 0
		for range runs {
			sum := time.Duration(0)
			for at := random.ExpFloat64(); at < float64(len(lengths))*float64(left)/float64(seen); at += random.ExpFloat64() {
				sum += lengths[random.IntN(len(lengths))]
			}
			if sum >= d {
				reached++
			}
		}
		simulated := float64(reached) / runs
		if got := chance(lengths, seen, left, d); math.Abs(got-simulated) > 0.01 {
			t.Errorf("%v: %.4f, simulated %.4f", d, got, simulated)
		}
	}
	if chance(nil, seen, left, time.Minute) != 0 || chance(lengths, seen, 0, time.Minute) != 0 {
		t.Error("without outages, or with no time left, something is to come")
	}
	if got := chance([]time.Duration{time.Millisecond}, time.Second, 300*24*time.Hour, time.Millisecond); got != 1 {
		t.Errorf("what is certain has a chance of %v", got)
	}
}

func TestNextTier(t *testing.T) {
	said := repeat(Up, 334)
	said = append(said, repeat(Down, 2)...)
	said = append(said, repeat(Up, 3)...)
	said[100] = Down
	acc, o := creditsAccount(t, said, &Credits{})
	at := yearStart.Add(339 * 24 * time.Hour) // the 6th of December
	n := acc.NextTier(o, at, yearStart)
	// Two of 31 days are down; below 90 % it is from 3.1 days on.
	if n == nil || n.Percent != One/10 || n.Left != 1584*time.Minute+time.Millisecond {
		t.Fatalf("%+v", n)
	}
	if n.Outages != 1 || n.Probability <= 0 || n.Probability >= 1 {
		t.Errorf("%+v", n)
	}
	if n := acc.NextTier(o, yearStart.Add(364*24*time.Hour+23*time.Hour), yearStart); n != nil {
		t.Errorf("within an hour %+v is reached", n)
	}
	o.Method = BySlices
	if acc.NextTier(o, at, yearStart) != nil {
		t.Error("slices have no minutes left")
	}
}
