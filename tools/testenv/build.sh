#!/usr/bin/env bash
# Builds the servers that the tests run against (kube-apiserver, kube-controller-manager, etcd) from pinned Go modules.
# The binaries are cached outside the tree, keyed by go.mod and go.sum; a second run takes no time.
# Prints the folder that holds them. usage: build.sh [kubectl]   (VIRTRIGAUD_TESTENV_CACHE overrides the cache folder)
# With "kubectl", the folder holds kubectl of the same version as well.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
command -v go >/dev/null || { echo "testenv: go is missing; install Go 1.24 or later" >&2; exit 1; }

kubernetes=$(sed -n 's|^\s*k8s.io/kubernetes \(v[0-9.]*\)$|\1|p' "$here/go.mod" | head -n 1)
key=$(cat "$here/go.mod" "$here/go.sum" "$here/build.sh" | sha256sum | cut -c1-16)
cache=${VIRTRIGAUD_TESTENV_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/virtrigaud/testenv}
out=$cache/$key
mkdir -p "$out"
exec 9>"$cache/lock"
flock 9

ldflags="-s -w -X k8s.io/component-base/version.gitVersion=$kubernetes"
ldflags+=" -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=$(cut -d. -f2 <<<"$kubernetes")"
build() {  # name package
  [ -x "$out/$1" ] && return 0
  echo "testenv: building $1 $kubernetes (a few minutes, once)" >&2
  (cd "$here" && CGO_ENABLED=0 go build -trimpath -ldflags "$ldflags" -o "$out/$1.part" "$2")
  mv "$out/$1.part" "$out/$1"
}
build etcd go.etcd.io/etcd/server/v3
build kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver
build kube-controller-manager k8s.io/kubernetes/cmd/kube-controller-manager
[ "${1:-}" != kubectl ] || build kubectl k8s.io/kubernetes/cmd/kubectl
echo "$out"
