/* SPDX-License-Identifier: MIT */
/* A messenger between a contact that says, authentically, whatever costs most, and a friend: memory
 * stays bounded, and what the friend says has its receipt within a second all the while.
 * HL_FRAMES in the environment: how many hostile frames, 100000 by default. */
#include "bytes_of.h"
#include "child.h"
#include "homes.h"
#include "hostile.h"
#include "secure.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    FRAMES = 100000,
    QUOTA = 4 << 20,
    MEMORY = 64 << 20, /* that the messenger may grow by, its front end's copies included */
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SLOWNESS = 10 };
#else
enum { SLOWNESS = 1 };
#endif

#define DELIVERED_WITHIN HL_SECS(1)

static uint64_t frames_wanted(void)
{
    const char *text = getenv("HL_FRAMES");

    return text ? strtoull(text, NULL, 10) : FRAMES / SLOWNESS;
}

/* ---- a peer without a messenger: a child of the test ---- */

struct raw {
    struct hl_secure *s;
    struct hl_secure_open to;
    uint32_t peer;
    bool up, writable, greets; /* greets: HELLO is to come first, else nothing is heard */
    uint64_t receipts;
};

/* Calls the address that the test says. */
static void raw_start(struct raw *r, unsigned number)
{
    struct hl_secure_config config = {.pairing = false, .owner_repeats = true};
    char address[HOME_TEXT] = "";

    if (read(STDIN_FILENO, address, sizeof address - 1) <= 0)
        _exit(6);
    memset(r, 0, sizeof *r);
    home_secret(config.secret, number);
    if (hl_secure_start(&config, &r->s) || hl_endpoint_parse(address, &r->to.to) ||
        hl_secure_open(r->s, &r->to, &r->peer))
        _exit(2);
}

static void raw_take(struct raw *r)
{
    struct hl_secure_event ev;
    struct hl_envelope e;

    while (hl_secure_next(r->s, &ev)) {
        r->greets |= ev.kind == HL_SEC_UP;
        r->writable |= ev.kind == HL_SEC_WRITABLE || ev.kind == HL_SEC_UP;
        r->up = ev.kind == HL_SEC_UP || (r->up && ev.kind != HL_SEC_DOWN);
        if ((ev.kind == HL_SEC_DOWN || ev.kind == HL_SEC_NO_ANSWER) &&
            hl_secure_reopen(r->s, r->peer, &r->to))
            _exit(3);
        r->receipts += ev.kind == HL_SEC_MESSAGE && hl_envelope_get(&e, ev.data, ev.len) == 0 &&
                       e.kind == HL_ENVELOPE_RECEIPT;
    }
}

static void raw_wait(struct raw *r, int ms)
{
    struct pollfd fd = {.fd = hl_secure_fd(r->s), .events = POLLIN};

    poll(&fd, 1, ms);
    raw_take(r);
}

static void send_it(struct raw *r, const struct hl_bytes *envelope)
{
    int err;

    while ((err = hl_secure_send(r->s, r->peer, HL_STREAM_CHAT, 0, envelope)) == HL_ERR_BUSY) {
        r->writable = false;
        while (!r->writable)
            raw_wait(r, 100);
    }
    if (err)
        _exit(4);
}

static void raw_say(void *user, const struct hl_bytes *envelope)
{
    const struct hl_envelope hello = {.kind = HL_ENVELOPE_HELLO, .seq = 1};
    struct raw *r = user;
    uint8_t bytes[64];

    while (!r->up)
        raw_wait(r, 100);
    if (r->greets)
        send_it(r, &(struct hl_bytes){bytes, hl_envelope_put(bytes, sizeof bytes, &hello)});
    r->greets = false;
    send_it(r, envelope);
    raw_take(r);
}

/* Says all that are envelopes, and ends. */
CHILD(be_hostile)
{
    struct raw r;
    struct hostile h = {.state = 88172645463325252U, .say = raw_say, .user = &r};

    raw_start(&r, 20);
    for (uint64_t i = frames_wanted(); i-- > 0;)
        hostile_attacks[hostile_draw(&h, HOSTILE_NONSENSE)](&h);
    while (r.up && !r.writable)
        raw_wait(&r, 100);
    hl_secure_stop(r.s, HL_SECS(5));
    _exit(0);
}

/* Becomes a contact, and once it is told to go on says three times what is no envelope: the session
 * ends, and whoever calls again is not answered for a second, for two, for four. */
CHILD(be_a_babbler)
{
    struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
    struct hostile h = {.state = 88172645463325252U, .say = NULL};
    hl_time shut[3];
    struct raw r;

    raw_start(&r, 20);
    h.say = raw_say;
    h.user = &r;
    hostile_say_tiny(&h);
    while (poll(&fd, 1, 10) == 0)
        raw_take(&r);
    for (int i = 0; i < 3; i++) {
        hl_time begin;

        raw_say(&r, &(struct hl_bytes){(const uint8_t *)"\xff", 1});
        while (r.up)
            raw_wait(&r, 100);
        begin = hl_clock_now();
        while (!r.up)
            raw_wait(&r, 100);
        shut[i] = hl_clock_now() - begin;
    }
    hl_secure_stop(r.s, 0);
    _exit(write(STDOUT_FILENO, shut, sizeof shut) == sizeof shut ? 0 : 5);
}

/* What the friend found. */
struct report {
    uint64_t said;
    hl_time worst;
};

static hl_time say_and_wait(struct raw *r, uint64_t n)
{
    uint8_t bytes[256];
    hl_time begin = hl_clock_now();
    uint64_t before = r->receipts;
    struct hl_envelope e = {
        .kind = HL_ENVELOPE_ENTRY,
        .entry = {.kind = HL_ENTRY_TEXT, .seq = n, .body = (const uint8_t *)"hello", .len = 5}};
    struct hl_bytes envelope = {.at = bytes};

    memcpy(e.entry.id, &n, sizeof n);
    e.entry.id[15] = 9;
    envelope.len = hl_envelope_put(bytes, sizeof bytes, &e);
    raw_say(r, &envelope);
    while (r->receipts == before)
        raw_wait(r, 100);
    return hl_clock_now() - begin;
}

/* Until the other end of the pipe is closed. */
CHILD(be_a_friend)
{
    struct pollfd fd = {.fd = STDIN_FILENO};
    struct report report = {.said = 0};
    struct raw r;

    raw_start(&r, 21);
    while (poll(&fd, 1, 20) == 0) { /* HUP is always told */
        hl_time took = say_and_wait(&r, report.said + 1);

        report.worst = took > report.worst ? took : report.worst;
        report.said++;
    }
    hl_secure_stop(r.s, 0);
    _exit(write(STDOUT_FILENO, &report, sizeof report) == sizeof report ? 0 : 5);
}

static void tell_address(struct child *c, const char *address)
{
    cr_assert_eq(write(c->tell, address, strlen(address)), (ssize_t)strlen(address));
}

static size_t resident(void)
{
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");

    cr_assert(f && fscanf(f, "%*u %lu", &pages) == 1);
    fclose(f);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* ---- the victim, in between ---- */

static char home[HOME_PATH];
static struct front victim;
static struct child hostile, friendly;

/* In memory: what a busy disk takes for a commit is not the attacker's doing. */
static void make_home(void)
{
    snprintf(home, sizeof home, "/dev/shm/hullo-test-XXXXXX");
    if (!mkdtemp(home))
        home_make(home);
}

static void victim_start(void)
{
    struct hl_client_config config = {.flags = HL_CTL_F_ENTRIES | HL_CTL_F_CONTACTS,
                                      .messenger = {.quota = QUOTA}};

    make_home();
    front_open_as(&victim, home, 1, &config);
    front_listen(&victim, "127.0.0.1:0");
    front_pair(&victim);
    tell_address(&friendly, victim.bound);
    FRONTS_UNTIL(victim.entry_count > 3, &victim); /* the friend is there */
    tell_address(&hostile, victim.bound);
}

/* Until the hostile one is through. Returns how much memory it took at most. */
static size_t endure(void)
{
    size_t before = resident();
    size_t most = before;
    struct front *fronts[] = {&victim};
    int status;

    while (waitpid(hostile.pid, &status, WNOHANG) == 0) {
        size_t now = resident();

        most = now > most ? now : most;
        fronts_wait(fronts, 1, 20);
    }
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the attacker: %d", status);
    return most - before;
}

static struct report ask_friend(void)
{
    struct report report;
    struct front *fronts[] = {&victim};
    struct pollfd fd = {.fd = friendly.hear, .events = POLLIN};

    close(friendly.tell);
    while (poll(&fd, 1, 0) == 0)
        fronts_wait(fronts, 1, 20);
    cr_assert_eq(read(friendly.hear, &report, sizeof report), sizeof report);
    waitpid(friendly.pid, NULL, 0);
    return report;
}

static void victim_stop(void)
{
    front_close(&victim, 0);
    home_remove(home);
    close(hostile.tell);
    close(hostile.hear);
    close(friendly.hear);
}

static void check_friend(const char *what, hl_time took, size_t grown)
{
    struct report report = ask_friend();

    fprintf(stderr,
            "%s: %.1f s, %.1f MB of memory; %zu lines of a friend meanwhile, the slowest had its "
            "receipt after %.0f ms\n",
            what, (double)took / 1e6, (double)grown / 1e6, (size_t)report.said,
            (double)report.worst / 1e3);
    cr_assert_leq(report.worst, DELIVERED_WITHIN * SLOWNESS);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    cr_assert_leq(grown, MEMORY);
#endif
}

Test(messenger_hostile, floods, .timeout = 280)
{
    hl_time begin;
    size_t grown;

    child_start(&hostile, "be_hostile");
    child_start(&friendly, "be_a_friend");
    victim_start();
    begin = hl_clock_now();
    grown = endure();
    fprintf(stderr, "%zu hostile frames: ", (size_t)frames_wanted());
    check_friend("all at once", hl_clock_now() - begin, grown);
    victim_stop();
}

Test(messenger_hostile, who_talks_nonsense_is_shut_out, .timeout = 280)
{
    struct hl_ctl nobody = {.kind = HL_CTL_PAIRING};
    hl_time begin;
    hl_time shut[3];
    size_t grown;

    child_start(&hostile, "be_a_babbler");
    child_start(&friendly, "be_a_friend");
    victim_start();
    FRONTS_UNTIL(victim.contact_count == 2, &victim);
    cr_assert_eq(front_ask(&victim, &nobody), 0); /* no stranger is let in from now on */
    cr_assert_eq(write(hostile.tell, "", 1), 1);
    begin = hl_clock_now();
    grown = endure();
    cr_assert_eq(read(hostile.hear, shut, sizeof shut), sizeof shut);
    fprintf(stderr, "shut out for %.1f, %.1f and %.1f s: ", (double)shut[0] / 1e6,
            (double)shut[1] / 1e6, (double)shut[2] / 1e6);
    for (int i = 0; i < 3; i++)
        cr_assert_geq(shut[i], HL_SECS(1) << i);
    check_friend("nonsense", hl_clock_now() - begin, grown);
    victim_stop();
}
