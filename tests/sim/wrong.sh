#!/bin/sh
# SPDX-License-Identifier: MIT
# The seeds notice each deliberate fault of net/core/wrong.h, and none without one.
# usage: wrong.sh HULLO_SIM_WRONG [SEEDS [OPTION]]
set -u
program=$1
seeds=${2:-2000}
option=${3:-}
failed=0
# What shows on no network: unit tests find these.
hidden="KEYS_KEPT INITIAL_TWICE NEVER_DOUBTS"

names=$("$program" $option --list) && [ -n "$names" ] || { echo "no faults to choose from"; exit 1; }
"$program" $option --count 50 || { echo "noticed a fault where there is none"; exit 1; }
for name in $names; do
    case " $hidden " in *" $name "*) continue ;; esac
    if said=$("$program" $option --wrong "$name" --count "$seeds"); then
        printf '%-24s %s\n' "$name" "$(echo "$said" | tail -n 1)"
        echo "$said" | sed -n 's/^FAILED/    /p'
    else
        echo "$name: not noticed by $seeds seeds"
        failed=1
    fi
done
exit $failed
