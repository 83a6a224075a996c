package access

import "remit/register"

// Map says to which board and sub-ICB location a practice or a location belongs
// on a day, so that use of any year can be set out on the boards of any day.
type Map struct {
	Day       register.Day
	pack      *register.Pack
	practices *register.Table
	locations *register.Table
	boards    *register.Table
}

// MapOf is the map of a day.
func MapOf(pack *register.Pack, day register.Day) *Map {
	return &Map{day, pack, pack.Table("practice"), pack.Table("sub_icb"), pack.Table("icb")}
}

// practice is the sub-ICB location of a practice. One that had closed by the day,
// or was not open yet, keeps the location it had if the map has that.
func (m *Map) practice(code string) string {
	row := m.practices.Find(code, m.Day, 0).Row
	if row == register.NoRow {
		rows := m.practices.Rows(code)
		if len(rows) == 0 {
			return ""
		}
		row = rows[len(rows)-1]
	}
	return m.location(m.practices.At(row, "commissioner"))
}

// location is a sub-ICB location if the map has it.
func (m *Map) location(code string) string {
	if m.locations.Find(code, m.Day, 0).Row == register.NoRow {
		return ""
	}
	return code
}

// board is a board if the map has it.
func (m *Map) board(code string) string {
	if m.boards.Find(code, m.Day, 0).Row == register.NoRow {
		return ""
	}
	return code
}

// boardOf is the board of a sub-ICB location.
func (m *Map) boardOf(location string) string {
	row := m.locations.Find(location, m.Day, 0).Row
	if row == register.NoRow {
		return ""
	}
	return m.locations.At(row, "icb")
}

// of gives the area of a cut, by what gives the sub-ICB location.
func (m *Map) of(cut Cut, location func(string) string) func(string) string {
	if cut == BySubICB {
		return location
	}
	return func(code string) string { return m.boardOf(location(code)) }
}

// Home is the area of a cut in which somebody lives whose home is given as a
// practice or as a sub-ICB location; blank when the map has neither.
func (m *Map) Home(cut Cut, code string) string {
	location := m.practice(code)
	if location == "" {
		location = m.location(code)
	}
	if cut == BySubICB {
		return location
	}
	return m.boardOf(location)
}

// ProviderBoard is the board in whose area a provider stands, blank when that is
// not known.
func (m *Map) ProviderBoard(code string) string {
	t := m.pack.Table("provider")
	row := t.Find(code, m.Day, 0).Row
	if row == register.NoRow && len(code) > 3 {
		row = t.Find(code[:3], m.Day, 0).Row
	}
	if row == register.NoRow {
		return ""
	}
	return t.At(row, "icb")
}

// Name is the name of an area of a cut.
func (m *Map) Name(cut Cut, area string) string {
	switch cut {
	case ByICB, BySubICB:
		t := m.boards
		if cut == BySubICB {
			t = m.locations
		}
		if row := t.Find(area, m.Day, 0).Row; row != register.NoRow {
			return t.At(row, "name")
		}
	case ByDecile, ByPractice:
		switch area {
		case "1":
			return "1, the most deprived tenth"
		case "10":
			return "10, the least deprived tenth"
		}
	case ByEthnicity:
		if name := ethnicNames[area]; name != "" {
			return name
		}
	}
	return area
}

// ethnicNames are the groups of the ethnic categories of 2001, which hospital
// records have.
var ethnicNames = map[string]string{"white": "White", "mixed": "Mixed", "asian": "Asian or Asian British", "black": "Black or Black British", "other": "Other ethnic groups"}

// ethnicOrder lists the groups; what is not stated is in none of them.
var ethnicOrder = []string{"white", "mixed", "asian", "black", "other"}

// EthnicGroups are the groups of people by ethnicity that populations may be of.
func EthnicGroups() []string { return append([]string(nil), ethnicOrder...) }

// EthnicGroupOf is the group of an ethnic category code of 2001, blank for not
// stated, not known and what is no code.
func EthnicGroupOf(code string) string {
	if code == "" {
		return ""
	}
	switch code[0] {
	case 'A', 'B', 'C':
		return "white"
	case 'D', 'E', 'F', 'G':
		return "mixed"
	case 'H', 'J', 'K', 'L':
		return "asian"
	case 'M', 'N', 'P':
		return "black"
	case 'R', 'S':
		return "other"
	}
	return ""
}
