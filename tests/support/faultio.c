/* SPDX-License-Identifier: MIT */
/* I/O that fails when a test wants it to: preloaded into a program (LD_PRELOAD), this makes chosen
 * calls of the C library fail, do half of their work, or be the last thing that the process did.
 *
 *   FAULTIO=CALLS:WHEN:WHAT[,...]  up to 8 rules, the first that applies counts
 *     CALLS  open, read, write, sync, size, entry (of a directory), send, or several with | between
 *     WHEN   7 = the seventh such call, 7+ = that one and all after it
 *     WHAT   EIO, ENOSPC, ...: that error; short: half of the bytes; before, after: SIGKILL then;
 *            slow: it takes 6 s, as on a disk that others keep busy
 *   FAULTIO_FILES=TEXT             only files with TEXT in their path; "send" is for datagrams to
 *                                  the network, whatever this says
 *   FAULTIO_STATE=FILE             struct state lies in FILE, shared with the test: it can switch
 *                                  the rules on and off, and read how often they were asked
 *
 * Calls are counted by each rule for itself, over all processes that share a state. stdio is not
 * reached: the C library calls itself there. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* Kinds of calls. */
enum {
    OPEN = 1,
    READ = 2,
    WRITE = 4,
    SYNC = 8,
    SIZE = 16,
    ENTRY = 32,
    SEND = 64,
};

enum fate { WELL, FAIL, HALF, BEFORE, AFTER, SLOW };

enum {
    RULES_MAX = 8,
    SLOW_SECONDS = 6,
};

struct rule {
    unsigned groups;
    unsigned long when;
    bool on;
    enum fate fate;
    int err;
};

/* In native byte order, all 64 bits wide: tests/e2e/faults.py knows it too. */
struct state {
    atomic_ulong off;
    atomic_ulong calls[RULES_MAX];
    atomic_ulong hits[RULES_MAX];
};

static struct state own;
static struct state *state = &own;
static struct rule rules[RULES_MAX];
static size_t count;
static const char *files;

static const struct {
    const char *name;
    unsigned group;
} groups[] = {
    {"open", OPEN}, {"read", READ},   {"write", WRITE}, {"sync", SYNC},
    {"size", SIZE}, {"entry", ENTRY}, {"send", SEND},
};

static const struct {
    const char *name;
    enum fate fate;
    int err;
} fates[] = {
    {"short", HALF, 0},       {"before", BEFORE, 0},      {"after", AFTER, 0},
    {"EIO", FAIL, EIO},       {"ENOSPC", FAIL, ENOSPC},   {"EROFS", FAIL, EROFS},
    {"EDQUOT", FAIL, EDQUOT}, {"EACCES", FAIL, EACCES},   {"EMFILE", FAIL, EMFILE},
    {"EINTR", FAIL, EINTR},   {"ENOBUFS", FAIL, ENOBUFS}, {"EPERM", FAIL, EPERM},
    {"slow", SLOW, 0},
};

/* A rule that says nothing we know would let the test pass for nothing. */
static void refuse(const char *what)
{
    fprintf(stderr, "faultio: %s\n", what);
    _exit(99);
}

static void parse_groups(struct rule *r, char *text)
{
    char *rest;

    for (char *word = strtok_r(text, "|", &rest); word; word = strtok_r(NULL, "|", &rest)) {
        unsigned group = 0;

        for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
            if (strcmp(groups[i].name, word) == 0)
                group = groups[i].group;
        if (group == 0)
            refuse(word);
        r->groups |= group;
    }
}

static void parse(char *text)
{
    struct rule *r = &rules[count++];
    char *rest;
    char *calls = strtok_r(text, ":", &rest);
    char *when = strtok_r(NULL, ":", &rest);
    char *what = strtok_r(NULL, ":", &rest);

    if (!what)
        refuse("CALLS:WHEN:WHAT");
    parse_groups(r, calls);
    r->when = strtoul(when, &when, 10);
    r->on = *when == '+';
    for (size_t i = 0; i < sizeof fates / sizeof fates[0]; i++) {
        if (strcmp(fates[i].name, what) == 0) {
            r->fate = fates[i].fate;
            r->err = fates[i].err;
        }
    }
    if (r->fate == WELL || r->when == 0)
        refuse(what);
}

/* LD_PRELOAD goes, so that programs which this one starts are left alone. */
__attribute__((constructor)) static void start(void)
{
    const char *wanted = getenv("FAULTIO");
    const char *shared = getenv("FAULTIO_STATE");
    char *copy = strdup(wanted ? wanted : "");
    char *rest = copy;

    files = getenv("FAULTIO_FILES");
    if (shared) {
        int fd = open(shared, O_RDWR | O_CLOEXEC);
        void *page = mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

        if (page == MAP_FAILED)
            refuse(shared);
        close(fd);
        state = page;
    }
    for (char *rule = copy; rule && *rule; rule = rest) {
        rest = strchr(rule, ',');
        if (rest)
            *rest++ = '\0';
        if (count == RULES_MAX)
            refuse("too many rules");
        parse(rule);
    }
    free(copy);
    unsetenv("LD_PRELOAD");
}

static void die(void)
{
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

/* What becomes of a call; path: of its file. Sets errno for FAIL. */
static enum fate judge(unsigned group, const char *path)
{
    if (group != SEND && files && !strstr(path, files))
        return WELL;
    if (count == 0 || atomic_load(&state->off))
        return WELL;
    for (size_t i = 0; i < count; i++) {
        const struct rule *r = &rules[i];
        unsigned long number;

        if (!(r->groups & group))
            continue;
        number = atomic_fetch_add(&state->calls[i], 1) + 1;
        if (number != r->when && !(r->on && number > r->when))
            continue;
        atomic_fetch_add(&state->hits[i], 1);
        if (r->fate == BEFORE)
            die();
        if (r->fate == SLOW)
            sleep(SLOW_SECONDS);
        errno = r->err;
        return r->fate;
    }
    return WELL;
}

static enum fate judge_fd(unsigned group, int fd)
{
    char link[32];
    char path[4096];
    ssize_t len;

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    len = readlink(link, path, sizeof path - 1);
    path[len > 0 ? len : 0] = '\0';
    return judge(group, path);
}

static enum fate judge_socket(int fd)
{
    int domain = 0;
    int type = 0;
    socklen_t len = sizeof domain;

    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len);
    len = sizeof type;
    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len);
    if ((domain != AF_INET && domain != AF_INET6) || type != SOCK_DGRAM)
        return WELL;
    return judge(SEND, "");
}

/* A call of the C library that asks first. PREPARE: a statement before all else; VERDICT: what
 * becomes of it; SHORTEN: what a half one does about it. */
#define WRAP(TYPE, NAME, PARAMETERS, ARGUMENTS, PREPARE, VERDICT, SHORTEN)                         \
    __attribute__((visibility("default"))) TYPE NAME PARAMETERS                                    \
    {                                                                                              \
        static TYPE(*real) PARAMETERS;                                                             \
        int err = errno;                                                                           \
        mode_t mode = 0;                                                                           \
        enum fate fate;                                                                            \
        TYPE result;                                                                               \
                                                                                                   \
        PREPARE;                                                                                   \
        (void)mode;                                                                                \
        if (!real)                                                                                 \
            memcpy(&real, &(void *){dlsym(RTLD_NEXT, #NAME)}, sizeof real);                        \
        fate = VERDICT;                                                                            \
        if (fate == FAIL)                                                                          \
            return -1;                                                                             \
        errno = err;                                                                               \
        if (fate == HALF)                                                                          \
            SHORTEN;                                                                               \
        result = real ARGUMENTS;                                                                   \
        if (fate == AFTER)                                                                         \
            die();                                                                                 \
        return result;                                                                             \
    }
#define WRAP_OPEN(NAME, PARAMETERS, ARGUMENTS)                                                     \
    WRAP(int, NAME, PARAMETERS, ARGUMENTS, MODE, judge(OPEN, path), NOTHING)
#define WRAP_BYTES(NAME, GROUP, PARAMETERS, ARGUMENTS)                                             \
    WRAP(ssize_t, NAME, PARAMETERS, ARGUMENTS, NOTHING, judge_fd(GROUP, fd), len /= 2)
#define WRAP_FILE(NAME, GROUP, PARAMETERS, ARGUMENTS)                                              \
    WRAP(int, NAME, PARAMETERS, ARGUMENTS, NOTHING, judge_fd(GROUP, fd), NOTHING)
#define WRAP_NAME(NAME, PARAMETERS, ARGUMENTS)                                                     \
    WRAP(int, NAME, PARAMETERS, ARGUMENTS, NOTHING, judge(ENTRY, path), NOTHING)
#define WRAP_SEND(TYPE, NAME, PARAMETERS, ARGUMENTS)                                               \
    WRAP(TYPE, NAME, PARAMETERS, ARGUMENTS, NOTHING, judge_socket(fd), NOTHING)
#define NOTHING (void)0
#define MODE                                                                                       \
    if (flags & (O_CREAT | O_TMPFILE)) {                                                           \
        va_list more;                                                                              \
        va_start(more, flags);                                                                     \
        mode = va_arg(more, mode_t);                                                               \
        va_end(more);                                                                              \
    }

/* clang-format off */
WRAP_OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
WRAP_OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
WRAP_OPEN(openat, (int at, const char *path, int flags, ...), (at, path, flags, mode))
WRAP_OPEN(openat64, (int at, const char *path, int flags, ...), (at, path, flags, mode))
WRAP_BYTES(read, READ, (int fd, void *to, size_t len), (fd, to, len))
WRAP_BYTES(pread, READ, (int fd, void *to, size_t len, off_t at), (fd, to, len, at))
WRAP_BYTES(pread64, READ, (int fd, void *to, size_t len, off64_t at), (fd, to, len, at))
WRAP_BYTES(write, WRITE, (int fd, const void *from, size_t len), (fd, from, len))
WRAP_BYTES(pwrite, WRITE, (int fd, const void *from, size_t len, off_t at), (fd, from, len, at))
WRAP_BYTES(pwrite64, WRITE, (int fd, const void *from, size_t len, off64_t at),
           (fd, from, len, at))
WRAP_FILE(fsync, SYNC, (int fd), (fd))
WRAP_FILE(fdatasync, SYNC, (int fd), (fd))
WRAP_FILE(ftruncate, SIZE, (int fd, off_t len), (fd, len))
WRAP_FILE(ftruncate64, SIZE, (int fd, off64_t len), (fd, len))
WRAP_NAME(rename, (const char *from, const char *path), (from, path))
WRAP_NAME(link, (const char *from, const char *path), (from, path))
WRAP_NAME(unlink, (const char *path), (path))
WRAP_SEND(ssize_t, sendto,
          (int fd, const void *from, size_t len, int flags, __CONST_SOCKADDR_ARG to, socklen_t size),
          (fd, from, len, flags, to, size))
WRAP_SEND(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags), (fd, m, flags))
WRAP_SEND(int, sendmmsg, (int fd, struct mmsghdr *m, unsigned n, int flags), (fd, m, n, flags))
