/* SPDX-License-Identifier: MIT */
#include "loop.h"

#include "clock.h"
#include "i18n.h"
#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    AT_TALK,
    AT_SIGNAL,
    AT_OUTPUT,
    AT_EXTRA,
};

int hl_loop_error(struct hl_loop *l, const char *why, int err)
{
    char what[HL_WHY_MAX];
    char *colon;
    struct hl_notice n = {.kind = HL_NOTICE_ERROR, .err = err, .what = what};

    snprintf(what, sizeof what, "%s", why);
    colon = strstr(what, ": ");
    if (colon) {
        *colon = '\0';
        n.why = colon + 2;
    }
    hl_print(&l->printer, &n);
    return hl_exit_status(err);
}

int hl_loop_start(struct hl_loop *l, struct hl_program *p, const struct hl_talk_ops *ops,
                  void *user)
{
    char why[HL_WHY_MAX];
    int err;

    *l = (struct hl_loop){.program = p};
    hl_printer_init(&l->printer, p);
    err = hl_session_start(&l->session, p->options, ops, user, why);
    if (err == -EINTR) /* while the passphrase was asked for */
        return HL_EXIT_SIGNAL + hl_signals_take(p->signal_fd);
    if (err)
        return hl_loop_error(l, why, err);
    /* What was marked before is no news, but for another key. */
    for (struct hl_conv *c = hl_talk_first(l->session.talk); c;
         c = hl_talk_next(l->session.talk, c)) {
        if (!(c->marks & HL_CTL_C_CHANGED))
            (void)hl_events_marks(c);
    }
    return 0;
}

bool hl_loop_told(struct hl_loop *l, struct hl_conv *c, const struct hl_ctl *r)
{
    const struct hl_notice n = {
        .kind = hl_events_record(r->kind), .conv = c, .record = r, .err = r->err};
    char text[HL_WHY_MAX];

    if (r->request)
        return false;
    if (n.kind != HL_NOTICE_COUNT) {
        hl_print(&l->printer, &n);
    } else if (r->kind == HL_CTL_NOTICE) {
        hl_ctl_text(&r->text, text, sizeof text);
        hl_report(c ? c->name : *text ? _(text) : text, c && *text ? _(text) : NULL);
    } else {
        return false;
    }
    return true;
}

void hl_loop_bound(struct hl_loop *l, const struct hl_bound *b)
{
    hl_print(&l->printer, &(struct hl_notice){.kind = HL_NOTICE_LISTENING, .bound = b});
}

void hl_loop_marks(struct hl_loop *l, struct hl_conv *c)
{
    const struct hl_notice n = {.kind = hl_events_marks(c), .conv = c};

    if (n.kind != HL_NOTICE_COUNT)
        hl_print(&l->printer, &n);
}

void hl_loop_away(struct hl_loop *l, struct hl_conv *c)
{
    const struct hl_notice n = {.kind = hl_events_away(c), .conv = c};

    if (n.kind != HL_NOTICE_COUNT)
        hl_print(&l->printer, &n);
}

int hl_loop_listen(struct hl_loop *l, enum hl_listen_default fallback)
{
    char why[HL_WHY_MAX];
    int err = hl_session_listen_all(&l->session, fallback, why);

    return err ? hl_loop_error(l, why, err) : hl_loop_tell(l);
}

int hl_loop_tell(struct hl_loop *l)
{
    struct hl_notice n = {.kind = HL_NOTICE_LISTENING};

    for (size_t i = 0; i < l->session.bound_count; i++) {
        n.bound = &l->session.bound[i];
        hl_print(&l->printer, &n);
    }
    return 0;
}

/* The status when standard output takes no more. A reader who left is told by SIGPIPE where it
 * is not ignored; the status is the same here. */
static int output_status(int err)
{
    if (hl_signals_hung_up(STDOUT_FILENO))
        return HL_EXIT_SIGNAL + SIGHUP;
    if (err == EPIPE)
        return HL_EXIT_SIGNAL + SIGPIPE;
    hl_report("standard output", strerror(err));
    return HL_EXIT_FAILED;
}

int hl_loop_wait(struct hl_loop *l, struct pollfd *extra, nfds_t count, hl_time deadline)
{
    struct pollfd fds[AT_EXTRA + HL_LOOP_EXTRA_MAX] = {
        [AT_TALK] = {.fd = hl_talk_fd(l->session.talk), .events = POLLIN},
        [AT_SIGNAL] = {.fd = l->program->signal_fd, .events = POLLIN},
        [AT_OUTPUT] = {.fd = STDOUT_FILENO}, /* POLLERR: the last reader of a pipe is gone */
    };
    struct timespec left;
    int number;
    int err = hl_print_flush(&l->printer);

    if (err)
        return output_status(err);
    hl_talk_settle(l->session.talk);
    if (count)
        memcpy(fds + AT_EXTRA, extra, count * sizeof *extra);
    if (ppoll(fds, AT_EXTRA + count, hl_clock_left(deadline, &left), NULL) < 0)
        return 0; /* EINTR: SIGCONT and the like */
    if (count)
        memcpy(extra, fds + AT_EXTRA, count * sizeof *extra);
    number = fds[AT_SIGNAL].revents ? hl_signals_take(l->program->signal_fd) : 0;
    if (number)
        return HL_EXIT_SIGNAL + number;
    if (fds[AT_TALK].revents)
        hl_talk_pump(l->session.talk);
    return fds[AT_OUTPUT].revents & POLLERR ? output_status(EPIPE) : 0;
}

int hl_loop_drain(struct hl_loop *l, hl_time limit)
{
    hl_time deadline = hl_clock_now() + limit;
    int status = 0;

    while (status == 0 && hl_talk_queued(l->session.talk) && hl_clock_now() < deadline)
        status = hl_loop_wait(l, NULL, 0, deadline);
    return status;
}

void hl_loop_dropped(struct hl_loop *l, uint64_t count)
{
    l->dropped += count;
    hl_print(&l->printer, &(struct hl_notice){.kind = HL_NOTICE_DROPPED, .count = count});
}

int hl_loop_stop(struct hl_loop *l, int status)
{
    int err = hl_print_flush(&l->printer);

    if (err == 0 && l->session.talk)
        hl_talk_settle(l->session.talk);
    hl_session_stop(&l->session, status > HL_EXIT_SIGNAL ? HL_FLUSH_SIGNAL : HL_FLUSH_END);
    if (l->dropped) {
        fprintf(stderr,
                ngettext("hullo: %llu datagram lost on this host: they came faster than they were "
                         "read\n",
                         "hullo: %llu datagrams lost on this host: they came faster than they were "
                         "read\n",
                         l->dropped),
                (unsigned long long)l->dropped);
    }
    err = hl_print_flush(&l->printer);
    return err && status == 0 ? output_status(err) : status;
}
