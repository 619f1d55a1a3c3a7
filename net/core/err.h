/* SPDX-License-Identifier: MIT */
/* One error type for all of net: an int, 0 for success, negative for failure.
 *   -1 .. -4095          -errno, as the kernel returned it
 *   HL_ERR_* below       what errno has no number for: names, closed peers, full queues
 * Text is for people; programs compare numbers or hl_err_class(). */
#ifndef HL_ERR_H
#define HL_ERR_H

/* X(NAME, class, text) */
#define HL_ERR_LIST(X)                                                                             \
    X(CLOSED, RUNTIME, "the peer closed the connection")                                           \
    X(STOPPED, RUNTIME, "the network is being stopped")                                            \
    X(BUSY, RUNTIME, "too much is waiting to be sent")                                             \
    X(CANCELLED, RUNTIME, "cancelled")                                                             \
    X(NO_LINK, RUNTIME, "no such connection")                                                      \
    X(TOO_LONG, RUNTIME, "too long for one message")                                               \
    X(NO_PEER, RUNTIME, "no such peer")                                                            \
    X(PEERS_FULL, RUNTIME, "too many peers")                                                       \
    X(SAME_PEER, RUNTIME, "the same peer as in another conversation")                              \
    X(KEY_CHANGED, IDENTITY, "the peer has another key than before")                               \
    X(NO_ANSWER, TIMEOUT, "no answer")                                                             \
    X(BAD_FRAME, RUNTIME, "the peer sent a malformed frame")                                       \
    X(UNKNOWN_FRAME, RUNTIME, "the peer sent a frame of an unknown type")                          \
    X(FLOW_CONTROL, RUNTIME, "the peer sent more than it may")                                     \
    X(STREAM_LIMIT, RUNTIME, "the peer opened too many streams")                                   \
    X(STREAM_STATE, RUNTIME, "the peer sent what does not fit the state of a stream")              \
    X(BAD_MESSAGE, RUNTIME, "the peer sent a message of an impossible length")                     \
    X(BAD_ACK, RUNTIME, "the peer acknowledged what was never sent")                               \
    X(STORAGE, STORAGE, "cannot be kept on disk")                                                  \
    X(STORE_NEWER, STORAGE, "the store was written by a newer version of this program")            \
    X(STORE_DAMAGED, STORAGE, "the store is damaged")                                              \
    X(STORE_SEALED, STORAGE, "the store is sealed under another passphrase")                       \
    X(PASSPHRASE, STORAGE, "the passphrase is wrong")                                              \
    X(EXPIRED, TIMEOUT, "its time ran out before it was delivered")                                \
    X(REFUSED_LONG, RUNTIME, "too long for the peer")                                              \
    X(REFUSED_QUOTA, RUNTIME, "the peer keeps no more from us")                                    \
    X(REFUSED_BAD, RUNTIME, "refers to what the peer does not have")                               \
    X(BLOCKED, RUNTIME, "this contact is blocked")                                                 \
    X(NOT_ACCEPTED, IDENTITY, "the peer does not accept us")                                       \
    X(OTHER_VERSION, RUNTIME, "another version of this program runs in this home")                 \
    X(BAD_HANDSHAKE, RUNTIME, "not a handshake message")                                           \
    X(FRAMING, RUNTIME, "the peer sent what is no record")                                         \
    X(TIMEOUT, TIMEOUT, "timed out")                                                               \
    X(NOT_FOUND, NAME, "no such name")                                                             \
    X(NO_ADDRESS, NAME, "the name has no address of that family")                                  \
    X(NAME_AGAIN, NAME, "the name server gave no answer")                                          \
    X(NAME_FAILED, NAME, "the name server failed")                                                 \
    X(NAME_BUSY, NAME, "resolver busy: too many look-ups are stuck")                               \
    X(BAD_NAME, USAGE, "not a host name")                                                          \
    X(BAD_PORT, USAGE, "port must be a number from 1 to 65535 or a known service name")            \
    X(BAD_IPV4, USAGE,                                                                             \
      "an IPv4 address is four decimal numbers from 0 to 255, without leading zeros")              \
    X(BAD_IPV6, USAGE, "not an IPv6 address")                                                      \
    X(BAD_SCOPE, USAGE, "no such network interface")                                               \
    X(NEEDS_SCOPE, USAGE, "a link-local address needs its interface, as in fe80::1%eth0")          \
    X(BAD_PATH, USAGE, "a socket path is 1 to 107 bytes long")                                     \
    X(BAD_ENDPOINT, USAGE,                                                                         \
      "not an address: expected HOST, HOST:PORT, [V6]:PORT, tcp://... or unix:PATH")               \
    X(HOME_OWNER, STORAGE, "the directory belongs to another user")

enum hl_err_class {
    HL_CLASS_OK,
    HL_CLASS_RUNTIME,     /* exit 1 */
    HL_CLASS_USAGE,       /* exit 2: the words given cannot mean anything */
    HL_CLASS_NAME,        /* exit 3: name not resolved */
    HL_CLASS_UNREACHABLE, /* exit 4: refused or unreachable */
    HL_CLASS_TIMEOUT,     /* exit 5 */
    HL_CLASS_IDENTITY,    /* exit 6: another key, or not accepted */
    HL_CLASS_STORAGE,     /* exit 7: disk full, read-only, corrupt */
};

enum hl_err {
    HL_ERR_BASE = -5000,
#define HL_ERR_ENUM(name, class, text) HL_ERR_##name,
    HL_ERR_LIST(HL_ERR_ENUM)
#undef HL_ERR_ENUM
        HL_ERR_END
};

/* Static text for any value above, "done" for 0. Never NULL, any thread. */
const char *hl_err_text(int err);

/* Short word fit for a message line: "refused", "unreachable", "reset", else hl_err_text(). */
const char *hl_err_word(int err);

enum hl_err_class hl_err_class(int err);

#endif
