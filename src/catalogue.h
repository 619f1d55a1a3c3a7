/* SPDX-License-Identifier: MIT */
/* Finds the catalogues of messages: those of the build tree beside the program that runs, else the
 * installed ones. */
#ifndef HL_CATALOGUE_H
#define HL_CATALOGUE_H

#include <stdbool.h>

/* Before any thread; until then all texts are English, those of the C library included. language:
 * as in LANGUAGE (zh_CN), "" = what the environment says. */
void hl_catalogue_open(const char *language);

#endif
