/* SPDX-License-Identifier: MIT */
#include "screen.h"

#include "edit.h"
#include "utf8.h"

TestSuite(complete, .init = screen_start, .fini = screen_stop);

static struct hl_matches m;

static void start(const char *word)
{
    hl_matches_start(&m, word, strlen(word));
}

Test(complete, letters_match_whatever_their_case)
{
    start("gR\u00dc");
    hl_matches_add(&m, "Gr\u00fc\u00dfe");
    hl_matches_add(&m, "GR\u00dcN");
    hl_matches_add(&m, "grau");
    hl_matches_add(&m, "gr");
    hl_matches_add(&m, "GR\u00dcN");
    cr_assert_eq(m.count, 2, "each once");
    cr_assert_str_eq(m.at[0].text, "Gr\u00fc\u00dfe");
    cr_assert_eq(hl_matches_common(&m), 1);
}

Test(complete, what_is_common_is_whole_characters)
{
    start("");
    hl_matches_add(&m, "a\u00e4");
    hl_matches_add(&m, "a\u00e5"); /* they share their first byte */
    cr_assert_eq(hl_matches_common(&m), 1);
}

Test(complete, is_bounded)
{
    static char text[HL_MATCHES_TEXT + 1];
    char list[64];

    start("");
    memset(text, 'x', HL_MATCHES_TEXT);
    hl_matches_add(&m, text);
    cr_assert_eq(m.count, 0, "too long");
    for (int i = 0; i < HL_MATCHES_MAX + 9; i++) {
        snprintf(text, sizeof(text), "%d", i);
        hl_matches_add(&m, text);
    }
    cr_assert_eq(m.count, HL_MATCHES_MAX);
    hl_matches_list(&m, 40, list, sizeof(list));
    cr_assert_eq(strncmp(list, "38 39 [40] 41 ", 14), 0, "%s", list);
}

Test(complete, tab_goes_through_candidates_and_back)
{
    type("/c\t\t");
    shows(5, 40, "[/connect] /close");
    shows(5, 40, "> /connect\n");
    type("\t");
    shows(5, 40, "/connect [/close]");
    shows(5, 40, "> /close\n");
    type("\t");
    shows(5, 40, "> /connect\n");
    type("\033[Z");
    shows(5, 40, "> /close\n");
    type(" b\t\t\t");
    shows(5, 40, "> /close bert\n");
    type("!");
    shows(5, 40, "> /close bert!\n");
}

Test(complete, another_key_begins_anew)
{
    room(1, "bob");
    type("/c\t");
    hl_ui_select(ui, 1);
    type("\t");
    shows(5, 40, "\n>");
    hl_ui_select(ui, 0);
    type("\001\005\t");
    shows(5, 40, "> /c\n");
}

Test(complete, emoji_by_name)
{
    type("hi :rock\t");
    shows(5, 40, "> hi \U0001f680\n");
    type("\x15:thumbs_\t");
    shows(5, 60, "\U0001f44e thumbs_down \U0001f44d thumbs_up");
    type("\t\t");
    cr_assert_eq(type("\r"), HL_UI_SUBMIT);
    cr_assert_str_eq(last.text, "\U0001f44d");
    cr_assert_eq(type(":\t"), HL_UI_BELL, "a colon alone is none");
    cr_assert_eq(type("zebra-crossing\t"), HL_UI_BELL);
}

Test(complete, emoji_are_in_order_and_whole)
{
    for (const struct hl_emoji *e = hl_emoji_names; e->name != NULL; e++) {
        cr_expect(hl_utf8_valid(e->text, strlen(e->text)), "%s", e->name);
        cr_expect(e[1].name == NULL || strcmp(e->name, e[1].name) < 0, "%s", e->name);
    }
}
