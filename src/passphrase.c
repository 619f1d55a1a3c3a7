/* SPDX-License-Identifier: MIT */
#include "passphrase.h"

#include "crypt.h"
#include "err.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

struct hl_bytes hl_passphrase_bytes(const struct hl_passphrase *p)
{
    return (struct hl_bytes){p->text, p->len};
}

void hl_passphrase_wipe(struct hl_passphrase *p)
{
    hl_crypt_wipe(p, sizeof *p);
}

/* What was read becomes a line without its end. Returns NULL, or what is wrong with it. */
static const char *take_line(struct hl_passphrase *p, size_t got)
{
    const uint8_t *end = memchr(p->text, '\n', got);

    p->len = end ? (size_t)(end - p->text) : got;
    if (p->len > 0 && p->text[p->len - 1] == '\r')
        p->len--;
    if (p->len > HL_PASSPHRASE_MAX)
        return "a passphrase is at most 1024 bytes long";
    return p->len == 0 ? "a passphrase must not be empty" : NULL;
}

/* ---- from a file ---- */

/* Reads until the end of a line, of the file, or of the memory. Bytes, or -errno. */
static ssize_t read_line(int fd, struct hl_passphrase *p)
{
    size_t got = 0;

    while (got < sizeof p->text && !memchr(p->text, '\n', got)) {
        ssize_t n = read(fd, p->text + got, sizeof p->text - got);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        got += (size_t)n;
    }
    return (ssize_t)got;
}

int hl_passphrase_read(const char *path, struct hl_passphrase *out, char why[static HL_WHY_MAX])
{
    const char *reason = NULL;
    int err = HL_ERR_STORAGE;
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0 || fstat(fd, &st)) {
        reason = strerror(errno);
    } else if (S_ISREG(st.st_mode) && st.st_mode & 077) {
        reason = "others may read it: chmod 600";
    } else {
        ssize_t got = read_line(fd, out);

        reason = got < 0 ? strerror((int)-got) : take_line(out, (size_t)got);
        err = got < 0 ? HL_ERR_STORAGE : HL_ERR_PASSPHRASE;
    }
    if (fd >= 0)
        close(fd);
    if (!reason)
        return 0;
    hl_passphrase_wipe(out);
    snprintf(why, HL_WHY_MAX, "passphrase file %.160s: %s", path, reason);
    return err;
}

/* ---- from the terminal ---- */

/* A descriptor of its own that becomes readable when one of the program's signals is pending. It
 * is never read, so that whoever waits for the signal finds it there. -1 = there are none. */
static int watch_signals(void)
{
    static const int ending[] = {SIGINT, SIGTERM, SIGHUP};
    sigset_t blocked;
    sigset_t set;

    sigemptyset(&set);
    if (sigprocmask(SIG_BLOCK, NULL, &blocked))
        return -1;
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
        if (sigismember(&blocked, ending[i]) == 1)
            sigaddset(&set, ending[i]);
    }
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Ctrl-Z and Ctrl-\ would leave the terminal without its echo: they are letters for now. */
static bool echo_off(int tty, struct termios *was)
{
    struct termios quiet;

    if (tcgetattr(tty, was))
        return false;
    quiet = *was;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    quiet.c_lflag |= ICANON | ISIG;
    quiet.c_cc[VSUSP] = _POSIX_VDISABLE;
    quiet.c_cc[VQUIT] = _POSIX_VDISABLE;
    return tcsetattr(tty, TCSAFLUSH, &quiet) == 0;
}

/* One line, or until a signal comes. Bytes, or -errno. */
static ssize_t wait_line(int tty, struct hl_passphrase *p)
{
    struct pollfd fds[] = {{.fd = tty, .events = POLLIN},
                           {.fd = watch_signals(), .events = POLLIN}};
    ssize_t got = -EINTR;

    while (poll(fds, 2, -1) < 0 && errno == EINTR)
        ;
    if (!fds[1].revents) {
        got = read(tty, p->text, sizeof p->text);
        if (got < 0)
            got = -errno;
    }
    if (fds[1].fd >= 0)
        close(fds[1].fd);
    return got;
}

static int ask(int tty, const char *prompt, struct hl_passphrase *out, const char **reason)
{
    struct termios was;
    ssize_t got;

    if (!echo_off(tty, &was)) {
        *reason = strerror(errno);
        return HL_ERR_PASSPHRASE;
    }
    dprintf(tty, "%s: ", prompt);
    got = wait_line(tty, out);
    (void)write(tty, "\n", 1);
    (void)tcsetattr(tty, TCSAFLUSH, &was);
    if (got == -EINTR) {
        *reason = "interrupted";
        return -EINTR;
    }
    *reason = got < 0 ? strerror((int)-got) : take_line(out, (size_t)got);
    return *reason ? HL_ERR_PASSPHRASE : 0;
}

int hl_passphrase_ask(const char *prompt, struct hl_passphrase *out, char why[static HL_WHY_MAX])
{
    const char *reason = NULL;
    int err;
    int tty;

    if (!isatty(STDIN_FILENO)) {
        snprintf(why, HL_WHY_MAX,
                 "passphrase: standard input is no terminal: give --passphrase-file FILE");
        return HL_ERR_PASSPHRASE;
    }
    tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    err = ask(tty < 0 ? STDIN_FILENO : tty, prompt, out, &reason);
    if (tty >= 0)
        close(tty);
    if (err) {
        hl_passphrase_wipe(out);
        snprintf(why, HL_WHY_MAX, "passphrase: %s", reason);
    }
    return err;
}
