/* SPDX-License-Identifier: MIT */
#include "cookie.h"

#include "bytes_of.h"
#include "entropy.h"

#include <criterion/criterion.h>

enum {
    LEN = 160 + HL_COOKIE_MACS_SIZE, /* a stamped message */
    MAC1 = LEN - HL_COOKIE_MACS_SIZE,
    MAC2 = LEN - HL_MAC_SIZE,
};

static void fill_message(uint8_t msg[LEN])
{
    for (size_t i = 0; i < LEN; i++)
        msg[i] = (uint8_t)(7 * i);
}

static void check_hex(const uint8_t *got, const char *hex)
{
    uint8_t wanted[64];
    size_t len = from_hex(wanted, hex);

    cr_assert_arr_eq(got, wanted, len, "wanted %s", hex);
}

/* Values from Python's hashlib, after the text of net/PROTOCOL.md. */
Test(cookie, macs_are_what_the_protocol_says)
{
    static const uint8_t zeros[HL_MAC_SIZE];
    uint8_t public[HL_KEY_SIZE], cookie[HL_COOKIE_SIZE], msg[LEN];
    struct hl_cookie_keys keys;

    for (size_t i = 0; i < sizeof public; i++)
    public[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof cookie; i++)
        cookie[i] = (uint8_t)(100 + i);
    fill_message(msg);
    hl_cookie_keys_init(&keys, public);
    check_hex(keys.reply, "281e2b23514a276189fff80b06b8b34b88d283af3c97f58a264e7a53ebeba388");
    hl_cookie_stamp(msg, LEN, &keys, NULL);
    check_hex(msg + MAC1, "5a021c9a362fd17cc086c210cdc74a2e");
    cr_assert_arr_eq(msg + MAC2, zeros, sizeof zeros);
    cr_assert_eq(hl_cookie_mac1(msg, LEN), msg + MAC1);
    hl_cookie_stamp(msg, LEN, &keys, cookie);
    check_hex(msg + MAC1, "5a021c9a362fd17cc086c210cdc74a2e");
    check_hex(msg + MAC2, "8e341e402caa4ebc27b7bbf823a70da3");
    hl_cookie_keys_init(&keys, NULL); /* a key that is not known is 32 zero bytes */
    hl_cookie_stamp(msg, LEN, &keys, NULL);
    check_hex(msg + MAC1, "326ba2cfe26710e24b52d3641b10afb6");
}

Test(cookie, mac1_covers_all_before_it)
{
    uint8_t msg[LEN], public[HL_KEY_SIZE] = {9};
    struct hl_cookie_keys keys, others;

    fill_message(msg);
    hl_cookie_keys_init(&keys, public);
    hl_cookie_stamp(msg, LEN, &keys, NULL);
    cr_assert(hl_cookie_check_mac1(msg, LEN, &keys));
    for (size_t bit = 0; bit < 8 * LEN; bit++) {
        msg[bit / 8] ^= (uint8_t)(1U << bit % 8);
        cr_assert_eq(hl_cookie_check_mac1(msg, LEN, &keys), bit / 8 >= MAC2, "bit %zu", bit);
        msg[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (size_t len = 0; len < LEN; len++)
        cr_assert_not(hl_cookie_check_mac1(msg, len, &keys), "length %zu", len);
    for (size_t bit = 0; bit < 8 * sizeof public; bit++) {
        public[bit / 8] ^= (uint8_t)(1U << bit % 8);
        hl_cookie_keys_init(&others, public);
        cr_assert_not(hl_cookie_check_mac1(msg, LEN, &others));
        public[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

static struct hl_addr some_address(enum hl_family family)
{
    struct hl_addr a = {.family = (uint8_t)family, .port = 4855};

    if (family == HL_AF_UNIX) {
        memcpy(a.path, "/tmp/x", 6);
        a.unix_len = 6;
    } else {
        memcpy(a.ip, "\xc0\x00\x02\x01", 4);
    }
    return a;
}

Test(cookie, mac2_proves_the_address)
{
    uint8_t msg[LEN], cookie[HL_COOKIE_SIZE];
    struct hl_addr home = some_address(HL_AF_INET6);
    struct hl_addr away[6];
    struct hl_cookie_keys keys;
    struct hl_cookie_jar jar;

    for (size_t i = 0; i < 6; i++)
        away[i] = home;
    away[0].port++;
    away[1].ip[15]++;
    away[2].ip[0]++;
    away[3].scope++;
    away[4].family = HL_AF_INET;
    away[5] = some_address(HL_AF_UNIX);
    fill_message(msg);
    hl_cookie_jar_init(&jar, hl_entropy_env(), 0);
    hl_cookie_keys_init(&keys, NULL);
    hl_cookie_stamp(msg, LEN, &keys, NULL);
    cr_assert_not(hl_cookie_check_mac2(&jar, msg, LEN, &home, 1));
    hl_cookie_make(&jar, &home, 1, cookie);
    hl_cookie_stamp(msg, LEN, &keys, cookie);
    cr_assert(hl_cookie_check_mac2(&jar, msg, LEN, &home, 1));
    for (size_t i = 0; i < 6; i++)
        cr_assert_not(hl_cookie_check_mac2(&jar, msg, LEN, &away[i], 1), "address %zu", i);
    for (size_t bit = 0; bit < 8 * LEN; bit++) {
        msg[bit / 8] ^= (uint8_t)(1U << bit % 8);
        cr_assert_not(hl_cookie_check_mac2(&jar, msg, LEN, &home, 1), "bit %zu", bit);
        msg[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (size_t len = 0; len < LEN; len++)
        cr_assert_not(hl_cookie_check_mac2(&jar, msg, len, &home, 1), "length %zu", len);
}

/* Bytes beyond those that an address uses mean nothing. */
Test(cookie, what_an_address_does_not_use_is_not_looked_at)
{
    static const enum hl_family families[] = {HL_AF_INET, HL_AF_UNIX};

    for (size_t i = 0; i < 2; i++) {
        struct hl_addr a = some_address(families[i]);
        struct hl_addr b = a;
        uint8_t cookies[2][HL_COOKIE_SIZE];
        struct hl_cookie_jar jar;

        memset(b.path + 6, 0xee, sizeof b.path - 6);
        hl_cookie_jar_init(&jar, hl_entropy_env(), 0);
        hl_cookie_make(&jar, &a, 0, cookies[0]);
        hl_cookie_make(&jar, &b, 0, cookies[1]);
        cr_assert_arr_eq(cookies[0], cookies[1], sizeof cookies[0]);
    }
}

/* Wherever in the life of a secret a cookie is made, it lives 120 s and is dead after 240 s. */
Test(cookie, age)
{
    for (hl_time made = 0; made <= HL_SECS(500); made += HL_SECS(7)) {
        struct hl_addr home = some_address(HL_AF_INET);
        struct hl_cookie_jar jar;
        struct hl_cookie_keys keys;
        uint8_t msg[LEN], cookie[HL_COOKIE_SIZE];

        fill_message(msg);
        hl_cookie_keys_init(&keys, NULL);
        hl_cookie_jar_init(&jar, hl_entropy_env(), -HL_SECS(1000));
        hl_cookie_make(&jar, &home, -HL_SECS(20), cookie);
        hl_cookie_make(&jar, &home, made, cookie);
        hl_cookie_stamp(msg, LEN, &keys, cookie);
        for (hl_time later = 0; later <= HL_COOKIE_LIFE; later += HL_SECS(5)) /* asked all along */
            cr_assert(hl_cookie_check_mac2(&jar, msg, LEN, &home, made + later),
                      "made at %lld us, asked %lld us later", (long long)made, (long long)later);
        cr_assert_not(hl_cookie_check_mac2(&jar, msg, LEN, &home, made + 2 * HL_COOKIE_LIFE));

        hl_cookie_make(&jar, &home, made + HL_SECS(10000), cookie);
        hl_cookie_stamp(msg, LEN, &keys, cookie);
        cr_assert(hl_cookie_check_mac2(&jar, msg, LEN, &home, made + HL_SECS(10119)));
        cr_assert_not(hl_cookie_check_mac2(&jar, msg, LEN, &home, made + HL_SECS(20000)));
    }
}

Test(cookie, a_reply_brings_the_cookie_to_the_one_who_asked)
{
    uint8_t public[HL_KEY_SIZE] = {5}, nonce[HL_XNONCE_SIZE] = {6};
    uint8_t msg[LEN], reply[HL_COOKIE_REPLY_SIZE], got[HL_COOKIE_SIZE],
        cookie[HL_COOKIE_SIZE] = {7};
    struct hl_cookie_asked asked = {msg, LEN, 0x01020304};
    struct hl_cookie_keys keys, others;

    fill_message(msg);
    hl_cookie_keys_init(&keys, public);
    hl_cookie_keys_init(&others, NULL);
    hl_cookie_stamp(msg, LEN, &keys, NULL);
    hl_cookie_reply(&asked, &keys, nonce, cookie, reply);
    check_hex(reply, "fc00000001020304");
    cr_assert_arr_eq(reply + 8, nonce, sizeof nonce);
    cr_assert(hl_cookie_open(reply, sizeof reply, &keys, msg + MAC1, got));
    cr_assert_arr_eq(got, cookie, sizeof cookie);
    cr_assert_not(hl_cookie_open(reply, sizeof reply, &others, msg + MAC1, got));
    for (size_t bit = 64; bit < 8 * sizeof reply; bit++) {
        reply[bit / 8] ^= (uint8_t)(1U << bit % 8);
        cr_assert_not(hl_cookie_open(reply, sizeof reply, &keys, msg + MAC1, got), "bit %zu", bit);
        reply[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (size_t len = 0; len < sizeof reply; len++)
        cr_assert_not(hl_cookie_open(reply, len, &keys, msg + MAC1, got));
    msg[MAC1] ^= 1; /* it belongs to one message only */
    cr_assert_not(hl_cookie_open(reply, sizeof reply, &keys, msg + MAC1, got));
}

Test(cookie, wiped_is_zero)
{
    static const struct hl_cookie_jar zero;
    struct hl_cookie_jar jar;

    hl_cookie_jar_init(&jar, hl_entropy_env(), 0);
    hl_cookie_jar_wipe(&jar);
    cr_assert_eq(memcmp(&jar, &zero, sizeof zero), 0);
}
