/* SPDX-License-Identifier: MIT */
/* Who types, and what: the sign that somebody does, and live typing. */
#include "chat.h"

#include "clock.h"
#include "text.h"

#include <stdlib.h>
#include <sys/timerfd.h>

/* ---- the timer ---- */

/* Rings when the first of those who type is to be believed no more, or ours is due. */
static void set_timer(struct hl_chat *c)
{
    struct hl_talk *t = c->session.talk;
    hl_time first = c->live_due != 0 ? c->live_due : HL_NEVER;
    struct itimerspec at = {0};

    for (struct hl_conv *conv = hl_talk_first(t); conv != NULL; conv = hl_talk_next(t, conv)) {
        const struct hl_chat_room *room = conv->user;
        if (room != NULL && room->typing != 0 && room->typing < first)
            first = room->typing;
    }
    if (first != HL_NEVER)
        (void)hl_clock_left(first, &at.it_value);
    if (first != HL_NEVER && at.it_value.tv_sec == 0 && at.it_value.tv_nsec == 0)
        at.it_value.tv_nsec = 1; /* 0 would stop it */
    (void)timerfd_settime(c->timer, 0, &at, NULL);
}

void hl_chat_timer(struct hl_chat *c)
{
    struct hl_talk *t = c->session.talk;
    hl_time now = hl_clock_now();

    for (struct hl_conv *conv = hl_talk_first(t); conv != NULL; conv = hl_talk_next(t, conv)) {
        struct hl_chat_room *room = conv->user;
        if (room == NULL || room->typing == 0 || room->typing > now)
            continue;
        room->typing = 0;
        hl_chat_show(c, conv);
        hl_reactor_dirty(&c->reactor);
    }
    hl_chat_types(c);
    set_timer(c);
}

/* ---- what we type ---- */

/* FNV-1a: whether a text is another one than the last. */
static uint64_t sum(const char *text, size_t len)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static void tell(struct hl_chat *c, struct hl_conv *conv, const char *text, size_t len)
{
    const struct hl_chat_room *room = conv->user;
    bool live = room != NULL && room->live;
    const struct hl_typing what = {
        .on = len > 0, .live = live, .text = text, .len = live ? len : 0};

    hl_talk_typing(c->session.talk, conv, &what);
    c->types = len > 0 ? hl_clock_now() : 0;
    c->types_to = conv->id;
    c->live_sum = sum(text, len);
    c->live_due = 0;
}

/* Whether it is time to tell again. */
static bool is_due(struct hl_chat *c, const struct hl_conv *conv, const char *text, size_t len)
{
    const struct hl_chat_room *room = conv->user;
    bool news = room != NULL && room->live && room->peer_live && sum(text, len) != c->live_sum;
    hl_time now = hl_clock_now();

    if (c->types == 0 || now - c->types >= HL_CHAT_TYPES)
        return true;
    if (!news || now - c->types >= HL_CHAT_LIVE)
        return news;
    if (c->live_due == 0) {
        c->live_due = c->types + HL_CHAT_LIVE;
        set_timer(c);
    }
    return false;
}

void hl_chat_types(struct hl_chat *c)
{
    struct hl_conv *conv = c->commands.current;
    size_t len = 0;
    const char *draft = hl_ui_drafted(c->ui, &len);
    bool types = len > 0 && draft[0] != '/' && conv != NULL && conv->state == HL_CONV_OPEN;
    struct hl_conv *before = c->types != 0 ? hl_talk_by_id(c->session.talk, c->types_to) : NULL;

    if (before != NULL && (!types || before != conv))
        tell(c, before, "", 0);
    if (types && conv->encrypted && is_due(c, conv, draft, len))
        tell(c, conv, draft, len);
}

/* ---- what the peer types ---- */

static void show_live(struct hl_chat *c, const struct hl_conv *conv, const char *text, size_t len)
{
    const struct hl_chat_room *room = conv->user;
    enum hl_ui_live live = !room->live       ? HL_UI_LIVE_OFF
                           : room->peer_live ? HL_UI_LIVE_ON
                                             : HL_UI_LIVE_WAITING;
    size_t cap = len * HL_TEXT_GROWTH + 1;
    char *clean = malloc(cap);

    if (clean == NULL)
        return;
    len = hl_text_clean(clean, cap, text, len,
                        HL_TEXT_LINES | (c->program->ascii ? HL_TEXT_ASCII : 0), NULL);
    hl_ui_live(c->ui, conv->id, live, clean, len);
    free(clean);
    hl_reactor_dirty(&c->reactor);
}

void hl_chat_typed(struct hl_chat *c, struct hl_conv *conv, const struct hl_ctl *r)
{
    struct hl_chat_room *room = hl_chat_room(conv);
    bool on = (r->flags & HL_CTL_ON) != 0;

    if (room == NULL)
        return;
    room->typing = on ? hl_clock_now() + HL_CHAT_TYPING : 0;
    room->peer_live = (r->flags & HL_CTL_LIVE) != 0;
    if (room->peer_live && !room->live && !room->invited) {
        room->invited = true; /* once: it might ask all the time */
        hl_chat_say(c, conv->id, HL_LINE_NOTICE,
                    "%s would like each of you to see what the other is typing: /talk", conv->name);
    }
    hl_chat_show(c, conv);
    show_live(c, conv, on && r->text.len > 0 ? r->text.at : "", on ? r->text.len : 0);
    set_timer(c);
}

void hl_chat_said(struct hl_chat *c, struct hl_conv *conv, struct hl_chat_room *room)
{
    room->typing = 0;
    if (room->live)
        show_live(c, conv, "", 0);
}

/* ---- the wish ---- */

static void tell_wish(struct hl_chat *c, struct hl_conv *conv)
{
    c->types = 0;
    tell(c, conv, "", 0);
}

void hl_chat_live(void *user, struct hl_conv *conv, bool on)
{
    struct hl_chat *c = user;
    struct hl_chat_room *room = hl_chat_room(conv);

    if (room == NULL)
        return;
    room->live = on;
    tell_wish(c, conv);
    show_live(c, conv, "", 0);
}

void hl_chat_live_again(struct hl_chat *c, struct hl_conv *conv)
{
    struct hl_chat_room *room = conv->user;
    bool open = conv->state == HL_CONV_OPEN;

    if (open && !room->was_open && room->live)
        tell_wish(c, conv);
    if (!open && room->peer_live) {
        room->peer_live = false;
        show_live(c, conv, "", 0);
    }
    room->was_open = open;
}
