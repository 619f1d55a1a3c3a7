#!/bin/sh
# SPDX-License-Identifier: MIT
# Every C file looks as .clang-format says, by the version that Debian 12 ships: others disagree
# about details. Exit 77 (skipped) where that version is missing.
# usage: format.sh [fix]
set -eu
cd "$(dirname "$0")/.."

for tool in clang-format-14 clang-format none; do
    case $("$tool" --version 2>/dev/null) in *' 14.'*) break ;; esac
done
[ $tool != none ] || { echo "skipped: clang-format 14 is not installed"; exit 77; }

case ${1:-} in
fix)
    find net ui src tests -name '*.[ch]' -exec "$tool" -i {} +
    ;;
*)
    wrong=$(find net ui src tests -name '*.[ch]' -exec "$tool" --dry-run {} + 2>&1 |
        sed -n 's/:.*: warning: .*//p' | sort -u)
    [ -z "$wrong" ] || { echo "$wrong"; echo "run: sh tests/format.sh fix"; exit 1; }
    ;;
esac
