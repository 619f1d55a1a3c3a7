/* SPDX-License-Identifier: MIT */
/* Operating system commands (ECMA-48 8.3.89): window titles and desktop notifications. They end
 * with ST: where they are not known no bell rings. Texts must be filtered, on one line. */
#ifndef HL_OSC_H
#define HL_OSC_H

#include "settings.h"

enum {
    HL_OSC_MAX = 1024, /* bytes of one */
};

/* OSC 2. Returns the length. */
size_t hl_osc_title(char out[static HL_OSC_MAX], const char *title);

/* OSC 9 (iTerm2) or OSC 777 (rxvt-unicode). Inside tmux it is wrapped, so that the terminal outside
 * gets it if allow-passthrough is on; if not, tmux drops it. kind: OSC9 or OSC777, else nothing. */
size_t hl_osc_notify(char out[static HL_OSC_MAX], enum hl_notify kind, bool tmux, const char *name,
                     const char *body);

#endif
