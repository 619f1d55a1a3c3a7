/* SPDX-License-Identifier: MIT */
/* Links are opened by a program of the user's choice, without a shell: what a peer wrote is one
 * argument, and only of schemes that name nothing on this host. */
#include "chat.h"

#include "err.h"
#include "i18n.h"
#include "links.h"
#include "settings.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    WORDS_MAX = 16, /* of the command */
};

static bool may_open(const char *uri)
{
    static const char *const schemes[] = {"http:", "https:", "mailto:", "hullo:"};

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (strncasecmp(uri, schemes[i], strlen(schemes[i])) == 0)
            return true;
    }
    return false;
}

/* Cuts the command into words in place and puts the URI behind them. Returns how many words. */
static size_t make_argv(char *command, char *uri, char *argv[static WORDS_MAX + 2])
{
    size_t count = 0;
    char *rest = NULL;

    for (char *word = strtok_r(command, " \t", &rest); word != NULL && count < WORDS_MAX;
         word = strtok_r(NULL, " \t", &rest))
        argv[count++] = word;
    argv[count] = uri;
    argv[count + 1] = NULL;
    return count;
}

/* In a session of its own, with nothing of our terminal: it must neither draw on it nor be ended
 * with us. */
static int start(char *argv[], pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t set;
    int err = 0;

    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attr);
    sigemptyset(&set);
    posix_spawnattr_setsigmask(&attr, &set);
    sigfillset(&set);
    posix_spawnattr_setsigdefault(&attr, &set);
    posix_spawnattr_setflags(&attr,
                             POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    for (int fd = STDIN_FILENO; err == 0 && fd <= STDERR_FILENO; fd++)
        err = posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
    if (err == 0)
        err = posix_spawnp(pid, argv[0], &actions, &attr, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attr);
    return err;
}

/* Those that have ended make room. */
static pid_t *free_slot(struct hl_chat *c)
{
    pid_t *slot = NULL;

    for (size_t i = 0; i < HL_CHAT_OPENERS; i++) {
        if (c->openers[i] != 0 && waitpid(c->openers[i], NULL, WNOHANG) != 0)
            c->openers[i] = 0;
        if (c->openers[i] == 0)
            slot = &c->openers[i];
    }
    return slot;
}

void hl_chat_open(struct hl_chat *c, const char *uri)
{
    uint32_t shown = hl_ui_selected(c->ui);
    char command[HL_SETTINGS_TEXT];
    char argument[HL_LINK_URI];
    char *argv[WORDS_MAX + 2];
    pid_t *slot = free_slot(c);
    int err;

    snprintf(command, sizeof command, "%s", hl_ui_settings(c->ui)->open_command);
    snprintf(argument, sizeof argument, "%s", uri);
    if (!may_open(uri)) {
        hl_chat_say(c, shown, HL_LINE_ERROR, "links of that kind are not opened: %s", uri);
    } else if (slot == NULL) {
        hl_chat_say(c, shown, HL_LINE_ERROR,
                    ngettext("%d link is being opened already", "%d links are being opened already",
                             HL_CHAT_OPENERS),
                    HL_CHAT_OPENERS);
    } else if (make_argv(command, argument, argv) == 0) {
        hl_chat_say(c, shown, HL_LINE_ERROR, "nothing opens links: /set open_command PROGRAM");
    } else {
        err = start(argv, slot);
        if (err == 0)
            return;
        *slot = 0;
        hl_chat_say(c, shown, HL_LINE_ERROR, "%s: %s", argv[0], _(hl_err_text(-err)));
    }
}
