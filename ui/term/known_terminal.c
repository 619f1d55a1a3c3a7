/* SPDX-License-Identifier: MIT */
#include "known_terminal.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
    VTE_LINKS = 5002, /* 0.50.2; some before it crashed on a link */
    VTE_BIDI = 5800,
};

static bool begins_with(const char *name, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (strncmp(name, *list, strlen(*list)) == 0)
            return true;
    }
    return false;
}

/* The value, "" if there is none. */
static const char *value(const char *name)
{
    const char *found = getenv(name);

    return found != NULL ? found : "";
}

bool hl_known_terminal_links(void)
{
    static const char *const terms[] = {"xterm", "tmux",       "foot",    "alacritty", "kitty",
                                        "vte",   "gnome",      "konsole", "contour",   "mintty",
                                        "iterm", "iTerm2.app", "wezterm", "ghostty",   NULL};
    const char *vte = getenv("VTE_VERSION");

    if (vte != NULL && strtol(vte, NULL, 10) < VTE_LINKS)
        return false;
    return begins_with(value("TERM"), terms);
}

bool hl_known_terminal_reorders(void)
{
    static const char *const terms[] = {"mlterm", "mintty", "konsole", NULL};
    static const char *const programs[] = {"Apple_Terminal", "mintty", NULL};

    return strtol(value("VTE_VERSION"), NULL, 10) >= VTE_BIDI || getenv("MLTERM") != NULL ||
           getenv("KONSOLE_VERSION") != NULL || begins_with(value("TERM"), terms) ||
           begins_with(value("TERM_PROGRAM"), programs);
}

enum hl_notify hl_known_terminal_notify(void)
{
    /* Inside tmux what the terminal outside has put into the environment is still there. */
    static const char *const programs9[] = {"iTerm.app", NULL};
    static const char *const terms9[] = {"xterm-kitty", "iterm", NULL};
    static const char *const programs777[] = {"WezTerm", "ghostty", NULL};
    static const char *const terms777[] = {"foot", "rxvt-unicode", "wezterm", "xterm-ghostty",
                                           NULL};

    if (begins_with(value("TERM_PROGRAM"), programs9) ||
        begins_with(value("LC_TERMINAL"), (const char *const[]){"iTerm2", NULL}) ||
        begins_with(value("TERM"), terms9) || getenv("KITTY_WINDOW_ID") != NULL)
        return HL_NOTIFY_OSC9;
    if (begins_with(value("TERM_PROGRAM"), programs777) || begins_with(value("TERM"), terms777) ||
        getenv("WEZTERM_PANE") != NULL || getenv("GHOSTTY_RESOURCES_DIR") != NULL)
        return HL_NOTIFY_OSC777;
    return HL_NOTIFY_OFF;
}

bool hl_known_terminal_tmux(void)
{
    return value("TMUX")[0] != '\0';
}
