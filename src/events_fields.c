/* SPDX-License-Identifier: MIT */
/* The fields of events: what they are called, and where their values come from. */
#include "addr.h"
#include "base64.h"
#include "events.h"
#include "identity.h"
#include "known.h"
#include "news.h"
#include "utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

static json_t *rfc3339(int64_t us)
{
    char text[48];
    time_t seconds = us / 1000000;
    struct tm utc;
    size_t len;

    gmtime_r(&seconds, &utc);
    len = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + len, sizeof text - len, ".%06dZ", (int)(us % 1000000));
    return json_string(text);
}

static json_t *when(const struct hl_notice *n)
{
    int64_t us = n->time_us;
    struct timespec now;

    if (us == 0 && n->kind == HL_NOTICE_ENTRY)
        us = n->record->until * 1000;
    if (us == 0) {
        clock_gettime(CLOCK_REALTIME, &now);
        us = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
    }
    return rfc3339(us);
}

/* A peer's clock may say anything: only years that four digits can write. */
static json_t *author_time(const struct hl_notice *n)
{
    const int64_t end = INT64_C(253402300800000); /* 10000-01-01 */
    int64_t ms = n->record->time;

    return ms > 0 && ms < end ? rfc3339(ms * 1000) : NULL;
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
    if (!n->conv || (n->kind == HL_NOTICE_ENTRY && n->conv->address[0] == '\0'))
        return NULL; /* read from the store, which does not know how it came */
    return json_string(hl_session_transport(n->conv->path.transport));
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

static struct hl_ctl_bytes said(const struct hl_notice *n)
{
    return n->message ? (struct hl_ctl_bytes){n->message->text, n->message->len} : n->record->text;
}

static json_t *text(const struct hl_notice *n)
{
    struct hl_ctl_bytes b = said(n);

    return repaired(b.at, b.len);
}

static json_t *bytes(const struct hl_notice *n)
{
    struct hl_ctl_bytes b = said(n);
    char *encoded;
    json_t *out;

    if (hl_utf8_valid(b.at, b.len))
        return NULL;
    encoded = malloc(hl_base64_size(b.len));
    if (!encoded)
        return NULL;
    out = json_stringn(encoded, hl_base64_encode(encoded, b.at, b.len));
    free(encoded);
    return out;
}

static json_t *hex(const uint8_t *id)
{
    char out[HL_EVENTS_ID];

    return json_string(hl_events_id(id, out));
}

static json_t *id(const struct hl_notice *n)
{
    if (n->fate)
        return n->fate->id ? hex(n->fate->id) : NULL;
    return n->record->has_id ? hex(n->record->id) : NULL;
}

static json_t *target(const struct hl_notice *n)
{
    return n->record->has_target ? hex(n->record->target) : NULL;
}

static json_t *row(const struct hl_notice *n)
{
    uint64_t number = n->fate ? n->fate->row : n->record->row;

    return number ? json_integer((json_int_t)number) : NULL;
}

static json_t *place(const struct hl_notice *n)
{
    return n->record->pos ? json_integer((json_int_t)n->record->pos) : NULL;
}

static json_t *kind(const struct hl_notice *n)
{
    const char *known = hl_entry_kind_name((int)n->record->code);

    return json_string(known ? known : "unknown");
}

static json_t *state(const struct hl_notice *n)
{
    const char *known = hl_entry_state_name((int)n->record->state);

    return known && n->record->flags & HL_CTL_E_OURS ? json_string(known) : NULL;
}

static json_t *mark(const struct hl_notice *n, uint64_t which)
{
    return n->record->flags & which ? json_true() : NULL;
}

static json_t *ours(const struct hl_notice *n)
{
    return json_boolean(n->record->flags & HL_CTL_E_OURS);
}

static json_t *old(const struct hl_notice *n)
{
    return mark(n, HL_CTL_E_OLD);
}

static json_t *edited(const struct hl_notice *n)
{
    return mark(n, HL_CTL_E_EDITED);
}

static json_t *deleted(const struct hl_notice *n)
{
    return mark(n, HL_CTL_E_DELETED);
}

static json_t *changed(const struct hl_notice *n)
{
    return mark(n, HL_CTL_E_CHANGED);
}

static json_t *reactions(const struct hl_notice *n)
{
    return n->record->other.len ? repaired(n->record->other.at, n->record->other.len) : NULL;
}

static json_t *missing(const struct hl_notice *n)
{
    return n->record->count ? json_integer((json_int_t)n->record->count) : NULL;
}

static json_t *lost(const struct hl_notice *n)
{
    return mark(n, HL_CTL_LOST);
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
    return n->fate->msg ? json_integer((json_int_t)n->fate->msg) : NULL;
}

static json_t *count(const struct hl_notice *n)
{
    return json_integer((json_int_t)(n->record ? n->record->count : n->count));
}

static json_t *reason(const struct hl_notice *n)
{
    int err = hl_events_error(n);

    if (n->why)
        return string(n->why);
    if (n->kind == HL_NOTICE_STORAGE && n->record->text.len)
        return repaired(n->record->text.at, n->record->text.len);
    return err ? json_string(hl_err_word(err)) : NULL;
}

static json_t *status(const struct hl_notice *n)
{
    static const char *const classes[] = {
        [HL_CLASS_OK] = "done",           [HL_CLASS_RUNTIME] = "runtime",
        [HL_CLASS_USAGE] = "usage",       [HL_CLASS_NAME] = "name",
        [HL_CLASS_TIMEOUT] = "timeout",   [HL_CLASS_UNREACHABLE] = "unreachable",
        [HL_CLASS_IDENTITY] = "identity", [HL_CLASS_STORAGE] = "storage",
    };

    int err = hl_events_error(n);

    return err ? json_string(classes[hl_err_class(err)]) : NULL;
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

static bool has_mark(const struct hl_notice *n, uint32_t which)
{
    return n->conv && (n->conv->marks & which) != 0;
}

static json_t *key_text(const uint8_t *bytes)
{
    char text[HL_IDENTITY_HEX];

    return json_string(hl_identity_hex(bytes, text));
}

static json_t *key(const struct hl_notice *n)
{
    if (n->own)
        return key_text(n->own->key);
    return has_mark(n, HL_CTL_C_HAS_KEY) ? key_text(n->conv->key) : NULL;
}

static json_t *new_key(const struct hl_notice *n)
{
    return has_mark(n, HL_CTL_C_CHANGED) ? key_text(n->conv->new_key) : NULL;
}

static json_t *verified(const struct hl_notice *n)
{
    return json_boolean(has_mark(n, HL_CTL_C_VERIFIED));
}

static json_t *blocked(const struct hl_notice *n)
{
    return json_boolean(has_mark(n, HL_CTL_C_BLOCKED));
}

static json_t *like(const struct hl_notice *n)
{
    return has_mark(n, HL_CTL_C_LIKE) ? string(n->conv->like) : NULL;
}

static json_t *nick(const struct hl_notice *n)
{
    return string(n->conv->nick);
}

static json_t *moment(int64_t ms)
{
    return ms > 0 ? rfc3339(ms * 1000) : NULL;
}

static json_t *heard(const struct hl_notice *n)
{
    return n->known ? moment(n->known->heard_ms) : NULL;
}

static json_t *added(const struct hl_notice *n)
{
    return n->known ? moment(n->known->added_ms) : NULL;
}

static json_t *note(const struct hl_notice *n)
{
    return n->known ? string(n->known->note) : NULL;
}

static json_t *reach(const struct hl_notice *n)
{
    return n->known ? json_string(hl_known_reach(n->known)) : NULL;
}

static json_t *unread(const struct hl_notice *n)
{
    return json_integer((json_int_t)n->conv->unread);
}

static json_t *waiting(const struct hl_notice *n)
{
    return json_integer((json_int_t)n->conv->waiting);
}

static json_t *on(const struct hl_notice *n)
{
    return json_boolean(n->record ? n->record->flags & HL_CTL_ON : has_mark(n, HL_CTL_C_AWAY));
}

static json_t *away(const struct hl_notice *n)
{
    return has_mark(n, HL_CTL_C_AWAY) ? json_true() : NULL;
}

static json_t *away_why(const struct hl_notice *n)
{
    return string(n->conv->why);
}

static json_t *safety(const struct hl_notice *n)
{
    return json_stringn(n->text, n->text_len);
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

/* ---- the table ---- */

static const struct hl_event_field fields[] = {
    {"v", "integer", "version of this format", version},
    {"event", "string", "what happened", event},
    {"time", "string", "RFC 3339, UTC, with microseconds", when},
    {"conversation", "integer", "number of the conversation, from 1", conversation},
    {"from", "string", "address of the peer", peer},
    {"peer", "string", "address of the peer", peer},
    {"to", "string", "our address that was used", local},
    {"name", "string",
     "the contact's name, or our own; plain: the peer as typed here, else its address", name},
    {"nick", "string", "what the peer calls itself", nick},
    {"transport", "string", "udp, tcp, unix, unix-dgram or unix-seqpacket", transport},
    {"address", "string", "an address", address},
    {"id", "string", "of the entry: 32 hexadecimal digits, chosen at random by its author", id},
    {"row", "integer", "of the entry in this home: rises with each", row},
    {"place", "integer", "of the entry in its conversation", place},
    {"kind", "string", "of the entry: text, edit, delete, react or cancel", kind},
    {"target", "string", "id of the entry that it answers or changes", target},
    {"ours", "boolean", "said on this side", ours},
    {"state", "string", "of an entry of ours: queued, sent, delivered, read ...", state},
    {"written", "string", "as time, by the clock of its author", author_time},
    {"old", "boolean", "it came before this program was there", old},
    {"changed", "boolean", "it was told of before, and is now like this", changed},
    {"edited", "boolean", "its author has changed it", edited},
    {"deleted", "boolean", "its author has taken its text away", deleted},
    {"reactions", "string", "to it, with their numbers", reactions},
    {"missing", "integer", "entries that are missing right before it", missing},
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
    {"note", "string", "our own words about it", note},
    {"reach", "string", "idle, looking, up, closed or failed", reach},
    {"unread", "integer", "entries of the peer's that our user has not seen", unread},
    {"waiting", "integer", "entries of ours that are not delivered", waiting},
    {"heard", "string", "as time: when it was last heard", heard},
    {"added", "string", "as time: when it became a contact", added},
    {"number", "string", "60 digits, the same on both sides if nobody stands between", safety},
    {"link", "string", "a hullo: link to ourselves", link_of},
    {"passphrase", "boolean", "whether key and store are kept under one", passphrase},
    {"new_key", "string", "the key of who answers in its place", new_key},
    {"verified", "boolean", "our user has compared the safety number", verified},
    {"blocked", "boolean", "neither heard nor answered", blocked},
    {"like", "string", "the contact whose name it imitates", like},
    {"away", "boolean", "its user is", away},
    {"why", "string", "why its user is away, in his words", away_why},
    {"lost", "boolean", "gone for good: its author has it no more", lost},
    {"on", "boolean", "it began; else it ended", on},
    {"what", "string", "what it is about", what},
    {"source", "string", "who knew it: literal, cache, system or mdns", source},
    {"host", "string", "a host name", host},
    {"interface", "string", "name of the network interface, or its number if it is gone",
     interface},
    {"took", "number", "seconds after the question", took},
};

const struct hl_event_field *hl_events_fields(size_t *count)
{
    *count = sizeof fields / sizeof *fields;
    return fields;
}

const struct hl_event_field *hl_events_field(const char *wanted)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (strcmp(fields[i].name, wanted) == 0)
            return &fields[i];
    }
    return NULL;
}
