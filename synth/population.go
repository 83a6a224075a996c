package synth

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"

	"remit/register"
	"remit/whole"
)

// madeUpSource is the source of every row of a made-up population.
const madeUpSource = "SYNTHETIC: made up by remit synth populations; of nobody"

// PopulationNote says what WritePopulations wrote.
type PopulationNote struct {
	Files     []string
	Practices int
	LSOAs     int
	People    int
}

// WritePopulations makes up the populations, deprivation and places that fit the
// made-up records of a year: people by practice, by LSOA and by ethnic group, each
// by age band and sex, the LSOA of each made-up postcode, and where LSOAs and
// providers are. Practices and providers have real codes; their numbers and places
// are made up. LSOAs have codes that nobody uses.
func WritePopulations(pack *register.Pack, dir, year string) (PopulationNote, error) {
	if year == "" {
		year = DefaultYear
	}
	w, err := newWorld(pack, year)
	if err != nil {
		return PopulationNote{}, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return PopulationNote{}, &whole.Error{Path: dir, Err: err}
	}
	n := &PopulationNote{}
	for _, f := range []struct {
		name  string
		write func(*world, *bufio.Writer, *PopulationNote)
	}{{"population.csv", writePeople}, {"lsoa.csv", writeLSOAs}, {"postcode_lsoa.csv", writePostcodeAreas}, {"place.csv", writePlaces}} {
		path := filepath.Join(dir, f.name)
		err := whole.Write(path, func(out io.Writer) error {
			b := bufio.NewWriter(out)
			f.write(w, b, n)
			return b.Flush()
		})
		if err != nil {
			return *n, err
		}
		n.Files = append(n.Files, path)
	}
	return *n, nil
}

// lsoasEach is the number of made-up LSOAs of an area, one of each decile. Those of
// the deprived have fewer people than patients, so that the made-up use has a slope.
const lsoasEach = 10

func lsoaCode(area, decile int) string { return fmt.Sprintf("ZT%03d%02d", area, decile) }

// ageShape is how many of a hundred thousand people are of an age band, made up: a
// population that is older than it was.
func ageShape(band int) float64 {
	return 6500 * math.Exp(-math.Pow(math.Max(0, float64(band)-10), 2)/38)
}

func (w *world) yearDay() string { return w.start.String() }

func writePeople(w *world, b *bufio.Writer, n *PopulationNote) {
	b.WriteString("area_kind,area,sex,age_from,age_to,persons,valid_from,valid_to,confidence,source\n")
	shape := 0.0
	for band := range 19 {
		shape += ageShape(band)
	}
	ethnic := map[string]float64{"white": 0.81, "mixed": 0.03, "asian": 0.09, "black": 0.05, "other": 0.02}
	whole := 0.0
	write := func(kind, area string, people float64) {
		for sex := range 2 {
			for band := range 19 {
				// Women are more of the old.
				share := ageShape(band) / shape * (0.5 + (float64(sex)-0.5)*0.004*float64(band))
				persons := int(math.Round(people * share))
				to := fmt.Sprint(band*5 + 4)
				if band == 18 {
					to = ""
				}
				fmt.Fprintf(b, "%s,%s,%d,%d,%s,%d,%s,,low,%s\n", kind, area, sex+1, band*5, to, persons, w.yearDay(), madeUpSource)
				if kind == "practice" {
					n.People += persons
				}
			}
		}
	}
	deprived := 0.0
	for d := 1; d <= lsoasEach; d++ {
		deprived += peopleOf(d)
	}
	for i, a := range w.areas {
		whole += a.people
		sizes := make([]float64, len(a.practices))
		all := 0.0
		for k, code := range a.practices {
			sizes[k] = sizeOf(code, 0.5) * peopleOf(practiceDecile(code))
			all += sizes[k]
		}
		for k, code := range a.practices {
			if !w.holds("practice", code, w.start) {
				write("sub_icb", a.code, a.people) // it has no practice that stands in the register
				continue
			}
			write("practice", code, a.people*sizes[k]/all)
			n.Practices++
		}
		for d := 1; d <= lsoasEach; d++ {
			write("lsoa", lsoaCode(i, d), a.people*peopleOf(d)/deprived)
			n.LSOAs++
		}
	}
	for _, group := range []string{"white", "mixed", "asian", "black", "other"} {
		write("ethnic_group", group, whole*ethnic[group])
	}
}

// peopleOf weighs the people of a decile.
func peopleOf(decile int) float64 { return 0.75 + 0.05*float64(decile) }

// practiceDecile is the made-up decile of where a practice stands.
func practiceDecile(code string) int { return int(hashed(code+"decile")%lsoasEach) + 1 }

// site is a made-up place: areas stand on a grid, and what is in them near by.
func (w *world) site(area int, salt string) (latitude, longitude float64) {
	const across = 12
	x, y := float64(area%across), float64(area/across)
	h := hashed(salt)
	return 51 + y*0.35 + float64(h%1000)/1000*0.3, -3.5 + x*0.38 + float64(h>>20%1000)/1000*0.34
}

func writeLSOAs(w *world, b *bufio.Writer, _ *PopulationNote) {
	b.WriteString("lsoa,imd_decile,latitude,longitude,valid_from,valid_to,confidence,source\n")
	for i := range w.areas {
		for d := 1; d <= lsoasEach; d++ {
			north, east := w.site(i, lsoaCode(i, d))
			fmt.Fprintf(b, "%s,%d,%.4f,%.4f,%s,,low,%s\n", lsoaCode(i, d), d, north, east, w.yearDay(), madeUpSource)
		}
	}
}

func writePostcodeAreas(w *world, b *bufio.Writer, _ *PopulationNote) {
	b.WriteString("postcode,lsoa\n")
	for i, a := range w.areas {
		for k, p := range a.postcodes {
			fmt.Fprintf(b, "%s,%s\n", p, lsoaCode(i, k%lsoasEach+1))
		}
	}
}

func writePlaces(w *world, b *bufio.Writer, _ *PopulationNote) {
	b.WriteString("organisation,latitude,longitude,lsoa,valid_from,valid_to,confidence,source\n")
	for _, p := range w.providers {
		at := slices.IndexFunc(w.areas, func(a *area) bool { return a.code == p.host })
		if at < 0 {
			at = slices.IndexFunc(w.areas, func(a *area) bool { return a.icb == p.icb })
		}
		if at < 0 {
			continue
		}
		north, east := w.site(at, p.code)
		fmt.Fprintf(b, "%s,%.4f,%.4f,,%s,,low,%s\n", p.code, north, east, w.yearDay(), madeUpSource)
	}
	for i, a := range w.areas {
		for _, code := range a.practices {
			if !w.holds("practice", code, w.start) {
				continue
			}
			north, east := w.site(i, code)
			fmt.Fprintf(b, "%s,%.4f,%.4f,%s,%s,,low,%s\n", code, north, east, lsoaCode(i, practiceDecile(code)), w.yearDay(), madeUpSource)
		}
	}
}
