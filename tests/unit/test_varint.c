/* SPDX-License-Identifier: MIT */
#include "varint.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

static const struct {
    uint64_t value;
    size_t len;
    uint8_t bytes[HL_VARINT_LEN_MAX];
} samples[] = {
    {0, 1, {0}},
    {37, 1, {0x25}}, /* this and the next three: RFC 9000 appendix A.1 */
    {15293, 2, {0x7b, 0xbd}},
    {494878333, 4, {0x9d, 0x7f, 0x3e, 0x7d}},
    {151288809941952652, 8, {0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c}},
    {63, 1, {0x3f}},
    {64, 2, {0x40, 0x40}},
    {16383, 2, {0x7f, 0xff}},
    {16384, 4, {0x80, 0, 0x40, 0}},
    {(1U << 30) - 1, 4, {0xbf, 0xff, 0xff, 0xff}},
    {1U << 30, 8, {0xc0, 0, 0, 0, 0x40, 0, 0, 0}},
    {HL_VARINT_MAX, 8, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
};

Test(varint, is_written_and_read_as_in_the_rfc)
{
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        uint8_t out[HL_VARINT_LEN_MAX];
        uint64_t v = 7;

        cr_assert_eq(hl_varint_len(samples[i].value), samples[i].len);
        cr_assert_eq(hl_varint_put(out, sizeof out, samples[i].value), samples[i].len);
        cr_assert_eq(memcmp(out, samples[i].bytes, samples[i].len), 0, "%" PRIu64,
                     samples[i].value);
        cr_assert_eq(hl_varint_get(out, sizeof out, &v), samples[i].len);
        cr_assert_eq(v, samples[i].value);
        for (size_t len = 0; len < samples[i].len; len++) {
            v = 7;
            cr_assert_eq(hl_varint_put(out, len, samples[i].value), 0);
            cr_assert_eq(hl_varint_get(samples[i].bytes, len, &v), 0);
            cr_assert_eq(v, 7, "a cut integer leaves the value alone");
        }
    }
}

Test(varint, longer_forms_are_read_too)
{
    static const uint8_t two[] = {0x40, 0x25};
    static const uint8_t eight[] = {0xc0, 0, 0, 0, 0, 0, 0, 0x25};
    uint64_t v;

    cr_assert(hl_varint_get(two, sizeof two, &v) == 2 && v == 37);
    cr_assert(hl_varint_get(eight, sizeof eight, &v) == 8 && v == 37);
}
