/* SPDX-License-Identifier: MIT */
/* Every text of the tables that people read has its translation, and nothing else is translated. */
#include "catalogue.h"
#include "command.h"
#include "i18n.h"
#include "screen.h"
#include "settings.h"
#include "width.h"

#include <ctype.h>
#include <stdlib.h>

static size_t texts;

static void is_translated(const char *text)
{
    const char *there = _(text);

    texts++;
    cr_expect_str_neq(there, text, "zh_CN.po has no \"%s\"", text);
    cr_expect_gt(hl_width(there, strlen(there)), strlen(there) / 2, "%s", there);
}

static void chinese(void)
{
    unsetenv("LC_ALL");
    cr_assert_not_null(setlocale(LC_ALL, "C.UTF-8"));
    setenv("LANGUAGE", "zh_CN", 1);
    bindtextdomain("hullo", HL_PO_DIR);
    bind_textdomain_codeset("hullo", "UTF-8");
    textdomain("hullo");
}

Test(catalogue, all_tables_are_in_it)
{
    size_t count;
    const struct hl_keymap_row *keys_of = hl_keymap_rows(&count);

    chinese();
    if (strcmp(_("Commands"), "Commands") == 0)
        cr_skip("no catalogues: msgfmt was not there");
    for (size_t i = 0; i < count; i++) {
        if (keys_of[i].help[0] != '\0')
            is_translated(keys_of[i].help);
    }
    for (int i = 0; i < HL_GROUP_COUNT; i++)
        is_translated(hl_keymap_group_name((enum hl_key_group)i));
    const struct hl_command_row *commands = hl_command_table(&count);
    for (size_t i = 0; i < count; i++)
        is_translated(commands[i].help);
    const struct hl_setting *settings = hl_settings_table(&count);
    for (size_t i = 0; i < count; i++)
        is_translated(settings[i].help);
    cr_expect_gt(texts, 100);
}

Test(catalogue, the_help_page_is_chinese, .fini = screen_stop)
{
    screen_start();
    chinese();
    if (strcmp(_("Commands"), "Commands") == 0)
        cr_skip("no catalogues: msgfmt was not there");
    type("\033OP");
    shows(24, 60, "移动");
    shows(24, 60, "后退一个字符");
    const struct hl_frame *f = hl_ui_frame(ui, 24, 60);
    for (int row = 0; row < f->rows; row++) {
        char text[1024];
        hl_frame_row(f, row, text, sizeof(text));
        cr_expect_leq(hl_width(text, strlen(text)), 60);
    }
}

Test(catalogue, english_without_one)
{
    setenv("LANGUAGE", "xx", 1);
    cr_expect_str_eq(_("Commands"), "Commands");
}
