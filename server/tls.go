package server

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tattle-server/tattle/server/config"
)

// This file makes a tls.Config of the settings that begin with tls-. What narrows who gets
// in either works, or it is an error: a server that ignored it would be open to more than
// was meant.

// tlsConfig reads the files that the settings name.
func tlsConfig(c *config.Config) (*tls.Config, error) {
	cert, err := certificate(c)
	if err != nil {
		return nil, err
	}
	t := &tls.Config{Certificates: []tls.Certificate{cert}, SessionTicketsDisabled: !c.TLSSessionCaching}
	for _, set := range []func(*tls.Config, *config.Config) error{setVersions, setCiphers, checkSuites, setClientAuth} {
		if err := set(t, c); err != nil {
			return nil, err
		}
	}
	limitSessions(t, time.Duration(c.TLSSessionCacheTimeout)*time.Second)
	return t, nil
}

func certificate(c *config.Config) (cert tls.Certificate, err error) {
	switch {
	case c.TLSCertFile == "":
		return cert, errors.New("no tls-cert-file is set")
	case c.TLSKeyFile == "":
		return cert, errors.New("no tls-key-file is set")
	}
	key, err := os.ReadFile(c.TLSKeyFile)
	if block, _ := pem.Decode(key); block != nil && (block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "") {
		return cert, fmt.Errorf("the key in %s is encrypted: tattle reads only keys that are not, and tls-key-file-pass has no effect", c.TLSKeyFile)
	}
	if err == nil {
		cert, err = tls.LoadX509KeyPair(c.TLSCertFile, c.TLSKeyFile)
	}
	if err != nil {
		return cert, fmt.Errorf("loading the certificate: %w", err)
	}
	return cert, nil
}

// tlsVersions are the words of tls-protocols.
var tlsVersions = map[string]uint16{
	"tlsv1": tls.VersionTLS10, "tlsv1.1": tls.VersionTLS11, "tlsv1.2": tls.VersionTLS12, "tlsv1.3": tls.VersionTLS13,
}

// setVersions carries out tls-protocols. Without it there are TLS 1.2 and 1.3.
func setVersions(t *tls.Config, c *config.Config) error {
	if t.MinVersion = tls.VersionTLS12; c.TLSProtocols == "" {
		return nil
	}
	var versions []uint16
	for _, word := range strings.Split(strings.ToLower(c.TLSProtocols), " ") {
		v, ok := tlsVersions[word]
		if !ok {
			return errors.New("Invalid tls-protocols specified. Use a combination of 'TLSv1', 'TLSv1.1', 'TLSv1.2' and 'TLSv1.3'.")
		}
		versions = append(versions, v)
	}
	slices.Sort(versions)
	versions = slices.Compact(versions)
	t.MinVersion, t.MaxVersion = versions[0], versions[len(versions)-1]
	if int(t.MaxVersion-t.MinVersion) != len(versions)-1 {
		return fmt.Errorf("tls-protocols %s: tattle cannot leave out a version between two others", c.TLSProtocols)
	}
	return nil
}

// cipherGroups are the words of tls-ciphers that stand for all ciphers which Go regards as
// secure. absentCiphers are what no cipher of Go is or uses, so that it can be excluded.
var (
	cipherGroups  = []string{"DEFAULT", "HIGH", "ALL"}
	absentCiphers = []string{
		"aNULL", "eNULL", "NULL", "COMPLEMENTOFDEFAULT", "MEDIUM", "LOW", "EXP", "EXPORT", "RC2", "RC4", "DES", "3DES", "MD5", "IDEA", "SEED",
		"ADH", "AECDH", "DH", "DHE", "EDH", "kDHE", "kEDH", "DSS", "aDSS", "PSK", "kPSK", "SRP", "kSRP", "CAMELLIA", "ARIA", "AESCCM", "AESCCM8", "GOST",
	}
)

// setCiphers carries out tls-ciphers, a list in OpenSSL's language. A name that Go does not
// have lets nobody in; what is excluded must be understood.
func setCiphers(t *tls.Config, c *config.Config) error {
	if c.TLSCiphers == "" {
		return nil
	}
	for _, word := range strings.FieldsFunc(c.TLSCiphers, func(r rune) bool { return strings.ContainsRune(":, ", r) }) {
		name, excluded := strings.CutPrefix(word, "!")
		ids := ciphersNamed(name)
		switch {
		case strings.HasPrefix(word, "@"), strings.HasPrefix(word, "-"), excluded && len(ids) == 0 && !slices.Contains(absentCiphers, name):
			return fmt.Errorf("tls-ciphers: tattle does not understand %q; it takes names such as ECDHE-RSA-AES128-GCM-SHA256, DEFAULT, and ! before a name", word)
		case excluded:
			t.CipherSuites = slices.DeleteFunc(t.CipherSuites, func(id uint16) bool { return slices.Contains(ids, id) })
		default:
			t.CipherSuites = append(t.CipherSuites, ids...)
		}
	}
	if len(t.CipherSuites) == 0 {
		return fmt.Errorf("Failed to configure ciphers: %s", c.TLSCiphers)
	}
	return nil
}

// ciphersNamed returns the ciphers for TLS up to 1.2 that have a name, of OpenSSL's or of
// the standard's, or are in a group. RC4 and 3DES are left out, as in today's OpenSSL.
func ciphersNamed(name string) (ids []uint16) {
	suites := tls.CipherSuites()
	group := slices.Contains(cipherGroups, name)
	if !group {
		suites = append(suites, tls.InsecureCipherSuites()...)
	}
	for _, suite := range suites {
		standard := suite.Name
		broken := strings.Contains(standard, "RC4") || strings.Contains(standard, "3DES")
		named := group || standard == name || openSSLName.Replace(standard) == name
		if named && !broken && suite.SupportedVersions[0] < tls.VersionTLS13 {
			ids = append(ids, suite.ID)
		}
	}
	return ids
}

// openSSLName turns a standard name into OpenSSL's: TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 is
// ECDHE-RSA-AES128-GCM-SHA256.
var openSSLName = strings.NewReplacer("TLS_RSA_WITH_", "", "TLS_", "", "_WITH_", "-",
	"AES_128_CBC", "AES128", "AES_256_CBC", "AES256", "AES_128", "AES128", "AES_256", "AES256", "POLY1305_SHA256", "POLY1305", "_", "-")

// checkSuites fails if tls-ciphersuites leaves out a cipher of TLS 1.3: Go always has all.
func checkSuites(t *tls.Config, c *config.Config) error {
	if c.TLSCipherSuites == "" || t.MaxVersion != 0 && t.MaxVersion < tls.VersionTLS13 {
		return nil
	}
	listed := strings.Split(c.TLSCipherSuites, ":")
	for _, suite := range tls.CipherSuites() {
		if suite.SupportedVersions[0] == tls.VersionTLS13 && !slices.Contains(listed, suite.Name) {
			return fmt.Errorf("tls-ciphersuites leaves out %s: tattle cannot choose the ciphers of TLS 1.3, only leave out TLS 1.3 by tls-protocols", suite.Name)
		}
	}
	return nil
}

// setClientAuth carries out tls-auth-clients, tls-ca-cert-file and tls-ca-cert-dir.
func setClientAuth(t *tls.Config, c *config.Config) (err error) {
	if t.ClientCAs, err = authorities(c); err != nil {
		return fmt.Errorf("loading the CA certificates: %w", err)
	}
	switch c.TLSAuthClients {
	case "yes":
		t.ClientAuth = tls.RequireAndVerifyClientCert
	case "optional":
		t.ClientAuth = tls.VerifyClientCertIfGiven
	}
	if t.ClientCAs == nil && t.ClientAuth != tls.NoClientCert {
		return errors.New("either tls-ca-cert-file or tls-ca-cert-dir is needed to verify clients (or set tls-auth-clients no)")
	}
	return nil
}

// hashed is the name of a file in tls-ca-cert-dir, which openssl rehash makes. OpenSSL reads
// no others.
var hashed = regexp.MustCompile(`^[0-9a-f]{8}\.[0-9]+$`)

// authorities returns the certificates by which clients are verified, or nil if the settings
// name none.
func authorities(c *config.Config) (*x509.CertPool, error) {
	var files []string
	if c.TLSCACertFile != "" {
		files = append(files, c.TLSCACertFile)
	}
	if c.TLSCACertDir != "" {
		entries, err := os.ReadDir(c.TLSCACertDir)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if hashed.MatchString(e.Name()) {
				files = append(files, filepath.Join(c.TLSCACertDir, e.Name()))
			}
		}
		if len(files) == 0 {
			return nil, fmt.Errorf("no certificate in %s has a name that openssl rehash gives", c.TLSCACertDir)
		}
	}
	if files == nil {
		return nil, nil
	}
	pool := x509.NewCertPool()
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if !pool.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("no certificate in %s", file)
		}
	}
	return pool, nil
}

// limitSessions has a session resumed only for a time (tls-session-cache-timeout).
func limitSessions(t *tls.Config, limit time.Duration) {
	t.WrapSession = func(cs tls.ConnectionState, session *tls.SessionState) ([]byte, error) {
		session.Extra = append(session.Extra, binary.BigEndian.AppendUint64(nil, uint64(time.Now().UnixNano())))
		return t.EncryptTicket(cs, session)
	}
	t.UnwrapSession = func(ticket []byte, cs tls.ConnectionState) (*tls.SessionState, error) {
		session, err := t.DecryptTicket(ticket, cs)
		if err != nil || session == nil || len(session.Extra) == 0 {
			return nil, err
		}
		began := time.Unix(0, int64(binary.BigEndian.Uint64(session.Extra[0])))
		if time.Since(began) > limit {
			return nil, nil
		}
		return session, nil
	}
}
