package servertest

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestInspect(t *testing.T) {
	srv := Run(t)
	srv.Connect3(t).Do("SET", "seen", "before")
	url := srv.Inspect(t)
	require.Equal(t, url, srv.Inspect(t), "a second call has the same page")
	require.Contains(t, download(t, url+"record?format=text"), "SET seen before")
	srv.Restart()
	again := srv.Inspect(t)
	require.NotEqual(t, url, again, "another server has another page")
	require.NotContains(t, download(t, again+"record"), "before")
}

// TestInspectWaits: with -inspect.wait the test goes on when Continue is pressed.
func TestInspectWaits(t *testing.T) {
	*inspectWait = true
	defer func() { *inspectWait = false }()
	srv := Run(t)
	log := make(chan string, 10)
	done := make(chan string)
	go func() { done <- srv.Inspect(logged{t, log}) }()
	_, url, _ := strings.Cut(<-log, "http://")
	require.Contains(t, <-log, "waits")
	require.Eventually(t, func() bool {
		answer, err := http.Post("http://"+url+"continue", "application/json", strings.NewReader("{}"))
		if err != nil {
			return false
		}
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body)
		return strings.Contains(string(text), "OK") // else it has not begun to wait
	}, 10*time.Second, time.Millisecond)
	require.Equal(t, "http://"+url, <-done)
}

// logged is a test whose log goes to a channel.
type logged struct {
	*testing.T
	log chan string
}

func (l logged) Logf(format string, args ...any) { l.log <- fmt.Sprintf(format, args...) }

func download(t *testing.T, url string) string {
	t.Helper()
	answer, err := http.Get(url)
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Equal(t, 200, answer.StatusCode, string(text))
	return string(text)
}
