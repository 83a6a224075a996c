package measure

// flagShifts flags runs of at least length successive points on one side of the
// mean. A point on the mean belongs to neither side and ends a run.
func flagShifts(points []Point, length int) {
	for from := 0; from < len(points); {
		to, side := from+1, points[from].Flags.Side
		for to < len(points) && points[to].Flags.Side == side {
			to++
		}
		if side != 0 && to-from >= length {
			for i := from; i < to; i++ {
				points[i].Flags.Shift = true
			}
		}
		from = to
	}
}

// flagTrends flags runs of at least length successive points that each go the
// same way from the one before. Where a rising and a falling trend meet, the
// turning point goes with the one that follows.
func flagTrends(points []Point, length int) {
	for from := 0; from+1 < len(points); {
		way := step(points, from+1)
		to := from + 2
		for to < len(points) && step(points, to) == way {
			to++
		}
		if way != 0 && to-from >= length {
			for i := from; i < to; i++ {
				points[i].Flags.Trend = way
			}
		}
		from = to - 1
	}
}

func step(points []Point, i int) int8 { return sign(points[i].Value - points[i-1].Value) }

// flagTwoOfThree flags the points beyond a near limit among three successive
// points on one side of the mean, when they are two or more. countsOutside says
// whether a point beyond the limits themselves is one.
func flagTwoOfThree(points []Point, countsOutside bool) {
	far := func(f Flags) bool { return f.Close || countsOutside && f.Outside }
	for i := 2; i < len(points); i++ {
		three := points[i-2 : i+1]
		side, n := three[0].Flags.Side, 0
		for _, p := range three {
			if p.Flags.Side != side || side == 0 {
				n = -3 // no three such points have two
			}
			if far(p.Flags) {
				n++
			}
		}
		if n < 2 {
			continue
		}
		for j := range three {
			if far(three[j].Flags) {
				three[j].Flags.TwoOfThree = true
			}
		}
	}
}
