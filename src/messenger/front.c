/* SPDX-License-Identifier: MIT */
/* Front ends: their connections. What waits for one is bounded; one that does not read has its
 * requests left unread, and falls behind in what it is told (feed.c), which costs nobody else
 * anything. */
#include "messenger_inside.h"

#include "clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    RECORDS = 1024, /* of one front end in a round: then others have their turn */
};

#define ACCEPT_PAUSE HL_MS(200) /* after there was no descriptor for one more */

/* ---- come and go ---- */

/* Who is not let in hears why, so that it does not come again at once. */
static void turn_away(int fd, int err)
{
    const struct hl_ctl c = {.kind = HL_CTL_ERROR,
                             .err = err,
                             .text = hl_ctl_bytes(err == -EUSERS ? "too many programs use this home"
                                                                 : hl_err_text(err))};
    char bytes[256];

    (void)!send(fd, bytes, hl_ctl_put(bytes, sizeof bytes, &c), MSG_NOSIGNAL | MSG_DONTWAIT);
    close(fd);
}

bool hl_front_add(struct hl_messenger *m, int fd, bool own)
{
    struct hl_front *f = m->front_count < HL_FRONTS_MAX ? calloc(1, sizeof *f) : NULL;
    struct hl_front **last = &m->fronts;

    if (!f) {
        turn_away(fd, m->front_count < HL_FRONTS_MAX ? -ENOMEM : -EUSERS);
        return false;
    }
    hl_ctlio_init(&f->io, fd);
    f->own = own;
    f->number = ++m->last_front;
    while (*last)
        last = &(*last)->next;
    *last = f;
    m->front_count++;
    return true;
}

/* Our own user's alone; the mode of the socket says so already, to all but root. Who cannot be
 * accepted waits in the backlog, and the socket stays readable: it is left alone for a while. */
void hl_front_accept(struct hl_messenger *m)
{
    int fd;

    while ((fd = accept4(m->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
        if (hl_lock_peer(fd) != 0)
            close(fd);
        else
            (void)hl_front_add(m, fd, false);
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        m->accept_at = hl_clock_now() + ACCEPT_PAUSE;
}

struct hl_front *hl_front_find(struct hl_messenger *m, uint32_t number)
{
    struct hl_front *f = m->fronts;

    while (f && f->number != number)
        f = f->next;
    return f;
}

static void end(struct hl_messenger *m, struct hl_front **at)
{
    struct hl_front *f = *at;

    *at = f->next;
    m->front_count--;
    for (size_t i = 0; i < f->opened_count; i++) {
        struct hl_party *p = hl_party_find(m, f->opened[i]);

        if (p && p->openers > 0 && --p->openers == 0)
            hl_reach_unwant(m, p);
    }
    if (f->pairing && --m->pairing == 0 && m->secure)
        hl_secure_pairing(m->secure, false);
    hl_ctlio_fini(&f->io);
    hl_idtable_fini(&f->awaited);
    hl_idtable_fini(&f->owed);
    free(f->job.words);
    free(f->opened);
    free(f);
    m->shown_due = m->now; /* what it has taken over is known for good */
}

void hl_front_end_all(struct hl_messenger *m)
{
    while (m->fronts) {
        (void)!hl_ctlio_flush(&m->fronts->io);
        end(m, &m->fronts);
    }
}

/* ---- out ---- */

bool hl_front_full(const struct hl_front *f)
{
    return hl_ctlio_unsent(&f->io) >= HL_FRONT_HIGH;
}

void hl_front_put(struct hl_front *f, const struct hl_ctl *c)
{
    if (hl_ctlio_put(&f->io, c) != 0)
        f->lost = true;
}

void hl_front_put_all(struct hl_messenger *m, uint64_t flags, const struct hl_ctl *c)
{
    for (struct hl_front *f = m->fronts; f; f = f->next) {
        if (!f->greeted || !(f->flags & flags || flags == HL_FRONT_ANY))
            continue;
        if (!hl_front_full(f))
            hl_front_put(f, c);
        else if (c->kind == HL_CTL_DROPPED)
            f->missed_dropped += c->count;
        else if (c->kind == HL_CTL_NOTICE)
            f->missed_notices++;
    }
}

static void tell_stalled(const struct hl_messenger *m, struct hl_front *f)
{
    const struct hl_ctl c = {.kind = HL_CTL_STALLED,
                             .err = m->stalled,
                             .text = hl_ctl_bytes(m->stalled ? hl_store_why(m->store) : NULL)};

    if (f->stall_told != m->stalled)
        hl_front_put(f, &c);
    f->stall_told = m->stalled;
}

void hl_front_tell_stalled(struct hl_messenger *m)
{
    for (struct hl_front *f = m->fronts; f; f = f->next) {
        if (f->greeted && !hl_front_full(f))
            tell_stalled(m, f);
    }
}

/* What is said only once. */
static void tell_missed(const struct hl_messenger *m, struct hl_front *f)
{
    const struct hl_ctl dropped = {.kind = HL_CTL_DROPPED, .count = f->missed_dropped};
    struct hl_ctl notice = {.kind = HL_CTL_NOTICE};
    char text[80];

    tell_stalled(m, f);
    if (f->missed_dropped > 0)
        hl_front_put(f, &dropped);
    f->missed_dropped = 0;
    if (f->missed_notices == 0)
        return;
    snprintf(text, sizeof text, "%" PRIu64 " notice%s left out: more came than could be shown",
             f->missed_notices, f->missed_notices == 1 ? "" : "s");
    notice.text = hl_ctl_bytes(text);
    hl_front_put(f, &notice);
    f->missed_notices = 0;
}

static void tell_all_contacts(struct hl_messenger *m, struct hl_front *f)
{
    f->stale = false;
    for (const struct hl_party *p = m->parties; p; p = p->next) {
        if (f->flags & HL_CTL_F_CONTACTS || hl_front_opened(f, p->contact.id))
            hl_tell_contact(m, f, p, 0);
    }
}

static void serve(struct hl_messenger *m, struct hl_front *f)
{
    bool more = true;

    while (more && !f->lost && f->greeted) {
        int err = hl_ctlio_flush(&f->io);

        f->lost = err != 0;
        if (err || hl_ctlio_unsent(&f->io) > HL_FRONT_LOW)
            return;
        if (f->stale)
            tell_all_contacts(m, f);
        tell_missed(m, f);
        more = hl_feed_serve(m, f);
    }
    if (!f->lost && hl_ctlio_flush(&f->io) != 0)
        f->lost = true;
}

void hl_front_serve(struct hl_messenger *m)
{
    struct hl_front **at = &m->fronts;

    while (*at) {
        struct hl_front *f = *at;

        serve(m, f);
        if (f->lost || (f->over && hl_ctlio_unsent(&f->io) == 0))
            end(m, at);
        else
            at = &f->next;
    }
}

/* ---- in ---- */

bool hl_front_listens(const struct hl_front *f)
{
    return !f->over && !f->lost && f->job.kind == HL_CTL_NONE && !hl_front_full(f);
}

/* What is no request of ours ends the connection of whoever sent it, and nothing else. */
static void reject(struct hl_front *f, const struct hl_ctl *c, int err)
{
    hl_request_error(f, c, err, NULL);
    f->over = true;
}

void hl_front_read(struct hl_messenger *m, struct hl_front *f)
{
    f->blocked = false;
    for (int n = 0; hl_front_listens(f); n++) {
        struct hl_ctl c = {.kind = HL_CTL_NONE};
        int got = hl_ctlio_peek(&f->io, &c);

        if (n == RECORDS) {
            m->again = true;
            return;
        }
        if (got == 0) {
            got = hl_ctlio_fill(&f->io);
            if (got > 0)
                continue;
            f->lost = got < 0;
            return;
        }
        if (got < 0) {
            reject(f, &c, HL_ERR_FRAMING);
            return;
        }
        if (!hl_request_take(m, f, &c)) {
            f->blocked = true;
            return;
        }
        hl_ctlio_drop(&f->io);
    }
}

/* ---- wishes ---- */

bool hl_front_opened(const struct hl_front *f, uint32_t contact)
{
    for (size_t i = 0; i < f->opened_count; i++) {
        if (f->opened[i] == contact)
            return true;
    }
    return false;
}

int hl_front_open(struct hl_front *f, uint32_t contact)
{
    uint32_t *more = realloc(f->opened, (f->opened_count + 1) * sizeof *more);

    if (!more)
        return -ENOMEM;
    f->opened = more;
    f->opened[f->opened_count++] = contact;
    return 0;
}

bool hl_front_shut(struct hl_front *f, uint32_t contact)
{
    for (size_t i = 0; i < f->opened_count; i++) {
        if (f->opened[i] == contact) {
            f->opened[i] = f->opened[--f->opened_count];
            return true;
        }
    }
    return false;
}
