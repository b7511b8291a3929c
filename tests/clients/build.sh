#!/usr/bin/env bash
# Builds a client that the tests run (informer, helm) from pinned Go modules, and prints the program's path. Programs are cached
# outside the tree, keyed by sources and go.sum; a second run takes no time. usage: build.sh informer|helm
# (VIRTRIGAUD_CLIENTS_CACHE overrides the cache folder)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
name=${1:?usage: build.sh informer|helm}
command -v go >/dev/null || { echo "clients: go is missing; install Go 1.24 or later" >&2; exit 1; }

package=.
[ "$name" = helm ] && package=helm.sh/helm/v3/cmd/helm
key=$(cat "$here/build.sh" "$here/$name"/*.go "$here/$name/go.mod" "$here/$name/go.sum" | sha256sum | cut -c1-16)
cache=${VIRTRIGAUD_CLIENTS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/virtrigaud/clients}
out=$cache/$key/$name
mkdir -p "$cache/$key"
exec 9>"$cache/lock-$name"
flock 9
if [ ! -x "$out" ]; then
  echo "clients: building $name (a few minutes, once)" >&2
  (cd "$here/$name" && CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o "$out.part" "$package")
  mv "$out.part" "$out"
fi
echo "$out"
