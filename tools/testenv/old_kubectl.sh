#!/usr/bin/env bash
# Fetches Debian's kubectl (package kubernetes-client), which is years older than the machine's, and unpacks it without
# installing it. It is cached beside the servers of build.sh; a second run takes no time.
# Prints the path of the program. usage: old_kubectl.sh   (VIRTRIGAUD_TESTENV_CACHE overrides the cache folder)
set -euo pipefail
package=kubernetes-client
cache=${VIRTRIGAUD_TESTENV_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/virtrigaud/testenv}
out=$cache/$package
program=$out/usr/bin/kubectl
fail() {
  echo "testenv: $1" >&2
  exit 1
}

if [ ! -x "$program" ]; then
  for tool in apt-get dpkg; do
    command -v "$tool" >/dev/null || fail "$tool is missing; old_kubectl.sh needs Debian 12"
  done
  mkdir -p "$cache"
  exec 9>"$cache/lock"
  flock 9
fi
if [ ! -x "$program" ]; then
  part=$(mktemp -d "$cache/$package.XXXXXX")
  trap 'rm -rf "$part"' EXIT
  chmod 755 "$part"
  echo "testenv: fetching $package (once)" >&2
  (cd "$part" && apt-get -qq -o APT::Sandbox::User=root download "$package" >&2) ||
    fail "apt-get cannot download $package; run apt-get update, and see that Debian's main archive is among its sources"
  dpkg -x "$part/$package"_*.deb "$part" || fail "the package $package is damaged"
  [ -x "$part/usr/bin/kubectl" ] || fail "the package $package has no usr/bin/kubectl"
  rm -f "$part/$package"_*.deb
  rm -rf "$out"
  mv "$part" "$out"
fi
echo "$program"
