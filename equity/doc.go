// Package equity knows who uses what from where: flows between areas and
// providers, catchment populations, distance and travel, and what levelling up
// would take. It is pure. Refusals are those of package measure.
//
// Persons, spells and pounds are all activity to it: report flows in more than
// one, and keep the people of unknown area and the providers outside England in
// as rows and columns of their own.
//
// Sources: Jones et al. 2011 and Beaney et al. 2022 on catchments, the
// experimental catchment populations of the Office for Health Improvement and
// Disparities, Luo and Qi 2009 on floating catchments, as each function says.
package equity

import (
	"fmt"

	"remit/measure"
)

func refuse(why measure.Reason, row int, format string, args ...any) *measure.Refusal {
	return &measure.Refusal{Reason: why, Row: row, Sentence: fmt.Sprintf(format, args...)}
}
