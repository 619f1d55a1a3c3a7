/* SPDX-License-Identifier: MIT */
/* Contacts that end: deleted, or found to be another one. */
#include "fts.h"
#include "store_inside.h"

#include <errno.h>

enum {
    FORGET_FEW = 1000, /* texts; of more than that the search index is made anew */
};

static struct hl_bytes body_of(const struct hl_loaded *e)
{
    return (struct hl_bytes){e->e.entry.body, e->e.entry.len};
}

/* Takes the texts of a contact out of the search index. */
static int leave_index(struct hl_store *s, uint32_t contact)
{
    const struct hl_conv *conv = hl_convs_find(&s->convs, contact);
    struct hl_loaded e;
    sqlite3_stmt *stmt;
    int err;

    if (s->indexed == 0 || conv->texts == 0)
        return 0;
    if (conv->texts > FORGET_FEW)
        return hl_fts_clear(s);
    err = hl_db_start(&s->db, HL_SQL_CONTACT_TEXTS,
                      HL_ARGS(HL_NUMBER(contact), HL_NUMBER(s->indexed)), &stmt);
    if (err < 0)
        return err;
    while ((err = hl_db_step(&s->db, stmt)) > 0) {
        err = hl_entries_load(s, stmt, &e);
        err = err < 0 ? err : hl_fts_remove(s, e.e.row.row, contact, body_of(&e));
        if (err < 0) {
            hl_db_end(stmt);
            return err;
        }
    }
    return err;
}

/* Its row, what hangs on that, and what is known of it in memory. */
static int remove_contact(struct hl_store *s, uint32_t id)
{
    int err = hl_db_run(&s->db, HL_SQL_STASH_FORGET, HL_ARGS(HL_NUMBER(id)));

    err = err < 0 ? err : hl_db_run(&s->db, HL_SQL_CONTACT_DELETE, HL_ARGS(HL_NUMBER(id)));
    if (err < 0)
        return err;
    hl_convs_remove(&s->convs, id);
    hl_known_remove(s, id);
    return 0;
}

static int delete_contact(struct hl_store *s, uint32_t id)
{
    int err = hl_known_find(s, id) ? leave_index(s, id) : -ENOENT;

    /* Numbers of rows are not used again, even if these were the last ones. */
    if (err == 0)
        err = hl_db_run(&s->db, HL_SQL_STORE_LAST_ROW, HL_ARGS(HL_NUMBER(s->next_row - 1)));
    if (err == 0)
        err = hl_db_run(&s->db, HL_SQL_CONTACT_ENTRIES_DELETE, HL_ARGS(HL_NUMBER(id)));
    return err < 0 ? err : remove_contact(s, id);
}

int hl_store_contact_delete(struct hl_store *s, uint32_t id)
{
    bool own;
    int err = hl_store_enter(s, &own);

    return err < 0 ? err : hl_store_leave(s, own, delete_contact(s, id));
}

/* ---- merging ---- */

/* READ and seen are marks of a conversation: entries that come to another one must not gain by its
 * marks, so that both end up with the lower ones. */
static int lower_marks(struct hl_store *s, const struct hl_conv *from, struct hl_conv *to)
{
    int err = hl_db_run(&s->db, HL_SQL_READ_FOR_GOOD,
                        HL_ARGS(HL_NUMBER(from->contact), HL_NUMBER(from->read_row)));

    if (err == 0)
        err = hl_db_run(&s->db, HL_SQL_READ_FOR_GOOD,
                        HL_ARGS(HL_NUMBER(to->contact), HL_NUMBER(to->read_row)));
    if (from->read_row < to->read_row)
        to->read_row = from->read_row;
    if (from->expected > 1 && from->seen_row < to->seen_row)
        to->seen_row = from->seen_row;
    return err;
}

/* One entry goes to the end of the other conversation. What waits gets a number there; what does
 * not has none, since it belongs to another sequence. */
static int move_entry(struct hl_store *s, const struct hl_loaded *e, struct hl_conv *to)
{
    bool waits = e->e.row.ours && !hl_entry_state_last((int)e->e.row.state);
    int err = hl_db_run(&s->db, HL_SQL_ENTRY_MOVE,
                        HL_ARGS(HL_NUMBER(e->e.row.row), HL_NUMBER(to->contact),
                                HL_NUMBER(to->next_pos), HL_NUMBER(waits ? to->next_seq : 0)));

    if (err < 0 || hl_db_changes(&s->db) == 0)
        return err; /* there is one of that id: it is the same */
    to->next_pos++;
    to->next_seq += waits;
    if (e->e.row.kind == HL_ENTRY_TEXT && e->e.row.row <= s->indexed)
        err = hl_fts_add(s, e->e.row.row, to->contact, body_of(e));
    return err;
}

static int move_entries(struct hl_store *s, uint32_t from, struct hl_conv *to)
{
    struct hl_loaded e;
    uint64_t pos = 0;
    int err = leave_index(s, from);

    while (err == 0) {
        err =
            hl_entries_get(s, HL_SQL_ENTRY_AFTER_POS, HL_ARGS(HL_NUMBER(from), HL_NUMBER(pos)), &e);
        pos = e.e.row.pos;
        err = err < 0 ? err : move_entry(s, &e, to);
    }
    if (err == -ENOENT)
        err = hl_db_run(&s->db, HL_SQL_CONTACT_ENTRIES_DELETE, HL_ARGS(HL_NUMBER(from)));
    return err;
}

static int move_addresses(struct hl_store *s, uint32_t from, uint32_t to)
{
    struct hl_contact_address addresses[HL_CONTACT_ADDRESSES];
    size_t count;
    int err = hl_store_addresses(s, from, addresses, &count);

    while (count > 0 && err == 0)
        err = hl_store_address_put(s, to, &addresses[--count]);
    return err;
}

static int merge(struct hl_store *s, uint32_t from, uint32_t to)
{
    struct hl_conv *old = hl_convs_find(&s->convs, from), *conv = hl_convs_find(&s->convs, to);
    int64_t last_ms;
    int err;

    if (!old || !conv || old == conv)
        return -ENOENT;
    last_ms = old->last_ms;
    err = lower_marks(s, old, conv);
    err = err < 0 ? err : move_entries(s, from, conv);
    err = err < 0 ? err : move_addresses(s, from, to);
    if (err == 0) /* what both have stays the other's */
        err = hl_db_run(&s->db, HL_SQL_STASH_MOVE, HL_ARGS(HL_NUMBER(from), HL_NUMBER(to)));
    err = err < 0 ? err : remove_contact(s, from);
    if (err < 0)
        return err;
    conv = hl_convs_find(&s->convs, to); /* it may have moved */
    if (last_ms > conv->last_ms)
        conv->last_ms = last_ms;
    conv->dirty = true;
    return hl_convs_count(conv, &s->db, s->seal);
}

int hl_store_contact_merge(struct hl_store *s, uint32_t from, uint32_t to)
{
    bool own;
    int err = hl_store_enter(s, &own);

    return err < 0 ? err : hl_store_leave(s, own, merge(s, from, to));
}
