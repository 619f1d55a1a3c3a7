/* SPDX-License-Identifier: MIT */
#include "session.h"

#include "addr.h"
#include "attach.h"
#include "i18n.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void explain(char why[static HL_WHY_MAX], const char *what, int err)
{
    snprintf(why, HL_WHY_MAX, "%.100s: %s", what, _(hl_err_text(err)));
}

/* What the messenger is to tell of. All of these commands listen, if only to speak. */
static uint64_t interests(const struct hl_options *o)
{
    bool answers = o->linger != HL_UNSET;

    switch ((int)o->verb) {
    case HL_VERB_CHAT:
        return HL_CTL_F_LISTENS | HL_CTL_F_ENTRIES | HL_CTL_F_UNSHOWN | HL_CTL_F_CONTACTS |
               HL_CTL_F_STATES | HL_CTL_F_HOST;
    case HL_VERB_LISTEN:
        return HL_CTL_F_LISTENS | HL_CTL_F_ENTRIES | HL_CTL_F_UNSHOWN | HL_CTL_F_CONTACTS;
    default:
        return HL_CTL_F_LISTENS | HL_CTL_F_CONTACTS | (answers ? HL_CTL_F_ENTRIES : 0);
    }
}

int hl_session_start(struct hl_session *s, const struct hl_options *o,
                     const struct hl_talk_ops *ops, void *user, char why[static HL_WHY_MAX])
{
    bool encrypted = !o->plain && o->verb != HL_VERB_RESOLVE; /* asking for names needs no key */
    char reason[HL_STORE_WHY];
    struct hl_attach attach;
    const struct hl_talk_config config = {
        .net = {.ipv4_only = o->ipv4_only,
                .ipv6_only = o->ipv6_only,
                .route_events = ops->host != NULL,
                .send_gap = o->plain && o->rate ? HL_SECS(1) / o->rate : 0},
        .newline = o->newline,
        .pairing = o->pair,
        .client = encrypted ? &attach.config : NULL,
        .keep_delivered = o->wait == HL_WAIT_READ,
        .prefer_tcp = o->tcp,
    };
    int err;

    *s = (struct hl_session){.options = o};
    err = encrypted ? hl_attach_init(&attach, o, interests(o), why) : 0;
    if (err)
        return err;
    err = hl_talk_new(&config, ops, user, &s->talk, reason);
    if (encrypted)
        hl_attach_wipe(&attach);
    if (err)
        snprintf(why, HL_WHY_MAX, "%.*s", HL_WHY_MAX - 1, reason);
    return err;
}

void hl_session_stop(struct hl_session *s, hl_time flush)
{
    if (s->talk)
        hl_talk_free(s->talk, flush);
    s->talk = NULL;
}

int hl_session_listen(struct hl_session *s, const char *typed, bool port_default, bool udp_only,
                      char why[static HL_WHY_MAX])
{
    size_t count = 0;
    int err = s->bound_count + 2 > HL_BOUND_MAX
                  ? -EMFILE
                  : hl_talk_listen(s->talk, typed, port_default, udp_only,
                                   s->bound + s->bound_count, &count);

    if (err) {
        snprintf(why, HL_WHY_MAX, _("cannot listen on %.100s: %s"), typed, _(hl_err_text(err)));
        return err;
    }
    s->bound_count += count;
    return 0;
}

int hl_session_listen_all(struct hl_session *s, enum hl_listen_default fallback,
                          char why[static HL_WHY_MAX])
{
    const struct hl_options *o = s->options;
    char port[8];
    int err = 0;

    for (size_t i = 0; i < o->listen_count && err == 0; i++)
        err = hl_session_listen(s, o->listen[i], false, false, why);
    if (o->listen_count || fallback == HL_LISTEN_NONE)
        return err;
    if (fallback == HL_LISTEN_EPHEMERAL)
        return hl_session_listen(s, "0", false, true, why);
    snprintf(port, sizeof port, "%d", HL_PORT_DEFAULT);
    return hl_session_listen(s, port, true, false, why);
}

int hl_session_open(struct hl_session *s, const char *typed, struct hl_conv **out,
                    char why[static HL_WHY_MAX])
{
    const struct hl_options *o = s->options;
    int err = hl_talk_open(s->talk, typed, o->timeout == HL_UNSET ? 0 : o->timeout, out);

    if (err)
        explain(why, typed, err);
    return err;
}

int hl_session_join(const char *address, const char *port, char *out, size_t size)
{
    struct hl_endpoint e;
    uint16_t number;
    bool bare;
    int len;
    int err = hl_endpoint_parse(address, &e);

    if (err)
        return err;
    if (*port == '\0' || e.port_given || e.kind == HL_HOST_PATH) {
        len = snprintf(out, size, "%s", address);
    } else {
        err = hl_port_parse(port, false, &number);
        if (err)
            return err;
        bare = e.kind == HL_HOST_IPV6 && !strchr(address, '[');
        len = snprintf(out, size, bare ? "[%s]:%u" : "%s:%u", address, number);
    }
    return len < 0 || (size_t)len >= size ? HL_ERR_BAD_ENDPOINT : 0;
}

const char *hl_session_transport(enum hl_transport t)
{
    static const char *const names[] = {
        [HL_UDP] = "udp",
        [HL_TCP] = "tcp",
        [HL_UNIX_STREAM] = "unix",
        [HL_UNIX_DGRAM] = "unix-dgram",
        [HL_UNIX_SEQPACKET] = "unix-seqpacket",
    };

    return names[t];
}

const char *hl_session_bound_text(const struct hl_bound *b, char out[static HL_BOUND_TEXT])
{
    static const char *const schemes[] = {
        [HL_UDP] = "",
        [HL_TCP] = "tcp://",
        [HL_UNIX_STREAM] = "",
        [HL_UNIX_DGRAM] = "unix-dgram:",
        [HL_UNIX_SEQPACKET] = "unix-seqpacket:",
    };
    const char *scheme = schemes[b->transport];
    char text[HL_ADDR_TEXT];
    const char *rest = hl_addr_format(&b->addr, text);

    if (b->addr.family == HL_AF_UNIX && *scheme)
        rest += sizeof "unix:" - 1;
    snprintf(out, HL_BOUND_TEXT, "%s%s", scheme, rest);
    return out;
}
