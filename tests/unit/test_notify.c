/* SPDX-License-Identifier: MIT */
#include "notify.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char text[HL_NOTIFY_LINE];
static char *words[HL_NOTIFY_WORDS + 1];

/* The words of a command with | between them, or "?". */
static const char *split(const char *command)
{
    static char out[2 * HL_NOTIFY_LINE];
    int count = hl_notify_split(command, text, words);
    size_t at = 0;

    if (count < 0)
        return "?";
    cr_assert_null(words[count]);
    out[0] = '\0';
    for (int i = 0; i < count; i++)
        at += (size_t)snprintf(out + at, sizeof(out) - at, "%s%s", i > 0 ? "|" : "", words[i]);
    return out;
}

Test(notify, commands_are_split_into_words)
{
    static const char *const rows[][2] = {
        {"", ""},
        {"  ", ""},
        {"notify-send", "notify-send"},
        {" a\t b  ", "a|b"},
        {"sh -c 'echo  \"x\" \\n'", "sh|-c|echo  \"x\" \\n"},
        {"a \"b c\"d e", "a|b cd|e"},
        {"a \"\" ''", "a||"},
        {"a\\ b \\\"", "a b|\""},
        {"\"a\\\"b\"", "a\"b"},
        {"a $HOME *", "a|$HOME|*"},
        {"a 'b", "?"},
        {"a \"b", "?"},
        {"a\\", "a\\"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_str_eq(split(rows[i][0]), rows[i][1], "%s", rows[i][0]);
}

Test(notify, commands_are_bounded)
{
    static char many[HL_NOTIFY_LINE];

    for (size_t i = 0; i < 2 * (HL_NOTIFY_WORDS + 1); i++)
        many[i] = i % 2 ? ' ' : 'x';
    cr_expect_str_eq(split(many), "?");
    memset(many, 'x', sizeof(many) - 1);
    cr_expect_str_eq(split(many), "?");
}

static char said[HL_NOTIFY_LINE];
static int times;

static void on_failed(void *user, const char *why)
{
    (void)user;
    snprintf(said, sizeof(said), "%s", why);
    times++;
}

static void until_idle(struct hl_notify_hook *n)
{
    struct pollfd fd = {.fd = hl_notify_fd(n), .events = POLLIN};

    while (waitpid(-1, NULL, WNOHANG | WNOWAIT) == 0 || poll(&fd, 1, 0) > 0) {
        cr_assert_gt(poll(&fd, 1, 10000), 0, "nothing ends");
        hl_notify_handle(n);
        if (waitid(P_ALL, 0, &(siginfo_t){0}, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD)
            return;
    }
}

Test(notify, what_cannot_be_run_is_told_once, .timeout = 30)
{
    struct hl_notify_hook *n = hl_notify_new(on_failed, NULL);
    const struct hl_exec_job job = {.text = "hi", .len = 2};

    cr_assert_not_null(n);
    hl_notify_run(n, "", &job);
    cr_expect_eq(times, 0);
    hl_notify_run(n, "/nonexistent/program", &job);
    hl_notify_run(n, "/nonexistent/program", &job);
    cr_expect_eq(times, 1);
    cr_expect_not_null(strstr(said, "/nonexistent/program"), "%s", said);
    hl_notify_run(n, "sh 'x", &job);
    cr_expect_eq(times, 2);
    hl_notify_run(n, "sh -c 'exit 3'", &job);
    until_idle(n);
    cr_expect_eq(times, 3);
    cr_expect_not_null(strstr(said, "exit status 3"), "%s", said);
    hl_notify_free(n);
}

/* However many are asked for, so many run, and what runs ends with us. */
Test(notify, children_are_bounded_and_reaped, .timeout = 30)
{
    struct hl_notify_hook *n = hl_notify_new(on_failed, NULL);
    const struct hl_exec_job job = {.text = "hi", .len = 2};
    int count = 0;

    for (int i = 0; i < 100; i++)
        hl_notify_run(n, "sleep 100", &job);
    char path[64];
    snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
    FILE *f = fopen(path, "r");
    if (f == NULL)
        cr_skip("no /proc/self/task/*/children");
    for (int pid; fscanf(f, "%d", &pid) == 1;)
        count++;
    fclose(f);
    cr_expect_eq(count, HL_EXEC_CHILDREN);
    hl_notify_free(n);
    cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1);
    cr_expect_eq(errno, ECHILD);
}
