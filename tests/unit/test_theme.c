/* SPDX-License-Identifier: MIT */
#include "theme.h"
#include "themes.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct hl_theme t;
static struct hl_theme_error e;

static int parse(const char *text)
{
    return hl_theme_parse(&t, text, strlen(text), &e);
}

static void cr_look(struct hl_look look, int fg, int bg, unsigned attrs)
{
    cr_expect_eq(look.fg, fg, "foreground %d", look.fg);
    cr_expect_eq(look.bg, bg, "background %d", look.bg);
    cr_expect_eq(look.attrs, attrs, "attributes %u", look.attrs);
}

Test(theme, every_style_has_a_name)
{
    for (int style = 0; style < HL_STYLE_NICK; style++)
        cr_expect_gt(strlen(hl_theme_style_name((enum hl_style)style)), 0, "style %d", style);
    cr_assert_str_eq(hl_theme_style_name(HL_STYLE_NICK), "");
    cr_assert_str_eq(hl_theme_style_name(HL_STYLE_COUNT), "");
}

/* A line of its own for each style in each file, so that none is forgotten. */
Test(theme, files_of_the_program_are_whole)
{
    static const char *const wanted[] = {"dark", "light", "contrast", "mono"};
    for (size_t i = 0; i < 4; i++)
        cr_expect_eq(hl_theme_builtin(&t, wanted[i]), 0, "%s", wanted[i]);
    cr_assert_eq(hl_themes_count, 4);
    cr_assert_null(hl_theme_name(4));
    cr_assert_eq(hl_theme_builtin(&t, "Dark"), -1);
    for (size_t i = 0; i < hl_themes_count; i++) {
        char text[4096];
        cr_assert_lt(hl_themes[i].len, sizeof text - 2);
        snprintf(text, sizeof text, "\n%.*s", (int)hl_themes[i].len, hl_themes[i].text);
        for (int style = 0; style < HL_STYLE_NICK; style++) {
            char line[64];
            snprintf(line, sizeof line, "\n%s =", hl_theme_style_name((enum hl_style)style));
            cr_expect_not_null(strstr(text, line), "%s: no %s", hl_themes[i].name, line + 1);
        }
        cr_expect_eq(hl_theme_parse(&t, hl_themes[i].text, hl_themes[i].len, &e), 0, "%s:%zu: %s",
                     hl_themes[i].name, e.line, e.why);
    }
}

Test(theme, lines)
{
    cr_assert_eq(parse("# mine\r\n\n"
                       "  title = #FF8000 24 bold underline\r\n"
                       "list=reverse\n"
                       "error = default 1 dim italic\n"
                       "nicks = red 200 #000001\n"
                       "mark ="),
                 0, "%zu: %s", e.line, e.why);
    cr_look(t.looks[HL_STYLE_TITLE], HL_COLOUR_RGB + 0xff8000, 24,
            HL_ATTR_BOLD | HL_ATTR_UNDERLINE);
    cr_look(t.looks[HL_STYLE_LIST], -1, -1, HL_ATTR_REVERSE);
    cr_look(t.looks[HL_STYLE_ERROR], -1, 1, HL_ATTR_DIM | HL_ATTR_ITALIC);
    cr_look(t.looks[HL_STYLE_MARK], -1, -1, 0);
    cr_look(t.looks[HL_STYLE_PROMPT], -1, -1, HL_ATTR_BOLD); /* as in dark */
    cr_look(t.looks[HL_STYLE_NICK], 1, -1, HL_ATTR_BOLD);
    cr_look(t.looks[HL_STYLE_NICK + 4], 200, -1, HL_ATTR_BOLD);
    cr_look(t.looks[HL_STYLE_NICK_LAST], HL_COLOUR_RGB + 1, -1, HL_ATTR_BOLD);
}

Test(theme, base_and_names_without_colours)
{
    cr_assert_eq(parse("base = mono\nsender_in = underline\n"), 0);
    cr_look(t.looks[HL_STYLE_ERROR], -1, -1, HL_ATTR_BOLD | HL_ATTR_UNDERLINE);
    cr_look(t.looks[HL_STYLE_NICK + 3], -1, -1, HL_ATTR_UNDERLINE);
    cr_assert_eq(parse(""), 0);
}

Test(theme, mistakes_are_named_and_change_nothing)
{
    static const struct {
        const char *text;
        size_t line;
        const char *why;
    } rows[] = {
        {"text = blak", 1, "blak: no such colour or attribute: did you mean black?"},
        {"\n\ntitel = red", 3, "titel: no such style: did you mean title?"},
        {"title = red blue green", 1,
         "green: a third colour; there are a foreground and a background"},
        {"title = 256", 1, "256: no such colour: 0 to 255, or # and six hexadecimal digits"},
        {"title = #12345", 1, "#12345: no such colour: 0 to 255, or # and six hexadecimal digits"},
        {"title = #12345g", 1,
         "#12345g: no such colour: 0 to 255, or # and six hexadecimal digits"},
        {"title", 1, "this line: must be STYLE = COLOURS ATTRIBUTES"},
        {"= red", 1, "this line: must be STYLE = COLOURS ATTRIBUTES"},
        {"title red", 1, "this line: must be STYLE = COLOURS ATTRIBUTES"},
        {"nicks = bold", 1, "bold: no such colour"},
        {"nicks = 1 2 3 4 5 6 7 8 9 10 11 12 13", 1, "nicks: twelve colours at most"},
        {"base = drak", 1, "base: must be a theme of the program, such as dark or light"},
        {"title = = red", 1, "title: has a word that is neither a colour nor an attribute"},
        {"title = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1,
         "title: has a word that is neither a colour nor an attribute"},
        {"title = zzzzz", 1, "zzzzz: no such colour or attribute"},
    };
    cr_assert_eq(hl_theme_builtin(&t, "light"), 0);
    struct hl_theme before = t;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_eq(parse(rows[i].text), -1, "row %zu", i);
        cr_expect_eq(e.line, rows[i].line, "row %zu: line %zu", i, e.line);
        cr_expect_str_eq(e.why, rows[i].why, "row %zu: %s", i, e.why);
        cr_expect_eq(memcmp(&before, &t, sizeof t), 0, "row %zu", i);
    }
    static char much[HL_THEME_BYTES + 1];
    memset(much, '\n', sizeof much);
    cr_assert_eq(hl_theme_parse(&t, much, sizeof much, &e), -1);
    cr_assert_eq(hl_theme_parse(&t, "text =\0red", 10, &e), -1);
}

/* ---- fewer colours ---- */

/* A slow way to the same: no colour is nearer than the one chosen. */
static unsigned square(unsigned a, unsigned b)
{
    int d = (int)a - (int)b;
    return (unsigned)(d * d);
}

Test(theme, nearest)
{
    static const struct {
        int colour, depth, nearest;
    } rows[] = {
        {HL_COLOUR_DEFAULT, HL_DEPTH_RGB, -1},
        {HL_COLOUR_DEFAULT, HL_DEPTH_8, -1},
        {200, HL_DEPTH_NONE, -1},
        {200, HL_DEPTH_256, 200},
        {200, HL_DEPTH_RGB, 200},
        {HL_COLOUR_RGB + 0x123456, HL_DEPTH_RGB, HL_COLOUR_RGB + 0x123456},
        {HL_COLOUR_RGB + 0xff0000, HL_DEPTH_256, 196},
        {HL_COLOUR_RGB + 0x5f87af, HL_DEPTH_256, 67},
        {HL_COLOUR_RGB + 0x080808, HL_DEPTH_256, 232},
        {HL_COLOUR_RGB + 0x000000, HL_DEPTH_256, 16},
        {HL_COLOUR_RGB + 0xffffff, HL_DEPTH_256, 231},
        {HL_COLOUR_RGB + 0xfe0101, HL_DEPTH_16, 9},
        {196, HL_DEPTH_16, 9},
        {160, HL_DEPTH_16, 1},
        {231, HL_DEPTH_16, 15},
        {22, HL_DEPTH_8, 0},
        {28, HL_DEPTH_8, 2},
        {9, HL_DEPTH_8, 1},
        {9, HL_DEPTH_16, 9},
        {15, HL_DEPTH_8, 7},
        {3, HL_DEPTH_8, 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_eq(hl_theme_nearest(rows[i].colour, rows[i].depth), rows[i].nearest,
                     "row %zu: %d", i, hl_theme_nearest(rows[i].colour, rows[i].depth));
    /* Whatever the measure, a colour of the palette is nearest to itself, and greys stay grey. */
    for (int c = 16; c < 256; c++) {
        int rgb = HL_COLOUR_RGB + (int)hl_theme_rgb(c);
        cr_expect_eq(hl_theme_rgb(hl_theme_nearest(rgb, HL_DEPTH_256)), hl_theme_rgb(c), "%d", c);
        cr_expect_lt(hl_theme_nearest(rgb, HL_DEPTH_16), 16);
        cr_expect_lt(hl_theme_nearest(rgb, HL_DEPTH_8), 8);
    }
    /* And nothing is further off than the steps of the cube allow. */
    for (int rgb = 0; rgb < 1 << 24; rgb += 4099) {
        unsigned got = hl_theme_rgb(hl_theme_nearest(HL_COLOUR_RGB + rgb, HL_DEPTH_256));
        unsigned want = (unsigned)rgb;
        cr_assert_leq(square(got >> 16, want >> 16) + square(got >> 8 & 0xff, want >> 8 & 0xff) +
                          square(got & 0xff, want & 0xff),
                      3 * 48 * 48, "#%06x became #%06x", want, got);
    }
}

Test(theme, looks_with_fewer_colours)
{
    cr_assert_eq(parse("error = bright_red\ntitle = #ffffff #005f87\nmark = 232 16\n"), 0);
    cr_look(hl_theme_look(&t, HL_STYLE_ERROR, HL_DEPTH_16), 9, -1, 0);
    cr_look(hl_theme_look(&t, HL_STYLE_ERROR, HL_DEPTH_8), 1, -1, HL_ATTR_BOLD);
    cr_look(hl_theme_look(&t, HL_STYLE_ERROR, HL_DEPTH_NONE), -1, -1, 0);
    cr_look(hl_theme_look(&t, HL_STYLE_TITLE, HL_DEPTH_256), 231, 24, 0);
    cr_look(hl_theme_look(&t, HL_STYLE_TITLE, HL_DEPTH_NONE), -1, -1, HL_ATTR_REVERSE);
    cr_look(hl_theme_look(&t, HL_STYLE_MARK, HL_DEPTH_16), -1, -1, 0); /* else black on black */
}

Test(theme, no_style_is_unreadable_and_none_has_colours_it_must_not_have)
{
    static const int depths[] = {HL_DEPTH_NONE, HL_DEPTH_8, HL_DEPTH_16, HL_DEPTH_256,
                                 HL_DEPTH_RGB};
    for (size_t i = 0; i < hl_themes_count; i++) {
        cr_assert_eq(hl_theme_builtin(&t, hl_themes[i].name), 0);
        bool mono = strcmp(hl_themes[i].name, "mono") == 0;
        for (size_t d = 0; d < 5; d++) {
            for (int style = 0; style < HL_STYLE_COUNT; style++) {
                struct hl_look look = hl_theme_look(&t, (enum hl_style)style, depths[d]);
                cr_expect(look.fg < 0 || look.fg != look.bg);
                cr_expect(look.fg < 0 || (!mono && look.fg < HL_COLOUR_RGB + depths[d]));
                cr_expect(look.bg < 0 || (!mono && look.bg < HL_COLOUR_RGB + depths[d]));
                cr_expect(depths[d] > 0 || (look.fg < 0 && look.bg < 0));
            }
            /* What stands out does so without colours. */
            cr_expect_neq(hl_theme_look(&t, HL_STYLE_TITLE, depths[d]).attrs |
                              (unsigned)(hl_theme_look(&t, HL_STYLE_TITLE, depths[d]).bg + 1),
                          0, "%s", hl_themes[i].name);
        }
    }
}

/* ---- names ---- */

/* Relative luminance as WCAG 2.1 defines it, of a colour of the cube. */
static double luminance(unsigned rgb)
{
    static const struct {
        unsigned level;
        double linear; /* ((level / 255 + 0.055) / 1.055) ^ 2.4 */
    } levels[] = {{0, 0}, {95, 0.1144}, {135, 0.2423}, {175, 0.4287}, {215, 0.6795}, {255, 1}};
    static const double weight[] = {0.0722, 0.7152, 0.2126};
    double sum = 0;
    for (int i = 0; i < 3; i++, rgb >>= 8) {
        size_t n = 0;
        while (levels[n].level != (rgb & 0xff))
            n++;
        sum += weight[i] * levels[n].linear;
    }
    return sum;
}

Test(theme, names_are_readable_on_black_and_on_white)
{
    static const char *const themes[] = {"dark", "light"};
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(hl_theme_builtin(&t, themes[i]), 0);
        cr_assert_eq(t.nick_count, HL_NICKS);
        for (int n = 0; n < HL_NICKS; n++) {
            double l = luminance(hl_theme_rgb(t.nicks[n])) + 0.05;
            cr_expect_geq(l / 0.05, 3.0, "colour %d on black", t.nicks[n]);
            cr_expect_geq(1.05 / l, 3.0, "colour %d on white", t.nicks[n]);
        }
    }
}

Test(theme, a_name_keeps_its_colour)
{
    unsigned count[HL_NICKS] = {0};
    cr_assert_eq(hl_theme_nick("alice"), hl_theme_nick("alice"));
    cr_assert_eq(hl_theme_nick("alice"), HL_STYLE_NICK + 0x872213e7 % HL_NICKS);
    for (int i = 0; i < 12000; i++) {
        char name[16];
        snprintf(name, sizeof name, "peer%d", i);
        enum hl_style style = hl_theme_nick(name);
        cr_assert(style >= HL_STYLE_NICK && style <= HL_STYLE_NICK_LAST);
        count[style - HL_STYLE_NICK]++;
    }
    for (int i = 0; i < HL_NICKS; i++)
        cr_expect(count[i] > 700 && count[i] < 1300, "colour %d: %u of 12000", i, count[i]);
}
