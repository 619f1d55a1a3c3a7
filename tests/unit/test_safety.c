/* SPDX-License-Identifier: MIT */
#include "safety.h"

#include "bytes_of.h"

#include <criterion/criterion.h>
#include <stdlib.h>

/* From a few lines of Python with hashlib, after the comment of safety.c. */
static const struct {
    const char *a, *b;
    const char *number;
} vectors[] = {
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f",
     "091802199716251166345586374168206039200687186423167882780447"},
    {"0000000000000000000000000000000000000000000000000000000000000000",
     "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
     "774706074767916758815978153693869872979677061953489254500511"},
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "091802199716251166345586374168091802199716251166345586374168"},
    {"8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
     "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
     "304884683763059737907322901280447286832033622511723034275231"},
};

Test(safety, vectors_in_either_order)
{
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        uint8_t a[HL_KEY_SIZE], b[HL_KEY_SIZE];
        char number[HL_SAFETY_DIGITS + 1];

        from_hex(a, vectors[i].a);
        from_hex(b, vectors[i].b);
        hl_safety_number(a, b, number);
        cr_assert_str_eq(number, vectors[i].number);
        hl_safety_number(b, a, number);
        cr_assert_str_eq(number, vectors[i].number);
    }
}

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* A walk from pair to pair: one key of each is new, or differs in a single bit from the one before.
 * No number comes twice. HL_SAFETY_PAIRS asks for more of them; 100000 take a quarter of an hour.
 */
Test(safety, equal_only_for_equal_pairs)
{
    const char *asked = getenv("HL_SAFETY_PAIRS");
    size_t count = asked ? strtoul(asked, NULL, 10) : 256;
    char(*numbers)[HL_SAFETY_DIGITS + 1] = calloc(count, sizeof *numbers);
    uint8_t pair[2][HL_KEY_SIZE];
    uint64_t seed = 20261121;

    cr_assert_not_null(numbers);
    fill_random(&seed, pair, sizeof pair);
    for (size_t i = 0; i < count; i++) {
        uint8_t *key = pair[i % 4 / 2];
        size_t bit = next_random(&seed) % (8 * HL_KEY_SIZE);

        if (i % 2)
            key[bit / 8] ^= (uint8_t)(1U << bit % 8);
        else
            fill_random(&seed, key, HL_KEY_SIZE);
        hl_safety_number(pair[0], pair[1], numbers[i]);
        cr_assert_eq(strspn(numbers[i], "0123456789"), HL_SAFETY_DIGITS);
    }
    qsort(numbers, count, sizeof *numbers, compare);
    for (size_t i = 1; i < count; i++)
        cr_assert_str_neq(numbers[i - 1], numbers[i], "seed 20261121");
    cr_log_info("%zu pairs", count);
    free(numbers);
}

/* Each of the 256 bits of a key changes its half, and only that. */
Test(safety, every_bit_of_a_key_counts)
{
    uint8_t low[HL_KEY_SIZE] = {0x10, 1, 2, 3}, high[HL_KEY_SIZE] = {0xf0, 5, 6, 7};
    char before[HL_SAFETY_DIGITS + 1], after[HL_SAFETY_DIGITS + 1];

    hl_safety_number(low, high, before);
    for (size_t bit = 0; bit < 8 * HL_KEY_SIZE; bit++) { /* low stays the smaller one */
        low[bit / 8] ^= (uint8_t)(1U << bit % 8);
        hl_safety_number(low, high, after);
        cr_assert_neq(memcmp(before, after, HL_SAFETY_DIGITS / 2), 0, "bit %zu", bit);
        cr_assert_str_eq(before + HL_SAFETY_DIGITS / 2, after + HL_SAFETY_DIGITS / 2);
        low[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}
