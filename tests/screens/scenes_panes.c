/* SPDX-License-Identifier: MIT */
/* Several panes, the list beside them, and what is typed while it is typed. */
#include "scene.h"

#include <stddef.h>

static void four(const struct scene *s)
{
    (void)s;
    meet(1, "bob");
    meet(2, "carol");
    hl_ui_select(ui, 1);
    hear(1, "shall we meet at the harbour?");
    say(1, HL_LINE_READ, "yes, at noon, below the crane");
    hear(2, "the ferry leaves at ten");
    say(2, HL_LINE_DELIVERED, "then we miss it");
}

void build_beside(const struct scene *s)
{
    four(s);
    look(s);
    type("\x18"
         "3\x18o\033"
         "2");
}

static void below(const struct scene *s)
{
    four(s);
    look(s);
    type("\x18"
         "2\x18o\033"
         "2");
}

static void nested(const struct scene *s)
{
    four(s);
    look(s);
    (void)hl_ui_set_layout(ui, "|3000[-5000[1 2] -4000[|5000[*0 1] 2]]");
}

static void zoomed(const struct scene *s)
{
    build_beside(s);
    look(s);
    type("\x18z");
}

static void twice(const struct scene *s)
{
    four(s);
    for (int i = 0; i < 40; i++)
        hear(1, i % 2 ? "filling" : "more of it");
    look(s);
    type("\x18"
         "2\033<");
}

static void too_small(const struct scene *s)
{
    four(s);
    look(s);
    type("\x18"
         "2");
}

void build_live(const struct scene *s)
{
    four(s);
    live(1, HL_UI_LIVE_ON, "what I type while I ty");
    type("and mine");
}

static void live_waiting(const struct scene *s)
{
    four(s);
    live(1, HL_UI_LIVE_WAITING, "");
}

static void live_long(const struct scene *s)
{
    four(s);
    live(1, HL_UI_LIVE_ON,
         "it is much longer than the pane is wide, so that its end is what is shown: 漢字 😀, and "
         "it goes on and on, with é, क्षि and a flag 🇩🇪, until nothing of its beginning is left "
         "on the screen of whoever reads it while it is typed");
}

static void live_lines(const struct scene *s)
{
    four(s);
    live(1, HL_UI_LIVE_ON, "one\ntwo\nthree\nfour\nfive");
}

static void live_beside(const struct scene *s)
{
    build_beside(s);
    live(1, HL_UI_LIVE_ON, "what bob types");
    live(2, HL_UI_LIVE_ON, "what carol types");
}

static const struct scene scenes[] = {
    {.name = "beside each other", .build = build_beside, .rows = 16, .picture = PICTURE_STYLES},
    {.name = "below each other", .build = below, .rows = 16, .picture = PICTURE_STYLES},
    {.name = "four and the list", .build = nested, .rows = 24, .cols = 120},
    {.name = "four on a small screen", .build = nested, .rows = 16, .cols = 60},
    {.name = "two of them do not fit", .build = build_beside, .rows = 10, .cols = 24},
    {.name = "one alone", .build = zoomed, .rows = 12},
    {.name = "one conversation twice", .build = twice, .rows = 20},
    {.name = "too small to split", .build = too_small, .rows = 7, .cols = 40},
    {.name = "live typing", .build = build_live, .rows = 16, .picture = PICTURE_STYLES},
    {.name = "live typing, waiting", .build = live_waiting, .rows = 14},
    {.name = "live typing, long", .build = live_long, .rows = 14, .cols = 50},
    {.name = "live typing, lines", .build = live_lines, .rows = 14, .cols = 50},
    {.name = "live typing in two panes", .build = live_beside, .rows = 16},
    {.name = "live typing on a low screen", .build = build_live, .rows = 6, .cols = 40},
};

SCENES(pane, "panes");
