/* SPDX-License-Identifier: MIT */
/* What front ends ask for. A request that delivery has no room for, or that has to wait for the
 * disk, is left where it is: its front end is read on after the next commit. */
#include "messenger_inside.h"

#include "addr.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    STALLED_MAX = 64, /* requests of one front end that may wait in the journal for the disk */
    LISTEN_MAX = 256, /* bytes of what is typed for a listener */
};

void hl_request_error(struct hl_front *f, const struct hl_ctl *c, int err, const char *why)
{
    const struct hl_ctl r = {.kind = HL_CTL_ERROR,
                             .request = c->request,
                             .contact = c->contact,
                             .err = err,
                             .has_id = c->has_id,
                             .text = hl_ctl_bytes(why ? why : hl_err_text(err))};
    struct hl_ctl with_id = r;

    memcpy(with_id.id, c->id, sizeof with_id.id);
    hl_front_put(f, &with_id);
}

void hl_request_end(struct hl_front *f, const struct hl_ctl *c)
{
    const struct hl_ctl r = {.kind = HL_CTL_END,
                             .request = c->request,
                             .number = c->number,
                             .flags = c->flags,
                             .text = c->text};

    hl_front_put(f, &r);
}

void hl_request_result(struct hl_front *f, const struct hl_ctl *c, int err)
{
    const struct hl_ctl end = {.request = c->request};

    if (err)
        hl_request_error(f, c, err, NULL);
    else
        hl_request_end(f, &end);
}

/* ---- greeting ---- */

static void tell_absent(const struct hl_messenger *m, struct hl_front *f)
{
    const struct hl_ctl c = {.kind = HL_CTL_ABSENT,
                             .flags = m->away.on ? HL_CTL_ON : 0,
                             .text = hl_ctl_bytes(m->away.why)};

    hl_front_put(f, &c);
}

static bool take_hello(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    struct hl_ctl r = {.kind = HL_CTL_WELCOME,
                       .request = c->request,
                       .version = HL_CTL_VERSION,
                       .number = (uint64_t)getpid(),
                       .has_key = true,
                       .name = hl_ctl_bytes(m->nick),
                       .flags = f->own ? HL_CTL_OWN : 0};

    if (c->version != HL_CTL_VERSION) {
        hl_request_error(f, c, HL_ERR_OTHER_VERSION, NULL);
        f->over = true;
        return true;
    }
    if (!f->own && !(c->flags & HL_CTL_F_OFFLINE))
        (void)!hl_messenger_online(m);
    if (f->own && !(c->flags & HL_CTL_F_LISTENS))
        hl_reach_begin(m);
    if (c->flags & HL_CTL_F_ENTRIES)
        hl_messenger_pass_ours(m);
    f->greeted = true;
    f->flags = c->flags;
    f->old = m->last_row;
    f->told = c->flags & HL_CTL_F_AFTER     ? c->row
              : c->flags & HL_CTL_F_UNSHOWN ? m->shown
                                            : m->last_row;
    f->behind = f->flags & HL_CTL_F_ENTRIES && f->told < m->last_row;
    r.row = m->shown;
    r.pos = f->told;
    memcpy(r.key, m->key, sizeof r.key);
    hl_front_put(f, &r);
    if (m->away.on)
        tell_absent(m, f);
    return true;
}

static bool take_stop(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    if (f->own)
        atomic_store(&m->stop, true);
    hl_request_result(f, c, f->own ? 0 : -EPERM);
    return true;
}

/* ---- network ---- */

static void tell_bound(struct hl_front *f, const struct hl_ctl *c, const struct hl_bound *bound)
{
    char text[HL_ADDR_TEXT];
    const struct hl_ctl r = {.kind = HL_CTL_BOUND,
                             .request = c->request,
                             .code = bound->transport,
                             .text = hl_ctl_bytes(hl_addr_format(&bound->addr, text))};

    hl_front_put(f, &r);
}

static bool take_listen(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    char typed[LISTEN_MAX];
    struct hl_bound bound[2];
    struct hl_endpoint at;
    size_t count = 0;
    int err = hl_request_text(&c->text, typed, sizeof typed);

    if (err == 0)
        err = hl_endpoint_parse_listen(typed, &at);
    if (err == 0)
        err = hl_messenger_online(m);
    if (err == 0)
        err = hl_listeners_open(&m->listeners, &at, c->flags & HL_CTL_PORT_DEFAULT,
                                c->flags & HL_CTL_UDP_ONLY, bound, &count);
    hl_reach_begin(m);
    for (size_t i = 0; i < count; i++)
        tell_bound(f, c, &bound[i]);
    hl_request_result(f, c, err);
    return true;
}

static bool take_listeners(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    for (size_t i = 0; i < m->listeners.count; i++) {
        if (!m->listeners.open[i].udp_only)
            tell_bound(f, c, &m->listeners.open[i].bound);
    }
    hl_request_result(f, c, 0);
    return true;
}

static bool take_pairing(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    bool on = c->flags & HL_CTL_ON;
    int err = hl_messenger_online(m);

    if (err == 0 && on != f->pairing) {
        f->pairing = on;
        m->pairing += on ? 1 : -1U;
        hl_secure_pairing(m->secure, m->pairing > 0);
    }
    hl_request_result(f, c, err);
    return true;
}

/* ---- entries ---- */

/* Gives delivery what a front end asks for, if it may wait there. */
static bool put(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c,
                struct hl_input *in)
{
    int err;

    if (m->stalled && f->stalled >= STALLED_MAX)
        return false;
    err = hl_messenger_put(m, in);
    if (err == HL_ERR_BUSY || err == -ENOMEM)
        return false;
    f->stalled = m->stalled ? f->stalled + 1 : 0;
    if (err) {
        hl_feed_unask(m, in->request); /* no effect is going to answer it */
        hl_request_error(f, c, err, NULL);
    }
    return true;
}

static bool refuse(struct hl_front *f, const struct hl_ctl *c, int err)
{
    struct hl_ctl r = {.kind = HL_CTL_STATE,
                       .request = c->request,
                       .contact = c->contact,
                       .has_id = true,
                       .err = err,
                       .text = hl_ctl_bytes(hl_err_text(err))};

    memcpy(r.id, c->id, sizeof r.id);
    hl_front_put(f, &r);
    return true;
}

static bool ask(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c,
                struct hl_input *in)
{
    struct hl_party *p = hl_party_find(m, c->contact);

    if (!p || !c->has_id) {
        hl_request_error(f, c, p ? -EINVAL : -ENOENT, NULL);
        return true;
    }
    if (in->kind == HL_INPUT_SUBMIT && p->contact.blocked)
        return refuse(f, c, HL_ERR_BLOCKED);
    in->contact = p->contact.id;
    in->request = hl_feed_ask(m, f, c->request);
    if (in->request != 0 && put(m, f, c, in))
        return true;
    hl_feed_unask(m, in->request);
    return false;
}

static bool take_submit(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    struct hl_input in = {.kind = HL_INPUT_SUBMIT,
                          .expire_us = c->number <= INT64_MAX ? (int64_t)c->number : 0,
                          .entry = {.kind = (enum hl_entry_kind)c->code,
                                    .time_ms = hl_messenger_wall(),
                                    .body = (const uint8_t *)c->text.at,
                                    .len = c->text.len}};

    if (!hl_entry_kind_name(c->code <= UINT8_MAX ? (int)c->code : 0))
        return refuse(f, c, -EINVAL);
    memcpy(in.entry.id, c->id, sizeof in.entry.id);
    if (c->has_target)
        memcpy(in.entry.target, c->target, sizeof in.entry.target);
    return ask(m, f, c, &in);
}

static bool take_cancel(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    struct hl_input in = {.kind = HL_INPUT_CANCEL};

    memcpy(in.id, c->id, sizeof in.id);
    return ask(m, f, c, &in);
}

static bool take_await(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    struct hl_party *p = hl_party_find(m, c->contact);
    struct hl_ctl state;
    int err = -ENOENT;

    if (p && c->has_id)
        err = hl_feed_lookup(m, p->contact.id, c->id, &state);
    if (err == 0)
        err = hl_feed_await(m, f, &state);
    if (err)
        return refuse(f, c, err);
    state.request = c->request;
    hl_front_put(f, &state);
    return true;
}

static bool take_seen(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    struct hl_party *p = hl_party_find(m, c->contact);
    struct hl_input in = {.kind = HL_INPUT_SEEN};

    if (!p || !c->has_id)
        return true;
    in.contact = p->contact.id;
    memcpy(in.id, c->id, sizeof in.id);
    hl_party_changed(m, p, 0); /* fewer are unread */
    return put(m, f, c, &in);
}

static bool take_shown(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    (void)f;
    hl_messenger_show(m, c->row);
    return true;
}

/* Nobody waits for the disk to say that he types. */
static bool take_typing(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    struct hl_party *p = hl_party_find(m, c->contact);
    struct hl_input in = {.kind = HL_INPUT_TYPING,
                          .on = c->flags & HL_CTL_ON,
                          .live = c->flags & HL_CTL_LIVE,
                          .bytes = {(const uint8_t *)c->text.at, c->text.len}};

    (void)f;
    if (p && !m->stalled) {
        in.contact = p->contact.id;
        (void)!hl_messenger_put(m, &in);
    }
    return true;
}

static bool take_away(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    struct hl_input in = {.kind = HL_INPUT_AWAY, .on = c->flags & HL_CTL_ON};
    char why[sizeof m->away.why];
    int err = hl_request_text(&c->text, why, sizeof why);

    if (err == 0 && (in.on != m->away.on || strcmp(why, m->away.why) != 0)) {
        in.bytes = (struct hl_bytes){(const uint8_t *)why, strlen(why)};
        if (!put(m, f, c, &in))
            return false;
        m->away.on = in.on;
        memcpy(m->away.why, why, sizeof why);
        for (struct hl_front *to = m->fronts; to; to = to->next) {
            if (to->greeted)
                tell_absent(m, to);
        }
    }
    hl_request_result(f, c, err);
    return true;
}

/* ---- reading ---- */

/* words are the job's from now on; NULL: there are none. */
static void start_job(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c,
                      const struct hl_store_query *q, char *words)
{
    struct hl_party *p = hl_party_find(m, c->contact);

    if (c->contact && !p) {
        free(words);
        hl_request_error(f, c, -ENOENT, NULL);
        return;
    }
    f->job = (struct hl_front_job){.kind = c->kind,
                                   .request = c->request,
                                   .query = *q,
                                   .words = words,
                                   .left = c->number,
                                   .most = c->count};
    f->job.query.contact = p ? p->contact.id : 0;
    f->job.query.since_ms = c->time;
    f->job.query.until_ms = c->until;
    f->job.query.words = words;
}

static bool take_history(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    const struct hl_store_query q = {.order = c->flags & HL_CTL_BACKWARD ? HL_STORE_BACKWARD
                                                                         : HL_STORE_FORWARD,
                                     .from = c->contact ? c->pos : c->row,
                                     .theirs = c->flags & HL_CTL_THEIRS};

    start_job(m, f, c, &q, NULL);
    return true;
}

static bool take_search(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    const struct hl_store_query q = {.order = HL_STORE_BACKWARD, .from = c->row};
    char *words = strndup(c->text.at ? c->text.at : "", c->text.len);

    if (words)
        start_job(m, f, c, &q, words);
    else
        hl_request_error(f, c, -ENOMEM, NULL);
    return true;
}

/* ---- what front ends leave for later ---- */

/* Under whose contact, and which name. */
static int stash_place(struct hl_messenger *m, const struct hl_ctl *c, uint32_t *contact,
                       char name[static HL_STASH_NAME + 1])
{
    struct hl_party *p = hl_party_find(m, c->contact);

    *contact = p ? p->contact.id : 0;
    return c->contact && !p ? -ENOENT : hl_request_text(&c->name, name, HL_STASH_NAME + 1);
}

static bool take_stash(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    const struct hl_bytes body = {(const uint8_t *)c->text.at, c->text.len};
    char name[HL_STASH_NAME + 1];
    uint32_t contact;
    int err = stash_place(m, c, &contact, name);

    hl_request_result(f, c, err ? err : hl_store_stash(m->store, contact, name, body));
    return true;
}

static bool take_stashed(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    struct hl_ctl end = {.request = c->request};
    struct hl_bytes body = {NULL, 0};
    char name[HL_STASH_NAME + 1];
    uint32_t contact;
    int err = stash_place(m, c, &contact, name);

    if (err == 0)
        err = hl_store_stashed(m->store, contact, name, &body);
    end.text = (struct hl_ctl_bytes){(const char *)body.at, body.len};
    if (err)
        hl_request_error(f, c, err, NULL);
    else
        hl_request_end(f, &end);
    return true;
}

/* ---- housekeeping ---- */

static bool take_prune(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    struct hl_ctl end = {.request = c->request};
    uint64_t count = 0;
    int err = 0;

    for (const struct hl_party *p = m->parties; p && err == 0; p = p->next) {
        if (c->contact != 0 && p->contact.id != c->contact)
            continue;
        err = hl_store_prune(m->store, p->contact.id, c->time, &count);
        end.number += count;
    }
    if (err)
        hl_request_error(f, c, err, hl_store_why(m->store));
    else
        hl_request_end(f, &end);
    return true;
}

static bool take_status(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    struct hl_ctl process = {.kind = HL_CTL_NOTICE,
                             .request = c->request,
                             .code = HL_CTL_STATUS_PROCESS,
                             .number = (uint64_t)getpid(),
                             .count = m->front_count,
                             .err = m->stalled};
    struct hl_ctl contacts = {.kind = HL_CTL_NOTICE,
                              .request = c->request,
                              .code = HL_CTL_STATUS_CONTACTS,
                              .flags = m->pairing ? HL_CTL_ON : 0};
    struct hl_ctl network = {
        .kind = HL_CTL_NOTICE, .request = c->request, .code = HL_CTL_STATUS_NETWORK};
    struct hl_node_stats stats = {0};

    for (const struct hl_party *p = m->parties; p; p = p->next) {
        contacts.number++;
        contacts.count += p->reach == HL_REACH_UP && p->spoke;
    }
    if (m->secure)
        hl_secure_stats(m->secure, &stats);
    network.number = stats.datagrams_in;
    network.count = stats.datagrams_out;
    network.pos = stats.strangers;
    hl_front_put(f, &process);
    hl_front_put(f, &contacts);
    hl_front_put(f, &network);
    hl_request_result(f, c, 0);
    return true;
}

/* ---- all of them ---- */

int hl_request_text(const struct hl_ctl_bytes *from, char *out, size_t size)
{
    if (from->len >= size)
        return HL_ERR_TOO_LONG;
    if (from->len > 0 && memchr(from->at, '\0', from->len))
        return -EINVAL;
    if (from->len > 0)
        memcpy(out, from->at, from->len);
    out[from->len] = '\0';
    return 0;
}

static hl_request_fn *const takers[HL_CTL_COUNT] = {
    [HL_CTL_HELLO] = take_hello,
    [HL_CTL_LISTEN] = take_listen,
    [HL_CTL_PAIRING] = take_pairing,
    [HL_CTL_OPEN] = hl_request_open,
    [HL_CTL_SHUT] = hl_request_shut,
    [HL_CTL_SUBMIT] = take_submit,
    [HL_CTL_CANCEL] = take_cancel,
    [HL_CTL_AWAIT] = take_await,
    [HL_CTL_SEEN] = take_seen,
    [HL_CTL_SHOWN] = take_shown,
    [HL_CTL_TYPING] = take_typing,
    [HL_CTL_AWAY] = take_away,
    [HL_CTL_CONTACTS] = hl_request_contacts,
    [HL_CTL_CONTACT_ADD] = hl_request_add,
    [HL_CTL_CONTACT_RENAME] = hl_request_rename,
    [HL_CTL_CONTACT_NOTE] = hl_request_note,
    [HL_CTL_CONTACT_BLOCK] = hl_request_block,
    [HL_CTL_CONTACT_VERIFY] = hl_request_verify,
    [HL_CTL_CONTACT_ACCEPT] = hl_request_accept,
    [HL_CTL_CONTACT_FORGET] = hl_request_forget,
    [HL_CTL_CONTACT_FIND] = hl_request_find,
    [HL_CTL_HISTORY] = take_history,
    [HL_CTL_SEARCH] = take_search,
    [HL_CTL_STASH] = take_stash,
    [HL_CTL_STASHED] = take_stashed,
    [HL_CTL_PRUNE] = take_prune,
    [HL_CTL_STATUS] = take_status,
    [HL_CTL_LISTENERS] = take_listeners,
    [HL_CTL_STOP] = take_stop,
};

bool hl_request_take(struct hl_messenger *m, struct hl_front *f, const struct hl_ctl *c)
{
    if (!takers[c->kind] || f->greeted == (c->kind == HL_CTL_HELLO)) {
        hl_request_error(f, c, HL_ERR_FRAMING, NULL);
        f->over = true;
        return true;
    }
    return takers[c->kind](m, f, c);
}
