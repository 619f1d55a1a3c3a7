/* SPDX-License-Identifier: MIT */
/* A UI of the screen model driven by tests: keys as terminal bytes in, the screen as text out. */
#ifndef HL_TEST_SCREEN_H
#define HL_TEST_SCREEN_H

#include "complete.h"
#include "keys.h"
#include "ui.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

static struct hl_ui *ui;
static struct hl_keys *keys;
static struct hl_ui_action last; /* the last action that was not NONE */

static const struct hl_ui_help test_commands[] = {{"/connect PEER", "open a conversation"},
                                                  {"/quit", "leave"}};

static void test_complete(void *user, const char *line, size_t word, struct hl_matches *m)
{
    (void)user;
    (void)line;
    hl_matches_add(m, word == 0 ? "/connect" : "bob");
    hl_matches_add(m, word == 0 ? "/close" : "bert");
    hl_matches_add(m, word == 0 ? "/quit" : "漢字");
}

static void screen_start(void)
{
    cr_assert_not_null(setlocale(LC_ALL, "C.UTF-8"));
    keys = hl_keys_new();
    ui = hl_ui_new(&(struct hl_ui_config){.title = "hullo",
                                          .commands = test_commands,
                                          .command_count = 2,
                                          .complete = test_complete});
    cr_assert(keys != NULL && ui != NULL);
}

static void screen_stop(void)
{
    hl_ui_free(ui);
    hl_keys_free(keys);
}

/* Types bytes as a terminal sends them; returns the kind of the last action. */
static inline enum hl_ui_action_kind type(const char *bytes)
{
    size_t len = strlen(bytes);
    struct hl_key key;

    last = (struct hl_ui_action){0};
    while (hl_keys_next(keys, &bytes, &len, &key) ||
           (len == 0 && hl_keys_pending(keys) >= 0 && hl_keys_timeout(keys, &key))) {
        struct hl_ui_action a;
        hl_ui_key(ui, &key, &a);
        if (a.kind != HL_UI_NONE)
            last = a;
    }
    return last.kind;
}

static inline void room(uint32_t id, const char *name)
{
    const struct hl_ui_conv_info info = {.name = name,
                                         .local = "192.0.2.7:4855",
                                         .peer = "192.0.2.1:4855",
                                         .transport = "udp",
                                         .state = "open",
                                         .sent = 3,
                                         .received = 5};
    cr_assert_eq(hl_ui_conv(ui, id, &info), 0);
}

static inline uint64_t say(uint32_t conv, enum hl_line_kind kind, const char *sender,
                           const char *text)
{
    return hl_ui_line(ui, conv,
                      &(struct hl_line_new){.kind = kind,
                                            .sender = sender,
                                            .text = text,
                                            .len = strlen(text),
                                            .stamp = {2026, 11, 21, 9, 5, 0}});
}

/* The screen as text, rows joined by newlines; blank rows at the end stay. */
static inline const char *screen(int rows, int cols)
{
    static char text[1 << 20];
    const struct hl_frame *f = hl_ui_frame(ui, rows, cols);
    size_t len = 0;

    for (int row = 0; row < f->rows; row++) {
        len += hl_frame_row(f, row, text + len, sizeof(text) - len - 1);
        text[len++] = '\n';
    }
    text[len] = '\0';
    return text;
}

static inline void is_screen(int rows, int cols, const char *want)
{
    const char *have = screen(rows, cols);

    if (strcmp(have, want) != 0)
        fprintf(stderr, "have:\n%swant:\n%s", have, want);
    cr_assert(strcmp(have, want) == 0, "the screen of %d rows and %d columns differs", rows, cols);
}

static inline void shows(int rows, int cols, const char *part)
{
    const char *have = screen(rows, cols);

    if (strstr(have, part) == NULL)
        fprintf(stderr, "have:\n%s", have);
    cr_assert_not_null(strstr(have, part), "not on the screen: %s", part);
}

static inline void hides(int rows, int cols, const char *part)
{
    const char *have = screen(rows, cols);

    cr_assert_null(strstr(have, part), "on the screen: %s", part);
}

#endif
