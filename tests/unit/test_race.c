/* SPDX-License-Identifier: MIT */
#include "err.h"
#include "race.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

static struct hl_addr addr(enum hl_family family, uint8_t host)
{
    return (struct hl_addr){.family = (uint8_t)family, .port = 4855, .ip = {host}};
}

/* One dial in virtual time: what happens when, and how each address behaves. */
enum fate {
    CONNECTS,
    SILENT,
    REFUSES,
};

struct candidate {
    enum hl_family family;
    hl_time known;
    enum fate fate;
    hl_time answer; /* after the attempt began */
};

struct dial {
    const char *name;
    struct candidate candidates[8];
    size_t count;
    hl_time resolved[2]; /* v6, v4 */
    int lookup_err[2];
    hl_time deadline;
    hl_time done; /* expected */
    int err;      /* expected */
};

struct run {
    struct hl_race race;
    const struct dial *dial;
    hl_time now;
    hl_time began[8]; /* HL_NEVER until the attempt starts */
};

static const struct candidate *candidate_at(const struct run *run, size_t i)
{
    return &run->dial->candidates[i];
}

static hl_time next_event(const struct run *run)
{
    hl_time t = hl_race_deadline(&run->race);

#define EARLIER(when) t = (when) > run->now && (when) < t ? (when) : t
    if (t <= run->now)
        t = HL_NEVER;
    for (size_t i = 0; i < run->dial->count; i++) {
        const struct candidate *c = candidate_at(run, i);

        EARLIER(c->known);
        if (run->began[i] != HL_NEVER && c->fate != SILENT)
            EARLIER(run->began[i] + c->answer);
    }
    EARLIER(run->dial->resolved[0]);
    EARLIER(run->dial->resolved[1]);
    EARLIER(run->dial->deadline);
#undef EARLIER
    return t;
}

static void learn(struct run *run)
{
    static const enum hl_family families[] = {HL_AF_INET6, HL_AF_INET};

    for (size_t i = 0; i < run->dial->count; i++) {
        struct hl_addr a = addr(candidate_at(run, i)->family, (uint8_t)(i + 1));

        if (candidate_at(run, i)->known == run->now)
            cr_assert_eq(hl_race_add(&run->race, &a, run->now), 0);
    }
    for (int f = 0; f < 2; f++)
        if (run->dial->resolved[f] == run->now)
            hl_race_resolved(&run->race, families[f], run->dial->lookup_err[f]);
}

static unsigned index_of(const struct run *run, size_t candidate)
{
    for (unsigned i = 0; i < run->race.count; i++)
        if (run->race.attempts[i].addr.ip[0] == candidate + 1)
            return i;
    cr_assert_fail("candidate %zu is not in the race", candidate);
    return 0;
}

/* Returns true when something connected. */
static bool answer(struct run *run)
{
    for (size_t i = 0; i < run->dial->count; i++) {
        const struct candidate *c = candidate_at(run, i);

        if (run->began[i] == HL_NEVER || c->fate == SILENT || run->began[i] + c->answer != run->now)
            continue;
        if (c->fate == CONNECTS)
            return true;
        hl_race_failed(&run->race, index_of(run, i), -ECONNREFUSED, run->now);
    }
    return false;
}

static void start(struct run *run)
{
    struct hl_addr a;
    unsigned index;

    while (hl_race_next(&run->race, run->now, &a, &index))
        run->began[a.ip[0] - 1] = run->now;
}

/* Returns 0 or the error of the dial; run->now is when it was over. */
static int play(struct run *run, const struct dial *d)
{
    memset(run, 0, sizeof(*run));
    run->dial = d;
    for (size_t i = 0; i < d->count; i++)
        run->began[i] = HL_NEVER;
    hl_race_init(&run->race, 0);
    for (;;) {
        learn(run);
        start(run);
        if (answer(run))
            return 0;
        start(run);
        if (hl_race_over(&run->race) || run->now >= d->deadline)
            return hl_race_err(&run->race);
        run->now = next_event(run);
        cr_assert(run->now != HL_NEVER, "%s: nothing will ever happen", d->name);
    }
}

#define RTT HL_MS(1)
static const struct dial dials[] = {
    {"dual: v6 is a black hole",
     {{HL_AF_INET6, RTT, SILENT, 0}, {HL_AF_INET, RTT, CONNECTS, RTT}},
     2,
     {RTT, RTT},
     {0, 0},
     HL_SECS(10),
     HL_MS(252),
     0},
    {"slow6: AAAA answer 3 s late",
     {{HL_AF_INET6, HL_SECS(3), CONNECTS, RTT}, {HL_AF_INET, RTT, CONNECTS, RTT}},
     2,
     {HL_SECS(3), RTT},
     {0, 0},
     HL_SECS(10),
     HL_MS(52),
     0},
    {"lost6: no AAAA answer",
     {{HL_AF_INET, RTT, CONNECTS, RTT}},
     1,
     {HL_NEVER, RTT},
     {0, 0},
     HL_SECS(10),
     HL_MS(52),
     0},
    {"silent: no answer at all",
     {{HL_AF_NONE, HL_NEVER, SILENT, 0}},
     0,
     {HL_NEVER, HL_NEVER},
     {0, 0},
     HL_SECS(2),
     HL_SECS(2),
     HL_ERR_NAME_AGAIN},
    {"many: two of three are dead",
     {{HL_AF_INET, RTT, SILENT, 0}, {HL_AF_INET, RTT, SILENT, 0}, {HL_AF_INET, RTT, CONNECTS, RTT}},
     3,
     {RTT, RTT},
     {HL_ERR_NO_ADDRESS, 0},
     HL_SECS(10),
     HL_MS(502),
     0},
    {"v6 works: v4 is not tried",
     {{HL_AF_INET6, RTT, CONNECTS, HL_MS(200)}, {HL_AF_INET, RTT, CONNECTS, 1}},
     2,
     {RTT, RTT},
     {0, 0},
     HL_SECS(10),
     HL_MS(201),
     0},
    {"v6 comes within the grace",
     {{HL_AF_INET6, HL_MS(40), CONNECTS, RTT}, {HL_AF_INET, RTT, CONNECTS, RTT}},
     2,
     {HL_MS(40), RTT},
     {0, 0},
     HL_SECS(10),
     HL_MS(41),
     0},
    {"v6 is known to have no address: no grace",
     {{HL_AF_INET, RTT, CONNECTS, RTT}},
     1,
     {RTT, RTT},
     {HL_ERR_NO_ADDRESS, 0},
     HL_SECS(10),
     HL_MS(2),
     0},
    {"a refusal lets the next start at once",
     {{HL_AF_INET6, RTT, REFUSES, RTT},
      {HL_AF_INET, RTT, REFUSES, RTT},
      {HL_AF_INET6, RTT, CONNECTS, RTT}},
     3,
     {RTT, RTT},
     {0, 0},
     HL_SECS(10),
     HL_MS(4),
     0},
    {"a slow server is waited for while others are tried",
     {{HL_AF_INET6, RTT, CONNECTS, HL_SECS(4)}, {HL_AF_INET, RTT, SILENT, 0}},
     2,
     {RTT, RTT},
     {0, 0},
     HL_SECS(10),
     HL_MS(4001),
     0},
    {"an address that comes late is tried at once after a refusal",
     {{HL_AF_INET, RTT, REFUSES, RTT}, {HL_AF_INET6, HL_SECS(2), CONNECTS, RTT}},
     2,
     {HL_SECS(2), RTT},
     {0, 0},
     HL_SECS(10),
     HL_MS(2001),
     0},
    {"all refuse",
     {{HL_AF_INET6, RTT, REFUSES, RTT}, {HL_AF_INET, RTT, REFUSES, RTT}},
     2,
     {RTT, RTT},
     {0, 0},
     HL_SECS(10),
     HL_MS(3),
     -ECONNREFUSED},
    {"no such name",
     {{HL_AF_NONE, HL_NEVER, SILENT, 0}},
     0,
     {RTT, RTT},
     {HL_ERR_NO_ADDRESS, HL_ERR_NOT_FOUND},
     HL_SECS(10),
     RTT,
     HL_ERR_NOT_FOUND},
    {"time out on a silent host",
     {{HL_AF_INET, RTT, SILENT, 0}},
     1,
     {RTT, RTT},
     {HL_ERR_NAME_AGAIN, 0},
     HL_SECS(10),
     HL_SECS(10),
     HL_ERR_TIMEOUT},
};

Test(race, cases_in_virtual_time)
{
    for (size_t i = 0; i < sizeof(dials) / sizeof(dials[0]); i++) {
        struct run run;
        int err = play(&run, &dials[i]);

        cr_assert_eq(err, dials[i].err, "%s: %s", dials[i].name, hl_err_text(err));
        cr_assert_eq(run.now, dials[i].done, "%s: %lld us", dials[i].name, (long long)run.now);
    }
}

Test(race, duplicates_are_ignored_and_no_family_shuts_the_other_out)
{
    struct hl_race r;
    struct hl_addr six = addr(HL_AF_INET6, 1);
    struct hl_addr four = addr(HL_AF_INET, 1);

    hl_race_init(&r, 0);
    cr_assert_eq(hl_race_add(&r, &six, 0), 0);
    cr_assert_eq(hl_race_add(&r, &six, 0), 0);
    cr_assert_eq(r.count, 1);
    six.scope = 2;
    cr_assert_eq(hl_race_add(&r, &six, 0), 0);
    cr_assert_eq(r.count, 2);
    for (uint8_t i = 10; i < 10 + HL_CANDIDATES_MAX; i++) {
        struct hl_addr more = addr(HL_AF_INET6, i);
        int err = hl_race_add(&r, &more, 0);

        cr_assert(err == 0 || err == -ENOBUFS);
    }
    cr_assert_eq(r.count, HL_CANDIDATES_MAX / 2);
    cr_assert_eq(hl_race_add(&r, &four, 0), 0);
}

Test(race, misuse_is_harmless)
{
    struct hl_race r;
    struct hl_addr four = addr(HL_AF_INET, 1);

    hl_race_init(&r, 0);
    hl_race_failed(&r, 0, -ECONNREFUSED, 0);
    hl_race_failed(&r, HL_CANDIDATES_MAX + 5, -ECONNREFUSED, 0);
    cr_assert_eq(hl_race_add(&r, &four, 0), 0);
    hl_race_failed(&r, 0, -ECONNREFUSED, 0); /* not running yet */
    cr_assert_eq(r.attempts[0].state, HL_ATTEMPT_WAITING);
    cr_assert_not(hl_race_over(&r));
}

Test(race, the_most_telling_error_is_told)
{
    static const struct {
        int attempts[2];
        int lookups[2];
        int err;
    } rows[] = {
        {{-ENETUNREACH, -ECONNREFUSED}, {0, 0}, -ECONNREFUSED},
        {{-ECONNREFUSED, -ENETUNREACH}, {0, 0}, -ECONNREFUSED},
        {{-ENETUNREACH, -EHOSTUNREACH}, {0, 0}, -EHOSTUNREACH},
        {{-EMFILE, -EHOSTUNREACH}, {0, 0}, -EMFILE},
        {{-EADDRNOTAVAIL, 0}, {HL_ERR_NAME_FAILED, 0}, -EADDRNOTAVAIL},
        {{0, 0}, {HL_ERR_NAME_AGAIN, HL_ERR_NO_ADDRESS}, HL_ERR_NAME_AGAIN},
        {{0, 0}, {HL_ERR_NAME_BUSY, HL_ERR_NAME_AGAIN}, HL_ERR_NAME_BUSY},
        {{0, 0}, {0, 0}, HL_ERR_NO_ADDRESS},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct hl_race r;
        struct hl_addr a;
        unsigned index;

        hl_race_init(&r, 0);
        for (uint8_t k = 0; k < 2; k++) {
            a = addr(HL_AF_INET, k);
            if (rows[i].attempts[k] == 0)
                continue;
            cr_assert_eq(hl_race_add(&r, &a, 0), 0);
        }
        hl_race_resolved(&r, HL_AF_INET6, rows[i].lookups[0]);
        hl_race_resolved(&r, HL_AF_INET, rows[i].lookups[1]);
        while (hl_race_next(&r, 0, &a, &index))
            hl_race_failed(&r, index, rows[i].attempts[a.ip[0]], 0);
        cr_assert(hl_race_over(&r), "row %zu", i);
        cr_assert_eq(hl_race_err(&r), rows[i].err, "row %zu: %s", i, hl_err_text(hl_race_err(&r)));
    }
}

/* The rules once more, slow and obvious: told everything that happened so far, which family may
 * start an attempt now? It keeps a log of starts and failures and derives the rest. */
struct obvious {
    hl_time started[HL_CANDIDATES_MAX]; /* HL_NEVER = not yet */
    bool over[HL_CANDIDATES_MAX];
    struct hl_addr known[HL_CANDIDATES_MAX];
    unsigned count;
    bool resolved6;
    hl_time first4, last_start, last_failure;
    int last_family;
};

static int obvious_pick(const struct obvious *o, hl_time now)
{
    int by_family[2] = {-1, -1};

    for (unsigned i = o->count; i-- > 0;)
        if (o->started[i] == HL_NEVER)
            by_family[o->known[i].family == HL_AF_INET] = (int)i;
    if (o->last_family < 0) { /* nothing tried yet */
        if (by_family[0] >= 0)
            return by_family[0];
        return o->resolved6 || now - o->first4 >= HL_RACE_GRACE ? by_family[1] : -1;
    }
    if (now - o->last_start < HL_RACE_STAGGER && o->last_failure < o->last_start)
        return -1;
    if (by_family[!o->last_family] >= 0)
        return by_family[!o->last_family];
    return by_family[o->last_family];
}

static uint32_t random_below(uint32_t *seed, uint32_t n)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed % n;
}

static void happen(struct hl_race *r, struct obvious *o, uint32_t *seed, hl_time now)
{
    struct hl_addr a =
        addr(random_below(seed, 2) ? HL_AF_INET : HL_AF_INET6, (uint8_t)random_below(seed, 12));
    unsigned victim = o->count ? random_below(seed, o->count) : 0;

    switch (random_below(seed, 4)) {
    case 0:
        for (unsigned i = 0; i < o->count; i++)
            if (hl_addr_equal(&o->known[i], &a))
                return;
        cr_assert_eq(hl_race_add(r, &a, now), 0);
        if (a.family == HL_AF_INET && o->first4 == HL_NEVER)
            o->first4 = now;
        o->started[o->count] = HL_NEVER;
        o->known[o->count++] = a;
        break;
    case 1:
        if (random_below(seed, 10) == 0) {
            hl_race_resolved(r, HL_AF_INET6, 0);
            o->resolved6 = true;
        }
        break;
    case 2:
        if (o->count && o->started[victim] != HL_NEVER && !o->over[victim]) {
            hl_race_failed(r, victim, -ECONNREFUSED, now);
            o->over[victim] = true;
            o->last_failure = now;
        }
        break;
    default:
        break;
    }
}

static void race_against_obvious(uint32_t shown_seed)
{
    uint32_t seed = shown_seed * 2654435761U + 1;
    struct obvious o = {
        .first4 = HL_NEVER, .last_start = -1, .last_failure = -1, .last_family = -1};
    struct hl_race r;
    hl_time now = 0;

    hl_race_init(&r, now);
    for (int step = 0; step < 200; step++) {
        struct hl_addr a;
        unsigned index;

        now += HL_MS(1) * (hl_time)random_below(&seed, 40) + 1;
        happen(&r, &o, &seed, now);
        for (;;) {
            int want = obvious_pick(&o, now);
            bool due = hl_race_deadline(&r) <= now;
            bool got = hl_race_next(&r, now, &a, &index);

            cr_assert_eq(got, want >= 0, "seed %u step %d", shown_seed, step);
            cr_assert_eq(got, due, "seed %u step %d: deadline", shown_seed, step);
            if (!got)
                break;
            cr_assert_eq((int)index, want, "seed %u step %d", shown_seed, step);
            cr_assert(hl_addr_equal(&a, &o.known[index]));
            o.started[index] = now;
            o.last_start = now;
            o.last_failure = -1;
            o.last_family = a.family == HL_AF_INET;
        }
    }
}

Test(race, equals_the_obvious_rules_on_random_events)
{
    for (uint32_t seed = 1; seed <= 5000; seed++)
        race_against_obvious(seed);
}
