/* SPDX-License-Identifier: MIT */
/* What front ends leave for their next start. */
#include "store_inside.h"

#include "err.h"

#include <errno.h>
#include <string.h>

/* The row of that name, its body still sealed, until the next step of stmt. -ENOENT. */
static int find(struct hl_store *s, uint32_t contact, const char *name, sqlite3_stmt **stmt,
                uint64_t *id)
{
    int err = hl_db_start(&s->db, HL_SQL_STASH_GET,
                          HL_ARGS(HL_NUMBER(contact), HL_BYTES(name, strlen(name))), stmt);

    err = err < 0 ? err : hl_db_step(&s->db, *stmt);
    if (err > 0)
        *id = (uint64_t)sqlite3_column_int64(*stmt, 0);
    return err > 0 ? 0 : err < 0 ? err : -ENOENT;
}

static int add(struct hl_store *s, uint32_t contact, const char *name, struct hl_bytes body)
{
    int64_t last = 0;
    int64_t count = 0;
    int err = hl_db_number(&s->db, HL_SQL_STASH_COUNT, HL_NO_ARGS, &count);

    if (err == 0 && count >= HL_STASH_COUNT)
        return -ENOSPC;
    err = err < 0 ? err : hl_db_number(&s->db, HL_SQL_STASH_LAST, HL_NO_ARGS, &last);
    if (err < 0)
        return err;
    body = hl_seal_put(s->seal, HL_SEALED_STASH, (uint64_t)last + 1, body, s->sealed);
    return hl_db_run(&s->db, HL_SQL_STASH_ADD,
                     HL_ARGS(HL_NUMBER(last + 1), HL_NUMBER(contact), HL_BYTES(name, strlen(name)),
                             HL_BYTES(body.at, body.len)));
}

static int put(struct hl_store *s, uint32_t contact, const char *name, struct hl_bytes body)
{
    sqlite3_stmt *stmt;
    uint64_t id;
    int err = find(s, contact, name, &stmt, &id);

    if (err == -ENOENT)
        return body.len > 0 ? add(s, contact, name, body) : 0;
    if (err < 0)
        return err;
    hl_db_end(stmt);
    if (body.len == 0)
        return hl_db_run(&s->db, HL_SQL_STASH_DELETE, HL_ARGS(HL_NUMBER(id)));
    body = hl_seal_put(s->seal, HL_SEALED_STASH, id, body, s->sealed);
    return hl_db_run(&s->db, HL_SQL_STASH_SET, HL_ARGS(HL_NUMBER(id), HL_BYTES(body.at, body.len)));
}

static int wrong_name(const char *name)
{
    size_t len = strlen(name);

    return len == 0 ? -EINVAL : len > HL_STASH_NAME ? HL_ERR_TOO_LONG : 0;
}

int hl_store_stash(struct hl_store *s, uint32_t contact, const char *name, struct hl_bytes body)
{
    bool own;
    int err = body.len > HL_STASH_MAX ? HL_ERR_TOO_LONG : wrong_name(name);

    if (err == 0 && contact != 0 && !hl_known_find(s, contact))
        err = -ENOENT;
    err = err < 0 ? err : hl_store_enter(s, &own);
    return err < 0 ? err : hl_store_leave(s, own, put(s, contact, name, body));
}

int hl_store_stashed(struct hl_store *s, uint32_t contact, const char *name, struct hl_bytes *out)
{
    sqlite3_stmt *stmt;
    uint64_t id;
    int err = wrong_name(name);

    *out = (struct hl_bytes){s->body, 0};
    err = err < 0 ? err : hl_store_ready(s);
    err = err < 0 ? err : find(s, contact, name, &stmt, &id);
    if (err < 0)
        return err == -ENOENT ? 0 : err;
    if (!hl_seal_get(s->seal, HL_SEALED_STASH, id, hl_db_column(stmt, 1), s->body, sizeof s->body,
                     &out->len))
        err = hl_store_damaged(s, "stash", id);
    hl_db_end(stmt);
    return err;
}
