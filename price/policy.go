package price

import (
	"io/fs"
	"path"
	"strings"

	"remit/method"
	"remit/register"
)

// Policy is how prices are applied where sources differ or a year may decide:
// a YAML file, dated, with its source. Every switch must be stated.
type Policy struct {
	Name       string `yaml:"policy"`
	Title      string `yaml:"title"`
	From       string `yaml:"effective_from"`
	To         string `yaml:"effective_to"`
	Source     string `yaml:"source"`
	Confidence string `yaml:"confidence"`
	Notes      string `yaml:"notes"`

	TopUpOnExcess       *bool  `yaml:"topup_on_excess"`        // excess days get the top-up too
	TopUpOnUnbundled    *bool  `yaml:"topup_on_unbundled"`     // unbundled items do
	TopUpOnBestPractice *bool  `yaml:"topup_on_best_practice"` // the best practice addition does
	FactorOnUnbundled   *bool  `yaml:"mff_on_unbundled"`       // unbundled items are multiplied by the factor
	FactorOnPassThrough *bool  `yaml:"mff_on_pass_through"`    // so are drugs and devices
	Rounding            string `yaml:"rounding"`               // of each line: exact (8 places) or pence

	ShortStay struct {
		Applies    *bool    `yaml:"applies"`
		MinimumAge int      `yaml:"minimum_age"`     // years
		UnderDays  int      `yaml:"stay_under_days"` // a stay of fewer days is short
		PODs       []string `yaml:"pods"`            // the points of delivery of emergencies
	} `yaml:"short_stay"`

	text string // as it was read, for the hash
}

// The words for rounding.
const (
	roundExact = "exact"
	roundPence = "pence"
)

// loadPolicies reads policies/*.yaml.
func loadPolicies(fsys fs.FS, into map[string]*Policy, faults *[]register.Fault) {
	names, err := fs.Glob(fsys, "policies/*.yaml")
	if err != nil {
		panic(err) // the pattern is well formed
	}
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			*faults = append(*faults, register.Fault{File: name, Problem: err.Error(), Remedy: "see that the file can be read"})
			continue
		}
		p := readPolicy(text, name, faults)
		into[strings.TrimSuffix(path.Base(name), ".yaml")] = p
	}
}

func readPolicy(text []byte, name string, faults *[]register.Fault) *Policy {
	p := &Policy{text: string(text)}
	if err := method.ReadYAML(text, name, "the policies that ship show every switch: remit price show synthetic-2026-27-1", p); err != nil {
		*faults = append(*faults, register.Fault{File: name, Problem: strings.TrimPrefix(err.Error(), name+":")})
		return &Policy{}
	}
	fault := func(key, value, problem, remedy string) {
		*faults = append(*faults, register.Fault{File: name, Column: key, Value: value, Problem: problem, Remedy: remedy})
	}
	if want := strings.TrimSuffix(path.Base(name), ".yaml"); p.Name != want {
		fault("policy", p.Name, "is not the name of the file", "write "+want)
	}
	for key, value := range map[string]*bool{
		"topup_on_excess": p.TopUpOnExcess, "topup_on_unbundled": p.TopUpOnUnbundled, "topup_on_best_practice": p.TopUpOnBestPractice,
		"mff_on_unbundled": p.FactorOnUnbundled, "mff_on_pass_through": p.FactorOnPassThrough, "short_stay.applies": p.ShortStay.Applies,
	} {
		if value == nil {
			fault(key, "", "is not stated", "write true or false")
		}
	}
	if p.Rounding != roundExact && p.Rounding != roundPence {
		fault("rounding", p.Rounding, "is not one of the words for it", "write exact or pence")
	}
	if p.ShortStay.UnderDays < 0 || p.ShortStay.UnderDays > maxShortStay || p.ShortStay.MinimumAge < 0 {
		fault("short_stay", "", "has a number that cannot be", "write ages from 0, and days from 0 to 30")
	}
	if p.Source == "" || p.Confidence == "" {
		fault("source", p.Source, "source or confidence is blank", "say where the policy is from and how far to trust it")
	}
	for key, value := range map[string]string{"effective_from": p.From, "effective_to": p.To} {
		if _, err := register.ParseDay(value); value != "" && err != nil {
			fault(key, value, "is not a date", "write it as YYYY-MM-DD")
		}
	}
	return p
}

// days are the days on which the policy is in effect; a blank is no limit, and a
// date that is none is a fault already.
func (p *Policy) days() (from, to register.Day) {
	from, to = register.Earliest, register.Latest
	if d, err := register.ParseDay(p.From); err == nil {
		from = d
	}
	if d, err := register.ParseDay(p.To); err == nil {
		to = d
	}
	return from, to
}

// Text is the policy as its file has it.
func (p *Policy) Text() string { return p.text }

// maxShortStay is the longest stay that a policy may call short.
const maxShortStay = 30

func on(b *bool) bool { return b != nil && *b }
