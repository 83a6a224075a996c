package monitor_test

import (
	"testing"

	"remit/activity"
	"remit/calendar"
	"remit/monitor"
	"remit/register"
)

var shipped = func() *register.Pack {
	pack, err := register.LoadShipped()
	if err != nil {
		panic(err)
	}
	return pack
}()

func structureOn(t testing.TB, text string) *monitor.Structure {
	t.Helper()
	day, err := register.ParseDay(text)
	if err != nil {
		t.Fatal(err)
	}
	return monitor.NewStructure(shipped, day)
}

func pounds(text string) activity.Amount {
	a, _, err := activity.ParseAmount([]byte(text))
	if err != nil {
		panic(err)
	}
	return a
}

func counted(text string) monitor.Activity {
	a, err := monitor.ParseActivity([]byte(text))
	if err != nil {
		panic(err)
	}
	return a
}

// cell is a cell of provider R0A and commissioner 14L in 2026/27.
func cell(line, pod string, month int, plannedActivity, plannedPrice, actualActivity, actualPrice string) monitor.Cell {
	return monitor.Cell{
		Key:     monitor.Key{Provider: "R0A", Commissioner: "14L", Line: line, POD: pod, Category: "25", Chapter: "A"},
		Month:   calendar.Month{Year: 2026, Month: month},
		Figures: monitor.Figures{PlannedActivity: counted(plannedActivity), PlannedPrice: pounds(plannedPrice), ActualActivity: counted(actualActivity), ActualPrice: pounds(actualPrice)},
	}
}
