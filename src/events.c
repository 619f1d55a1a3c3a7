/* SPDX-License-Identifier: MIT */
#include "events.h"

#include "addr.h"
#include "base64.h"
#include "identity.h"
#include "log.h"
#include "news.h"
#include "utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    DEL = 0x7f, /* ASCII, but a control character all the same: jansson leaves it as it is */
};

/* ---- values ---- */

/* Bytes of a peer as a JSON string: ill-formed UTF-8 becomes U+FFFD. */
static json_t *repaired(const char *text, size_t len)
{
    json_t *out;
    char *copy;
    size_t end = 0;
    uint32_t cp;

    if (hl_utf8_valid(text, len))
        return json_stringn_nocheck(text, len);
    copy = malloc(len * HL_UTF8_MAX);
    if (!copy)
        return NULL;
    while (len) {
        size_t used = hl_utf8_decode(text, len, &cp);

        end += hl_utf8_encode(cp, copy + end); /* HL_UTF8_INVALID is written as U+FFFD */
        text += used;
        len -= used;
    }
    out = json_stringn_nocheck(copy, end);
    free(copy);
    return out;
}

static json_t *string(const char *text)
{
    return text && *text ? repaired(text, strlen(text)) : NULL;
}

static json_t *version(const struct hl_notice *n)
{
    (void)n;
    return json_integer(HL_EVENTS_VERSION);
}

static json_t *event(const struct hl_notice *n)
{
    return json_string(hl_events_row(n->kind)->name);
}

static json_t *when(const struct hl_notice *n)
{
    char text[48];
    int64_t us = n->time_us;
    time_t seconds;
    struct timespec now;
    struct tm utc;
    size_t len;

    if (us == 0) {
        clock_gettime(CLOCK_REALTIME, &now);
        us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
    }
    seconds = us / 1000000;
    gmtime_r(&seconds, &utc);
    len = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + len, sizeof text - len, ".%06dZ", (int)(us % 1000000));
    return json_string(text);
}

static json_t *conversation(const struct hl_notice *n)
{
    return n->conv ? json_integer(n->conv->id) : NULL;
}

static json_t *peer(const struct hl_notice *n)
{
    return n->conv ? string(n->conv->address) : NULL;
}

static json_t *name(const struct hl_notice *n)
{
    if (n->own)
        return string(n->own->name);
    return n->conv ? string(n->conv->name) : NULL;
}

static json_t *local(const struct hl_notice *n)
{
    return n->conv ? string(n->conv->local) : NULL;
}

static json_t *transport(const struct hl_notice *n)
{
    if (n->bound)
        return json_string(hl_session_transport(n->bound->transport));
    return n->conv ? json_string(hl_session_transport(n->conv->path.transport)) : NULL;
}

static json_t *address(const struct hl_notice *n)
{
    char text[HL_BOUND_TEXT];

    if (n->bound)
        return string(hl_session_bound_text(n->bound, text));
    if (n->host)
        return n->host->addr ? string(hl_addr_text_ip(n->host->addr, text)) : NULL;
    return n->found && n->found->addr ? string(hl_addr_format(n->found->addr, text)) : NULL;
}

static json_t *text(const struct hl_notice *n)
{
    return repaired(n->message->text, n->message->len);
}

static json_t *bytes(const struct hl_notice *n)
{
    char *encoded;
    json_t *out;

    if (!n->message->bad_utf8)
        return NULL;
    encoded = malloc(hl_base64_size(n->message->len));
    if (!encoded)
        return NULL;
    out = json_stringn(encoded, hl_base64_encode(encoded, n->message->text, n->message->len));
    free(encoded);
    return out;
}

static json_t *flag(const struct hl_notice *n, uint32_t which)
{
    return n->message->flags & which ? json_true() : NULL;
}

static json_t *partial(const struct hl_notice *n)
{
    return flag(n, HL_EVF_PARTIAL);
}

static json_t *continues(const struct hl_notice *n)
{
    return flag(n, HL_EVF_CONTINUES);
}

static json_t *truncated(const struct hl_notice *n)
{
    return flag(n, HL_EVF_TRUNCATED);
}

static json_t *message(const struct hl_notice *n)
{
    return json_integer((json_int_t)n->number);
}

static json_t *count(const struct hl_notice *n)
{
    return json_integer((json_int_t)n->count);
}

static json_t *reason(const struct hl_notice *n)
{
    if (n->why)
        return string(n->why);
    return n->err ? json_string(hl_err_word(n->err)) : NULL;
}

static json_t *status(const struct hl_notice *n)
{
    static const char *const classes[] = {
        [HL_CLASS_OK] = "done",           [HL_CLASS_RUNTIME] = "runtime",
        [HL_CLASS_USAGE] = "usage",       [HL_CLASS_NAME] = "name",
        [HL_CLASS_TIMEOUT] = "timeout",   [HL_CLASS_UNREACHABLE] = "unreachable",
        [HL_CLASS_IDENTITY] = "identity", [HL_CLASS_STORAGE] = "storage",
    };

    return n->err ? json_string(classes[hl_err_class(n->err)]) : NULL;
}

static json_t *what(const struct hl_notice *n)
{
    if (n->host)
        return string(n->host->what);
    return string(n->what ? n->what : n->conv ? n->conv->name : NULL);
}

static json_t *encrypted(const struct hl_notice *n)
{
    return json_boolean(n->conv->encrypted);
}

static json_t *key(const struct hl_notice *n)
{
    char text[HL_IDENTITY_HEX];

    if (n->own)
        return json_string(hl_identity_hex(n->own->key, text));
    return n->conv->encrypted ? json_string(hl_identity_hex(n->conv->key, text)) : NULL;
}

static json_t *link_of(const struct hl_notice *n)
{
    return string(n->own->link);
}

static json_t *passphrase(const struct hl_notice *n)
{
    return json_boolean(n->own->sealed);
}

static json_t *source(const struct hl_notice *n)
{
    return n->found->len ? repaired(n->found->text, n->found->len) : NULL;
}

static json_t *host(const struct hl_notice *n)
{
    return repaired(n->found->text, n->found->len);
}

static json_t *interface(const struct hl_notice *n)
{
    char text[IF_NAMESIZE];

    return n->host->index ? string(hl_news_interface(n->host->index, text)) : NULL;
}

static json_t *took(const struct hl_notice *n)
{
    return json_real((double)n->found->took / (double)HL_SECS(1));
}

/* ---- the tables ---- */

static const struct hl_event_field fields[] = {
    {"v", "integer", "version of this format", version},
    {"event", "string", "what happened", event},
    {"time", "string", "RFC 3339, UTC, with microseconds", when},
    {"conversation", "integer", "number of the conversation, from 1", conversation},
    {"from", "string", "address of the peer", peer},
    {"peer", "string", "address of the peer", peer},
    {"to", "string", "our address that was used", local},
    {"name", "string", "the peer as typed here, else its address; our own name", name},
    {"transport", "string", "udp, tcp, unix, unix-dgram or unix-seqpacket", transport},
    {"address", "string", "an address", address},
    {"text", "string", "the text; what is not UTF-8 became U+FFFD", text},
    {"bytes", "string", "the same in base64, present if it was not UTF-8", bytes},
    {"partial", "boolean", "the line is not complete yet", partial},
    {"continues", "boolean", "goes on from the previous partial one", continues},
    {"truncated", "boolean", "the datagram was longer than could be received", truncated},
    {"message", "integer", "number of our message, from 1", message},
    {"count", "integer", "how many", count},
    {"reason", "string", "why, for people", reason},
    {"class", "string", "runtime, usage, name, unreachable, timeout, identity or storage", status},
    {"encrypted", "boolean", "whether it is; plain text is not", encrypted},
    {"key", "string", "the peer's public key, or our own, in hexadecimal", key},
    {"link", "string", "a hullo: link to ourselves", link_of},
    {"passphrase", "boolean", "whether key and store are kept under one", passphrase},
    {"what", "string", "what it is about", what},
    {"source", "string", "who knew it: literal, cache, system or mdns", source},
    {"host", "string", "a host name", host},
    {"interface", "string", "name of the network interface, or its number if it is gone",
     interface},
    {"took", "number", "seconds after the question", took},
};

#define ANY_EVENT "v", "event", "time"
#define ANY_PEER  "conversation", "transport"

static const struct hl_event_row rows[HL_NOTICE_COUNT] = {
    [HL_NOTICE_LISTENING] = {"listening",
                             "a socket was opened",
                             {ANY_EVENT, "transport", "address", NULL},
                             {NULL}},
    [HL_NOTICE_MESSAGE] = {"message",
                           "a datagram or a line came in",
                           {ANY_EVENT, ANY_PEER, "name", "text", NULL},
                           {"from", "to", "bytes", "partial", "continues", "truncated", NULL}},
    [HL_NOTICE_SENT] = {"sent",
                        "a message of ours has left this host; plain text is never confirmed",
                        {ANY_EVENT, ANY_PEER, "name", "message", NULL},
                        {"peer", NULL}},
    [HL_NOTICE_RECEIVED] = {"received",
                            "the peer's host has a message of ours, though not yet on its disk",
                            {ANY_EVENT, ANY_PEER, "name", "message", NULL},
                            {"peer", NULL}},
    [HL_NOTICE_FAILED] = {"failed",
                          "a message of ours was not delivered",
                          {ANY_EVENT, ANY_PEER, "name", "message", "reason", "class", NULL},
                          {"peer", NULL}},
    [HL_NOTICE_OPENED] = {"opened",
                          "a conversation can begin",
                          {ANY_EVENT, ANY_PEER, "name", "encrypted", NULL},
                          {"peer", "to", "key", NULL}},
    [HL_NOTICE_FINISHED] = {"finished",
                            "the peer says no more, and still hears us",
                            {ANY_EVENT, ANY_PEER, "name", NULL},
                            {"peer", NULL}},
    [HL_NOTICE_CLOSED] =
        {"closed",
         "a stream or a session has ended; with a reason if it was not by agreement",
         {ANY_EVENT, ANY_PEER, "name", NULL},
         {"peer", "reason", "class", NULL}},
    [HL_NOTICE_DROPPED] = {"dropped",
                           "datagrams were lost on this host",
                           {ANY_EVENT, "count", NULL},
                           {NULL}},
    [HL_NOTICE_RESOLVED] = {"resolved",
                            "an address of a name; they come in the order they would be tried",
                            {ANY_EVENT, "what", "address", "took", NULL},
                            {"source", NULL}},
    [HL_NOTICE_ALIAS] = {"alias",
                         "another name of the host that was looked up",
                         {ANY_EVENT, "what", "host", NULL},
                         {NULL}},
    [HL_NOTICE_CANONICAL] = {"canonical",
                             "the canonical name of the host that was looked up",
                             {ANY_EVENT, "what", "host", NULL},
                             {NULL}},
    [HL_NOTICE_HOST] = {"host",
                        "an address or a link of this host came or went",
                        {ANY_EVENT, "what", NULL},
                        {"address", "interface", NULL}},
    [HL_NOTICE_IDENTITY] = {"identity",
                            "who we are; one for each address",
                            {ANY_EVENT, "name", "key", "link", "passphrase", NULL},
                            {NULL}},
    [HL_NOTICE_ERROR] = {"error",
                         "something failed",
                         {ANY_EVENT, "what", "reason", NULL},
                         {"class", "conversation", NULL}},
};

const struct hl_event_row *hl_events_row(enum hl_notice_kind kind)
{
    return &rows[kind];
}

const struct hl_event_field *hl_events_field(const char *wanted)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (strcmp(fields[i].name, wanted) == 0)
            return &fields[i];
    }
    return NULL;
}

/* ---- output ---- */

static bool listed(const char *const list[], const char *wanted)
{
    for (; *list; list++) {
        if (strcmp(*list, wanted) == 0)
            return true;
    }
    return false;
}

static bool row_has(const struct hl_event_row *row, const char *field)
{
    return listed(row->required, field) || listed(row->optional, field);
}

json_t *hl_events_json(const struct hl_notice *n)
{
    json_t *object = json_object();

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        json_t *value = row_has(&rows[n->kind], fields[i].name) ? fields[i].value(n) : NULL;

        if (value && json_object_set_new_nocheck(object, fields[i].name, value)) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

char *hl_events_text(const json_t *object)
{
    static const char escape[] = "\\u007F";
    char *text = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9));
    size_t count = 0;
    char *longer;
    char *end;

    for (const char *at = text; at && (at = strchr(at, DEL)) != NULL; at++)
        count++;
    if (count == 0)
        return text;
    longer = end = malloc(strlen(text) + count * (sizeof escape - 2) + 1);
    for (const char *at = text; longer && *at; at++) {
        if (*at == DEL)
            end = stpcpy(end, escape);
        else
            *end++ = *at;
    }
    if (longer)
        *end = '\0';
    free(text);
    return longer;
}

/* The schema of one event: an object in which "event" is its name. */
static json_t *event_schema(const struct hl_event_row *row)
{
    json_t *properties = json_object();
    json_t *required = json_array();

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const struct hl_event_field *f = &fields[i];
        json_t *property;

        if (!row_has(row, f->name))
            continue;
        property = json_pack("{s:s, s:s}", "type", f->type, "description", f->help);
        if (strcmp(f->name, "v") == 0)
            json_object_set_new(property, "const", json_integer(HL_EVENTS_VERSION));
        if (strcmp(f->name, "event") == 0)
            json_object_set_new(property, "const", json_string(row->name));
        json_object_set_new(properties, f->name, property);
    }
    for (size_t i = 0; row->required[i]; i++)
        json_array_append_new(required, json_string(row->required[i]));
    return json_pack("{s:s, s:s, s:s, s:o, s:o}", "title", row->name, "description", row->help,
                     "type", "object", "properties", properties, "required", required);
}

json_t *hl_events_schema(void)
{
    json_t *any = json_array();

    for (size_t i = 0; i < HL_NOTICE_COUNT; i++)
        json_array_append_new(any, event_schema(&rows[i]));
    return json_pack("{s:s, s:s, s:o}", "$schema", "https://json-schema.org/draft/2020-12/schema",
                     "title", "Events that hullo prints with --json", "oneOf", any);
}

enum hl_notice_kind hl_events_kind(enum hl_conv_state state)
{
    static const enum hl_notice_kind kinds[] = {
        [HL_CONV_DIALLING] = HL_NOTICE_COUNT,    [HL_CONV_OPEN] = HL_NOTICE_OPENED,
        [HL_CONV_FINISHED] = HL_NOTICE_FINISHED, [HL_CONV_CLOSED] = HL_NOTICE_CLOSED,
        [HL_CONV_FAILED] = HL_NOTICE_ERROR,
    };

    return kinds[state];
}

enum hl_notice_kind hl_events_message(enum hl_msg_state state)
{
    static const enum hl_notice_kind kinds[] = {
        [HL_MSG_QUEUED] = HL_NOTICE_COUNT,
        [HL_MSG_SENT] = HL_NOTICE_SENT,
        [HL_MSG_RECEIVED] = HL_NOTICE_RECEIVED,
        [HL_MSG_FAILED] = HL_NOTICE_FAILED,
    };

    return kinds[state];
}

enum hl_notice_kind hl_events_state(struct hl_conv *c)
{
    /* A number, never followed; 0 is a conversation never seen. */
    void *state = (void *)((uintptr_t)c->state + 1); // NOLINT(performance-no-int-to-ptr)

    if (c->user == state)
        return HL_NOTICE_COUNT;
    c->user = state;
    return hl_events_kind(c->state);
}

void hl_events_log(struct hl_log *log, const struct hl_notice *n)
{
    static const enum hl_log_level levels[HL_NOTICE_COUNT] = {
        [HL_NOTICE_LISTENING] = HL_LOG_INFO,  [HL_NOTICE_MESSAGE] = HL_LOG_DEBUG,
        [HL_NOTICE_SENT] = HL_LOG_DEBUG,      [HL_NOTICE_FAILED] = HL_LOG_WARN,
        [HL_NOTICE_OPENED] = HL_LOG_INFO,     [HL_NOTICE_FINISHED] = HL_LOG_INFO,
        [HL_NOTICE_CLOSED] = HL_LOG_INFO,     [HL_NOTICE_DROPPED] = HL_LOG_WARN,
        [HL_NOTICE_RESOLVED] = HL_LOG_DEBUG,  [HL_NOTICE_ALIAS] = HL_LOG_DEBUG,
        [HL_NOTICE_CANONICAL] = HL_LOG_DEBUG, [HL_NOTICE_HOST] = HL_LOG_INFO,
        [HL_NOTICE_IDENTITY] = HL_LOG_DEBUG,  [HL_NOTICE_ERROR] = HL_LOG_ERROR,
        [HL_NOTICE_RECEIVED] = HL_LOG_DEBUG,
    };
    const char *what = n->what ? n->what : n->conv ? n->conv->name : "";
    const char *why = n->why ? n->why : n->err ? hl_err_text(n->err) : NULL;
    char text[HL_NEWS_TEXT]; /* the longer of the two */

    if (n->kind == HL_NOTICE_COUNT || levels[n->kind] > log->level || log->fd < 0)
        return;
    if (n->bound)
        what = hl_session_bound_text(n->bound, text);
    if (n->host)
        what = hl_news_text(n->host, text);
    if (n->kind == HL_NOTICE_DROPPED)
        hl_log_write(log, levels[n->kind], "dropped %llu", (unsigned long long)n->count);
    else
        hl_log_write(log, levels[n->kind], "%s %s%s%s", rows[n->kind].name, what, why ? ": " : "",
                     why ? why : "");
}
