#!/bin/sh
# SPDX-License-Identifier: MIT
# Everything that the program's tables list stands in the manual page, and nothing else does:
# options, commands, slash commands, settings, actions of keys, styles, exit statuses, events.
# usage: docs.sh MANUAL PROGRAM
set -eu
manual=$1
program=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0

# same WHAT: compares what the program and the manual say, one word a line.
same()
{
    sort -u "$work/program" -o "$work/program"
    sort -u "$work/manual" -o "$work/manual"
    [ -s "$work/program" ] || { echo "$1: the program lists none: this test is broken"; status=1; }
    if ! diff "$work/program" "$work/manual" >"$work/diff"; then
        sed -n "s/^< /$1 missing in the manual: /p; s/^> /$1 only in the manual: /p" "$work/diff"
        status=1
    fi
}

"$program" --help | sed -n 's/^  [- ][^ ]*,* *--\([a-z0-9-]*\) .*/\1/p' >"$work/program"
sed -n 's/^\.It.* Fl Fl \([a-z0-9-]*\).*/\1/p' "$manual" >"$work/manual"
same option

"$program" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' >"$work/program"
sed -n 's/^\.It Cm \([a-z]*\).*/\1/p' "$manual" >"$work/manual"
same command

echo /help | "$program" chat --plain --listen 127.0.0.1:0 2>/dev/null |
    sed -n 's/^\(\/[a-z]*\) .*/\1/p' >"$work/program"
sed -n 's/^\.It Ic \(\/[a-z]*\).*/\1/p' "$manual" >"$work/manual"
same "slash command"

echo /set | "$program" chat --plain --listen 127.0.0.1:0 --config /dev/null 2>/dev/null |
    sed -n 's/^\([a-z_]*\)  *.*/\1/p' >"$work/program"
sed -n 's/^\.It Va \([a-z_]*\).*/\1/p' "$manual" >"$work/manual"
same setting

echo /bind | "$program" chat --plain --listen 127.0.0.1:0 --config /dev/null 2>/dev/null |
    sed -n 's/^\([a-z-]*\)  *.*/\1/p' >"$work/program"
sed -n '/^\.Ss Keys/,/^\.Sh/s/^\.It Li \([a-z-]*\).*/\1/p' "$manual" >"$work/manual"
same "action of a key"

sed -n 's/.*\[HL_STYLE_[A-Z_]*\] = "\([a-z_]*\)".*/\1/p' "$(dirname "$manual")/../ui/model/theme.c" \
    >"$work/program"
sed -n '/^The styles are$/,/^\.Ss/p' "$manual" | sed '1d;$d;s/ and /, /;s/[.,]//g' |
    tr ' ' '\n' | sed '/^$/d' >"$work/manual"
same style

sed -n '/^enum hl_exit {/,/^}/s/.*= \([0-9]*\),.*/\1/p' "$(dirname "$manual")/program.h" |
    sed 's/^128$/128+N/' >"$work/program"
sed -n '/^\.Sh EXIT STATUS/,/^\.Sh/s/^\.It \([0-9].*\)/\1/p' "$manual" >"$work/manual"
same "exit status"

sed -n 's/^ *"title": "\([a-z]*\)",*$/\1/p' "$(dirname "$manual")/events.schema.json" \
    >"$work/program"
sed -n '/^\.Sh EVENTS/,/^\.Sh/s/^\.It Li \([a-z]*\).*/\1/p' "$manual" >"$work/manual"
same event

if command -v groff >/dev/null; then
    groff -mandoc -Tutf8 -ww -z "$manual" >"$work/groff" 2>&1
    [ ! -s "$work/groff" ] || { cat "$work/groff"; status=1; }
fi
exit $status
