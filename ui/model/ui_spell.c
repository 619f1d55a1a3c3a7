/* SPDX-License-Identifier: MIT */
/* Spelling of what is typed: which words are asked for, which are underlined, and what to take
 * instead. Only words on the screen are asked for, and none that the cursor is still in. */
#include "ui_state.h"

#include "keymap.h"
#include "mention.h"
#include "spell.h"
#include "text.h"
#include "width.h"

#include <stdio.h>
#include <string.h>

enum {
    PIECE_MAX =
        4096, /* bytes looked at beyond the screen: where the address begins that ends there */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\n'; /* of filtered text */
}

int hl_ui_spell(struct hl_ui *ui, bool on)
{
    struct hl_ui_action ignored;
    bool again = ui->spell.again;

    hl_spell_free(ui->spell.known);
    ui->spell = (struct hl_ui_spell){.known = on ? hl_spell_new() : NULL};
    if (on && ui->spell.known == NULL)
        return -1;
    if (on && again)
        hl_ui_spell_mend(ui, &ignored);
    return 0;
}

/* Commands are no prose, but what begins with two slashes is a message. */
static bool is_checked(const struct hl_ui *ui)
{
    const char *text = hl_edit_text(hl_ui_current_draft(ui), NULL);

    return ui->spell.known != NULL && !ui->search.active && (text[0] != '/' || text[1] == '/');
}

/* The words of the rows that are shown, whole. */
static struct hl_spell_walk shown(const struct hl_ui *ui)
{
    const struct hl_ui_line *line = &ui->line;
    const struct hl_layout *l = &line->layout;
    size_t rows = line->at.rows > 0 ? (size_t)line->at.rows : 0;
    struct hl_spell_walk w = {.text = l->text};

    if (rows == 0 || line->top >= l->count)
        return w;
    size_t last = line->top + rows < l->count ? line->top + rows - 1 : l->count - 1;
    w.end = l->rows[line->top].offset;
    w.len = l->rows[last].offset + l->rows[last].len;
    for (size_t i = 0; i < PIECE_MAX && w.end > 0 && !is_blank(w.text[w.end - 1]); i++)
        w.end--;
    for (size_t i = 0; i < PIECE_MAX && w.len < l->len && !is_blank(w.text[w.len]); i++)
        w.len++;
    w.to = w.end;
    return w;
}

/* Part of what somebody here is called. */
static bool is_name(const struct hl_ui *ui, const char *word)
{
    const char *nick = ui->config.nick != NULL ? ui->config.nick : "";

    if (hl_mention(nick, strlen(nick), word))
        return true;
    for (size_t i = 0; i < ui->count; i++) {
        if (hl_mention(ui->rooms[i]->name, strlen(ui->rooms[i]->name), word))
            return true;
    }
    return false;
}

/* Notes that a word is asked for, unless there is no need to. */
static bool take(struct hl_ui *ui, const char *text, size_t len, char word[static HL_SPELL_WORD])
{
    if (hl_spell_of(ui->spell.known, text, len) != HL_SPELLING_UNKNOWN)
        return false;
    memcpy(word, text, len);
    word[len] = '\0';
    bool name = is_name(ui, word);
    hl_spell_set(ui->spell.known, text, len, name ? HL_SPELLING_GOOD : HL_SPELLING_ASKED, NULL);
    return !name;
}

bool hl_ui_spell_next(struct hl_ui *ui, char word[static HL_SPELL_WORD])
{
    const char *wanted = ui->spell.wanted;

    if (!is_checked(ui))
        return false;
    if (wanted[0] != '\0' && take(ui, wanted, strlen(wanted), word))
        return true;
    struct hl_spell_walk w = shown(ui);
    while (hl_spell_walk(&w)) {
        size_t cursor = ui->line.layout.cursor;
        bool typed = cursor > w.from && cursor <= w.to;
        if (!typed && take(ui, w.text + w.from, w.to - w.from, word))
            return true;
    }
    return false;
}

/* Underlines the part of a word that stands in a row. */
static void mark(struct hl_ui *ui, const struct hl_spell_walk *w, size_t n)
{
    const struct hl_layout *l = &ui->line.layout;
    const struct hl_rect *at = &ui->line.at;
    const struct hl_wrap_row *row = &l->rows[ui->line.top + n];
    size_t from = w->from > row->offset ? w->from : row->offset;
    size_t to = w->to < row->offset + row->len ? w->to : row->offset + row->len;

    if (from >= to)
        return;
    const char *text = l->text + row->offset;
    int col = at->col + (int)(row->indent + hl_width(text, from - row->offset));
    int end = at->col + (int)(row->indent + hl_width(text, to - row->offset));
    hl_frame_restyle(&ui->frame, &(struct hl_span){at->row + (int)n, col, end}, HL_STYLE_MISSPELT,
                     0);
}

void hl_ui_spell_draw(struct hl_ui *ui)
{
    if (!is_checked(ui))
        return;
    struct hl_spell_walk w = shown(ui);
    while (hl_spell_walk(&w)) {
        size_t cursor = ui->line.layout.cursor;
        bool typed = cursor > w.from && cursor <= w.to;
        if (typed ||
            hl_spell_of(ui->spell.known, w.text + w.from, w.to - w.from) != HL_SPELLING_BAD)
            continue;
        for (size_t n = 0; n < (size_t)ui->line.at.rows && ui->line.top + n < ui->line.layout.count;
             n++)
            mark(ui, &w, n);
    }
}

/* ---- what to take instead ---- */

/* The word to be mended: the one that the cursor is in or behind, unless it is right; else the last
 * misspelt one before it, or the first one after it. False: there is none. */
static bool find(struct hl_ui *ui, struct hl_spell_walk *found)
{
    size_t cursor = hl_edit_cursor(hl_ui_current_draft(ui));
    struct hl_spell_walk w = {.len = 0};
    bool any = false;

    w.text = hl_edit_text(hl_ui_current_draft(ui), &w.len);
    while (hl_spell_walk(&w)) {
        enum hl_spelling is = hl_spell_of(ui->spell.known, w.text + w.from, w.to - w.from);
        bool here = cursor >= w.from && cursor <= w.to && is != HL_SPELLING_GOOD;
        if (here || (is == HL_SPELLING_BAD && (w.to < cursor || !any)))
            *found = w;
        any = any || here || is == HL_SPELLING_BAD;
        if (here)
            break;
    }
    return any;
}

static void offer(struct hl_ui *ui, const struct hl_spell_walk *w, struct hl_ui_action *out)
{
    size_t len = w->to - w->from;
    char near[HL_MATCHES_MAX * HL_SPELL_WORD];
    struct hl_matches *m = hl_ui_complete_with(ui, w->from, len);

    /* The draft changes, and w with it. */
    snprintf(near, sizeof(near), "%s", hl_spell_near(ui->spell.known, w->text + w->from, len));
    for (char *word = near; *word != '\0';) {
        word += strspn(word, ", ");
        char *end = word + strcspn(word, ",");
        char *next = *end != '\0' ? end + 1 : end;
        *end = '\0';
        if (word < end)
            hl_matches_add(m, word);
        word = next;
    }
    if (m->count > 0) {
        hl_ui_complete(ui, true, out);
        return;
    }
    ui->completion.open = false;
    hl_ui_hint(ui, "%.*s: no suggestions", (int)len, w->text + w->from);
    out->kind = HL_UI_BELL;
}

void hl_ui_spell_mend(struct hl_ui *ui, struct hl_ui_action *out)
{
    struct hl_ui_spell *s = &ui->spell;
    struct hl_spell_walk w;

    out->kind = HL_UI_BELL;
    s->wanted[0] = '\0';
    if (s->known == NULL && ui->config.settings->spell[0] != '\0') {
        s->again = true;
        out->kind = HL_UI_SPELL;
        return;
    }
    if (s->known == NULL) {
        hl_ui_hint(ui, "there is no spell checker: /set spell PROGRAM, such as aspell -a");
        return;
    }
    if (!is_checked(ui) || !find(ui, &w)) {
        hl_ui_hint(ui, "no word is misspelt");
        return;
    }
    size_t len = w.to - w.from;
    out->kind = HL_UI_NONE;
    if (hl_spell_of(s->known, w.text + w.from, len) == HL_SPELLING_BAD) {
        offer(ui, &w, out);
        return;
    }
    memcpy(s->wanted, w.text + w.from, len); /* the answer goes on from here */
    s->wanted[len] = '\0';
    s->revision = hl_edit_revision(hl_ui_current_draft(ui));
    s->conv = hl_ui_current(ui)->id;
}

void hl_ui_spelt(struct hl_ui *ui, const char *word, bool good, const char *near)
{
    struct hl_ui_spell *s = &ui->spell;
    struct hl_ui_action ignored;
    char clean[HL_MATCHES_MAX * HL_SPELL_WORD];

    if (s->known == NULL)
        return;
    hl_text_clean(clean, sizeof(clean), near, strlen(near), 0, NULL);
    hl_spell_set(s->known, word, strlen(word), good ? HL_SPELLING_GOOD : HL_SPELLING_BAD, clean);
    if (strcmp(s->wanted, word) != 0)
        return;
    s->wanted[0] = '\0';
    if (s->revision == hl_edit_revision(hl_ui_current_draft(ui)) &&
        s->conv == hl_ui_current(ui)->id)
        hl_ui_spell_mend(ui, &ignored);
}
