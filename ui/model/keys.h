/* SPDX-License-Identifier: MIT */
/* Bytes from a terminal to keys: UTF-8, C0 controls, ESC as Meta, the CSI and SS3 sequences of
 * xterm, rxvt and the Linux console with modifiers (also modifyOtherKeys and CSI u), bracketed
 * paste as one event, focus reports, the mouse in xterm's SGR form (1006): what is garbled of it,
 * its old form and unknown sequences are swallowed whole. It never waits: when a lone ESC or the
 * start of a sequence lies here, hl_keys_pending() says how long to poll() before hl_keys_timeout()
 * decides.
 *
 *     while (hl_keys_next(k, &in, &len, &key))
 *         handle(&key);
 */
#ifndef HL_KEYS_H
#define HL_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(NAME, text): keys that are no character. */
#define HL_KEY_LIST(X)                                                                             \
    X(ENTER, "Enter")                                                                              \
    X(TAB, "Tab")                                                                                  \
    X(BACKSPACE, "Backspace")                                                                      \
    X(ESCAPE, "Esc")                                                                               \
    X(UP, "Up")                                                                                    \
    X(DOWN, "Down")                                                                                \
    X(LEFT, "Left")                                                                                \
    X(RIGHT, "Right")                                                                              \
    X(HOME, "Home")                                                                                \
    X(END, "End")                                                                                  \
    X(PAGE_UP, "PageUp")                                                                           \
    X(PAGE_DOWN, "PageDown")                                                                       \
    X(INSERT, "Insert")                                                                            \
    X(DELETE, "Delete")                                                                            \
    X(F1, "F1")                                                                                    \
    X(F2, "F2")                                                                                    \
    X(F3, "F3")                                                                                    \
    X(F4, "F4")                                                                                    \
    X(F5, "F5")                                                                                    \
    X(F6, "F6")                                                                                    \
    X(F7, "F7")                                                                                    \
    X(F8, "F8")                                                                                    \
    X(F9, "F9")                                                                                    \
    X(F10, "F10")                                                                                  \
    X(F11, "F11")                                                                                  \
    X(F12, "F12")                                                                                  \
    X(PASTE, "paste")                                                                              \
    X(FOCUS_IN, "focus in")                                                                        \
    X(FOCUS_OUT, "focus out")                                                                      \
    X(MOUSE, "mouse")

/* A key is one number: a code point or a named key, with modifiers above it. Control characters
 * appear as HL_KEY_CTRL with the lower-case letter (C-j is not Enter), C-Space, C-\ ] ^ _. */
enum hl_key_code {
    HL_KEY_NONE = 0,
    HL_KEY_NAMED = 0x110000, /* named keys follow the last code point */
#define HL_KEY_ENUM(name, text) HL_KEY_##name,
    HL_KEY_LIST(HL_KEY_ENUM)
#undef HL_KEY_ENUM
        HL_KEY_NAMED_END,
    HL_KEY_CODE = 0x1fffff, /* mask of the above */
    HL_KEY_SHIFT = 1 << 24, /* never set on characters, they are shifted already */
    HL_KEY_ALT = 1 << 25,
    HL_KEY_CTRL = 1 << 26,
};

enum {
    HL_KEYS_ESC_WAIT = 25,         /* ms: longer than a sequence needs, shorter than a person */
    HL_KEYS_PASTE_WAIT = 1000,     /* ms without a byte, then the end mark is taken as lost */
    HL_KEYS_PASTE_MAX = 64 * 1024, /* bytes of one paste that are kept */
    HL_KEYS_BURST_WAIT = 50,       /* ms without a byte, then an unmarked paste is over */
};

/* What the left button and the wheel do; the rest is not reported. */
enum hl_mouse {
    HL_MOUSE_PRESS,
    HL_MOUSE_DRAG,
    HL_MOUSE_RELEASE,
    HL_MOUSE_WHEEL_UP,
    HL_MOUSE_WHEEL_DOWN,
};

struct hl_key {
    uint32_t key; /* enum hl_key_code with modifiers */
    /* HL_KEY_PASTE only: raw bytes, valid until the next call; lost = bytes above the maximum. */
    const char *paste;
    size_t paste_len, paste_lost;
    /* HL_KEY_MOUSE only: what, and where, from 0; that may be outside of the screen. */
    enum hl_mouse mouse;
    int row, col;
};

struct hl_keys;

struct hl_keys *hl_keys_new(void); /* NULL: no memory */
void hl_keys_free(struct hl_keys *k);

/* One read(2) brought these bytes, which hl_keys_next() is about to take. Nobody types several
 * lines at once: then this is a paste of a terminal that does not mark it, and becomes HL_KEY_PASTE
 * with all that follows until the terminal rests. */
void hl_keys_read(struct hl_keys *k, const char *in, size_t len);

/* Takes bytes from *in (advancing *in and *len) until a key is complete: true and *key. False: all
 * bytes are used up. Ill-formed UTF-8 gives U+FFFD. */
bool hl_keys_next(struct hl_keys *k, const char **in, size_t *len, struct hl_key *key);

/* Milliseconds to wait for more bytes before hl_keys_timeout(), or -1 when nothing is pending: fit
 * for poll(). */
int hl_keys_pending(const struct hl_keys *k);

/* No byte came in that time: a lone ESC is the key Esc, an unfinished sequence is what its first
 * bytes mean (ESC [ is M-[) or dropped, an unfinished paste is delivered. True: *key is set. */
bool hl_keys_timeout(struct hl_keys *k, struct hl_key *key);

#endif
