/* SPDX-License-Identifier: MIT */
/* The corpus of screens: what has happened before one looks at the screen, under a name.
 *
 * A scene is built anew each time it is asked for, by the same calls and keys as in a talk, so
 * every process that builds it gets the same frame. Whatever fails here ends the process: a scene
 * that cannot be built is a mistake in it. One thread. */
#ifndef HL_TEST_SCENE_H
#define HL_TEST_SCENE_H

#include "settings.h"
#include "theme.h"
#include "ui.h"

/* A terminal, as a program finds it in its environment. */
enum terminal {
    TERMINAL_256,
    TERMINAL_8,
    TERMINAL_16,
    TERMINAL_DIRECT,
    TERMINAL_NO_COLOR,
    TERMINAL_ASCII, /* no locale */
    TERMINALS,
};

/* What of the looks of a screen its golden picture has. */
enum picture {
    PICTURE_TEXT,
    PICTURE_STYLES, /* text, styles, and what they look like */
    PICTURE_LOOKS,  /* what the styles look like: the rest is as in another one */
};

struct scene {
    const char *name;
    void (*build)(const struct scene *s);
    int rows, cols; /* 0 = 24, 80 */
    enum terminal terminal;
    enum picture picture;
    const char *theme;    /* NULL = dark */
    const char *language; /* as in LANGUAGE; NULL = English */
    /* Why libvterm, whose table of widths is old, cannot be asked. NULL = it can. */
    const char *not_in_vterm;
    size_t number;       /* of a hard string */
    const char *subject; /* the golden file; filled in by scenes_at() */
};

/* All scenes, those of one subject in a row. */
size_t scenes_count(void);
const struct scene *scenes_at(size_t index);

/* Its frame: valid until the next call. */
const struct hl_frame *scene_frame(const struct scene *s);
/* The theme that it is painted in, and with how many colours (enum hl_depth). */
const struct hl_theme *scene_theme(const struct scene *s);
int scene_depth(const struct scene *s);

const char *terminal_name(enum terminal t);
/* TERM and the rest of the environment, for a terminal of the family of xterm or screen. */
void terminal_environment(enum terminal t, const char *family);

/* ---- for those who build scenes ---- */

struct scene_list {
    const char *subject;
    const struct scene *scenes;
    size_t count;
};

extern const struct scene_list chat_scenes, chinese_scenes, form_scenes, input_scenes, list_scenes,
    locale_scenes, look_scenes, pane_scenes, size_scenes, status_scenes, text_scenes;

#define SCENES(name, text)                                                                         \
    const struct scene_list name##_scenes = {text, scenes, sizeof scenes / sizeof scenes[0]}

extern struct hl_ui *ui; /* of the scene that is being built */
extern struct hl_settings settings;

/* The frame as it stands now: places things as on a screen that somebody looks at. */
void look(const struct scene *s);
/* Keys, as bytes of a terminal. Gives the action of the last one that had any. */
struct hl_ui_action type(const char *bytes);

/* Adds a contact, or changes one; what is NULL is as for somebody who is there. Texts of all these
 * are filtered as the front end does it; states, marks and notices are translated. */
void meet(uint32_t id, const char *name);
void meet_as(uint32_t id, const struct hl_ui_conv_info *info);

/* The time of what is said from now on, in November 2026. */
void at(int day, int hour, int minute);
uint64_t hear(uint32_t conv, const char *text);
uint64_t say(uint32_t conv, enum hl_line_state state, const char *text);
void notice(uint32_t conv, const char *text);
void error(uint32_t conv, const char *text);
/* A line with whatever is set in it; stamp and len are filled in. */
uint64_t put(uint32_t conv, struct hl_line_new line);
void live(uint32_t conv, enum hl_ui_live how, const char *text);

/* Answers what the search asks, until it asks no more. */
void answer_search(void);

/* Alice and Bob talk: what more than one subject shows. */
void build_talk(const struct scene *s);
/* Two panes with that talk and another one, beside each other. */
void build_beside(const struct scene *s);
void build_list(const struct scene *s);
void build_help(const struct scene *s);
void build_palette(const struct scene *s);
void build_search(const struct scene *s);
void build_links(const struct scene *s);
void build_form(const struct scene *s);
void build_live(const struct scene *s);
void build_copy(const struct scene *s);
void build_switch(const struct scene *s);
void build_right_to_left(const struct scene *s);
void build_changed_key(const struct scene *s);

#endif
