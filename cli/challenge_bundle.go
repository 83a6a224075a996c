package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"remit/challenge"
	"remit/register"
	"remit/store"
	"remit/whole"
)

func (s *session) challengeBundleCommand(p *place) *cobra.Command {
	var owner, provider, out string
	var states []string
	var on dayFlag
	c := &cobra.Command{
		Use:   "bundle",
		Short: "Write what goes to a provider: a letter, and the challenged rows as CSV",
		Long: `Write what goes to a provider: a letter (HTML), the challenged rows (CSV) and their
sums (CSV), as a ZIP file where --out ends in .zip, else into a folder. Challenges
that are raised are in it; --state picks others.`,
		Example: "  remit challenge bundle --owner QHL --provider RJ7 --out rj7.zip",
		Args:    cobra.NoArgs,
		RunE: p.with(func(cmd *cobra.Command, _ []string, st *store.Store) error {
			rs, limits, err := p.challengeData()
			if err != nil {
				return err
			}
			f := store.ChallengeFilter{Owner: owner, Provider: provider}
			if f.States, err = parseStates(states); err != nil {
				return err
			}
			b := challenge.Bundle{Owner: owner, Provider: provider, Rules: rs, Limits: limits}
			if b.On, err = on.day(); err != nil {
				return err
			}
			if b.Challenges, err = st.Challenges(cmd.Context(), f); err != nil {
				return storeFault(err)
			}
			if len(b.Challenges) == 0 {
				return fail(exitInput, fmt.Errorf("%s has no challenge of %s that is %s", provider, owner, strings.Join(states, " or ")), "see remit challenge list; raise drafts before they are sent")
			}
			pack, err := s.pack()
			if err != nil {
				return err
			}
			defer pack.Close()
			b.OwnerName, b.ProviderName = nameOn(pack, owner, b.On), nameOn(pack, provider, b.On)
			if err := writeBundle(&b, out); err != nil {
				return err
			}
			_, err = fmt.Fprintf(s.out, "%s in %s.\n", count(len(b.Challenges), "challenge"), out)
			return err
		}),
	}
	c.Flags().StringVar(&owner, "owner", "", "organisation that challenges")
	c.Flags().StringVar(&provider, "provider", "", "provider that it goes to")
	c.Flags().StringVar(&out, "out", "", "ZIP file (.zip) or folder to write")
	c.Flags().StringArrayVar(&states, "state", []string{string(challenge.Raised)}, "states of the challenges in it")
	c.Flags().StringVar(&on.text, "on", "", "day of the letter (default: today)")
	for _, name := range []string{"owner", "provider", "out"} {
		c.MarkFlagRequired(name)
	}
	return c
}

// nameOn is the name of an organisation on a day, or its code.
func nameOn(pack *register.Pack, code string, on register.Day) string {
	for _, table := range []string{"icb", "hub", "sub_icb", "provider"} {
		t := pack.Table(table)
		row := t.Find(code, on, 0).Row
		if row == register.NoRow {
			row = t.FindEver(code, 0).Row
		}
		if name := t.At(row, "name"); name != "" {
			return name
		}
	}
	return code
}

// writeBundle writes a ZIP whole or not at all; into a folder, each file so.
func writeBundle(b *challenge.Bundle, out string) error {
	if strings.EqualFold(filepath.Ext(out), ".zip") {
		return whole.Write(out, b.WriteZip)
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fail(exitInput, err, "")
	}
	for _, f := range b.Files() {
		if err := whole.Write(filepath.Join(out, f.Name), f.Write); err != nil {
			return err
		}
	}
	return nil
}
