#!/bin/sh
# SPDX-License-Identifier: MIT
# The messenger as its users meet it: messages through two processes and two stores, beside what the
# disk can commit; start-up, memory and search with an empty store and with a million messages.
# usage: messages.sh [MESSAGES [STORED]]
set -eu
cd "$(dirname "$0")/../.."
{ cmake --preset bench && cmake --build --preset bench --target bench; } >build/bench.log 2>&1 ||
    { cat build/bench.log; exit 1; }
exec python3 -B tests/bench/messages.py build/bench "$@"
