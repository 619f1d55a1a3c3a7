/* SPDX-License-Identifier: MIT */
/* No locale: the terminal knows ASCII alone. */
#include "scene.h"

#include "hard_strings.h"

#include <stddef.h>

static void strings(const struct scene *s)
{
    meet(1, "bob");
    hl_ui_select(ui, 1);
    for (size_t i = s->number; i < HARD_STRINGS && i < s->number + 25; i++)
        hear(1, hard_strings[i].text);
}

#define ASCII(what, builder, height)                                                               \
    {                                                                                              \
        .name = what, .build = builder, .rows = height, .terminal = TERMINAL_ASCII                 \
    }

static const struct scene scenes[] = {
    ASCII("talk", build_talk, 24),
    ASCII("list", build_list, 12),
    ASCII("panes", build_beside, 14),
    ASCII("help", build_help, 12),
    ASCII("palette", build_palette, 12),
    ASCII("conversations", build_switch, 12),
    ASCII("search", build_search, 20),
    ASCII("links", build_links, 10),
    ASCII("form", build_form, 12),
    ASCII("live typing", build_live, 14),
    ASCII("text alone", build_copy, 14),
    ASCII("right to left", build_right_to_left, 14),
    ASCII("another key", build_changed_key, 12),
    {.name = "hard strings, the first half",
     .build = strings,
     .rows = 30,
     .terminal = TERMINAL_ASCII},
    {.name = "hard strings, the second half",
     .build = strings,
     .rows = 30,
     .terminal = TERMINAL_ASCII,
     .number = 25},
    {.name = "talk, 1 x 1", .build = build_talk, .rows = 1, .cols = 1, .terminal = TERMINAL_ASCII},
    {.name = "talk, 10 x 3",
     .build = build_talk,
     .rows = 3,
     .cols = 10,
     .terminal = TERMINAL_ASCII},
};

SCENES(locale, "no_locale");
