/* SPDX-License-Identifier: MIT */
/* Programs that speak as ispell -a does, and those that do not: scripts of sh. */
#include "speller.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct hl_speller *s;
static char said[4096]; /* "word=good(near) " ... */
static char why[1024];
static int answers, ends;

static void answer(void *user, const char *word, bool good, const char *near)
{
    (void)user;
    snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s=%s(%s) ", word,
             good ? "good" : "bad", near);
    answers++;
}

static void gone(void *user, const char *text)
{
    (void)user;
    snprintf(why, sizeof(why), "%s", text);
    ends++;
}

static void start(void)
{
    static const struct hl_speller_ops ops = {.answer = answer, .gone = gone};

    signal(SIGPIPE, SIG_IGN);
    s = hl_speller_new(&ops, NULL);
    cr_assert_not_null(s);
}

static void stop(void)
{
    hl_speller_free(s);
}

TestSuite(speller, .init = start, .fini = stop, .timeout = 60);

static void wait_once(void)
{
    struct pollfd fd = {.fd = hl_speller_fd(s), .events = POLLIN};

    cr_assert_gt(poll(&fd, 1, 20000), 0, "nothing comes");
    hl_speller_handle(s);
}

static void until_idle(void)
{
    while (!hl_speller_is_idle(s) && ends == 0)
        wait_once();
}

static void ask(const char *word)
{
    until_idle();
    if (ends == 0)
        hl_speller_ask(s, word);
    until_idle();
}

/* One whose answers to words are these lines of sh, $w being the word. */
static void set(const char *lines)
{
    char command[512];

    snprintf(command, sizeof(command),
             "sh -c 'echo \"@(#) International Ispell\"; while read -r w; do w=${w#^}; %s; done'",
             lines);
    hl_speller_set(s, command);
    cr_expect(hl_speller_is_set(s, command));
}

Test(speller, answers)
{
    set("case $w in h*) echo \"*\";; r*) echo \"+ ROOT\";; c*) echo -;; "
        "m*) echo \"& $w 2 1: one, two words\";; g*) echo \"? $w 0 1: guess\";; "
        "p*) echo \"*\"; echo \"& part 1 3: whole\";; *) echo \"# $w 1\";; esac; echo");
    ask("hello");
    ask("running");
    ask("compound");
    ask("miss");
    ask("guess");
    ask("some'part");
    ask("ünknown");
    ask("part'whole");
    cr_expect_str_eq(said, "hello=good() running=good() compound=good() miss=bad(one, two words) "
                           "guess=bad(guess) some'part=bad() ünknown=bad() part'whole=bad() ");
    cr_expect_eq(ends, 0, "%s", why);
}

Test(speller, lines_in_pieces)
{
    set("printf \"& $w 1\"; sleep 0.05; printf \" 1: x\"; sleep 0.05; printf \"y\\n\"; echo");
    ask("ab");
    ask("cd");
    cr_expect_str_eq(said, "ab=bad(xy) cd=bad(xy) ");
}

Test(speller, many_questions)
{
    set("echo \"*\"; echo");
    for (int i = 0; i < 500; i++)
        ask("word");
    cr_expect_eq(answers, 500);
}

Test(speller, none)
{
    hl_speller_set(s, "");
    cr_expect_not(hl_speller_is_idle(s));
    cr_expect_eq(ends, 0);
    set("echo");
    until_idle();
    hl_speller_set(s, "  ");
    cr_expect_not(hl_speller_is_idle(s));
    cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1); /* it is ended and reaped */
    cr_expect_eq(ends, 0);
}

/* What is no speller is told of once, and killed. */
Test(speller, faults)
{
    static const char *const rows[][2] = {
        {"/nonexistent/speller -a", "spell: /nonexistent/speller -a: No such file"},
        {"sh 'x", "a quote is not closed"},
        {"true", "it has ended"},
        {"echo hello", "not what aspell -a would say"},
        {"yes", "not what aspell -a would say"},
        {"cat /dev/zero", "not what aspell -a would say"},
        {"sh -c 'echo \"@(#)\"; read -r w; exit 1'", "it has ended"},
        {"sh -c 'echo \"@(#)\"; read -r w; echo what; sleep 100'", "not what aspell -a would say"},
        {"sh -c 'echo \"@(#)\"; read -r w; echo \"& $w\"; head -c 9000 /dev/zero; sleep 100'",
         "not what aspell -a would say"},
        {"sh -c 'echo \"@(#)\"; echo unasked; sleep 100'", "not what aspell -a would say"},
        {"sh -c 'exec 0<&-; echo \"@(#)\"; sleep 100'", "it has ended, or does not read"},
        {"sh -c 'echo \"@(#)\"; sleep 100'", "it does not answer"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ends = 0;
        why[0] = '\0';
        hl_speller_set(s, rows[i][0]);
        for (int n = 0; n < 3 && ends == 0; n++) /* one that answers nothing is asked in vain */
            ask("word");
        while (ends == 0)
            wait_once();
        cr_expect_not_null(strstr(why, rows[i][1]), "row %zu: %s", i, why);
        cr_expect_eq(ends, 1);
        cr_expect_not(hl_speller_is_idle(s));
        cr_expect_eq(waitpid(-1, NULL, WNOHANG), -1, "row %zu", i);
        cr_expect_eq(errno, ECHILD);
        cr_expect(hl_speller_is_set(s, rows[i][0]));
    }
    cr_expect_eq(answers, 0);
}

Test(speller, aspell_itself)
{
    hl_speller_set(s, "aspell -a --lang=en --encoding=utf-8");
    until_idle();
    if (ends > 0)
        cr_skip("no aspell with an English dictionary");
    ask("hello");
    ask("helo");
    ask("don't");
    ask("naïve");
    cr_expect_eq(ends, 0, "%s", why);
    cr_expect_eq(answers, 4);
    cr_expect_eq(strncmp(said, "hello=good() helo=bad(hello, ", 29), 0, "%s", said);
    cr_expect_not_null(strstr(said, "don't=good()"));
}
