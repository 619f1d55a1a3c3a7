/* SPDX-License-Identifier: MIT */
#include "race.h"

#include "err.h"

#include <errno.h>
#include <string.h>

enum {
    FAMILY_MAX = HL_CANDIDATES_MAX / 2,
};

static int family_of(enum hl_family family)
{
    return family == HL_AF_INET6 ? HL_RACE_V6 : HL_RACE_V4;
}

static int attempt_family(const struct hl_attempt *t)
{
    return family_of((enum hl_family)t->addr.family);
}

void hl_race_init(struct hl_race *r, hl_time now)
{
    memset(r, 0, sizeof(*r));
    r->last = HL_RACE_FAMILIES;
    r->next_due = now;
    r->grace_end = HL_NEVER;
}

int hl_race_add(struct hl_race *r, const struct hl_addr *a, hl_time now)
{
    int family = family_of((enum hl_family)a->family);
    unsigned same = 0;

    for (unsigned i = 0; i < r->count; i++) {
        if (hl_addr_equal(&r->attempts[i].addr, a))
            return 0;
        same += attempt_family(&r->attempts[i]) == family;
    }
    if (same == FAMILY_MAX)
        return -ENOBUFS;
    r->attempts[r->count++] = (struct hl_attempt){.addr = *a};
    if (family == HL_RACE_V4 && r->grace_end == HL_NEVER)
        r->grace_end = now + HL_RACE_GRACE;
    return 0;
}

void hl_race_resolved(struct hl_race *r, enum hl_family family, int err)
{
    r->resolved[family_of(family)] = true;
    r->lookup_err[family_of(family)] = err;
}

/* The first waiting attempt of a family, or NULL. */
static const struct hl_attempt *waiting(const struct hl_race *r, int family)
{
    for (unsigned i = 0; i < r->count; i++)
        if (r->attempts[i].state == HL_ATTEMPT_WAITING && attempt_family(&r->attempts[i]) == family)
            return &r->attempts[i];
    return NULL;
}

/* The family that did not have the latest attempt goes first; in the beginning that is v6. */
static const struct hl_attempt *choose(const struct hl_race *r)
{
    int first = r->last == HL_RACE_V6 ? HL_RACE_V4 : HL_RACE_V6;
    const struct hl_attempt *t = waiting(r, first);

    return t ? t : waiting(r, HL_RACE_FAMILIES - 1 - first);
}

hl_time hl_race_deadline(const struct hl_race *r)
{
    const struct hl_attempt *t = choose(r);

    if (!t)
        return HL_NEVER;
    if (r->last == HL_RACE_FAMILIES && attempt_family(t) == HL_RACE_V4 && !r->resolved[HL_RACE_V6])
        return r->grace_end;
    return r->next_due;
}

bool hl_race_next(struct hl_race *r, hl_time now, struct hl_addr *out, unsigned *index)
{
    const struct hl_attempt *t = choose(r);

    if (!t || now < hl_race_deadline(r))
        return false;
    *index = (unsigned)(t - r->attempts);
    *out = t->addr;
    r->attempts[*index].state = HL_ATTEMPT_RUNNING;
    r->last = attempt_family(t);
    r->next_due = now + HL_RACE_STAGGER;
    return true;
}

void hl_race_failed(struct hl_race *r, unsigned index, int err, hl_time now)
{
    if (index >= r->count || r->attempts[index].state != HL_ATTEMPT_RUNNING)
        return;
    r->attempts[index].state = HL_ATTEMPT_FAILED;
    r->attempts[index].err = err;
    r->next_due = now;
}

bool hl_race_over(const struct hl_race *r)
{
    for (unsigned i = 0; i < r->count; i++)
        if (r->attempts[i].state != HL_ATTEMPT_FAILED)
            return false;
    return r->resolved[HL_RACE_V6] && r->resolved[HL_RACE_V4];
}

/* From the one that says least about the peer to the one that says most; what is not listed
 * (such as a lack of descriptors here) stands between the two halves. */
static const int vague[] = {
    0,
    HL_ERR_NO_ADDRESS,
    HL_ERR_NAME_AGAIN,
    HL_ERR_NAME_FAILED,
    HL_ERR_NAME_BUSY,
    HL_ERR_NOT_FOUND,
    -EAFNOSUPPORT,
    -EADDRNOTAVAIL,
    -ENETUNREACH,
    -EHOSTUNREACH,
    HL_ERR_TIMEOUT,
    -ETIMEDOUT,
};
static const int telling[] = {
    -ECONNRESET,
    -ECONNREFUSED,
};

static size_t rank(int err)
{
    size_t vagues = sizeof(vague) / sizeof(vague[0]);

    for (size_t i = 0; i < vagues; i++)
        if (vague[i] == err)
            return i;
    for (size_t i = 0; i < sizeof(telling) / sizeof(telling[0]); i++)
        if (telling[i] == err)
            return vagues + 1 + i;
    return vagues;
}

int hl_race_telling(int a, int b)
{
    return rank(b) > rank(a) ? b : a;
}

static void raise_to(int *err, int other)
{
    *err = hl_race_telling(*err, other);
}

int hl_race_err(const struct hl_race *r)
{
    int err = 0;

    for (unsigned i = 0; i < r->count; i++) {
        if (r->attempts[i].state == HL_ATTEMPT_RUNNING)
            raise_to(&err, HL_ERR_TIMEOUT);
        else if (r->attempts[i].state == HL_ATTEMPT_FAILED)
            raise_to(&err, r->attempts[i].err);
    }
    if (err)
        return err;
    for (int f = 0; f < HL_RACE_FAMILIES; f++)
        raise_to(&err, r->resolved[f] ? r->lookup_err[f] : HL_ERR_NAME_AGAIN);
    return err ? err : HL_ERR_NO_ADDRESS;
}
