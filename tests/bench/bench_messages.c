/* SPDX-License-Identifier: MIT */
/* Messages from the disk of one home to that of another, over loopback: two processes, each a front
 * end with its messenger, and once more with the sending front end in a process of its own. Beside
 * them what the store alone does: entries queued in commits of many and of one. One "key value"
 * line per figure. */
#include "client.h"
#include "entropy.h"
#include "stats.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MESSAGES = 200000,
    TEXT = 100,
    BATCH = 1000,
    SINGLE = 2000,
    BOUND = 200,
};

static char text[TEXT];

static void make_home(char home[64])
{
    const char *in = getenv("TMPDIR");

    snprintf(home, 64, "%.30s/hullo-bench-XXXXXX", in ? in : "/tmp");
    if (!mkdtemp(home))
        stats_die("mkdtemp");
}

static void remove_home(const char *home)
{
    static const char *const names[] = {"lock", "control", "hullo.db", "hullo.db-wal",
                                        "hullo.db-shm"};
    char path[128];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", home, names[i]);
        unlink(path);
    }
    rmdir(home);
}

/* Microseconds of processor time. */
static double cpu(int who)
{
    struct rusage u;

    getrusage(who, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* ---- the store alone ---- */

static void queue(const struct hl_ledger *l, uint32_t contact, unsigned count, unsigned batch)
{
    const struct hl_env *env = hl_entropy_env();

    for (unsigned i = 0; i < count; i++) {
        const struct hl_ledger_expiry never = {0};
        struct hl_entry e = {.kind = HL_ENTRY_TEXT, .body = (uint8_t *)text, .len = TEXT};
        struct hl_ledger_counts counts;
        struct hl_ledger_row row;

        hl_entry_make_id(env, i, e.id);
        if ((i % batch == 0 && l->begin(l->user)) || l->counts(l->user, contact, &counts))
            stats_die("ledger");
        e.seq = counts.next_seq;
        if (l->queue(l->user, contact, &e, &never, &row) ||
            (i % batch == batch - 1 && l->commit(l->user)))
            stats_die("ledger");
    }
}

static void store_alone(void)
{
    struct hl_contact contact = {.name = "peer"};
    char home[64];
    char path[128];
    char why[HL_STORE_WHY];
    struct hl_store_config config = {.path = path};
    struct hl_store *s;
    double start;

    make_home(home);
    snprintf(path, sizeof path, "%s/hullo.db", home);
    if (hl_store_open(&config, &s, why) || hl_store_contact_put(s, &contact))
        stats_die("store");
    start = stats_now();
    queue(hl_store_ledger(s), contact.id, MESSAGES, BATCH);
    stats_print("store_queued_per_s_commits_of_1000", MESSAGES / (stats_now() - start) * 1e6);
    start = stats_now();
    queue(hl_store_ledger(s), contact.id, SINGLE, 1);
    stats_print("store_queued_per_s_commits_of_1", SINGLE / (stats_now() - start) * 1e6);
    hl_store_close(s);
    remove_home(home);
}

/* ---- front ends ---- */

static struct hl_client *open_home(const char *home, uint8_t n, uint64_t flags)
{
    struct hl_client_config config = {.flags = flags};
    char why[HL_STORE_WHY];
    struct hl_client *c;
    uint8_t secret[32];

    memset(secret, n, sizeof secret);
    config.messenger.home = home;
    config.messenger.secret = secret;
    if (hl_client_open(&config, &c, why)) {
        fprintf(stderr, "%s\n", why);
        stats_die("client");
    }
    return c;
}

static void wait_for(struct hl_client *c)
{
    struct pollfd p = {.fd = hl_client_fd(c), .events = POLLIN};

    if (poll(&p, 1, 60000) <= 0)
        stats_die("nothing happens");
}

static void note_bound(void *user, const struct hl_ctl *r)
{
    if (r->kind == HL_CTL_BOUND)
        snprintf(user, BOUND, "%.*s", (int)r->text.len, r->text.at);
}

static uint64_t contact_found;

static void note_contact(void *user, const struct hl_ctl *r)
{
    (void)user;
    if (r->kind == HL_CTL_CONTACT)
        contact_found = r->contact;
}

/* Listens, says where, counts what comes, and stays until the other end of until is closed. */
static void receive(const char *home, int report, int until)
{
    struct hl_client *c = open_home(home, 2, HL_CTL_F_ENTRIES);
    struct hl_ctl pair = {.kind = HL_CTL_PAIRING, .flags = HL_CTL_ON};
    struct hl_ctl r = {.kind = HL_CTL_LISTEN, .text = {"udp://127.0.0.1:0", 17}};
    char bound[BOUND] = "";
    unsigned count = 0;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (hl_client_ask(c, &r, -1, HL_SECS(5), note_bound, bound) ||
        hl_client_ask(c, &pair, -1, HL_SECS(5), note_bound, bound) ||
        write(report, bound, BOUND) != BOUND)
        stats_die("listen");
    while (count < MESSAGES) {
        struct hl_ctl shown = {.kind = HL_CTL_SHOWN};

        while (hl_client_next(c, &r)) {
            if (r.kind == HL_CTL_ENTRY) {
                count++;
                shown.row = r.row;
            }
        }
        if (shown.row && hl_client_send(c, &shown))
            stats_die("shown");
        if (count < MESSAGES)
            wait_for(c);
    }
    (void)!read(until, bound, 1);
    hl_client_close(c, 0);
    _exit(0);
}

static void serve(const char *home, int report, int until)
{
    struct hl_client *c = open_home(home, 1, 0);
    char byte = 0;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (write(report, &byte, 1) != 1)
        _exit(1);
    (void)!read(until, &byte, 1);
    hl_client_close(c, 0);
    _exit(0);
}

/* ---- sending ---- */

static bool submit(struct hl_client *c, uint64_t contact)
{
    const struct hl_env *env = hl_entropy_env();
    struct hl_ctl r = {.kind = HL_CTL_SUBMIT,
                       .contact = contact,
                       .code = HL_ENTRY_TEXT,
                       .has_id = true,
                       .text = {text, TEXT}};
    int err;

    hl_entry_make_id(env, 0, r.id);
    err = hl_client_send(c, &r);
    if (err && err != HL_ERR_BUSY)
        stats_die("submit");
    return err == 0;
}

static void send_all(const char *home, const char *to, const char *name)
{
    struct hl_client *c = open_home(home, 1, 0);
    struct hl_ctl r = {.kind = HL_CTL_OPEN, .text = {to, strlen(to)}};
    unsigned submitted = 0;
    unsigned delivered = 0;
    double start;
    double queued = 0;
    char key[100];

    if (hl_client_ask(c, &r, -1, HL_SECS(5), note_contact, NULL))
        stats_die("open");
    start = stats_now();
    while (delivered < MESSAGES) {
        while (submitted < MESSAGES && submit(c, contact_found))
            submitted++;
        if (submitted == MESSAGES && queued == 0)
            queued = stats_now();
        while (hl_client_next(c, &r))
            delivered += r.kind == HL_CTL_STATE && r.state == HL_STATE_DELIVERED;
        if (delivered < MESSAGES)
            wait_for(c);
    }
    snprintf(key, sizeof key, "%s_delivered_per_s", name);
    stats_print(key, MESSAGES / (stats_now() - start) * 1e6);
    snprintf(key, sizeof key, "%s_queued_per_s", name);
    stats_print(key, MESSAGES / (queued - start) * 1e6);
    hl_client_close(c, 0);
}

static void run(const char *name, bool apart)
{
    char homes[2][64];
    char bound[BOUND];
    char key[100];
    int ready[2];
    int until[2];
    double own;
    double others;

    make_home(homes[0]);
    make_home(homes[1]);
    if (pipe(ready) || pipe(until))
        stats_die("pipe");
    if (fork() == 0) {
        close(until[1]);
        receive(homes[1], ready[1], until[0]);
    }
    if (read(ready[0], bound, BOUND) != BOUND)
        stats_die("a receiver");
    if (apart && fork() == 0) {
        close(until[1]);
        serve(homes[0], ready[1], until[0]);
    }
    if (apart && read(ready[0], key, 1) != 1)
        stats_die("a server");
    own = cpu(RUSAGE_SELF);
    others = cpu(RUSAGE_CHILDREN);
    send_all(homes[0], bound, name);
    close(until[1]);
    while (wait(NULL) > 0)
        ;
    close(until[0]);
    close(ready[0]);
    close(ready[1]);
    snprintf(key, sizeof key, "%s_sender_cpu_us", name);
    stats_print(key, (cpu(RUSAGE_SELF) - own) / MESSAGES);
    snprintf(key, sizeof key, apart ? "%s_server_and_receiver_cpu_us" : "%s_receiver_cpu_us", name);
    stats_print(key, (cpu(RUSAGE_CHILDREN) - others) / MESSAGES);
    remove_home(homes[0]);
    remove_home(homes[1]);
}

int main(void)
{
    memset(text, 'x', sizeof text);
    signal(SIGPIPE, SIG_IGN);
    store_alone();
    run("messages", false);
    run("messages_by_socket", true);
    return 0;
}
