/* SPDX-License-Identifier: MIT */
#include "events.h"

#include "hex.h"
#include "i18n.h"
#include "identity.h"
#include "log.h"
#include "news.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEL = 0x7f, /* ASCII, but a control character all the same: jansson leaves it as it is */
};

/* ---- the table ---- */

#define ANY_EVENT "v", "event", "time"
#define ANY_PEER  "conversation", "transport"
#define FATE                                                                                       \
    {ANY_EVENT, ANY_PEER, "name", NULL},                                                           \
    {                                                                                              \
        "message", "id", "row", "peer", NULL                                                       \
    }

static const struct hl_event_row rows[HL_NOTICE_COUNT] = {
    [HL_NOTICE_LISTENING] = {"listening",
                             "a socket was opened",
                             {ANY_EVENT, "transport", "address", NULL},
                             {NULL}},
    [HL_NOTICE_MESSAGE] = {"message",
                           "a datagram or a line came in",
                           {ANY_EVENT, ANY_PEER, "name", "text", NULL},
                           {"from", "to", "bytes", "partial", "continues", "truncated", NULL}},
    [HL_NOTICE_ENTRY] = {"entry",
                         "something was said in a conversation",
                         {ANY_EVENT, "conversation", "name", "id", "row", "kind", "ours", "text",
                          NULL},
                         {"key", "from", "to", "transport", "place", "target", "state", "written",
                          "old", "changed", "edited", "deleted", "reactions", "missing", "bytes",
                          NULL}},
    [HL_NOTICE_QUEUED] = {"queued", "a message of ours is on this host's disk", FATE},
    [HL_NOTICE_SENT] = {"sent",
                        "a message of ours has left this host; encrypted: the peer's host has it",
                        FATE},
    [HL_NOTICE_DELIVERED] = {"delivered", "a message of ours is on the peer's disk", FATE},
    [HL_NOTICE_READ] = {"read", "the peer's user has seen a message of ours, and all before it",
                        FATE},
    [HL_NOTICE_FAILED] = {"failed",
                          "a message of ours was not delivered",
                          {ANY_EVENT, ANY_PEER, "name", "reason", "class", NULL},
                          {"message", "id", "row", "peer", NULL}},
    [HL_NOTICE_EXPIRED] = {"expired",
                           "the time of a message of ours ran out before it was delivered", FATE},
    [HL_NOTICE_CANCELLING] = {"cancelling",
                              "the peer may have a message of ours already, and is asked to forget "
                              "it",
                              FATE},
    [HL_NOTICE_CANCELLED] = {"cancelled", "a message of ours was taken back in time", FATE},
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
    [HL_NOTICE_CONTACT] = {"contact",
                           "a contact, or what is known of one has changed",
                           {ANY_EVENT, "conversation", "name", "verified", "blocked", "unread",
                            "waiting", NULL},
                           {"key", "new_key", "like", "nick", "peer", "note", "reach", "heard",
                            "added", "away", "why", NULL}},
    [HL_NOTICE_AWAY] = {"away",
                        "the peer's user is away, or is back",
                        {ANY_EVENT, "conversation", "name", "on", NULL},
                        {"why", NULL}},
    [HL_NOTICE_GAP] = {"gap",
                       "messages of the peer are missing; they are asked for again, or lost",
                       {ANY_EVENT, "conversation", "name", "count", NULL},
                       {"lost", NULL}},
    [HL_NOTICE_HEALED] = {"healed",
                          "messages that were missing have come",
                          {ANY_EVENT, "conversation", "name", "count", NULL},
                          {NULL}},
    [HL_NOTICE_TYPING] = {"typing",
                          "the peer's user types, or has stopped",
                          {ANY_EVENT, "conversation", "name", "on", NULL},
                          {NULL}},
    [HL_NOTICE_STORAGE] = {"storage",
                           "the disk takes nothing; without a reason: it does again",
                           {ANY_EVENT, NULL},
                           {"reason", "class", NULL}},
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
    [HL_NOTICE_SAFETY] = {"safety",
                          "the safety number of a contact and us",
                          {ANY_EVENT, "conversation", "name", "key", "number", "verified", NULL},
                          {NULL}},
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

/* ---- output ---- */

int hl_events_error(const struct hl_notice *n)
{
    return n->fate ? n->fate->err : n->kind == HL_NOTICE_STORAGE ? n->record->err : n->err;
}

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
    size_t count;
    const struct hl_event_field *fields = hl_events_fields(&count);

    for (size_t i = 0; i < count; i++) {
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
    size_t count;
    const struct hl_event_field *fields = hl_events_fields(&count);

    for (size_t i = 0; i < count; i++) {
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
        [HL_CONV_IDLE] = HL_NOTICE_COUNT,    [HL_CONV_DIALLING] = HL_NOTICE_COUNT,
        [HL_CONV_OPEN] = HL_NOTICE_OPENED,   [HL_CONV_FINISHED] = HL_NOTICE_FINISHED,
        [HL_CONV_CLOSED] = HL_NOTICE_CLOSED, [HL_CONV_FAILED] = HL_NOTICE_ERROR,
    };

    return kinds[state];
}

enum hl_notice_kind hl_events_message(enum hl_entry_state state)
{
    static const struct {
        enum hl_entry_state state;
        enum hl_notice_kind kind;
    } kinds[] = {
        {HL_STATE_QUEUED, HL_NOTICE_QUEUED},       {HL_STATE_SENT, HL_NOTICE_SENT},
        {HL_STATE_DELIVERED, HL_NOTICE_DELIVERED}, {HL_STATE_READ, HL_NOTICE_READ},
        {HL_STATE_FAILED, HL_NOTICE_FAILED},       {HL_STATE_EXPIRED, HL_NOTICE_EXPIRED},
        {HL_STATE_CANCELLED, HL_NOTICE_CANCELLED}, {HL_STATE_CANCELLING, HL_NOTICE_CANCELLING},
        {HL_STATE_EXPIRING, HL_NOTICE_CANCELLING},
    };

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (kinds[i].state == state)
            return kinds[i].kind;
    }
    return HL_NOTICE_COUNT;
}

enum hl_notice_kind hl_events_record(enum hl_ctl_kind kind)
{
    return kind == HL_CTL_GAP       ? HL_NOTICE_GAP
           : kind == HL_CTL_HEALED  ? HL_NOTICE_HEALED
           : kind == HL_CTL_TYPED   ? HL_NOTICE_TYPING
           : kind == HL_CTL_STALLED ? HL_NOTICE_STORAGE
                                    : HL_NOTICE_COUNT;
}

enum hl_notice_kind hl_events_state(struct hl_conv *c)
{
    bool tries = c->encrypted && (c->state == HL_CONV_IDLE || c->state == HL_CONV_DIALLING);

    if (tries || (c->told.any && c->told.state == c->state && c->told.err == c->err))
        return HL_NOTICE_COUNT;
    c->told.any = true;
    c->told.state = c->state;
    c->told.err = c->err;
    return hl_events_kind(c->state);
}

enum hl_notice_kind hl_events_marks(struct hl_conv *c)
{
    const uint32_t interesting =
        HL_CTL_C_VERIFIED | HL_CTL_C_BLOCKED | HL_CTL_C_CHANGED | HL_CTL_C_LIKE;
    uint32_t marks = c->marks & interesting;

    if (marks == c->told.marks)
        return HL_NOTICE_COUNT;
    c->told.marks = marks;
    return HL_NOTICE_CONTACT;
}

enum hl_notice_kind hl_events_away(struct hl_conv *c)
{
    bool away = (c->marks & HL_CTL_C_AWAY) != 0;

    if (c->state != HL_CONV_OPEN || (away == c->told.away && strcmp(c->why, c->told.why) == 0))
        return HL_NOTICE_COUNT;
    c->told.away = away;
    memcpy(c->told.why, c->why, sizeof c->told.why);
    return HL_NOTICE_AWAY;
}

const char *hl_events_away_text(const struct hl_conv *c, char out[static HL_EVENTS_AWAY])
{
    bool away = (c->marks & HL_CTL_C_AWAY) != 0;

    snprintf(out, HL_EVENTS_AWAY, "%s%s%s", away ? _("away") : _("here again"),
             *c->why ? _(": ") : "", c->why);
    return out;
}

/* For logs: who is meant is named beside it. */
static const char *mark_word(const struct hl_conv *c)
{
    return c->marks & HL_CTL_C_CHANGED    ? "another key"
           : c->marks & HL_CTL_C_BLOCKED  ? "blocked"
           : c->marks & HL_CTL_C_LIKE     ? "the name looks like another contact's"
           : c->marks & HL_CTL_C_VERIFIED ? "verified"
                                          : NULL;
}

const char *hl_events_marks_text(const struct hl_conv *c, char out[static HL_EVENTS_MARKS])
{
    char was[HL_IDENTITY_SHORT];
    char is[HL_IDENTITY_SHORT];

    *out = '\0';
    if (c->marks & HL_CTL_C_CHANGED)
        snprintf(out, HL_EVENTS_MARKS,
                 _("KEY CHANGED: it was %s, now it is %s. Somebody may be posing as this contact, "
                   "or it has started afresh. Nothing is sent until you accept the new key or keep "
                   "the old one"),
                 hl_identity_short(c->key, was), hl_identity_short(c->new_key, is));
    else if (c->marks & HL_CTL_C_BLOCKED)
        snprintf(out, HL_EVENTS_MARKS, "%s", _("blocked: neither heard nor answered"));
    else if (c->marks & HL_CTL_C_LIKE)
        snprintf(out, HL_EVENTS_MARKS, _("not %s, though the name looks like it"), c->like);
    else if (c->marks & HL_CTL_C_VERIFIED)
        snprintf(out, HL_EVENTS_MARKS, "%s", _("verified"));
    return out;
}

/* Whoever lets no strangers in is silent, as if nobody were there. */
const char *hl_events_hint(const struct hl_conv *c, int err)
{
    bool stranger = c->encrypted && !(c->marks & HL_CTL_C_HAS_KEY);

    return stranger && err == HL_ERR_TIMEOUT
               ? N_("does the peer let strangers in? It does with --pair, or once it has named you")
               : NULL;
}

const char *hl_events_gap_text(const struct hl_ctl *r, char out[static HL_EVENTS_MARKS])
{
    unsigned long long count = r->count;

    if (r->kind == HL_CTL_HEALED)
        snprintf(out, HL_EVENTS_MARKS,
                 ngettext("%llu missing message has arrived", "%llu missing messages have arrived",
                          count),
                 count);
    else if (r->flags & HL_CTL_LOST)
        snprintf(out, HL_EVENTS_MARKS,
                 ngettext("%llu message missing, and its author no longer has it",
                          "%llu messages missing, and their author no longer has them", count),
                 count);
    else
        snprintf(out, HL_EVENTS_MARKS,
                 ngettext("%llu message missing, asked for again",
                          "%llu messages missing, asked for again", count),
                 count);
    return out;
}

const char *hl_events_id(const uint8_t id[static HL_ID_SIZE], char out[static HL_EVENTS_ID])
{
    hl_hex_put(out, id, HL_ID_SIZE);
    out[HL_EVENTS_ID - 1] = '\0';
    return out;
}

void hl_events_log(struct hl_log *log, const struct hl_notice *n)
{
    static const enum hl_log_level levels[HL_NOTICE_COUNT] = {
        [HL_NOTICE_LISTENING] = HL_LOG_INFO,  [HL_NOTICE_MESSAGE] = HL_LOG_DEBUG,
        [HL_NOTICE_ENTRY] = HL_LOG_DEBUG,     [HL_NOTICE_QUEUED] = HL_LOG_DEBUG,
        [HL_NOTICE_DELIVERED] = HL_LOG_DEBUG, [HL_NOTICE_READ] = HL_LOG_DEBUG,
        [HL_NOTICE_EXPIRED] = HL_LOG_WARN,    [HL_NOTICE_CANCELLED] = HL_LOG_INFO,
        [HL_NOTICE_CANCELLING] = HL_LOG_INFO, [HL_NOTICE_CONTACT] = HL_LOG_WARN,
        [HL_NOTICE_AWAY] = HL_LOG_DEBUG,      [HL_NOTICE_GAP] = HL_LOG_WARN,
        [HL_NOTICE_HEALED] = HL_LOG_INFO,     [HL_NOTICE_TYPING] = HL_LOG_DEBUG,
        [HL_NOTICE_STORAGE] = HL_LOG_ERROR,   [HL_NOTICE_SENT] = HL_LOG_DEBUG,
        [HL_NOTICE_FAILED] = HL_LOG_WARN,     [HL_NOTICE_OPENED] = HL_LOG_INFO,
        [HL_NOTICE_FINISHED] = HL_LOG_INFO,   [HL_NOTICE_CLOSED] = HL_LOG_INFO,
        [HL_NOTICE_DROPPED] = HL_LOG_WARN,    [HL_NOTICE_RESOLVED] = HL_LOG_DEBUG,
        [HL_NOTICE_ALIAS] = HL_LOG_DEBUG,     [HL_NOTICE_CANONICAL] = HL_LOG_DEBUG,
        [HL_NOTICE_HOST] = HL_LOG_INFO,       [HL_NOTICE_IDENTITY] = HL_LOG_DEBUG,
        [HL_NOTICE_SAFETY] = HL_LOG_DEBUG,    [HL_NOTICE_ERROR] = HL_LOG_ERROR,
    };
    const char *what = n->what ? n->what : n->conv ? n->conv->name : "";
    int err = hl_events_error(n);
    const char *why = n->why ? n->why : err ? hl_err_text(err) : NULL;
    char text[HL_EVENTS_MARKS]; /* the longest of these */

    if (n->kind == HL_NOTICE_COUNT || levels[n->kind] > log->level || log->fd < 0)
        return;
    if (n->bound)
        what = hl_session_bound_text(n->bound, text);
    if (n->host)
        what = hl_news_text(n->host, false, text);
    if (n->kind == HL_NOTICE_CONTACT)
        why = mark_word(n->conv);
    if (n->kind == HL_NOTICE_DROPPED)
        hl_log_write(log, levels[n->kind], "dropped %llu", (unsigned long long)n->count);
    else
        hl_log_write(log, levels[n->kind], "%s %s%s%s", rows[n->kind].name, what, why ? ": " : "",
                     why ? why : "");
}
