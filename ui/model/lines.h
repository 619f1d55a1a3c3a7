/* SPDX-License-Identifier: MIT */
/* Lines of one conversation: a window over its history that grows at both ends and is bounded by
 * number and by bytes. What falls out at one end can be put there again.
 *
 * Lines are numbered one after the other and never renumbered, so a line is found by its number in
 * O(1) as long as it is kept. Text is copied in and must be filtered already. Pure; one thread. */
#ifndef HL_LINES_H
#define HL_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum hl_lines_limits {
    HL_LINES_MAX = 10000,     /* lines kept of one conversation */
    HL_LINES_BYTES = 4 << 20, /* bytes they may take together, structs included */
    HL_SENDER_MAX = 96,       /* bytes of a sender that are kept */
    HL_QUOTE_MAX = 160,       /* of what the line answers */
    HL_AFTER_MAX = 208,       /* of what stands below it */
    HL_ENTRY_MAX = 16,        /* bytes of what the caller knows it by */
};

/* The first number given out; older lines get those before it. */
#define HL_LINES_START (UINT64_C(1) << 32)

enum hl_line_kind {
    HL_LINE_IN,     /* from the peer */
    HL_LINE_OUT,    /* from us */
    HL_LINE_NOTICE, /* from the program */
    HL_LINE_ERROR,
};

enum hl_line_state { /* of HL_LINE_OUT; never ahead of the truth */
                     HL_LINE_NONE,
                     HL_LINE_QUEUED,
                     HL_LINE_UNCONFIRMED, /* plain: it left, and nobody says more */
                     HL_LINE_SENT,        /* the peer's host has it */
                     HL_LINE_DELIVERED,   /* it is on the peer's disk */
                     HL_LINE_READ,
                     HL_LINE_FAILED, /* reason says why */
                     HL_LINE_EXPIRED,
                     HL_LINE_CANCELLING,
                     HL_LINE_CANCELLED,
                     HL_LINE_STATES,
};

enum hl_line_flag {
    HL_LINE_BAD_UTF8 = 1,  /* bytes were replaced by U+FFFD */
    HL_LINE_PARTIAL = 2,   /* the peer's line goes on in the next one */
    HL_LINE_CONTINUES = 4, /* goes on from the line before */
    HL_LINE_CUT = 8,       /* the rest is lost: too long for this host */
    HL_LINE_EDITED = 16,   /* its author has changed it */
    HL_LINE_SEEN = 32,     /* not news: it counts as unread nowhere */
    HL_LINE_AWAY = 64,     /* came while nobody looked: news also where it is shown at once */
    HL_LINE_DELETED = 128, /* its author has taken the text away */
    HL_LINE_MENTION = 256, /* our user is named in it */
};

/* Local time as the caller read it: the model knows no clock and no time zone. */
struct hl_stamp {
    int16_t year;       /* 2026 */
    uint8_t month, day; /* from 1 */
    uint8_t hour, minute, second;
};

struct hl_line {
    uint64_t id;
    uint64_t row, pos;  /* number in the store, place in the conversation; 0 = not known, or none */
    uint64_t answers;   /* the place of what it answers; 0 = nothing, or not known */
    uint64_t missing;   /* messages that are missing right before it */
    const char *reason; /* HL_LINE_FAILED: static storage, not owned */
    struct hl_stamp stamp;
    uint8_t kind;   /* enum hl_line_kind */
    uint8_t state;  /* enum hl_line_state */
    uint16_t flags; /* enum hl_line_flag */
    uint8_t sender_len, quote_len, after_len;
    uint8_t entry[HL_ENTRY_MAX]; /* zeros = none: nothing can refer to it */
    uint32_t len;
    char bytes[]; /* text, sender, quote, after, each with a NUL behind it */
};

static inline const char *hl_line_text(const struct hl_line *l)
{
    return l->bytes;
}

static inline const char *hl_line_sender(const struct hl_line *l)
{
    return l->bytes + l->len + 1;
}

static inline const char *hl_line_quote(const struct hl_line *l)
{
    return hl_line_sender(l) + l->sender_len + 1;
}

static inline const char *hl_line_after(const struct hl_line *l)
{
    return hl_line_quote(l) + l->quote_len + 1;
}

static inline bool hl_line_is_entry(const struct hl_line *l)
{
    static const uint8_t none[HL_ENTRY_MAX];

    return memcmp(l->entry, none, sizeof none) != 0;
}

struct hl_lines {
    struct hl_line **ring;
    size_t cap;  /* slots, a power of two */
    size_t head; /* slot of the oldest */
    size_t count;
    size_t bytes;
    size_t max_lines, max_bytes;
    uint64_t next_id;
    uint64_t forgotten;        /* lines that gave way to newer ones since all were dropped */
    uint64_t placed_forgotten; /* of them, those with a place in a store */
};

/* 0 stands for the defaults above. Allocates nothing until the first line. */
void hl_lines_init(struct hl_lines *l, size_t max_lines, size_t max_bytes);
void hl_lines_fini(struct hl_lines *l);

struct hl_line_new {
    enum hl_line_kind kind;
    enum hl_line_state state;
    uint32_t flags; /* enum hl_line_flag */
    struct hl_stamp stamp;
    uint64_t row, pos, answers, missing;
    const uint8_t *entry; /* HL_ENTRY_MAX bytes; NULL = none */
    const char *sender;   /* filtered, as all text; NULL = none */
    const char *text;
    size_t len;
    const char *quote; /* one line: what this one answers; NULL = nothing */
    const char *after; /* one line: reactions; NULL = none */
};

/* Appends a copy and forgets the oldest that no longer fit; the newest line is always kept. Returns
 * its number, 0 if memory is short. */
uint64_t hl_lines_add(struct hl_lines *l, const struct hl_line_new *line);
/* Puts a copy before the oldest. push: forgets the newest that no longer fit. Returns its number,
 * 0 if memory is short, or there is no room and nothing may be pushed out. */
uint64_t hl_lines_prepend(struct hl_lines *l, const struct hl_line_new *line, bool push);
/* Puts a copy between others, as its place wants it. Lines behind it get the next number each. Its
 * number, 0 if memory is short, there is no room, or its place is before the oldest line. */
uint64_t hl_lines_insert(struct hl_lines *l, const struct hl_line_new *line);
/* The same lines, the oldest count of them, with the same numbers, in an empty window. False if
 * memory is short. */
bool hl_lines_copy(struct hl_lines *to, const struct hl_lines *from, size_t count);

/* Sets the delivery mark. Returns false if the line is forgotten. reason: static storage. */
bool hl_lines_mark(struct hl_lines *l, uint64_t id, enum hl_line_state state, const char *reason);
/* Read is this line, and all before it that were delivered. */
void hl_lines_read(struct hl_lines *l, uint64_t id);
/* What is known of it once it is in the store; 0 and NULL change nothing. */
void hl_lines_set_row(struct hl_lines *l, uint64_t id, uint64_t row, uint64_t pos,
                      const uint8_t *entry);
/* Count messages, the first of them at that place, are no longer missing. */
void hl_lines_filled(struct hl_lines *l, uint64_t pos, uint64_t count);
/* What those quote that answer the message at that place. */
void hl_lines_requote(struct hl_lines *l, uint64_t pos, const char *quote);

/* Gives the line the text, flags, quote, answers and after of line. Returns false if it is
 * forgotten or memory is short, and then nothing has changed. */
bool hl_lines_replace(struct hl_lines *l, uint64_t id, const struct hl_line_new *line);
/* Forgets the oldest that no longer fit since others have grown: lines that were replaced, or quote
 * more than before. */
void hl_lines_fit(struct hl_lines *l);

/* The number of the line of that row or place in the conversation, 0 if it is not kept. Looks from
 * the newest back. */
uint64_t hl_lines_by_row(const struct hl_lines *l, uint64_t row);
uint64_t hl_lines_by_pos(const struct hl_lines *l, uint64_t pos);
/* The places of the oldest and the newest line that has one; 0 if none has. */
uint64_t hl_lines_first_pos(const struct hl_lines *l);
uint64_t hl_lines_last_pos(const struct hl_lines *l);

/* NULL if forgotten or not there yet. */
const struct hl_line *hl_lines_get(const struct hl_lines *l, uint64_t id);
uint64_t hl_lines_first(const struct hl_lines *l); /* oldest number kept; next_id if none */
uint64_t hl_lines_last(const struct hl_lines *l);  /* newest; the one before first if none */
void hl_lines_forget(struct hl_lines *l);          /* drops the oldest, if any */
void hl_lines_clear(struct hl_lines *l);           /* drops all; numbers go on */

/* Days from 1970-01-01 of a date, and back the day of the week (0 = Sunday). */
int32_t hl_stamp_day(const struct hl_stamp *s);
int hl_stamp_weekday(const struct hl_stamp *s);

#endif
