package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"remit/activity"
	"remit/challenge"
	"remit/store"
)

// challengeStep is a command that takes one step with challenges.
type challengeStep struct {
	use, short, example string
	action              challenge.Action
	text, textHelp      string // the flag of the text, if the step has one
	money               string // help of --amount, if the step has one
}

var challengeStepList = []challengeStep{
	{"assign", "Name who sees to challenges", "  remit challenge assign pjv2ub3yqk4d --to bob --as ann", challenge.Assign, "to", "who sees to it", ""},
	{"raise", "Raise drafts with the provider", "  remit challenge raise pjv2ub3yqk4d --as ann", challenge.Raise, "", "", ""},
	{"answer", "Record the provider's answer", "  remit challenge answer pjv2ub3yqk4d --text 'the practice has moved' --as ann", challenge.Reply, "text", "the answer", ""},
	{"accept", "Agree on challenges, in full or for less", "  remit challenge accept pjv2ub3yqk4d --amount 750.00 --as ann", challenge.Accept, "note", "a note for the record", "pounds that are agreed (default: all that is claimed)"},
	{"reject", "Record that the provider owes nothing", "  remit challenge reject pjv2ub3yqk4d --reason 'the register had the old practice' --as ann", challenge.Reject, "reason", "why", ""},
	{"withdraw", "Ask no longer", "  remit challenge withdraw pjv2ub3yqk4d --reason 'put right in month 4' --as ann", challenge.Withdraw, "reason", "why", ""},
	{"settle", "Record that what was agreed has been credited, or a part of it", "  remit challenge settle pjv2ub3yqk4d --reference CN-1042 --as ann", challenge.Settle, "reference", "credit note or other reference", "pounds that were credited (default: all that is left)"},
}

func (s *session) challengeSteps(p *place) []*cobra.Command {
	var all []*cobra.Command
	for _, step := range challengeStepList {
		all = append(all, s.challengeStepCommand(p, step))
	}
	return all
}

func (s *session) challengeStepCommand(p *place, step challengeStep) *cobra.Command {
	var as, text, amount string
	var on dayFlag
	c := &cobra.Command{
		Use: step.use + " CHALLENGE...", Short: step.short, Example: step.example,
		Long: step.short + ". Each challenge is printed when the step is on the disk. One\nthat is refused ends the command; those before it stand.",
		Args: cobra.MinimumNArgs(1),
		RunE: p.with(func(cmd *cobra.Command, args []string, st *store.Store) error {
			_, limits, err := p.challengeData()
			if err != nil {
				return err
			}
			e := challenge.Event{Action: step.action, Text: text}
			if e.On, err = on.day(); err != nil {
				return err
			}
			if amount != "" {
				a, _, err := activity.ParseAmount([]byte(amount))
				if err != nil {
					return fail(exitUsage, err, "write pounds: 750.00")
				}
				e.Amount = &a
			}
			who, err := actor(cmd.Context(), st, as, store.Editor)
			if err != nil {
				return err
			}
			e.Actor = who.Name
			for _, id := range args {
				c, err := oneChallenge(cmd.Context(), st, id)
				if err == nil {
					err = mayStep(who, c, step.action)
				}
				if err == nil {
					c, err = st.StepChallenge(cmd.Context(), id, c.Revision, e, limits)
				}
				if err != nil {
					return storeFault(err)
				}
				fmt.Fprintf(s.out, "Challenge %s is %s%s.\n", c.ID, c.State.Words(), challengeNext(c))
			}
			return nil
		}),
	}
	c.Flags().StringVar(&as, "as", "", "who takes the step")
	c.Flags().StringVar(&on.text, "on", "", "day on which it was taken (default: today)")
	if step.text != "" {
		c.Flags().StringVar(&text, step.text, "", step.textHelp)
	}
	if step.money != "" {
		c.Flags().StringVar(&amount, "amount", "", step.money)
	}
	return c
}

func challengeNext(c challenge.Challenge) string {
	text := ""
	switch c.State {
	case challenge.Accepted, challenge.PartlyAccepted:
		text = " for £" + c.Agreed.Pounds()
	case challenge.Settled:
		text = " with £" + c.Settled.Pounds()
	}
	if c.DueFor != "" {
		text += "; " + dueWords(c)
	}
	return text
}

// mayStep holds accounts of an organisation to that organisation's challenges. The
// provider may answer what was raised with it.
func mayStep(who store.Account, c challenge.Challenge, action challenge.Action) error {
	switch {
	case store.ChallengeStep(c, who.Organisation, action):
		return nil
	case !store.ChallengeVisible(c, who.Organisation):
		return fail(exitInput, fmt.Errorf("there is no challenge %q", c.ID), "run remit challenge list")
	}
	return fail(exitInput, errors.New(who.Name+" of "+who.Organisation+" may not take this step with challenges of "+c.Owner), "nothing was changed")
}
