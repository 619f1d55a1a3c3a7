/* SPDX-License-Identifier: MIT */
#include "traffic.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define FILE_TOKEN (UINT64_C(1) << 63)

/* Stands in every long message; watch.h looks for it on the wire. */
static const char canary[] = "in the clear";

struct traffic *traffic_new(struct world *w)
{
    struct traffic *t = calloc(1, sizeof *t);

    assert(t);
    t->world = w;
    t->scratch = malloc(HL_MESSAGE_MAX);
    assert(t->scratch);
    return t;
}

void traffic_free(struct traffic *t)
{
    for (unsigned i = 0; i < t->talks_count; i++)
        free(t->talks[i].messages);
    free(t->scratch);
    free(t);
}

/* ---- contents ---- */

static void fill(uint8_t *out, size_t len, uint64_t key, uint64_t offset)
{
    for (size_t i = 0; i < len;) {
        uint64_t word = sim_mix(key + (offset + i) / 8);
        size_t skip = (size_t)((offset + i) % 8);
        size_t part = len - i < 8 - skip ? len - i : 8 - skip;

        memcpy(out + i, (const uint8_t *)&word + skip, part);
        i += part;
    }
}

struct head {
    uint8_t talk, life;
    uint16_t stream;
    uint32_t number;
};
_Static_assert(sizeof(struct head) == TRAFFIC_HEAD, "fits the messages that tell");

static void compose(struct traffic *t, const struct head *head, uint8_t *out, size_t len)
{
    uint64_t key;

    (void)t;
    memcpy(&key, head, sizeof key);
    fill(out, len, sim_mix(key), 0);
    if (len >= TRAFFIC_HEAD)
        memcpy(out, head, sizeof *head);
    if (len >= TRAFFIC_HEAD + sizeof canary)
        memcpy(out + TRAFFIC_HEAD, canary, sizeof canary);
}

/* ---- messages out ---- */

struct traffic_talk *traffic_talk(struct world *w, unsigned from, unsigned to, uint64_t stream)
{
    struct traffic *t = w->traffic;
    struct traffic_talk *talk;

    for (unsigned i = 0; i < t->talks_count; i++) {
        talk = &t->talks[i];
        if (talk->from == from && talk->to == to && talk->stream == stream)
            return talk;
    }
    assert(t->talks_count < TRAFFIC_TALKS);
    talk = &t->talks[t->talks_count++];
    *talk = (struct traffic_talk){.from = from, .to = to, .stream = stream};
    return talk;
}

static struct head head_of(const struct traffic *t, const struct traffic_talk *talk, unsigned life,
                           size_t number)
{
    return (struct head){.talk = (uint8_t)(talk - t->talks),
                         .life = (uint8_t)life,
                         .stream = (uint16_t)talk->stream,
                         .number = (uint32_t)number};
}

static void push_talk(struct world *w, struct traffic_talk *talk)
{
    struct traffic *t = w->traffic;

    while (talk->queued < talk->count && !talk->blocked) {
        struct head head = head_of(t, talk, w->nodes[talk->from].life, talk->queued);
        struct hl_command c = {.kind = HL_CMD_SEND,
                               .stream = talk->stream,
                               .token = talk->queued + 1,
                               .data = t->scratch,
                               .len = talk->messages[talk->queued].len};
        int err;

        compose(t, &head, t->scratch, c.len);
        err = world_command(w, talk->from, talk->to, &c);
        if (err == HL_ERR_BUSY)
            talk->blocked = true;
        else if (err && !w->nodes[talk->from].env.failures)
            world_fail(w, "node %u cannot say a message: %s", talk->from, hl_err_text(err));
        if (err)
            return; /* no memory: tried again with whatever comes next */
        talk->queued++;
    }
}

void traffic_say(struct world *w, unsigned from, unsigned to, uint64_t stream, uint32_t len)
{
    struct traffic_talk *talk = traffic_talk(w, from, to, stream);

    if (w->nodes[from].down)
        return;
    if (talk->count == talk->cap) {
        talk->cap = talk->cap ? talk->cap * 2 : 64;
        talk->messages = reallocarray(talk->messages, talk->cap, sizeof *talk->messages);
        assert(talk->messages);
    }
    talk->messages[talk->count++] =
        (struct traffic_message){.said = world_now(w), .delivered = -1, .len = len};
    w->nodes[from].touched = true;
}

/* ---- streams out ---- */

static uint64_t file_key(const struct traffic_file *f)
{
    return sim_mix(f->stream * 64 + f->from * 8 + f->to);
}

static void push_file(struct world *w, struct traffic_file *f)
{
    struct traffic *t = w->traffic;

    while (!f->given_up && !f->fin_written) {
        size_t taken = 0, len = HL_MESSAGE_MAX;
        int err;
        struct hl_command c = {.kind = HL_CMD_WRITE,
                               .stream = f->stream,
                               .token = FILE_TOKEN | (uint64_t)(f - t->files),
                               .data = t->scratch,
                               .taken = &taken};

        if (f->size - f->written <= len) {
            len = (size_t)(f->size - f->written);
            c.fin = true;
        }
        c.len = len;
        fill(t->scratch, len, file_key(f), f->written);
        err = world_command(w, f->from, f->to, &c);
        if (err && err != HL_ERR_BUSY && !w->nodes[f->from].env.failures)
            world_fail(w, "node %u cannot write: %s", f->from, hl_err_text(err));
        if (err)
            return;
        f->written += taken;
        f->fin_written = c.fin && taken == len;
        if (taken < len)
            return;
    }
}

unsigned traffic_send_file(struct world *w, unsigned from, unsigned to, uint64_t size)
{
    struct traffic *t = w->traffic;

    assert(t->files_count < TRAFFIC_FILES);
    t->files[t->files_count] =
        (struct traffic_file){.from = from,
                              .to = to,
                              .stream = HL_STREAM_BYTES + t->next_stream[from][to]++,
                              .size = size,
                              .said = world_now(w),
                              .done = -1,
                              .given_up = w->nodes[from].down};
    w->nodes[from].touched = true;
    return t->files_count++;
}

static void end_file(struct world *w, struct traffic_file *f, enum hl_command_kind kind,
                     unsigned who, unsigned peer)
{
    struct hl_command c = {.kind = kind, .stream = f->stream, .code = 7};

    if (f->given_up || w->nodes[who].down)
        return;
    f->given_up = true;
    (void)!world_command(w, who, peer, &c);
}

void traffic_reset_file(struct world *w, unsigned file)
{
    struct traffic_file *f = &w->traffic->files[file];

    if (f->written)
        end_file(w, f, HL_CMD_RESET, f->from, f->to);
}

void traffic_stop_file(struct world *w, unsigned file)
{
    struct traffic_file *f = &w->traffic->files[file];

    if (f->got)
        end_file(w, f, HL_CMD_STOP, f->to, f->from);
}

void traffic_push(struct world *w, unsigned from)
{
    struct traffic *t = w->traffic;

    for (unsigned i = 0; i < t->talks_count && !world_failed(w); i++) {
        if (t->talks[i].from == from)
            push_talk(w, &t->talks[i]);
    }
    for (unsigned i = 0; i < t->files_count && !world_failed(w); i++) {
        if (t->files[i].from == from)
            push_file(w, &t->files[i]);
    }
}

/* ---- in ---- */

/* May the receiver pass over that message? Only in a later life than the one in which it was
 * acknowledged: then its host had it and lost it. */
static bool may_skip(const struct world *w, const struct traffic_talk *talk, size_t number)
{
    bool told = talk->messages[number].acked || w->nodes[talk->from].deaf; /* it would not know */

    return talk->receiver_lost && told;
}

static void took_message(struct world *w, struct traffic_talk *talk, const struct head *head)
{
    size_t *next = &talk->next[head->life];
    struct traffic_message *m;

    if (head->life < talk->life || head->number < *next) {
        world_fail(w, "message %u of life %u twice or out of order", head->number, head->life);
        return;
    }
    talk->life = head->life;
    talk->total++;
    if (head->life == w->nodes[talk->from].life) {
        for (; *next < head->number; ++*next) {
            if (!may_skip(w, talk, *next)) {
                world_fail(w, "message %zu was skipped", *next);
                return;
            }
        }
        m = &talk->messages[head->number];
        if (m->delivered < 0) {
            m->delivered = world_now(w);
            talk->delivered++;
        } else {
            talk->again++;
        }
    }
    *next = head->number + 1;
}

static void event_message(struct world *w, struct traffic_talk *talk, const uint8_t *data,
                          size_t len)
{
    struct traffic *t = w->traffic;
    unsigned life = w->nodes[talk->from].life;
    struct head head = head_of(t, talk, life, talk->next[life]);

    if (len >= TRAFFIC_HEAD) {
        memcpy(&head, data, sizeof head);
        if (head.talk != talk - t->talks || head.life > life ||
            (head.life == life && head.number >= talk->queued)) {
            world_fail(w, "a message that was never said");
            return;
        }
    }
    compose(t, &head, t->scratch, len);
    if (memcmp(t->scratch, data, len) != 0 ||
        (head.life == life &&
         (head.number >= talk->queued || talk->messages[head.number].len != len))) {
        world_fail(w, "a message of %zu bytes that was not said so", len);
        return;
    }
    took_message(w, talk, &head);
}

static struct traffic_file *find_file(struct world *w, unsigned from, unsigned to, uint64_t stream)
{
    struct traffic *t = w->traffic;

    for (unsigned i = 0; i < t->files_count; i++) {
        struct traffic_file *f = &t->files[i];

        if (f->from == from && f->to == to && f->stream == stream)
            return f;
    }
    world_fail(w, "stream %lu was never opened", (unsigned long)stream);
    return NULL;
}

static void event_data(struct world *w, struct traffic_file *f, const struct hl_flow_event *ev)
{
    struct traffic *t = w->traffic;

    if (f->given_up && !ev->len)
        return;
    if (ev->offset != f->got || f->finished || f->got + ev->len > f->written) {
        if (!f->given_up)
            world_fail(w, "stream %lu: %zu bytes at %lu after %lu of %lu", (unsigned long)f->stream,
                       ev->len, (unsigned long)ev->offset, (unsigned long)f->got,
                       (unsigned long)f->written);
        return;
    }
    for (size_t at = 0; at < ev->len;) {
        size_t part = ev->len - at < HL_MESSAGE_MAX ? ev->len - at : HL_MESSAGE_MAX;

        fill(t->scratch, part, file_key(f), f->got + at);
        if (memcmp(t->scratch, ev->data + at, part) != 0) {
            world_fail(w, "stream %lu: wrong bytes", (unsigned long)f->stream);
            return;
        }
        at += part;
    }
    f->got += ev->len;
    if (ev->fin) {
        if (f->got != f->size)
            world_fail(w, "stream %lu ended early", (unsigned long)f->stream);
        f->finished = true;
        f->done = world_now(w);
    }
}

static void event_acked(struct world *w, unsigned from, unsigned to, const struct hl_flow_event *ev)
{
    struct traffic *t = w->traffic;
    struct traffic_talk *talk;
    uint64_t number = ev->token - 1;

    if (ev->token & FILE_TOKEN) {
        struct traffic_file *f = &t->files[ev->token & ~FILE_TOKEN];

        if (f->from != from || f->to != to || !f->fin_written || f->acked)
            world_fail(w, "an end of stream acknowledged that was not sent, or twice");
        f->acked = true;
        return;
    }
    talk = traffic_talk(w, from, to, ev->stream);
    if (number >= talk->queued || talk->messages[number].acked) {
        world_fail(w, "message %lu acknowledged unsent or twice", (unsigned long)number);
        return;
    }
    talk->messages[number].acked = true;
    talk->acked++;
}

static void event_of_file(struct world *w, unsigned at, unsigned peer,
                          const struct hl_flow_event *ev)
{
    struct traffic_file *f;

    if (ev->kind == HL_FLOW_STOPPED) {
        f = find_file(w, at, peer, ev->stream);
        if (f && !f->given_up && !w->may_restart && !w->nodes[at].peer[peer].restarts)
            world_fail(w, "stream %lu stopped, and nobody did", (unsigned long)f->stream);
        if (f)
            f->given_up = true;
        return;
    }
    f = find_file(w, peer, at, ev->stream);
    if (!f)
        return;
    if (ev->kind == HL_FLOW_DATA)
        event_data(w, f, ev);
    else if (!f->given_up)
        world_fail(w, "stream %lu reset, and nobody did", (unsigned long)f->stream);
}

void traffic_event(struct world *w, unsigned at, unsigned peer, const struct hl_flow_event *ev)
{
    switch (ev->kind) {
    case HL_FLOW_MESSAGE:
        event_message(w, traffic_talk(w, peer, at, ev->stream), ev->data, ev->len);
        break;
    case HL_FLOW_ACKED:
        event_acked(w, at, peer, ev);
        break;
    case HL_FLOW_WRITABLE:
        if (ev->stream < HL_STREAM_BYTES)
            traffic_talk(w, at, peer, ev->stream)->blocked = false;
        w->nodes[at].touched = true;
        break;
    case HL_FLOW_DATA:
    case HL_FLOW_RESET:
    case HL_FLOW_STOPPED:
        event_of_file(w, at, peer, ev);
        break;
    case HL_FLOW_BROKEN:
        world_fail(w, "node %u found a message of %u broken", at, peer);
        break;
    }
}

/* ---- the whole ---- */

void traffic_restarted(struct world *w, unsigned node)
{
    struct traffic *t = w->traffic;

    for (unsigned i = 0; i < t->talks_count; i++) {
        struct traffic_talk *talk = &t->talks[i];

        if (talk->from == node) { /* what was not sent yet is forgotten with its sender */
            talk->count = talk->queued = talk->delivered = talk->acked = 0;
            talk->blocked = talk->receiver_lost = false;
            talk->sender_lost = true;
        } else if (talk->to == node) {
            memset(talk->next, 0, sizeof talk->next);
            talk->life = 0;
            talk->receiver_lost = true;
        }
    }
    for (unsigned i = 0; i < t->files_count; i++) {
        struct traffic_file *f = &t->files[i];

        if ((f->from == node || f->to == node) && !(f->finished && f->acked))
            f->given_up = true;
    }
}

void traffic_renewed(struct world *w, unsigned from, unsigned to)
{
    struct traffic *t = w->traffic;

    for (unsigned i = 0; i < t->talks_count; i++) {
        struct traffic_talk *talk = &t->talks[i];

        if (talk->from != from || talk->to != to)
            continue;
        talk->next[w->nodes[from].life] = 0;
        talk->receiver_lost = true;
    }
}

void traffic_repeat(struct world *w, unsigned from, unsigned to)
{
    struct traffic *t = w->traffic;

    for (unsigned i = 0; i < t->talks_count; i++) {
        struct traffic_talk *talk = &t->talks[i];

        if (talk->from != from || talk->to != to)
            continue;
        talk->queued = talk->acked;
        talk->blocked = false;
    }
    w->nodes[from].touched = true;
}

static bool talk_done(const struct world *w, const struct traffic_talk *talk)
{
    if (w->nodes[talk->from].down)
        return true;
    return talk->acked == talk->count && (talk->delivered == talk->count || talk->receiver_lost);
}

static bool file_done(const struct traffic_file *f)
{
    return f->given_up || (f->finished && f->acked);
}

bool traffic_done(const struct world *w)
{
    const struct traffic *t = w->traffic;

    for (unsigned i = 0; i < t->talks_count; i++) {
        if (!talk_done(w, &t->talks[i]))
            return false;
    }
    for (unsigned i = 0; i < t->files_count; i++) {
        if (!file_done(&t->files[i]))
            return false;
    }
    return true;
}

void traffic_report(struct world *w)
{
    const struct traffic *t = w->traffic;

    for (unsigned i = 0; i < t->talks_count; i++) {
        const struct traffic_talk *talk = &t->talks[i];

        if (!talk_done(w, talk))
            world_fail(w, "%u to %u: of %zu messages %zu queued, %zu delivered, %zu acknowledged",
                       talk->from, talk->to, talk->count, talk->queued, talk->delivered,
                       talk->acked);
    }
    for (unsigned i = 0; i < t->files_count; i++) {
        const struct traffic_file *f = &t->files[i];

        if (!file_done(f))
            world_fail(w, "%u to %u: of %lu bytes %lu written, %lu received%s", f->from, f->to,
                       (unsigned long)f->size, (unsigned long)f->written, (unsigned long)f->got,
                       f->acked ? ", the end acknowledged" : "");
    }
}
