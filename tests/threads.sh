#!/bin/sh
# The roles of threads are checked by clang's thread-safety analysis. This shows that the analysis
# is on: a function of the receive thread called from elsewhere, and a mutex left locked, must not
# compile. Needs clang: skipped (77) without it.
set -eu
top=$1
command -v clang >/dev/null || { echo "skipped: no clang"; exit 77; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# compiles NAME SOURCE: whether it does, with the warnings of the dev-clang preset as errors.
compiles() {
    printf '%s\n' '#include "thread.h"' "$2" >"$dir/$1.c"
    clang -std=c11 -D_GNU_SOURCE -Wthread-safety -Werror -I"$top/net/io" -fsyntax-only \
        "$dir/$1.c" 2>"$dir/$1.err"
}

declare_read='static void read_it(void) HL_REQUIRES(hl_role_rx); static void read_it(void) {}'
failed=0
check() {
    if compiles "$2" "$3"; then got=yes; else got=no; fi
    [ "$got" = "$1" ] && return
    echo "$2: expected to compile: $1, did: $got"
    cat "$dir/$2.err"
    failed=1
}
check yes right_thread "$declare_read
void f(void); void f(void) { hl_role_enter(&hl_role_rx); read_it(); }"
check no wrong_thread "$declare_read
void f(void); void f(void) { hl_role_enter(&hl_role_tx); read_it(); }"
check no no_role "$declare_read
void f(void); void f(void) { read_it(); }"
check yes unlocked "void f(struct hl_mutex *m); void f(struct hl_mutex *m) { hl_mutex_lock(m); hl_mutex_unlock(m); }"
check no left_locked "void f(struct hl_mutex *m); void f(struct hl_mutex *m) { hl_mutex_lock(m); }"
exit $failed
