/* SPDX-License-Identifier: MIT */
/* One end of the transport for benchmarks: a node on a UDP socket, both driven by the caller's
 * own thread, as the libraries that it is compared with are. What the threads of hl_secure add
 * is measured by bench_net. */
#ifndef HL_BENCH_END_H
#define HL_BENCH_END_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct end;

/* A message of the chat stream, or (bulk) a piece of a byte stream. from tells senders apart. */
typedef void end_message(uint32_t from, const uint8_t *data, size_t len, bool bulk);

/* Bound to 127.0.0.1 and port (0: any); lets strangers in. NULL after saying why. */
struct end *end_new(int port, end_message *deliver);
void end_free(struct end *e);

/* Starts a handshake with whoever is at that port. */
void end_dial(struct end *e, int port);
bool end_connected(const struct end *e);

/* To the dialled peer, or (to != 0) to whom a message came from. False: no room now. */
bool end_send(struct end *e, uint32_t to, const void *data, size_t len);
/* Bulk, on a byte stream; returns how many bytes were taken. */
size_t end_write(struct end *e, const void *data, size_t len);

/* One round of input, timers and output over all of count ends; sleeps for at most timeout_us. */
void end_service(struct end *const *ends, size_t count, int timeout_us);

#endif
