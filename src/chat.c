/* SPDX-License-Identifier: MIT */
#include "chat.h"

#include "base64.h"
#include "clock.h"
#include "conf.h"
#include "err.h"
#include "i18n.h"
#include "known_terminal.h"
#include "log.h"
#include "signals.h"
#include "slice.h"
#include "thread.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* ---- the clock on the status bar ---- */

/* Shows the time and sleeps until the next minute; nobody wakes up for a clock that is not shown.
 */
static void set_clock(struct hl_chat *c)
{
    struct itimerspec next = {.it_value.tv_sec = 0};
    time_t now = time(NULL);
    struct tm tm;

    if (c->program->conf->settings.clock && localtime_r(&now, &tm) != NULL) {
        hl_ui_clock(c->ui, tm.tm_hour, tm.tm_min);
        next.it_value.tv_sec = now + 60 - tm.tm_sec;
    }
    (void)!timerfd_settime(c->clock, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &next, NULL);
}

/* A minute is over, or somebody has set the system's clock. */
static void clock_ticks(struct hl_chat *c)
{
    uint64_t times;

    (void)!read(c->clock, &times, sizeof times);
    set_clock(c);
    hl_reactor_dirty(&c->reactor);
}

/* ---- slash commands ---- */

static void say(void *user, const char *text)
{
    struct hl_chat *c = user;

    hl_chat_say(c, hl_ui_selected(c->ui), HL_LINE_NOTICE, "%s", text);
}

void hl_chat_select(void *user, struct hl_conv *conv)
{
    struct hl_chat *c = user;

    c->commands.current = conv;
    hl_chat_show(c, conv);
    hl_ui_select(c->ui, conv->id);
    hl_chat_enter(c, conv);
    hl_reactor_dirty(&c->reactor);
}

static void quit(void *user)
{
    struct hl_chat *c = user;

    hl_reactor_end(&c->reactor);
}

/* The conversation in the focused pane is the one typed to, and what a pane shows is seen. */
static void follow_selection(struct hl_chat *c)
{
    struct hl_talk *t = c->session.talk;
    struct hl_conv *conv;
    uint32_t id;

    c->commands.current = t != NULL ? hl_talk_by_id(t, hl_ui_selected(c->ui)) : NULL;
    while (t != NULL && (id = hl_ui_looked(c->ui)) != 0) {
        conv = hl_talk_by_id(t, id);
        if (conv != NULL)
            hl_chat_enter(c, conv);
    }
}

/* ---- the layout over restarts ---- */

static const char layout_name[] = "layout";

static void restore_layout(struct hl_chat *c)
{
    size_t len;
    char *text = hl_talk_stashed(c->session.talk, 0, layout_name, &len);

    if (text != NULL && hl_ui_set_layout(c->ui, text))
        hl_ui_layout(c->ui, c->layout);
    free(text);
}

/* Whenever it has changed, so that a crash loses none of it. */
static void leave_layout(struct hl_chat *c)
{
    char text[HL_SPLITS_TEXT];

    hl_ui_layout(c->ui, text);
    if (strpbrk(text, "|-") == NULL)
        text[0] = '\0'; /* one pane is how it begins anyway */
    if (c->program->options->plain || strcmp(text, c->layout) == 0)
        return;
    memcpy(c->layout, text, sizeof text);
    (void)!hl_talk_stash(
        c->session.talk,
        &(struct hl_stash){.name = layout_name, .bytes = text, .len = strlen(text)}, false);
}

static bool pane(void *user, enum hl_action action)
{
    struct hl_chat *c = user;
    bool done = hl_ui_pane_do(c->ui, action);

    follow_selection(c);
    hl_reactor_dirty(&c->reactor);
    return done;
}

/* A setting or a key is another one now: most are read when they are needed. */
static void changed(void *user) HL_TTY_THREAD;
static void changed(void *user)
{
    struct hl_chat *c = user;
    const struct hl_conf *conf = c->program->conf;

    if (c->tty != NULL)
        hl_tty_theme(c->tty, &conf->theme, (enum hl_colours)conf->settings.colours);
    set_clock(c);
    hl_chat_spell_changed(c);
    hl_reactor_dirty(&c->reactor);
}

static bool open_list(void *user, enum hl_action action, const char *words)
{
    struct hl_chat *c = user;

    hl_reactor_dirty(&c->reactor);
    return hl_ui_open(c->ui, action, words);
}

static bool clip(void *user, const char *text, size_t len) HL_TTY_THREAD;
static bool clip(void *user, const char *text, size_t len)
{
    struct hl_chat *c = user;
    char *coded = malloc(hl_base64_size(len));
    bool done = coded != NULL && c->tty != NULL &&
                hl_tty_clipboard(c->tty, coded, hl_base64_encode(coded, text, len));

    free(coded);
    return done;
}

static const struct hl_command_ops command_ops = {.say = say,
                                                  .select = hl_chat_select,
                                                  .quit = quit,
                                                  .submit = hl_chat_submit,
                                                  .history = hl_chat_history,
                                                  .pane = pane,
                                                  .changed = changed,
                                                  .live = hl_chat_live,
                                                  .open = open_list,
                                                  .clip = clip};

static void add_match(void *user, const char *candidate)
{
    hl_matches_add(user, candidate);
}

static void complete(void *user, const char *line, size_t word, struct hl_matches *m)
{
    struct hl_chat *c = user;
    char text[HL_UI_TEXT];

    if (word == 0 && line[0] == '/') {
        size_t count;
        const struct hl_command_row *row = hl_command_table(&count);
        for (; count > 0; count--, row++) {
            snprintf(text, sizeof text, "/%s", row->name);
            hl_matches_add(m, text);
        }
        return;
    }
    if (word == 0 || line[word] == '@') { /* spoken to, or of */
        bool first = line[word] != '@';
        for (struct hl_conv *conv = hl_talk_first(c->session.talk); conv != NULL;
             conv = hl_talk_next(c->session.talk, conv)) {
            snprintf(text, sizeof text, first ? "%.*s: " : "@%.*s", HL_UI_TEXT - 3, conv->name);
            hl_matches_add(m, text);
        }
        return;
    }
    if (line[0] != '/' || hl_command_complete(&c->commands, line, word, add_match, m))
        return;
    for (struct hl_conv *conv = hl_talk_first(c->session.talk); conv != NULL;
         conv = hl_talk_next(c->session.talk, conv))
        hl_matches_add(m, conv->name);
}

/* ---- what the user types ---- */

static void send_text(struct hl_chat *c, const char *text, size_t len)
{
    const struct hl_saying s = {.kind = HL_ENTRY_TEXT, .text = text, .len = len};

    if (c->commands.current != NULL) {
        hl_chat_submit(c, c->commands.current, &s);
        return;
    }
    hl_chat_say(c, 0, HL_LINE_ERROR, "nobody to talk to yet: /connect HOST:PORT");
    hl_ui_draft(c->ui, 0, text, len);
}

/* What was picked on the screen may be of a conversation that is gone. */
static void send_about(struct hl_chat *c, const struct hl_ui_action *a)
{
    struct hl_conv *conv = hl_talk_by_id(c->session.talk, a->conv);

    if (conv != NULL)
        hl_chat_submit_about(c, conv, a);
}

static void take_back(struct hl_chat *c, const struct hl_ui_action *a)
{
    struct hl_conv *conv = hl_talk_by_id(c->session.talk, a->conv);
    int err = conv != NULL ? hl_talk_cancel(c->session.talk, conv, a->entry) : -ENOENT;

    if (err != 0)
        hl_ui_remark(c->ui, _(hl_err_text(err)));
}

/* The screen has what was filtered, the store what its author wrote. */
static void copy(struct hl_chat *c, const struct hl_ui_action *a)
{
    struct hl_conv *conv = hl_talk_by_id(c->session.talk, a->conv);

    if (conv != NULL)
        hl_command_copy_entry(&c->commands, conv, a->entry, a->pos);
}

static void submit(struct hl_chat *c, const struct hl_ui_action *a)
{
    const char *text = a->text;
    bool verbatim = a->about == HL_UI_ABOUT_EDIT || a->about == HL_UI_ABOUT_REACT;

    if (verbatim || (a->about == HL_UI_ABOUT_REPLY &&
                     hl_command_type(a->text, a->len, &text) == HL_COMMAND_TEXT)) {
        struct hl_ui_action about = *a;
        about.text = text;
        about.len -= (size_t)(text - a->text);
        send_about(c, &about);
        return;
    }
    switch (hl_command_type(a->text, a->len, &text)) {
    case HL_COMMAND_NOTHING:
        break;
    case HL_COMMAND_TEXT:
        send_text(c, text, a->len - (size_t)(text - a->text));
        break;
    case HL_COMMAND_RUN:
        hl_command_run(&c->commands, text);
        break;
    }
}

/* To a message, wherever it was said. */
static void go(struct hl_chat *c, const struct hl_ui_action *a)
{
    hl_ui_select(c->ui, a->conv);
    follow_selection(c);
    if (!hl_ui_goto(c->ui, a->conv, a->pos))
        hl_chat_say(c, hl_ui_selected(c->ui), HL_LINE_ERROR, "that conversation is gone");
}

static void key(void *user, const struct hl_key *k) HL_TTY_THREAD;
static void key(void *user, const struct hl_key *k)
{
    struct hl_chat *c = user;
    struct hl_ui_action a;

    if (hl_chat_alerts_key(c, k))
        return;
    hl_ui_key(c->ui, k, &a);
    follow_selection(c);
    switch (a.kind) {
    case HL_UI_NONE:
        break;
    case HL_UI_SUBMIT:
        hl_chat_keep(c, false); /* or what is sent might be a draft again */
        submit(c, &a);
        break;
    case HL_UI_QUIT:
        hl_reactor_end(&c->reactor);
        break;
    case HL_UI_SUSPEND:
        hl_chat_keep(c, true);
        kill(0, SIGTSTP); /* the whole job, as the tty would do */
        break;
    case HL_UI_REDRAW:
        hl_tty_redraw(c->tty);
        break;
    case HL_UI_FORM_NEXT:
        hl_chat_answer(c, a.field);
        break;
    case HL_UI_FORM_DONE:
        hl_chat_answered(c);
        break;
    case HL_UI_GO:
        go(c, &a);
        break;
    case HL_UI_OPEN:
        hl_chat_open(c, a.text);
        break;
    case HL_UI_EDIT:
        hl_chat_edit(c, &a);
        break;
    case HL_UI_DELETE:
        send_about(c, &a);
        break;
    case HL_UI_TAKE_BACK:
        take_back(c, &a);
        break;
    case HL_UI_COPY:
        copy(c, &a);
        break;
    case HL_UI_ORIGINAL:
        hl_chat_original(c, &a);
        break;
    case HL_UI_SPELL:
        hl_chat_spell_again(c);
        break;
    case HL_UI_BELL:
        hl_tty_bell(c->tty);
        break;
    }
    if (!c->program->options->plain)
        hl_chat_types(c);
    hl_chat_keep_later(c);
}

/* ---- the loop ---- */

static void ready(void *user, int fd) HL_TTY_THREAD;
static void ready(void *user, int fd)
{
    struct hl_chat *c = user;

    if (fd == c->timer) {
        hl_chat_timer(c);
        return;
    }
    if (fd == c->clock) {
        clock_ticks(c);
        return;
    }
    if (fd == c->keep_timer) {
        hl_chat_keep(c, false);
        return;
    }
    if (hl_chat_alerts_ready(c, fd) || hl_chat_editor_ready(c, fd) || hl_chat_spell_ready(c, fd))
        return;
    if (fd != c->program->signal_fd) {
        hl_talk_pump(c->session.talk);
        return;
    }
    c->signal = hl_signals_take(fd);
    if (c->signal != 0)
        hl_reactor_end(&c->reactor);
}

static const struct hl_frame *frame(void *user, int rows, int cols) HL_TTY_THREAD;
static const struct hl_frame *frame(void *user, int rows, int cols)
{
    struct hl_chat *c = user;

    if (c->commands.current != NULL)
        hl_chat_show(c, c->commands.current); /* its counters */
    hl_talk_settle(c->session.talk);          /* what was taken stands on the screen, or above it */
    hl_chat_alerts_show(c);
    const struct hl_frame *f = hl_ui_frame(c->ui, rows, cols);
    follow_selection(c); /* another size may show other panes */
    hl_chat_pages_ask(c);
    leave_layout(c);
    hl_chat_find_ask(c);
    hl_chat_spell_ask(c);
    return f;
}

static const struct hl_reactor_ops reactor_ops = {.key = key, .ready = ready, .frame = frame};

/* The log has something to report while the terminal is ours. */
static void log_tells(void *user, const char *text)
{
    hl_chat_say(user, 0, HL_LINE_ERROR, "%s", text);
}

static int start_ui(struct hl_chat *c)
{
    static struct hl_ui_help help[40];
    static char left[40][64];
    size_t count;
    const struct hl_command_row *row = hl_command_table(&count);

    if (count > sizeof help / sizeof *help)
        count = sizeof help / sizeof *help;
    for (size_t i = 0; i < count; i++) {
        snprintf(left[i], sizeof left[i], "/%s %s", row[i].name, row[i].args);
        help[i] = (struct hl_ui_help){left[i], row[i].help};
    }
    c->ui = hl_ui_new(&(struct hl_ui_config){.title = "hullo " HL_VERSION,
                                             .nick = c->program->options->name,
                                             .ascii = c->program->ascii,
                                             .reorders = hl_known_terminal_reorders(),
                                             .links = hl_known_terminal_links(),
                                             .commands = help,
                                             .command_count = count,
                                             .settings = &c->program->conf->settings,
                                             .keymap = &c->program->conf->keymap,
                                             .complete = complete,
                                             .user = c});
    c->flight = calloc(HL_CHAT_FLIGHT, sizeof *c->flight);
    return c->ui != NULL && c->flight != NULL ? 0 : -ENOMEM;
}

/* What is wrong with hullo.conf, or with the locale, was on standard error, which the screen now
 * hides. */
static void say_mistakes(struct hl_chat *c)
{
    const struct hl_conf *conf = c->program->conf;

    for (size_t i = 0; i < conf->mistake_count && i < HL_CONF_MISTAKES; i++)
        hl_chat_say(c, 0, HL_LINE_ERROR, "%s", conf->mistakes[i]);
    if (conf->mistake_count > 0)
        hl_ui_remark(c->ui, conf->mistakes[0]);
}

/* Starts the talk, unless the form is to be answered first. Returns an exit status. */
static int start_talk(struct hl_chat *c)
{
    const struct hl_options *o = c->program->options;
    struct hl_conv *conv = NULL;
    char help[HL_KEYMAP_TEXT];
    int err = hl_session_start(&c->session, o, &hl_chat_talk_ops, c, c->why);

    if (err == -EINTR) /* while the passphrase was asked for */
        return HL_EXIT_SIGNAL + hl_signals_take(c->program->signal_fd);
    if (err != 0) {
        hl_report(c->why, NULL);
        return hl_exit_status(err);
    }
    c->commands.session = &c->session;
    hl_chat_show_all(c);
    hl_chat_restore_history(c);
    if (!o->plain)
        restore_layout(c);
    c->asking = o->arg_count == 0 && o->listen_count == 0 && o->verb_given;
    if (c->asking)
        return HL_EXIT_DONE;
    err = hl_session_listen_all(&c->session, HL_LISTEN_CHAT, c->why);
    if (err == 0 && o->arg_count > 0)
        err = hl_session_open(&c->session, o->args[0], &conv, c->why);
    if (err != 0) {
        hl_report(c->why, NULL);
        return hl_exit_status(err);
    }
    hl_chat_say_bound(c);
    if (conv != NULL)
        hl_chat_select(c, conv);
    else
        hl_chat_say(c, 0, HL_LINE_NOTICE, "waiting for peers; /connect HOST:PORT, %s for help",
                    hl_keymap_key_of(&c->program->conf->keymap, HL_CTX_INPUT, HL_ACT_HELP, help) > 0
                        ? help
                        : "/help");
    return HL_EXIT_DONE;
}

/* All that the loop waits for. 0 or -errno. */
static int start_watching(struct hl_chat *c, int signal_fd)
{
    const int fds[] = {hl_talk_fd(c->session.talk),
                       c->program->signal_fd,
                       c->timer,
                       c->clock,
                       c->keep_timer,
                       c->editor.fd};
    int err = hl_reactor_init(&c->reactor, c->tty, signal_fd, &reactor_ops, c);

    for (size_t i = 0; i < sizeof fds / sizeof *fds && err == 0; i++)
        err = hl_reactor_add(&c->reactor, fds[i]);
    if (err == 0)
        err = hl_chat_alerts_start(c);
    return err != 0 ? err : hl_chat_spell_start(c);
}

static void show_screen(struct hl_chat *c, int signal_fd) HL_TTY_THREAD;
static void show_screen(struct hl_chat *c, int signal_fd)
{
    const struct hl_conf *conf = c->program->conf;
    int err = hl_tty_start(&c->tty, &conf->theme, (enum hl_colours)conf->settings.colours);

    if (err != 0 && hl_signals_hung_up(STDIN_FILENO)) {
        c->signal = SIGHUP;
        return;
    }
    if (err != 0) {
        hl_report(_("terminal"), hl_tty_error_text(err));
        c->status = HL_EXIT_FAILED;
        return;
    }
    err = start_watching(c, signal_fd);
    if (err == 0 && c->asking)
        err = hl_chat_ask(c);
    if (err == 0) {
        hl_log_tell(c->program->log, log_tells, c);
        set_clock(c);
        hl_chat_spell_changed(c);
        say_mistakes(c);
        hl_slice_short(); /* keys do not wait for the threads that take and keep messages */
        if (hl_reactor_run(&c->reactor) == HL_REACTOR_HANGUP)
            c->signal = SIGHUP;
        hl_log_tell(c->program->log, NULL, NULL);
    }
    hl_chat_editor_stop(c);
    hl_reactor_fini(&c->reactor);
    hl_chat_alerts_stop(c);
    hl_chat_spell_stop(c);
    hl_tty_stop(c->tty);
    c->tty = NULL;
    if (err != 0) {
        hl_report("chat", hl_err_text(err));
        c->status = HL_EXIT_FAILED;
    }
}

/* Descriptors of the timers and of the editor's end, each -1 if it failed. 0 or -errno. */
static int open_events(struct hl_chat *c)
{
    int err = hl_chat_editor_init(&c->editor);

    c->timer = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    c->clock = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    c->keep_timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (err == 0 && (c->timer < 0 || c->clock < 0 || c->keep_timer < 0))
        err = -errno;
    return err;
}

int hl_chat_run(struct hl_program *p)
{
    struct hl_chat c = {.program = p,
                        .commands = {.ops = &command_ops, .conf = p->conf, .keys = true}};
    int signal_fd = hl_reactor_signals(); /* before any thread is there */
    int err = open_events(&c);

    hl_role_enter(&hl_role_main);
    hl_role_enter_tty();
    c.commands.user = &c;
    if (signal_fd < 0)
        err = signal_fd;
    if (err == 0)
        err = start_ui(&c);
    if (err != 0) {
        hl_report("chat", hl_err_text(err));
        c.status = HL_EXIT_FAILED;
    } else {
        c.status = start_talk(&c);
        if (c.status == HL_EXIT_DONE)
            show_screen(&c, signal_fd);
    }
    hl_chat_keep(&c, true);
    if (c.session.talk != NULL)
        hl_session_stop(&c.session, c.signal != 0 ? HL_FLUSH_SIGNAL : HL_FLUSH_END);
    hl_ui_free(c.ui);
    hl_chat_editor_fini(&c.editor);
    free(c.flight);
    free(c.clean);
    if (signal_fd >= 0)
        close(signal_fd);
    if (c.timer >= 0)
        close(c.timer);
    if (c.clock >= 0)
        close(c.clock);
    if (c.keep_timer >= 0)
        close(c.keep_timer);
    return c.signal != 0 ? HL_EXIT_SIGNAL + c.signal : c.status;
}
