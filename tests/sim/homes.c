/* SPDX-License-Identifier: MIT */
#include "homes.h"

#include "home.h"

#include <stdio.h>
#include <string.h>

#define REGRET      HL_SECS(10)           /* what was said is edited or taken back no later */
#define HEAL        HL_SECS(120)          /* from the end of all trouble until all is delivered */
#define DIAL        HL_SECS(5)            /* who is waited for is looked up so often */
#define WALL_JUMP   INT64_C(315576000000) /* ten years, ms */
#define AGREE       HL_SECS(10)           /* from then on until all ends have the same keys */
#define ACCEPT      HL_SECS(1)            /* what failed is tried again */
#define CRASHES_MAX 12                    /* a world has an end of lives */

struct stage {
    struct homes homes;
    struct world *w;
    struct sim_random random, wall, later;
    hl_time end; /* of all trouble */
    bool wall_jumps;
    unsigned strange; /* homes that have not accepted another's new key yet */
};

/* ---- drawing ---- */

static uint64_t below(struct stage *s, uint64_t n)
{
    return sim_random_below(&s->random, n);
}

static bool percent(struct stage *s, uint32_t chance)
{
    return sim_random_chance(&s->random, chance * 10000);
}

static hl_time between(struct stage *s, hl_time low, hl_time high)
{
    return sim_random_between(&s->random, low, high);
}

/* Short ones mostly, long ones sometimes. */
static hl_time stretch(struct stage *s, hl_time longest)
{
    uint64_t shift = below(s, 10);

    return between(s, longest >> 10, longest >> shift);
}

static uint32_t sometimes(struct stage *s, uint32_t chance, uint32_t most)
{
    uint32_t value = (uint32_t)below(s, most);

    return percent(s, chance) ? value : 0;
}

static void draw_paths(struct stage *s)
{
    static const uint32_t losses[] = {0, 0, 10000, 50000, 200000, 300000};

    for (unsigned a = 0; a < s->w->count; a++) {
        for (unsigned b = 0; b < s->w->count; b++) {
            simnet_pipe(s->w->net, a, b)->config = (struct sim_pipe_config){
                .delay = stretch(s, HL_MS(200)),
                .loss = losses[below(s, 6)],
                .duplicate = sometimes(s, 30, 100000),
                .reorder = sometimes(s, 30, 100000),
                .reorder_by = stretch(s, HL_MS(100)),
                .jitter = sometimes(s, 40, HL_MS(30)),
            };
        }
    }
}

/* ---- users ---- */

struct plan {
    struct stage *stage;
    unsigned a, b;
    uint64_t value;
};

static void see(struct world *w, const void *args)
{
    struct plan p;

    (void)w;
    memcpy(&p, args, sizeof p);
    home_see(&p.stage->homes, p.a, p.b);
}

static void cancel(struct world *w, const void *args)
{
    struct plan p;

    (void)w;
    memcpy(&p, args, sizeof p);
    home_cancel(&p.stage->homes, p.a, (size_t)p.value);
}

static void edit(struct world *w, const void *args)
{
    struct plan p;

    (void)w;
    memcpy(&p, args, sizeof p);
    home_edit(&p.stage->homes, p.a, (size_t)p.value >> 1, p.value & 1);
}

static void react(struct world *w, const void *args)
{
    struct plan p;

    (void)w;
    memcpy(&p, args, sizeof p);
    home_react(&p.stage->homes, p.a, p.b);
}

static uint32_t draw_length(struct stage *s)
{
    return 1 + (uint32_t)(percent(s, 5) ? below(s, HOME_BODY_MAX) : below(s, 200));
}

/* What may become of one that was said. */
static void regret(struct stage *s, struct plan p, long said)
{
    hl_time at = world_now(s->w) + (percent(s, 30) ? 0 : stretch(s, HL_SECS(10)));

    p.value = (uint64_t)said;
    if (percent(s, 10))
        world_at(s->w, at, cancel, &p, sizeof p);
    p.value = p.value << 1 | percent(s, 30);
    if (percent(s, 10))
        world_at(s->w, at, edit, &p, sizeof p);
}

static void say(struct world *w, const void *args)
{
    struct plan p;
    struct stage *s;
    unsigned count;

    (void)w;
    memcpy(&p, args, sizeof p);
    s = p.stage;
    count = percent(s, 10) ? (unsigned)below(s, 40) : 1;
    for (unsigned i = 0; i < count; i++) {
        int64_t expire = percent(s, 10) ? stretch(s, HL_SECS(20)) + 1 : 0;
        long said = home_say(&s->homes, p.a, p.b, draw_length(s), expire);

        if (said >= 0)
            regret(s, p, said);
    }
}

/* Comes and goes; sometimes in the same moment in which a session is given up, after which nobody
 * says what goes without saying. */
static void leave(struct world *w, const void *args)
{
    struct plan p;

    (void)w;
    memcpy(&p, args, sizeof p);
    home_leave(&p.stage->homes, p.a, p.value % 8 < 5);
    if (p.value % 8 == 0)
        home_leave(&p.stage->homes, p.a, false);
    if (p.value % 8 == 7)
        home_begin_anew(&p.stage->homes, p.a, p.b);
}

static void draw_talk(struct stage *s, unsigned a, unsigned b)
{
    static world_act *const others[] = {see, see, react};
    unsigned count = (unsigned)stretch(s, 60);
    struct plan p = {.stage = s, .a = a, .b = b};

    for (unsigned i = 0; i < count; i++) {
        hl_time at = between(s, 0, s->end);

        world_at(s->w, at, percent(s, 80) ? say : others[below(s, 3)], &p, sizeof p);
    }
}

/* ---- what befalls them ---- */

static void crash(struct world *w, const void *args)
{
    struct plan p;

    memcpy(&p, args, sizeof p);
    if (!p.stage->homes.home[p.a].dead)
        world_restart(w, p.a);
}

static void doom(struct world *w, const void *args)
{
    struct plan p;
    struct home *home;

    (void)w;
    memcpy(&p, args, sizeof p);
    home = &p.stage->homes.home[p.a];
    home->doom = (enum home_doom)(1 + p.value % 3);
    if (home->doom == HOME_DIES_AT_COMMIT)
        home->ledger.fate = p.value & 4 ? MEMORY_LEDGER_DOUBTS : MEMORY_LEDGER_LOSES;
}

static void fail_call(struct world *w, const void *args)
{
    struct plan p;

    (void)w;
    memcpy(&p, args, sizeof p);
    p.stage->homes.home[p.a].ledger.fail_in = (long)(p.value % 60);
}

static void fail_commit(struct world *w, const void *args)
{
    struct plan p;

    (void)w;
    memcpy(&p, args, sizeof p);
    p.stage->homes.home[p.a].ledger.fate = p.value & 1 ? MEMORY_LEDGER_DOUBTS : MEMORY_LEDGER_LOSES;
}

static void break_disk(struct world *w, const void *args)
{
    struct plan p;

    (void)w;
    memcpy(&p, args, sizeof p);
    p.stage->homes.home[p.a].ledger.broken = p.value;
}

static void starve(struct world *w, const void *args)
{
    struct plan p;

    (void)w;
    memcpy(&p, args, sizeof p);
    p.stage->homes.home[p.a].env.fail = (uint32_t)p.value;
}

static void cut(struct world *w, const void *args)
{
    struct plan p;

    memcpy(&p, args, sizeof p);
    simnet_pipe(w->net, p.a, p.b)->config.cut = p.value;
    simnet_pipe(w->net, p.b, p.a)->config.cut = p.value;
}

static void nap(struct world *w, const void *args)
{
    struct plan p;

    memcpy(&p, args, sizeof p);
    if (p.value)
        world_sleep(w, p.a);
    else
        world_wake(w, p.a);
}

static void rebind(struct world *w, const void *args)
{
    struct plan p;

    memcpy(&p, args, sizeof p);
    world_rebind(w, p.a, HL_AF_INET, p.value & 1);
}

static void begin_anew(struct world *w, const void *args)
{
    struct plan p;

    (void)w;
    memcpy(&p, args, sizeof p);
    home_begin_anew(&p.stage->homes, p.a, p.b);
}

static void back_up(struct world *w, const void *args)
{
    struct plan p;

    (void)w;
    memcpy(&p, args, sizeof p);
    home_back_up(&p.stage->homes, p.a);
}

static void restore(struct world *w, const void *args)
{
    struct plan p;

    (void)w;
    memcpy(&p, args, sizeof p);
    home_restore(&p.stage->homes, p.a);
}

/* Every other time both ends ask for it at once. */
static void rekey(struct world *w, const void *args)
{
    struct plan p;

    (void)w;
    memcpy(&p, args, sizeof p);
    home_rekey(&p.stage->homes, p.a, p.b);
    if (p.value & 1)
        home_rekey(&p.stage->homes, p.b, p.a);
}

static void lose(struct world *w, const void *args)
{
    struct plan p;

    (void)w;
    memcpy(&p, args, sizeof p);
    home_lose(&p.stage->homes, p.a);
}

static void accept_key(struct world *w, const void *args)
{
    struct plan p;

    memcpy(&p, args, sizeof p);
    if (home_accept(&p.stage->homes, p.a, p.b))
        p.stage->strange--;
    else
        world_at(w, world_now(w) + ACCEPT, accept_key, &p, sizeof p);
}

/* begin and, if it lasts, end. */
static const struct kind {
    world_act *act;
    unsigned weight;
    hl_time longest; /* 0: it has no end of its own. Else it is begun with 1 and ended with 0 */
} kinds[] = {
    {crash, 4, 0},
    {doom, 8, 0},
    {fail_call, 4, 0},
    {fail_commit, 6, 0},
    {break_disk, 3, HL_SECS(10)},
    {starve, 2, HL_SECS(5)},
    {cut, 4, HL_SECS(60)},
    {nap, 3, HL_SECS(60)},
    {rebind, 3, 0},
    {begin_anew, 3, 0},
};

enum { KINDS = sizeof kinds / sizeof *kinds };

static const struct kind *draw_kind(struct stage *s)
{
    uint64_t total = 0, at;
    unsigned k = 0;

    for (unsigned i = 0; i < KINDS; i++)
        total += kinds[i].weight;
    for (at = below(s, total); at >= kinds[k].weight; k++)
        at -= kinds[k].weight;
    return &kinds[k];
}

static void draw_incident(struct stage *s)
{
    const struct kind *k = draw_kind(s);
    struct plan p = {.stage = s, .value = sim_random_next(&s->random)};
    hl_time at = percent(s, 50) ? stretch(s, s->end) : between(s, 0, s->end - 1);

    p.a = (unsigned)below(s, s->w->count);
    p.b = (p.a + 1 + (unsigned)below(s, s->w->count - 1)) % s->w->count;
    if (k->longest)
        p.value = k->act == starve ? 1 + p.value % 100000 : 1;
    world_at(s->w, at, k->act, &p, sizeof p);
    if (!k->longest)
        return;
    p.value = 0;
    at += stretch(s, k->longest);
    world_at(s->w, at < s->end ? at : s->end, k->act, &p, sizeof p);
}

/* A home gets a ledger back that is older than what others know of it. */
static void draw_restore(struct stage *s)
{
    struct plan p = {.stage = s, .a = (unsigned)below(s, s->w->count)};
    hl_time from = between(s, 0, s->end / 2), to = between(s, from, s->end - 1);

    world_at(s->w, from, back_up, &p, sizeof p);
    world_at(s->w, to, restore, &p, sizeof p);
}

/* What came later than the rest is drawn from another source of luck, so that what a seed says
 * about all else stays as it was. */
static bool later_percent(struct stage *s, uint32_t chance)
{
    return sim_random_chance(&s->later, chance * 10000);
}

static struct plan later_plan(struct stage *s)
{
    struct plan p = {.stage = s, .value = sim_random_next(&s->later)};

    p.a = (unsigned)sim_random_below(&s->later, s->w->count);
    p.b = (p.a + 1 + (unsigned)sim_random_below(&s->later, s->w->count - 1)) % s->w->count;
    return p;
}

static void draw_later(struct stage *s, world_act *act, uint64_t most)
{
    uint64_t count = 1 + sim_random_below(&s->later, most);

    for (uint64_t i = 0; i < count; i++) {
        struct plan p = later_plan(s);

        world_at(s->w, sim_random_between(&s->later, 0, s->end), act, &p, sizeof p);
    }
}

/* A home loses all it has; sooner or later the others accept that. */
static void draw_loss(struct stage *s)
{
    struct plan p = later_plan(s);
    hl_time at = sim_random_between(&s->later, 0, s->end - 1);
    const unsigned lost = p.a;

    world_at(s->w, at, lose, &p, sizeof p);
    p.b = lost;
    for (p.a = 0; p.a < s->w->count; p.a++) {
        if (p.a == lost)
            continue;
        s->strange++;
        world_at(s->w, sim_random_between(&s->later, at + 1, s->end), accept_key, &p, sizeof p);
    }
}

static void jump(struct world *w, const void *args)
{
    struct plan p;

    (void)w;
    memcpy(&p, args, sizeof p);
    p.stage->homes.wall = sim_random_between(&p.stage->wall, -WALL_JUMP, WALL_JUMP);
}

/* From another source of luck, so that all else is as it is without. */
static void draw_jumps(struct stage *s)
{
    struct plan p = {.stage = s};

    for (unsigned i = 0; i < 5; i++) {
        hl_time at = sim_random_between(&s->wall, 0, s->end);

        world_at(s->w, at, jump, &p, sizeof p);
    }
}

static void dial(struct world *w, const void *args)
{
    struct plan p;

    memcpy(&p, args, sizeof p);
    for (unsigned a = 0; a < w->count; a++)
        home_dial(&p.stage->homes, a);
    world_at(w, world_now(w) + DIAL, dial, &p, sizeof p);
}

/* ---- the course of it ---- */

static void draw(struct stage *s)
{
    unsigned count = percent(s, 80) ? 2 : 3, incidents;
    struct plan p = {.stage = s};
    bool restores;

    s->end = percent(s, 70) ? between(s, HL_SECS(1), HL_SECS(20))
                            : between(s, HL_SECS(20), HL_SECS(200));
    s->w->batch = percent(s, 50);
    for (unsigned a = 0; a < count; a++) {
        s->w->nodes[a].config.owner_repeats = true;
        (void)world_add(s->w, false);
    }
    draw_paths(s);
    for (unsigned a = 0; a < count; a++) {
        for (unsigned b = 0; b < count; b++) {
            if (a != b)
                world_introduce(s->w, a, b, true, 1);
        }
    }
    homes_init(&s->homes, s->w);
    for (unsigned a = 0; a < count; a++) {
        for (unsigned b = 0; b < count; b++) {
            if (a != b)
                draw_talk(s, a, b);
        }
    }
    incidents = percent(s, 20) ? 0 : (unsigned)between(s, 1, CRASHES_MAX);
    for (unsigned i = 0; i < incidents; i++)
        draw_incident(s);
    restores = percent(s, 15);
    if (restores)
        draw_restore(s);
    if (later_percent(s, 40))
        draw_later(s, leave, 10);
    if (later_percent(s, 40))
        draw_later(s, rekey, 4);
    if (later_percent(s, 20) && !restores) /* whose numbers nobody could tell then */
        draw_loss(s);
    if (s->wall_jumps)
        draw_jumps(s);
    world_at(s->w, DIAL, dial, &p, sizeof p);
}

/* All trouble ends; and each says one more thing, so that who has lost the end of a conversation
 * notices. */
static void heal(struct stage *s)
{
    struct world *w = s->w;

    for (unsigned a = 0; a < w->count; a++) {
        world_wake(w, a);
        home_heal(&s->homes, a);
        for (unsigned b = 0; b < w->count; b++) {
            struct sim_pipe_config *p = &simnet_pipe(w->net, a, b)->config;

            *p = (struct sim_pipe_config){.delay = p->delay};
            if (a != b)
                world_look_up(w, a, b);
        }
    }
    (void)world_run(w, world_now(w) + REGRET + HL_SECS(1));
    for (unsigned a = 0; a < w->count; a++) {
        for (unsigned b = 0; b < w->count; b++) {
            if (a != b)
                (void)home_say(&s->homes, a, b, 10, 0);
        }
    }
}

static struct stage *on_stage; /* for done(), which is given no more than the world */

static bool done(struct world *w)
{
    (void)w;
    return on_stage->strange == 0 && witness_all_delivered(&on_stage->homes.witness);
}

static void report(struct stage *s)
{
    witness_report(&s->homes.witness);
    if (s->strange)
        world_fail(s->w, "%u times another key is not accepted", s->strange);
}

static bool agree(struct world *w)
{
    for (unsigned a = 0; a < w->count; a++) {
        for (unsigned b = 0; b < a; b++) {
            if (!world_in_session(w, a, b))
                return false;
        }
    }
    return true;
}

static void course(struct stage *s)
{
    struct world *w = s->w;

    draw(s);
    if (!world_run(w, s->end))
        return;
    heal(s);
    (void)world_run(w, world_now(w) + HL_SECS(2));
    on_stage = s;
    if (!world_run_to(w, world_now(w) + HEAL, done))
        report(s);
    (void)world_run(w, world_now(w) + HL_SECS(1)); /* what is on its way must not change it */
    if (!world_run_to(w, world_now(w) + AGREE, agree))
        world_fail(w, "two homes have different keys for one session");
    if (!world_failed(w))
        witness_final(&s->homes.witness);
}

void homes_run(uint64_t seed, int64_t base, bool verbose, struct chaos_result *out)
{
    struct stage s = {.w = world_new(seed),
                      .random = sim_random_fork(seed, 3000),
                      .wall = sim_random_fork(seed, 3001),
                      .later = sim_random_fork(seed, 3002),
                      .wall_jumps = base != 0};
    struct world *w = s.w;

    w->verbose = verbose;
    w->base = base;
    course(&s);
    *out = (struct chaos_result){.duration = world_now(w),
                                 .messages = s.homes.witness.delivered,
                                 .hash = s.homes.trace.hash};
    for (unsigned a = 0; a < w->count; a++)
        out->datagrams += w->nodes[a].datagrams_out;
    homes_fini(&s.homes);
    world_stop(w);
    out->ok = !world_failed(w);
    if (!out->ok)
        (void)snprintf(out->failed, sizeof out->failed, "%.6f s: %s", (double)w->failed_at / 1e6,
                       w->failed);
    world_free(w);
}
