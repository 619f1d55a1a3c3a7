/* SPDX-License-Identifier: MIT */
#include "terminfo.h"

#include "tty.h"

#include <curses.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <unistd.h>

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
        return found == 1 ? HL_TTY_DUMB : HL_TTY_UNKNOWN;
    bool moves = cursor_address != NULL;
    del_curterm(cur_term);
    return moves ? 0 : HL_TTY_DUMB;
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
