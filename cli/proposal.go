package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"remit/store"
)

// proposalCommand makes the commands about proposals: the only way in which facts
// change.
func (s *session) proposalCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "proposal",
		Short: "Propose changes to facts, and decide on what others propose",
		Long: `Facts change by proposals alone: one person submits, a second one approves. Where
the register has accounts, --as names one with the role that the step needs.`,
		Example: "  remit proposal list\n  remit proposal show 1",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var p place
	p.add(c)
	c.AddCommand(s.proposalListCommand(&p), s.proposalShowCommand(&p), s.proposalAddCommand(&p), s.proposalApproveCommand(&p), s.proposalRefuseCommand(&p))
	return c
}

func (s *session) proposalListCommand(p *place) *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use:     "list",
		Short:   "List proposals that are open",
		Example: "  remit proposal list\n  remit proposal list --all",
		Args:    cobra.NoArgs,
		RunE: p.with(func(cmd *cobra.Command, _ []string, st *store.Store) error {
			states := []store.State{store.Draft, store.Submitted}
			if all {
				states = nil
			}
			list, err := st.Proposals(cmd.Context(), states...)
			if err != nil {
				return storeFault(err)
			}
			if len(list) == 0 {
				_, err := fmt.Fprintln(s.out, "No proposal is open.")
				return err
			}
			tabs := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
			fmt.Fprintln(tabs, "number\tstate\tby\tedits\ttouches\ttitle")
			for _, p := range list {
				fmt.Fprintf(tabs, "%d\t%s\t%s\t%d\t%s\t%s\n", p.ID, p.State, p.Author, len(p.Edits), boards(p.Organisations), p.Title)
			}
			return tabs.Flush()
		}),
	}
	c.Flags().BoolVar(&all, "all", false, "list those that were decided too")
	return c
}

func (s *session) proposalShowCommand(p *place) *cobra.Command {
	return &cobra.Command{
		Use:     "show NUMBER",
		Short:   "Show a proposal with every row before and after, as JSON",
		Example: "  remit proposal show 1",
		Args:    cobra.ExactArgs(1),
		RunE: p.with(func(cmd *cobra.Command, args []string, st *store.Store) error {
			proposal, err := numbered(cmd.Context(), st, args[0])
			if err != nil {
				return err
			}
			return s.writeJSON(proposal)
		}),
	}
}

func numbered(ctx context.Context, st *store.Store, text string) (store.Proposal, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return store.Proposal{}, fail(exitUsage, fmt.Errorf("%q is not the number of a proposal", text), "run remit proposal list")
	}
	p, err := st.Proposal(ctx, n)
	if errors.Is(err, store.ErrNotFound) {
		return p, fail(exitInput, fmt.Errorf("there is no proposal %d", n), "run remit proposal list")
	}
	return p, storeFault(err)
}

// proposed is a proposal as it is written down for the command line. An edit
// names the row by its values before, or by nothing to add one.
type proposed struct {
	Title  string `json:"title"`
	Reason string `json:"reason"`
	Source string `json:"source"`
	Edits  []struct {
		Table string       `json:"table"`
		Row   store.Values `json:"row"`  // identity columns and valid_from of the row; nothing to add one
		Set   store.Values `json:"set"`  // columns and their new text
		Drop  bool         `json:"drop"` // withdraw the row: it was recorded in error
	} `json:"edits"`
}

func (s *session) proposalAddCommand(p *place) *cobra.Command {
	var as string
	c := &cobra.Command{
		Use:   "add FILE",
		Short: "Submit proposals from a file",
		Long: `Submit proposals from a file (- for standard input) that has one on each line, as
JSON:

  {"title": "...", "reason": "...", "source": "...", "edits": [
    {"table": "icb", "row": {"code": "QMJ", "valid_from": "2022-07-01"}, "set": {"note": "..."}}]}

(on one line). row names the row by its identity columns and valid_from; without
row the edit adds one; with "drop": true it withdraws the row as an error. Each
line is printed as submitted when it is on the disk. A line that is refused ends
the command; those before it stand.

` + exitHelp,
		Example: "  remit proposal add --as ann edits.jsonl",
		Args:    cobra.ExactArgs(1),
		RunE: p.with(func(cmd *cobra.Command, args []string, st *store.Store) error {
			in := s.in
			if args[0] != "-" {
				f, err := os.Open(args[0])
				if err != nil {
					return fail(exitInput, err, "")
				}
				defer f.Close()
				in = f
			}
			return s.addProposals(cmd.Context(), st, as, args[0], in)
		}),
	}
	c.Flags().StringVar(&as, "as", "", "who proposes")
	return c
}

func (s *session) addProposals(ctx context.Context, st *store.Store, as, name string, in io.Reader) error {
	who, err := actor(ctx, st, as, store.Editor)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for n := 1; lines.Scan(); n++ {
		if len(lines.Bytes()) == 0 {
			continue
		}
		var line proposed
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return fail(exitInput, fmt.Errorf("%s line %d: %w", name, n, err), "write each proposal as one line of JSON: remit proposal add --help")
		}
		p, err := line.proposal(ctx, st)
		if err == nil {
			p, err = st.Propose(ctx, who.Name, p)
		}
		if err != nil {
			return storeFault(fmt.Errorf("%s line %d: %w", name, n, err))
		}
		if err := s.submit(ctx, st, who, p); err != nil {
			return err
		}
	}
	return lines.Err()
}

func (line *proposed) proposal(ctx context.Context, st *store.Store) (store.Proposal, error) {
	p := store.Proposal{Title: line.Title, Reason: line.Reason, Source: line.Source}
	k, err := st.Known(ctx, time.Time{})
	if err != nil {
		return p, err
	}
	for _, e := range line.Edits {
		edit := store.Edit{Table: e.Table}
		after := store.Values{}
		if len(e.Row) > 0 {
			f := k.Row(e.Table, e.Row)
			if f == nil {
				return p, fail(exitInput, fmt.Errorf("%s: there is no such row", store.Place(e.Table, e.Row)), "name it by its identity columns and valid_from as they stand")
			}
			edit.Version = f.Version
			for column, text := range f.Values {
				after[column] = text
			}
		}
		for column, text := range e.Set {
			after[column] = text
		}
		if !e.Drop {
			edit.After = after
		}
		p.Edits = append(p.Edits, edit)
	}
	return p, nil
}

func (s *session) proposalApproveCommand(p *place) *cobra.Command {
	var as, note string
	c := &cobra.Command{
		Use:   "approve NUMBER...",
		Short: "Put proposals of others into effect",
		Long: `Put submitted proposals into effect, each whole or not at all. Nobody approves
what they proposed. Each is printed when it is on the disk.

` + exitHelp,
		Example: "  remit proposal approve 1 --as bob",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.decide(cmd.Context(), p, as, args, func(st *store.Store, who string, p store.Proposal) error {
				c, err := st.Approve(cmd.Context(), who, p.ID, p.Revision, note)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(s.out, "Proposal %d is in effect as change %d.\n", p.ID, c.Number)
				return err
			})
		},
	}
	c.Flags().StringVar(&as, "as", "", "who approves")
	c.Flags().StringVar(&note, "note", "", "a note for the record")
	return c
}

func (s *session) proposalRefuseCommand(p *place) *cobra.Command {
	var as, reason string
	c := &cobra.Command{
		Use:     "refuse NUMBER...",
		Short:   "End proposals without effect: refuse those of others, withdraw one's own",
		Example: "  remit proposal refuse 1 --as bob --reason 'the letter says otherwise'",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.decide(cmd.Context(), p, as, args, func(st *store.Store, who string, p store.Proposal) (err error) {
				if p.Author == who {
					p, err = st.Withdraw(cmd.Context(), who, p.ID, p.Revision, reason)
				} else {
					p, err = st.Refuse(cmd.Context(), who, p.ID, p.Revision, reason)
				}
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(s.out, "Proposal %d is %s.\n", p.ID, p.State)
				return err
			})
		},
	}
	c.Flags().StringVar(&as, "as", "", "who refuses or withdraws")
	c.Flags().StringVar(&reason, "reason", "", "why")
	return c
}

// decide takes a step with each of some proposals. An approver of one board may
// not decide on the facts of another; one's own proposal everybody may withdraw.
func (s *session) decide(ctx context.Context, p *place, as string, numbers []string, step func(st *store.Store, who string, p store.Proposal) error) error {
	st, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer st.Close()
	for _, text := range numbers {
		proposal, err := numbered(ctx, st, text)
		if err != nil {
			return err
		}
		role := store.Approver
		if proposal.Author == strings.ToLower(as) {
			role = store.Editor
		}
		who, err := actor(ctx, st, as, role)
		if err != nil {
			return err
		}
		if proposal.Author != who.Name && !store.MayChange(who.Organisation, proposal.Organisations) {
			return fail(exitInput, fmt.Errorf("%s of %s may not decide on facts of %s", who.Name, who.Organisation, boards(proposal.Organisations)), "nothing was changed")
		}
		if err := step(st, who.Name, proposal); err != nil {
			return storeFault(err)
		}
	}
	return nil
}
