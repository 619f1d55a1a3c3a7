#!/bin/sh
# SPDX-License-Identifier: MIT
# A million seeds, or as many as told, on all processors. Prints what fails and the sum, also when
# it is interrupted.
# usage: million.sh HULLO_SIM [COUNT [FROM [OPTION]]]
set -u
program=$1
count=${2:-1000000}
from=${3:-0}
option=${4:-}
each=1000

said=$(mktemp)
began=$(date +%s)

report()
{
    status=$?
    trap '' HUP INT TERM
    grep -A1 '^FAILED' "$said"
    awk -v took=$(($(date +%s) - began)) '
        / seeds, / { seeds += $1; failed += $3; datagrams += $5; messages += $7; seconds += $9 }
        END { printf "%d seeds, %d failed: %d datagrams, %d messages, %.0f virtual seconds; " \
                     "%d s, %.0f seeds/s\n", seeds, failed, datagrams, messages, seconds, took,
                     seeds / (took ? took : 1) }' "$said"
    rm -f "$said"
    exit $status
}
trap report EXIT
trap 'exit 1' HUP INT TERM
seq "$from" $each $((from + count - 1)) |
    xargs -P "$(nproc)" -I{} "$program" $option --from {} --count $each >"$said"
