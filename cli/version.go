package cli

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is the release; the build's own revision is added to it.
const version = "0.1.0"

func programVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "remit " + version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "remit " + version + " (" + s.Value[:12] + ")"
		}
	}
	return "remit " + version
}

func (s *session) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version of the program", Example: "  remit version", Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(s.out, programVersion())
			return err
		},
	}
}
