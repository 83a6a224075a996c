package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"remit/metric"
	"remit/rules"
	"remit/store"
	"remit/web"
)

func (s *session) serveCommand() *cobra.Command {
	var p place
	var listen string
	var w web.Options
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve the register as a web application",
		Long: `Serve the register as a web application. Nothing needs to be set up: the first
start makes the register in the data directory out of the shipped pack.

It listens on this machine alone unless --listen says otherwise. In front of a
network, put a proxy that speaks TLS. It ends when it is interrupted, after the
requests that are under way. Its log goes to standard error, a line of JSON a
request, without what was asked and by whom.

While there is no account, it prints a link by which the first administrator is
made: once, within 24 hours. People sign in with the account of their organisation
where REMIT_OIDC_ISSUER, REMIT_OIDC_CLIENT_ID and REMIT_OIDC_CLIENT_SECRET (or
REMIT_OIDC_CLIENT_SECRET_FILE) name an OpenID Connect provider, and --public-url
or REMIT_PUBLIC_URL says where people find Remit.

` + exitHelp,
		Example: "  remit serve\n  remit serve --data /var/lib/remit --listen 127.0.0.1:8080 --behind-proxy --public-url https://remit.example.org",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := p.options()
			if err != nil {
				return err
			}
			if w.UploadLimit <= 0 {
				return fail(exitUsage, fmt.Errorf("--upload-limit is %d", w.UploadLimit), "give a number of bytes above 0, or leave it out for 2 GiB")
			}
			if err := signInSettings(&w); err != nil {
				return err
			}
			return s.serve(cmd.Context(), o, w, listen)
		},
	}
	p.add(c)
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8080", "address and port to listen on")
	c.Flags().Int64Var(&w.UploadLimit, "upload-limit", web.UploadLimit, "largest file of activity that is taken, in bytes")
	c.Flags().StringVar(&w.PublicURL, "public-url", "", "where people find it, such as https://remit.example.org (default: $REMIT_PUBLIC_URL)")
	c.Flags().BoolVar(&w.BehindProxy, "behind-proxy", false, "every request comes through a proxy that speaks TLS and adds the client to X-Forwarded-For")
	c.Flags().StringVar(&w.OIDC.Issuer, "oidc-issuer", "", "issuer of the OpenID Connect provider (default: $REMIT_OIDC_ISSUER)")
	c.Flags().StringVar(&w.OIDC.ClientID, "oidc-client-id", "", "name of Remit at the provider (default: $REMIT_OIDC_CLIENT_ID)")
	return c
}

// signInSettings fills in what the command line leaves out. The secret of the
// client is never on the command line, which others on the machine can see.
func signInSettings(w *web.Options) (err error) {
	w.PublicURL = cmp.Or(w.PublicURL, os.Getenv("REMIT_PUBLIC_URL"))
	w.OIDC.Issuer = cmp.Or(w.OIDC.Issuer, os.Getenv("REMIT_OIDC_ISSUER"))
	w.OIDC.ClientID = cmp.Or(w.OIDC.ClientID, os.Getenv("REMIT_OIDC_CLIENT_ID"))
	w.OIDC.ClientSecret, err = setting("REMIT_OIDC_CLIENT_SECRET")
	return err
}

// contractSettings opens the submissions of the data directory.
func contractSettings(w *web.Options, dir string) (err error) {
	if w.Rules, err = loadRules(dir, nil); err != nil {
		return err
	}
	if w.Prices, err = loadPrices(dir, nil); err != nil {
		return err
	}
	if w.Quality, err = web.LoadQuality(metricFiles(dir), metric.Laid{Shipped: rules.FS, Own: os.DirFS(filepath.Join(dir, "rules"))}); err != nil {
		return metricFault(err)
	}
	w.Ledger, err = openLedger(dir)
	return err
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

func (s *session) serve(ctx context.Context, o store.Options, w web.Options, listen string) error {
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
	w.Store, w.Program, w.Log, w.Parquet = st, programVersion(), log, parquet{}
	if dir := st.Dir(); dir != "" {
		w.Budgets = os.DirFS(filepath.Join(dir, "budgets"))
	}
	if err := contractSettings(&w, o.Dir); err != nil {
		return err
	}
	defer w.Ledger.Close()
	site, err := web.New(w)
	if err != nil {
		return fail(exitUsage, err, "see remit serve --help")
	}
	first, err := site.FirstLink(ctx)
	if err != nil {
		return storeFault(err)
	}
	defer site.Close()
	if err := site.Mend(ctx); err != nil {
		return storeFault(err)
	}
	if err := site.Ahead(ctx); err != nil {
		return storeFault(err)
	}
	server := &http.Server{
		Handler: site, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime, MaxHeaderBytes: headerSize,
	}
	fmt.Fprintf(s.out, "Remit is at http://%s (register: %s). Interrupt it to end.\n", listener.Addr(), st.Location())
	if first != "" {
		fmt.Fprintf(s.out, "There is no account yet. Create the first, once, within 24 hours:\n%s%s\n", cmp.Or(strings.TrimRight(w.PublicURL, "/"), "http://"+listener.Addr().String()), first)
	}
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
