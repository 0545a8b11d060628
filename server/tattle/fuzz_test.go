package tattle_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/config"
	"github.com/tattle-server/tattle/server/tattle"
)

// Whatever is asked, there is an answer that can be written, and the server goes on.
func FuzzAnswer(f *testing.F) {
	for _, line := range []string{
		"TABLE COUNT 1 CURSOR k", "TREE PATH k", "EXPLAIN k BY 1", "WHY 1 k", "RECORD START\nSET k 1\nEVENTS KIND message not-sent KEY k* COUNT 3\nRECORD DUMP FORMAT jsonl",
		"LOOP PAUSE\nLOOP STEP 1\nLOOP ENDCYCLE\nRESET", "CLOCK STOP\nCLOCK ADVANCE 100\nCLOCK RUN", "HOLD 1\nRELEASE 1 COUNT 1\nREORDER 1\nDROP 1 -1\nDELAY 1 5",
		"STALL 1 READS ON\nDUPLICATE 1 OFF\nCUT 1\nBREAKREDIRECT 1", "ERROR OOPS FOR GET TIMES 2", "PUSH 1 INSIDE >x [1 2]\nAS 1 GET k", "EVICT k\nFOLLOW\nHELP",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cfg := config.New()
		cfg.Port = 0
		srv, err := server.Start(server.Options{Config: cfg})
		require.NoError(t, err)
		defer srv.Close()
		c, err := srv.Dial(t.Context())
		require.NoError(t, err)
		defer c.Close()
		c.Write(resp.AppendCommand(resp.AppendCommand(nil, "CLIENT", "TRACKING", "ON"), "GET", "k"))
		for line := range strings.SplitSeq(text, "\n") {
			reply, err := tattle.Answer(srv.Lab(), &server.Request{Words: append([]string{"TATTLE"}, strings.Split(line, " ")...)})
			if err != nil {
				reply = resp.Error(err.Error())
			}
			w := resp.Writer{Proto: 3}
			require.NoError(t, w.Value(reply))
			_, err = resp.NewReader(bytes.NewReader(w.Buf)).Read()
			require.NoError(t, err)
		}
		_, err = srv.Call(0, "DBSIZE")
		require.NoError(t, err)
		require.NoError(t, srv.Lab().Check())
	})
}
