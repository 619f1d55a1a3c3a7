/* SPDX-License-Identifier: MIT */
/* In Simplified Chinese. */
#include "scene.h"

#include <stddef.h>

static void guard(const struct scene *s)
{
    (void)s;
    settings.paste_lines = 2;
    meet(1, "bob");
    hl_ui_select(ui, 1);
    type("\033[200~一\r二\r三\033[201~\r");
}

#define CHINESE(what, builder, height, width)                                                      \
    {                                                                                              \
        .name = what, .build = builder, .rows = height, .cols = width, .language = "zh_CN"         \
    }

static const struct scene scenes[] = {
    CHINESE("talk", build_talk, 24, 80),
    CHINESE("talk, narrow", build_talk, 20, 40),
    CHINESE("help", build_help, 24, 80),
    CHINESE("help, narrow", build_help, 24, 40),
    CHINESE("list", build_list, 12, 80),
    CHINESE("palette", build_palette, 14, 80),
    CHINESE("conversations", build_switch, 10, 80),
    CHINESE("search", build_search, 20, 80),
    CHINESE("links", build_links, 10, 80),
    CHINESE("form", build_form, 12, 80),
    CHINESE("form, narrow", build_form, 12, 30),
    CHINESE("live typing", build_live, 14, 80),
    CHINESE("panes", build_beside, 14, 80),
    CHINESE("another key", build_changed_key, 12, 80),
    CHINESE("a paste of many lines", guard, 10, 80),
    CHINESE("help, 1 x 1", build_help, 1, 1),
    CHINESE("help, 10 x 3", build_help, 3, 10),
    CHINESE("help, 200 x 60", build_help, 60, 200),
};

SCENES(chinese, "chinese");
