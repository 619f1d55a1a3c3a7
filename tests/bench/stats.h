/* SPDX-License-Identifier: MIT */
/* What every benchmark needs: a clock, quantiles, and lines of the form "key value". */
#ifndef HL_BENCH_STATS_H
#define HL_BENCH_STATS_H

#include <stddef.h>

/* Microseconds of CLOCK_MONOTONIC. */
double stats_now(void);

/* Sorts values and prints NAME_p50_us and NAME_p99_us. */
void stats_print_quantiles(const char *name, double *values, size_t count);

void stats_print(const char *name, double value);

/* Says what failed, with errno, and ends the program. */
_Noreturn void stats_die(const char *what);

#endif
