/* SPDX-License-Identifier: MIT */
/* The store: commits, entries that share commits, a store of many entries, searching in it.
 *
 * usage: bench_store [ENTRIES [DIRECTORY]]     (a million; a new one under /var/tmp) */
#include "err.h"
#include "stats.h"
#include "store.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    SYNCS = 2000,
    BATCH = 300, /* entries of a shared commit */
    GROUPED = 200000,
    REPEATS = 40,
    ENTRY_MS = 20, /* between the clock times in the ids of two entries */
};

#define START_MS INT64_C(1700000000000)

static char directory[200];
static char path[240];
static struct hl_store *store;
static const struct hl_ledger *ledger;
static uint64_t random_state = 7;

static uint64_t next_random(void)
{
    random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return random_state >> 33;
}

static void fill_random(void *user, void *out, size_t len)
{
    uint8_t *at = out;

    (void)user;
    while (len-- > 0)
        *at++ = (uint8_t)next_random();
}

static const struct hl_env random_env = {.random = fill_random};

static void must(int err, const char *what)
{
    if (err >= 0)
        return;
    fprintf(stderr, "bench_store: %s: %s (%s)\n", what, hl_err_text(err),
            store ? hl_store_why(store) : "");
    exit(1);
}

static void open_store_sealed(const uint8_t *seal)
{
    char why[HL_STORE_WHY];

    must(hl_store_open(&(struct hl_store_config){.path = path, .seal = seal}, &store, why), path);
    ledger = hl_store_ledger(store);
}

static void open_store(void)
{
    open_store_sealed(NULL);
}

static void close_store(void)
{
    hl_store_close(store);
    store = NULL;
}

static void remove_store(void)
{
    char name[256];

    unlink(path);
    snprintf(name, sizeof name, "%s-wal", path);
    unlink(name);
}

/* Resident memory of this process in MiB. */
static double resident(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long pages = 0;

    if (!file || fscanf(file, "%*u %lu", &pages) != 1)
        stats_die("/proc/self/statm");
    fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE) / (1 << 20);
}

/* Processor time of this process in microseconds: what is left of a figure on a busy machine. */
static double processor(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

struct span {
    double wall, cpu;
};

static struct span begin_span(void)
{
    return (struct span){stats_now(), processor()};
}

/* NAME_per_s and NAME_cpu_us: of each of count. */
static void end_span(const char *name, struct span start, double count)
{
    double wall = stats_now() - start.wall, cpu = processor() - start.cpu;
    char key[80];

    snprintf(key, sizeof key, "%s_per_s", name);
    stats_print(key, count / wall * 1e6);
    snprintf(key, sizeof key, "%s_cpu_us", name);
    stats_print(key, cpu / count);
}

/* ---- the disk ---- */

/* What a commit cannot be faster than: the bytes of one, written and synced. */
static void bare_syncs(void)
{
    char block[4096 + 24] = {1}, name[256];
    struct span start;
    int fd;

    snprintf(name, sizeof name, "%s/bare", directory);
    fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0)
        stats_die(name);
    for (int i = 0; i < SYNCS; i++) /* the file does not grow later */
        if (write(fd, block, sizeof block) != (ssize_t)sizeof block)
            stats_die("write");
    fsync(fd);
    lseek(fd, 0, SEEK_SET);
    start = begin_span();
    for (int i = 0; i < SYNCS; i++) {
        if (write(fd, block, sizeof block) != (ssize_t)sizeof block || fdatasync(fd) < 0)
            stats_die("fdatasync");
    }
    end_span("bare_fdatasync", start, SYNCS);
    close(fd);
    unlink(name);
}

/* ---- entries ---- */

static const char *const common[] = {"the",  "meeting", "tomorrow", "is",   "and",    "we",
                                     "will", "have",    "lunch",    "then", "server", "network"};
static const char *const chinese[] = {"你好", "明天", "我们", "会议", "服务器",
                                      "网络", "的",   "消息", "时间", "今天"};

/* Words as people use them: a few all the time, most hardly ever; each tenth text Chinese. */
static size_t make_text(char *out, size_t size, uint64_t number)
{
    size_t words = 4 + next_random() % 20, len = 0;

    for (size_t i = 0; i < words && len + 40 < size; i++) {
        if (number % 10 == 0)
            len += (size_t)snprintf(out + len, size - len, "%s", chinese[next_random() % 10]);
        else if (next_random() % 3)
            len += (size_t)snprintf(out + len, size - len, "%s ", common[next_random() % 12]);
        else
            len += (size_t)snprintf(out + len, size - len, "w%lx ",
                                    (unsigned long)(next_random() % (1 + next_random() % 50000)));
    }
    if (number == 5000)
        len += (size_t)snprintf(out + len, size - len, "needle 绣花针");
    return len;
}

static uint32_t add_contact(const char *name)
{
    struct hl_contact c = {.named = true};

    snprintf(c.name, sizeof c.name, "%s", name);
    must(hl_store_contact_put(store, &c), "contact");
    return c.id;
}

static struct hl_entry make_entry(char *text, size_t size, uint64_t number)
{
    struct hl_entry e = {.kind = HL_ENTRY_TEXT, .seq = number, .body = (const uint8_t *)text};

    hl_entry_make_id(&random_env, START_MS + (int64_t)number * ENTRY_MS, e.id);
    e.len = make_text(text, size, number);
    return e;
}

/* Queues count entries and marks each as delivered in the transaction after. */
static void queue_all(uint32_t contact, uint64_t count)
{
    struct hl_ledger_row row;
    uint64_t delivered = 0;
    char text[600];

    for (uint64_t done = 0; done < count;) {
        uint64_t end = done + BATCH < count ? done + BATCH : count;

        must(ledger->begin(ledger->user), "begin");
        for (; delivered < done; delivered++)
            must(ledger->set_state(ledger->user, delivered + 1, HL_STATE_DELIVERED, 0), "state");
        for (; done < end; done++) {
            struct hl_entry e = make_entry(text, sizeof text, done + 1);

            must(ledger->queue(ledger->user, contact, &e, NULL, &row), "queue");
        }
        must(ledger->commit(ledger->user), "commit");
    }
}

/* Takes count entries of the peer's. */
static void take_all(uint32_t contact, uint64_t first, uint64_t count)
{
    struct hl_ledger_row row;
    char text[600];

    for (uint64_t done = 0; done < count;) {
        must(ledger->begin(ledger->user), "begin");
        for (unsigned i = 0; i < 10 * BATCH && done < count; i++, done++) {
            struct hl_entry e = make_entry(text, sizeof text, first + done);

            must(ledger->take(ledger->user, contact, &e, 0, first + done + 1, &row), "take");
        }
        must(ledger->commit(ledger->user), "commit");
    }
}

static void single_commits(void)
{
    struct hl_ledger_row row;
    struct span start;
    char text[600];
    uint32_t bob;

    open_store();
    bob = add_contact("bob");
    start = begin_span();
    for (uint64_t i = 1; i <= SYNCS; i++) {
        struct hl_entry e = make_entry(text, sizeof text, i);

        must(ledger->begin(ledger->user), "begin");
        must(ledger->queue(ledger->user, bob, &e, NULL, &row), "queue");
        must(ledger->commit(ledger->user), "commit");
    }
    end_span("commits_of_one_entry", start, SYNCS);
    close_store();
    remove_store();
}

/* What every figure of entries contains: making one up. */
static void no_commits(void)
{
    struct span start = begin_span();
    char text[600];

    for (uint64_t i = 1; i <= GROUPED; i++)
        make_entry(text, sizeof text, i);
    end_span("entries_made_up", start, GROUPED);
}

static void grouped_commits(void)
{
    struct span start;
    uint32_t bob;

    open_store();
    bob = add_contact("bob");
    start = begin_span();
    queue_all(bob, GROUPED);
    end_span("queued_and_delivered", start, GROUPED);
    close_store();
    remove_store();
}

/* ---- many ---- */

/* Opens the store and reads one page in a process of its own, which has used no memory before. */
static void open_anew(const char *name)
{
    pid_t child = fork();
    int status;

    if (child < 0)
        stats_die("fork");
    if (child == 0) {
        execl("/proc/self/exe", "bench_store", "open", directory, name, (char *)NULL);
        _exit(127);
    }
    if (waitpid(child, &status, 0) != child || status != 0)
        stats_die("waitpid");
}

static int open_alone(const char *name)
{
    double before = resident(), start = stats_now();
    char key[80];

    open_store();
    snprintf(key, sizeof key, "open_%s_ms", name);
    stats_print(key, (stats_now() - start) / 1000);
    snprintf(key, sizeof key, "open_%s_rss_mib", name);
    stats_print(key, resident() - before);
    close_store();
    return 0;
}

static void empty_store(void)
{
    open_store();
    close_store();
    open_anew("empty");
    remove_store();
}

static bool count_entry(void *user, const struct hl_stored *e)
{
    (void)e;
    ++*(size_t *)user;
    return true;
}

static const struct {
    const char *key, *words;
    uint32_t contact;
} searches[] = {
    {"search_common", "the", 0},
    {"search_common_two", "meeting tomorrow", 0},
    {"search_common_phrase", "\"the meeting is\"", 0},
    {"search_rare", "needle", 0},
    {"search_rare_and_common", "needle the", 0},
    {"search_absent", "nosuchword", 0},
    {"search_absent_phrase", "\"lunch nosuchword\"", 0},
    {"search_phrase_of_the_most_common_alone", "\"lunch lunch lunch lunch\"", 0},
    {"search_prefix_1", "m*", 0},
    {"search_prefix_4", "meet*", 0},
    {"search_prefix_rare", "needl*", 0},
    {"search_chinese_common", "服务器", 0},
    {"search_chinese_part", "器网", 0},
    {"search_chinese_rare", "绣花针", 0},
    {"search_chinese_absent", "务议", 0},
    {"search_common_in_small_conversation", "meeting", 2},
    {"search_rare_in_small_conversation", "needle", 2},
};

static void search_all(void)
{
    double times[REPEATS];

    for (size_t i = 0; i < sizeof searches / sizeof searches[0]; i++) {
        struct hl_store_query q = {
            .words = searches[i].words, .contact = searches[i].contact, .limit = 50};
        char name[80];
        size_t found = 0;

        for (size_t n = 0; n < REPEATS; n++) {
            double start = stats_now();

            found = 0;
            must(hl_store_read(store, &q, count_entry, &found), "search");
            times[n] = stats_now() - start;
        }
        stats_print_quantiles(searches[i].key, times, REPEATS);
        snprintf(name, sizeof name, "%s_found", searches[i].key);
        stats_print(name, (double)found);
    }
}

static void index_all(void)
{
    double start = stats_now(), longest = 0, longest_cpu = 0, wall, cpu;
    size_t steps = 0;
    bool more = true;

    while (more) {
        struct span step = begin_span();

        must(hl_store_tidy(store, &more), "tidy");
        wall = stats_now() - step.wall;
        cpu = processor() - step.cpu;
        longest = wall > longest ? wall : longest;
        longest_cpu = cpu > longest_cpu ? cpu : longest_cpu;
        steps++;
    }
    stats_print("index_s", (stats_now() - start) / 1e6);
    stats_print("index_steps", (double)steps);
    stats_print("index_longest_step_ms", longest / 1000);
    stats_print("index_longest_step_cpu_ms", longest_cpu / 1000);
}

static void page(const char *key, const struct hl_store_query *q)
{
    double times[REPEATS];
    size_t found = 0;

    for (size_t n = 0; n < REPEATS; n++) {
        double start = stats_now();

        must(hl_store_read(store, q, count_entry, &found), "read");
        times[n] = stats_now() - start;
    }
    stats_print_quantiles(key, times, REPEATS);
}

/* A search that opens all texts, and finds nothing. */
static void search_by_reading(const char *name, uint64_t entries)
{
    struct hl_store_query q = {.words = "nosuchword", .limit = 50};
    struct span start = begin_span();
    size_t found = 0;
    char key[80];

    must(hl_store_read(store, &q, count_entry, &found), "search");
    snprintf(key, sizeof key, "search_by_reading_%s", name);
    end_span(key, start, (double)entries);
}

/* A sealed store has no index. */
static void sealed(uint64_t entries)
{
    static const uint8_t seal[HL_STORE_SEAL] = {1};

    remove_store();
    open_store_sealed(seal);
    take_all(add_contact("bob"), 1, entries);
    search_by_reading("sealed", entries);
    close_store();
    remove_store();
}

static void many(uint64_t entries)
{
    struct span span = begin_span();
    uint32_t bob, carol;

    remove_store();
    open_store();
    bob = add_contact("bob");
    carol = add_contact("carol");
    take_all(carol, 1, 100);
    take_all(bob, 1, entries);
    end_span("taken", span, (double)entries);
    search_by_reading("open", entries);
    index_all();
    close_store();
    open_anew("many");
    open_store();
    page("page_latest",
         &(struct hl_store_query){.contact = 1, .order = HL_STORE_BACKWARD, .limit = 100});
    search_all();
    close_store();
}

int main(int argc, char **argv)
{
    uint64_t entries = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
    bool keep = argc > 2;

    snprintf(directory, sizeof directory, "%s", keep ? argv[2] : "/var/tmp/hullo-bench-XXXXXX");
    if (!keep && !mkdtemp(directory))
        stats_die(directory);
    snprintf(path, sizeof path, "%s/store.db", directory);
    if (argc > 3)
        return open_alone(argv[3]);
    bare_syncs();
    single_commits();
    no_commits();
    grouped_commits();
    empty_store();
    sealed(entries);
    many(entries);
    if (!keep) {
        remove_store();
        rmdir(directory);
    }
    return 0;
}
