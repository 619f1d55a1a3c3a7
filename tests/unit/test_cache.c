/* SPDX-License-Identifier: MIT */
#include "cache.h"
#include "err.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct hl_cache cache;

static void setup(void)
{
    memset(&cache, 0xa5, sizeof(cache));
    hl_cache_init(&cache);
}

TestSuite(cache, .init = setup);

static void put(const char *name, enum hl_family family, uint8_t host, hl_time now)
{
    struct hl_addr a = {.family = (uint8_t)family, .scope = family == HL_AF_INET6, .ip = {host}};
    struct hl_cache_result r = {&a, 1, "canonical.test", 0};

    hl_cache_put(&cache, name, family, &r, now);
}

Test(cache, keeps_an_answer_for_its_time)
{
    const struct hl_cache_entry *e;
    struct hl_addr a;

    put("Bob.Test", HL_AF_INET6, 9, 100);
    e = hl_cache_get(&cache, "bOB.tEST", HL_AF_INET6, 100 + HL_CACHE_TTL - 1);
    cr_assert_not_null(e);
    cr_assert_str_eq(e->canonical, "canonical.test");
    cr_assert_eq(e->count, 1);
    a = hl_cache_addr(e, 0, 4855);
    cr_assert(a.family == HL_AF_INET6 && a.ip[0] == 9 && a.scope == 1 && a.port == 4855);
    cr_assert_null(hl_cache_get(&cache, "bob.test", HL_AF_INET, 100));
    cr_assert_null(hl_cache_get(&cache, "bob.tes", HL_AF_INET6, 100));
    cr_assert_null(hl_cache_get(&cache, "bob.test1", HL_AF_INET6, 100));
    cr_assert_null(hl_cache_get(&cache, "", HL_AF_INET6, 100));
    cr_assert_null(hl_cache_get(&cache, "bob.test", HL_AF_INET6, 100 + HL_CACHE_TTL));
}

Test(cache, forgives_failures_sooner)
{
    struct hl_cache_result r = {NULL, 0, "", HL_ERR_NOT_FOUND};
    const struct hl_cache_entry *e;

    hl_cache_put(&cache, "nobody", HL_AF_INET, &r, 0);
    e = hl_cache_get(&cache, "nobody", HL_AF_INET, HL_CACHE_NEGATIVE - 1);
    cr_assert(e && e->count == 0 && e->err == HL_ERR_NOT_FOUND);
    cr_assert_null(hl_cache_get(&cache, "nobody", HL_AF_INET, HL_CACHE_NEGATIVE));
}

Test(cache, replaces_and_evicts_the_oldest)
{
    char name[32];

    for (int i = 0; i < HL_CACHE_MAX; i++) {
        snprintf(name, sizeof(name), "host%d", i);
        put(name, HL_AF_INET, 1, i);
    }
    put("host0", HL_AF_INET, 2, HL_CACHE_MAX); /* now host1 is the oldest */
    put("new", HL_AF_INET, 3, HL_CACHE_MAX + 1);
    cr_assert_eq(hl_cache_get(&cache, "host0", HL_AF_INET, HL_CACHE_MAX)->addrs[0].ip[0], 2);
    cr_assert_not_null(hl_cache_get(&cache, "new", HL_AF_INET, HL_CACHE_MAX));
    cr_assert_null(hl_cache_get(&cache, "host1", HL_AF_INET, HL_CACHE_MAX));
    cr_assert_not_null(hl_cache_get(&cache, "host2", HL_AF_INET, HL_CACHE_MAX));
}

Test(cache, uses_a_dead_entry_before_it_evicts)
{
    struct hl_cache_result failed = {NULL, 0, "", HL_ERR_NOT_FOUND};
    char name[32];
    hl_time later = HL_CACHE_NEGATIVE + 1;

    for (int i = 0; i < HL_CACHE_MAX - 1; i++) {
        snprintf(name, sizeof(name), "host%d", i);
        put(name, HL_AF_INET, 1, 0);
    }
    hl_cache_put(&cache, "dead", HL_AF_INET, &failed, 1);
    put("new", HL_AF_INET, 1, later);
    for (int i = 0; i < HL_CACHE_MAX - 1; i++) {
        snprintf(name, sizeof(name), "host%d", i);
        cr_assert_not_null(hl_cache_get(&cache, name, HL_AF_INET, later));
    }
}

Test(cache, cuts_long_lists_and_leaves_out_what_does_not_fit)
{
    struct hl_addr many[HL_CACHE_ADDRS + 3] = {{.family = HL_AF_INET}};
    char longest[HL_HOST_MAX + 1];
    struct hl_cache_result r = {many, HL_CACHE_ADDRS + 3, longest, 0};

    memset(longest, 'a', HL_HOST_MAX);
    longest[HL_HOST_MAX] = '\0';
    hl_cache_put(&cache, "many", HL_AF_INET, &r, 0);
    cr_assert_eq(hl_cache_get(&cache, "many", HL_AF_INET, 0)->count, HL_CACHE_ADDRS);
    cr_assert_str_eq(hl_cache_get(&cache, "many", HL_AF_INET, 0)->canonical, "");
    hl_cache_put(&cache, longest, HL_AF_INET, &r, 0);
    cr_assert_null(hl_cache_get(&cache, longest, HL_AF_INET, 0));
    longest[HL_HOST_MAX - 1] = '\0';
    hl_cache_put(&cache, longest, HL_AF_INET, &r, 0);
    cr_assert_not_null(hl_cache_get(&cache, longest, HL_AF_INET, 0));
}
