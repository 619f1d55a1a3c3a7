#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs what the tests need, builds, and runs all of them. Exit status 0 only if all passed.
#
#   sh tests/run.sh          every preset: gcc, clang, sanitizers, fuzzers
#   sh tests/run.sh quick    the dev preset only
set -u
cd "$(dirname "$0")/.." || exit 1
. src/packages.sh

case ${1:-all} in
all | quick) what=${1:-all} ;;
*) echo "usage: sh tests/run.sh [quick]" >&2; exit 2 ;;
esac

packages_install $test_packages || exit 1

jobs=$(nproc)
logs=build/run
mkdir -p $logs
: >$logs/summary
status=0
started=$(date +%s)

# note RESULT PRESET TEXT: a line of the summary.
note()
{
    printf '%-6s %-10s %s\n' "$1" "$2" "$3" >>$logs/summary
    [ "$1" != FAILED ] || status=1
}

# build PRESET [TARGET...]: quiet unless it fails.
build()
{
    preset=$1
    shift
    echo "== $preset: build"
    if cmake --preset "$preset" >"$logs/$preset.build" 2>&1 &&
        cmake --build --preset "$preset" ${1:+--target "$@"} >>"$logs/$preset.build" 2>&1; then
        return 0
    fi
    tail -n 60 "$logs/$preset.build"
    note FAILED "$preset" "does not build: $logs/$preset.build"
    return 1
}

# run PRESET CTEST_OPTION...: the tests, their closing line kept for the summary. What fails is run
# once more, since on a busy machine real clocks and sanitizers make rare orders of events; whoever
# needed that is named, and is to be mended.
run()
{
    preset=$1
    shift
    echo "== $preset: test"
    { ctest --preset "$preset" -j "$jobs" --no-tests=error \
        --repeat until-pass:2 "$@" 2>&1; echo $? >"$logs/$preset.status"; } |
        tee "$logs/$preset.test"
    closing=$(grep 'tests passed' "$logs/$preset.test")
    skipped=$(grep -c '(Skipped)' "$logs/$preset.test")
    [ "$skipped" = 0 ] || closing="$closing, $skipped test programs skipped"
    again=$(sed -n 's/.*Test *#[0-9]*: \([^ ]*\) .*\*\*\*\(Failed\|Timeout\|Exception\).*/\1/p' \
        "$logs/$preset.test" | sort -u | tr '\n' ' ')
    [ -z "$again" ] || closing="$closing; failed at least once: $again"
    if [ "$(cat "$logs/$preset.status")" = 0 ]; then
        note passed "$preset" "$closing"
    else
        note FAILED "$preset" "$closing"
    fi
}

if build dev all all_verify_interface_header_sets; then
    run dev
fi
if [ "$what" = all ]; then
    build dev-clang && run dev-clang -L 'unit|integration|sim|layering'
    build asan && run asan -L 'unit|integration|sim|e2e|netns'
    build tsan && run tsan -L 'unit|integration|sim|e2e'
    build fuzz fuzz && run fuzz -L fuzz
fi

echo
echo "== summary after $(($(date +%s) - started)) s"
cat $logs/summary
exit $status
