/* SPDX-License-Identifier: MIT */
/* From what a user types to a contact: its name or number, a hullo: link, an address. */
#include "messenger_inside.h"

#include "link.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- addresses ---- */

static const char *scheme_of(const struct hl_endpoint *e)
{
    static const char *const schemes[] = {[HL_UDP] = "",
                                          [HL_TCP] = "tcp://",
                                          [HL_UNIX_STREAM] = "unix:",
                                          [HL_UNIX_DGRAM] = "unix-dgram:",
                                          [HL_UNIX_SEQPACKET] = "unix-seqpacket:"};

    return e->transport == HL_UDP && e->transport_given ? "udp://" : schemes[e->transport];
}

/* One spelling for each endpoint, so that it is found again: the port always stands there. */
static void spell(const struct hl_endpoint *e, char out[static HL_CONTACT_ADDRESS])
{
    char text[HL_ADDR_TEXT];
    char host[HL_HOST_MAX + HL_ZONE_MAX];
    char port[HL_SERVICE_MAX];

    if (e->kind == HL_HOST_PATH) {
        snprintf(out, HL_CONTACT_ADDRESS, "%s%s", scheme_of(e),
                 hl_addr_text(&e->addr, text) + strlen("unix:"));
        return;
    }
    snprintf(host, sizeof host, "%s%s%s", e->host, *e->zone ? "%" : "", e->zone);
    for (char *at = host; *at && e->kind == HL_HOST_NAME; at++)
        *at = (char)tolower((unsigned char)*at);
    snprintf(port, sizeof port, "%u", e->port_given ? e->port : HL_PORT_DEFAULT);
    snprintf(out, HL_CONTACT_ADDRESS, e->kind == HL_HOST_IPV6 ? "%s[%s]:%s" : "%s%s:%s",
             scheme_of(e), host, *e->service ? e->service : port);
}

/* The address as it is stored; and as if no transport had been wished for. */
struct spelling {
    char wished[HL_CONTACT_ADDRESS];
    char plain[HL_CONTACT_ADDRESS];
};

static int spell_typed(const struct hl_typed *t, const char *text, struct spelling *out)
{
    struct hl_endpoint e;
    int err = hl_endpoint_parse(text, &e);

    if (err)
        return err;
    spell(&e, out->plain);
    if (t->prefer_tcp && e.transport == HL_UDP && !e.transport_given)
        e.transport = HL_TCP;
    spell(&e, out->wished);
    return 0;
}

static int by_address(struct hl_messenger *m, const struct spelling *s, struct hl_party **out)
{
    struct hl_contact c;
    int err = hl_store_contact_by_address(m->store, s->wished, &c);

    if (err == -ENOENT && strcmp(s->wished, s->plain) != 0)
        err = hl_store_contact_by_address(m->store, s->plain, &c);
    *out = err ? NULL : hl_party_find(m, c.id);
    return err || *out ? err : -ENOENT;
}

static int add_address(struct hl_messenger *m, const struct hl_party *p, const char *text)
{
    struct hl_contact_address known[HL_CONTACT_ADDRESSES];
    struct hl_contact_address a = {.worked_ms = 0};
    size_t count = 0;
    int err = hl_store_addresses(m->store, p->contact.id, known, &count);

    for (size_t i = 0; err == 0 && i < count; i++) {
        if (strcmp(known[i].text, text) == 0)
            return 0; /* and when it worked is known */
    }
    snprintf(a.text, sizeof a.text, "%s", text);
    return err ? err : hl_store_address_put(m->store, p->contact.id, &a);
}

/* ---- contacts ---- */

static int make(struct hl_messenger *m, const char *name, const uint8_t *key, struct hl_party **out)
{
    struct hl_contact c = {.added_ms = hl_messenger_wall()};
    int err;

    snprintf(c.name, sizeof c.name, "%.*s", (int)sizeof c.name - 1, name);
    if (key) {
        c.has_key = true;
        memcpy(c.key, key, sizeof c.key);
    }
    err = hl_store_contact_put(m->store, &c);
    if (err)
        return err;
    *out = hl_party_new(m, &c);
    if (!*out)
        return -ENOMEM;
    hl_reach_admit(m, *out);
    hl_party_changed(m, *out, 0);
    return 0;
}

static int find_address(struct hl_messenger *m, const struct hl_typed *t, struct hl_party **out)
{
    struct spelling s;
    int err = spell_typed(t, t->text, &s);

    if (err)
        return err;
    err = by_address(m, &s, out);
    if (err == -ENOENT && t->make) {
        err = make(m, t->text, NULL, out);
        if (err == 0)
            err = add_address(m, *out, s.wished);
    } else if (err == 0 && t->make && t->prefer_tcp) {
        err = add_address(m, *out, s.wished);
    }
    return err;
}

/* ---- links ---- */

/* Whoever is known at the address of a link without a key gets the key of the link. */
static int pin(struct hl_messenger *m, struct hl_party *p, const uint8_t *key)
{
    struct hl_contact c = p->contact;
    int err;

    if (c.has_key)
        return HL_ERR_KEY_CHANGED;
    c.has_key = true;
    memcpy(c.key, key, sizeof c.key);
    err = hl_party_save(m, p, &c);
    if (err == 0) {
        hl_reach_drop(m, p, 0); /* it may be calling whoever answers */
        hl_reach_admit(m, p);
    }
    return err;
}

static int find_link(struct hl_messenger *m, const struct hl_typed *t, struct hl_party **out)
{
    struct spelling s = {.wished = ""};
    struct hl_link link;
    int err = hl_link_parse(t->text, &link) ? HL_ERR_BAD_ENDPOINT : 0;

    if (err == 0 && *link.address)
        err = spell_typed(t, link.address, &s);
    if (err)
        return err;
    *out = hl_party_by_key(m, link.key);
    if (!*out && *s.wished) {
        err = by_address(m, &s, out);
        if (err == 0)
            err = t->make || (*out)->contact.has_key ? pin(m, *out, link.key) : -ENOENT;
    } else if (!*out) {
        err = -ENOENT;
    }
    if (err == -ENOENT && t->make)
        err = make(m, *link.address ? link.address : "hullo", link.key, out);
    if (err == 0 && t->make && *s.wished)
        err = add_address(m, *out, s.wished);
    return err;
}

/* ---- all ---- */

int hl_typed_find(struct hl_messenger *m, const struct hl_typed *t, struct hl_party **out)
{
    struct hl_contact c;
    char *end;
    unsigned long number;
    int err;

    *out = NULL;
    if (hl_link_is(t->text))
        return find_link(m, t, out);
    err = hl_store_contact_by_name(m->store, t->text, &c);
    if (err != -ENOENT) {
        *out = err ? NULL : hl_party_find(m, c.id);
        return err || *out ? err : -ENOENT;
    }
    number = isdigit((unsigned char)*t->text) ? strtoul(t->text, &end, 10) : 0;
    if (number > 0 && *end == '\0') { /* which can be no host */
        *out = hl_party_find(m, number);
        return *out ? 0 : -ENOENT;
    }
    return find_address(m, t, out);
}
