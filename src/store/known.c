/* SPDX-License-Identifier: MIT */
/* Names and keys of all contacts, in memory: a sealed database cannot be asked for them. */
#include "store_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

static int grow(struct hl_store *s)
{
    size_t cap = s->known_cap ? 2 * s->known_cap : 16;
    struct hl_known *at;

    if (s->known_count < s->known_cap)
        return 0;
    at = reallocarray(s->known, cap, sizeof *at);
    if (!at)
        return hl_db_wrong(&s->db, -ENOMEM, "out of memory");
    s->known = at;
    s->known_cap = cap;
    return 0;
}

int hl_known_put(struct hl_store *s, const struct hl_contact *c)
{
    struct hl_known *known = hl_known_find(s, c->id);

    if (!known) {
        if (grow(s) < 0)
            return -ENOMEM;
        known = &s->known[s->known_count++]; /* numbers of new ones are greater */
    }
    known->id = c->id;
    known->has_key = c->has_key;
    memcpy(known->key, c->key, sizeof known->key);
    memcpy(known->name, c->name, sizeof known->name);
    return 0;
}

int hl_known_load(struct hl_store *s)
{
    struct hl_contact c;
    sqlite3_stmt *stmt;
    int err = hl_db_start(&s->db, HL_SQL_CONTACTS, HL_NO_ARGS, &stmt);

    if (err < 0)
        return err;
    s->known_count = 0;
    while ((err = hl_db_step(&s->db, stmt)) > 0) {
        err = hl_contacts_load(s, stmt, &c);
        err = err < 0 ? err : hl_known_put(s, &c);
        if (err < 0) {
            hl_db_end(stmt);
            return err;
        }
    }
    return err;
}

void hl_known_remove(struct hl_store *s, uint32_t id)
{
    struct hl_known *known = hl_known_find(s, id);

    if (!known)
        return;
    s->known_count--;
    memmove(known, known + 1, (size_t)(s->known + s->known_count - known) * sizeof *known);
}

static int by_id(const void *a, const void *b)
{
    uint32_t id = *(const uint32_t *)a;
    const struct hl_known *known = b;

    return (id > known->id) - (id < known->id);
}

struct hl_known *hl_known_find(const struct hl_store *s, uint32_t id)
{
    if (s->known_count == 0)
        return NULL;
    return bsearch(&id, s->known, s->known_count, sizeof *s->known, by_id);
}

struct hl_known *hl_known_by_key(const struct hl_store *s, const uint8_t *key)
{
    for (size_t i = 0; i < s->known_count; i++) {
        if (s->known[i].has_key && memcmp(s->known[i].key, key, HL_CONTACT_KEY) == 0)
            return &s->known[i];
    }
    return NULL;
}

struct hl_known *hl_known_by_name(const struct hl_store *s, const char *name)
{
    for (size_t i = 0; i < s->known_count; i++) {
        if (strcmp(s->known[i].name, name) == 0)
            return &s->known[i];
    }
    return NULL;
}

/* Case folded; NULL: invalid UTF-8. The caller frees it. */
static char *fold(const char *name)
{
    utf8proc_uint8_t *out = NULL;

    if (utf8proc_map((const utf8proc_uint8_t *)name, 0, &out,
                     (utf8proc_option_t)(UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPOSE |
                                         UTF8PROC_CASEFOLD)) < 0)
        return NULL;
    return (char *)out;
}

struct hl_known *hl_known_like_name(const struct hl_store *s, const char *name)
{
    char *wanted = fold(name);
    struct hl_known *found = NULL;
    size_t count = 0;

    for (size_t i = 0; wanted && i < s->known_count; i++) {
        char *other = fold(s->known[i].name);

        if (other && strcmp(other, wanted) == 0) {
            found = &s->known[i];
            count++;
        }
        free(other);
    }
    free(wanted);
    return count == 1 ? found : NULL;
}
