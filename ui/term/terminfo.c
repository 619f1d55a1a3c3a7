/* SPDX-License-Identifier: MIT */
#include "terminfo.h"

#include "theme.h"
#include "tty.h"

#include <curses.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

/* ncurses does not tell an entry that it cannot open from one that is not there. */
int hl_terminfo_missing(void)
{
    int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);

    if (fd < 0)
        return HL_TTY_FILES;
    close(fd);
    return HL_TTY_UNKNOWN;
}

int hl_terminfo_check(void)
{
    const char *name = getenv("TERM");
    int found = 0;

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return HL_TTY_NO_TTY;
    if (name == NULL || name[0] == '\0')
        return HL_TTY_UNSET;
    if (strcmp(name, "dumb") == 0)
        return HL_TTY_DUMB;
    if (setupterm(name, STDOUT_FILENO, &found) != OK)
        return found == 1 ? HL_TTY_DUMB : hl_terminfo_missing();
    bool moves = cursor_address != NULL;
    del_curterm(cur_term);
    return moves ? 0 : HL_TTY_DUMB;
}

int hl_terminfo_colours(void)
{
    static const int depths[] = {HL_DEPTH_RGB, HL_DEPTH_256, HL_DEPTH_16, HL_DEPTH_8};
    int have = tigetnum("colors"); /* max_colors is a short */

    if (have > HL_DEPTH_RGB) /* there are none more; start_color() would count them all */
        return HL_DEPTH_NONE;
    for (size_t i = 0; i < sizeof(depths) / sizeof(depths[0]); i++) {
        if (have >= depths[i])
            return depths[i];
    }
    return HL_DEPTH_NONE;
}

bool hl_terminfo_ecma48(void)
{
    return cursor_address != NULL && strncmp(cursor_address, "\033[", 2) == 0;
}

bool hl_terminfo_margins(void)
{
    return !auto_right_margin || (enter_am_mode != NULL && exit_am_mode != NULL);
}

void hl_terminfo_keep_palette(void)
{
    char *reset = tigetstr("oc"); /* -1 is "not a string" */

    /* The entry as ncurses itself reads it: what <term.h> names orig_colors is a copy of that. */
    if (reset != NULL && reset != (char *)-1)
        reset[0] = '\0';
}

bool hl_terminfo_titles(void)
{
    const char *title = tigetstr("tsl"); /* -1 is "not a string" */

    /* XT, an extended name: it takes OSC and XTWINOPS as xterm does. */
    return tigetflag("XT") > 0 ||
           (title != NULL && title != (char *)-1 && strncmp(title, "\033]", 2) == 0);
}

/* The entry exists and has colours as direct as we need them. */
static bool is_direct(const char *name)
{
    int found = 0;

    if (setupterm(name, STDOUT_FILENO, &found) != OK)
        return false;
    bool direct = tigetnum("colors") >= HL_DEPTH_RGB && tigetflag("RGB") > 0;
    del_curterm(cur_term);
    return direct;
}

bool hl_terminfo_direct(enum hl_colours wanted, char name[static HL_TERMINFO_NAME])
{
    const char *term = getenv("TERM");
    const char *says = getenv("COLORTERM");
    bool told = says != NULL && (strcmp(says, "truecolor") == 0 || strcmp(says, "24bit") == 0);

    if (term == NULL || strlen(term) + sizeof("-direct") > HL_TERMINFO_NAME)
        return false;
    snprintf(name, HL_TERMINFO_NAME, "%s", term);
    if (is_direct(name))
        return true;
    if (wanted != HL_COLOURS_TRUE && !(wanted == HL_COLOURS_AUTO && told))
        return false;
    snprintf(name, HL_TERMINFO_NAME, "%.*s-direct", (int)strcspn(term, "-"), term);
    return is_direct(name);
}

/* tputs() gives its bytes to a function without an argument of ours. */
static struct {
    char *out;
    size_t len, cap;
} collected;

static int collect(int byte)
{
    if (collected.len < collected.cap)
        collected.out[collected.len++] = (char)byte;
    return byte;
}

size_t hl_terminfo_ending(char *out, size_t cap)
{
    const char *const endings[] = {exit_attribute_mode, cursor_normal, exit_ca_mode};

    collected.out = out;
    collected.len = 0;
    collected.cap = cap;
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        if (endings[i] != NULL)
            tputs(endings[i], 1, collect);
    }
    return collected.len;
}
