/* SPDX-License-Identifier: MIT */
/* hullo peers: contacts, and how it stands with each right now. */
#include "ask.h"
#include "date.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    COLUMNS = 6,
    WIDEST = 32, /* a longer text moves its own line alone */
};

struct row {
    char cells[COLUMNS][HL_CONTACT_ADDRESS];
};

static const char *state_word(const struct hl_known *k)
{
    if (k->flags & HL_CTL_C_BLOCKED)
        return "blocked";
    if (k->flags & HL_CTL_C_CHANGED)
        return "KEY CHANGED";
    if (k->flags & HL_CTL_C_AWAY)
        return "away";
    return k->reach == HL_REACH_FAILED ? "no answer" : hl_known_reach(k);
}

static void fill(const struct hl_known *k, struct row *out)
{
    char heard[HL_DATE_TEXT] = "never";

    if (k->heard_ms)
        hl_date_time(k->heard_ms, heard);
    snprintf(out->cells[0], sizeof out->cells[0], "%s", k->name);
    snprintf(out->cells[1], sizeof out->cells[1], "%s", state_word(k));
    snprintf(out->cells[2], sizeof out->cells[2], "%llu", (unsigned long long)k->waiting);
    snprintf(out->cells[3], sizeof out->cells[3], "%llu", (unsigned long long)k->unread);
    snprintf(out->cells[4], sizeof out->cells[4], "%s", heard);
    snprintf(out->cells[5], sizeof out->cells[5], "%s", k->address);
}

static void print_row(struct hl_ask *a, const struct row *row, const size_t widths[COLUMNS])
{
    const char *texts[COLUMNS];

    for (size_t i = 0; i < COLUMNS; i++)
        texts[i] = row->cells[i];
    hl_ask_print_columns(a, texts, widths, COLUMNS);
}

static void measure(struct hl_ask *a, const struct row *row, size_t widths[COLUMNS])
{
    for (size_t i = 0; i < COLUMNS; i++) {
        size_t width = hl_ask_width(a, row->cells[i]);

        if (width > widths[i] && width <= WIDEST)
            widths[i] = width;
    }
}

static void print_table(struct hl_ask *a, const struct hl_known *all, size_t count)
{
    static const struct row head = {
        {"NAME", "STATE", "WAITING", "UNREAD", "LAST HEARD", "ADDRESS"}};
    size_t widths[COLUMNS] = {0};
    struct row row;

    measure(a, &head, widths);
    for (size_t i = 0; i < count; i++) {
        fill(&all[i], &row);
        measure(a, &row, widths);
    }
    print_row(a, &head, widths);
    for (size_t i = 0; i < count; i++) {
        fill(&all[i], &row);
        print_row(a, &row, widths);
    }
}

static int peers(struct hl_ask *a)
{
    struct hl_known *all;
    size_t count;
    int status = hl_ask_contacts(a, &all, &count);

    if (a->program->options->json) {
        for (size_t i = 0; i < count; i++)
            hl_ask_print_contact(a, &all[i]);
    } else if (count) {
        print_table(a, all, count);
    }
    free(all);
    return status;
}

int hl_peers_run(struct hl_program *p)
{
    struct hl_ask a;
    int status = hl_ask_start(&a, p);

    if (status == HL_EXIT_DONE)
        status = peers(&a);
    return hl_ask_stop(&a, status);
}
