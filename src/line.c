/* SPDX-License-Identifier: MIT */
/* Line mode: the conversation for screen readers and pipes. Messages on standard output, one line
 * each; what is typed goes to the peer; slash commands as in the UI. */
#include "loop.h"

#include "clock.h"
#include "command.h"
#include "i18n.h"
#include "input.h"
#include "news.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    RECENT = 64,      /* of what was said last, for news of what became of it */
    RECENT_TEXT = 48, /* bytes of them that are kept */
};

#define LINE_LINGER HL_SECS(1)
#define AWAY_TIME   HL_SECS(10) /* encrypted: what is not delivered then stays queued */

struct line {
    struct hl_loop loop;
    struct hl_input input;
    struct hl_commands commands;
    struct hl_conv *peer; /* the one named on the command line */
    bool interactive;     /* a person types: failures do not end the program */
    bool quit;
    bool opened; /* peer was reached once */
    int err;     /* the first failure */
    hl_time heard;
    struct hl_news_links links;
    char *held; /* a line that the talk had no room for */
    size_t held_len;
    struct {
        uint64_t number;
        size_t len;
        char text[RECENT_TEXT];
    } recent[RECENT];
};

bool hl_line_wanted(const struct hl_options *o)
{
    const char *term = getenv("TERM");

    return o->line || o->json || !isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO) || !term ||
           *term == '\0' || strcmp(term, "dumb") == 0;
}

static void note_failure(struct line *l, int err)
{
    if (l->err == 0)
        l->err = err;
}

/* ---- what the talk tells ---- */

static void select_conv(void *user, struct hl_conv *c)
{
    struct line *l = user;

    if (l->interactive)
        hl_report(c->name, _("you are now talking here"));
    l->commands.current = c;
}

/* Who is answered if nobody was named: the first peer that comes, and after a stream has ended
 * for good the next one. */
static void consider(struct line *l, struct hl_conv *c)
{
    const struct hl_conv *now = l->commands.current;

    if (!now)
        l->commands.current = c;
    else if (now != c && now->state == HL_CONV_CLOSED && !now->dialled)
        select_conv(l, c);
}

static void tell_state(struct line *l, struct hl_conv *c)
{
    struct hl_notice n = {.kind = hl_events_state(c), .conv = c, .err = c->err};

    if (n.kind == HL_NOTICE_COUNT)
        return;
    l->heard = hl_clock_now();
    hl_print(&l->loop.printer, &n);
    if (c == l->peer && c->state == HL_CONV_OPEN)
        l->opened = true;
    /* An encrypted peer may be away: what waits for it counts, not that. */
    if (!c->encrypted && (c->state == HL_CONV_FAILED || (c->state == HL_CONV_CLOSED && c->err)))
        note_failure(l, c->err);
    if (c->state == HL_CONV_OPEN)
        consider(l, c);
}

static void changed(void *user, struct hl_conv *c)
{
    struct line *l = user;

    hl_loop_marks(&l->loop, c);
    if (c == l->peer && c->marks & HL_CTL_C_CHANGED)
        note_failure(l, HL_ERR_KEY_CHANGED);
    tell_state(l, c);
    hl_loop_away(&l->loop, c);
}

static void gone(void *user, struct hl_conv *c)
{
    struct line *l = user;

    struct hl_conv *other = c->became ? hl_talk_by_id(l->loop.session.talk, c->became) : NULL;

    if (l->commands.current == c)
        l->commands.current = other;
    if (l->peer == c)
        l->peer = other;
}

/* What is ours comes from other front ends of this home: programs are told. A person hears of what
 * the peer does to it. */
static bool is_told(const struct line *l, const struct hl_ctl *e)
{
    bool by_peer = e->flags & HL_CTL_E_CHANGED
                       ? !(e->flags & HL_CTL_E_BY_US) &&
                             (e->flags & HL_CTL_E_REACTED || !(e->flags & HL_CTL_E_OURS))
                       : !(e->flags & HL_CTL_E_OURS);

    return by_peer || l->loop.program->options->json;
}

static void incoming(void *user, struct hl_conv *c, const struct hl_incoming *m)
{
    struct line *l = user;

    struct hl_notice n = {.kind = HL_NOTICE_MESSAGE, .conv = c, .message = m};

    l->heard = hl_clock_now();
    if (m->entry && m->entry->request) { /* of /history */
        char *text = hl_command_entry_text(c, m->entry);

        if (text)
            hl_print_line(&l->loop.printer, text);
        free(text);
        return;
    }
    if (m->entry) {
        if (!is_told(l, m->entry))
            return;
        n = (struct hl_notice){.kind = HL_NOTICE_ENTRY,
                               .conv = c,
                               .record = m->entry,
                               .text = m->was,
                               .text_len = m->was_len};
        hl_talk_taken(l->loop.session.talk, c, m->entry, true);
    }
    hl_print(&l->loop.printer, &n);
}

/* How the message that a fate is about began. */
static void quote(const struct line *l, const struct hl_conv *c, struct hl_notice *n)
{
    const struct hl_said *said = n->fate->id ? hl_talk_said_id(c, n->fate->id) : NULL;
    size_t at = n->fate->msg % RECENT;

    if (said) {
        n->text = said->text;
        n->text_len = said->len;
    } else if (n->fate->msg && l->recent[at].number == n->fate->msg) {
        n->text = l->recent[at].text;
        n->text_len = l->recent[at].len;
    }
}

static void delivery(void *user, struct hl_conv *c, const struct hl_fate *f)
{
    struct line *l = user;
    struct hl_notice n = {.kind = hl_events_message(f->state), .conv = c, .fate = f, .err = f->err};

    if (n.kind == HL_NOTICE_COUNT)
        return;
    quote(l, c, &n);
    l->heard = hl_clock_now();
    if (f->state == HL_STATE_FAILED || f->state == HL_STATE_EXPIRED)
        note_failure(l, f->err ? f->err : HL_ERR_EXPIRED);
    hl_print(&l->loop.printer, &n);
}

static void bound(void *user, const struct hl_bound *b)
{
    struct line *l = user;

    hl_loop_bound(&l->loop, b);
}

/* The peer asks for live typing, perhaps all the time: once. Programs have the event. */
static void tell_live(const struct line *l, struct hl_conv *c)
{
    if (c->told.live || l->loop.program->options->json)
        return;
    c->told.live = true;
    hl_report(
        c->name,
        _("would like each of you to see what the other is typing; that needs the whole screen"));
}

static void told(void *user, struct hl_conv *c, const struct hl_ctl *r)
{
    struct line *l = user;

    if (c && r->kind == HL_CTL_TYPED && r->flags & HL_CTL_LIVE)
        tell_live(l, c);
    if (!hl_loop_told(&l->loop, c, r))
        hl_command_told(&l->commands, c, r);
}

static void dropped(void *user, uint64_t count)
{
    struct line *l = user;

    hl_loop_dropped(&l->loop, count);
}

static void host(void *user, const struct hl_host_news *news)
{
    struct line *l = user;

    if (hl_news_is_new(&l->links, news))
        hl_print(&l->loop.printer, &(struct hl_notice){.kind = HL_NOTICE_HOST, .host = news});
}

static void found(void *user, const struct hl_found *f)
{
    struct line *l = user;

    hl_command_found(&l->commands, f);
}

/* ---- what is typed ---- */

static void say(void *user, const char *text)
{
    struct line *l = user;

    if (l->loop.program->options->json)
        hl_report(text, NULL); /* standard output is for events alone */
    else
        hl_print_line(&l->loop.printer, text);
}

static void quit(void *user)
{
    struct line *l = user;

    l->quit = true;
}

static void run_command(struct line *l, const char *text, size_t len)
{
    char *copy = strndup(text, len);

    if (copy)
        hl_command_run(&l->commands, copy);
    free(copy);
}

static void remember(struct line *l, uint64_t number, const char *text, size_t len)
{
    size_t at = number % RECENT;

    l->recent[at].number = number;
    l->recent[at].len = len < RECENT_TEXT ? len : RECENT_TEXT;
    memcpy(l->recent[at].text, text, l->recent[at].len);
}

/* Entries that change another one have no number that /last lists. */
static void remember_change(struct line *l, uint64_t number, const struct hl_saying *s)
{
    const char *const marks[] = {[HL_ENTRY_EDIT] = _("[edited] "),
                                 [HL_ENTRY_DELETE] = _("[deleted] "),
                                 [HL_ENTRY_REACT] = _("[reaction] ")};
    char text[RECENT_TEXT];

    if (s->kind == HL_ENTRY_TEXT || s->kind > HL_ENTRY_REACT)
        return;
    snprintf(text, sizeof text, "%s%.*s", marks[s->kind], (int)s->len, s->text);
    remember(l, number, text, strlen(text));
}

static void submit(void *user, struct hl_conv *c, const struct hl_saying *s)
{
    struct line *l = user;
    uint64_t number;
    int err = hl_talk_say(l->loop.session.talk, c, s, &number);

    if (err == 0) {
        remember_change(l, number, s);
        return;
    }
    hl_report(c->name, _(hl_err_text(err)));
    note_failure(l, err);
}

/* It comes through incoming(), a page of it in order. */
static void history(void *user, struct hl_conv *c, size_t count)
{
    struct line *l = user;
    int err = hl_talk_history(l->loop.session.talk, c, count);

    if (err)
        hl_report(c->name, _(hl_err_text(err)));
}

/* Returns whether it was taken, also if it cannot be sent at all. */
static bool send_text(struct line *l, const char *text, size_t len)
{
    struct hl_conv *c = l->commands.current;
    uint64_t number;
    int err;

    if (!c) {
        hl_report(_("there is nobody to talk to yet"), "/connect PEER");
        note_failure(l, HL_ERR_NO_LINK);
        return true;
    }
    err = hl_talk_send(l->loop.session.talk, c, text, len, &number);
    if (err == HL_ERR_BUSY)
        return false;
    if (err == 0) {
        remember(l, number, text, len);
        return true;
    }
    hl_report(c->name, _(hl_err_word(err)));
    note_failure(l, err);
    return true;
}

static void hold(struct line *l, const char *text, size_t len)
{
    l->held = malloc(len);
    if (!l->held) {
        hl_report(_("out of memory"), _("a line is lost"));
        return;
    }
    memcpy(l->held, text, len);
    l->held_len = len;
}

static void take_lines(struct line *l)
{
    const char *line;
    const char *text;
    size_t len;

    if (l->held && send_text(l, l->held, l->held_len)) {
        free(l->held);
        l->held = NULL;
    }
    while (!l->held && !l->quit && hl_input_line(&l->input, &line, &len)) {
        switch (hl_command_type(line, len, &text)) {
        case HL_COMMAND_NOTHING:
            break;
        case HL_COMMAND_RUN:
            run_command(l, text, len);
            break;
        case HL_COMMAND_TEXT:
            len -= (size_t)(text - line);
            if (!send_text(l, text, len))
                hold(l, text, len);
            break;
        }
    }
}

/* Sleeps until something happens and reads standard input. Returns 0 or the status to end with. */
static int turn(struct line *l, bool reads, hl_time deadline)
{
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    int status = hl_loop_wait(&l->loop, &in, reads ? 1 : 0, deadline);
    int err;

    if (status || !reads || !in.revents)
        return status;
    err = hl_input_fill(&l->input);
    return err ? hl_loop_error(&l->loop, "standard input", err) : 0;
}

/* ---- the three questions ---- */

/* Asks until a line comes; *answer is valid until the next read. Returns 0 or a status. */
static int ask(struct line *l, const char *question, const char **answer, char *copy, size_t size)
{
    const char *line;
    size_t len;
    int status;

    fputs(question, stderr);
    while (!hl_input_line(&l->input, &line, &len)) {
        if (hl_input_done(&l->input)) {
            fputc('\n', stderr);
            hl_report("chat", _("PEER is missing"));
            return HL_EXIT_USAGE;
        }
        status = turn(l, true, HL_NEVER);
        if (status)
            return status;
    }
    while (len && strchr(" \t\r", line[len - 1]))
        len--;
    while (len && strchr(" \t", *line)) {
        line++;
        len--;
    }
    snprintf(copy, size, "%.*s", (int)(len < size ? len : size), line);
    *answer = copy;
    return 0;
}

static int ask_local_port(struct line *l)
{
    char why[HL_WHY_MAX];
    char copy[64];
    const char *answer;
    uint16_t port;
    int status;
    int err;

    for (;;) {
        status = ask(l, _("Local port [4855]: "), &answer, copy, sizeof copy);
        if (status)
            return status;
        if (*answer == '\0')
            return hl_loop_listen(&l->loop, HL_LISTEN_CHAT);
        err = hl_port_parse(answer, true, &port);
        if (err)
            snprintf(why, sizeof why, "%s: %s", answer, _(hl_err_text(err)));
        else
            err = hl_session_listen(&l->loop.session, answer, false, false, why);
        if (err == 0)
            return hl_loop_tell(&l->loop);
        hl_report(why, NULL);
    }
}

static int ask_peer(struct line *l, char *typed, size_t size)
{
    char address[HL_HOST_MAX + 64];
    char port[64];
    const char *answer;
    int status;
    int err;

    do {
        status = ask(l, _("Peer address: "), &answer, address, sizeof address);
        if (status)
            return status;
        err = hl_session_join(address, "", typed, size);
        if (err)
            hl_report(address, _(hl_err_text(err)));
    } while (err);
    do {
        status = ask(l, _("Peer port [4855]: "), &answer, port, sizeof port);
        if (status)
            return status;
        err = hl_session_join(address, port, typed, size);
        if (err)
            hl_report(port, _(hl_err_text(err)));
    } while (err);
    return 0;
}

/* ---- the end of input ---- */

/* Whether the peer can say that it has said its last: a plain stream alone. */
static bool has_end(const struct hl_conv *c)
{
    return !c->encrypted && hl_session_connects(c);
}

/* Half-closes every stream; returns how many have not ended. */
static size_t finish_streams(struct line *l)
{
    struct hl_talk *t = l->loop.session.talk;
    size_t open = 0;

    for (struct hl_conv *c = hl_talk_first(t); c; c = hl_talk_next(t, c)) {
        if (!has_end(c) || c->state == HL_CONV_CLOSED || c->state == HL_CONV_FAILED)
            continue;
        if (!c->finish_sent)
            hl_talk_finish(t, c);
        open++;
    }
    return open;
}

static bool spoke_without_end(struct line *l)
{
    struct hl_talk *t = l->loop.session.talk;

    for (struct hl_conv *c = hl_talk_first(t); c; c = hl_talk_next(t, c)) {
        if (!has_end(c))
            return true;
    }
    return false;
}

/* Encrypted: whether all that waits is for peers that cannot be reached now. */
static bool nobody_comes(struct line *l)
{
    struct hl_talk *t = l->loop.session.talk;

    for (struct hl_conv *c = hl_talk_first(t); c; c = hl_talk_next(t, c)) {
        if (c->pending && c->state != HL_CONV_FAILED && !(c->marks & HL_CTL_C_CHANGED))
            return false;
    }
    return hl_talk_unsaved(t) == 0;
}

/* It is on our disk, and another start of the program takes it there. */
static int stays_queued(struct line *l)
{
    struct hl_conv *c = l->commands.current;
    int err = l->err ? l->err : c && c->state == HL_CONV_FAILED && c->err ? c->err : HL_ERR_TIMEOUT;
    size_t queued = hl_talk_queued(l->loop.session.talk);
    char why[HL_WHY_MAX];

    snprintf(why, sizeof why,
             ngettext("%.200s: %s: %zu stay queued, go out when the peer is back",
                      "%.200s: %s: %zu stay queued, go out when the peer is back", queued),
             c ? c->name : _("the peer"), _(hl_err_word(err)), queued);
    return hl_loop_error(&l->loop, why, err);
}

/* What is queued goes out, then the streams are half-closed and heard to their end, then the
 * others have their time to answer. */
static int wind_up(struct line *l)
{
    const struct hl_options *o = l->loop.program->options;
    hl_time deadline = o->timeout == HL_UNSET ? HL_NEVER : hl_clock_now() + o->timeout;
    hl_time away = hl_clock_now() + (o->timeout == HL_UNSET ? AWAY_TIME : o->timeout);
    hl_time linger = o->linger == HL_UNSET ? LINE_LINGER : o->linger;
    int status = 0;

    while (status == 0 && (hl_talk_queued(l->loop.session.talk) || finish_streams(l))) {
        if (hl_clock_now() >= deadline)
            return hl_loop_error(&l->loop, _("waiting for the peer"), HL_ERR_TIMEOUT);
        if (!o->plain && (hl_clock_now() >= away || nobody_comes(l)))
            return stays_queued(l);
        status = hl_loop_wait(&l->loop, NULL, 0, o->plain ? deadline : away);
    }
    if (status || !spoke_without_end(l))
        return status;
    l->heard = hl_clock_now();
    while (status == 0 && hl_clock_now() < l->heard + linger && hl_clock_now() < deadline)
        status = hl_loop_wait(&l->loop, NULL, 0, l->heard + linger);
    return status;
}

/* ---- the run ---- */

static int converse(struct line *l)
{
    int status = 0;

    while (status == 0 && !l->quit) {
        take_lines(l);
        if (l->quit || (hl_input_done(&l->input) && !l->held))
            break;
        /* In a script nobody can name another peer. */
        if (!l->interactive && l->peer && !l->peer->encrypted && !l->opened &&
            l->peer->state == HL_CONV_FAILED)
            return hl_exit_status(l->err);
        status = turn(l, !l->held && !l->input.ended, HL_NEVER);
    }
    if (status == 0 && !l->quit)
        status = wind_up(l);
    else if (status == 0)
        status = hl_loop_drain(&l->loop, HL_FLUSH_END);
    return status == 0 && !l->interactive ? hl_exit_status(l->err) : status;
}

static int open_peer(struct line *l, const struct hl_options *o)
{
    char why[HL_WHY_MAX];
    char typed[HL_HOST_MAX + 128];
    bool asks = o->arg_count == 0 && l->interactive;
    int status;
    int err;

    if (o->arg_count == 0 && !l->interactive && o->listen_count == 0) {
        hl_report("chat", "PEER is missing, and nobody is there to be asked");
        return HL_EXIT_USAGE;
    }
    status =
        asks && o->listen_count == 0 ? ask_local_port(l) : hl_loop_listen(&l->loop, HL_LISTEN_CHAT);
    if (status == 0 && asks)
        status = ask_peer(l, typed, sizeof typed);
    if (status || (!asks && o->arg_count == 0))
        return status;
    err = hl_session_open(&l->loop.session, asks ? typed : o->args[0], &l->peer, why);
    if (err)
        return hl_loop_error(&l->loop, why, err);
    l->commands.current = l->peer;
    return 0;
}

int hl_line_run(struct hl_program *p)
{
    static const struct hl_talk_ops talk_ops = {
        .changed = changed,
        .gone = gone,
        .incoming = incoming,
        .delivery = delivery,
        .dropped = dropped,
        .host = host,
        .found = found,
        .bound = bound,
        .told = told,
    };
    static const struct hl_command_ops command_ops = {
        .say = say,
        .select = select_conv,
        .quit = quit,
        .submit = submit,
        .history = history,
    };
    struct line l = {.interactive = isatty(STDIN_FILENO)};
    int status = hl_loop_start(&l.loop, p, &talk_ops, &l);

    hl_input_init(&l.input, STDIN_FILENO);
    l.commands = (struct hl_commands){
        .ops = &command_ops, .user = &l, .session = &l.loop.session, .conf = p->conf};
    l.loop.printer.states = true;
    l.loop.printer.person = l.interactive && isatty(STDOUT_FILENO);
    if (status == 0)
        status = open_peer(&l, p->options);
    if (status == 0)
        status = converse(&l);
    status = hl_loop_stop(&l.loop, status);
    hl_input_fini(&l.input);
    free(l.held);
    return status;
}
