package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"remit/store"
)

func (s *session) registerUpdateCommand(p *place) *cobra.Command {
	var as, decline string
	var propose, asJSON bool
	var theirs, leave []string
	c := &cobra.Command{
		Use:   "update",
		Short: "See what a newer pack would change, and propose to take it in",
		Long: `A new release of the program ships with a newer reference pack. Nothing of it is
taken in by itself. This command sets out, row by row, what the newer pack adds,
changes, ends and removes, and where it is in conflict with what was changed
here. The exit code is 1 when there is something to decide.

--propose drafts and submits a proposal with everything but the conflicts, which
stay as they are here unless --theirs names them; --leave leaves out more. A
second person approves it: remit proposal approve. --decline REASON
records that this release is not taken in.

` + exitHelp,
		Example: "  remit register update\n  remit register update --propose --as ann --theirs 1a2b3c4d\n  remit register update --decline 'we wait for the next' --as ann",
		Args:    cobra.NoArgs,
		RunE: p.with(func(cmd *cobra.Command, _ []string, st *store.Store) error {
			u, err := st.Update(cmd.Context())
			if err != nil {
				return storeFault(err)
			}
			switch {
			case len(u.Items) == 0:
				_, err := fmt.Fprintln(s.out, "The register has everything of the pack that ships with this program, or it was decided on before.")
				return err
			case decline != "":
				return s.declineUpdate(cmd.Context(), st, u, as, decline)
			case propose:
				return s.proposeUpdate(cmd.Context(), st, u, as, theirs, leave)
			case asJSON:
				if err := s.writeJSON(u.Items); err != nil {
					return err
				}
			default:
				writeUpdate(s.out, u)
			}
			return fail(exitDifferences, errors.New(""), "")
		}),
	}
	c.Flags().BoolVar(&propose, "propose", false, "propose to take it in")
	c.Flags().StringVar(&as, "as", "", "who proposes or declines")
	c.Flags().StringSliceVar(&theirs, "theirs", nil, "conflicts in which the newer pack is right, by their id, or all")
	c.Flags().StringSliceVar(&leave, "leave", nil, "items to leave out, by their id")
	c.Flags().StringVar(&decline, "decline", "", "do not take this release in, and why")
	c.Flags().BoolVar(&asJSON, "json", false, "write the items as JSON")
	c.MarkFlagsMutuallyExclusive("propose", "decline", "json")
	return c
}

func writeUpdate(w io.Writer, u *store.Update) {
	counts := map[store.ItemKind]int{}
	for _, i := range u.Items {
		counts[i.Kind]++
		fmt.Fprintf(w, "%s  %-8s  %s\n", i.ID, i.Kind, i.Place())
		for _, d := range store.Differences(i.Table, i.Ours, i.Theirs) {
			if i.Ours != nil && i.Theirs != nil {
				fmt.Fprintf(w, "            %s: %s -> %s\n", d.Column, shown(d.Before), shown(d.After))
			}
		}
	}
	fmt.Fprintf(w, "%d added, %d changed, %d ended, %d removed, %d in conflict with what was changed here\n",
		counts[store.Added], counts[store.Changed], counts[store.Ended], counts[store.Removed], counts[store.Conflicting])
}

func (s *session) declineUpdate(ctx context.Context, st *store.Store, u *store.Update, as, reason string) error {
	who, err := actor(ctx, st, as, store.Approver)
	if err != nil {
		return err
	}
	if err := st.DeclineUpdate(ctx, who.Name, u.Hash, reason); err != nil {
		return storeFault(err)
	}
	_, err = fmt.Fprintln(s.out, "Declined: this release is not offered again.")
	return err
}

func (s *session) proposeUpdate(ctx context.Context, st *store.Store, u *store.Update, as string, theirs, leave []string) error {
	who, err := actor(ctx, st, as, store.Editor)
	if err != nil {
		return err
	}
	for _, id := range slices.Concat(theirs, leave) {
		if id != "all" && !slices.ContainsFunc(u.Items, func(i store.Item) bool { return i.ID == id }) {
			return fail(exitUsage, fmt.Errorf("%s is no item of the update", id), "run remit register update to see them")
		}
	}
	pick := func(i store.Item) bool {
		if slices.Contains(leave, i.ID) {
			return false
		}
		return i.Kind != store.Conflicting || slices.Contains(theirs, i.ID) || slices.Contains(theirs, "all")
	}
	p := store.Proposal{Title: "Update of the reference pack", Reason: "A newer release of the reference pack.", Source: "the reference pack of " + programVersion()}
	p, err = st.ProposeUpdate(ctx, who.Name, u, pick, p)
	if err != nil {
		return storeFault(err)
	}
	return s.submit(ctx, st, who, p)
}

// importProposal proposes what would make the register as some files have it.
func (s *session) importProposal(ctx context.Context, st *store.Store, files fs.FS, as, reason, from string) error {
	who, err := actor(ctx, st, as, store.Editor)
	if err != nil {
		return err
	}
	u, err := st.Compare(ctx, files)
	if err != nil {
		return storeFault(err)
	}
	if len(u.Items) == 0 {
		_, err := fmt.Fprintf(s.out, "%s: nothing differs from the register\n", from)
		return err
	}
	if strings.TrimSpace(reason) == "" {
		return fail(exitUsage, errors.New("a proposal needs a reason"), "say why with --reason")
	}
	p := store.Proposal{Title: "Tables of " + from, Reason: reason, Source: from}
	if p, err = st.ProposeUpdate(ctx, who.Name, u, func(store.Item) bool { return true }, p); err != nil {
		return storeFault(err)
	}
	return s.submit(ctx, st, who, p)
}

// submit submits a draft just made and says so.
func (s *session) submit(ctx context.Context, st *store.Store, who store.Account, p store.Proposal) error {
	if !store.MayChange(who.Organisation, p.Organisations) {
		return fail(exitInput, fmt.Errorf("%s of %s may not change facts of %s", who.Name, who.Organisation, boards(p.Organisations)), "nothing was submitted; the draft can be withdrawn")
	}
	p, err := st.Submit(ctx, who.Name, p.ID, p.Revision)
	if err != nil {
		return storeFault(err)
	}
	_, err = fmt.Fprintf(s.out, "Proposal %d is submitted: %s. A second person decides: remit proposal approve %d --as NAME\n", p.ID, count(len(p.Edits), "edit"), p.ID)
	return err
}

func boards(codes []string) string {
	return strings.ReplaceAll(strings.Join(codes, ", "), store.National, "all of England")
}
