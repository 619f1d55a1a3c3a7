/* SPDX-License-Identifier: MIT */
/* Messages of handshakes, and cookies, that are nearly right. The first byte chooses a message that
 * an honest peer has sent, the second what becomes of it:
 *   even: the rest of the input takes its place
 *   odd:  each three bytes of the rest are an offset and what is XORed there; what is left over
 *         of the input says how many bytes are cut off or added
 * Whatever is not the true message must be refused and leave no trace; then the true one must still
 * be good. */
#include "cookie.h"
#include "fuzz.h"
#include "noise.h"

enum {
    WIRE_MAX = 1024,
    PAYLOAD = 24,
    STAGES_MAX = 16,
};

/* A handshake that waits for a message. */
static struct stage {
    struct hl_noise reader;
    uint8_t wire[WIRE_MAX];
    size_t len;
    bool sealed; /* so any change must be noticed at once */
} stages[STAGES_MAX];
static size_t stages_count;

static void fixed_bytes(void *user, void *out, size_t len)
{
    (void)user;
    memset(out, 0x5a, len);
}

static const struct hl_env env = {.random = fixed_bytes};
static const struct hl_addr home = {.family = HL_AF_INET, .port = 4855};
static struct hl_cookie_keys cookie_keys;
static struct hl_cookie_jar jar;
static uint8_t stamped[192], reply[HL_COOKIE_REPLY_SIZE];

static void record(enum hl_noise_pattern pattern)
{
    uint8_t secrets[2][HL_KEY_SIZE] = {{1}, {2}};
    uint8_t publics[2][HL_KEY_SIZE];
    uint8_t payload[PAYLOAD] = "a payload of some length";
    struct hl_noise h[2];

    for (int i = 0; i < 2; i++)
        hl_crypt_public(publics[i], secrets[i]);
    for (int i = 0; i < 2; i++) {
        struct hl_noise_keys keys = {.s = secrets[i], .rs = publics[!i]};

        hl_noise_init(&h[i], pattern, i == 0, &keys);
    }
    for (int i = 0; !hl_noise_done(&h[0]); i = !i) {
        struct stage *stage = &stages[stages_count++];
        uint8_t e[HL_KEY_SIZE] = {(uint8_t)(3 + i)};
        uint8_t out[PAYLOAD];
        size_t overhead = hl_noise_overhead(&h[i]);

        FUZZ_CHECK(stages_count <= STAGES_MAX);
        stage->reader = h[!i];
        stage->sealed = overhead > HL_KEY_SIZE;
        stage->len = overhead + PAYLOAD;
        FUZZ_CHECK(hl_noise_write(&h[i], e, (struct hl_bytes){payload, PAYLOAD}, stage->wire,
                                  WIRE_MAX) == (int)stage->len);
        FUZZ_CHECK(hl_noise_read(&h[!i], (struct hl_bytes){stage->wire, stage->len}, out,
                                 sizeof out) == PAYLOAD);
    }
}

static void prepare(void)
{
    static const uint8_t nonce[HL_XNONCE_SIZE], public[HL_KEY_SIZE] = {9};
    const struct hl_cookie_asked asked = {stamped, sizeof stamped, 7};
    uint8_t cookie[HL_COOKIE_SIZE];

    for (int p = 0; p < HL_NOISE_PATTERNS; p++)
        record((enum hl_noise_pattern)p);
    hl_cookie_keys_init(&cookie_keys, public);
    hl_cookie_jar_init(&jar, &env, 0);
    hl_cookie_make(&jar, &home, 0, cookie);
    hl_cookie_stamp(stamped, sizeof stamped, &cookie_keys, cookie);
    hl_cookie_reply(&asked, &cookie_keys, nonce, cookie, reply);
}

/* What the input makes of a message: bytes at out. */
static struct hl_bytes spoil(uint8_t out[WIRE_MAX], struct hl_bytes message, bool patch,
                             struct hl_bytes input)
{
    size_t len = message.len;

    if (!patch) {
        len = input.len < WIRE_MAX ? input.len : WIRE_MAX;
        memcpy(out, input.at, len);
        return (struct hl_bytes){out, len};
    }
    memset(out, 0, WIRE_MAX);
    memcpy(out, message.at, len);
    for (; input.len >= 3; input.at += 3, input.len -= 3)
        out[(size_t)(input.at[0] << 8 | input.at[1]) % len] ^= input.at[2];
    if (input.len == 1)
        len -= input.at[0] % (len + 1);
    if (input.len == 2)
        len += input.at[0];
    return (struct hl_bytes){out, len < WIRE_MAX ? len : WIRE_MAX};
}

static bool same(struct hl_bytes a, const uint8_t *at, size_t len)
{
    return a.len == len && memcmp(a.at, at, len) == 0;
}

static void try_noise(const struct stage *stage, bool patch, struct hl_bytes input)
{
    uint8_t wire[WIRE_MAX], out[WIRE_MAX];
    struct hl_bytes message = spoil(wire, (struct hl_bytes){stage->wire, stage->len}, patch, input);
    struct hl_noise h = stage->reader;
    int got = hl_noise_read(&h, message, out, sizeof out);

    if (same(message, stage->wire, stage->len)) {
        FUZZ_CHECK(got == PAYLOAD);
        return;
    }
    FUZZ_CHECK(got < 0 || !stage->sealed);
    if (got >= 0)
        return;
    FUZZ_CHECK(memcmp(&h, &stage->reader, sizeof h) == 0);
    FUZZ_CHECK(hl_noise_read(&h, (struct hl_bytes){stage->wire, stage->len}, out, sizeof out) ==
               PAYLOAD);
}

static void try_cookies(bool patch, struct hl_bytes input)
{
    uint8_t wire[WIRE_MAX], cookie[HL_COOKIE_SIZE];
    struct hl_bytes message = spoil(wire, (struct hl_bytes){stamped, sizeof stamped}, patch, input);
    bool good =
        message.len == sizeof stamped && memcmp(wire, stamped, sizeof stamped - HL_MAC_SIZE) == 0;

    FUZZ_CHECK(hl_cookie_check_mac1(wire, message.len, &cookie_keys) == good);
    FUZZ_CHECK(hl_cookie_check_mac2(&jar, wire, message.len, &home, 0) ==
               same(message, stamped, sizeof stamped));
    message = spoil(wire, (struct hl_bytes){reply, sizeof reply}, patch, input);
    good = message.len == sizeof reply && memcmp(wire + 8, reply + 8, sizeof reply - 8) == 0;
    FUZZ_CHECK(hl_cookie_open(wire, message.len, &cookie_keys,
                              hl_cookie_mac1(stamped, sizeof stamped), cookie) == good);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct hl_bytes input;
    bool patch;
    size_t which;

    if (len < 2)
        return 0;
    if (stages_count == 0)
        prepare();
    input = (struct hl_bytes){data + 2, len - 2};
    patch = data[1] & 1;
    which = data[0] % (stages_count + 1);
    if (which < stages_count)
        try_noise(&stages[which], patch, input);
    else
        try_cookies(patch, input);
    return 0;
}
