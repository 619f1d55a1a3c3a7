/* SPDX-License-Identifier: MIT */
/* hullo resolve: what a name means, in the order in which it would be tried. */
#include "loop.h"

#include "addr.h"
#include "clock.h"

#include <stdio.h>

struct resolve {
    struct hl_loop loop;
    struct hl_endpoint what;
    const char *typed;
    size_t count;
    bool done;
    int err;
};

static void print_address(struct resolve *r, const struct hl_found *f)
{
    char text[HL_ADDR_TEXT];
    char line[HL_ADDR_TEXT + 64];
    bool port = r->what.port_given || f->addr->family == HL_AF_UNIX;

    if (!port)
        hl_addr_text_ip(f->addr, text);
    else
        hl_addr_format(f->addr, text);
    snprintf(line, sizeof line, "%-39s  %-8.*s %9.6f s", text, (int)f->len, f->text,
             (double)f->took / (double)HL_SECS(1));
    hl_print_line(&r->loop.printer, line);
}

static void print_name(struct resolve *r, const struct hl_found *f)
{
    const char *what = f->kind == HL_FOUND_ALIAS ? "alias" : "canonical name";
    char line[HL_HOST_MAX + 32];

    snprintf(line, sizeof line, "%s %.*s", what, (int)f->len, f->text);
    hl_print_line(&r->loop.printer, line);
}

static void found(void *user, const struct hl_found *f)
{
    struct resolve *r = user;
    static const enum hl_notice_kind kinds[] = {
        [HL_FOUND_ADDRESS] = HL_NOTICE_RESOLVED,
        [HL_FOUND_ALIAS] = HL_NOTICE_ALIAS,
        [HL_FOUND_END] = HL_NOTICE_CANONICAL,
    };
    const struct hl_notice n = {.kind = kinds[f->kind], .what = r->typed, .found = f};

    if (f->kind == HL_FOUND_ADDRESS)
        r->count++;
    if (f->kind == HL_FOUND_END) {
        r->done = true;
        r->err = f->err;
        if (f->len == 0)
            return;
    }
    hl_print(&r->loop.printer, &n);
    if (r->loop.program->options->json)
        return;
    if (f->kind == HL_FOUND_ADDRESS)
        print_address(r, f);
    else
        print_name(r, f);
}

static int look_up(struct resolve *r, const struct hl_options *o)
{
    hl_time limit = o->timeout == HL_UNSET ? HL_DIAL_TIMEOUT : o->timeout;
    hl_time deadline = hl_clock_now() + limit;
    int status = 0;
    int err = hl_endpoint_parse(r->typed, &r->what);

    if (err == 0)
        err = hl_net_resolve(hl_talk_net(r->loop.session.talk), &r->what, limit, 1);
    while (err == 0 && !r->done && status == 0) {
        if (hl_clock_now() >= deadline)
            err = HL_ERR_TIMEOUT;
        else
            status = hl_loop_wait(&r->loop, NULL, 0, deadline);
    }
    if (status)
        return status;
    if (err == 0 && r->count == 0)
        err = r->err ? r->err : HL_ERR_NOT_FOUND;
    if (err) {
        hl_print(&r->loop.printer, &(struct hl_notice){.kind = HL_NOTICE_ERROR,
                                                       .err = err,
                                                       .what = r->typed,
                                                       .why = hl_err_text(err)});
    }
    return hl_exit_status(err);
}

int hl_resolve_run(struct hl_program *p)
{
    static const struct hl_talk_ops ops = {.found = found};
    struct resolve r = {.typed = p->options->args[0]};
    int status = hl_loop_start(&r.loop, p, &ops, &r);

    if (status == 0)
        status = look_up(&r, p->options);
    return hl_loop_stop(&r.loop, status);
}
