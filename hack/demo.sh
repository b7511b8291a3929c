#!/usr/bin/env bash
# From nothing to a running guest on this machine, with no cluster: builds, starts `vrtg up`, applies examples/quickstart/.
#
# usage: hack/demo.sh [--once] [--data-dir DIR]
#   --once       stop everything as soon as the guest has an address and was deleted again (what the gate runs)
#   --data-dir   where the state lives (default: $VRTG_DATA_DIR, else ~/.local/share/virtrigaud-demo)
# Ctrl-C stops all of it; a second run finds its state again. Needs root (or sudo) for packages and libvirt.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

once=false
data=${VRTG_DATA_DIR:-${HOME:-/root}/.local/share/virtrigaud-demo}
while [ $# -gt 0 ]; do
  case $1 in
    --once) once=true; shift ;;
    --data-dir) data=${2:?--data-dir needs a folder}; shift 2 ;;
    -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "demo: unknown argument $1; see hack/demo.sh --help" >&2; exit 2 ;;
  esac
done

readonly PRESET=${PRESET:-release}
readonly BIN=$PWD/build/$PRESET/bin
readonly IMAGE=/var/lib/virtrigaud/images/tiny.qcow2
readonly STEPS=6
export VRTG_DATA_DIR=$data
began=$SECONDS
step_number=0
step_remedy=""
up_started=false
libvirt_started=false
sudo=()
[ "$(id -u)" = 0 ] || sudo=(sudo)

say() { printf '    %s\n' "$*"; }
step() {  # title remedy: what is being done, and what to do if it fails
  step_number=$((step_number + 1))
  step_remedy=$2
  printf '\n[%d/%d] %s (%d s)\n' "$step_number" "$STEPS" "$1" $((SECONDS - began))
}

finish() {
  local code=$?
  trap - EXIT INT TERM
  if [ $code != 0 ] && [ -n "$step_remedy" ]; then printf '\ndemo: that step failed. %s\n' "$step_remedy" >&2; fi
  $up_started && { echo; "$BIN/vrtg" down || true; }
  # A libvirtd that we started takes its guest along; the next run starts both again.
  $libvirt_started && { "${sudo[@]}" virsh -q -c qemu:///system destroy hello >/dev/null 2>&1 || true; }
  $libvirt_started && { "${sudo[@]}" hack/libvirt-up.sh down || true; }
  exit $code
}
trap finish EXIT
trap 'step_remedy=""; exit 0' INT TERM

kube() {  # the same words for kubectl, or for vrtg where kubectl is missing
  kubectl --kubeconfig "$data/kubeconfig" "$@"
}

apply() {
  if command -v kubectl >/dev/null; then kube apply -f examples/quickstart/; else "$BIN/vrtg" apply -f examples/quickstart/; fi
}

field() { "$BIN/vrtg" vm get hello -o "jsonpath=$1" 2>/dev/null || true; }

# Prints each new phase until the guest has told its address.
follow() {
  local last="" now="" ip="" end=$((SECONDS + 300))
  while [ $SECONDS -lt $end ]; do
    now="$(field '{.status.phase}') $(field '{.status.message}')"
    [ "$now" = "$last" ] || [ "$now" = " " ] || say "hello: $now"
    last=$now
    ip=$(field '{.status.ips[0]}')
    [ -n "$ip" ] && return 0
    sleep 0.5
  done
  "$BIN/vrtg" vm describe hello || true
  return 1
}

show() {
  echo
  "$BIN/vrtg" vm list -o wide
  cat <<TEXT

  IP address   $(field '{.status.ips[0]}')   (from the guest agent)
  Console      $("$BIN/vrtg" vm console-url hello)

  What to type next, in another terminal:
    export KUBECONFIG=$data/kubeconfig
    kubectl get vm,provider -o wide
    $BIN/vrtg vm describe hello
    $BIN/vrtg vm stop hello --wait
    kubectl delete -f examples/quickstart/
TEXT
}

main() {
  step "packages" "Read the message above; 'make setup' can be repeated."
  hack/setup.sh
  step "build (the first time takes some minutes)" "Read the compiler's message above; 'make build' repeats it."
  cmake --preset "$PRESET" >/dev/null
  cmake --build --preset "$PRESET" --target vrtg virtrigaud-manager virtrigaud-provider-libvirt virtrigaud-provider-mock
  step "libvirt" "hack/libvirt-up.sh says what is wrong; repeat it by hand."
  "${sudo[@]}" hack/libvirt-up.sh status >/dev/null 2>&1 || libvirt_started=true
  "${sudo[@]}" hack/libvirt-up.sh >/dev/null
  step "a tiny guest from Debian packages" "hack/build-tiny-guest.sh repeats it by hand; it needs the package registry."
  local built
  built=$("${sudo[@]}" hack/build-tiny-guest.sh | tail -n 1)
  "${sudo[@]}" install -D -m 0644 "$built" "$IMAGE"
  say "$IMAGE"
  step "control plane, manager and provider: vrtg up" "Look into $data/logs, and at '$BIN/vrtg status'."
  up_started=true
  "$BIN/vrtg" up --detach
  step "kubectl apply -f examples/quickstart/" "'$BIN/vrtg vm describe hello' and '$BIN/vrtg status' say what is wrong."
  apply
  follow
  show
  step_remedy=""
  if $once; then
    remove
  else
    printf '\n  Ctrl-C stops everything; the state stays in %s.\n' "$data"
    while :; do sleep 3600 & wait $!; done
  fi
}

# Deletes what was applied and makes sure that nothing of it is left on the hypervisor.
remove() {
  step_remedy="'$BIN/vrtg vm describe hello' says what holds it."
  "$BIN/vrtg" delete -f examples/quickstart/ --timeout 2m
  if "${sudo[@]}" virsh -q -c qemu:///system list --all --name | grep -qx hello; then
    echo "demo: the VM 'hello' is still on the hypervisor" >&2
    return 1
  fi
  say "deleted again; nothing is left on the hypervisor"
}

main
