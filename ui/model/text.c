/* SPDX-License-Identifier: MIT */
#include "text.h"

#include "utf8.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>
#include <wchar.h>

/* Never shown, because invisible by design or because it moves other characters about: the code
 * points with the property Default_Ignorable_Code_Point of Unicode 15, which include all bidi
 * controls, joiners, variation selectors and tags, and the few more marked with +. */
static const struct {
    uint32_t first, last;
} hidden[] = {
    {0x00ad, 0x00ad},   /* soft hyphen */
    {0x034f, 0x034f},   /* combining grapheme joiner */
    {0x061c, 0x061c},   /* Arabic letter mark */
    {0x115f, 0x1160},   /* Hangul fillers */
    {0x17b4, 0x17b5},   /* Khmer inherent vowels */
    {0x180b, 0x180f},   /* Mongolian variation selectors, vowel separator */
    {0x200b, 0x200f},   /* zero width space, ZWNJ, ZWJ, LRM, RLM */
    {0x202a, 0x202e},   /* LRE, RLE, PDF, LRO, RLO */
    {0x2060, 0x206f},   /* word joiner, invisible operators, isolates, deprecated controls */
    {0x3164, 0x3164},   /* Hangul filler */
    {0xfe00, 0xfe0f},   /* variation selectors */
    {0xfeff, 0xfeff},   /* byte order mark */
    {0xffa0, 0xffa0},   /* halfwidth Hangul filler */
    {0xfff0, 0xfffb},   /* reserved; + interlinear annotation */
    {0x13430, 0x1343f}, /* + Egyptian hieroglyph format controls */
    {0x1bca0, 0x1bca3}, /* shorthand format controls */
    {0x1d159, 0x1d159}, /* + musical null notehead */
    {0x1d173, 0x1d17a}, /* musical format controls */
    {0xe0000, 0xe0fff}, /* tags, variation selectors supplement, reserved */
};

static bool is_hidden(uint32_t cp)
{
    size_t low = 0;
    size_t high = sizeof hidden / sizeof hidden[0];
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (cp > hidden[mid].last)
            low = mid + 1;
        else
            high = mid;
    }
    return low < sizeof hidden / sizeof hidden[0] && cp >= hidden[low].first;
}

struct filter {
    char *out;
    size_t cap, len; /* cap without the NUL */
    unsigned flags, found;
    bool based;     /* there is a character that a mark can combine with */
    unsigned marks; /* on it so far */
    /* ASCII only: the cluster being read */
    utf8proc_int32_t last, state;
    bool shown;
};

static void emit(struct filter *f, const char *s, size_t n)
{
    if (f->found & HL_TEXT_TRUNCATED || n > f->cap - f->len) {
        f->found |= HL_TEXT_TRUNCATED;
        return;
    }
    memcpy(f->out + f->len, s, n);
    f->len += n;
}

static void emit_base(struct filter *f, const char *s)
{
    emit(f, s, strlen(s));
    f->based = true;
    f->marks = 0;
}

static void replace(struct filter *f, unsigned why)
{
    f->found |= why;
    emit_base(f, f->flags & HL_TEXT_ASCII ? "?" : "\xef\xbf\xbd");
}

static void newline(struct filter *f)
{
    if (!(f->flags & HL_TEXT_LINES)) {
        emit_base(f, f->flags & HL_TEXT_ASCII ? "|" : "\xe2\x8f\x8e");
        return;
    }
    emit_base(f, "\n");
    f->based = false;
}

/* One ? for each cluster; marks on an ASCII letter are lost and leave the letter. */
static void emit_ascii(struct filter *f, uint32_t cp)
{
    bool first =
        !f->last || utf8proc_grapheme_break_stateful(f->last, (utf8proc_int32_t)cp, &f->state);
    f->last = (utf8proc_int32_t)cp;
    if (first)
        f->shown = false;
    if (is_hidden(cp) || f->shown) {
        f->found |= HL_TEXT_DROPPED;
        return;
    }
    f->shown = true;
    replace(f, HL_TEXT_REPLACED);
}

static void emit_mark(struct filter *f, const char *s, size_t n)
{
    char on_circle[3 + HL_UTF8_MAX] = "\xe2\x97\x8c";
    if (!f->based) {
        memcpy(on_circle + 3, s, n);
        emit(f, on_circle, 3 + n);
        f->based = true;
        f->marks = 1;
    } else if (f->marks < HL_TEXT_MARKS) {
        emit(f, s, n);
        f->marks++;
    } else {
        f->found |= HL_TEXT_DROPPED;
    }
}

/* A well-formed character beyond ASCII and C1. */
static void emit_wide(struct filter *f, uint32_t cp, const char *s, size_t n)
{
    if (f->flags & HL_TEXT_ASCII) {
        emit_ascii(f, cp);
        return;
    }
    if (is_hidden(cp)) {
        f->found |= HL_TEXT_DROPPED;
        return;
    }
    int columns = wcwidth((wchar_t)cp);
    if (columns < 0) {
        replace(f, HL_TEXT_REPLACED);
    } else if (columns == 0) {
        emit_mark(f, s, n);
    } else {
        emit(f, s, n);
        f->based = true;
        f->marks = 0;
    }
}

static void tab(struct filter *f)
{
    static const char spaces[HL_TEXT_TAB + 1] = "    ";
    emit_base(f, f->flags & HL_TEXT_LINES ? spaces : " ");
}

/* A C0 control or DEL at s; returns how many bytes it took. */
static size_t control(struct filter *f, const char *s, size_t len)
{
    if (*s == '\t') {
        tab(f);
    } else if (*s == '\n') {
        newline(f);
    } else if (*s == '\r' && (len == 1 || s[1] == '\n')) {
        /* CR LF is a newline, and so is a CR whose LF ended the text and was taken off. */
        if (len > 1)
            newline(f);
        return len > 1 ? 2 : 1;
    } else {
        replace(f, HL_TEXT_REPLACED);
    }
    return 1;
}

/* Length of the run of printable ASCII at s. */
static size_t printable(const char *s, size_t len)
{
    size_t n = 0;
    while (n < len && s[n] >= ' ' && s[n] < 0x7f)
        n++;
    return n;
}

static size_t emit_run(struct filter *f, const char *s, size_t n)
{
    size_t room = f->cap - f->len;
    if (n > room) {
        memcpy(f->out + f->len, s, room);
        f->len += room;
        f->found |= HL_TEXT_TRUNCATED;
    } else {
        emit(f, s, n);
    }
    f->based = true;
    f->marks = 0;
    f->last = (unsigned char)s[n - 1];
    f->state = 0;
    f->shown = true;
    return n;
}

/* Filters what stands at s, at least one byte. */
static size_t step(struct filter *f, const char *s, size_t len)
{
    enum { C1_END = 0x9f, LINE_SEPARATOR = 0x2028, PARAGRAPH_SEPARATOR };
    size_t n = printable(s, len);
    if (n > 0)
        return emit_run(f, s, n);
    uint32_t cp;
    n = hl_utf8_decode(s, len, &cp);
    if (cp > C1_END && cp != HL_UTF8_INVALID && cp != LINE_SEPARATOR && cp != PARAGRAPH_SEPARATOR) {
        emit_wide(f, cp, s, n);
        return n;
    }
    f->last = 0;
    if (cp < 0x80)
        n = control(f, s, len);
    else if (cp <= C1_END)
        replace(f, HL_TEXT_REPLACED);
    else if (cp == HL_UTF8_INVALID)
        replace(f, HL_TEXT_BAD_UTF8);
    else
        newline(f);
    return n;
}

size_t hl_text_clean(char *out, size_t cap, const char *in, size_t len, unsigned flags,
                     unsigned *found)
{
    struct filter f = {.out = out, .cap = cap - 1, .flags = flags};
    for (size_t at = 0; at < len && !(f.found & HL_TEXT_TRUNCATED);)
        at += step(&f, in + at, len - at);
    out[f.len] = '\0';
    if (found)
        *found = f.found;
    return f.len;
}

size_t hl_text_clean_name(char *out, size_t cap, const char *in, size_t len, unsigned flags)
{
    size_t n = hl_text_clean(out, cap, in, len, flags & ~(unsigned)HL_TEXT_LINES, NULL);
    size_t end = 0;
    for (size_t i = 0; i < n; i++) {
        if (out[i] != ' ' || end == 0 || out[end - 1] != ':')
            out[end++] = out[i];
    }
    out[end] = '\0';
    return end;
}

char *hl_text_clean_dup(const char *in, size_t len, unsigned flags, size_t *out_len,
                        unsigned *found)
{
    if (len > (SIZE_MAX - 1) / HL_TEXT_GROWTH)
        return NULL;
    size_t cap = len * HL_TEXT_GROWTH + 1;
    char *out = malloc(cap);
    if (!out)
        return NULL;
    size_t n = hl_text_clean(out, cap, in, len, flags, found);
    if (out_len)
        *out_len = n;
    char *fitting = realloc(out, n + 1);
    return fitting ? fitting : out;
}

/* Whether a character may be handed to other programs as it is. */
static bool is_harmless(uint32_t cp)
{
    return cp == '\n' || cp == '\t' || (cp >= ' ' && cp < 0x7f) || cp > 0x9f;
}

size_t hl_text_original(char *out, const char *in, size_t len)
{
    size_t end = 0;
    uint32_t cp;

    for (size_t at = 0, n; at < len; at += n) {
        n = hl_utf8_decode(in + at, len - at, &cp);
        if (cp == HL_UTF8_INVALID) {
            memcpy(out + end, "\xef\xbf\xbd", 3);
            end += 3;
        } else if (is_harmless(cp)) {
            memcpy(out + end, in + at, n);
            end += n;
        }
    }
    while (end > 0 && out[end - 1] == '\n')
        end--;
    out[end] = '\0';
    return end;
}
