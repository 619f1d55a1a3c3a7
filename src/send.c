/* SPDX-License-Identifier: MIT */
/* hullo send: the words given, or every line of standard input, to one peer. */
#include "loop.h"

#include "clock.h"
#include "input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEND_TIMEOUT  HL_SECS(10) /* without progress */
#define REFUSAL_TIME  HL_MS(100)  /* after the last datagram, for ICMP to come back */
#define STREAM_LINGER HL_SECS(1)  /* after our end of a stream, for the peer's */
#define PROGRESS_GAP  HL_MS(250)

struct send {
    struct hl_loop loop;
    struct hl_input input;
    struct hl_conv *conv;
    char *words; /* TEXT... as one message, NULL = standard input */
    const char *line;
    size_t len;
    bool pending;                   /* line is not taken yet: the talk was busy */
    bool done;                      /* no more lines */
    bool over;                      /* the peer ended the stream */
    int err;                        /* the first failure */
    uint64_t taken, sent, received; /* messages: by the talk, and how far they came */
    hl_time progress;               /* when something last went on */
    hl_time shown;
};

/* ---- what the talk tells ---- */

static void changed(void *user, struct hl_conv *c)
{
    struct send *s = user;
    struct hl_notice n = {.kind = hl_events_state(c), .conv = c, .err = c->err};

    s->progress = hl_clock_now();
    if (n.kind == HL_NOTICE_COUNT || c != s->conv)
        return;
    if (c->state == HL_CONV_CLOSED)
        s->over = true;
    if (s->err == 0 && (c->state == HL_CONV_FAILED || c->state == HL_CONV_CLOSED))
        s->err = c->err;
    /* A stream that comes and goes is no news here, one that breaks is. */
    if (s->loop.program->options->json || n.err)
        hl_print(&s->loop.printer, &n);
}

static void delivery(void *user, struct hl_conv *c, uint64_t msg, enum hl_msg_state state, int err)
{
    struct send *s = user;
    struct hl_notice n = {.kind = hl_events_message(state), .conv = c, .number = msg, .err = err};

    s->progress = hl_clock_now();
    if (state == HL_MSG_SENT)
        s->sent++;
    if (state == HL_MSG_RECEIVED)
        s->received++;
    /* One line for the first failure: the rest fails of the same. */
    if (s->loop.program->options->json || (n.kind == HL_NOTICE_FAILED && s->err == 0))
        hl_print(&s->loop.printer, &n);
    if (s->err == 0)
        s->err = err;
}

static void incoming(void *user, struct hl_conv *c, const struct hl_incoming *m)
{
    struct send *s = user;
    const struct hl_options *o = s->loop.program->options;

    s->progress = hl_clock_now();
    if (o->linger != HL_UNSET || o->json)
        hl_print(&s->loop.printer,
                 &(struct hl_notice){.kind = HL_NOTICE_MESSAGE, .conv = c, .message = m});
}

static void dropped(void *user, uint64_t count)
{
    struct send *s = user;

    hl_loop_dropped(&s->loop, count);
}

/* ---- sending ---- */

static bool next_line(struct send *s)
{
    if (s->words) {
        s->line = s->words;
        s->len = strlen(s->words);
        s->done = true;
        return true;
    }
    while (hl_input_line(&s->input, &s->line, &s->len)) {
        if (!hl_input_blank(s->line, s->len))
            return true;
    }
    s->done = hl_input_done(&s->input);
    return false;
}

/* Gives the talk as much as it takes. */
static void feed(struct send *s)
{
    uint64_t number;
    int err;

    while (s->err == 0 && (s->pending || (!s->done && next_line(s)))) {
        if (hl_talk_queued(s->loop.session.talk) == 0)
            s->progress = hl_clock_now();
        err = hl_talk_send(s->loop.session.talk, s->conv, s->line, s->len, &number);
        s->pending = err == HL_ERR_BUSY;
        if (s->pending)
            return;
        if (err == 0)
            s->taken++;
        if (err && s->err == 0) {
            s->err = err;
            hl_loop_error(&s->loop, s->conv->name, err);
        }
    }
}

/* Messages that have not come as far as --wait asks. */
static bool unfinished(const struct send *s)
{
    if (s->loop.program->options->wait == HL_WAIT_RECEIVED)
        return hl_talk_queued(s->loop.session.talk) > 0;
    return s->taken > (s->sent > s->received ? s->sent : s->received);
}

static void show_progress(struct send *s)
{
    hl_time now = hl_clock_now();

    if (s->words || now < s->shown + PROGRESS_GAP || !isatty(STDERR_FILENO) || isatty(STDIN_FILENO))
        return;
    if (s->shown)
        fprintf(stderr, "\r%llu sent, %llu received ", (unsigned long long)s->sent,
                (unsigned long long)s->received);
    s->shown = now;
}

/* One round: sends, sleeps, reads. Returns an exit status, or 0 to go on. */
static int turn(struct send *s, hl_time timeout)
{
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    bool reads;
    int status;
    int err;

    feed(s);
    show_progress(s);
    reads = !s->words && !s->pending && !s->done && s->err == 0;
    if (!unfinished(s) && !reads)
        return 0;
    status = hl_loop_wait(&s->loop, &in, reads ? 1 : 0,
                          unfinished(s) ? s->progress + timeout : HL_NEVER);
    if (status || !reads || !in.revents)
        return status;
    err = hl_input_fill(&s->input);
    return err ? hl_loop_error(&s->loop, "standard input: cannot be read", err) : 0;
}

static int send_all(struct send *s)
{
    const struct hl_options *o = s->loop.program->options;
    hl_time timeout = o->timeout == HL_UNSET ? SEND_TIMEOUT : o->timeout;
    int status = 0;

    while (status == 0 && (s->pending || !s->done || unfinished(s))) {
        if (s->err)
            return hl_exit_status(s->err);
        if (unfinished(s) && hl_clock_now() >= s->progress + timeout) {
            hl_loop_error(&s->loop, s->conv->name, HL_ERR_TIMEOUT);
            return HL_EXIT_TIMEOUT;
        }
        status = turn(s, timeout);
    }
    return status;
}

/* All has left. Datagrams: a refusal may be on its way back. Streams: closing while the peer still
 * sends would make the kernel reset the connection and lose what it has not read yet. */
static int linger(struct send *s)
{
    const struct hl_options *o = s->loop.program->options;
    bool stream = !s->conv->encrypted && hl_session_connects(s->conv);
    hl_time wait = s->conv->encrypted && o->linger == HL_UNSET ? 0
                   : o->linger != HL_UNSET                     ? o->linger
                   : stream                                    ? STREAM_LINGER
                                                               : REFUSAL_TIME;
    int status = 0;

    if (stream)
        hl_talk_finish(s->loop.session.talk, s->conv);
    if (o->wait == HL_WAIT_QUEUED && !stream)
        return 0;
    s->progress = hl_clock_now();
    while (status == 0 && s->err == 0 && !s->over && hl_clock_now() < s->progress + wait)
        status = hl_loop_wait(&s->loop, NULL, 0, s->progress + wait);
    return status;
}

static char *join(char **words, size_t count)
{
    size_t size = 1;
    char *out;
    char *end;

    for (size_t i = 0; i < count; i++)
        size += strlen(words[i]) + 1;
    out = malloc(size);
    end = out;
    for (size_t i = 0; out && i < count; i++)
        end = stpcpy(i ? stpcpy(end, " ") : end, words[i]);
    return out;
}

/* A stream needs no socket of ours; for datagrams the system chooses a port. */
static enum hl_listen_default local_socket(const struct hl_options *o)
{
    struct hl_endpoint to;

    if (hl_endpoint_parse(o->args[0], &to))
        return HL_LISTEN_NONE; /* the error is told where the peer is opened */
    if (to.transport != HL_UDP || (o->tcp && !to.transport_given))
        return HL_LISTEN_NONE;
    return HL_LISTEN_EPHEMERAL;
}

static int run(struct send *s, const struct hl_options *o)
{
    char why[HL_WHY_MAX];
    int status;
    int err;

    if (o->arg_count > 1) {
        s->words = join(o->args + 1, o->arg_count - 1);
        if (!s->words || hl_input_blank(s->words, strlen(s->words))) {
            hl_report("send", "the text is blank: there is nothing to send");
            return HL_EXIT_USAGE;
        }
    }
    status = o->listen_count ? hl_loop_listen(&s->loop, HL_LISTEN_NONE) : 0;
    if (status)
        return status;
    err = o->listen_count ? 0 : hl_session_listen_all(&s->loop.session, local_socket(o), why);
    if (err)
        return hl_loop_error(&s->loop, why, err);
    err = hl_session_open(&s->loop.session, o->args[0], &s->conv, why);
    if (err)
        return hl_loop_error(&s->loop, why, err);
    s->progress = hl_clock_now();
    status = send_all(s);
    if (status == 0)
        status = linger(s);
    if (s->shown)
        fprintf(stderr, "\r%*s\r", 32, "");
    return status ? status : hl_exit_status(s->err);
}

int hl_send_run(struct hl_program *p)
{
    static const struct hl_talk_ops ops = {
        .changed = changed,
        .delivery = delivery,
        .incoming = incoming,
        .dropped = dropped,
    };
    struct send s = {0};
    int status = hl_loop_start(&s.loop, p, &ops, &s);

    hl_input_init(&s.input, STDIN_FILENO);
    if (status == 0)
        status = run(&s, p->options);
    status = hl_loop_stop(&s.loop, status);
    hl_input_fini(&s.input);
    free(s.words);
    return status;
}
