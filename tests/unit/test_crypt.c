/* SPDX-License-Identifier: MIT */
#include "crypt.h"

#include "bytes_of.h"
#include "entropy.h"
#include "left_on_stack.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

static const struct hl_bytes nothing = {NULL, 0};

static void check_hex(const uint8_t *got, const char *hex)
{
    uint8_t wanted[512];
    size_t len = from_hex(wanted, hex);

    cr_assert_arr_eq(got, wanted, len, "wanted %s", hex);
}

/* RFC 7748 section 6.1. */
Test(crypt, x25519)
{
    static const char shared_hex[] =
        "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
    uint8_t alice[HL_KEY_SIZE], bob[HL_KEY_SIZE];
    uint8_t alice_public[HL_KEY_SIZE], bob_public[HL_KEY_SIZE];
    uint8_t shared[HL_KEY_SIZE];

    from_hex(alice, "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    from_hex(bob, "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
    hl_crypt_public(alice_public, alice);
    check_hex(alice_public, "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    hl_crypt_public(bob_public, bob);
    check_hex(bob_public, "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    cr_assert(hl_crypt_dh(shared, alice, bob_public));
    check_hex(shared, shared_hex);
    cr_assert(hl_crypt_dh(shared, bob, alice_public));
    check_hex(shared, shared_hex);
}

/* All encodings of points of order 1, 2, 4 and 8 on the curve and its twist:
 * https://cr.yp.to/ecdh.html, "How do I validate Curve25519 public keys?". */
static const char *const low_order[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

Test(crypt, points_of_low_order_are_refused)
{
    static const uint8_t zeros[HL_KEY_SIZE];
    uint64_t seed = 7;

    for (size_t i = 0; i < sizeof low_order / sizeof *low_order; i++) {
        for (unsigned top_bit = 0; top_bit < 2; top_bit++) { /* X25519 does not look at it */
            uint8_t secret[HL_KEY_SIZE];
            uint8_t point[HL_KEY_SIZE];
            uint8_t shared[HL_KEY_SIZE] = {1};

            fill_random(&seed, secret, sizeof secret);
            from_hex(point, low_order[i]);
            point[31] ^= (uint8_t)(top_bit << 7);
            cr_assert_not(hl_crypt_dh(shared, secret, point), "point %zu, top bit %u", i, top_bit);
            cr_assert_arr_eq(shared, zeros, sizeof zeros);
        }
    }
}

/* RFC 8439 appendix A.5: the one whose nonce has 32 zero bits in front. */
static const char aead_key[] = "1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0";
static const char aead_ad[] = "f33388860000000000004e91";
static const char aead_plain[] =
    "Internet-Drafts are draft documents valid for a maximum of six months and may be updated, "
    "replaced, or obsoleted by other documents at any time. It is inappropriate to use "
    "Internet-Drafts as reference material or to cite them other than as "
    "/\xe2\x80\x9cwork in progress./\xe2\x80\x9d";
static const char aead_sealed[] = "64a0861575861af460f062c79be643bd5e805cfd345cf389f108670ac76c8cb2"
                                  "4c6cfc18755d43eea09ee94e382d26b0bdb7b73c321b0100d4f03b7f355894cf"
                                  "332f830e710b97ce98c8a84abd0b948114ad176e008d33bd60f982b1ff37c855"
                                  "9797a06ef4f0ef61c186324e2b3506383606907b6a7c02b0f9f6157b53c867e4"
                                  "b9166c767b804d46a59b5216cde7a4e99040c5a40433225ee282a1b0a06c523e"
                                  "af4534d7f83fa1155b0047718cbc546a0d072b04b3564eea1b422273f548271a"
                                  "0bb2316053fa76991955ebd63159434ecebb4e466dae5a1073a6727627097a10"
                                  "49e617d91d361094fa68f0ff77987130305beaba2eda04df997b714d6c6f2c29"
                                  "a6ad5cb4022b02709beead9d67890cbb22392336fea1851f38";

Test(crypt, seal_and_open_as_in_the_rfc)
{
    const uint64_t counter = UINT64_C(0x0807060504030201);
    uint8_t key[HL_KEY_SIZE], ad[12], text[512], opened[512];
    struct hl_bytes ad_bytes = {ad, from_hex(ad, aead_ad)};
    size_t len = strlen(aead_plain);

    from_hex(key, aead_key);
    memcpy(text, aead_plain, len);
    hl_crypt_seal(key, counter, ad_bytes, text, len);
    check_hex(text, aead_sealed);
    cr_assert(
        hl_crypt_open(key, counter, ad_bytes, (struct hl_bytes){text, len + HL_TAG_SIZE}, opened));
    cr_assert_arr_eq(opened, aead_plain, len);
    cr_assert(
        hl_crypt_open(key, counter, ad_bytes, (struct hl_bytes){text, len + HL_TAG_SIZE}, text));
    cr_assert_arr_eq(text, aead_plain, len);
}

/* draft-irtf-cfrg-xchacha-03 appendix A.3.1. */
Test(crypt, xseal_and_xopen_as_in_the_draft)
{
    static const char plain[] = "Ladies and Gentlemen of the class of '99: If I could offer you "
                                "only one tip for the future, sunscreen would be it.";
    static const char sealed[] =
        "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb"
        "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452"
        "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9"
        "21f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49";
    uint8_t key[HL_KEY_SIZE], nonce[HL_XNONCE_SIZE], ad[12], text[256];
    struct hl_bytes ad_bytes = {ad, from_hex(ad, "50515253c0c1c2c3c4c5c6c7")};
    size_t len = strlen(plain);
    struct hl_bytes whole = {text, len + HL_TAG_SIZE};

    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)(0x80 + i);
    for (size_t i = 0; i < sizeof nonce; i++)
        nonce[i] = (uint8_t)(0x40 + i);
    memcpy(text, plain, len);
    hl_crypt_xseal(key, nonce, ad_bytes, text, len);
    check_hex(text, sealed);
    nonce[23] ^= 1;
    cr_assert_not(hl_crypt_xopen(key, nonce, ad_bytes, whole, (uint8_t[256]){0}));
    nonce[23] ^= 1;
    cr_assert(hl_crypt_xopen(key, nonce, ad_bytes, whole, text));
    cr_assert_arr_eq(text, plain, len);
    for (size_t n = 0; n < HL_TAG_SIZE; n++)
        cr_assert_not(hl_crypt_xopen(key, nonce, ad_bytes, (struct hl_bytes){text, n}, text));
}

/* Whatever is not exactly what was sealed does not open, and gives away nothing. */
Test(crypt, open_refuses_every_change)
{
    uint8_t key[HL_KEY_SIZE], ad[13], plain[80], sealed[80 + HL_TAG_SIZE];
    uint64_t seed = 11;

    fill_random(&seed, key, sizeof key);
    fill_random(&seed, ad, sizeof ad);
    for (size_t len = 0; len <= sizeof plain; len += 16) {
        struct hl_bytes whole = {sealed, len + HL_TAG_SIZE};
        uint8_t out[sizeof plain];

        fill_random(&seed, plain, len);
        memcpy(sealed, plain, len);
        hl_crypt_seal(key, len, (struct hl_bytes){ad, sizeof ad}, sealed, len);
        for (size_t bit = 0; bit < 8 * whole.len; bit++) {
            memset(out, 0x55, sizeof out);
            sealed[bit / 8] ^= (uint8_t)(1U << bit % 8);
            cr_assert_not(hl_crypt_open(key, len, (struct hl_bytes){ad, sizeof ad}, whole, out));
            cr_assert(len < 16 || memcmp(out, plain, 16) != 0, "bit %zu", bit);
            sealed[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        for (size_t bit = 0; bit < 8 * sizeof ad; bit++) {
            ad[bit / 8] ^= (uint8_t)(1U << bit % 8);
            cr_assert_not(hl_crypt_open(key, len, (struct hl_bytes){ad, sizeof ad}, whole, out));
            ad[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        for (unsigned bit = 0; bit < 64; bit++)
            cr_assert_not(hl_crypt_open(key, len ^ UINT64_C(1) << bit,
                                        (struct hl_bytes){ad, sizeof ad}, whole, out));
        for (size_t n = 0; n < whole.len; n++)
            cr_assert_not(hl_crypt_open(key, len, (struct hl_bytes){ad, sizeof ad},
                                        (struct hl_bytes){sealed, n}, out));
        cr_assert_not(hl_crypt_open(key, len, nothing, whole, out));
        cr_assert(hl_crypt_open(key, len, (struct hl_bytes){ad, sizeof ad}, whole, out));
        cr_assert_arr_eq(out, plain, len);
    }
}

/* FIPS 180-4 and RFC 7693; the keyed BLAKE2b values are from Python's hashlib. */
Test(crypt, hashes)
{
    static const struct hl_bytes abc[][2] = {
        {{(const uint8_t *)"abc", 3}, {NULL, 0}},
        {{NULL, 0}, {(const uint8_t *)"abc", 3}},
        {{(const uint8_t *)"a", 1}, {(const uint8_t *)"bc", 2}},
    };
    uint8_t key[HL_KEY_SIZE], out[HL_SHA512_SIZE];

    for (size_t i = 0; i < sizeof abc / sizeof *abc; i++) {
        hl_crypt_sha256(out, abc[i][0], abc[i][1]);
        check_hex(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        hl_crypt_sha512(out, abc[i][0], abc[i][1]);
        check_hex(out, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                       "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
        hl_crypt_blake2b(out, abc[i][0], abc[i][1]);
        check_hex(out, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    }
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)i;
    hl_crypt_mac(out, (struct hl_bytes){key, 32}, text_bytes("abc"), text_bytes("def"));
    check_hex(out, "9354937c2934ef80443588f91cfe4c6c");
    hl_crypt_mac(out, (struct hl_bytes){key, 16}, text_bytes("abcdef"), nothing);
    check_hex(out, "71a056e0b184de01d6dec429e3013da2");
}

/* RFC 4231 cases 1 and 2: HMAC fills a short key with zeros, so 32 bytes hold theirs. */
Test(crypt, hmac)
{
    uint8_t key[HL_HASH_SIZE] = {0};
    uint8_t out[HL_HASH_SIZE];

    memset(key, 0x0b, 20);
    hl_crypt_hmac(out, key, text_bytes("Hi "), text_bytes("There"));
    check_hex(out, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    memset(key, 0, sizeof key);
    memcpy(key, "Jefe", 4);
    hl_crypt_hmac(out, key, text_bytes("what do ya want for nothing?"), nothing);
    check_hex(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

/* RFC 5869 case 3 is Noise's HKDF too: no info, and no salt means zeros. */
Test(crypt, hkdf)
{
    static const uint8_t chain[HL_HASH_SIZE];
    uint8_t input[22];
    uint8_t out[3][HL_HASH_SIZE];
    uint8_t two[2][HL_HASH_SIZE];

    memset(input, 0x0b, sizeof input);
    hl_crypt_hkdf(out, 3, chain, (struct hl_bytes){input, sizeof input});
    check_hex(out[0], "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
    check_hex(out[1], "9d201395faa4b61a96c8");
    check_hex(out[2], "36def6dc129c29271a0eb7ab14bd2ca88259f8a3a92ac2ec0e3e4fa046a4b90b");
    hl_crypt_hkdf(two, 2, chain, (struct hl_bytes){input, sizeof input});
    cr_assert_arr_eq(two, out, sizeof two);
}

Test(crypt, equal_and_wipe)
{
    static const uint8_t zeros[40];
    uint8_t a[40], b[40];

    memset(a, 1, sizeof a);
    for (size_t i = 0; i < sizeof a; i++) {
        memcpy(b, a, sizeof b);
        cr_assert(hl_crypt_equal(a, b, sizeof a));
        b[i] ^= 0x80;
        cr_assert_not(hl_crypt_equal(a, b, sizeof a), "byte %zu", i);
    }
    hl_crypt_wipe(a, sizeof a);
    cr_assert_arr_eq(a, zeros, sizeof a);
}

/* What libsodium does before and after it has looked at the processor is the same. */
Test(crypt, start_changes_no_result)
{
    uint8_t text[2][1400 + HL_TAG_SIZE] = {{0}};
    uint8_t key[HL_KEY_SIZE] = {3};
    uint8_t shared[2][HL_KEY_SIZE];

    for (size_t i = 0; i < 2; i++) {
        uint8_t public[HL_KEY_SIZE];

        hl_crypt_seal(key, 5, text_bytes("ad"), text[i], 1400);
        hl_crypt_public(public, key);
        cr_assert(hl_crypt_dh(shared[i], key, public));
        cr_assert_eq(hl_crypt_init(), 0);
        cr_assert_eq(hl_crypt_init(), 0);
    }
    cr_assert_arr_eq(text[0], text[1], sizeof text[0]);
    cr_assert_arr_eq(shared[0], shared[1], sizeof shared[0]);
}

Test(crypt, environment_gives_memory_and_different_random_bytes)
{
    const struct hl_env *env = hl_entropy_env();
    uint8_t *at = hl_env_alloc(env, 1000);
    uint64_t a = hl_env_random64(env);

    cr_assert_not_null(at);
    for (size_t i = 0; i < 1000; i++)
        cr_assert_eq(at[i], 0);
    at[999] = 9;
    at = env->resize(env->user, at, 100000);
    cr_assert_not_null(at);
    cr_assert_eq(at[999], 9);
    hl_env_free(env, at);
    cr_assert_neq(a, hl_env_random64(env));
}

/* ---- what is left on the stack ---- */

enum {
    KEY,    /* put in */
    INPUT,  /* put in as well, where there is a second */
    RESULT, /* came out */
    RESULT_2,
    TEMP, /* only known inside */
    SECRETS,
};

static uint8_t secrets[SECRETS][HL_KEY_SIZE];
static uint8_t point[HL_KEY_SIZE], text[64 + HL_TAG_SIZE], opened[64];

static void do_public(void *arg)
{
    (void)arg;
    hl_crypt_public(point, secrets[KEY]);
}

static void do_dh(void *arg)
{
    (void)arg;
    cr_assert(hl_crypt_dh(secrets[RESULT], secrets[KEY], point));
}

static void do_seal(void *arg)
{
    (void)arg;
    hl_crypt_seal(secrets[KEY], 1, text_bytes("ad"), text, sizeof text - HL_TAG_SIZE);
}

static void do_open(void *arg)
{
    (void)arg;
    cr_assert(hl_crypt_open(secrets[KEY], 1, text_bytes("ad"), (struct hl_bytes){text, sizeof text},
                            opened));
}

static void do_hmac(void *arg)
{
    (void)arg;
    hl_crypt_hmac(secrets[RESULT], secrets[KEY], (struct hl_bytes){secrets[INPUT], HL_KEY_SIZE},
                  nothing);
}

static void do_hkdf(void *arg)
{
    (void)arg;
    hl_crypt_hkdf(&secrets[RESULT], 2, secrets[KEY],
                  (struct hl_bytes){secrets[INPUT], HL_KEY_SIZE});
}

static void do_mac(void *arg)
{
    (void)arg;
    hl_crypt_mac(text, (struct hl_bytes){secrets[KEY], HL_KEY_SIZE}, text_bytes("text"), nothing);
}

static const struct {
    const char *what;
    void (*run)(void *arg);
} functions[] = {
    {"public", do_public}, {"dh", do_dh},     {"seal", do_seal}, {"open", do_open},
    {"hmac", do_hmac},     {"hkdf", do_hkdf}, {"mac", do_mac},
};

Test(crypt, no_secret_is_left_on_the_stack)
{
    uint64_t seed = 13;

    if (LEFT_SANITIZED)
        cr_skip("a sanitizer saves registers");
    cr_assert_eq(hl_crypt_init(), 0); /* libsodium's plain C code leaves keys behind */
    fill_random(&seed, secrets, sizeof secrets);
    hl_crypt_hmac(secrets[TEMP], secrets[KEY], (struct hl_bytes){secrets[INPUT], HL_KEY_SIZE},
                  nothing);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        int left;

        functions[i].run(NULL);
        left = left_on_stack((struct left_job){functions[i].run, NULL}, secrets, SECRETS);
        cr_expect_eq(left, -1, "secret %d left after %s", left, functions[i].what);
    }
}

/* By the reference implementation's command: argon2 SALT -id -t PASSES -k KIB -p 1 -l 32 -r. */
static const struct {
    const char *passphrase, *salt;
    uint32_t passes, kib;
    const char *key;
} stretched[] = {
    {"correct horse battery staple", "0123456789abcdef", 1, 8,
     "5dd4c928fbd5a4474236ef76d9d8304178fe5df3884d2d383e91b7703327e6c1"},
    {"password", "somesaltsomesalt", 3, 64,
     "6164c739a04e17de34a80bee65c6a58f4b8a240cbf5652f4a79e35ae02b7c616"},
};

Test(crypt, argon2id)
{
    for (size_t i = 0; i < sizeof stretched / sizeof *stretched; i++) {
        const char *passphrase = stretched[i].passphrase;
        uint8_t key[HL_KEY_SIZE];

        cr_assert_eq(hl_crypt_stretch(
                         key, (struct hl_bytes){(const uint8_t *)passphrase, strlen(passphrase)},
                         (const uint8_t *)stretched[i].salt, stretched[i].passes, stretched[i].kib),
                     0);
        check_hex(key, stretched[i].key);
    }
}

Test(crypt, argon2id_within_bounds)
{
    static const uint32_t bad[][2] = {
        {0, 64},
        {HL_PASSES_MAX + 1, 64},
        {1, HL_PASSES_KIB_MIN - 1},
        {1, HL_PASSES_KIB_MAX + 1},
        {UINT32_MAX, UINT32_MAX},
    };
    static const uint8_t salt[HL_SALT_SIZE];
    uint8_t key[HL_KEY_SIZE];

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_eq(hl_crypt_stretch(key, nothing, salt, bad[i][0], bad[i][1]), -EINVAL, "%zu", i);
}
