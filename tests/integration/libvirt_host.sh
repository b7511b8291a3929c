#!/usr/bin/env bash
# A private libvirtd for tests: own configuration, state, sockets and pool below one folder; the machine's own libvirt is
# neither used nor touched. Needs root, libvirtd and QEMU, but no systemd, no KVM, no cgroups.
#
# usage: libvirt_host.sh start FOLDER    prints the connection URI
#        libvirt_host.sh stop FOLDER     stops it and its guests
#        libvirt_host.sh kill FOLDER     kills the daemon alone (kill -9), guests go on; start brings it back
set -euo pipefail

die() { echo "libvirt_host: $*" >&2; exit 1; }

write_configuration() {
  mkdir -p "$DIR"/{etc/qemu,lib/qemu,lib/images,lib/boot,lib/dnsmasq,lib/swtpm,run,cache,log/qemu,pool}
  cat >"$DIR/etc/libvirtd.conf" <<EOF
host_uuid = "$(cat /proc/sys/kernel/random/uuid)"
auth_unix_rw = "none"
EOF
  # A container has no cgroups to manage, no new namespaces to give, and no virtlogd.
  cat >"$DIR/etc/qemu.conf" <<EOF
user = "root"
group = "root"
security_driver = "none"
cgroup_controllers = [ ]
namespaces = [ ]
stdio_handler = "file"
remember_owner = 0
EOF
}

start() {
  [ "$(id -u)" = 0 ] || die "needs root"
  for tool in libvirtd qemu-system-x86_64 unshare; do
    command -v $tool >/dev/null || die "$tool is missing: apt-get install -y libvirt-daemon-system qemu-system-x86"
  done
  mkdir -p "$DIR" /etc/libvirt /var/lib/libvirt /var/cache/libvirt /var/log/libvirt /run/libvirt
  [ -e "$DIR/etc/qemu.conf" ] || write_configuration
  setsid unshare --mount --propagation private bash -c '
    mount --bind "$0/etc" /etc/libvirt && mount --bind "$0/lib" /var/lib/libvirt &&
    mount --bind "$0/cache" /var/cache/libvirt && mount --bind "$0/log" /var/log/libvirt &&
    mount --bind "$0/run" /run/libvirt && exec libvirtd --pid-file "$0/libvirtd.pid"' \
    "$DIR" >"$DIR/libvirtd.log" 2>&1 </dev/null &
  echo $! >"$DIR/pid"
  local uri="qemu+unix:///system?socket=$DIR/run/libvirt-sock" _
  for _ in $(seq 100); do
    virsh -q -c "$uri" uri >/dev/null 2>&1 && { echo "$uri"; return; }
    kill -0 "$(cat "$DIR/pid")" 2>/dev/null || die "libvirtd ended: $(tail -3 "$DIR/libvirtd.log")"
    sleep 0.1
  done
  die "libvirtd does not answer: $(tail -3 "$DIR/libvirtd.log")"
}

stop() {
  local pid file
  for file in "$DIR"/run/qemu/*.pid; do
    [ -e "$file" ] || continue
    pid=$(cat "$file")
    kill -9 "$pid" 2>/dev/null || true
  done
  [ -e "$DIR/pid" ] || return 0
  pid=$(cat "$DIR/pid")
  kill "$pid" 2>/dev/null || true
  for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
  kill -9 "$pid" 2>/dev/null || true
  rm -f "$DIR/pid"
}

[ $# = 2 ] || die "usage: libvirt_host.sh start|stop|kill FOLDER"
DIR=$2
case $1 in
  start) start ;;
  stop) stop ;;
  kill) kill -9 "$(cat "$DIR/pid")" ;;
  *) die "unknown command $1" ;;
esac
