/* SPDX-License-Identifier: MIT */
/* The same things on the smallest and on large screens. */
#include "scene.h"

#include <stddef.h>

#define EVERY_SIZE(what, builder)                                                                  \
    {.name = what ", 1 x 1", .build = builder, .rows = 1, .cols = 1},                              \
        {.name = what ", 2 x 2", .build = builder, .rows = 2, .cols = 2},                          \
        {.name = what ", 10 x 3", .build = builder, .rows = 3, .cols = 10},                        \
        {.name = what ", 3 x 10", .build = builder, .rows = 10, .cols = 3},                        \
        {.name = what ", 80 x 24", .build = builder, .rows = 24, .cols = 80},                      \
    {                                                                                              \
        .name = what ", 200 x 60", .build = builder, .rows = 60, .cols = 200                       \
    }

static const struct scene scenes[] = {
    EVERY_SIZE("talk", build_talk),       EVERY_SIZE("form", build_form),
    EVERY_SIZE("help", build_help),       EVERY_SIZE("palette", build_palette),
    EVERY_SIZE("list", build_list),       EVERY_SIZE("panes", build_beside),
    EVERY_SIZE("search", build_search),   EVERY_SIZE("live typing", build_live),
    EVERY_SIZE("text alone", build_copy),
};

SCENES(size, "sizes");
