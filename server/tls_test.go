package server_test

import (
	"crypto/tls"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/config"
	"github.com/tattle-server/tattle/server/servertest"
)

// tlsSettings returns settings with which a server serves TLS to everybody.
func tlsSettings(t *testing.T, a *authority) *config.Config {
	cfg := config.New()
	cfg.Port, cfg.TLSPort, cfg.Bind = 0, freePort(t), []string{"127.0.0.1"}
	cfg.TLSCertFile, cfg.TLSKeyFile, cfg.TLSAuthClients = a.path("server.pem"), a.path("server.key"), "no"
	return cfg
}

// dialTLS reports whether a client gets in, and whether it resumed its session.
func dialTLS(a *authority, port int, c *tls.Config) (in, resumed bool) {
	c.RootCAs = a.pool
	nc, err := tls.Dial("tcp", fmt.Sprint("127.0.0.1:", port), c)
	if err != nil {
		return false, false
	}
	got, _ := ping(nc)
	return got == "+PONG\r\n", nc.ConnectionState().DidResume
}

// Each setting lets in whom it is to let in, and nobody else.
func TestTLSNarrows(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	v12, v13 := uint16(tls.VersionTLS12), uint16(tls.VersionTLS13)
	const aes128, aes256, rsa = tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
	for _, tt := range []struct {
		name, value string
		version     uint16
		cipher      uint16 // 0 for any
		in          bool
	}{
		{"tls-protocols", "", v12, 0, true},
		{"tls-protocols", "", v13, 0, true},
		{"tls-protocols", "TLSv1.3", v12, 0, false},
		{"tls-protocols", "TLSv1.3", v13, 0, true},
		{"tls-protocols", "tlsv1.2", v12, 0, true},
		{"tls-protocols", "TLSv1.2", v13, 0, false},
		{"tls-protocols", "TLSv1.3 TLSv1.2", v12, 0, true},
		{"tls-protocols", "", tls.VersionTLS11, 0, false},
		{"tls-ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256:DHE-RSA-AES128-SHA", v12, aes128, true},
		{"tls-ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256:DHE-RSA-AES128-SHA", v12, aes256, false},
		{"tls-ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256", v13, 0, true},
		{"tls-ciphers", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", v12, aes256, true},
		{"tls-ciphers", "HIGH:!aNULL:!ECDHE-ECDSA-AES128-GCM-SHA256", v12, aes256, true},
		{"tls-ciphers", "HIGH:!aNULL:!ECDHE-ECDSA-AES128-GCM-SHA256", v12, aes128, false},
		{"tls-ciphers", "ECDHE-RSA-AES128-GCM-SHA256", v12, rsa, false}, // the certificate is not of RSA
		{"tls-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384", v13, 0, true},
	} {
		cfg := tlsSettings(t, a)
		_, err := cfg.Set([][]byte{[]byte(tt.name), []byte(tt.value)})
		require.NoError(t, err)
		srv, err := server.Start(server.Options{Config: cfg})
		require.NoError(t, err, "%+v", tt)
		c := &tls.Config{MinVersion: tt.version, MaxVersion: tt.version}
		if tt.cipher != 0 {
			c.CipherSuites = []uint16{tt.cipher}
		}
		in, _ := dialTLS(a, cfg.TLSPort, c)
		require.Equal(t, tt.in, in, "%+v", tt)
		srv.Close()
	}
}

// What Go cannot do keeps the server from starting.
func TestTLSRefusals(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	require.NoError(t, os.WriteFile(a.path("encrypted.key"), []byte("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"), 0o600))
	for _, tt := range []struct{ name, value, why string }{
		{"tls-protocols", "TLSv1.4", "Invalid tls-protocols specified."},
		{"tls-protocols", "TLSv1.2,TLSv1.3", "Invalid tls-protocols specified."},
		{"tls-protocols", "TLSv1.1 TLSv1.3", "cannot leave out a version"},
		{"tls-ciphers", "NOPE", "Failed to configure ciphers: NOPE"},
		{"tls-ciphers", "HIGH:!kRSA", `does not understand "!kRSA"`},
		{"tls-ciphers", "DEFAULT:@SECLEVEL=3", `does not understand "@SECLEVEL=3"`},
		{"tls-ciphers", "DES-CBC3-SHA", "Failed to configure ciphers"},
		{"tls-ciphersuites", "TLS_AES_256_GCM_SHA384", "leaves out TLS_AES_128_GCM_SHA256"},
		{"tls-auth-clients", "yes", "is needed to verify clients"},
		{"tls-ca-cert-dir", t.TempDir(), "openssl rehash"},
		{"tls-ca-cert-dir", a.path("nowhere"), "no such file"},
		{"tls-ca-cert-file", a.path("server.key"), "no certificate in"},
		{"tls-key-file", a.path("encrypted.key"), "is encrypted"},
		{"tls-key-file", "", "no tls-key-file is set"},
	} {
		cfg := tlsSettings(t, a)
		_, err := cfg.Set([][]byte{[]byte(tt.name), []byte(tt.value)})
		require.NoError(t, err)
		_, err = server.Start(server.Options{Config: cfg})
		require.ErrorContains(t, err, tt.why, "%s %s", tt.name, tt.value)
	}
	cfg := tlsSettings(t, a)
	cfg.TLSProtocols, cfg.TLSCipherSuites = "TLSv1.2", "TLS_AES_256_GCM_SHA384" // without TLS 1.3 nothing is asked for
	srv, err := server.Start(server.Options{Config: cfg})
	require.NoError(t, err)
	srv.Close()
}

// A CA may stand in a directory, under the name that openssl rehash gives it.
func TestTLSAuthoritiesInADirectory(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	mine := a.issue("client")
	pem, err := os.ReadFile(a.path("ca.pem"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(a.path("0123abcd.0"), pem, 0o600))
	cfg := tlsSettings(t, a)
	cfg.TLSCACertDir, cfg.TLSAuthClients = a.path("."), "yes"
	srv, err := server.Start(server.Options{Config: cfg})
	require.NoError(t, err)
	defer srv.Close()
	in, _ := dialTLS(a, cfg.TLSPort, &tls.Config{})
	require.False(t, in)
	in, _ = dialTLS(a, cfg.TLSPort, &tls.Config{Certificates: []tls.Certificate{mine}})
	require.True(t, in)
}

// A session can be resumed unless caching is off, and not after its time.
func TestTLSSessions(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	for _, tt := range []struct {
		caching bool
		timeout int
		resumes bool
	}{{true, 300, true}, {true, 0, false}, {false, 300, false}} {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			cfg := tlsSettings(t, a)
			cfg.TLSSessionCaching, cfg.TLSSessionCacheTimeout = tt.caching, tt.timeout
			srv, err := server.Start(server.Options{Config: cfg})
			require.NoError(t, err)
			c := &tls.Config{ClientSessionCache: tls.NewLRUClientSessionCache(1), MaxVersion: version}
			in, resumed := dialTLS(a, cfg.TLSPort, c)
			require.True(t, in)
			require.False(t, resumed)
			in, resumed = dialTLS(a, cfg.TLSPort, c)
			require.True(t, in)
			require.Equal(t, tt.resumes, resumed, "%+v", tt)
			srv.Close()
		}
	}
}

// CONFIG SET is for the connections to come: those that are there stay, and a session of
// before is not resumed.
func TestTLSIsReloaded(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	cfg := tlsSettings(t, a)
	srv, err := server.Start(server.Options{Config: cfg})
	require.NoError(t, err)
	defer srv.Close()
	c := servertest.DialTLS(t, fmt.Sprint("127.0.0.1:", cfg.TLSPort), &tls.Config{RootCAs: a.pool})
	old := &tls.Config{ClientSessionCache: tls.NewLRUClientSessionCache(1)}
	dialTLS(a, cfg.TLSPort, old)
	require.Equal(t, "OK", c.Do("CONFIG", "SET", "tls-protocols", "TLSv1.3"))
	in, _ := dialTLS(a, cfg.TLSPort, &tls.Config{MaxVersion: tls.VersionTLS12})
	require.False(t, in)
	in, resumed := dialTLS(a, cfg.TLSPort, old)
	require.True(t, in)
	require.False(t, resumed)
	refused := resp.Error("ERR CONFIG SET failed (possibly related to argument 'tls-protocols') - Unable to update TLS configuration. Check server logs.")
	require.Equal(t, refused, c.Do("CONFIG", "SET", "tls-protocols", "TLSv1.4"))
	require.Equal(t, []any{"tls-protocols", "TLSv1.3"}, c.Do("CONFIG", "GET", "tls-protocols"))
	in, _ = dialTLS(a, cfg.TLSPort, &tls.Config{MaxVersion: tls.VersionTLS12})
	require.False(t, in)
}
