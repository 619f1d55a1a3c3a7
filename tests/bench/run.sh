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
# The floor: a program that copies each byte.
$bench/bench_term start cat cat tests/bench/README.md -
$bench/bench_term echo cat sh -c 'stty raw -echo && exec cat'
for mode in start echo draft; do
    ! command -v irssi >/dev/null ||
        $bench/bench_term $mode irssi irssi --home="$(mktemp -d)"
    $bench/bench_term $mode hullo $hullo chat --plain --listen 127.0.0.1:0 127.0.0.1:9
done
$bench/bench_term flood $hullo
$bench/bench_term stream $hullo
