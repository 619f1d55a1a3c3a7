#!/bin/sh
# SPDX-License-Identifier: MIT
# The transport beside what this machine could do at most, in one run, in a network name space of
# its own where that is permitted: the limits first, then each test of hullo-bench, a line each.
set -eu
cd "$(dirname "$0")/../.."
{ cmake --preset bench && cmake --build --preset bench --target bench; } >build/bench.log 2>&1 ||
    { cat build/bench.log; exit 1; }
bench=build/bench/tests/bench

if [ -z "${HL_BENCH_APART:-}" ] && unshare -n true 2>/dev/null; then
    HL_BENCH_APART=1 exec unshare -n sh -c 'ip link set lo up; exec sh tests/bench/transport.sh'
fi
$bench/bench_limits
for test in 'msg 1000000 100' 'rr 5000 100' 'bulk 512' 'setup 40' 'idle 1000' 'paced 300 100 20' \
    'mixed 5' 'mixed1 5'; do
    $bench/hullo-bench $test
done
