package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

const (
	headerTime = 10 * time.Second  // a client may take so long to say what it wants
	idleTime   = 120 * time.Second // a connection may be kept so long for another request
	drainTime  = 15 * time.Second  // requests under way may take so long after the end was called
	maxHeader  = 64 << 10
)

// Serve answers requests on l until ctx ends. Then it takes no new ones, ends
// event streams, lets the others finish, and returns nil when all have. What
// still runs after 15 s is cut off, and that is an error.
func Serve(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{
		Handler:           endStreams(ctx, h),
		ReadHeaderTimeout: headerTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug),
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()

	select {
	case err := <-ended:
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	err := s.Shutdown(drain)
	if err != nil {
		err = errors.Join(fmt.Errorf("drain %s: %w", l.Addr(), err), s.Close())
	}
	if e := <-ended; err == nil && !errors.Is(e, http.ErrServerClosed) {
		err = e
	}
	return err
}

// Listen opens addr ("127.0.0.1:8080", ":0") and serves on it.
func Listen(ctx context.Context, addr string, h http.Handler) error {
	var c net.ListenConfig
	l, err := c.Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", addr, err)
	}
	return Serve(ctx, l, h)
}

// endStreams ends event streams as soon as ctx does: they never finish by
// themselves, and their readers connect again. No other request is cancelled.
func endStreams(ctx context.Context, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isStream(r) {
			h.ServeHTTP(w, r)
			return
		}
		streaming, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(ctx, cancel)()
		h.ServeHTTP(w, r.WithContext(streaming))
	})
}
