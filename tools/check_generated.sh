#!/usr/bin/env bash
# Fails when the checked-in CRDs, webhook manifests or the API reference are not what the field tables give. usage: check_generated.sh GENERATOR ROOT
set -euo pipefail
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
"$1" "$fresh"
diff -ru "$fresh/config/crd/bases" "$2/config/crd/bases" && diff -ru "$fresh/config/webhook" "$2/config/webhook" && diff -u "$fresh/docs/reference/api.md" "$2/docs/reference/api.md" ||
  { echo "generated files are out of date: run 'make gen-crds' and commit the result" >&2; exit 1; }
