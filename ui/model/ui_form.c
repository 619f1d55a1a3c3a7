/* SPDX-License-Identifier: MIT */
/* The form: a few questions, asked before there is anything else to show. */
#include "ui_state.h"

#include "cluster.h"
#include "i18n.h"
#include "keymap.h"
#include "keys.h"
#include "text.h"
#include "utf8.h"
#include "width.h"
#include "wrap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int hl_ui_form_open(struct hl_ui *ui, const char *heading,
                    const struct hl_ui_question q[static HL_UI_FORM_FIELDS])
{
    hl_ui_form_close(ui);
    ui->form = (struct hl_ui_form){.open = true, .heading = heading};
    for (size_t i = 0; i < HL_UI_FORM_FIELDS; i++) {
        struct hl_ui_field *field = &ui->form.fields[i];
        field->question = q[i];
        field->edit = hl_edit_new(HL_UI_FORM_TEXT - 1);
        if (field->edit == NULL) {
            hl_ui_form_close(ui);
            return -ENOMEM;
        }
        if (q[i].initial != NULL)
            hl_edit_set(field->edit, q[i].initial,
                        hl_cluster_cut(q[i].initial, strlen(q[i].initial), HL_UI_FORM_TEXT - 1));
    }
    return 0;
}

const char *hl_ui_form_answer(const struct hl_ui *ui, size_t field)
{
    return ui->form.open && field < HL_UI_FORM_FIELDS
               ? hl_edit_text(ui->form.fields[field].edit, NULL)
               : "";
}

void hl_ui_form_error(struct hl_ui *ui, size_t field, const char *error)
{
    if (field >= HL_UI_FORM_FIELDS)
        return;
    snprintf(ui->form.fields[field].error, HL_UI_FORM_TEXT, "%s", error != NULL ? error : "");
    if (error != NULL)
        ui->form.current = field;
}

void hl_ui_form_close(struct hl_ui *ui)
{
    for (size_t i = 0; i < HL_UI_FORM_FIELDS; i++)
        hl_edit_free(ui->form.fields[i].edit);
    ui->form = (struct hl_ui_form){0};
}

/* Columns that the words below a field have. */
static size_t error_width(const struct hl_ui *ui, int col)
{
    return ui->frame.cols > col ? (size_t)(ui->frame.cols - col) : 1;
}

/* An answer is one line. */
static void edited(struct hl_ui_field *field, enum hl_edit_result result, struct hl_ui_action *out)
{
    if (result == HL_EDIT_FULL)
        snprintf(field->error, sizeof(field->error), "%s",
                 _("the answer is full: nothing was added"));
    if (result != HL_EDIT_DONE)
        out->kind = HL_UI_BELL;
}

static bool is_text(const struct hl_key *key, char out[static 5], size_t *len)
{
    if (!hl_keymap_is_text(key->key))
        return false;
    *len = hl_utf8_encode(key->key, out);
    return true;
}

/* The keys that the form names do what it says, whatever they are bound to elsewhere. */
static enum hl_action action_of(const struct hl_ui *ui, uint32_t key)
{
    static const struct {
        uint32_t key;
        enum hl_action action;
    } named[] = {{HL_KEY_ESCAPE, HL_ACT_CLEAR_OR_QUIT},
                 {HL_KEY_TAB, HL_ACT_COMPLETE},
                 {HL_KEY_DOWN, HL_ACT_DOWN},
                 {HL_KEY_UP, HL_ACT_UP},
                 {HL_KEY_SHIFT | HL_KEY_TAB, HL_ACT_UP}};

    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        if (named[i].key == key)
            return named[i].action;
    }
    return hl_keymap_find(ui->config.keymap, HL_CTX_INPUT, key);
}

void hl_ui_form_key(struct hl_ui *ui, const struct hl_key *key, struct hl_ui_action *out)
{
    struct hl_ui_form *form = &ui->form;
    struct hl_ui_field *field = &form->fields[form->current];
    enum hl_action action = action_of(ui, key->key);
    char text[5];
    size_t len;

    if (action == HL_ACT_CLEAR_OR_QUIT || action == HL_ACT_DELETE_OR_QUIT) {
        out->kind = HL_UI_QUIT;
    } else if (action == HL_ACT_SUSPEND) {
        out->kind = HL_UI_SUSPEND;
    } else if (action == HL_ACT_REDRAW) {
        out->kind = HL_UI_REDRAW;
    } else if (action == HL_ACT_SEND && form->current + 1 == HL_UI_FORM_FIELDS) {
        out->kind = HL_UI_FORM_DONE;
    } else if (action == HL_ACT_SEND) {
        out->kind = HL_UI_FORM_NEXT;
        out->field = form->current++;
    } else if (action == HL_ACT_COMPLETE || action == HL_ACT_DOWN) {
        form->current = (form->current + 1) % HL_UI_FORM_FIELDS;
    } else if (action == HL_ACT_UP) {
        form->current = (form->current + HL_UI_FORM_FIELDS - 1) % HL_UI_FORM_FIELDS;
    } else if (key->key == HL_KEY_PASTE) {
        edited(field, hl_edit_insert_row(field->edit, key->paste, key->paste_len), out);
    } else if (is_text(key, text, &len)) {
        edited(field, hl_edit_insert(field->edit, text, len), out);
    } else if (action == HL_ACT_NEWLINE || action == HL_ACT_TAB || action > HL_ACT_EDIT_END) {
        out->kind = HL_UI_BELL;
    } else {
        edited(field, hl_edit_do(field->edit, action), out);
    }
    bool left = field != &form->fields[form->current]; /* which mends nothing */
    if (out->kind == HL_UI_FORM_NEXT || (out->kind == HL_UI_NONE && !left))
        field->error[0] = '\0';
}

/* Draws what is wrong with an answer, if anything is, from row on. */
static void draw_error(struct hl_ui *ui, int row, int col, const char *error)
{
    const struct hl_wrap_shape shape = {.width = error_width(ui, col)};
    struct hl_wrap w;
    struct hl_wrap_row line;

    hl_wrap_init(&w, error, strlen(error), &shape);
    for (; hl_wrap_next(&w, &line); row++) {
        hl_frame_put(&ui->frame, &(struct hl_span){row, col, ui->frame.cols}, HL_STYLE_ERROR,
                     error + line.offset, line.len);
    }
}

/* Rows of a field with what is wrong with it, or the blank row that stands for that. */
static int field_rows(const struct hl_ui *ui, int col, size_t index)
{
    const char *error = ui->form.fields[index].error;
    const struct hl_wrap_shape shape = {.width = error_width(ui, col)};

    return 1 + (int)hl_wrap_height(error, strlen(error), &shape);
}

/* Draws one field at row and its error below; answers longer than the room show their end. */
static void draw_field(struct hl_ui *ui, int row, int col, size_t index)
{
    const struct hl_ui_field *field = &ui->form.fields[index];
    struct hl_frame *f = &ui->frame;
    char text[HL_UI_FORM_TEXT * HL_TEXT_GROWTH];
    size_t len;
    const char *answer = hl_edit_text(field->edit, &len);
    unsigned flags = ui->config.ascii ? HL_TEXT_ASCII : 0;
    size_t cursor =
        hl_text_clean(text, sizeof(text), answer, hl_edit_cursor(field->edit), flags, NULL);
    bool current = index == ui->form.current;

    hl_frame_put_short(f, row, 0, col, current ? HL_STYLE_PROMPT : HL_STYLE_TEXT,
                       _(field->question.label));
    size_t room = f->cols > col + 1 ? (size_t)(f->cols - col - 1) : 1;
    size_t skip = hl_width_skip(text, cursor, room);
    len = hl_text_clean(text, sizeof(text), answer, len, flags, NULL);
    struct hl_prose prose;
    hl_ui_prose(ui, &prose);
    int at = hl_prose_typed(&prose, &(struct hl_span){row, col, f->cols}, text + skip, len - skip,
                            cursor - skip);
    if (len == 0 && field->question.hint != NULL)
        hl_frame_put_short(f, row, col + 1, f->cols, HL_STYLE_MARK, _(field->question.hint));
    draw_error(ui, row + 1, col, field->error);
    if (current)
        hl_frame_cursor(f, row, at);
}

void hl_ui_form_draw(struct hl_ui *ui, const struct hl_rect *r)
{
    struct hl_ui_form *form = &ui->form;
    int label = 0;
    int row = r->row;
    size_t first = 0;

    for (size_t i = 0; i < HL_UI_FORM_FIELDS; i++) {
        const char *words = _(form->fields[i].question.label);
        int width = (int)hl_width(words, strlen(words));
        label = width > label ? width : label;
    }
    label = label + 2 < r->cols / 2 ? label + 2 : r->cols / 2;
    int rows = 0;
    for (size_t i = 0; i < HL_UI_FORM_FIELDS; i++)
        rows += field_rows(ui, label, i);
    if (r->rows >= rows + 2) {
        hl_frame_fill(&ui->frame, row, 0, r->cols, HL_STYLE_TITLE, " ");
        hl_frame_put_short(&ui->frame, row, r->cols > 1, r->cols, HL_STYLE_TITLE, _(form->heading));
        row += 2;
    } else if (r->rows < rows) {
        first = form->current; /* a low screen shows the question that is being answered */
    }
    for (size_t i = first; i < HL_UI_FORM_FIELDS; row += field_rows(ui, label, i++))
        draw_field(ui, row, label, i);
    if (r->rows >= rows + 4)
        hl_frame_put_short(
            &ui->frame, r->rows - 1, 0, r->cols, HL_STYLE_MARK,
            _("Enter: next, and at the end connect; Tab, Up, Down: move; Esc: quit"));
}
