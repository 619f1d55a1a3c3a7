/* SPDX-License-Identifier: MIT */
#include "talk.h"

#include "addr.h"
#include "talk_inside.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    CONVS_MAX = 1024,
};

/* ---- life ---- */

int hl_talk_new(const struct hl_talk_config *config, const struct hl_talk_ops *ops, void *user,
                struct hl_talk **out, char why[static HL_STORE_WHY])
{
    struct hl_talk *t = calloc(1, sizeof(*t));
    int err;

    if (!t) {
        snprintf(why, HL_STORE_WHY, "%s: %s", config->client ? "messenger" : "network",
                 hl_err_text(-ENOMEM));
        return -ENOMEM;
    }
    t->config = *config;
    t->ops = *ops;
    t->user = user;
    if (t->config.convs_max == 0)
        t->config.convs_max = CONVS_MAX;
    t->mode = config->client ? &talk_home : &talk_plain;
    err = t->mode->start(t, why);
    if (err != 0) {
        free(t);
        return err;
    }
    *out = t;
    return 0;
}

void hl_talk_free(struct hl_talk *t, hl_time flush)
{
    t->mode->stop(t, flush);
    while (t->convs)
        talk_conv_free(t, t->convs);
    free(t);
}

struct hl_net *hl_talk_net(struct hl_talk *t)
{
    return t->mode->net(t);
}

int hl_talk_fd(const struct hl_talk *t)
{
    return t->mode->fd(t);
}

size_t hl_talk_queued(const struct hl_talk *t)
{
    return t->queued;
}

uint64_t hl_talk_dropped(const struct hl_talk *t)
{
    return t->dropped;
}

int hl_talk_listen(struct hl_talk *t, const char *typed, bool port_default, bool udp_only,
                   struct hl_bound bound[static 2], size_t *count)
{
    *count = 0;
    return t->mode->listen(t, typed, port_default, udp_only, bound, count);
}

/* ---- conversations ---- */

int hl_talk_open(struct hl_talk *t, const char *typed, hl_time timeout, struct hl_conv **out)
{
    struct conv *c;
    int err = t->mode->open(t, typed, timeout, &c);

    if (err != 0)
        return err;
    *out = &c->pub;
    if (t->ops.changed)
        t->ops.changed(t->user, &c->pub);
    return 0;
}

int hl_talk_say(struct hl_talk *t, struct hl_conv *c, const struct hl_saying *s, uint64_t *msg)
{
    return t->mode->say(t, (struct conv *)c, s, msg);
}

int hl_talk_send(struct hl_talk *t, struct hl_conv *c, const char *text, size_t len, uint64_t *msg)
{
    const struct hl_saying s = {.kind = HL_ENTRY_TEXT, .text = text, .len = len};

    return len == 0 ? -EINVAL : hl_talk_say(t, c, &s, msg);
}

int hl_talk_finish(struct hl_talk *t, struct hl_conv *c)
{
    return t->mode->finish(t, (struct conv *)c);
}

int hl_talk_close(struct hl_talk *t, struct hl_conv *c)
{
    return t->mode->close(t, (struct conv *)c);
}

void hl_talk_forget(struct hl_talk *t, struct hl_conv *c)
{
    t->mode->forget(t, (struct conv *)c);
    talk_conv_free(t, (struct conv *)c);
}

void hl_talk_pump(struct hl_talk *t)
{
    t->mode->pump(t);
}

/* ---- events that concern no conversation ---- */

/* Look-ups of the front end: no conversation has number 0. */
static void on_lookup(struct hl_talk *t, const struct hl_event *ev)
{
    enum hl_found_kind kind = ev->kind == HL_EV_LOOKED_UP ? HL_FOUND_ADDRESS
                              : ev->kind == HL_EV_ALIAS   ? HL_FOUND_ALIAS
                                                          : HL_FOUND_END;
    const struct hl_found found = {
        .kind = kind,
        .token = ev->token,
        .addr = kind == HL_FOUND_ADDRESS ? &ev->path.remote : NULL,
        .err = ev->err,
        .text = (const char *)ev->data,
        .len = ev->len,
        .took = (hl_time)ev->count,
    };
    bool answer = kind != HL_FOUND_END || ev->kind == HL_EV_LOOKUP_DONE;

    if (answer && t->ops.found)
        t->ops.found(t->user, &found);
}

static void on_addresses(struct hl_talk *t, const struct hl_event *ev)
{
    char what[64];
    const struct hl_host_news news = {.what = what,
                                      .addr = ev->path.local.family ? &ev->path.local : NULL,
                                      .index = (uint32_t)ev->count};

    snprintf(what, sizeof(what), "%.*s", (int)ev->len, (const char *)ev->data);
    if (t->ops.host)
        t->ops.host(t->user, &news);
}

void talk_net_event(struct hl_talk *t, const struct hl_event *ev)
{
    if (ev->kind == HL_EV_ADDRESSES) {
        on_addresses(t, ev);
    } else if (ev->kind == HL_EV_DROPPED) {
        t->dropped += ev->count;
        if (t->ops.dropped)
            t->ops.dropped(t->user, ev->count);
    } else {
        on_lookup(t, ev);
    }
}
