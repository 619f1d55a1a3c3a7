/* SPDX-License-Identifier: MIT */
/* Front ends of one home: several at once, slow ones, broken ones, and those that are killed. */
#include "child.h"
#include "homes.h"

#include "ctlio.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    EVERYTHING = HL_CTL_F_ENTRIES | HL_CTL_F_CONTACTS,
};

static char home_a[HOME_PATH], home_b[HOME_PATH];
static struct front a, b, c, d;

static void set_up(void)
{
    home_make(home_a);
    home_make(home_b);
}

static void tear_down(void)
{
    struct front *const all[] = {&a, &b, &c, &d};

    for (size_t i = 0; i < 4; i++) {
        if (all[i]->client)
            front_close(all[i], 0);
    }
    home_remove(home_a);
    home_remove(home_b);
}

TestSuite(messenger_fronts, .init = set_up, .fini = tear_down, .timeout = 100);

static uint64_t meet(void)
{
    front_open(&a, home_a, 1, EVERYTHING);
    front_open(&b, home_b, 2, EVERYTHING);
    front_listen(&b, "127.0.0.1:0");
    front_pair(&b);
    return front_open_peer(&a, b.bound);
}

/* ---- several ---- */

Test(messenger_fronts, all_of_a_home_are_told)
{
    uint64_t to = meet();

    front_open(&c, home_b, 2, EVERYTHING);
    front_open(&d, home_b, 2, EVERYTHING);
    cr_assert(hl_client_serves(b.client));
    cr_assert(!hl_client_serves(c.client) && !hl_client_serves(d.client));
    cr_assert_arr_eq(hl_client_key(c.client), hl_client_key(b.client), 32);
    front_submit(&a, to, 1, "hello");
    FRONTS_UNTIL(b.entry_count == 1 && c.entry_count == 1 && d.entry_count == 1, &a, &b, &c, &d);
    front_submit(&c, c.entries[0].contact, 2, "hello from c");
    FRONTS_UNTIL(a.entry_count == 1 && b.entry_count == 2 && d.entry_count == 2 &&
                     c.states[HL_STATE_DELIVERED] == 1,
                 &a, &b, &c, &d);
    cr_assert(b.entries[1].flags & HL_CTL_E_OURS);
    cr_assert_eq(c.entry_count, 1, "it knows what it said");
    cr_assert_eq(b.states[HL_STATE_DELIVERED], 0, "nor did b ask");
}

Test(messenger_fronts, what_nobody_was_shown_is_told_to_the_next)
{
    uint64_t to = meet();
    struct hl_ctl shown = {.kind = HL_CTL_SHOWN};

    for (unsigned i = 0; i < 10; i++)
        front_submit(&a, to, i, "hello");
    FRONTS_UNTIL(b.entry_count == 10, &a, &b);
    shown.row = b.entries[6].row;
    cr_assert_eq(hl_client_send(b.client, &shown), 0);
    front_close(&b, 0);
    front_open(&c, home_b, 2, HL_CTL_F_ENTRIES | HL_CTL_F_UNSHOWN);
    FRONTS_UNTIL(c.entry_count == 3, &c);
    cr_assert_eq(c.entries[0].seq, 8);
    cr_assert(c.entries[0].flags & HL_CTL_E_OLD);
}

/* One that came later, and was told of what came after that alone, says nothing of what nobody has
 * shown; what our user said in between does not count. */
Test(messenger_fronts, who_comes_late_does_not_hide_what_came_before)
{
    uint64_t to = meet();
    struct hl_ctl shown = {.kind = HL_CTL_SHOWN};

    front_submit(&a, to, 1, "while nobody was there");
    FRONTS_UNTIL(b.entry_count == 1, &a, &b);
    front_open(&c, home_b, 2, EVERYTHING);
    front_submit(&a, to, 2, "for c");
    FRONTS_UNTIL(c.entry_count == 1, &a, &b, &c);
    shown.row = c.entries[0].row;
    cr_assert_eq(hl_client_send(c.client, &shown), 0);
    front_close(&c, 0);
    front_open(&d, home_b, 2, HL_CTL_F_ENTRIES | HL_CTL_F_UNSHOWN);
    FRONTS_UNTIL(d.entry_count == 2, &a, &b, &d);
    cr_assert_eq(d.entries[0].seq, 1);
    shown.row = d.entries[1].row;
    cr_assert_eq(hl_client_send(d.client, &shown), 0);
    front_close(&d, 0);
    front_submit(&b, b.entries[0].contact, 3, "our own");
    FRONTS_UNTIL(b.states[HL_STATE_DELIVERED] == 1, &a, &b);
    front_open(&c, home_b, 2, EVERYTHING);
    front_submit(&a, to, 4, "for c too");
    FRONTS_UNTIL(c.entry_count == 1, &a, &b, &c);
    shown.row = c.entries[0].row;
    cr_assert_eq(hl_client_send(c.client, &shown), 0);
    front_close(&c, 0);
    front_open(&d, home_b, 2, HL_CTL_F_ENTRIES | HL_CTL_F_UNSHOWN);
    front_submit(&a, to, 5, "for whoever comes");
    FRONTS_UNTIL(d.entry_count == 1, &a, &b, &d);
    cr_assert_eq(d.entries[0].seq, 4);
}

/* ---- what they leave for the next ---- */

static void copy_end(void *user, const struct hl_ctl *answer)
{
    if (answer->kind == HL_CTL_END && answer->text.len > 0 && answer->text.len < HOME_TEXT)
        memcpy(user, answer->text.at, answer->text.len);
}

static int stash(struct front *f, uint64_t contact, const char *name, const char *text)
{
    struct hl_ctl r = {.kind = HL_CTL_STASH,
                       .contact = contact,
                       .name = {name, strlen(name)},
                       .text = {text, strlen(text)}};

    return hl_client_ask(f->client, &r, -1, HL_SECS(HOME_PATIENCE), copy_end, (char[HOME_TEXT]){0});
}

static const char *stashed(struct front *f, uint64_t contact, const char *name)
{
    static char text[HOME_TEXT];
    struct hl_ctl r = {.kind = HL_CTL_STASHED, .contact = contact, .name = {name, strlen(name)}};

    memset(text, 0, sizeof text);
    cr_assert_eq(hl_client_ask(f->client, &r, -1, HL_SECS(HOME_PATIENCE), copy_end, text), 0);
    return text;
}

Test(messenger_fronts, what_one_stashes_the_next_finds)
{
    uint64_t to = meet();

    cr_assert_eq(stash(&a, to, "draft", "half a word"), 0);
    cr_assert_eq(stash(&a, 0, "layout", "one pane"), 0);
    cr_assert_eq(stash(&a, 77, "draft", "to nobody"), -ENOENT);
    cr_assert_eq(stash(&a, 0, "a name of thirty-three bytes, alas", "x"), HL_ERR_TOO_LONG);
    front_close(&a, 0);
    front_open(&c, home_a, 1, 0);
    cr_assert_str_eq(stashed(&c, to, "draft"), "half a word");
    cr_assert_str_eq(stashed(&c, 0, "layout"), "one pane");
    cr_assert_str_eq(stashed(&c, 0, "draft"), "");
}

/* ---- slow ones ---- */

/* More than waits for a front end, HL_FRONT_HIGH, and for its socket. */
enum { LINES_TOO_MANY = 500 };

static const char *long_line(void)
{
    static char text[2000];

    memset(text, 'x', sizeof text - 1);
    return text;
}

Test(messenger_fronts, one_that_does_not_read_loses_nothing)
{
    enum { MANY = LINES_TOO_MANY };
    uint64_t to = meet();

    front_open(&c, home_b, 2, EVERYTHING);
    c.deaf = true;
    for (unsigned i = 0; i < MANY; i++)
        front_submit(&a, to, i, long_line());
    FRONTS_UNTIL(b.entry_count == MANY && a.states[HL_STATE_DELIVERED] == MANY, &a, &b, &c);
    c.deaf = false;
    FRONTS_UNTIL(c.entry_count == MANY, &a, &b, &c);
    for (unsigned i = 0; i < MANY; i++) {
        cr_assert_eq(c.entries[i].seq, i + 1);
        cr_assert_eq(b.entries[i].seq, i + 1);
    }
}

/* Whose words arrive while it does not read. */
Test(messenger_fronts, states_are_told_late_rather_than_never)
{
    enum { MANY = 8000 };
    uint64_t to = meet();
    char bound[HOME_TEXT];

    FRONTS_UNTIL(front_contact(&a, to)->reach == HL_REACH_UP, &a, &b);
    snprintf(bound, sizeof bound, "%s", b.bound);
    front_close(&b, 0);
    for (unsigned i = 0; i < MANY; i++)
        front_submit(&a, to, i, "hello");
    FRONTS_UNTIL(a.states[HL_STATE_QUEUED] >= MANY, &a);
    a.deaf = true;
    front_open(&b, home_b, 2, EVERYTHING);
    front_listen(&b, bound);
    FRONTS_UNTIL(b.entry_count == MANY, &a, &b);
    a.deaf = false;
    FRONTS_UNTIL(a.states[HL_STATE_DELIVERED] == MANY, &a, &b);
}

Test(messenger_fronts, a_long_answer_comes_in_pieces)
{
    enum { MANY = 400, LENGTH = 20000 };
    struct hl_ctl r = {.kind = HL_CTL_HISTORY, .number = MANY};
    uint64_t to = meet();
    char *text = malloc(LENGTH + 1);

    memset(text, 'x', LENGTH);
    text[LENGTH] = '\0';
    for (unsigned i = 0; i < MANY; i++)
        front_submit(&a, to, i, text);
    FRONTS_UNTIL(a.states[HL_STATE_DELIVERED] == MANY && b.entry_count == MANY, &a, &b);
    b.entry_count = 0;
    cr_assert_eq(front_ask(&b, &r), 0);
    cr_assert_eq(b.entry_count, MANY);
    b.entry_count = 0;
    r = (struct hl_ctl){.kind = HL_CTL_HISTORY,
                        .contact = b.contacts[0].id,
                        .number = 300,
                        .flags = HL_CTL_BACKWARD};
    cr_assert_eq(front_ask(&b, &r), 0);
    cr_assert_eq(b.entry_count, 300);
    cr_assert_eq(b.entries[0].seq, MANY);
    cr_assert_eq(b.entries[299].seq, MANY - 299);
    free(text);
}

struct page {
    size_t entries;
    uint64_t last, flags; /* seq of the last one; of END */
};

static void take_page(void *user, const struct hl_ctl *answer)
{
    struct page *page = user;

    if (answer->kind == HL_CTL_ENTRY) {
        page->entries++;
        page->last = answer->seq;
    } else {
        page->flags = answer->flags;
    }
}

static struct page page_of(uint64_t pos, uint64_t bytes)
{
    struct hl_ctl r = {.kind = HL_CTL_HISTORY, .number = 100, .pos = pos, .count = bytes};
    struct page page = {0};

    r.contact = b.contacts[0].id;
    cr_assert_eq(hl_client_ask(b.client, &r, -1, HL_SECS(HOME_PATIENCE), take_page, &page), 0);
    return page;
}

/* Or somebody who wants a screen of it would be sent two hundred times 64 KiB. */
Test(messenger_fronts, an_answer_ends_where_its_text_gets_too_long)
{
    enum { MANY = 7, LENGTH = 10000 };
    uint64_t to = meet();
    char text[LENGTH + 1] = "";
    struct page page;

    memset(text, 'x', LENGTH);
    for (unsigned i = 0; i < MANY; i++)
        front_submit(&a, to, i, text);
    FRONTS_UNTIL(a.states[HL_STATE_DELIVERED] == MANY && b.entry_count == MANY, &a, &b);
    page = page_of(0, 3 * LENGTH);
    cr_assert(page.entries == 3 && page.last == 3 && page.flags == HL_CTL_MORE);
    page = page_of(3, 1);
    cr_assert(page.entries == 1 && page.last == 4 && page.flags == HL_CTL_MORE);
    page = page_of(4, 3 * LENGTH);
    cr_assert(page.entries == 3 && page.last == MANY && page.flags == 0);
    page = page_of(0, 0);
    cr_assert(page.entries == MANY && page.flags == 0);
}

/* What it has shown counts, though the messenger takes nothing of who does not read. */
Test(messenger_fronts, the_last_word_of_a_slow_one_is_taken)
{
    enum { MANY = LINES_TOO_MANY };
    struct hl_ctl shown = {.kind = HL_CTL_SHOWN};
    uint64_t to = meet();

    front_open(&c, home_b, 2, EVERYTHING);
    c.deaf = true;
    for (unsigned i = 0; i < MANY; i++)
        front_submit(&a, to, i, long_line());
    FRONTS_UNTIL(b.entry_count == MANY && a.states[HL_STATE_DELIVERED] == MANY, &a, &b);
    shown.row = b.entries[MANY - 1].row;
    cr_assert_eq(hl_client_send(c.client, &shown), 0);
    front_close(&c, 0);
    front_open(&d, home_b, 2, HL_CTL_F_ENTRIES | HL_CTL_F_UNSHOWN);
    front_submit(&a, to, MANY, "the next");
    FRONTS_UNTIL(d.entry_count > 0, &a, &b, &d);
    cr_assert_eq(d.entries[0].seq, MANY + 1);
}

/* ---- broken ones ---- */

static int raw_line(const char *home)
{
    int fd;

    cr_assert_eq(hl_lock_connect(home, &fd), 0);
    return fd;
}

/* Whether the other side ends the connection. */
static bool is_ended(int fd)
{
    struct timeval patience = {.tv_sec = HOME_PATIENCE};
    char bytes[256];
    ssize_t n;

    fcntl(fd, F_SETFL, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    do
        n = recv(fd, bytes, sizeof bytes, 0);
    while (n > 0);
    return n == 0;
}

static void send_record(int fd, const struct hl_ctl *r)
{
    char bytes[512];
    size_t len = hl_ctl_put(bytes, sizeof bytes, r);

    cr_assert_eq(send(fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

Test(messenger_fronts, nonsense_ends_who_says_it_and_nobody_else)
{
    const struct hl_ctl early = {.kind = HL_CTL_CONTACTS, .request = 1};
    const struct hl_ctl other = {.kind = HL_CTL_HELLO, .request = 1, .version = 99};
    const struct hl_ctl event = {.kind = HL_CTL_WELCOME, .request = 1};
    const struct hl_ctl *const records[] = {&early, &other, &event};
    static const char nonsense[] = "\x05\0\0\0\xff\xff\xff\xff\xff";
    uint64_t to = meet();
    int fd = raw_line(home_b);

    cr_assert_eq(send(fd, nonsense, sizeof nonsense - 1, MSG_NOSIGNAL),
                 (ssize_t)sizeof nonsense - 1);
    cr_assert(is_ended(fd));
    close(fd);
    for (size_t i = 0; i < 3; i++) {
        fd = raw_line(home_b);
        send_record(fd, records[i]);
        cr_assert(is_ended(fd), "%zu", i);
        close(fd);
    }
    front_submit(&a, to, 1, "still there?");
    FRONTS_UNTIL(b.entry_count == 1, &a, &b);
}

Test(messenger_fronts, a_socket_without_a_process_is_replaced)
{
    struct sockaddr_un sun = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(sun.sun_path, sizeof sun.sun_path, "%s/control", home_a);
    cr_assert_eq(bind(fd, (struct sockaddr *)&sun, sizeof sun), 0);
    close(fd);
    front_open(&a, home_a, 1, EVERYTHING);
    front_open(&c, home_a, 1, EVERYTHING);
    cr_assert(!hl_client_serves(c.client));
}

Test(messenger_fronts, long_paths_are_homes_too)
{
    char path[400];
    int len = snprintf(path, sizeof path, "%s/", home_a);

    memset(path + len, 'x', 200);
    path[len + 200] = '\0';
    cr_assert_eq(mkdir(path, 0700), 0);
    front_open(&a, path, 1, EVERYTHING);
    front_open(&c, path, 1, EVERYTHING);
    cr_assert(!hl_client_serves(c.client));
    front_close(&c, 0);
    front_close(&a, 0);
    home_remove(path);
}

/* ---- other users ---- */

Test(messenger_fronts, files_are_private_under_any_umask)
{
    static const char *const names[] = {"lock", "control", "hullo.db", "hullo.db-wal"};
    uint64_t to;
    char path[HOME_PATH + 20];
    struct stat st;

    umask(0);
    to = meet();
    front_submit(&a, to, 1, "hello");
    FRONTS_UNTIL(b.entry_count == 1, &a, &b);
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", home_b, names[i]);
        cr_assert_eq(stat(path, &st), 0, "%s", names[i]);
        cr_assert_eq(st.st_mode & 0777, 0600, "%s", names[i]);
    }
}

Test(messenger_fronts, other_users_are_turned_away)
{
    int status;
    pid_t child;

    if (geteuid() != 0)
        cr_skip_test("only root can become another user");
    front_open(&a, home_a, 1, EVERYTHING);
    cr_assert_eq(chmod(home_a, 0777), 0);
    child = fork();
    if (child == 0) {
        char path[HOME_PATH + 20];
        int fd;

        snprintf(path, sizeof path, "%s/control", home_a);
        if (chmod(path, 0777) || setgid(65534) || setuid(65534))
            _exit(2);
        _exit(hl_lock_connect(home_a, &fd) == -EPERM ? 0 : 1);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0, "the client does not trust the server");
    child = fork();
    if (child == 0) {
        struct sockaddr_un sun = {.sun_family = AF_UNIX};
        const struct hl_ctl hello = {.kind = HL_CTL_HELLO, .request = 1, .version = HL_CTL_VERSION};
        char bytes[64];
        size_t len = hl_ctl_put(bytes, sizeof bytes, &hello);
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);

        snprintf(sun.sun_path, sizeof sun.sun_path, "%s/control", home_a);
        if (setgid(65534) || setuid(65534) || connect(fd, (struct sockaddr *)&sun, sizeof sun))
            _exit(2);
        (void)!send(fd, bytes, len, MSG_NOSIGNAL);
        _exit(recv(fd, bytes, sizeof bytes, 0) <= 0 ? 0 : 1);
    }
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert_eq(status, 0, "nor the server the client");
}

/* ---- the end of who serves ---- */

struct serve_what {
    char home[HOME_PATH];
    unsigned number;
    bool alone; /* it has no descriptor for anybody else */
};

static void use_up_descriptors(void)
{
    int fd = open("/dev/null", O_RDONLY);
    struct rlimit limit;

    close(fd);
    if (fd < 0 || getrlimit(RLIMIT_NOFILE, &limit) != 0)
        _exit(4);
    limit.rlim_cur = (rlim_t)fd;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        _exit(4);
}

/* Serves a home until it is killed. Says where it listens. */
CHILD(serve)
{
    struct serve_what what;
    struct hl_client_config config = {.messenger = {.home = what.home}};
    char why[HL_STORE_WHY];
    struct front f = {0};
    struct front *fronts[] = {&f};
    uint8_t secret[32];

    if (read(STDIN_FILENO, &what, sizeof what) != sizeof what)
        _exit(3);
    home_secret(secret, what.number);
    config.messenger.secret = secret;
    if (hl_client_open(&config, &f.client, why) != 0)
        _exit(1);
    front_listen(&f, "127.0.0.1:0");
    if (what.alone)
        use_up_descriptors();
    if (write(STDOUT_FILENO, f.bound, HOME_TEXT) != HOME_TEXT)
        _exit(2);
    for (;;)
        fronts_wait(fronts, 1, 1000);
}

static void serve_as(struct child *child, const char *home, struct serve_what what,
                     char bound[HOME_TEXT])
{
    snprintf(what.home, sizeof what.home, "%s", home);
    child_start(child, "serve");
    cr_assert_eq(write(child->tell, &what, sizeof what), sizeof what);
    cr_assert_eq(read(child->hear, bound, HOME_TEXT), HOME_TEXT);
}

static void serve_in_child(struct child *child, const char *home, unsigned n, char bound[HOME_TEXT])
{
    serve_as(child, home, (struct serve_what){.number = n}, bound);
}

static void is_in_order(const struct front *f, unsigned count)
{
    cr_assert_eq(f->entry_count, count);
    for (unsigned i = 0; i < count; i++)
        cr_assert_eq(f->entries[i].seq, i + 1, "%u", i);
}

/* Whoever serves the sender is killed in the middle of it. */
Test(messenger_fronts, a_submitter_takes_over)
{
    enum { MANY = 4000 };
    char bound[HOME_TEXT];
    struct child child;
    uint64_t to;

    serve_in_child(&child, home_a, 1, bound);
    front_open(&b, home_b, 2, EVERYTHING);
    front_listen(&b, "127.0.0.1:0");
    front_pair(&b);
    front_open(&a, home_a, 1, EVERYTHING);
    cr_assert(!hl_client_serves(a.client));
    to = front_open_peer(&a, b.bound);
    for (unsigned i = 0; i < MANY; i++) {
        front_submit(&a, to, i, "hello");
        if (i % 64 == 0)
            front_pump(&a);
        if (i == MANY / 2)
            child_end(&child, SIGKILL);
    }
    FRONTS_UNTIL(a.states[HL_STATE_DELIVERED] == MANY && b.entry_count == MANY, &a, &b);
    cr_assert(hl_client_serves(a.client));
    cr_assert_eq(a.welcomes, 1, "and it knows");
    is_in_order(&b, MANY);
}

/* Whoever serves the receiver is killed; of the two that are left one takes over, and both are told
 * all of it, once. */
Test(messenger_fronts, listeners_take_over)
{
    enum { MANY = 4000 };
    char bound[HOME_TEXT];
    struct child child;
    uint64_t to;

    serve_in_child(&child, home_b, 2, bound);
    front_open(&b, home_b, 2, EVERYTHING);
    front_open(&c, home_b, 2, EVERYTHING);
    front_pair(&b);
    front_open(&a, home_a, 1, EVERYTHING);
    to = front_open_peer(&a, bound);
    for (unsigned i = 0; i < MANY; i++) {
        front_submit(&a, to, i, "hello");
        if (i == MANY / 2) {
            FRONTS_UNTIL(b.entry_count > 100, &a, &b, &c);
            child_end(&child, SIGKILL);
        }
    }
    FRONTS_UNTIL(b.welcomes == 1 && c.welcomes == 1, &a, &b, &c);
    cr_assert_neq(hl_client_serves(b.client), hl_client_serves(c.client));
    front_listen(&b, bound);
    FRONTS_UNTIL(a.states[HL_STATE_DELIVERED] == MANY && b.entry_count == MANY &&
                     c.entry_count == MANY,
                 &a, &b, &c);
    is_in_order(&b, MANY);
    is_in_order(&c, MANY);
}

/* What a user was given is good until he asks for the next, though he says something meanwhile and
 * nobody hears it any more. */
Test(messenger_fronts, a_record_outlives_its_messenger)
{
    static const char typed[] = "127.0.0.1:9";
    struct hl_ctl add = {
        .kind = HL_CTL_CONTACT_ADD, .text = {typed, sizeof typed - 1}, .name = {"nobody", 6}};
    struct hl_ctl list = {.kind = HL_CTL_CONTACTS};
    char bound[HOME_TEXT];
    struct child child;
    struct hl_ctl r = {.kind = HL_CTL_NONE};

    serve_in_child(&child, home_a, 1, bound);
    front_open(&a, home_a, 1, EVERYTHING);
    cr_assert_eq(hl_client_send(a.client, &add), 0);
    while (r.kind != HL_CTL_CONTACT)
        (void)hl_client_next(a.client, &r);
    child_end(&child, SIGKILL);
    cr_assert_eq(hl_client_send(a.client, &list), 0);
    cr_assert_eq(r.name.len, 6);
    cr_assert_eq(memcmp(r.name.at, "nobody", 6), 0);
    FRONTS_UNTIL(a.welcomes == 1 && a.contact_count == 1, &a);
}

/* Goes round: whoever serves leaves, the next takes over. */
Test(messenger_fronts, each_takes_over_in_turn)
{
    struct front *order[] = {&a, &b, &c, &d};
    struct hl_ctl list = {.kind = HL_CTL_CONTACTS};

    for (size_t i = 0; i < 4; i++)
        front_open(order[i], home_a, 1, EVERYTHING);
    for (size_t i = 0; i < 3; i++) {
        cr_assert(hl_client_serves(order[i]->client), "%zu", i);
        front_close(order[i], 0);
        FRONTS_UNTIL(order[i + 1]->welcomes == i + 1, order[i + 1]);
        list.request = 0;
        cr_assert_eq(front_ask(order[i + 1], &list), 0);
        for (size_t k = i + 2; k < 4; k++)
            FRONTS_UNTIL(order[k]->welcomes == i + 1, order[k]);
    }
}

/* ---- too many ---- */

static int open_one_more(char why[static HL_STORE_WHY])
{
    struct hl_client_config config = {.messenger = {.home = home_a}};
    uint8_t secret[32];

    home_secret(secret, 1);
    config.messenger.secret = secret;
    return hl_client_open(&config, &c.client, why);
}

Test(messenger_fronts, one_too_many_is_told_so)
{
    enum { MOST = 64 };
    hl_time until = hl_clock_now() + HL_SECS(HOME_PATIENCE);
    char why[HL_STORE_WHY] = "";
    int lines[MOST];

    front_open(&a, home_a, 1, EVERYTHING);
    for (int i = 1; i < MOST; i++)
        lines[i] = raw_line(home_a);
    cr_assert_eq(open_one_more(why), -EUSERS, "%s", why);
    cr_assert_str_eq(why, "messenger: too many programs use this home");
    close(lines[1]);
    while (open_one_more(why) != 0) /* as soon as it is known that one has gone */
        cr_assert_lt(hl_clock_now(), until, "%s", why);
    for (int i = 2; i < MOST; i++)
        close(lines[i]);
}

static hl_time cpu_time(pid_t pid)
{
    struct timespec used;
    clockid_t clock;

    cr_assert_eq(clock_getcpuclockid(pid, &clock), 0);
    cr_assert_eq(clock_gettime(clock, &used), 0);
    return HL_SECS(used.tv_sec) + used.tv_nsec / 1000;
}

/* Who comes meanwhile waits without costing anything, and is served once there is a descriptor. */
Test(messenger_fronts, without_descriptors_nobody_is_lost)
{
    const struct hl_ctl hello = {.kind = HL_CTL_HELLO, .request = 1, .version = HL_CTL_VERSION};
    struct rlimit limit;
    struct child child;
    char bound[HOME_TEXT];
    char byte;
    hl_time used;
    int fd;

    serve_as(&child, home_a, (struct serve_what){.number = 1, .alone = true}, bound);
    fd = raw_line(home_a);
    send_record(fd, &hello);
    used = cpu_time(child.pid);
    poll(NULL, 0, 1000); /* it is what is not done in this time that counts */
    cr_assert_lt(cpu_time(child.pid) - used, HL_MS(100));
    cr_assert_lt(recv(fd, &byte, 1, MSG_DONTWAIT), 0);
    cr_assert_eq(prlimit(child.pid, RLIMIT_NOFILE, NULL, &limit), 0);
    limit.rlim_cur += 10;
    cr_assert_eq(prlimit(child.pid, RLIMIT_NOFILE, &limit, NULL), 0);
    fcntl(fd, F_SETFL, 0);
    cr_assert_eq(recv(fd, &byte, 1, 0), 1);
    close(fd);
    child_end(&child, SIGKILL);
}

/* ---- the disk ---- */

Test(messenger_fronts, a_full_disk_is_waited_out)
{
    enum { MANY = 50 };
    struct rlimit limit = {.rlim_cur = 4096, .rlim_max = RLIM_INFINITY};
    struct hl_ctl list = {.kind = HL_CTL_CONTACTS};
    uint64_t to = meet();

    signal(SIGXFSZ, SIG_IGN);
    front_submit(&a, to, 0, "hello");
    FRONTS_UNTIL(a.states[HL_STATE_DELIVERED] == 1, &a, &b);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    for (unsigned i = 1; i < MANY; i++)
        front_submit(&a, to, i, "is there room?");
    FRONTS_UNTIL(a.stalls == 1, &a, &b);
    cr_assert_eq(hl_err_class(a.stall_err), HL_CLASS_STORAGE, "%d", a.stall_err);
    cr_assert_eq(front_ask(&a, &list), 0, "others are answered");
    cr_assert_eq(a.states[HL_STATE_QUEUED], 1, "nothing is said to be on disk that is not");
    limit.rlim_cur = RLIM_INFINITY;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    FRONTS_UNTIL(a.states[HL_STATE_DELIVERED] == MANY && b.entry_count == MANY, &a, &b);
    cr_assert_eq(a.unstalls, 1);
    is_in_order(&b, MANY);
}

/* Whoever does not read meanwhile, or comes only then, is told as long as it is so. */
Test(messenger_fronts, a_full_disk_is_told_to_all)
{
    enum { MANY = LINES_TOO_MANY };
    struct rlimit limit = {.rlim_cur = 4096, .rlim_max = RLIM_INFINITY};
    uint64_t to = meet();

    signal(SIGXFSZ, SIG_IGN);
    front_open(&c, home_a, 1, EVERYTHING);
    c.deaf = true;
    for (unsigned i = 0; i < MANY; i++)
        front_submit(&a, to, i, long_line());
    FRONTS_UNTIL(b.entry_count == MANY && a.states[HL_STATE_DELIVERED] == MANY, &a, &b);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    front_submit(&a, to, MANY, "is there room?");
    FRONTS_UNTIL(a.stalls == 1, &a, &b);
    front_open(&d, home_a, 1, EVERYTHING);
    FRONTS_UNTIL(d.stalls == 1, &a, &b, &d);
    c.deaf = false;
    FRONTS_UNTIL(c.entry_count == MANY && c.stalls == 1, &a, &b, &c, &d);
    limit.rlim_cur = RLIM_INFINITY;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    FRONTS_UNTIL(a.unstalls == 1 && c.unstalls == 1 && d.unstalls == 1, &a, &b, &c, &d);
}

/* ---- what cannot be ---- */

/* Nothing is left of it, which the sanitizer sees. */
Test(messenger_fronts, requests_that_make_no_sense)
{
    uint64_t to = meet();
    static const char long_text[HL_BODY_MAX + 1];
    struct hl_ctl search = {.kind = HL_CTL_SEARCH, .contact = 77, .number = 1, .text = {"x", 1}};
    struct hl_ctl submit = {.kind = HL_CTL_SUBMIT,
                            .contact = to,
                            .code = HL_ENTRY_TEXT,
                            .has_id = true,
                            .id = {1},
                            .text = {long_text, sizeof long_text}};

    for (int i = 0; i < 2; i++) {
        search.request = submit.request = 0;
        cr_assert_eq(front_ask(&a, &search), -ENOENT);
        cr_assert_eq(front_ask(&a, &submit), HL_ERR_TOO_LONG);
    }
    front_submit(&a, to, 0, "this does");
    FRONTS_UNTIL(a.states[HL_STATE_DELIVERED] == 1, &a, &b);
}

/* ---- without a network ---- */

Test(messenger_fronts, what_needs_no_network_opens_none)
{
    struct hl_client_config config = {.flags = EVERYTHING, .messenger = {.offline = true}};
    static const char typed[] = "127.0.0.1:9";
    struct hl_ctl add = {
        .kind = HL_CTL_CONTACT_ADD, .text = {typed, sizeof typed - 1}, .name = {"nobody", 6}};

    front_open_as(&a, home_a, 1, &config);
    cr_assert_eq(front_ask(&a, &add), 0);
    cr_assert_str_eq(a.contacts[0].name, "nobody");
    front_submit(&a, a.contacts[0].id, 1, "for later");
    FRONTS_UNTIL(a.states[HL_STATE_QUEUED] == 1, &a);
    cr_assert_eq(a.contacts[0].reach, HL_REACH_IDLE);
    front_open(&c, home_a, 1, EVERYTHING); /* this one does */
    FRONTS_UNTIL(a.contacts[0].reach != HL_REACH_IDLE, &a, &c);
}
