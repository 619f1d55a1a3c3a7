/* SPDX-License-Identifier: MIT */
/* hullo contact: who is known here, and what is to be done about them. */
#include "ask.h"
#include "identity.h"
#include "link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAME_COLUMNS = 24, /* a longer name moves its own line alone */
    QUESTION = 1024,
};

/* ---- the list ---- */

static void print_row(struct hl_ask *a, const struct hl_known *k, size_t name_columns)
{
    const size_t widths[] = {name_columns, HL_IDENTITY_SHORT - 1, 10, 21, 0};
    char key[HL_IDENTITY_SHORT] = "no key yet";
    char marks[HL_KNOWN_MARKS];
    const char *texts[] = {k->name, key, hl_known_marks(k, marks), k->address, k->note};

    if (k->flags & HL_CTL_C_HAS_KEY)
        hl_identity_short(k->key, key);
    hl_ask_print_columns(a, texts, widths, sizeof texts / sizeof *texts);
}

static int list(struct hl_ask *a)
{
    struct hl_known *all;
    size_t columns = 0;
    size_t count;
    int status = hl_ask_contacts(a, &all, &count);

    for (size_t i = 0; i < count; i++) {
        size_t width = hl_ask_width(a, all[i].name);

        if (width > columns && width <= NAME_COLUMNS)
            columns = width;
    }
    for (size_t i = 0; i < count; i++) {
        if (a->program->options->json)
            hl_ask_print_contact(a, &all[i]);
        else
            print_row(a, &all[i], columns);
    }
    free(all);
    return status;
}

/* ---- one contact ---- */

/* Makes the request, and shows the contact as it is then. */
static int change(struct hl_ask *a, struct hl_ctl *request, const char *what)
{
    struct hl_known now = {.id = 0};
    const struct hl_ask_each each = {hl_ask_take_contact, &now};
    int status = hl_ask_make(a, request, what, &each, NULL);

    if (status == HL_EXIT_DONE && now.id && a->program->options->json)
        hl_ask_print_contact(a, &now);
    return status;
}

static int bad_name(const char *name)
{
    const char *why = hl_contact_name_wrong(name);

    if (why)
        hl_report(name, why);
    return why ? HL_EXIT_USAGE : HL_EXIT_DONE;
}

static int add(struct hl_ask *a, char **args, size_t count)
{
    struct hl_ctl request = {
        .kind = HL_CTL_CONTACT_ADD, .name = hl_ctl_bytes(args[0]), .text = hl_ctl_bytes(args[1])};
    int status = bad_name(args[0]);
    struct hl_link link;
    const char *why = hl_link_is(args[1]) ? hl_link_parse(args[1], &link) : NULL;

    (void)count;
    if (status == HL_EXIT_DONE && why) { /* in more words than the messenger has */
        hl_report(args[1], why);
        status = HL_EXIT_USAGE;
    }
    return status ? status : change(a, &request, args[0]);
}

static int rename_contact(struct hl_ask *a, char **args, size_t count)
{
    struct hl_ctl request = {.kind = HL_CTL_CONTACT_RENAME, .name = hl_ctl_bytes(args[1])};
    struct hl_known k = {.id = 0};
    int status = bad_name(args[1]);

    (void)count;
    if (status == HL_EXIT_DONE)
        status = hl_ask_contact(a, args[0], &k);
    request.contact = k.id;
    return status ? status : change(a, &request, args[1]);
}

static int set_block(struct hl_ask *a, const char *name, bool on)
{
    struct hl_ctl request = {.kind = HL_CTL_CONTACT_BLOCK, .flags = on ? HL_CTL_ON : 0};
    struct hl_known k;
    int status = hl_ask_contact(a, name, &k);

    request.contact = k.id;
    return status ? status : change(a, &request, name);
}

static int block(struct hl_ask *a, char **args, size_t count)
{
    (void)count;
    return set_block(a, args[0], true);
}

static int unblock(struct hl_ask *a, char **args, size_t count)
{
    (void)count;
    return set_block(a, args[0], false);
}

static int note(struct hl_ask *a, char **args, size_t count)
{
    char text[HL_CONTACT_NOTE] = "";
    struct hl_ctl request = {.kind = HL_CTL_CONTACT_NOTE};
    size_t len = 0;
    struct hl_known k;
    int status;

    for (size_t i = 1; i < count && len < sizeof text; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", i > 1 ? " " : "", args[i]);
    if (len >= sizeof text) {
        hl_report("note", "at most 1000 bytes");
        return HL_EXIT_USAGE;
    }
    status = hl_ask_contact(a, args[0], &k);
    request.contact = k.id;
    request.text = hl_ctl_bytes(text);
    return status ? status : change(a, &request, args[0]);
}

static int forget(struct hl_ask *a, char **args, size_t count)
{
    struct hl_ctl request = {.kind = HL_CTL_CONTACT_FORGET};
    char question[QUESTION];
    struct hl_known k;
    int status = hl_ask_contact(a, args[0], &k);

    (void)count;
    if (status)
        return status;
    if (k.waiting)
        snprintf(question, sizeof question,
                 "Forget %s, with its key and all that was said, %llu message%s not delivered yet "
                 "included?",
                 k.name, (unsigned long long)k.waiting, k.waiting == 1 ? "" : "s");
    else
        snprintf(question, sizeof question, "Forget %s, with its key and all that was said?",
                 k.name);
    status = hl_ask_confirm(a, question);
    request.contact = k.id;
    return status ? status : change(a, &request, args[0]);
}

/* A contact that another key has answered for. */
static int find_changed(struct hl_ask *a, const char *typed, struct hl_known *out)
{
    int status = hl_ask_contact(a, typed, out);

    if (status || (out->flags & HL_CTL_C_CHANGED))
        return status;
    hl_report(out->name, "has the key that it had: there is nothing to decide");
    return HL_EXIT_FAILED;
}

static int settle_key(struct hl_ask *a, const struct hl_known *k, const uint8_t *key,
                      const char *typed)
{
    struct hl_ctl request = {.kind = HL_CTL_CONTACT_ACCEPT, .contact = k->id, .has_key = true};

    memcpy(request.key, key, sizeof request.key);
    return change(a, &request, typed);
}

/* The one moment in which a person decides what no program can: whether the other key is the same
 * somebody's. */
static int accept_key(struct hl_ask *a, char **args, size_t count)
{
    char hex[HL_IDENTITY_HEX];
    char question[QUESTION];
    struct hl_known k;
    int status = find_changed(a, args[0], &k);

    (void)count;
    if (status)
        return status;
    fprintf(stderr, "key until now  %s\n", hl_identity_hex(k.key, hex));
    fprintf(stderr, "key offered    %s\n", hl_identity_hex(k.new_key, hex));
    snprintf(
        question, sizeof question,
        "Somebody with another key answers where %s did. Either %s has a new key, or somebody "
        "poses as this contact: ask by another way, not here. Is the key offered the right one?",
        k.name, k.name);
    status = hl_ask_confirm(a, question);
    if (status == HL_EXIT_FAILED)
        return HL_EXIT_IDENTITY;
    return status ? status : settle_key(a, &k, k.new_key, args[0]);
}

/* Asks nothing: whoever comes with another key again is stopped again. */
static int keep_key(struct hl_ask *a, char **args, size_t count)
{
    struct hl_known k;
    int status = find_changed(a, args[0], &k);

    (void)count;
    return status ? status : settle_key(a, &k, k.key, args[0]);
}

/* ---- the table ---- */

static const struct {
    const char *name;
    const char *args;
    size_t args_min, args_max;
    int (*run)(struct hl_ask *a, char **args, size_t count);
} subcommands[] = {
    {"add", "NAME PEER|LINK", 2, 2, add},
    {"rename", "NAME NEW", 2, 2, rename_contact},
    {"note", "NAME [TEXT...]", 1, SIZE_MAX, note},
    {"block", "NAME", 1, 1, block},
    {"unblock", "NAME", 1, 1, unblock},
    {"accept", "NAME", 1, 1, accept_key},
    {"keep", "NAME", 1, 1, keep_key},
    {"forget", "NAME", 1, 1, forget},
};

enum {
    SUBCOMMANDS = sizeof subcommands / sizeof *subcommands,
};

static void tell_usage(void)
{
    fputs("Usage: hullo contact\n", stderr);
    for (size_t i = 0; i < SUBCOMMANDS; i++)
        fprintf(stderr, "       hullo contact %s %s\n", subcommands[i].name, subcommands[i].args);
}

int hl_contact_run(struct hl_program *p)
{
    const struct hl_options *o = p->options;
    size_t count = o->arg_count ? o->arg_count - 1 : 0;
    struct hl_ask a;
    size_t i = 0;
    int status;

    while (o->arg_count && i < SUBCOMMANDS && strcmp(o->args[0], subcommands[i].name) != 0)
        i++;
    if (i == SUBCOMMANDS ||
        (o->arg_count && (count < subcommands[i].args_min || count > subcommands[i].args_max))) {
        hl_report(o->args[0], i == SUBCOMMANDS ? "no such thing can be done with contacts"
                                               : "wrong number of arguments");
        tell_usage();
        return HL_EXIT_USAGE;
    }
    status = hl_ask_start(&a, p);
    if (status == HL_EXIT_DONE)
        status = o->arg_count ? subcommands[i].run(&a, o->args + 1, count) : list(&a);
    return hl_ask_stop(&a, status);
}
