/* SPDX-License-Identifier: MIT */
/* Drafts: what is pasted into them, when they are sent, and what is kept for the next start. */
#include "ui_state.h"

#include "keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the editor could not do is said, not swallowed. */
void hl_ui_edited(struct hl_ui *ui, enum hl_edit_result result, struct hl_ui_action *out)
{
    if (result == HL_EDIT_FULL)
        hl_ui_hint(ui, "the draft is full: nothing was added");
    else if (result == HL_EDIT_MEMORY)
        hl_ui_hint(ui, "out of memory: nothing was changed");
    if (result != HL_EDIT_DONE)
        out->kind = HL_UI_BELL;
}

/* ---- sending ---- */

size_t hl_ui_draft_lines(const struct hl_edit *draft)
{
    size_t len;
    const char *text = hl_edit_text(draft, &len);
    size_t lines = 1;

    for (const char *p = text; (p = memchr(p, '\n', len - (size_t)(p - text))) != NULL; p++)
        lines++;
    return lines;
}

/* A long paste may have come by mistake: Enter must say twice that it is meant. */
static bool asks_first(struct hl_ui *ui, const struct hl_ui_room *room, size_t len)
{
    const struct hl_settings *s = ui->config.settings;
    size_t lines = hl_ui_draft_lines(room->draft);
    char key[HL_KEYMAP_TEXT];

    if (!room->pasted || ui->send_armed)
        return false;
    if (lines > (size_t)s->paste_lines)
        hl_ui_hint(ui, "send %zu lines as one message? Enter again sends", lines);
    else if (len > (size_t)s->paste_bytes)
        hl_ui_hint(ui, "send %zu bytes as one message? Enter again sends", len);
    else
        return false;
    if (hl_ui_key_of(ui, HL_ACT_CLEAR_OR_QUIT, key) > 0)
        hl_ui_hint_more(ui, ", %s drops it", key);
    ui->send_armed = true;
    return true;
}

void hl_ui_submit(struct hl_ui *ui, struct hl_ui_action *out)
{
    struct hl_ui_room *room = hl_ui_current(ui);
    size_t len;
    const char *text = hl_edit_text(room->draft, &len);
    struct hl_ui_topic topic = room->topic;

    if ((len == 0 && topic.about != HL_UI_ABOUT_REACT) || asks_first(ui, room, len))
        return;
    char *copy = malloc(len + 1);
    if (copy == NULL) {
        hl_ui_hint(ui, "out of memory: nothing was sent");
        return;
    }
    memcpy(copy, text, len + 1);
    free(ui->submitted);
    ui->submitted = copy;
    if (topic.about != HL_UI_ABOUT_REACT) {
        (void)hl_history_add(ui->history, copy, len); /* forgotten input is no reason not to send */
        ui->history_news = true;
    }
    hl_edit_reset(room->draft);
    room->pasted = false;
    hl_ui_pane_follow(hl_ui_focused(ui));
    room->marker = 0;
    memcpy(ui->submitted_quote, topic.quote, sizeof topic.quote);
    (void)hl_ui_about_end(ui, room);
    *out = (struct hl_ui_action){.kind = HL_UI_SUBMIT,
                                 .conv = room->id,
                                 .text = ui->submitted,
                                 .len = len,
                                 .about = topic.about,
                                 .pos = topic.pos,
                                 .quote = ui->submitted_quote};
    memcpy(out->entry, topic.entry, sizeof out->entry);
}

/* ---- elsewhere ---- */

void hl_ui_edit(struct hl_ui *ui, struct hl_ui_action *out)
{
    struct hl_ui_room *room = hl_ui_current(ui);

    *out = (struct hl_ui_action){.kind = HL_UI_EDIT, .conv = room->id};
    out->text = hl_edit_text(room->draft, &out->len);
}

bool hl_ui_set_draft(struct hl_ui *ui, uint32_t conv, const char *text, size_t len)
{
    struct hl_ui_room *room = hl_ui_room_of(ui, conv);
    size_t was_len;

    if (room == NULL)
        return false;
    const char *was = hl_edit_text(room->draft, &was_len);
    if (len == was_len && memcmp(was, text, len) == 0)
        return true;
    return hl_edit_set(room->draft, text, len) == HL_EDIT_DONE;
}

/* ---- pasting ---- */

/* A paste becomes part of the draft, newlines and all: nothing in it is a key. */
void hl_ui_paste(struct hl_ui *ui, const struct hl_key *key, struct hl_ui_action *out)
{
    struct hl_ui_room *room = hl_ui_current(ui);
    size_t before;

    hl_edit_text(room->draft, &before);
    enum hl_edit_result result = hl_edit_insert(room->draft, key->paste, key->paste_len);
    hl_ui_edited(ui, result, out);
    room->pasted = result == HL_EDIT_DONE || (room->pasted && before > 0);
    if (result == HL_EDIT_FULL)
        hl_ui_hint(ui, "the paste of %zu bytes does not fit into the draft: nothing was added",
                   key->paste_len + key->paste_lost);
    else if (key->paste_lost > 0)
        hl_ui_hint(ui, "the paste was too long: its last %zu bytes are missing", key->paste_lost);
}

/* ---- for the next start ---- */

/* The message that the draft answers; NULL = none. */
static const uint8_t *answered(const struct hl_ui_room *room)
{
    size_t len;

    hl_edit_text(room->draft, &len);
    return room->topic.about == HL_UI_ABOUT_REPLY && len > 0 ? room->topic.entry : NULL;
}

/* It answers another message than the one that is kept does. */
static bool is_turned(const struct hl_ui_room *room)
{
    static const uint8_t none[HL_ENTRY_MAX];
    const uint8_t *entry = answered(room);

    return memcmp(entry != NULL ? entry : none, room->kept_reply, HL_ENTRY_MAX) != 0;
}

static bool is_unkept(const struct hl_ui_room *room)
{
    return room->kept != hl_edit_revision(room->draft) || is_turned(room);
}

bool hl_ui_unkept(const struct hl_ui *ui)
{
    for (size_t i = 0; i < ui->count; i++) {
        if (is_unkept(ui->rooms[i]))
            return true;
    }
    return ui->history_news;
}

bool hl_ui_keep_draft(struct hl_ui *ui, struct hl_ui_kept *out)
{
    for (size_t i = 0; i < ui->count; i++) {
        struct hl_ui_room *room = ui->rooms[i];
        if (!is_unkept(room))
            continue;
        const uint8_t *entry = answered(room);
        *out = (struct hl_ui_kept){.conv = room->id,
                                   .turned = is_turned(room),
                                   .pos = room->topic.pos,
                                   .quote = room->topic.quote};
        if (entry != NULL)
            memcpy(out->answers, entry, sizeof out->answers);
        room->kept = hl_edit_revision(room->draft);
        memcpy(room->kept_reply, out->answers, sizeof room->kept_reply);
        out->text = hl_edit_text(room->draft, &out->len);
        if (room->topic.about == HL_UI_ABOUT_EDIT || room->topic.about == HL_UI_ABOUT_REACT) {
            /* by itself the other would be a message */
            out->text = room->topic.before != NULL ? room->topic.before : "";
            out->len = room->topic.before_len;
        }
        return true;
    }
    return false;
}

void hl_ui_not_kept(struct hl_ui *ui, uint32_t conv)
{
    struct hl_ui_room *room = hl_ui_room_of(ui, conv);

    if (room == NULL)
        return;
    room->kept = UINT64_MAX;
    memset(room->kept_reply, UINT8_MAX, sizeof room->kept_reply); /* no message has that id */
}

bool hl_ui_restore_draft(struct hl_ui *ui, uint32_t conv, const char *text, size_t len)
{
    struct hl_ui_room *room = hl_ui_room_of(ui, conv);
    size_t typed = 1;

    if (room != NULL)
        hl_edit_text(room->draft, &typed);
    if (typed > 0 || hl_edit_set(room->draft, text, len) != HL_EDIT_DONE)
        return false;
    room->kept = hl_edit_revision(room->draft);
    room->pasted = true; /* nobody knows any more whether it was */
    return true;
}

void hl_ui_restore_reply(struct hl_ui *ui, const struct hl_ui_kept *kept)
{
    struct hl_ui_room *room = hl_ui_room_of(ui, kept->conv);

    if (room == NULL || room->topic.about != HL_UI_ABOUT_NOTHING)
        return;
    room->topic = (struct hl_ui_topic){.about = HL_UI_ABOUT_REPLY, .pos = kept->pos};
    memcpy(room->topic.entry, kept->answers, sizeof room->topic.entry);
    memcpy(room->kept_reply, kept->answers, sizeof room->kept_reply);
    snprintf(room->topic.quote, sizeof room->topic.quote, "%s", kept->quote);
}

bool hl_ui_keep_history(struct hl_ui *ui, char *out, size_t cap, size_t *len)
{
    bool news = ui->history_news;

    if (news)
        *len = hl_history_print(ui->history, out, cap);
    ui->history_news = false;
    return news;
}

void hl_ui_restore_history(struct hl_ui *ui, const char *text, size_t len)
{
    (void)!hl_history_load(ui->history, text, len); /* it is missed, and nothing else */
}

void hl_ui_move_draft(struct hl_ui *ui, uint32_t from, uint32_t to)
{
    struct hl_ui_room *source = hl_ui_room_of(ui, from);
    struct hl_ui_room *target = hl_ui_room_of(ui, to);
    size_t len;
    size_t there;

    if (source == NULL || target == NULL)
        return;
    const char *text = hl_edit_text(source->draft, &len);
    hl_edit_text(target->draft, &there);
    if (there == 0 && len > 0 && hl_edit_set(target->draft, text, len) == HL_EDIT_DONE)
        target->pasted = source->pasted;
}
