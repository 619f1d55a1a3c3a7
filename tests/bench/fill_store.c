/* SPDX-License-Identifier: MIT */
/* Fills the store of a home, fast: for benchmarks that need a long history.
 * usage: fill-store DATABASE MESSAGES
 *
 * Half of them ours, in ten conversations, of 6 to 14 words each. Words come from 20,000, the
 * n-th as often as 1/n (Zipf), as in real text; the rarest are found a few times in a million
 * messages. "needle" stands in one of 100,000. */
#include "entropy.h"
#include "store.h"

#include "stats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONTACTS = 10, WORDS = 20000, BATCH = 10000, NEEDLES = 100000, BODY = 400 };

static char words[WORDS][12];
static uint64_t chance = 4711;

static uint64_t draw(void)
{
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return chance;
}

static void make_words(void)
{
    static const char *const syllables[] = {"ba", "ko", "mi", "re", "tu", "la", "so", "ne",
                                            "vi", "da", "pu", "ge", "fo", "hi", "za", "we"};

    for (size_t i = 0; i < WORDS; i++) {
        char *end = words[i];

        for (size_t rest = i + 16; rest; rest /= 16)
            end = stpcpy(end, syllables[rest % 16]);
    }
}

static const char *word(void)
{
    double uniform = (double)(draw() >> 11) / (double)(1ULL << 53);

    return words[(size_t)exp(uniform * log(WORDS)) % WORDS];
}

static size_t make_body(char *out, uint64_t number)
{
    size_t count = 6 + draw() % 9;
    char *end = out;

    if (number % NEEDLES == NEEDLES / 2)
        end = stpcpy(end, "needle ");
    for (size_t i = 0; i < count; i++) {
        end = stpcpy(end, word());
        *end++ = ' ';
    }
    return (size_t)(end - out) - 1;
}

static void check(struct hl_store *s, int err, const char *what)
{
    if (err == 0)
        return;
    fprintf(stderr, "fill-store: %s: %d, %s\n", what, err, hl_store_why(s));
    exit(1);
}

static void add(struct hl_store *s, uint64_t number)
{
    const struct hl_ledger *l = hl_store_ledger(s);
    static const struct hl_ledger_expiry never;
    uint32_t contact = (uint32_t)(number / 2 % CONTACTS) + 1;
    uint64_t seq = number / 2 / CONTACTS + 1;
    char body[BODY];
    struct hl_ledger_row row;
    struct hl_entry e = {.kind = HL_ENTRY_TEXT, .seq = seq, .body = (const uint8_t *)body};

    e.len = make_body(body, number);
    e.time_ms = 1700000000000 + (int64_t)number * 1000;
    hl_entry_make_id(hl_entropy_env(), e.time_ms, e.id);
    if (number % 2) {
        check(s, l->take(l->user, contact, &e, 0, seq + 1, &row), "take");
        return;
    }
    check(s, l->queue(l->user, contact, &e, &never, &row), "queue");
    check(s, l->set_state(l->user, row.row, HL_STATE_DELIVERED, 0), "set_state");
}

static void add_contacts(struct hl_store *s)
{
    for (int i = 1; i <= CONTACTS; i++) {
        struct hl_contact c = {.has_key = true, .named = true};

        c.key[0] = (uint8_t)i;
        snprintf(c.name, sizeof c.name, "contact %d", i);
        check(s, hl_store_contact_put(s, &c), c.name);
    }
}

static void fill(struct hl_store *s, uint64_t count)
{
    const struct hl_ledger *l = hl_store_ledger(s);
    const uint64_t rows = count; /* the store was empty: row numbers are those of the messages */

    for (uint64_t done = 0; done < count;) {
        check(s, l->begin(l->user), "begin");
        for (uint64_t end = done + BATCH; done < end && done < count; done++)
            add(s, done);
        check(s, l->commit(l->user), "commit");
    }
    check(s, hl_store_set_shown(s, rows), "set_shown"); /* else listen prints half of them */
}

int main(int argc, char **argv)
{
    struct hl_store_config config = {.path = argc > 1 ? argv[1] : ""};
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    char why[HL_STORE_WHY];
    struct hl_store *s;
    double start = stats_now();
    bool more = true;

    if (count == 0) {
        fprintf(stderr, "usage: fill-store DATABASE MESSAGES\n");
        return 2;
    }
    if (hl_store_open(&config, &s, why)) {
        fprintf(stderr, "fill-store: %s\n", why);
        return 1;
    }
    make_words();
    add_contacts(s);
    fill(s, count);
    stats_print("filled_per_s", (double)count * 1e6 / (stats_now() - start));
    while (more)
        check(s, hl_store_tidy(s, &more), "tidy");
    stats_print("filled_and_indexed_per_s", (double)count * 1e6 / (stats_now() - start));
    hl_store_close(s);
    return 0;
}
