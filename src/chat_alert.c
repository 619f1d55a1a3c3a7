/* SPDX-License-Identifier: MIT */
/* How a user who looks elsewhere hears of messages: bell, window title, notifications. */
#include "chat.h"

#include "clock.h"
#include "conf.h"
#include "keys.h"
#include "mention.h"

#include <string.h>
#include <time.h>

static const struct hl_settings *settings(const struct hl_chat *c)
{
    return &c->program->conf->settings;
}

/* The time of day, in minutes. */
static int minute_of_day(struct hl_chat *c)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    struct hl_stamp stamp = hl_chat_stamp(c, now.tv_sec);
    return stamp.hour * 60 + stamp.minute;
}

/* Our user has said that he is away, or looks elsewhere: the terminal says so or has another
 * program on it, or there was no key for long. */
static bool is_away(const struct hl_chat *c)
{
    return hl_talk_is_away(c->session.talk) || c->alerts.unfocused || c->editor.pid != 0 ||
           hl_clock_now() - c->alerts.key >= (hl_time)HL_ALERTS_IDLE * 1000;
}

static void failed(void *user, const char *why)
{
    hl_chat_say(user, 0, HL_LINE_ERROR, "%s", why);
}

int hl_chat_alerts_start(struct hl_chat *c)
{
    c->alerts.key = hl_clock_now();
    c->alerts.hook = hl_notify_new(failed, c);
    return c->alerts.hook != NULL ? hl_reactor_add(&c->reactor, hl_notify_fd(c->alerts.hook)) : 0;
}

void hl_chat_alerts_stop(struct hl_chat *c)
{
    hl_notify_free(c->alerts.hook);
}

bool hl_chat_alerts_ready(struct hl_chat *c, int fd)
{
    if (c->alerts.hook == NULL || fd != hl_notify_fd(c->alerts.hook))
        return false;
    hl_notify_handle(c->alerts.hook);
    return true;
}

bool hl_chat_alerts_key(struct hl_chat *c, const struct hl_key *key)
{
    c->alerts.unfocused = key->key == HL_KEY_FOCUS_OUT;
    c->alerts.missed = 0;
    c->alerts.key = hl_clock_now();
    return key->key == HL_KEY_FOCUS_IN || key->key == HL_KEY_FOCUS_OUT;
}

static void run_hook(struct hl_chat *c, const struct hl_conv *conv, const struct hl_alert *alert)
{
    bool tell = settings(c)->notify_contents;
    const struct hl_exec_job job = {
        .text = alert->body,
        .len = strlen(alert->body),
        .from = tell ? conv->address : "",
        .local = tell ? conv->local : "",
        .transport = tell ? hl_session_transport(conv->path.transport) : "",
        .name = alert->name,
        .peer = "",
        .id = "",
    };

    if (c->alerts.hook != NULL)
        hl_notify_run(c->alerts.hook, settings(c)->notify_command, &job);
}

void hl_chat_alert(struct hl_chat *c, const struct hl_conv *conv, const char *text, size_t len)
{
    struct hl_alert_news news = {.name = conv->name,
                                 .text = text,
                                 .len = len,
                                 .mention = hl_mention(text, len, c->program->options->name),
                                 .away = is_away(c),
                                 .ascii = c->program->ascii,
                                 .minute = minute_of_day(c),
                                 .now = hl_clock_now() / 1000};
    struct hl_alert alert;

    if (c->tty == NULL) /* the last words of a session that ends */
        return;
    c->alerts.missed += news.away && hl_ui_shown(c->ui, conv->id);
    hl_alerts_decide(&c->alerts.state, settings(c), &news, &alert);
    if (alert.bell)
        hl_tty_bell(c->tty);
    if (!alert.notify)
        return;
    hl_tty_notify(c->tty, (enum hl_notify)settings(c)->notify, alert.name, alert.body);
    run_hook(c, conv, &alert);
}

void hl_chat_alerts_show(struct hl_chat *c)
{
    const struct hl_settings *s = settings(c);
    const struct hl_conv *conv = c->commands.current;
    char title[HL_ALERTS_TITLE] = "";

    if (s->title)
        hl_alerts_title(title, s, hl_ui_unread_count(c->ui) + c->alerts.missed,
                        conv != NULL ? conv->name : "", c->program->ascii);
    hl_tty_title(c->tty, title);
    hl_tty_mouse(c->tty, hl_ui_wants_mouse(c->ui));
    hl_ui_set_quiet(c->ui, hl_alerts_quiet(s->quiet_hours, minute_of_day(c)));
}
