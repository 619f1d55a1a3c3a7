/* SPDX-License-Identifier: MIT */
/* Whether a program that has shown numbered lines ("line 17") still has them. */
#ifndef HL_BENCH_TERM_PAGES_H
#define HL_BENCH_TERM_PAGES_H

#include "term.h"

/* Pages back until nothing older comes. kept: how many of the numbers from 1 to lines - 1 were on
 * the screen; missing: how many above the lowest of them were not. */
void term_pages(struct term *t, size_t lines, size_t *kept, size_t *missing);

#endif
