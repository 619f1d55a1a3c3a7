/* SPDX-License-Identifier: MIT */
/* The contact book. */
#include "store_inside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { /* contact.flags in the database */
       FLAG_VERIFIED = 1,
       FLAG_BLOCKED = 2,
       FLAG_CHANGED = 4,
       FLAG_NAMED = 8,
       FLAG_LET_IN = 16,
};

/* ---- to and from the database ---- */

static bool get_text(const struct hl_store *s, enum hl_sealed column, uint32_t id,
                     struct hl_bytes stored, char *out, size_t size)
{
    size_t len;

    if (!hl_seal_get(s->seal, column, id, stored, (uint8_t *)out, size - 1, &len))
        return false;
    out[len] = '\0';
    return true;
}

/* A key or nothing. */
static bool get_key(const struct hl_store *s, enum hl_sealed column, uint32_t id,
                    struct hl_bytes stored, uint8_t out[HL_CONTACT_KEY], size_t *len)
{
    return hl_seal_get(s->seal, column, id, stored, out, HL_CONTACT_KEY, len) &&
           (*len == 0 || *len == HL_CONTACT_KEY);
}

int hl_contacts_load(struct hl_store *s, sqlite3_stmt *stmt, struct hl_contact *out)
{
    uint32_t id = (uint32_t)sqlite3_column_int64(stmt, 0);
    int flags = sqlite3_column_int(stmt, 1);
    size_t key_len, new_len;

    *out = (struct hl_contact){
        .id = id,
        .verified = flags & FLAG_VERIFIED,
        .blocked = flags & FLAG_BLOCKED,
        .changed = flags & FLAG_CHANGED,
        .named = flags & FLAG_NAMED,
        .let_in = flags & FLAG_LET_IN,
        .added_ms = sqlite3_column_int64(stmt, 7),
        .heard_ms = sqlite3_column_int64(stmt, 8),
    };
    if (!get_key(s, HL_SEALED_KEY, id, hl_db_column(stmt, 2), out->key, &key_len) ||
        !get_key(s, HL_SEALED_NEW_KEY, id, hl_db_column(stmt, 3), out->new_key, &new_len) ||
        !get_text(s, HL_SEALED_NAME, id, hl_db_column(stmt, 4), out->name, sizeof out->name) ||
        !get_text(s, HL_SEALED_NICK, id, hl_db_column(stmt, 5), out->nick, sizeof out->nick) ||
        !get_text(s, HL_SEALED_NOTE, id, hl_db_column(stmt, 6), out->note, sizeof out->note))
        return hl_store_damaged(s, "contact", id);
    out->has_key = key_len > 0;
    return 0;
}

/* Columns on their way into the database: at most so many bytes, all together. */
struct columns {
    const struct hl_store *store;
    uint32_t id;
    size_t used;
    uint8_t bytes[2 * HL_CONTACT_KEY + HL_CONTACT_NAME + HL_CONTACT_NICK + HL_CONTACT_NOTE +
                  5 * HL_SEAL_EXTRA];
};

static struct hl_arg put_bytes(struct columns *c, enum hl_sealed column, const void *at, size_t len)
{
    uint8_t *out = c->bytes + c->used;
    struct hl_bytes stored =
        hl_seal_put(c->store->seal, column, c->id, (struct hl_bytes){at, len}, out);

    c->used += len + HL_SEAL_EXTRA;
    return HL_BYTES(stored.at, stored.len);
}

static struct hl_arg put_text(struct columns *c, enum hl_sealed column, const char *text)
{
    return put_bytes(c, column, text, strlen(text));
}

static int write_contact(struct hl_store *s, const struct hl_contact *c)
{
    struct columns columns = {.store = s, .id = c->id};
    int flags = (c->verified ? FLAG_VERIFIED : 0) | (c->blocked ? FLAG_BLOCKED : 0) |
                (c->changed ? FLAG_CHANGED : 0) | (c->named ? FLAG_NAMED : 0) |
                (c->let_in ? FLAG_LET_IN : 0);
    const struct hl_arg args[] = {
        HL_NUMBER(c->id),
        HL_NUMBER(flags),
        put_bytes(&columns, HL_SEALED_KEY, c->key, c->has_key ? HL_CONTACT_KEY : 0),
        put_bytes(&columns, HL_SEALED_NEW_KEY, c->new_key, c->changed ? HL_CONTACT_KEY : 0),
        put_text(&columns, HL_SEALED_NAME, c->name),
        put_text(&columns, HL_SEALED_NICK, c->nick),
        put_text(&columns, HL_SEALED_NOTE, c->note),
        HL_NUMBER(c->added_ms),
        HL_NUMBER(c->heard_ms),
    };

    return hl_db_run(&s->db, HL_SQL_CONTACT_SET, args, sizeof args / sizeof args[0]);
}

/* ---- looking up ---- */

static int get(struct hl_store *s, uint32_t id, struct hl_contact *out)
{
    sqlite3_stmt *stmt;
    int err = hl_db_start(&s->db, HL_SQL_CONTACT_GET, HL_ARGS(HL_NUMBER(id)), &stmt);

    if (err < 0)
        return err;
    err = hl_db_step(&s->db, stmt);
    if (err <= 0)
        return err < 0 ? err : -ENOENT;
    err = hl_contacts_load(s, stmt, out);
    hl_db_end(stmt);
    return err;
}

int hl_store_contact(struct hl_store *s, uint32_t id, struct hl_contact *out)
{
    int err = hl_store_ready(s);

    return err < 0 ? err : get(s, id, out);
}

int hl_store_contact_by_key(struct hl_store *s, const uint8_t key[static HL_CONTACT_KEY],
                            struct hl_contact *out)
{
    const struct hl_known *known;
    int err = hl_store_ready(s);

    if (err < 0)
        return err;
    known = hl_known_by_key(s, key);
    return known ? get(s, known->id, out) : -ENOENT;
}

int hl_store_contact_by_name(struct hl_store *s, const char *name, struct hl_contact *out)
{
    const struct hl_known *known;
    int err = hl_store_ready(s);

    if (err < 0)
        return err;
    known = hl_known_by_name(s, name);
    if (!known)
        known = hl_known_like_name(s, name);
    return known ? get(s, known->id, out) : -ENOENT;
}

static int by_name(const void *a, const void *b, void *store)
{
    const struct hl_known *left = hl_known_find(store, *(const uint32_t *)a);
    const struct hl_known *right = hl_known_find(store, *(const uint32_t *)b);
    int order = strcasecmp(left->name, right->name);

    return order ? order : strcmp(left->name, right->name);
}

int hl_store_contacts(struct hl_store *s, bool (*each)(void *user, const struct hl_contact *c),
                      void *user)
{
    int err = hl_store_ready(s);
    size_t count = s->known_count;
    uint32_t *ids = calloc(count + 1, sizeof *ids);
    struct hl_contact c;
    bool more = true;

    if (!ids)
        err = hl_db_wrong(&s->db, -ENOMEM, "out of memory");
    for (size_t i = 0; i < count && err == 0; i++)
        ids[i] = s->known[i].id;
    if (err == 0)
        qsort_r(ids, count, sizeof *ids, by_name, s);
    for (size_t i = 0; i < count && more && err == 0; i++) {
        err = hl_store_contact(s, ids[i], &c);
        if (err == 0)
            more = each(user, &c);
        else if (err == -ENOENT) /* each() has deleted it */
            err = 0;
    }
    free(ids);
    return err;
}

/* ---- changing ---- */

static bool taken_by_other(const struct hl_known *known, uint32_t id)
{
    return known && known->id != id;
}

/* The longest beginning of name that is whole characters and at most len bytes long. */
static int cut(const char *name, size_t len)
{
    size_t n = strnlen(name, len);

    if (name[n] == '\0')
        return (int)n;
    while (n > 0 && ((unsigned char)name[n] & 0xc0) == 0x80)
        n--;
    return (int)n;
}

/* "bob", "bob (2)", "bob (3)" ... : the first that nobody else has. */
static void make_unique(const struct hl_store *s, struct hl_contact *c)
{
    char base[HL_CONTACT_NAME], number[16];

    memcpy(base, c->name, sizeof base);
    for (unsigned n = 2; taken_by_other(hl_known_by_name(s, c->name), c->id); n++) {
        size_t len = (size_t)snprintf(number, sizeof number, " (%u)", n);

        snprintf(c->name, sizeof c->name, "%.*s%s", cut(base, sizeof base - 1 - len), base, number);
    }
}

static int add(struct hl_store *s, struct hl_contact *c)
{
    uint32_t id = s->next_contact;
    int err = hl_db_run(&s->db, HL_SQL_CONTACT_ADD, HL_ARGS(HL_NUMBER(id)));

    if (err == 0)
        err = hl_db_run(&s->db, HL_SQL_STORE_LAST_CONTACT, HL_ARGS(HL_NUMBER(id)));
    if (err < 0)
        return err;
    if (hl_convs_add(&s->convs, id) < 0)
        return hl_db_wrong(&s->db, -ENOMEM, "out of memory");
    s->next_contact++;
    c->id = id;
    return 0;
}

static int put(struct hl_store *s, struct hl_contact *c)
{
    int err = 0;

    if (c->id != 0 && !hl_known_find(s, c->id))
        return -ENOENT;
    if (c->has_key && taken_by_other(hl_known_by_key(s, c->key), c->id))
        return -EEXIST;
    if (c->named && taken_by_other(hl_known_by_name(s, c->name), c->id))
        return -EEXIST;
    make_unique(s, c);
    if (c->id == 0)
        err = add(s, c);
    err = err < 0 ? err : write_contact(s, c);
    return err < 0 ? err : hl_known_put(s, c);
}

int hl_store_contact_put(struct hl_store *s, struct hl_contact *c)
{
    struct hl_contact as_given = *c;
    bool own;
    int err = hl_store_enter(s, &own);

    if (err == 0)
        err = hl_store_leave(s, own, put(s, c));
    if (err < 0)
        *c = as_given;
    return err;
}
