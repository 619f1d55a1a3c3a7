/* SPDX-License-Identifier: MIT */
/* How a conversation stands, and what the status bar says. */
#include "scene.h"

#include <stddef.h>
#include <stdio.h>

/* Bob is known, and a state of him is shown. */
static void stands(const struct hl_ui_conv_info *info)
{
    meet_as(1, info);
    hl_ui_select(ui, 1);
    hear(1, "shall we meet at the harbour?");
}

static void dialling(const struct scene *s)
{
    (void)s;
    stands(&(struct hl_ui_conv_info){.state = "dialling", .presence = HL_UI_LOOKING, .local = ""});
    notice(1, "looking for bob");
}

static void away(const struct scene *s)
{
    (void)s;
    stands(&(struct hl_ui_conv_info){.state = "not connected", .local = "", .peer = ""});
    say(1, HL_LINE_QUEUED, "tell me when you are back");
}

static void unreachable(const struct scene *s)
{
    (void)s;
    stands(&(struct hl_ui_conv_info){.state = "failed: timed out", .alert = true, .local = ""});
    error(1, "bob cannot be reached: nobody answered in time; what you say is kept until it is "
             "back");
    say(1, HL_LINE_QUEUED, "tell me when you are back");
}

static void lost(const struct scene *s)
{
    (void)s;
    stands(&(struct hl_ui_conv_info){.state = "closed: reset", .alert = true, .transport = "tcp"});
    error(1, "the connection is lost: Connection reset by peer");
}

static void finished(const struct scene *s)
{
    (void)s;
    stands(&(struct hl_ui_conv_info){.state = "peer has finished", .transport = "tcp"});
    notice(1, "the peer will say no more, but still listens");
}

void build_changed_key(const struct scene *s)
{
    (void)s;
    stands(&(struct hl_ui_conv_info){.mark = "KEY CHANGED: /accept or /keep",
                                     .state = "failed: another key",
                                     .local = "",
                                     .alert = true});
    error(1, "bob: KEY CHANGED: it was 2kzn f7qa, now it is 9mdx t3pe. Somebody may be posing as "
             "this contact, or it has started afresh. Nothing is sent until you accept the new key "
             "or keep the old one");
    say(1, HL_LINE_QUEUED, "are you the bob I know?");
}

static void looks_like_another(const struct scene *s)
{
    (void)s;
    stands(&(struct hl_ui_conv_info){.name = "bоb", .mark = "not bob"});
    error(1, "bоb: not bob, though the name looks like it");
}

static void blocked(const struct scene *s)
{
    (void)s;
    stands(&(struct hl_ui_conv_info){.mark = "blocked", .state = "not connected"});
    notice(1, "bob: blocked: neither heard nor answered");
}

static void types(const struct scene *s)
{
    (void)s;
    stands(&(struct hl_ui_conv_info){.state = "open, is typing", .presence = HL_UI_TYPING});
    meet(2, "carol");
}

static void unread(const struct scene *s)
{
    (void)s;
    meet(2, "carol");
    stands(&(struct hl_ui_conv_info){.name = "bob"});
    hear(2, "the ferry leaves at ten");
    hear(2, "alice?");
}

static void counts(const struct scene *s)
{
    (void)s;
    hl_ui_set_dropped(ui, 17);
    stands(&(struct hl_ui_conv_info){.sent = 1234567, .received = 89, .failed = 2});
}

static void everything(const struct scene *s)
{
    settings.clock = true;
    hl_ui_clock(ui, 14, 3);
    hl_ui_set_quiet(ui, true);
    hl_ui_set_dropped(ui, 17);
    unread(s);
    meet_as(1, &(struct hl_ui_conv_info){.peer = "[2001:db8:1234:5678:9abc:def0:1234:5678]:4855",
                                         .local = "[2001:db8::7]:4855",
                                         .sent = 12,
                                         .received = 34,
                                         .failed = 1});
}

static void clock_of_twelve_hours(const struct scene *s)
{
    (void)s;
    settings.clock = true;
    settings.time = HL_TIME_12H;
    hl_ui_clock(ui, 0, 3);
    stands(&(struct hl_ui_conv_info){.sent = 1});
}

static void remark(const struct scene *s)
{
    (void)s;
    stands(&(struct hl_ui_conv_info){.sent = 1});
    error(0, "hullo.conf:3: colors: no such setting: did you mean colours?");
    hl_ui_remark(ui, "hullo.conf:3: colors: no such setting: did you mean colours?");
}

static void long_remark(const struct scene *s)
{
    (void)s;
    stands(&(struct hl_ui_conv_info){.sent = 1});
    hl_ui_remark(ui, "/home/alice/.config/hullo/my.theme:12: brigth_red: no such colour or "
                     "attribute: did you mean bright_red?");
}

static void full_disk(const struct scene *s)
{
    (void)s;
    stands(&(struct hl_ui_conv_info){.sent = 1});
    error(1, "No space left on device: no messages are accepted until that is over");
    notice(1, "the disk accepts messages again");
    hl_ui_remark(ui, "what you type is not kept for the next start: No space left on device");
}

static const struct scene scenes[] = {
    {.name = "dialling", .build = dialling, .rows = 8},
    {.name = "not connected", .build = away, .rows = 8},
    {.name = "unreachable", .build = unreachable, .rows = 9, .picture = PICTURE_STYLES},
    {.name = "connection lost", .build = lost, .rows = 8},
    {.name = "peer has finished", .build = finished, .rows = 8},
    {.name = "another key", .build = build_changed_key, .rows = 12, .picture = PICTURE_STYLES},
    {.name = "another key, narrow", .build = build_changed_key, .rows = 14, .cols = 40},
    {.name = "a name that looks like another", .build = looks_like_another, .rows = 8},
    {.name = "blocked", .build = blocked, .rows = 8},
    {.name = "is typing", .build = types, .rows = 8},
    {.name = "unread elsewhere", .build = unread, .rows = 8, .picture = PICTURE_STYLES},
    {.name = "counts", .build = counts, .rows = 8},
    {.name = "all at once", .build = everything, .rows = 8, .cols = 160},
    {.name = "all at once on 80 columns", .build = everything, .rows = 8},
    {.name = "all at once, narrow", .build = everything, .rows = 8, .cols = 40},
    {.name = "a clock of twelve hours", .build = clock_of_twelve_hours, .rows = 6},
    {.name = "a mistake in hullo.conf", .build = remark, .rows = 6, .picture = PICTURE_STYLES},
    {.name = "a mistake in a theme", .build = long_remark, .rows = 6},
    {.name = "a full disk", .build = full_disk, .rows = 10},
};

SCENES(status, "status");
