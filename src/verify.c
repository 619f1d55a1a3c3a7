/* SPDX-License-Identifier: MIT */
/* hullo verify: the number that two people compare, to know that nobody stands between them. */
#include "ask.h"
#include "identity.h"
#include "question.h"
#include "safety.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    GROUP = 5,
    GROUPS_A_LINE = 4,
    TEXT_MAX = 1024,
};

static int mark(struct hl_ask *a, const struct hl_known *k)
{
    struct hl_ctl request = {
        .kind = HL_CTL_CONTACT_VERIFY, .contact = k->id, .flags = HL_CTL_ON, .has_key = true};
    struct hl_known now = *k;
    const struct hl_ask_each each = {hl_ask_take_contact, &now};
    int status;

    /* The key whose number was compared, whatever has happened since. */
    memcpy(request.key, k->key, sizeof request.key);
    status = hl_ask_make(a, &request, k->name, &each, NULL);
    if (status == HL_EXIT_DONE && a->program->options->json)
        hl_ask_print_contact(a, &now);
    else if (status == HL_EXIT_DONE)
        hl_report(k->name, "verified");
    return status;
}

static void print_number(struct hl_ask *a, const char number[static HL_SAFETY_DIGITS + 1])
{
    for (size_t at = 0; at < HL_SAFETY_DIGITS; at += GROUP * GROUPS_A_LINE) {
        char line[64];

        snprintf(line, sizeof line, "    %.5s  %.5s  %.5s  %.5s", number + at, number + at + GROUP,
                 number + at + 2 * GROUP, number + at + 3 * GROUP);
        hl_print_line(&a->printer, line);
    }
}

static void print_safety(struct hl_ask *a, const struct hl_known *k,
                         const char number[static HL_SAFETY_DIGITS + 1])
{
    struct hl_conv conv;
    char line[TEXT_MAX];

    if (a->program->options->json) {
        hl_known_conv(k, &conv);
        hl_print(&a->printer, &(struct hl_notice){.kind = HL_NOTICE_SAFETY,
                                                  .conv = &conv,
                                                  .text = number,
                                                  .text_len = HL_SAFETY_DIGITS});
        return;
    }
    snprintf(line, sizeof line, "The safety number of %s and you%s:", k->name,
             k->flags & HL_CTL_C_VERIFIED ? ", which you have compared" : "");
    hl_print_line(&a->printer, line);
    print_number(a, number);
    hl_print_line(
        &a->printer,
        "The other side sees the same with `hullo verify' there. Compare them by voice or");
    hl_print_line(&a->printer, "side by side: if they are equal, nobody stands between you two.");
}

/* Spaces and hyphens may stand anywhere, as people write such numbers. False if it is none. */
static bool read_number(const char *typed, char out[static HL_SAFETY_DIGITS + 1])
{
    size_t len = 0;

    for (; *typed; typed++) {
        if (strchr(" -\t\n", *typed))
            continue;
        if (*typed < '0' || *typed > '9' || len == HL_SAFETY_DIGITS)
            return false;
        out[len++] = *typed;
    }
    out[len] = '\0';
    return len == HL_SAFETY_DIGITS;
}

static int compare(struct hl_ask *a, const struct hl_known *k,
                   const char number[static HL_SAFETY_DIGITS + 1])
{
    const struct hl_options *o = a->program->options;
    char typed[HL_SAFETY_DIGITS + 1];
    char question[TEXT_MAX];
    int status;

    if (o->number) {
        if (!read_number(o->number, typed)) {
            hl_report("--number", "a safety number has 60 digits");
            return HL_EXIT_USAGE;
        }
        if (strcmp(typed, number) != 0)
            return hl_ask_failed(a, k->name,
                                 "the safety numbers differ: somebody may stand between you",
                                 HL_ERR_KEY_CHANGED);
        return mark(a, k);
    }
    print_safety(a, k, number);
    if (k->flags & HL_CTL_C_VERIFIED || (!o->yes && (o->json || !isatty(STDIN_FILENO))))
        return HL_EXIT_DONE;
    snprintf(question, sizeof question, "Is it the same for %s?", k->name);
    status = hl_ask_confirm(a, question);
    return status == HL_EXIT_FAILED ? HL_EXIT_IDENTITY : status ? status : mark(a, k);
}

static int verify(struct hl_ask *a, const char *typed)
{
    char number[HL_SAFETY_DIGITS + 1];
    struct hl_known k;
    int status = hl_ask_contact(a, typed, &k);

    if (status)
        return status;
    if (k.flags & HL_CTL_C_CHANGED)
        return hl_ask_failed(a, k.name,
                             "another key than before answers: see `hullo contact accept'"
                             " and `keep'",
                             HL_ERR_KEY_CHANGED);
    if (!(k.flags & HL_CTL_C_HAS_KEY)) {
        hl_report(k.name, "its key is not known yet: talk to it once, or give its hullo: link");
        return HL_EXIT_FAILED;
    }
    hl_safety_number(hl_client_key(a->client), k.key, number);
    return compare(a, &k, number);
}

int hl_verify_run(struct hl_program *p)
{
    struct hl_ask a;
    int status = hl_ask_start(&a, p);

    if (status == HL_EXIT_DONE)
        status = verify(&a, p->options->args[0]);
    return hl_ask_stop(&a, status);
}
