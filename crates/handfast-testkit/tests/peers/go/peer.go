// Go's crypto/tls as a client that sends a line and takes it back, or as a server that sends back
// what comes; so many connections, one after another, sharing what it takes to come back. Prints
// one line of JSON for each. Standard library only.
package main

import (
	"bytes"
	"crypto/ecdh"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

var (
	serve    = flag.Bool("serve", false, "be the server")
	port     = flag.Int("port", 0, "where, on 127.0.0.1")
	count    = flag.Int("count", 1, "connections")
	chain    = flag.String("cert", "", "own certificate chain")
	key      = flag.String("key", "", "own key")
	root     = flag.String("root", "", "root that the peer must stand below; a server asks for nothing without it")
	name     = flag.String("name", "localhost", "whom the client asks for")
	minimum  = flag.String("min", "1.2", "lowest version")
	maximum  = flag.String("max", "1.3", "highest version")
	groups   = flag.String("groups", "", "code points of groups, with commas")
	suites   = flag.String("suites", "", "code points of suites of TLS 1.2, with commas")
	alpn     = flag.String("alpn", "", "protocols, with commas")
	forget   = flag.Bool("forget", false, "keep no sessions, or issue no tickets")
	say      = flag.String("say", "a line of text\n", "what the client sends")
	anew     = flag.Bool("renegotiate", false, "a client that is asked for another handshake makes it")
	staple   = flag.String("staple", "", "a stapled OCSP response, in hex")
	scts     = flag.String("scts", "", "signed certificate timestamps, in hex, with commas")
	label    = flag.String("label", "EXPERIMENTAL handfast", "label of what both sides export")
	echList  = flag.String("ech", "", "a client's ECHConfigList, in hex")
	echKeys  = flag.String("ech-key", "", "a server's PEM file with a key of X25519 and its ECHConfigList")
	patience = 15 * time.Second
)

// What came of a connection.
type seen struct {
	Error    string `json:"error,omitempty"`
	Version  string `json:"version,omitempty"`
	Suite    string `json:"suite,omitempty"`
	Group    uint16 `json:"group,omitempty"`
	Resumed  bool   `json:"resumed"`
	Retried  bool   `json:"retried"`
	Protocol string `json:"protocol,omitempty"`
	Name     string `json:"name,omitempty"`
	Peer     string `json:"peer,omitempty"`
	Exported string `json:"exported,omitempty"`
	Unique   string `json:"unique,omitempty"`
	Staple   string `json:"staple,omitempty"`
	Stamps   string `json:"stamps,omitempty"`
	Hidden   bool   `json:"hidden"`
	Retry    string `json:"retry,omitempty"`
}

func main() {
	flag.Parse()
	config, err := configured()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	address := fmt.Sprintf("127.0.0.1:%d", *port)
	meet := func() (*tls.Conn, error) {
		plain, err := net.DialTimeout("tcp4", address, patience)
		if err != nil {
			return nil, err
		}
		return tls.Client(plain, config), nil
	}
	talk := ask
	if *serve {
		listener, err := net.Listen("tcp4", address)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		meet = func() (*tls.Conn, error) {
			plain, err := listener.Accept()
			if err != nil {
				return nil, err
			}
			return tls.Server(plain, config), nil
		}
		talk = echo
	}
	for range *count {
		conn, err := meet()
		state := seen{}
		if err == nil {
			conn.SetDeadline(time.Now().Add(patience))
			state, err = met(conn, talk)
		}
		if err != nil {
			state.Error = err.Error()
			var rejected *tls.ECHRejectionError
			if errors.As(err, &rejected) {
				state.Retry = hex.EncodeToString(rejected.RetryConfigList)
			}
		}
		json.NewEncoder(os.Stdout).Encode(state)
	}
}

// One connection, from its handshake to its end.
func met(conn *tls.Conn, talk func(*tls.Conn) error) (seen, error) {
	defer conn.Close()
	if err := conn.Handshake(); err != nil {
		return seen{}, err
	}
	if err := talk(conn); err != nil {
		return seen{}, err
	}
	now := conn.ConnectionState()
	exported, err := now.ExportKeyingMaterial(*label, nil, 32)
	if *anew {
		// It exports nothing then.
		exported, err = nil, nil
	}
	state := seen{
		Version:  tls.VersionName(now.Version),
		Suite:    tls.CipherSuiteName(now.CipherSuite),
		Group:    uint16(now.CurveID),
		Resumed:  now.DidResume,
		Retried:  now.HelloRetryRequest,
		Protocol: now.NegotiatedProtocol,
		Hidden:   now.ECHAccepted,
		Name:     now.ServerName,
		Exported: strings.ToUpper(hex.EncodeToString(exported)),
		Unique:   hex.EncodeToString(now.TLSUnique),
		Staple:   hex.EncodeToString(now.OCSPResponse),
		Stamps:   hex.EncodeToString(bytes.Join(now.SignedCertificateTimestamps, nil)),
	}
	if len(now.PeerCertificates) > 0 && len(now.VerifiedChains) > 0 {
		state.Peer = now.PeerCertificates[0].Subject.CommonName
	}
	return state, err
}

func ask(conn *tls.Conn) error {
	if _, err := conn.Write([]byte(*say)); err != nil {
		return err
	}
	back := make([]byte, len(*say))
	if _, err := io.ReadFull(conn, back); err != nil {
		return err
	}
	if !bytes.Equal(back, []byte(*say)) {
		return fmt.Errorf("%q came back", back)
	}
	return nil
}

func echo(conn *tls.Conn) error {
	_, err := io.Copy(conn, conn)
	return err
}

func configured() (*tls.Config, error) {
	versions := map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}
	config := &tls.Config{
		ServerName:             *name,
		MinVersion:             versions[*minimum],
		MaxVersion:             versions[*maximum],
		SessionTicketsDisabled: *forget,
	}
	if *anew {
		config.Renegotiation = tls.RenegotiateFreelyAsClient
	}
	if !*serve && !*forget {
		config.ClientSessionCache = tls.NewLRUClientSessionCache(8)
	}
	if *alpn != "" {
		config.NextProtos = strings.Split(*alpn, ",")
	}
	for _, group := range numbers(*groups) {
		config.CurvePreferences = append(config.CurvePreferences, tls.CurveID(group))
	}
	config.CipherSuites = numbers(*suites)
	if *root != "" {
		pem, err := os.ReadFile(*root)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		config.RootCAs.AppendCertsFromPEM(pem)
		config.ClientCAs = config.RootCAs
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	if *chain != "" {
		pair, err := tls.LoadX509KeyPair(*chain, *key)
		if err != nil {
			return nil, err
		}
		if pair.OCSPStaple, err = hex.DecodeString(*staple); err != nil {
			return nil, err
		}
		for _, word := range strings.FieldsFunc(*scts, comma) {
			sct, err := hex.DecodeString(word)
			if err != nil {
				return nil, err
			}
			pair.SignedCertificateTimestamps = append(pair.SignedCertificateTimestamps, sct)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, hide(config)
}

// Encrypted ClientHello.
func hide(config *tls.Config) error {
	if *echList != "" {
		list, err := hex.DecodeString(*echList)
		if err != nil {
			return err
		}
		config.EncryptedClientHelloConfigList = list
	}
	if *echKeys == "" {
		return nil
	}
	file, err := os.ReadFile(*echKeys)
	if err != nil {
		return err
	}
	first, rest := pem.Decode(file)
	second, _ := pem.Decode(rest)
	parsed, err := x509.ParsePKCS8PrivateKey(first.Bytes)
	if err != nil {
		return err
	}
	config.EncryptedClientHelloKeys = []tls.EncryptedClientHelloKey{{
		Config:      second.Bytes[2:],
		PrivateKey:  parsed.(*ecdh.PrivateKey).Bytes(),
		SendAsRetry: true,
	}}
	return nil
}

// Numbers with commas between them; nothing for an empty list.
func numbers(list string) []uint16 {
	var all []uint16
	for _, word := range strings.FieldsFunc(list, comma) {
		number, err := strconv.ParseUint(word, 10, 16)
		if err != nil {
			panic(err)
		}
		all = append(all, uint16(number))
	}
	return all
}

func comma(r rune) bool { return r == ',' }
