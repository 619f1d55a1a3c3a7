#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds and runs the benchmarks: one "key value" line each. Others on the machine disturb them;
# compare figures of one run only.
set -eu
cd "$(dirname "$0")/../.."
{ cmake --preset bench && cmake --build --preset bench --target bench; } >build/bench.log 2>&1 ||
    { cat build/bench.log; exit 1; }
bench=build/bench/tests/bench
hullo=build/bench/src/hullo

$bench/bench_flow
$bench/bench_net
$bench/bench_runs
$bench/bench_secure
$bench/bench_term $hullo
