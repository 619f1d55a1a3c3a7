/* SPDX-License-Identifier: MIT */
/* A hostile message on the chat stream. Whatever decodes lies within it, and says the same when it
 * is written and read once more. */
#include "envelope.h"
#include "err.h"
#include "fuzz.h"

static uint8_t out[HL_ENVELOPE_MAX];

static int within(const uint8_t *at, size_t count, const uint8_t *data, size_t len)
{
    return count == 0 || (at >= data && count <= len && (size_t)(at - data) <= len - count);
}

static int same_entry(const struct hl_entry *a, const struct hl_entry *b)
{
    return memcmp(a->id, b->id, HL_ID_SIZE) == 0 && memcmp(a->target, b->target, HL_ID_SIZE) == 0 &&
           a->kind == b->kind && a->seq == b->seq && a->time_ms == b->time_ms && a->len == b->len &&
           (a->len == 0 || memcmp(a->body, b->body, a->len) == 0);
}

static int same(const struct hl_envelope *a, const struct hl_envelope *b)
{
    return a->kind == b->kind && memcmp(a->id, b->id, HL_ID_SIZE) == 0 && a->flags == b->flags &&
           a->code == b->code && a->seq == b->seq && a->count == b->count &&
           a->text.len == b->text.len &&
           (a->text.len == 0 || memcmp(a->text.at, b->text.at, a->text.len) == 0) &&
           same_entry(&a->entry, &b->entry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct hl_envelope e, again;
    int err = hl_envelope_get(&e, data, len);
    size_t written;

    FUZZ_CHECK(err == 0 || err == HL_ERR_BAD_MESSAGE || err == HL_ERR_UNKNOWN_FRAME);
    if (err)
        return 0;
    FUZZ_CHECK(within(e.text.at, e.text.len, data, len));
    FUZZ_CHECK(within(e.entry.body, e.entry.len, data, len));
    written = hl_envelope_put(out, sizeof out, &e);
    FUZZ_CHECK(written > 0 || e.entry.len > HL_BODY_MAX);
    if (written == 0)
        return 0;
    FUZZ_CHECK(hl_envelope_get(&again, out, written) == 0);
    FUZZ_CHECK(same(&e, &again));
    return 0;
}
