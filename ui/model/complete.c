/* SPDX-License-Identifier: MIT */
#include "complete.h"

#include "utf8.h"

#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

void hl_matches_start(struct hl_matches *m, const char *word, size_t len)
{
    *m = (struct hl_matches){.count = 0};
    if (len < sizeof(m->word))
        memcpy(m->word, word, len);
    else
        m->count = HL_MATCHES_MAX; /* none has room any more */
}

static bool begins(const char *text, const char *word)
{
    size_t text_len = strlen(text);
    size_t word_len = strlen(word);
    uint32_t a;
    uint32_t b;

    while (word_len > 0 && text_len > 0) {
        size_t n = hl_utf8_decode(text, text_len, &a);
        size_t k = hl_utf8_decode(word, word_len, &b);
        if (a != b &&
            utf8proc_tolower((utf8proc_int32_t)a) != utf8proc_tolower((utf8proc_int32_t)b))
            return false;
        text += n;
        text_len -= n;
        word += k;
        word_len -= k;
    }
    return word_len == 0;
}

static void add(struct hl_matches *m, const char *text, const char *label)
{
    size_t len = strlen(text);

    if (m->count >= HL_MATCHES_MAX || len >= HL_MATCHES_TEXT)
        return;
    for (size_t i = 0; i < m->count; i++) {
        if (strcmp(m->at[i].text, text) == 0)
            return;
    }
    memcpy(m->at[m->count].text, text, len + 1);
    snprintf(m->at[m->count++].label, HL_MATCHES_LABEL, "%s", label);
}

void hl_matches_add(struct hl_matches *m, const char *candidate)
{
    if (begins(candidate, m->word))
        add(m, candidate, candidate);
}

void hl_matches_emoji(struct hl_matches *m)
{
    char name[64];
    char label[64];

    if (m->word[0] != ':' || m->word[1] == '\0')
        return;
    for (const struct hl_emoji *e = hl_emoji_names; e->name != NULL; e++) {
        snprintf(name, sizeof(name), ":%s:", e->name);
        snprintf(label, sizeof(label), "%s %s", e->text, e->name);
        if (begins(name, m->word))
            add(m, e->text, label);
    }
}

size_t hl_matches_common(const struct hl_matches *m)
{
    size_t len = m->count > 0 && m->count <= HL_MATCHES_MAX ? strlen(m->at[0].text) : 0;

    for (size_t i = 1; i < m->count && len > 0; i++) {
        size_t same = 0;
        while (same < len && m->at[0].text[same] == m->at[i].text[same])
            same++;
        len = same;
    }
    return len > 0 ? hl_utf8_cut(m->at[0].text, strlen(m->at[0].text), len) : 0;
}

void hl_matches_list(const struct hl_matches *m, size_t current, char *out, size_t size)
{
    enum { BEFORE = 2 }; /* candidates shown before the current one */
    size_t first = current < m->count && current > BEFORE ? current - BEFORE : 0;
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = first; i < m->count; i++) {
        size_t need = strlen(m->at[i].label) + 3;
        if (len + need >= size)
            break;
        len +=
            (size_t)snprintf(out + len, size - len, i == current ? "[%s] " : "%s ", m->at[i].label);
    }
}
