package inspect

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/tattle-server/tattle/server"
)

// Options say how a page is served.
type Options struct {
	// ReadOnly refuses everything that changes or disturbs the server.
	ReadOnly bool
	// Token is the first element of the path of every address. Only who knows it gets an answer.
	// If it is empty, one is drawn at random.
	Token string
	// Host is a name by which the page may be asked for, beside IP addresses and localhost.
	Host string
}

// Page is the page of one server. It shows what has happened as far as the server has recorded it, which is what the
// setting journal is for, and what happens while it is open. It is an [http.Handler] for [Page.Path] and what is below.
type Page struct {
	srv     *server.Server
	options Options
	run     string // tells the page that another server has taken the place of one, whose token it may have
	files   files
	routes  http.Handler

	listener net.Listener // nil if it was not made by Serve
	http     *http.Server

	mu      sync.Mutex
	closed  bool
	visits  visits
	waiting waiting
	conns   map[uint64]net.Conn // opened by the page, by the id of the client
}

// New returns the page of a server.
func New(srv *server.Server, o Options) *Page {
	if o.Token == "" {
		o.Token = random()
	}
	p := &Page{srv: srv, options: o, run: random(), files: openFiles(), conns: map[uint64]net.Conn{}}
	p.waiting.changed, p.waiting.tell = context.WithCancel(context.Background())
	mux := http.NewServeMux()
	mux.HandleFunc("/events", p.events)
	mux.HandleFunc("/record", p.record)
	mux.HandleFunc("/do", p.posted(p.do))
	mux.HandleFunc("/type", p.posted(p.typed))
	mux.HandleFunc("/connect", p.posted(p.connect))
	mux.HandleFunc("/disconnect", p.posted(p.disconnect))
	mux.HandleFunc("/continue", p.posted(p.goOn))
	mux.Handle("/", p.files)
	p.routes = http.StripPrefix("/"+o.Token, http.NewCrossOriginProtection().Handler(mux))
	return p
}

func random() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// Serve serves the page of a server on a TCP listener until Close or until the server ends, which
// close the listener.
func Serve(srv *server.Server, l net.Listener, o Options) *Page {
	p := New(srv, o)
	p.listener = l
	p.http = &http.Server{Handler: p, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 32 << 10, ConnContext: boundBuffer}
	go p.http.Serve(l)
	go func() {
		<-srv.Done()
		p.end()
	}()
	return p
}

// writeBuffer is what the system keeps of what a page has not read. By itself it keeps megabytes.
const writeBuffer = 128 << 10

func boundBuffer(ctx context.Context, c net.Conn) context.Context {
	if tcp, ok := c.(*net.TCPConn); ok {
		tcp.SetWriteBuffer(writeBuffer)
	}
	return ctx
}

// Path returns the path of the page: the token between two slashes.
func (p *Page) Path() string { return "/" + p.options.Token + "/" }

// URL returns the address of a page that Serve serves, with the token. Of a page that is
// reached at all addresses of this machine, it is the one to use on the machine itself.
func (p *Page) URL() string {
	addr := p.listener.Addr().(*net.TCPAddr)
	host := addr.IP.String()
	if addr.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	return fmt.Sprintf("http://%s%s", net.JoinHostPort(host, fmt.Sprint(addr.Port)), p.Path())
}

// Close ends what the page has opened, and if Serve serves it, that too. It may be called more
// than once.
func (p *Page) Close() error {
	p.mu.Lock()
	p.closed = true
	for _, c := range p.conns {
		c.Close()
	}
	p.mu.Unlock()
	if p.http == nil {
		return nil
	}
	return p.http.Close()
}

// goodbye is how long pages have to take the last events of a server that has ended.
const goodbye = time.Second

// end closes the page after the server has ended.
func (p *Page) end() {
	ctx, cancel := context.WithTimeout(context.Background(), goodbye)
	defer cancel()
	p.http.Shutdown(ctx)
	p.Close()
}

// ServeHTTP answers a request. It refuses a Host that is a name other than localhost, since a foreign
// page may have its own name resolve to this machine, and then its scripts could read all that is here.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for name, value := range p.files.headers {
		w.Header().Set(name, value)
	}
	switch {
	case !p.permits(r.Host):
		http.Error(w, "ask for this page by an IP address or as localhost", http.StatusForbidden)
	case !p.knowsToken(r.URL.Path):
		http.NotFound(w, r)
	case r.URL.Path+"/" == p.Path():
		http.Redirect(w, r, p.Path(), http.StatusMovedPermanently)
	default:
		p.routes.ServeHTTP(w, r)
	}
}

// permits reports whether the page may be asked for by a Host header.
func (p *Page) permits(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return true
	}
	return strings.EqualFold(host, "localhost") || p.options.Host != "" && strings.EqualFold(host, p.options.Host)
}

func (p *Page) knowsToken(path string) bool {
	token, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return subtle.ConstantTimeCompare([]byte(token), []byte(p.options.Token)) == 1
}
