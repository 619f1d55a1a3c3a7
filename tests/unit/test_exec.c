/* SPDX-License-Identifier: MIT */
#include "cmdline.h"
#include "exec.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static size_t answers, failures, answer_len;

static void on_answer(void *user, uint32_t conv, const char *text, size_t len)
{
    (void)user;
    (void)conv;
    (void)text;
    answers++;
    answer_len = len;
}

static void on_failed(void *user, uint32_t conv, const char *why)
{
    (void)user;
    (void)conv;
    (void)why;
    failures++;
}

/* Of the words of a command; they are kept. */
static struct hl_exec *start(struct hl_cmdline *words, const char *command)
{
    static const struct hl_exec_ops ops = {.answer = on_answer, .failed = on_failed};
    const struct hl_exec_job job = {.conv = 1, .text = "hi", .len = 2};
    struct hl_exec *e;

    signal(SIGPIPE, SIG_IGN); /* as the program does */
    cr_assert_eq(hl_cmdline_split(words, command), 0);
    cr_assert_eq(hl_exec_new(words->at, &ops, NULL, &e), 0);
    cr_assert_eq(hl_exec_run(e, &job), 0);
    return e;
}

static void turn(struct hl_exec *e)
{
    struct pollfd fds[HL_EXEC_FDS];
    nfds_t count = hl_exec_poll(e, fds);

    cr_assert_gt(poll(fds, count, 10000), 0, "nothing happens");
    hl_exec_handle(e);
}

Test(exec, an_answer_is_cut_and_the_rest_read_away, .timeout = 30)
{
    struct hl_cmdline words;
    struct hl_exec *e = start(&words, "head -c 300000 /dev/zero");

    while (hl_exec_busy(e, 0) > 0)
        turn(e);
    cr_expect_eq(answers, 1);
    cr_expect_eq(failures, 0, "it was ended by a pipe that nobody read");
    cr_expect_eq(answer_len, HL_EXEC_OUTPUT);
    hl_exec_free(e);
    cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1, "a zombie is left");
}

/* What a command leaves running holds its output, and goes with it, though the command itself ended
 * long ago. */
Test(exec, what_a_command_started_ends_with_us, .timeout = 30)
{
    char name[] = "/tmp/hullo-test-exec.XXXXXX";
    int fd = mkstemp(name);
    struct hl_cmdline words;
    char command[128];
    struct pollfd fds[HL_EXEC_FDS];
    int status = 0;
    int left = 0;
    FILE *f;

    cr_assert_geq(fd, 0);
    cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1L), 0);
    snprintf(command, sizeof(command), "sh -c 'sleep 100 & echo $! >%s'", name);
    struct hl_exec *e = start(&words, command);
    do
        turn(e);
    while (hl_exec_poll(e, fds) > 1); /* its end and its input are over, its output is not */
    f = fdopen(fd, "r");
    cr_assert_eq(fscanf(f, "%d", &left), 1);
    fclose(f);
    unlink(name);
    cr_assert_eq(hl_exec_busy(e, 0), 1);
    hl_exec_free(e);
    cr_assert_eq(waitpid(left, &status, 0), left);
    cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "status %d", status);
}
