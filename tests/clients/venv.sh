#!/usr/bin/env bash
# Makes a Python environment with the packages of requirements.txt, and prints its interpreter's path. It is cached outside the
# tree, keyed by requirements.txt and the Python version. (VIRTRIGAUD_CLIENTS_CACHE overrides the cache folder)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
key=$( (cat "$here/venv.sh" "$here/requirements.txt"; python3 --version) | sha256sum | cut -c1-16)
cache=${VIRTRIGAUD_CLIENTS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/virtrigaud/clients}
out=$cache/venv-$key
mkdir -p "$cache"
exec 9>"$cache/lock-venv"
flock 9
if [ ! -e "$out/complete" ]; then
  rm -rf "$out"
  python3 -m venv "$out" >&2 || { echo "clients: no virtual environment; install python3-venv" >&2; exit 1; }
  "$out/bin/pip" install --quiet --requirement "$here/requirements.txt" >&2 ||
    { echo "clients: pip could not install requirements.txt; is a package index reachable?" >&2; exit 1; }
  touch "$out/complete"
fi
echo "$out/bin/python"
