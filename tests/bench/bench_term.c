/* SPDX-License-Identifier: MIT */
/* Programs in a pseudo-terminal, measured side by side, row by row: Hullo encrypted and in plain
 * text, irssi and WeeChat where they are installed, and cat, which copies each byte: the floor.
 *
 * usage: bench_term HULLO [PROGRAM...]   all, or those named: hullo plain irssi weechat cat */
#include "partner.h"
#include "stats.h"
#include "term.h"
#include "term_pages.h"
#include "term_rows.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    ROWS = 24,
    COLS = 80,
    WIDE_ROWS = 60,
    WIDE_COLS = 200,
    ARGS = 10,
    STARTS = 15,
    KEYS = 2000,
    PASTE_KEYS = 400,
    KEYS_PER_LINE = 40, /* then the line is erased again */
    QUIET_MS = 150,     /* so long without output, and the screen stands */
    ERASED_MS = 30,
    CONNECT_MS = 10000,
    ECHO_US = 3000000,
    IDLE_S = 10,
    STREAM_RATE = 1000,
    STREAM_S = 5,
    STREAM_KEYS = 1500,
    KEY_GAP_US = 3000, /* about, between keys while lines come: every phase of a frame is met */
    FLOOD_LINES = 20000,
    FLOOD_US = 60000000,
    LATER_US = 3000000,
    STORM_US = 5000000,
    PASTE_PIECES = 1000,
    PASTE_QUIET_MS = 2000, /* WeeChat says nothing for a while, then draws */
    SENT_MS = 1500,
    RESIZES = 200,
    RUN_MAX_S = 1200, /* a guard, far above what a run takes */
};

/* ---- the programs ---- */

/* @hullo, @home and @port are replaced in arguments. */
struct program {
    const char *name;
    enum term_role role;
    enum partner_kind partner;
    const char *bare[ARGS]; /* with nobody to talk to */
    const char *full[ARGS]; /* talking to its partner */
    const char *opening;    /* typed at once: what connects it */
    const char *greeting;   /* typed once it is connected */
    const char *unguarded;  /* typed before a paste: it would be held back */
};

static const struct program programs[TERM_PROGRAMS] = {
    {.name = "hullo",
     .partner = PARTNER_HULLO,
     .bare = {"@hullo", "chat", "--home", "@home", "--pair", "--listen", "127.0.0.1:0"},
     .full = {"@hullo", "chat", "--home", "@home", "--listen", "127.0.0.1:0", "127.0.0.1:@port"}},
    {.name = "plain",
     .partner = PARTNER_RAW,
     .bare = {"@hullo", "chat", "--plain", "--listen", "127.0.0.1:0", "127.0.0.1:9"},
     .full = {"@hullo", "chat", "--plain", "tcp://127.0.0.1:@port"}},
    {.name = "irssi",
     .role = TERM_PEER,
     .partner = PARTNER_IRC,
     .bare = {"irssi", "--home", "@home"},
     .full = {"irssi", "--home", "@home", "-n", "bench"},
     .opening = "/set cmd_queue_speed 1msec\r/connect 127.0.0.1 @port\r", /* in this order */
     .greeting = "/join #bench\r",
     .unguarded = "/set paste_verify_line_count 0\r"},
    {.name = "weechat",
     .role = TERM_PEER,
     .partner = PARTNER_IRC,
     .bare = {"weechat", "-d", "@home"},
     .full = {"weechat", "-d", "@home", "irc://bench@127.0.0.1:@port/#bench"},
     .greeting = "/set irc.server_default.anti_flood_prio_high 0\r"},
    {.name = "cat",
     .role = TERM_FLOOR,
     .partner = PARTNER_PAIR,
     .bare = {"cat", "/proc/self/status", "-"},
     .full = {"sh", "-c", "stty raw -echo; cat <&3 & exec cat"}},
};

static char root[64]; /* a directory of this run */
static const char *hullo;
static double times[KEYS];

struct run {
    const struct program *program;
    size_t column;
    struct term term;
    struct partner partner;
    char home[96];
    char texts[ARGS][160];
    char *argv[ARGS + 1];
};

static void expand(const struct run *r, const char *word, char *out, size_t size)
{
    char port[16];
    const struct {
        const char *name, *value;
    } all[] = {{"@hullo", hullo}, {"@home", r->home}, {"@port", port}};
    size_t len = 0;

    snprintf(port, sizeof port, "%u", r->partner.port);
    out[0] = '\0';
    while (*word && len < size - 1) {
        const char *value = NULL;

        for (size_t i = 0; i < sizeof all / sizeof *all && !value; i++) {
            if (strncmp(word, all[i].name, strlen(all[i].name)) == 0) {
                value = all[i].value;
                word += strlen(all[i].name);
            }
        }
        if (value)
            snprintf(out + len, size - len, "%s", value);
        else
            snprintf(out + len, size - len, "%c", *word++);
        len = strlen(out);
    }
}

/* A new directory under root. */
static void new_home(char *out, size_t size)
{
    static unsigned count;

    snprintf(out, size, "%s/%u", root, ++count);
    if (mkdir(out, 0700))
        stats_die(out);
}

static void launch(struct run *r, const char *const *words, int rows, int cols)
{
    for (size_t i = 0; i < ARGS; i++) {
        r->argv[i] = words[i] ? r->texts[i] : NULL;
        if (words[i])
            expand(r, words[i], r->texts[i], sizeof r->texts[i]);
    }
    term_start(&r->term, rows, cols, r->argv, r->partner.extra);
}

/* Alone, as it is started by somebody who wants to talk. */
static void open_bare(struct run *r)
{
    launch(r, r->program->bare, ROWS, COLS);
}

static void close_bare(struct run *r)
{
    term_stop(&r->term);
}

/* Takes what either side says until nothing has come from the program for quiet_ms. */
static double settle(struct run *r, int quiet_ms)
{
    double last = stats_now();

    for (double began = last; stats_now() - last < quiet_ms * 1e3 && last - began < FLOOD_US;) {
        if (term_read(&r->term, 5) > 0)
            last = stats_now();
        partner_hear(&r->partner, 0);
    }
    return last;
}

static void type_expanded(struct run *r, const char *keys)
{
    char text[160];

    if (!keys)
        return;
    expand(r, keys, text, sizeof text);
    settle(r, QUIET_MS); /* it may still be starting */
    term_type(&r->term, text);
}

static bool await_channel(struct run *r)
{
    for (double end = stats_now() + CONNECT_MS * 1e3; !r->partner.joined && stats_now() < end;) {
        term_read(&r->term, 5);
        partner_hear(&r->partner, 0);
    }
    return r->partner.joined;
}

/* In a conversation with its partner. */
static void open_talk(struct run *r, int rows, int cols)
{
    char home[sizeof r->home];

    new_home(home, sizeof home);
    new_home(r->home, sizeof r->home);
    partner_open(&r->partner, r->program->partner, hullo, home);
    launch(r, r->program->full, rows, cols);
    type_expanded(r, r->program->opening);
    if (!partner_accept(&r->partner, CONNECT_MS))
        stats_die(r->program->name);
    type_expanded(r, r->program->greeting);
    if (r->program->partner == PARTNER_IRC && !await_channel(r))
        stats_die("no channel");
    settle(r, 2 * QUIET_MS);
    r->partner.lines = r->partner.marks = 0;
}

static void close_talk(struct run *r)
{
    partner_silence(&r->partner);
    term_stop(&r->term);
    partner_close(&r->partner);
}

static void report(const struct run *r, enum term_row_id row, double value)
{
    term_report(r->column, row, value);
}

/* ---- start, idle ---- */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

static double quantile(double *values, size_t count, size_t percent)
{
    qsort(values, count, sizeof *values, ascending);
    return count > 0 ? values[count * percent / 100] : 0;
}

static void measure_start(struct run *r)
{
    double first[STARTS];

    new_home(r->home, sizeof r->home);
    open_bare(r); /* makes what it keeps in its home */
    term_settle(&r->term, 2 * QUIET_MS);
    close_bare(r);
    for (size_t i = 0; i < STARTS; i++) {
        double began = stats_now();

        open_bare(r);
        while (term_read(&r->term, 2000) == 0)
            ;
        first[i] = stats_now() - began;
        times[i] = term_settle(&r->term, QUIET_MS) - began;
        times[i] = times[i] > first[i] ? times[i] : first[i];
        close_bare(r);
    }
    report(r, FIRST_BYTE, quantile(first, STARTS, 50) / 1e3);
    report(r, FIRST_SCREEN, quantile(times, STARTS, 50) / 1e3);
    report(r, FIRST_SCREEN_P99, quantile(times, STARTS, 99) / 1e3);
}

static void measure_idle(struct run *r)
{
    double wakeups;
    double cpu;
    uint64_t bytes;

    open_talk(r, ROWS, COLS);
    settle(r, 1000);
    report(r, RSS, term_rss_kib(&r->term));
    report(r, PSS, term_pss_kib(&r->term));
    wakeups = term_wakeups(&r->term);
    cpu = term_cpu_us(&r->term);
    bytes = r->term.bytes;
    for (double end = stats_now() + IDLE_S * 1e6; stats_now() < end;) {
        term_read(&r->term, 100);
        partner_hear(&r->partner, 0);
    }
    report(r, IDLE_WAKEUPS, term_wakeups(&r->term) - wakeups);
    report(r, IDLE_CPU, (term_cpu_us(&r->term) - cpu) / 1e3);
    report(r, IDLE_BYTES, (double)(r->term.bytes - bytes));
    close_talk(r);
}

/* ---- keys ---- */

/* Types a character and waits until the terminal is told of it. */
static double echo_time(struct term *t, char character)
{
    const char key[] = {character, '\0'};
    double began = stats_now();
    ssize_t n;

    term_type(t, key);
    do
        n = term_read(t, 1000);
    while (n >= 0 && !memchr(t->chunk, character, t->chunk_len) && stats_now() - began < ECHO_US);
    return stats_now() - began;
}

static void erase(struct run *r, size_t keys)
{
    while (keys-- > 0)
        term_type(&r->term, "\177");
    settle(r, ERASED_MS);
}

/* Letters, in silence: whatever is written belongs to them. Returns the bytes for one. */
static double type_letters(struct run *r, size_t count, double *cpu_us)
{
    uint64_t bytes = 0;
    double cpu = 0;

    for (size_t i = 0; i < count; i += KEYS_PER_LINE) {
        uint64_t bytes_before = r->term.bytes;
        double cpu_before = term_cpu_us(&r->term);

        for (size_t k = i; k < i + KEYS_PER_LINE; k++)
            times[k] = echo_time(&r->term, (char)('a' + k % 26));
        settle(r, ERASED_MS);
        cpu += term_cpu_us(&r->term) - cpu_before;
        bytes += r->term.bytes - bytes_before;
        erase(r, KEYS_PER_LINE);
    }
    *cpu_us = cpu / (double)count;
    return (double)bytes / (double)count;
}

static void measure_keys(struct run *r)
{
    double cpu;
    double bytes;

    open_talk(r, ROWS, COLS);
    bytes = type_letters(r, KEYS, &cpu);
    report(r, KEY_P50, quantile(times, KEYS, 50));
    report(r, KEY_P99, quantile(times, KEYS, 99));
    report(r, KEY_CPU, cpu);
    report(r, KEY_BYTES, bytes);
    close_talk(r);
}

/* While lines come: characters that are in no line, and in nothing else that is drawn. Ends after
 * count keys or limit_us. Returns how many it were. */
static size_t type_signs(struct run *r, size_t count, double limit_us)
{
    static const char signs[] = "%$^{}&~";
    double end = stats_now() + limit_us;
    size_t i = 0;

    for (; i < count && stats_now() < end; i++) {
        for (double until = stats_now() + KEY_GAP_US + (double)(i % 16) * 100;
             stats_now() < until;) {
            term_read(&r->term, 1);
            partner_hear(&r->partner, 0);
        }
        times[i] = echo_time(&r->term, signs[i % (sizeof signs - 1)]);
        if (i % KEYS_PER_LINE == KEYS_PER_LINE - 1)
            term_type(&r->term, "\025"); /* C-u */
    }
    return i;
}

/* ---- lines ---- */

static void listen_for(struct run *r, double us)
{
    for (double end = stats_now() + us; stats_now() < end;) {
        term_read(&r->term, 5);
        partner_hear(&r->partner, 0);
    }
}

static void measure_stream(struct run *r)
{
    double lines = (double)STREAM_RATE * STREAM_S;
    uint64_t bytes;
    double cpu;
    size_t keys;

    open_talk(r, ROWS, COLS);
    partner_talk(&r->partner, 0, STREAM_RATE);
    listen_for(r, 1e6);
    bytes = r->term.bytes;
    cpu = term_cpu_us(&r->term);
    listen_for(r, STREAM_S * 1e6);
    report(r, STREAM_CPU, (term_cpu_us(&r->term) - cpu) / lines);
    report(r, STREAM_BYTES, (double)(r->term.bytes - bytes) / lines);
    keys = type_signs(r, STREAM_KEYS, 2 * STREAM_KEYS * KEY_GAP_US);
    report(r, STREAM_KEY_P50, quantile(times, keys, 50));
    report(r, STREAM_KEY_P99, quantile(times, keys, 99));
    close_talk(r);
}

/* Until word is written, which may begin in one chunk and end in the next. */
static bool await_word(struct run *r, const char *word)
{
    double end = stats_now() + FLOOD_US;
    size_t matched = 0;

    while (stats_now() < end) {
        if (term_read(&r->term, 5) < 0)
            return false;
        for (size_t i = 0; i < r->term.chunk_len; i++) {
            matched = r->term.chunk[i] == word[matched] ? matched + 1 : r->term.chunk[i] == word[0];
            if (!word[matched])
                return true;
        }
        partner_hear(&r->partner, 0);
    }
    return false;
}

static void page_back(struct run *r)
{
    size_t kept;
    size_t missing;

    term_pages(&r->term, FLOOD_LINES, &kept, &missing);
    report(r, FLOOD_KEPT, (double)kept);
    report(r, FLOOD_MISSING, (double)missing);
}

static void measure_flood(struct run *r)
{
    double began;
    double cpu;
    uint64_t bytes;

    open_talk(r, ROWS, COLS);
    cpu = term_cpu_us(&r->term);
    bytes = r->term.bytes;
    began = stats_now();
    partner_talk(&r->partner, FLOOD_LINES, 0);
    if (await_word(r, PARTNER_LAST))
        report(r, FLOOD_TIME, (stats_now() - began) / 1e3);
    settle(r, QUIET_MS);
    report(r, FLOOD_CPU, (term_cpu_us(&r->term) - cpu) / FLOOD_LINES);
    report(r, FLOOD_BYTES, (double)(r->term.bytes - bytes) / FLOOD_LINES);
    report(r, FLOOD_RSS, term_rss_kib(&r->term));
    listen_for(r, LATER_US);
    report(r, FLOOD_RSS_LATER, term_rss_kib(&r->term));
    if (r->program->role != TERM_FLOOR)
        page_back(r);
    close_talk(r);
}

static void storm(struct run *r, int rows, int cols, enum term_row_id p50, enum term_row_id p99)
{
    size_t keys;

    open_talk(r, rows, cols);
    partner_talk(&r->partner, 0, 0);
    listen_for(r, 3e5);
    keys = type_signs(r, KEYS, STORM_US);
    report(r, p50, quantile(times, keys, 50));
    report(r, p99, quantile(times, keys, 99));
    close_talk(r);
}

static void measure_storm(struct run *r)
{
    storm(r, ROWS, COLS, STORM_KEY_P50, STORM_KEY_P99);
    storm(r, WIDE_ROWS, WIDE_COLS, STORM_WIDE_KEY_P50, STORM_WIDE_KEY_P99);
}

/* ---- pastes ---- */

/* In pieces, as a terminal pastes, so that neither end waits for the other; marked if the program
 * has asked for that. */
static void paste(struct run *r, const char *piece, size_t times_over)
{
    bool marked = r->term.mode[TERM_BRACKETED];

    if (marked)
        term_type(&r->term, "\033[200~");
    for (size_t i = 0; i < times_over; i++) {
        term_type(&r->term, piece);
        term_read(&r->term, 0);
    }
    if (marked)
        term_type(&r->term, "\033[201~");
}

/* When that character was written last, before PASTE_QUIET_MS without it. What else is written,
 * such as a clock, does not count. */
static double last_drawn(struct run *r, char character)
{
    double last = stats_now();

    while (stats_now() - last < PASTE_QUIET_MS * 1e3) {
        if (term_read(&r->term, 5) > 0 && memchr(r->term.chunk, character, r->term.chunk_len))
            last = stats_now();
        partner_hear(&r->partner, 0);
    }
    return last;
}

static void measure_paste(struct run *r)
{
    static const char piece[] = "xxxxxxxxx ";
    double began;
    double cpu;
    double unused;
    uint64_t bytes;

    open_talk(r, ROWS, COLS);
    if (r->program->unguarded)
        term_type(&r->term, r->program->unguarded);
    settle(r, QUIET_MS);
    cpu = term_cpu_us(&r->term);
    bytes = r->term.bytes;
    began = stats_now();
    paste(r, piece, PASTE_PIECES);
    report(r, PASTE_TIME, (last_drawn(r, PARTNER_MARK) - began) / 1e3);
    report(r, PASTE_CPU, (term_cpu_us(&r->term) - cpu) / 1e3);
    report(r, PASTE_BYTES, (double)(r->term.bytes - bytes));
    type_letters(r, PASTE_KEYS, &unused);
    report(r, PASTE_KEY_P50, quantile(times, PASTE_KEYS, 50));
    if (r->program->role != TERM_FLOOR) {
        term_type(&r->term, "\r");
        settle(r, SENT_MS);
        if (r->partner.marks == 0) /* asked whether it is meant */
            term_type(&r->term, "\r");
        settle(r, SENT_MS);
        report(r, PASTE_MISSING,
               (double)(PASTE_PIECES * (sizeof piece - 2)) - (double)r->partner.marks);
    }
    close_talk(r);
}

static void measure_paste_lines(struct run *r)
{
    if (r->program->role == TERM_FLOOR)
        return;
    open_talk(r, ROWS, COLS);
    paste(r, "one line\rand one more\rand a last", 1);
    settle(r, SENT_MS);
    report(r, PASTE_LINES_SENT, (double)r->partner.lines);
    close_talk(r);
}

/* ---- resizes, signals ---- */

static size_t stale_rows(struct run *r)
{
    static char before[ROWS][COLS + 1];
    size_t stale = 0;

    for (int row = 0; row < ROWS; row++)
        snprintf(before[row], sizeof before[row], "%s", term_row(&r->term, row));
    term_type(&r->term, "\f");
    settle(r, QUIET_MS);
    for (int row = 0; row < ROWS; row++)
        stale += strcmp(before[row], term_row(&r->term, row)) != 0;
    return stale;
}

/* Bytes that it takes to draw RESIZES sizes, each waited for. */
static double resize_bytes(struct run *r)
{
    uint64_t bytes;

    settle(r, 2 * QUIET_MS);
    bytes = r->term.bytes;
    for (size_t i = 0; i < RESIZES; i++) {
        term_resize(&r->term, i % 2 ? ROWS : 1, i % 2 ? COLS : 1);
        settle(r, 10);
    }
    settle(r, 2 * QUIET_MS);
    return (double)(r->term.bytes - bytes);
}

static void measure_resizes(struct run *r)
{
    double cpu;

    if (r->program->role == TERM_FLOOR)
        return;
    open_talk(r, ROWS, COLS);
    term_watch(&r->term);
    report(r, RESIZE_BYTES, resize_bytes(r));
    partner_talk(&r->partner, 2 * ROWS, 0);
    cpu = term_cpu_us(&r->term);
    report(r, RESIZE_FULL, resize_bytes(r));
    report(r, RESIZE_CPU, (term_cpu_us(&r->term) - cpu) / 1e3);
    report(r, RESIZE_STALE, (double)stale_rows(r));
    close_talk(r);
}

static void measure_signals(struct run *r)
{
    static const struct {
        int number;
        enum term_row_id row;
    } all[] = {{SIGTSTP, LEFT_BY_STOP}, {SIGTERM, LEFT_BY_END}, {SIGSEGV, LEFT_BY_CRASH}};

    if (r->program->role == TERM_FLOOR)
        return;
    new_home(r->home, sizeof r->home);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        double took;
        int left;

        open_bare(r);
        term_settle(&r->term, 2 * QUIET_MS);
        left = term_left_by(&r->term, all[i].number, &took);
        if (left >= 0)
            report(r, all[i].row, left);
        if (left >= 0 && all[i].number == SIGTERM)
            report(r, EXIT, took / 1e3);
        close_bare(r);
    }
}

/* ---- all of it ---- */

static void (*const measures[])(struct run *) = {
    measure_start, measure_idle,  measure_keys,        measure_stream,  measure_flood,
    measure_storm, measure_paste, measure_paste_lines, measure_resizes, measure_signals,
};

static bool installed(const char *name)
{
    char paths[4096];
    char file[512];
    const char *path = getenv("PATH");

    if (name[0] == '@')
        return access(hullo, X_OK) == 0;
    snprintf(paths, sizeof paths, "%s", path ? path : "");
    for (char *save, *dir = strtok_r(paths, ":", &save); dir; dir = strtok_r(NULL, ":", &save)) {
        snprintf(file, sizeof file, "%s/%s", dir, name);
        if (access(file, X_OK) == 0)
            return true;
    }
    return false;
}

static bool named(const char *name, int argc, char **argv)
{
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], name) == 0)
            return true;
    }
    return argc == 2;
}

static void make_root(void)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(root, sizeof root, "%.40s/bench-term.XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(root))
        stats_die(root);
    setenv("HOME", root, 1); /* nobody's own settings */
    unsetenv("HULLO_HOME");
    unsetenv("XDG_CONFIG_HOME");
}

static void remove_root(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        execlp("rm", "rm", "-rf", root, (char *)NULL);
        _exit(127);
    }
    waitpid(pid, NULL, 0);
}

static void print_load(const char *when)
{
    double load[3];

    if (getloadavg(load, 3) == 3)
        printf("load average %s: %.1f %.1f %.1f\n", when, load[0], load[1], load[2]);
}

/* Each row of all programs within the same seconds, since others use the machine as well. */
static void measure_all(const bool *wanted)
{
    static struct run run;

    for (size_t m = 0; m < sizeof measures / sizeof *measures; m++) {
        for (size_t i = 0; i < TERM_PROGRAMS; i++) {
            memset(&run, 0, sizeof run);
            run.program = &programs[i];
            run.column = i;
            run.partner.extra = -1;
            if (wanted[i])
                measures[m](&run);
        }
    }
    term_print_table();
}

static pid_t measuring;

static void stop_measuring(int signo)
{
    (void)signo;
    kill(measuring, SIGKILL);
}

/* In a child, so that what it leaves on the disk is removed however it ends; the programs end
 * with it. */
static int measure_in_child(const bool *wanted)
{
    int status = 0;

    make_root();
    measuring = fork();
    if (measuring < 0)
        stats_die("fork");
    if (measuring == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        alarm(RUN_MAX_S);
        measure_all(wanted);
        exit(0);
    }
    signal(SIGINT, stop_measuring);
    signal(SIGTERM, stop_measuring);
    waitpid(measuring, &status, 0);
    remove_root();
    return status == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    bool wanted[TERM_PROGRAMS];
    int status;

    if (argc < 2)
        return 2;
    hullo = argv[1];
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < TERM_PROGRAMS; i++) {
        wanted[i] = named(programs[i].name, argc, argv) && installed(programs[i].bare[0]);
        if (wanted[i])
            term_column(i, programs[i].name, programs[i].role);
        else if (named(programs[i].name, argc, argv))
            printf("%s: not installed\n", programs[i].name);
    }
    print_load("before");
    fflush(stdout);
    status = measure_in_child(wanted);
    print_load("after");
    return status;
}
