// Judges chains by crypto/x509: a line each with root, issuer and leaf in hexadecimal.
package main

import (
	"bufio"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"time"
)

func verify(line string) error {
	var all []*x509.Certificate
	for _, word := range strings.Fields(line) {
		der, err := hex.DecodeString(word)
		if err != nil {
			return err
		}
		one, err := x509.ParseCertificate(der)
		if err != nil {
			return err
		}
		all = append(all, one)
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(all[0])
	between.AddCert(all[1])
	options := x509.VerifyOptions{
		Roots:         roots,
		Intermediates: between,
		CurrentTime:   time.Unix(1893456000, 0),
	}
	_, err := all[2].Verify(options)
	return err
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if err := verify(lines.Text()); err != nil {
			fmt.Println("refused:", err)
		} else {
			fmt.Println("accepted")
		}
	}
}
