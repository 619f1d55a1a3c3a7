/* SPDX-License-Identifier: MIT */
/* Programs of tests/peers as children, with both ends of a conversation over pipes. They die with
 * the test. Failures end the running test. */
#ifndef HL_TEST_PEER_H
#define HL_TEST_PEER_H

#include "types.h"

#include <sys/types.h>

struct peer {
    pid_t pid;
    int in;  /* its stdin */
    int out; /* its stdout */
};

enum {
    PEER_LINE_MAX = 512,
    PEER_PATIENCE = 20, /* seconds for anything a peer is to do */
};

/* Starts python3 tests/peers/SCRIPT with arguments up to NULL. */
void peer_start(struct peer *p, const char *script, ...) __attribute__((sentinel));

/* The next line it prints, without newline, in a static buffer; "" at the end of its output. */
const char *peer_line(struct peer *p);
uint16_t peer_port(struct peer *p); /* that line as a number */
void peer_say(struct peer *p, const char *text);

/* Closes its stdin and waits for its end. Returns the exit status, -1 for a signal. */
int peer_end(struct peer *p);
void peer_kill(struct peer *p);

/* Decimal text of a port in one of a few static buffers, for peer_start(). */
const char *port_text(uint16_t port);

/* 127.0.0.1 or ::1 */
struct hl_addr loopback(uint16_t port);
struct hl_addr loopback6(uint16_t port);
/* "@hullo-test-PID-N": an abstract address nobody else has, its text for a peer in *text. */
struct hl_addr abstract_addr(const char **text);

/* Runs a shell command; its exit status. */
int shell(const char *command);
/* Puts this test into a network namespace of its own with lo up; false if not permitted. */
bool own_netns(void);

#endif
