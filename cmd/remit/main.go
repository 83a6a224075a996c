// Remit is the system of record and the calculation engine for delegated
// specialised commissioning in England.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"remit/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
