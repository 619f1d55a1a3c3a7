/* SPDX-License-Identifier: MIT */
#include "suggest.h"

#include <string.h>

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: three rows of the classic table are enough. */
size_t hl_suggest_distance(const char *a, const char *b)
{
    size_t rows[3][HL_SUGGEST_MAX + 1];
    size_t *before = rows[0];
    size_t *above = rows[1];
    size_t *row = rows[2];
    size_t *spare;
    size_t la = strnlen(a, HL_SUGGEST_MAX);
    size_t lb = strnlen(b, HL_SUGGEST_MAX);

    for (size_t j = 0; j <= lb; j++)
        before[j] = above[j] = j;
    for (size_t i = 1; i <= la; i++) {
        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
        spare = before;
        before = above;
        above = row;
        row = spare;
    }
    return above[lb];
}

void hl_suggest_start(struct hl_suggestion *s, const char *typed)
{
    /* one slip in short words, more in long ones */
    *s = (struct hl_suggestion){.typed = typed, .distance = strlen(typed) / 3 + 1};
}

void hl_suggest_offer(struct hl_suggestion *s, const char *name)
{
    size_t distance = hl_suggest_distance(s->typed, name);

    if (distance > s->distance || distance >= strlen(name))
        return;
    if (s->best && distance == s->distance)
        return;
    s->best = name;
    s->distance = distance;
}

const char *hl_suggest(const char *typed, size_t count, const char *(*name)(size_t index))
{
    struct hl_suggestion s;

    hl_suggest_start(&s, typed);
    for (size_t i = 0; i < count; i++)
        hl_suggest_offer(&s, name(i));
    return s.best;
}
