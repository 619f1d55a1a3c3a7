/* SPDX-License-Identifier: MIT */
/* However the program ends or stops, the terminal is as it was found. */
#include "ptytalk.h"

static void stop_all(void)
{
    stop();
    p = (struct pty){0};
    peer = -1;
}

TestSuite(endings, .fini = stop_all, .timeout = 100);

/* ---- ends ---- */

Test(endings, by_keys)
{
    static const char *const keys[] = {"/quit\r", "\x04", "\x03\x03", "half a line\x03\x03\x03",
                                       "\x13\x03\x03\x03" /* out of the search */};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        start_with(false, no_env);
        pty_type(&p, keys[i]);
        cr_assert_eq(pty_status(&p), 0);
        pty_clean(&p);
        stop_all();
    }
}

/* None of them writes a core here. */
Test(endings, by_any_signal)
{
    static const int signals[] = {SIGINT,  SIGTERM, SIGHUP,  SIGSEGV, SIGBUS,  SIGFPE,   SIGILL,
                                  SIGABRT, SIGTRAP, SIGSYS,  SIGQUIT, SIGXCPU, SIGALRM,  SIGVTALRM,
                                  SIGPROF, SIGUSR1, SIGUSR2, SIGPOLL, SIGPWR,  SIGSTKFLT};
    static const struct rlimit none = {0, 0};
    /* Sanitizers leave them to the program. */
    static const char *const env[] = {
        "ASAN_OPTIONS=handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0",
        "TSAN_OPTIONS=handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0", NULL};

    cr_assert_eq(setrlimit(RLIMIT_CORE, &none), 0);
    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        start_with(false, env);
        kill(p.pid, signals[i]);
        cr_assert_eq(pty_status(&p), 128 + signals[i], "signal %d", signals[i]);
        pty_clean(&p);
        stop_all();
    }
}

/* They tell of a reader or of a limit, and the call that failed says so too. */
Test(endings, not_by_these)
{
    start_with(false, no_env);
    kill(p.pid, SIGPIPE);
    kill(p.pid, SIGXFSZ);
    shake_hands();
}

static void await_bytes(const char *bytes)
{
    for (double end = pty_now() + PTY_DEADLINE; pty_last(&p, bytes) < 0 && pty_now() < end;)
        pty_read(&p, 20);
    cr_assert_geq(pty_last(&p, bytes), 0, "%s", bytes);
}

/* A terminal that looks like a VT52 would take the modes of others for text, and hold its screen.
 */
Test(endings, what_is_not_understood_is_not_said)
{
    static const char *const env[] = {"TERM=vt52", NULL};
    const char *const argv[] = {HULLO,         "chat",    "--plain", "--listen",
                                "127.0.0.1:0", peer_text, NULL};

    open_peer();
    pty_start(&p, false, env, argv);
    await_bytes("F1 help");
    pty_type(&p, "hello\r");
    cr_assert_str_eq(heard(), "hello");
    tell("welcome", 7);
    await_bytes("welcome");
    pty_type(&p, "/quit\r");
    cr_assert_eq(pty_status(&p), 0);
    cr_assert_eq(pty_last(&p, "\033["), -1);
    cr_assert_eq(pty_last(&p, "\033]"), -1);
    pty_clean(&p);
}

/* ---- other programs ---- */

/* One letter, as proc(5) has it: R, S, T, Z; 0 = gone. */
static char state_of(pid_t pid)
{
    char path[64];
    char stat[256] = "";

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return 0;
    (void)!fgets(stat, sizeof(stat), f);
    fclose(f);
    const char *end = strrchr(stat, ')');
    return end != NULL ? end[2] : 0;
}

/* The process that has left its number in a file. */
static pid_t await_number(const char *path)
{
    double end = pty_now() + PTY_DEADLINE;
    int number = 0;

    while (number == 0 && pty_now() < end) {
        FILE *f = fopen(path, "re");
        pty_read(&p, 20);
        if (f != NULL && fscanf(f, "%d\n", &number) != 1)
            number = 0;
        if (f != NULL)
            fclose(f);
    }
    cr_assert_gt(number, 0, "it never ran");
    return number;
}

Test(endings, while_a_program_runs)
{
    char home[] = "/tmp/hullo-endings-XXXXXX";
    char variable[64];
    char file[96];
    char line[160];
    const char *const env[] = {variable, NULL};

    cr_assert_not_null(mkdtemp(home));
    snprintf(variable, sizeof(variable), "HULLO_HOME=%s", home);
    snprintf(file, sizeof(file), "%s/number", home);
    snprintf(line, sizeof(line), "/set notify_command sh -c 'echo $$ >%s; exec sleep 300'\r", file);
    start_with(false, env);
    shake_hands();
    pty_type(&p, line);
    pty_await(&p, "notify_command = ", true);
    pty_type(&p, "\033[O");
    tell("knock", 5);
    pid_t program = await_number(file);
    cr_assert_neq(state_of(program), 0);
    pty_type(&p, "/quit\r");
    cr_assert_eq(pty_status(&p), 0);
    pty_clean(&p);
    for (double end = pty_now() + PTY_DEADLINE; state_of(program) != 0 && pty_now() < end;)
        usleep(1000);
    cr_assert_eq(state_of(program), 0, "it goes on");
    cr_expect_eq(unlink(file), 0);
    snprintf(file, sizeof(file), "%s/hullo.conf", home);
    cr_expect_eq(unlink(file), 0);
    cr_expect_eq(rmdir(home), 0);
}

/* ---- jobs ---- */

static void await_state(pid_t pid, char state)
{
    double end = pty_now() + PTY_DEADLINE;

    while (state_of(pid) != state && pty_now() < end)
        pty_read(&p, 10);
    cr_assert_eq(state_of(pid), state, "%c", state_of(pid));
}

/* Starts it as a job of somebody, who has it stopped: its process. */
static pid_t stopped_job(void)
{
    start_with(true, no_env);
    shake_hands();
    pid_t job = tcgetpgrp(p.master);
    pty_type(&p, "\x1a"); /* C-z */
    pty_await(&p, "[stop 1 by 20]", true);
    pty_clean(&p);
    return job;
}

/* As the kill of a shell does it: the signal, and another one that lets it in. */
Test(endings, of_a_stopped_job)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGSEGV, SIGQUIT};

    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        pid_t job = stopped_job();
        size_t written = p.raw_len;
        kill(-job, signals[i]);
        kill(-job, SIGCONT);
        await_state(job, 'Z');
        pty_read(&p, 0);
        cr_assert_eq(p.raw_len, written, "it wrote to a terminal that was not its own");
        cr_assert_eq(kill(p.pid, SIGUSR1), 0);
        cr_assert_eq(pty_status(&p), 128 + signals[i]);
        pty_clean(&p);
        stop_all();
    }
}

/* What was there before it stopped, or came meanwhile, is shown then. */
static void come_back(const char *shown)
{
    pty_resize(&p, 30, 90);
    cr_assert_eq(kill(p.pid, SIGUSR1), 0);
    pty_await(&p, "[stop", false);
    pty_await(&p, shown, true);
    pty_type(&p, "again");
    pty_await(&p, "> again", true);
    cr_assert_eq(strncmp(pty_row(&p, 29), "> again", 7), 0, "not of the new size");
    pty_type(&p, "\025/quit\r");
    cr_assert_eq(pty_status(&p), 0);
    pty_clean(&p);
    cr_assert_eq(pty_last(&p, "\033]104"), -1, "the palette is not ours");
}

Test(endings, resized_while_stopped)
{
    stopped_job();
    come_back("welcome");
}

/* bg: it wants the terminal and may not have it. What is said meanwhile is there afterwards. */
Test(endings, in_the_background_it_stops_again)
{
    pid_t job = stopped_job();
    size_t written = p.raw_len;

    for (int i = 0; i < 3; i++) {
        kill(-job, SIGCONT);
        await_state(job, 'T');
    }
    tell("meanwhile", 9);
    pty_read(&p, 0);
    cr_assert_eq(p.raw_len, written, "it wrote to a terminal that was not its own");
    come_back("meanwhile");
}

/* SIGSTOP leaves no time to give the terminal back, so what ends it then does. */
Test(endings, of_a_job_that_was_stopped_without_warning)
{
    start_with(true, no_env);
    shake_hands();
    pid_t job = tcgetpgrp(p.master);
    kill(-job, SIGSTOP);
    pty_await(&p, "[stop 1 by 19]", true);
    kill(-job, SIGTERM);
    kill(-job, SIGCONT);
    await_state(job, 'Z');
    cr_assert_eq(kill(p.pid, SIGUSR1), 0);
    cr_assert_eq(pty_status(&p), 128 + SIGTERM);
    pty_clean(&p);
}
