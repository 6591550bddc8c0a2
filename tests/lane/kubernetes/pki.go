package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
	dir  string
}

func writePEM(path, kind string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}

func writeKey(path string, key crypto.Signer) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(path, "PRIVATE KEY", der)
}

func template(cn string, orgs ...string) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: cn, Organization: orgs},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().AddDate(1, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
}

func newAuthority(dir string) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	t := template("lane-ca")
	t.IsCA, t.BasicConstraintsValid = true, true
	t.KeyUsage |= x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	if err = writePEM(filepath.Join(dir, "ca.crt"), "CERTIFICATE", der); err != nil {
		return nil, err
	}
	return &authority{cert, key, dir}, writeKey(filepath.Join(dir, "ca.key"), key)
}

func (a *authority) issue(name string, t *x509.Certificate) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.CreateCertificate(rand.Reader, t, a.cert, key.Public(), a.key)
	if err != nil {
		return err
	}
	if err = writePEM(filepath.Join(a.dir, name+".crt"), "CERTIFICATE", der); err != nil {
		return err
	}
	return writeKey(filepath.Join(a.dir, name+".key"), key)
}

func (a *authority) server(name string, hosts ...string) error {
	t := template(name)
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, h)
		}
	}
	return a.issue(name, t)
}

func (a *authority) client(name, server, cn string, orgs ...string) error {
	t := template(cn, orgs...)
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if err := a.issue(name, t); err != nil {
		return err
	}
	p := func(s string) string { return filepath.Join(a.dir, s) }
	conf := fmt.Sprintf(`apiVersion: v1
kind: Config
clusters: [{name: lane, cluster: {server: "%s", certificate-authority: "%s"}}]
users: [{name: "%s", user: {client-certificate: "%s", client-key: "%s"}}]
contexts: [{name: lane, context: {cluster: lane, user: "%s"}}]
current-context: lane
`, server, p("ca.crt"), cn, p(name+".crt"), p(name+".key"), cn)
	return os.WriteFile(p(name+".kubeconfig"), []byte(conf), 0o600)
}

// runPKI writes everything the components need to trust each other: pki DIR SERVER_URL NODE HOST...
func runPKI() int {
	if len(os.Args) < 4 {
		return fail(fmt.Errorf("usage: pki DIR SERVER_URL NODE [HOST...]"))
	}
	dir, err := filepath.Abs(os.Args[1])
	if err != nil {
		return fail(err)
	}
	server, node := os.Args[2], os.Args[3]
	if err = os.MkdirAll(dir, 0o700); err != nil {
		return fail(err)
	}
	a, err := newAuthority(dir)
	if err != nil {
		return fail(err)
	}
	sa, err := rsa.GenerateKey(rand.Reader, 2048) // service-account tokens: RS256, as clusters have them
	if err != nil {
		return fail(err)
	}
	pub, err := x509.MarshalPKIXPublicKey(sa.Public())
	if err != nil {
		return fail(err)
	}
	hosts := append([]string{"127.0.0.1", "localhost", "10.96.0.1", "kubernetes", "kubernetes.default",
		"kubernetes.default.svc", "kubernetes.default.svc.cluster.local"}, os.Args[4:]...)
	for _, step := range []func() error{
		func() error { return writeKey(filepath.Join(dir, "sa.key"), sa) },
		func() error { return writePEM(filepath.Join(dir, "sa.pub"), "PUBLIC KEY", pub) },
		func() error { return a.server("apiserver", hosts...) },
		func() error { return a.server("kubelet-server", append([]string{node}, hosts...)...) },
		func() error { return a.server("webhook", "127.0.0.1", "localhost") },
		func() error { return a.client("admin", server, "admin", "system:masters") },
		func() error {
			return a.client("controller-manager", server, "system:kube-controller-manager")
		},
		func() error { return a.client("scheduler", server, "system:kube-scheduler") },
		func() error { return a.client("kubelet", server, "system:node:"+node, "system:nodes") },
		func() error { return a.client("proxy", server, "system:kube-proxy") },
		func() error {
			return a.client("kubelet-client", server, "kube-apiserver-kubelet-client", "system:masters")
		},
	} {
		if err = step(); err != nil {
			return fail(err)
		}
	}
	return 0
}
