/* SPDX-License-Identifier: MIT */
/* The lock of a home and the way to whoever holds it.
 *
 * The lock is flock(2) on a file that stays: the kernel drops it with the last descriptor, so a
 * crash leaves none behind, and the file never being removed, no two processes can hold locks on
 * two files of one name. The control socket is the holder's: it alone removes and makes it. */
#include "messenger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char lock_name[] = "lock";
static const char socket_name[] = "control";

enum {
    BACKLOG = 64,
};

static int open_home(const char *home, int *dir)
{
    *dir = open(home, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return *dir < 0 ? -errno : 0;
}

int hl_lock_take(const char *home, int *fd)
{
    int dir;
    int err = open_home(home, &dir);

    *fd = -1;
    if (err)
        return err;
    *fd = openat(dir, lock_name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
    if (*fd < 0 || flock(*fd, LOCK_EX | LOCK_NB))
        err = -errno;
    if (err && *fd >= 0) {
        close(*fd);
        *fd = -1;
    }
    close(dir);
    return err;
}

/* A path of the socket that fits into sun_path however long the home's is: it leads through the
 * descriptor of the directory. */
static socklen_t socket_address(int dir, struct sockaddr_un *sun)
{
    *sun = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(sun->sun_path, sizeof sun->sun_path, "/proc/self/fd/%d/%s", dir, socket_name);
    return sizeof *sun;
}

/* What a holder that crashed has left behind; anything but a socket is not ours to remove. */
static int remove_stale(int dir)
{
    struct stat st;

    if (fstatat(dir, socket_name, &st, AT_SYMLINK_NOFOLLOW))
        return errno == ENOENT ? 0 : -errno;
    if (!S_ISSOCK(st.st_mode))
        return -EEXIST;
    return unlinkat(dir, socket_name, 0) ? -errno : 0;
}

/* Linux gives the file the mode of the socket itself, less the umask: set before bind() there is
 * no moment in which others could connect. Until listen() nobody can. */
static int bind_private(int fd, int dir)
{
    struct sockaddr_un sun;
    socklen_t len = socket_address(dir, &sun);
    struct stat st;

    if (fchmod(fd, 0600) || bind(fd, (const struct sockaddr *)&sun, len))
        return -errno;
    if (fstatat(dir, socket_name, &st, AT_SYMLINK_NOFOLLOW))
        return -errno;
    if (!S_ISSOCK(st.st_mode) || st.st_mode & 077 || st.st_uid != geteuid())
        return -EACCES;
    return listen(fd, BACKLOG) ? -errno : 0;
}

int hl_lock_listen(const char *home, int *fd)
{
    int dir;
    int err = open_home(home, &dir);

    *fd = -1;
    if (err)
        return err;
    err = remove_stale(dir);
    if (err == 0) {
        *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        err = *fd < 0 ? -errno : bind_private(*fd, dir);
    }
    if (err && *fd >= 0) {
        close(*fd);
        *fd = -1;
    }
    close(dir);
    return err;
}

void hl_lock_unlisten(const char *home, int fd)
{
    int dir;

    if (open_home(home, &dir) == 0) {
        unlinkat(dir, socket_name, 0);
        close(dir);
    }
    close(fd);
}

int hl_lock_peer(int fd)
{
    struct ucred cred;
    socklen_t len = sizeof cred;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len))
        return -errno;
    return cred.uid == geteuid() ? 0 : -EPERM;
}

int hl_lock_connect(const char *home, int *fd)
{
    struct sockaddr_un sun;
    int dir;
    int err = open_home(home, &dir);

    *fd = -1;
    if (err)
        return err;
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*fd < 0 || connect(*fd, (const struct sockaddr *)&sun, socket_address(dir, &sun)))
        err = -errno;
    if (err == 0)
        err = hl_lock_peer(*fd);
    if (err && *fd >= 0) {
        close(*fd);
        *fd = -1;
    }
    close(dir);
    return err;
}
