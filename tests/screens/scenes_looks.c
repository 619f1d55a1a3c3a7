/* SPDX-License-Identifier: MIT */
/* One screen with nearly every style on it, in all themes and with any number of colours. */
#include "scene.h"

#include <stddef.h>

static void styles(const struct scene *s)
{
    settings.list_width = 16;
    build_list(s);
    build_talk(s);
    notice(1, "2 messages missing, asked for again");
    error(1, "the connection is lost: Connection reset by peer");
    uint64_t id = say(1, HL_LINE_QUEUED, "this one cannot be sent");
    hl_ui_mark(ui, &(struct hl_ui_at){.conv = 1, .line = id}, HL_LINE_FAILED, "too long");
    live(1, HL_UI_LIVE_ON, "what I ty");
    look(s);
    type("\x18"
         "3\x18o\033"
         "2");
    look(s);
    type("\x18o");
}

static void picker(const struct scene *s)
{
    build_palette(s);
    look(s);
    type("pane");
}

#define ALL_COLOURS(what)                                                                          \
    LOOK(what, TERMINAL_8, "8"), LOOK(what, TERMINAL_16, "16"), LOOK(what, TERMINAL_256, "256"),   \
        LOOK(what, TERMINAL_DIRECT, "direct"), LOOK(what, TERMINAL_NO_COLOR, "none")

#define LOOK(what, terminal_, colours)                                                             \
    {                                                                                              \
        .name = what ", " colours, .build = styles, .rows = 30, .cols = 100, .theme = what,        \
        .terminal = terminal_, .picture = PICTURE_LOOKS                                            \
    }

static const struct scene scenes[] = {
    {.name = "styles", .build = styles, .rows = 30, .cols = 100, .picture = PICTURE_STYLES},
    ALL_COLOURS("dark"),
    ALL_COLOURS("light"),
    ALL_COLOURS("contrast"),
    ALL_COLOURS("mono"),
    {.name = "picker, contrast",
     .build = picker,
     .rows = 12,
     .theme = "contrast",
     .picture = PICTURE_STYLES},
    {.name = "picker, light",
     .build = picker,
     .rows = 12,
     .theme = "light",
     .picture = PICTURE_LOOKS},
};

SCENES(look, "looks");
