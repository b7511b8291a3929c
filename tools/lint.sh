#!/usr/bin/env bash
# All linters: clang-format, include_lint, shellcheck, clang-tidy (cached). usage: lint.sh BUILD_FOLDER
# Prints one PASS or FAIL line per linter; exits 1 where one failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
build=${1:?usage: lint.sh BUILD_FOLDER}
failed=0

run() {  # name command...
  local name=$1
  shift
  if "$@"; then echo "PASS lint: $name"; else echo "FAIL lint: $name"; failed=1; fi
}
# shellcheck disable=SC2317  # called through run
format() {
  git ls-files -z 'src/*.h' 'src/*.cc' 'apps/*.h' 'apps/*.cc' 'tests/*.h' 'tests/*.cc' 'bench/*.cc' |
    xargs -0 -r clang-format --dry-run -Werror || { echo "run 'make fmt'" >&2; return 1; }
}
# shellcheck disable=SC2317
shell() {
  { git ls-files '*.sh'; echo .ci/run; } | xargs shellcheck -x -S warning
}
run clang-format format
run include_lint python3 tools/include_lint.py .
run shellcheck shell
run clang-tidy python3 tools/clang_tidy.py "$build"
exit $failed
