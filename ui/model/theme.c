/* SPDX-License-Identifier: MIT */
#include "theme.h"

#include "i18n.h"
#include "suggest.h"
#include "themes.h"

#include <stdio.h>
#include <string.h>

enum {
    WORD_MAX = 32,
    WORDS_MAX = 16, /* of one line */
};

static const char *const style_names[HL_STYLE_COUNT] = {
    [HL_STYLE_TEXT] = "text",
    [HL_STYLE_TITLE] = "title",
    [HL_STYLE_STATUS] = "status",
    [HL_STYLE_STATUS_ALERT] = "status_alert",
    [HL_STYLE_RULE] = "rule",
    [HL_STYLE_LIST] = "list",
    [HL_STYLE_LIST_CURRENT] = "list_current",
    [HL_STYLE_LIST_UNREAD] = "list_unread",
    [HL_STYLE_TIME] = "time",
    [HL_STYLE_SENDER_IN] = "sender_in",
    [HL_STYLE_SENDER_OUT] = "sender_out",
    [HL_STYLE_NOTICE] = "notice",
    [HL_STYLE_ERROR] = "error",
    [HL_STYLE_MARK] = "mark",
    [HL_STYLE_MARK_FAILED] = "mark_failed",
    [HL_STYLE_DAY] = "day",
    [HL_STYLE_UNREAD] = "unread",
    [HL_STYLE_MORE] = "more",
    [HL_STYLE_PROMPT] = "prompt",
    [HL_STYLE_HELP_KEY] = "help_key",
    [HL_STYLE_PANE] = "pane",
    [HL_STYLE_PANE_FOCUS] = "pane_focus",
    [HL_STYLE_FOUND] = "found",
    [HL_STYLE_MENTION] = "mention",
    [HL_STYLE_QUOTE] = "quote",
    [HL_STYLE_LINK] = "link",
    [HL_STYLE_MISSPELT] = "misspelt",
};

/* In the order of their numbers. */
static const char *const colour_names[] = {
    "black",        "red",           "green",       "yellow",         "blue",
    "magenta",      "cyan",          "white",       "bright_black",   "bright_red",
    "bright_green", "bright_yellow", "bright_blue", "bright_magenta", "bright_cyan",
    "bright_white",
};

static const struct {
    const char *name;
    unsigned bit;
} attrs[] = {{"bold", HL_ATTR_BOLD},
             {"dim", HL_ATTR_DIM},
             {"italic", HL_ATTR_ITALIC},
             {"underline", HL_ATTR_UNDERLINE},
             {"reverse", HL_ATTR_REVERSE}};

enum {
    COLOURS = sizeof colour_names / sizeof colour_names[0],
    ATTRS = sizeof attrs / sizeof attrs[0],
};

const char *hl_theme_style_name(enum hl_style style)
{
    return style < HL_STYLE_COUNT && style_names[style] != NULL ? style_names[style] : "";
}

/* ---- colours ---- */

/* The levels of the 6x6x6 cube, and xterm's default sixteen colours. */
static const unsigned cube[6] = {0, 95, 135, 175, 215, 255};
static const unsigned basic[COLOURS] = {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd,
                                        0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00,
                                        0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff};

unsigned hl_theme_rgb(int colour)
{
    unsigned n = (unsigned)colour;

    if (colour >= HL_COLOUR_RGB)
        return n & 0xffffff;
    if (colour < COLOURS)
        return basic[n];
    if (colour >= 232)
        return (8 + 10 * (n - 232)) * 0x010101U;
    n -= COLOURS;
    return cube[n / 36] << 16 | cube[n / 6 % 6] << 8 | cube[n % 6];
}

/* How far apart two colours look: the weighted distance that compuphase.com/cmetric.htm gives, red
 * and blue weighed by how red the two are. */
static unsigned difference(unsigned a, unsigned b)
{
    int red = (int)(a >> 16) - (int)(b >> 16);
    int green = (int)(a >> 8 & 0xff) - (int)(b >> 8 & 0xff);
    int blue = (int)(a & 0xff) - (int)(b & 0xff);
    int mean = (int)((a >> 16) + (b >> 16)) / 2;

    return (unsigned)(((512 + mean) * red * red >> 8) + 4 * green * green +
                      ((767 - mean) * blue * blue >> 8));
}

static int nearest(unsigned rgb, int first, int end)
{
    int best = first;

    for (int i = first + 1; i < end; i++) {
        if (difference(rgb, hl_theme_rgb(i)) < difference(rgb, hl_theme_rgb(best)))
            best = i;
    }
    return best;
}

int hl_theme_nearest(int colour, int depth)
{
    if (colour < 0 || depth < HL_DEPTH_8)
        return HL_COLOUR_DEFAULT;
    if (colour < depth || depth >= HL_DEPTH_RGB)
        return colour;
    if (depth >= HL_DEPTH_256) /* the first sixteen are what the user has made of them */
        return nearest(hl_theme_rgb(colour), COLOURS, HL_DEPTH_256);
    if (depth < HL_DEPTH_16 && colour < COLOURS)
        return colour - HL_DEPTH_8;
    return nearest(hl_theme_rgb(colour), 0, depth >= HL_DEPTH_16 ? HL_DEPTH_16 : HL_DEPTH_8);
}

struct hl_look hl_theme_look(const struct hl_theme *t, enum hl_style style, int depth)
{
    struct hl_look look = t->looks[style];
    bool bright = look.fg >= HL_DEPTH_8 && look.fg < COLOURS;

    if (depth < HL_DEPTH_8) {
        /* A background of its own sets a bar apart from the text: so does reverse video. */
        if (look.bg != HL_COLOUR_DEFAULT && look.bg != t->looks[HL_STYLE_TEXT].bg)
            look.attrs |= HL_ATTR_REVERSE;
    } else if (depth < HL_DEPTH_16 && bright) {
        look.attrs |= HL_ATTR_BOLD; /* which terminals of eight colours draw brighter */
    }
    look.fg = hl_theme_nearest(look.fg, depth);
    look.bg = hl_theme_nearest(look.bg, depth);
    if (look.fg == look.bg && look.fg != HL_COLOUR_DEFAULT) { /* never unreadable */
        look.fg = HL_COLOUR_DEFAULT;
        look.bg = HL_COLOUR_DEFAULT;
    }
    return look;
}

/* FNV-1a. */
enum hl_style hl_theme_nick(const char *name)
{
    uint32_t hash = 2166136261U;

    for (; *name != '\0'; name++)
        hash = (hash ^ (uint8_t)*name) * 16777619U;
    return (enum hl_style)(HL_STYLE_NICK + hash % HL_NICKS);
}

/* ---- reading ---- */

/* One line taken apart: name = words. */
struct line {
    char name[WORD_MAX];
    char words[WORDS_MAX][WORD_MAX];
    size_t count;
};

static void complain(struct hl_theme_error *e, const char *what, const char *why, const char *near)
{
    if (near != NULL)
        snprintf(e->why, sizeof e->why, _("%s: %s: did you mean %s?"), what, why, near);
    else
        snprintf(e->why, sizeof e->why, "%s: %s", what, why);
}

/* Copies the next word up to end; returns what is behind it, NULL if the word is too long. */
static const char *take_word(const char *at, const char *end, char out[static WORD_MAX])
{
    size_t len = 0;

    for (; at < end && *at != ' ' && *at != '\t' && *at != '=' && *at != '\0'; at++) {
        if (len + 1 == WORD_MAX)
            return NULL;
        out[len++] = *at;
    }
    out[len] = '\0';
    return at;
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at;
}

/* Returns false with a mistake in e; a line without anything has an empty name. */
static bool take_apart(struct line *l, const char *at, const char *end, struct hl_theme_error *e)
{
    *l = (struct line){.count = 0};
    while (end > at && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
        end--;
    at = skip_blanks(at, end);
    if (at == end || *at == '#')
        return true;
    at = take_word(at, end, l->name);
    if (at != NULL)
        at = skip_blanks(at, end);
    if (at == NULL || at == end || *at != '=' || l->name[0] == '\0') {
        complain(e, _("this line"), _("must be STYLE = COLOURS ATTRIBUTES"), NULL);
        return false;
    }
    for (at = skip_blanks(at + 1, end); at < end; at = skip_blanks(at, end)) {
        char *word = l->count < WORDS_MAX ? l->words[l->count++] : NULL;
        at = word != NULL ? take_word(at, end, word) : NULL;
        if (at == NULL || word == NULL || word[0] == '\0') {
            complain(e, l->name, _("has a word that is neither a colour nor an attribute"), NULL);
            return false;
        }
    }
    return true;
}

static bool parse_hex(const char *digits, int *out)
{
    unsigned n = 0;

    if (strlen(digits) != 6)
        return false;
    for (; *digits != '\0'; digits++) {
        char c = *digits;
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return false;
        n = n << 4 | (unsigned)digit;
    }
    *out = (int)n + HL_COLOUR_RGB;
    return true;
}

static bool parse_colour(const char *word, int *out)
{
    int n = 0;

    if (word[0] == '#')
        return parse_hex(word + 1, out);
    if (strcmp(word, "default") == 0) {
        *out = HL_COLOUR_DEFAULT;
        return true;
    }
    for (int i = 0; i < COLOURS; i++) {
        if (strcmp(word, colour_names[i]) == 0) {
            *out = i;
            return true;
        }
    }
    if (word[0] == '\0' || strlen(word) > 3 || word[strspn(word, "0123456789")] != '\0')
        return false;
    for (; *word != '\0'; word++)
        n = n * 10 + (*word - '0');
    *out = n;
    return n <= 255;
}

static unsigned parse_attr(const char *word)
{
    for (size_t i = 0; i < ATTRS; i++) {
        if (strcmp(word, attrs[i].name) == 0)
            return attrs[i].bit;
    }
    return 0;
}

static void unknown_word(const char *word, bool attributes, struct hl_theme_error *e)
{
    struct hl_suggestion near;

    if (word[0] == '#' || (word[0] >= '0' && word[0] <= '9')) {
        complain(e, word, _("no such colour: 0 to 255, or # and six hexadecimal digits"), NULL);
        return;
    }
    hl_suggest_start(&near, word);
    hl_suggest_offer(&near, "default");
    for (int i = 0; i < COLOURS; i++)
        hl_suggest_offer(&near, colour_names[i]);
    for (size_t i = 0; attributes && i < ATTRS; i++)
        hl_suggest_offer(&near, attrs[i].name);
    complain(e, word, attributes ? _("no such colour or attribute") : _("no such colour"),
             near.best);
}

static bool parse_look(const struct line *l, struct hl_look *out, struct hl_theme_error *e)
{
    struct hl_look look = {HL_COLOUR_DEFAULT, HL_COLOUR_DEFAULT, 0};
    int colours = 0;

    for (size_t i = 0; i < l->count; i++) {
        unsigned attr = parse_attr(l->words[i]);
        int colour;
        look.attrs |= attr;
        if (attr != 0)
            continue;
        if (!parse_colour(l->words[i], &colour)) {
            unknown_word(l->words[i], true, e);
            return false;
        }
        if (colours == 2) {
            complain(e, l->words[i], _("a third colour; there are a foreground and a background"),
                     NULL);
            return false;
        }
        *(colours++ == 0 ? &look.fg : &look.bg) = colour;
    }
    *out = look;
    return true;
}

static bool parse_nicks(const struct line *l, struct hl_theme *t, struct hl_theme_error *e)
{
    if (l->count > HL_NICKS) {
        complain(e, "nicks", _("twelve colours at most"), NULL);
        return false;
    }
    for (size_t i = 0; i < l->count; i++) {
        if (!parse_colour(l->words[i], &t->nicks[i])) {
            unknown_word(l->words[i], false, e);
            return false;
        }
    }
    t->nick_count = (int)l->count;
    return true;
}

static bool parse_base(const struct line *l, struct hl_theme *t, struct hl_theme_error *e)
{
    if (l->count == 1 && hl_theme_builtin(t, l->words[0]) == 0)
        return true;
    complain(e, "base", _("must be a theme of the program, such as dark or light"), NULL);
    return false;
}

static void unknown_style(const char *name, struct hl_theme_error *e)
{
    struct hl_suggestion near;

    hl_suggest_start(&near, name);
    hl_suggest_offer(&near, "base");
    hl_suggest_offer(&near, "nicks");
    for (int i = 0; i < HL_STYLE_COUNT; i++) {
        if (style_names[i] != NULL)
            hl_suggest_offer(&near, style_names[i]);
    }
    complain(e, name, _("no such style"), near.best);
}

static bool parse_style(const struct line *l, struct hl_theme *t, struct hl_theme_error *e)
{
    for (int i = 0; i < HL_STYLE_COUNT; i++) {
        if (style_names[i] != NULL && strcmp(style_names[i], l->name) == 0)
            return parse_look(l, &t->looks[i], e);
    }
    unknown_style(l->name, e);
    return false;
}

/* The looks that names have, from those that were read. */
static void spread_nicks(struct hl_theme *t)
{
    for (int i = 0; i < HL_NICKS; i++) {
        struct hl_look *look = &t->looks[HL_STYLE_NICK + i];
        *look = t->looks[HL_STYLE_SENDER_IN];
        if (t->nick_count > 0)
            look->fg = t->nicks[i % t->nick_count];
    }
}

/* Reads over t. */
static int parse_over(struct hl_theme *t, const char *text, size_t len, struct hl_theme_error *e)
{
    const char *end = text + len;
    struct line l;

    e->line = 0;
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *stop = newline != NULL ? newline : end;
        e->line++;
        if (!take_apart(&l, text, stop, e))
            return -1;
        bool ok = l.name[0] == '\0'              ? true
                  : strcmp(l.name, "base") == 0  ? parse_base(&l, t, e)
                  : strcmp(l.name, "nicks") == 0 ? parse_nicks(&l, t, e)
                                                 : parse_style(&l, t, e);
        if (!ok)
            return -1;
        text = newline != NULL ? newline + 1 : end;
    }
    spread_nicks(t);
    return 0;
}

int hl_theme_parse(struct hl_theme *t, const char *text, size_t len, struct hl_theme_error *error)
{
    struct hl_theme read;

    *error = (struct hl_theme_error){.line = 1};
    if (len > HL_THEME_BYTES) {
        complain(error, _("this file"), _("is too long for a theme"), NULL);
        return -1;
    }
    if (hl_theme_builtin(&read, "dark") != 0 || parse_over(&read, text, len, error) != 0)
        return -1;
    *t = read;
    return 0;
}

const char *hl_theme_name(size_t index)
{
    return index < hl_themes_count ? hl_themes[index].name : NULL;
}

int hl_theme_builtin(struct hl_theme *t, const char *name)
{
    static const struct hl_look plain = {HL_COLOUR_DEFAULT, HL_COLOUR_DEFAULT, 0};
    struct hl_theme_error e;

    for (size_t i = 0; i < hl_themes_count; i++) {
        if (strcmp(hl_themes[i].name, name) != 0)
            continue;
        *t = (struct hl_theme){.nick_count = 0};
        for (int style = 0; style < HL_STYLE_COUNT; style++)
            t->looks[style] = plain;
        return parse_over(t, hl_themes[i].text, hl_themes[i].len, &e);
    }
    return -1;
}
