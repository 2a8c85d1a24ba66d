package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// line is one client's kept connection. It costs less than net/http's client,
// which on a small machine would take the server's time away.
type line struct {
	addr   string
	conn   net.Conn
	in     *bufio.Reader
	broken bool
	out    bytes.Buffer
	body   bytes.Buffer
}

// answerTime bounds how long an answer may take.
const answerTime = 30 * time.Second

func dial(ctx context.Context, addr string) (*line, error) {
	l := &line{addr: addr}
	return l, l.again(ctx)
}

// again opens the connection anew.
func (l *line) again(ctx context.Context) error {
	if l.conn != nil {
		_ = l.conn.Close()
	}
	c, err := new(net.Dialer).DialContext(ctx, "tcp", l.addr)
	if err != nil {
		return err
	}
	l.conn, l.in, l.broken = c, bufio.NewReaderSize(c, 16<<10), false
	return nil
}

func (l *line) close() {
	if l.conn != nil {
		_ = l.conn.Close()
	}
}

// call is a request. Body is marshalled; key is a bearer's.
type call struct {
	method, path, key, once string
	body                    any
}

// do sends a request and returns the answer's body, which is good until the
// next do. An answer that is no 2xx is an error.
func (l *line) do(c call) ([]byte, error) {
	l.out.Reset()
	fmt.Fprintf(&l.out, "%s %s HTTP/1.1\r\nHost: %s\r\n", c.method, c.path, l.addr)
	if c.key != "" {
		l.out.WriteString("Authorization: Bearer " + c.key + "\r\n")
	}
	if c.once != "" {
		l.out.WriteString("Idempotency-Key: " + c.once + "\r\n")
	}
	if c.body != nil {
		b, err := json.Marshal(c.body)
		if err != nil {
			return nil, err
		}
		l.out.WriteString("Content-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(b)) + "\r\n\r\n")
		l.out.Write(b)
	} else {
		l.out.WriteString("\r\n")
	}
	status, err := l.exchange()
	if err != nil {
		l.broken = true
		return nil, fmt.Errorf("%s: %w", c.method, err)
	}
	if status/100 != 2 {
		return nil, fmt.Errorf("%s %s: %d %.300s", c.method, c.path, status, l.body.Bytes())
	}
	return l.body.Bytes(), nil
}

func (l *line) exchange() (status int, err error) {
	if err := l.conn.SetDeadline(time.Now().Add(answerTime)); err != nil {
		return 0, err
	}
	if _, err := l.conn.Write(l.out.Bytes()); err != nil {
		return 0, err
	}
	w, err := http.ReadResponse(l.in, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = w.Body.Close() }()
	l.body.Reset()
	if _, err := l.body.ReadFrom(io.LimitReader(w.Body, 16<<20)); err != nil {
		return 0, err
	}
	l.broken = w.Close
	return w.StatusCode, nil
}

// ask is do that reads the answer as JSON.
func ask[T any](l door, c call) (out T, err error) {
	b, err := l.do(c)
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal(b, &out); err != nil {
		return out, fmt.Errorf("%s %s: %w", c.method, c.path, err)
	}
	return out, nil
}

// door is a shop that answers: over a line, or in this process.
type door interface {
	do(c call) ([]byte, error)
}
