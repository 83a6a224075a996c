package price

import (
	"strconv"

	"remit/activity"
)

// days are the days of a spell, -1 for a stay that is not known.
type days struct{ stay, critical, rehabilitation, palliative, delayed int }

func (d days) taken() int { return d.critical + d.rehabilitation + d.palliative + d.delayed }

// qualifying are the days of the stay that count towards the trim point.
func (d days) qualifying() int { return max(0, d.stay-d.taken()) }

func (d days) excess(trim int) int { return max(0, d.qualifying()-trim) }

func (d days) text() string {
	var b []byte
	for i, n := range [...]int{d.stay, d.critical, d.rehabilitation, d.palliative, d.delayed} {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(n), 10)
	}
	return string(b)
}

// priceOf prices a count at the rate; of what passes through, the cost.
func (r *rate) priceOf(count, cost activity.Amount) Piece {
	p := Piece{POD: r.pod, HRG: r.hrg, Count: count, Reason: r.reason}
	units := count
	switch r.reason {
	case Priced:
	case PassThrough:
		units = cost
	default:
		return p
	}
	n, ok := smallUnits(units)
	if ok {
		p.Price, ok = r.unit.times(n, r.pence)
	}
	if !ok {
		p.Price, p.Reason = activity.Amount{}, CountUnread
	}
	return p
}

// excessPrice prices days above the trim point.
func (r *rate) excessPrice(n int) Piece {
	p := Piece{POD: r.excess.pod, HRG: r.hrg, Count: whole(n)}
	var ok bool
	if p.Price, ok = r.excess.unit.times(int64(n)*unit, r.pence); !ok {
		p.Price, p.Reason = activity.Amount{}, CountUnread
	}
	return p
}

// unit is 1 in decimals of 8 places.
const unit = 100_000_000

func whole(n int) activity.Amount { return activity.AmountOfUnits(0, uint64(n)*unit, false) }
