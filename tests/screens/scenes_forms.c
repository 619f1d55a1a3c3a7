/* SPDX-License-Identifier: MIT */
/* The form that asks whom to talk to. */
#include "scene.h"

#include <stddef.h>

static const struct hl_ui_question questions[HL_UI_FORM_FIELDS] = {
    {"Local port", "4855, or the next free one", NULL},
    {"Peer address", "host name or address", NULL},
    {"Peer port", "4855", NULL},
};

void build_form(const struct scene *s)
{
    (void)s;
    (void)!hl_ui_form_open(ui, "Whom to talk to", questions);
}

static void filled(const struct scene *s)
{
    build_form(s);
    type("7000\rbücher.example\r");
}

static void wrong(const struct scene *s)
{
    build_form(s);
    struct hl_ui_action done = type("70000\r");
    hl_ui_form_error(ui, done.field, "the port must be a number from 1 to 65535");
}

static void two_wrong(const struct scene *s)
{
    wrong(s);
    type("\t\r");
    hl_ui_form_error(ui, 1, "whom do you want to talk to?");
}

static void long_answer(const struct scene *s)
{
    build_form(s);
    type("\ta.host.with.a.very.long.name.that.does.not.fit.into.the.columns.which.are.left.for.it."
         "on.this.screen.example");
}

static const struct scene scenes[] = {
    {.name = "empty", .build = build_form, .rows = 12, .picture = PICTURE_STYLES},
    {.name = "filled in", .build = filled, .rows = 12},
    {.name = "a wrong answer", .build = wrong, .rows = 12, .picture = PICTURE_STYLES},
    {.name = "two wrong answers", .build = two_wrong, .rows = 14},
    {.name = "a long answer", .build = long_answer, .rows = 12},
    {.name = "narrow", .build = two_wrong, .rows = 14, .cols = 30},
    {.name = "low", .build = two_wrong, .rows = 4},
};

SCENES(form, "form");
