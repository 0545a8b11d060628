package server

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/tattle-server/tattle/server/config"
	"github.com/tattle-server/tattle/server/serverlog"
)

// configChanged brings what depends on settings up to date.
func (s *Server) configChanged() {
	s.ks.Limits = s.cfg.Limits
	s.ks.LFU = s.cfg.LFU
	s.ks.Policy = s.cfg.MaxMemoryPolicy
	s.tcpKeepAlive.Store(int64(s.cfg.TCPKeepAlive))
	s.maxClients.Store(s.cfg.MaxClients)
	s.log.SetLevel(serverlog.ParseLevel(s.cfg.LogLevel))
	s.slowlog.Trim(s.cfg.SlowlogMaxLen)
}

func newLogger(w io.Writer, level string) *serverlog.Logger {
	if w == nil {
		w = io.Discard
	}
	return serverlog.New(w, 'M', serverlog.ParseLevel(level))
}

// Logf writes a line to the server's log.
func (s *Server) Logf(level serverlog.Level, format string, args ...any) {
	s.log.Logf(level, format, args...)
}

// tlsConfig makes the TLS settings of a server from its files.
func tlsConfig(c *config.Config) (*tls.Config, error) {
	if c.TLSCertFile == "" || c.TLSKeyFile == "" {
		return nil, errors.New("tls-cert-file and tls-key-file are needed for tls-port")
	}
	cert, err := tls.LoadX509KeyPair(c.TLSCertFile, c.TLSKeyFile)
	if err != nil {
		return nil, fmt.Errorf("loading the certificate: %w", err)
	}
	t := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	switch c.TLSAuthClients {
	case "yes":
		t.ClientAuth = tls.RequireAndVerifyClientCert
	case "optional":
		t.ClientAuth = tls.VerifyClientCertIfGiven
	default:
		return t, nil
	}
	if c.TLSCACertFile == "" {
		return nil, errors.New("tls-ca-cert-file is needed to verify clients (or set tls-auth-clients no)")
	}
	pem, err := os.ReadFile(c.TLSCACertFile)
	if err != nil {
		return nil, fmt.Errorf("loading the CA certificates: %w", err)
	}
	t.ClientCAs = x509.NewCertPool()
	if !t.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("loading the CA certificates: no certificate in %s", c.TLSCACertFile)
	}
	return t, nil
}

// renames are the commands that rename-command lines gave other names, or none.
type renames map[string]string // a name in lower case -> the command meant, "" for none

// newRenames returns nil when nothing is renamed.
func newRenames(lines []config.Directive) renames {
	if len(lines) == 0 {
		return nil
	}
	r := renames{}
	for _, line := range lines {
		from, to := strings.ToLower(line.Args[0]), strings.ToLower(line.Args[1])
		if _, given := r[from]; !given {
			r[from] = ""
		}
		if to != "" {
			r[to] = from
		}
	}
	return r
}

// restore puts the command meant in place of its name in a command line.
func (r renames) restore(args [][]byte) [][]byte {
	meant, renamed := r[strings.ToLower(string(args[0]))]
	if !renamed {
		return args
	}
	return append([][]byte{[]byte(meant)}, args[1:]...)
}

// appendDB appends a database number and the rest of a keyspace channel's head.
func appendDB(b []byte, db int) []byte {
	return append(strconv.AppendInt(b, int64(db), 10), "__:"...)
}
