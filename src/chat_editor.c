/* SPDX-License-Identifier: MIT */
/* The draft in an editor of the user's choice, which has the terminal to itself meanwhile: we are
 * its shell, so Ctrl-C is the editor's, and Ctrl-Z stops the whole job. What it leaves behind is
 * the draft, never sent by itself. */
#include "chat.h"

#include "child.h"
#include "cmdline.h"
#include "edit.h"
#include "i18n.h"
#include "utf8.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    HANGUP_MS = 1000, /* for an editor to end when we have to */
};

int hl_chat_editor_init(struct hl_chat_editor *e)
{
    sigset_t set;

    *e = (struct hl_chat_editor){.fd = -1, .scratch = HL_SCRATCH_NONE};
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return -errno;
    e->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return e->fd < 0 ? -errno : 0;
}

void hl_chat_editor_fini(struct hl_chat_editor *e)
{
    hl_scratch_remove(&e->scratch);
    if (e->fd >= 0)
        close(e->fd);
}

/* From the background, where we are while the editor runs, this would stop us (SIGTTOU). */
static void give_terminal(pid_t group)
{
    sigset_t set;
    sigset_t was;

    sigemptyset(&set);
    sigaddset(&set, SIGTTOU);
    sigprocmask(SIG_BLOCK, &set, &was);
    (void)!tcsetpgrp(STDIN_FILENO, group);
    sigprocmask(SIG_SETMASK, &was, NULL);
}

static void take_terminal(struct hl_chat *c)
{
    if (c->editor.has_group)
        give_terminal(getpgrp());
    c->editor.pid = 0;
}

/* A remark on the status bar: what, and why. */
static void remark(struct hl_chat *c, const char *what, const char *why)
{
    char text[HL_WHY_MAX];

    snprintf(text, sizeof text, "%.200s: %s", what, why);
    hl_ui_remark(c->ui, text);
}

/* ---- what it leaves ---- */

/* Why a text cannot be a draft; NULL = it can. */
static const char *refused(int err, const char *text, size_t len)
{
    if (err == -EFBIG || (err == 0 && len > HL_EDIT_MAX))
        return _("that is too long for one message: the draft is unchanged, and your text is there "
                 "when you open the editor again");
    if (err != 0)
        return _(hl_err_text(err));
    if (!hl_utf8_valid(text, len))
        return _("that is not UTF-8: the draft is unchanged, and your text is there when you open "
                 "the editor again");
    return NULL;
}

/* What the file holds becomes the draft. */
static void adopt(struct hl_chat *c)
{
    struct hl_chat_editor *e = &c->editor;
    char *text;
    size_t len;
    int err = hl_scratch_read(&e->scratch, HL_EDIT_MAX + 1, &text, &len);

    if (err == 0 && len > 0 && text[len - 1] == '\n')
        len--;
    const char *why = refused(err, text, len);
    if (why == NULL && !hl_ui_set_draft(c->ui, e->conv, text, len))
        why = _("that conversation is gone");
    free(text);
    if (why != NULL)
        remark(c, e->name, why);
    else
        hl_scratch_remove(&e->scratch);
}

static void ended(struct hl_chat *c, const siginfo_t *how) HL_TTY_THREAD;
static void ended(struct hl_chat *c, const siginfo_t *how)
{
    struct hl_chat_editor *e = &c->editor;
    char why[HL_WHY_MAX];

    take_terminal(c);
    hl_reactor_reclaim(&c->reactor);
    bool well = how->si_code == CLD_EXITED && how->si_status == 0;
    bool hung_up = how->si_code != CLD_EXITED && how->si_status == SIGHUP;
    if (well || hung_up) { /* without its terminal it could not do more than save */
        adopt(c);
        hl_chat_keep_later(c);
        return;
    }
    hl_scratch_remove(&e->scratch);
    snprintf(why, sizeof why,
             how->si_code == CLD_EXITED ? _("exit status %d: the draft is unchanged")
                                        : _("ended by signal %d: the draft is unchanged"),
             how->si_status);
    remark(c, e->name, why);
}

/* ---- while it runs ---- */

/* It was stopped: by Ctrl-Z, and then so are we until the job goes on; or for want of the terminal,
 * which somebody has taken from it. */
static void stopped(struct hl_chat *c, int signo)
{
    struct hl_chat_editor *e = &c->editor;

    if (e->has_group)
        give_terminal(getpgrp());
    if (signo != SIGTTIN && signo != SIGTTOU)
        hl_reactor_rest(&c->reactor);
    if (e->has_group)
        give_terminal(e->pid);
    kill(e->has_group ? -e->pid : e->pid, SIGCONT);
}

bool hl_chat_editor_ready(struct hl_chat *c, int fd)
{
    struct hl_chat_editor *e = &c->editor;
    struct signalfd_siginfo some;
    siginfo_t info = {0};

    if (fd != e->fd)
        return false;
    while (read(fd, &some, sizeof some) == (ssize_t)sizeof some)
        continue; /* of any child: several may have become one */
    hl_chat_open_ended(c);
    if (e->pid == 0 || waitid(P_PID, (id_t)e->pid, &info, WEXITED | WSTOPPED | WNOHANG) != 0 ||
        info.si_pid == 0)
        return true;
    if (info.si_code == CLD_STOPPED)
        stopped(c, info.si_status);
    else
        ended(c, &info);
    return true;
}

/* ---- start ---- */

static const char *command_of(const struct hl_chat *c)
{
    const char *set = hl_ui_settings(c->ui)->editor;
    static const char *const variables[] = {"VISUAL", "EDITOR"};

    for (size_t i = 0; set[0] == '\0' && i < sizeof variables / sizeof *variables; i++) {
        const char *value = getenv(variables[i]);
        set = value != NULL ? value : "";
    }
    return set[0] != '\0' ? set : "vi";
}

/* The file with the draft, unless it has what was refused last time. */
static int make_file(struct hl_chat *c, const struct hl_ui_action *a)
{
    struct hl_chat_editor *e = &c->editor;
    char place[HL_HOME_PATH];
    int err;

    if (e->scratch.lock >= 0 && e->conv == a->conv)
        return 0;
    hl_scratch_remove(&e->scratch);
    err = hl_scratch_place(c->program->options, place);
    if (err != 0)
        return err;
    hl_scratch_sweep(place);
    return hl_scratch_make(&e->scratch, place, a->text, a->len);
}

static int start(struct hl_chat *c, struct hl_cmdline *command) HL_TTY_THREAD;
static int start(struct hl_chat *c, struct hl_cmdline *command)
{
    struct hl_chat_editor *e = &c->editor;
    int err;

    command->at[command->count] = e->scratch.path;
    command->at[command->count + 1] = NULL;
    e->has_group = tcgetpgrp(STDIN_FILENO) == getpgrp(); /* else nobody controls jobs here */
    hl_reactor_lend(&c->reactor);
    err = hl_child_start(
        &(struct hl_child){.argv = command->at,
                           .fds = {HL_CHILD_OURS, HL_CHILD_OURS, HL_CHILD_OURS},
                           .place = e->has_group ? HL_CHILD_FOREGROUND : HL_CHILD_JOB},
        &e->pid);
    if (err != 0) {
        take_terminal(c); /* its process may have had it for a moment */
        hl_reactor_reclaim(&c->reactor);
    }
    return err;
}

void hl_chat_edit(struct hl_chat *c, const struct hl_ui_action *a)
{
    struct hl_chat_editor *e = &c->editor;
    struct hl_cmdline command;
    int err;

    if (e->pid != 0)
        return;
    if (hl_cmdline_split(&command, command_of(c)) != 0 || command.count == 0) {
        remark(c, command_of(c), _("a quote is not closed, or it is too long"));
        return;
    }
    const char *slash = strrchr(command.at[0], '/');
    snprintf(e->name, sizeof e->name, "%s", slash != NULL ? slash + 1 : command.at[0]);
    err = make_file(c, a);
    e->conv = a->conv;
    if (err == 0)
        err = start(c, &command);
    if (err != 0) {
        hl_scratch_remove(&e->scratch);
        remark(c, e->name, _(hl_err_text(err)));
    }
}

/* ---- end ---- */

/* We have to end: so must it. What it has written by then is the draft. */
void hl_chat_editor_stop(struct hl_chat *c)
{
    struct hl_chat_editor *e = &c->editor;
    pid_t whom = e->has_group ? -e->pid : e->pid;

    if (e->pid == 0)
        return;
    struct pollfd ends = {.fd = pidfd_open(e->pid, 0), .events = POLLIN};
    kill(whom, SIGHUP);
    kill(whom, SIGCONT);
    (void)poll(&ends, 1, HANGUP_MS);
    if (ends.revents == 0)
        kill(whom, SIGKILL);
    close(ends.fd);
    (void)waitpid(e->pid, NULL, 0);
    take_terminal(c);
    hl_reactor_reclaim(&c->reactor);
    adopt(c);
}
