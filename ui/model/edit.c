/* SPDX-License-Identifier: MIT */
#include "edit.h"

#include "cluster.h"
#include "journal.h"
#include "kill.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

struct hl_edit {
    char *text; /* NUL-terminated */
    size_t len, cap, max;
    size_t cursor;
    struct hl_journal journal;
    struct hl_kill_ring kills;
    enum hl_action last; /* what hl_edit_do() did just now, else HL_ACT_NONE */
    bool typing;         /* the newest change is typing that may go on */
    /* What the last yank put in, from which entry. */
    size_t yank_at, yank_len, yank_entry;
    uint64_t revision;
    size_t mark; /* a byte, not always between two clusters */
    bool marked; /* there is one */
};

/* The buffer. */

static bool reserve(struct hl_edit *e, size_t len)
{
    enum { FIRST_CAPACITY = 256 };
    if (len < e->cap)
        return true;
    size_t cap = e->cap ? e->cap : FIRST_CAPACITY;
    while (cap <= len)
        cap *= 2;
    char *bigger = realloc(e->text, cap);
    if (!bigger)
        return false;
    e->text = bigger;
    e->cap = cap;
    return true;
}

/* Room is there, nobody records it. */
static void apply(struct hl_edit *e, size_t at, size_t remove, const char *s, size_t n)
{
    memmove(e->text + at + n, e->text + at + remove, e->len - at - remove + 1);
    memcpy(e->text + at, s, n);
    e->len = e->len - remove + n;
    if (e->mark > at && e->mark >= at + remove) /* what is put in at the mark comes behind it */
        e->mark = e->mark - remove + n;
    else if (e->mark > at)
        e->mark = at;
    e->revision++;
}

/* Every change of the text but undo and redo: replaces [from, to) by s, which must not lie in the
 * text, and puts the cursor behind it. New neighbours may make one cluster of two (a flag of two
 * letters), so the cursor goes on to the next boundary. */
static enum hl_edit_result splice(struct hl_edit *e, size_t from, size_t to, const char *s,
                                  size_t n)
{
    size_t len = e->len - (to - from) + n;
    if (n > e->max || len > e->max)
        return HL_EDIT_FULL;
    if (!reserve(e, len))
        return HL_EDIT_MEMORY;
    struct hl_change change = {
        .at = from,
        .removed = e->text + from,
        .removed_len = to - from,
        .inserted = s,
        .inserted_len = n,
        .cursor_before = e->cursor,
        .cursor_after = from + n,
    };
    if (!(e->typing && hl_journal_grow(&e->journal, &change)) &&
        !hl_journal_add(&e->journal, &change))
        return HL_EDIT_MEMORY;
    apply(e, from, to - from, s, n);
    e->cursor = hl_cluster_snap(e->text, e->len, from + n);
    return HL_EDIT_DONE;
}

/* Places in the text. */

static size_t next(const struct hl_edit *e, size_t at)
{
    return hl_cluster_next(e->text, e->len, at);
}

static size_t prev(const struct hl_edit *e, size_t at)
{
    return hl_cluster_prev(e->text, e->len, at);
}

static size_t line_start(const struct hl_edit *e, size_t at)
{
    const char *newline = memrchr(e->text, '\n', at);
    return newline ? (size_t)(newline - e->text) + 1 : 0;
}

static size_t line_end(const struct hl_edit *e, size_t at)
{
    const char *newline = memchr(e->text + at, '\n', e->len - at);
    return newline ? (size_t)(newline - e->text) : e->len;
}

/* Letters, marks and digits of any script make words. */
static bool in_word(const struct hl_edit *e, size_t at)
{
    uint32_t cp;
    hl_utf8_decode(e->text + at, e->len - at, &cp);
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)cp);
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
}

static bool in_blank(const struct hl_edit *e, size_t at)
{
    return strchr(" \t\n", e->text[at]) != NULL;
}

static bool in_blank_word(const struct hl_edit *e, size_t at)
{
    return !in_blank(e, at);
}

static size_t word_right(const struct hl_edit *e, size_t at)
{
    while (at < e->len && !in_word(e, at))
        at = next(e, at);
    while (at < e->len && in_word(e, at))
        at = next(e, at);
    return at;
}

static size_t word_left(const struct hl_edit *e, size_t at,
                        bool (*inside)(const struct hl_edit *, size_t))
{
    size_t before = prev(e, at);
    for (; at > 0 && !inside(e, before); before = prev(e, at))
        at = before;
    for (; at > 0 && inside(e, before); before = prev(e, at))
        at = before;
    return at;
}

/* Motion. */

static enum hl_edit_result move(struct hl_edit *e, size_t to)
{
    enum hl_edit_result result = to == e->cursor ? HL_EDIT_EDGE : HL_EDIT_DONE;
    e->cursor = to;
    return result;
}

static enum hl_edit_result left(struct hl_edit *e)
{
    return move(e, prev(e, e->cursor));
}

static enum hl_edit_result right(struct hl_edit *e)
{
    return move(e, next(e, e->cursor));
}

static enum hl_edit_result go_word_left(struct hl_edit *e)
{
    return move(e, word_left(e, e->cursor, in_word));
}

static enum hl_edit_result go_word_right(struct hl_edit *e)
{
    return move(e, word_right(e, e->cursor));
}

static enum hl_edit_result go_line_start(struct hl_edit *e)
{
    return move(e, line_start(e, e->cursor));
}

static enum hl_edit_result go_line_end(struct hl_edit *e)
{
    return move(e, line_end(e, e->cursor));
}

static enum hl_edit_result swap_mark(struct hl_edit *e)
{
    size_t to = e->mark;
    if (!e->marked)
        return HL_EDIT_EDGE;
    e->mark = e->cursor;
    e->cursor = hl_cluster_snap(e->text, e->len, to);
    return HL_EDIT_DONE;
}

static enum hl_edit_result set_mark(struct hl_edit *e)
{
    e->mark = e->cursor;
    e->marked = true;
    return HL_EDIT_DONE;
}

/* Deleting and killing. */

static enum hl_edit_result erase(struct hl_edit *e, size_t from, size_t to)
{
    return from == to ? HL_EDIT_EDGE : splice(e, from, to, "", 0);
}

static enum hl_edit_result delete_left(struct hl_edit *e)
{
    return erase(e, prev(e, e->cursor), e->cursor);
}

static enum hl_edit_result delete_right(struct hl_edit *e)
{
    return erase(e, e->cursor, next(e, e->cursor));
}

/* Kills that follow each other make one entry, in the order of the text. */
static enum hl_edit_result cut(struct hl_edit *e, size_t from, size_t to)
{
    if (from == to)
        return HL_EDIT_EDGE;
    bool joins =
        e->last >= HL_ACT_KILL_WORD_LEFT && e->last <= HL_ACT_KILL_REGION && e->kills.count > 0;
    const char *s = e->text + from;
    if (!(joins ? hl_kill_join(&e->kills, s, to - from, from < e->cursor)
                : hl_kill_add(&e->kills, s, to - from)))
        return HL_EDIT_MEMORY;
    return erase(e, from, to);
}

static enum hl_edit_result kill_word_left(struct hl_edit *e)
{
    return cut(e, word_left(e, e->cursor, in_word), e->cursor);
}

static enum hl_edit_result kill_blank_word_left(struct hl_edit *e)
{
    return cut(e, word_left(e, e->cursor, in_blank_word), e->cursor);
}

static enum hl_edit_result kill_word_right(struct hl_edit *e)
{
    return cut(e, e->cursor, word_right(e, e->cursor));
}

/* At the end of a line the newline goes, as in emacs, and at its start the one before. */
static enum hl_edit_result kill_line_left(struct hl_edit *e)
{
    size_t start = line_start(e, e->cursor);
    return cut(e, start == e->cursor ? prev(e, start) : start, e->cursor);
}

static enum hl_edit_result kill_line_right(struct hl_edit *e)
{
    size_t end = line_end(e, e->cursor);
    return cut(e, e->cursor, end == e->cursor ? next(e, end) : end);
}

/* With its newline, or the one before if it is the last. */
static enum hl_edit_result kill_line(struct hl_edit *e)
{
    size_t start = line_start(e, e->cursor);
    size_t end = line_end(e, e->cursor);
    if (end < e->len)
        end++;
    else if (start > 0)
        start--;
    return cut(e, start, end);
}

static bool region(const struct hl_edit *e, size_t *from, size_t *to)
{
    size_t mark = hl_cluster_snap(e->text, e->len, e->mark);
    *from = mark < e->cursor ? mark : e->cursor;
    *to = mark < e->cursor ? e->cursor : mark;
    return e->marked && *from < *to;
}

static enum hl_edit_result kill_region(struct hl_edit *e)
{
    size_t from;
    size_t to;
    return region(e, &from, &to) ? cut(e, from, to) : HL_EDIT_EDGE;
}

static enum hl_edit_result copy_region(struct hl_edit *e)
{
    size_t from;
    size_t to;
    if (!region(e, &from, &to))
        return HL_EDIT_EDGE;
    return hl_kill_add(&e->kills, e->text + from, to - from) ? HL_EDIT_DONE : HL_EDIT_MEMORY;
}

/* Yanking. */

static enum hl_edit_result yank_over(struct hl_edit *e, size_t from, size_t to, size_t entry)
{
    size_t n = e->kills.entries[entry].len;
    enum hl_edit_result result = splice(e, from, to, e->kills.entries[entry].text, n);
    if (result == HL_EDIT_DONE) {
        e->yank_at = from;
        e->yank_len = n;
        e->yank_entry = entry;
    }
    return result;
}

static enum hl_edit_result yank(struct hl_edit *e)
{
    return e->kills.count == 0 ? HL_EDIT_EDGE : yank_over(e, e->cursor, e->cursor, 0);
}

static enum hl_edit_result yank_pop(struct hl_edit *e)
{
    if (e->kills.count < 2 || (e->last != HL_ACT_YANK && e->last != HL_ACT_YANK_POP))
        return HL_EDIT_EDGE;
    return yank_over(e, e->yank_at, e->yank_at + e->yank_len, (e->yank_entry + 1) % e->kills.count);
}

/* Undo. The buffer held the text before, so it has room. */

static enum hl_edit_result undo(struct hl_edit *e)
{
    const struct hl_change *c = hl_journal_undo(&e->journal);
    if (!c)
        return HL_EDIT_EDGE;
    apply(e, c->at, c->inserted_len, c->removed, c->removed_len);
    e->cursor = c->cursor_before;
    return HL_EDIT_DONE;
}

static enum hl_edit_result redo(struct hl_edit *e)
{
    const struct hl_change *c = hl_journal_redo(&e->journal);
    if (!c)
        return HL_EDIT_EDGE;
    apply(e, c->at, c->removed_len, c->inserted, c->inserted_len);
    e->cursor = hl_cluster_snap(e->text, e->len, c->cursor_after);
    return HL_EDIT_DONE;
}

static enum hl_edit_result revert(struct hl_edit *e)
{
    enum hl_edit_result result = undo(e);
    while (result == HL_EDIT_DONE && undo(e) == HL_EDIT_DONE)
        continue;
    return result;
}

/* Changing what is there. */

static enum hl_edit_result transpose(struct hl_edit *e)
{
    size_t high = e->cursor == line_end(e, e->cursor) ? e->cursor : next(e, e->cursor);
    size_t middle = prev(e, high);
    size_t start = line_start(e, e->cursor);
    if (high == start || middle <= start)
        return HL_EDIT_EDGE;
    size_t low = prev(e, middle);
    size_t n = high - low;
    char *swapped = malloc(n);
    if (!swapped)
        return HL_EDIT_MEMORY;
    memcpy(swapped, e->text + middle, high - middle);
    memcpy(swapped + (high - middle), e->text + low, middle - low);
    enum hl_edit_result result = splice(e, low, high, swapped, n);
    free(swapped);
    return result;
}

/* The word at or before the cursor's and the one before that. */
static enum hl_edit_result transpose_words(struct hl_edit *e)
{
    size_t second = word_left(e, word_right(e, e->cursor), in_word);
    size_t end = word_right(e, second);
    size_t first = word_left(e, second, in_word);
    size_t gap = word_right(e, first);
    if (first == second || gap > second)
        return HL_EDIT_EDGE;
    char *swapped = malloc(end - first);
    if (!swapped)
        return HL_EDIT_MEMORY;
    size_t n = end - second;
    memcpy(swapped, e->text + second, n);
    memcpy(swapped + n, e->text + gap, second - gap);
    n += second - gap;
    memcpy(swapped + n, e->text + first, gap - first);
    enum hl_edit_result result = splice(e, first, end, swapped, end - first);
    free(swapped);
    return result;
}

static enum hl_edit_result delete_blanks(struct hl_edit *e)
{
    size_t from = e->cursor;
    size_t to = e->cursor;
    while (from > 0 && strchr(" \t", e->text[from - 1]))
        from--;
    while (to < e->len && strchr(" \t", e->text[to]))
        to++;
    return erase(e, from, to);
}

typedef utf8proc_int32_t case_fn(utf8proc_int32_t cp);

/* The word at or after the cursor: its first letter by first, the others by rest. */
static enum hl_edit_result change_case(struct hl_edit *e, case_fn *first, case_fn *rest)
{
    size_t end = word_right(e, e->cursor);
    size_t at = e->cursor;
    while (at < end && !in_word(e, at))
        at = next(e, at);
    if (at == end)
        return HL_EDIT_EDGE;
    char *changed = malloc((end - at) * HL_UTF8_MAX);
    if (!changed)
        return HL_EDIT_MEMORY;
    size_t n = 0;
    case_fn *fn = first;
    uint32_t cp;
    for (size_t i = at; i < end; fn = rest) {
        i += hl_utf8_decode(e->text + i, end - i, &cp);
        n += hl_utf8_encode((uint32_t)fn((utf8proc_int32_t)cp), changed + n);
    }
    enum hl_edit_result result = splice(e, at, end, changed, n);
    free(changed);
    return result;
}

static enum hl_edit_result upcase(struct hl_edit *e)
{
    return change_case(e, utf8proc_toupper, utf8proc_toupper);
}

static enum hl_edit_result downcase(struct hl_edit *e)
{
    return change_case(e, utf8proc_tolower, utf8proc_tolower);
}

static enum hl_edit_result capitalise(struct hl_edit *e)
{
    return change_case(e, utf8proc_totitle, utf8proc_tolower);
}

static enum hl_edit_result newline(struct hl_edit *e)
{
    return splice(e, e->cursor, e->cursor, "\n", 1);
}

static enum hl_edit_result tab(struct hl_edit *e)
{
    return splice(e, e->cursor, e->cursor, "\t", 1);
}

/* The public face. */

static enum hl_edit_result (*const actions[HL_ACT_EDIT_END + 1])(struct hl_edit *) = {
    [HL_ACT_LEFT] = left,
    [HL_ACT_RIGHT] = right,
    [HL_ACT_WORD_LEFT] = go_word_left,
    [HL_ACT_WORD_RIGHT] = go_word_right,
    [HL_ACT_LINE_START] = go_line_start,
    [HL_ACT_LINE_END] = go_line_end,
    [HL_ACT_NEWLINE] = newline,
    [HL_ACT_TAB] = tab,
    [HL_ACT_DELETE_LEFT] = delete_left,
    [HL_ACT_DELETE_RIGHT] = delete_right,
    [HL_ACT_KILL_WORD_LEFT] = kill_word_left,
    [HL_ACT_KILL_WORD_RIGHT] = kill_word_right,
    [HL_ACT_KILL_BLANK_WORD_LEFT] = kill_blank_word_left,
    [HL_ACT_KILL_LINE_LEFT] = kill_line_left,
    [HL_ACT_KILL_LINE_RIGHT] = kill_line_right,
    [HL_ACT_KILL_LINE] = kill_line,
    [HL_ACT_KILL_REGION] = kill_region,
    [HL_ACT_COPY_REGION] = copy_region,
    [HL_ACT_YANK] = yank,
    [HL_ACT_YANK_POP] = yank_pop,
    [HL_ACT_UNDO] = undo,
    [HL_ACT_REDO] = redo,
    [HL_ACT_TRANSPOSE] = transpose,
    [HL_ACT_UPCASE] = upcase,
    [HL_ACT_DOWNCASE] = downcase,
    [HL_ACT_CAPITALISE] = capitalise,
    [HL_ACT_TRANSPOSE_WORDS] = transpose_words,
    [HL_ACT_DELETE_BLANKS] = delete_blanks,
    [HL_ACT_SET_MARK] = set_mark,
    [HL_ACT_SWAP_MARK] = swap_mark,
    [HL_ACT_REVERT] = revert,
};

struct hl_edit *hl_edit_new(size_t max)
{
    struct hl_edit *e = calloc(1, sizeof *e);
    if (!e || !reserve(e, 0)) {
        free(e);
        return NULL;
    }
    e->text[0] = '\0';
    e->max = max < HL_EDIT_MAX ? max : HL_EDIT_MAX;
    hl_journal_init(&e->journal, HL_EDIT_UNDO_MAX);
    hl_kill_init(&e->kills);
    return e;
}

void hl_edit_free(struct hl_edit *e)
{
    if (!e)
        return;
    hl_journal_fini(&e->journal);
    hl_kill_fini(&e->kills);
    free(e->text);
    free(e);
}

const char *hl_edit_text(const struct hl_edit *e, size_t *len)
{
    if (len)
        *len = e->len;
    return e->text;
}

size_t hl_edit_cursor(const struct hl_edit *e)
{
    return e->cursor;
}

uint64_t hl_edit_revision(const struct hl_edit *e)
{
    return e->revision;
}

enum hl_edit_result hl_edit_do(struct hl_edit *e, enum hl_action action)
{
    if (action <= HL_ACT_NONE || action > HL_ACT_EDIT_END)
        return HL_EDIT_UNKNOWN;
    e->typing = false;
    enum hl_edit_result result = actions[action](e);
    e->last = result == HL_EDIT_DONE ? action : HL_ACT_NONE;
    return result;
}

/* What may stand in the text; out has room for three times len. */
static size_t normalise(char *out, const char *s, size_t len)
{
    enum { C1_FIRST = 0x7f, C1_LAST = 0x9f };
    size_t n = 0;
    uint32_t cp;
    for (size_t at = 0; at < len;) {
        at += hl_utf8_decode(s + at, len - at, &cp);
        if (cp == '\r') {
            cp = '\n';
            if (at < len && s[at] == '\n')
                at++;
        }
        bool control = (cp < ' ' && cp != '\n' && cp != '\t') || (cp >= C1_FIRST && cp <= C1_LAST);
        if (!control)
            n += hl_utf8_encode(cp, out + n);
    }
    return n;
}

/* Typing goes on in the same undo step until the next word begins. */
static bool goes_on(const struct hl_edit *e, const char *s, size_t len)
{
    uint32_t cp;
    return e->typing && hl_utf8_decode(s, len, &cp) == len &&
           !(in_blank(e, e->cursor - 1) && !strchr(" \t", s[0]));
}

static enum hl_edit_result put(struct hl_edit *e, size_t from, size_t to, const char *s, size_t len)
{
    enum { GROWTH = 3, TYPED_MAX = 64 };
    char typed[TYPED_MAX];
    if (len > HL_EDIT_MAX * 2UL) /* even CR LF throughout would not fit */
        return HL_EDIT_FULL;
    char *clean = len * GROWTH <= TYPED_MAX ? typed : malloc(len * GROWTH);
    if (!clean)
        return HL_EDIT_MEMORY;
    size_t n = normalise(clean, s, len);
    enum hl_edit_result result = HL_EDIT_DONE;
    if (n > 0 || from < to) {
        uint32_t cp;
        e->typing = from == to && goes_on(e, clean, n);
        result = splice(e, from, to, clean, n);
        e->typing = result == HL_EDIT_DONE && from == to && hl_utf8_decode(clean, n, &cp) == n;
    }
    if (clean != typed)
        free(clean);
    e->last = HL_ACT_NONE;
    return result;
}

/* The cursor goes elsewhere, not by a key of the editor: nothing that was being done goes on. */
static enum hl_edit_result jump(struct hl_edit *e, size_t to)
{
    e->typing = false;
    e->last = HL_ACT_NONE;
    return move(e, to);
}

void hl_edit_place(struct hl_edit *e, size_t at)
{
    jump(e, hl_cluster_snap(e->text, e->len, at < e->len ? at : e->len));
}

enum hl_edit_result hl_edit_seek(struct hl_edit *e, const char *s, size_t len, bool back)
{
    size_t from = back ? 0 : next(e, e->cursor);
    size_t end = back ? e->cursor : e->len;
    size_t found = end;
    for (size_t at = from; at < end && (back || found == end); at = next(e, at)) {
        if (len <= e->len - at && memcmp(e->text + at, s, len) == 0)
            found = at;
    }
    return found < end ? jump(e, found) : HL_EDIT_EDGE;
}

enum hl_edit_result hl_edit_insert(struct hl_edit *e, const char *s, size_t len)
{
    return put(e, e->cursor, e->cursor, s, len);
}

static bool is_break(char c)
{
    return c == '\n' || c == '\r';
}

enum hl_edit_result hl_edit_insert_row(struct hl_edit *e, const char *s, size_t len)
{
    for (; len > 0 && is_break(s[len - 1]); len--)
        ;
    for (; len > 0 && is_break(*s); len--)
        s++;
    if (len > e->max)
        return HL_EDIT_FULL;
    char *row = malloc(len + 1);
    if (row == NULL)
        return HL_EDIT_MEMORY;
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (!is_break(s[i]))
            row[n++] = s[i];
        else if (!is_break(s[i - 1])) /* there is one: none at the start */
            row[n++] = ' ';
    }
    enum hl_edit_result result = n > 0 ? hl_edit_insert(e, row, n) : HL_EDIT_EDGE;
    free(row);
    return result;
}

enum hl_edit_result hl_edit_replace(struct hl_edit *e, size_t from, size_t to, const char *s,
                                    size_t len)
{
    to = to < e->len ? hl_cluster_snap(e->text, e->len, to) : e->len;
    from = from < to ? hl_cluster_snap(e->text, e->len, from) : to;
    e->typing = false;
    enum hl_edit_result result = put(e, from, to, s, len);
    e->typing = false;
    return result;
}

enum hl_edit_result hl_edit_set(struct hl_edit *e, const char *s, size_t len)
{
    enum hl_edit_result result = hl_edit_replace(e, 0, e->len, s, len);
    if (result == HL_EDIT_DONE)
        e->cursor = e->len;
    return result;
}

bool hl_edit_keep(struct hl_edit *e, const char *s, size_t len)
{
    e->last = HL_ACT_NONE; /* nothing is joined to it */
    return hl_kill_add(&e->kills, s, len);
}

void hl_edit_reset(struct hl_edit *e)
{
    e->revision += e->len > 0;
    e->len = 0;
    e->cursor = 0;
    e->text[0] = '\0';
    e->typing = false;
    e->marked = false;
    e->mark = 0;
    e->last = HL_ACT_NONE;
    hl_journal_clear(&e->journal);
}
