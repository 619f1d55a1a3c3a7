/* SPDX-License-Identifier: MIT */
/* Every text of the tables that people read has its translation, and nothing else is translated. */
#include "catalogue.h"
#include "command.h"
#include "err.h"
#include "events.h"
#include "feature.h"
#include "i18n.h"
#include "netlink.h"
#include "screen.h"
#include "settings.h"
#include "width.h"

#include <errno.h>
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

/* Numbers that no text has for its own are those of C libraries. */
static const int system_errors[] = {
    ECONNREFUSED, ECONNRESET, ETIMEDOUT,     EHOSTUNREACH, ENETUNREACH, ENETDOWN, EADDRINUSE,
    EACCES,       EPERM,      EADDRNOTAVAIL, ENOSPC,       EDQUOT,      EROFS,    EIO,
    ENOENT,       ENOTDIR,    ENOMEM,        EMFILE,       EMSGSIZE,    EPIPE,    ENAMETOOLONG};

Test(catalogue, texts_of_other_parts_are_in_it)
{
    struct hl_feature feature;

    chinese();
    if (strcmp(_("Commands"), "Commands") == 0)
        cr_skip("no catalogues: msgfmt was not there");
    for (int err = HL_ERR_BASE + 1; err < HL_ERR_END; err++)
        is_translated(hl_err_text(err));
    for (size_t i = 0; i < sizeof(system_errors) / sizeof(system_errors[0]); i++) {
        is_translated(hl_err_text(-system_errors[i]));
        is_translated(hl_err_word(-system_errors[i]));
    }
    for (size_t i = 0; hl_feature_probe(i, &feature); i++)
        is_translated(feature.purpose);
    for (int kind = HL_NL_ADDR_ADDED; kind <= HL_NL_OVERRUN; kind++)
        is_translated(hl_netlink_kind_text((enum hl_netlink_kind)kind));
    for (int state = HL_STATE_QUEUED; state <= HL_STATE_LAPSED; state++) {
        enum hl_notice_kind kind = hl_events_message((enum hl_entry_state)state);
        if (kind != HL_NOTICE_COUNT)
            is_translated(hl_events_row(kind)->name);
        if (hl_entry_state_name(state) != NULL)
            is_translated(hl_entry_state_name(state));
    }
}

static void is_framed(int rows, int cols)
{
    const struct hl_frame *f = hl_ui_frame(ui, rows, cols);

    for (int row = 0; row < f->rows; row++) {
        char text[4096];
        hl_frame_row(f, row, text, sizeof(text));
        cr_expect_leq((int)hl_width(text, strlen(text)), cols, "%dx%d: %s", rows, cols, text);
    }
}

/* A conversation with all that can be said of its lines. */
static void chinese_screen(void)
{
    static const struct hl_stamp days[] = {{2026, 11, 20, 9, 5, 0}, {2026, 11, 21, 12, 34, 0}};
    const struct hl_ui_conv_info bob = {.name = "bob",
                                        .transport = "udp",
                                        .peer = "192.0.2.7:4855",
                                        .state = _("open"),
                                        .mark = _("verified"),
                                        .sent = 3,
                                        .received = 2,
                                        .failed = 1};

    setlocale(LC_ALL, "C.UTF-8");
    chinese();
    screen_start();
    cr_assert_eq(hl_ui_conv(ui, 1, &bob), 0);
    for (int state = HL_LINE_NONE; state < HL_LINE_STATES; state++) {
        struct hl_line_new line = {.kind = HL_LINE_OUT,
                                   .state = (enum hl_line_state)state,
                                   .sender = "我",
                                   .text = "你好，世界",
                                   .len = strlen("你好，世界"),
                                   .stamp = days[state > 2]};
        uint64_t id = hl_ui_line(ui, 1, &line);
        if (state == HL_LINE_FAILED)
            hl_ui_mark(ui, &(struct hl_ui_at){.conv = 1, .line = id}, HL_LINE_FAILED, "no answer");
    }
    hl_ui_select(ui, 1);
}

Test(catalogue, a_conversation_is_chinese, .fini = screen_stop)
{
    chinese_screen();
    if (strcmp(_("Commands"), "Commands") == 0)
        cr_skip("no catalogues: msgfmt was not there");
    shows(30, 80, "2026年11月21日 星期六");
    shows(30, 80, "2026年11月20日 星期五");
    shows(30, 80, "失败：没有应答");
    shows(30, 80, "已送达");
    shows(30, 80, "已发 3");
    shows(30, 80, "F1 帮助");
    shows(30, 30, "2026年11月21日");
}

Test(catalogue, chinese_words_leave_the_frame_whole, .fini = screen_stop)
{
    static const char *const keys_of[] = {"",     "\033OP", "\033",  "\033x", "\033",     "\023",
                                          "\033", "\0302",  "\0303", "\030=", "/quit\026"};

    chinese_screen();
    for (size_t i = 0; i < sizeof(keys_of) / sizeof(keys_of[0]); i++) {
        type(keys_of[i]);
        for (int cols = 1; cols <= 120; cols += cols < 40 ? 1 : 13)
            is_framed(24, cols);
        for (int rows = 1; rows <= 12; rows++)
            is_framed(rows, 40);
    }
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
