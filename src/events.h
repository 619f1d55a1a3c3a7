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
    HL_NOTICE_MESSAGE,   /* conv, message */
    HL_NOTICE_SENT,      /* conv, number */
    HL_NOTICE_RECEIVED,  /* conv, number */
    HL_NOTICE_FAILED,    /* conv, number, err, text: how our message began, if known */
    HL_NOTICE_OPENED,    /* conv */
    HL_NOTICE_FINISHED,  /* conv */
    HL_NOTICE_CLOSED,    /* conv, err */
    HL_NOTICE_DROPPED,   /* count */
    HL_NOTICE_RESOLVED,  /* what, found with an address */
    HL_NOTICE_ALIAS,     /* what, found: another name of it */
    HL_NOTICE_CANONICAL, /* what, found: its canonical name */
    HL_NOTICE_HOST,      /* host */
    HL_NOTICE_IDENTITY,  /* own */
    HL_NOTICE_ERROR,     /* what, err; why if err says too little */
    HL_NOTICE_COUNT,
};

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
    const struct hl_found *found;
    const struct hl_host_news *host;
    const struct hl_own *own;
    uint64_t number, count;
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
    HL_EVENT_FIELDS_MAX = 12,
};
struct hl_event_row {
    const char *name;
    const char *help;
    const char *required[HL_EVENT_FIELDS_MAX + 1]; /* names of fields, ended by NULL */
    const char *optional[HL_EVENT_FIELDS_MAX + 1];
};
const struct hl_event_row *hl_events_row(enum hl_notice_kind kind);
const struct hl_event_field *hl_events_field(const char *name);

/* One object, to be released with json_decref(); NULL if memory is out. */
json_t *hl_events_json(const struct hl_notice *n);
/* It as one line of printable ASCII without newline, to be freed; NULL if memory is out. */
char *hl_events_text(const json_t *object) __attribute__((warn_unused_result, malloc));

/* The JSON Schema of all events. */
json_t *hl_events_schema(void);

/* One line in the log: what, with whom, why; never what was said. Nothing for HL_NOTICE_COUNT. */
struct hl_log;
void hl_events_log(struct hl_log *log, const struct hl_notice *n);

/* SENT, RECEIVED or FAILED; HL_NOTICE_COUNT for QUEUED. */
enum hl_notice_kind hl_events_message(enum hl_msg_state state);

/* The event that a state is, HL_NOTICE_COUNT for none. */
enum hl_notice_kind hl_events_kind(enum hl_conv_state state);

/* What a new state of c, told by the talk's changed(), means: OPENED, FINISHED, CLOSED or ERROR
 * (the dial failed); HL_NOTICE_COUNT for nothing new. Keeps the last state in c->user. */
enum hl_notice_kind hl_events_state(struct hl_conv *c);

#endif
