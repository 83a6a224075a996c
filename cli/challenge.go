package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"remit/calendar"
	"remit/calendars"
	"remit/challenge"
	"remit/register"
	"remit/rules"
	"remit/store"
)

// challengeCommand makes the commands about challenges of billed rows.
func (s *session) challengeCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "challenge",
		Short: "Challenge billed rows, and follow each challenge to its settlement",
		Long: `Challenge rows that providers have billed, and follow each challenge from draft to
settlement. Rules are data; drafts come of them, and nobody but the owner sees a
draft. Where the register has accounts, --as names one that is an editor, and an
account of an organisation takes steps with that organisation's challenges alone
(the provider's own account may answer).`,
		Example: "  remit challenge list --provider RJ7\n  remit challenge raise pjv2ub3yqk4d --as ann",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var p place
	p.add(c)
	c.AddCommand(s.challengeRulesCommand(&p), s.challengeRunCommand(&p), s.challengeDraftCommand(&p), s.challengeListCommand(&p), s.challengeShowCommand(&p), s.challengeBundleCommand(&p))
	c.AddCommand(s.challengeSteps(&p)...)
	return c
}

// challengeData are the rules and the calendar: the files that ship with the program,
// each replaced by the file of the same name in the folders rules and calendars of the
// data directory.
func (p *place) challengeData() (*challenge.Rules, *calendar.Calendar, error) {
	if err := p.resolve(); err != nil {
		return nil, nil, err
	}
	rs, err := challenge.Load(replaced{rules.Challenges, filepath.Join(p.dir, "rules")})
	if err != nil {
		return nil, nil, fail(exitReference, err, "")
	}
	c, err := calendar.Load(replaced{calendars.Files, filepath.Join(p.dir, "calendars")})
	if err != nil {
		return nil, nil, fail(exitReference, err, "")
	}
	return rs, c, nil
}

// replaced are files of which an operator may have put others in their place.
type replaced struct {
	shipped fs.FS
	dir     string
}

func (r replaced) Open(name string) (fs.File, error) {
	f, err := os.DirFS(r.dir).Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return r.shipped.Open(name)
	}
	return f, err
}

// dayFlag is a day on the command line; today where it is left out.
type dayFlag struct{ text string }

func (d dayFlag) day() (register.Day, error) {
	if d.text == "" {
		return register.ParseDay(time.Now().Format(time.DateOnly))
	}
	day, err := register.ParseDay(d.text)
	if err != nil {
		return day, fail(exitUsage, err, "")
	}
	return day, nil
}

func oneChallenge(ctx context.Context, st *store.Store, id string) (challenge.Challenge, error) {
	c, err := st.Challenge(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return c, fail(exitInput, fmt.Errorf("there is no challenge %q", id), "run remit challenge list")
	}
	return c, storeFault(err)
}

// challenger is the person who files challenges for an organisation: one of its editors, or a national one.
func challenger(ctx context.Context, st *store.Store, name, owner string) (store.Account, error) {
	who, err := actor(ctx, st, name, store.Editor)
	if err != nil {
		return who, err
	}
	if who.Organisation != "" && who.Organisation != owner {
		return who, fail(exitInput, fmt.Errorf("%s of %s may not challenge for %s", who.Name, who.Organisation, owner), "nothing was changed")
	}
	return who, nil
}
