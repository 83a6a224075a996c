// Package priority knows how long the capacity of a clinical priority lasts: the
// stations of a dialysis unit, their sessions, how much of them is used and how
// that grows. It is pure.
package priority

import (
	"io"
	"math"
	"math/big"

	"remit/sheet"
)

// Columns are those of a file of capacity models.
var Columns = []string{"model", "programme", "title", "from_year", "stations", "sessions_a_day", "days_a_week", "patient_sessions_a_week", "utilisation", "growth", "most_used", "years", "confidence", "source"}

// Model is the capacity of a service in a year and what becomes of it.
type Model struct {
	Name, Programme, Title string
	From                   int     // the year for which Utilisation holds
	Stations               float64 // chairs or machines
	Sessions               float64 // of a station in a day
	Days                   float64 // in a week
	EachPatient            float64 // sessions of a patient in a week
	Utilisation            float64 // share of the sessions used in the first year
	Growth                 float64 // of patients in a year, as a share
	MostUsed               float64 // the share that can be used at most
	Years                  int     // to look ahead
	Confidence, Source     string
}

// Year is a year of a model.
type Year struct {
	Year        int
	Patients    float64
	Sessions    float64 // used in a week
	Utilisation float64 // of the stations of the first year
	Exceeded    bool    // over MostUsed
	Stations    float64 // needed to be at MostUsed or under, whole ones
	More        float64 // than there are
}

// Read reads models. The error is sheet.Faults, with all that is wrong.
func Read(file string, r io.Reader) ([]Model, error) {
	var faults sheet.Faults
	s := sheet.Read(file, r, Columns, &faults)
	var list []Model
	for _, row := range s.Rows {
		m := Model{
			Name: row.Need("model"), Programme: row.Need("programme"), Title: row.Need("title"), From: whole(row, "from_year", 1948, 2200), Years: whole(row, "years", 1, 50),
			Stations: float(row.Positive("stations")), Sessions: float(row.Positive("sessions_a_day")), Days: float(row.Positive("days_a_week")), EachPatient: float(row.Positive("patient_sessions_a_week")),
			Utilisation: float(row.Positive("utilisation")), Growth: float(row.Signed("growth")), MostUsed: float(row.Positive("most_used")),
			Confidence: row.Choice("confidence", "high", "medium", "low"), Source: row.Need("source"),
		}
		if m.Days > 7 {
			row.Fault("days_a_week", "a week has seven days", "write 7 or fewer")
		}
		if m.Growth <= -1 {
			row.Fault("growth", "nobody is left after such a fall", "write it as 0.01 for 1% a year")
		}
		if m.MostUsed > 1 {
			row.Fault("most_used", "more than everything cannot be used", "write 1 or less")
		}
		list = append(list, m)
	}
	return list, faults.Err()
}

func float(r *big.Rat) float64 { f, _ := r.Float64(); return f }

func whole(row *sheet.Row, column string, least, most int) int {
	n := row.Positive(column)
	if !n.IsInt() || n.Cmp(big.NewRat(int64(least), 1)) < 0 || n.Cmp(big.NewRat(int64(most), 1)) > 0 {
		row.Fault(column, "it is not a whole number in its bounds", "look at the manual for what the column holds")
		return least
	}
	return int(n.Num().Int64())
}

// Capacity is the sessions that the stations give in a week: stations × sessions a
// day × days.
func (m *Model) Capacity() float64 { return m.Stations * m.Sessions * m.Days }

// Ahead works the years out, the first among them:
//
//	sessions = capacity × utilisation × (1 + growth)^years
//	patients = sessions / sessions of a patient
//	stations = sessions / (most used × sessions a day × days), rounded up
func (m *Model) Ahead() []Year {
	list := make([]Year, 0, m.Years+1)
	for n := range m.Years + 1 {
		y := Year{Year: m.From + n, Utilisation: m.Utilisation * math.Pow(1+m.Growth, float64(n))}
		y.Sessions = m.Capacity() * y.Utilisation
		y.Patients = y.Sessions / m.EachPatient
		y.Exceeded = y.Utilisation > m.MostUsed
		// What rounding leaves over is no station.
		y.Stations = math.Ceil(y.Sessions/(m.MostUsed*m.Sessions*m.Days) - 1e-9)
		y.More = math.Max(0, y.Stations-m.Stations)
		list = append(list, y)
	}
	return list
}

// Exceeded gives the years until the most that can be used is reached,
// ln(most used / utilisation) / ln(1 + growth), and false when it never is. It is 0
// where it is exceeded already.
func (m *Model) Exceeded() (years float64, ever bool) {
	switch {
	case m.Utilisation > m.MostUsed:
		return 0, true
	case m.Growth <= 0:
		return 0, false
	}
	return math.Log(m.MostUsed/m.Utilisation) / math.Log1p(m.Growth), true
}
