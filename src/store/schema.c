/* SPDX-License-Identifier: MIT */
#include "schema.h"

#include "err.h"

#include <inttypes.h>
#include <stdio.h>

/* steps[n] makes version n + 1 out of version n. A step that was in a release is never changed:
 * what is to be different comes as another one. */
static const char *const steps[HL_SCHEMA_VERSION] = {
    /* One row: what there is one of. shown and indexed are rows; last_row and last_contact the
     * greatest numbers given away so far, as none is used again. words: how the search index tells
     * words apart. boot: the boot of this host that due_us belongs to. seal: a known text under the
     * key, NULL in an open store. */
    "CREATE TABLE store ("
    " one INTEGER PRIMARY KEY CHECK (one = 1),"
    " shown INTEGER NOT NULL DEFAULT 0,"
    " last_row INTEGER NOT NULL DEFAULT 0,"
    " last_contact INTEGER NOT NULL DEFAULT 0,"
    " indexed INTEGER NOT NULL DEFAULT 0,"
    " words INTEGER NOT NULL DEFAULT 0,"
    " boot BLOB,"
    " seal BLOB) STRICT;"
    "INSERT INTO store (one) VALUES (1);"

    /* Keys and texts that are not known are empty. */
    "CREATE TABLE contact ("
    " id INTEGER PRIMARY KEY,"
    " flags INTEGER NOT NULL DEFAULT 0,"
    " key BLOB NOT NULL DEFAULT x'',"
    " new_key BLOB NOT NULL DEFAULT x'',"
    " name BLOB NOT NULL DEFAULT x'',"
    " nick BLOB NOT NULL DEFAULT x'',"
    " note BLOB NOT NULL DEFAULT x'',"
    " added_ms INTEGER NOT NULL DEFAULT 0,"
    " heard_ms INTEGER NOT NULL DEFAULT 0) STRICT;"

    "CREATE TABLE address ("
    " id INTEGER PRIMARY KEY,"
    " contact INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,"
    " text BLOB NOT NULL,"
    " worked_ms INTEGER NOT NULL) STRICT;"
    "CREATE INDEX address_contact ON address (contact);"

    /* Numbers that would have to be counted otherwise. seen_row: up to where our user has seen the
     * peer's entries; read_row: up to where the peer's user has seen ours. */
    "CREATE TABLE conversation ("
    " contact INTEGER PRIMARY KEY REFERENCES contact ON DELETE CASCADE,"
    " next_seq INTEGER NOT NULL,"
    " expected INTEGER NOT NULL,"
    " next_pos INTEGER NOT NULL,"
    " handed INTEGER NOT NULL,"
    " waiting INTEGER NOT NULL,"
    " kept INTEGER NOT NULL,"
    " texts INTEGER NOT NULL,"
    " unread INTEGER NOT NULL,"
    " missing INTEGER NOT NULL,"
    " seen_row INTEGER NOT NULL,"
    " read_row INTEGER NOT NULL,"
    " last_ms INTEGER NOT NULL) STRICT;"

    /* kind, state: numbers of entry.h. ours and waits tell about the state, for the
     * indexes: a comparison with one number is cheap, and ours, which never changes, spares its
     * indexes each change of the state. A row stays when its
     * body goes: its id must stay known. due_us is NULL for what is not QUEUED or never expires.
     * The body of an EDIT that has taken effect is its target's. */
    "CREATE TABLE entry ("
    " row INTEGER PRIMARY KEY,"
    " contact INTEGER NOT NULL REFERENCES contact,"
    " id BLOB NOT NULL,"
    " pos INTEGER NOT NULL,"
    " ours INTEGER NOT NULL,"
    " seq INTEGER NOT NULL,"
    " kind INTEGER NOT NULL,"
    " state INTEGER NOT NULL,"
    " waits INTEGER NOT NULL,"
    " err INTEGER NOT NULL,"
    " marks INTEGER NOT NULL,"
    " time_ms INTEGER NOT NULL,"
    " stored_ms INTEGER NOT NULL,"
    " after_us INTEGER,"
    " due_us INTEGER,"
    " target BLOB,"
    " body BLOB NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX entry_id ON entry (contact, id);"
    "CREATE UNIQUE INDEX entry_pos ON entry (contact, pos);"
    "CREATE INDEX entry_ours ON entry (contact, seq) WHERE ours = 1;"
    "CREATE INDEX entry_waiting ON entry (contact, seq) WHERE waits = 1;"
    "CREATE INDEX entry_theirs ON entry (contact) WHERE ours = 0 AND kind = 1;"
    "CREATE INDEX entry_target ON entry (contact, target, ours, kind, pos)"
    " WHERE target IS NOT NULL;"
    "CREATE INDEX entry_due ON entry (due_us) WHERE due_us IS NOT NULL;"

    /* Numbers of the peer's entries that did not come: first, first + 1 ... Places from pos on are
     * theirs. */
    "CREATE TABLE gap ("
    " contact INTEGER NOT NULL REFERENCES contact ON DELETE CASCADE,"
    " first INTEGER NOT NULL,"
    " count INTEGER NOT NULL,"
    " pos INTEGER NOT NULL,"
    " PRIMARY KEY (contact, first)) STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX gap_pos ON gap (contact, pos);"

    /* What front ends leave for their next start, by name; contact 0: of no contact. */
    "CREATE TABLE stash ("
    " id INTEGER PRIMARY KEY,"
    " contact INTEGER NOT NULL,"
    " name BLOB NOT NULL,"
    " body BLOB NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX stash_name ON stash (contact, name);",
};

int hl_schema_version(struct hl_db *db, int64_t *version)
{
    int64_t application, tables;
    int err = hl_db_ask(db, "PRAGMA application_id", &application);

    err = err < 0 ? err : hl_db_ask(db, "PRAGMA user_version", version);
    err = err < 0 ? err : hl_db_ask(db, "SELECT count(*) FROM sqlite_schema", &tables);
    if (err < 0)
        return err;
    if (application == 0 && *version == 0 && tables == 0)
        return 0;
    if (application != HL_SCHEMA_APPLICATION)
        return hl_db_wrong(db, HL_ERR_STORE_DAMAGED, "a database, but not a store of hullo");
    if (*version > HL_SCHEMA_VERSION)
        return hl_db_wrong(db, HL_ERR_STORE_NEWER,
                           "version %" PRId64 ", this program knows those up to %d", *version,
                           HL_SCHEMA_VERSION);
    if (*version < 1)
        return hl_db_wrong(db, HL_ERR_STORE_DAMAGED, "a store without a version");
    return 0;
}

int hl_schema_upgrade(struct hl_db *db, int64_t version)
{
    char pragmas[96];
    int err = 0;

    for (; version < HL_SCHEMA_VERSION && err == 0; version++)
        err = hl_db_exec(db, steps[version]);
    snprintf(pragmas, sizeof pragmas, "PRAGMA application_id = %d; PRAGMA user_version = %d",
             HL_SCHEMA_APPLICATION, HL_SCHEMA_VERSION);
    return err < 0 ? err : hl_db_exec(db, pragmas);
}
