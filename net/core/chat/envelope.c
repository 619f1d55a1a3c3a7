/* SPDX-License-Identifier: MIT */
#include "envelope.h"

#include "err.h"
#include "varint.h"

#include <string.h>

enum {
    KIND_MAX = 0xffff, /* of entries; more is nonsense, not a newer version */
    FIELDS_MAX = 3,
};
/* 9999-12-31: what any calendar can show. */
#define TIME_MAX INT64_C(253402300799999)

enum field {
    FIELD_NONE,
    FIELD_ID,
    FIELD_FLAGS,
    FIELD_CODE,
    FIELD_SEQ,
    FIELD_COUNT,
    FIELD_TEXT,
    FIELD_ENTRY
};

/* One row per kind: its fields in their order, and how long its text may be. */
static const struct layout {
    enum field fields[FIELDS_MAX];
    size_t text_max;
} layouts[] = {
    [HL_ENVELOPE_HELLO] = {{FIELD_FLAGS, FIELD_SEQ, FIELD_TEXT}, HL_NICK_MAX},
    [HL_ENVELOPE_ENTRY] = {{FIELD_ENTRY}, 0},
    [HL_ENVELOPE_RECEIPT] = {{FIELD_SEQ, FIELD_ID}, 0},
    [HL_ENVELOPE_READ] = {{FIELD_ID}, 0},
    [HL_ENVELOPE_KEPT] = {{FIELD_ID}, 0},
    [HL_ENVELOPE_REFUSED] = {{FIELD_ID, FIELD_CODE}, 0},
    [HL_ENVELOPE_AGAIN] = {{FIELD_SEQ, FIELD_COUNT}, 0},
    [HL_ENVELOPE_NONE] = {{FIELD_SEQ, FIELD_COUNT}, 0},
    [HL_ENVELOPE_TYPING] = {{FIELD_FLAGS, FIELD_TEXT}, HL_TYPED_MAX},
    [HL_ENVELOPE_PRESENCE] = {{FIELD_FLAGS, FIELD_TEXT}, HL_AWAY_MAX},
};

enum { KINDS = sizeof layouts / sizeof *layouts };

static const uint8_t no_id[HL_ID_SIZE];

/* ---- writing: the first thing that does not fit or is out of range spoils the rest ---- */

struct writer {
    uint8_t *out;
    size_t cap, len;
    bool bad;
};

static void put_number(struct writer *w, uint64_t v)
{
    size_t width = v <= HL_VARINT_MAX ? hl_varint_put(w->out + w->len, w->cap - w->len, v) : 0;

    if (width == 0)
        w->bad = true;
    w->len += width;
}

static void put_bytes(struct writer *w, const void *at, size_t len)
{
    if (w->bad || len > w->cap - w->len) {
        w->bad = true;
        return;
    }
    if (len)
        memcpy(w->out + w->len, at, len);
    w->len += len;
}

static void put_counted(struct writer *w, const void *at, size_t len, size_t max)
{
    if (len > max) {
        w->bad = true;
        return;
    }
    put_number(w, len);
    put_bytes(w, at, len);
}

static int64_t sane_time(uint64_t ms)
{
    return ms < (uint64_t)TIME_MAX ? (int64_t)ms : TIME_MAX;
}

static void put_entry(struct writer *w, const struct hl_entry *e)
{
    bool has_target = memcmp(e->target, no_id, HL_ID_SIZE) != 0;

    if (e->seq == 0 || e->kind == 0 || (unsigned)e->kind > KIND_MAX)
        w->bad = true;
    put_bytes(w, e->id, HL_ID_SIZE);
    put_number(w, e->seq);
    put_number(w, (uint64_t)e->kind);
    put_number(w, e->time_ms < 0 ? 0 : (uint64_t)sane_time((uint64_t)e->time_ms));
    put_counted(w, e->target, has_target ? HL_ID_SIZE : 0, HL_ID_SIZE);
    put_counted(w, e->body, e->len, HL_BODY_MAX);
}

static void put_field(struct writer *w, enum field field, const struct hl_envelope *e)
{
    switch (field) {
    case FIELD_NONE:
        break;
    case FIELD_ID:
        put_bytes(w, e->id, HL_ID_SIZE);
        break;
    case FIELD_FLAGS:
        put_number(w, e->flags);
        break;
    case FIELD_CODE:
        put_number(w, e->code);
        break;
    case FIELD_SEQ:
        put_number(w, e->seq);
        break;
    case FIELD_COUNT:
        put_number(w, e->count);
        break;
    case FIELD_TEXT:
        put_counted(w, e->text.at, e->text.len, layouts[e->kind].text_max);
        break;
    case FIELD_ENTRY:
        put_entry(w, &e->entry);
        break;
    }
}

/* Numbers begin at 1, and none lies beyond what a varint can say. */
static bool in_range(const struct hl_envelope *e)
{
    if (e->kind == HL_ENVELOPE_AGAIN || e->kind == HL_ENVELOPE_NONE)
        return e->seq > 0 && e->count > 0 && e->seq <= HL_VARINT_MAX &&
               e->count - 1 <= HL_VARINT_MAX - e->seq;
    return e->seq > 0 || (e->kind != HL_ENVELOPE_HELLO && e->kind != HL_ENVELOPE_RECEIPT);
}

size_t hl_envelope_put(uint8_t *out, size_t cap, const struct hl_envelope *e)
{
    struct writer w = {.out = out, .cap = cap};

    if (e->kind == 0 || (unsigned)e->kind >= KINDS || !in_range(e))
        return 0;
    put_number(&w, (uint64_t)e->kind);
    for (int i = 0; i < FIELDS_MAX && !w.bad; i++)
        put_field(&w, layouts[e->kind].fields[i], e);
    return w.bad ? 0 : w.len;
}

/* ---- reading: the same ---- */

struct reader {
    const uint8_t *at;
    size_t len;
    bool bad;
};

static uint64_t get_number(struct reader *r)
{
    uint64_t v = 0;
    size_t width = r->bad ? 0 : hl_varint_get(r->at, r->len, &v);

    if (width == 0)
        r->bad = true;
    r->at += width;
    r->len -= width;
    return v;
}

/* NULL if there are not so many. */
static const uint8_t *get_bytes(struct reader *r, uint64_t len)
{
    const uint8_t *at = r->at;

    if (r->bad || len > r->len) {
        r->bad = true;
        return NULL;
    }
    r->at += len;
    r->len -= (size_t)len;
    return at;
}

static void get_id(struct reader *r, uint8_t *id)
{
    const uint8_t *at = get_bytes(r, HL_ID_SIZE);

    if (at)
        memcpy(id, at, HL_ID_SIZE);
}

static struct hl_bytes get_counted(struct reader *r, size_t max)
{
    uint64_t len = get_number(r);
    const uint8_t *at = get_bytes(r, len);

    if (!at || len > max) {
        r->bad = true;
        return (struct hl_bytes){0};
    }
    return (struct hl_bytes){at, (size_t)len};
}

/* How long a body may be is for the receiver to say, who then refuses it: it is well-formed. */
static void get_entry(struct reader *r, struct hl_entry *e)
{
    uint64_t kind;
    struct hl_bytes target, body;

    get_id(r, e->id);
    e->seq = get_number(r);
    kind = get_number(r);
    e->time_ms = sane_time(get_number(r));
    target = get_counted(r, HL_ID_SIZE);
    body = get_counted(r, SIZE_MAX);
    if (e->seq == 0 || kind == 0 || kind > KIND_MAX ||
        (target.len != 0 && target.len != HL_ID_SIZE))
        r->bad = true;
    if (r->bad)
        return;
    e->kind = (enum hl_entry_kind)kind;
    if (target.len)
        memcpy(e->target, target.at, HL_ID_SIZE);
    e->body = body.at;
    e->len = body.len;
}

static void get_field(struct reader *r, enum field field, struct hl_envelope *e)
{
    switch (field) {
    case FIELD_NONE:
        break;
    case FIELD_ID:
        get_id(r, e->id);
        break;
    case FIELD_FLAGS:
        e->flags = get_number(r);
        break;
    case FIELD_CODE:
        e->code = get_number(r);
        break;
    case FIELD_SEQ:
        e->seq = get_number(r);
        break;
    case FIELD_COUNT:
        e->count = get_number(r);
        break;
    case FIELD_TEXT:
        e->text = get_counted(r, layouts[e->kind].text_max);
        break;
    case FIELD_ENTRY:
        get_entry(r, &e->entry);
        break;
    }
}

int hl_envelope_get(struct hl_envelope *out, const uint8_t *at, size_t len)
{
    struct reader r = {.at = at, .len = len};
    uint64_t kind = get_number(&r);

    memset(out, 0, sizeof *out);
    if (r.bad || kind == 0)
        return HL_ERR_BAD_MESSAGE;
    if (kind >= KINDS)
        return HL_ERR_UNKNOWN_FRAME;
    out->kind = (enum hl_envelope_kind)kind;
    for (int i = 0; i < FIELDS_MAX && !r.bad; i++)
        get_field(&r, layouts[kind].fields[i], out);
    return r.bad || !in_range(out) ? HL_ERR_BAD_MESSAGE : 0;
}
