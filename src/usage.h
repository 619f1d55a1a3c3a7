/* SPDX-License-Identifier: MIT */
/* --help and --version, written from the tables. */
#ifndef HL_USAGE_H
#define HL_USAGE_H

#include "options.h"

#include <stdio.h>

/* The whole program's help, or that of one command if o names one. */
void hl_usage_help(const struct hl_options *o, FILE *out);
void hl_usage_version(FILE *out);

/* "Unicode: columns 14, ...": which versions wcwidth(3), utf8proc and fribidi know. */
enum {
    HL_USAGE_UNICODE = 128, /* bytes with NUL */
};
void hl_usage_unicode(char out[static HL_USAGE_UNICODE]);

#endif
