/* SPDX-License-Identifier: MIT */
#include "ctl.h"

#include "err.h"
#include "varint.h"

#include <string.h>

enum {
    LENGTH = 4, /* bytes of it in front of a record */
    TAG = 1,
};

/* What stands behind a tag. */
enum form {
    NUMBER, /* uint64_t: varint */
    WHEN,   /* int64_t of at least 0: varint */
    ERROR,  /* int, 0 or negative: varint of its opposite */
    BYTES,  /* struct hl_ctl_bytes: varint length, bytes */
    ID,     /* HL_ID_SIZE bytes, and a bool that says whether they are there */
    KEY,
};

/* Tags are places in this table, from 1: the order is the format. */
static const struct {
    enum form form;
    size_t at, there;
} fields[] = {
#define FIELD(form, name)                                                                          \
    {                                                                                              \
        form, offsetof(struct hl_ctl, name), 0                                                     \
    }
#define GIVEN(form, name, given)                                                                   \
    {                                                                                              \
        form, offsetof(struct hl_ctl, name), offsetof(struct hl_ctl, given)                        \
    }
    FIELD(NUMBER, request),
    FIELD(NUMBER, contact),
    FIELD(NUMBER, flags),
    FIELD(NUMBER, code),
    FIELD(NUMBER, state),
    FIELD(NUMBER, row),
    FIELD(NUMBER, pos),
    FIELD(NUMBER, seq),
    FIELD(NUMBER, count),
    FIELD(NUMBER, number),
    FIELD(NUMBER, version),
    FIELD(NUMBER, via),
    FIELD(WHEN, time),
    FIELD(WHEN, until),
    FIELD(ERROR, err),
    GIVEN(ID, id, has_id),
    GIVEN(ID, target, has_target),
    GIVEN(KEY, key, has_key),
    FIELD(BYTES, text),
    FIELD(BYTES, name),
    FIELD(BYTES, nick),
    FIELD(BYTES, note),
    FIELD(BYTES, other),
    FIELD(BYTES, local),
    FIELD(BYTES, why),
};
enum {
    FIELDS = sizeof fields / sizeof *fields,
};

static size_t fixed_size(enum form form)
{
    return form == ID ? HL_ID_SIZE : sizeof((struct hl_ctl *)0)->key;
}

/* ---- writing ---- */

static uint64_t number_of(enum form form, const char *at)
{
    uint64_t number = 0;
    int64_t when;
    int err;

    if (form == NUMBER) {
        memcpy(&number, at, sizeof number);
    } else if (form == WHEN) {
        memcpy(&when, at, sizeof when);
        number = when > 0 ? (uint64_t)when : 0;
    } else {
        memcpy(&err, at, sizeof err);
        number = err < 0 ? (uint64_t)-err : 0;
    }
    return number < HL_VARINT_MAX ? number : HL_VARINT_MAX;
}

static size_t put_bytes(char *out, size_t cap, const struct hl_ctl_bytes *b)
{
    size_t head = hl_varint_put((uint8_t *)out, cap, b->len);

    if (head == 0 || b->len > cap - head)
        return 0;
    memcpy(out + head, b->at, b->len);
    return head + b->len;
}

/* Bytes that the field took, its tag included; 0: it is left out; -1: no room. */
static ptrdiff_t put_field(char *out, size_t cap, const struct hl_ctl *c, size_t i)
{
    enum form form = fields[i].form;
    const char *at = (const char *)c + fields[i].at;
    struct hl_ctl_bytes bytes;
    size_t len = 0;

    if (cap < TAG)
        return -1;
    if (form == ID || form == KEY) {
        if (!*((const char *)c + fields[i].there))
            return 0;
        len = fixed_size(form);
        if (len > cap - TAG)
            return -1;
        memcpy(out + TAG, at, len);
    } else if (form == BYTES) {
        memcpy(&bytes, at, sizeof bytes);
        if (bytes.len == 0)
            return 0;
        len = put_bytes(out + TAG, cap - TAG, &bytes);
    } else {
        uint64_t number = number_of(form, at);

        if (number == 0)
            return 0;
        len = hl_varint_put((uint8_t *)out + TAG, cap - TAG, number);
    }
    out[0] = (char)(i + 1);
    return len ? (ptrdiff_t)(len + TAG) : -1;
}

size_t hl_ctl_put(char *out, size_t cap, const struct hl_ctl *c)
{
    size_t used = LENGTH + 1;
    size_t body;

    if (cap < used)
        return 0;
    out[LENGTH] = (char)c->kind;
    for (size_t i = 0; i < FIELDS; i++) {
        ptrdiff_t took = put_field(out + used, cap - used, c, i);

        if (took < 0)
            return 0;
        used += (size_t)took;
    }
    body = used - LENGTH;
    if (body > HL_CTL_RECORD_MAX)
        return 0;
    for (size_t i = 0; i < LENGTH; i++)
        out[i] = (char)(body >> 8 * i & 0xff);
    return used;
}

size_t hl_ctl_size(const struct hl_ctl *c)
{
    const size_t most =
        LENGTH + 1 + FIELDS * (TAG + HL_VARINT_LEN_MAX) + 2 * HL_ID_SIZE + sizeof c->key;

    return most + c->text.len + c->name.len + c->nick.len + c->note.len + c->other.len +
           c->local.len;
}

/* ---- reading ---- */

static void set_number(enum form form, char *at, uint64_t number)
{
    int64_t when = (int64_t)number;
    int err = number <= INT32_MAX ? -(int)number : HL_ERR_FRAMING;

    if (form == NUMBER)
        memcpy(at, &number, sizeof number);
    else if (form == WHEN)
        memcpy(at, &when, sizeof when);
    else
        memcpy(at, &err, sizeof err);
}

/* Bytes that the field behind the tag took, 0 if it is malformed. */
static size_t get_field(struct hl_ctl *out, const char *at, size_t len, size_t i)
{
    enum form form = fields[i].form;
    char *to = (char *)out + fields[i].at;
    uint64_t number;
    size_t head;

    if (form == ID || form == KEY) {
        size_t size = fixed_size(form);

        if (len < size)
            return 0;
        memcpy(to, at, size);
        *((char *)out + fields[i].there) = true;
        return size;
    }
    head = hl_varint_get((const uint8_t *)at, len, &number);
    if (head == 0)
        return 0;
    if (form == BYTES) {
        struct hl_ctl_bytes bytes = {.at = at + head, .len = (size_t)number};

        if (number > len - head)
            return 0;
        memcpy(to, &bytes, sizeof bytes);
        return head + bytes.len;
    }
    set_number(form, to, number);
    return head;
}

ptrdiff_t hl_ctl_get(struct hl_ctl *out, const char *at, size_t len)
{
    size_t size = 0;
    size_t used = LENGTH + 1;

    if (len < LENGTH)
        return 0;
    for (size_t i = 0; i < LENGTH; i++)
        size |= (size_t)(unsigned char)at[i] << 8 * i;
    if (size == 0 || size > HL_CTL_RECORD_MAX)
        return HL_ERR_FRAMING;
    size += LENGTH;
    if (len < size)
        return 0;
    *out = (struct hl_ctl){.kind = (enum hl_ctl_kind)(unsigned char)at[LENGTH]};
    if (out->kind == HL_CTL_NONE || out->kind >= HL_CTL_COUNT)
        return HL_ERR_FRAMING;
    while (used < size) {
        size_t tag = (unsigned char)at[used++];
        size_t took =
            tag >= 1 && tag <= FIELDS ? get_field(out, at + used, size - used, tag - 1) : 0;

        if (took == 0)
            return HL_ERR_FRAMING;
        used += took;
    }
    return (ptrdiff_t)size;
}

struct hl_ctl_bytes hl_ctl_bytes(const char *text)
{
    return (struct hl_ctl_bytes){text, text ? strlen(text) : 0};
}

char *hl_ctl_text(const struct hl_ctl_bytes *from, char *out, size_t size)
{
    size_t len = from->len < size ? from->len : size - 1;

    len = len > 0 ? strnlen(from->at, len) : 0;
    memcpy(out, len > 0 ? from->at : "", len);
    out[len] = '\0';
    return out;
}

const char *hl_ctl_name(enum hl_ctl_kind kind)
{
    static const char *const names[] = {[HL_CTL_NONE] = "NONE",
#define KIND_NAME(name, what) [HL_CTL_##name] = #name,
                                        HL_CTL_REQUESTS(KIND_NAME) HL_CTL_EVENTS(KIND_NAME)};

    return kind < HL_CTL_COUNT ? names[kind] : "?";
}
