/* SPDX-License-Identifier: MIT */
#include "gather.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum {
    LARGE = 200000, /* more than a pipe holds, and than is copied at once */
};

static int ends[2]; /* a pipe for a tty */
static struct hl_gather gather;

static void setup(void)
{
    hl_role_enter_tty();
    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    cr_assert_eq(hl_gather_init(&gather, ends[1]), 0);
}

static void teardown(void)
{
    hl_role_enter_tty();
    hl_gather_fini(&gather);
    close(ends[0]);
    close(ends[1]);
}

TestSuite(gather, .init = setup, .fini = teardown);

/* As ncurses does it. */
static void say(const char *text)
{
    cr_assert_eq(write(fileno(gather.out), text, strlen(text)), (ssize_t)strlen(text));
}

static bool is_quiet(void)
{
    struct pollfd fd = {.fd = ends[0], .events = POLLIN};

    return poll(&fd, 1, 0) == 0;
}

/* What the next read() finds. */
static const char *heard(void)
{
    static char text[100];
    ssize_t n = is_quiet() ? 0 : read(ends[0], text, sizeof text - 1);

    text[n > 0 ? n : 0] = '\0';
    return text;
}

Test(gather, goes_straight_out_outside)
{
    say("one");
    cr_expect_str_eq(heard(), "one");
}

Test(gather, comes_in_one_piece_at_the_end)
{
    hl_role_enter_tty();
    for (int round = 0; round < 3; round++) {
        hl_gather_begin(&gather);
        hl_gather_put(&gather, "<", 1);
        say("one");
        say(", two");
        hl_gather_put(&gather, ">", 1);
        cr_expect(is_quiet());
        hl_gather_end(&gather);
        cr_expect_str_eq(heard(), "<one, two>");
        cr_expect(is_quiet());
    }
    say("after");
    cr_expect_str_eq(heard(), "after");
}

Test(gather, a_short_one_after_a_long_one)
{
    hl_role_enter_tty();
    hl_gather_begin(&gather);
    say("much that is said");
    hl_gather_end(&gather);
    hl_gather_begin(&gather);
    say("little");
    hl_gather_end(&gather);
    cr_expect_str_eq(heard(), "much that is saidlittle");
}

Test(gather, nothing)
{
    hl_role_enter_tty();
    hl_gather_begin(&gather);
    hl_gather_end(&gather);
    cr_expect(is_quiet());
}

Test(gather, without_a_file_in_memory)
{
    hl_role_enter_tty();
    close(gather.memory);
    gather.memory = -1;
    hl_gather_begin(&gather);
    say("one");
    cr_expect_str_eq(heard(), "one");
    hl_gather_put(&gather, "two", 3);
    cr_expect_str_eq(heard(), "two");
    hl_gather_end(&gather);
}

static void *read_all(void *sum)
{
    static char bytes[LARGE];
    size_t len = 0;

    for (ssize_t n; len < LARGE && (n = read(ends[0], bytes + len, LARGE - len)) > 0;)
        len += (size_t)n;
    for (size_t i = 0; i < len; i++)
        *(size_t *)sum += bytes[i] == (char)('a' + i % 23);
    return NULL;
}

/* The tty may be set to return at once by somebody else who has it. */
Test(gather, more_than_the_other_side_takes_at_once)
{
    hl_role_enter_tty();
    static char bytes[LARGE];
    size_t right = 0;
    pthread_t reader;

    for (size_t i = 0; i < LARGE; i++)
        bytes[i] = (char)('a' + i % 23);
    cr_assert_eq(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    hl_gather_begin(&gather);
    hl_gather_put(&gather, bytes, LARGE);
    cr_assert_eq(pthread_create(&reader, NULL, read_all, &right), 0);
    hl_gather_end(&gather);
    pthread_join(reader, NULL);
    cr_expect_eq(right, LARGE);
}
