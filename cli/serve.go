package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"remit/store"
	"remit/web"
)

func (s *session) serveCommand() *cobra.Command {
	var p place
	var listen string
	var upload int64
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve the register as a web application",
		Long: `Serve the register as a web application. Nothing needs to be set up: the first
start makes the register in the data directory out of the shipped pack.

It listens on this machine alone unless --listen says otherwise. In front of a
network, put a proxy that speaks TLS. It ends when it is interrupted, after the
requests that are under way. Its log goes to standard error, a line of JSON a
request, without what was asked and by whom.

` + exitHelp,
		Example: "  remit serve\n  remit serve --data /var/lib/remit --listen :8080",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := p.options()
			if err != nil {
				return err
			}
			if upload <= 0 {
				return fail(exitUsage, fmt.Errorf("--upload-limit is %d", upload), "give a number of bytes above 0, or leave it out for 2 GiB")
			}
			return s.serve(cmd.Context(), o, listen, upload)
		},
	}
	p.add(c)
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "address and port to listen on")
	c.Flags().Int64Var(&upload, "upload-limit", web.UploadLimit, "largest file of activity that is taken, in bytes")
	return c
}

// Limits of the server: how long a client may take, and how long requests under
// way are waited for at the end.
const (
	headerTime = 5 * time.Second
	readTime   = 30 * time.Second
	writeTime  = time.Minute
	idleTime   = 2 * time.Minute
	endTime    = 20 * time.Second
	headerSize = 32 << 10
)

func (s *session) serve(ctx context.Context, o store.Options, listen string, upload int64) error {
	log := slog.New(slog.NewJSONHandler(s.err, nil))
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
	if err != nil {
		return fail(exitUsage, err, "name another address with --listen, such as 127.0.0.1:8081")
	}
	defer listener.Close()
	st, err := store.Open(ctx, o)
	if err != nil {
		return storeFault(err)
	}
	defer st.Close()
	site, err := web.New(web.Options{Store: st, Program: programVersion(), Log: log, UploadLimit: upload, Parquet: parquet{}})
	if err != nil {
		return err
	}
	defer site.Close()
	if err := site.Mend(ctx); err != nil {
		return storeFault(err)
	}
	server := &http.Server{
		Handler: site, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime, MaxHeaderBytes: headerSize,
	}
	fmt.Fprintf(s.out, "Remit is at http://%s (register: %s). Interrupt it to end.\n", listener.Addr(), st.Location())
	return run(ctx, server, listener)
}

// run serves until the context ends, and then lets requests under way finish.
func run(ctx context.Context, server *http.Server, listener net.Listener) error {
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	if err := server.Shutdown(end); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}
