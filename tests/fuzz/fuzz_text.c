/* SPDX-License-Identifier: MIT */
/* What a peer sends. Whatever it is, nothing of it may act on a terminal, and every width must add
 * up. */
#include "fuzz.h"
#include "text.h"
#include "utf8.h"
#include "wrap.h"

#include <locale.h>
#include <wchar.h>

static void check_clean(const char *s, size_t len, unsigned flags)
{
    uint32_t cp;

    for (size_t i = 0; i < len; i += hl_utf8_decode(s + i, len - i, &cp)) {
        hl_utf8_decode(s + i, len - i, &cp);
        FUZZ_CHECK(cp != HL_UTF8_INVALID);
        if (cp == '\n' && (flags & HL_TEXT_LINES))
            continue;
        FUZZ_CHECK(cp >= 0x20 && (cp < 0x7f || cp > 0x9f));
        FUZZ_CHECK(wcwidth((wchar_t)cp) >= 0);
        FUZZ_CHECK(!(flags & HL_TEXT_ASCII) || cp < 0x7f);
        FUZZ_CHECK(!(cp >= 0x200b && cp <= 0x200f) && !(cp >= 0x2028 && cp <= 0x202e));
        FUZZ_CHECK(!(cp >= 0x2066 && cp <= 0x2069) && !(cp >= 0xe0000 && cp <= 0xe007f));
    }
}

static void check_wrap(const char *s, size_t len, size_t width)
{
    struct hl_wrap_shape shape = {.width = width, .first = 5, .hang = 2};
    struct hl_wrap_row row;
    struct hl_wrap w;
    size_t rows = 0;
    size_t end = 0;

    hl_wrap_init(&w, s, len, &shape);
    for (; hl_wrap_next(&w, &row); rows++) {
        FUZZ_CHECK(row.offset >= end && row.offset + row.len <= len);
        FUZZ_CHECK(row.indent + row.columns <= width || width < 3 || row.columns <= 2);
        end = row.offset + row.len;
    }
    FUZZ_CHECK(rows == hl_wrap_height(s, len, &shape));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const unsigned all_flags[] = {0, HL_TEXT_LINES, HL_TEXT_ASCII,
                                         HL_TEXT_LINES | HL_TEXT_ASCII};
    char small[16];

    setlocale(LC_ALL, "C.UTF-8");
    for (size_t i = 0; i < sizeof all_flags / sizeof *all_flags; i++) {
        size_t out_len;
        char *out = hl_text_clean_dup((const char *)data, len, all_flags[i], &out_len, NULL);

        FUZZ_CHECK(out && out[out_len] == '\0' && out_len <= len * HL_TEXT_GROWTH);
        check_clean(out, out_len, all_flags[i]);
        check_wrap(out, out_len, 1 + len % 60);
        free(out);

        out_len = hl_text_clean(small, sizeof small, (const char *)data, len, all_flags[i], NULL);
        FUZZ_CHECK(out_len < sizeof small && small[out_len] == '\0');
        check_clean(small, out_len, all_flags[i]);
    }
    return 0;
}
