/* SPDX-License-Identifier: MIT */
#include "osc.h"

#include <stdio.h>

enum {
    TEXT_MAX = 400, /* bytes of one text in it */
};

static size_t bounded(int len)
{
    return len > 0 && len < HL_OSC_MAX ? (size_t)len : 0;
}

size_t hl_osc_title(char out[static HL_OSC_MAX], const char *title)
{
    return bounded(snprintf(out, HL_OSC_MAX, "\033]2;%.*s\033\\", TEXT_MAX, title));
}

/* Without semicolons: they divide the fields of OSC 777, and some terminals take OSC 9 with a
 * number and a semicolon for a command of another kind. */
static void copy_field(char out[static TEXT_MAX], const char *text)
{
    size_t i = 0;

    for (; text[i] != '\0' && i < TEXT_MAX - 1; i++)
        out[i] = text[i];
    out[i] = '\0';
    for (i = 0; out[i] != '\0'; i++) {
        if (out[i] == ';')
            out[i] = ',';
    }
}

size_t hl_osc_notify(char out[static HL_OSC_MAX], enum hl_notify kind, bool tmux, const char *name,
                     const char *body)
{
    const char *begin = tmux ? "\033Ptmux;\033\033]" : "\033]";
    const char *end = tmux ? "\033\033\\\033\\" : "\033\\";
    char from[TEXT_MAX];
    char text[TEXT_MAX];

    copy_field(from, name);
    copy_field(text, body);
    if (kind == HL_NOTIFY_OSC9)
        return bounded(snprintf(out, HL_OSC_MAX, "%s9;%s: %s%s", begin, from, text, end));
    if (kind == HL_NOTIFY_OSC777)
        return bounded(snprintf(out, HL_OSC_MAX, "%s777;notify;%s;%s%s", begin, from, text, end));
    return 0;
}
