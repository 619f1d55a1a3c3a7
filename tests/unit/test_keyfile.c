/* SPDX-License-Identifier: MIT */
/* The text of a key file: what goes in comes out, under the right passphrase alone, and a hostile
 * file costs nothing. */
#include "keyfile.h"

#include "err.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct hl_secrets id;
static uint8_t random_bytes[HL_KEYFILE_RANDOM];
static char text[HL_KEYFILE_MAX];
static size_t len;
static const struct hl_bytes right = {(const uint8_t *)"opens it", 8};
static const struct hl_bytes wrong = {(const uint8_t *)"opens is", 8};

static void set_up(void)
{
    int got;

    for (size_t i = 0; i < HL_IDENTITY_KEY; i++) {
        id.secret[i] = (uint8_t)(i + 1);
        id.seal[i] = (uint8_t)(0xf0 - i);
    }
    id.sealed = true;
    for (size_t i = 0; i < sizeof random_bytes; i++)
        random_bytes[i] = (uint8_t)(7 * i);
    got = hl_keyfile_write(text, &id, &right, random_bytes);
    cr_assert_gt(got, 0);
    len = (size_t)got;
}

TestSuite(keyfile, .init = set_up);

Test(keyfile, sealed_and_opened)
{
    struct hl_secrets out;

    cr_assert_eq(hl_keyfile_form(text, len), HL_KEYFILE_SEALED);
    cr_assert_eq(hl_keyfile_read(text, len, &right, &out), 0);
    cr_assert(out.sealed);
    cr_assert_arr_eq(out.secret, id.secret, sizeof id.secret);
    cr_assert_arr_eq(out.seal, id.seal, sizeof id.seal);
    cr_assert_eq(hl_keyfile_read(text, len, &wrong, &out), HL_ERR_PASSPHRASE);
    cr_assert_not(out.sealed);
    cr_assert_eq(hl_keyfile_read(text, len, NULL, &out), -EINVAL);
}

Test(keyfile, neither_key_is_to_be_seen)
{
    cr_assert_null(memmem(text, len, "01020304", 8));
    cr_assert_null(memmem(text, len, "f0efeeed", 8));
    cr_assert_null(memmem(text, len, "opens", 5));
}

Test(keyfile, open_form)
{
    struct hl_secrets out;

    len = (size_t)hl_keyfile_write(text, &id, NULL, random_bytes);
    cr_assert_eq(hl_keyfile_form(text, len), HL_KEYFILE_OPEN);
    cr_assert_eq(hl_keyfile_read(text, len, NULL, &out), 0);
    cr_assert_not(out.sealed);
    cr_assert_arr_eq(out.secret, id.secret, sizeof id.secret);
    cr_assert_eq(hl_keyfile_read(text, len, &right, &out), -EINVAL);
}

/* A changed letter is malformed, or is found out by the tag; numbers included. Costs are lowered
 * first, so that this takes seconds and not minutes. */
Test(keyfile, no_letter_can_be_changed, .timeout = 60)
{
    struct hl_secrets out;

    for (size_t i = 0; i < len; i++) {
        char was = text[i];

        if (i >= 21 && i < 29) /* the costs: other numbers are read, see below */
            continue;
        text[i] = was == '0' ? '1' : '0';
        if (hl_keyfile_form(text, len) == HL_KEYFILE_SEALED && i % 16 == 0)
            cr_assert_eq(hl_keyfile_read(text, len, &right, &out), HL_ERR_PASSPHRASE, "at %zu", i);
        text[i] = '~';
        cr_assert_eq(hl_keyfile_form(text, len), HL_KEYFILE_BAD, "at %zu", i);
        text[i] = was;
    }
    for (size_t cut = 0; cut < len; cut++)
        cr_assert_eq(hl_keyfile_form(text, cut), HL_KEYFILE_BAD, "cut at %zu", cut);
}

static const char *const costs[] = {"0 65536", "17 65536",     "3 7",         "3 1048577",
                                    "3 0",     "4294967295 8", "3 4294967295"};

Test(keyfile, costs_have_bounds)
{
    for (size_t i = 0; i < sizeof costs / sizeof *costs; i++) {
        char hostile[2 * HL_KEYFILE_MAX];
        struct hl_secrets out;
        int end = snprintf(hostile, sizeof hostile, "hullo-key-2 argon2id %s%.*s", costs[i],
                           (int)(len - 28), text + 28);

        cr_assert_eq(hl_keyfile_read(hostile, (size_t)end, &right, &out), -EINVAL, "%s", costs[i]);
    }
}

static const char *const malformed[] = {
    "-3 65536", "03 65536", "3  65536", "3 ", "x 65536", "3 65536 ", "99999999999999999999 8"};

Test(keyfile, numbers_have_one_spelling)
{
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        char hostile[2 * HL_KEYFILE_MAX];
        int end = snprintf(hostile, sizeof hostile, "hullo-key-2 argon2id %s%.*s", malformed[i],
                           (int)(len - 28), text + 28);

        cr_assert_eq(hl_keyfile_form(hostile, (size_t)end), HL_KEYFILE_BAD, "%s", malformed[i]);
    }
}

Test(keyfile, any_bytes)
{
    srand(3);
    for (int round = 0; round < 100000; round++) {
        char noise[HL_KEYFILE_MAX];
        size_t size = (size_t)rand() % sizeof noise;

        for (size_t i = 0; i < size; i++)
            noise[i] = rand() % 3 ? (char)rand() : text[i % len];
        cr_assert_eq(hl_keyfile_form(noise, size), HL_KEYFILE_BAD, "round %d", round);
    }
}
