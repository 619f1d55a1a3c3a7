/* SPDX-License-Identifier: MIT */
#include "noise.h"

#include "bytes_of.h"
#include "entropy.h"
#include "err.h"
#include "left_on_stack.h"

#include <criterion/criterion.h>
#include <errno.h>

enum {
    INIT,
    RESP,
    PAYLOAD = 20,
    WIRE_MAX = 512,
};

static const struct {
    const char *name;
    int messages;
    bool psk, init_knows, resp_knows; /* knows the other's static key before */
    bool first_sealed;                /* the others always are */
    size_t overhead[3];
    int remote_known[2]; /* messages after which it is: of the initiator, of the responder */
} patterns[] = {
    [HL_NOISE_XX] = {"XX", 3, false, false, false, false, {32, 96, 64}, {2, 3}},
    [HL_NOISE_IK] = {"IK", 2, false, true, false, true, {96, 48, 0}, {0, 1}},
    [HL_NOISE_KK] = {"KK", 2, false, true, true, true, {48, 48, 0}, {0, 0}},
    [HL_NOISE_XXPSK3] = {"XXpsk3", 3, true, false, false, true, {48, 96, 64}, {2, 3}},
    [HL_NOISE_IKPSK2] = {"IKpsk2", 2, true, true, false, true, {96, 48, 0}, {0, 1}},
};

/* What both sides bring along. A test spoils a part of it before start(). */
struct setting {
    uint8_t s[2][HL_KEY_SIZE], s_public[2][HL_KEY_SIZE], e[2][HL_KEY_SIZE];
    uint8_t rs[2][HL_KEY_SIZE], psk[2][HL_KEY_SIZE];
    uint8_t prologue[2][14];
    uint8_t payload[PAYLOAD];
};

static void draw(struct setting *set, uint64_t seed)
{
    fill_random(&seed, set, sizeof *set);
    memcpy(set->psk[RESP], set->psk[INIT], HL_KEY_SIZE);
    memcpy(set->prologue[RESP], set->prologue[INIT], sizeof set->prologue[INIT]);
    for (int i = 0; i < 2; i++) {
        hl_crypt_public(set->s_public[i], set->s[i]);
        memcpy(set->rs[!i], set->s_public[i], HL_KEY_SIZE);
    }
}

static void start(struct hl_noise h[2], const struct setting *set, size_t pattern)
{
    for (int i = 0; i < 2; i++) {
        bool knows = i == INIT ? patterns[pattern].init_knows : patterns[pattern].resp_knows;
        struct hl_noise_keys keys = {
            .prologue = {set->prologue[i], sizeof set->prologue[i]},
            .s = set->s[i],
            .s_public = i == INIT ? set->s_public[i] : NULL,
            .rs = knows ? set->rs[i] : NULL,
            .psk = patterns[pattern].psk ? set->psk[i] : NULL,
        };

        hl_noise_init(&h[i], (enum hl_noise_pattern)pattern, i == INIT, &keys);
    }
}

static int write_one(struct hl_noise *from, const struct setting *set, uint8_t wire[WIRE_MAX])
{
    return hl_noise_write(from, set->e[!from->initiator], (struct hl_bytes){set->payload, PAYLOAD},
                          wire, WIRE_MAX);
}

static int read_one(struct hl_noise *to, const uint8_t *wire, size_t len)
{
    uint8_t payload[WIRE_MAX];

    return hl_noise_read(to, (struct hl_bytes){wire, len}, payload, sizeof payload);
}

/* Carries the messages before number n, all of which must be good. */
static void carry(struct hl_noise h[2], const struct setting *set, int n)
{
    uint8_t wire[WIRE_MAX];

    for (int i = 0; i < n; i++) {
        int len = write_one(&h[i % 2], set, wire);

        cr_assert_gt(len, 0);
        cr_assert_eq(read_one(&h[!(i % 2)], wire, (size_t)len), PAYLOAD);
    }
}

static bool is_sealed(size_t pattern, int message)
{
    return message > 0 || patterns[pattern].first_sealed;
}

Test(noise, a_handshake_gives_both_sides_the_same_keys)
{
    for (size_t p = 0; p < HL_NOISE_PATTERNS; p++) {
        struct setting set;
        struct hl_noise h[2];
        struct hl_noise_split split[2];

        draw(&set, p);
        start(h, &set, p);
        for (int i = 0; i < patterns[p].messages; i++) {
            struct hl_noise *from = &h[i % 2];
            struct hl_noise *to = &h[!(i % 2)];
            uint8_t wire[WIRE_MAX];
            uint8_t got[PAYLOAD];
            int len;

            for (int side = 0; side < 2; side++)
                cr_assert_eq(hl_noise_remote(&h[side]) != NULL, i >= patterns[p].remote_known[side],
                             "%s: side %d before message %d", patterns[p].name, side, i);
            cr_assert(hl_noise_our_turn(from) && !hl_noise_our_turn(to));
            cr_assert(!hl_noise_done(from) && !hl_noise_done(to));
            cr_assert_eq(hl_noise_overhead(from), patterns[p].overhead[i]);
            cr_assert_eq(hl_noise_overhead(to), patterns[p].overhead[i]);
            len = write_one(from, &set, wire);
            cr_assert_eq((size_t)len, patterns[p].overhead[i] + PAYLOAD);
            cr_assert_eq(hl_noise_read(to, (struct hl_bytes){wire, (size_t)len}, got, PAYLOAD),
                         PAYLOAD);
            cr_assert_arr_eq(got, set.payload, PAYLOAD);
        }
        for (int side = 0; side < 2; side++) {
            cr_assert(hl_noise_done(&h[side]) && !hl_noise_our_turn(&h[side]));
            cr_assert_eq(hl_noise_overhead(&h[side]), 0);
            cr_assert_arr_eq(hl_noise_remote(&h[side]), set.s_public[!side], HL_KEY_SIZE);
            hl_noise_split(&h[side], &split[side]);
        }
        cr_assert_arr_eq(split[INIT].send, split[RESP].recv, HL_KEY_SIZE);
        cr_assert_arr_eq(split[INIT].recv, split[RESP].send, HL_KEY_SIZE);
        cr_assert_arr_neq(split[INIT].send, split[INIT].recv, HL_KEY_SIZE);
        cr_assert_arr_eq(split[INIT].hash, split[RESP].hash, HL_HASH_SIZE);
    }
}

Test(noise, fits_into_400_bytes)
{
    cr_assert_leq(sizeof(struct hl_noise), 400);
}

/* Feeds to what it must refuse, and sees that nothing came of it. */
static void refuse(struct hl_noise *to, const uint8_t *wire, size_t len, const char *what)
{
    struct hl_noise before = *to;

    cr_assert_eq(read_one(to, wire, len), -EBADMSG, "%s", what);
    cr_assert_eq(memcmp(&before, to, sizeof before), 0, "%s", what);
}

/* Every bit flipped, every truncation, extensions: refused without harm, and the true message is
 * taken afterwards. */
Test(noise, every_changed_message_is_refused_and_forgotten)
{
    size_t flips = 0;

    for (size_t p = 0; p < HL_NOISE_PATTERNS; p++) {
        for (int n = 0; n < patterns[p].messages; n++) {
            struct setting set;
            struct hl_noise h[2];
            uint8_t wire[WIRE_MAX] = {0};
            char what[64];
            size_t len;

            if (!is_sealed(p, n))
                continue;
            draw(&set, 100 + p);
            start(h, &set, p);
            carry(h, &set, n);
            len = (size_t)write_one(&h[n % 2], &set, wire);
            for (size_t bit = 0; bit < 8 * len; bit++, flips++) {
                snprintf(what, sizeof what, "%s message %d bit %zu", patterns[p].name, n, bit);
                wire[bit / 8] ^= (uint8_t)(1U << bit % 8);
                refuse(&h[!(n % 2)], wire, len, what);
                wire[bit / 8] ^= (uint8_t)(1U << bit % 8);
            }
            for (size_t other = 0; other < sizeof wire; other++) {
                snprintf(what, sizeof what, "%s message %d length %zu", patterns[p].name, n, other);
                if (other != len)
                    refuse(&h[!(n % 2)], wire, other, what);
            }
            cr_assert_eq(read_one(&h[!(n % 2)], wire, len), PAYLOAD);
        }
    }
    cr_log_info("%zu flipped bits", flips);
}

/* The only message that nothing seals: what was changed shows in the next. */
Test(noise, a_changed_first_message_of_xx_breaks_the_second)
{
    for (size_t bit = 0; bit < 8 * (HL_KEY_SIZE + PAYLOAD); bit++) {
        struct setting set;
        struct hl_noise h[2];
        uint8_t wire[WIRE_MAX];
        int len;

        draw(&set, 4);
        start(h, &set, HL_NOISE_XX);
        len = write_one(&h[INIT], &set, wire);
        wire[bit / 8] ^= (uint8_t)(1U << bit % 8);
        cr_assert_eq(read_one(&h[RESP], wire, (size_t)len), PAYLOAD);
        len = write_one(&h[RESP], &set, wire);
        refuse(&h[INIT], wire, (size_t)len, "answer to a changed message");
    }
}

/* Runs until a message is refused; its number, or -1. */
static int first_refused(const struct setting *set, size_t pattern)
{
    struct hl_noise h[2];
    uint8_t wire[WIRE_MAX];

    start(h, set, pattern);
    for (int i = 0; i < patterns[pattern].messages; i++) {
        int len = write_one(&h[i % 2], set, wire);

        if (len < 0 || read_one(&h[!(i % 2)], wire, (size_t)len) < 0)
            return i;
    }
    return -1;
}

/* At which message the two sides notice that they do not agree. */
static const struct {
    const char *what;
    size_t field; /* of struct setting: two of the same size, of which one is changed */
    size_t size;
    int refused[HL_NOISE_PATTERNS]; /* -1: it does not matter to that pattern */
} disagreements[] = {
    {"prologue",
     offsetof(struct setting, prologue),
     sizeof(((struct setting *)0)->prologue[0]),
     {1, 0, 0, 0, 0}},
    {"psk", offsetof(struct setting, psk), HL_KEY_SIZE, {-1, -1, -1, 2, 1}},
    {"initiator's idea of the responder's key",
     offsetof(struct setting, rs),
     HL_KEY_SIZE,
     {-1, 0, 0, -1, 0}},
};

Test(noise, both_sides_must_agree_on_everything)
{
    for (size_t i = 0; i < sizeof disagreements / sizeof *disagreements; i++) {
        for (size_t p = 0; p < HL_NOISE_PATTERNS; p++) {
            for (size_t bit = 0; bit < 8 * disagreements[i].size - 1; bit += 3) {
                struct setting set;
                uint8_t *field = (uint8_t *)&set + disagreements[i].field;

                draw(&set, 200 + p);
                field[bit / 8] ^= (uint8_t)(1U << bit % 8);
                cr_assert_eq(first_refused(&set, p), disagreements[i].refused[p], "%s: %s, bit %zu",
                             patterns[p].name, disagreements[i].what, bit);
            }
        }
    }
}

/* Another static key than the other side expects, with a secret that fits it. */
Test(noise, an_impostor_is_refused)
{
    static const int refused[HL_NOISE_PATTERNS][2] = {
        [HL_NOISE_XX] = {-1, -1}, /* nobody is expected */
        [HL_NOISE_IK] = {-1, 0},      [HL_NOISE_KK] = {0, 0},
        [HL_NOISE_XXPSK3] = {-1, -1}, [HL_NOISE_IKPSK2] = {-1, 0},
    };

    for (size_t p = 0; p < HL_NOISE_PATTERNS; p++) {
        for (int side = 0; side < 2; side++) {
            struct setting set;
            uint64_t seed = 77;

            draw(&set, 300 + p);
            fill_random(&seed, set.s[side], HL_KEY_SIZE);
            hl_crypt_public(set.s_public[side], set.s[side]);
            cr_assert_eq(first_refused(&set, p), refused[p][side], "%s, side %d", patterns[p].name,
                         side);
        }
    }
}

Test(noise, no_psk_is_a_psk_of_zeros)
{
    for (size_t p = HL_NOISE_XXPSK3; p <= HL_NOISE_IKPSK2; p++) {
        static const uint8_t zeros[HL_KEY_SIZE];
        struct setting set;
        struct hl_noise h[2];
        struct hl_noise_keys keys = {.s = set.s[INIT], .rs = set.rs[INIT]};

        draw(&set, 9);
        memset(set.prologue, 0, sizeof set.prologue);
        memset(set.psk[RESP], 0, HL_KEY_SIZE);
        start(h, &set, p);
        keys.prologue = (struct hl_bytes){set.prologue[INIT], sizeof set.prologue[INIT]};
        hl_noise_init(&h[INIT], (enum hl_noise_pattern)p, true, &keys);
        carry(h, &set, patterns[p].messages);

        draw(&set, 9);
        start(h, &set, p); /* and one that is chosen late counts as well */
        carry(h, &set, patterns[p].messages - 1);
        hl_noise_set_psk(&h[INIT], zeros);
        hl_noise_set_psk(&h[RESP], zeros);
        cr_assert_not(hl_noise_done(&h[INIT]));
        {
            int last = patterns[p].messages - 1;
            uint8_t wire[WIRE_MAX];
            int len = write_one(&h[last % 2], &set, wire);

            cr_assert_eq(read_one(&h[!(last % 2)], wire, (size_t)len), PAYLOAD);
        }
    }
}

static const char *const low_order[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

/* An ephemeral key of low order makes the shared secret known to all. XX takes it in and has to
 * refuse the answer; IK has to refuse the message, although it is sealed with the keys that come
 * of a shared secret of zeros. */
Test(noise, ephemeral_keys_of_low_order_are_refused)
{
    for (size_t i = 0; i < sizeof low_order / sizeof *low_order; i++) {
        struct setting set;
        struct hl_noise h[2];
        struct hl_noise before;
        uint8_t wire[WIRE_MAX] = {0};

        draw(&set, 400 + i);
        start(h, &set, HL_NOISE_XX);
        from_hex(wire, low_order[i]);
        cr_assert_eq(read_one(&h[RESP], wire, HL_KEY_SIZE + PAYLOAD), PAYLOAD);
        before = h[RESP];
        cr_assert_eq(write_one(&h[RESP], &set, wire), -EBADMSG);
        cr_assert_eq(memcmp(&before, &h[RESP], sizeof before), 0);
    }
}

static void mix(uint8_t ck[HL_HASH_SIZE], uint8_t k[HL_KEY_SIZE], const uint8_t *input)
{
    uint8_t out[2][HL_HASH_SIZE];

    hl_crypt_hkdf(out, 2, ck, (struct hl_bytes){input, HL_KEY_SIZE});
    memcpy(ck, out[0], HL_HASH_SIZE);
    memcpy(k, out[1], HL_KEY_SIZE);
}

static void hash_in(uint8_t h[HL_HASH_SIZE], const uint8_t *at, size_t len)
{
    hl_crypt_sha256(h, (struct hl_bytes){h, HL_HASH_SIZE}, (struct hl_bytes){at, len});
}

/* Message 1 of IKpsk2 from an attacker with a key pair of its own and e in place of an ephemeral
 * key, to which the shared secret es belongs. Its length. */
static size_t forge(const struct setting *set, const struct hl_noise *start, const uint8_t *e,
                    const uint8_t *es, uint8_t *wire)
{
    uint8_t h[HL_HASH_SIZE], ck[HL_HASH_SIZE], k[HL_KEY_SIZE], ss[HL_KEY_SIZE];
    uint8_t *at = wire;

    memcpy(h, start->h, sizeof h);
    memcpy(ck, start->ck, sizeof ck);
    memcpy(at, e, HL_KEY_SIZE);
    hash_in(h, at, HL_KEY_SIZE);
    mix(ck, k, at);
    mix(ck, k, es);
    at += HL_KEY_SIZE;
    memcpy(at, set->s_public[INIT], HL_KEY_SIZE);
    hl_crypt_seal(k, 0, (struct hl_bytes){h, sizeof h}, at, HL_KEY_SIZE);
    hash_in(h, at, HL_KEY_SIZE + HL_TAG_SIZE);
    at += HL_KEY_SIZE + HL_TAG_SIZE;
    cr_assert(hl_crypt_dh(ss, set->s[INIT], set->s_public[RESP]));
    mix(ck, k, ss);
    hl_crypt_seal(k, 0, (struct hl_bytes){h, sizeof h}, at, 0);
    return (size_t)(at - wire) + HL_TAG_SIZE;
}

Test(noise, a_forger_with_a_point_of_low_order_is_refused)
{
    static const uint8_t zeros[HL_KEY_SIZE];
    struct setting set;
    struct hl_noise h[2];
    uint8_t wire[WIRE_MAX], e[HL_KEY_SIZE], es[HL_KEY_SIZE];
    size_t len;

    draw(&set, 500);
    for (size_t i = 0; i < sizeof low_order / sizeof *low_order; i++) {
        start(h, &set, HL_NOISE_IKPSK2);
        from_hex(e, low_order[i]);
        len = forge(&set, &h[RESP], e, zeros, wire);
        refuse(&h[RESP], wire, len, low_order[i]);
    }
    /* The forger knows its trade: with an honest key the same message is good. */
    hl_crypt_public(e, set.e[INIT]);
    cr_assert(hl_crypt_dh(es, set.e[INIT], set.s_public[RESP]));
    len = forge(&set, &h[RESP], e, es, wire);
    cr_assert_eq(read_one(&h[RESP], wire, len), 0);
}

Test(noise, a_static_key_of_low_order_is_refused)
{
    for (size_t i = 0; i < sizeof low_order / sizeof *low_order; i++) {
        struct setting set;
        struct hl_noise h[2];
        struct hl_noise before;
        uint8_t wire[WIRE_MAX];

        draw(&set, 600 + i);
        from_hex(set.rs[INIT], low_order[i]);
        start(h, &set, HL_NOISE_IKPSK2);
        before = h[INIT];
        cr_assert_eq(write_one(&h[INIT], &set, wire), -EBADMSG);
        cr_assert_eq(memcmp(&before, &h[INIT], sizeof before), 0);
    }
}

Test(noise, sizes_have_limits)
{
    static uint8_t big[HL_NOISE_MESSAGE_MAX + 1], wire[HL_NOISE_MESSAGE_MAX + 1];
    struct setting set;
    struct hl_noise h[2], before[2];
    size_t overhead = patterns[HL_NOISE_IKPSK2].overhead[0];
    size_t most = HL_NOISE_MESSAGE_MAX - overhead;

    draw(&set, 700);
    start(h, &set, HL_NOISE_IKPSK2);
    memcpy(before, h, sizeof before);
    for (size_t cap = 0; cap < overhead + PAYLOAD; cap++)
        cr_assert_eq(
            hl_noise_write(&h[INIT], set.e[INIT], (struct hl_bytes){big, PAYLOAD}, wire, cap),
            HL_ERR_TOO_LONG);
    cr_assert_eq(
        hl_noise_write(&h[INIT], set.e[INIT], (struct hl_bytes){big, most + 1}, wire, sizeof wire),
        HL_ERR_TOO_LONG);
    cr_assert_eq(memcmp(before, h, sizeof before), 0);
    cr_assert_eq(
        hl_noise_write(&h[INIT], set.e[INIT], (struct hl_bytes){big, most}, wire, sizeof wire),
        HL_NOISE_MESSAGE_MAX);
    cr_assert_eq(
        hl_noise_read(&h[RESP], (struct hl_bytes){wire, HL_NOISE_MESSAGE_MAX}, big, most - 1),
        HL_ERR_TOO_LONG);
    cr_assert_eq(hl_noise_read(&h[RESP], (struct hl_bytes){wire, sizeof wire}, big, sizeof big),
                 -EBADMSG);
    cr_assert_eq(memcmp(&before[RESP], &h[RESP], sizeof before[RESP]), 0);
    cr_assert_eq(hl_noise_read(&h[RESP], (struct hl_bytes){wire, HL_NOISE_MESSAGE_MAX}, big, most),
                 (int)most);
    start(h, &set, HL_NOISE_XX); /* nothing but its length is wrong with this one */
    cr_assert_eq(hl_noise_read(&h[RESP], (struct hl_bytes){wire, sizeof wire}, big, sizeof big),
                 -EBADMSG);
}

Test(noise, nothing_is_read_out_of_turn)
{
    for (size_t p = 0; p < HL_NOISE_PATTERNS; p++) {
        struct setting set;
        struct hl_noise h[2], other[2];
        uint8_t wire[WIRE_MAX];
        size_t len;

        draw(&set, 800);
        start(h, &set, p);
        start(other, &set, p);
        len = (size_t)write_one(&other[INIT], &set, wire);
        refuse(&h[INIT], wire, len, "a message 1 before the own");
        len = (size_t)write_one(&h[INIT], &set, wire);
        refuse(&h[INIT], wire, len, "own message");
        cr_assert_eq(read_one(&h[RESP], wire, len), PAYLOAD);
        refuse(&h[RESP], wire, len, "message 1 again");
        start(h, &set, p);
        carry(h, &set, patterns[p].messages);
        refuse(&h[INIT], wire, len, "after the end");
        refuse(&h[RESP], wire, len, "after the end");
    }
}

Test(noise, wiped_is_zero)
{
    static const struct hl_noise zero;
    struct setting set;
    struct hl_noise h[2];

    draw(&set, 900);
    start(h, &set, HL_NOISE_XXPSK3);
    carry(h, &set, 3);
    hl_noise_wipe(&h[INIT]);
    cr_assert_eq(memcmp(&h[INIT], &zero, sizeof zero), 0);
}

/* ---- what is left on the stack ---- */

enum {
    SECRETS_MAX = 32,
};

/* A handshake of IKpsk2 in small steps. None of this is on the stack that is searched. */
static struct {
    struct setting set;
    struct hl_noise h[2];
    struct hl_noise_split split[2];
    uint8_t wire[WIRE_MAX], payload[WIRE_MAX];
    int len;
} shake;

static void write_step(int side)
{
    shake.len = write_one(&shake.h[side], &shake.set, shake.wire);
}

static void read_step(int side)
{
    shake.len = hl_noise_read(&shake.h[side], (struct hl_bytes){shake.wire, (size_t)shake.len},
                              shake.payload, sizeof shake.payload);
}

static void refuse_step(int side)
{
    int len = shake.len;

    shake.wire[len - 1] ^= 1;
    read_step(side);
    shake.wire[len - 1] ^= 1;
    shake.len = len;
}

static void split_step(int side)
{
    hl_noise_split(&shake.h[side], &shake.split[side]);
}

static const struct {
    const char *what;
    void (*run)(int side);
    int side;
} steps[] = {
    {"writing message 1", write_step, INIT},   {"refusing message 1", refuse_step, RESP},
    {"reading message 1", read_step, RESP},    {"writing message 2", write_step, RESP},
    {"refusing message 2", refuse_step, INIT}, {"reading message 2", read_step, INIT},
    {"splitting", split_step, INIT},           {"splitting", split_step, RESP},
};

static void run_step(void *arg)
{
    size_t i = *(const size_t *)arg;

    steps[i].run(steps[i].side);
}

struct secrets {
    uint8_t at[SECRETS_MAX][HL_KEY_SIZE];
    size_t count;
};

static void keep(struct secrets *secrets, const uint8_t at[HL_KEY_SIZE])
{
    cr_assert_lt(secrets->count, SECRETS_MAX);
    memcpy(secrets->at[secrets->count++], at, HL_KEY_SIZE);
}

static void keep_dh(struct secrets *secrets, const uint8_t *secret, const uint8_t *public)
{
    uint8_t dh[HL_KEY_SIZE];

    cr_assert(hl_crypt_dh(dh, secret, public));
    keep(secrets, dh);
}

/* All secrets of the handshake, by going through it once. */
static void collect(struct secrets *secrets)
{
    const struct setting *set = &shake.set;
    uint8_t e_public[HL_KEY_SIZE];

    start(shake.h, set, HL_NOISE_IKPSK2);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        steps[i].run(steps[i].side);
        cr_assert(steps[i].run == split_step || shake.len > 0);
        if (steps[i].run == write_step) {
            keep(secrets, shake.h[steps[i].side].ck);
            keep(secrets, shake.h[steps[i].side].k);
        }
    }
    hl_crypt_public(e_public, set->e[RESP]);
    keep_dh(secrets, set->e[INIT], e_public);
    keep_dh(secrets, set->s[INIT], e_public);
    keep_dh(secrets, set->e[INIT], set->s_public[RESP]);
    keep_dh(secrets, set->s[INIT], set->s_public[RESP]);
    keep(secrets, set->psk[INIT]);
    for (int side = 0; side < 2; side++) {
        keep(secrets, set->s[side]);
        keep(secrets, set->e[side]);
        keep(secrets, shake.split[side].send);
    }
}

Test(noise, no_secret_is_left_on_the_stack)
{
    static struct secrets secrets;

    if (LEFT_SANITIZED)
        cr_skip("a sanitizer saves registers");
    cr_assert_eq(hl_crypt_init(), 0); /* libsodium's plain C code leaves keys behind */
    draw(&shake.set, 1000);
    collect(&secrets);
    start(shake.h, &shake.set, HL_NOISE_IKPSK2);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        int left = left_on_stack((struct left_job){run_step, &i}, secrets.at, secrets.count);

        cr_expect_eq(left, -1, "secret %d left after %s", left, steps[i].what);
    }
    cr_assert(hl_noise_done(&shake.h[INIT]));
}
