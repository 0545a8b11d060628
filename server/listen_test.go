package server_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/tattle-server/tattle/resp"
	"github.com/tattle-server/tattle/server"
	"github.com/tattle-server/tattle/server/config"
	"github.com/tattle-server/tattle/server/servertest"
)

// authority signs certificates for a test.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir(), pool: x509.NewCertPool()}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	var der []byte
	a.key, der = a.sign(template, nil)
	var err error
	a.cert, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	a.pool.AddCert(a.cert)
	a.write("ca.pem", "CERTIFICATE", der)
	return a
}

// sign makes a key and a certificate for it; parent nil is itself.
func (a *authority) sign(template, parent *x509.Certificate) (*ecdsa.PrivateKey, []byte) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(a.t, err)
	signer := a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	require.NoError(a.t, err)
	return key, der
}

func (a *authority) write(name, kind string, der []byte) {
	a.t.Helper()
	require.NoError(a.t, os.WriteFile(filepath.Join(a.dir, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
}

// issue writes name.pem and name.key, for either end of a connection.
func (a *authority) issue(name string) tls.Certificate {
	a.t.Helper()
	key, der := a.sign(&x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, a.cert)
	keyDER, err := x509.MarshalECPrivateKey(key)
	require.NoError(a.t, err)
	a.write(name+".pem", "CERTIFICATE", der)
	a.write(name+".key", "EC PRIVATE KEY", keyDER)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func (a *authority) path(name string) string { return filepath.Join(a.dir, name) }

// freePort returns a port that nobody listens on now.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// ping sends one PING and returns the bytes that come.
func ping(nc net.Conn) (string, error) {
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(nc, "PING\r\n"); err != nil {
		return "", err
	}
	b := make([]byte, 7)
	n, err := io.ReadFull(nc, b)
	return string(b[:n]), err
}

func TestTLS(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	mine := a.issue("client")
	stranger := newAuthority(t).issue("stranger")
	for auth, allowed := range map[string][3]bool{ // without a certificate, with one, with a stranger's
		"no": {true, true, true}, "optional": {true, true, false}, "yes": {false, true, false},
	} {
		port := freePort(t)
		srv := servertest.Run(t,
			servertest.WithSetting("tls-port", fmt.Sprint(port)), servertest.WithSetting("tls-auth-clients", auth),
			servertest.WithSetting("tls-cert-file", a.path("server.pem")), servertest.WithSetting("tls-key-file", a.path("server.key")),
			servertest.WithSetting("tls-ca-cert-file", a.path("ca.pem")))
		for i, certs := range [][]tls.Certificate{nil, {mine}, {stranger}} {
			nc, err := tls.Dial("tcp", fmt.Sprint("127.0.0.1:", port), &tls.Config{RootCAs: a.pool, Certificates: certs})
			got := ""
			if err == nil { // a server says what it thinks of a certificate later
				got, err = ping(nc)
			}
			require.Equal(t, allowed[i], err == nil, "tls-auth-clients %s, case %d: %v", auth, i, err)
			if allowed[i] {
				require.Equal(t, "+PONG\r\n", got)
			}
		}
		nc, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", port))
		require.NoError(t, err)
		_, err = ping(nc)
		require.Error(t, err, "no TLS at all")
		require.Equal(t, "PONG", srv.Do("PING"), "the plain port is still there")
	}
}

func TestTLSAtRunTime(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	srv := servertest.Run(t)
	c := srv.Connect(t)
	port := freePort(t)
	reply, failed := c.Do("CONFIG", "SET", "tls-port", port).(resp.Error)
	require.True(t, failed, reply)
	require.Equal(t, "OK", c.Do("CONFIG", "SET", "tls-cert-file", a.path("server.pem"), "tls-key-file", a.path("server.key"),
		"tls-auth-clients", "no", "tls-port", port))
	nc, err := tls.Dial("tcp", fmt.Sprint("127.0.0.1:", port), &tls.Config{RootCAs: a.pool})
	require.NoError(t, err)
	got, err := ping(nc)
	require.NoError(t, err)
	require.Equal(t, "+PONG\r\n", got)
	require.Equal(t, "OK", c.Do("CONFIG", "SET", "tls-port", "0"))
	_, err = net.Dial("tcp", fmt.Sprint("127.0.0.1:", port))
	require.Error(t, err)
}

func TestUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	require.NoError(t, os.WriteFile(path, nil, 0o600)) // left over
	srv := servertest.Run(t, servertest.WithSetting("unixsocket", path), servertest.WithSetting("unixsocketperm", "700"))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	c := servertest.Dial(t, path)
	f := fields(c.Do("CLIENT", "INFO").(string))
	require.Equal(t, []string{path + ":0", path + ":0", "U"}, []string{f["addr"], f["laddr"], f["flags"]})
	m := srv.Connect(t)
	m.Do("MONITOR")
	require.Equal(t, "PONG", c.Do("PING"))
	require.Contains(t, m.Read(), "[0 unix:"+path+"] \"PING\"")
	require.NoError(t, srv.Close())
	_, err = os.Stat(path)
	require.ErrorIs(t, err, os.ErrNotExist)
}

// A server may have no port at all.
func TestPortZero(t *testing.T) {
	cfg := config.New()
	cfg.Port = 0
	cfg.UnixSocket = filepath.Join(t.TempDir(), "s")
	var log bytes.Buffer
	srv, err := server.Start(server.Options{Config: cfg, Log: &log})
	require.NoError(t, err)
	require.Equal(t, "unix", srv.Addr().Network())
	require.Equal(t, "PONG", servertest.Dial(t, cfg.UnixSocket).Do("PING"))
	require.NoError(t, srv.Close())
	require.NotContains(t, log.String(), "connections tcp")
}

func TestAPortThatIsTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	taken := l.Addr().(*net.TCPAddr).Port
	cfg := config.New()
	cfg.Bind, cfg.Port = []string{"127.0.0.1"}, taken
	_, err = server.Start(server.Options{Config: cfg})
	require.ErrorContains(t, err, "address already in use")

	srv := servertest.Run(t)
	c := srv.Connect(t)
	require.Equal(t, resp.Error("ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs."),
		c.Do("CONFIG", "SET", "port", taken))
	require.Equal(t, []any{"port", "0"}, c.Do("CONFIG", "GET", "port"))
}

// TestPortAuto: the server takes free ports, the same at each of its addresses, and tells which.
func TestPortAuto(t *testing.T) {
	a := newAuthority(t)
	a.issue("server")
	cfg := config.New()
	cfg.Port, cfg.TLSPort, cfg.Bind = config.Auto, config.Auto, []string{"127.0.0.1", "127.0.0.2", "-192.0.2.1"}
	cfg.TLSCertFile, cfg.TLSKeyFile, cfg.TLSAuthClients = a.path("server.pem"), a.path("server.key"), "no"
	var log bytes.Buffer
	srv, err := server.Start(server.Options{Config: cfg, Log: &log})
	require.NoError(t, err)
	defer srv.Close()
	addrs := srv.Addrs()
	require.Len(t, addrs, 4)
	port := addrs[0].Addr.(*net.TCPAddr).Port
	tlsPort := addrs[2].Addr.(*net.TCPAddr).Port
	require.NotEqual(t, port, tlsPort)
	var got []string
	for _, addr := range addrs {
		got = append(got, addr.Kind+" "+addr.String())
	}
	require.Equal(t, []string{
		fmt.Sprint("tcp 127.0.0.1:", port), fmt.Sprint("tcp 127.0.0.2:", port),
		fmt.Sprint("tls 127.0.0.1:", tlsPort), fmt.Sprint("tls 127.0.0.2:", tlsPort),
	}, got)
	c := servertest.Dial(t, addrs[1].String())
	require.Equal(t, []any{"port", fmt.Sprint(port), "tls-port", fmt.Sprint(tlsPort)}, c.Do("CONFIG", "GET", "port", "tls-port"))
	require.Contains(t, c.Do("INFO", "server"), fmt.Sprintf("\r\ntcp_port:%d\r\n", port))
	require.Equal(t, resp.Error("ERR CONFIG SET failed (possibly related to argument 'port') - argument couldn't be parsed into an integer"),
		c.Do("CONFIG", "SET", "port", "auto"))
	require.NoError(t, srv.Close())
	require.Regexp(t, "(?s)Server initialized.*Ready to accept connections tcp.*Ready to accept connections tls", log.String())
}

// TestBindAllByName: 0.0.0.0 and :: are one family each, so that both can be named.
func TestBindAllByName(t *testing.T) {
	cfg := config.New()
	cfg.Port, cfg.Bind = config.Auto, []string{"::", "0.0.0.0"}
	srv, err := server.Start(server.Options{Config: cfg})
	require.NoError(t, err)
	defer srv.Close()
	addrs := srv.Addrs()
	require.Len(t, addrs, 2)
	port := addrs[0].Addr.(*net.TCPAddr).Port
	require.Equal(t, fmt.Sprint("[::]:", port), addrs[0].String())
	require.Equal(t, fmt.Sprint("0.0.0.0:", port), addrs[1].String())
}

// TestReadyOnlyWhenAllListen: nobody is told that the server is ready before it fails.
func TestReadyOnlyWhenAllListen(t *testing.T) {
	for name, set := range map[string]func(*config.Config){
		"TLS":         func(c *config.Config) { c.TLSPort = config.Auto },
		"Unix socket": func(c *config.Config) { c.UnixSocket = filepath.Join(t.TempDir(), "none", "s") },
	} {
		cfg := config.New()
		cfg.Bind, cfg.Port = []string{"127.0.0.1"}, config.Auto
		set(cfg)
		var log bytes.Buffer
		_, err := server.Start(server.Options{Config: cfg, Log: &log})
		require.Error(t, err, name)
		require.NotContains(t, log.String(), "Ready", name)
	}
}

// CONFIG SET port moves the server; who is connected stays.
func TestPortAndBindAtRunTime(t *testing.T) {
	srv := servertest.Run(t)
	c := srv.Connect(t)
	one, two := freePort(t), freePort(t)
	require.Equal(t, "OK", c.Do("CONFIG", "SET", "port", one))
	there := servertest.Dial(t, fmt.Sprint("127.0.0.1:", one))
	require.Equal(t, "PONG", there.Do("PING"))
	require.Equal(t, "OK", c.Do("CONFIG", "SET", "port", two))
	require.Equal(t, "PONG", there.Do("PING"))
	_, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", one))
	require.Error(t, err)
	require.Equal(t, "OK", c.Do("CONFIG", "SET", "bind", "127.0.0.2"))
	require.Equal(t, "PONG", servertest.Dial(t, fmt.Sprint("127.0.0.2:", two)).Do("PING"))
	_, err = net.Dial("tcp", fmt.Sprint("127.0.0.1:", two))
	require.Error(t, err)
	require.Equal(t, resp.Error("ERR CONFIG SET failed (possibly related to argument 'bind') - Failed to bind to specified addresses."),
		c.Do("CONFIG", "SET", "bind", "192.0.2.1"))
	require.Equal(t, "PONG", servertest.Dial(t, fmt.Sprint("127.0.0.2:", two)).Do("PING"), "as it was")
}

func TestMaxClients(t *testing.T) {
	srv := servertest.Run(t, servertest.WithSetting("maxclients", "2"))
	a, b := srv.Connect(t), srv.Connect(t)
	a.Do("PING")
	b.Do("PING")
	require.Equal(t, "-ERR max number of clients reached\r\n", srv.Connect(t).ReadAll())
	require.Equal(t, "1", infoField(a, "rejected_connections"))
	require.Equal(t, "OK", a.Do("CONFIG", "SET", "maxclients", "3"))
	c := srv.Connect(t)
	require.Equal(t, "PONG", c.Do("PING"))
	require.Equal(t, "OK", a.Do("CONFIG", "SET", "maxclients", "1"))
	require.Equal(t, "PONG", c.Do("PING"), "nobody is thrown out")
	require.Equal(t, "-ERR max number of clients reached\r\n", srv.Connect(t).ReadAll())
}

// elsewhere is a listener whose connections seem to come from another machine.
type elsewhere struct{ net.Listener }

type farConn struct{ net.Conn }

func (l elsewhere) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return farConn{c}, nil
}

func (farConn) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 4711} }

func TestProtectedMode(t *testing.T) {
	srv := servertest.Run(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go srv.Serve(elsewhere{l})
	far := func() *servertest.Conn { return servertest.Dial(t, l.Addr().String()) }
	require.Regexp(t, `^-DENIED .*protected mode.*\r\n$`, far().ReadAll())
	c := srv.Connect(t)
	require.Equal(t, "1", infoField(c, "rejected_connections"))
	require.Equal(t, "OK", c.Do("CONFIG", "SET", "requirepass", "x"))
	require.Equal(t, "OK", far().Do("AUTH", "x"))
	require.Equal(t, "OK", c.Do("CONFIG", "SET", "requirepass", "", "protected-mode", "no"))
	require.Equal(t, "PONG", far().Do("PING"))
}

// An idle client is closed, but not one that waits for something.
func TestIdleTimeout(t *testing.T) {
	t.Parallel()
	srv := servertest.Run(t)
	admin, idle := srv.Connect(t), srv.Connect(t)
	sub, blocked := srv.Connect(t), srv.Connect(t)
	sub.Do("SUBSCRIBE", "c")
	blocked.Send("BLPOP", "l", "0")
	srv.WaitBlocked(t, 1)
	idle.Do("PING")
	require.Equal(t, "OK", admin.Do("CONFIG", "SET", "timeout", "1"))
	require.Empty(t, idle.Closed())
	admin = srv.Connect(t)
	require.Equal(t, int64(1), admin.Do("PUBLISH", "c", "m"))
	require.Equal(t, []any{"message", "c", "m"}, sub.Read())
	require.Equal(t, int64(1), admin.Do("RPUSH", "l", "x"))
	require.Equal(t, []any{"l", "x"}, blocked.Read())
}

func TestShutdownCommand(t *testing.T) {
	srv := servertest.Run(t)
	addr := srv.Addr()
	c, other := servertest.Dial(t, addr), srv.Connect(t)
	other.Do("PING")
	c.Send("SHUTDOWN", "NOSAVE")
	require.Empty(t, c.Closed())
	_, err := net.Dial("tcp", addr)
	require.ErrorIs(t, err, syscall.ECONNREFUSED, "whoever hears of the end finds the door closed")
	other.Closed()
	<-srv.Done()
	_, err = srv.Dial(context.Background())
	require.ErrorIs(t, err, net.ErrClosed)
}
