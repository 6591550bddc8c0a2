// lane: one multi-call binary with a whole Kubernetes test cluster in it.
//
//	lane etcd DIR CLIENT_URL PEER_URL                        one member, without fsync
//	lane kube-apiserver|kube-controller-manager|kube-scheduler|kubelet|kube-proxy|kubectl ARGS
//	lane pki DIR SERVER_URL NODE [HOST...]                   certificates, keys, kubeconfigs
//	lane image NAME:TAG ROOTFS.tar OUT.tar [ENTRYPOINT...]   an archive for "ctr image import"
//	lane cri SOCKET version|info|pods|containers|status ID   what the container runtime says
//
// A symlink named after an applet works too.  For tests only: no part of the product.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	_ "time/tzdata"

	"github.com/spf13/cobra"
	_ "k8s.io/client-go/plugin/pkg/client/auth"
	"k8s.io/component-base/cli"
	"k8s.io/component-base/logs"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	kcm "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
)

func component(make func() *cobra.Command) func() int {
	return func() int { return cli.Run(make()) }
}

func runKubectl() int {
	logs.GlogSetter(cmd.GetLogVerbosity(os.Args)) // nolint:errcheck
	if err := cli.RunNoErrOutput(cmd.NewDefaultKubectlCommand()); err != nil {
		util.CheckErr(err)
	}
	return 0
}

func fail(err error) int {
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, "lane:", err)
	return 1
}

var applets = map[string]func() int{
	"etcd":                    runEtcd,
	"kube-apiserver":          component(apiserver.NewAPIServerCommand),
	"kube-controller-manager": component(kcm.NewControllerManagerCommand),
	"kube-scheduler":          component(func() *cobra.Command { return scheduler.NewSchedulerCommand() }),
	"kubelet":                 component(func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) }),
	"kube-proxy":              component(proxy.NewProxyCommand),
	"kubectl":                 runKubectl,
	"pki":                     runPKI,
	"image":                   runImage,
	"cri":                     runCRI,
}

func main() {
	name := filepath.Base(os.Args[0])
	run, ok := applets[name]
	if !ok && len(os.Args) > 1 {
		name = os.Args[1]
		run, ok = applets[name]
		os.Args = append([]string{name}, os.Args[2:]...)
	}
	if !ok {
		fmt.Fprintln(os.Stderr, "usage: lane APPLET [ARGS]; see main.go for the applets")
		os.Exit(2)
	}
	os.Exit(run())
}
