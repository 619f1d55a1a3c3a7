/* SPDX-License-Identifier: MIT */
#include "history.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct line {
    char *text;    /* as sent; NULL for the line being written */
    char *changed; /* what became of it since it was recalled, NULL = nothing */
    size_t len, changed_len;
};

struct hl_history {
    struct line *lines; /* oldest first; one more than count, the last is being written */
    size_t count, max;
    size_t at; /* line shown; count = the one being written */
};

static char *copy(const char *text, size_t len)
{
    char *s = malloc(len + 1);
    if (!s)
        return NULL;
    if (len > 0)
        memcpy(s, text, len);
    s[len] = '\0';
    return s;
}

static void forget_change(struct line *l)
{
    free(l->changed);
    l->changed = NULL;
    l->changed_len = 0;
}

struct hl_history *hl_history_new(size_t max)
{
    struct hl_history *h = calloc(1, sizeof *h);
    if (!h)
        return NULL;
    h->max = max > 0 ? max : 1;
    h->lines = calloc(h->max + 1, sizeof h->lines[0]);
    if (!h->lines) {
        free(h);
        return NULL;
    }
    return h;
}

void hl_history_free(struct hl_history *h)
{
    if (!h)
        return;
    for (size_t i = 0; i <= h->count; i++) {
        forget_change(&h->lines[i]);
        free(h->lines[i].text);
    }
    free(h->lines);
    free(h);
}

size_t hl_history_count(const struct hl_history *h)
{
    return h->count;
}

static bool is_newest(const struct hl_history *h, const char *text, size_t len)
{
    const struct line *l = h->count > 0 ? &h->lines[h->count - 1] : NULL;
    return l && l->len == len && memcmp(l->text, text, len) == 0;
}

/* Takes text over. No line has changes any more. */
static void push(struct hl_history *h, char *text, size_t len)
{
    if (h->count == h->max) {
        free(h->lines[0].text);
        memmove(h->lines, h->lines + 1, --h->count * sizeof h->lines[0]);
    }
    h->lines[h->count].text = text;
    h->lines[h->count].len = len;
    h->count++;
    h->lines[h->count] = (struct line){.text = NULL};
}

int hl_history_add(struct hl_history *h, const char *text, size_t len)
{
    bool adds = len > 0 && !is_newest(h, text, len);
    char *kept = adds ? copy(text, len) : NULL;
    if (adds && !kept)
        return -ENOMEM;
    for (size_t i = 0; i <= h->count; i++)
        forget_change(&h->lines[i]);
    if (adds)
        push(h, kept, len);
    h->at = h->count;
    return 0;
}

/* Keeps what the input line holds, if it is not the line as it was. Without memory the change is
 * lost, not the walk. */
static void keep(struct line *l, const char *now, size_t len)
{
    bool same = len == l->len && (len == 0 || memcmp(l->text, now, len) == 0);
    char *changed = same ? NULL : copy(now, len);
    forget_change(l);
    l->changed = changed;
    l->changed_len = changed ? len : 0;
}

static const char *show(const struct line *l, size_t *len)
{
    if (len)
        *len = l->changed ? l->changed_len : l->len;
    return l->changed ? l->changed : l->text ? l->text : "";
}

const char *hl_history_prev(struct hl_history *h, const char *now, size_t now_len, size_t *len)
{
    if (h->at == 0)
        return NULL;
    keep(&h->lines[h->at], now, now_len);
    return show(&h->lines[--h->at], len);
}

const char *hl_history_next(struct hl_history *h, const char *now, size_t now_len, size_t *len)
{
    if (h->at == h->count)
        return NULL;
    keep(&h->lines[h->at], now, now_len);
    return show(&h->lines[++h->at], len);
}

const char *hl_history_search(const struct hl_history *h, const char *needle, size_t needle_len,
                              size_t skip, size_t *len)
{
    for (size_t i = h->count; i-- > 0;) {
        const struct line *l = &h->lines[i];
        if (!memmem(l->text, l->len, needle, needle_len))
            continue;
        if (skip == 0) {
            if (len)
                *len = l->len;
            return l->text;
        }
        skip--;
    }
    return NULL;
}

size_t hl_history_print(const struct hl_history *h, char *out, size_t cap)
{
    size_t first = h->count;
    size_t used = 0;

    for (; first > 0; first--) {
        size_t len = h->lines[first - 1].len;
        size_t need = len <= HL_HISTORY_LONG ? len + 1 : 0;
        if (used + need > cap)
            break;
        used += need;
    }
    used = 0;
    for (; first < h->count; first++) {
        const struct line *l = &h->lines[first];
        if (l->len > HL_HISTORY_LONG)
            continue;
        memcpy(out + used, l->text, l->len + 1);
        used += l->len + 1;
    }
    return used;
}

int hl_history_load(struct hl_history *h, const char *text, size_t len)
{
    struct hl_history *all = hl_history_new(h->max);
    int err = all ? 0 : -ENOMEM;

    for (size_t at = 0; at < len && err == 0;) {
        size_t n = strnlen(text + at, len - at);
        err = hl_history_add(all, text + at, n);
        at += n + 1;
    }
    for (size_t i = 0; i < h->count && err == 0; i++)
        err = hl_history_add(all, h->lines[i].text, h->lines[i].len);
    if (err == 0) {
        struct hl_history was = *h;
        *h = *all;
        *all = was;
    }
    hl_history_free(all);
    return err;
}
