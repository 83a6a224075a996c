package web

import "remit/register"

// eventDate writes the date of an event as exactly as it is known.
func eventDate(e row) string { return eventDay(edge(e.Get("on"), register.NoDay), e.Get("precision")) }

// eventDay writes a day as exactly as it is known: to the day, month, quarter or
// year.
func eventDay(day register.Day, precision string) string {
	long := longDate(day)
	if long == "" {
		return "No date"
	}
	t := dayTime(day)
	switch precision {
	case "month":
		return t.Format("January 2006")
	case "quarter":
		return []string{"January to March", "April to June", "July to September", "October to December"}[(int(t.Month())-1)/3] + t.Format(" 2006")
	case "year":
		return t.Format("2006")
	}
	return long
}
