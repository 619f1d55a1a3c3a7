/* SPDX-License-Identifier: MIT */
/* The role of owning the terminal, checked by clang's -Wthread-safety: ncurses is not
 * thread-safe, so one thread calls it. That thread enters the role once; what touches ncurses
 * says HL_TTY_THREAD on its prototype, and a call from elsewhere does not compile under clang. */
#ifndef HL_ROLE_H
#define HL_ROLE_H

#if defined(__clang__)
#define HL_ROLE_ATTR(x) __attribute__((x))
#else
#define HL_ROLE_ATTR(x)
#endif
#define HL_TTY_THREAD HL_ROLE_ATTR(requires_capability(hl_role_tty))

struct HL_ROLE_ATTR(capability("role")) hl_tty_role {
    char unused;
};

extern struct hl_tty_role hl_role_tty;

/* Tells the analysis that the calling thread owns the terminal from here on. */
static inline void hl_role_enter_tty(void) HL_ROLE_ATTR(assert_capability(hl_role_tty));
static inline void hl_role_enter_tty(void)
{
}

#endif
