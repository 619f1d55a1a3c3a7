/* SPDX-License-Identifier: MIT */
#include "scene.h"

#include "command.h"
#include "complete.h"
#include "i18n.h"
#include "keys.h"
#include "text.h"

#include <langinfo.h>
#include <libintl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SCENES_MAX = 400,
    COMMANDS_MAX = 64,
    TEXT_MAX = 1 << 17, /* of a line of a scene, filtered */
    QUESTIONS_MAX = 8,
};

struct hl_ui *ui;
struct hl_settings settings;

static struct hl_keys *keys;
static bool ascii;
static struct hl_stamp stamp;

/* ---- the corpus ---- */

static const struct scene_list *const lists[] = {
    &chat_scenes, &chinese_scenes, &form_scenes, &input_scenes,  &list_scenes, &locale_scenes,
    &look_scenes, &pane_scenes,    &size_scenes, &status_scenes, &text_scenes,
};

static struct scene all[SCENES_MAX];
static size_t count;

size_t scenes_count(void)
{
    if (count > 0)
        return count;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        for (size_t n = 0; n < lists[i]->count && count < SCENES_MAX; n++) {
            struct scene *s = &all[count++];
            *s = lists[i]->scenes[n];
            s->subject = lists[i]->subject;
            s->rows = s->rows > 0 ? s->rows : 24;
            s->cols = s->cols > 0 ? s->cols : 80;
            s->theme = s->theme != NULL ? s->theme : "dark";
        }
    }
    return count;
}

const struct scene *scenes_at(size_t index)
{
    return index < scenes_count() ? &all[index] : NULL;
}

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "scene: %s\n", what);
    abort();
}

/* ---- terminals ---- */

static const struct {
    const char *name;
    const char *term; /* behind the family's name */
    int depth;
} terminals[TERMINALS] = {
    [TERMINAL_256] = {"256 colours", "-256color", HL_DEPTH_256},
    [TERMINAL_8] = {"8 colours", "", HL_DEPTH_8},
    [TERMINAL_16] = {"16 colours", "-16color", HL_DEPTH_16},
    [TERMINAL_DIRECT] = {"direct colour", "-direct", HL_DEPTH_RGB},
    [TERMINAL_NO_COLOR] = {"NO_COLOR", "-256color", HL_DEPTH_NONE},
    [TERMINAL_ASCII] = {"no locale", "-256color", HL_DEPTH_256},
};

const char *terminal_name(enum terminal t)
{
    return terminals[t].name;
}

void terminal_environment(enum terminal t, const char *family)
{
    char term[64];

    snprintf(term, sizeof term, "%s%s", family, terminals[t].term);
    setenv("TERM", term, 1);
    setenv("TERMINFO_DIRS", HL_SCREENS_TERMINFO ":", 1);
    setenv("LC_ALL", t == TERMINAL_ASCII ? "C" : "C.UTF-8", 1);
    unsetenv("COLORTERM");
    unsetenv("NO_COLOR");
    if (t == TERMINAL_NO_COLOR)
        setenv("NO_COLOR", "1", 1);
}

int scene_depth(const struct scene *s)
{
    return terminals[s->terminal].depth;
}

const struct hl_theme *scene_theme(const struct scene *s)
{
    static struct hl_theme theme;

    if (hl_theme_builtin(&theme, s->theme) != 0)
        fail("no such theme");
    return &theme;
}

/* ---- one scene ---- */

static const struct hl_ui_help *commands(size_t *number)
{
    static struct hl_ui_help help[COMMANDS_MAX];
    static char left[COMMANDS_MAX][64];
    const struct hl_command_row *row = hl_command_table(number);

    if (*number > COMMANDS_MAX)
        fail("there are more commands than COMMANDS_MAX");
    for (size_t i = 0; i < *number; i++) {
        snprintf(left[i], sizeof left[i], "/%s %s", row[i].name, row[i].args);
        help[i] = (struct hl_ui_help){left[i], row[i].help};
    }
    return help;
}

static void complete(void *user, const char *line, size_t word, struct hl_matches *m)
{
    static const char *const words[] = {"bob: ", "bert: ", "漢字: "};
    size_t number;
    const struct hl_ui_help *help = commands(&number);

    (void)user;
    (void)line;
    for (size_t i = 0; word == 0 && i < number; i++) {
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(help[i].left, " "), help[i].left);
        hl_matches_add(m, name);
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        hl_matches_add(m, words[i]);
}

/* gettext(3) sees another language only once a domain is named again. */
static void speak(const char *language)
{
    static const char *spoken;

    language = language != NULL ? language : "en";
    if (spoken != NULL && strcmp(language, spoken) == 0)
        return;
    spoken = language;
    if (setlocale(LC_ALL, "C.UTF-8") == NULL)
        fail("there is no locale C.UTF-8");
    setenv("LANGUAGE", language, 1);
    bindtextdomain("hullo", HL_PO_DIR);
    bind_textdomain_codeset("hullo", "UTF-8");
    textdomain("hullo");
}

const struct hl_frame *scene_frame(const struct scene *s)
{
    struct hl_ui_config config = {.title = "hullo",
                                  .nick = "Alice",
                                  .ascii = s->terminal == TERMINAL_ASCII,
                                  .links = true,
                                  .settings = &settings,
                                  .complete = complete};

    hl_ui_free(ui);
    hl_keys_free(keys);
    speak(s->language);
    hl_settings_init(&settings);
    config.commands = commands(&config.command_count);
    ascii = config.ascii;
    ui = hl_ui_new(&config);
    keys = hl_keys_new();
    if (ui == NULL || keys == NULL)
        fail("out of memory");
    at(21, 9, 5);
    s->build(s);
    return hl_ui_frame(ui, s->rows, s->cols);
}

void look(const struct scene *s)
{
    (void)hl_ui_frame(ui, s->rows, s->cols);
}

struct hl_ui_action type(const char *bytes)
{
    struct hl_ui_action last = {.kind = HL_UI_NONE};
    size_t len = strlen(bytes);
    struct hl_key key;

    while (hl_keys_next(keys, &bytes, &len, &key) ||
           (len == 0 && hl_keys_pending(keys) >= 0 && hl_keys_timeout(keys, &key))) {
        struct hl_ui_action action;
        hl_ui_key(ui, &key, &action);
        if (action.kind != HL_UI_NONE)
            last = action;
    }
    return last;
}

/* ---- who is there ---- */

static const char *clean(char out[static HL_UI_TEXT], const char *text, const char *otherwise)
{
    text = text != NULL ? text : otherwise;
    hl_text_clean(out, HL_UI_TEXT, text, strlen(text), ascii ? HL_TEXT_ASCII : 0, NULL);
    return out;
}

void meet_as(uint32_t id, const struct hl_ui_conv_info *info)
{
    char name[HL_UI_TEXT], local[HL_UI_TEXT], peer[HL_UI_TEXT], mark[HL_UI_TEXT];
    struct hl_ui_conv_info filled = *info;

    filled.name = clean(name, info->name, "bob");
    filled.local = clean(local, info->local, "192.0.2.7:4855");
    filled.peer = clean(peer, info->peer, "203.0.113.9:4855");
    filled.mark = clean(mark, info->mark != NULL ? _(info->mark) : NULL, "");
    filled.transport = info->transport != NULL ? info->transport : "udp";
    filled.state = _(info->state != NULL ? info->state : "open");
    if (hl_ui_conv(ui, id, &filled) != 0)
        fail("out of memory");
}

void meet(uint32_t id, const char *name)
{
    meet_as(id, &(struct hl_ui_conv_info){.name = name, .presence = HL_UI_HERE});
}

/* ---- what is said ---- */

void at(int day, int hour, int minute)
{
    stamp = (struct hl_stamp){.year = 2026,
                              .month = 11,
                              .day = (uint8_t)day,
                              .hour = (uint8_t)hour,
                              .minute = (uint8_t)minute,
                              .second = 7};
}

static const char *name_of(uint32_t conv)
{
    /* The model shows names; whoever builds a scene knows who is who. */
    static const char *const names[] = {"hullo", "bob", "carol", "dave", "eve"};

    return names[conv < sizeof names / sizeof *names ? conv : 0];
}

uint64_t put(uint32_t conv, struct hl_line_new line)
{
    static char text[TEXT_MAX];
    char sender[HL_UI_TEXT], quote[HL_UI_TEXT], after[HL_UI_TEXT];
    const char *raw = line.text != NULL ? line.text : "";
    unsigned found;

    line.len = hl_text_clean(text, sizeof text, raw, strlen(raw),
                             HL_TEXT_LINES | (ascii ? HL_TEXT_ASCII : 0), &found);
    line.text = text;
    line.flags |= found & HL_TEXT_BAD_UTF8 ? HL_LINE_BAD_UTF8 : 0;
    line.stamp = stamp;
    line.sender = clean(sender, line.sender, line.kind == HL_LINE_OUT ? _("you") : name_of(conv));
    line.quote = clean(quote, line.quote, "");
    line.after = clean(after, line.after, "");
    return hl_ui_line(ui, conv, &line);
}

uint64_t hear(uint32_t conv, const char *text)
{
    return put(conv, (struct hl_line_new){.kind = HL_LINE_IN, .text = text});
}

uint64_t say(uint32_t conv, enum hl_line_state state, const char *text)
{
    return put(conv, (struct hl_line_new){.kind = HL_LINE_OUT, .state = state, .text = text});
}

void notice(uint32_t conv, const char *text)
{
    put(conv, (struct hl_line_new){.kind = HL_LINE_NOTICE, .text = _(text)});
}

void error(uint32_t conv, const char *text)
{
    put(conv, (struct hl_line_new){.kind = HL_LINE_ERROR, .text = _(text)});
}

void live(uint32_t conv, enum hl_ui_live how, const char *text)
{
    static char filtered[TEXT_MAX];
    size_t len = hl_text_clean(filtered, sizeof filtered, text, strlen(text),
                               HL_TEXT_LINES | (ascii ? HL_TEXT_ASCII : 0), NULL);

    hl_ui_live(ui, conv, how, filtered, len);
}

/* ---- a store to be searched ---- */

static const struct {
    uint32_t conv;
    bool ours;
    const char *text;
} stored[] = {
    {1, false, "shall we meet at the harbour?"},
    {1, true, "yes, at noon, below the crane"},
    {1, false, "bring the map of the harbour with you, the old one with the depths"},
    {2, false, "the ferry leaves the harbour at ten"},
    {2, true, "then we miss it"},
    {1, true, "港 (harbour) は日本語で「みなと」です 🚢"},
    {1, false, "that is a word I shall remember"},
    {2, false, "there is another one at two"},
};

static void answer(const struct hl_ui_asks *asks)
{
    const size_t end = sizeof stored / sizeof *stored;
    size_t got = 0;

    for (size_t i = 0; i < end && got < asks->number; i++) {
        bool back = asks->kind != HL_UI_FIND_AFTER;
        size_t n = back ? end - 1 - i : i;
        char text[HL_UI_TEXT], sender[HL_UI_TEXT];
        bool fits =
            asks->kind == HL_UI_FIND_WORDS
                ? (asks->conv == 0 || asks->conv == stored[n].conv) &&
                      (asks->at == 0 || n + 1 < asks->at) &&
                      strstr(stored[n].text, asks->words) != NULL
                : asks->conv == stored[n].conv && (back ? n + 1 < asks->at : n + 1 > asks->at);
        if (!fits)
            continue;
        at(20, 14, (int)n);
        clean(text, stored[n].text, "");
        hl_ui_find_said(
            ui,
            &(struct hl_ui_said){
                .conv = stored[n].conv,
                .row = n + 1,
                .pos = n + 1,
                .stamp = stamp,
                .sender = clean(sender, stored[n].ours ? _("you") : name_of(stored[n].conv), ""),
                .text = text,
                .len = strlen(text)});
        got++;
    }
    hl_ui_find_end(ui, NULL);
}

void answer_search(void)
{
    struct hl_ui_asks asks;

    (void)hl_ui_frame(ui, 24, 80);
    for (int i = 0; i < QUESTIONS_MAX && hl_ui_find_next(ui, &asks); i++) {
        answer(&asks);
        (void)hl_ui_frame(ui, 24, 80);
    }
}
