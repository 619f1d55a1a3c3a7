/* SPDX-License-Identifier: MIT */
/* Whom a program under measurement talks to: it says lines to the program, and counts what the
 * program says to it. A listener for raw text, an IRC server of one channel, a second Hullo, or
 * (for cat, which reads descriptor 3 as well) a socket pair. All on 127.0.0.1. */
#ifndef HL_BENCH_PARTNER_H
#define HL_BENCH_PARTNER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum partner_kind {
    PARTNER_RAW,
    PARTNER_IRC,
    PARTNER_HULLO,
    PARTNER_PAIR,
};

enum {
    PARTNER_MARK = 'x', /* a character that only pasted text has */
};

/* The last line of a counted flood; its letters are in none of the others, so that no terminal
 * library leaves any of them standing from before. */
#define PARTNER_LAST "QUVWXYZ"

struct partner {
    enum partner_kind kind;
    unsigned port;  /* what the program connects to */
    int listener;   /* or -1 */
    int to;         /* lines to the program are written here, */
    int from;       /* and what it says is read here */
    int extra;      /* descriptor for the program, or -1 */
    pid_t pid;      /* of the second Hullo, or 0 */
    pid_t writer;   /* the process that says lines, or 0 */
    char line[512]; /* of an IRC client, so far */
    size_t line_len;
    bool registered; /* the IRC client has been welcomed, */
    bool joined;     /* and is in the channel */
    size_t lines;    /* the program has said */
    size_t marks;    /* PARTNER_MARKs in them */
};

/* Before the program starts. home: a directory for the second Hullo, whose program hullo is. */
void partner_open(struct partner *p, enum partner_kind kind, const char *hullo, const char *home);
/* Takes the program's connection, until it is greeted; false: that took longer than ms. */
bool partner_accept(struct partner *p, int ms);
void partner_close(struct partner *p);

/* Takes what the program says, for at most ms, and counts it. False: nothing came. */
bool partner_hear(struct partner *p, int ms);

/* Another process says lines from now on: count of them, the last being PARTNER_LAST, or (0) until
 * partner_silence(); so many a second, or (0) as fast as they are taken. */
void partner_talk(struct partner *p, size_t count, unsigned per_second);
void partner_silence(struct partner *p);

#endif
