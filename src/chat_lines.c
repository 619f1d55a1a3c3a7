/* SPDX-License-Identifier: MIT */
#include "chat.h"

#include "cluster.h"
#include "err.h"
#include "events.h"
#include "i18n.h"
#include "links.h"
#include "text.h"
#include "utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    SAY_MAX = 1024,
    QUOTE_MAX = 60, /* bytes of a message that is answered */
    QUOTE_SIZE = HL_HOST_MAX + 64 + QUOTE_MAX + 16,
    AFTER_SIZE = HL_REACTIONS_MAX + 64,
    CLOCKS_APART = 120000, /* ms: the author's time is shown if it is further from ours */
};

/* ---- text and time ---- */

static unsigned ascii_flag(const struct hl_chat *c)
{
    return c->program->ascii ? HL_TEXT_ASCII : 0;
}

static bool reserve_clean(struct hl_chat *c, size_t need)
{
    if (need > c->clean_cap) {
        char *more = realloc(c->clean, need);
        if (more == NULL)
            return false;
        c->clean = more;
        c->clean_cap = need;
    }
    return true;
}

/* Filters into c->clean; NULL if memory is short. Links stay what they are. */
static const char *clean(struct hl_chat *c, const char *text, size_t len, size_t *out,
                         unsigned *found)
{
    const unsigned flags = HL_TEXT_LINES | ascii_flag(c);
    char *spelt = hl_links_spell(text, len, flags, &len);
    bool room = reserve_clean(c, len * HL_TEXT_GROWTH + 1);

    if (room)
        *out =
            hl_text_clean(c->clean, c->clean_cap, spelt != NULL ? spelt : text, len, flags, found);
    free(spelt);
    return room ? c->clean : NULL;
}

/* Local time; a flood of lines asks once a second. */
struct hl_stamp hl_chat_stamp(struct hl_chat *c, int64_t second)
{
    time_t at = (time_t)second;
    struct tm tm;

    if (second != c->stamp_second && localtime_r(&at, &tm) != NULL) {
        c->stamp_second = second;
        c->stamp = (struct hl_stamp){.year = (int16_t)(tm.tm_year + 1900),
                                     .month = (uint8_t)(tm.tm_mon + 1),
                                     .day = (uint8_t)tm.tm_mday,
                                     .hour = (uint8_t)tm.tm_hour,
                                     .minute = (uint8_t)tm.tm_min,
                                     .second = (uint8_t)tm.tm_sec};
    }
    return c->stamp;
}

/* Filters the text of a line, and gives it the time of now if it has none. */
static bool prepare(struct hl_chat *c, struct hl_line_new *line)
{
    unsigned found = 0;
    const char *text = clean(c, line->text, line->len, &line->len, &found);
    struct timespec now;

    if (text == NULL)
        return false;
    line->text = text;
    if (line->stamp.day == 0) {
        clock_gettime(CLOCK_REALTIME, &now);
        line->stamp = hl_chat_stamp(c, now.tv_sec);
    }
    if (line->kind == HL_LINE_IN && (found & HL_TEXT_BAD_UTF8) != 0)
        line->flags |= HL_LINE_BAD_UTF8;
    return true;
}

uint64_t hl_chat_line(struct hl_chat *c, uint32_t conv, struct hl_line_new *line)
{
    if (!prepare(c, line))
        return 0;
    hl_reactor_dirty(&c->reactor);
    return hl_ui_line(c->ui, conv, line);
}

void hl_chat_say(struct hl_chat *c, uint32_t conv, enum hl_line_kind kind, const char *format, ...)
{
    char text[SAY_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, _(format), args);
    va_end(args);
    hl_chat_line(c, conv, &(struct hl_line_new){.kind = kind, .text = text, .len = strlen(text)});
}

void hl_chat_say_bound(struct hl_chat *c)
{
    char text[HL_BOUND_TEXT];

    for (size_t i = 0; i < c->session.bound_count; i++) {
        hl_chat_say(c, 0, HL_LINE_NOTICE, "listening on %s",
                    hl_session_bound_text(&c->session.bound[i], text));
    }
}

/* ---- what an entry looks like ---- */

/* Filtered text in one line, cut at the end of out. */
static void one_line(const struct hl_chat *c, char *out, size_t cap, const char *text, size_t len)
{
    hl_text_clean(out, cap, text, len, ascii_flag(c), NULL);
}

/* What is quoted of a message: the beginning of its first line. */
static void quote_text(const struct hl_chat *c, const struct hl_conv *conv, bool ours,
                       const struct hl_ctl_bytes *text, char out[static QUOTE_SIZE])
{
    const char *end = text->len > 0 ? memchr(text->at, '\n', text->len) : NULL;
    size_t row = end != NULL ? (size_t)(end - text->at) : text->len;
    size_t len = row > 0 ? hl_utf8_cut(text->at, row, QUOTE_MAX) : 0;
    char raw[QUOTE_SIZE];

    snprintf(raw, sizeof raw, "%s: %.*s%s", ours ? _("you") : conv->name, (int)len,
             len > 0 ? text->at : "", len < text->len ? "..." : "");
    one_line(c, out, QUOTE_SIZE, raw, strlen(raw));
}

/* What stands in the place of a text that its author has taken away. */
static struct hl_ctl_bytes deleted(void)
{
    return hl_ctl_bytes(_("(deleted)"));
}

/* Of the message that this one answers, as the messenger tells it. */
static void quote_answered(const struct hl_chat *c, const struct hl_conv *conv,
                           const struct hl_ctl *e, char out[static QUOTE_SIZE])
{
    struct hl_ctl_bytes text = e->flags & HL_CTL_E_OF_DELETED ? deleted() : e->note;

    if (e->number == 0)
        snprintf(out, QUOTE_SIZE, "%s", _("a message that is not here"));
    else
        quote_text(c, conv, (e->flags & HL_CTL_E_OF_OURS) != 0, &text, out);
}

/* Of a message that our user names, as it stands on the screen, else as the talk remembers it. */
static uint64_t quote_target(struct hl_chat *c, const struct hl_conv *conv, const uint8_t *target,
                             char out[static QUOTE_SIZE])
{
    const struct hl_chat_room *room = conv->user;
    const struct hl_lines *lines = hl_ui_lines(c->ui, conv->id);
    const struct hl_said *said = hl_talk_said_id(conv, target);
    uint64_t number = room != NULL ? hl_idmap_get(&room->lines, target) : 0;
    const struct hl_line *line = lines != NULL ? hl_lines_get(lines, number) : NULL;
    struct hl_ctl_bytes text = line != NULL   ? (struct hl_ctl_bytes){hl_line_text(line), line->len}
                               : said != NULL ? (struct hl_ctl_bytes){said->text, said->len}
                                              : hl_ctl_bytes(_("an earlier message"));
    bool ours = line != NULL ? line->kind == HL_LINE_OUT : said != NULL && said->ours;

    quote_text(c, conv, ours, &text, out);
    return line != NULL ? line->pos : 0;
}

/* When its author says that it was written, if that is not about when it came. */
static size_t put_written(char *out, size_t cap, const struct hl_ctl *e)
{
    int64_t apart = e->time > e->until ? e->time - e->until : e->until - e->time;
    time_t second = (time_t)(e->time / 1000);
    struct tm tm;

    if (e->flags & HL_CTL_E_OURS || e->time <= 0 || apart <= CLOCKS_APART ||
        localtime_r(&second, &tm) == NULL)
        return 0;
    return strftime(out, cap, _("written %d %b %Y %H:%M"), &tm);
}

/* Reactions, and when it was written. */
static void after(const struct hl_chat *c, const struct hl_ctl *e, char out[static AFTER_SIZE])
{
    char raw[AFTER_SIZE];
    int len = snprintf(raw, sizeof raw, "%.*s",
                       (int)hl_cluster_cut(e->other.at, e->other.len, HL_REACTIONS_MAX),
                       e->other.len > 0 ? e->other.at : "");
    size_t written;

    if (e->flags & HL_CTL_E_DELETED)
        len = 0;
    written = put_written(raw + len + (len > 0 ? 2 : 0), 40, e);
    if (written > 0 && len > 0)
        memcpy(raw + len, "  ", 2);
    raw[(size_t)len + written + (written > 0 && len > 0 ? 2 : 0)] = '\0';
    one_line(c, out, AFTER_SIZE, raw, strlen(raw));
}

/* Room for what a line refers to. */
struct looks {
    char name[HL_SENDER_MAX];
    char quote[QUOTE_SIZE];
    char after[AFTER_SIZE];
};

static void dress(struct hl_chat *c, const struct hl_conv *conv, const struct hl_ctl *e,
                  struct hl_line_new *line, struct looks *l)
{
    bool gone = (e->flags & HL_CTL_E_DELETED) != 0;

    l->quote[0] = '\0';
    after(c, e, l->after);
    if (e->has_target && !gone) {
        quote_answered(c, conv, e, l->quote);
        line->answers = e->number;
    }
    line->quote = l->quote;
    line->after = l->after;
    struct hl_ctl_bytes text = gone ? deleted() : e->text;
    line->text = text.len > 0 ? text.at : "";
    line->len = text.len;
}

/* ---- entries ---- */

/* The mark of a message of ours; plain text is never confirmed. */
static enum hl_line_state mark_of(const struct hl_conv *conv, enum hl_entry_state state)
{
    static const enum hl_line_state marks[HL_STATE_LAPSED + 1] = {
        [HL_STATE_QUEUED] = HL_LINE_QUEUED,       [HL_STATE_SENT] = HL_LINE_SENT,
        [HL_STATE_DELIVERED] = HL_LINE_DELIVERED, [HL_STATE_READ] = HL_LINE_READ,
        [HL_STATE_FAILED] = HL_LINE_FAILED,       [HL_STATE_EXPIRED] = HL_LINE_EXPIRED,
        [HL_STATE_CANCELLED] = HL_LINE_CANCELLED, [HL_STATE_CANCELLING] = HL_LINE_CANCELLING,
        [HL_STATE_EXPIRING] = HL_LINE_CANCELLING, [HL_STATE_WITHDRAWN] = HL_LINE_CANCELLED,
        [HL_STATE_LAPSED] = HL_LINE_EXPIRED,
    };

    if (!conv->encrypted && state == HL_STATE_SENT)
        return HL_LINE_UNCONFIRMED;
    return state <= HL_STATE_LAPSED ? marks[state] : HL_LINE_NONE;
}

static uint32_t flags_of(const struct hl_ctl *e)
{
    bool news = !(e->flags & (HL_CTL_E_OURS | HL_CTL_E_SEEN));

    return (e->flags & HL_CTL_E_EDITED ? HL_LINE_EDITED : 0) |
           (e->flags & HL_CTL_E_DELETED ? HL_LINE_DELETED : 0) | (news ? 0 : HL_LINE_SEEN) |
           (news && e->flags & HL_CTL_E_OLD ? HL_LINE_AWAY : 0);
}

/* Its line is remembered, and those that are forgotten on the screen are here too. */
static void remember(struct hl_chat *c, struct hl_chat_room *room, const struct hl_conv *conv,
                     const uint8_t *id, uint64_t line)
{
    const struct hl_lines *lines = hl_ui_lines(c->ui, conv->id);

    if (lines != NULL && room->lines.count > 2 * HL_LINES_MAX)
        hl_idmap_drop_below(&room->lines, hl_lines_first(lines));
    if (line != 0)
        (void)!hl_idmap_put(&room->lines, id, line); /* else its mark stays as it is */
}

/* The line of an entry; false: no memory. */
static bool entry_line(struct hl_chat *c, const struct hl_conv *conv, const struct hl_ctl *e,
                       struct hl_line_new *line, struct looks *l)
{
    bool ours = (e->flags & HL_CTL_E_OURS) != 0;

    *line = (struct hl_line_new){.kind = ours ? HL_LINE_OUT : HL_LINE_IN,
                                 .sender = ours ? _("you") : l->name,
                                 .state = ours ? mark_of(conv, (enum hl_entry_state)e->state)
                                               : HL_LINE_NONE,
                                 .flags = flags_of(e),
                                 .row = e->row,
                                 .pos = e->pos,
                                 .missing = e->count,
                                 .entry = e->id,
                                 .stamp = hl_chat_stamp(c, e->until / 1000)};
    hl_text_clean_name(l->name, sizeof l->name, conv->name, strlen(conv->name), ascii_flag(c));
    dress(c, conv, e, line, l);
    return prepare(c, line);
}

/* Lines from that number on have the next one each: one was put in there. */
static void renumber(struct hl_chat *c, struct hl_chat_room *room, const struct hl_conv *conv,
                     uint64_t from)
{
    const struct hl_lines *lines = hl_ui_lines(c->ui, conv->id);
    const struct hl_line *line;

    for (uint64_t id = from + 1; (line = hl_lines_get(lines, id)) != NULL; id++) {
        if (hl_line_is_entry(line))
            (void)!hl_idmap_put(&room->lines, line->entry,
                                id); /* it is there: no memory is needed */
    }
    for (size_t i = 0; i < HL_CHAT_FLIGHT; i++)
        c->flight[i].line += c->flight[i].conv == conv->id && c->flight[i].line >= from;
}

/* One that was missing goes where it belongs, any other to the end. Its number. */
static uint64_t put_entry(struct hl_chat *c, struct hl_chat_room *room, const struct hl_conv *conv,
                          const struct hl_line_new *line)
{
    const struct hl_lines *lines = hl_ui_lines(c->ui, conv->id);
    uint64_t number;

    if (line->pos == 0 || line->pos > hl_lines_last_pos(lines))
        return hl_ui_line(c->ui, conv->id, line);
    number = hl_ui_insert(c->ui, conv->id, line);
    if (number != 0)
        renumber(c, room, conv, number);
    return number;
}

static void add_entry(struct hl_chat *c, struct hl_chat_room *room, struct hl_conv *conv,
                      const struct hl_ctl *e)
{
    struct hl_line_new line;
    struct looks l;

    if (!entry_line(c, conv, e, &line, &l))
        return;
    hl_reactor_dirty(&c->reactor);
    remember(c, room, conv, e->id, put_entry(c, room, conv, &line));
    if (!(e->flags & HL_CTL_E_OURS) && e->row > room->last.row) {
        room->last = (struct hl_ctl){.row = e->row, .has_id = true, .flags = e->flags};
        memcpy(room->last.id, e->id, HL_ID_SIZE);
    }
}

void hl_chat_page_entry(struct hl_chat *c, struct hl_conv *conv, const struct hl_ui_want *w,
                        bool front, const struct hl_ctl *e)
{
    struct hl_chat_room *room = hl_chat_room(conv);
    struct hl_line_new line;
    struct looks l;

    if (room == NULL || e->code != HL_ENTRY_TEXT || !entry_line(c, conv, e, &line, &l))
        return;
    line.flags |= HL_LINE_SEEN;
    remember(c, room, conv, e->id, hl_ui_page_line(c->ui, w, front, &line));
}

/* An entry that is on the screen already, or may be in a pane that shows older ones: edited,
 * deleted, or with another reaction; and where it is quoted. */
static void change_entry(struct hl_chat *c, const struct hl_conv *conv, uint64_t number,
                         const struct hl_ctl *e)
{
    struct hl_line_new line;
    struct looks l;

    if (!entry_line(c, conv, e, &line, &l))
        return;
    hl_ui_replace(c->ui, &(struct hl_ui_at){.conv = conv->id, .line = number, .row = e->row},
                  &line);
    struct hl_ctl_bytes text = e->flags & HL_CTL_E_DELETED ? deleted() : e->text;
    quote_text(c, conv, line.kind == HL_LINE_OUT, &text, l.quote);
    hl_ui_requote(c->ui, conv->id, e->pos, l.quote);
    hl_reactor_dirty(&c->reactor);
}

/* A message that comes while we run, and that nobody has seen elsewhere. */
static bool is_new(const struct hl_ctl *e)
{
    const uint32_t none = HL_CTL_E_OURS | HL_CTL_E_SEEN | HL_CTL_E_OLD | HL_CTL_E_CHANGED;

    return e->code == HL_ENTRY_TEXT && e->request == 0 && (e->flags & none) == 0;
}

static void on_entry(struct hl_chat *c, struct hl_conv *conv, const struct hl_ctl *e) HL_TTY_THREAD;
static void on_entry(struct hl_chat *c, struct hl_conv *conv, const struct hl_ctl *e)
{
    struct hl_chat_room *room = hl_chat_room(conv);
    bool looks = hl_ui_shown(c->ui, conv->id);
    struct hl_ctl mark = {.row = e->row, .flags = e->flags, .has_id = true};
    uint64_t line;

    if (room == NULL)
        return;
    if (is_new(e)) /* first: once its conversation is loaded, the text is no longer there */
        hl_chat_alert(c, conv, e->text.len > 0 ? e->text.at : "", e->text.len);
    memcpy(mark.id, e->id, sizeof mark.id);
    if (!(e->flags & HL_CTL_E_OURS))
        hl_chat_said(c, conv, room);
    line = hl_idmap_get(&room->lines, e->id);
    if (e->flags & HL_CTL_E_CHANGED || (line != 0 && e->request))
        change_entry(c, conv, line, e);
    else if (line == 0 && e->code == HL_ENTRY_TEXT && (room->loaded || e->request))
        add_entry(c, room, conv, e);
    else if (line == 0 && !room->loaded)
        hl_chat_enter(c, conv); /* it comes with the rest of its page */
    hl_talk_taken(c->session.talk, conv, &mark, looks);
}

static void on_plain(struct hl_chat *c, struct hl_conv *conv,
                     const struct hl_incoming *m) HL_TTY_THREAD;
static void on_plain(struct hl_chat *c, struct hl_conv *conv, const struct hl_incoming *m)
{
    static const struct {
        uint32_t event;
        enum hl_line_flag line;
    } flags[] = {{HL_EVF_PARTIAL, HL_LINE_PARTIAL},
                 {HL_EVF_CONTINUES, HL_LINE_CONTINUES},
                 {HL_EVF_TRUNCATED, HL_LINE_CUT}};
    char name[HL_SENDER_MAX];
    struct hl_line_new line = {.kind = HL_LINE_IN, .sender = name, .text = m->text, .len = m->len};

    hl_text_clean_name(name, sizeof name, conv->name, strlen(conv->name), ascii_flag(c));
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (m->flags & flags[i].event)
            line.flags |= flags[i].line;
    }
    if (m->bad_utf8)
        line.flags |= HL_LINE_BAD_UTF8;
    hl_chat_line(c, conv->id, &line);
    hl_chat_alert(c, conv, m->text, m->len);
}

void hl_chat_incoming(void *user, struct hl_conv *conv, const struct hl_incoming *m)
{
    if (m->entry != NULL)
        on_entry(user, conv, m->entry);
    else
        on_plain(user, conv, m);
}

void hl_chat_history(void *user, struct hl_conv *conv, size_t count)
{
    struct hl_chat *c = user;
    struct hl_chat_room *room = hl_chat_room(conv);
    int err;

    if (room == NULL)
        return;
    room->loaded = true;
    hl_idmap_fini(&room->lines);
    hl_ui_clear(c->ui, conv->id);
    err = hl_talk_history(c->session.talk, conv, count);
    hl_ui_above(c->ui, conv->id);
    if (err != 0)
        hl_chat_say(c, conv->id, HL_LINE_ERROR, "history: %s", _(hl_err_text(err)));
}

/* ---- what became of ours ---- */

static uint64_t line_of(struct hl_chat *c, struct hl_conv *conv, const struct hl_fate *f)
{
    struct hl_chat_room *room = hl_chat_room(conv);
    const struct hl_chat_flight *flight = &c->flight[f->msg % HL_CHAT_FLIGHT];
    uint64_t line = room != NULL && f->id != NULL ? hl_idmap_get(&room->lines, f->id) : 0;

    if (line != 0 || f->msg == 0)
        return line;
    if (flight->msg != f->msg) /* it may end before hl_talk_send() has told its number */
        flight = &c->sending;
    if (flight->line == 0 || flight->conv != conv->id)
        return 0;
    if (room != NULL && f->id != NULL)
        remember(c, room, conv, f->id, flight->line);
    return flight->line;
}

void hl_chat_delivery(void *user, struct hl_conv *conv, const struct hl_fate *f)
{
    struct hl_chat *c = user;
    uint64_t line = line_of(c, conv, f);

    hl_events_log(c->program->log,
                  &(struct hl_notice){
                      .kind = hl_events_message(f->state), .conv = conv, .fate = f, .err = f->err});
    if (line != 0 || f->row != 0)
        hl_ui_mark(
            c->ui,
            &(struct hl_ui_at){
                .conv = conv->id, .line = line, .row = f->row, .pos = f->pos, .entry = f->id},
            mark_of(conv, f->state), f->err != 0 ? hl_err_word(f->err) : NULL);
    if (line == 0 && f->state == HL_STATE_FAILED && conv->encrypted)
        hl_chat_say(c, conv->id, HL_LINE_ERROR, "failed: %s", _(hl_err_word(f->err)));
    hl_reactor_dirty(&c->reactor);
}

/* ---- what our user says ---- */

/* What changes another entry has no line of its own. answered: what is known of the one that it
 * answers; NULL = that is to be found out. */
static uint64_t own_line(struct hl_chat *c, struct hl_conv *conv, const struct hl_saying *s,
                         const struct hl_ui_action *answered)
{
    struct hl_line_new line = {.kind = HL_LINE_OUT,
                               .state = conv->encrypted ? HL_LINE_NONE : HL_LINE_QUEUED,
                               .sender = _("you")};
    char quoted[QUOTE_SIZE] = "";

    if (s->kind != HL_ENTRY_TEXT)
        return 0;
    if (answered != NULL)
        line.answers = answered->pos;
    else if (s->target != NULL)
        line.answers = quote_target(c, conv, s->target, quoted);
    line.text = s->text;
    line.len = s->len;
    line.quote = answered != NULL ? answered->quote : quoted;
    return hl_chat_line(c, conv->id, &line);
}

static void submit(struct hl_chat *c, struct hl_conv *conv, const struct hl_saying *s,
                   const struct hl_ui_action *answered)
{
    uint64_t msg = 0;

    c->sending = (struct hl_chat_flight){.conv = conv->id, .line = own_line(c, conv, s, answered)};
    uint64_t shown = c->sending.line;
    int err = hl_talk_say(c->session.talk, conv, s, &msg);
    c->sending.line = 0;
    if (err == 0)
        c->flight[msg % HL_CHAT_FLIGHT] =
            (struct hl_chat_flight){.msg = msg, .line = shown, .conv = conv->id};
    else if (shown != 0)
        hl_ui_mark(c->ui, &(struct hl_ui_at){.conv = conv->id, .line = shown}, HL_LINE_FAILED,
                   hl_err_word(err));
    else
        hl_chat_say(c, conv->id, HL_LINE_ERROR, "%s", _(hl_err_text(err)));
    if (err == HL_ERR_BUSY && s->kind == HL_ENTRY_TEXT)
        hl_ui_draft(c->ui, conv->id, s->text, s->len);
}

void hl_chat_submit(void *user, struct hl_conv *conv, const struct hl_saying *s)
{
    submit(user, conv, s, NULL);
}

void hl_chat_submit_about(struct hl_chat *c, struct hl_conv *conv, const struct hl_ui_action *a)
{
    static const enum hl_entry_kind kinds[] = {[HL_UI_ABOUT_REPLY] = HL_ENTRY_TEXT,
                                               [HL_UI_ABOUT_EDIT] = HL_ENTRY_EDIT,
                                               [HL_UI_ABOUT_REACT] = HL_ENTRY_REACT};
    struct hl_saying s = {.kind = a->kind == HL_UI_DELETE ? HL_ENTRY_DELETE : kinds[a->about],
                          .target = a->entry,
                          .text = a->text,
                          .len = a->len};

    while (s.kind == HL_ENTRY_REACT && s.len > 0 && s.text[s.len - 1] == ' ')
        s.len--; /* completion puts one behind an emoji */

    if (s.kind == HL_ENTRY_REACT && s.len > HL_REACTION_MAX)
        hl_ui_remark(c->ui, _("a reaction is one character, such as an emoji"));
    else
        submit(c, conv, &s, a->about == HL_UI_ABOUT_REPLY ? a : NULL);
}

void hl_chat_filled(struct hl_chat *c, const struct hl_conv *conv, const struct hl_ctl *r)
{
    hl_ui_filled(c->ui, conv->id, r->pos, r->count);
    hl_reactor_dirty(&c->reactor);
}
