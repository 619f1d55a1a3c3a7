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

/* The same for sessions: found by the tests of net/core/node, and by the simulator if they show on
 * the network. */
#define HL_WRONG_SESSIONS(X)                                                                       \
    X(MOVED_BY_ANY, "any authentic packet moves the peer's address, however old")                  \
    X(NUMBERS_AGAIN, "packet numbers start anew with each session")                                \
    X(MAC1_UNCHECKED, "handshakes are answered whatever their mac1")                               \
    X(GUEST_TRUSTED, "a session is up before its initiator has confirmed it")                      \
    X(AMPLIFIES, "an unproven address gets all that there is to send")                             \
    X(KEYS_KEPT, "keys that are used no more stay in memory")                                      \
    X(INITIAL_TWICE, "a repeated INITIAL is taken for a new one")                                  \
    X(STRANGERS_ANSWERED, "strangers are answered though pairing is off")                          \
    X(NEVER_DOUBTS, "a session is believed in until the peer counts as silent")                    \
    X(CARRIED_OVER, "messages outlive their association though their owner repeats them")

/* The same for the way of entries from disk to disk: found by the simulator of it. */
#define HL_WRONG_DELIVERY(X)                                                                       \
    X(EFFECTS_EARLY, "effects come out though the commit failed")                                  \
    X(RECEIPT_EARLY, "a receipt leaves though the commit failed")                                  \
    X(NO_DEDUP, "an entry that is known is told again")                                            \
    X(DEDUP_HIGHEST, "an entry below the highest number counts as known")                          \
    X(NEVER_REPEATED, "a new session repeats nothing of the last one")                             \
    X(CANCEL_EARLY, "a cancel counts as done before the peer has agreed")                          \
    X(ABSENCE_ONCE, "a new session is not told that our user is away")                             \
    X(OLD_NUMBERS, "another key goes on with the numbers of the last one")                         \
    X(TWO_SESSIONS, "calls that cross leave each end in the session that it began")

/* The same for the store: found by the power cuts of tests/unit/test_store_power.c. */
#define HL_WRONG_STORE(X) X(SYNC_NORMAL, "a commit does not wait for the disk")

enum hl_wrong_kind {
    HL_WRONG_NONE,
#define HL_WRONG_ENUM(name, text) HL_WRONG_##name,
    HL_WRONG_LIST(HL_WRONG_ENUM) HL_WRONG_SESSIONS(HL_WRONG_ENUM) HL_WRONG_DELIVERY(HL_WRONG_ENUM)
        HL_WRONG_STORE(HL_WRONG_ENUM)
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
