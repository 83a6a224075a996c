package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"remit/method"
	"remit/methods"
	"remit/register"
)

const defaultMethod = "cam-2025-26"

// library finds the shipped methods by name, and others by path.
func library(pack *register.Pack) method.Library {
	return method.Library{Pack: pack, Open: func(name string) ([]byte, string, error) {
		if src, err := methods.Files.ReadFile(name + ".yaml"); err == nil {
			return src, name + ".yaml", nil
		}
		if !strings.ContainsAny(name, "/.") {
			return nil, "", fail(exitUsage, fmt.Errorf("there is no method %q", name), "see remit method list, or give the path of a method file")
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return nil, "", fail(exitUsage, fmt.Errorf("reading the method: %w", err), "")
		}
		return src, name, nil
	}}
}

func (s *session) methodCommand() *cobra.Command {
	c := &cobra.Command{Use: "method", Short: "List, show, draw, compare and translate methods"}
	return c
}
