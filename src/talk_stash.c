/* SPDX-License-Identifier: MIT */
/* What a front end leaves in the store for its next start. */
#include "talk_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Their numbers, between those that the client gives itself and those of messages. */
#define STASHES (UINT64_C(1) << 59)

static struct hl_ctl request_of(enum hl_ctl_kind kind, uint32_t conv, const char *name)
{
    return (struct hl_ctl){.kind = kind, .contact = conv, .name = hl_ctl_bytes(name)};
}

int hl_talk_stash(struct hl_talk *t, const struct hl_stash *s, bool wait)
{
    struct hl_ctl r = request_of(HL_CTL_STASH, s->conv, s->name);

    if (!t->home)
        return -EOPNOTSUPP;
    r.request = STASHES + ++t->last_stash;
    r.text = (struct hl_ctl_bytes){s->bytes, s->len};
    return wait ? talk_home_ask(t, &r, NULL, NULL) : hl_talk_ask(t, &r);
}

bool hl_talk_is_stash(const struct hl_ctl *answer)
{
    return answer->request > STASHES && answer->request < 2 * STASHES;
}

struct got {
    char *bytes;
    size_t len;
};

static void take(void *user, const struct hl_ctl *answer)
{
    struct got *got = user;

    if (answer->kind != HL_CTL_END || answer->text.len == 0)
        return;
    got->bytes = malloc(answer->text.len + 1);
    if (!got->bytes)
        return;
    memcpy(got->bytes, answer->text.at, answer->text.len);
    got->bytes[answer->text.len] = '\0';
    got->len = answer->text.len;
}

char *hl_talk_stashed(struct hl_talk *t, uint32_t conv, const char *name, size_t *len)
{
    struct hl_ctl r = request_of(HL_CTL_STASHED, conv, name);
    struct got got = {.len = 0};

    if (t->home && talk_home_ask(t, &r, take, &got) == 0 && got.len > 0) {
        *len = got.len;
        return got.bytes;
    }
    free(got.bytes);
    return NULL;
}
