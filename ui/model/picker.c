/* SPDX-License-Identifier: MIT */
#include "picker.h"

#include "cluster.h"
#include "i18n.h"
#include "text.h"
#include "utf8.h"
#include "width.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NOTE_MAX = 160,
    QUERY_MAX = 512,      /* bytes of a query */
    DETAIL_MIN_COLS = 50, /* narrower lists show no details */
    GAP = 2,
};

/* The strings of a row stand one after the other, each with its NUL. */
struct row {
    uint64_t key;
    int rank;
    uint16_t text, detail; /* where they start; lead starts at 0 */
    char bytes[];
};

struct hl_picker {
    struct hl_picker_config config;
    struct hl_edit *query;
    struct hl_fuzzy fuzzy; /* the query */
    struct row **rows;
    size_t count, cap;
    struct fit {
        uint32_t row;
        int score;
    } * fits; /* cap of them: what is shown, in order */
    size_t fitting;
    bool stale; /* fits is to be made anew */
    size_t selected, top;
    size_t height; /* rows of the list on the last screen */
    char note[NOTE_MAX];
};

struct hl_picker *hl_picker_new(const struct hl_picker_config *config)
{
    struct hl_picker *p = calloc(1, sizeof(*p));

    if (p == NULL)
        return NULL;
    p->config = *config;
    p->query = hl_edit_new(QUERY_MAX);
    if (p->query == NULL) {
        free(p);
        return NULL;
    }
    return p;
}

void hl_picker_free(struct hl_picker *p)
{
    if (p == NULL)
        return;
    hl_picker_clear(p);
    hl_edit_free(p->query);
    free(p->rows);
    free(p->fits);
    free(p);
}

/* ---- rows ---- */

static int grow(struct hl_picker *p)
{
    size_t cap = p->cap == 0 ? 64 : 2 * p->cap;
    struct row **rows = reallocarray(p->rows, cap, sizeof(struct row *));

    if (rows == NULL)
        return -ENOMEM;
    p->rows = rows;
    struct fit *fits = reallocarray(p->fits, cap, sizeof(struct fit));
    if (fits == NULL)
        return -ENOMEM;
    p->fits = fits;
    p->cap = cap;
    return 0;
}

static size_t part_len(const char *part)
{
    return part != NULL ? hl_utf8_cut(part, strlen(part), HL_PICKER_TEXT - 1) : 0;
}

static char *put(char *to, const char *part, size_t len)
{
    if (len > 0)
        memcpy(to, part, len);
    to[len] = '\0';
    return to + len + 1;
}

int hl_picker_add(struct hl_picker *p, const struct hl_picker_row *row)
{
    size_t lead = part_len(row->lead);
    size_t text = part_len(row->text);
    size_t detail = part_len(row->detail);

    if (p->count == HL_PICKER_ROWS)
        return -ENOSPC;
    if (p->count == p->cap && grow(p) != 0)
        return -ENOMEM;
    struct row *copy = malloc(sizeof(*copy) + lead + text + detail + 3);
    if (copy == NULL)
        return -ENOMEM;
    copy->key = row->key;
    copy->rank = row->rank;
    char *at = put(copy->bytes, row->lead, lead);
    copy->text = (uint16_t)(at - copy->bytes);
    at = put(at, row->text, text);
    copy->detail = (uint16_t)(at - copy->bytes);
    put(at, row->detail, detail);
    p->rows[p->count++] = copy;
    p->stale = true;
    return 0;
}

void hl_picker_clear(struct hl_picker *p)
{
    for (size_t i = 0; i < p->count; i++)
        free(p->rows[i]);
    p->count = p->fitting = p->selected = p->top = 0;
    p->stale = false;
}

static int score_of(const struct hl_picker *p, const struct row *row)
{
    const char *text = row->bytes + row->text;
    const char *detail = row->bytes + row->detail;

    if (p->config.given || p->fuzzy.words == 0)
        return 0;
    int score = hl_fuzzy_match(&p->fuzzy, text, strlen(text), NULL);
    if (score < 0 && detail[0] != '\0') {
        score = hl_fuzzy_match(&p->fuzzy, detail, strlen(detail), NULL);
        score = score < 0 ? score : score / 2;
    }
    return score;
}

/* Best first; then by rank, then the shorter text, then as they were added. */
static int compare(const void *left, const void *right, void *user)
{
    const struct hl_picker *p = user;
    const struct fit *a = left;
    const struct fit *b = right;
    const struct row *x = p->rows[a->row];
    const struct row *y = p->rows[b->row];
    int longer = (x->detail - x->text) - (y->detail - y->text);

    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    if (x->rank != y->rank)
        return x->rank > y->rank ? -1 : 1;
    if (p->fuzzy.words > 0 && longer != 0)
        return longer;
    return a->row < b->row ? -1 : a->row > b->row;
}

static void refresh(struct hl_picker *p)
{
    if (!p->stale)
        return;
    p->fitting = 0;
    for (size_t i = 0; i < p->count; i++) {
        int score = score_of(p, p->rows[i]);
        if (score >= 0)
            p->fits[p->fitting++] = (struct fit){(uint32_t)i, score};
    }
    if (!p->config.given && p->fitting > 1)
        qsort_r(p->fits, p->fitting, sizeof(struct fit), compare, p);
    if (p->selected >= p->fitting)
        p->selected = p->fitting > 0 ? p->fitting - 1 : 0;
    p->stale = false;
}

size_t hl_picker_count(struct hl_picker *p)
{
    refresh(p);
    return p->fitting;
}

size_t hl_picker_index(const struct hl_picker *p)
{
    return p->selected;
}

bool hl_picker_select(struct hl_picker *p, size_t index)
{
    refresh(p);
    if (index >= p->fitting)
        return false;
    p->selected = index;
    return true;
}

bool hl_picker_selected(struct hl_picker *p, struct hl_picker_row *out)
{
    if (p->selected >= hl_picker_count(p))
        return false;
    const struct row *row = p->rows[p->fits[p->selected].row];
    *out = (struct hl_picker_row){.key = row->key,
                                  .rank = row->rank,
                                  .lead = row->bytes,
                                  .text = row->bytes + row->text,
                                  .detail = row->bytes + row->detail};
    return true;
}

/* ---- the query ---- */

const char *hl_picker_query(const struct hl_picker *p, size_t *len)
{
    return hl_edit_text(p->query, len);
}

static void read_query(struct hl_picker *p)
{
    size_t len;
    const char *text = hl_edit_text(p->query, &len);

    hl_fuzzy_init(&p->fuzzy, text, len);
    if (p->config.given)
        return; /* the caller brings other rows */
    p->stale = true;
    p->selected = p->top = 0;
}

size_t hl_picker_set_query(struct hl_picker *p, const char *text)
{
    size_t len = strlen(text);
    size_t fits = hl_cluster_cut(text, len, QUERY_MAX);

    (void)hl_edit_set(p->query, text, fits); /* without memory it stays as it is */
    read_query(p);
    return len - fits;
}

void hl_picker_note(struct hl_picker *p, const char *note)
{
    snprintf(p->note, sizeof(p->note), "%s", note);
}

/* ---- keys ---- */

static enum hl_picker_result move(struct hl_picker *p, long rows)
{
    size_t last = hl_picker_count(p);
    size_t was = p->selected;

    if (last-- == 0)
        return HL_PICKER_EDGE;
    if (rows < 0)
        p->selected -= (size_t)-rows < was ? (size_t)-rows : was;
    else
        p->selected = (size_t)rows < last - was ? was + (size_t)rows : last;
    return p->selected != was ? HL_PICKER_MOVED : HL_PICKER_EDGE;
}

/* Up on the first row goes to the last one and back; rows that are given have more to come there.
 */
static enum hl_picker_result step(struct hl_picker *p, long rows)
{
    enum hl_picker_result result = move(p, rows);

    if (result == HL_PICKER_EDGE && !p->config.given && p->fitting > 1) {
        p->selected = rows < 0 ? p->fitting - 1 : 0;
        return HL_PICKER_MOVED;
    }
    return result;
}

static enum hl_picker_result edited(struct hl_picker *p, enum hl_edit_result result)
{
    if (result != HL_EDIT_DONE)
        return result == HL_EDIT_FULL ? HL_PICKER_FULL : HL_PICKER_EDGE;
    read_query(p);
    return HL_PICKER_QUERY;
}

static enum hl_picker_result type(struct hl_picker *p, const char *text, size_t len)
{
    return edited(p, hl_edit_insert_row(p->query, text, len));
}

static enum hl_picker_result edit(struct hl_picker *p, enum hl_action action)
{
    enum hl_edit_result result = hl_edit_do(p->query, action);

    if (result == HL_EDIT_DONE && action < HL_ACT_NEWLINE)
        return HL_PICKER_DONE; /* only the cursor has moved */
    return edited(p, result);
}

static enum hl_picker_result act(struct hl_picker *p, enum hl_action action)
{
    long page = p->height > 1 ? (long)p->height - 1 : 1;
    const struct {
        enum hl_action action;
        bool wraps;
        long rows;
    } moves[] = {
        {HL_ACT_UP, true, -1},
        {HL_ACT_DOWN, true, 1},
        {HL_ACT_SCROLL_UP, true, -1},
        {HL_ACT_SCROLL_DOWN, true, 1},
        {HL_ACT_PAGE_UP, false, -page},
        {HL_ACT_PAGE_DOWN, false, page},
        {HL_ACT_SCROLL_TOP, false, -HL_PICKER_ROWS},
        {HL_ACT_SCROLL_BOTTOM, false, HL_PICKER_ROWS},
    };

    for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
        if (moves[i].action == action)
            return moves[i].wraps ? step(p, moves[i].rows) : move(p, moves[i].rows);
    }
    if (action == HL_ACT_CANCEL)
        return HL_PICKER_LEFT;
    if (action == HL_ACT_SEND)
        return hl_picker_count(p) > 0 ? HL_PICKER_TAKEN : HL_PICKER_EDGE;
    return action <= HL_ACT_EDIT_END ? edit(p, action) : HL_PICKER_NOT_OURS;
}

enum hl_picker_result hl_picker_key(struct hl_picker *p, const struct hl_keymap *map,
                                    const struct hl_key *key, enum hl_action *action)
{
    char text[HL_UTF8_MAX];

    *action = hl_keymap_find(map, HL_CTX_PICKER, key->key);
    if (*action != HL_ACT_NONE)
        return act(p, *action);
    if (key->key == HL_KEY_PASTE)
        return type(p, key->paste, key->paste_len);
    if (hl_keymap_is_text(key->key))
        return type(p, text, hl_utf8_encode(key->key, text));
    return HL_PICKER_EDGE;
}

/* ---- drawing ---- */

/* Columns of a text that stands somewhere, and those up to its end. */
struct place {
    int row, col, end;
};

/* Draws a text in which marked letters stand out; of a long one the part with the first mark. */
static void draw_marked(const struct hl_prose *prose, struct place at, enum hl_style style,
                        const char *text, const bool *marks)
{
    struct hl_frame *f = prose->frame;
    const struct hl_span all = {at.row, at.col, at.end};
    size_t len = strlen(text);
    size_t room = at.end > at.col ? (size_t)(at.end - at.col) : 0;
    size_t skip = 0;
    size_t first = 0;

    while (first < len && !marks[first])
        first++;
    if (first < len && hl_width(text, first) + 8 > room && hl_width(text, len) > room)
        skip = hl_width_skip(text, first, room / 3);
    if (skip > 0 && room > 1)
        at.col = hl_frame_puts(f, at.row, at.col, at.end, style, f->ascii ? "~" : "…");
    for (size_t from = skip, to; from < len && at.col < at.end; from = to) {
        for (to = from + 1; to < len && marks[to] == marks[from]; to++)
            ;
        int width = (int)hl_width(text + from, to - from);
        enum hl_style look = marks[from] ? HL_STYLE_FOUND : style;
        if (at.col + width <= at.end && (to == len || at.col + width < at.end)) {
            at.col = hl_frame_put(f, &(struct hl_span){at.row, at.col, at.end}, look, text + from,
                                  to - from);
            continue;
        }
        at.col = hl_frame_put_short(f, at.row, at.col, at.end, look, text + from);
        break;
    }
    hl_prose_order(prose, &(struct hl_span){all.row, all.col, at.col});
}

/* Columns that the texts of the rows on the screen need at most. */
static int text_cols(const struct hl_picker *p, size_t rows, int cols)
{
    int widest = 0;

    for (size_t i = p->top; i < p->fitting && i < p->top + rows; i++) {
        const struct row *row = p->rows[p->fits[i].row];
        int width = (int)hl_width(row->bytes + row->text, strlen(row->bytes + row->text));
        widest = width > widest ? width : widest;
    }
    return widest < cols / 2 ? widest : cols / 2;
}

static void mark(const struct hl_picker *p, const char *text, bool marks[static HL_PICKER_TEXT])
{
    memset(marks, 0, HL_PICKER_TEXT);
    if (p->config.given)
        (void)hl_fuzzy_mark_words(&p->fuzzy, text, strlen(text), marks);
    else if (p->fuzzy.words > 0)
        (void)hl_fuzzy_match(&p->fuzzy, text, strlen(text), marks);
}

static void draw_row(const struct hl_picker *p, const struct hl_prose *prose,
                     const struct place *at, size_t index, int texts)
{
    struct hl_frame *f = prose->frame;
    const struct row *row = p->rows[p->fits[index].row];
    const char *detail = row->bytes + row->detail;
    bool here = index == p->selected;
    enum hl_style style = here ? HL_STYLE_LIST_CURRENT : HL_STYLE_TEXT;
    enum hl_style dim = here ? HL_STYLE_LIST_CURRENT : HL_STYLE_MARK;
    bool marks[HL_PICKER_TEXT];
    struct place text = *at;

    if (here)
        hl_frame_fill(f, at->row, at->col, at->end, style, " ");
    text.col += at->end - at->col > 2;
    if (row->bytes[0] != '\0' && at->end - at->col >= DETAIL_MIN_COLS)
        text.col =
            hl_prose_short(prose, &(struct hl_span){at->row, text.col, at->end}, dim, row->bytes) +
            1;
    bool detailed = detail[0] != '\0' && at->end - at->col >= DETAIL_MIN_COLS;
    if (detailed && text.col + texts < text.end)
        text.end = text.col + texts;
    mark(p, row->bytes + row->text, marks);
    draw_marked(prose, text, style, row->bytes + row->text, marks);
    if (!detailed)
        return;
    mark(p, detail, marks);
    draw_marked(prose, (struct place){at->row, text.end + GAP, at->end}, dim, detail, marks);
}

static void draw_heading(const struct hl_picker *p, struct hl_frame *f, const struct place *at,
                         const char *keys)
{
    char text[NOTE_MAX + 128];
    char count[64];
    int col = at->col + (at->end - at->col > 1);
    int words = (int)hl_width(keys, strlen(keys));

    hl_frame_fill(f, at->row, at->col, at->end, HL_STYLE_TITLE, " ");
    snprintf(count, sizeof(count), "%zu/%zu", p->fitting > 0 ? p->selected + 1 : 0, p->fitting);
    snprintf(text, sizeof(text), "%s  %s%s%s", _(p->config.heading), count,
             p->note[0] != '\0' ? "  " : "", p->note);
    col = hl_frame_put_short(f, at->row, col, at->end, HL_STYLE_TITLE, text);
    if (words > 0 && col + GAP + words < at->end)
        hl_frame_puts(f, at->row, at->end - words - 1, at->end, HL_STYLE_TITLE, keys);
}

/* The query line; of a long query the end of what is left of the cursor. */
static void draw_query(const struct hl_picker *p, const struct hl_prose *prose,
                       const struct place *at)
{
    struct hl_frame *f = prose->frame;
    size_t len;
    const char *query = hl_edit_text(p->query, &len);
    char text[(QUERY_MAX + 1) * HL_TEXT_GROWTH];
    unsigned flags = f->ascii ? HL_TEXT_ASCII : 0;
    size_t cursor = hl_text_clean(text, sizeof(text), query, hl_edit_cursor(p->query), flags, NULL);
    int col = at->col;

    const char *prompt = _(p->config.prompt);
    if (at->end - at->col > (int)hl_width(prompt, strlen(prompt)) + 8)
        col = hl_frame_puts(f, at->row, col, at->end, HL_STYLE_PROMPT, prompt);
    size_t room = (size_t)(at->end - col - 1);
    size_t skip = hl_width_skip(text, cursor, room);
    len = hl_text_clean(text, sizeof(text), query, len, flags, NULL);
    hl_frame_cursor(f, at->row,
                    hl_prose_typed(prose, &(struct hl_span){at->row, col, at->end}, text + skip,
                                   len - skip, cursor - skip));
}

void hl_picker_draw(struct hl_picker *p, const struct hl_prose *prose, const struct hl_rect *r,
                    int below, const char *keys)
{
    struct hl_frame *f = prose->frame;
    int heading = r->rows >= HL_PICKER_HEADED;
    size_t rows = (size_t)(r->rows - 1 - heading - below);
    int end = r->col + r->cols;

    refresh(p);
    p->height = rows;
    if (p->selected < p->top)
        p->top = p->selected;
    if (rows > 0 && p->selected >= p->top + rows)
        p->top = p->selected - rows + 1;
    if (p->top + rows > p->fitting)
        p->top = p->fitting > rows ? p->fitting - rows : 0;
    int texts = text_cols(p, rows, r->cols);
    for (size_t i = 0; i < rows && p->top + i < p->fitting; i++)
        draw_row(p, prose, &(struct place){r->row + heading + (int)i, r->col, end}, p->top + i,
                 texts);
    if (p->fitting == 0 && rows > 0 && p->config.empty != NULL)
        hl_frame_put_short(f, r->row + heading, r->col + (r->cols > 2), end, HL_STYLE_MARK,
                           _(p->config.empty));
    if (heading)
        draw_heading(p, f, &(struct place){r->row, r->col, end}, keys);
    draw_query(p, prose, &(struct place){r->row + r->rows - 1, r->col, end});
}
