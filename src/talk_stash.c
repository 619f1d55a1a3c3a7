/* SPDX-License-Identifier: MIT */
/* What a front end leaves in the store for its next start. */
#include "talk_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct hl_ctl request_of(enum hl_ctl_kind kind, uint32_t conv, const char *name)
{
    return (struct hl_ctl){.kind = kind, .contact = conv, .name = {name, strlen(name)}};
}

static void ignore(void *user, const struct hl_ctl *answer)
{
    (void)user;
    (void)answer;
}

int hl_talk_stash(struct hl_talk *t, const struct hl_stash *s, bool wait, uint64_t *request)
{
    struct hl_ctl r = request_of(HL_CTL_STASH, s->conv, s->name);
    int err;

    if (!t->home)
        return -EOPNOTSUPP;
    r.text = (struct hl_ctl_bytes){s->bytes, s->len};
    err = wait ? talk_home_ask(t, &r, ignore, NULL) : hl_talk_ask(t, &r);
    if (request)
        *request = r.request;
    return err;
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
    got->bytes = strndup(answer->text.at, answer->text.len);
    got->len = got->bytes ? answer->text.len : 0;
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
