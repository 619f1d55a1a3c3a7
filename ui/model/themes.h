/* SPDX-License-Identifier: MIT */
/* The files of ui/themes as the build has put them into the program (ui/themes/embed.cmake). */
#ifndef HL_THEMES_H
#define HL_THEMES_H

#include <stddef.h>

struct hl_theme_file {
    const char *name; /* without .theme */
    const char *text;
    size_t len;
};

extern const struct hl_theme_file hl_themes[];
extern const size_t hl_themes_count;

#endif
