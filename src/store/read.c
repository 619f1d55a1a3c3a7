/* SPDX-License-Identifier: MIT */
/* Reading conversations, and searching in them. */
#include "fts.h"
#include "store_inside.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Who is told. */
struct reader {
    bool (*each)(void *user, const struct hl_stored *e);
    void *user;
    size_t left;             /* entries that may still be told */
    struct hl_query *filter; /* NULL = all */
};

/* ---- what is added to an entry ---- */

struct reaction {
    char text[HL_REACTION_MAX + 1];
};

/* The last reactions of both: the peer's, ours. */
static int find_reactions(struct hl_store *s, const struct hl_stored *e, struct reaction out[2])
{
    sqlite3_stmt *stmt;
    int err =
        hl_db_start(&s->db, HL_SQL_REACTIONS,
                    HL_ARGS(HL_NUMBER(e->row.contact), HL_BYTES(e->row.id, HL_ID_SIZE)), &stmt);

    if (err < 0)
        return err;
    while ((err = hl_db_step(&s->db, stmt)) > 0) {
        struct reaction *r = &out[sqlite3_column_int(stmt, 1) != HL_STATE_TAKEN];
        uint64_t row = (uint64_t)sqlite3_column_int64(stmt, 0);
        size_t len;

        if (!hl_seal_get(s->seal, HL_SEALED_BODY, row, hl_db_column(stmt, 2), (uint8_t *)r->text,
                         sizeof r->text - 1, &len)) {
            hl_db_end(stmt);
            return hl_store_damaged(s, "entry", row);
        }
        r->text[len] = '\0';
    }
    return err;
}

static int add_reactions(struct hl_store *s, struct hl_stored *e)
{
    struct reaction r[2] = {{""}, {""}};
    int err = find_reactions(s, e, r);
    size_t len = 0;

    s->reactions[0] = '\0';
    if (r[0].text[0] && strcmp(r[0].text, r[1].text) == 0) {
        snprintf(s->reactions, sizeof s->reactions, "%s 2", r[0].text);
        return err;
    }
    for (int i = 0; i < 2; i++) {
        if (r[i].text[0])
            len += (size_t)snprintf(s->reactions + len, sizeof s->reactions - len, "%s%s 1",
                                    len ? " " : "", r[i].text);
    }
    return err;
}

static int count_missing(struct hl_store *s, uint32_t contact, uint64_t pos, uint64_t *out)
{
    const struct hl_conv *conv = hl_convs_find(&s->convs, contact);
    int64_t missing = 0;
    int err;

    *out = 0;
    if (!conv || conv->missing == 0)
        return 0;
    err = hl_db_number(&s->db, HL_SQL_GAP_MISSING, HL_ARGS(HL_NUMBER(contact), HL_NUMBER(pos)),
                       &missing);
    *out = (uint64_t)missing;
    return err;
}

static int add_answered(struct hl_store *s, uint32_t contact, const uint8_t *target,
                        struct hl_answered *out)
{
    sqlite3_stmt *stmt;
    size_t len = 0;
    int err = hl_db_start(&s->db, HL_SQL_ANSWERED,
                          HL_ARGS(HL_NUMBER(contact), HL_BYTES(target, HL_ID_SIZE)), &stmt);

    *out = (struct hl_answered){.pos = 0};
    err = err < 0 ? err : hl_db_step(&s->db, stmt);
    if (err <= 0)
        return err;
    uint64_t row = (uint64_t)sqlite3_column_int64(stmt, 0);
    out->pos = (uint64_t)sqlite3_column_int64(stmt, 1);
    out->ours = sqlite3_column_int(stmt, 2) != 0;
    out->deleted = sqlite3_column_int(stmt, 3) & HL_MARK_DELETED;
    bool whole = hl_seal_get(s->seal, HL_SEALED_BODY, row, hl_db_column(stmt, 4), s->sealed,
                             HL_BODY_MAX, &len);
    if (whole) {
        out->len = len < sizeof out->text ? len : sizeof out->text;
        memcpy(out->text, s->sealed, out->len);
    }
    hl_db_end(stmt);
    return whole ? 0 : hl_store_damaged(s, "entry", row);
}

/* 1: more is wanted; 0: no more. */
static int tell(struct hl_store *s, struct reader *r, struct hl_loaded *e)
{
    int err = 0;

    if (r->filter &&
        !hl_query_matches(r->filter, (struct hl_bytes){e->e.entry.body, e->e.entry.len}))
        return 1;
    e->e.reactions = "";
    if (e->marks & HL_MARK_REACTED) {
        err = add_reactions(s, &e->e);
        e->e.reactions = s->reactions;
    }
    err = err < 0 ? err : count_missing(s, e->e.row.contact, e->e.row.pos, &e->e.missing_before);
    if (err == 0 && hl_entry_has_target(&e->e.entry))
        err = add_answered(s, e->e.row.contact, e->e.entry.target, &e->e.answered);
    if (err < 0)
        return err;
    r->left = r->each(r->user, &e->e) ? r->left - 1 : 0;
    return r->left > 0;
}

static int tell_all(struct hl_store *s, enum hl_sql sql, const struct hl_arg *args, size_t count,
                    struct reader *r)
{
    struct hl_loaded e;
    sqlite3_stmt *stmt;
    int err = hl_db_start(&s->db, sql, args, count, &stmt);

    if (err < 0)
        return err;
    s->reading = true;
    while ((err = hl_db_step(&s->db, stmt)) > 0) {
        err = hl_entries_load(s, stmt, &e);
        err = err < 0 ? err : tell(s, r, &e);
        if (err <= 0) {
            hl_db_end(stmt);
            break;
        }
    }
    s->reading = false;
    return err;
}

/* ---- history ---- */

enum {
    ARGS = 6,
    LATEST = 3000, /* texts that are looked through first */
};

/* ?1 ... ?6 of the statements that read; those of a search change some. */
static void bind(const struct hl_store_query *q, struct hl_arg args[ARGS])
{
    bool from_end = q->from == 0 && (q->order == HL_STORE_BACKWARD || q->words);

    args[0] = HL_NUMBER(q->contact);
    args[1] = HL_NUMBER(from_end ? INT64_MAX : (int64_t)q->from);
    args[2] = HL_NUMBER(q->theirs);
    args[3] = HL_NUMBER(q->since_ms ? q->since_ms : INT64_MIN);
    args[4] = HL_NUMBER(q->until_ms ? q->until_ms : INT64_MAX);
    args[5] = HL_NUMBER(q->limit);
}

static int history(struct hl_store *s, const struct hl_store_query *q, struct reader *r)
{
    static const enum hl_sql statements[2][2] = {
        {HL_SQL_READ_ALL_FORWARD, HL_SQL_READ_ALL_BACKWARD},
        {HL_SQL_READ_FORWARD, HL_SQL_READ_BACKWARD},
    };
    struct hl_arg args[ARGS];

    bind(q, args);
    return tell_all(s, statements[q->contact != 0][q->order == HL_STORE_BACKWARD], args, ARGS, r);
}

/* ---- search ---- */

/* Texts one by one, down to the row above floor: what the index does not have yet. */
static int search_texts(struct hl_store *s, const struct hl_store_query *q, uint64_t floor,
                        struct reader *r)
{
    struct hl_arg args[ARGS];

    bind(q, args);
    args[5] = HL_NUMBER(floor);
    return tell_all(s, HL_SQL_SEARCH_REST, args, ARGS, r);
}

static int search_index(struct hl_store *s, const struct hl_store_query *q, struct reader *r)
{
    const char *words = hl_query_fts(r->filter);
    size_t size = strlen(words) + 64;
    char *expression = malloc(size);
    struct hl_arg args[ARGS];
    int len, err;

    if (!expression)
        return hl_db_wrong(&s->db, -ENOMEM, "out of memory");
    len = snprintf(expression, size, "body : (%s)", words);
    if (q->contact != 0)
        len += snprintf(expression + len, size - (size_t)len, " AND who : c%" PRIu32, q->contact);
    bind(q, args);
    args[0] = HL_BYTES(expression, (size_t)len);
    args[5] = HL_NUMBER(r->left);
    r->filter = NULL;
    err = tell_all(s, HL_SQL_SEARCH_INDEX, args, ARGS, r);
    free(expression);
    return err;
}

/* Before FTS5 gives the first text with a long beginning, it merges all that have one. Where they
 * are so many that this takes long, enough of them are among the latest. */
static uint64_t end_of_latest(const struct hl_store *s, const struct hl_store_query *q)
{
    uint64_t last = q->from > 0 && q->from <= s->indexed ? q->from - 1 : s->indexed;

    return last > LATEST ? last - LATEST : 0;
}

static int search(struct hl_store *s, const struct hl_store_query *q, struct reader *r)
{
    struct hl_store_query rest = *q;
    struct hl_query *query;
    uint64_t floor;
    int err = hl_query_new(q->words, &query);

    if (err < 0)
        return err;
    r->filter = query;
    floor = hl_query_long_beginning(query) ? end_of_latest(s, q) : s->indexed;
    err = search_texts(s, q, floor, r);
    if (rest.from == 0 || rest.from > floor)
        rest.from = floor + 1;
    if (err == 0 && r->left > 0 && floor > 0)
        err = search_index(s, &rest, r);
    hl_query_free(query);
    return err;
}

/* ---- all together ---- */

int hl_store_read(struct hl_store *s, const struct hl_store_query *q,
                  bool (*each)(void *user, const struct hl_stored *e), void *user)
{
    struct hl_store_query query = *q;
    struct reader r = {.each = each, .user = user};
    int err = hl_store_ready(s);

    if (query.limit > HL_STORE_PAGE)
        query.limit = HL_STORE_PAGE;
    r.left = query.limit;
    if (err < 0 || r.left == 0)
        return err;
    return query.words ? search(s, &query, &r) : history(s, &query, &r);
}

int hl_store_entry(struct hl_store *s, uint32_t contact, const uint8_t *id,
                   bool (*each)(void *user, const struct hl_stored *e), void *user)
{
    struct reader r = {.each = each, .user = user, .left = 1};
    struct hl_loaded e;
    int err = hl_store_ready(s);

    err = err < 0 ? err
                  : hl_entries_get(s, HL_SQL_ENTRY_BY_ID,
                                   HL_ARGS(HL_NUMBER(contact), HL_BYTES(id, HL_ID_SIZE)), &e);
    err = err < 0 ? err : hl_entries_complete(s, &e);
    return err < 0 ? err : tell(s, &r, &e);
}

int hl_store_missing(struct hl_store *s, uint32_t contact, uint64_t pos, uint64_t *missing)
{
    int err = hl_store_ready(s);

    return err < 0 ? err : count_missing(s, contact, pos, missing);
}

int hl_store_answered(struct hl_store *s, uint32_t contact, const uint8_t *target,
                      struct hl_answered *out)
{
    int err = hl_store_ready(s);

    return err < 0 ? err : add_answered(s, contact, target, out);
}

int hl_store_conversation(struct hl_store *s, uint32_t contact, struct hl_store_conv *out)
{
    const struct hl_conv *conv;
    int err = hl_store_ready(s);

    if (err < 0)
        return err;
    conv = hl_convs_find(&s->convs, contact);
    if (!conv)
        return -ENOENT;
    *out = (struct hl_store_conv){
        .contact = contact,
        .entries = conv->texts,
        .unread = conv->unread,
        .waiting = conv->waiting,
        .missing = conv->missing,
        .said = conv->next_seq - 1,
        .heard = conv->expected - 1,
        .last_ms = conv->last_ms,
    };
    return 0;
}
