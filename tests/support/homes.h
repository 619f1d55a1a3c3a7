/* SPDX-License-Identifier: MIT */
/* Homes in temporary directories, and front ends that remember what they were told. */
#ifndef HL_TEST_HOMES_H
#define HL_TEST_HOMES_H

#include "client.h"
#include "clock.h"

#include <criterion/criterion.h>

enum {
    HOME_PATH = 64,
    HOME_TEXT = 200,
    HOME_CONTACTS = 8,
    HOME_PATIENCE = 20, /* seconds for anything that is to happen */
};

struct told_entry {
    uint64_t contact, row, flags, seq;
    uint8_t id[HL_ID_SIZE];
    char text[HOME_TEXT];
};

struct told_contact {
    uint64_t id, flags, reach, unread, waiting;
    int err;
    bool gone;
    uint64_t became;
    char name[HOME_TEXT], address[HOME_TEXT];
    uint8_t key[32], new_key[32];
};

/* A front end. */
struct front {
    struct hl_client *client;

    struct told_entry *entries; /* told unasked, in order */
    size_t entry_count;
    struct told_contact contacts[HOME_CONTACTS];
    size_t contact_count;
    size_t states[16]; /* records of each state */
    size_t refused;    /* STATE 0 */
    int last_err;      /* of ERROR or of a STATE */
    size_t stalls, unstalls, welcomes, notices, errors;
    int stall_err;
    size_t typings; /* records of TYPED */
    bool typing;    /* what the last one said */
    char typed[HOME_TEXT];
    char bound[HOME_TEXT];
    uint64_t ends;
    bool deaf; /* takes nothing */
};

/* Makes an empty directory (0700); its path in home. It is removed with the process group's end
 * by home_remove(). */
void home_make(char home[HOME_PATH]);
void home_remove(const char *home);
/* A key that depends on n alone. */
void home_secret(uint8_t secret[32], unsigned n);

/* A front end of that home: it serves, or follows who does. n: whose key. */
void front_open(struct front *f, const char *home, unsigned n, uint64_t flags);
/* The same with more to say; home, secret and flags in it are filled in. */
void front_open_as(struct front *f, const char *home, unsigned n, struct hl_client_config *config);
void front_close(struct front *f, hl_time flush);
/* Takes what there is. */
void front_pump(struct front *f);

/* Requests that wait for their answer. */
int front_ask(struct front *f, struct hl_ctl *request);
void front_listen(struct front *f, const char *typed); /* f->bound: where */
void front_pair(struct front *f);
uint64_t front_open_peer(struct front *f, const char *typed); /* the contact's number */
uint64_t front_open_peer_within(struct front *f, const char *typed, hl_time timeout);
/* The id that is made of n. */
void front_id(uint8_t id[HL_ID_SIZE], unsigned n);
/* hullo:KEY@ADDRESS */
void front_link(char link[400], const uint8_t key[32], const char *address);
/* One that does not wait, under the id that is made of n. */
void front_submit(struct front *f, uint64_t contact, unsigned n, const char *text);
struct told_contact *front_contact(struct front *f, uint64_t id);

/* Takes records of all until the condition holds; fails the test if it never does. */
#define FRONTS_UNTIL(condition, ...)                                                               \
    do {                                                                                           \
        struct front *fronts_[] = {__VA_ARGS__};                                                   \
        hl_time until_ = hl_clock_now() + HL_SECS(HOME_PATIENCE);                                  \
        fronts_wait(fronts_, sizeof fronts_ / sizeof *fronts_, 0);                                 \
        while (!(condition)) {                                                                     \
            cr_assert(hl_clock_now() < until_, "%s never came true", #condition);                  \
            fronts_wait(fronts_, sizeof fronts_ / sizeof *fronts_, 50);                            \
        }                                                                                          \
    } while (0)
void fronts_wait(struct front **fronts, size_t count, int ms);

#endif
