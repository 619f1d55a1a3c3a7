/* SPDX-License-Identifier: MIT */
/* What waits to be written to one stream, and the tokens of the messages in it. A message counts
 * as sent when its last byte was taken by the kernel. One thread. */
#ifndef HL_OUTBUF_H
#define HL_OUTBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hl_outbuf_mark {
    uint64_t end; /* position in the stream after the message's last byte */
    uint64_t token;
    bool silent; /* nobody waits to hear of it */
};

/* Memory of a burst is given back when all of it was written. */
struct hl_outbuf {
    uint8_t *bytes;
    size_t head, len, cap; /* bytes[head, head + len) wait */
    uint64_t written;      /* position in the stream of bytes[head] */
    struct hl_outbuf_mark *marks;
    size_t mark_head, mark_len, mark_cap;
};

void hl_outbuf_fini(struct hl_outbuf *o); /* a zeroed struct is ready for use */

/* Copies one message. Returns false if memory ran out. */
bool hl_outbuf_add(struct hl_outbuf *o, uint64_t token, const void *data, size_t len);

/* The same in parts: bytes of a message, then its end. */
bool hl_outbuf_append(struct hl_outbuf *o, const void *data, size_t len);
bool hl_outbuf_end(struct hl_outbuf *o, uint64_t token, bool silent);

/* Bytes of the first message that still wait (seqpacket sends message by message). */
size_t hl_outbuf_first(const struct hl_outbuf *o);

/* Tells that n bytes from the front were written. */
void hl_outbuf_wrote(struct hl_outbuf *o, size_t n);

/* Takes the mark of a message that is written whole; false when none is. */
bool hl_outbuf_done(struct hl_outbuf *o, struct hl_outbuf_mark *mark);

/* Takes the mark of any message left, in order: for failing them all. */
bool hl_outbuf_drop(struct hl_outbuf *o, struct hl_outbuf_mark *mark);

#endif
