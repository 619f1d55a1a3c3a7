/* SPDX-License-Identifier: MIT */
/* What comes over the control socket, cut anywhere. A record that is taken lies within its bytes,
 * says the same when it is written and read once more, and is not there before its last byte is. */
#include "ctl.h"
#include "err.h"
#include "fuzz.h"

static bool within(const struct hl_ctl_bytes *b, const char *at, size_t len)
{
    return b->len == 0 || (b->at >= at && b->len <= len && (size_t)(b->at - at) <= len - b->len);
}

static bool equal(const struct hl_ctl_bytes *a, const struct hl_ctl_bytes *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->at, b->at, a->len) == 0);
}

static bool same(const struct hl_ctl *a, const struct hl_ctl *b)
{
    return a->kind == b->kind && a->request == b->request && a->contact == b->contact &&
           a->flags == b->flags && a->code == b->code && a->state == b->state && a->row == b->row &&
           a->pos == b->pos && a->seq == b->seq && a->count == b->count && a->number == b->number &&
           a->version == b->version && a->via == b->via && a->time == b->time &&
           a->until == b->until && a->err == b->err && a->has_id == b->has_id &&
           a->has_target == b->has_target && a->has_key == b->has_key &&
           memcmp(a->id, b->id, sizeof a->id) == 0 &&
           memcmp(a->target, b->target, sizeof a->target) == 0 &&
           memcmp(a->key, b->key, sizeof a->key) == 0 && equal(&a->text, &b->text) &&
           equal(&a->name, &b->name) && equal(&a->nick, &b->nick) && equal(&a->note, &b->note) &&
           equal(&a->other, &b->other) && equal(&a->local, &b->local);
}

static void check_record(const struct hl_ctl *c, const char *at, size_t len)
{
    static char again[HL_CTL_RECORD_MAX + 4];
    struct hl_ctl read;
    size_t written;

    FUZZ_CHECK(c->kind > HL_CTL_NONE && c->kind < HL_CTL_COUNT && c->err <= 0);
    FUZZ_CHECK(c->time >= 0 && c->until >= 0);
    FUZZ_CHECK(within(&c->text, at, len) && within(&c->name, at, len) && within(&c->nick, at, len));
    FUZZ_CHECK(within(&c->note, at, len) && within(&c->other, at, len));
    FUZZ_CHECK(within(&c->local, at, len));
    FUZZ_CHECK(strcmp(hl_ctl_name(c->kind), "?") != 0);
    written = hl_ctl_put(again, sizeof again, c);
    FUZZ_CHECK(written > 0 && written <= hl_ctl_size(c));
    FUZZ_CHECK(hl_ctl_get(&read, again, written) == (ptrdiff_t)written);
    FUZZ_CHECK(same(c, &read));
    for (size_t less = 0; less < 64 && less < len; less++)
        FUZZ_CHECK(hl_ctl_get(&read, at, less) == 0 && hl_ctl_get(&read, at, len - 1 - less) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const char *at = (const char *)data;
    struct hl_ctl c;

    while (len > 0) {
        ptrdiff_t took = hl_ctl_get(&c, at, len);

        FUZZ_CHECK(took == HL_ERR_FRAMING || (took >= 0 && (size_t)took <= len));
        if (took <= 0)
            break;
        check_record(&c, at, (size_t)took);
        at += took;
        len -= (size_t)took;
    }
    return 0;
}
