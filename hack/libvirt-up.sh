#!/usr/bin/env bash
# Makes sure that a usable local libvirtd runs, with or without systemd.
#
# usage: hack/libvirt-up.sh [up]     starts what is missing; prints the connection URI on its last line
#        hack/libvirt-up.sh down     stops what "up" started without systemd (guests go on); otherwise does nothing
#        hack/libvirt-up.sh status   says whether libvirtd answers
# Needs root. Safe to repeat.
set -euo pipefail

readonly URI=qemu:///system
readonly STATE=/run/virtrigaud-libvirt
ERRORS=$(mktemp)
readonly ERRORS
trap 'rm -f "$ERRORS"' EXIT
readonly PACKAGES="libvirt-daemon-system libvirt-clients qemu-system-x86 qemu-utils"

die() { echo "libvirt-up: $*" >&2; exit 1; }
say() { echo "libvirt-up: $*" >&2; }
answers() { timeout 10 virsh -q -c "$URI" uri >/dev/null 2>&1; }
has_systemd() { [ -d /run/systemd/system ]; }

wait_for_answer() {
  local _
  for _ in $(seq 100); do
    answers && return 0
    sleep 0.1
  done
  return 1
}

# A container has no cgroups to manage and no namespaces to give. /etc/libvirt stays as it is: libvirtd sees a changed copy
# of qemu.conf, mounted over it in a mount namespace of its own.
needs_container_settings() {
  [ ! -e /sys/fs/cgroup/cgroup.controllers ] || [ ! -w /sys/fs/cgroup ] || [ "$(cat /proc/1/comm)" != systemd ]
}

write_qemu_conf() {
  mkdir -p "$STATE"
  cat >"$STATE/qemu.conf" <<'CONF'
user = "root"
group = "root"
security_driver = "none"
cgroup_controllers = [ ]
namespaces = [ ]
remember_owner = 0
stdio_handler = "file"
CONF
}

start_daemons() {
  mkdir -p "$STATE" /run/libvirt /var/log/libvirt
  if ! pgrep -x virtlogd >/dev/null; then
    virtlogd -d -p "$STATE/virtlogd.pid" || die "virtlogd does not start: see /var/log/libvirt and journalctl"
  fi
  if needs_container_settings; then
    write_qemu_conf
    setsid unshare --mount --propagation private bash -c \
      'mount --bind "$0/qemu.conf" /etc/libvirt/qemu.conf && exec libvirtd -p "$0/libvirtd.pid"' \
      "$STATE" >"$STATE/libvirtd.log" 2>&1 </dev/null &
  else
    libvirtd -d -p "$STATE/libvirtd.pid" || die "libvirtd does not start: run it by hand (libvirtd) to see why"
  fi
}

up() {
  [ "$(id -u)" = 0 ] || die "run it as root: sudo hack/libvirt-up.sh"
  for tool in libvirtd virsh qemu-system-x86_64; do
    command -v $tool >/dev/null || die "$tool is missing: apt-get install -y $PACKAGES"
  done
  if answers; then
    say "libvirtd answers already"
  elif has_systemd; then
    systemctl start libvirtd.socket libvirtd.service ||
      die "systemctl could not start libvirtd: see journalctl -u libvirtd"
    wait_for_answer || die "libvirtd runs but does not answer on $URI: see journalctl -u libvirtd"
  else
    start_daemons
    wait_for_answer || die "libvirtd does not answer on $URI: $(tail -3 "$STATE/libvirtd.log" 2>/dev/null)"
    say "started libvirtd (no systemd here); stop it with: hack/libvirt-up.sh down"
  fi
  start_default_network
  echo "$URI"
}

# VMs without a network of their own use "default". A machine that cannot run it (no rights to make a bridge) still runs
# VMs in user mode.
start_default_network() {
  virsh -q -c "$URI" net-info default >/dev/null 2>&1 || { say "there is no libvirt network 'default'"; return 0; }
  virsh -q -c "$URI" net-list --name | grep -qx default && return 0
  virsh -q -c "$URI" net-start default >/dev/null 2>"$ERRORS" ||
    say "libvirt network 'default' cannot be started; use mode: user. Reason: $(head -1 "$ERRORS")"
}

stop_by_pid_file() {  # program
  local file=$STATE/$1.pid pid _
  [ -e "$file" ] || return 0
  pid=$(cat "$file")
  if [ -n "$pid" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$1" ]; then
    kill "$pid"
    for _ in $(seq 100); do
      [ -e "/proc/$pid" ] || break
      sleep 0.1
    done
    say "stopped $1"
  fi
  rm -f "$file"
}

down() {
  [ "$(id -u)" = 0 ] || die "run it as root: sudo hack/libvirt-up.sh down"
  stop_by_pid_file libvirtd
  stop_by_pid_file virtlogd
  rm -rf "$STATE"
}

case ${1:-up} in
  up) up ;;
  down) down ;;
  status) answers && echo "libvirtd answers on $URI" || die "libvirtd does not answer on $URI: run hack/libvirt-up.sh" ;;
  *) die "usage: libvirt-up.sh [up|down|status]" ;;
esac
