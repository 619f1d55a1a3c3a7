#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs what the build needs, builds a release and starts it.
#
#   sh src/try.sh ARG...     hullo ARG...
#   sh src/try.sh            first a short conversation on this machine, then hullo itself if
#                            there is a terminal
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/src/packages.sh"
hullo=$top/build/release/src/hullo

# progress LOG: keeps what a build prints and says how far it is: each step on a terminal, elsewhere
# only that there is something to wait for. Fails unless the last line is "built".
progress()
{
    last=
    step=
    while IFS= read -r line; do
        printf '%s\n' "$line" >&3
        last=$line
        case $line in
        \[*/*\]*)
            if [ -t 2 ]; then
                printf '\rbuilding: %s] ' "${line%%]*}" >&2
            elif [ -z "$step" ]; then
                echo 'building, which takes some minutes' >&2
            fi
            step=$line
            ;;
        esac
    done 3>"$1"
    if [ -t 2 ] && [ -n "$step" ]; then
        echo >&2
    fi
    [ "$last" = built ]
}

build()
{
    packages_install $build_packages
    mkdir -p "$top/build"
    log=$top/build/release.log
    { cmake -S "$top" --preset release && cmake --build "$top/build/release" && echo built; } \
        2>&1 </dev/null | progress "$log" || { cat "$log" >&2; exit 1; }
}

# peer NAME COMMAND...: runs one peer for at most three seconds; its input is ours. What it prints
# is shown with its name before each line.
peer()
{
    name=$1
    shift
    timeout -k 1 3 "$@" 2>&1 | awk -v name="$name" '{ print "  " name " | " $0 }'
}

# The one that listens prints its address first.
await_port()
{
    tries=100
    while [ $tries -gt 0 ]; do
        port=$(sed -n "s|^listening on $1.*:\([0-9]*\)\$|\1|p" "$work/errors")
        [ -z "$port" ] || return 0
        sleep 0.05
        tries=$((tries - 1))
    done
    cat "$work/errors" >&2
    return 1
}

# typed WORD...: a line as a person types it who then waits for the answer.
typed()
{
    printf '%s\n' "$@"
    sleep 1
}

# listen OPTION...: a Hullo that answers everybody; its address is awaited.
listen()
{
    : >"$work/errors"
    HULLO_HOME=$work/one timeout -k 1 30 "$hullo" listen "$@" --listen 127.0.0.1:0 \
        --name alice --reply 'Hullo, I hear you. 你好 👋 مرحبا' >"$work/heard" 2>"$work/errors" </dev/null &
    listener=$!
    await_port tcp://
    tcp_port=$port
    await_port '[0-9[]'
}

# heard: ends the listener and shows what came.
heard()
{
    kill "$listener" 2>/dev/null || :
    wait "$listener" || :
    echo
    echo "What it has heard:"
    echo
    sed 's/^/  /' "$work/heard"
    echo
}

conversation()
{
    work=$(mktemp -d)
    trap 'kill "$listener" 2>/dev/null; rm -rf "$work"' EXIT
    trap 'exit 1' HUP INT TERM
    listen --pair
    echo "One Hullo listens on 127.0.0.1 port $port and lets strangers in; a second one talks to it,"
    echo "encrypted:"
    echo
    echo 'Hello from a second Hullo.' |
        HULLO_HOME=$work/two peer 'hullo ' "$hullo" chat --line --name bob "127.0.0.1:$port"
    heard
    listen --plain
    echo "One Hullo listens in plain text, UDP and TCP, and answers everybody:"
    echo
    peers "$port" "$tcp_port"
    heard
    trap - EXIT
    rm -rf "$work"
}

# peers UDP_PORT TCP_PORT: those programs that this machine has.
peers()
{
    if command -v python3 >/dev/null; then
        # Its three questions: local port (0, any), the peer's address, the peer's port.
        typed 0 127.0.0.1 "$1" 'Hello from forty lines of Python.' |
            peer python python3 -u "$top/tests/peers/two_thread_chat.py"
    fi
    for nc in nc.openbsd nc.traditional ncat none; do
        ! command -v $nc >/dev/null || break
    done
    if [ $nc != none ]; then
        typed 'Hello from netcat, over UDP.' | peer 'nc -u ' $nc -u 127.0.0.1 "$1"
        typed 'Hello from netcat, over TCP.' | peer 'nc    ' $nc 127.0.0.1 "$2"
    else
        echo 'Hello from another Hullo.' | peer 'hullo ' "$hullo" chat --plain --line \
            --listen 127.0.0.1:0 "127.0.0.1:$1"
    fi
}

build
if [ $# -gt 0 ]; then
    exec "$hullo" "$@"
fi
conversation
if [ -t 0 ] && [ -t 1 ]; then
    exec "$hullo" chat --pair
fi
