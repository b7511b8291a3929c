#!/usr/bin/env bash
# Installs the Debian packages that building, testing and the demo need. Safe to run again: what is there is left alone.
# usage: setup.sh [--check]   (--check installs nothing; it fails with the remedy where something is missing)
set -euo pipefail

build_packages=(ccache cmake ninja-build g++ git make clang-format clang-tidy pkg-config
  libgrpc++-dev libgrpc-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc libvirt-dev
  libcurl4-openssl-dev libboost1.81-dev libssl-dev nlohmann-json3-dev libyaml-cpp-dev libpugixml-dev
  libjwt-dev libarchive-dev libsqlite3-dev libspdlog-dev libfmt-dev prometheus-cpp-dev libcli11-dev libgtest-dev libgmock-dev
  libbenchmark-dev python3 python3-yaml shellcheck)
run_packages=(ca-certificates curl libvirt-daemon-system libvirt-daemon libvirt-clients libvirt-daemon-driver-qemu
  qemu-system-x86 qemu-utils cpio lz4 kmod binutils dosfstools mtools syslinux syslinux-common extlinux fdisk
  iproute2 iptables dnsmasq-base ovmf seabios)

missing() {  # the given packages that are not installed
  # dpkg-query exits 1 as soon as one name is unknown; what it does print is still right.
  { dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null || true; } | awk '$1 == "ii" {print $2}' | sort >"$have"
  printf '%s\n' "$@" | sort | comm -23 - "$have"
}

say() { printf 'setup: %s\n' "$*" >&2; }

main() {
  command -v dpkg-query >/dev/null || { say "this is not Debian; install the packages listed in hack/setup.sh by hand"; exit 1; }
  have=$(mktemp)
  trap 'rm -f "$have"' EXIT
  mapfile -t wanted < <(missing "${build_packages[@]}" "${run_packages[@]}")
  if [ "${1:-}" = --check ]; then
    mapfile -t wanted < <(missing "${build_packages[@]}")
    [ ${#wanted[@]} = 0 ] && exit 0
    say "missing: ${wanted[*]}"
    say "run 'make setup' first (it needs root or sudo)"
    exit 1
  fi
  if [ ${#wanted[@]} = 0 ]; then
    say "all packages are installed"
  else
    local as_root=()
    if [ "$(id -u)" != 0 ]; then
      command -v sudo >/dev/null || { say "installing packages needs root: run this as root, or install sudo"; exit 1; }
      as_root=(sudo)
    fi
    say "installing ${#wanted[@]} packages: ${wanted[*]}"
    "${as_root[@]}" apt-get update -q
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${wanted[@]}" ||
      { say "apt-get failed; look at the message above. On a machine without backports or network, mend /etc/apt first"; exit 1; }
  fi
  command -v kubectl >/dev/null ||
    say "note: 'kubectl' is not on the PATH. The tests with real servers need it, 1.24 or later; get it from kubernetes.io/docs/tasks/tools"
  command -v go >/dev/null ||
    say "note: 'go' 1.24 or later is not on the PATH. Only the tests against a real kube-apiserver need it; get it from go.dev/dl (Debian 12's golang-go is too old)"
}
main "$@"
