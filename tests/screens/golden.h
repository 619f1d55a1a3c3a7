/* SPDX-License-Identifier: MIT */
/* A screen as text that people review: its rows between two rulers, where the cursor stands, and
 * for some the style of every cell and what the styles look like. */
#ifndef HL_TEST_GOLDEN_H
#define HL_TEST_GOLDEN_H

#include "scene.h"

#include <stdio.h>

/* Builds the scene and prints it. */
void golden_print(FILE *to, const struct scene *s);

/* The line that a scene begins with. */
void golden_head(FILE *to, const struct scene *s);

/* All scenes of a subject, as its file has them. */
void golden_print_subject(FILE *to, const char *subject);

#endif
