/* SPDX-License-Identifier: MIT */
/* Rows of the table entry, and what EDIT, DELETE and REACT do to others.
 *
 * Their effects do not depend on the order in which entries come: an entry whose target is missing
 * waits in the table for it, and of several edits the last of the conversation counts. Whether the
 * author may is checked here as well, for when the target comes later nobody else does. */
#include "store_inside.h"

#include "fts.h"

#include <errno.h>
#include <string.h>

static bool is_ours(enum hl_entry_state state)
{
    return state != HL_STATE_TAKEN;
}

static struct hl_bytes body_of(const struct hl_entry *e)
{
    return (struct hl_bytes){e->body, e->len};
}

static const struct hl_bytes nothing = {NULL, 0};

/* What is not written into every row: marks of the conversation. */
static void place_in_conversation(const struct hl_store *s, struct hl_stored *e)
{
    const struct hl_conv *conv = hl_convs_find(&s->convs, e->row.contact);

    if (!conv)
        return;
    if (e->row.state == HL_STATE_DELIVERED && e->row.row <= conv->read_row)
        e->row.state = HL_STATE_READ;
    e->seen = !e->row.ours && e->row.row <= conv->seen_row;
}

int hl_entries_load(struct hl_store *s, sqlite3_stmt *stmt, struct hl_loaded *out)
{
    struct hl_bytes id = hl_db_column(stmt, 2), target = hl_db_column(stmt, 11);
    struct hl_ledger_row *row = &out->e.row;
    struct hl_entry *e = &out->e.entry;

    *out = (struct hl_loaded){.marks = sqlite3_column_int(stmt, 8)};
    row->row = (uint64_t)sqlite3_column_int64(stmt, 0);
    row->contact = (uint32_t)sqlite3_column_int64(stmt, 1);
    row->pos = (uint64_t)sqlite3_column_int64(stmt, 3);
    row->seq = e->seq = (uint64_t)sqlite3_column_int64(stmt, 4);
    row->kind = e->kind = (enum hl_entry_kind)sqlite3_column_int(stmt, 5);
    row->state = (enum hl_entry_state)sqlite3_column_int(stmt, 6);
    row->ours = is_ours(row->state);
    if (id.len != HL_ID_SIZE || !hl_entry_kind_name((int)row->kind) ||
        !hl_entry_state_name((int)row->state) ||
        !hl_seal_get(s->seal, HL_SEALED_BODY, row->row, hl_db_column(stmt, 12), s->body,
                     HL_BODY_MAX, &e->len))
        return hl_store_damaged(s, "entry", row->row);
    memcpy(row->id, id.at, HL_ID_SIZE);
    memcpy(e->id, id.at, HL_ID_SIZE);
    if (target.len == HL_ID_SIZE)
        memcpy(e->target, target.at, HL_ID_SIZE);
    e->body = s->body;
    e->time_ms = sqlite3_column_int64(stmt, 9);
    out->e.err = sqlite3_column_int(stmt, 7);
    out->e.stored_ms = sqlite3_column_int64(stmt, 10);
    out->e.edited = out->marks & HL_MARK_EDITED;
    out->e.deleted = out->marks & HL_MARK_DELETED;
    place_in_conversation(s, &out->e);
    return 0;
}

int hl_entries_get(struct hl_store *s, enum hl_sql sql, const struct hl_arg *args, size_t count,
                   struct hl_loaded *out)
{
    sqlite3_stmt *stmt;
    int err = hl_db_start(&s->db, sql, args, count, &stmt);

    *out = (struct hl_loaded){.marks = 0};
    if (err < 0)
        return err;
    err = hl_db_step(&s->db, stmt);
    if (err <= 0)
        return err < 0 ? err : -ENOENT;
    err = hl_entries_load(s, stmt, out);
    hl_db_end(stmt);
    return err;
}

static int get_by_id(struct hl_store *s, uint32_t contact, const uint8_t *id, struct hl_loaded *out)
{
    return hl_entries_get(s, HL_SQL_ENTRY_BY_ID,
                          HL_ARGS(HL_NUMBER(contact), HL_BYTES(id, HL_ID_SIZE)), out);
}

int hl_entries_complete(struct hl_store *s, struct hl_loaded *e)
{
    struct hl_loaded target;
    int err;

    if (e->e.row.kind != HL_ENTRY_EDIT || e->e.entry.len > 0)
        return 0;
    err = get_by_id(s, e->e.row.contact, e->e.entry.target, &target);
    if (err < 0)
        return err == -ENOENT ? 0 : err;
    e->e.entry.body = target.e.entry.body;
    e->e.entry.len = target.e.entry.len;
    return 0;
}

int hl_entries_change(struct hl_store *s, struct hl_conv *conv, const struct hl_loaded *old,
                      struct hl_bytes body, int marks)
{
    uint64_t row = old->e.row.row;
    struct hl_bytes stored = hl_seal_put(s->seal, HL_SEALED_BODY, row, body, s->sealed);
    bool in_index = old->e.row.kind == HL_ENTRY_TEXT && row <= s->indexed;
    int err = hl_db_run(&s->db, HL_SQL_ENTRY_BODY,
                        HL_ARGS(HL_NUMBER(row), HL_BYTES(stored.at, stored.len), HL_NUMBER(marks)));

    if (err == 0 && in_index)
        err = hl_fts_remove(s, row, conv->contact, body_of(&old->e.entry));
    if (err == 0 && in_index)
        err = hl_fts_add(s, row, conv->contact, body);
    if (!old->e.row.ours) {
        conv->kept += body.len - old->e.entry.len;
        conv->dirty = true;
    }
    return err;
}

/* ---- what refers to others ---- */

static int edit_target(struct hl_store *s, struct hl_conv *conv, const struct hl_loaded *edit,
                       const struct hl_loaded *target)
{
    int64_t later = 0;
    int err =
        hl_db_number(&s->db, HL_SQL_ENTRY_LATER_EDIT,
                     HL_ARGS(HL_NUMBER(conv->contact), HL_BYTES(edit->e.entry.target, HL_ID_SIZE),
                             HL_NUMBER(edit->e.row.pos), HL_NUMBER(edit->e.row.ours)),
                     &later);

    if (err == 0 && later == 0 && !target->e.deleted)
        err = hl_entries_change(s, conv, target, body_of(&edit->e.entry),
                                target->marks | HL_MARK_EDITED);
    return err < 0 ? err : hl_entries_change(s, conv, edit, nothing, 0);
}

/* The last edit of a target; -ENOENT. */
static int last_edit(struct hl_store *s, const struct hl_conv *conv, const uint8_t *target,
                     uint64_t but, struct hl_loaded *out)
{
    return hl_entries_get(
        s, HL_SQL_ENTRY_LAST_EDIT,
        HL_ARGS(HL_NUMBER(conv->contact), HL_BYTES(target, HL_ID_SIZE), HL_NUMBER(but)), out);
}

/* The target of an edit of the peer's is still missing. Of all that wait for it only the last one
 * of the conversation keeps its text: however many a peer sends, there is one to be looked at when
 * the target comes. */
static int wait_for_target(struct hl_store *s, struct hl_conv *conv, const struct hl_loaded *edit)
{
    struct hl_loaded other;
    int err;

    if (edit->e.row.kind != HL_ENTRY_EDIT || edit->e.row.ours)
        return 0;
    err = last_edit(s, conv, edit->e.entry.target, edit->e.row.row, &other);
    if (err < 0)
        return err == -ENOENT ? 0 : err;
    return hl_entries_change(s, conv, other.e.row.pos > edit->e.row.pos ? edit : &other, nothing,
                             0);
}

/* Lets e, just added, change the target that it names. */
static int refer(struct hl_store *s, struct hl_conv *conv, const struct hl_loaded *e)
{
    struct hl_loaded target;
    int err = get_by_id(s, conv->contact, e->e.entry.target, &target);

    if (err < 0)
        return err == -ENOENT ? wait_for_target(s, conv, e) : err;
    if (target.e.row.kind != HL_ENTRY_TEXT)
        return 0;
    if (e->e.row.kind == HL_ENTRY_REACT) {
        if (target.marks & HL_MARK_REACTED)
            return 0;
        return hl_entries_change(s, conv, &target, body_of(&target.e.entry),
                                 target.marks | HL_MARK_REACTED);
    }
    if (target.e.row.ours != e->e.row.ours)
        return 0;
    if (e->e.row.kind == HL_ENTRY_EDIT)
        return edit_target(s, conv, e, &target);
    return hl_entries_change(s, conv, &target, nothing, target.marks | HL_MARK_DELETED);
}

/* Whether something of that kind has waited for a text of the peer's that has come: then mark. */
static int waited(struct hl_store *s, enum hl_sql kind, const struct hl_loaded *text, int mark,
                  int *marks)
{
    int64_t found;
    int err = hl_db_number(
        &s->db, kind, HL_ARGS(HL_NUMBER(text->e.row.contact), HL_BYTES(text->e.row.id, HL_ID_SIZE)),
        &found);

    if (err == 0)
        *marks |= mark;
    return err == -ENOENT ? 0 : err;
}

static int settle(struct hl_store *s, struct hl_conv *conv, const struct hl_loaded *text)
{
    struct hl_bytes body = body_of(&text->e.entry);
    struct hl_loaded edit;
    bool edited;
    int marks = 0;
    int err = waited(s, HL_SQL_ENTRY_REACTED, text, HL_MARK_REACTED, &marks);

    err = err < 0 ? err : waited(s, HL_SQL_ENTRY_DELETED, text, HL_MARK_DELETED, &marks);
    err = err < 0 ? err : last_edit(s, conv, text->e.row.id, 0, &edit);
    if (err < 0 && err != -ENOENT)
        return err;
    edited = err == 0;
    if (edited) {
        marks |= HL_MARK_EDITED;
        body = body_of(&edit.e.entry);
    }
    if (marks & HL_MARK_DELETED)
        body = nothing;
    err = marks ? hl_entries_change(s, conv, text, body, marks) : 0;
    return err == 0 && edited ? hl_entries_change(s, conv, &edit, nothing, 0) : err;
}

/* ---- adding ---- */

static int insert(struct hl_store *s, const struct hl_loaded *e,
                  const struct hl_ledger_expiry *expiry)
{
    const struct hl_entry *entry = &e->e.entry;
    struct hl_bytes body =
        hl_seal_put(s->seal, HL_SEALED_BODY, e->e.row.row, body_of(entry), s->sealed);
    bool expires = expiry && expiry->after_us > 0;
    int err = hl_db_run(
        &s->db, HL_SQL_ENTRY_ADD,
        HL_ARGS(HL_NUMBER(e->e.row.row), HL_NUMBER(e->e.row.contact),
                HL_BYTES(entry->id, HL_ID_SIZE), HL_NUMBER(e->e.row.pos), HL_NUMBER(entry->seq),
                HL_NUMBER(entry->kind), HL_NUMBER(e->e.row.state), HL_NUMBER(entry->time_ms),
                HL_NUMBER(s->now_ms), expires ? HL_NUMBER(expiry->after_us) : HL_NULL,
                expires ? HL_NUMBER(expiry->due_us) : HL_NULL,
                hl_entry_has_target(entry) ? HL_BYTES(entry->target, HL_ID_SIZE) : HL_NULL,
                HL_BYTES(body.at, body.len), HL_NUMBER(e->e.row.ours), HL_NUMBER(e->e.row.ours)));

    if (err < 0)
        return err;
    return hl_db_changes(&s->db) ? 0 : -EEXIST;
}

static void count(struct hl_conv *conv, const struct hl_loaded *e, int64_t now_ms)
{
    conv->dirty = true;
    if (e->e.row.pos >= conv->next_pos)
        conv->next_pos = e->e.row.pos + 1;
    if (e->e.row.ours) {
        conv->next_seq++;
        conv->waiting++;
    } else {
        conv->kept += e->e.entry.len + HL_LEDGER_ENTRY;
    }
    if (e->e.row.kind == HL_ENTRY_TEXT) {
        conv->texts++;
        conv->unread += !e->e.row.ours;
        conv->last_ms = now_ms;
    }
}

static int take_effect(struct hl_store *s, struct hl_conv *conv, const struct hl_loaded *e)
{
    switch (e->e.row.kind) {
    case HL_ENTRY_TEXT:
        return e->e.row.ours ? 0 : settle(s, conv, e);
    case HL_ENTRY_EDIT:
    case HL_ENTRY_DELETE:
    case HL_ENTRY_REACT:
        return refer(s, conv, e);
    case HL_ENTRY_CANCEL:
        break;
    }
    return 0;
}

int hl_entries_add(struct hl_store *s, struct hl_conv *conv, const struct hl_addition *a,
                   struct hl_ledger_row *out)
{
    struct hl_loaded e = {.e.entry = *a->entry};
    struct hl_ledger_row *row = &e.e.row;
    int err;

    *row = (struct hl_ledger_row){
        .row = s->next_row,
        .pos = a->pos ? a->pos : conv->next_pos,
        .contact = conv->contact,
        .ours = is_ours(a->state),
        .state = a->state,
        .kind = a->entry->kind,
        .seq = a->entry->seq,
    };
    memcpy(row->id, a->entry->id, HL_ID_SIZE);
    if (a->entry->kind == HL_ENTRY_CANCEL)
        e.e.entry.len = 0;
    err = insert(s, &e, a->expiry);
    if (err < 0)
        return err;
    s->next_row++;
    count(conv, &e, s->now_ms);
    *out = *row;
    return take_effect(s, conv, &e);
}
