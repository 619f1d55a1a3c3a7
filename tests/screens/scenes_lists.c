/* SPDX-License-Identifier: MIT */
/* The list of conversations, and what opens over the screen: help, palette, pickers, search. */
#include "scene.h"

#include <stddef.h>

void build_list(const struct scene *s)
{
    (void)s;
    meet(1, "bob");
    meet_as(2, &(struct hl_ui_conv_info){.name = "carol", .presence = HL_UI_TYPING});
    meet_as(3, &(struct hl_ui_conv_info){
                   .name = "dave", .presence = HL_UI_LOOKING, .state = "dialling"});
    meet_as(4, &(struct hl_ui_conv_info){
                   .name = "eve", .mark = "KEY CHANGED: /accept or /keep", .alert = true});
    meet_as(5, &(struct hl_ui_conv_info){
                   .name = "frank", .presence = HL_UI_AWAY, .state = "away: gone fishing"});
    meet_as(17, &(struct hl_ui_conv_info){.name = "漢字の名前の長い人",
                                          .presence = HL_UI_OFFLINE,
                                          .state = "not connected"});
    hl_ui_select(ui, 1);
    hear(1, "shall we meet at the harbour?");
    hear(2, "the ferry leaves at ten");
    hear(2, "ask @alice");
    for (int i = 0; i < 12; i++)
        hear(3, "knock");
    hl_ui_unread(ui, 17, 1234);
}

static void list_wide(const struct scene *s)
{
    settings.list_width = 40;
    build_list(s);
}

static void list_long(const struct scene *s)
{
    static const char *const names[] = {"amy", "ben", "cleo", "dan", "eli", "fay", "gus", "hal"};

    (void)s;
    for (uint32_t i = 1; i <= 40; i++)
        meet(i, names[i % 8]);
    hl_ui_select(ui, 33);
}

void build_help(const struct scene *s)
{
    meet(1, "bob");
    hl_ui_select(ui, 1);
    look(s);
    type("\033OP");
}

static void help_end(const struct scene *s)
{
    build_help(s);
    look(s);
    type("\033>");
}

static void help_searched(const struct scene *s)
{
    build_help(s);
    look(s);
    type("/split");
}

void build_palette(const struct scene *s)
{
    build_list(s);
    look(s);
    type("\033x");
}

static void palette_query(const struct scene *s)
{
    build_palette(s);
    look(s);
    type("pane");
}

static void palette_nothing(const struct scene *s)
{
    build_palette(s);
    look(s);
    type("xyzzy");
}

void build_switch(const struct scene *s)
{
    build_list(s);
    look(s);
    type("\x18"
         "b");
}

static void switch_query(const struct scene *s)
{
    build_switch(s);
    look(s);
    type("av");
}

void build_links(const struct scene *s)
{
    meet(1, "bob");
    hl_ui_select(ui, 1);
    hear(1, "see https://a.example/x and http://b.example.");
    say(1, HL_LINE_READ, "no, https://c.example/ü");
    hear(1, "https://d.example/a/very/long/path/that/does/not/fit/on/one/row/of/this/screen/and/"
            "goes/on/below/it?with=a&query=too");
    look(s);
    type("\x18u");
}

static void link_whole(const struct scene *s)
{
    build_links(s);
    look(s);
    type("\r");
}

static void links_none(const struct scene *s)
{
    meet(1, "bob");
    hl_ui_select(ui, 1);
    look(s);
    type("\x18u");
}

static void search_opened(const struct scene *s)
{
    meet(1, "bob");
    meet(2, "carol");
    hl_ui_select(ui, 1);
    look(s);
    type("\x13");
}

void build_search(const struct scene *s)
{
    search_opened(s);
    type("harbour");
    answer_search();
}

static void search_older(const struct scene *s)
{
    build_search(s);
    type("\x12\x12");
    answer_search();
}

static void search_here(const struct scene *s)
{
    build_search(s);
    type("\t");
    answer_search();
}

static void search_nothing(const struct scene *s)
{
    search_opened(s);
    type("lighthouse");
    answer_search();
}

static void search_running(const struct scene *s)
{
    struct hl_ui_asks asks;

    search_opened(s);
    type("harbour");
    look(s);
    (void)hl_ui_find_next(ui, &asks);
}

static void search_fails(const struct scene *s)
{
    search_running(s);
    hl_ui_find_end(ui, "the store cannot be read");
}

static const struct scene scenes[] = {
    {.name = "unread, mentions, presence",
     .build = build_list,
     .rows = 12,
     .picture = PICTURE_STYLES},
    {.name = "as wide as one wants it", .build = list_wide, .rows = 12},
    {.name = "longer than the screen", .build = list_long, .rows = 12},
    {.name = "too narrow for the list", .build = build_list, .rows = 8, .cols = 40},
    {.name = "help", .build = build_help, .rows = 20, .picture = PICTURE_STYLES},
    {.name = "help, its end", .build = help_end, .rows = 28},
    {.name = "help, searched", .build = help_searched, .rows = 12},
    {.name = "palette", .build = build_palette, .rows = 14, .picture = PICTURE_STYLES},
    {.name = "palette, something typed",
     .build = palette_query,
     .rows = 14,
     .picture = PICTURE_STYLES},
    {.name = "palette, nothing fits", .build = palette_nothing, .rows = 6},
    {.name = "conversations", .build = build_switch, .rows = 10, .picture = PICTURE_STYLES},
    {.name = "conversations, something typed", .build = switch_query, .rows = 8},
    {.name = "links", .build = build_links, .rows = 10},
    {.name = "a link as a whole", .build = link_whole, .rows = 8},
    {.name = "no links", .build = links_none, .rows = 6},
    {.name = "search", .build = search_opened, .rows = 8},
    {.name = "search, found", .build = build_search, .rows = 20, .picture = PICTURE_STYLES},
    {.name = "search, an older one", .build = search_older, .rows = 20},
    {.name = "search in this conversation", .build = search_here, .rows = 20},
    {.name = "search on a low screen", .build = build_search, .rows = 6, .cols = 50},
    {.name = "search, nothing found", .build = search_nothing, .rows = 8},
    {.name = "search, under way", .build = search_running, .rows = 8},
    {.name = "search, it failed", .build = search_fails, .rows = 8},
};

SCENES(list, "lists");
