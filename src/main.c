/* SPDX-License-Identifier: MIT */
#include "catalogue.h"
#include "conf.h"
#include "entropy.h"
#include "log.h"
#include "program.h"
#include "signals.h"
#include "usage.h"

#include "i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int chat(struct hl_program *p)
{
    return hl_line_wanted(p->options) ? hl_line_run(p) : hl_chat_run(p);
}

static int (*const commands[HL_VERB_COUNT])(struct hl_program *p) = {
    [HL_VERB_CHAT] = chat,
    [HL_VERB_SEND] = hl_send_run,
    [HL_VERB_LISTEN] = hl_listen_run,
    [HL_VERB_RESOLVE] = hl_resolve_run,
    [HL_VERB_DOCTOR] = hl_doctor_run,
    [HL_VERB_ID] = hl_id_run,
    [HL_VERB_CONTACT] = hl_contact_run,
    [HL_VERB_VERIFY] = hl_verify_run,
    [HL_VERB_PEERS] = hl_peers_run,
    [HL_VERB_HISTORY] = hl_history_run,
    [HL_VERB_SEARCH] = hl_search_run,
};

/* A socket must not get the number of a closed standard stream, or a message would be printed
 * into it. */
static void fill_standard_streams(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

static int show(const struct hl_options *o)
{
    if (o->show == HL_SHOW_HELP)
        hl_usage_help(o, stdout);
    else
        hl_usage_version(stdout);
    return HL_EXIT_DONE;
}

/* Text is UTF-8 everywhere; only a terminal that says it knows none gets less. Messages are English
 * wherever a script may read them. */
static bool choose_locale(void)
{
    bool ascii;

    setlocale(LC_ALL, "");
    setlocale(LC_MESSAGES, "C");
    ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    if (ascii)
        setlocale(LC_CTYPE, "C.UTF-8");
    return ascii && isatty(STDOUT_FILENO);
}

/* A terminal that shows no more than ASCII cannot show other languages. */
static void stay_english(struct hl_conf *conf)
{
    const char *language = conf->settings.language;
    char what[HL_WHY_MAX];

    if (*language == '\0' || strncmp(language, "en", 2) == 0)
        return;
    snprintf(what, sizeof what, "language: %s needs a locale with UTF-8; this is English",
             language);
    hl_conf_mistake(conf, what);
}

/* Mistakes in the file keep nobody from anything. They are told where settings matter, and where
 * the user has named the file. */
static int read_conf(struct hl_conf *conf, const struct hl_options *o, bool ascii)
{
    char why[HL_WHY_MAX];
    bool talks = o->verb == HL_VERB_CHAT && !o->json && isatty(STDIN_FILENO); /* with a person */

    if (hl_conf_load(conf, o, why)) {
        hl_report("--config", why);
        return HL_EXIT_FAILED;
    }
    if (talks && !ascii)
        hl_catalogue_open(conf->settings.language);
    if (talks && ascii)
        stay_english(conf);
    if (talks && !ascii && conf->mistake_count)
        (void)!hl_conf_load(conf, o, why); /* now the mistakes are told in that language */
    for (size_t i = 0; i < conf->mistake_count && (o->verb == HL_VERB_CHAT || o->config); i++) {
        if (i == HL_CONF_MISTAKES) {
            hl_reportf(conf->path,
                       ngettext("%zu more mistake", "%zu more mistakes", conf->mistake_count - i),
                       conf->mistake_count - i);
            break;
        }
        hl_report(conf->mistakes[i], NULL);
    }
    return HL_EXIT_DONE;
}

static int run(const struct hl_options *o, bool ascii)
{
    static struct hl_conf conf; /* too large for the stack */
    struct hl_log log;
    struct hl_program p = {.options = o, .log = &log, .conf = &conf, .ascii = ascii};
    int status = read_conf(&conf, o, ascii);

    if (status != HL_EXIT_DONE)
        return status;

    if (hl_crypt_init()) {
        hl_report("libsodium", "does not start");
        return HL_EXIT_FAILED;
    }
    p.signal_fd = hl_signals_open();
    if (p.signal_fd < 0) {
        hl_report("signals", strerror(-p.signal_fd));
        return HL_EXIT_FAILED;
    }
    if (ascii)
        hl_report("this locale has no UTF-8", "other characters than ASCII are shown as ?");
    hl_log_init(&log, o);
    hl_doctor_log(&p);
    status = commands[o->verb](&p);
    hl_log_fini(&log);
    return status;
}

/* Why an earlier write to standard output failed: nobody kept it, but a reader who left shows. */
static int earlier_failure(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};

    return poll(&out, 1, 0) == 1 && out.revents & POLLERR ? EPIPE : EIO;
}

/* Data that could not be written must not end in status 0; a reader who left is no failure. */
static int flush_output(int status)
{
    int err = fflush(stdout) ? errno : ferror(stdout) ? earlier_failure() : 0;

    if (err && err != EPIPE && status == HL_EXIT_DONE) {
        hl_report("standard output", strerror(err));
        status = HL_EXIT_FAILED;
    }
    return status;
}

int main(int argc, char **argv)
{
    struct hl_options options;
    char why[HL_WHY_MAX];
    bool ascii;

    fill_standard_streams();
    ascii = choose_locale();
    if (hl_options_parse(argc, argv, &options, why)) {
        hl_report(why, NULL);
        fputs("Try `hullo --help'.\n", stderr);
        return HL_EXIT_USAGE;
    }
    return flush_output(options.show != HL_SHOW_NOTHING ? show(&options) : run(&options, ascii));
}
