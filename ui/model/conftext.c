/* SPDX-License-Identifier: MIT */
#include "conftext.h"

#include "i18n.h"
#include "keys.h"
#include "utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAME_MAX_BYTES = 80, /* of a setting or a key, with NUL */
};

enum kind {
    EMPTY, /* or a comment */
    SETTING,
    BIND,
    MISTAKE,
};

struct line {
    enum kind kind;
    char name[NAME_MAX_BYTES];
    char value[HL_SETTINGS_TEXT];
    char why[HL_CONFTEXT_WHY];
};

/* A piece of the text. */
struct piece {
    const char *at;
    size_t len;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct piece trim(struct piece p)
{
    while (p.len > 0 && is_blank(p.at[p.len - 1]))
        p.len--;
    while (p.len > 0 && is_blank(*p.at)) {
        p.at++;
        p.len--;
    }
    return p;
}

/* The next line without its newline; false at the end. */
static bool next_line(struct piece *rest, struct piece *line)
{
    if (rest->len == 0)
        return false;
    const char *newline = memchr(rest->at, '\n', rest->len);
    size_t taken = newline != NULL ? (size_t)(newline - rest->at) + 1 : rest->len;
    *line = (struct piece){rest->at, taken - (newline != NULL)};
    rest->at += taken;
    rest->len -= taken;
    return true;
}

static bool copy(char *to, size_t cap, struct piece from)
{
    if (from.len >= cap)
        return false;
    memcpy(to, from.at, from.len);
    to[from.len] = '\0';
    return true;
}

static void spoil(struct line *l, const char *why)
{
    l->kind = MISTAKE;
    snprintf(l->why, sizeof l->why, _("this line: %s"), why);
}

/* An action has no '=' in its name, but a key may be one. */
static const char *find_sign(struct piece p, bool bind)
{
    return bind ? memrchr(p.at, '=', p.len) : memchr(p.at, '=', p.len);
}

static void take_apart(struct piece p, struct line *l)
{
    l->kind = EMPTY;
    p = trim(p);
    if (p.len == 0 || *p.at == '#')
        return;
    if (!hl_utf8_valid(p.at, p.len) || memchr(p.at, '\0', p.len) != NULL) {
        spoil(l, _("is not UTF-8 text"));
        return;
    }
    bool bind = p.len > 4 && memcmp(p.at, "bind", 4) == 0 && (p.at[4] == ' ' || p.at[4] == '\t');
    if (bind)
        p = trim((struct piece){p.at + 4, p.len - 4});
    const char *sign = find_sign(p, bind);
    struct piece name = {p.at, sign != NULL ? (size_t)(sign - p.at) : 0};
    name = trim(name);
    if (name.len == 0) {
        spoil(l, bind ? _("must be bind KEY = ACTION")
                      : _("must be NAME = VALUE, or bind KEY = ACTION"));
        return;
    }
    struct piece value = trim((struct piece){sign + 1, (size_t)(p.at + p.len - sign) - 1});
    if (!copy(l->name, sizeof l->name, name) || !copy(l->value, sizeof l->value, value)) {
        spoil(l, _("is too long"));
        return;
    }
    l->kind = bind ? BIND : SETTING;
}

/* ---- reading ---- */

/* Byte order marks are what some editors put first. */
static struct piece without_mark(const char *text, size_t len)
{
    bool mark = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;

    return (struct piece){text + (mark ? 3 : 0), len - (mark ? 3 : 0)};
}

static bool apply(struct line *l, const struct hl_conftext_sink *to)
{
    if (l->kind == BIND)
        return hl_keymap_bind(to->keymap, l->name, l->value, l->why) == 0;
    if (l->kind == SETTING && hl_settings_set(to->settings, l->name, l->value, l->why) == NULL) {
        size_t len = strlen(l->why);
        if (hl_settings_find(l->name) != NULL && strstr(l->value, " #") != NULL)
            snprintf(l->why + len, sizeof l->why - len, "%s",
                     _(" (a comment needs a line of its own)"));
        return false;
    }
    return l->kind != MISTAKE;
}

void hl_conftext_read(const char *text, size_t len, const struct hl_conftext_sink *to)
{
    struct piece rest = without_mark(text, len);
    struct piece p;
    struct line l;

    for (size_t number = 1; next_line(&rest, &p); number++) {
        take_apart(p, &l);
        if (!apply(&l, to) && to->mistake != NULL)
            to->mistake(to->user, number, l.why);
    }
}

/* ---- changing ---- */

static bool same_key(const char *a, const char *b)
{
    char why[HL_KEYMAP_WHY];
    uint32_t key = hl_keymap_parse(a, why);

    return key != HL_KEY_NONE && key == hl_keymap_parse(b, why);
}

static bool is_about(struct piece p, const struct hl_conftext_item *item)
{
    struct line l;

    take_apart(p, &l);
    if (l.kind != (item->bind ? BIND : SETTING))
        return false;
    return strcmp(l.name, item->name) == 0 || (item->bind && same_key(l.name, item->name));
}

struct output {
    char *at;
    size_t len;
};

static void put(struct output *o, const char *bytes, size_t len)
{
    memcpy(o->at + o->len, bytes, len);
    o->len += len;
}

static void put_item(struct output *o, const struct hl_conftext_item *item)
{
    const char *const words[] = {item->bind ? "bind " : "", item->name, " = ", item->value};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        put(o, words[i], strlen(words[i]));
}

/* The last line about the item; at = NULL if there is none. */
static struct piece find_last(const char *text, size_t len, const struct hl_conftext_item *item)
{
    struct piece rest = without_mark(text, len);
    struct piece found = {NULL, 0};
    struct piece p;

    while (next_line(&rest, &p)) {
        if (is_about(p, item))
            found = p;
    }
    return found;
}

static void replace(struct output *o, struct piece old, const struct hl_conftext_item *item)
{
    struct piece kept = trim(old);

    put(o, old.at, (size_t)(kept.at - old.at)); /* how it was indented, and how lines end here */
    put_item(o, item);
    if (old.len > 0 && old.at[old.len - 1] == '\r')
        put(o, "\r", 1);
}

/* How its first line ends, all do. */
static bool ends_in_crlf(const char *text, size_t len)
{
    const char *end = len > 0 ? memchr(text, '\n', len) : NULL;

    return end != NULL && end > text && end[-1] == '\r';
}

char *hl_conftext_change(const char *text, size_t len, const struct hl_conftext_item *item,
                         size_t *out_len)
{
    size_t room = strlen(item->name) + (item->value != NULL ? strlen(item->value) : 0) + 16;
    struct output o = {malloc(len + room), 0};
    struct piece last = find_last(text, len, item);
    struct piece rest = without_mark(text, len);
    struct piece p;

    if (o.at == NULL)
        return NULL;
    put(&o, text, len - rest.len);
    while (next_line(&rest, &p)) {
        bool newline = p.at + p.len < text + len;
        if (item->value == NULL && is_about(p, item))
            continue;
        if (item->value != NULL && p.at == last.at)
            replace(&o, p, item);
        else
            put(&o, p.at, p.len);
        if (newline)
            put(&o, "\n", 1);
    }
    if (item->value != NULL && last.at == NULL) {
        const char *end = ends_in_crlf(text, len) ? "\r\n" : "\n";
        if (o.len > 0 && o.at[o.len - 1] != '\n')
            put(&o, end, strlen(end));
        put_item(&o, item);
        put(&o, end, strlen(end));
    }
    *out_len = o.len;
    return o.at;
}
