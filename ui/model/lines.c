/* SPDX-License-Identifier: MIT */
#include "lines.h"

#include "utf8.h"

#include <stdlib.h>
#include <string.h>

void hl_lines_init(struct hl_lines *l, size_t max_lines, size_t max_bytes)
{
    *l = (struct hl_lines){
        .max_lines = max_lines != 0 ? max_lines : HL_LINES_MAX,
        .max_bytes = max_bytes != 0 ? max_bytes : HL_LINES_BYTES,
        .next_id = 1,
    };
}

void hl_lines_fini(struct hl_lines *l)
{
    hl_lines_clear(l);
    free(l->ring);
    l->ring = NULL;
    l->cap = 0;
}

static size_t size_of(const struct hl_line *line)
{
    return sizeof(*line) + line->len + 1 + line->sender_len + 1;
}

static struct hl_line **slot(const struct hl_lines *l, size_t index)
{
    return &l->ring[(l->head + index) & (l->cap - 1)];
}

void hl_lines_forget(struct hl_lines *l)
{
    if (l->count == 0) {
        return;
    }
    struct hl_line *oldest = *slot(l, 0);
    l->bytes -= size_of(oldest);
    free(oldest);
    l->head = (l->head + 1) & (l->cap - 1);
    l->count--;
    l->forgotten++;
}

void hl_lines_clear(struct hl_lines *l)
{
    while (l->count > 0) {
        hl_lines_forget(l);
    }
}

/* Doubles the ring, oldest line to slot 0. */
static bool grow(struct hl_lines *l)
{
    size_t cap = l->cap == 0 ? 16 : l->cap * 2;
    struct hl_line **ring = reallocarray(NULL, cap, sizeof(struct hl_line *));

    if (ring == NULL) {
        return false;
    }
    for (size_t i = 0; i < l->count; i++) {
        ring[i] = *slot(l, i);
    }
    free(l->ring);
    l->ring = ring;
    l->cap = cap;
    l->head = 0;
    return true;
}

static struct hl_line *copy_line(const struct hl_line_new *from, uint64_t id)
{
    const char *sender = from->sender != NULL ? from->sender : "";
    size_t sender_len = hl_utf8_cut(sender, strlen(sender), HL_SENDER_MAX);

    if (from->len > UINT32_MAX) {
        return NULL;
    }
    struct hl_line *line = malloc(sizeof(*line) + from->len + 1 + sender_len + 1);
    if (line == NULL) {
        return NULL;
    }
    *line = (struct hl_line){
        .id = id,
        .stamp = from->stamp,
        .kind = (uint8_t)from->kind,
        .state = (uint8_t)from->state,
        .flags = (uint8_t)from->flags,
        .sender_len = (uint8_t)sender_len,
        .len = (uint32_t)from->len,
    };
    if (from->len > 0) {
        memcpy(line->bytes, from->text, from->len);
    }
    line->bytes[from->len] = '\0';
    memcpy(line->bytes + from->len + 1, sender, sender_len);
    line->bytes[from->len + 1 + sender_len] = '\0';
    return line;
}

uint64_t hl_lines_add(struct hl_lines *l, const struct hl_line_new *line)
{
    struct hl_line *added = NULL;

    if (l->count < l->cap || l->count >= l->max_lines || grow(l)) {
        added = copy_line(line, l->next_id);
    }
    if (added == NULL) {
        l->forgotten++;
        return 0;
    }
    while (l->count > 0 && (l->count >= l->max_lines || l->bytes + size_of(added) > l->max_bytes)) {
        hl_lines_forget(l);
    }
    *slot(l, l->count) = added;
    l->count++;
    l->bytes += size_of(added);
    return l->next_id++;
}

static struct hl_line *find(const struct hl_lines *l, uint64_t id)
{
    uint64_t first = l->next_id - l->count;

    return id >= first && id < l->next_id ? *slot(l, (size_t)(id - first)) : NULL;
}

bool hl_lines_mark(struct hl_lines *l, uint64_t id, enum hl_line_state state, const char *reason)
{
    struct hl_line *line = find(l, id);

    if (line == NULL) {
        return false;
    }
    line->state = (uint8_t)state;
    line->reason = reason;
    return true;
}

bool hl_lines_replace(struct hl_lines *l, uint64_t id, const char *text, size_t len, uint32_t flags)
{
    struct hl_line *old = find(l, id);

    if (old == NULL) {
        return false;
    }
    struct hl_line *line = copy_line(&(struct hl_line_new){.kind = old->kind,
                                                           .state = old->state,
                                                           .flags = flags,
                                                           .stamp = old->stamp,
                                                           .sender = hl_line_sender(old),
                                                           .text = text,
                                                           .len = len},
                                     id);
    if (line == NULL) {
        return false;
    }
    line->reason = old->reason;
    l->bytes += size_of(line) - size_of(old);
    *slot(l, (size_t)(id - (l->next_id - l->count))) = line;
    free(old);
    return true;
}

const struct hl_line *hl_lines_get(const struct hl_lines *l, uint64_t id)
{
    return find(l, id);
}

uint64_t hl_lines_first(const struct hl_lines *l)
{
    return l->next_id - l->count;
}

uint64_t hl_lines_last(const struct hl_lines *l)
{
    return l->next_id - 1;
}

/* Days from civil date: counts from March, so that the leap day is the last one of its year. */
int32_t hl_stamp_day(const struct hl_stamp *s)
{
    int32_t year = s->month <= 2 ? s->year - 1 : s->year;
    int32_t month = (s->month + 9) % 12;
    int32_t era = (year >= 0 ? year : year - 399) / 400;
    int32_t of_era = year - era * 400;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + (month * 153 + 2) / 5 +
           s->day - 1 - 719468;
}

int hl_stamp_weekday(const struct hl_stamp *s)
{
    /* 1970-01-01 was a Thursday. */
    return (int)(((hl_stamp_day(s) + 4) % 7 + 7) % 7);
}
