/* SPDX-License-Identifier: MIT */
/* The owner's questions ("asks") and the running threads ("jobs") live in one struct behind one
 * mutex. They are tied only by what is asked: whoever ends a job serves every ask with the same
 * key, so an ask can go away at any time without a word to the job. */
#include "resolve.h"

#include "addr.h"
#include "cache.h"
#include "clock.h"
#include "lookup.h"
#include "services.h"
#include "thread.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum {
    STACK_SIZE = 256 * 1024, /* nss modules such as LDAP want more than the resolver itself */
    REVERSE_MAX = 2,         /* threads for decoration, so that it cannot starve dials */
};

/* What a thread works on. */
struct key {
    bool reverse; /* from addr to a name, else from host to addresses */
    bool aliases;
    enum hl_family family;
    struct hl_addr addr;
    char host[HL_HOST_MAX];
};

enum part_state {
    PART_UNWANTED, /* or taken to its end */
    PART_OPEN,     /* waits for a job, running or to be made */
    PART_READY,    /* result is to be taken */
};

/* One family of an ask; a reverse question has only one part. */
struct part {
    enum part_state state;
    struct key key;
    enum hl_answer_source source;
    size_t taken;
    hl_time took;
    const char *alias; /* next one to be given */
    struct hl_lookup result;
};

enum {
    PARTS = 2,
};

/* v6 first: when both are ready, the race wants it so. */
static const enum hl_family part_family[PARTS] = {HL_AF_INET6, HL_AF_INET};

struct ask {
    struct ask *next;
    uint64_t token;
    uint16_t port;
    hl_time asked, deadline;
    struct part parts[PARTS];
};

struct job {
    struct shared *shared;
    struct key key;
    hl_time started;
    struct hl_lookup result;
};

/* Outlives the resolver while jobs run. */
struct shared {
    struct hl_mutex lock; /* guards all below */
    unsigned refs;        /* the resolver and every job */
    int timer;            /* -1 once the resolver is gone */
    struct ask *asks;     /* in the order they were asked */
    struct job *jobs[HL_LOOKUPS_MAX];
    struct hl_cache cache;
};

struct hl_resolver {
    struct shared *shared;
};

/* --- what is asked ----------------------------------------------------------------------- */

static bool same_key(const struct key *a, const struct key *b)
{
    return a->reverse == b->reverse && a->family == b->family && a->aliases == b->aliases &&
           strcmp(a->host, b->host) == 0 && hl_addr_equal(&a->addr, &b->addr);
}

static bool ends_in_local(const char *host)
{
    size_t len = strlen(host);

    if (len > 0 && host[len - 1] == '.')
        len--;
    return len > 6 && strncasecmp(host + len - 6, ".local", 6) == 0;
}

static void make_ready(struct part *p, enum hl_answer_source source, hl_time took)
{
    p->state = PART_READY;
    p->source = source;
    p->took = took;
    p->taken = 0;
    p->alias = p->result.aliases;
}

static void fail(const struct ask *a, struct part *p, int err, hl_time at)
{
    memset(&p->result, 0, sizeof(p->result));
    p->result.err = err;
    make_ready(p, HL_SOURCE_SYSTEM, at - a->asked);
}

static bool is_done(const struct ask *a)
{
    for (int i = 0; i < PARTS; i++)
        if (a->parts[i].state != PART_UNWANTED)
            return false;
    return true;
}

static void remove_ask(struct shared *s, struct ask **link) HL_REQUIRES(s->lock)
{
    struct ask *a = *link;

    (void)s;
    *link = a->next;
    free(a);
}

/* --- jobs -------------------------------------------------------------------------------- */

static void unref(struct shared *s) HL_RELEASE(s->lock) HL_UNCHECKED
{
    bool last = --s->refs == 0;

    hl_mutex_unlock(&s->lock);
    if (last) {
        hl_mutex_fini(&s->lock);
        free(s);
    }
}

static void look_up(struct job *j)
{
    if (j->key.reverse) {
        hl_lookup_name(&j->key.addr, &j->result);
        return;
    }
    hl_lookup_host(j->key.host, j->key.family, &j->result);
    if (j->key.aliases && j->result.err == 0)
        hl_lookup_aliases(j->key.host, j->key.family, &j->result);
}

/* Failures of the network are not remembered: the next try shall see that the cable is back. */
static void remember(struct shared *s, const struct job *j, hl_time at) HL_REQUIRES(s->lock)
{
    const struct hl_cache_result result = {j->result.addrs, j->result.count, j->result.name,
                                           j->result.err};

    if (j->key.reverse)
        return;
    if (result.err == 0 || result.err == HL_ERR_NOT_FOUND || result.err == HL_ERR_NO_ADDRESS)
        hl_cache_put(&s->cache, j->key.host, j->key.family, &result, at);
}

static void serve(struct shared *s, const struct job *j, hl_time at) HL_REQUIRES(s->lock)
{
    enum hl_answer_source source = ends_in_local(j->key.host) ? HL_SOURCE_MDNS : HL_SOURCE_SYSTEM;

    for (struct ask *a = s->asks; a; a = a->next) {
        for (int i = 0; i < PARTS; i++) {
            struct part *p = &a->parts[i];

            if (p->state != PART_OPEN || !same_key(&p->key, &j->key))
                continue;
            p->result = j->result;
            make_ready(p, source, at - a->asked);
        }
    }
}

static void start_jobs(struct shared *s, hl_time at) HL_REQUIRES(s->lock);
static void arm(struct shared *s) HL_REQUIRES(s->lock);

static void *job_main(void *arg)
{
    struct job *j = arg;
    struct shared *s = j->shared;
    hl_time at;

    look_up(j);
    at = hl_clock_now();
    hl_mutex_lock(&s->lock);
    for (size_t i = 0; i < HL_LOOKUPS_MAX; i++)
        if (s->jobs[i] == j)
            s->jobs[i] = NULL;
    remember(s, j, at);
    serve(s, j, at);
    start_jobs(s, at);
    arm(s);
    free(j);
    unref(s);
    return NULL;
}

/* A detached thread that takes no signals. Returns 0 or -errno. */
static int start_thread(struct job *j)
{
    pthread_attr_t attr;
    pthread_t thread;
    sigset_t all;
    sigset_t before;
    int err = pthread_attr_init(&attr);

    if (err)
        return -err;
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, STACK_SIZE);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    err = pthread_create(&thread, &attr, job_main, j);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    return -err;
}

static int start_job(struct shared *s, struct job **slot, const struct key *key, hl_time at)
    HL_REQUIRES(s->lock)
{
    struct job *j = calloc(1, sizeof(*j));
    int err;

    if (!j)
        return -ENOMEM;
    j->shared = s;
    j->key = *key;
    j->started = at;
    err = start_thread(j);
    if (err) {
        free(j);
        return err;
    }
    *slot = j;
    s->refs++;
    return 0;
}

/* How full the table of jobs is, seen by one question. */
struct room {
    bool running;       /* the same is being asked */
    struct job **slot;  /* a free one, if this kind of question may have it */
    hl_time stuck_from; /* when all are stuck if none ends before; of use only without a slot */
};

static struct room look_for_room(struct shared *s, const struct key *key) HL_REQUIRES(s->lock)
{
    struct room room = {.stuck_from = 0};
    unsigned reverse = 0;

    for (size_t i = 0; i < HL_LOOKUPS_MAX; i++) {
        const struct job *j = s->jobs[i];

        if (!j) {
            room.slot = &s->jobs[i];
            continue;
        }
        room.running = room.running || same_key(&j->key, key);
        reverse += j->key.reverse;
        if (j->started + HL_LOOKUP_STUCK > room.stuck_from)
            room.stuck_from = j->started + HL_LOOKUP_STUCK;
    }
    if (key->reverse && reverse >= REVERSE_MAX)
        room.slot = NULL;
    return room;
}

static void start_part(struct shared *s, const struct ask *a, struct part *p, hl_time at)
    HL_REQUIRES(s->lock)
{
    struct room room = look_for_room(s, &p->key);
    int err = 0;

    if (room.running)
        return;
    if (room.slot)
        err = start_job(s, room.slot, &p->key, at);
    else if (at >= room.stuck_from)
        err = HL_ERR_NAME_BUSY;
    if (err)
        fail(a, p, err, at);
}

static void start_jobs(struct shared *s, hl_time at)
{
    for (struct ask *a = s->asks; a; a = a->next)
        for (int i = 0; i < PARTS; i++)
            if (a->parts[i].state == PART_OPEN)
                start_part(s, a, &a->parts[i], at);
}

/* --- the timer, which is all the owner has to poll ---------------------------------------- */

static void expire(struct shared *s, hl_time at) HL_REQUIRES(s->lock)
{
    for (struct ask *a = s->asks; a; a = a->next)
        for (int i = 0; i < PARTS; i++)
            if (a->parts[i].state == PART_OPEN && at >= a->deadline)
                fail(a, &a->parts[i], HL_ERR_NAME_AGAIN, at);
}

/* When there is something to take or to do for p: at once (0), at a time, or HL_NEVER. */
static hl_time part_due(struct shared *s, const struct ask *a, const struct part *p)
    HL_REQUIRES(s->lock)
{
    struct room room;

    if (p->state == PART_UNWANTED)
        return HL_NEVER;
    if (p->state == PART_READY)
        return 0;
    room = look_for_room(s, &p->key);
    return room.running || room.stuck_from > a->deadline ? a->deadline : room.stuck_from;
}

/* Setting the timer also takes back an expiry that was not seen yet, so nobody need read it. */
static void arm(struct shared *s)
{
    hl_time due = HL_NEVER;
    struct itimerspec at = {0};

    if (s->timer < 0)
        return;
    for (struct ask *a = s->asks; a; a = a->next) {
        for (int i = 0; i < PARTS; i++) {
            hl_time part = part_due(s, a, &a->parts[i]);

            due = part < due ? part : due;
        }
    }
    if (due != HL_NEVER) {
        at.it_value.tv_sec = due / HL_SECS(1);
        at.it_value.tv_nsec = due % HL_SECS(1) * 1000 + (due == 0); /* 0 would disarm it */
    }
    timerfd_settime(s->timer, TFD_TIMER_ABSTIME, &at, NULL);
}

/* --- the owner's side --------------------------------------------------------------------- */

int hl_resolver_new(struct hl_resolver **out)
{
    struct hl_resolver *r = calloc(1, sizeof(*r));
    struct shared *s = calloc(1, sizeof(*s));
    int err = -ENOMEM;

    *out = NULL;
    if (!r || !s)
        goto fail;
    s->timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
    if (s->timer < 0) {
        err = -errno;
        goto fail;
    }
    hl_mutex_init(&s->lock);
    hl_cache_init(&s->cache);
    s->refs = 1;
    r->shared = s;
    *out = r;
    return 0;
fail:
    free(s);
    free(r);
    return err;
}

void hl_resolver_free(struct hl_resolver *r)
{
    struct shared *s;

    if (!r)
        return;
    s = r->shared;
    free(r);
    hl_mutex_lock(&s->lock);
    while (s->asks)
        remove_ask(s, &s->asks);
    close(s->timer);
    s->timer = -1;
    unref(s);
}

int hl_resolver_fd(const struct hl_resolver *r) HL_UNCHECKED
{
    return r->shared->timer; /* changed by hl_resolver_free() only */
}

/* An address that needs no look-up. A Unix path belongs to neither family and goes first. */
static int answer_literal(struct ask *a, const struct hl_endpoint *what)
{
    struct hl_addr addr;
    int err = hl_addr_resolve_scope(what, &addr);
    bool given = false;

    if (err)
        return err;
    if (addr.family != HL_AF_UNIX)
        addr.port = a->port;
    for (int i = 0; i < PARTS; i++) {
        struct part *p = &a->parts[i];

        if (p->state == PART_UNWANTED)
            continue;
        if (addr.family == part_family[i] || (addr.family == HL_AF_UNIX && !given)) {
            p->result.addrs[p->result.count++] = addr;
            given = true;
        } else {
            p->result.err = HL_ERR_NO_ADDRESS;
        }
        make_ready(p, HL_SOURCE_LITERAL, 0);
    }
    return 0;
}

static bool answer_from_cache(struct shared *s, const struct ask *a, struct part *p)
    HL_REQUIRES(s->lock)
{
    const struct hl_cache_entry *e =
        p->key.aliases ? NULL : hl_cache_get(&s->cache, p->key.host, p->key.family, a->asked);

    if (!e)
        return false;
    p->result.err = e->err;
    for (size_t i = 0; i < e->count; i++)
        p->result.addrs[p->result.count++] = hl_cache_addr(e, i, 0);
    memcpy(p->result.name, e->canonical, sizeof(e->canonical));
    make_ready(p, HL_SOURCE_CACHE, 0);
    return true;
}

static void append(struct shared *s, struct ask *a) HL_REQUIRES(s->lock)
{
    struct ask **link = &s->asks;

    while (*link)
        link = &(*link)->next;
    *link = a;
}

static void enqueue(struct shared *s, struct ask *a)
{
    hl_mutex_lock(&s->lock);
    for (int i = 0; i < PARTS; i++)
        if (a->parts[i].state == PART_OPEN && !a->parts[i].key.reverse)
            answer_from_cache(s, a, &a->parts[i]);
    append(s, a);
    start_jobs(s, a->asked);
    arm(s);
    hl_mutex_unlock(&s->lock);
}

/* http over UDP is in no services file: the protocol counts only when the user chose one. */
static int find_port(const struct hl_endpoint *what, uint16_t *port)
{
    enum hl_protocol proto =
        what->transport_given ? hl_service_protocol(what->transport) : HL_PROTO_ANY;

    *port = what->port;
    return what->service[0] ? hl_service_port(what->service, proto, port) : 0;
}

static int fill_ask(struct ask *a, const struct hl_question *q)
{
    const bool wanted[PARTS] = {q->want_v6, q->want_v4};
    struct key key = {.aliases = q->want_aliases};
    int err = find_port(&q->what, &a->port);

    if (err)
        return err;
    if (q->what.kind == HL_HOST_ANY || !(q->want_v4 || q->want_v6))
        return HL_ERR_BAD_ENDPOINT;
    if (q->what.kind == HL_HOST_NAME)
        err = hl_lookup_ascii(q->what.host, key.host);
    if (err)
        return err;
    for (int i = 0; i < PARTS; i++) {
        a->parts[i].state = wanted[i] ? PART_OPEN : PART_UNWANTED;
        a->parts[i].key = key;
        a->parts[i].key.family = part_family[i];
    }
    return q->what.kind == HL_HOST_NAME ? 0 : answer_literal(a, &q->what);
}

int hl_resolver_ask(struct hl_resolver *r, const struct hl_question *q)
{
    struct ask *a = calloc(1, sizeof(*a));
    int err;

    if (!a)
        return -ENOMEM;
    a->token = q->token;
    a->asked = hl_clock_now();
    a->deadline = q->deadline;
    err = fill_ask(a, q);
    if (err) {
        free(a);
        return err;
    }
    enqueue(r->shared, a);
    return 0;
}

int hl_resolver_ask_name(struct hl_resolver *r, const struct hl_addr *addr, uint64_t token)
{
    struct ask *a;

    if (addr->family != HL_AF_INET && addr->family != HL_AF_INET6)
        return -EAFNOSUPPORT;
    a = calloc(1, sizeof(*a));
    if (!a)
        return -ENOMEM;
    a->token = token;
    a->asked = hl_clock_now();
    a->deadline = a->asked + HL_REVERSE_TIMEOUT;
    a->parts[0].state = PART_OPEN;
    a->parts[0].key.reverse = true;
    a->parts[0].key.addr = *addr;
    a->parts[0].key.addr.port = 0;
    a->parts[0].key.family = (enum hl_family)addr->family;
    enqueue(r->shared, a);
    return 0;
}

void hl_resolver_cancel(struct hl_resolver *r, uint64_t token)
{
    struct shared *s = r->shared;
    struct ask **link;

    hl_mutex_lock(&s->lock);
    link = &s->asks;
    while (*link) {
        if ((*link)->token == token)
            remove_ask(s, link);
        else
            link = &(*link)->next;
    }
    arm(s);
    hl_mutex_unlock(&s->lock);
}

/* The next answer of a part that is ready: addresses, aliases, the end. */
static void take_answer(const struct ask *a, struct part *p, struct hl_answer *out)
{
    *out = (struct hl_answer){
        .token = a->token, .family = p->key.family, .source = p->source, .took = p->took};
    if (p->taken < p->result.count) {
        out->kind = HL_ANSWER_ADDRESS;
        out->addr = p->result.addrs[p->taken++];
        if (out->addr.family != HL_AF_UNIX)
            out->addr.port = a->port;
        return;
    }
    if (*p->alias) {
        size_t len = strlen(p->alias);

        out->kind = HL_ANSWER_ALIAS;
        memcpy(out->name, p->alias, len < HL_HOST_MAX ? len : HL_HOST_MAX - 1);
        p->alias += len + 1;
        return;
    }
    out->kind = p->key.reverse ? HL_ANSWER_NAME : HL_ANSWER_DONE;
    out->err = p->result.err;
    memcpy(out->name, p->result.name, sizeof(out->name));
    p->state = PART_UNWANTED;
}

static bool next_answer(struct shared *s, struct hl_answer *out) HL_REQUIRES(s->lock)
{
    for (struct ask **link = &s->asks; *link; link = &(*link)->next) {
        for (int i = 0; i < PARTS; i++) {
            if ((*link)->parts[i].state != PART_READY)
                continue;
            take_answer(*link, &(*link)->parts[i], out);
            if (is_done(*link))
                remove_ask(s, link);
            return true;
        }
    }
    return false;
}

bool hl_resolver_next(struct hl_resolver *r, struct hl_answer *out)
{
    struct shared *s = r->shared;
    hl_time at = hl_clock_now();
    bool found;

    hl_mutex_lock(&s->lock);
    expire(s, at);
    start_jobs(s, at);
    found = next_answer(s, out);
    arm(s);
    hl_mutex_unlock(&s->lock);
    return found;
}

const char *hl_answer_source_text(enum hl_answer_source source)
{
    static const char *const texts[] = {
        [HL_SOURCE_LITERAL] = "literal",
        [HL_SOURCE_CACHE] = "cache",
        [HL_SOURCE_SYSTEM] = "system",
        [HL_SOURCE_MDNS] = "mdns",
    };

    return texts[source];
}
