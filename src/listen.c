/* SPDX-License-Identifier: MIT */
/* hullo listen: prints what comes in and perhaps answers it. */
#include "loop.h"

#include "addr.h"
#include "clock.h"
#include "exec.h"

#include <stdio.h>
#include <string.h>

struct listen {
    struct hl_loop loop;
    struct hl_exec *exec;
    uint64_t count; /* messages printed */
    bool full;      /* --count is reached: nothing more is taken */

    uint32_t from_contact; /* --from: a contact, or 0: the addresses below */
    struct hl_endpoint from;
    struct hl_addr from_addrs[HL_CANDIDATES_MAX];
    size_t from_count;
    bool from_known;
    int from_err;
};

static const struct hl_options *options(const struct listen *l)
{
    return l->loop.program->options;
}

/* ---- --from ---- */

static void found(void *user, const struct hl_found *f)
{
    struct listen *l = user;

    if (f->kind == HL_FOUND_END) {
        l->from_known = true;
        l->from_err = f->err;
    } else if (f->kind == HL_FOUND_ADDRESS && l->from_count < HL_CANDIDATES_MAX) {
        l->from_addrs[l->from_count++] = *f->addr;
    }
}

static void each_contact(void *user, const struct hl_ctl *answer)
{
    struct listen *l = user;

    if (answer->kind == HL_CTL_CONTACT)
        l->from_contact = (uint32_t)answer->contact;
}

/* Encrypted: whether --from names somebody we know. */
static bool is_contact(struct listen *l, const char *typed)
{
    struct hl_client *client = hl_talk_client(l->loop.session.talk);
    struct hl_ctl r = {.kind = HL_CTL_CONTACT_FIND, .text = hl_ctl_bytes(typed)};

    return client &&
           hl_client_ask(client, &r, l->loop.program->signal_fd, HL_DIAL_TIMEOUT, each_contact,
                         l) == 0 &&
           l->from_contact;
}

/* Knows who --from is before anything is heard. Returns 0 or a status. */
static int know_from(struct listen *l)
{
    const char *typed = options(l)->from;
    hl_time deadline = hl_clock_now() + HL_DIAL_TIMEOUT;
    struct hl_net *net;
    int status = 0;
    int err;

    if (!typed || is_contact(l, typed))
        return 0;
    err = hl_endpoint_parse(typed, &l->from);
    net = err ? NULL : hl_talk_net(l->loop.session.talk);
    if (err == 0)
        err = net ? hl_net_resolve(net, &l->from, HL_DIAL_TIMEOUT, 1) : HL_ERR_STOPPED;
    while (err == 0 && status == 0 && !l->from_known) {
        if (hl_clock_now() >= deadline)
            err = HL_ERR_TIMEOUT;
        else
            status = hl_loop_wait(&l->loop, NULL, 0, deadline);
    }
    if (err == 0 && status == 0 && l->from_count == 0)
        err = l->from_err ? l->from_err : HL_ERR_NOT_FOUND;
    if (err) {
        hl_reportf("--from", "%s: %s", typed, hl_err_text(err));
        return hl_exit_status(err);
    }
    return status;
}

static bool heeded(const struct listen *l, const struct hl_conv *c)
{
    if (l->from_contact)
        return c->id == l->from_contact;
    for (size_t i = 0; i < l->from_count; i++) {
        struct hl_addr a = l->from_addrs[i];

        if (!l->from.port_given && a.family != HL_AF_UNIX)
            a.port = c->path.remote.port;
        if (hl_addr_equal(&a, &c->path.remote))
            return true;
    }
    return !options(l)->from;
}

/* ---- answers ---- */

static void answer(struct listen *l, struct hl_conv *c, const char *text, size_t len)
{
    struct hl_notice n = {.kind = HL_NOTICE_ERROR, .conv = c, .why = "the answer is lost"};
    uint64_t number;

    if (len == 0)
        return; /* a datagram without text would end netcat */
    n.err = hl_talk_send(l->loop.session.talk, c, text, len, &number);
    if (n.err)
        hl_print(&l->loop.printer, &n);
}

/* Hullo's own end of a stream whose peer has ended its own: when nothing is left to be said. */
static void end_if_done(struct listen *l, struct hl_conv *c)
{
    if (c->state == HL_CONV_FINISHED && !c->finish_sent &&
        (!l->exec || hl_exec_busy(l->exec, c->id) == 0))
        hl_talk_finish(l->loop.session.talk, c);
}

static struct hl_conv *conv_by_id(struct listen *l, uint32_t id)
{
    return hl_talk_by_id(l->loop.session.talk, id);
}

static void exec_answer(void *user, uint32_t conv, const char *text, size_t len)
{
    struct listen *l = user;
    struct hl_conv *c = conv_by_id(l, conv);

    if (!c)
        return; /* the peer left before the answer came */
    answer(l, c, text, len);
    end_if_done(l, c);
}

static void exec_failed(void *user, uint32_t conv, const char *why)
{
    struct listen *l = user;
    struct hl_conv *c = conv_by_id(l, conv);

    hl_print(&l->loop.printer,
             &(struct hl_notice){
                 .kind = HL_NOTICE_ERROR, .conv = c, .what = options(l)->args[0], .why = why});
    if (c)
        end_if_done(l, c);
}

static void exec_start(struct listen *l, struct hl_conv *c, const struct hl_incoming *m)
{
    char id[HL_EVENTS_ID];
    const struct hl_exec_job job = {
        .conv = c->id,
        .text = m->text,
        .len = m->len,
        .from = c->address,
        .local = c->local,
        .transport = hl_session_transport(c->path.transport),
        .name = options(l)->name,
        .peer = c->name,
        .id = m->entry ? hl_events_id(m->entry->id, id) : NULL,
    };
    int err = hl_exec_run(l->exec, &job);

    if (err)
        exec_failed(l, c->id, hl_err_text(err));
}

/* ---- what the talk tells ---- */

static void changed(void *user, struct hl_conv *c)
{
    struct listen *l = user;
    const char *greeting = options(l)->greet;
    struct hl_notice n = {.kind = hl_events_state(c), .conv = c, .err = c->err};

    hl_loop_marks(&l->loop, c);
    /* Who comes and goes is for the log and for programs; people see what was said, and what
     * broke. */
    if (n.kind != HL_NOTICE_COUNT && (options(l)->json || (n.err && !c->encrypted)))
        hl_print(&l->loop.printer, &n);
    if (options(l)->json)
        hl_loop_away(&l->loop, c);
    if (n.kind == HL_NOTICE_COUNT)
        return;
    if (n.kind == HL_NOTICE_OPENED && greeting && hl_session_connects(c))
        answer(l, c, greeting, strlen(greeting));
    end_if_done(l, c);
}

static void gone(void *user, struct hl_conv *c)
{
    struct listen *l = user;

    if (l->from_contact && l->from_contact == c->id)
        l->from_contact = c->became;
}

/* Messages are counted and answered. Edits and the like are only shown: an answer to an answer's
 * correction would be one too many. */
static bool is_message(const struct hl_incoming *m)
{
    return !m->entry || (m->entry->code == HL_ENTRY_TEXT && !(m->entry->flags & HL_CTL_E_CHANGED));
}

/* Returns whether it is to be counted and answered. What comes after --count is left for the next
 * who listens. */
static bool show(struct listen *l, struct hl_conv *c, const struct hl_incoming *m)
{
    struct hl_notice n = {.kind = HL_NOTICE_MESSAGE, .conv = c, .message = m};

    if (m->entry && (m->entry->flags & (HL_CTL_E_OURS | HL_CTL_E_BY_US)))
        return false;
    if (l->full || !heeded(l, c))
        return false;
    if (m->entry) {
        n = (struct hl_notice){.kind = HL_NOTICE_ENTRY,
                               .conv = c,
                               .record = m->entry,
                               .text = m->was,
                               .text_len = m->was_len};
        hl_talk_taken(l->loop.session.talk, c, m->entry, true);
    }
    hl_print(&l->loop.printer, &n);
    return is_message(m);
}

static void incoming(void *user, struct hl_conv *c, const struct hl_incoming *m)
{
    struct listen *l = user;
    const struct hl_options *o = options(l);

    if (!show(l, c, m))
        return;
    if (!(m->flags & HL_EVF_CONTINUES))
        l->count++;
    l->full = o->count && l->count >= o->count && !(m->flags & HL_EVF_PARTIAL);
    if (m->len == 0)
        return;
    if (o->reply)
        answer(l, c, o->reply, strlen(o->reply));
    else if (o->echo)
        answer(l, c, m->text, m->len);
    else if (l->exec)
        exec_start(l, c, m);
}

static void delivery(void *user, struct hl_conv *c, const struct hl_fate *f)
{
    struct listen *l = user;
    const struct hl_notice n = {
        .kind = hl_events_message(f->state), .conv = c, .fate = f, .err = f->err};

    if (n.kind != HL_NOTICE_COUNT)
        hl_print(&l->loop.printer, &n);
}

static void bound(void *user, const struct hl_bound *b)
{
    struct listen *l = user;

    hl_loop_bound(&l->loop, b);
}

static void told(void *user, struct hl_conv *c, const struct hl_ctl *r)
{
    struct listen *l = user;

    (void)hl_loop_told(&l->loop, c, r);
}

static void dropped(void *user, uint64_t count)
{
    struct listen *l = user;

    hl_loop_dropped(&l->loop, count);
}

/* ---- the run ---- */

static bool busy(const struct listen *l)
{
    return l->exec && hl_exec_busy(l->exec, 0) > 0;
}

static hl_time earlier(hl_time a, hl_time b)
{
    return a < b ? a : b;
}

static int serve(struct listen *l)
{
    const struct hl_options *o = options(l);
    hl_time end = o->timeout == HL_UNSET ? HL_NEVER : hl_clock_now() + o->timeout;
    struct pollfd fds[HL_EXEC_FDS];
    int status = 0;

    while (status == 0 && (!l->full || busy(l))) {
        nfds_t count = l->exec ? hl_exec_poll(l->exec, fds) : 0;
        hl_time next = l->exec ? hl_exec_deadline(l->exec) : HL_NEVER;

        if (hl_clock_now() >= end)
            return o->count && !l->full ? HL_EXIT_TIMEOUT : HL_EXIT_DONE;
        status = hl_loop_wait(&l->loop, fds, count, earlier(end, next));
        if (l->exec)
            hl_exec_handle(l->exec);
    }
    return status ? status : hl_loop_drain(&l->loop, HL_FLUSH_END);
}

static int run(struct listen *l)
{
    static const struct hl_exec_ops ops = {.answer = exec_answer, .failed = exec_failed};
    const struct hl_options *o = options(l);
    int status = know_from(l);

    if (status == 0 && o->exec && hl_exec_new(o->args, &ops, l, &l->exec))
        status = hl_loop_error(&l->loop, "--exec: out of memory", HL_ERR_STOPPED);
    if (status == 0)
        status = hl_loop_listen(&l->loop, HL_LISTEN_CHAT);
    return status ? status : serve(l);
}

int hl_listen_run(struct hl_program *p)
{
    static const struct hl_talk_ops ops = {
        .changed = changed,
        .gone = gone,
        .incoming = incoming,
        .delivery = delivery,
        .dropped = dropped,
        .found = found,
        .bound = bound,
        .told = told,
    };
    struct listen l = {0};
    int status = hl_loop_start(&l.loop, p, &ops, &l);

    if (status == 0)
        status = run(&l);
    status = hl_loop_stop(&l.loop, status);
    hl_exec_free(l.exec);
    return status;
}
