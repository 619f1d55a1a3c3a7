/* SPDX-License-Identifier: MIT */
/* hullo-sim: worlds from seeds, one after the other.
 *
 *   hullo-sim [--homes] [--from N] [--count N] [--seed N] [--twice] [--traces] [--verbose]
 *             [--wrong NAME] [--list]
 *
 * Worlds are of nodes (chaos.h), or with --homes of nodes with disks behind them (homes.h).
 * --seed N is --from N --count 1. --twice runs each seed twice, the second time with clocks that
 * are ten years ahead, and compares the traces. --traces prints the trace of each seed, for those
 * of another build to be compared with: what is only made faster leaves them as they are. Each seed
 * that breaks a rule is printed with the command that repeats it; exit status 1 if there was one.
 * --wrong NAME, in hullo-sim-wrong alone, where --list tells them: with that deliberate fault. The
 * run ends at the first seed that notices, with status 0, or with 1 if none did. */
#include "chaos.h"
#include "homes.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef HL_WRONG_VARIANTS
#include "wrong.h"
#endif

#define TEN_YEARS INT64_C(315576000000000) /* microseconds */

struct options {
    uint64_t from, count;
    bool homes, twice, traces, verbose;
    const char *wrong;
};

static const char *program;
static const char *wrong_name;
static const char *kind = ""; /* of worlds, as an option */
static uint64_t current;      /* seed, for on_abort() */

/* An assertion of the core failed: tell the seed, or it is lost. */
static void on_abort(int sig)
{
    char line[256];
    int len = snprintf(
        line, sizeof line,
        "FAILED seed %" PRIu64 ": aborted\n  repeat: %s%s%s%s --seed %" PRIu64 "\n%s", current,
        program, kind, wrong_name ? " --wrong " : "", wrong_name ? wrong_name : "", current,
        wrong_name ? "noticed by an assertion\n" : "");

    (void)!write(STDOUT_FILENO, line, (size_t)len);
    _exit(wrong_name ? 0 : 128 + sig);
}

static void usage(void)
{
    fprintf(stderr,
            "usage: %s [--homes] [--from N] [--count N] [--seed N] [--twice] [--traces] [--verbose]"
            " [--wrong NAME]\n",
            program);
    exit(2);
}

static uint64_t number(const char *text)
{
    char *end;
    uint64_t value;

    if (!text)
        usage();
    value = strtoull(text, &end, 10);
    if (end == text || *end)
        usage();
    return value;
}

/* ---- deliberate faults ---- */

#ifdef HL_WRONG_VARIANTS

int hl_wrong;

static const struct {
    const char *name, *meaning;
} faults[] = {
#define FAULT(name, meaning) {#name, meaning},
    HL_WRONG_LIST(FAULT) HL_WRONG_SESSIONS(FAULT) HL_WRONG_DELIVERY(FAULT)
#undef FAULT
};

enum { FAULTS = sizeof faults / sizeof *faults, FAULTS_OF_HOMES = HL_WRONG_EFFECTS_EARLY - 1 };

#else

enum { FAULTS = 0, FAULTS_OF_HOMES = 0 };

static const struct {
    const char *name, *meaning;
} faults[1];
static int hl_wrong;

#endif

/* Of that kind of world: those of delivery come last, and show with homes alone. */
static void list_faults(bool homes)
{
    for (int i = 0; i < FAULTS; i++) {
        if (homes == (i >= FAULTS_OF_HOMES))
            puts(faults[i].name);
    }
    exit(0);
}

static void choose_fault(const char *name)
{
    for (hl_wrong = 1; hl_wrong <= FAULTS; hl_wrong++) {
        if (strcmp(faults[hl_wrong - 1].name, name) == 0) {
            printf("with the fault that %s\n", faults[hl_wrong - 1].meaning);
            return;
        }
    }
    fprintf(stderr, "%s: no fault \"%s\" here\n", program, name);
    exit(2);
}

static void parse(struct options *o, char **argv)
{
    for (; *argv; argv++) {
        const char *name = *argv;

        if (strcmp(name, "--twice") == 0) {
            o->twice = true;
        } else if (strcmp(name, "--traces") == 0) {
            o->traces = true;
        } else if (strcmp(name, "--verbose") == 0) {
            o->verbose = true;
        } else if (strcmp(name, "--list") == 0) {
            list_faults(o->homes);
        } else if (strcmp(name, "--homes") == 0) {
            o->homes = true;
            kind = " --homes";
        } else if (strcmp(name, "--wrong") == 0 && argv[1]) {
            o->wrong = *++argv;
        } else if (strcmp(name, "--from") == 0) {
            o->from = number(*++argv);
        } else if (strcmp(name, "--count") == 0) {
            o->count = number(*++argv);
        } else if (strcmp(name, "--seed") == 0) {
            o->from = number(*++argv);
            o->count = 1;
        } else {
            usage();
        }
        if (!*argv)
            usage();
    }
}

static bool run(const struct options *o, uint64_t seed, struct chaos_result *r)
{
    void (*const run_world)(uint64_t, int64_t, bool, struct chaos_result *) =
        o->homes ? homes_run : chaos_run;
    struct chaos_result again;

    current = seed;
    run_world(seed, 0, o->verbose, r);
    if (!r->ok || !o->twice)
        return r->ok;
    run_world(seed, TEN_YEARS, false, &again);
    if (again.hash == r->hash)
        return true;
    (void)snprintf(r->failed, sizeof r->failed, "two runs, two traces: %016" PRIx64 " %016" PRIx64,
                   r->hash, again.hash);
    return false;
}

int main(int argc, char **argv)
{
    struct options o = {.count = 1000};
    struct chaos_result r;
    uint64_t failed = 0, datagrams = 0, messages = 0;
    double seconds = 0;

    (void)argc;
    program = argv[0];
    parse(&o, argv + 1);
    wrong_name = o.wrong;
    if (o.wrong)
        choose_fault(o.wrong);
    signal(SIGABRT, on_abort);
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (uint64_t seed = o.from; seed < o.from + o.count; seed++) {
        if (!run(&o, seed, &r)) {
            failed++;
            printf("FAILED seed %" PRIu64 ": %s\n  repeat: %s%s%s%s --seed %" PRIu64 "\n", seed,
                   r.failed, program, kind, o.wrong ? " --wrong " : "", o.wrong ? o.wrong : "",
                   seed);
            if (o.wrong) {
                printf("noticed after %" PRIu64 " seeds\n", seed - o.from + 1);
                return 0;
            }
        }
        if (o.traces)
            printf("seed %" PRIu64 ": %016" PRIx64 "\n", seed, r.hash);
        datagrams += r.datagrams;
        messages += r.messages;
        seconds += (double)r.duration / 1e6;
    }
    printf("%" PRIu64 " seeds, %" PRIu64 " failed: %" PRIu64 " datagrams, %" PRIu64
           " messages, %.0f virtual seconds\n",
           o.count, failed, datagrams, messages, seconds);
    return failed || o.wrong ? 1 : 0;
}
