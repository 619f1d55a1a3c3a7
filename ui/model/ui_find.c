/* SPDX-License-Identifier: MIT */
/* Search in all history, as one types. The model says what it needs, one question at a time, so a
 * slow store never delays a key: while an answer is under way the query may change, and the next
 * question is about what stands there then. */
#include "ui_state.h"

#include "i18n.h"
#include "utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONTEXT_MIN_ROWS = 14, /* lower screens show the list alone */
    SNIPPET_BEFORE = 200,  /* bytes shown before what was found, if that is far back in a message */
    LEAD = 2 * HL_UI_TEXT + 32,
};

static const struct hl_ui_hit *selected(struct hl_ui *ui)
{
    struct hl_picker_row row;

    return ui->list.kind == HL_UI_LIST_FIND && hl_picker_selected(ui->list.picker, &row)
               ? &ui->find.hits[row.key]
               : NULL;
}

static const char *name_of(const struct hl_ui *ui, uint32_t conv)
{
    const struct hl_ui_room *room = hl_ui_room_of(ui, conv);

    return room != NULL ? room->name : "?";
}

/* ---- what is asked ---- */

static void say(struct hl_ui *ui)
{
    const struct hl_ui_find *f = &ui->find;
    char note[HL_UI_TEXT + HL_UI_HINT];
    bool typed = f->words != NULL && f->words[0] != '\0';

    size_t len = (size_t)snprintf(
        note, sizeof(note), f->here ? _("in %s") : _("in all conversations"), name_of(ui, f->home));
    snprintf(note + len, sizeof(note) - len, "%s%s",
             f->why[0] != '\0'                                          ? _(": ")
             : f->asked && f->asks.kind == HL_UI_FIND_WORDS             ? _(": searching")
             : typed && f->all && hl_picker_count(ui->list.picker) == 0 ? _(": nothing was found")
             : typed && !f->all                                         ? _(", and more")
                                                                        : "",
             f->why);
    hl_picker_note(ui->list.picker, note);
}

bool hl_ui_find_open(struct hl_ui *ui, const char *words)
{
    struct hl_ui_find *f = &ui->find;

    if (!hl_ui_list_open(ui, HL_UI_LIST_FIND))
        return false;
    f->home = hl_ui_current(ui)->id;
    f->here = false;
    f->late = f->asked;
    f->around.row = 0;
    f->why[0] = '\0';
    f->changed = true;
    size_t cut = hl_picker_set_query(ui->list.picker, words);
    if (cut > 0)
        hl_ui_hint(ui, "the query was too long: its last %zu bytes are missing", cut);
    say(ui);
    return true;
}

void hl_ui_find_changed(struct hl_ui *ui)
{
    const char *query = hl_picker_query(ui->list.picker, NULL);

    if (ui->find.words == NULL || strcmp(query, ui->find.words) != 0)
        ui->find.changed = true;
}

void hl_ui_find_scope(struct hl_ui *ui)
{
    ui->find.here = !ui->find.here && ui->find.home != 0;
    ui->find.changed = true;
    say(ui);
}

static void clear(struct hl_ui *ui)
{
    hl_picker_clear(ui->list.picker);
    ui->find.count = 0;
    ui->find.around.row = 0;
}

/* The words as they stand there now; false if there is nothing to be looked for. */
static bool read_words(struct hl_ui *ui)
{
    struct hl_ui_find *f = &ui->find;
    char *words = strdup(hl_picker_query(ui->list.picker, NULL));

    if (words == NULL)
        return false;
    free(f->words);
    f->words = words;
    f->changed = false;
    f->fresh = true;
    f->all = words[strspn(words, " ")] == '\0';
    f->why[0] = '\0';
    if (!f->all)
        return true;
    clear(ui);
    say(ui);
    return false;
}

/* The last rows are near, and there may be more. */
static bool wants_older(struct hl_ui *ui)
{
    return !ui->find.all && ui->find.count < HL_PICKER_ROWS &&
           hl_picker_index(ui->list.picker) + HL_UI_FIND_PAGE / 2 >= ui->find.count;
}

static bool choose(struct hl_ui *ui, struct hl_ui_asks *out)
{
    struct hl_ui_find *f = &ui->find;
    struct hl_ui_around *a = &f->around;
    const struct hl_ui_hit *hit;

    if ((f->changed && read_words(ui)) || (f->words != NULL && wants_older(ui))) {
        *out = (struct hl_ui_asks){.kind = HL_UI_FIND_WORDS,
                                   .conv = f->here ? f->home : 0,
                                   .words = f->words,
                                   .at = f->fresh ? 0 : f->hits[f->count - 1].row,
                                   .number = HL_UI_FIND_PAGE};
        return true;
    }
    hit = selected(ui);
    if (hit == NULL || (a->row == hit->row && a->asked[1]))
        return false;
    if (a->row != hit->row)
        *a = (struct hl_ui_around){.row = hit->row};
    bool after = a->asked[0];
    a->asked[after] = true;
    *out = (struct hl_ui_asks){.kind = after ? HL_UI_FIND_AFTER : HL_UI_FIND_BEFORE,
                               .conv = hit->conv,
                               .at = hit->pos,
                               .number = HL_UI_FIND_AROUND};
    return true;
}

bool hl_ui_find_next(struct hl_ui *ui, struct hl_ui_asks *out)
{
    if (ui->list.kind != HL_UI_LIST_FIND || ui->find.asked || !choose(ui, &ui->find.asks))
        return false;
    *out = ui->find.asks;
    ui->find.asked = true;
    say(ui);
    return true;
}

/* ---- what is answered ---- */

/* Of a long message the part around the first of the words. */
static const char *snippet(const struct hl_ui *ui, const struct hl_ui_said *said, size_t *skipped)
{
    struct hl_fuzzy words;
    bool *marks = said->len > HL_PICKER_TEXT ? calloc(said->len, sizeof(bool)) : NULL;
    size_t first = 0;

    *skipped = 0;
    if (marks == NULL)
        return said->text;
    hl_fuzzy_init(&words, ui->find.words, strlen(ui->find.words));
    if (hl_fuzzy_mark_words(&words, said->text, said->len, marks) > 0) {
        while (!marks[first])
            first++;
    }
    free(marks);
    if (first > HL_PICKER_TEXT - SNIPPET_BEFORE)
        *skipped = hl_utf8_cut(said->text, said->len, first - SNIPPET_BEFORE);
    return said->text + *skipped;
}

static void add_hit(struct hl_ui *ui, const struct hl_ui_said *said)
{
    struct hl_ui_find *f = &ui->find;
    const char *name = name_of(ui, said->conv);
    bool ours = strcmp(name, said->sender) != 0;
    char lead[LEAD];
    size_t skipped;

    if (f->fresh)
        clear(ui);
    f->fresh = false;
    if (f->count == f->cap) {
        size_t cap = f->cap == 0 ? HL_UI_FIND_PAGE : 2 * f->cap;
        struct hl_ui_hit *hits = reallocarray(f->hits, cap, sizeof(*hits));
        if (hits == NULL)
            return;
        f->hits = hits;
        f->cap = cap;
    }
    snprintf(lead, sizeof(lead), "%04d-%02d-%02d %02d:%02d %s%s%s:", said->stamp.year,
             said->stamp.month, said->stamp.day, said->stamp.hour, said->stamp.minute, name,
             ours ? ", " : "", ours ? said->sender : "");
    const struct hl_picker_row row = {
        .key = f->count, .lead = lead, .text = snippet(ui, said, &skipped)};
    if (hl_picker_add(ui->list.picker, &row) == 0)
        f->hits[f->count++] = (struct hl_ui_hit){said->conv, said->row, said->pos};
}

static void add_around(struct hl_ui *ui, const struct hl_ui_said *said)
{
    bool after = ui->find.asks.kind == HL_UI_FIND_AFTER;
    struct hl_ui_around *a = &ui->find.around;
    size_t n = a->count[after];

    if (n == HL_UI_FIND_SHOWN)
        return;
    snprintf(a->text[after][n], sizeof(a->text[after][n]), "%02d:%02d %s: ", said->stamp.hour,
             said->stamp.minute, said->sender);
    size_t len = strlen(a->text[after][n]);
    size_t cut = hl_utf8_cut(said->text, said->len, sizeof(a->text[after][n]) - len - 1);
    memcpy(a->text[after][n] + len, said->text, cut);
    a->text[after][n][len + cut] = '\0';
    a->count[after]++;
}

void hl_ui_find_said(struct hl_ui *ui, const struct hl_ui_said *said)
{
    struct hl_ui_find *f = &ui->find;

    if (ui->list.kind != HL_UI_LIST_FIND || !f->asked || f->late)
        return;
    f->got++;
    if (f->asks.kind == HL_UI_FIND_WORDS)
        add_hit(ui, said);
    else if (f->around.row != 0)
        add_around(ui, said);
}

void hl_ui_find_end(struct hl_ui *ui, const char *why)
{
    struct hl_ui_find *f = &ui->find;
    bool late = f->late || ui->list.kind != HL_UI_LIST_FIND;
    size_t got = f->got;

    f->asked = f->late = false;
    f->got = 0;
    if (late)
        return;
    if (f->asks.kind == HL_UI_FIND_WORDS) {
        if (f->fresh && !f->changed)
            clear(ui);
        f->fresh = false;
        f->all = got < f->asks.number || why != NULL || f->count == 0; /* or there is no memory */
    }
    if (why != NULL)
        snprintf(f->why, sizeof(f->why), "%s", why);
    say(ui);
}

void hl_ui_find_take(struct hl_ui *ui, uint64_t key, struct hl_ui_action *out)
{
    const struct hl_ui_hit *hit = &ui->find.hits[key];

    *out = (struct hl_ui_action){.kind = HL_UI_GO, .conv = hit->conv, .pos = hit->pos};
    hl_ui_list_close(ui);
}

void hl_ui_find_fini(struct hl_ui_find *f)
{
    free(f->words);
    free(f->hits);
}

/* ---- what stands around the selected message ---- */

int hl_ui_find_rows(struct hl_ui *ui, const struct hl_rect *r)
{
    return r->rows >= CONTEXT_MIN_ROWS && selected(ui) != NULL ? 2 * HL_UI_FIND_SHOWN + 2 : 0;
}

void hl_ui_find_draw(struct hl_ui *ui, const struct hl_rect *r)
{
    const struct hl_ui_around *a = &ui->find.around;
    struct hl_picker_row row;
    int end = r->col + r->cols;
    int at = r->row;

    hl_frame_fill(&ui->frame, at, r->col, end, HL_STYLE_RULE, ui->frame.ascii ? "-" : "─");
    if (!hl_picker_selected(ui->list.picker, &row))
        return;
    bool here = a->row == ui->find.hits[row.key].row;
    for (size_t i = HL_UI_FIND_SHOWN; i-- > 0;) {
        at++;
        if (here && i < a->count[0])
            hl_ui_put_short(ui, &(struct hl_span){at, r->col + 1, end}, HL_STYLE_TEXT,
                            a->text[0][i]);
    }
    char text[LEAD + HL_PICKER_TEXT];
    snprintf(text, sizeof(text), "%s %s", strlen(row.lead) > 11 ? row.lead + 11 : "", row.text);
    hl_ui_put_short(ui, &(struct hl_span){++at, r->col + 1, end}, HL_STYLE_FOUND, text);
    for (size_t i = 0; here && i < a->count[1]; i++)
        hl_ui_put_short(ui, &(struct hl_span){++at, r->col + 1, end}, HL_STYLE_TEXT, a->text[1][i]);
}
