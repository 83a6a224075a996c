package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"remit/activity"
	"remit/methods"
)

const exitHelp = `Exit codes: 0 done, 1 differences or findings asked about, 2 bad usage,
3 bad input, 4 bad reference data or method, 130 interrupted.`

// finish gives every command what all of them have: the exit codes in its help,
// a word about a name that is no command of its, and completion of its flags.
func finish(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	root.SetHelpCommand(helpCommand(root))
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		own := c.Name() != "completion" && !(c.HasParent() && c.Parent().Name() == "completion")
		if own {
			c.Long = strings.TrimSpace(c.Long) + "\n\n" + exitHelp
		}
		if c.HasSubCommands() && c.HasParent() && c.RunE == nil {
			c.Args, c.RunE = unknownCommand, func(c *cobra.Command, _ []string) error { return c.Help() }
		}
		completeFlags(c)
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(root)
	root.Args = unknownCommand
	root.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
}

// helpCommand is help that does not take an unknown command for none.
func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: "Show the help of a command",
		Long:    "Show the help of a command, as COMMAND --help does.",
		Example: "  remit help assign\n  remit help method draw",
		RunE: func(_ *cobra.Command, args []string) error {
			c, rest, err := root.Find(args)
			if err != nil {
				return err
			}
			if len(rest) > 0 {
				return unknownCommand(c, rest)
			}
			c.InitDefaultHelpFlag()
			return c.Help()
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) (names []string, _ cobra.ShellCompDirective) {
			c, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			for _, sub := range c.Commands() {
				if sub.IsAvailableCommand() {
					names = append(names, cobra.CompletionWithDesc(sub.Name(), sub.Short))
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
}

// unknownCommand refuses an argument where only commands can stand.
func unknownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	c.SuggestionsMinimumDistance = 2
	hint := "see " + c.CommandPath() + " --help for its commands"
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		hint = "did you mean " + c.CommandPath() + " " + strings.Join(near, ", or ") + "?"
	}
	return fail(exitUsage, fmt.Errorf("%s has no command %q", c.CommandPath(), args[0]), hint)
}

// needs takes at least and at most so many arguments, and says which they are;
// most 0 is any number.
func needs(least, most int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) >= least && (most == 0 || len(args) <= most) {
			return nil
		}
		problem := "nothing is named"
		if len(args) == 1 {
			problem = "only " + args[0] + " is named"
		}
		if len(args) > 1 {
			problem = fmt.Sprintf("%d arguments are given", len(args))
		}
		return fail(exitUsage, fmt.Errorf("%s: %s", c.CommandPath(), problem), "name "+what+"; see "+c.CommandPath()+" --help")
	}
}

// noArguments refuses arguments where there are only flags.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fail(exitUsage, fmt.Errorf("%s takes no %q", c.CommandPath(), args[0]), "see "+c.CommandPath()+" --help")
}

// flagValues are the values that flags of these names take.
func flagValues(name string) []string {
	switch name {
	case "method", "compare":
		return methodNames()
	case "dataset":
		return datasetNames()
	case "map":
		return mappingNames()
	case "delimiter":
		return []string{"comma", "tab", "pipe", "semicolon"}
	}
	return nil
}

// completeFlags lets a shell complete flags that take one of a few values. Those
// that also take a path complete files too.
func completeFlags(c *cobra.Command) {
	for _, name := range []string{"method", "compare", "dataset", "map", "delimiter"} {
		directive := cobra.ShellCompDirectiveNoFileComp
		if name != "dataset" && name != "delimiter" {
			directive = cobra.ShellCompDirectiveDefault
		}
		if c.Flags().Lookup(name) != nil {
			mustComplete(c, name, flagValues(name), directive)
		}
	}
}

func mustComplete(c *cobra.Command, flag string, values []string, directive cobra.ShellCompDirective) {
	if err := c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, directive)); err != nil {
		panic(err) // the flag is defined, and completed once
	}
}

// completeMethods completes arguments that name methods.
func completeMethods(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return methodNames(), cobra.ShellCompDirectiveDefault
}

func methodNames() []string {
	entries, err := methods.Files.ReadDir(".")
	if err != nil {
		panic(err) // the files are part of the program
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

func datasetNames() []string {
	var names []string
	for _, d := range activity.Datasets() {
		names = append(names, string(d))
	}
	return names
}
