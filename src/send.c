/* SPDX-License-Identifier: MIT */
/* hullo send: the words given, or every line of standard input, to one peer. */
#include "loop.h"

#include "clock.h"
#include "input.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEND_TIMEOUT  HL_SECS(10) /* without progress */
#define REFUSAL_TIME  HL_MS(100)  /* plain: after the last datagram, for ICMP to come back */
#define STREAM_LINGER HL_SECS(1)  /* plain: after our end of a stream, for the peer's */
#define CANCEL_TIME   HL_SECS(2)  /* without a word of the messenger on what it took back */
#define PROGRESS_GAP  HL_MS(250)

enum {
    STATES = HL_STATE_LAPSED + 1, /* 0: handed over, and nothing was heard of it */
};

struct send {
    struct hl_loop loop;
    struct hl_input input;
    struct hl_conv *conv;
    char *words; /* TEXT... as one message, NULL = standard input */
    const char *line;
    size_t len;
    bool pending;    /* line is not taken yet: the talk was busy */
    bool done;       /* no more lines */
    bool over;       /* plain: the peer ended the stream */
    bool cut;        /* the next line is the rest of one that was too long */
    bool made;       /* the contact was made for this */
    int err;         /* the first failure that ends it */
    int refused;     /* the first message that can never be sent */
    int stalled;     /* the disk takes nothing */
    uint64_t taken;  /* messages that were handed over */
    uint8_t *states; /* of each, by number */
    size_t states_cap;
    uint64_t count[STATES];
    uint64_t read_to; /* all up to this number that were delivered are read */
    hl_time progress; /* when something last went on */
    hl_time shown;
};

static const struct hl_options *options(const struct send *s)
{
    return s->loop.program->options;
}

/* ---- how far messages are ---- */

/* Makes room for the state of the next message before it is handed over. */
static bool room(struct send *s)
{
    size_t cap = s->states_cap ? 2 * s->states_cap : 1024;
    uint8_t *grown;

    if (s->taken + 1 < s->states_cap)
        return true;
    grown = realloc(s->states, cap);
    if (!grown)
        return false;
    memset(grown + s->states_cap, 0, cap - s->states_cap);
    s->states = grown;
    s->states_cap = cap;
    return true;
}

static void set_state(struct send *s, uint64_t msg, enum hl_entry_state state)
{
    s->count[s->states[msg]]--;
    s->states[msg] = (uint8_t)state;
    s->count[state]++;
}

static void note_state(struct send *s, const struct hl_fate *f)
{
    if (f->msg == 0 || f->msg >= s->states_cap || f->state > HL_STATE_LAPSED)
        return;
    set_state(s, f->msg, f->state);
    for (; f->state == HL_STATE_READ && s->read_to < f->msg; s->read_to++) {
        if (s->states[s->read_to + 1] == HL_STATE_DELIVERED)
            set_state(s, s->read_to + 1, HL_STATE_READ);
    }
}

static uint64_t undelivered(const struct send *s)
{
    return s->count[0] + s->count[HL_STATE_QUEUED] + s->count[HL_STATE_SENT];
}

/* Messages that have not come as far as --wait asks. */
static uint64_t unfinished(const struct send *s)
{
    const uint64_t *count = s->count;

    switch (options(s)->wait) {
    case HL_WAIT_QUEUED:
        return count[0];
    case HL_WAIT_SENT:
        return count[0] + count[HL_STATE_QUEUED];
    case HL_WAIT_DELIVERED:
        return undelivered(s);
    case HL_WAIT_READ:
        break;
    }
    return undelivered(s) + count[HL_STATE_DELIVERED];
}

/* ---- what the talk tells ---- */

static void changed(void *user, struct hl_conv *c)
{
    struct send *s = user;
    struct hl_notice n = {.conv = c, .err = c->err};

    if (c != s->conv)
        return;
    n.kind = hl_events_state(c);
    hl_loop_marks(&s->loop, c);
    if (c->marks & HL_CTL_C_CHANGED && s->err == 0)
        s->err = HL_ERR_KEY_CHANGED;
    if (c->marks & HL_CTL_C_BLOCKED && s->err == 0)
        s->err = HL_ERR_BLOCKED;
    if (n.kind == HL_NOTICE_COUNT)
        return;
    s->progress = hl_clock_now();
    if (!c->encrypted && c->state == HL_CONV_CLOSED)
        s->over = true;
    if (!c->encrypted && s->err == 0 && (c->state == HL_CONV_FAILED || c->state == HL_CONV_CLOSED))
        s->err = c->err;
    /* A stream that comes and goes is no news here, one that breaks is. An encrypted peer that is
     * not there is told of at the end, with what becomes of the messages. */
    if (options(s)->json || (n.err && !c->encrypted))
        hl_print(&s->loop.printer, &n);
}

static void gone(void *user, struct hl_conv *c)
{
    struct send *s = user;

    if (c != s->conv)
        return;
    s->conv = c->became ? hl_talk_by_id(s->loop.session.talk, c->became) : NULL;
    if (!s->conv && s->err == 0)
        s->err = HL_ERR_NO_PEER;
}

static void delivery(void *user, struct hl_conv *c, const struct hl_fate *f)
{
    struct send *s = user;
    struct hl_notice n = {.kind = hl_events_message(f->state), .conv = c, .fate = f, .err = f->err};
    bool failed = f->state == HL_STATE_FAILED || f->state == HL_STATE_EXPIRED;

    if (f->msg == 0)
        return;
    s->progress = hl_clock_now();
    note_state(s, f);
    /* One line for the first failure: the rest fails of the same. */
    if (options(s)->json || (failed && s->err == 0 && s->refused == 0))
        hl_print(&s->loop.printer, &n);
    if (!failed)
        return;
    if (f->state == HL_STATE_EXPIRED && s->refused == 0 && !options(s)->json)
        hl_report(c->name, hl_err_text(HL_ERR_EXPIRED));
    if (c->encrypted && s->refused == 0)
        s->refused = f->err ? f->err : HL_ERR_EXPIRED;
    else if (!c->encrypted && s->err == 0)
        s->err = f->err;
}

static void incoming(void *user, struct hl_conv *c, const struct hl_incoming *m)
{
    struct send *s = user;
    const struct hl_options *o = options(s);

    s->progress = hl_clock_now();
    if (m->entry && m->entry->flags & HL_CTL_E_OURS)
        return;
    if (m->entry && c != s->conv) {
        hl_talk_left(s->loop.session.talk);
        return;
    }
    if (o->linger == HL_UNSET && !o->json)
        return;
    hl_print(&s->loop.printer,
             &(struct hl_notice){.kind = m->entry ? HL_NOTICE_ENTRY : HL_NOTICE_MESSAGE,
                                 .conv = c,
                                 .message = m->entry ? NULL : m,
                                 .record = m->entry});
    if (m->entry)
        hl_talk_taken(s->loop.session.talk, c, m->entry, true);
}

static void told(void *user, struct hl_conv *c, const struct hl_ctl *r)
{
    struct send *s = user;

    if (r->kind == HL_CTL_STALLED)
        s->stalled = r->err;
    (void)hl_loop_told(&s->loop, c, r);
}

static void dropped(void *user, uint64_t count)
{
    struct send *s = user;

    hl_loop_dropped(&s->loop, count);
}

/* ---- sending ---- */

static bool next_line(struct send *s)
{
    bool rest;

    if (s->words) {
        s->line = s->words;
        s->len = strlen(s->words);
        s->done = true;
        return true;
    }
    while (hl_input_line(&s->input, &s->line, &s->len)) {
        rest = s->cut; /* of a line that is refused as a whole */
        s->cut = s->input.cut && s->conv->encrypted;
        if (!rest && !hl_input_blank(s->line, s->len))
            return true;
    }
    s->done = hl_input_done(&s->input);
    return false;
}

static int hand_over(struct send *s)
{
    const struct hl_options *o = options(s);
    const struct hl_saying saying = {.kind = HL_ENTRY_TEXT,
                                     .target = o->reply_to_given ? o->reply_to : NULL,
                                     .text = s->line,
                                     .len = s->len,
                                     .expire = o->expire};
    uint64_t number;

    if (!room(s))
        return -ENOMEM;
    s->count[0]++; /* plain text may be reported before the call returns */
    s->taken++;
    int err = hl_talk_say(s->loop.session.talk, s->conv, &saying, &number);
    if (err) {
        s->count[0]--;
        s->taken--;
    }
    return err;
}

/* Gives the talk as much as it takes. */
static void feed(struct send *s)
{
    int err;

    while (s->err == 0 && (s->pending || (!s->done && next_line(s)))) {
        if (!unfinished(s))
            s->progress = hl_clock_now();
        err = hand_over(s);
        s->pending = err == HL_ERR_BUSY;
        if (s->pending || err == 0) {
            if (s->pending)
                return;
            continue;
        }
        hl_loop_error(&s->loop, s->conv->name, err);
        /* A line that nobody could send does not keep the others from it. */
        if (err == HL_ERR_TOO_LONG && s->conv->encrypted)
            s->refused = s->refused ? s->refused : err;
        else
            s->err = err;
    }
}

static void show_progress(struct send *s)
{
    const uint64_t *count = s->count;
    uint64_t delivered = count[HL_STATE_DELIVERED] + count[HL_STATE_READ];
    hl_time now = hl_clock_now();

    if (s->words || now < s->shown + PROGRESS_GAP || !isatty(STDERR_FILENO) || isatty(STDIN_FILENO))
        return;
    if (s->shown && s->conv->encrypted)
        fprintf(stderr, "\r%" PRIu64 " queued, %" PRIu64 " delivered ",
                count[HL_STATE_QUEUED] + count[HL_STATE_SENT] + delivered, delivered);
    else if (s->shown)
        fprintf(stderr, "\r%" PRIu64 " sent ", count[HL_STATE_SENT]);
    s->shown = now;
}

/* Whether it is time to wait for the peer: an encrypted one is not missed as long as there are
 * lines to be queued for it, which a disk that takes nothing holds up. */
static bool waits(const struct send *s)
{
    return unfinished(s) && (!s->conv->encrypted || s->stalled || (s->done && !s->pending));
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
    if (!unfinished(s) && !reads && !s->pending)
        return 0;
    status =
        hl_loop_wait(&s->loop, &in, reads ? 1 : 0, waits(s) ? s->progress + timeout : HL_NEVER);
    if (status || !reads || !in.revents)
        return status;
    err = hl_input_fill(&s->input);
    s->progress = hl_clock_now();
    return err ? hl_loop_error(&s->loop, "standard input: cannot be read", err) : 0;
}

/* Why there is nothing to wait for any more, 0 if there is. */
static int hopeless(const struct send *s, hl_time timeout)
{
    if (s->err || !waits(s))
        return s->err;
    if (s->conv->encrypted && s->conv->state == HL_CONV_FAILED && s->count[0] == 0)
        return s->conv->err ? s->conv->err : HL_ERR_NO_ANSWER;
    if (hl_clock_now() < s->progress + timeout)
        return 0;
    return s->count[0] && s->stalled ? s->stalled : HL_ERR_TIMEOUT;
}

/* ---- what is left behind ---- */

/* Takes back what is not delivered, and waits for what that came to. */
static int take_back(struct send *s)
{
    struct hl_talk *t = s->loop.session.talk;
    int status = 0;

    s->progress = hl_clock_now();
    while (status == 0 && s->conv && hl_clock_now() < s->progress + CANCEL_TIME &&
           (!hl_talk_cancel_all(t, s->conv) || undelivered(s)))
        status = hl_loop_wait(&s->loop, NULL, 0, s->progress + CANCEL_TIME);
    return status;
}

/* Says why we end here, and what becomes of the messages. */
static void explain(struct send *s, int err)
{
    uint64_t asked = s->count[HL_STATE_CANCELLING] + s->count[HL_STATE_EXPIRING];
    uint64_t kept = s->count[HL_STATE_QUEUED] + s->count[HL_STATE_SENT];
    char fate[128] = "";

    if (s->count[0])
        snprintf(fate, sizeof fate, ": %" PRIu64 " not even queued", s->count[0]);
    else if (asked)
        snprintf(fate, sizeof fate, ": the peer may have it, and is asked to forget it");
    else if (kept == 1)
        snprintf(fate, sizeof fate, ": stays queued, goes out when the peer is back");
    else if (kept)
        snprintf(fate, sizeof fate, ": %" PRIu64 " stay queued, go out when the peer is back",
                 kept);
    else if (s->count[HL_STATE_CANCELLED])
        snprintf(fate, sizeof fate, ": taken back, not delivered");
    else if (s->count[HL_STATE_DELIVERED])
        snprintf(fate, sizeof fate, ": delivered, not read yet");
    char why[HL_WHY_MAX];
    snprintf(why, sizeof why, "%.120s: %s%s", s->conv ? s->conv->name : options(s)->args[0],
             hl_err_word(err), fate);
    hl_loop_error(&s->loop, why, err);
    if (s->conv && !options(s)->json && hl_events_hint(s->conv, err))
        hl_report(s->conv->name, hl_events_hint(s->conv, err));
}

/* Encrypted, and it did not come as far as was asked for. A name that was never more than a typing
 * error leaves nothing behind. */
static int give_up(struct send *s, int err)
{
    struct hl_talk *t = s->loop.session.talk;
    bool nobody = s->conv && hl_err_class(err) == HL_CLASS_NAME && s->made &&
                  !(s->conv->marks & HL_CTL_C_HAS_KEY);
    int status = 0;

    if (s->conv && (options(s)->no_queue || nobody))
        status = take_back(s);
    if (status == 0 && !unfinished(s) && s->count[HL_STATE_CANCELLED] == 0 &&
        s->count[HL_STATE_CANCELLING] == 0 && s->err == 0)
        return 0; /* it was delivered after all */
    explain(s, err);
    if (nobody)
        (void)!hl_talk_ask(t,
                           &(struct hl_ctl){.kind = HL_CTL_CONTACT_FORGET, .contact = s->conv->id});
    return status ? status : hl_exit_status(err);
}

static int send_all(struct send *s)
{
    const struct hl_options *o = options(s);
    hl_time timeout = o->timeout == HL_UNSET ? SEND_TIMEOUT : o->timeout;
    int status = 0;
    int err;

    while (status == 0 && (s->pending || !s->done || unfinished(s))) {
        err = hopeless(s, timeout);
        if (err && s->conv && !s->conv->encrypted) {
            if (!s->err)
                hl_loop_error(&s->loop, s->conv->name, err);
            return hl_exit_status(err);
        }
        if (err)
            return give_up(s, err);
        status = turn(s, timeout);
    }
    return status;
}

/* All has left. Datagrams: a refusal may be on its way back. Streams: closing while the peer still
 * sends would make the kernel reset the connection and lose what it has not read yet. */
static int linger(struct send *s)
{
    const struct hl_options *o = options(s);
    bool stream = !s->conv->encrypted && hl_session_connects(s->conv);
    hl_time wait = s->conv->encrypted && o->linger == HL_UNSET ? 0
                   : o->linger != HL_UNSET                     ? o->linger
                   : stream                                    ? STREAM_LINGER
                                                               : REFUSAL_TIME;
    int status = 0;

    if (stream)
        hl_talk_finish(s->loop.session.talk, s->conv);
    if (o->wait == HL_WAIT_QUEUED && o->linger == HL_UNSET && !stream)
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

    if (!o->plain)
        return HL_LISTEN_EPHEMERAL; /* the messenger may need it for anybody */
    if (hl_endpoint_parse(o->args[0], &to))
        return HL_LISTEN_NONE; /* the error is told where the peer is opened */
    if (to.transport != HL_UDP || (o->tcp && !to.transport_given))
        return HL_LISTEN_NONE;
    return HL_LISTEN_EPHEMERAL;
}

/* Whether the peer is a contact already. */
static bool known(struct send *s)
{
    struct hl_client *client = hl_talk_client(s->loop.session.talk);
    const char *typed = options(s)->args[0];
    struct hl_ctl r = {.kind = HL_CTL_CONTACT_FIND, .text = hl_ctl_bytes(typed)};

    return client &&
           hl_client_ask(client, &r, s->loop.program->signal_fd, SEND_TIMEOUT, NULL, NULL) == 0;
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
    s->made = !known(s);
    err = hl_session_open(&s->loop.session, o->args[0], &s->conv, why);
    if (err)
        return hl_loop_error(&s->loop, why, err);
    changed(s, s->conv); /* it may be blocked, or have changed its key, since long */
    s->progress = hl_clock_now();
    status = send_all(s);
    if (status == 0 && s->conv)
        status = linger(s);
    if (s->shown)
        fprintf(stderr, "\r%*s\r", 32, "");
    if (status)
        return status;
    return hl_exit_status(s->err ? s->err : s->refused);
}

int hl_send_run(struct hl_program *p)
{
    static const struct hl_talk_ops ops = {
        .changed = changed,
        .gone = gone,
        .delivery = delivery,
        .incoming = incoming,
        .dropped = dropped,
        .told = told,
    };
    struct send s = {0};
    int status = hl_loop_start(&s.loop, p, &ops, &s);

    hl_input_init(&s.input, STDIN_FILENO);
    if (status == 0)
        status = run(&s, p->options);
    status = hl_loop_stop(&s.loop, status);
    hl_input_fini(&s.input);
    free(s.words);
    free(s.states);
    return status;
}
