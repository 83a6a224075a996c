package submission

// current picks for each slice the latest freeze, else the latest flex. A
// submission that says neither counts as flex.
func current(loads []Load) map[Slice]string {
	best := map[Slice]*Load{}
	for i := range loads {
		l := &loads[i]
		for _, s := range l.Slices {
			if b := best[s]; b == nil || l.after(b) {
				best[s] = l
			}
		}
	}
	picked := make(map[Slice]string, len(best))
	for s, l := range best {
		picked[s] = l.Submission
	}
	return picked
}

// after says whether a submission counts rather than another.
func (l *Load) after(o *Load) bool {
	if frozen := l.Kind == Freeze; frozen != (o.Kind == Freeze) {
		return frozen
	}
	return l.Order > o.Order
}
