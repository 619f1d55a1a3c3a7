/* SPDX-License-Identifier: MIT */
/* Themes by name: a file of the user's in themes/ beside hullo.conf, one of the program's, or any
 * file by its path. Main thread. */
#ifndef HL_LOOKS_H
#define HL_LOOKS_H

#include "home.h"
#include "theme.h"

/* Loads one into *out. conf: path of hullo.conf, "" = none. Returns 0, or -1 with "what: why", and
 * then *out is as it was. */
int hl_looks_load(const char *conf, const char *name, struct hl_theme *out,
                  char why[static HL_WHY_MAX]) __attribute__((warn_unused_result));

/* Calls each() with every name that can be loaded; those of the program come first. */
void hl_looks_list(const char *conf, void (*each)(void *user, const char *name), void *user);

#endif
