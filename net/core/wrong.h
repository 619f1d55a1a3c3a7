/* SPDX-License-Identifier: MIT */
/* Deliberate faults. A suite that is worth something finds each of them.
 *
 * They exist only where HL_WRONG_VARIANTS is defined: in the copy of the core that the tests of
 * the tests are linked with, which sets hl_wrong to the fault to commit. Everywhere else
 * HL_WRONG(name) is the constant 0, and nothing of it is compiled. */
#ifndef HL_WRONG_H
#define HL_WRONG_H

/* X(NAME, what goes wrong): one row per fault. */
#define HL_WRONG_LIST(X)                                                                           \
    X(ACK_UNTAKEN, "a packet is acknowledged though its data were not taken")                      \
    X(SENT_TWICE, "a message is queued twice")                                                     \
    X(NEVER_AGAIN, "what a lost packet carried is never sent again")                               \
    X(ACK_OFF_BY_ONE, "an ACK names the packet before, too")                                       \
    X(NO_FLOW_CONTROL, "the peer's stream limits are ignored")

enum hl_wrong_kind {
    HL_WRONG_NONE,
#define HL_WRONG_ENUM(name, text) HL_WRONG_##name,
    HL_WRONG_LIST(HL_WRONG_ENUM)
#undef HL_WRONG_ENUM
        HL_WRONG_END
};

#ifdef HL_WRONG_VARIANTS
extern int hl_wrong; /* enum hl_wrong_kind; of the test program */
#define HL_WRONG(name) (hl_wrong == HL_WRONG_##name)
#else
#define HL_WRONG(name) 0
#endif

#endif
