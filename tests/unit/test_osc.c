/* SPDX-License-Identifier: MIT */
#include "osc.h"

#include "known_terminal.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static char out[HL_OSC_MAX];

static const char *notify(enum hl_notify kind, bool tmux, const char *name, const char *body)
{
    size_t len = hl_osc_notify(out, kind, tmux, name, body);

    if (len == 0)
        return "";
    cr_assert_eq(strlen(out), len);
    return out;
}

Test(osc, title)
{
    cr_expect_eq(hl_osc_title(out, "(3) hullo"), strlen("\033]2;(3) hullo\033\\"));
    cr_expect_str_eq(out, "\033]2;(3) hullo\033\\");
}

Test(osc, notifications)
{
    cr_expect_str_eq(notify(HL_NOTIFY_OSC9, false, "bob", "hi"), "\033]9;bob: hi\033\\");
    cr_expect_str_eq(notify(HL_NOTIFY_OSC777, false, "bob", "hi"), "\033]777;notify;bob;hi\033\\");
    cr_expect_str_eq(notify(HL_NOTIFY_OSC9, true, "bob", "hi"),
                     "\033Ptmux;\033\033]9;bob: hi\033\033\\\033\\");
    cr_expect_str_eq(notify(HL_NOTIFY_OFF, false, "bob", "hi"), "");
    cr_expect_str_eq(notify(HL_NOTIFY_AUTO, false, "bob", "hi"), "");
}

/* ConEmu takes "9;7;program" for an order to run it. */
Test(osc, no_field_is_anothers)
{
    cr_expect_str_eq(notify(HL_NOTIFY_OSC9, false, "7;calc", "x;y"), "\033]9;7,calc: x,y\033\\");
    cr_expect_str_eq(notify(HL_NOTIFY_OSC777, false, "a;b", ";"), "\033]777;notify;a,b;,\033\\");
}

Test(osc, length_is_bounded_and_the_end_is_there)
{
    static char text[5000];

    memset(text, 'x', sizeof(text) - 1);
    size_t len = hl_osc_notify(out, HL_NOTIFY_OSC777, true, text, text);
    cr_expect_lt(len, (size_t)HL_OSC_MAX);
    cr_expect_str_eq(out + len - 5, "\033\033\\\033\\");
    len = hl_osc_title(out, text);
    cr_expect_lt(len, (size_t)HL_OSC_MAX);
    cr_expect_str_eq(out + len - 2, "\033\\");
}

Test(osc, terminals_that_are_known)
{
    static const struct {
        const char *name, *value;
        enum hl_notify kind;
    } rows[] = {{"TERM", "xterm-256color", HL_NOTIFY_OFF},
                {"TERM", "xterm-kitty", HL_NOTIFY_OSC9},
                {"TERM", "foot", HL_NOTIFY_OSC777},
                {"TERM_PROGRAM", "iTerm.app", HL_NOTIFY_OSC9},
                {"TERM_PROGRAM", "WezTerm", HL_NOTIFY_OSC777},
                {"KITTY_WINDOW_ID", "1", HL_NOTIFY_OSC9}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        clearenv();
        setenv(rows[i].name, rows[i].value, 1);
        cr_expect_eq(hl_known_terminal_notify(), rows[i].kind, "%s", rows[i].value);
        cr_expect(!hl_known_terminal_tmux());
    }
    setenv("TMUX", "/tmp/x,1,0", 1);
    cr_expect(hl_known_terminal_tmux());
}
