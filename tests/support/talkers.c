/* SPDX-License-Identifier: MIT */
#include "talkers.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static uint8_t scratch[HL_ENVELOPE_MAX];
static char words[1 << 16];

static void start(struct talker *t)
{
    t->config.env = &t->memory.env;
    t->config.ledger = &t->ledger.ledger;
    cr_assert_eq(hl_delivery_new(&t->config, &t->delivery), 0);
}

void talkers_init(struct talkers *w)
{
    *w = (struct talkers){.now = HL_SECS(1000)};
    for (int i = 0; i < 2; i++) {
        struct talker *t = &w->side[i];

        memory_init(&t->memory);
        memory_ledger_init(&t->ledger);
        t->config.read_receipts = t->config.live = true;
        (void)snprintf(t->config.nick, sizeof t->config.nick, "%s", i ? "bob" : "alice");
        start(t);
    }
}

static void clear_wire(struct talker *t)
{
    while (t->first < t->letters)
        free(t->wire[t->first++].bytes);
    t->first = t->letters = 0;
}

void talkers_fini(struct talkers *w)
{
    for (int i = 0; i < 2; i++) {
        struct talker *t = &w->side[i];

        hl_delivery_free(t->delivery);
        cr_assert_eq(t->memory.blocks, 0);
        memory_ledger_fini(&t->ledger);
        clear_wire(t);
        free(t->wire);
        free(t->told);
    }
}

/* ---- in ---- */

void talkers_id(uint8_t id[HL_ID_SIZE], int side, uint64_t n)
{
    memset(id, 'a' + side, HL_ID_SIZE);
    memcpy(id, &n, sizeof n);
}

void talkers_put(struct talkers *w, int side, const struct hl_input *in)
{
    struct hl_input copy = *in;

    copy.contact = TALKERS_PEER;
    cr_assert_eq(hl_delivery_put(w->side[side].delivery, &copy), 0);
}

void talkers_submit(struct talkers *w, int side, const struct hl_entry *e)
{
    talkers_put(w, side, &(struct hl_input){.kind = HL_INPUT_SUBMIT, .request = 5, .entry = *e});
}

void talkers_say(struct talkers *w, int side, uint64_t n, const char *text)
{
    struct hl_entry e = {.kind = HL_ENTRY_TEXT, .body = (const uint8_t *)text, .len = strlen(text)};

    talkers_id(e.id, side, n);
    talkers_submit(w, side, &e);
}

void talkers_cancel(struct talkers *w, int side, uint64_t n)
{
    struct hl_input in = {.kind = HL_INPUT_CANCEL, .request = 6};

    talkers_id(in.id, side, n);
    talkers_put(w, side, &in);
}

void talkers_envelope(struct talkers *w, int side, const struct hl_envelope *e)
{
    size_t len = hl_envelope_put(scratch, sizeof scratch, e);

    cr_assert_gt(len, 0);
    talkers_put(w, side, &(struct hl_input){.kind = HL_INPUT_ENVELOPE, .bytes = {scratch, len}});
}

/* ---- out ---- */

static void post(struct talker *t, const struct hl_effect *e)
{
    struct talkers_letter *l;

    t->sent++;
    if (t->letters == t->wire_cap) {
        t->wire_cap = t->wire_cap ? t->wire_cap * 2 : 64;
        t->wire = realloc(t->wire, t->wire_cap * sizeof *t->wire);
        cr_assert(t->wire);
    }
    l = &t->wire[t->letters++];
    *l = (struct talkers_letter){e->token, e->bytes.len, malloc(e->bytes.len)};
    memcpy(l->bytes, e->bytes.at, e->bytes.len);
}

static void keep(struct talker *t, const struct hl_effect *e)
{
    const struct hl_bytes body = {e->entry.body, e->entry.len};
    const struct hl_bytes *from = e->kind == HL_EFFECT_ENTRY ? &body : &e->bytes;
    struct talkers_told *told;

    if (t->count == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 64;
        t->told = realloc(t->told, t->cap * sizeof *t->told);
        cr_assert(t->told);
    }
    told = &t->told[t->count++];
    *told = (struct talkers_told){.e = *e};
    memcpy(told->text, from->at, from->len < 63 ? from->len : 63);
}

int talkers_run(struct talkers *w, int side)
{
    struct talker *t = &w->side[side];
    struct hl_effect e;
    int err;

    do {
        err = hl_delivery_run(t->delivery, w->now);
        while (hl_delivery_effect(t->delivery, &e)) {
            cr_assert_eq(e.contact, TALKERS_PEER);
            if (e.kind != HL_EFFECT_SEND)
                keep(t, &e);
            else if (t->up)
                post(t, &e);
        }
    } while (!err && hl_delivery_pending(t->delivery));
    return err;
}

size_t talkers_pass(struct talkers *w, int from, size_t count)
{
    struct talker *t = &w->side[from];
    size_t passed = 0;

    while (passed < count && t->first < t->letters) {
        struct talkers_letter *l = &t->wire[t->first++];

        talkers_put(w, !from,
                    &(struct hl_input){.kind = HL_INPUT_ENVELOPE, .bytes = {l->bytes, l->len}});
        if (l->token)
            talkers_put(w, from, &(struct hl_input){.kind = HL_INPUT_ARRIVED, .token = l->token});
        free(l->bytes);
        passed++;
    }
    if (t->first == t->letters)
        t->first = t->letters = 0;
    cr_assert_eq(talkers_run(w, from), 0);
    cr_assert_eq(talkers_run(w, !from), 0);
    return passed;
}

void talkers_settle(struct talkers *w)
{
    unsigned rounds = 0;

    cr_assert_eq(talkers_run(w, 0), 0);
    cr_assert_eq(talkers_run(w, 1), 0);
    while (talkers_pass(w, 0, SIZE_MAX) + talkers_pass(w, 1, SIZE_MAX) > 0)
        cr_assert_lt(rounds++, 10000, "they never come to an end");
}

void talkers_up(struct talkers *w, bool fresh)
{
    for (int i = 0; i < 2; i++) {
        w->side[i].up = true;
        talkers_put(w, i, &(struct hl_input){.kind = HL_INPUT_UP, .fresh = fresh});
    }
    (void)talkers_run(w, 0);
    (void)talkers_run(w, 1);
}

void talkers_down(struct talkers *w)
{
    for (int i = 0; i < 2; i++) {
        w->side[i].up = false;
        talkers_put(w, i, &(struct hl_input){.kind = HL_INPUT_DOWN});
        (void)talkers_run(w, i);
        clear_wire(&w->side[i]);
    }
}

void talkers_crash(struct talkers *w, int side)
{
    struct talker *t = &w->side[side];

    hl_delivery_free(t->delivery);
    cr_assert_eq(t->memory.blocks, 0);
    memory_ledger_crash(&t->ledger);
    t->up = false;
    clear_wire(t);
    start(t);
}

void talkers_reconnect(struct talkers *w)
{
    talkers_down(w);
    talkers_up(w, true);
    talkers_settle(w);
}

/* ---- looking ---- */

const struct talkers_told *talkers_last(const struct talkers *w, int side, enum hl_effect_kind kind)
{
    const struct talker *t = &w->side[side];

    for (size_t i = t->count; i-- > 0;) {
        if (t->told[i].e.kind == kind)
            return &t->told[i];
    }
    return NULL;
}

size_t talkers_count(const struct talkers *w, int side, enum hl_effect_kind kind)
{
    size_t count = 0;

    for (size_t i = 0; i < w->side[side].count; i++)
        count += w->side[side].told[i].e.kind == kind;
    return count;
}

enum hl_entry_state talkers_state(const struct talkers *w, int side, uint64_t n)
{
    const struct talker *t = &w->side[side];
    uint8_t id[HL_ID_SIZE];

    talkers_id(id, side, n);
    for (size_t i = t->count; i-- > 0;) {
        const struct hl_effect *e = &t->told[i].e;

        if (e->kind == HL_EFFECT_STATE && memcmp(e->id, id, HL_ID_SIZE) == 0)
            return e->state;
    }
    return (enum hl_entry_state)0;
}

enum hl_entry_state talkers_stored(const struct talkers *w, int side, uint64_t n)
{
    const struct memory_ledger_row *r;
    uint8_t id[HL_ID_SIZE];

    talkers_id(id, side, n);
    r = memory_ledger_find(&w->side[side].ledger, TALKERS_PEER, id);
    return r ? r->row.state : (enum hl_entry_state)0;
}

static void add_word(const char *text, size_t len)
{
    size_t used = strlen(words);

    (void)snprintf(words + used, sizeof words - used, "%s%.*s", used ? " " : "", (int)len, text);
}

const char *talkers_read(const struct talkers *w, int reader)
{
    const struct memory_ledger *m = &w->side[reader].ledger;
    uint64_t after = 0;

    words[0] = '\0';
    for (;;) {
        const struct memory_ledger_row *next = NULL;

        for (size_t i = 0; i < m->count; i++) {
            const struct memory_ledger_row *r = &m->rows[i];

            if (r->row.ours || r->row.kind == HL_ENTRY_CANCEL || r->row.pos <= after)
                continue;
            if (!next || r->row.pos < next->row.pos)
                next = r;
        }
        if (!next)
            return words;
        after = next->row.pos;
        if (next->row.kind == HL_ENTRY_TEXT)
            add_word((const char *)next->body, next->len);
    }
}

const char *talkers_heard(const struct talkers *w, int reader)
{
    const struct talker *t = &w->side[reader];

    words[0] = '\0';
    for (size_t i = 0; i < t->count; i++) {
        if (t->told[i].e.kind == HL_EFFECT_ENTRY)
            add_word(t->told[i].text, strlen(t->told[i].text));
    }
    return words;
}
