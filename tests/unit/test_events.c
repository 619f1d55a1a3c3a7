/* SPDX-License-Identifier: MIT */
/* The golden lines, and the schema in the tree against the tables. HL_UPDATE_GOLDEN=1 in the
 * environment writes src/events.schema.json anew. */
#include "events.h"

#include "err.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TIME INT64_C(1767225600123456) /* 2026-01-01T00:00:00.123456Z */

static struct hl_conv conv = {
    .id = 3,
    .name = "bob",
    .address = "192.0.2.7:4855",
    .local = "192.0.2.1:4855",
    .path.transport = HL_UDP,
};
static const struct hl_incoming good = {.text = "h\xc3\xa9\n\x1b!", .len = 6};
static const struct hl_incoming bad = {
    .text = "a\0\xff z",
    .len = 5,
    .bad_utf8 = true,
    .flags = HL_EVF_PARTIAL | HL_EVF_CONTINUES | HL_EVF_TRUNCATED,
};
static const struct hl_addr loopback = {.family = HL_AF_INET, .port = 80, .ip = {127, 0, 0, 1}};
static const struct hl_bound bound = {.transport = HL_TCP,
                                      .addr = {.family = HL_AF_INET6, .port = 4855}};
static const struct hl_found found = {
    .addr = &loopback, .text = "system", .len = 6, .took = HL_MS(250)};

static const struct hl_found alias = {.kind = HL_FOUND_ALIAS, .text = "nick", .len = 4};
static const struct hl_found end = {.kind = HL_FOUND_END, .text = "host.test", .len = 9};
static const struct hl_host_news news = {
    .what = "address added", .addr = &loopback, .index = UINT32_MAX};

/* Encrypted. */
static struct hl_conv bob = {.id = 3,
                             .name = "bob",
                             .address = "192.0.2.7:4855",
                             .path.transport = HL_UDP,
                             .encrypted = true,
                             .marks = HL_CTL_C_HAS_KEY};
static struct hl_conv stolen = {.id = 3,
                                .name = "bob",
                                .nick = "b",
                                .address = "192.0.2.7:4855",
                                .encrypted = true,
                                .marks = HL_CTL_C_HAS_KEY | HL_CTL_C_CHANGED};
static const struct hl_ctl entry = {.kind = HL_CTL_ENTRY,
                                    .code = HL_ENTRY_TEXT,
                                    .row = 12,
                                    .pos = 4,
                                    .count = 2,
                                    .flags = HL_CTL_E_OLD | HL_CTL_E_EDITED,
                                    .time = 86400000,
                                    .has_id = true,
                                    .has_target = true,
                                    .text = {"a\xff", 2},
                                    .other = {"\U0001f44d 2", 6}};
static const struct hl_ctl gap = {.kind = HL_CTL_GAP, .count = 2, .flags = HL_CTL_LOST};
static const struct hl_ctl typed = {.kind = HL_CTL_TYPED, .flags = HL_CTL_ON};
static const struct hl_ctl stalled = {.kind = HL_CTL_STALLED, .err = HL_ERR_STORAGE};
static const struct hl_fate sent = {.msg = 9, .state = HL_STATE_SENT};
static const struct hl_fate failed = {.msg = 9, .state = HL_STATE_FAILED, .err = -111};
static const struct hl_fate queued = {.msg = 9, .id = entry.id, .row = 12};

#define ID         "00000000000000000000000000000000"
#define KEY        ID ID
#define HEAD(name) "{\"v\":1,\"event\":\"" name "\",\"time\":\"2026-01-01T00:00:00.123456Z\","

static const struct {
    struct hl_notice notice;
    const char *line;
} golden[] = {
    {{.kind = HL_NOTICE_LISTENING, .bound = &bound},
     HEAD("listening") "\"transport\":\"tcp\",\"address\":\"tcp://[::]:4855\"}"},
    {{.kind = HL_NOTICE_MESSAGE, .conv = &conv, .message = &good},
     HEAD("message") "\"conversation\":3,\"from\":\"192.0.2.7:4855\",\"to\":\"192.0.2.1:4855\","
                     "\"name\":\"bob\",\"transport\":\"udp\",\"text\":\"h\\u00E9\\n\\u001B!\"}"},
    {{.kind = HL_NOTICE_MESSAGE, .conv = &conv, .message = &bad},
     HEAD("message") "\"conversation\":3,\"from\":\"192.0.2.7:4855\",\"to\":\"192.0.2.1:4855\","
                     "\"name\":\"bob\",\"transport\":\"udp\",\"text\":\"a\\u0000\\uFFFD z\","
                     "\"bytes\":\"YQD/IHo=\",\"partial\":true,\"continues\":true,"
                     "\"truncated\":true}"},
    {{.kind = HL_NOTICE_ENTRY, .conv = &bob, .record = &entry},
     HEAD("entry") "\"conversation\":3,\"from\":\"192.0.2.7:4855\",\"name\":\"bob\","
                   "\"transport\":\"udp\",\"id\":\"" ID "\",\"row\":12,\"place\":4,"
                   "\"kind\":\"text\",\"target\":\"" ID "\",\"ours\":false,"
                   "\"written\":\"1970-01-02T00:00:00.000000Z\",\"old\":true,"
                   "\"edited\":true,\"reactions\":\"\\uD83D\\uDC4D 2\",\"missing\":2,"
                   "\"text\":\"a\\uFFFD\",\"bytes\":\"Yf8=\",\"key\":\"" KEY "\"}"},
    {{.kind = HL_NOTICE_QUEUED, .conv = &bob, .fate = &queued},
     HEAD("queued") "\"conversation\":3,\"peer\":\"192.0.2.7:4855\",\"name\":\"bob\","
                    "\"transport\":\"udp\",\"id\":\"" ID "\",\"row\":12,\"message\":9}"},
    {{.kind = HL_NOTICE_READ, .conv = &bob, .fate = &queued},
     HEAD("read") "\"conversation\":3,\"peer\":\"192.0.2.7:4855\",\"name\":\"bob\","
                  "\"transport\":\"udp\",\"id\":\"" ID "\",\"row\":12,\"message\":9}"},
    {{.kind = HL_NOTICE_CONTACT, .conv = &stolen},
     HEAD("contact") "\"conversation\":3,\"peer\":\"192.0.2.7:4855\",\"name\":\"bob\","
                     "\"nick\":\"b\",\"key\":\"" KEY
                     "\",\"unread\":0,\"waiting\":0,\"new_key\":\"" KEY "\","
                     "\"verified\":false,\"blocked\":false}"},
    {{.kind = HL_NOTICE_GAP, .conv = &bob, .record = &gap},
     HEAD("gap") "\"conversation\":3,\"name\":\"bob\",\"count\":2,\"lost\":true}"},
    {{.kind = HL_NOTICE_TYPING, .conv = &bob, .record = &typed},
     HEAD("typing") "\"conversation\":3,\"name\":\"bob\",\"on\":true}"},
    {{.kind = HL_NOTICE_STORAGE, .record = &stalled},
     HEAD("storage") "\"reason\":\"cannot be kept on disk\",\"class\":\"storage\"}"},
    {{.kind = HL_NOTICE_SENT, .conv = &conv, .fate = &sent},
     HEAD("sent") "\"conversation\":3,\"peer\":\"192.0.2.7:4855\",\"name\":\"bob\","
                  "\"transport\":\"udp\",\"message\":9}"},
    {{.kind = HL_NOTICE_FAILED, .conv = &conv, .fate = &failed},
     HEAD("failed") "\"conversation\":3,\"peer\":\"192.0.2.7:4855\",\"name\":\"bob\","
                    "\"transport\":\"udp\",\"message\":9,\"reason\":\"refused\","
                    "\"class\":\"unreachable\"}"},
    {{.kind = HL_NOTICE_DROPPED, .count = 37}, HEAD("dropped") "\"count\":37}"},
    {{.kind = HL_NOTICE_RESOLVED, .what = "localhost", .found = &found},
     HEAD("resolved") "\"address\":\"127.0.0.1:80\",\"what\":\"localhost\","
                      "\"source\":\"system\",\"took\":0.25}"},
    {{.kind = HL_NOTICE_ALIAS, .what = "localhost", .found = &alias},
     HEAD("alias") "\"what\":\"localhost\",\"host\":\"nick\"}"},
    {{.kind = HL_NOTICE_CANONICAL, .what = "localhost", .found = &end},
     HEAD("canonical") "\"what\":\"localhost\",\"host\":\"host.test\"}"},
    {{.kind = HL_NOTICE_HOST, .host = &news},
     HEAD("host") "\"address\":\"127.0.0.1\",\"what\":\"address added\","
                  "\"interface\":\"4294967295\"}"},
    {{.kind = HL_NOTICE_ERROR, .what = "host", .err = HL_ERR_NOT_FOUND},
     HEAD("error") "\"reason\":\"no such name\",\"class\":\"name\",\"what\":\"host\"}"},
};

Test(events, golden_lines)
{
    for (size_t i = 0; i < sizeof(golden) / sizeof(*golden); i++) {
        struct hl_notice n = golden[i].notice;
        json_t *object;
        char *line;

        n.time_us = TIME;
        object = hl_events_json(&n);
        line = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);
        cr_assert_str_eq(line, golden[i].line, "%s", line);
        free(line);
        json_decref(object);
    }
}

Test(events, every_required_field_is_there_and_known)
{
    for (size_t i = 0; i < sizeof(golden) / sizeof(*golden); i++) {
        const struct hl_event_row *row = hl_events_row(golden[i].notice.kind);
        json_t *object = hl_events_json(&golden[i].notice);

        for (size_t k = 0; row->required[k]; k++) {
            cr_assert_not_null(hl_events_field(row->required[k]));
            cr_assert_not_null(json_object_get(object, row->required[k]), "%s.%s", row->name,
                               row->required[k]);
        }
        for (size_t k = 0; row->optional[k]; k++)
            cr_assert_not_null(hl_events_field(row->optional[k]));
        json_decref(object);
    }
}

Test(events, who_was_never_met_may_be_one_who_lets_no_strangers_in)
{
    struct hl_conv met = {.encrypted = true, .marks = HL_CTL_C_HAS_KEY};
    struct hl_conv stranger = {.encrypted = true};
    struct hl_conv plain = {.encrypted = false};

    cr_assert_not_null(hl_events_hint(&stranger, HL_ERR_TIMEOUT));
    cr_assert_null(hl_events_hint(&stranger, -ECONNREFUSED));
    cr_assert_null(hl_events_hint(&met, HL_ERR_TIMEOUT));
    cr_assert_null(hl_events_hint(&plain, HL_ERR_TIMEOUT));
}

Test(events, who_is_away_is_told_once_and_while_there_is_a_session)
{
    struct hl_conv c = {.encrypted = true, .state = HL_CONV_OPEN};
    char text[HL_EVENTS_AWAY];

    cr_assert_eq(hl_events_away(&c), HL_NOTICE_COUNT);
    c.marks = HL_CTL_C_AWAY;
    strcpy(c.why, "lunch");
    cr_assert_eq(hl_events_away(&c), HL_NOTICE_AWAY);
    cr_assert_str_eq(hl_events_away_text(&c, text), "away: lunch");
    cr_assert_eq(hl_events_away(&c), HL_NOTICE_COUNT);
    c.state = HL_CONV_CLOSED;
    c.marks = 0;
    *c.why = '\0';
    cr_assert_eq(hl_events_away(&c), HL_NOTICE_COUNT);
    c.state = HL_CONV_OPEN;
    cr_assert_eq(hl_events_away(&c), HL_NOTICE_AWAY);
    cr_assert_str_eq(hl_events_away_text(&c, text), "here again");
}

Test(events, the_schema_in_the_tree_is_that_of_the_tables)
{
    json_t *now = hl_events_schema();
    json_t *tree;

    if (getenv("HL_UPDATE_GOLDEN"))
        json_dump_file(now, HL_SOURCE_DIR "/src/events.schema.json", JSON_INDENT(2));
    tree = json_load_file(HL_SOURCE_DIR "/src/events.schema.json", 0, NULL);
    cr_assert_not_null(tree);
    cr_assert(json_equal(tree, now), "HL_UPDATE_GOLDEN=1 writes it anew");
    json_decref(tree);
    json_decref(now);
}

Test(events, states_are_told_once)
{
    struct hl_conv c = {.state = HL_CONV_DIALLING};

    cr_assert_eq(hl_events_state(&c), HL_NOTICE_COUNT);
    c.state = HL_CONV_OPEN;
    cr_assert_eq(hl_events_state(&c), HL_NOTICE_OPENED);
    cr_assert_eq(hl_events_state(&c), HL_NOTICE_COUNT);
    c.state = HL_CONV_FINISHED;
    cr_assert_eq(hl_events_state(&c), HL_NOTICE_FINISHED);
    c.state = HL_CONV_CLOSED;
    cr_assert_eq(hl_events_state(&c), HL_NOTICE_CLOSED);
    c.state = HL_CONV_DIALLING;
    cr_assert_eq(hl_events_state(&c), HL_NOTICE_COUNT);
    c.state = HL_CONV_FAILED;
    cr_assert_eq(hl_events_state(&c), HL_NOTICE_ERROR);
}

/* The messenger looks for a peer again and again. */
Test(events, a_peer_that_stays_away_is_told_once)
{
    struct hl_conv c = {.state = HL_CONV_DIALLING, .encrypted = true};

    cr_assert_eq(hl_events_state(&c), HL_NOTICE_COUNT);
    for (int i = 0; i < 3; i++) {
        c.state = HL_CONV_FAILED;
        c.err = -111;
        cr_assert_eq(hl_events_state(&c), i == 0 ? HL_NOTICE_ERROR : HL_NOTICE_COUNT);
        c.state = HL_CONV_DIALLING;
        cr_assert_eq(hl_events_state(&c), HL_NOTICE_COUNT);
    }
    c.state = HL_CONV_FAILED;
    c.err = HL_ERR_NO_ANSWER;
    cr_assert_eq(hl_events_state(&c), HL_NOTICE_ERROR);
    c.state = HL_CONV_OPEN;
    c.err = 0;
    cr_assert_eq(hl_events_state(&c), HL_NOTICE_OPENED);
}

Test(events, marks_are_told_once_and_the_worst_first)
{
    struct hl_conv c = {.marks = HL_CTL_C_HAS_KEY, .key = {0x1f}, .new_key = {0x2e}};
    char text[HL_EVENTS_MARKS];

    cr_assert_eq(hl_events_marks(&c), HL_NOTICE_COUNT);
    c.marks |= HL_CTL_C_VERIFIED;
    cr_assert_eq(hl_events_marks(&c), HL_NOTICE_CONTACT);
    cr_assert_eq(hl_events_marks(&c), HL_NOTICE_COUNT);
    cr_assert_str_eq(hl_events_marks_text(&c, text), "verified");
    c.marks |= HL_CTL_C_CHANGED;
    cr_assert_eq(hl_events_marks(&c), HL_NOTICE_CONTACT);
    hl_events_marks_text(&c, text);
    cr_assert_not_null(strstr(text, "1f00 0000 0000 0000"), "%s", text);
    cr_assert_not_null(strstr(text, "2e00 0000 0000 0000"), "%s", text);
}

Test(events, every_state_of_a_message_is_an_event)
{
    for (int s = HL_STATE_QUEUED; s <= HL_STATE_EXPIRING; s++) {
        if (s != HL_STATE_TAKEN) /* it is none of ours */
            cr_assert_neq(hl_events_message((enum hl_entry_state)s), HL_NOTICE_COUNT, "%d", s);
    }
}
