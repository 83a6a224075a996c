package store

import (
	"remit/metric"
	"remit/quality"
)

// IncomingOf makes what is submitted of a part of a return that was read.
func IncomingOf(p *metric.Part, file, reason string) Incoming {
	in := Incoming{Organisation: p.Provider, Service: p.Service, Quarter: p.Period, Reason: reason, File: file, Definitions: p.Metrics}
	meaning := make(map[string]string, len(p.Metrics))
	for _, d := range p.Metrics {
		meaning[d.ID] = d.Meaning()
	}
	for i := range p.Entries {
		e := &p.Entries[i]
		in.Figures = append(in.Figures, quality.Figure{Organisation: p.Provider, Service: p.Service, Metric: e.Metric, Version: e.Version, Meaning: meaning[e.Metric], Period: p.Period,
			State: e.State, Numerator: e.Numerator, Denominator: e.Denominator, Note: e.Note})
	}
	return in
}
