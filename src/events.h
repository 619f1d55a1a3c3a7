/* SPDX-License-Identifier: MIT */
/* Notices: what happened, for people (print.h) and as JSON event objects for programs.
 *
 * The JSON form has one table of events and one of fields; events.schema.json in this directory
 * is written from them, and a test compares the two. Every object has "v", "event" and "time";
 * readers are to ignore fields they do not know. The output is ASCII: what a terminal could take
 * for a control is escaped, and nothing is lost. */
#ifndef HL_EVENTS_H
#define HL_EVENTS_H

#include "session.h"

#include <jansson.h>

enum {
    HL_EVENTS_VERSION = 1,
};

enum hl_notice_kind {
    HL_NOTICE_LISTENING, /* bound */
    HL_NOTICE_MESSAGE,   /* conv, message: plain */
    HL_NOTICE_ENTRY,     /* conv, record */
    HL_NOTICE_QUEUED,    /* this and what became of it after that: conv, fate; text: how our
                          * message began, if known */
    HL_NOTICE_SENT,
    HL_NOTICE_DELIVERED,
    HL_NOTICE_READ,
    HL_NOTICE_FAILED,
    HL_NOTICE_EXPIRED,
    HL_NOTICE_CANCELLING,
    HL_NOTICE_CANCELLED,
    HL_NOTICE_OPENED,    /* conv */
    HL_NOTICE_FINISHED,  /* conv */
    HL_NOTICE_CLOSED,    /* conv, err */
    HL_NOTICE_CONTACT,   /* conv: its key, or what is known of it, has changed */
    HL_NOTICE_AWAY,      /* conv: its user is away, or is back */
    HL_NOTICE_GAP,       /* conv, record */
    HL_NOTICE_HEALED,    /* conv, record */
    HL_NOTICE_TYPING,    /* conv, record */
    HL_NOTICE_STORAGE,   /* record: the disk takes nothing, or does again */
    HL_NOTICE_DROPPED,   /* count */
    HL_NOTICE_RESOLVED,  /* what, found with an address */
    HL_NOTICE_ALIAS,     /* what, found: another name of it */
    HL_NOTICE_CANONICAL, /* what, found: its canonical name */
    HL_NOTICE_HOST,      /* host */
    HL_NOTICE_IDENTITY,  /* own */
    HL_NOTICE_SAFETY,    /* conv, text: the number */
    HL_NOTICE_ERROR,     /* what, err; why if err says too little */
    HL_NOTICE_COUNT,
};

struct hl_known;

/* Who we are, and where. */
struct hl_own {
    const char *name, *link;
    const uint8_t *key;
    bool sealed;
};

/* Only what the kind needs is set; everything is borrowed. */
struct hl_notice {
    enum hl_notice_kind kind;
    int err;
    int64_t time_us; /* since the epoch; 0 = now */
    const struct hl_conv *conv;
    const struct hl_bound *bound;
    const struct hl_incoming *message;
    const struct hl_ctl *record; /* of the messenger */
    const struct hl_fate *fate;
    const struct hl_found *found;
    const struct hl_host_news *host;
    const struct hl_own *own;
    const struct hl_known *known; /* CONTACT: more about it */
    uint64_t count;
    const char *text;
    size_t text_len;
    const char *what, *why;
};

struct hl_event_field {
    const char *name;
    const char *type; /* of JSON Schema: "string", "integer", "number", "boolean" */
    const char *help;
    json_t *(*value)(const struct hl_notice *n); /* NULL = left out */
};
enum {
    HL_EVENT_FIELDS_MAX = 20,
};
struct hl_event_row {
    const char *name;
    const char *help;
    const char *required[HL_EVENT_FIELDS_MAX + 1]; /* names of fields, ended by NULL */
    const char *optional[HL_EVENT_FIELDS_MAX + 1];
};
const struct hl_event_row *hl_events_row(enum hl_notice_kind kind);
const struct hl_event_field *hl_events_field(const char *name);
const struct hl_event_field *hl_events_fields(size_t *count); /* in the order they are written */

/* The error that a notice is about, 0 for none. */
int hl_events_error(const struct hl_notice *n);

/* One object, to be released with json_decref(); NULL if memory is out. */
json_t *hl_events_json(const struct hl_notice *n);
/* It as one line of printable ASCII without newline, to be freed; NULL if memory is out. */
char *hl_events_text(const json_t *object) __attribute__((warn_unused_result, malloc));

/* The JSON Schema of all events. */
json_t *hl_events_schema(void);

/* One line in the log: what, with whom, why; never what was said. Nothing for HL_NOTICE_COUNT. */
struct hl_log;
void hl_events_log(struct hl_log *log, const struct hl_notice *n);

/* The event that a contact's presence is, if it is another one than what was told of it last; else
 * HL_NOTICE_COUNT. */
enum hl_notice_kind hl_events_away(struct hl_conv *c);
/* "away: gone fishing", "here again", for people. Not sanitised. */
enum {
    HL_EVENTS_AWAY = HL_AWAY_MAX + 64,
};
const char *hl_events_away_text(const struct hl_conv *c, char out[static HL_EVENTS_AWAY]);

/* The event that the state of a message is. */
enum hl_notice_kind hl_events_message(enum hl_entry_state state);

/* The event that a record of the messenger is, for told(); HL_NOTICE_COUNT for none. */
enum hl_notice_kind hl_events_record(enum hl_ctl_kind kind);

/* The event that a state is, HL_NOTICE_COUNT for none. */
enum hl_notice_kind hl_events_kind(enum hl_conv_state state);

/* What a new state of c, told by the talk's changed(), means: OPENED, FINISHED, CLOSED or ERROR
 * (the dial failed); HL_NOTICE_COUNT for nothing new. The messenger tries again and again: that
 * it fails as before is not new. */
enum hl_notice_kind hl_events_state(struct hl_conv *c);

/* HL_NOTICE_CONTACT if something is marked in c that was not told of before, or no more. */
enum hl_notice_kind hl_events_marks(struct hl_conv *c);

/* What is to be known about a contact, most urgent first: "its key has changed: ...", "verified";
 * "" for nothing. Not sanitised. */
enum {
    HL_EVENTS_MARKS = 512,
};
const char *hl_events_marks_text(const struct hl_conv *c, char out[static HL_EVENTS_MARKS]);

/* What may help where err is all that is known of a peer; NULL = nothing in particular. Not
 * translated yet. */
const char *hl_events_hint(const struct hl_conv *c, int err);

/* "2 messages missing, asked for again", for GAP and HEALED. */
const char *hl_events_gap_text(const struct hl_ctl *r, char out[static HL_EVENTS_MARKS]);

/* An id as 32 hexadecimal digits. */
enum {
    HL_EVENTS_ID = 2 * HL_ID_SIZE + 1,
};
const char *hl_events_id(const uint8_t id[static HL_ID_SIZE], char out[static HL_EVENTS_ID]);

#endif
