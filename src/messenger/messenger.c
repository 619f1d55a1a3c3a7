/* SPDX-License-Identifier: MIT */
/* Start and stop, and the loop of the messenger thread.
 *
 * A round: take what has come from the network and from front ends, commit it once, let the
 * effects out, serve whoever is behind. What comes during a commit waits for the next: the longer
 * the disk takes, the more shares one commit. A commit costs about what twenty messages in it cost,
 * so where each round would find a few, the network rests in between (pace.h); one message alone,
 * and the first ones of a stream, are taken at once.
 *
 * While the disk takes nothing, the inputs of the failed commit wait in the journal, the network is
 * left alone (flow control stops the peers), and front ends are answered as far as that goes
 * without the disk. The store is opened anew and the commit tried again, ever more rarely. */
#include "messenger_inside.h"

#include "clock.h"
#include "crypt.h"
#include "entropy.h"
#include "slice.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
    EVENTS = 2048, /* of the network in a round */
    FEW = 64,      /* of them: a round that had more is worth its commit whenever it comes */
};

#define QUOTA         (UINT64_C(1) << 30)
#define BACKOFF_FIRST HL_MS(100)
#define BACKOFF_MAX   HL_SECS(5)
#define PRUNE_EVERY   HL_SECS(86400)
#define PAUSE_MS      (INT64_C(30) * 86400 * 1000) /* in a transcript */
#define PATIENCE      HL_MS(200) /* at the end, for what front ends have said already */
#define IDLE          HL_MS(200) /* of nothing to do, until the store may tidy up */
#define STILL_IDLE    HL_MS(20)  /* and then until it may go on */

int64_t hl_messenger_wall(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* ---- commits ---- */

int hl_messenger_put(struct hl_messenger *m, const struct hl_input *in)
{
    return hl_delivery_put(m->delivery, in);
}

static void stall(struct hl_messenger *m, int err)
{
    m->stalled = err;
    hl_front_tell_stalled(m);
    m->backoff = m->backoff == 0 ? BACKOFF_FIRST : 2 * m->backoff;
    if (m->backoff > BACKOFF_MAX)
        m->backoff = BACKOFF_MAX;
    m->retry_at = m->now + m->backoff;
}

static void unstall(struct hl_messenger *m)
{
    m->stalled = 0;
    hl_front_tell_stalled(m);
    m->backoff = 0;
    m->retry_at = HL_NEVER;
    for (struct hl_front *f = m->fronts; f; f = f->next)
        f->stalled = 0;
}

int hl_messenger_commit(struct hl_messenger *m)
{
    int err = 0;

    if (m->stalled && m->now < m->retry_at)
        return m->stalled;
    if (m->stalled)
        err = hl_store_reopen(m->store);
    if (err == 0 && hl_delivery_pending(m->delivery)) {
        err = hl_delivery_run(m->delivery, m->now);
        m->untidy = true;
    }
    if (err) {
        stall(m, err);
        return err;
    }
    unstall(m);
    hl_outcome_take(m);
    return 0;
}

/* ---- what is due ---- */

static void earlier(hl_time *a, hl_time b)
{
    if (b < *a)
        *a = b;
}

static void store_shown(struct hl_messenger *m)
{
    m->shown_due = HL_NEVER;
    if (m->shown == m->shown_stored || m->stalled)
        return;
    if (hl_store_set_shown(m->store, m->shown) == 0)
        m->shown_stored = m->shown;
    else
        m->shown_due = m->now + HL_SECS(1);
}

void hl_messenger_show(struct hl_messenger *m, uint64_t row)
{
    if (row <= m->shown || row > m->last_row)
        return;
    if (m->shown == m->shown_stored)
        m->shown_due = m->now + HL_SECS(1);
    m->shown = row;
}

static bool note_time(void *user, const struct hl_stored *e)
{
    *(int64_t *)user = e->stored_ms;
    return false;
}

/* The wall clock is all that tells the age of what was said before the last boot, and it may be
 * wrong by years, or may have been. A leap shows as a pause in the transcript: what comes before a
 * long one is kept until what comes after it is due as well. By then the clock has been believed
 * for as long as the user wants things kept. */
static bool is_plausible(struct hl_messenger *m, int64_t wall, int64_t before)
{
    const struct hl_store_query due = {.order = HL_STORE_BACKWARD, .limit = 1, .until_ms = before};
    const struct hl_store_query kept = {.order = HL_STORE_FORWARD, .limit = 1, .since_ms = before};
    int64_t last = 0;
    int64_t next = wall;

    return hl_store_read(m->store, &due, note_time, &last) == 0 && last != 0 &&
           hl_store_read(m->store, &kept, note_time, &next) == 0 && next - last <= PAUSE_MS;
}

static void prune(struct hl_messenger *m)
{
    int64_t wall = hl_messenger_wall();
    int64_t before = wall - m->config.retention / 1000;
    uint64_t count;

    m->prune_due = m->now + PRUNE_EVERY;
    if (!is_plausible(m, wall, before))
        return;
    for (const struct hl_party *p = m->parties; p; p = p->next)
        (void)!hl_store_prune(m->store, p->contact.id, before, &count);
}

static void timers(struct hl_messenger *m)
{
    const struct hl_input tick = {.kind = HL_INPUT_TICK};

    if (hl_delivery_deadline(m->delivery) <= m->now && !m->stalled)
        (void)!hl_messenger_put(m, &tick);
    if (m->secure)
        hl_reach_timers(m);
    if (m->shown_due <= m->now)
        store_shown(m);
    if (m->prune_due <= m->now && !m->stalled)
        prune(m);
}

static hl_time deadline(const struct hl_messenger *m)
{
    hl_time at = m->reach_due;

    if (m->again)
        return 0;
    earlier(&at, m->stalled ? m->retry_at : hl_delivery_deadline(m->delivery));
    earlier(&at, m->shown_due);
    if (!m->stalled)
        earlier(&at, m->prune_due);
    if (m->untidy && !m->stalled)
        earlier(&at, m->now + m->idle);
    if (m->rest_until > m->now)
        earlier(&at, m->rest_until);
    if (m->accept_at > m->now)
        earlier(&at, m->accept_at);
    return at;
}

/* ---- a round ---- */

/* How many events it has given. */
static int take_network(struct hl_messenger *m)
{
    struct hl_secure_event *ev = &m->held;

    for (int n = 0; n < EVENTS; n++) {
        if (!m->holding && !hl_secure_next(m->secure, ev))
            return n;
        m->holding = !hl_reach_event(m, ev);
        if (m->holding)
            break;
    }
    m->again = true;
    return EVENTS;
}

/* In a flood this is the thread that computes, and whoever needs a moment goes ahead of it;
 * outside, it is itself one that others wait for. */
static void note_flood(struct hl_messenger *m, bool flood)
{
    if (flood && !m->flood)
        hl_slice_long();
    else if (!flood && m->flood)
        hl_slice_usual();
    m->flood = flood;
}

static void round_of(struct hl_messenger *m)
{
    int events = 0;

    m->now = hl_clock_now();
    m->again = false;
    m->rest_until = 0;
    if (m->secure && !m->stalled)
        events = take_network(m);
    note_flood(m, events > FEW);
    if (events > 0 && events <= FEW)
        m->rest_until = hl_pace_next(&m->pace, m->now);
    for (struct hl_front *f = m->fronts; f; f = f->next)
        hl_front_read(m, f);
    timers(m);
    if (hl_messenger_commit(m) == 0)
        hl_manners_run(m);
    hl_tell_changed(m);
    hl_front_serve(m);
    for (const struct hl_front *f = m->fronts; f && !m->stalled; f = f->next)
        m->again = m->again || f->blocked;
    if (hl_delivery_pending(m->delivery) && !m->stalled)
        m->again = true;
}

/* Waits for something to happen. Whether the time was up before anything did. */
static bool wait(struct hl_messenger *m)
{
    bool rests = m->rest_until > m->now;
    bool hears = m->secure && !m->stalled && !rests;
    bool accepts = m->accept_at <= m->now;
    struct pollfd fds[3 + HL_FRONTS_MAX];
    nfds_t n = 0;
    struct timespec left;

    fds[n++] = (struct pollfd){.fd = m->wake, .events = POLLIN};
    fds[n++] = (struct pollfd){.fd = accepts ? m->listener : -1, .events = POLLIN};
    fds[n++] = (struct pollfd){.fd = hears ? hl_secure_fd(m->secure) : -1, .events = POLLIN};
    for (const struct hl_front *f = m->fronts; f; f = f->next) {
        short events = hl_ctlio_unsent(&f->io) ? POLLOUT : 0;

        if (hl_front_listens(f) && !f->blocked)
            events |= POLLIN;
        fds[n++] = (struct pollfd){.fd = f->io.fd, .events = events};
    }
    if (ppoll(fds, n, hl_clock_left(deadline(m), &left), NULL) == 0)
        return !rests;
    if (fds[1].revents)
        hl_front_accept(m);
    return false;
}

static void tidy(struct hl_messenger *m)
{
    bool more = false;

    if (m->untidy && !m->stalled && !m->again && hl_store_tidy(m->store, &more) != 0)
        more = false;
    m->untidy = more;
    m->idle = more ? STILL_IDLE : IDLE;
}

/* ---- the end ---- */

/* Whether somebody who is there owes us a receipt. */
static bool is_owed(struct hl_messenger *m)
{
    struct hl_store_conv conv;

    for (const struct hl_party *p = m->parties; p; p = p->next) {
        if (p->reach == HL_REACH_UP && hl_store_conversation(m->store, p->contact.id, &conv) == 0 &&
            conv.waiting > 0)
            return true;
    }
    return false;
}

/* The front end of this process has gone; what it said is still on its way. */
static void finish(struct hl_messenger *m)
{
    hl_time until = hl_clock_now() + atomic_load(&m->flush);
    hl_time patience = hl_clock_now() + PATIENCE;

    do
        round_of(m);
    while (m->again && hl_clock_now() < patience);
    while (m->secure && hl_clock_now() < until && !m->stalled && is_owed(m)) {
        struct pollfd fd = {.fd = hl_secure_fd(m->secure), .events = POLLIN};
        hl_time at = deadline(m);
        struct timespec left;

        earlier(&at, until);
        (void)ppoll(&fd, 1, hl_clock_left(at, &left), NULL);
        round_of(m);
    }
    if (m->listener >= 0)
        hl_lock_unlisten(m->home, m->listener);
    m->listener = -1;
    hl_front_end_all(m);
    store_shown(m);
    until -= hl_clock_now();
    if (m->secure)
        hl_secure_stop(m->secure, until > 0 ? until : 0);
    m->secure = NULL;
}

static void *thread_main(void *user)
{
    struct hl_messenger *m = user;

    do {
        round_of(m);
        if (wait(m))
            tidy(m);
        else
            m->idle = IDLE;
    } while (!atomic_load(&m->stop));
    finish(m);
    return NULL;
}

/* ---- start ---- */

static int start_secure(struct hl_messenger *m)
{
    struct hl_secure_config config = {.net = m->config.net, .owner_repeats = true};
    int err;

    config.net.route_events = true;
    memcpy(config.secret, m->secret, sizeof config.secret);
    err = hl_secure_start(&config, &m->secure);
    hl_crypt_wipe(&config, sizeof config);
    if (err)
        return err;
    m->listeners.net = hl_secure_net(m->secure);
    hl_reach_start(m);
    return 0;
}

int hl_messenger_online(struct hl_messenger *m)
{
    int err = 0;

    if (m->secure)
        return 0;
    err = start_secure(m);
    for (struct hl_party *p = m->parties; p && err == 0; p = p->next)
        hl_reach_want(m, p);
    return err;
}

static bool note_row(void *user, const struct hl_stored *e)
{
    *(uint64_t *)user = e->row.row;
    return false;
}

static int last_row(struct hl_messenger *m)
{
    const struct hl_store_query q = {.order = HL_STORE_BACKWARD, .limit = 1};

    return hl_store_read(m->store, &q, note_row, &m->last_row);
}

void hl_messenger_pass_ours(struct hl_messenger *m)
{
    const struct hl_store_query q = {
        .order = HL_STORE_FORWARD, .from = m->shown, .limit = 1, .theirs = true};
    uint64_t first = m->last_row + 1;

    if (hl_store_read(m->store, &q, note_row, &first) == 0)
        hl_messenger_show(m, first - 1);
}

static int open_store(struct hl_messenger *m, char why[static HL_STORE_WHY])
{
    struct hl_store_config config = {.seal = m->config.seal};
    size_t size = strlen(m->home) + sizeof HL_MESSENGER_STORE + 1;
    char *path = malloc(size);
    int err = -ENOMEM;

    if (path) {
        snprintf(path, size, "%s/%s", m->home, HL_MESSENGER_STORE);
        config.path = path;
        err = hl_store_open(&config, &m->store, why);
    }
    free(path);
    m->config.seal = NULL; /* the caller's, and only for this */
    if (err)
        return err;
    err = hl_store_shown(m->store, &m->shown);
    m->shown_stored = m->shown;
    if (err == 0)
        err = last_row(m);
    if (err == 0)
        err = hl_party_load(m);
    if (err)
        snprintf(why, HL_STORE_WHY, "store: %s",
                 err == -ENOMEM ? strerror(ENOMEM) : hl_store_why(m->store));
    return err;
}

static int make_delivery(struct hl_messenger *m)
{
    struct hl_delivery_config config = {.env = hl_entropy_env(),
                                        .ledger = hl_store_ledger(m->store),
                                        .read_receipts = m->config.read_receipts,
                                        .live = m->config.live,
                                        .quota = m->config.quota ? m->config.quota : QUOTA};

    snprintf(config.nick, sizeof config.nick, "%s", m->nick);
    return hl_delivery_new(&config, &m->delivery);
}

static struct hl_messenger *make(const struct hl_messenger_config *config)
{
    struct hl_messenger *m = calloc(1, sizeof *m);

    if (!m)
        return NULL;
    m->config = *config;
    m->home = strdup(config->home);
    m->nick = strdup(config->nick ? config->nick : "");
    m->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    m->listener = -1;
    m->asked_first = 1;
    m->now = m->started = hl_clock_now();
    m->mute = config->front >= 0;
    m->reach_due = m->retry_at = m->shown_due = HL_NEVER;
    m->prune_due = config->retention > 0 ? m->now : HL_NEVER;
    m->untidy = true;
    m->idle = IDLE;
    hl_strangers_init(m);
    if (config->secret) {
        memcpy(m->secret, config->secret, sizeof m->secret);
        hl_crypt_public(m->key, m->secret);
    }
    m->config.secret = NULL; /* the caller's */
    return m;
}

static void free_messenger(struct hl_messenger *m)
{
    hl_front_end_all(m);
    if (m->secure)
        hl_secure_stop(m->secure, 0);
    if (m->delivery)
        hl_delivery_free(m->delivery);
    while (m->parties)
        hl_party_free(m, m->parties);
    if (m->store)
        hl_store_close(m->store);
    if (m->listener >= 0)
        hl_lock_unlisten(m->home, m->listener);
    if (m->wake >= 0)
        close(m->wake);
    close(m->config.lock); /* the home is free */
    hl_crypt_wipe(m->secret, sizeof m->secret);
    free(m->asked);
    free(m->aliases);
    free(m->home);
    free(m->nick);
    free(m);
}

/* Signals belong to the front end; a thread inherits the mask of the one that makes it. */
static int start_thread(struct hl_messenger *m)
{
    sigset_t all;
    sigset_t before;
    int err;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    err = -pthread_create(&m->thread, NULL, thread_main, m);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return err;
}

static int start(struct hl_messenger *m, char why[static HL_STORE_WHY])
{
    int err = open_store(m, why);

    if (err)
        return err;
    err = make_delivery(m);
    if (err == 0 && !m->config.offline)
        err = start_secure(m);
    if (err == 0 && m->config.front >= 0 && !hl_front_add(m, m->config.front, true))
        err = -ENOMEM;
    m->config.front = -1;
    if (err == 0) {
        err = hl_lock_listen(m->home, &m->listener);
        if (err) {
            snprintf(why, HL_STORE_WHY, "control socket in %.400s: %s", m->home, hl_err_text(err));
            return err;
        }
        err = start_thread(m);
    }
    if (err)
        snprintf(why, HL_STORE_WHY, "messenger: %s", hl_err_text(err));
    return err;
}

int hl_messenger_start(const struct hl_messenger_config *config, struct hl_messenger **out,
                       char why[static HL_STORE_WHY])
{
    struct hl_messenger *m = make(config);
    int err = -ENOMEM;

    snprintf(why, HL_STORE_WHY, "messenger: out of memory");
    if (m && m->home && m->nick && m->wake >= 0)
        err = start(m, why);
    if (err == 0) {
        *out = m;
        return 0;
    }
    if (m && m->config.front >= 0)
        close(m->config.front);
    if (m)
        free_messenger(m);
    return err;
}

void hl_messenger_stop(struct hl_messenger *m, hl_time flush)
{
    atomic_store(&m->flush, flush);
    atomic_store(&m->stop, true);
    (void)!eventfd_write(m->wake, 1);
    pthread_join(m->thread, NULL);
    free_messenger(m);
}
