package inspect_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/config"
	"github.com/tattle-server/tattle/server/inspect"
)

// inBubble tests the page of a server without sockets, in the time of a bubble.
func inBubble(t *testing.T, test func(*server.Server, *inspect.Page)) {
	synctest.Test(t, func(t *testing.T) {
		cfg := config.New()
		cfg.Port = 0
		srv, err := server.Start(server.Options{Config: cfg})
		require.NoError(t, err)
		defer srv.Close()
		p := inspect.New(srv, inspect.Options{})
		defer p.Close()
		test(srv, p)
	})
}

// visit opens the stream of events and returns what ends it.
func visit(p *inspect.Page) (leave func()) {
	ctx, cancel := context.WithCancel(context.Background())
	r := httptest.NewRequestWithContext(ctx, "GET", "http://127.0.0.1"+p.Path()+"events", nil)
	go p.ServeHTTP(httptest.NewRecorder(), r)
	synctest.Wait()
	return func() {
		cancel()
		synctest.Wait()
	}
}

func pauseLoop(t *testing.T, p *inspect.Page) {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequest("POST", "http://127.0.0.1"+p.Path()+"do", strings.NewReader(`{"words":["TATTLE","LOOP","PAUSE"]}`))
	r.Header.Set("Content-Type", "application/json")
	p.ServeHTTP(w, r)
	require.Equal(t, http.StatusOK, w.Code)
}

// TestPageLeavesTheLoop: what a page has stopped runs again when the page is gone, and not when
// it is loaded again.
func TestPageLeavesTheLoop(t *testing.T) {
	inBubble(t, func(srv *server.Server, p *inspect.Page) {
		leave := visit(p)
		other := visit(p)
		pauseLoop(t, p)
		leave()
		time.Sleep(time.Minute)
		require.True(t, srv.Lab().Manual(), "another page is there")
		other()
		time.Sleep(time.Second)
		leave = visit(p)
		time.Sleep(time.Minute)
		require.True(t, srv.Lab().Manual(), "the page was loaded again")
		leave()
		time.Sleep(6900 * time.Millisecond)
		require.True(t, srv.Lab().Manual())
		time.Sleep(200 * time.Millisecond)
		require.False(t, srv.Lab().Manual())
	})
}

// TestControlWithoutPage: whoever sends a control and reads no events is gone after it.
func TestControlWithoutPage(t *testing.T) {
	inBubble(t, func(srv *server.Server, p *inspect.Page) {
		pauseLoop(t, p)
		require.True(t, srv.Lab().Manual())
		time.Sleep(5100 * time.Millisecond)
		require.False(t, srv.Lab().Manual())
	})
}

// TestTooManyPages: the number of streams is bounded.
func TestTooManyPages(t *testing.T) {
	inBubble(t, func(_ *server.Server, p *inspect.Page) {
		for range 16 {
			defer visit(p)()
		}
		w := httptest.NewRecorder()
		p.ServeHTTP(w, httptest.NewRequest("GET", "http://127.0.0.1"+p.Path()+"events", nil))
		require.Equal(t, http.StatusServiceUnavailable, w.Code)
	})
}

// slowPage is a page that reads when it is told to. Its reading takes as long as deadlines allow.
type slowPage struct {
	*httptest.ResponseRecorder
	read     chan struct{}
	deadline time.Time
}

func (s *slowPage) SetWriteDeadline(t time.Time) error {
	s.deadline = t
	return nil
}

func (s *slowPage) Write(b []byte) (int, error) {
	select {
	case <-s.read:
		return s.ResponseRecorder.Write(b)
	case <-time.After(time.Until(s.deadline)):
		return 0, os.ErrDeadlineExceeded
	}
}

// TestPageThatReadsSlowly is told how much has left the journal meanwhile, and one that does not read is cut off:
// then nothing is recorded for it.
func TestPageThatReadsSlowly(t *testing.T) {
	inBubble(t, func(srv *server.Server, p *inspect.Page) {
		_, err := srv.Call(0, "CONFIG", "SET", "journal-max-bytes", "20000")
		require.NoError(t, err)
		page := &slowPage{ResponseRecorder: httptest.NewRecorder(), read: make(chan struct{}, 10)}
		ended := make(chan struct{})
		go func() {
			p.ServeHTTP(page, httptest.NewRequest("GET", "http://127.0.0.1"+p.Path()+"events", nil))
			close(ended)
		}()
		page.read <- struct{}{}
		synctest.Wait()
		conn, err := srv.Dial(t.Context())
		require.NoError(t, err)
		for range 100 {
			_, err = conn.Write(resp.AppendCommand(nil, "SET", "key", strings.Repeat("x", 1000)))
			require.NoError(t, err)
			synctest.Wait()
			require.LessOrEqual(t, srv.Journal().State().Bytes, 20_000)
		}
		page.read <- struct{}{}
		page.read <- struct{}{}
		time.Sleep(time.Second)
		_, err = conn.Write(resp.AppendCommand(nil, "PING"))
		require.NoError(t, err)
		<-ended
		require.Regexp(t, `"dropped":[1-9]`, page.Body.String())
		require.Nil(t, srv.Journal())
	})
}
