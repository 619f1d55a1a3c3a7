/* SPDX-License-Identifier: MIT */
/* The split-pane chat in a pseudo-terminal, with a UDP socket of the test as its peer. */
#include "ptytalk.h"

TestSuite(chat, .fini = stop, .timeout = 100);

Test(chat, both_directions)
{
    start_with(false, no_env);
    pty_type(&p, "gr\xc3\xbc\xc3\x9f dich\r");
    cr_assert_str_eq(heard(), "gr\xc3\xbc\xc3\x9f dich");
    pty_await(&p, "gr\xc3\xbc\xc3\x9f dich", true);
    pty_await(&p, "sent, unconfirmed", true);
    tell("\xe6\xbc\xa2\xe5\xad\x97 ok\n", 10);
    pty_await(&p, "\xe6\xbc\xa2\xe5\xad\x97 ok", true);
    pty_await(&p, "received 1", true);
    pty_type(&p, "//slash\r");
    cr_assert_str_eq(heard(), "/slash");
    pty_type(&p, "/quit\r");
    cr_assert_eq(pty_status(&p), 0);
    pty_clean(&p);
}

Test(chat, hostile_datagram_leaves_the_frame_whole)
{
    static const char hostile[] = "evil\033]0;owned\007\033[2J\033[1;1Hx\rSPOOFED\b\b\b\x9b"
                                  "31m\xe2\x80\xae"
                                  "abc\xf3\xa0\x81\x81\x7f\xc2\x9b"
                                  "5m end";
    char title[256];

    start_with(false, no_env);
    shake_hands();
    snprintf(title, sizeof(title), "%.255s", pty_row(&p, 0));
    tell(hostile, sizeof(hostile) - 1);
    pty_await(&p, " end", true);
    cr_assert_str_eq(pty_row(&p, 0), title);
    cr_assert_eq(strncmp(pty_row(&p, 23), ">", 1), 0);
    cr_assert_eq(pty_last(&p, "\033]0;"), -1);
    cr_assert_eq(pty_last(&p, "\xe2\x80\xae"), -1, "an override came through");
    cr_assert_eq(pty_last(&p, "\xf3\xa0\x81\x81"), -1, "a tag character came through");
    cr_assert_eq(pty_last(&p, "\007"), -1, "a bell came through");
    cr_assert_eq(pty_last(&p, "\xc2\x9b"), -1, "a C1 control came through");
    pty_await(&p, "not valid UTF-8", true);
}

Test(chat, resize_storm)
{
    static const int sizes[][2] = {{1, 1}, {50, 200}, {2, 2}, {3, 10}, {24, 80}, {10, 40}, {1, 80}};
    static char rows[24][1024];

    start_with(false, no_env);
    shake_hands();
    for (int i = 0; i < 100; i++) {
        const int *size = sizes[i % (int)(sizeof(sizes) / sizeof(sizes[0]))];
        pty_resize(&p, size[0], size[1]);
        pty_read(&p, 0);
    }
    pty_resize(&p, 24, 80);
    pty_type(&p, "still here");
    pty_await(&p, "> still here", true);
    pty_await(&p, "F1 help", true);
    pty_await(&p, "welcome", true);
    for (int row = 0; row < 24; row++)
        snprintf(rows[row], sizeof(rows[row]), "%.1023s", pty_row(&p, row));
    pty_type(&p, "\x0c!"); /* draw everything anew: no row may have been stale */
    pty_await(&p, "> still here!", true);
    for (int row = 0; row < 23; row++)
        cr_assert_str_eq(pty_row(&p, row), rows[row], "row %d was stale", row);
}

/* what is numbered: leaving the alternate screen shows the word of the stop before again, at a
 * moment when the other modes are still on. */
static void goes_and_comes_back(const char *what)
{
    pty_await(&p, what, true);
    pty_clean(&p);
    cr_assert_eq(kill(p.pid, SIGUSR1), 0);
    pty_await(&p, what, false);
    pty_await(&p, "welcome", true);
}

Test(chat, stop_and_continue)
{
    start_with(true, no_env);
    shake_hands();
    pty_type(&p, "\x1a"); /* C-z */
    goes_and_comes_back("[stop 1 by 20]");
    struct termios now;
    cr_assert_eq(tcgetattr(p.master, &now), 0);
    cr_assert_eq(now.c_lflag & (ICANON | ECHO | ISIG), 0, "the terminal was not taken again");
    pty_type(&p, "again\r");
    cr_assert_str_eq(heard(), "again");
    kill(-tcgetpgrp(p.master), SIGTSTP); /* from outside */
    goes_and_comes_back("[stop 2 by 20]");
    pty_type(&p, "/quit\r");
    cr_assert_eq(pty_status(&p), 0);
    pty_clean(&p);
}

Test(chat, signals_restore_the_terminal)
{
    static const int signals[] = {SIGTERM, SIGHUP, SIGINT};

    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        start_with(false, no_env);
        kill(p.pid, signals[i]);
        cr_assert_eq(pty_status(&p), 128 + signals[i]);
        pty_clean(&p);
        pty_end(&p);
        close(peer);
    }
    p.vt = NULL;
    peer = -1;
}

Test(chat, a_crash_restores_the_terminal)
{
    static const int signals[] = {SIGSEGV, SIGABRT};

    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        start_with(false, no_env);
        kill(p.pid, signals[i]);
        cr_assert_eq(pty_status(&p), 128 + signals[i]);
        pty_clean(&p);
        pty_end(&p);
        close(peer);
    }
    p.vt = NULL;
    peer = -1;
}

Test(chat, a_paste_waits_for_enter)
{
    char byte;

    start_with(false, no_env);
    shake_hands();
    pty_type(&p, "\033[200~one\rtwo\rthree\033[201~");
    pty_await(&p, "3 lines> one", true);
    pty_await(&p, "three", true);
    cr_assert_eq(recv(peer, &byte, 1, MSG_DONTWAIT), -1);
    pty_type(&p, "\r");
    cr_assert_str_eq(heard(), "one\ntwo\nthree");
}

Test(chat, refusal_stands_on_the_line)
{
    start_with(false, no_env);
    shake_hands();
    close(peer);
    peer = -1;
    pty_type(&p, "anybody?\r");
    pty_await(&p, "failed: refused", true);
}

Test(chat, locale_without_utf8)
{
    static const char *const env[] = {"LC_ALL=C", NULL};

    start_with(false, env);
    pty_type(&p, "\xc3\xa9\r");
    cr_assert_str_eq(heard(), "\xc3\xa9");
    tell("a\xe6\xbc\xa2z", 5);
    pty_await(&p, "a?z", true);
    for (size_t i = 0; i < p.raw_len; i++)
        cr_assert_lt((unsigned char)p.raw[i], 0x80);
}

Test(chat, no_color)
{
    static const char *const env[] = {"NO_COLOR=1", NULL};

    start_with(false, env);
    shake_hands();
    cr_assert_eq(pty_last(&p, "\033[36m"), -1);
    cr_assert_eq(pty_last(&p, "\033[32m"), -1);
}

Test(chat, three_questions)
{
    const char *const argv[] = {HULLO, "chat", "--plain", NULL};

    open_peer();
    pty_start(&p, false, no_env, argv);
    pty_await(&p, "Local port", true);
    pty_type(&p, "70000\r");
    pty_await(&p, "port must be", true);
    pty_type(&p, "\025" /* the cursor has stayed there */
                 "0\r");
    pty_await(&p, "port must be", false);
    pty_type(&p, "\r");
    pty_await(&p, "whom do you want to talk to?", true);
    pty_type(&p, "127.0.0.1\r");
    pty_await(&p, "whom do you want to talk to?", false);
    pty_type(&p, "0\r");
    pty_await(&p, "port must be", true);
    pty_type(&p, "\025");
    pty_type(&p, strchr(peer_text, ':') + 1);
    pty_type(&p, "\r");
    pty_await(&p, "talking to 127.0.0.1", true);
    shake_hands();
}

/* ---- terminals that cannot be used ---- */

static void refuses(const char *const *env, const char *why)
{
    const char *const argv[] = {HULLO, "chat", "--plain", "127.0.0.1:9", NULL};

    pty_start(&p, false, env, argv);
    cr_assert_eq(pty_status(&p), 1);
    cr_assert_neq(pty_last(&p, why), -1);
    cr_assert_eq(pty_last(&p, "\033"), -1, "an escape sequence was written all the same");
}

Test(chat, unknown_terminal)
{
    static const char *const env[] = {"TERM=no-such-terminal", NULL};

    refuses(env, "hullo: terminal: this TERM is not in the terminfo database");
}

static void falls_back(const char *const *env)
{
    const char *const argv[] = {HULLO,         "chat",    "--plain", "--listen",
                                "127.0.0.1:0", peer_text, NULL};

    open_peer();
    pty_start(&p, false, env, argv);
    pty_type(&p, "line mode\n");
    cr_assert_str_eq(heard(), "line mode");
    cr_assert_eq(pty_last(&p, "\033"), -1);
}

Test(chat, dumb_terminal)
{
    static const char *const env[] = {"TERM=dumb", NULL};

    falls_back(env);
}

Test(chat, terminal_without_a_name)
{
    static const char *const env[] = {"TERM", NULL};

    falls_back(env);
}

/* Waits until the program has written these bytes after place from. */
static void await_bytes(const char *bytes, long from)
{
    double end = pty_now() + PTY_DEADLINE;

    while (pty_last(&p, bytes) < from && pty_now() < end && !p.ended)
        pty_read(&p, 50);
    cr_assert_geq(pty_last(&p, bytes), from, "never written: %s", bytes + 1);
}

/* With a home of its own, where what is set can be kept. */
static char home[] = "/tmp/hullo-alerts-XXXXXX";

static void start_with_home(void)
{
    static char variable[64];
    const char *const env[] = {variable, NULL};

    cr_assert_not_null(mkdtemp(home));
    snprintf(variable, sizeof(variable), "HULLO_HOME=%s", home);
    start_with(false, env);
    shake_hands();
}

static void quit_and_remove_home(void)
{
    char path[96];

    pty_type(&p, "/quit\r");
    cr_assert_eq(pty_status(&p), 0);
    pty_clean(&p);
    snprintf(path, sizeof(path), "%s/hullo.conf", home);
    cr_expect_eq(unlink(path), 0);
    cr_expect_eq(rmdir(home), 0);
}

static void set(const char *line, const char *answer)
{
    pty_type(&p, line);
    pty_await(&p, answer, true);
}

Test(chat, who_looks_elsewhere_is_rung_for)
{
    char title[128];

    start_with_home();
    set("/set notify osc777\r", "notify = osc777");
    tell("one", 3);
    pty_await(&p, "one", true);
    cr_assert_eq(pty_last(&p, "\007"), -1, "it rang before his eyes");
    cr_assert_eq(pty_last(&p, "\033]777"), -1);
    pty_type(&p, "\033[O");
    tell("two\033]0;x\007\nlines", 16);
    snprintf(title, sizeof(title), "\033]2;(1) %s - hullo\033\\", peer_text);
    await_bytes(title, 0);
    await_bytes("\033]777;notify;127.0.0.1:", 0);
    cr_assert_eq(pty_last(&p, "\033]0;"), -1);
    long rung = pty_last(&p, "\007");
    cr_assert_geq(rung, 0, "no bell");
    tell("three", 5);
    pty_await(&p, "three", true);
    cr_assert_eq(pty_last(&p, "\007"), rung, "it rang twice");
    pty_type(&p, "\033[I");
    snprintf(title, sizeof(title), "\033]2;%s - hullo\033\\", peer_text);
    await_bytes(title, rung);
    quit_and_remove_home();
}

Test(chat, quiet_hours_and_hidden_contents)
{
    start_with_home();
    set("/set notify osc9\r", "notify = osc9");
    set("/set notify_contents off\r", "notify_contents = off");
    await_bytes("\033]2;hullo\033\\", 0);
    set("/set quiet_hours 00:00-23:59\r", "quiet_hours = 00:00-23:59");
    pty_type(&p, "\033[O");
    pty_await(&p, "quiet ", true);
    tell("hush", 4);
    pty_await(&p, "hush", true);
    cr_assert_eq(pty_last(&p, "\033]9;"), -1);
    cr_assert_eq(pty_last(&p, "\007"), -1);
    set("/set quiet_hours default\r", "quiet_hours = ");
    pty_type(&p, "\033[O");
    tell("secret", 6);
    await_bytes("\033]9;hullo: new message\033\\", 0);
    quit_and_remove_home();
}

Test(chat, a_program_is_run_for_a_notification)
{
    char path[96];
    char line[160];
    char got[64] = "";

    start_with_home();
    snprintf(path, sizeof(path), "%s/heard", home);
    snprintf(line, sizeof(line), "/set notify_command sh -c 'cat >%s; expr 70000 + 7 >&2'\r", path);
    set(line, "notify_command = sh");
    pty_type(&p, "\033[O");
    tell("knock; knock", 12);
    double end = pty_now() + PTY_DEADLINE;
    while (strcmp(got, "knock; knock") != 0 && pty_now() < end) {
        pty_read(&p, 20);
        FILE *f = fopen(path, "r");
        if (f != NULL) {
            got[fread(got, 1, sizeof(got) - 1, f)] = '\0';
            fclose(f);
        }
    }
    cr_assert_str_eq(got, "knock; knock");
    set("/set notify_command /nonexistent/program\r", "notify_command = /nonexistent");
    cr_assert(!pty_shows(&p, "70007"));
    unlink(path);
    quit_and_remove_home();
}

Test(chat, the_mouse_is_ours_when_wanted)
{
    start_with_home();
    cr_assert_eq(pty_last(&p, "\033[?1002h"), -1);
    set("/set mouse on\r", "mouse = on");
    await_bytes("\033[?1002h\033[?1006h", 0);
    pty_type(&p, "hello");
    pty_await(&p, "> hello", true);
    pty_type(&p, "\033[<0;5;24M\033[<0;5;24mX\033[<0;9999;1M\033[<9M"); /* between "he" and "llo" */
    pty_await(&p, "> heXllo", true);
    pty_type(&p, "\033[<64;5;5M\033[<65;5;5M\025\013");
    set("/set mouse off\r", "mouse = off");
    await_bytes("\033[?1006l\033[?1002l", 0);
    long off = pty_last(&p, "\033[?1002l");
    pty_type(&p, "/set mouse on\r");
    await_bytes("\033[?1002h", off);
    quit_and_remove_home();
}

/* What tmux says of itself: titles, but no XTWINOPS of xterm's. */
Test(chat, tmux_has_titles)
{
    static const char *const env[] = {"TERM=tmux-256color", NULL};

    start_with(false, env);
    await_bytes("\033]2;", 0);
    pty_type(&p, "/quit\r");
    cr_assert_eq(pty_status(&p), 0);
    cr_assert_gt(pty_last(&p, "\033[23;2t"), pty_last(&p, "\033]2;"));
}
