/* SPDX-License-Identifier: MIT */
/* Children of a test that have threads of their own. A fork of Criterion's worker is not enough:
 * ThreadSanitizer's runtime has a thread in it, and takes none in a fork of a process with threads.
 * So a child is the test program once more, which a constructor turns into what it is to be before
 * Criterion sees it. What the two have to say to each other goes through its stdin and stdout. */
#ifndef HL_TEST_CHILD_H
#define HL_TEST_CHILD_H

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILD_ROLE "HULLO_TEST_CHILD" /* in the environment: who it is to be */

struct child {
    pid_t pid;
    int tell, hear; /* to it, from it */
};

/* CHILD(role) { what it does }: child_start(c, "role") starts it. It is to end by _exit(). */
#define CHILD(role)                                                                                \
    static void role(void);                                                                        \
    __attribute__((constructor)) static void role##_if_it_is_to_be(void)                           \
    {                                                                                              \
        child_be(#role, role);                                                                     \
    }                                                                                              \
    static void role(void)

enum {
    CHILD_CAME_BACK = 99, /* its exit status if it did not _exit() */
};

static inline void child_be(const char *name, void (*role)(void))
{
    const char *wanted = getenv(CHILD_ROLE);

    if (!wanted || strcmp(wanted, name) != 0)
        return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    role();
    _exit(CHILD_CAME_BACK);
}

static inline void child_start(struct child *c, const char *role)
{
    char self[] = "/proc/self/exe";
    char *argv[] = {self, NULL};
    const char *map = getenv("BXFI_MAP"); /* by it Criterion's worker knows itself */
    char *kept = map ? strdup(map) : NULL;
    posix_spawn_file_actions_t files;
    int to[2], from[2];

    cr_assert(pipe2(to, O_CLOEXEC) == 0 && pipe2(from, O_CLOEXEC) == 0);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, to[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, from[1], STDOUT_FILENO);
    setenv(CHILD_ROLE, role, 1);
    unsetenv("BXFI_MAP");
    cr_assert_eq(posix_spawn(&c->pid, self, &files, NULL, argv, environ), 0);
    unsetenv(CHILD_ROLE);
    if (kept)
        setenv("BXFI_MAP", kept, 1);
    free(kept);
    posix_spawn_file_actions_destroy(&files);
    close(to[0]);
    close(from[1]);
    c->tell = to[1];
    c->hear = from[0];
}

/* Ends it if it runs, and returns its status. */
static inline int child_end(struct child *c, int signal)
{
    int status = 0;

    if (signal)
        kill(c->pid, signal);
    cr_assert_eq(waitpid(c->pid, &status, 0), c->pid);
    close(c->tell);
    close(c->hear);
    return status;
}

#endif
