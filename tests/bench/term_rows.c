/* SPDX-License-Identifier: MIT */
#include "term_rows.h"

#include "stats.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

enum {
    ANY = -1, /* no goal */
};

static const struct {
    const char *key;
    const char *what;
    double goal;
} rows[TERM_ROWS] = {
    [FIRST_BYTE] = {"first_byte_ms", "first byte, median, ms", ANY},
    [FIRST_SCREEN] = {"first_screen_ms", "first full screen, median, ms", 8},
    [FIRST_SCREEN_P99] = {"first_screen_p99_ms", "... 99 %", ANY},
    [EXIT] = {"exit_ms", "SIGTERM until gone, ms", ANY},
    [RSS] = {"rss_kib", "resident, idle, KiB", 4096},
    [PSS] = {"pss_kib", "proportional, idle, KiB", 1536},
    [IDLE_WAKEUPS] = {"idle_wakeups_10s", "idle 10 s: wake-ups", 0},
    [IDLE_CPU] = {"idle_cpu_ms_10s", "idle 10 s: processor, ms", 0},
    [IDLE_BYTES] = {"idle_bytes_10s", "idle 10 s: bytes", 0},
    [KEY_P50] = {"key_p50_us", "key to echo, median, us", 150},
    [KEY_P99] = {"key_p99_us", "... 99 %", 300},
    [KEY_CPU] = {"key_cpu_us", "... processor, us a key", ANY},
    [KEY_BYTES] = {"key_bytes", "... bytes a key", 2},
    [STREAM_CPU] = {"stream_cpu_us", "1000 lines/s: processor, us a line", 40},
    [STREAM_BYTES] = {"stream_bytes", "... bytes a line", 30},
    [STREAM_KEY_P50] = {"stream_key_p50_us", "... key to echo, median, us", ANY},
    [STREAM_KEY_P99] = {"stream_key_p99_us", "... 99 %", 1000},
    [FLOOD_TIME] = {"flood_ms", "20,000 lines until drawn, ms", 300},
    [FLOOD_CPU] = {"flood_cpu_us", "... processor, us a line", 6},
    [FLOOD_BYTES] = {"flood_bytes", "... bytes a line", ANY},
    [FLOOD_RSS] = {"flood_rss_kib", "... resident after them, KiB", 8192},
    [FLOOD_RSS_LATER] = {"flood_rss_later_kib", "... and 3 s later", 8192},
    [FLOOD_KEPT] = {"flood_kept", "... lines found when paging back", ANY},
    [FLOOD_MISSING] = {"flood_missing", "... lines missing between those", 0},
    [STORM_KEY_P50] = {"storm_key_p50_us", "endless flood: key to echo, median", ANY},
    [STORM_KEY_P99] = {"storm_key_p99_us", "... 99 %, us", 3000},
    [STORM_WIDE_KEY_P50] = {"storm_wide_key_p50_us", "... at 60 x 200, median", ANY},
    [STORM_WIDE_KEY_P99] = {"storm_wide_key_p99_us", "... 99 %, us", 3000},
    [PASTE_TIME] = {"paste_ms", "paste of 10,000 until drawn, ms", 20},
    [PASTE_CPU] = {"paste_cpu_ms", "... processor, ms", ANY},
    [PASTE_BYTES] = {"paste_bytes", "... bytes", ANY},
    [PASTE_KEY_P50] = {"paste_key_p50_us", "... key to echo then, median, us", 200},
    [PASTE_MISSING] = {"paste_missing", "... characters missing when sent", 0},
    [PASTE_LINES_SENT] = {"paste_lines_sent", "3 lines pasted: sent without Enter", 0},
    [RESIZE_BYTES] = {"resize_bytes", "200 resizes to 1 x 1 and back: bytes", 40000},
    [RESIZE_FULL] = {"resize_full_bytes", "... of a screen full of lines", ANY},
    [RESIZE_CPU] = {"resize_cpu_ms", "... processor, ms", ANY},
    [RESIZE_STALE] = {"resize_stale", "... stale rows", 0},
    [LEFT_BY_STOP] = {"left_by_sigtstp", "modes left on by SIGTSTP", 0},
    [LEFT_BY_END] = {"left_by_sigterm", "... by SIGTERM", 0},
    [LEFT_BY_CRASH] = {"left_by_sigsegv", "... by SIGSEGV", 0},
};

static struct {
    const char *name; /* NULL: not measured */
    enum term_role role;
    double value[TERM_ROWS];
    bool has[TERM_ROWS];
} columns[TERM_PROGRAMS];

void term_column(size_t program, const char *name, enum term_role role)
{
    columns[program].name = name;
    columns[program].role = role;
}

void term_report(size_t program, enum term_row_id row, double value)
{
    char key[64];

    columns[program].value[row] = value;
    columns[program].has[row] = true;
    snprintf(key, sizeof key, "%s_%s", columns[program].name, rows[row].key);
    stats_print(key, value);
}

/* The least value of all peers, or NAN. */
static double best(enum term_row_id row)
{
    double least = NAN;

    for (size_t i = 0; i < TERM_PROGRAMS; i++) {
        if (columns[i].role == TERM_PEER && columns[i].has[row])
            least = fmin(least, columns[i].value[row]);
    }
    return least;
}

static void print_row(enum term_row_id row)
{
    char goal[32] = "";

    if (rows[row].goal >= 0)
        snprintf(goal, sizeof goal, "%.0f", rows[row].goal);
    printf("%-37s %6s", rows[row].what, goal);
    for (size_t i = 0; i < TERM_PROGRAMS; i++) {
        double value = columns[i].value[row];
        bool ours = columns[i].role == TERM_OURS;
        bool missed = ours && rows[row].goal >= 0 && value > rows[row].goal;

        if (columns[i].name && columns[i].has[row])
            printf(" %8.*f%s", value < 100 ? 1 : 0, value, missed ? "!" : " ");
        else if (columns[i].name)
            printf(" %8s ", "-");
    }
    for (size_t i = 0; i < TERM_PROGRAMS; i++) {
        if (columns[i].role == TERM_OURS && columns[i].has[row] && best(row) > 0)
            printf(" %6.2f", columns[i].value[row] / best(row));
    }
    printf("\n");
}

void term_print_table(void)
{
    printf("\n%-37s %6s", "", "goal");
    for (size_t i = 0; i < TERM_PROGRAMS; i++) {
        if (columns[i].name)
            printf(" %8s ", columns[i].name);
    }
    printf(" of the best peer's\n");
    for (size_t row = 0; row < TERM_ROWS; row++)
        print_row((enum term_row_id)row);
    printf("!: above the goal.\n");
}
