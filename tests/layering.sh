#!/bin/sh
# SPDX-License-Identifier: MIT
# Holds the directions between the folders over what the built libraries really call, and the
# size limits of the sources. First plants one fault of each kind, to show that it can fail.
#
# usage: layering.sh SOURCE_DIR LIBRARY.a...      environment: CC, NM (cc, nm)
set -eu
export LC_ALL=C

cd "$1"
shift
cc=${CC:-cc}
nm=${NM:-nm}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

lines_max=800 # of one source file

# What a pure library may call: functions of their arguments alone (and the allocator in the
# screen model). Everything else, above all I/O, clocks, threads and random numbers, is a fault.
text='w?mem(chr|cmp|cpy|mem|move|rchr|set)|str(n?cmp|n?len|r?chr|n?dup|str|spn|cspn|pbrk|toul|errordesc_np)|v?snprintf|bsearch|qsort(_r)?'
# libsodium's functions of their arguments alone: none that draws random bytes or makes a key.
# Argon2id takes memory for itself: it is meant to.
crypto='crypto_pwhash_argon2id|crypto_(aead|auth|core|generichash|hash|onetimeauth|scalarmult|shorthash|stream|verify)_[a-z0-9_]+|sodium_(memzero|memcmp|is_zero|increment)'
core_may="$text|inet_(ntop|pton)|$crypto"
model_may="$text|malloc|calloc|realloc|reallocarray|free|wcwidth|iswprint|d?c?n?gettext|utf8proc_[a-z0-9_]+|fribidi_[a-z0-9_]+"

# What the others must not call.
sockets='socket|socketpair|connect|bind|listen|accept4?|send|sendto|sendm?msg|sendmmsg|recv|recvfrom|recvmsg|recvmmsg|getaddrinfo|getnameinfo|[gs]etsockopt'
threads='pthread_(create|join|detach|mutex_.*|cond_.*|rwlock_.*)|thrd_.*|mtx_.*'
curses='(std|cur|new)scr|initscr|newterm|endwin|doupdate|new(win|pad)|delwin|setupterm|tigetstr|tputs|w?get_wch|wnoutrefresh|w(add|ins|move|erase|clear|refresh|attr).*'
sqlite='sqlite3_.*'

# Sanitizers, gcov and stack protectors put calls everywhere.
tools='_*(asan|ubsan|tsan|lsan|sanitizer|gcov|llvm|odr_asan|stack_chk|start|stop)_.*|_GLOBAL_OFFSET_TABLE_|__tls_get_addr|abort|__assert_fail'

# Symbols that a library uses and does not define, one a line; fortified names as their originals.
calls()
{
    "$nm" -P "$1" | awk '
        $2 == "U" || $2 == "w" { used[$1]; next }
        NF > 1                 { own[$1] }
        END { for (s in used) if (!(s in own)) print s }' |
        sed -E 's/^__(isoc[0-9]+_)?(.*)_chk$/\2/; s/^__isoc[0-9]+_//' |
        grep -Evx "$tools" | sort -u
}

# only WHO LIBRARY PATTERN: all its calls match.
only()
{
    bad=$(calls "$2" | grep -Evx "$3" || [ $? = 1 ])
    [ -z "$bad" ] || { echo "$1 must not call:" $bad; return 1; }
}

# never WHO LIBRARY PATTERN: none of its calls matches.
never()
{
    bad=$(calls "$2" | grep -Ex "$3" || [ $? = 1 ])
    [ -z "$bad" ] || { echo "$1 must not call:" $bad; return 1; }
}

# stranger WHO LIBRARY NAMES: it calls none of the functions that the file lists.
stranger()
{
    bad=$(calls "$2" | comm -12 - "$3")
    [ -z "$bad" ] || { echo "$1 must not call:" $bad; return 1; }
}

# check LIBRARY: the rule of the library of that name. net/core calls nobody, net/io only net/core,
# ui/model nobody, ui/term only ui/model. SQLite is the store's alone, curses that of ui/term.
check()
{
    case ${1##*/} in
    libhl_core.a)      only net/core "$1" "$core_may" ;;
    libhl_ui_model.a)  only ui/model "$1" "$model_may" ;;
    libhl_io.a)        never net/io "$1" "$curses|$sqlite" && stranger net/io "$1" "$work/ui" ;;
    libhl_store.a)     never src/store "$1" "$sockets|$threads|$curses" &&
                       stranger src/store "$1" "$work/ui" ;;
    libhl_messenger.a) never src/messenger "$1" "$curses|$sqlite" &&
                       stranger src/messenger "$1" "$work/ui" ;;
    libhl_app.a)       never src "$1" "$curses|$sqlite" ;;
    libhl_ui_term.a)   never ui/term "$1" "$sockets|$threads|$sqlite" &&
                       stranger ui/term "$1" "$work/net" ;;
    *) echo "no rule for $1"; return 1 ;;
    esac
}

# defined LIBRARY...: the functions and data that they offer, one a line.
defined()
{
    [ $# = 0 ] || "$nm" -P -g --defined-only "$@" | awk 'NF > 1 { print $1 }' | sort
}

# too_long DIR: sources over the limit.
too_long()
{
    find "$1/net" "$1/ui" "$1/src" "$1/tests" -name '*.[ch]' -exec wc -l {} + |
        awk -v max="$lines_max" '$2 != "total" && $1 > max { print $2 ": " $1 " lines, more than " max }'
}

# curses_elsewhere DIR: sources outside ui/term that include curses.
curses_elsewhere()
{
    grep -rlE '^ *# *include *[<"](n?curses|term)(\.h|w/)' "$1/net" "$1/ui" "$1/src" 2>/dev/null |
        grep -v '/ui/term/' || true
}

# plant LIBRARY CALL: a library of that name with one call must be refused.
plant()
{
    printf 'extern int %s(void);\nint hl_planted(void);\nint hl_planted(void) { return %s(); }\n' \
        "$2" "$2" >"$work/planted.c"
    "$cc" -fno-builtin -c -o "$work/planted.o" "$work/planted.c"
    rm -f "$work/$1"
    ar cr "$work/$1" "$work/planted.o"
    if check "$work/$1" >"$work/said"; then
        echo "the check is blind: $1 calling $2 passed"
        return 1
    fi
    grep -q "$2" "$work/said"
}

net=
ui=
for library; do
    case ${library##*/} in
    libhl_ui_*) ui="$ui $library" ;;
    libhl_app.a) ;;
    *) net="$net $library" ;;
    esac
done
defined $net >"$work/net"
defined $ui >"$work/ui"

plant libhl_core.a socket
plant libhl_core.a clock_gettime
plant libhl_core.a malloc
plant libhl_core.a randombytes_buf
plant libhl_core.a crypto_pwhash_argon2id_str
plant libhl_ui_model.a write
plant libhl_ui_model.a initscr
plant libhl_ui_model.a hl_net_send
plant libhl_io.a wnoutrefresh
plant libhl_ui_term.a sendto
plant libhl_ui_term.a pthread_create
plant libhl_io.a sqlite3_open
plant libhl_store.a connect
plant libhl_store.a pthread_create
plant libhl_store.a initscr
plant libhl_messenger.a sqlite3_step
plant libhl_messenger.a doupdate
plant libhl_app.a sqlite3_step
plant libhl_ui_term.a "$(head -n 1 "$work/net")"
[ -z "$ui" ] || plant libhl_io.a "$(head -n 1 "$work/ui")"
mkdir -p "$work/tree/net" "$work/tree/ui/term" "$work/tree/src" "$work/tree/tests"
echo '#include <curses.h>' | tee "$work/tree/src/planted.c" >"$work/tree/ui/term/planted.c"
[ "$(curses_elsewhere "$work/tree")" = "$work/tree/src/planted.c" ]
yes '' | head -n $((lines_max + 1)) >"$work/tree/src/planted.c"
[ -n "$(too_long "$work/tree")" ]

failed=0
for library; do
    check "$library" || failed=1
done
twice=$(defined "$@" | uniq -d | sed 's/$/: defined in two libraries/')
for finding in "$twice" "$(too_long .)" "$(curses_elsewhere .)"; do
    [ -z "$finding" ] || { echo "$finding"; failed=1; }
done
[ $failed = 0 ] && echo "layering holds in $# libraries"
exit $failed
