package web

import (
	"embed"
	"encoding/csv"
	"sync"
)

//go:embed suggested.csv
var suggestedFile embed.FS

// suggestion is a question that the first page offers.
type suggestion struct{ text, service, place, on string }

// suggestions are those that a register of commissioning must answer, across the
// years, in order.
var suggestions = sync.OnceValue(func() []suggestion {
	f, err := suggestedFile.Open("suggested.csv")
	if err != nil {
		panic(err) // the file is in the program
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		panic(err)
	}
	var list []suggestion
	for _, l := range lines[1:] {
		list = append(list, suggestion{l[0], l[1], l[2], l[3]})
	}
	return list
})
