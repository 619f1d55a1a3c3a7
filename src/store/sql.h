/* SPDX-License-Identifier: MIT */
/* The statements that are kept prepared. The tables are in schema.c. */
#ifndef HL_SQL_H
#define HL_SQL_H

/* What hl_entries_load() reads, in its order. */
#define HL_SQL_ENTRY                                                                               \
    "SELECT e.row, e.contact, e.id, e.pos, e.seq, e.kind, e.state, e.err, e.marks, e.time_ms,"     \
    " e.stored_ms, e.target, e.body FROM "

/* What hl_contacts_load() reads. */
#define HL_SQL_CONTACT                                                                             \
    "SELECT id, flags, key, new_key, name, nick, note, added_ms, heard_ms FROM contact"

/* The filters of a struct hl_store_query: ?3 theirs, ?4 since, ?5 until, ?6 limit. */
#define HL_SQL_FILTERS                                                                             \
    " AND e.kind = 1 AND (?3 = 0 OR e.ours = 0) AND e.stored_ms >= ?4 AND e.stored_ms < ?5"

/* X(NAME, "text") */
#define HL_SQL_LIST(X)                                                                             \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                    \
    X(COMMIT, "COMMIT")                                                                            \
    X(ROLLBACK, "ROLLBACK")                                                                        \
    HL_SQL_STORE(X)                                                                                \
    HL_SQL_CONTACTS(X)                                                                             \
    HL_SQL_CONVERSATIONS(X)                                                                        \
    HL_SQL_ENTRIES(X) HL_SQL_GAPS(X) HL_SQL_STASH(X) HL_SQL_READING(X) HL_SQL_SEARCH(X)

#define HL_SQL_STORE(X)                                                                            \
    X(STORE_GET, "SELECT shown, max(last_row, (SELECT ifnull(max(row), 0) FROM entry)), indexed,"  \
                 " words, boot, seal, last_contact FROM store WHERE one = 1")                      \
    X(STORE_LAST_CONTACT, "UPDATE store SET last_contact = ?1 WHERE one = 1")                      \
    X(STORE_SHOWN, "UPDATE store SET shown = ?1 WHERE one = 1")                                    \
    X(STORE_LAST_ROW, "UPDATE store SET last_row = ?1 WHERE one = 1")                              \
    X(STORE_INDEXED, "UPDATE store SET indexed = ?1, words = ?2 WHERE one = 1")                    \
    X(STORE_BOOT, "UPDATE store SET boot = ?1 WHERE one = 1")                                      \
    X(STORE_SEAL, "UPDATE store SET seal = ?1 WHERE one = 1")                                      \
    X(STORE_DUE_ANEW, "UPDATE entry SET due_us = after_us + ?1 WHERE due_us IS NOT NULL")

#define HL_SQL_CONTACTS(X)                                                                         \
    X(CONTACTS, HL_SQL_CONTACT " ORDER BY id")                                                     \
    X(CONTACT_GET, HL_SQL_CONTACT " WHERE id = ?1")                                                \
    X(CONTACT_ADD, "INSERT INTO contact (id) VALUES (?1)")                                         \
    X(CONTACT_SET, "UPDATE contact SET flags = ?2, key = ?3, new_key = ?4, name = ?5, nick = ?6,"  \
                   " note = ?7, added_ms = ?8, heard_ms = ?9 WHERE id = ?1")                       \
    X(CONTACT_DELETE, "DELETE FROM contact WHERE id = ?1")                                         \
    X(CONTACT_ENTRIES_DELETE, "DELETE FROM entry WHERE contact = ?1")                              \
    X(CONTACT_TEXTS, HL_SQL_ENTRY "entry e WHERE contact = ?1 AND row <= ?2 AND kind = 1")         \
    X(ADDRESSES, "SELECT id, text, worked_ms, contact FROM address WHERE contact = ?1"             \
                 " ORDER BY worked_ms DESC, id DESC")                                              \
    X(ADDRESSES_ALL,                                                                               \
      "SELECT id, text, worked_ms, contact FROM address ORDER BY worked_ms DESC, id DESC")         \
    X(ADDRESS_ADD, "INSERT INTO address (id, contact, text, worked_ms) VALUES"                     \
                   " (?1, ?2, ?3, ?4)")                                                            \
    X(ADDRESS_LAST, "SELECT ifnull(max(id), 0) FROM address")                                      \
    X(ADDRESS_WORKED, "UPDATE address SET worked_ms = max(worked_ms, ?2) WHERE id = ?1")           \
    X(ADDRESS_DELETE, "DELETE FROM address WHERE id = ?1")

#define HL_SQL_CONVERSATIONS(X)                                                                    \
    X(CONVERSATIONS, "SELECT k.id, ifnull(next_seq, 1), ifnull(expected, 1), ifnull(next_pos, 1)," \
                     " ifnull(handed, 0), ifnull(waiting, 0), ifnull(kept, 0), ifnull(texts, 0), " \
                     "ifnull(unread, 0),"                                                          \
                     " ifnull(missing, 0), ifnull(seen_row, 0), ifnull(read_row, 0),"              \
                     " ifnull(last_ms, 0)"                                                         \
                     " FROM contact k LEFT JOIN conversation c ON c.contact = k.id ORDER BY k.id") \
    X(CONVERSATION_SET, "INSERT OR REPLACE INTO conversation (contact, next_seq, expected,"        \
                        " next_pos, handed, waiting, kept, texts, unread, missing, seen_row,"      \
                        " read_row, last_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"     \
                        " ?11, ?12, ?13)")                                                         \
    X(CONVERSATION_GAPS, "SELECT ifnull(sum(count), 0) FROM gap WHERE contact = ?1")               \
    X(CONVERSATION_COUNT, "SELECT count(*) FILTER (WHERE kind = 1),"                               \
                          " count(*) FILTER (WHERE kind = 1 AND ours = 0 AND row > ?2),"           \
                          " count(*) FILTER (WHERE waits = 1),"                                    \
                          " ifnull(sum(length(body)) FILTER (WHERE ours = 0), 0),"                 \
                          " count(*) FILTER (WHERE ours = 0 AND length(body) > 0),"                \
                          " count(*) FILTER (WHERE ours = 0)"                                      \
                          " FROM entry WHERE contact = ?1")                                        \
    X(READ_FOR_GOOD, "UPDATE entry SET state = 4 WHERE contact = ?1 AND state = 3 AND row <= ?2")  \
    X(UNREAD, "SELECT count(*) FROM entry WHERE contact = ?1 AND row > ?2 AND row <= ?3"           \
              " AND ours = 0 AND kind = 1")

#define HL_SQL_ENTRIES(X)                                                                          \
    X(ENTRY_ADD,                                                                                   \
      "INSERT INTO entry (row, contact, id, pos, seq, kind, state, err, marks,"                    \
      " time_ms, stored_ms, after_us, due_us, target, body, ours, waits) VALUES (?1, ?2, ?3,"      \
      " ?4, ?5, ?6, ?7, 0, 0, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"                               \
      " ON CONFLICT (contact, id) DO NOTHING")                                                     \
    X(ENTRY_BY_ID, HL_SQL_ENTRY "entry e WHERE contact = ?1 AND id = ?2")                          \
    X(ENTRY_BY_ROW, HL_SQL_ENTRY "entry e WHERE row = ?1")                                         \
    X(ENTRY_STATE_GET, "SELECT contact, state, due_us FROM entry WHERE row = ?1")                  \
    X(ENTRY_STATE, "UPDATE entry SET state = ?2, err = ?3, waits = ?4 WHERE row = ?1")             \
    X(ENTRY_NOT_DUE, "UPDATE entry SET due_us = NULL WHERE row = ?1")                              \
    X(ENTRY_MOVE, "UPDATE OR IGNORE entry SET contact = ?2, pos = ?3, seq = ?4 WHERE row = ?1")    \
    X(ENTRY_AFTER_POS, HL_SQL_ENTRY "entry e WHERE contact = ?1 AND pos > ?2 ORDER BY pos"         \
                                    " LIMIT 1")                                                    \
    X(ENTRY_BODY, "UPDATE entry SET body = ?2, marks = ?3 WHERE row = ?1")                         \
    X(ENTRY_LAST_EDIT,                                                                             \
      HL_SQL_ENTRY "entry e INDEXED BY entry_target WHERE contact = ?1 AND target = ?2"            \
                   " AND ours = 0 AND kind = 2 AND row <> ?3 ORDER BY pos DESC LIMIT 1")           \
    X(ENTRY_REACTED, "SELECT kind FROM entry INDEXED BY entry_target WHERE contact = ?1"           \
                     " AND target = ?2 AND ours IN (0, 1) AND kind = 4 LIMIT 1")                   \
    X(ENTRY_DELETED, "SELECT kind FROM entry INDEXED BY entry_target WHERE contact = ?1"           \
                     " AND target = ?2 AND ours = 0 AND kind = 3 LIMIT 1")                         \
    X(ENTRY_LATER_EDIT,                                                                            \
      "SELECT count(*) FROM entry INDEXED BY entry_target WHERE contact = ?1 AND target = ?2"      \
      " AND kind = 2 AND pos > ?3 AND ours = ?4")                                                  \
    X(ENTRIES_WAITING, HL_SQL_ENTRY "entry e WHERE contact = ?1 AND seq >= ?2"                     \
                                    " AND waits = 1 ORDER BY seq LIMIT 1")                         \
    X(ENTRIES_NUMBERED, HL_SQL_ENTRY "entry e WHERE contact = ?1 AND seq >= ?2"                    \
                                     " AND seq > 0 AND ours = 1 ORDER BY seq LIMIT 1")             \
    X(ENTRIES_HANDED, "SELECT count(*) FROM entry WHERE contact = ?1 AND seq <= ?2 AND waits = 1") \
    X(ENTRIES_UNNUMBER,                                                                            \
      "UPDATE entry SET seq = 0 WHERE contact = ?1 AND seq > 0 AND ours = 1 AND waits = 0")        \
    X(ENTRIES_RENUMBER,                                                                            \
      "UPDATE entry SET seq = n.seq FROM (SELECT row, row_number() OVER (ORDER BY seq) AS seq"     \
      " FROM entry WHERE contact = ?1 AND waits = 1) AS n WHERE entry.row = n.row")                \
    /* The row itself, as a rule: the plus signs keep the indexes out of it. */                    \
    X(ENTRY_LAST_SEEN, HL_SQL_ENTRY "entry e WHERE row <= ?2 AND +contact = ?1 AND +ours = 0"      \
                                    " ORDER BY row DESC LIMIT 1")                                  \
    X(ENTRY_EXPIRED, HL_SQL_ENTRY "entry e WHERE due_us IS NOT NULL AND due_us <= ?1"              \
                                  " ORDER BY due_us LIMIT 1")                                      \
    X(ENTRY_NEXT_DUE, "SELECT due_us FROM entry WHERE due_us IS NOT NULL AND due_us > ?1"          \
                      " ORDER BY due_us LIMIT 1")

#define HL_SQL_GAPS(X)                                                                             \
    X(GAP_ADD, "INSERT INTO gap (contact, first, count, pos) VALUES (?1, ?2, ?3, ?4)")             \
    X(GAP_BEFORE, "SELECT first, count, pos FROM gap WHERE contact = ?1 AND first <= ?2"           \
                  " ORDER BY first DESC LIMIT 1")                                                  \
    X(GAP_AFTER, "SELECT first, count, pos FROM gap WHERE contact = ?1 AND first >= ?2"            \
                 " ORDER BY first LIMIT 1")                                                        \
    X(GAP_DELETE, "DELETE FROM gap WHERE contact = ?1 AND first = ?2")                             \
    X(GAP_MISSING, "SELECT ifnull(sum(count), 0) FROM gap WHERE contact = ?1 AND pos < ?2"         \
                   " AND pos > (SELECT ifnull(max(pos), 0) FROM entry"                             \
                   " WHERE contact = ?1 AND pos < ?2 AND kind = 1)")

#define HL_SQL_STASH(X)                                                                            \
    X(STASH_GET, "SELECT id, body FROM stash WHERE contact = ?1 AND name = ?2")                    \
    X(STASH_ADD, "INSERT INTO stash (id, contact, name, body) VALUES (?1, ?2, ?3, ?4)")            \
    X(STASH_SET, "UPDATE stash SET body = ?2 WHERE id = ?1")                                       \
    X(STASH_DELETE, "DELETE FROM stash WHERE id = ?1")                                             \
    X(STASH_LAST, "SELECT ifnull(max(id), 0) FROM stash")                                          \
    X(STASH_COUNT, "SELECT count(*) FROM stash")                                                   \
    X(STASH_MOVE, "UPDATE OR IGNORE stash SET contact = ?2 WHERE contact = ?1")                    \
    X(STASH_FORGET, "DELETE FROM stash WHERE contact = ?1")

#define HL_SQL_LAST_REACTION(ours)                                                                 \
    "(SELECT row FROM entry INDEXED BY entry_target WHERE contact = ?1 AND target = ?2"            \
    " AND ours = " ours " AND kind = 4 ORDER BY pos DESC LIMIT 1)"

#define HL_SQL_READING(X)                                                                          \
    /* The last of either side, without a look at those before: there may be millions. */          \
    X(REACTIONS, "SELECT row, state, body FROM entry WHERE row IN (" HL_SQL_LAST_REACTION(         \
                     "0") ", " HL_SQL_LAST_REACTION("1") ")")                                      \
    X(ANSWERED, "SELECT row, pos, ours, marks, body FROM entry WHERE contact = ?1 AND id = ?2"     \
                " AND kind = 1")                                                                   \
    X(READ_FORWARD, HL_SQL_ENTRY "entry e WHERE contact = ?1 AND pos > ?2" HL_SQL_FILTERS          \
                                 " ORDER BY pos LIMIT ?6")                                         \
    X(READ_BACKWARD, HL_SQL_ENTRY "entry e WHERE contact = ?1 AND pos < ?2" HL_SQL_FILTERS         \
                                  " ORDER BY pos DESC LIMIT ?6")                                   \
    X(READ_ALL_FORWARD,                                                                            \
      HL_SQL_ENTRY "entry e WHERE ?1 = 0 AND row > ?2" HL_SQL_FILTERS " ORDER BY row LIMIT ?6")    \
    X(READ_ALL_BACKWARD, HL_SQL_ENTRY "entry e WHERE ?1 = 0 AND row < ?2" HL_SQL_FILTERS           \
                                      " ORDER BY row DESC LIMIT ?6")

#define HL_SQL_SEARCH(X)                                                                           \
    X(SEARCH_ADD, "INSERT INTO search (rowid, who, body) VALUES (?1, ?2, ?3)")                     \
    X(SEARCH_REMOVE, "INSERT INTO search (search, rowid, who, body)"                               \
                     " VALUES ('delete', ?1, ?2, ?3)")                                             \
    X(ENTRY_TO_PRUNE, HL_SQL_ENTRY "entry e WHERE row > ?1 AND (?2 = 0 OR contact = ?2)"           \
                                   " AND stored_ms < ?3 AND waits = 0"                             \
                                   " AND length(body) > 0 ORDER BY row LIMIT 1")                   \
    X(CHECK, "PRAGMA integrity_check(1)")                                                          \
    X(CONVERSATION_LAST_POS, "SELECT max(ifnull((SELECT max(pos) FROM entry WHERE contact = ?1),"  \
                             " 0), ifnull((SELECT max(pos + count - 1) FROM gap"                   \
                             " WHERE contact = ?1), 0))")                                          \
    X(CONVERSATION_LAST_SEQ, "SELECT ifnull(max(seq), 0) FROM entry WHERE contact = ?1"            \
                             " AND ours = 1")                                                      \
    X(ENTRIES_AFTER, HL_SQL_ENTRY "entry e WHERE row > ?1 ORDER BY row LIMIT ?2")                  \
    X(SEARCH_INDEX, HL_SQL_ENTRY "search f CROSS JOIN entry e ON e.row = f.rowid"                  \
                                 " WHERE search MATCH ?1 AND f.rowid < ?2" HL_SQL_FILTERS          \
                                 " ORDER BY f.rowid DESC LIMIT ?6")                                \
    X(SEARCH_REST,                                                                                 \
      HL_SQL_ENTRY "entry e WHERE (?1 = 0 OR contact = ?1) AND row < ?2" HL_SQL_FILTERS            \
                   " AND row > ?6 ORDER BY row DESC")

enum hl_sql {
#define HL_SQL_ENUM(name, text) HL_SQL_##name,
    HL_SQL_LIST(HL_SQL_ENUM)
#undef HL_SQL_ENUM
        HL_SQL_COUNT
};

#endif
