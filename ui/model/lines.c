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
        .next_id = HL_LINES_START,
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
    return sizeof(*line) + line->len + line->sender_len + line->quote_len + line->after_len + 4;
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
    l->placed_forgotten += oldest->pos != 0;
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
    l->forgotten = l->placed_forgotten = 0;
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

/* Appends a string and its NUL. */
static char *put(char *at, const char *text, size_t len)
{
    if (len > 0)
        memcpy(at, text, len);
    at[len] = '\0';
    return at + len + 1;
}

static size_t cut(const char **text, size_t max)
{
    *text = *text != NULL ? *text : "";
    return hl_utf8_cut(*text, strlen(*text), max);
}

static struct hl_line *copy_line(const struct hl_line_new *from, uint64_t id)
{
    const char *sender = from->sender;
    const char *quote = from->quote;
    const char *after = from->after;
    struct hl_line wanted = {.id = id,
                             .row = from->row,
                             .pos = from->pos,
                             .answers = from->answers,
                             .missing = from->missing,
                             .stamp = from->stamp,
                             .kind = (uint8_t)from->kind,
                             .state = (uint8_t)from->state,
                             .flags = (uint16_t)from->flags,
                             .sender_len = (uint8_t)cut(&sender, HL_SENDER_MAX),
                             .quote_len = (uint8_t)cut(&quote, HL_QUOTE_MAX),
                             .after_len = (uint8_t)cut(&after, HL_AFTER_MAX),
                             .len = (uint32_t)from->len};

    if (from->len > UINT32_MAX) {
        return NULL;
    }
    struct hl_line *line = malloc(size_of(&wanted));
    if (line == NULL) {
        return NULL;
    }
    *line = wanted;
    if (from->entry != NULL)
        memcpy(line->entry, from->entry, sizeof line->entry);
    char *at = put(line->bytes, from->text, from->len);
    at = put(at, sender, line->sender_len);
    at = put(at, quote, line->quote_len);
    put(at, after, line->after_len);
    return line;
}

/* A copy for which there is a slot. */
static struct hl_line *new_line(struct hl_lines *l, const struct hl_line_new *line, uint64_t id)
{
    bool slot_left = l->count < l->cap || l->count >= l->max_lines || grow(l);

    return slot_left ? copy_line(line, id) : NULL;
}

static bool is_full(const struct hl_lines *l, const struct hl_line *added)
{
    return l->count >= l->max_lines || l->bytes + size_of(added) > l->max_bytes;
}

uint64_t hl_lines_add(struct hl_lines *l, const struct hl_line_new *line)
{
    struct hl_line *added = new_line(l, line, l->next_id);

    if (added == NULL) {
        return 0;
    }
    while (l->count > 0 && is_full(l, added)) {
        hl_lines_forget(l);
    }
    *slot(l, l->count) = added;
    l->count++;
    l->bytes += size_of(added);
    return l->next_id++;
}

static void forget_newest(struct hl_lines *l)
{
    struct hl_line *newest = *slot(l, l->count - 1);

    l->bytes -= size_of(newest);
    free(newest);
    l->count--;
    l->next_id--;
}

uint64_t hl_lines_prepend(struct hl_lines *l, const struct hl_line_new *line, bool push)
{
    uint64_t id = hl_lines_first(l) - 1;
    struct hl_line *added = new_line(l, line, id);

    if (added == NULL) {
        return 0;
    }
    while (push && l->count > 0 && is_full(l, added)) {
        forget_newest(l);
    }
    if (is_full(l, added) && l->count > 0) {
        free(added);
        return 0;
    }
    l->head = (l->head - 1) & (l->cap - 1);
    *slot(l, 0) = added;
    l->count++;
    l->bytes += size_of(added);
    return id;
}

/* How many lines stand before the place. */
static size_t index_of_place(const struct hl_lines *l, uint64_t pos)
{
    size_t i = l->count;

    while (i > 0 && ((*slot(l, i - 1))->pos == 0 || (*slot(l, i - 1))->pos > pos))
        i--;
    return i;
}

/* Before the next message from there on. */
static void fewer_missing(struct hl_lines *l, size_t index, uint64_t count)
{
    while (index < l->count && (*slot(l, index))->pos == 0)
        index++;
    if (index == l->count)
        return;
    struct hl_line *next = *slot(l, index);
    next->missing -= count < next->missing ? count : next->missing;
}

uint64_t hl_lines_insert(struct hl_lines *l, const struct hl_line_new *line)
{
    size_t index = index_of_place(l, line->pos);
    uint64_t id = hl_lines_first(l) + index;
    struct hl_line *added = index > 0 ? new_line(l, line, id) : NULL;

    if (added == NULL)
        return 0;
    for (; index > 0 && is_full(l, added); index--)
        hl_lines_forget(l);
    if (is_full(l, added)) {
        free(added);
        return 0;
    }
    for (size_t i = l->count; i > index; i--) {
        *slot(l, i) = *slot(l, i - 1);
        (*slot(l, i))->id++;
    }
    *slot(l, index) = added;
    l->count++;
    l->next_id++;
    l->bytes += size_of(added);
    fewer_missing(l, index + 1, line->missing); /* those were missing before both */
    return id;
}

void hl_lines_filled(struct hl_lines *l, uint64_t pos, uint64_t count)
{
    fewer_missing(l, index_of_place(l, pos), count);
}

/* What was made from a line, as what a line is made of. */
static struct hl_line_new as_new(const struct hl_line *line)
{
    return (struct hl_line_new){.kind = (enum hl_line_kind)line->kind,
                                .state = (enum hl_line_state)line->state,
                                .flags = line->flags,
                                .stamp = line->stamp,
                                .row = line->row,
                                .pos = line->pos,
                                .answers = line->answers,
                                .missing = line->missing,
                                .entry = line->entry,
                                .sender = hl_line_sender(line),
                                .text = hl_line_text(line),
                                .len = line->len,
                                .quote = hl_line_quote(line),
                                .after = hl_line_after(line)};
}

bool hl_lines_copy(struct hl_lines *to, const struct hl_lines *from, size_t count)
{
    to->next_id = hl_lines_first(from);
    for (size_t i = 0; i < count && i < from->count; i++) {
        const struct hl_line *line = *slot(from, i);
        struct hl_line_new copy = as_new(line);
        if (to->count > 0 && is_full(to, line))
            break;
        uint64_t id = hl_lines_add(to, &copy);
        if (id == 0) {
            hl_lines_clear(to);
            return false;
        }
        hl_lines_mark(to, id, (enum hl_line_state)line->state, line->reason);
    }
    return true;
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

void hl_lines_read(struct hl_lines *l, uint64_t id)
{
    struct hl_line *line;

    for (; (line = find(l, id)) != NULL && line->state != HL_LINE_READ; id--) {
        if (line->state == HL_LINE_DELIVERED)
            line->state = HL_LINE_READ;
    }
}

void hl_lines_set_row(struct hl_lines *l, uint64_t id, uint64_t row, uint64_t pos,
                      const uint8_t *entry)
{
    struct hl_line *line = find(l, id);

    if (line == NULL)
        return;
    line->row = row != 0 ? row : line->row;
    line->pos = pos != 0 ? pos : line->pos;
    if (entry != NULL)
        memcpy(line->entry, entry, sizeof line->entry);
}

/* Another line in the place of one that is there. */
static bool exchange(struct hl_lines *l, struct hl_line *old, const struct hl_line_new *wanted)
{
    struct hl_line *line = copy_line(wanted, old->id);

    if (line == NULL) {
        return false;
    }
    line->reason = old->reason;
    l->bytes += size_of(line) - size_of(old);
    *slot(l, (size_t)(old->id - hl_lines_first(l))) = line;
    free(old);
    return true;
}

bool hl_lines_replace(struct hl_lines *l, uint64_t id, const struct hl_line_new *by)
{
    struct hl_line *old = find(l, id);

    if (old == NULL) {
        return false;
    }
    struct hl_line_new wanted = as_new(old);
    wanted.text = by->text;
    wanted.len = by->len;
    wanted.flags = by->flags;
    wanted.quote = by->quote;
    wanted.answers = by->answers;
    wanted.after = by->after;
    return exchange(l, old, &wanted);
}

void hl_lines_fit(struct hl_lines *l)
{
    while (l->count > 1 && l->bytes > l->max_bytes)
        hl_lines_forget(l);
}

void hl_lines_requote(struct hl_lines *l, uint64_t pos, const char *quote)
{
    for (size_t i = 0; i < l->count; i++) {
        struct hl_line *old = *slot(l, i);
        if (old->answers != pos || pos == 0)
            continue;
        struct hl_line_new wanted = as_new(old);
        wanted.quote = quote;
        (void)!exchange(l, old, &wanted); /* without memory the old one stays */
    }
}

uint64_t hl_lines_by_row(const struct hl_lines *l, uint64_t row)
{
    for (size_t i = row != 0 ? l->count : 0; i > 0; i--) {
        if ((*slot(l, i - 1))->row == row)
            return (*slot(l, i - 1))->id;
    }
    return 0;
}

uint64_t hl_lines_by_pos(const struct hl_lines *l, uint64_t pos)
{
    for (size_t i = pos != 0 ? l->count : 0; i > 0; i--) {
        if ((*slot(l, i - 1))->pos == pos)
            return (*slot(l, i - 1))->id;
    }
    return 0;
}

uint64_t hl_lines_first_pos(const struct hl_lines *l)
{
    for (size_t i = 0; i < l->count; i++) {
        if ((*slot(l, i))->pos != 0)
            return (*slot(l, i))->pos;
    }
    return 0;
}

uint64_t hl_lines_last_pos(const struct hl_lines *l)
{
    for (size_t i = l->count; i > 0; i--) {
        if ((*slot(l, i - 1))->pos != 0)
            return (*slot(l, i - 1))->pos;
    }
    return 0;
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
