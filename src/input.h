/* SPDX-License-Identifier: MIT */
/* Standard input as lines, whatever is in them: NUL bytes and ill-formed UTF-8 pass unchanged.
 *
 * read(2) is called only by hl_input_fill(), once per call: after poll() it does not block, and
 * the descriptor stays in blocking mode, because a shell may share it. Main thread. */
#ifndef HL_INPUT_H
#define HL_INPUT_H

#include <stdbool.h>
#include <stddef.h>

enum {
    HL_INPUT_LINE_MAX = 1 << 20, /* bytes; a longer line is given in parts */
};

struct hl_input {
    int fd;
    bool ended;
    char *buf;
    size_t cap, start, end;
    size_t searched; /* from start: no newline in there */
    bool cut;        /* the line given last is a part, and goes on in the next */
};

void hl_input_init(struct hl_input *in, int fd);
void hl_input_fini(struct hl_input *in);

/* Reads once. Returns 0, also at the end of the file, or -errno; then ended is set. */
int hl_input_fill(struct hl_input *in) __attribute__((warn_unused_result));

/* Takes the next line, without its newline; at the end of the file also an unfinished one. *line
 * is valid until the next call of any function here. Returns false if there is none. */
bool hl_input_line(struct hl_input *in, const char **line, size_t *len);

/* Nothing left and nothing to come. */
bool hl_input_done(const struct hl_input *in);

/* Only white space: such a line is not sent. */
bool hl_input_blank(const char *line, size_t len);

#endif
