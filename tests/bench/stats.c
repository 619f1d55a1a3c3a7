/* SPDX-License-Identifier: MIT */
#include "stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

double stats_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

void stats_print(const char *name, double value)
{
    printf("%s %.*f\n", name, value < 100 ? 1 : 0, value);
    fflush(stdout);
}

void stats_print_quantiles(const char *name, double *values, size_t count)
{
    char key[64];

    qsort(values, count, sizeof *values, ascending);
    snprintf(key, sizeof key, "%s_p50_us", name);
    stats_print(key, values[count / 2]);
    snprintf(key, sizeof key, "%s_p99_us", name);
    stats_print(key, values[count * 99 / 100]);
}

void stats_die(const char *what)
{
    perror(what);
    exit(1);
}
