/* SPDX-License-Identifier: MIT */
/* A byte stream in pieces of any size. The lines put together again must be the stream, less one
 * carriage return before each newline. The first byte chooses the size of the pieces. */
#include "fuzz.h"
#include "split.h"

static uint8_t joined[8192];
static size_t joined_len;

static void join(const struct hl_split_line *line)
{
    FUZZ_CHECK(joined_len + line->len + 1 <= sizeof joined);
    FUZZ_CHECK(memchr(line->data, '\n', line->len) == NULL);
    memcpy(joined + joined_len, line->data, line->len);
    joined_len += line->len;
    if (!line->partial)
        joined[joined_len++] = '\n';
}

static void feed(struct hl_split *s, const uint8_t *data, size_t len)
{
    struct hl_split_line line;
    bool got;

    while (len) {
        size_t taken = hl_split_take(s, data, len, &line, &got);

        FUZZ_CHECK(taken <= len && (taken || got));
        if (got)
            join(&line);
        data += taken;
        len -= taken;
    }
}

/* The slow and obvious way. */
static size_t expected(uint8_t *out, const uint8_t *data, size_t len)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        if (data[i] == '\n' && n && out[n - 1] == '\r')
            n--;
        out[n++] = data[i];
    }
    if (n && out[n - 1] != '\n') { /* the end of the stream ends its last line */
        n -= out[n - 1] == '\r';
        out[n++] = '\n';
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static uint8_t wanted[8192];
    uint8_t buf[16];
    struct hl_split split;
    struct hl_split_line line;
    size_t piece;

    if (len < 2 || len > sizeof wanted / 4)
        return 0;
    piece = 1 + *data++ % 40U;
    len--;
    joined_len = 0;
    hl_split_init(&split, buf, sizeof buf);
    for (size_t i = 0; i < len; i += piece)
        feed(&split, data + i, len - i < piece ? len - i : piece);
    if (hl_split_flush(&split, true, &line))
        join(&line);
    if (joined_len && joined[joined_len - 1] != '\n') /* the last part filled the buffer */
        joined[joined_len++] = '\n';
    FUZZ_CHECK(!hl_split_waiting(&split));
    FUZZ_CHECK(joined_len == expected(wanted, data, len));
    FUZZ_CHECK(memcmp(joined, wanted, joined_len) == 0);
    return 0;
}
