/* SPDX-License-Identifier: MIT */
/* What the chat does to a terminal of any size and kind, and which bytes it spends on it. */
#include "ptytalk.h"

#include <dirent.h>

enum {
    FRAME_MS = 16,
    BURST = 4,      /* frames that need not wait: after a rest, and at either end of the flood */
    QUIET_MS = 60,  /* several frames */
    IDLE_MS = 3000, /* long enough for whatever polls */
    RESIZES = 200,
    RESIZE_BYTES = 40000,
    FLOOD = 2000,
    KEY_BYTES = 8, /* a character, and the cursor moved where it has to be */
};

static void stop_all(void)
{
    stop();
    p = (struct pty){0};
    peer = -1;
}

TestSuite(terminal, .fini = stop_all, .timeout = 100);

/* All that is under way has come: nothing for a while, and no frame is half written, however long
 * the program has been kept from writing the rest of it. */
static void settle(void)
{
    double end = pty_now() + PTY_DEADLINE;
    size_t before;

    do {
        before = p.raw_len;
        pty_read(&p, QUIET_MS);
    } while (p.raw_len != before || (pty_count(&p, "\033[?2026h") > pty_count(&p, "\033[?2026l") &&
                                     !p.ended && pty_now() < end));
}

/* Waits until the whole screen has been painted once more than count times. */
static void await_repaint(size_t count)
{
    double end = pty_now() + PTY_DEADLINE;

    while (pty_count(&p, "\033[2J") <= count && pty_now() < end && !p.ended)
        pty_read(&p, 20);
    cr_assert_gt(pty_count(&p, "\033[2J"), count, "not painted anew");
    settle();
}

static void resize(int rows, int cols)
{
    size_t painted = pty_count(&p, "\033[2J");

    if (rows == p.rows && cols == p.cols)
        return; /* the kernel tells nobody */
    settle();
    pty_resize(&p, rows, cols);
    await_repaint(painted);
}

static char *screen(void)
{
    size_t cap = (size_t)p.rows * (size_t)(p.cols + 1) * 4 + 1;
    char *text = malloc(cap);
    VTermRect all = {.end_row = p.rows, .end_col = p.cols};

    cr_assert_not_null(text);
    text[vterm_screen_get_text(p.screen, text, cap - 1, all)] = '\0';
    return text;
}

/* What stands there is what a whole repaint puts there. */
static void no_row_is_stale(void)
{
    char *before = screen();
    size_t painted = pty_count(&p, "\033[2J");

    pty_type(&p, "\x0c");
    await_repaint(painted);
    char *after = screen();
    cr_assert_str_eq(after, before, "stale at %dx%d", p.rows, p.cols);
    free(before);
    free(after);
}

static void quit(void)
{
    pty_type(&p, "/quit\r");
    cr_assert_eq(pty_status(&p), 0);
    pty_clean(&p);
}

/* ---- sizes ---- */

static const struct winsize sizes[] = {
    {.ws_row = 1, .ws_col = 1},   {.ws_row = 2, .ws_col = 2},    {.ws_row = 3, .ws_col = 10},
    {.ws_row = 10, .ws_col = 3},  {.ws_row = 1, .ws_col = 80},   {.ws_row = 24, .ws_col = 1},
    {.ws_row = 24, .ws_col = 80}, {.ws_row = 60, .ws_col = 200},
};

enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };

Test(terminal, starts_at_any_size)
{
    for (size_t i = 0; i < SIZES; i++) {
        const char *const argv[] = {HULLO,         "chat",    "--plain", "--listen",
                                    "127.0.0.1:0", peer_text, NULL};
        open_peer();
        pty_start_sized(&p, sizes[i], false, no_env, argv);
        await_repaint(0);
        cr_assert_eq(pty_last(&p, "\033[\033"), -1, "a sequence within another");
        pty_type(&p, "hello\r");
        cr_assert_str_eq(heard(), "hello");
        tell("welcome", 7);
        settle();
        no_row_is_stale();
        resize(24, 80);
        pty_await(&p, "welcome", true);
        quit();
        stop_all();
    }
}

Test(terminal, any_size_after_another)
{
    start_with(false, no_env);
    shake_hands();
    for (size_t i = 0; i < 2 * SIZES; i++) {
        const struct winsize *to = &sizes[i * (i < SIZES ? 1 : 3) % SIZES];
        resize(to->ws_row, to->ws_col);
        no_row_is_stale();
    }
    resize(24, 80);
    pty_await(&p, "welcome", true);
    quit();
}

/* As fast as a window manager can: what stood for less than a frame was for nobody's eyes. */
Test(terminal, two_hundred_resizes_are_cheap)
{
    start_with(false, no_env);
    shake_hands();
    settle();
    size_t before = p.raw_len;
    size_t painted = pty_count(&p, "\033[2J");
    for (int i = 0; i < RESIZES; i++) {
        bool back = i % 2 != 0;
        pty_resize(&p, back ? 24 : 1, back ? 80 : 1);
        pty_read(&p, i % 4);
    }
    await_repaint(painted);
    size_t bytes = p.raw_len - before;
    cr_assert_leq(bytes, RESIZE_BYTES, "%zu bytes for %d resizes", bytes, RESIZES);
    no_row_is_stale();
    pty_await(&p, "welcome", true);
}

/* A peer that floods while the window is dragged. */
Test(terminal, resized_under_a_flood)
{
    start_with(false, no_env);
    shake_hands();
    settle();
    for (int i = 0; i < FLOOD; i++) {
        char line[64];
        int len = snprintf(line, sizeof(line), "line %d of a flood", i);
        tell(line, (size_t)len);
        const struct winsize *to = &sizes[i / 5 % SIZES];
        if (i % 5 == 0)
            pty_resize(&p, to->ws_row, to->ws_col);
        pty_read(&p, 0);
    }
    settle();
    resize(24, 80);
    tell("the last", 8);
    pty_await(&p, "the last", true);
    no_row_is_stale();
    quit();
}

/* ---- kinds ---- */

Test(terminal, of_any_kind)
{
    static const char *const kinds[] = {
        "TERM=linux",          "TERM=screen", "TERM=screen-256color",
        "TERM=tmux-256color",  "TERM=xterm",  "TERM=vt100",
        "TERM=xterm-256color", "TERM=vt220",  "TERM=rxvt"};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const char *const env[] = {kinds[i], NULL};
        start_with(false, env);
        shake_hands();
        pty_type(&p, "again\r");
        cr_assert_str_eq(heard(), "again");
        quit();
        stop_all();
    }
}

Test(terminal, without_a_locale_each_cluster_is_one_mark)
{
    static const char *const env[] = {"LC_ALL=C", NULL};
    static const char clusters[] = "a\xc3\xa9|e\xcc\x81|\xe6\xbc\xa2|\xf0\x9f\x91\xa8\xe2\x80\x8d"
                                   "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7|z";

    start_with(false, env);
    shake_hands();
    tell(clusters, sizeof(clusters) - 1);
    pty_await(&p, "a?|e|?|?|z", true); /* the plain letter stays */
    for (size_t i = 0; i < p.raw_len; i++)
        cr_assert_lt((unsigned char)p.raw[i], 0x80);
    pty_type(&p, clusters);
    pty_type(&p, "\r");
    cr_assert_str_eq(heard(), clusters, "what is typed is UTF-8 all the same");
}

/* ---- stops ---- */

/* The shell has its own ideas of the tty in between, and may have drawn over the screen. */
Test(terminal, stopped_without_warning)
{
    struct termios cooked;
    struct termios now;

    start_with(true, no_env);
    shake_hands();
    settle();
    cr_assert_eq(tcgetattr(p.master, &now), 0);
    cooked = p.found;
    kill(-tcgetpgrp(p.master), SIGSTOP);
    pty_await(&p, "[stop 1 by 19]", true);
    cr_assert_eq(tcsetattr(p.master, TCSANOW, &cooked), 0);
    size_t painted = pty_count(&p, "\033[2J");
    cr_assert_eq(kill(p.pid, SIGUSR1), 0);
    await_repaint(painted);
    cr_assert_not(pty_shows(&p, "[stop 1"));
    cr_assert(pty_shows(&p, "welcome"));
    cr_assert_eq(tcgetattr(p.master, &cooked), 0);
    cr_assert_eq(memcmp(cooked.c_cc, now.c_cc, sizeof(now.c_cc)), 0);
    cr_assert_eq(cooked.c_lflag, now.c_lflag, "the terminal was not taken again");
    quit();
}

/* ---- bytes ---- */

Test(terminal, an_update_of_several_rows_is_one_for_the_terminal)
{
    static const char on[] = "\033[?2026h";
    static const char off[] = "\033[?2026l";

    start_with(false, no_env);
    shake_hands();
    for (int i = 0; i < 50; i++) {
        char line[64];
        settle();
        size_t from = p.raw_len;
        size_t begun = pty_count(&p, on);
        int len = snprintf(line, sizeof(line), "line %d in a row of its own", i);
        tell(line, (size_t)len);
        pty_await(&p, line, true);
        settle();
        cr_assert_eq(pty_count(&p, on), begun + 1, "one frame for one line");
        cr_assert_eq(pty_count(&p, off), begun + 1);
        cr_assert_eq(memcmp(p.raw + from, on, sizeof(on) - 1), 0, "bytes before the update");
        cr_assert_eq(memcmp(p.raw + p.raw_len - (sizeof(off) - 1), off, sizeof(off) - 1), 0,
                     "bytes after the update");
    }
}

Test(terminal, a_key_costs_few_bytes)
{
    start_with(false, no_env);
    shake_hands();
    settle();
    for (const char *key = "#%&$=+#%&$=+#%&$=+"; *key != '\0'; key++) {
        size_t from = p.raw_len;
        cr_assert_eq(write(p.master, key, 1), 1);
        double end = pty_now() + PTY_DEADLINE;
        while (memchr(p.raw + from, *key, p.raw_len - from) == NULL && pty_now() < end)
            pty_read(&p, 20);
        settle();
        cr_assert_leq(p.raw_len - from, KEY_BYTES, "%zu bytes", p.raw_len - from);
    }
}

Test(terminal, a_flood_is_drawn_once_a_frame)
{
    start_with(false, no_env);
    shake_hands();
    settle();
    size_t before = pty_count(&p, "\033[?2026h");
    double began = pty_now();
    for (int i = 0; i < FLOOD; i++) {
        char line[64];
        int len = snprintf(line, sizeof(line), "line %d of a flood", i);
        tell(line, (size_t)len);
        pty_read(&p, 0);
    }
    settle();
    double frames = (pty_now() - began) * 1000 / FRAME_MS + BURST;
    size_t drawn = pty_count(&p, "\033[?2026h") - before;
    cr_assert_leq((double)drawn, frames, "%zu frames, %f are enough", drawn, frames);
    cr_assert_gt(drawn, 0);
}

/* ---- rest ---- */

/* How often its threads have gone to sleep again. */
static long wake_ups(pid_t pid)
{
    char path[300];
    char line[256];
    long sum = 0;
    long n;

    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    cr_assert_not_null(tasks);
    for (const struct dirent *e; (e = readdir(tasks)) != NULL;) {
        snprintf(path, sizeof(path), "/proc/%d/task/%.20s/status", (int)pid, e->d_name);
        FILE *f = fopen(path, "re");
        while (f != NULL && fgets(line, sizeof(line), f) != NULL)
            sum += sscanf(line, "voluntary_ctxt_switches: %ld", &n) == 1 ? n : 0;
        if (f != NULL)
            fclose(f);
    }
    closedir(tasks);
    return sum;
}

/* The clock may strike a minute meanwhile. */
Test(terminal, nothing_wakes_it_at_rest)
{
    if (strstr(SANITIZE, "thread"))
        cr_skip("a thread of ThreadSanitizer wakes up by itself");
    start_with(false, no_env);
    shake_hands();
    settle();
    long before = wake_ups(p.pid);
    for (double end = pty_now() + IDLE_MS / 1e3; pty_now() < end;)
        pty_read(&p, (int)((end - pty_now()) * 1e3) + 1);
    cr_assert_leq(wake_ups(p.pid) - before, 1);
}
