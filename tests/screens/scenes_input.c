/* SPDX-License-Identifier: MIT */
/* What is typed: drafts, completion, pastes, the search in earlier input. */
#include "scene.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static void begin(void)
{
    meet(1, "bob");
    hl_ui_select(ui, 1);
    hear(1, "shall we meet at the harbour?");
}

static void typed(const char *keys)
{
    begin();
    type(keys);
}

static void lines(const struct scene *s)
{
    (void)s;
    typed("one\ntwo, longer than the first one\n\nfour");
}

static void many_lines(const struct scene *s)
{
    char line[32];

    (void)s;
    begin();
    for (int i = 1; i <= 30; i++) {
        snprintf(line, sizeof line, "line %d\n", i);
        type(line);
    }
    type("\033[A\033[A");
}

static void long_line(const struct scene *s)
{
    (void)s;
    typed("a draft that is much longer than the screen is wide, so that it goes on in another row "
          "of the input, and in one more, until all that one wanted to say has been typed");
}

static void wide_at_the_edge(const struct scene *s)
{
    (void)s;
    typed("x漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字");
}

static void cursor_in_the_middle(const struct scene *s)
{
    (void)s;
    typed("e\u0301 👨\u200d👩\u200d👧 漢字 end\033b\033[D\033[D");
}

static void commands(const struct scene *s)
{
    (void)s;
    typed("/ver\t");
}

static void candidates(const struct scene *s)
{
    (void)s;
    typed("/re\t");
}

static void many_candidates(const struct scene *s)
{
    (void)s;
    typed("/\t");
}

static void one_of_the_candidates(const struct scene *s)
{
    (void)s;
    typed("b\t\t");
}

static void emoji(const struct scene *s)
{
    (void)s;
    typed(":smil\t");
}

static void earlier_input(const struct scene *s)
{
    (void)s;
    typed("first apple\rpear\rsecond apple\r\x12"
          "app");
}

static void no_earlier_input(const struct scene *s)
{
    (void)s;
    typed("first apple\r\x12zzz");
}

static void paste(const struct scene *s)
{
    (void)s;
    typed("\033[200~int main(void)\r{\r\treturn 0;\r}\r\033[201~");
}

static void paste_guard(const struct scene *s)
{
    static char text[4096] = "\033[200~";

    (void)s;
    settings.paste_lines = 5;
    for (int i = 0; i < 12; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "pasted %d\r", i);
    strcat(text, "\033[201~");
    typed(text);
    type("\r");
    text[6] = '\0';
}

static void paste_guard_bytes(const struct scene *s)
{
    static char text[4096];

    (void)s;
    settings.paste_bytes = 1000;
    snprintf(text, sizeof text, "\033[200~%02000d\033[201~", 7);
    typed(text);
    type("\r");
}

static void half_a_sequence(const struct scene *s)
{
    (void)s;
    typed("draft\x18");
}

static void quits_on_the_second(const struct scene *s)
{
    (void)s;
    typed("\x03");
}

static void control_characters(const struct scene *s)
{
    (void)s;
    typed("\033[200~a\x01"
          "b\x1b[31mc\x7f"
          "d\u202ee\033[201~");
}

static void right_to_left(const struct scene *s)
{
    (void)s;
    typed("שלום abc 123");
}

static void speller(void)
{
    hl_ui_spell(ui, true);
    hl_ui_spelt(ui, "wrld", false, "world, wild, weld");
    hl_ui_spelt(ui, "größre", false, "größere");
}

static void misspelt(const struct scene *s)
{
    (void)s;
    speller();
    typed("hello wrld, see http://wrld.example and 漢字 größre, and this wrld");
}

static void mended(const struct scene *s)
{
    (void)s;
    speller();
    typed("hello wrld, and more \033s\033s");
}

static void a_number(const struct scene *s)
{
    (void)s;
    typed("one two three\0330"
          "12");
}

static const struct scene scenes[] = {
    {.name = "several lines", .build = lines, .rows = 12},
    {.name = "more lines than there is room for", .build = many_lines, .rows = 14},
    {.name = "a long line", .build = long_line, .rows = 10},
    {.name = "a long line, narrow", .build = long_line, .rows = 12, .cols = 30},
    {.name = "wide characters at the edge", .build = wide_at_the_edge, .rows = 8, .cols = 40},
    {.name = "wide characters at an odd edge", .build = wide_at_the_edge, .rows = 8, .cols = 39},
    {.name = "cursor between clusters", .build = cursor_in_the_middle, .rows = 6},
    {.name = "a command completed", .build = commands, .rows = 6},
    {.name = "candidates", .build = candidates, .rows = 6, .picture = PICTURE_STYLES},
    {.name = "more candidates than fit", .build = many_candidates, .rows = 6},
    {.name = "one of the candidates", .build = one_of_the_candidates, .rows = 6},
    {.name = "names of emoji", .build = emoji, .rows = 6},
    {.name = "earlier input searched", .build = earlier_input, .rows = 6},
    {.name = "earlier input searched in vain", .build = no_earlier_input, .rows = 6},
    {.name = "a paste is a draft", .build = paste, .rows = 12},
    {.name = "a paste of many lines asks first",
     .build = paste_guard,
     .rows = 14,
     .picture = PICTURE_STYLES},
    {.name = "a paste of many bytes asks first", .build = paste_guard_bytes, .rows = 14},
    {.name = "half a sequence of keys", .build = half_a_sequence, .rows = 6},
    {.name = "quits on the second", .build = quits_on_the_second, .rows = 6},
    {.name = "control characters in a paste", .build = control_characters, .rows = 6},
    {.name = "right to left", .build = right_to_left, .rows = 6},
    {.name = "misspelt words", .build = misspelt, .rows = 6, .picture = PICTURE_STYLES},
    {.name = "misspelt words, narrow",
     .build = misspelt,
     .rows = 12,
     .cols = 24,
     .picture = PICTURE_STYLES},
    {.name = "a word mended", .build = mended, .rows = 6},
    {.name = "a number for the next key", .build = a_number, .rows = 6},
};

SCENES(input, "input");
