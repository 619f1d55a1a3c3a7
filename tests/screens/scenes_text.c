/* SPDX-License-Identifier: MIT */
/* The fifty hard strings: each as a name in the title, as a message, as an answer to it and as a
 * draft with the cursor behind it. */
#include "scene.h"

#include "hard_strings.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static void hard(const struct scene *s)
{
    const char *text = hard_strings[s->number].text;
    char long_text[512];

    assert(strcmp(s->name, hard_strings[s->number].what) == 0);
    meet_as(1, &(struct hl_ui_conv_info){.name = text});
    hl_ui_select(ui, 1);
    snprintf(long_text, sizeof long_text, "<%s|", text);
    put(1, (struct hl_line_new){.kind = HL_LINE_IN, .sender = text, .text = long_text});
    snprintf(long_text, sizeof long_text, "<%s|%s|%s|%s|", text, text, text, text);
    put(1, (struct hl_line_new){
               .kind = HL_LINE_OUT, .state = HL_LINE_READ, .text = long_text, .quote = text});
    hl_ui_draft(ui, 1, text, strlen(text));
}

#define HARD(index, what)                                                                          \
    {                                                                                              \
        .name = what, .build = hard, .rows = 9, .cols = 40, .number = index                        \
    }

/* libvterm 0.1.4 knows two of the combining characters as spacing ones. */
#define NOT_IN_VTERM(index, what, reason)                                                          \
    {                                                                                              \
        .name = what, .build = hard, .rows = 9, .cols = 40, .number = index,                       \
        .not_in_vterm = reason                                                                     \
    }

/* In the order of hard_strings.h, under the same names. */
static const struct scene scenes[] = {
    HARD(0, "ASCII"),
    HARD(1, "Latin-1"),
    HARD(2, "combining acute"),
    HARD(3, "two marks on one letter"),
    HARD(4, "Vietnamese, decomposed"),
    HARD(5, "Zalgo"),
    HARD(6, "Chinese"),
    HARD(7, "Chinese beyond the BMP"),
    HARD(8, "Japanese, three scripts"),
    HARD(9, "halfwidth katakana with mark"),
    NOT_IN_VTERM(10, "dakuten, decomposed", "U+3099 has two columns there, not none"),
    HARD(11, "fullwidth Latin"),
    HARD(12, "Korean"),
    HARD(13, "jamo"),
    HARD(14, "jamo, two syllables"),
    HARD(15, "emoji"),
    HARD(16, "emoji in text"),
    HARD(17, "heart with VS16"),
    HARD(18, "snowman with VS15"),
    HARD(19, "keycap"),
    HARD(20, "skin tone"),
    HARD(21, "family"),
    HARD(22, "couple with heart"),
    HARD(23, "profession with skin tone"),
    HARD(24, "rainbow flag"),
    HARD(25, "flag"),
    HARD(26, "two flags"),
    HARD(27, "a flag and a half"),
    HARD(28, "flag of Scotland, by tags"),
    HARD(29, "Devanagari"),
    HARD(30, "Devanagari with a spacing vowel"),
    HARD(31, "Tamil"),
    HARD(32, "Bengali"),
    HARD(33, "Thai"),
    HARD(34, "Thai with sara am"),
    HARD(35, "Lao"),
    HARD(36, "Khmer"),
    NOT_IN_VTERM(37, "Burmese", "U+103A has one column there, not none"),
    HARD(38, "Tibetan"),
    HARD(39, "Arabic"),
    HARD(40, "Arabic with vowel marks"),
    HARD(41, "Persian with ZWNJ"),
    HARD(42, "Hebrew with points"),
    HARD(43, "mixed directions"),
    HARD(44, "override"),
    HARD(45, "Greek with marks"),
    HARD(46, "Cyrillic"),
    HARD(47, "soft hyphen"),
    HARD(48, "ideographic space"),
    HARD(49, "box drawing"),
};

_Static_assert(sizeof scenes / sizeof scenes[0] == HARD_STRINGS, "a screen for each");

SCENES(text, "text");
