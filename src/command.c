/* SPDX-License-Identifier: MIT */
#include "command_inside.h"

#include "conf.h"
#include "feature.h"
#include "i18n.h"
#include "input.h"
#include "settings.h"
#include "suggest.h"
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SAY_MAX = 1024,
};

void hl_command_say(struct hl_commands *c, const char *format, ...)
{
    char raw[SAY_MAX];
    char clean[HL_TEXT_GROWTH * SAY_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(raw, sizeof raw, _(format), args);
    va_end(args);
    hl_text_clean(clean, sizeof clean, raw, strlen(raw), 0, NULL);
    c->ops->say(c->user, clean);
}

#define say hl_command_say

const char *hl_command_peer_text(const struct hl_conv *c, char out[static HL_COMMAND_PEER_TEXT])
{
    static const char *const states[] = {
        [HL_CONV_IDLE] = N_("not connected"),
        [HL_CONV_DIALLING] = N_("dialling"),
        [HL_CONV_OPEN] = N_("open"),
        [HL_CONV_FINISHED] = N_("the peer has finished sending"),
        [HL_CONV_CLOSED] = N_("closed"),
        [HL_CONV_FAILED] = N_("failed"),
    };
    bool why = c->err && (c->state == HL_CONV_CLOSED || c->state == HL_CONV_FAILED);

    snprintf(out, HL_COMMAND_PEER_TEXT, _("%s %s from %s, %s%s%s"),
             hl_session_transport(c->path.transport), *c->address ? c->address : c->name,
             *c->local ? c->local : _("any"), _(states[c->state]), why ? _(": ") : "",
             why ? _(hl_err_word(c->err)) : "");
    return out;
}

/* ---- the commands ---- */

static const struct hl_command_row *find(const char *typed, size_t len);

/* The keys that do an action, and what it is. */
static bool help_action(struct hl_commands *c, const char *name)
{
    enum hl_action action = hl_keymap_action(name);
    char keys[HL_KEYMAP_TEXT];
    size_t count;
    const struct hl_keymap_row *row = hl_keymap_rows(&count);

    if (action == HL_ACT_NONE)
        return false;
    for (; count; count--, row++) {
        if (row->action != action || row->help[0] == '\0')
            continue;
        hl_keymap_names(c->conf ? &c->conf->keymap : NULL, row, keys);
        say(c, "%s: %s; %s", name, *keys ? keys : _("no key"), _(row->help));
    }
    return true;
}

/* A command, a setting or an action of keys: more than one thing may have that name. */
static void help_about(struct hl_commands *c, const char *name)
{
    const struct hl_command_row *row = find(name + (*name == '/'), strlen(name + (*name == '/')));
    const struct hl_setting *setting = hl_settings_find(name);
    char choices[HL_SETTINGS_TEXT];

    if (row)
        say(c, "/%s%s%s: %s", row->name, *row->args ? " " : "", row->args, _(row->help));
    if (setting) {
        hl_settings_choices(setting, choices);
        say(c, "/set %s VALUE: %s; %s", name, _(setting->help), choices);
    }
    if (!help_action(c, name) && !row && !setting)
        say(c, "%s: no such command, setting or action: /help lists them", name);
}

static void run_help(struct hl_commands *c, const char *args)
{
    char left[64];
    size_t count;
    const struct hl_command_row *row = hl_command_table(&count);

    if (*args) {
        help_about(c, args);
        return;
    }
    if (c->ops->open && c->ops->open(c->user, HL_ACT_HELP, ""))
        return;
    for (; count; count--, row++) {
        snprintf(left, sizeof left, "/%s %s", row->name, row->args);
        say(c, "%-18s %s", left, _(row->help));
    }
    say(c, "%-18s %s", "//TEXT", _("send text that starts with a slash"));
}

static void run_connect(struct hl_commands *c, const char *args)
{
    char why[HL_WHY_MAX];
    struct hl_conv *conv;

    if (*args == '\0')
        say(c, "/connect: PEER is missing");
    else if (hl_session_open(c->session, args, &conv, why))
        say(c, "%s", why);
    else
        c->ops->select(c->user, conv);
}

/* The conversation that args name, else the current one. Says what is wrong. */
static struct hl_conv *named(struct hl_commands *c, const char *args)
{
    struct hl_conv *conv = *args ? hl_talk_find(c->session->talk, args) : c->current;

    if (!conv && *args)
        say(c, "%s: no such conversation, or more than one: /peer lists them", args);
    else if (!conv)
        say(c, "there is no conversation yet: /connect PEER");
    return conv;
}

static void run_close(struct hl_commands *c, const char *args)
{
    struct hl_conv *conv = named(c, args);
    enum hl_conv_state was = conv ? conv->state : HL_CONV_IDLE;
    int err = conv ? hl_talk_close(c->session->talk, conv) : 0;

    if (err)
        say(c, "%s: %s", conv->name, _(hl_err_text(err)));
    else if (conv && was == HL_CONV_DIALLING)
        say(c, "%s: no longer looked for", conv->name);
    else if (conv && was != HL_CONV_OPEN && was != HL_CONV_FINISHED) /* those tell of their end */
        say(c, "%s: not connected", conv->name);
}

static void run_peer(struct hl_commands *c, const char *args)
{
    struct hl_talk *t = c->session->talk;
    struct hl_conv *conv;
    char text[HL_COMMAND_PEER_TEXT];

    if (*args) {
        conv = named(c, args);
        if (conv)
            c->ops->select(c->user, conv);
        return;
    }
    if (!hl_talk_first(t))
        say(c, "there is no conversation yet: /connect PEER");
    for (conv = hl_talk_first(t); conv; conv = hl_talk_next(t, conv)) {
        say(c, "%c %" PRIu32 " %s: %s; %" PRIu64 " sent, %" PRIu64 " received, %" PRIu64 " failed",
            conv == c->current ? '*' : ' ', conv->id, conv->name, hl_command_peer_text(conv, text),
            conv->sent, conv->received, conv->failed);
    }
}

static void say_options(struct hl_commands *c)
{
    const struct hl_options *o = c->session->options;

    say(c, "families: %s",
        o->ipv4_only   ? _("IPv4 only")
        : o->ipv6_only ? _("IPv6 only")
                       : _("IPv6 and IPv4"));
    say(c, "peers without a scheme: %s", o->tcp ? "tcp" : "udp");
    if (o->rate)
        say(c,
            ngettext("pace: %" PRIu32 " datagram per second at most",
                     "pace: %" PRIu32 " datagrams per second at most", o->rate),
            o->rate);
    else
        say(c, "pace: no limit");
    say(c, "datagrams: %d bytes of text at most%s", HL_PIECE_MAX,
        o->newline ? _(", ended by a newline") : "");
}

/* What works in one line, what does not with its reason. */
static void say_features(struct hl_commands *c)
{
    char works[SAY_MAX];
    size_t len = (size_t)snprintf(works, sizeof works, "%s", _("this system has:"));
    struct hl_feature f;

    for (size_t i = 0; hl_feature_probe(i, &f); i++) {
        if (f.err == 0 && len < sizeof works)
            len += (size_t)snprintf(works + len, sizeof works - len, " %s", f.name);
    }
    say(c, "%s", works);
    for (size_t i = 0; hl_feature_probe(i, &f); i++) {
        if (f.err)
            say(c, "this system lacks: %s (%s): %s", f.name, _(hl_err_text(f.err)), _(f.purpose));
    }
}

static void say_counters(struct hl_commands *c)
{
    struct hl_net_stats n;

    hl_net_stats(hl_talk_net(c->session->talk), &n);
    say(c, "datagrams: %" PRIu64 " out, %" PRIu64 " in, %" PRIu64 " lost on this host",
        n.datagrams_out, n.datagrams_in, n.dropped);
    say(c, "bytes: %" PRIu64 " out, %" PRIu64 " in", n.bytes_out, n.bytes_in);
    say(c, "errors: %" PRIu64 " by ICMP, %" PRIu64 " on sending, %" PRIu64 " connections refused",
        n.icmp_errors, n.send_errors, n.refused_conns);
}

static void run_net(struct hl_commands *c, const char *args)
{
    const struct hl_session *s = c->session;
    char text[HL_BOUND_TEXT];

    for (size_t i = 0; i < s->bound_count; i++)
        say(c, "listening on %s", hl_session_bound_text(&s->bound[i], text));
    say_options(c);
    say_features(c);
    if (s->options->plain)
        say_counters(c);
    else
        hl_command_status(c, args); /* the sockets are the messenger's */
}

static void run_resolve(struct hl_commands *c, const char *args)
{
    struct hl_net *net = hl_talk_net(c->session->talk);
    struct hl_endpoint what;
    int err = *args ? hl_endpoint_parse(args, &what) : HL_ERR_BAD_NAME;

    if (*args == '\0') {
        say(c, "/resolve: NAME is missing");
        return;
    }
    if (c->looking_up)
        (void)!hl_net_cancel(net, c->lookups);
    if (err == 0)
        err = net ? hl_net_resolve(net, &what, HL_DIAL_TIMEOUT, ++c->lookups) : HL_ERR_STOPPED;
    c->looking_up = err == 0;
    if (err)
        say(c, "%s: %s", args, _(hl_err_text(err)));
}

bool hl_command_found(struct hl_commands *c, const struct hl_found *f)
{
    char text[HL_ADDR_TEXT];

    if (!c->looking_up || f->token != c->lookups)
        return f->token <= c->lookups; /* an answer to one that was given up is of no interest */
    if (f->kind == HL_FOUND_ADDRESS) {
        say(c, "%s (%.*s, %.3f s)", hl_addr_text(f->addr, text), (int)f->len, f->text,
            (double)f->took / (double)HL_SECS(1));
        return true;
    }
    if (f->kind == HL_FOUND_ALIAS) {
        say(c, "alias %.*s", (int)f->len, f->text);
        return true;
    }
    c->looking_up = false;
    if (f->err)
        say(c, "look-up: %s", _(hl_err_text(f->err)));
    else if (f->len)
        say(c, "canonical name %.*s", (int)f->len, f->text);
    return true;
}

/* "/msg NAME TEXT"; a name with spaces in it goes by its number. */
static void run_msg(struct hl_commands *c, const char *args)
{
    size_t len = strcspn(args, " ");
    const char *text = args + len + strspn(args + len, " ");
    char name[HL_HOST_MAX + 64];
    const struct hl_saying s = {.kind = HL_ENTRY_TEXT, .text = text, .len = strlen(text)};
    struct hl_conv *conv;

    snprintf(name, sizeof name, "%.*s", (int)(len < sizeof name ? len : sizeof name), args);
    if (*text == '\0') {
        say(c, "/msg: PEER and TEXT are needed");
        return;
    }
    conv = named(c, name);
    if (conv)
        c->ops->submit(c->user, conv, &s);
}

static void run_quit(struct hl_commands *c, const char *args)
{
    (void)args;
    c->ops->quit(c->user);
}

static const struct hl_command_row table[] = {
    {"help", "[NAME]", "list these commands, or explain a command, setting or action", run_help},
    {"connect", "PEER", "open a conversation and talk there", run_connect},
    {"close", "[PEER]", "end a stream, or stop dialling", run_close},
    {"peer", "[PEER]", "list the conversations, or talk in another one (name or number)", run_peer},
    {"msg", "PEER TEXT", "say something in another conversation", run_msg},
    {"last", "[N]", "list the latest messages, with the numbers to give as #N", hl_command_last},
    {"reply", "[#N] TEXT", "answer a message, by default the last one you received",
     hl_command_reply},
    {"react", "[#N] [EMOJI]", "react to a message; without EMOJI, take the reaction back",
     hl_command_react},
    {"edit", "[#N] TEXT", "edit one of your messages, by default the last one", hl_command_edit},
    {"delete", "[#N]", "delete the text of one of your messages", hl_command_delete},
    {"cancel", "[#N]", "take back one of your messages before it is delivered", hl_command_cancel},
    {"history", "[N]", "show the last N messages of this conversation (50)", hl_command_history},
    {"search", "[WORDS]", "find messages that contain all of these words", hl_command_search},
    {"verify", "[yes|no]", "show the safety number to compare; yes: it is the same",
     hl_command_verify},
    {"accept", "", "accept the new key of a contact", hl_command_accept},
    {"keep", "", "keep the old key of a contact, and refuse the new one", hl_command_keep},
    {"block", "", "neither hear nor answer this contact", hl_command_block},
    {"unblock", "", "hear and answer this contact again", hl_command_unblock},
    {"rename", "NAME", "give this contact another name", hl_command_rename},
    {"note", "[TEXT]", "keep a note about this contact", hl_command_note},
    {"talk", "[on|off]", "see what the other is typing, and show what you type, if both agree",
     hl_command_talk},
    {"away", "[TEXT]", "tell your contacts that you are away, and why; again: that you are back",
     hl_command_away},
    {"split", "[PEER]", "another pane below this one; PEER: for that conversation",
     hl_command_split},
    {"vsplit", "[PEER]", "another pane to the right of this one", hl_command_vsplit},
    {"unsplit", "[all]", "close this pane; all: close the others", hl_command_unsplit},
    {"zoom", "", "this pane alone on the screen, and back", hl_command_zoom},
    {"copy", "[#N]",
     "nothing but text to select and copy; #N: that message as it was written, to the clipboard",
     hl_command_copy},
    {"url", "", "list the links in this conversation, to copy or open one", hl_command_url},
    {"net", "", "show what we listen on, options, what this system can do, counters", run_net},
    {"resolve", "NAME",
     "show the addresses of a name in the order they would be tried, and its other names",
     run_resolve},
    {"set", "[NAME [VALUE]]", "list the settings, show one, or change it; `default' resets it",
     hl_command_set},
    {"theme", "[NAME]", "list the themes, or change to one", hl_command_theme},
    {"bind", "[KEY [ACTION]]", "list what keys do, or make one do something else", hl_command_bind},
    {"unbind", "KEY", "make a key do nothing", hl_command_unbind},
    {"quit", "", "end the program", run_quit},
};

enum {
    COUNT = sizeof table / sizeof *table,
};

const struct hl_command_row *hl_command_table(size_t *count)
{
    *count = COUNT;
    return table;
}

/* ---- lines ---- */

enum hl_command_type hl_command_type(const char *line, size_t len, const char **text)
{
    *text = line;
    if (hl_input_blank(line, len))
        return HL_COMMAND_NOTHING;
    if (*line != '/')
        return HL_COMMAND_TEXT;
    if (len < 2 || line[1] != '/')
        return HL_COMMAND_RUN;
    *text = line + 1;
    return HL_COMMAND_TEXT;
}

static const char *name_of(size_t i)
{
    return table[i].name;
}

/* The row whose name is typed, or starts with it and is the only one that does. */
static const struct hl_command_row *find(const char *typed, size_t len)
{
    const struct hl_command_row *found = NULL;

    if (len == 0)
        return NULL;
    for (size_t i = 0; i < COUNT; i++) {
        if (strncmp(table[i].name, typed, len))
            continue;
        if (table[i].name[len] == '\0')
            return &table[i];
        if (found)
            return NULL;
        found = &table[i];
    }
    return found;
}

void hl_command_run(struct hl_commands *c, const char *line)
{
    const char *name = line + (*line == '/');
    size_t len = strcspn(name, " \t");
    const struct hl_command_row *row = find(name, len);
    const char *args = name + len + strspn(name + len, " \t");
    char typed[HL_SUGGEST_MAX];
    char *trimmed;
    const char *near;
    size_t end = strlen(args);

    while (end && strchr(" \t\r", args[end - 1]))
        end--;
    if (row) {
        trimmed = strndup(args, end);
        if (trimmed)
            row->run(c, trimmed);
        else
            say(c, "/%s: %s", row->name, _(hl_err_text(-ENOMEM)));
        free(trimmed);
        return;
    }
    snprintf(typed, sizeof typed, "%.*s", (int)(len < sizeof typed ? len : sizeof typed), name);
    near = hl_suggest(typed, COUNT, name_of);
    if (near)
        say(c, "/%s: no such command: did you mean /%s? (/help lists them; //%s sends it as text)",
            typed, near, typed);
    else
        say(c, "/%s: no such command (/help lists them; //%s sends it as text)", typed, typed);
}
