/* SPDX-License-Identifier: MIT */
/* Where contacts were found, or may be. */
#include "store_inside.h"

#include <errno.h>
#include <string.h>

struct row {
    uint64_t id;
    uint32_t contact;
    struct hl_contact_address address;
};

/* The next row of either statement. */
static int next(struct hl_store *s, sqlite3_stmt *stmt, struct row *out)
{
    char *text = out->address.text;
    size_t len;
    int err = hl_db_step(&s->db, stmt);

    if (err <= 0)
        return err;
    out->id = (uint64_t)sqlite3_column_int64(stmt, 0);
    out->address.worked_ms = sqlite3_column_int64(stmt, 2);
    out->contact = (uint32_t)sqlite3_column_int64(stmt, 3);
    if (!hl_seal_get(s->seal, HL_SEALED_ADDRESS, out->id, hl_db_column(stmt, 1), (uint8_t *)text,
                     sizeof out->address.text - 1, &len)) {
        hl_db_end(stmt);
        return hl_store_damaged(s, "address", out->id);
    }
    text[len] = '\0';
    return 1;
}

int hl_store_addresses(struct hl_store *s, uint32_t contact,
                       struct hl_contact_address out[static HL_CONTACT_ADDRESSES], size_t *count)
{
    struct row row;
    sqlite3_stmt *stmt;
    int err = hl_store_ready(s);

    *count = 0;
    err = err < 0 ? err : hl_db_start(&s->db, HL_SQL_ADDRESSES, HL_ARGS(HL_NUMBER(contact)), &stmt);
    if (err < 0)
        return err;
    while (*count < HL_CONTACT_ADDRESSES && (err = next(s, stmt, &row)) > 0)
        out[(*count)++] = row.address;
    hl_db_end(stmt);
    return err < 0 ? err : 0;
}

/* That address of the contact; *worst is the row of the last one, 0 if there is room. -ENOENT. */
static int find(struct hl_store *s, uint32_t contact, const char *text, struct row *out,
                uint64_t *worst)
{
    size_t count = 0;
    sqlite3_stmt *stmt;
    int err = hl_db_start(&s->db, HL_SQL_ADDRESSES, HL_ARGS(HL_NUMBER(contact)), &stmt);

    *worst = 0;
    if (err < 0)
        return err;
    while ((err = next(s, stmt, out)) > 0) {
        if (strcmp(out->address.text, text) == 0) {
            hl_db_end(stmt);
            return 0;
        }
        if (++count >= HL_CONTACT_ADDRESSES)
            *worst = out->id;
    }
    return err < 0 ? err : -ENOENT;
}

static int add(struct hl_store *s, uint32_t contact, const struct hl_contact_address *a)
{
    uint8_t sealed[HL_CONTACT_ADDRESS + HL_SEAL_EXTRA];
    struct hl_bytes text = {(const uint8_t *)a->text, strlen(a->text)};
    int64_t last = 0;
    int err = hl_db_number(&s->db, HL_SQL_ADDRESS_LAST, HL_NO_ARGS, &last);

    if (err < 0)
        return err;
    text = hl_seal_put(s->seal, HL_SEALED_ADDRESS, (uint64_t)last + 1, text, sealed);
    return hl_db_run(&s->db, HL_SQL_ADDRESS_ADD,
                     HL_ARGS(HL_NUMBER(last + 1), HL_NUMBER(contact), HL_BYTES(text.at, text.len),
                             HL_NUMBER(a->worked_ms)));
}

/* One that is new pushes out the worst, even if that has worked and it has not: it was typed for a
 * reason. */
static int put(struct hl_store *s, uint32_t contact, const struct hl_contact_address *a)
{
    struct row row;
    uint64_t worst;
    int err;

    if (!hl_known_find(s, contact))
        return -ENOENT;
    err = find(s, contact, a->text, &row, &worst);
    if (err == 0)
        return hl_db_run(&s->db, HL_SQL_ADDRESS_WORKED,
                         HL_ARGS(HL_NUMBER(row.id), HL_NUMBER(a->worked_ms)));
    if (err != -ENOENT)
        return err;
    err = worst ? hl_db_run(&s->db, HL_SQL_ADDRESS_DELETE, HL_ARGS(HL_NUMBER(worst))) : 0;
    return err < 0 ? err : add(s, contact, a);
}

int hl_store_address_put(struct hl_store *s, uint32_t contact, const struct hl_contact_address *a)
{
    bool own;
    int err;

    err = hl_store_enter(s, &own);
    return err < 0 ? err : hl_store_leave(s, own, put(s, contact, a));
}

int hl_store_address_delete(struct hl_store *s, uint32_t contact, const char *text)
{
    struct row row;
    uint64_t worst;
    bool own;
    int err = hl_store_enter(s, &own);

    if (err < 0)
        return err;
    err = find(s, contact, text, &row, &worst);
    if (err == 0)
        err = hl_db_run(&s->db, HL_SQL_ADDRESS_DELETE, HL_ARGS(HL_NUMBER(row.id)));
    return hl_store_leave(s, own, err);
}

int hl_store_contact_by_address(struct hl_store *s, const char *text, struct hl_contact *out)
{
    struct row row;
    sqlite3_stmt *stmt;
    int err = hl_store_ready(s);

    err = err < 0 ? err : hl_db_start(&s->db, HL_SQL_ADDRESSES_ALL, HL_NO_ARGS, &stmt);
    if (err < 0)
        return err;
    while ((err = next(s, stmt, &row)) > 0) {
        if (strcmp(row.address.text, text) == 0) {
            hl_db_end(stmt);
            return hl_store_contact(s, row.contact, out);
        }
    }
    return err < 0 ? err : -ENOENT;
}
