/* SPDX-License-Identifier: MIT */
/* What was said last in a conversation: a ring by number. */
#include "talk_inside.h"

#include "utf8.h"

#include <stdlib.h>
#include <string.h>

struct talk_said {
    uint32_t count; /* ever said: the number of the latest */
    struct hl_said ring[HL_SAID_KEPT];
};

static void set_text(struct hl_said *s, const char *text, size_t len)
{
    s->len = hl_utf8_cut(text, len, HL_SAID_TEXT);
    if (s->len > 0)
        memcpy(s->text, text, s->len);
}

void talk_said_add(struct conv *c, const uint8_t *id, bool ours, const char *text, size_t len)
{
    struct hl_said *s;

    if (!c->said)
        c->said = calloc(1, sizeof(*c->said));
    if (!c->said || hl_talk_said_id(&c->pub, id))
        return;
    s = &c->said->ring[++c->said->count % HL_SAID_KEPT];
    *s = (struct hl_said){.number = c->said->count, .ours = ours};
    memcpy(s->id, id, HL_ID_SIZE);
    set_text(s, text, len);
}

/* The latest first: it is the one that news are about, mostly. */
static struct hl_said *find(const struct conv *c, const uint8_t *id)
{
    uint32_t count = c->said ? c->said->count : 0;

    for (uint32_t n = count; n > 0 && n + HL_SAID_KEPT > count; n--) {
        struct hl_said *s = &c->said->ring[n % HL_SAID_KEPT];

        if (memcmp(s->id, id, HL_ID_SIZE) == 0)
            return s;
    }
    return NULL;
}

void talk_said_state(struct conv *c, const uint8_t *id, enum hl_entry_state state)
{
    struct hl_said *s = find(c, id);

    if (s)
        s->state = state;
}

void talk_said_text(struct conv *c, const uint8_t *id, const char *text, size_t len)
{
    struct hl_said *s = find(c, id);

    if (s)
        set_text(s, text, len);
}

void talk_said_move(struct conv *to, struct conv *from)
{
    uint32_t count = hl_talk_said_count(&from->pub);
    uint32_t n = count > HL_SAID_KEPT ? count - HL_SAID_KEPT + 1 : 1;
    const struct hl_said *s;

    for (; (s = hl_talk_said(&from->pub, n)) != NULL; n++) {
        talk_said_add(to, s->id, s->ours, s->text, s->len);
        talk_said_state(to, s->id, s->state);
    }
}

void talk_said_free(struct conv *c)
{
    free(c->said);
    c->said = NULL;
}

/* ---- for front ends ---- */

uint32_t hl_talk_said_count(const struct hl_conv *c)
{
    const struct talk_said *said = ((const struct conv *)c)->said;

    return said ? said->count : 0;
}

const struct hl_said *hl_talk_said(const struct hl_conv *c, uint32_t number)
{
    const struct talk_said *said = ((const struct conv *)c)->said;
    bool kept = said && number > 0 && number <= said->count && said->count - number < HL_SAID_KEPT;

    return kept ? &said->ring[number % HL_SAID_KEPT] : NULL;
}

const struct hl_said *hl_talk_last_said(const struct hl_conv *c, bool ours)
{
    const struct hl_said *s = NULL;

    for (uint32_t n = hl_talk_said_count(c); (s = hl_talk_said(c, n)) != NULL; n--) {
        if (s->ours == ours)
            return s;
    }
    return NULL;
}

const struct hl_said *hl_talk_said_id(const struct hl_conv *c, const uint8_t id[static HL_ID_SIZE])
{
    return find((const struct conv *)c, id);
}
