/* SPDX-License-Identifier: MIT */
/* What terminfo does not say about a terminal, guessed from what terminals say of themselves in the
 * environment. */
#ifndef HL_KNOWN_TERMINAL_H
#define HL_KNOWN_TERMINAL_H

#include "settings.h"

#include <stdbool.h>

/* It marks links (OSC 8), or ignores the sequence as ECMA-48 wants it. */
bool hl_known_terminal_links(void);

/* It puts text from right to left in visual order by itself. */
bool hl_known_terminal_reorders(void);

/* How it is asked for a notification: OSC9, OSC777, or OFF where nobody knows. */
enum hl_notify hl_known_terminal_notify(void);

/* We run inside tmux. */
bool hl_known_terminal_tmux(void);

#endif
