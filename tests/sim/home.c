/* SPDX-License-Identifier: MIT */
#include "home.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DISK_AGAIN HL_MS(200) /* a disk that failed is tried again */
#define WALL_BEGIN INT64_C(1700000000000)

struct home_act {
    struct homes *homes;
    unsigned a;
    unsigned lives;
};

static struct home_act act_of(struct homes *h, unsigned a)
{
    return (struct home_act){h, a, h->home[a].lives};
}

static bool runs(const struct homes *h, unsigned a)
{
    return !h->home[a].dead && !h->w->nodes[a].asleep && h->home[a].delivery;
}

/* ---- life and death ---- */

static void start(struct homes *h, unsigned a)
{
    struct home *home = &h->home[a];
    uint32_t fail = home->env.fail;

    sim_env_init(&home->env, h->w->seed, 5000 + a * 100 + home->lives);
    home->config.env = &home->env.env;
    home->config.ledger = &home->ledger.ledger;
    if (hl_delivery_new(&home->config, &home->delivery) < 0)
        abort();
    home->env.fail = fail;
    home->doom = HOME_LIVES;
    home->dead = home->faulty = false;
    home->tick = HL_NEVER;
    memset(home->up, 0, sizeof home->up);
    memset(home->waits, 0, sizeof home->waits);
    witness_begins(&h->witness, a);
    h->w->nodes[a].touched = true;
}

static void stop(struct homes *h, unsigned a)
{
    struct home *home = &h->home[a];

    hl_delivery_free(home->delivery);
    home->delivery = NULL;
    free(home->letter);
    home->letter = NULL;
    if (home->env.live)
        world_fail(h->w, "home %u left %zu bytes behind", a, home->env.live);
}

/* The node is new already. */
static void restarted(void *user, unsigned a)
{
    struct homes *h = user;

    stop(h, a);
    memory_ledger_crash(&h->home[a].ledger);
    h->home[a].ledger.fate = MEMORY_LEDGER_COMMITS;
    h->home[a].ledger.fail_in = -1;
    h->home[a].lives++;
    start(h, a);
}

static void rise(struct world *w, const void *args)
{
    struct home_act act;

    memcpy(&act, args, sizeof act);
    if (act.homes->home[act.a].lives == act.lives)
        world_restart(w, act.a);
}

static void die(struct homes *h, unsigned a)
{
    struct home_act act = act_of(h, a);

    h->home[a].dead = true;
    h->w->nodes[a].deaf = true;
    world_at(h->w, world_now(h->w), rise, &act, sizeof act);
}

/* ---- in ---- */

/* Our own program would not go on if it had no memory for this. */
static int put(struct homes *h, unsigned a, unsigned b, struct hl_input *in)
{
    struct home *home = &h->home[a];
    uint32_t fail = home->env.fail;
    int err;

    home->env.fail = 0;
    in->contact = witness_contact(b);
    err = hl_delivery_put(home->delivery, in);
    home->env.fail = fail;
    if (err)
        world_fail(h->w, "home %u: input %d is refused: %s", a, (int)in->kind, hl_err_text(err));
    h->w->nodes[a].touched = true;
    return err;
}

static void again(struct world *w, const void *args)
{
    struct home_act act;

    memcpy(&act, args, sizeof act);
    if (act.homes->home[act.a].lives != act.lives)
        return;
    act.homes->home[act.a].faulty = false;
    w->nodes[act.a].deaf = false;
    w->nodes[act.a].touched = true;
}

static void tick(struct world *w, const void *args)
{
    struct home_act act;
    struct home *home;

    memcpy(&act, args, sizeof act);
    home = &act.homes->home[act.a];
    if (home->lives != act.lives || home->tick > world_now(w))
        return; /* of a past life, or there is another plan */
    home->tick = HL_NEVER;
    if (runs(act.homes, act.a))
        (void)put(act.homes, act.a, act.a, &(struct hl_input){.kind = HL_INPUT_TICK});
}

static void plan_tick(struct homes *h, unsigned a)
{
    struct home *home = &h->home[a];
    struct home_act act = act_of(h, a);
    hl_time at = hl_delivery_deadline(home->delivery);

    if (at == HL_NEVER)
        return;
    at = at - h->w->base > world_now(h->w) ? at - h->w->base : world_now(h->w);
    if (at >= home->tick)
        return;
    home->tick = at;
    world_at(h->w, at, tick, &act, sizeof act);
}

/* ---- out ---- */

/* False: there is no room, a FLOW_WRITABLE will come. */
static bool send(struct homes *h, unsigned a)
{
    struct home *home = &h->home[a];
    struct hl_command c = {.kind = HL_CMD_SEND,
                           .stream = HL_STREAM_CHAT,
                           .token = home->letter_token,
                           .data = home->letter,
                           .len = home->letter_len};
    int err = world_command(h->w, a, home->letter_to, &c);

    if (err == HL_ERR_BUSY)
        return false;
    if (err)
        world_fail(h->w, "home %u cannot send: %s", a, hl_err_text(err));
    free(home->letter);
    home->letter = NULL;
    return true;
}

static void log_told(const struct homes *h, unsigned a, const struct hl_effect *e)
{
    static const char *const names[] = {"SEND",   "STATE", "ENTRY", "GAP",     "HEALED",
                                        "TYPING", "AWAY",  "HELLO", "WAITING", "BAD"};
    const uint8_t *id = e->kind == HL_EFFECT_ENTRY ? e->entry.id : e->id;
    uint64_t number;

    memcpy(&number, id, sizeof number);
    printf("%12.6f  %u is told %s of %u: entry %lu %s, number %lu + %lu\n",
           (double)world_now(h->w) / 1e6, a, names[e->kind], e->contact - 1, (unsigned long)number,
           e->state ? hl_entry_state_name((int)e->state) : "", (unsigned long)e->seq,
           (unsigned long)e->count);
}

static void log_letter(const struct homes *h, unsigned a, const struct hl_effect *e)
{
    struct hl_envelope letter;

    if (!hl_envelope_get(&letter, e->bytes.at, e->bytes.len))
        printf("%12.6f  %u writes to %u: %s %s, number %lu + %lu\n", (double)world_now(h->w) / 1e6,
               a, e->contact - 1,
               (const char *[]){"", "HELLO", "ENTRY", "RECEIPT", "READ", "KEPT", "REFUSED", "AGAIN",
                                "NONE", "TYPING", "PRESENCE"}[letter.kind],
               letter.entry.kind ? hl_entry_kind_name((int)letter.entry.kind) : "",
               (unsigned long)(letter.seq ? letter.seq : letter.entry.seq),
               (unsigned long)letter.count);
}

static void tell(struct homes *h, unsigned a, const struct hl_effect *e)
{
    struct home *home = &h->home[a];

    if (h->w->verbose)
        log_told(h, a, e);
    sim_trace_number(&h->trace, e->kind);
    sim_trace_number(&h->trace, e->state);
    sim_trace_bytes(&h->trace, e->id, HL_ID_SIZE);
    sim_trace_bytes(&h->trace, e->entry.id, HL_ID_SIZE);
    witness_told(&h->witness, a, e);
    if (e->kind == HL_EFFECT_ENTRY)
        memcpy(home->heard[e->contact - 1], e->entry.id, HL_ID_SIZE);
    else if (e->kind == HL_EFFECT_WAITING)
        home->waits[e->contact - 1] = e->on;
}

static void carry_out(struct homes *h, unsigned a, const struct hl_effect *e)
{
    struct home *home = &h->home[a];

    sim_trace_number(&h->trace, (uint64_t)world_now(h->w) * WORLD_NODES + a);
    if (e->kind != HL_EFFECT_SEND) {
        tell(h, a, e);
        return;
    }
    if (h->w->verbose)
        log_letter(h, a, e);
    sim_trace_number(&h->trace, e->bytes.len);
    if (home->shut[e->contact - 1])
        return;
    home->letter = malloc(e->bytes.len);
    assert(home->letter);
    memcpy(home->letter, e->bytes.at, e->bytes.len);
    home->letter_len = e->bytes.len;
    home->letter_token = e->token;
    home->letter_to = e->contact - 1;
}

/* False: the process died over it, or a letter has to wait. */
static bool take_effects(struct homes *h, unsigned a)
{
    struct home *home = &h->home[a];
    struct hl_effect e;
    unsigned seen = 0;

    if (home->letter && !send(h, a))
        return false;
    while (!world_failed(h->w) && hl_delivery_effect(home->delivery, &e)) {
        if (home->doom == HOME_DIES_AMONG_EFFECTS && seen++ == 2) {
            die(h, a);
            return false;
        }
        carry_out(h, a, &e);
        if (home->letter && !send(h, a))
            return false;
    }
    return true;
}

static void failed(struct homes *h, unsigned a)
{
    struct home_act act = act_of(h, a);

    if (h->home[a].doom == HOME_DIES_AT_COMMIT) {
        (void)take_effects(h, a); /* of earlier runs, and none of this one */
        die(h, a);
        return;
    }
    h->home[a].faulty = true;
    h->w->nodes[a].deaf = true;
    world_at(h->w, world_now(h->w) + DISK_AGAIN, again, &act, sizeof act);
}

static void push(void *user, unsigned a)
{
    struct homes *h = user;
    struct home *home = &h->home[a];

    if (!runs(h, a))
        return;
    while (!world_failed(h->w) && take_effects(h, a) && !home->faulty &&
           hl_delivery_pending(home->delivery)) {
        int err = hl_delivery_run(home->delivery, world_clock(h->w));

        if (err)
            failed(h, a);
        else if (home->doom == HOME_DIES_BEFORE_EFFECTS)
            die(h, a);
        if (home->dead)
            return;
    }
    if (!home->dead && !home->faulty)
        plan_tick(h, a);
}

static void on_flow(struct homes *h, unsigned a, unsigned b, const struct hl_flow_event *ev)
{
    if (ev->kind == HL_FLOW_MESSAGE)
        (void)put(h, a, b,
                  &(struct hl_input){.kind = HL_INPUT_ENVELOPE, .bytes = {ev->data, ev->len}});
    else if (ev->kind == HL_FLOW_ACKED)
        (void)put(h, a, b, &(struct hl_input){.kind = HL_INPUT_ARRIVED, .token = ev->token});
}

static void event(void *user, unsigned a, unsigned b, const struct hl_node_event *ev)
{
    struct homes *h = user;
    struct home *home = &h->home[a];

    if (home->shut[b])
        return;
    if (ev->kind == HL_NODE_FLOW) {
        on_flow(h, a, b, &ev->flow);
        return;
    }
    home->up[b] = ev->kind == HL_NODE_UP;
    (void)put(h, a, b,
              &(struct hl_input){.kind = home->up[b] ? HL_INPUT_UP : HL_INPUT_DOWN,
                                 .fresh = ev->restarted});
}

/* ---- users ---- */

static long submit(struct homes *h, unsigned a, unsigned b, struct hl_input *in)
{
    struct witness_said *s;
    size_t i = witness_say(&h->witness, a, b, in->entry.kind);

    s = &h->witness.said[i];
    in->kind = HL_INPUT_SUBMIT;
    in->request = i + 1;
    memcpy(in->entry.id, s->entry.id, HL_ID_SIZE);
    in->entry.time_ms = WALL_BEGIN + world_now(h->w) / 1000 + h->wall;
    return put(h, a, b, in) ? -1 : (long)i;
}

long home_say(struct homes *h, unsigned a, unsigned b, uint32_t len, int64_t expire_us)
{
    static uint8_t body[HOME_BODY_MAX];
    struct hl_input in = {.expire_us = expire_us,
                          .entry = {.kind = HL_ENTRY_TEXT, .body = body, .len = len}};

    assert(len && len <= sizeof body);
    if (!runs(h, a))
        return -1;
    for (uint32_t i = 0; i < len; i += 64)
        body[i] = (uint8_t)sim_random_next(&h->random);
    return submit(h, a, b, &in);
}

void home_edit(struct homes *h, unsigned a, size_t said, bool deletes)
{
    const struct witness_said *s = &h->witness.said[said];
    uint8_t body[8];
    struct hl_input in = {.entry = {.kind = deletes ? HL_ENTRY_DELETE : HL_ENTRY_EDIT,
                                    .body = body,
                                    .len = deletes ? 0 : sizeof body}};
    uint64_t word = sim_random_next(&h->random);

    if (!runs(h, a) || s->from != a || s->entry.kind != HL_ENTRY_TEXT)
        return;
    memcpy(body, &word, sizeof body);
    memcpy(in.entry.target, s->entry.id, HL_ID_SIZE);
    (void)submit(h, a, s->to, &in);
}

void home_react(struct homes *h, unsigned a, unsigned b)
{
    struct hl_input in = {
        .entry = {.kind = HL_ENTRY_REACT, .body = (const uint8_t *)"!", .len = 1}};

    memcpy(in.entry.target, h->home[a].heard[b], HL_ID_SIZE);
    if (runs(h, a) && memcmp(in.entry.target, (uint8_t[HL_ID_SIZE]){0}, HL_ID_SIZE) != 0)
        (void)submit(h, a, b, &in);
}

void home_cancel(struct homes *h, unsigned a, size_t said)
{
    const struct witness_said *s = &h->witness.said[said];
    struct hl_input in = {.kind = HL_INPUT_CANCEL};

    if (!runs(h, a) || s->from != a)
        return;
    memcpy(in.id, s->entry.id, HL_ID_SIZE);
    (void)put(h, a, s->to, &in);
}

void home_see(struct homes *h, unsigned a, unsigned b)
{
    struct hl_input in = {.kind = HL_INPUT_SEEN};

    memcpy(in.id, h->home[a].heard[b], HL_ID_SIZE);
    if (runs(h, a))
        (void)put(h, a, b, &in);
}

void home_leave(struct homes *h, unsigned a, bool away)
{
    struct hl_input in = {.kind = HL_INPUT_AWAY, .on = away};
    const struct witness_presence *p;

    if (!runs(h, a))
        return;
    p = witness_leaves(&h->witness, a, away);
    in.bytes = (struct hl_bytes){p->text, p->len};
    (void)put(h, a, a, &in);
}

void home_rekey(struct homes *h, unsigned a, unsigned b)
{
    struct hl_command c = {.kind = HL_CMD_REKEY};

    if (runs(h, a))
        (void)!world_command(h->w, a, b, &c); /* it may have no path yet, or no memory */
}

void home_begin_anew(struct homes *h, unsigned a, unsigned b)
{
    if (runs(h, a) && h->home[a].up[b])
        (void)put(h, a, b, &(struct hl_input){.kind = HL_INPUT_UP, .fresh = true});
}

void home_dial(struct homes *h, unsigned a)
{
    for (unsigned b = 0; b < h->w->count && runs(h, a); b++) {
        if (b != a && h->home[a].waits[b] && !h->home[a].up[b])
            world_look_up(h->w, a, b);
    }
}

void home_back_up(struct homes *h, unsigned a)
{
    memory_ledger_copy(&h->home[a].older, &h->home[a].ledger);
    h->home[a].has_older = true;
}

void home_restore(struct homes *h, unsigned a)
{
    struct home *home = &h->home[a];

    if (!home->has_older)
        return;
    witness_restores(&h->witness, a, &home->older);
    world_restart(h->w, a);
    memory_ledger_copy(&home->ledger, &home->older);
}

void home_lose(struct homes *h, unsigned a)
{
    struct home *home = &h->home[a];

    witness_loses(&h->witness, a);
    world_change_key(h->w, a);
    memory_ledger_fini(&home->ledger);
    memset(home->heard, 0, sizeof home->heard);
}

/* Talk with a contact ends: what is on its way there stays. */
static int part(struct homes *h, unsigned a, unsigned b)
{
    struct home *home = &h->home[a];

    if (home->letter && home->letter_to == b) {
        free(home->letter);
        home->letter = NULL;
    }
    home->shut[b] = true;
    if (!home->up[b])
        return 0;
    home->up[b] = false;
    return put(h, a, b, &(struct hl_input){.kind = HL_INPUT_DOWN});
}

bool home_accept(struct homes *h, unsigned a, unsigned b)
{
    struct home *home = &h->home[a];

    if (!runs(h, a) || home->faulty || part(h, a, b) ||
        put(h, a, b, &(struct hl_input){.kind = HL_INPUT_REKEY}))
        return false;
    push(h, a);
    if (!runs(h, a) || home->faulty || hl_delivery_pending(home->delivery))
        return false;
    home->shut[b] = false;
    witness_accepts(&h->witness, a, b);
    world_accept_key(h->w, a, b);
    return true;
}

void home_heal(struct homes *h, unsigned a)
{
    struct home *home = &h->home[a];

    home->doom = HOME_LIVES;
    home->env.fail = 0;
    home->ledger.broken = false;
    home->ledger.fail_in = -1;
    home->ledger.fate = MEMORY_LEDGER_COMMITS;
}

/* ---- all of them ---- */

void homes_init(struct homes *h, struct world *w)
{
    *h = (struct homes){.w = w, .random = sim_random_fork(w->seed, 4000)};
    h->witness.w = w;
    h->witness.random = sim_random_fork(w->seed, 4001);
    w->owner = (struct world_owner){h, event, push, restarted};
    for (unsigned a = 0; a < w->count; a++) {
        struct home *home = &h->home[a];

        memory_ledger_init(&home->ledger);
        memory_ledger_init(&home->older);
        h->witness.homes[a].ledger = &home->ledger;
        h->witness.homes[a].up = home->up;
        home->config.read_receipts = true;
        (void)snprintf(home->config.nick, sizeof home->config.nick, "home %u", a);
        start(h, a);
    }
}

void homes_fini(struct homes *h)
{
    for (unsigned a = 0; a < h->w->count; a++) {
        stop(h, a);
        memory_ledger_fini(&h->home[a].ledger);
        memory_ledger_fini(&h->home[a].older);
    }
    free(h->witness.said);
    h->w->owner = (struct world_owner){0};
}
