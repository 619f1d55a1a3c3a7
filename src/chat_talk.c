/* SPDX-License-Identifier: MIT */
#include "chat.h"

#include "addr.h"
#include "clock.h"
#include "err.h"
#include "events.h"
#include "i18n.h"
#include "identity.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STATE_TEXT = HL_UI_TEXT,
};

struct hl_chat_room *hl_chat_room(struct hl_conv *conv)
{
    if (conv->user == NULL) {
        struct hl_chat_room *room = calloc(1, sizeof *room);
        if (room != NULL)
            room->state = HL_CONV_IDLE;
        conv->user = room;
    }
    return conv->user;
}

/* ---- what is shown of a conversation ---- */

/* The state in a word or two, for the status bar. */
static void state_text(const struct hl_conv *conv, char out[static STATE_TEXT])
{
    static const char *const texts[] = {
        [HL_CONV_IDLE] = N_("not connected"), [HL_CONV_DIALLING] = N_("dialling"),
        [HL_CONV_OPEN] = N_("open"),          [HL_CONV_FINISHED] = N_("peer has finished"),
        [HL_CONV_CLOSED] = N_("closed"),      [HL_CONV_FAILED] = N_("failed")};
    const struct hl_chat_room *room = conv->user;
    bool why = conv->err != 0 && conv->state >= HL_CONV_CLOSED;
    bool types = room != NULL && room->typing != 0;

    if (conv->state == HL_CONV_OPEN && conv->marks & HL_CTL_C_AWAY) {
        snprintf(out, STATE_TEXT, "%s%s%.80s%s", _("away"), *conv->why ? _(": ") : "", conv->why,
                 types ? _(", is typing") : "");
        return;
    }
    snprintf(out, STATE_TEXT, "%s%s%s%s", _(texts[conv->state]), why ? _(": ") : "",
             why ? _(hl_err_word(conv->err)) : "", types ? _(", is typing") : "");
}

/* What stands behind its name: the most urgent thing that is to be known. */
static void mark_text(const struct hl_conv *conv, char out[static HL_UI_TEXT])
{
    *out = '\0';
    if (conv->marks & HL_CTL_C_CHANGED)
        snprintf(out, HL_UI_TEXT, "%s", _("KEY CHANGED: /accept or /keep"));
    else if (conv->marks & HL_CTL_C_BLOCKED)
        snprintf(out, HL_UI_TEXT, "%s", _("blocked"));
    else if (conv->marks & HL_CTL_C_LIKE)
        snprintf(out, HL_UI_TEXT, _("not %s"), conv->like);
    else if (conv->marks & HL_CTL_C_VERIFIED)
        snprintf(out, HL_UI_TEXT, "%s", _("verified"));
}

static void clean(const struct hl_chat *c, const char *from, char out[static HL_UI_TEXT])
{
    hl_text_clean(out, HL_UI_TEXT, from, strlen(from), c->program->ascii ? HL_TEXT_ASCII : 0, NULL);
}

static enum hl_ui_presence presence_of(const struct hl_conv *conv)
{
    const struct hl_chat_room *room = conv->user;

    if (conv->state == HL_CONV_DIALLING)
        return HL_UI_LOOKING;
    if (conv->state != HL_CONV_OPEN && conv->state != HL_CONV_FINISHED)
        return HL_UI_OFFLINE;
    if (room != NULL && room->typing != 0)
        return HL_UI_TYPING;
    return conv->marks & HL_CTL_C_AWAY ? HL_UI_AWAY : HL_UI_HERE;
}

void hl_chat_show(struct hl_chat *c, const struct hl_conv *conv)
{
    char state[STATE_TEXT];
    char name[HL_UI_TEXT];
    char mark[HL_UI_TEXT];
    char raw[HL_UI_TEXT];
    char local[HL_UI_TEXT];
    char peer[HL_UI_TEXT];
    struct hl_ui_conv_info info = {.name = name,
                                   .local = local,
                                   .peer = peer,
                                   .transport = hl_session_transport(conv->path.transport),
                                   .state = state,
                                   .mark = mark,
                                   .presence = presence_of(conv),
                                   .alert = (conv->state >= HL_CONV_CLOSED && conv->err != 0) ||
                                            (conv->marks & HL_CTL_C_CHANGED) != 0,
                                   .sent = conv->sent,
                                   .received = conv->received,
                                   .failed = conv->failed};

    state_text(conv, raw);
    clean(c, raw, state);
    mark_text(conv, raw);
    clean(c, raw, mark);
    clean(c, conv->name, name);
    clean(c, conv->local, local);
    clean(c, conv->address, peer);
    if (hl_ui_conv(c->ui, conv->id, &info) != 0)
        hl_chat_say(c, 0, HL_LINE_ERROR, "%s: no memory for this conversation", name);
}

void hl_chat_show_all(struct hl_chat *c)
{
    struct hl_talk *t = c->session.talk;

    for (struct hl_conv *conv = hl_talk_first(t); conv != NULL; conv = hl_talk_next(t, conv)) {
        hl_chat_show(c, conv);
        hl_ui_unread(c->ui, conv->id,
                     conv->unread < UINT32_MAX ? (uint32_t)conv->unread : UINT32_MAX);
    }
}

/* ---- looking at one ---- */

void hl_chat_enter(struct hl_chat *c, struct hl_conv *conv)
{
    struct hl_chat_room *room = conv->encrypted ? hl_chat_room(conv) : NULL;

    if (room == NULL)
        return;
    if (!room->loaded) {
        hl_chat_history(c, conv, HL_CHAT_PAGE);
        hl_chat_restore_draft(c, conv->id);
    }
    if (room->last.has_id && hl_ui_shown(c->ui, conv->id))
        hl_talk_taken(c->session.talk, conv, &room->last, true);
}

/* ---- news of peers ---- */

static void tell_open(struct hl_chat *c, const struct hl_conv *conv)
{
    const char *transport = hl_session_transport(conv->path.transport);
    bool stream = hl_transport_is_stream(conv->path.transport);
    char key[HL_IDENTITY_SHORT];

    if (conv->encrypted)
        hl_chat_say(c, conv->id, HL_LINE_NOTICE, "talking to %s over %s: encrypted, key %s",
                    conv->address, transport, hl_identity_short(conv->key, key));
    else
        hl_chat_say(c, conv->id, HL_LINE_NOTICE,
                    stream ? N_("connected to %s over %s: plain text, not encrypted")
                           : N_("talking to %s over %s: plain text, not encrypted"),
                    conv->address, transport);
}

/* A change of state is news, and stands in the conversation. */
static void tell_state(struct hl_chat *c, const struct hl_conv *conv)
{
    const char *kept = conv->encrypted ? _("; what you say is kept until the peer is back") : "";

    switch (conv->state) {
    case HL_CONV_IDLE:
        break;
    case HL_CONV_DIALLING:
        hl_chat_say(c, conv->id, HL_LINE_NOTICE, "looking for %s", conv->name);
        break;
    case HL_CONV_OPEN:
        tell_open(c, conv);
        break;
    case HL_CONV_FINISHED:
        hl_chat_say(c, conv->id, HL_LINE_NOTICE, "the peer will say no more, but still listens");
        break;
    case HL_CONV_CLOSED:
        if (conv->err != 0)
            hl_chat_say(c, conv->id, HL_LINE_ERROR, "the connection is lost: %s",
                        _(hl_err_text(conv->err)));
        else
            hl_chat_say(c, conv->id, HL_LINE_NOTICE, "the connection is closed");
        break;
    case HL_CONV_FAILED:
        if (conv->err == HL_ERR_KEY_CHANGED) /* that is told as a mark, with what to do */
            break;
        hl_chat_say(c, conv->id, HL_LINE_ERROR, "%s cannot be reached: %s%s", conv->name,
                    _(hl_err_text(conv->err)), kept);
        if (hl_events_hint(conv, conv->err) != NULL)
            hl_chat_say(c, conv->id, HL_LINE_NOTICE, "%s", _(hl_events_hint(conv, conv->err)));
        break;
    }
}

/* Whoever comes while nobody is talked to is shown, unless something is being typed here. */
static void consider(struct hl_chat *c, struct hl_conv *conv)
{
    bool came = !conv->encrypted || conv->state == HL_CONV_OPEN;

    if (came && c->commands.current == NULL && hl_ui_selected(c->ui) == 0 && hl_ui_idle(c->ui) &&
        c->editor.pid == 0)
        hl_chat_select(c, conv);
}

static void log_notice(struct hl_chat *c, enum hl_notice_kind kind, struct hl_conv *conv, int err)
{
    hl_events_log(c->program->log, &(struct hl_notice){.kind = kind, .conv = conv, .err = err});
}

/* Whether this is the first look for a peer, or a state that is told in any case. */
static bool is_news(struct hl_conv *conv, const struct hl_chat_room *room)
{
    bool first = !conv->told.any && conv->state == HL_CONV_DIALLING && conv->dialled;

    if (!conv->encrypted)
        return room->state != conv->state;
    if (first)
        return room->state != HL_CONV_DIALLING;
    return hl_events_state(conv) != HL_NOTICE_COUNT;
}

static void tell_marks(struct hl_chat *c, struct hl_conv *conv)
{
    char text[HL_EVENTS_MARKS];
    bool urgent = (conv->marks & (HL_CTL_C_CHANGED | HL_CTL_C_LIKE)) != 0;

    if (hl_events_marks(conv) == HL_NOTICE_COUNT)
        return;
    log_notice(c, HL_NOTICE_CONTACT, conv, 0);
    if (*hl_events_marks_text(conv, text) != '\0')
        hl_chat_say(c, conv->id, urgent ? HL_LINE_ERROR : HL_LINE_NOTICE, "%s: %s", conv->name,
                    text);
}

static void tell_away(struct hl_chat *c, struct hl_conv *conv)
{
    char text[HL_EVENTS_AWAY];

    if (hl_events_away(conv) == HL_NOTICE_COUNT)
        return;
    log_notice(c, HL_NOTICE_AWAY, conv, 0);
    hl_chat_say(c, conv->id, HL_LINE_NOTICE, "%s: %s", conv->name, hl_events_away_text(conv, text));
}

static void tell_change(struct hl_chat *c, struct hl_conv *conv, struct hl_chat_room *room,
                        bool new)
{
    if (!(new && !conv->encrypted) && !is_news(conv, room)) {
        room->state = conv->state;
        return;
    }
    room->state = conv->state;
    if (conv->encrypted)
        consider(c, conv); /* its history stands above the news */
    tell_state(c, conv);
    log_notice(c, hl_events_kind(conv->state), conv, conv->err);
    if (!conv->encrypted)
        consider(c, conv);
}

static void changed(void *user, struct hl_conv *conv)
{
    struct hl_chat *c = user;
    bool new = conv->user == NULL;
    struct hl_chat_room *room = hl_chat_room(conv);

    if (room == NULL)
        return;
    if (conv->state != HL_CONV_OPEN)
        room->typing = 0;
    hl_chat_show(c, conv);
    hl_reactor_dirty(&c->reactor);
    tell_marks(c, conv);
    hl_chat_live_again(c, conv);
    tell_change(c, conv, room, new);
    tell_away(c, conv);
}

static void gone(void *user, struct hl_conv *conv)
{
    struct hl_chat *c = user;
    struct hl_conv *other = conv->became != 0 ? hl_talk_by_id(c->session.talk, conv->became) : NULL;
    bool shown = hl_ui_selected(c->ui) == conv->id;

    if (conv->user != NULL)
        hl_idmap_fini(&((struct hl_chat_room *)conv->user)->lines);
    free(conv->user);
    conv->user = NULL;
    if (c->commands.current == conv)
        c->commands.current = NULL;
    if (other != NULL)
        hl_ui_move_draft(c->ui, conv->id, other->id);
    hl_ui_conv_remove(c->ui, conv->id);
    if (other != NULL && shown)
        hl_chat_select(c, other);
    hl_reactor_dirty(&c->reactor);
}

/* Whether that was told of an attempt before; else it is now. */
static bool is_tried(struct hl_chat_room *room, const struct hl_addr *at, int err)
{
    for (size_t i = 0; i < room->tried_count; i++) {
        if (room->tried[i].err == err && hl_addr_equal(&room->tried[i].at, at))
            return true;
    }
    if (room->tried_count < HL_CHAT_TRIED) {
        room->tried[room->tried_count].at = *at;
        room->tried[room->tried_count++].err = err;
    }
    return false;
}

static void trying(void *user, struct hl_conv *conv, const struct hl_addr *at, int err)
{
    struct hl_chat *c = user;
    struct hl_chat_room *room = hl_chat_room(conv);
    char text[HL_ADDR_TEXT];

    /* Again and again, while something waits. */
    if (conv->encrypted && (conv->told.any || (room != NULL && is_tried(room, at, err))))
        return;
    hl_addr_format(at, text);
    if (err == 0)
        hl_chat_say(c, conv->id, HL_LINE_NOTICE, "trying %s", text);
    else
        hl_chat_say(c, conv->id, HL_LINE_NOTICE, "%s: %s", text, _(hl_err_word(err)));
}

static void dropped(void *user, uint64_t count)
{
    struct hl_chat *c = user;

    hl_ui_set_dropped(c->ui, hl_talk_dropped(c->session.talk));
    hl_chat_say(c, 0, HL_LINE_ERROR,
                ngettext("%" PRIu64 " datagram lost on this host: more came than could be shown",
                         "%" PRIu64 " datagrams lost on this host: more came than could be shown",
                         count),
                count);
}

static void found(void *user, const struct hl_found *f)
{
    struct hl_chat *c = user;

    hl_command_found(&c->commands, f);
}

static void host(void *user, const struct hl_host_news *news)
{
    struct hl_chat *c = user;
    char text[HL_NEWS_TEXT];

    if (!hl_news_is_new(&c->links, news))
        return;
    hl_chat_say(c, 0, HL_LINE_NOTICE, "%s", hl_news_text(news, true, text));
    hl_events_log(c->program->log, &(struct hl_notice){.kind = HL_NOTICE_HOST, .host = news});
}

/* ---- what the messenger tells ---- */

static void on_stalled(struct hl_chat *c, const struct hl_ctl *r)
{
    uint32_t shown = hl_ui_selected(c->ui);

    if (r->err != 0)
        hl_chat_say(c, shown, HL_LINE_ERROR, "%s: no messages are accepted until that is over",
                    _(hl_err_text(r->err)));
    else
        hl_chat_say(c, shown, HL_LINE_NOTICE, "the disk accepts messages again");
}

static void bound(void *user, const struct hl_bound *b)
{
    struct hl_chat *c = user;
    char text[HL_BOUND_TEXT];

    hl_chat_say(c, 0, HL_LINE_NOTICE, "listening on %s", hl_session_bound_text(b, text));
}

/* Where they are missing is told with the message behind them. */
static void on_gap(struct hl_chat *c, const struct hl_conv *conv, const struct hl_ctl *r)
{
    char text[HL_EVENTS_MARKS];

    if (!(r->flags & HL_CTL_LOST))
        return;
    hl_chat_filled(c, conv, r);
    hl_chat_say(c, conv->id, HL_LINE_NOTICE, "%s", hl_events_gap_text(r, text));
}

/* The messenger speaks English: it may have front ends of several languages. */
static void on_notice(struct hl_chat *c, const struct hl_conv *conv, const struct hl_ctl *r)
{
    char text[HL_WHY_MAX];

    if (r->text.len == 0)
        return;
    hl_ctl_text(&r->text, text, sizeof text);
    hl_chat_say(c, conv != NULL ? conv->id : 0, HL_LINE_NOTICE, "%s", _(text));
}

static void told(void *user, struct hl_conv *conv, const struct hl_ctl *r)
{
    struct hl_chat *c = user;
    enum hl_notice_kind kind = r->request == 0 ? hl_events_record(r->kind) : HL_NOTICE_COUNT;

    if (hl_chat_kept(c, r))
        return;
    if (r->kind == HL_CTL_ABSENT)
        hl_ui_set_away(c->ui, (r->flags & HL_CTL_ON) != 0);
    hl_events_log(c->program->log,
                  &(struct hl_notice){.kind = kind, .conv = conv, .record = r, .err = r->err});
    if (kind == HL_NOTICE_TYPING)
        hl_chat_typed(c, conv, r);
    else if (kind == HL_NOTICE_STORAGE)
        on_stalled(c, r);
    else if (kind == HL_NOTICE_HEALED)
        hl_chat_filled(c, conv, r);
    else if (kind == HL_NOTICE_GAP)
        on_gap(c, conv, r);
    else if (r->kind == HL_CTL_NOTICE && r->request == 0)
        on_notice(c, conv, r);
    else if (!hl_chat_pages_told(c, conv, r) && !hl_chat_find_told(c, conv, r) &&
             !hl_chat_original_told(c, r))
        hl_command_told(&c->commands, conv, r);
    hl_reactor_dirty(&c->reactor);
}

const struct hl_talk_ops hl_chat_talk_ops = {.changed = changed,
                                             .gone = gone,
                                             .incoming = hl_chat_incoming,
                                             .delivery = hl_chat_delivery,
                                             .trying = trying,
                                             .dropped = dropped,
                                             .host = host,
                                             .found = found,
                                             .bound = bound,
                                             .told = told};
