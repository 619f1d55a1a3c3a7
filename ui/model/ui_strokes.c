/* SPDX-License-Identifier: MIT */
/* Keys that wait for another one: C-x, a number that says how often the next is meant, a character
 * that is to be taken as it is or to be gone to. What is waited for is shown on the status bar;
 * C-g and Esc give it up. */
#include "ui_state.h"

#include "keys.h"
#include "utf8.h"

#include <stdio.h>

enum {
    COUNT_MAX = 9999,
};

/* ---- characters ---- */

/* What a key types when it is quoted, "" if that cannot be part of a message. */
static size_t quoted(uint32_t key, char out[static HL_UTF8_MAX])
{
    static const struct {
        uint32_t key;
        char text;
    } named[] = {{HL_KEY_TAB, '\t'},
                 {HL_KEY_CTRL | 'i', '\t'},
                 {HL_KEY_ENTER, '\n'},
                 {HL_KEY_CTRL | 'j', '\n'},
                 {HL_KEY_CTRL | 'm', '\n'}};

    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
        if (named[i].key == key) {
            out[0] = named[i].text;
            return 1;
        }
    }
    return hl_keymap_is_text(key) ? hl_utf8_encode(key, out) : 0;
}

static void take_character(struct hl_ui *ui, enum hl_ui_wants wants, uint32_t key,
                           struct hl_ui_action *out)
{
    char text[HL_UTF8_MAX];
    size_t len = quoted(key, text);

    if (len == 0 && wants == HL_UI_WANTS_QUOTED && key != HL_KEY_ESCAPE &&
        key != (HL_KEY_CTRL | 'g'))
        hl_ui_hint(ui, "messages hold no control characters except Tab and Enter");
    if (len == 0)
        out->kind = HL_UI_BELL;
    else if (wants == HL_UI_WANTS_QUOTED)
        hl_ui_edited(ui, hl_edit_insert(hl_ui_current_draft(ui), text, len), out);
    else
        hl_ui_edited(
            ui, hl_edit_seek(hl_ui_current_draft(ui), text, len, wants == HL_UI_WANTS_BACK), out);
}

/* The key that waits; from the palette an action comes without one. */
static void show_wanted(struct hl_ui *ui, enum hl_action action, uint32_t key)
{
    char name[HL_KEYMAP_TEXT];

    if (key != HL_KEY_NONE)
        hl_keymap_name(key, name);
    else if (hl_ui_key_of(ui, action, name) == 0)
        snprintf(name, sizeof(name), "%s", hl_keymap_action_name(action));
    hl_ui_hint(ui, "%s-", name);
}

/* ---- numbers ---- */

static void show_count(struct hl_ui *ui)
{
    const struct hl_ui_strokes *s = &ui->strokes;
    char digits[16] = "";

    if (s->digits)
        snprintf(digits, sizeof(digits), "%d", s->count);
    hl_ui_hint(ui, "times %s%s", s->minus ? "-" : "", digits);
}

/* A digit goes on with a number that was begun: by itself, or with Alt as it began. */
static bool take_digit(struct hl_ui *ui, uint32_t key)
{
    struct hl_ui_strokes *s = &ui->strokes;
    uint32_t digit = key & ~(uint32_t)HL_KEY_ALT;

    if (!s->counts || digit < '0' || digit > '9')
        return false;
    int count = s->count * 10 + (int)(digit - '0');
    s->count = count < COUNT_MAX ? count : COUNT_MAX;
    s->digits = true;
    show_count(ui);
    return true;
}

void hl_ui_stroke_start(struct hl_ui *ui, enum hl_action action, const struct hl_key *key)
{
    struct hl_ui_strokes *s = &ui->strokes;

    if (action == HL_ACT_ARGUMENT) {
        *s = (struct hl_ui_strokes){.counts = true};
        s->minus = (key->key & HL_KEY_CODE) == '-';
        show_count(ui);
        return;
    }
    s->wants = action == HL_ACT_QUOTED_INSERT ? HL_UI_WANTS_QUOTED
               : action == HL_ACT_SEEK        ? HL_UI_WANTS_NEXT
                                              : HL_UI_WANTS_BACK;
    show_wanted(ui, action, key->key);
}

long hl_ui_stroke_count(struct hl_ui *ui)
{
    struct hl_ui_strokes s = ui->strokes;

    ui->strokes.counts = false;
    ui->strokes.minus = ui->strokes.digits = false;
    ui->strokes.count = 0;
    if (!s.counts)
        return 1;
    long count = s.digits ? s.count : 1; /* M-- alone means -1 */
    return s.minus ? -count : count;
}

/* ---- dispatch ---- */

/* The first of two keys waits for the second one; any other key is what it is. */
static bool is_prefix(struct hl_ui *ui, struct hl_key *key)
{
    struct hl_ui_strokes *s = &ui->strokes;
    bool second = s->prefix;

    s->prefix = !second && key->key == HL_KEYMAP_FIRST;
    if (second && key->key != HL_KEY_PASTE)
        key->key |= HL_KEYMAP_PREFIX;
    if (s->prefix)
        hl_ui_hint(ui, "C-x-");
    return s->prefix;
}

bool hl_ui_stroke(struct hl_ui *ui, struct hl_key *key, struct hl_ui_action *out)
{
    enum hl_ui_wants wants = ui->strokes.wants;

    ui->strokes.wants = HL_UI_WANTS_NOTHING;
    if (ui->help || ui->search.active || key->key == HL_KEY_PASTE) {
        ui->strokes = (struct hl_ui_strokes){.prefix = false};
        return false;
    }
    if (wants != HL_UI_WANTS_NOTHING) {
        take_character(ui, wants, key->key, out);
        return true;
    }
    return (!ui->strokes.prefix && take_digit(ui, key->key)) || is_prefix(ui, key);
}
