/* SPDX-License-Identifier: MIT */
#include "records.h"

#include "err.h"

#include <string.h>

static size_t length(const uint8_t *head)
{
    return (size_t)head[0] << 8 | head[1];
}

/* The usual case: a record that lies whole in what came is not copied. */
static size_t take_whole(const uint8_t *in, size_t n, const uint8_t **data, size_t *len)
{
    if (n < HL_RECORD_PREFIX)
        return 0;
    *len = length(in);
    if (*len == 0 || n - HL_RECORD_PREFIX < *len)
        return 0;
    *data = in + HL_RECORD_PREFIX;
    return HL_RECORD_PREFIX + *len;
}

static size_t take_head(struct hl_records *r, const uint8_t *in, size_t n)
{
    size_t taken = 0;

    while (r->got < HL_RECORD_PREFIX && taken < n)
        r->head[r->got++] = in[taken++];
    return taken;
}

size_t hl_records_take(struct hl_records *r, const uint8_t *in, size_t n, const uint8_t **data,
                       size_t *len, int *err)
{
    size_t taken = r->got == 0 ? take_whole(in, n, data, len) : 0;
    size_t have;
    size_t more;

    *err = 0;
    if (taken > 0)
        return taken;
    *data = NULL;
    taken = take_head(r, in, n);
    if (r->got < HL_RECORD_PREFIX)
        return taken;
    *len = length(r->head);
    if (*len == 0) {
        *err = HL_ERR_FRAMING;
        return taken;
    }
    have = r->got - HL_RECORD_PREFIX;
    more = *len - have < n - taken ? *len - have : n - taken;
    memcpy(r->buf + have, in + taken, more);
    r->got += more;
    if (have + more == *len) {
        *data = r->buf;
        r->got = 0;
    }
    return taken + more;
}
