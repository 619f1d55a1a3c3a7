/* SPDX-License-Identifier: MIT */
/* A store in a directory of its own, and short ways to fill and read it. */
#ifndef HL_STOREHOME_H
#define HL_STOREHOME_H

#include "store.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char home[64];
static char path[96];
static char why[HL_STORE_WHY];
static struct hl_store *store;
static const struct hl_ledger *ledger;

static inline int home_open(const uint8_t *seal)
{
    int err = hl_store_open(&(struct hl_store_config){.path = path, .seal = seal}, &store, why);

    ledger = store ? hl_store_ledger(store) : NULL;
    return err;
}

static inline void home_close(void)
{
    hl_store_close(store);
    store = NULL;
}

static inline void home_make(void)
{
    snprintf(home, sizeof home, "/tmp/hullo-store-XXXXXX");
    cr_assert_not_null(mkdtemp(home));
    snprintf(path, sizeof path, "%s/store.db", home);
}

static inline void home_remove(void)
{
    DIR *dir;
    struct dirent *entry;
    char name[400];

    home_close();
    chmod(home, 0700);
    dir = opendir(home);
    while (dir && (entry = readdir(dir))) {
        snprintf(name, sizeof name, "%s/%s", home, entry->d_name);
        unlink(name);
    }
    if (dir)
        closedir(dir);
    rmdir(home);
}

static inline void home_set_up(void)
{
    home_make();
    cr_assert_eq(home_open(NULL), 0, "%s", why);
}

static inline uint32_t add_contact(const char *name)
{
    struct hl_contact c = {.named = true};

    snprintf(c.name, sizeof c.name, "%s", name);
    cr_assert_eq(hl_store_contact_put(store, &c), 0, "%s", hl_store_why(store));
    return c.id;
}

/* What is stashed there, as text. */
static inline const char *stashed(uint32_t contact, const char *name)
{
    static char text[HL_STASH_MAX + 1];
    struct hl_bytes body;

    cr_assert_eq(hl_store_stashed(store, contact, name, &body), 0, "%s", hl_store_why(store));
    memcpy(text, body.at, body.len);
    text[body.len] = '\0';
    return text;
}

static inline int stash(uint32_t contact, const char *name, const char *text)
{
    return hl_store_stash(store, contact, name,
                          (struct hl_bytes){(const uint8_t *)text, strlen(text)});
}

/* An id that is told by a number. */
static inline const uint8_t *id_of(uint64_t number)
{
    static uint8_t ids[8][HL_ID_SIZE];
    static unsigned next;
    uint8_t *id = ids[next++ % 8];

    memset(id, 0x11, HL_ID_SIZE);
    memcpy(id, &number, sizeof number);
    return id;
}

static inline struct hl_entry make_entry(enum hl_entry_kind kind, uint64_t id, uint64_t target,
                                         const char *body)
{
    struct hl_entry e = {
        .kind = kind, .time_ms = 1234, .body = (const uint8_t *)body, .len = strlen(body)};

    memcpy(e.id, id_of(id), HL_ID_SIZE);
    if (target)
        memcpy(e.target, id_of(target), HL_ID_SIZE);
    return e;
}

/* Each is a transaction of its own. */
static inline int put_ours(uint32_t contact, struct hl_entry e, struct hl_ledger_row *row)
{
    struct hl_ledger_row unused;
    struct hl_ledger_counts counts;
    int err;

    cr_assert_eq(ledger->begin(ledger->user), 0, "%s", hl_store_why(store));
    cr_assert_eq(ledger->counts(ledger->user, contact, &counts), 0);
    e.seq = counts.next_seq;
    err = ledger->queue(ledger->user, contact, &e, NULL, row ? row : &unused);
    cr_assert_eq(ledger->commit(ledger->user), 0, "%s", hl_store_why(store));
    return err;
}

/* seq 0: the expected one. */
static inline int put_theirs(uint32_t contact, struct hl_entry e, uint64_t pos,
                             struct hl_ledger_row *row)
{
    struct hl_ledger_row unused;
    struct hl_ledger_counts counts;
    int err;

    cr_assert_eq(ledger->begin(ledger->user), 0, "%s", hl_store_why(store));
    cr_assert_eq(ledger->counts(ledger->user, contact, &counts), 0);
    if (e.seq == 0)
        e.seq = counts.expected++;
    err = ledger->take(ledger->user, contact, &e, pos, counts.expected, row ? row : &unused);
    cr_assert_eq(ledger->commit(ledger->user), 0, "%s", hl_store_why(store));
    return err;
}

static inline void set_state(uint64_t row, enum hl_entry_state state, int err)
{
    cr_assert_eq(ledger->begin(ledger->user), 0);
    cr_assert_eq(ledger->set_state(ledger->user, row, state, err), 0);
    cr_assert_eq(ledger->commit(ledger->user), 0, "%s", hl_store_why(store));
}

/* What a reader was told, one line an entry. */
struct told {
    size_t count;
    char text[4000];
    size_t len;
    struct hl_stored last;
};

static inline bool tell(void *user, const struct hl_stored *e)
{
    struct told *t = user;

    t->count++;
    t->last = *e;
    if (t->len < sizeof t->text)
        t->len += (size_t)snprintf(t->text + t->len, sizeof t->text - t->len, "%s%.*s%s%s%s%s",
                                   e->row.ours ? ">" : "<", (int)e->entry.len, e->entry.body,
                                   e->edited ? "*" : "", e->deleted ? "-" : "",
                                   e->reactions[0] ? " " : "", e->reactions);
    if (e->missing_before && t->len < sizeof t->text)
        t->len += (size_t)snprintf(t->text + t->len, sizeof t->text - t->len, " (%lu missing)",
                                   (unsigned long)e->missing_before);
    if (t->len < sizeof t->text)
        t->len += (size_t)snprintf(t->text + t->len, sizeof t->text - t->len, "\n");
    return true;
}

static inline struct told read_all(struct hl_store_query q)
{
    struct told t = {.count = 0};

    if (q.limit == 0)
        q.limit = HL_STORE_PAGE;
    cr_assert_eq(hl_store_read(store, &q, tell, &t), 0, "%s", hl_store_why(store));
    return t;
}

static inline void tidy(void)
{
    bool more = true;

    while (more)
        cr_assert_eq(hl_store_tidy(store, &more), 0, "%s", hl_store_why(store));
}

static inline void check(void)
{
    cr_assert_eq(hl_store_check(store, why), 0, "%s", why);
}

#endif
