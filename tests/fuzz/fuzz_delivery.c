/* SPDX-License-Identifier: MIT */
/* A hostile contact and a user who goes on talking to it: the input is a row of records, a byte
 * that says what happens and the bytes of an envelope. Whatever comes, runs succeed, effects stay
 * within bounds, and every envelope of ours decodes. */
#include "delivery.h"
#include "fuzz.h"
#include "memory_ledger.h"

enum { CONTACT = 3, EFFECTS_MAX = 20000 };

static size_t held;

static void *resize(void *user, void *at, size_t size)
{
    (void)user;
    held += (at == NULL) - (size == 0 && at);
    if (size)
        return realloc(at, size);
    free(at);
    return NULL;
}

static const struct hl_env env = {.resize = resize};
static struct memory_ledger ledger;
static struct hl_delivery *delivery;
static hl_time now;
static uint64_t said;

static void take_effects(void)
{
    struct hl_envelope out;
    struct hl_effect e;
    unsigned count = 0;

    while (hl_delivery_effect(delivery, &e)) {
        FUZZ_CHECK(e.contact == CONTACT);
        FUZZ_CHECK(++count < EFFECTS_MAX);
        if (e.kind == HL_EFFECT_SEND)
            FUZZ_CHECK(hl_envelope_get(&out, e.bytes.at, e.bytes.len) == 0);
    }
}

static void run(void)
{
    do {
        FUZZ_CHECK(hl_delivery_run(delivery, now) == 0);
        take_effects();
    } while (hl_delivery_pending(delivery));
}

static void put(struct hl_input in)
{
    in.contact = CONTACT;
    (void)!hl_delivery_put(delivery, &in);
}

static void make_id(uint8_t *id, uint64_t n)
{
    memset(id, 'i', HL_ID_SIZE);
    id[0] = (uint8_t)n;
}

static void submit(enum hl_entry_kind kind, uint8_t target)
{
    struct hl_input in = {.kind = HL_INPUT_SUBMIT, .expire_us = target & 1 ? HL_SECS(1) : 0};

    in.entry = (struct hl_entry){
        .kind = kind, .body = (const uint8_t *)"b", .len = kind != HL_ENTRY_DELETE};
    make_id(in.entry.id, ++said);
    make_id(in.entry.target, target);
    put(in);
}

static void act(uint8_t what, uint8_t which)
{
    struct hl_input in = {.token = which, .fresh = which & 1, .on = which & 1};

    make_id(in.id, which);
    switch (what) {
    case 1:
    case 2:
    case 3:
    case 4:
        submit((enum hl_entry_kind)what, which);
        return;
    case 5:
        in.kind = HL_INPUT_CANCEL;
        in.on = false;
        break;
    case 6:
        in.kind = HL_INPUT_SEEN;
        break;
    case 7:
        in.kind = HL_INPUT_UP;
        break;
    case 8:
        in.kind = HL_INPUT_DOWN;
        break;
    case 9:
        in.kind = HL_INPUT_ARRIVED;
        break;
    case 10:
        in.kind = HL_INPUT_TYPING;
        break;
    case 11:
        now += HL_MS(300);
        in.kind = HL_INPUT_TICK;
        break;
    case 12:
        ledger.fate = (enum memory_ledger_commit)(which % 3);
        (void)!hl_delivery_run(delivery, now);
        ledger.fate = MEMORY_LEDGER_COMMITS; /* if there was nothing to commit */
        return;
    default:
        run();
        return;
    }
    put(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const struct hl_delivery_config config = {.env = &env,
                                              .ledger = &ledger.ledger,
                                              .read_receipts = true,
                                              .live = true,
                                              .nick = "us",
                                              .quota = 4096};

    memory_ledger_init(&ledger);
    now = HL_SECS(1);
    said = 0;
    FUZZ_CHECK(hl_delivery_new(&config, &delivery) == 0);
    put((struct hl_input){.kind = HL_INPUT_UP, .fresh = true});
    put((struct hl_input){.kind = HL_INPUT_ENVELOPE, .bytes = {(const uint8_t *)"\1\0\1\0", 4}});
    while (len >= 2) {
        size_t part = data[1] < len - 2 ? data[1] : len - 2;

        if (data[0] & 0x80) {
            put((struct hl_input){.kind = HL_INPUT_ENVELOPE, .bytes = {data + 2, part}});
            data += part;
            len -= part;
        } else {
            act(data[0] & 0x0f, data[1]);
        }
        data += 2;
        len -= 2;
    }
    run();
    hl_delivery_free(delivery);
    FUZZ_CHECK(held == 0);
    memory_ledger_fini(&ledger);
    return 0;
}
