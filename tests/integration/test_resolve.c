/* SPDX-License-Identifier: MIT */
/* The resolver against name servers that answer, answer late, or do not answer. */
#include "clock.h"
#include "lab.h"
#include "peer.h"
#include "resolve.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define HOLE  "10.77.1.53" /* a name server that never answers */
#define HOSTS "127.0.0.1 localhost\n192.0.2.8 hosty hosty-alias other-alias"

static struct hl_resolver *resolver;

static void open_resolver(void)
{
    cr_assert_eq(hl_resolver_new(&resolver), 0);
}

static void ask(const char *what, hl_time timeout, uint64_t token)
{
    struct hl_question q = {.want_v4 = true, .want_v6 = true, .token = token};

    cr_assert_eq(hl_endpoint_parse(what, &q.what), 0, "%s", what);
    q.deadline = hl_clock_now() + timeout;
    cr_assert_eq(hl_resolver_ask(resolver, &q), 0, "%s", what);
}

/* The next answer, waited for; false if none comes in time. */
static bool await(struct hl_answer *a, hl_time timeout)
{
    hl_time deadline = hl_clock_now() + timeout;

    while (!hl_resolver_next(resolver, a)) {
        struct pollfd p = {.fd = hl_resolver_fd(resolver), .events = POLLIN};
        struct timespec left;

        if (hl_clock_now() >= deadline)
            return false;
        ppoll(&p, 1, hl_clock_left(deadline, &left), NULL);
    }
    return true;
}

/* The answers up to the end of that many families, as words: "4=192.0.2.1:80/system 4:NAME ". */
static const char *answers(int families, hl_time timeout)
{
    static char text[2048];
    struct hl_answer a;

    text[0] = '\0';
    while (families > 0 && await(&a, timeout)) {
        char addr[HL_ADDR_TEXT];
        size_t len = strlen(text);

        if (a.kind == HL_ANSWER_ADDRESS)
            snprintf(text + len, sizeof(text) - len, "%d=%s/%s ", (int)a.family,
                     hl_addr_text(&a.addr, addr), hl_answer_source_text(a.source));
        else if (a.kind == HL_ANSWER_ALIAS)
            snprintf(text + len, sizeof(text) - len, "alias=%s ", a.name);
        else
            snprintf(text + len, sizeof(text) - len, "%d:%s ", (int)a.family,
                     a.err ? hl_err_text(a.err) : a.name);
        families -= a.kind == HL_ANSWER_DONE;
    }
    return text;
}

/* Starts a name server with these records and enters its host. */
static struct peer name_server;
#define SERVE(...)                                                                                 \
    do {                                                                                           \
        lab_enter("127.0.0.1", HOSTS);                                                             \
        peer_start(&name_server, "dns.py", "127.0.0.1", __VA_ARGS__, NULL);                        \
        cr_assert_str_eq(peer_line(&name_server), "ready");                                        \
        open_resolver();                                                                           \
    } while (0)

static void close_lab(void)
{
    hl_resolver_free(resolver);
    if (name_server.pid > 0)
        peer_kill(&name_server);
}

TestSuite(resolve, .fini = close_lab, .timeout = 60);

Test(resolve, literals_need_no_thread_and_no_network)
{
    static const char *const rows[][2] = {
        {"192.0.2.1:80", "6:the name has no address of that family 4=192.0.2.1:80/literal 4: "},
        {"[2001:db8::1]:http",
         "6=[2001:db8::1]:80/literal 6: 4:the name has no address of that family "},
        {"[fe80::1%lo]:5", "6=[fe80::1%1]:5/literal 6: 4:the name has no address of that family "},
        {"unix:/x", "6=unix:/x/literal 6: 4:the name has no address of that family "},
    };

    unsigned threads = lab_threads();

    lab_enter(HOLE, HOSTS);
    open_resolver();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ask(rows[i][0], HL_SECS(1), 1);
        cr_assert_str_eq(answers(2, 0), rows[i][1]);
    }
    cr_assert_eq(lab_threads(), threads);
}

Test(resolve, questions_that_mean_nothing_are_refused_at_once)
{
    static const struct {
        const char *what;
        int err;
    } rows[] = {
        {"bob:nosuchservice", HL_ERR_BAD_PORT},       {"[fe80::1%nosuch]:5", HL_ERR_BAD_SCOPE},
        {"xn\xc3\xbc\xff\xfe.test", HL_ERR_BAD_NAME}, {"\xc3\xbc..test", HL_ERR_BAD_NAME},
        {"tcp://bob:tftp", HL_ERR_BAD_PORT},
    };

    open_resolver();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct hl_question q = {.want_v4 = true, .want_v6 = true, .deadline = HL_NEVER};

        cr_assert_eq(hl_endpoint_parse(rows[i].what, &q.what), 0, "row %zu", i);
        cr_assert_eq(hl_resolver_ask(resolver, &q), rows[i].err, "row %zu", i);
    }
}

Test(resolve, each_family_is_answered_as_it_comes)
{
    SERVE("slow6.test/A=192.0.2.1", "slow6.test/AAAA=2001:db8::1@0.5");
    ask("slow6.test:7", HL_SECS(5), 1);
    cr_assert_str_eq(answers(2, HL_SECS(5)), "4=192.0.2.1:7/system 4:slow6.test "
                                             "6=[2001:db8::1]:7/system 6:slow6.test ");
    ask("SLOW6.test:8", HL_SECS(5), 2);
    cr_assert_str_eq(answers(2, 0), "6=[2001:db8::1]:8/cache 6:slow6.test "
                                    "4=192.0.2.1:8/cache 4:slow6.test ");
}

Test(resolve, names_aliases_and_what_does_not_exist)
{
    SERVE("real.test/A=192.0.2.1", "real.test/A=192.0.2.2", "nick.test/CNAME=real.test",
          "xn--bcher-kva.test/A=192.0.2.3");
    struct hl_question q = {.want_v4 = true, .want_aliases = true, .token = 1};

    cr_assert_eq(hl_endpoint_parse("hosty:1", &q.what), 0);
    q.deadline = hl_clock_now() + HL_SECS(5);
    cr_assert_eq(hl_resolver_ask(resolver, &q), 0);
    cr_assert_str_eq(answers(1, HL_SECS(5)),
                     "4=192.0.2.8:1/system alias=hosty-alias alias=other-alias 4:hosty ");
    cr_assert_eq(hl_endpoint_parse("nick.test:1", &q.what), 0);
    cr_assert_eq(hl_resolver_ask(resolver, &q), 0);
    cr_assert_str_eq(answers(1, HL_SECS(5)), "4=192.0.2.1:1/system 4=192.0.2.2:1/system "
                                             "alias=nick.test 4:real.test ");
    q.want_aliases = false;
    cr_assert_eq(hl_endpoint_parse("b\xc3\xbc\x63her.test:1", &q.what), 0); /* locale is "C" */
    cr_assert_eq(hl_resolver_ask(resolver, &q), 0);
    cr_assert_str_eq(answers(1, HL_SECS(5)), "4=192.0.2.3:1/system 4:xn--bcher-kva.test ");
    cr_assert_eq(hl_endpoint_parse("nobody.test:1", &q.what), 0);
    cr_assert_eq(hl_resolver_ask(resolver, &q), 0);
    cr_assert_str_eq(answers(1, HL_SECS(5)), "4:no such name ");
}

Test(resolve, equal_questions_share_a_look_up)
{
    struct hl_answer a;
    char line[64];

    SERVE("bob.test/A=192.0.2.1@0.2", "bob.test/AAAA=2001:db8::1@0.2", "end.test/A=192.0.2.9");
    for (uint64_t token = 1; token <= 20; token++)
        ask("bob.test:1", HL_SECS(5), token);
    for (int got = 0; got < 40;) {
        cr_assert(await(&a, HL_SECS(5)), "%d families are answered", got);
        cr_assert_eq(a.err, 0);
        got += a.kind == HL_ANSWER_DONE;
    }
    ask("end.test:1", HL_SECS(5), 21);
    answers(2, HL_SECS(5));
    snprintf(line, sizeof(line), "%s", peer_line(&name_server));
    cr_assert_neq(strcmp(line, peer_line(&name_server)), 0, "bob.test is asked once per family");
    cr_assert_eq(strncmp(peer_line(&name_server), "end.test", 8), 0);
}

Test(resolve, reverse)
{
    struct hl_answer a;
    hl_time began;
    struct hl_addr addr = {.family = HL_AF_INET, .port = 99, .ip = {192, 0, 2, 1}};

    SERVE("1.2.0.192.in-addr.arpa/PTR=bob.test", "2.2.0.192.in-addr.arpa/PTR=-");
    cr_assert_eq(hl_resolver_ask_name(resolver, &addr, 5), 0);
    cr_assert(await(&a, HL_SECS(1)));
    cr_assert(a.kind == HL_ANSWER_NAME && a.token == 5 && a.err == 0);
    cr_assert_str_eq(a.name, "bob.test");
    addr.ip[3] = 3;
    cr_assert_eq(hl_resolver_ask_name(resolver, &addr, 6), 0);
    cr_assert(await(&a, HL_SECS(1)));
    cr_assert_eq(a.err, HL_ERR_NOT_FOUND);
    addr.ip[3] = 2;
    began = hl_clock_now();
    cr_assert_eq(hl_resolver_ask_name(resolver, &addr, 7), 0);
    cr_assert(await(&a, HL_SECS(2)));
    cr_assert_eq(a.err, HL_ERR_NAME_AGAIN);
    cr_assert_lt(hl_clock_now() - began, HL_REVERSE_TIMEOUT + HL_MS(100));
}

/* Four names of two families each: every thread there may be. */
static void get_stuck(void)
{
    static const char *const names[] = {"a.test:1", "b.test:1", "c.test:1", "d.test:1"};

    lab_enter(HOLE, HOSTS);
    open_resolver();
    for (uint64_t i = 0; i < 4; i++)
        ask(names[i], HL_SECS(8), i + 1);
}

Test(resolve, the_asker_s_deadline_counts)
{
    struct hl_answer a;
    hl_time began;

    lab_enter(HOLE, HOSTS);
    open_resolver();
    began = hl_clock_now();
    ask("bob.test:1", HL_MS(300), 1);
    for (int i = 0; i < 2; i++) {
        cr_assert(await(&a, HL_SECS(2)));
        cr_assert(a.kind == HL_ANSWER_DONE && a.err == HL_ERR_NAME_AGAIN);
    }
    cr_assert_geq(hl_clock_now() - began, HL_MS(300));
    cr_assert_lt(hl_clock_now() - began, HL_MS(400));
    cr_assert_not(await(&a, HL_MS(50)), "nothing comes after the end");
}

Test(resolve, a_cancelled_question_is_never_heard_of_again)
{
    struct hl_answer a;
    hl_time began;

    get_stuck();
    cr_assert_not(await(&a, HL_MS(100)));
    began = hl_clock_now();
    for (uint64_t token = 1; token <= 4; token++)
        hl_resolver_cancel(resolver, token);
    cr_assert_lt(hl_clock_now() - began, HL_MS(50));
    cr_log_info("cancel: %lld us", (long long)(hl_clock_now() - began));
    cr_assert_not(await(&a, HL_MS(200)));
    ask("192.0.2.1:1", HL_SECS(1), 9);
    hl_resolver_cancel(resolver, 9); /* answers that wait go too */
    cr_assert_not(hl_resolver_next(resolver, &a));
}

Test(resolve, when_all_are_stuck_it_says_so)
{
    struct hl_answer a;
    hl_time began;

    get_stuck();
    began = hl_clock_now();
    ask("e.test:1", HL_SECS(8), 5); /* waits in case one of them ends */
    ask("192.0.2.1:1", HL_SECS(8), 6);
    cr_assert_str_eq(answers(2, 0), "6:the name has no address of that family "
                                    "4=192.0.2.1:1/literal 4: ");
    for (int i = 0; i < 2; i++) {
        cr_assert(await(&a, HL_SECS(5)));
        cr_assert(a.token == 5 && a.err == HL_ERR_NAME_BUSY, "%s", hl_err_text(a.err));
    }
    cr_assert_lt(hl_clock_now() - began, HL_LOOKUP_STUCK + HL_MS(200));
    ask("f.test:1", HL_SECS(8), 7); /* and now at once */
    cr_assert(hl_resolver_next(resolver, &a) && a.token == 7 && a.err == HL_ERR_NAME_BUSY);
    hl_resolver_cancel(resolver, 7);
    ask("a.test:1", HL_MS(100), 8); /* the same as a stuck one: shares its fate */
    cr_assert(await(&a, HL_SECS(1)));
    cr_assert_eq(a.err, HL_ERR_NAME_AGAIN);
}

Test(resolve, stuck_look_ups_do_not_hold_the_end_up)
{
    unsigned threads = lab_threads();
    hl_time began;
    hl_time took;

    get_stuck();
    cr_assert_eq(lab_threads(), threads + HL_LOOKUPS_MAX);
    began = hl_clock_now();
    hl_resolver_free(resolver);
    took = hl_clock_now() - began;
    resolver = NULL;
    cr_log_info("free: %lld us", (long long)took);
    cr_assert_lt(took, HL_MS(200));
}

Test(resolve, a_late_end_of_a_stuck_look_up_is_harmless)
{
    struct hl_resolver *first;
    struct hl_answer a;

    SERVE("late.test/A=192.0.2.1@0.3", "late.test/AAAA=2001:db8::1@0.3");
    ask("late.test:1", HL_SECS(5), 1);
    first = resolver;
    open_resolver();
    ask("late.test:1", HL_MS(100), 2);
    cr_assert(await(&a, HL_SECS(1)) && a.err == HL_ERR_NAME_AGAIN);
    cr_assert(await(&a, HL_SECS(1)) && a.err == HL_ERR_NAME_AGAIN);
    hl_resolver_free(first);
    cr_assert_not(await(&a, HL_MS(500)));
    ask("late.test:1", HL_MS(100), 3); /* what came late is remembered */
    cr_assert_str_eq(answers(2, 0), "6=[2001:db8::1]:1/cache 6:late.test "
                                    "4=192.0.2.1:1/cache 4:late.test ");
}
