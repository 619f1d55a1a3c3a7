/* SPDX-License-Identifier: MIT */
/* A front end's line to the messenger of its home.
 *
 * What must survive the end of a messenger is kept here: requests that are not answered, the row up
 * to which entries were told, entries of ours whose fate is still open, what was shown and seen.
 * The next messenger, whoever that is, is greeted with all of it. */
#include "client.h"

#include "backlog.h"
#include "clock.h"
#include "crypt.h"
#include "ctlio.h"
#include "err.h"
#include "own.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum {
    PENDING_MAX = 16384,     /* requests without an answer */
    PENDING_BYTES = 8 << 20, /* of them */
    UNSENT_MAX = 1 << 20,    /* bytes */
};

/* Requests of the client's own; those of its user lie below. */
#define REQUEST_HELLO (UINT64_C(1) << 61)
#define REQUEST_AWAIT (REQUEST_HELLO + 1)
#define REQUEST_LAST  (REQUEST_HELLO + 2)

#define RETRY   HL_MS(20)   /* while another process has the lock and does not answer yet */
#define GRACE   HL_SECS(5)  /* for that, before a client gives up that is just starting */
#define PATIENT HL_SECS(60) /* the same with a messenger of our own, whose disk may be busy */
#define FAILING HL_SECS(1)  /* between attempts to serve that failed */
#define FLUSH   HL_SECS(1)  /* at the end, until the messenger has taken what was said last */

struct seen {
    uint64_t contact;
    uint8_t id[HL_ID_SIZE];
};

struct hl_client {
    struct hl_client_config config; /* pointers into what follows */
    char *home, *nick;
    uint8_t secret[32], seal[HL_STORE_SEAL];

    struct hl_messenger *own; /* NULL: another process serves */
    struct hl_ctlio io;
    bool greeted; /* WELCOME has come on this line */
    bool resumed; /* and it is not the first */
    bool open;    /* hl_client_open() is through */
    bool told;    /* the user knows that nobody serves */
    int err;      /* why nobody does; 0: not known, or somebody does */
    char why[HL_STORE_WHY];
    hl_time retry_at;
    int poll, timer, more;
    bool more_set, wants_out;

    uint8_t key[32];
    uint64_t row; /* the last entry told */
    bool row_known;
    bool late; /* there were entries before those that nobody has shown: it is not for us to say
                * that all up to some row were */
    uint64_t next_request;
    struct hl_backlog pending;     /* requests without an answer */
    struct hl_backlog kept;        /* records that came while something else was waited for */
    struct hl_backlog_item *given; /* the one that the user has now */
    bool taken;                    /* or it lies at the front of the line */
    struct hl_own entries;         /* of ours, as far as their fate is open */
    struct {
        uint64_t request; /* CONTACTS */
        uint64_t *contacts;
        size_t count;
    } listed; /* those that have answered it */
    uint64_t shown;
    struct seen *seen;
    size_t seen_count;
};

/* ---- the descriptor ---- */

static void set_more(struct hl_client *c, bool on)
{
    eventfd_t count;

    if (on == c->more_set)
        return;
    c->more_set = on;
    if (on)
        (void)!eventfd_write(c->more, 1);
    else
        (void)!eventfd_read(c->more, &count);
}

static void watch(struct hl_client *c, int fd, uint32_t events)
{
    struct epoll_event ev = {.events = events, .data.fd = fd};

    if (epoll_ctl(c->poll, EPOLL_CTL_MOD, fd, &ev) && errno == ENOENT)
        (void)epoll_ctl(c->poll, EPOLL_CTL_ADD, fd, &ev);
}

static void watch_room(struct hl_client *c)
{
    bool wants = hl_ctlio_unsent(&c->io) > 0;

    if (c->io.fd >= 0 && wants != c->wants_out)
        watch(c, c->io.fd, EPOLLIN | (wants ? EPOLLOUT : 0));
    c->wants_out = wants;
}

static void set_timer(struct hl_client *c, hl_time after)
{
    const struct itimerspec when = {
        .it_value = {.tv_sec = after / 1000000, .tv_nsec = after % 1000000 * 1000 + 1}};

    c->retry_at = hl_clock_now() + after;
    (void)timerfd_settime(c->timer, 0, &when, NULL);
}

static void stop_timer(struct hl_client *c)
{
    const struct itimerspec never = {.it_value = {0}};

    (void)timerfd_settime(c->timer, 0, &never, NULL); /* and it is not readable any more */
}

static int open_fds(struct hl_client *c)
{
    c->poll = epoll_create1(EPOLL_CLOEXEC);
    c->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    c->more = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (c->poll < 0 || c->timer < 0 || c->more < 0)
        return -errno;
    watch(c, c->timer, EPOLLIN);
    watch(c, c->more, EPOLLIN);
    return 0;
}

/* ---- the line ---- */

static int serve(struct hl_client *c, int lock, int *fd, char why[static HL_STORE_WHY])
{
    struct hl_messenger_config config = c->config.messenger;
    int pair[2];
    int err;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair)) {
        err = -errno;
        close(lock);
        snprintf(why, HL_STORE_WHY, "messenger: %s", strerror(-err));
        return err;
    }
    config.lock = lock;
    config.front = pair[1];
    err = hl_messenger_start(&config, &c->own, why);
    if (err)
        close(pair[0]);
    else
        *fd = pair[0];
    return err;
}

/* Connects to whoever has the lock. */
static int follow(struct hl_client *c, int *fd, char why[static HL_STORE_WHY])
{
    int err = hl_lock_connect(c->home, fd);

    if (err == -ECONNREFUSED || err == -ENOENT) /* it is not there yet, or not any more */
        return -EWOULDBLOCK;
    if (err)
        snprintf(why, HL_STORE_WHY, "control socket in %.400s: %s", c->home,
                 err == -EPERM ? "it is another user's" : hl_err_text(err));
    return err;
}

static int greet(struct hl_client *c, int fd)
{
    struct hl_ctl hello = {.kind = HL_CTL_HELLO,
                           .request = REQUEST_HELLO,
                           .version = HL_CTL_VERSION,
                           .flags = c->config.flags,
                           .row = c->row};

    if (c->row_known)
        hello.flags = (hello.flags | HL_CTL_F_AFTER) & ~(uint64_t)HL_CTL_F_UNSHOWN;
    if (c->config.messenger.offline)
        hello.flags |= HL_CTL_F_OFFLINE;
    hl_ctlio_init(&c->io, fd);
    c->greeted = false;
    c->wants_out = false;
    watch(c, fd, EPOLLIN);
    stop_timer(c);
    /* What has no room now has some in a moment. Whether somebody takes it the line itself tells,
     * and why nobody does. */
    return hl_ctlio_put(&c->io, &hello) ? -EWOULDBLOCK : 0;
}

/* One attempt: our own messenger, or whoever has the lock. -EWOULDBLOCK: try again in a moment. */
static int connect_line(struct hl_client *c, char why[static HL_STORE_WHY])
{
    int lock;
    int fd = -1;
    int err = hl_lock_take(c->home, &lock);

    if (err == 0) {
        err = serve(c, lock, &fd, why);
    } else if (err == -EWOULDBLOCK) {
        err = follow(c, &fd, why);
    } else {
        snprintf(why, HL_STORE_WHY, "%.400s: %s", c->home, hl_err_text(err));
        err = HL_ERR_STORAGE;
    }
    return err ? err : greet(c, fd);
}

/* Nobody serves, and not for want of patience: the user is told once, and when it is over. */
static void fail(struct hl_client *c, int err)
{
    const struct hl_ctl r = {
        .kind = HL_CTL_STALLED, .err = err, .text = {c->why, err ? strlen(c->why) : 0}};

    c->err = err;
    if (!c->open || c->told == (err != 0))
        return;
    c->told = err != 0;
    if (hl_backlog_add(&c->kept, &r) == 0)
        set_more(c, true);
}

/* The messenger has ended. What it has not answered waits for the next one. */
static void lose_line(struct hl_client *c, hl_time retry)
{
    hl_ctlio_fini(&c->io);
    if (c->own)
        hl_messenger_stop(c->own, 0);
    c->own = NULL;
    c->taken = false;
    c->greeted = false;
    c->resumed = c->open;
    set_timer(c, retry);
}

static void try_line(struct hl_client *c)
{
    int err;

    if (hl_clock_now() < c->retry_at)
        return;
    err = connect_line(c, c->why);
    if (err == 0)
        return;
    lose_line(c, err == -EWOULDBLOCK ? RETRY : FAILING);
    if (err != -EWOULDBLOCK)
        fail(c, err);
}

/* ---- greeting ---- */

static void repeat_states(struct hl_client *c)
{
    struct hl_ctl r;
    size_t at = 0;

    while (hl_own_next(&c->entries, &at, &r)) {
        r.request = REQUEST_AWAIT;
        (void)!hl_ctlio_put(&c->io, &r);
    }
}

static void repeat_marks(struct hl_client *c)
{
    struct hl_ctl r = {.kind = HL_CTL_SHOWN, .row = c->shown};

    if (c->shown)
        (void)!hl_ctlio_put(&c->io, &r);
    r = (struct hl_ctl){.kind = HL_CTL_SEEN, .has_id = true};
    for (size_t i = 0; i < c->seen_count; i++) {
        r.contact = c->seen[i].contact;
        memcpy(r.id, c->seen[i].id, sizeof r.id);
        (void)!hl_ctlio_put(&c->io, &r);
    }
}

static void repeat_pending(struct hl_client *c)
{
    for (struct hl_backlog_item *p = c->pending.first; p; p = p->next) {
        struct hl_ctl r;

        p->skip = p->passed;
        p->again = c->resumed;
        if (hl_ctl_get(&r, p->bytes, p->len) > 0)
            (void)!hl_ctlio_put(&c->io, &r);
    }
}

/* Whether the user is to be told. */
static bool on_welcome(struct hl_client *c, struct hl_ctl *r)
{
    c->greeted = true;
    if (!c->row_known) {
        c->row = r->pos;
        c->late = r->row < r->pos;
    }
    c->row_known = true;
    if (r->has_key)
        memcpy(c->key, r->key, sizeof c->key);
    if (c->resumed) {
        repeat_states(c);
        repeat_marks(c);
    }
    repeat_pending(c);
    r->request = 0;
    fail(c, 0);
    return c->resumed;
}

/* ---- records ---- */

/* Part of an answer, which the messenger before this one may have begun. */
static bool is_repeated(struct hl_client *c, const struct hl_ctl *r)
{
    struct hl_backlog_item **at = hl_backlog_find(&c->pending, r->request);

    if (!at)
        return false;
    if ((*at)->skip > 0) {
        (*at)->skip--;
        return true;
    }
    (*at)->passed++;
    return false;
}

/* The same for a list of contacts, whose order and number may be others by then. Without memory one
 * may come twice. */
static bool is_listed(struct hl_client *c, const struct hl_ctl *r)
{
    struct hl_backlog_item **at = hl_backlog_find(&c->pending, r->request);
    uint64_t *more;

    if (!at || (*at)->kind != HL_CTL_CONTACTS)
        return false;
    if (c->listed.request != r->request)
        c->listed.count = 0;
    c->listed.request = r->request;
    for (size_t i = 0; (*at)->again && i < c->listed.count; i++) {
        if (c->listed.contacts[i] == r->contact)
            return true;
    }
    more = reallocarray(c->listed.contacts, c->listed.count + 1, sizeof *more);
    if (more) {
        c->listed.contacts = more;
        more[c->listed.count++] = r->contact;
    }
    return false;
}

static bool on_contact(struct hl_client *c, const struct hl_ctl *r)
{
    if (r->flags & HL_CTL_C_GONE && r->pos)
        hl_own_rename(&c->entries, r->contact, r->pos);
    return r->request == 0 || !is_listed(c, r);
}

static bool on_entry(struct hl_client *c, const struct hl_ctl *r)
{
    if (r->request)
        return !is_repeated(c, r);
    if (r->flags & HL_CTL_E_CHANGED)
        return true;
    if (r->row <= c->row)
        return false;
    c->row = r->row;
    return true;
}

static bool on_state(struct hl_client *c, struct hl_ctl *r)
{
    bool other = hl_own_told(&c->entries, r);
    bool news = r->request != REQUEST_AWAIT || other;

    if (r->request == REQUEST_AWAIT)
        r->request = 0;
    return news;
}

/* We are not let in. */
static void on_refusal(struct hl_client *c, const struct hl_ctl *r)
{
    char text[HL_STORE_WHY - 16];

    snprintf(c->why, sizeof c->why, "messenger: %s", hl_ctl_text(&r->text, text, sizeof text));
    fail(c, r->err);
    lose_line(c, FAILING);
}

static bool is_last(const struct hl_ctl *r)
{
    return r->kind == HL_CTL_END || r->kind == HL_CTL_ERROR || r->kind == HL_CTL_STATE ||
           r->kind == HL_CTL_WELCOME;
}

/* Takes note of a record. Whether the user is to have it. */
static bool take_note(struct hl_client *c, struct hl_ctl *r)
{
    struct hl_backlog_item **at =
        r->request && is_last(r) ? hl_backlog_find(&c->pending, r->request) : NULL;

    if (at)
        free(hl_backlog_take(&c->pending, at));
    switch ((int)r->kind) {
    case HL_CTL_WELCOME:
        return on_welcome(c, r);
    case HL_CTL_ENTRY:
        return on_entry(c, r);
    case HL_CTL_STATE:
        return on_state(c, r);
    case HL_CTL_CONTACT:
        return on_contact(c, r);
    case HL_CTL_ERROR:
        if (c->greeted)
            return true;
        on_refusal(c, r);
        return false;
    default:
        return true;
    }
}

/* Gives and takes what there is. 1: something came; 0: nothing; else the line is over: what was
 * said on it last is taken, though nobody hears us any more. */
static int exchange(struct hl_client *c)
{
    int sent = hl_ctlio_flush(&c->io);
    int got = hl_ctlio_fill(&c->io);

    watch_room(c);
    return got != 0 ? got : sent;
}

/* The next record of the line that the user is to have. */
static bool next_of_line(struct hl_client *c, struct hl_ctl *out)
{
    for (;;) {
        int got = 0;

        if (c->taken)
            hl_ctlio_drop(&c->io);
        c->taken = false;
        if (c->io.fd < 0)
            try_line(c);
        if (c->io.fd < 0)
            return false;
        got = hl_ctlio_peek(&c->io, out);
        if (got == 0) {
            got = exchange(c);
            if (got == 0)
                return false;
            if (got > 0)
                continue;
        }
        if (got < 0) {
            lose_line(c, c->greeted ? 0 : RETRY);
            continue;
        }
        c->taken = true;
        if (take_note(c, out))
            return true;
    }
}

bool hl_client_next(struct hl_client *c, struct hl_ctl *out)
{
    bool got = true;

    free(c->given);
    c->given = NULL;
    if (c->kept.first) {
        c->given = hl_backlog_take(&c->kept, &c->kept.first);
        got = hl_ctl_get(out, c->given->bytes, c->given->len) > 0;
    } else {
        got = next_of_line(c, out);
        if (!got && c->kept.first) /* it has just been put there */
            return hl_client_next(c, out);
    }
    set_more(c, got); /* a user that stops here is to come back */
    return got;
}

/* ---- requests ---- */

static const bool answered[HL_CTL_COUNT] = {
    [HL_CTL_LISTEN] = true,         [HL_CTL_PAIRING] = true,        [HL_CTL_OPEN] = true,
    [HL_CTL_SHUT] = true,           [HL_CTL_SUBMIT] = true,         [HL_CTL_CANCEL] = true,
    [HL_CTL_AWAIT] = true,          [HL_CTL_CONTACTS] = true,       [HL_CTL_CONTACT_ADD] = true,
    [HL_CTL_CONTACT_RENAME] = true, [HL_CTL_CONTACT_NOTE] = true,   [HL_CTL_CONTACT_BLOCK] = true,
    [HL_CTL_CONTACT_VERIFY] = true, [HL_CTL_CONTACT_ACCEPT] = true, [HL_CTL_CONTACT_FORGET] = true,
    [HL_CTL_CONTACT_FIND] = true,   [HL_CTL_HISTORY] = true,        [HL_CTL_SEARCH] = true,
    [HL_CTL_PRUNE] = true,          [HL_CTL_STATUS] = true,         [HL_CTL_LISTENERS] = true,
    [HL_CTL_AWAY] = true,           [HL_CTL_STASH] = true,          [HL_CTL_STASHED] = true,
    [HL_CTL_STOP] = true,
};

static int note_seen(struct hl_client *c, const struct hl_ctl *r)
{
    struct seen *more;
    size_t i = 0;

    while (i < c->seen_count && c->seen[i].contact != r->contact)
        i++;
    if (i == c->seen_count) {
        more = realloc(c->seen, (i + 1) * sizeof *more);
        if (!more)
            return -ENOMEM;
        c->seen = more;
        c->seen[c->seen_count++].contact = r->contact;
    }
    memcpy(c->seen[i].id, r->id, sizeof c->seen[i].id);
    return 0;
}

/* What is to be said again to the next messenger. */
static int note_request(struct hl_client *c, struct hl_ctl *r)
{
    int err = 0;

    if (answered[r->kind] && r->request == 0)
        r->request = ++c->next_request;
    if (r->kind == HL_CTL_SUBMIT || r->kind == HL_CTL_AWAIT)
        err = hl_own_add(&c->entries, r);
    else if (r->kind == HL_CTL_SEEN && r->has_id)
        err = note_seen(c, r);
    else if (r->kind == HL_CTL_SHOWN && r->row > c->shown)
        c->shown = r->row;
    if (err == 0 && answered[r->kind])
        err = hl_backlog_add(&c->pending, r);
    return err;
}

int hl_client_send(struct hl_client *c, struct hl_ctl *request)
{
    int err;

    if (request->kind == HL_CTL_SHOWN && c->late)
        return 0;
    if (c->pending.count >= PENDING_MAX || c->pending.bytes >= PENDING_BYTES ||
        hl_ctlio_unsent(&c->io) >= UNSENT_MAX)
        return HL_ERR_BUSY;
    err = note_request(c, request);
    if (err || !c->greeted)
        return err; /* it goes out with the greeting of the next messenger */
    err = hl_ctlio_put(&c->io, request);
    /* If it fails, so it does at the next hl_client_next(): until then the user's record is good.
     */
    if (err == 0 && !c->wants_out)
        (void)!hl_ctlio_flush(&c->io);
    watch_room(c);
    return err;
}

size_t hl_client_unsent(const struct hl_client *c)
{
    return hl_ctlio_unsent(&c->io);
}

/* ---- waiting for an answer ---- */

/* Waits on the line itself: the client's descriptor may be readable for what is kept. */
static int wait_line(struct hl_client *c, int signal_fd, hl_time until)
{
    struct pollfd fds[2] = {{.fd = c->io.fd, .events = POLLIN},
                            {.fd = signal_fd, .events = POLLIN}};
    hl_time at = until;
    struct timespec left;

    if (hl_clock_now() >= until)
        return HL_ERR_TIMEOUT;
    if (c->io.fd < 0 && c->retry_at < at)
        at = c->retry_at;
    if (hl_ctlio_unsent(&c->io))
        fds[0].events |= POLLOUT;
    (void)ppoll(fds, 2, hl_clock_left(at, &left), NULL);
    return fds[1].revents ? -EINTR : 0;
}

/* Opening the store counts, too, and a disk that others keep busy can take seconds for it. */
static int wait_welcome(struct hl_client *c)
{
    hl_time began = hl_clock_now();
    struct hl_ctl r;
    int err = 0;

    while (!c->greeted && err == 0) {
        if (next_of_line(c, &r))
            err = hl_backlog_add(&c->kept, &r);
        if (err == 0 && !c->greeted)
            err = c->err ? c->err : wait_line(c, -1, began + (c->own ? PATIENT : GRACE));
    }
    return err;
}

int hl_client_ask(struct hl_client *c, struct hl_ctl *request, int signal_fd, hl_time timeout,
                  void (*each)(void *user, const struct hl_ctl *answer), void *user)
{
    hl_time until = timeout == HL_NEVER ? HL_NEVER : hl_clock_now() + timeout;
    int err = hl_client_send(c, request);
    struct hl_ctl r;

    while (err == 0) {
        if (!next_of_line(c, &r)) {
            err = wait_line(c, signal_fd, until);
            continue;
        }
        if (r.request != request->request) {
            err = hl_backlog_add(&c->kept, &r);
            set_more(c, true);
            continue;
        }
        if (each)
            each(user, &r);
        if (is_last(&r))
            return r.err;
    }
    return err;
}

/* ---- life ---- */

static void free_client(struct hl_client *c)
{
    hl_ctlio_fini(&c->io);
    hl_backlog_fini(&c->pending);
    hl_backlog_fini(&c->kept);
    free(c->given);
    hl_own_fini(&c->entries);
    free(c->listed.contacts);
    free(c->seen);
    if (c->poll >= 0)
        close(c->poll);
    if (c->timer >= 0)
        close(c->timer);
    if (c->more >= 0)
        close(c->more);
    hl_crypt_wipe(c->secret, sizeof c->secret);
    hl_crypt_wipe(c->seal, sizeof c->seal);
    free(c->home);
    free(c->nick);
    free(c);
}

static struct hl_client *make(const struct hl_client_config *config)
{
    struct hl_client *c = calloc(1, sizeof *c);
    struct hl_messenger_config *own;

    if (!c)
        return NULL;
    hl_ctlio_init(&c->io, -1);
    c->poll = c->timer = c->more = -1;
    hl_backlog_init(&c->pending);
    hl_backlog_init(&c->kept);
    c->config = *config;
    own = &c->config.messenger;
    own->home = c->home = strdup(own->home);
    own->nick = c->nick = strdup(own->nick ? own->nick : "");
    if (own->secret)
        own->secret = memcpy(c->secret, own->secret, sizeof c->secret);
    if (own->seal)
        own->seal = memcpy(c->seal, own->seal, sizeof c->seal);
    return c;
}

int hl_client_open(const struct hl_client_config *config, struct hl_client **out,
                   char why[static HL_STORE_WHY])
{
    struct hl_client *c = make(config);
    int err = c && c->home && c->nick ? 0 : -ENOMEM;

    if (err == 0)
        err = open_fds(c);
    if (err == 0)
        err = wait_welcome(c);
    if (err == 0) {
        c->open = true;
        *out = c;
        return 0;
    }
    if (c && c->err)
        snprintf(why, HL_STORE_WHY, "%s", c->why);
    else
        snprintf(why, HL_STORE_WHY, "messenger: %s", hl_err_text(err));
    if (c && c->own)
        hl_messenger_stop(c->own, 0);
    if (c)
        free_client(c);
    return err;
}

/* Drops what has come. 1: that request was answered; 0: not yet; else the line is over. */
static int drop_to_answer(struct hl_client *c, uint64_t request)
{
    struct hl_ctl r;

    for (;;) {
        int got = hl_ctlio_peek(&c->io, &r);

        if (got > 0) {
            hl_ctlio_drop(&c->io);
            if (r.request == request)
                return 1;
            continue;
        }
        if (got == 0)
            got = exchange(c);
        if (got <= 0)
            return got;
    }
}

/* The messenger takes nothing of a front end that does not read, and of marks it does not say that
 * it has taken them: so what comes is dropped until it has answered a request behind them. */
static void say_last(struct hl_client *c)
{
    struct hl_ctl last = {.kind = HL_CTL_SHUT, .request = REQUEST_LAST};
    bool marks = c->shown > 0 || c->seen_count > 0;
    hl_time until = hl_clock_now() + FLUSH;

    if (!c->greeted || (!marks && hl_ctlio_unsent(&c->io) == 0) || hl_ctlio_put(&c->io, &last) != 0)
        return;
    while (drop_to_answer(c, REQUEST_LAST) == 0 && wait_line(c, -1, until) == 0)
        continue;
}

void hl_client_close(struct hl_client *c, hl_time flush)
{
    say_last(c);
    if (c->own)
        hl_messenger_stop(c->own, flush);
    c->own = NULL;
    free_client(c);
}

int hl_client_fd(const struct hl_client *c)
{
    return c->poll;
}

bool hl_client_serves(const struct hl_client *c)
{
    return c->own != NULL;
}

const uint8_t *hl_client_key(const struct hl_client *c)
{
    return c->key;
}
