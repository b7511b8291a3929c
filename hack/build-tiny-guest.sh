#!/usr/bin/env bash
# Builds the project's tiny guest: a bootable qcow2 image of Debian's cloud kernel, busybox and the QEMU guest agent.
#
# usage: hack/build-tiny-guest.sh [--print-key] [OUTPUT.qcow2]
#   Prints the path of the image on its last line. The image is kept under ${XDG_CACHE_HOME:-~/.cache}/virtrigaud/guest by
#   the hash of this script and of the package versions in it, so a second run takes a second. With OUTPUT it is copied there.
#   --print-key   only print that hash
#
# What the guest does: DHCP on every interface, reads a NoCloud seed (host name, authorized keys, a #! script), runs the
# guest agent, obeys the ACPI power button, and says "tiny: READY ..." on the serial console. It has no password.
# Everything in it comes from Debian packages fetched by apt-get download; nothing is installed on this machine.
set -euo pipefail

readonly TOOLS=(cpio lz4 depmod modprobe mkfs.vfat mcopy syslinux qemu-img sfdisk dpkg-deb apt-get)
readonly TOOL_PACKAGES="cpio lz4 kmod dosfstools mtools syslinux syslinux-common qemu-utils fdisk"
readonly MODULES="virtio_pci virtio_blk virtio_scsi virtio_net virtio_console virtio_balloon virtio_rng button evdev isofs
  sr_mod sd_mod ahci ata_piix vfat nls_ascii nls_iso8859-1"
readonly CMDLINE="console=ttyS0 quiet panic=5 tsc=reliable nokaslr mitigations=off"
readonly CACHE="${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/virtrigaud/guest"
export PATH="$PATH:/usr/sbin:/sbin"

die() { echo "build-tiny-guest: $*" >&2; exit 1; }
say() { echo "build-tiny-guest: $*" >&2; }

check_tools() {
  local missing=()
  for tool in "${TOOLS[@]}"; do command -v "$tool" >/dev/null || missing+=("$tool"); done
  [ -e /usr/lib/syslinux/mbr/mbr.bin ] || missing+=(syslinux-common)
  [ ${#missing[@]} = 0 ] || die "missing: ${missing[*]}. Install them: apt-get install -y $TOOL_PACKAGES"
}

# The packages that go into the guest, as name=version. apt-cache is asked once for all of them: without a cache of its own it
# reads all lists each time.
guest_packages() {
  local kernel names versions package
  kernel=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | awk '/Depends: linux-image/ {print $2; exit}')
  [ -n "$kernel" ] || die "apt knows no linux-image-cloud-amd64: run apt-get update (Debian 12, main)"
  names=("$kernel" busybox-static qemu-guest-agent libglib2.0-0 liburing2 libudev1 libpcre2-8-0 libnuma1 libc6)
  versions=$(apt-cache policy "${names[@]}" 2>/dev/null |
    awk '/^[^ ]/ {name = $1; sub(/:$/, "", name)} /Candidate:/ && $2 != "(none)" {print name "=" $2}')
  for package in "${names[@]}"; do
    grep -q "^$package=" <<<"$versions" || die "apt knows no package $package: run apt-get update"
  done
  echo "$versions"
}

download() {  # packages...
  local try
  for try in 1 2 3; do
    apt-get download -qq "$@" 2>"$WORK/apt.log" && return
    say "apt-get download failed (attempt $try): $(tail -1 "$WORK/apt.log")"
  done
  die "could not fetch the guest's packages: check the network and /etc/apt/sources.list, then run apt-get update"
}

unpack_packages() {
  mkdir -p "$WORK/debs" "$WORK/kernel" "$WORK/user"
  (cd "$WORK/debs" && download $1)
  local deb
  for deb in "$WORK"/debs/*.deb; do
    case $(basename "$deb") in
      linux-image*) dpkg-deb -x "$deb" "$WORK/kernel" ;;
      *) dpkg-deb -x "$deb" "$WORK/user" ;;
    esac
  done
}

# The shared libraries of one program, from the unpacked packages only.
copy_libraries() {
  local name path queue=("$1") seen=" "
  while [ ${#queue[@]} -gt 0 ]; do
    path=${queue[0]}; queue=("${queue[@]:1}")
    for name in $(objdump -p "$path" | awk '/NEEDED/ {print $2}'); do
      case $seen in *" $name "*) continue ;; esac
      seen+="$name "
      path=$(find "$WORK/user" -name "$name" | head -1)
      [ -n "$path" ] || die "library $name of $1 is in none of the guest's packages"
      case $name in ld-linux*) cp -L "$path" "$ROOT/lib64/$name" ;; *) cp -L "$path" "$ROOT/lib/$name" ;; esac
      queue+=("$path")
    done
  done
}

copy_modules() {
  local version file module
  version=$(basename "$WORK"/kernel/boot/vmlinuz-*); version=${version#vmlinuz-}
  depmod -b "$WORK/kernel" "$version"
  mkdir -p "$ROOT/lib/modules"
  # A module that this kernel builds in, or lacks, gives no line.
  for module in $MODULES; do
    modprobe -S "$version" -d "$WORK/kernel" --show-depends "$module" 2>/dev/null || true
  done | awk '/^insmod/ && !seen[$2]++ {print $2}' >"$WORK/modules"
  grep -q virtio_net "$WORK/modules" || die "found no virtio_net in the package of kernel $version"
  while read -r file; do
    cp "$file" "$ROOT/lib/modules/"
    basename "$file" >>"$ROOT/lib/modules/order"
  done <"$WORK/modules"
}

write_init() {
  cat >"$ROOT/init" <<'INIT'
#!/bin/sh
export PATH=/bin:/sbin:/usr/sbin LD_LIBRARY_PATH=/lib HOME=/root
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs run /run
while read -r module; do insmod "/lib/modules/$module" 2>/dev/null; done </lib/modules/order
mdev -s 2>/dev/null
ip link set lo up
hostname tiny

find_seed() { findfs LABEL=cidata 2>/dev/null || findfs LABEL=CIDATA 2>/dev/null; }
# The kernel looks for CD drives in the background: the seed may be a moment late.
seed=$(find_seed)
for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
  [ -n "$seed" ] && break
  sleep 0.2
  seed=$(find_seed)
done
if [ -n "$seed" ] && mount -o ro -t iso9660 "$seed" /mnt; then
  cp /mnt/* /run/
  umount /mnt
  echo "tiny: seed read from $seed"
fi
name=$(sed -n 's/^local-hostname: *//p' /run/meta-data 2>/dev/null)
[ -n "$name" ] && hostname "$name"
instance=$(sed -n 's/^instance-id: *//p' /run/meta-data 2>/dev/null)

for path in /sys/class/net/eth*; do
  nic=${path##*/}
  ip link set "$nic" up
  udhcpc -i "$nic" -b -R -t 20 -T 1 -s /bin/dhcp-event -x "hostname:$(hostname)" >/dev/null 2>&1 &
done
if head -n 1 /run/user-data 2>/dev/null | grep -q '^#!'; then
  chmod 755 /run/user-data
  /run/user-data >/dev/console 2>&1 &
fi
acpid -l /dev/null 2>/dev/null

mkdir -p /dev/virtio-ports
for port in /sys/class/virtio-ports/*; do
  label=$(cat "$port/name" 2>/dev/null)
  [ -n "$label" ] && ln -sf "../${port##*/}" "/dev/virtio-ports/$label"
done
[ -e /dev/virtio-ports/org.qemu.guest_agent.0 ] && qemu-ga -d -t /run -f /run/qemu-ga.pid

echo "tiny: READY host=$(hostname) instance=$instance cpus=$(nproc) up=$(cut -d' ' -f1 /proc/uptime)"
while :; do setsid cttyhack sh -l; sleep 1; done
INIT
  cat >"$ROOT/bin/dhcp-event" <<'DHCP'
#!/bin/sh
case $1 in
  bound | renew)
    ip addr flush dev "$interface"
    ip addr add "$ip/${mask:-24}" dev "$interface"
    [ -n "$router" ] && ip route replace default via "${router%% *}" dev "$interface"
    : >/etc/resolv.conf
    for server in $dns; do echo "nameserver $server" >>/etc/resolv.conf; done
    echo "tiny: $interface has $ip" >/dev/console
    ;;
esac
DHCP
  # The agent calls shutdown -P|-H|-r +0; the power button runs the acpid handler.
  cat >"$ROOT/sbin/shutdown" <<'DOWN'
#!/bin/sh
sync
case " $* " in *" -r "*) exec reboot -f ;; *) exec poweroff -f ;; esac
DOWN
  printf '#!/bin/sh\necho "tiny: power button" >/dev/console\nsync\nexec poweroff -f\n' >"$ROOT/etc/acpi/PWRF/00000080"
  chmod 755 "$ROOT/init" "$ROOT/bin/dhcp-event" "$ROOT/sbin/shutdown" "$ROOT/etc/acpi/PWRF/00000080"
}

make_initrd() {
  ROOT=$WORK/root
  mkdir -p "$ROOT"/{bin,sbin,usr/sbin,proc,sys,dev,run,tmp,mnt,lib,lib64,root,var,etc/acpi/PWRF}
  ln -s ../run "$ROOT/var/run"
  cp "$WORK/user/bin/busybox" "$ROOT/bin/busybox"
  local applet
  for applet in $("$ROOT/bin/busybox" --list); do
    [ "$applet" = busybox ] || ln -s /bin/busybox "$ROOT/bin/$applet"
  done
  cp "$WORK/user/usr/sbin/qemu-ga" "$ROOT/usr/sbin/"
  copy_libraries "$ROOT/usr/sbin/qemu-ga"
  copy_modules
  write_init
  echo 'root:x:0:0:root:/root:/bin/sh' >"$ROOT/etc/passwd"
  echo 'root:*:19000:0:99999:7:::' >"$ROOT/etc/shadow"
  echo 'root:x:0:' >"$ROOT/etc/group"
  printf 'ID=tiny\nNAME=tiny\nPRETTY_NAME="VirtRigaud tiny guest"\nVERSION_ID=1\n' >"$ROOT/etc/os-release"
  (cd "$ROOT" && find . | LC_ALL=C sort | cpio -o -H newc --quiet -R 0:0) | lz4 -l -9 -q >"$WORK/initrd"
}

# One FAT partition with SYSLINUX: boots with a BIOS.
make_disk() {
  local raw=$WORK/disk.raw
  truncate -s 64M "$raw"
  printf 'label: dos\nstart=2048, type=c, bootable\n' | sfdisk -q "$raw"
  dd if=/usr/lib/syslinux/mbr/mbr.bin of="$raw" conv=notrunc bs=440 count=1 status=none
  mkfs.vfat --offset 2048 -n TINY -i 54494e59 -F 32 "$raw" $((63 * 1024)) >"$WORK/mkfs.log" 2>&1 ||
    mkfs.vfat --offset 2048 -n TINY -i 54494e59 "$raw" $((63 * 1024)) >"$WORK/mkfs.log" 2>&1 ||
    die "mkfs.vfat: $(tail -1 "$WORK/mkfs.log")"
  printf 'serial 0 115200\ndefault tiny\nprompt 0\ntimeout 0\nlabel tiny\n kernel vmlinuz\n initrd initrd\n append %s\n' \
    "$CMDLINE" >"$WORK/syslinux.cfg"
  MTOOLS_SKIP_CHECK=1 mcopy -i "$raw@@1M" "$WORK"/kernel/boot/vmlinuz-* ::vmlinuz
  MTOOLS_SKIP_CHECK=1 mcopy -i "$raw@@1M" "$WORK/initrd" "$WORK/syslinux.cfg" ::
  syslinux -t 1048576 -i "$raw"
  qemu-img convert -q -f raw -O qcow2 "$raw" "$WORK/disk.qcow2"
}

main() {
  local print_key=no output=""
  while [ $# -gt 0 ]; do
    case $1 in
      --print-key) print_key=yes ;;
      -h | --help) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 0 ;;
      -*) die "unknown option $1 (see --help)" ;;
      *) output=$1 ;;
    esac
    shift
  done
  local packages key image
  packages=$(guest_packages)
  key=$( (cat "$0"; echo "$packages") | sha256sum | cut -c1-16)
  [ "$print_key" = no ] || { echo "$key"; exit 0; }
  image=$CACHE/tiny-$key.qcow2
  if [ ! -e "$image" ]; then
    check_tools
    say "building $image"
    WORK=$(mktemp -d)
    trap 'rm -rf "$WORK"' EXIT
    unpack_packages "$packages"
    make_initrd
    make_disk
    mkdir -p "$CACHE"
    mv "$WORK/disk.qcow2" "$image.part.$$"
    mv "$image.part.$$" "$image"
  fi
  [ -z "$output" ] || { cp "$image" "$output"; image=$output; }
  echo "$image"
}

main "$@"
