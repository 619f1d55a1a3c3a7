#!/bin/sh
# SPDX-License-Identifier: MIT
# Hullo in a terminal beside irssi, WeeChat (where they are installed) and cat: builds, runs, and
# prints each figure as it comes and a table of all. About two minutes for each program.
# usage: terminal.sh [hullo] [plain] [irssi] [weechat] [cat]
set -eu
cd "$(dirname "$0")/../.."
{ cmake --preset bench && cmake --build --preset bench --target bench_term hullo; } \
    >build/bench.log 2>&1 || { cat build/bench.log; exit 1; }
exec build/bench/tests/bench/bench_term build/bench/src/hullo "$@"
