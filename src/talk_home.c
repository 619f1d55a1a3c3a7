/* SPDX-License-Identifier: MIT */
/* Conversations over the messenger of the home: contacts are conversations, entries messages. */
#include "talk_inside.h"

#include "addr.h"
#include "clock.h"
#include "codepoint.h"
#include "endpoint.h"
#include "entropy.h"
#include "idmap.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum {
    LISTENS_MAX = 32,
};

#define ASK_TIME HL_SECS(20) /* for the messenger to answer; it waits for its disk at most */

/* Requests of SUBMIT carry the number of the message, so that every answer finds it; the client's
 * own numbers stay far below. */
#define SUBMITS (UINT64_C(1) << 60)

/* How far a message of ours is, kept beside its number. */
enum stage {
    STAGE_ASKED, /* not on disk yet */
    STAGE_KEPT,
    STAGE_DELIVERED, /* it may still be read */
    STAGE_CANCELLED, /* to be taken back, and not known yet whether that was in time */
    STAGES,
};

/* A listener, to be opened again by the messenger that comes after this one. */
struct listener {
    char typed[HL_ADDR_TEXT + 16];
    uint64_t flags;
};

struct talk_home {
    struct hl_client *client;
    struct hl_net *names; /* for look-ups; NULL until the first */
    int poll;             /* epoll: the client, and names */
    struct hl_idmap own;  /* by id: number * STAGES + stage */
    size_t asked;         /* messages that are not on disk yet */
    uint64_t row;         /* the last entry that was taken over */
    bool row_due;         /* the messenger is to hear of it */
    bool row_last;        /* nothing behind it is noted */
    bool seen_due;        /* some conversation has seen_due */
    struct listener listeners[LISTENS_MAX];
    size_t listener_count;
};

/* ---- the descriptor ---- */

static int watch(const struct talk_home *h, int fd)
{
    struct epoll_event ev = {.events = EPOLLIN};

    return epoll_ctl(h->poll, EPOLL_CTL_ADD, fd, &ev) ? -errno : 0;
}

static int fd(const struct hl_talk *t)
{
    return t->home->poll;
}

static struct hl_net *net(struct hl_talk *t)
{
    struct talk_home *h = t->home;

    if (h->names || hl_net_start(&t->config.net, &h->names))
        return h->names;
    if (watch(h, hl_net_fd(h->names))) {
        hl_net_stop(h->names, 0);
        h->names = NULL;
    }
    return h->names;
}

struct hl_client *hl_talk_client(struct hl_talk *t)
{
    return t->home ? t->home->client : NULL;
}

/* ---- requests ---- */

int hl_talk_ask(struct hl_talk *t, struct hl_ctl *request)
{
    return t->home ? hl_client_send(t->home->client, request) : -EOPNOTSUPP;
}

int talk_home_ask(struct hl_talk *t, struct hl_ctl *request,
                  void (*each)(void *user, const struct hl_ctl *answer), void *user)
{
    return hl_client_ask(t->home->client, request, -1, ASK_TIME, each, user);
}

/* ---- contacts ---- */

/* Forgotten, or an address turned out to be that of a contact which we know already. */
static void on_gone(struct hl_talk *t, const struct hl_ctl *r)
{
    struct conv *c = talk_conv_by_id(t, (uint32_t)r->contact);
    struct conv *other = c && r->pos ? talk_conv_of(t, r->pos, c->pub.name) : NULL;

    if (other) {
        c->pub.became = other->pub.id;
        other->wanted = other->wanted || c->wanted;
        other->pub.pending += c->pub.pending;
        talk_said_move(other, c);
    }
    if (c)
        talk_conv_free(t, c);
}

static void on_contact(struct hl_talk *t, const struct hl_ctl *r)
{
    struct conv *c;

    if (r->flags & HL_CTL_C_GONE) {
        on_gone(t, r);
        return;
    }
    c = talk_contact(t, r);
    if (c && t->ops.changed)
        t->ops.changed(t->user, &c->pub);
}

static void each_contact(void *user, const struct hl_ctl *r)
{
    if (r->kind == HL_CTL_CONTACT)
        (void)talk_contact(user, r);
}

/* ---- life ---- */

static int pair(struct hl_talk *t)
{
    struct hl_ctl r = {.kind = HL_CTL_PAIRING, .flags = HL_CTL_ON};

    return t->config.pairing ? talk_home_ask(t, &r, NULL, NULL) : 0;
}

static void close_home(struct talk_home *h, hl_time flush)
{
    if (h->names)
        hl_net_stop(h->names, 0);
    if (h->client)
        hl_client_close(h->client, flush);
    if (h->poll >= 0)
        close(h->poll);
    hl_idmap_fini(&h->own);
    free(h);
}

static int start(struct hl_talk *t, char why[static HL_STORE_WHY])
{
    struct hl_ctl contacts = {.kind = HL_CTL_CONTACTS};
    int err = -ENOMEM;

    snprintf(why, HL_STORE_WHY, "messenger: out of memory");
    t->home = calloc(1, sizeof *t->home);
    if (!t->home)
        return err;
    t->home->poll = epoll_create1(EPOLL_CLOEXEC);
    err = t->home->poll < 0 ? -errno : hl_client_open(t->config.client, &t->home->client, why);
    t->config.client = NULL; /* the caller's, with the key in it, and only for this */
    if (err == 0) {
        err = watch(t->home, hl_client_fd(t->home->client));
        if (err == 0)
            err = talk_home_ask(t, &contacts, each_contact, t);
        if (err == 0)
            err = pair(t);
        if (err)
            snprintf(why, HL_STORE_WHY, "messenger: %s", hl_err_text(err));
    }
    if (err) {
        close_home(t->home, 0);
        while (t->convs)
            talk_conv_free(t, t->convs);
    }
    return err;
}

static void pump(struct hl_talk *t);

/* What was said is on disk before we go, or the disk takes nothing. */
static void stop(struct hl_talk *t, hl_time flush)
{
    hl_time deadline = hl_clock_now() + flush;

    pump(t);
    while (t->home->asked && hl_clock_now() < deadline) {
        struct pollfd p = {.fd = t->home->poll, .events = POLLIN};
        struct timespec left;

        (void)ppoll(&p, 1, hl_clock_left(deadline, &left), NULL);
        pump(t);
    }
    close_home(t->home, deadline - hl_clock_now() > 0 ? deadline - hl_clock_now() : 0);
}

/* ---- listeners ---- */

struct bounds {
    struct hl_bound *bound;
    size_t count;
};

static bool read_bound(const struct hl_ctl *r, struct hl_bound *out)
{
    char text[HL_ADDR_TEXT + 16];
    struct hl_endpoint at;

    hl_ctl_text(&r->text, text, sizeof text);
    if (hl_endpoint_parse_listen(text, &at))
        return false;
    *out = (struct hl_bound){.transport = (enum hl_transport)r->code, .addr = at.addr};
    return true;
}

static void each_bound(void *user, const struct hl_ctl *r)
{
    struct bounds *b = user;

    if (r->kind == HL_CTL_BOUND && b->count < 2)
        b->count += read_bound(r, &b->bound[b->count]);
}

static void on_bound(struct hl_talk *t, const struct hl_ctl *r)
{
    struct hl_bound bound;

    if (t->ops.bound && read_bound(r, &bound))
        t->ops.bound(t->user, &bound);
}

/* The port that the system chose is the one that peers know by now. Where no host was named the
 * bound address is [::], which would mean IPv6 alone if it were typed. bound: NULL = none yet. */
static void remember_listener(struct talk_home *h, const struct hl_ctl *r,
                              const struct hl_bound *bound)
{
    bool has_port = bound && (bound->transport == HL_UDP || bound->transport == HL_TCP);
    struct hl_endpoint typed = {.kind = HL_HOST_ANY};
    char text[HL_ADDR_TEXT];
    struct listener *l;
    const char *scheme;

    if (h->listener_count == LISTENS_MAX)
        return;
    l = &h->listeners[h->listener_count++];
    l->flags = r->flags;
    hl_ctl_text(&r->text, l->typed, sizeof l->typed);
    if (!has_port)
        return;
    scheme = bound->transport == HL_TCP ? "tcp://" : "";
    (void)!hl_endpoint_parse_listen(l->typed, &typed);
    hl_addr_format(&bound->addr, text);
    if (typed.kind == HL_HOST_ANY)
        snprintf(l->typed, sizeof l->typed, "%s%u", scheme, bound->addr.port);
    else
        snprintf(l->typed, sizeof l->typed, "%s%s", scheme, text);
}

static int listen_on(struct hl_talk *t, const char *typed, bool port_default, bool udp_only,
                     struct hl_bound bound[static 2], size_t *count)
{
    struct talk_home *h = t->home;
    struct bounds b = {.bound = bound};
    struct hl_ctl r = {.kind = HL_CTL_LISTEN,
                       .flags = (port_default ? HL_CTL_PORT_DEFAULT : 0) |
                                (udp_only ? HL_CTL_UDP_ONLY : 0),
                       .text = hl_ctl_bytes(typed)};
    int err;

    if ((port_default || udp_only) && !hl_client_serves(h->client)) {
        remember_listener(h, &r, NULL);
        return 0;
    }
    err = talk_home_ask(t, &r, each_bound, &b);
    *count = b.count;
    if (err == 0 && b.count > 0)
        remember_listener(h, &r, &bound[0]);
    return err;
}

/* ---- opening and closing ---- */

struct opening {
    struct hl_talk *t;
    struct conv *conv;
};

static void opened(void *user, const struct hl_ctl *r)
{
    struct opening *o = user;

    if (r->kind == HL_CTL_CONTACT)
        o->conv = talk_contact(o->t, r);
}

static int open_conv(struct hl_talk *t, const char *typed, hl_time timeout, struct conv **out)
{
    struct opening o = {.t = t};
    struct hl_ctl r = {.kind = HL_CTL_OPEN,
                       .flags = t->config.prefer_tcp ? HL_CTL_TCP : 0,
                       .number = (uint64_t)timeout,
                       .text = hl_ctl_bytes(typed)};
    int err = talk_home_ask(t, &r, opened, &o);

    if (err)
        return err;
    if (!o.conv)
        return -ENOMEM;
    o.conv->wanted = true;
    o.conv->timeout = timeout;
    *out = o.conv;
    return 0;
}

/* The peer has no half-close: whoever has said its last leaves when all is delivered. */
static int finish(struct hl_talk *t, struct conv *c)
{
    (void)t;
    c->pub.finish_sent = true;
    return 0;
}

static int close_conv(struct hl_talk *t, struct conv *c)
{
    struct hl_ctl r = {.kind = HL_CTL_SHUT, .contact = c->pub.id};

    c->wanted = false;
    return hl_talk_ask(t, &r);
}

static void forget(struct hl_talk *t, struct conv *c)
{
    (void)!close_conv(t, c);
}

/* Another messenger has taken over: what the old one was asked for, beside entries, which the
 * client looks after, it is asked for again. */
static void on_welcome(struct hl_talk *t)
{
    struct talk_home *h = t->home;
    bool serves = hl_client_serves(h->client);

    for (size_t i = 0; i < h->listener_count; i++) {
        bool left = h->listeners[i].flags & (HL_CTL_PORT_DEFAULT | HL_CTL_UDP_ONLY);
        const char *typed = h->listeners[i].typed;
        struct hl_ctl r = {
            .kind = HL_CTL_LISTEN, .flags = h->listeners[i].flags, .text = hl_ctl_bytes(typed)};

        if (serves || !left)
            (void)!hl_talk_ask(t, &r);
    }
    if (t->config.pairing)
        (void)!hl_talk_ask(t, &(struct hl_ctl){.kind = HL_CTL_PAIRING, .flags = HL_CTL_ON});
    if (t->away.on)
        (void)!hl_talk_away(t, true, t->away.why);
    for (struct conv *c = t->convs; c; c = c->next) {
        struct hl_ctl r = {.kind = HL_CTL_OPEN,
                           .flags = t->config.prefer_tcp ? HL_CTL_TCP : 0,
                           .number = (uint64_t)c->timeout,
                           .text = {c->pub.name, strlen(c->pub.name)}};

        if (c->wanted)
            (void)!hl_talk_ask(t, &r);
    }
}

/* ---- what is said ---- */

static void make_id(uint8_t id[HL_ID_SIZE])
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    hl_entry_make_id(hl_entropy_env(), (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000, id);
}

static int say(struct hl_talk *t, struct conv *c, const struct hl_saying *s, uint64_t *msg)
{
    struct hl_ctl r = {.kind = HL_CTL_SUBMIT,
                       .request = SUBMITS + t->next_msg + 1,
                       .contact = c->pub.id,
                       .code = s->kind,
                       .number = (uint64_t)s->expire,
                       .has_id = true,
                       .has_target = s->target != NULL,
                       .text = {s->text, s->len}};
    int err;

    if (s->len > HL_BODY_MAX)
        return HL_ERR_TOO_LONG;
    make_id(r.id);
    if (s->target)
        memcpy(r.target, s->target, sizeof r.target);
    if (hl_idmap_put(&t->home->own, r.id, (t->next_msg + 1) * STAGES + STAGE_ASKED))
        return -ENOMEM;
    err = hl_talk_ask(t, &r);
    if (err) {
        (void)hl_idmap_take(&t->home->own, r.id);
        return err;
    }
    *msg = ++t->next_msg;
    t->queued++;
    c->pub.pending++;
    t->home->asked++;
    if (s->kind == HL_ENTRY_TEXT)
        talk_said_add(c, r.id, true, s->text, s->len);
    return 0;
}

size_t hl_talk_unsaved(const struct hl_talk *t)
{
    return t->home ? t->home->asked : 0;
}

int hl_talk_cancel(struct hl_talk *t, struct hl_conv *c, const uint8_t id[static HL_ID_SIZE])
{
    struct hl_ctl r = {.kind = HL_CTL_CANCEL, .contact = c->id, .has_id = true};

    memcpy(r.id, id, sizeof r.id);
    return hl_talk_ask(t, &r);
}

/* ---- what became of it ---- */

/* Counts a message on to its next stage. */
static void advance(struct hl_talk *t, struct conv *c, const uint8_t *id, uint64_t known,
                    enum hl_entry_state state)
{
    enum stage stage = (enum stage)(known % STAGES);
    bool last = hl_entry_state_last((int)state) &&
                (state != HL_STATE_DELIVERED || !t->config.keep_delivered);

    if (stage == STAGE_ASKED)
        t->home->asked--;
    if (stage != STAGE_DELIVERED && hl_entry_state_last((int)state)) {
        t->queued--;
        c->pub.pending -= c->pub.pending > 0; /* of a forgotten contact it may not be known */
        c->pub.sent += state == HL_STATE_DELIVERED || state == HL_STATE_READ;
        c->pub.failed += state == HL_STATE_FAILED || state == HL_STATE_EXPIRED;
        stage = STAGE_DELIVERED;
    } else if (stage == STAGE_ASKED) {
        stage = STAGE_KEPT;
    }
    if (last)
        (void)hl_idmap_take(&t->home->own, id);
    else /* it is there already: no memory is asked for */
        (void)!hl_idmap_put(&t->home->own, id, known / STAGES * STAGES + stage);
}

static void tell_fate(struct hl_talk *t, struct conv *c, struct hl_fate *f)
{
    uint8_t id[HL_ID_SIZE];
    uint64_t known = hl_idmap_get(&t->home->own, f->id);

    memcpy(id, f->id, sizeof id); /* it may stand in the map, which is about to move */
    f->id = id;
    f->msg = known / STAGES;
    if (known)
        advance(t, c, id, known, f->state);
    talk_said_state(c, id, f->state);
    if (t->ops.delivery)
        t->ops.delivery(t->user, &c->pub, f);
}

static void on_state(struct hl_talk *t, struct conv *c, const struct hl_ctl *r)
{
    bool refused = r->state == 0;
    struct hl_fate f = {.id = r->id,
                        .row = r->row,
                        .pos = r->pos,
                        .state = refused ? HL_STATE_FAILED : (enum hl_entry_state)r->state,
                        .err = r->err};
    bool cancel = r->request && r->request < SUBMITS;

    /* The answer to CANCEL that changes nothing is for who asked for it. */
    if (r->has_id && !(cancel && (refused || r->err)))
        tell_fate(t, c, &f);
    if (cancel && t->ops.told)
        t->ops.told(t->user, &c->pub, r);
}

/* The messenger could make nothing of a SUBMIT. */
static void on_refusal(struct hl_talk *t, struct conv *c, const struct hl_ctl *r)
{
    struct hl_fate f = {.id = r->id, .state = HL_STATE_FAILED, .err = r->err};

    if (r->has_id)
        tell_fate(t, c, &f);
}

bool hl_talk_cancel_all(struct hl_talk *t, struct hl_conv *c)
{
    size_t at = 0;
    uint64_t number;
    const uint8_t *id;

    while (t->home && (id = hl_idmap_next(&t->home->own, &at, &number)) != NULL) {
        if (number % STAGES != STAGE_KEPT)
            continue;
        if (hl_talk_cancel(t, c, id))
            return false;
        (void)!hl_idmap_put(&t->home->own, id, number - STAGE_KEPT + STAGE_CANCELLED);
    }
    return true;
}

/* ---- what comes in ---- */

static void tell_entry(struct hl_talk *t, struct conv *c, const struct hl_ctl *r)
{
    struct hl_incoming m = {.text = r->text.at,
                            .len = r->text.len,
                            .bad_utf8 = !hl_codepoint_valid(r->text.at, r->text.len),
                            .time = hl_clock_now(),
                            .entry = r};
    bool changed = (r->flags & HL_CTL_E_CHANGED) != 0;
    bool ours = (r->flags & HL_CTL_E_OURS) != 0;
    const struct hl_said *said = changed ? hl_talk_said_id(&c->pub, r->id) : NULL;
    struct hl_said was; /* the ring is about to change */

    if (said) {
        was = *said;
        m.was = was.text;
        m.was_len = was.len;
    }
    if (!r->has_id ||
        (ours && !changed && !(r->flags & HL_CTL_E_OLD) && hl_idmap_get(&t->home->own, r->id)))
        return; /* our own words, told back */
    if (changed) {
        talk_said_text(c, r->id, m.text, m.len);
    } else if (r->code == HL_ENTRY_TEXT) {
        talk_said_add(c, r->id, ours, m.text, m.len);
        if (ours)
            talk_said_state(c, r->id, (enum hl_entry_state)r->state);
        c->pub.received += !ours && !(r->flags & HL_CTL_E_OLD);
    }
    if (t->ops.incoming)
        t->ops.incoming(t->user, &c->pub, &m);
}

int hl_talk_history(struct hl_talk *t, struct hl_conv *c, size_t count)
{
    return t->home ? talk_pages_tell(t, (struct conv *)c, count, tell_entry) : -EOPNOTSUPP;
}

/* ---- what was taken over ---- */

void hl_talk_taken(struct hl_talk *t, struct hl_conv *pub, const struct hl_ctl *entry, bool seen)
{
    struct conv *c = (struct conv *)pub;
    struct talk_home *h = t->home;

    if (!h || entry->flags & HL_CTL_E_OURS)
        return;
    if (entry->row > h->row && !h->row_last) {
        h->row = entry->row;
        h->row_due = true;
    }
    if (seen && entry->has_id && !(entry->flags & HL_CTL_E_SEEN)) {
        memcpy(c->seen, entry->id, sizeof c->seen);
        c->seen_due = h->seen_due = true;
    }
}

void hl_talk_left(struct hl_talk *t)
{
    if (t->home)
        t->home->row_last = true;
}

/* What finds no room on the line now does so at the next call. */
void hl_talk_settle(struct hl_talk *t)
{
    struct talk_home *h = t->home;
    bool left = false;

    if (!h)
        return;
    if (h->row_due)
        h->row_due = hl_talk_ask(t, &(struct hl_ctl){.kind = HL_CTL_SHOWN, .row = h->row}) != 0;
    for (struct conv *c = h->seen_due ? t->convs : NULL; c; c = c->next) {
        struct hl_ctl r = {.kind = HL_CTL_SEEN, .contact = c->pub.id, .has_id = true};

        memcpy(r.id, c->seen, sizeof r.id);
        if (c->seen_due)
            c->seen_due = hl_talk_ask(t, &r) != 0;
        left = left || c->seen_due;
    }
    h->seen_due = left;
}

/* ---- records ---- */

static void on_trying(struct hl_talk *t, struct conv *c, const struct hl_ctl *r)
{
    char text[HL_CONTACT_ADDRESS];
    struct hl_addr at;

    hl_ctl_text(&r->text, text, sizeof text);
    at = talk_numbers(text);
    if (t->ops.trying && at.family != HL_AF_NONE)
        t->ops.trying(t->user, &c->pub, &at, r->err);
}

static void on_host(struct hl_talk *t, const struct hl_ctl *r)
{
    char what[64];
    char local[HL_ADDR_TEXT];
    struct hl_addr addr;

    hl_ctl_text(&r->text, what, sizeof what);
    hl_ctl_text(&r->local, local, sizeof local);
    addr = talk_numbers(local);
    if (t->ops.host)
        t->ops.host(t->user, &(struct hl_host_news){.what = what,
                                                    .addr = addr.family ? &addr : NULL,
                                                    .index = (uint32_t)r->number});
}

static void tell(struct hl_talk *t, struct conv *c, const struct hl_ctl *r)
{
    if (t->ops.told)
        t->ops.told(t->user, c ? &c->pub : NULL, r);
}

/* Records of a conversation. */
static void on_conv(struct hl_talk *t, struct conv *c, const struct hl_ctl *r)
{
    switch ((int)r->kind) {
    case HL_CTL_ENTRY:
        if (r->request)
            tell(t, c, r); /* found by a search */
        else
            tell_entry(t, c, r);
        break;
    case HL_CTL_STATE:
        on_state(t, c, r);
        break;
    case HL_CTL_ERROR:
        if (r->request >= SUBMITS)
            on_refusal(t, c, r);
        else
            tell(t, c, r);
        break;
    case HL_CTL_TRYING:
        on_trying(t, c, r);
        break;
    default:
        tell(t, c, r);
        break;
    }
}

/* Whom a record is about. A contact is told of before what it says, and of what is told after its
 * end only the fate of our own words matters. */
static struct conv *subject(struct hl_talk *t, const struct hl_ctl *r)
{
    struct conv *c = r->kind != HL_CTL_CONTACT ? talk_conv_by_id(t, (uint32_t)r->contact) : NULL;

    if (!c && r->kind != HL_CTL_CONTACT && r->has_id && hl_idmap_get(&t->home->own, r->id))
        c = talk_conv_of(t, r->contact, "a forgotten contact");
    return c;
}

static void on_record(struct hl_talk *t, const struct hl_ctl *r)
{
    struct conv *c = subject(t, r);

    switch ((int)r->kind) {
    case HL_CTL_WELCOME:
        on_welcome(t);
        break;
    case HL_CTL_ABSENT:
        talk_absent(t, r);
        tell(t, NULL, r);
        break;
    case HL_CTL_CONTACT:
        on_contact(t, r);
        if (r->request)
            tell(t, talk_conv_by_id(t, (uint32_t)r->contact), r);
        break;
    case HL_CTL_DROPPED:
        t->dropped += r->count;
        if (t->ops.dropped)
            t->ops.dropped(t->user, r->count);
        break;
    case HL_CTL_HOST:
        on_host(t, r);
        break;
    case HL_CTL_BOUND:
        on_bound(t, r);
        break;
    default:
        if (c)
            on_conv(t, c, r);
        else if (r->contact == 0 || r->kind == HL_CTL_ERROR)
            tell(t, NULL, r);
        break;
    }
}

static void pump(struct hl_talk *t)
{
    struct talk_home *h = t->home;
    struct hl_event ev;
    struct hl_ctl r;
    int n = 0;

    for (; n < TALK_EVENTS && hl_client_next(h->client, &r); n++)
        on_record(t, &r);
    for (n = 0; h->names && n < TALK_EVENTS && hl_net_next(h->names, &ev); n++)
        talk_net_event(t, &ev);
}

const struct talk_mode talk_home = {.start = start,
                                    .stop = stop,
                                    .fd = fd,
                                    .net = net,
                                    .listen = listen_on,
                                    .open = open_conv,
                                    .say = say,
                                    .finish = finish,
                                    .close = close_conv,
                                    .forget = forget,
                                    .pump = pump};
