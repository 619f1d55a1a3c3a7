/* SPDX-License-Identifier: MIT */
#include "chat.h"

#include "addr.h"
#include "err.h"
#include "events.h"
#include "identity.h"
#include "log.h"
#include "signals.h"
#include "text.h"
#include "thread.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    SAY_MAX = 1024,
};

/* What this front end remembers of a conversation, in hl_conv.user. */
struct known {
    enum hl_conv_state state;
    bool told; /* of the peer's address */
};

/* ---- text and time ---- */

static unsigned ascii_flag(const struct hl_chat *c)
{
    return c->program->ascii ? HL_TEXT_ASCII : 0;
}

/* Filters into c->clean; NULL if memory is short. */
static const char *clean(struct hl_chat *c, const char *text, size_t len, size_t *out,
                         unsigned *found)
{
    size_t need = len * HL_TEXT_GROWTH + 1;

    if (need > c->clean_cap) {
        char *more = realloc(c->clean, need);
        if (more == NULL)
            return NULL;
        c->clean = more;
        c->clean_cap = need;
    }
    *out = hl_text_clean(c->clean, need, text, len, HL_TEXT_LINES | ascii_flag(c), found);
    return c->clean;
}

/* Local time; a flood of lines asks once a second. */
static struct hl_stamp stamp(struct hl_chat *c)
{
    struct timespec now;
    struct tm tm;

    clock_gettime(CLOCK_REALTIME, &now);
    if (now.tv_sec != c->stamp_second && localtime_r(&now.tv_sec, &tm) != NULL) {
        c->stamp_second = now.tv_sec;
        c->stamp = (struct hl_stamp){.year = (int16_t)(tm.tm_year + 1900),
                                     .month = (uint8_t)(tm.tm_mon + 1),
                                     .day = (uint8_t)tm.tm_mday,
                                     .hour = (uint8_t)tm.tm_hour,
                                     .minute = (uint8_t)tm.tm_min,
                                     .second = (uint8_t)tm.tm_sec};
    }
    return c->stamp;
}

uint64_t hl_chat_line(struct hl_chat *c, uint32_t conv, struct hl_line_new *line)
{
    unsigned found = 0;
    const char *text = clean(c, line->text, line->len, &line->len, &found);

    if (text == NULL)
        return 0;
    line->text = text;
    line->stamp = stamp(c);
    if (line->kind == HL_LINE_IN && (found & HL_TEXT_BAD_UTF8) != 0)
        line->flags |= HL_LINE_BAD_UTF8;
    hl_reactor_dirty(&c->reactor);
    return hl_ui_line(c->ui, conv, line);
}

void hl_chat_say(struct hl_chat *c, uint32_t conv, enum hl_line_kind kind, const char *format, ...)
{
    char text[SAY_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
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

/* ---- what the talk tells ---- */

/* The state in a word or two, for the status bar. */
static void state_text(const struct hl_conv *conv, char out[static 64])
{
    static const char *const texts[] = {[HL_CONV_DIALLING] = "dialling",
                                        [HL_CONV_OPEN] = "open",
                                        [HL_CONV_FINISHED] = "peer has finished",
                                        [HL_CONV_CLOSED] = "closed",
                                        [HL_CONV_FAILED] = "failed"};
    bool why = conv->err != 0 && conv->state >= HL_CONV_CLOSED;

    snprintf(out, 64, "%s%s%s", texts[conv->state], why ? ": " : "",
             why ? hl_err_word(conv->err) : "");
}

static void show_conv(struct hl_chat *c, const struct hl_conv *conv)
{
    char state[64];
    char name[HL_UI_TEXT];
    char local[HL_UI_TEXT];
    char peer[HL_UI_TEXT];
    struct hl_ui_conv_info info = {.name = name,
                                   .local = local,
                                   .peer = peer,
                                   .transport = hl_session_transport(conv->path.transport),
                                   .state = state,
                                   .alert = conv->state >= HL_CONV_CLOSED && conv->err != 0,
                                   .sent = conv->sent,
                                   .received = conv->received,
                                   .failed = conv->failed};

    state_text(conv, state);
    hl_text_clean(name, sizeof name, conv->name, strlen(conv->name), ascii_flag(c), NULL);
    hl_text_clean(local, sizeof local, conv->local, strlen(conv->local), ascii_flag(c), NULL);
    hl_text_clean(peer, sizeof peer, conv->address, strlen(conv->address), ascii_flag(c), NULL);
    if (hl_ui_conv(c->ui, conv->id, &info) != 0)
        hl_chat_say(c, 0, HL_LINE_ERROR, "%s: no memory for this conversation", name);
}

/* A change of state is news, and stands in the conversation. */
static void tell_state(struct hl_chat *c, const struct hl_conv *conv)
{
    const char *transport = hl_session_transport(conv->path.transport);
    bool stream = hl_transport_is_stream(conv->path.transport);
    char key[HL_IDENTITY_SHORT];

    switch (conv->state) {
    case HL_CONV_DIALLING:
        hl_chat_say(c, conv->id, HL_LINE_NOTICE, "looking for %s", conv->name);
        break;
    case HL_CONV_OPEN:
        if (conv->encrypted)
            hl_chat_say(c, conv->id, HL_LINE_NOTICE, "talking to %s over %s: encrypted, key %s",
                        conv->address, transport, hl_identity_short(conv->key, key));
        else
            hl_chat_say(c, conv->id, HL_LINE_NOTICE, "%s %s over %s: plain text, not encrypted",
                        stream ? "connected to" : "talking to", conv->address, transport);
        break;
    case HL_CONV_FINISHED:
        hl_chat_say(c, conv->id, HL_LINE_NOTICE, "the peer will say no more, but still listens");
        break;
    case HL_CONV_CLOSED:
        if (conv->err != 0)
            hl_chat_say(c, conv->id, HL_LINE_ERROR, "the connection is lost: %s",
                        hl_err_text(conv->err));
        else
            hl_chat_say(c, conv->id, HL_LINE_NOTICE, "the connection is closed");
        break;
    case HL_CONV_FAILED:
        hl_chat_say(c, conv->id, HL_LINE_ERROR, "%s cannot be reached: %s", conv->name,
                    hl_err_text(conv->err));
        break;
    }
}

/* Whoever comes while nobody is talked to is shown, unless something is being typed here. */
static void consider(struct hl_chat *c, struct hl_conv *conv)
{
    if (c->commands.current == NULL && hl_ui_selected(c->ui) == 0 && hl_ui_idle(c->ui))
        hl_chat_select(c, conv);
}

static void log_notice(struct hl_chat *c, enum hl_notice_kind kind, struct hl_conv *conv, int err)
{
    hl_events_log(c->program->log, &(struct hl_notice){.kind = kind, .conv = conv, .err = err});
}

static void changed(void *user, struct hl_conv *conv)
{
    struct hl_chat *c = user;
    struct known *k = conv->user;

    show_conv(c, conv);
    hl_reactor_dirty(&c->reactor);
    if (k == NULL) {
        k = conv->user = calloc(1, sizeof *k);
        if (k == NULL)
            return;
    } else if (k->state == conv->state) {
        return;
    }
    k->state = conv->state;
    tell_state(c, conv);
    log_notice(c, hl_events_kind(conv->state), conv, conv->err);
    consider(c, conv);
}

static void gone(void *user, struct hl_conv *conv)
{
    struct hl_chat *c = user;

    free(conv->user);
    conv->user = NULL;
    if (c->commands.current == conv)
        c->commands.current = NULL;
    hl_ui_conv_remove(c->ui, conv->id);
    hl_reactor_dirty(&c->reactor);
}

static void incoming(void *user, struct hl_conv *conv, const struct hl_incoming *m)
{
    static const struct {
        uint32_t event;
        enum hl_line_flag line;
    } flags[] = {{HL_EVF_PARTIAL, HL_LINE_PARTIAL},
                 {HL_EVF_CONTINUES, HL_LINE_CONTINUES},
                 {HL_EVF_TRUNCATED, HL_LINE_CUT}};
    struct hl_chat *c = user;
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
}

static void delivery(void *user, struct hl_conv *conv, uint64_t msg, enum hl_msg_state state,
                     int err)
{
    static const enum hl_line_state marks[] = {[HL_MSG_QUEUED] = HL_LINE_QUEUED,
                                               [HL_MSG_SENT] = HL_LINE_UNCONFIRMED,
                                               [HL_MSG_RECEIVED] = HL_LINE_SENT,
                                               [HL_MSG_FAILED] = HL_LINE_FAILED};
    struct hl_chat *c = user;
    const struct hl_chat_flight *f = &c->flight[msg % HL_CHAT_FLIGHT];

    log_notice(c, hl_events_message(state), conv, err);
    if (f->msg != msg) /* it may end before hl_talk_send() has told its number */
        f = &c->sending;
    if (f->line != 0 && f->conv == conv->id)
        hl_ui_mark(c->ui, conv->id, f->line, marks[state], err != 0 ? hl_err_word(err) : NULL);
    hl_reactor_dirty(&c->reactor);
}

static void trying(void *user, struct hl_conv *conv, const struct hl_addr *at, int err)
{
    struct hl_chat *c = user;
    char text[HL_ADDR_TEXT];

    hl_addr_format(at, text);
    if (err == 0)
        hl_chat_say(c, conv->id, HL_LINE_NOTICE, "trying %s", text);
    else
        hl_chat_say(c, conv->id, HL_LINE_NOTICE, "%s: %s", text, hl_err_word(err));
}

static void dropped(void *user, uint64_t count)
{
    struct hl_chat *c = user;

    hl_ui_set_dropped(c->ui, hl_talk_dropped(c->session.talk));
    hl_chat_say(c, 0, HL_LINE_ERROR,
                "%" PRIu64 " datagram%s lost on this host: more came than could be shown", count,
                count == 1 ? "" : "s");
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
    hl_chat_say(c, 0, HL_LINE_NOTICE, "%s", hl_news_text(news, text));
    hl_events_log(c->program->log, &(struct hl_notice){.kind = HL_NOTICE_HOST, .host = news});
}

static const struct hl_talk_ops talk_ops = {.changed = changed,
                                            .gone = gone,
                                            .incoming = incoming,
                                            .delivery = delivery,
                                            .trying = trying,
                                            .dropped = dropped,
                                            .host = host,
                                            .found = found};

/* ---- slash commands ---- */

static void say(void *user, const char *text)
{
    struct hl_chat *c = user;

    hl_chat_say(c, hl_ui_selected(c->ui), HL_LINE_NOTICE, "%s", text);
}

void hl_chat_select(void *user, struct hl_conv *conv)
{
    struct hl_chat *c = user;

    c->commands.current = conv;
    show_conv(c, conv);
    hl_ui_select(c->ui, conv->id);
    hl_reactor_dirty(&c->reactor);
}

static void quit(void *user)
{
    struct hl_chat *c = user;

    hl_reactor_end(&c->reactor);
}

static const struct hl_command_ops command_ops = {
    .say = say, .select = hl_chat_select, .quit = quit};

/* The conversation on the screen is the one typed to. */
static void follow_selection(struct hl_chat *c)
{
    uint32_t shown = hl_ui_selected(c->ui);
    struct hl_conv *conv = c->session.talk != NULL ? hl_talk_first(c->session.talk) : NULL;

    while (conv != NULL && conv->id != shown)
        conv = hl_talk_next(c->session.talk, conv);
    c->commands.current = conv;
}

static void complete(void *user, const char *line, size_t word, struct hl_matches *m)
{
    struct hl_chat *c = user;
    char text[HL_UI_TEXT];

    if (word == 0) {
        size_t count;
        const struct hl_command_row *row = hl_command_table(&count);
        for (; count > 0; count--, row++) {
            snprintf(text, sizeof text, "/%s", row->name);
            hl_matches_add(m, text);
        }
        return;
    }
    if (line[0] != '/')
        return;
    for (struct hl_conv *conv = hl_talk_first(c->session.talk); conv != NULL;
         conv = hl_talk_next(c->session.talk, conv))
        hl_matches_add(m, conv->name);
}

/* ---- what the user types ---- */

static void send_text(struct hl_chat *c, const char *text, size_t len)
{
    struct hl_conv *conv = c->commands.current;
    struct hl_line_new line = {
        .kind = HL_LINE_OUT, .state = HL_LINE_QUEUED, .sender = "you", .text = text, .len = len};
    uint64_t msg = 0;

    if (conv == NULL) {
        hl_chat_say(c, 0, HL_LINE_ERROR, "nobody to talk to yet: /connect HOST:PORT");
        hl_ui_draft(c->ui, 0, text, len);
        return;
    }
    c->sending =
        (struct hl_chat_flight){.conv = conv->id, .line = hl_chat_line(c, conv->id, &line)};
    uint64_t shown = c->sending.line;
    int err = hl_talk_send(c->session.talk, conv, text, len, &msg);
    c->sending.line = 0;
    if (err == 0)
        c->flight[msg % HL_CHAT_FLIGHT] =
            (struct hl_chat_flight){.msg = msg, .line = shown, .conv = conv->id};
    else
        hl_ui_mark(c->ui, conv->id, shown, HL_LINE_FAILED, hl_err_word(err));
    if (err == HL_ERR_BUSY)
        hl_ui_draft(c->ui, conv->id, text, len);
}

static void submit(struct hl_chat *c, const struct hl_ui_action *a)
{
    const char *text = a->text;

    switch (hl_command_type(a->text, a->len, &text)) {
    case HL_COMMAND_NOTHING:
        break;
    case HL_COMMAND_TEXT:
        send_text(c, text, a->len - (size_t)(text - a->text));
        break;
    case HL_COMMAND_RUN:
        hl_command_run(&c->commands, text);
        break;
    }
}

static void key(void *user, const struct hl_key *k) HL_TTY_THREAD;
static void key(void *user, const struct hl_key *k)
{
    struct hl_chat *c = user;
    struct hl_ui_action a;

    hl_ui_key(c->ui, k, &a);
    follow_selection(c);
    switch (a.kind) {
    case HL_UI_NONE:
        break;
    case HL_UI_SUBMIT:
        submit(c, &a);
        break;
    case HL_UI_QUIT:
        hl_reactor_end(&c->reactor);
        break;
    case HL_UI_SUSPEND:
        kill(0, SIGTSTP); /* the whole job, as the tty would do */
        break;
    case HL_UI_REDRAW:
        hl_tty_redraw(c->tty);
        break;
    case HL_UI_FORM_NEXT:
        hl_chat_answer(c, a.field);
        break;
    case HL_UI_FORM_DONE:
        hl_chat_answered(c);
        break;
    case HL_UI_BELL:
        hl_tty_bell(c->tty);
        break;
    }
}

/* ---- the loop ---- */

static void ready(void *user, int fd)
{
    struct hl_chat *c = user;

    if (fd != c->program->signal_fd) {
        hl_talk_pump(c->session.talk);
        return;
    }
    c->signal = hl_signals_take(fd);
    if (c->signal != 0)
        hl_reactor_end(&c->reactor);
}

static const struct hl_frame *frame(void *user, int rows, int cols)
{
    struct hl_chat *c = user;

    if (c->commands.current != NULL)
        show_conv(c, c->commands.current); /* its counters */
    return hl_ui_frame(c->ui, rows, cols);
}

static const struct hl_reactor_ops reactor_ops = {.key = key, .ready = ready, .frame = frame};

/* The log has something to report while the terminal is ours. */
static void log_tells(void *user, const char *text)
{
    hl_chat_say(user, 0, HL_LINE_ERROR, "%s", text);
}

static int start_ui(struct hl_chat *c)
{
    static struct hl_ui_help help[32];
    static char left[32][64];
    size_t count;
    const struct hl_command_row *row = hl_command_table(&count);

    if (count > sizeof help / sizeof *help)
        count = sizeof help / sizeof *help;
    for (size_t i = 0; i < count; i++) {
        snprintf(left[i], sizeof left[i], "/%s %s", row[i].name, row[i].args);
        help[i] = (struct hl_ui_help){left[i], row[i].help};
    }
    c->ui = hl_ui_new(&(struct hl_ui_config){.title = "hullo " HL_VERSION,
                                             .ascii = c->program->ascii,
                                             .commands = help,
                                             .command_count = count,
                                             .complete = complete,
                                             .user = c});
    c->flight = calloc(HL_CHAT_FLIGHT, sizeof *c->flight);
    return c->ui != NULL && c->flight != NULL ? 0 : -ENOMEM;
}

/* Starts the talk, unless the form is to be answered first. Returns an exit status. */
static int start_talk(struct hl_chat *c)
{
    const struct hl_options *o = c->program->options;
    struct hl_conv *conv = NULL;
    int err = hl_session_start(&c->session, o, &talk_ops, c, c->why);

    if (err != 0) {
        hl_report(c->why, NULL);
        return hl_exit_status(err);
    }
    c->commands.session = &c->session;
    c->asking = o->arg_count == 0 && o->listen_count == 0 && o->verb_given;
    if (c->asking)
        return HL_EXIT_DONE;
    err = hl_session_listen_all(&c->session, HL_LISTEN_CHAT, c->why);
    if (err == 0 && o->arg_count > 0)
        err = hl_session_open(&c->session, o->args[0], &conv, c->why);
    if (err != 0) {
        hl_report(c->why, NULL);
        return hl_exit_status(err);
    }
    hl_chat_say_bound(c);
    if (conv != NULL)
        hl_chat_select(c, conv);
    else
        hl_chat_say(c, 0, HL_LINE_NOTICE, "waiting for peers; /connect HOST:PORT, F1 for help");
    return HL_EXIT_DONE;
}

static void show_screen(struct hl_chat *c, int signal_fd) HL_TTY_THREAD;
static void show_screen(struct hl_chat *c, int signal_fd)
{
    int err = hl_tty_start(&c->tty);

    if (err != 0) {
        hl_report("terminal", hl_tty_error_text(err));
        c->status = HL_EXIT_FAILED;
        return;
    }
    if (hl_reactor_init(&c->reactor, c->tty, signal_fd, &reactor_ops, c) != 0 ||
        hl_reactor_add(&c->reactor, hl_talk_fd(c->session.talk)) != 0 ||
        hl_reactor_add(&c->reactor, c->program->signal_fd) != 0 ||
        (c->asking && hl_chat_ask(c) != 0)) {
        c->status = HL_EXIT_FAILED;
    } else {
        hl_log_tell(c->program->log, log_tells, c);
        if (hl_reactor_run(&c->reactor) == HL_REACTOR_HANGUP)
            c->signal = SIGHUP;
        hl_log_tell(c->program->log, NULL, NULL);
    }
    hl_reactor_fini(&c->reactor);
    hl_tty_stop(c->tty);
}

int hl_chat_run(struct hl_program *p)
{
    struct hl_chat c = {.program = p, .commands = {.ops = &command_ops}};
    int signal_fd = hl_reactor_signals(); /* before any thread is there */

    hl_role_enter(&hl_role_main);
    hl_role_enter_tty();
    c.commands.user = &c;
    if (signal_fd < 0 || start_ui(&c) != 0) {
        hl_report("chat", signal_fd < 0 ? strerror(-signal_fd) : "out of memory");
        c.status = HL_EXIT_FAILED;
    } else {
        c.status = start_talk(&c);
        if (c.status == HL_EXIT_DONE)
            show_screen(&c, signal_fd);
    }
    if (c.session.talk != NULL)
        hl_session_stop(&c.session, c.signal != 0 ? HL_FLUSH_SIGNAL : HL_FLUSH_END);
    hl_ui_free(c.ui);
    free(c.flight);
    free(c.clean);
    if (signal_fd >= 0)
        close(signal_fd);
    return c.signal != 0 ? HL_EXIT_SIGNAL + c.signal : c.status;
}
