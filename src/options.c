/* SPDX-License-Identifier: MIT */
#include "options.h"

#include "date.h"
#include "hex.h"
#include "suggest.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CHAT = 1 << HL_VERB_CHAT,
    SEND = 1 << HL_VERB_SEND,
    LISTEN = 1 << HL_VERB_LISTEN,
    RESOLVE = 1 << HL_VERB_RESOLVE,
    TALKS = CHAT | SEND | LISTEN,
    DOCTOR = 1 << HL_VERB_DOCTOR,
    NETWORK = TALKS | RESOLVE,
    ID = 1 << HL_VERB_ID,
    CONTACT = 1 << HL_VERB_CONTACT,
    VERIFY = 1 << HL_VERB_VERIFY,
    PEERS = 1 << HL_VERB_PEERS,
    HISTORY = 1 << HL_VERB_HISTORY,
    SEARCH = 1 << HL_VERB_SEARCH,
    BOOK = CONTACT | VERIFY | PEERS | HISTORY | SEARCH, /* what the home knows */
    KEYED = TALKS | DOCTOR | ID | BOOK,                 /* they need the key of the home */
    ALL = NETWORK | KEYED,
};

enum {
    LONG_OPTION = 256, /* getopt_long() returns this + the row's index */
    OPTIONS_MAX = 64,
    SECONDS_MAX = 1000000000, /* 31 years; anything longer is a typing error */
    DAYS_MAX = 36500,
    RATE_MAX = 1000000, /* one datagram per microsecond, the unit of hl_time */
};

static const struct hl_verb_row verbs[HL_VERB_COUNT] = {
    [HL_VERB_CHAT] = {"chat", "[PEER]", "talk, in a split window or line by line",
                      "Opens the conversation with PEER. Without PEER it asks for the local port,\n"
                      "the peer's address and the peer's port. With --line, or when standard\n"
                      "output is no terminal, everything comes line by line.",
                      0, 1},
    [HL_VERB_SEND] =
        {"send", "PEER [TEXT...]", "send TEXT, or each line of standard input",
         "The words of TEXT are joined by spaces into one message. Without TEXT every\n"
         "line of standard input is a message. Blank lines are not sent.",
         1, SIZE_MAX},
    [HL_VERB_LISTEN] =
        {"listen", "[-- CMD [ARG...]]", "print what comes in, and perhaps answer it",
         "Prints one line per message on standard output. Where it listens is told on\n"
         "standard error as `listening on ADDR', one line per socket.",
         0, SIZE_MAX},
    [HL_VERB_RESOLVE] = {"resolve", "NAME[:PORT]", "what a name means, in the order it is tried",
                         "Prints every address of NAME with the time after which it was known.", 1,
                         1},
    [HL_VERB_DOCTOR] = {"doctor", "", "what this system can do for hullo, and what it cannot",
                        "Tries the sockets, the default port, the key file, the locale and the\n"
                        "terminal. Ends with status 1 if something is missing that hullo needs.",
                        0, 0},
    [HL_VERB_ID] = {"id", "", "who you are: your key, and a link for others",
                    "Prints your name and your public key, which is made if there is none yet.\n"
                    "With --uri a hullo: link for each address of this host, or for those of\n"
                    "--listen: whoever is given it knows your key and where you are.",
                    0, 0},
    [HL_VERB_CONTACT] =
        {"contact", "[WHAT NAME...]", "who is known here; add, rename, block, forget",
         "Without WHAT it lists all contacts.\n"
         "  add NAME PEER|LINK   under that name; with a hullo: link its key is known at once\n"
         "  rename NAME NEW\n"
         "  note NAME [TEXT...]  for your eyes alone\n"
         "  block NAME           neither heard nor answered; unblock NAME\n"
         "  accept NAME          its other key is the one that counts from now on\n"
         "  keep NAME            the key that it had still counts, and not the other one\n"
         "  forget NAME          with its key and all that was said",
         0, SIZE_MAX},
    [HL_VERB_VERIFY] = {"verify", "PEER", "the number that tells whether nobody stands between",
                        "Prints the safety number of PEER and you, which is the same on both\n"
                        "sides; when you have compared the two, the contact is marked. Ends with\n"
                        "status 6 if they differ.",
                        1, 1},
    [HL_VERB_PEERS] = {"peers", "", "contacts, and how it stands with each",
                       "Prints each contact with its state, what waits for it, what you have not\n"
                       "read, when it was last heard and where it is.",
                       0, 0},
    [HL_VERB_HISTORY] =
        {"history", "[PEER]", "what was said, with PEER or with everybody",
         "Prints the last 100 messages, oldest first; with --since, --until or\n"
         "--export all of them. DATE is 2026-11-21, '2026-11-21 08:03' or RFC 3339.",
         0, 1},
    [HL_VERB_SEARCH] =
        {"search", "WORD...", "messages that hold all these words, latest first",
         "WORD* finds words that begin so, \"two words\" a phrase. Ends with status 1\n"
         "if there is none.",
         1, SIZE_MAX},
};

/* What the program's design names and this version has not: told apart from typing errors. */
static const struct {
    const char *name;
    const char *why;
} absent[] = {
    {"no-discovery", "nothing is discovered yet, so there is nothing to switch off"},
};

const struct hl_verb_row *hl_verb_row(enum hl_verb verb)
{
    return &verbs[verb];
}

static void *field(const struct hl_option_row *row, struct hl_options *o)
{
    return (char *)o + row->offset;
}

static const char *parse_flag(const struct hl_option_row *row, const char *arg,
                              struct hl_options *o)
{
    (void)arg;
    *(bool *)field(row, o) = true;
    return NULL;
}

static const char *parse_text(const struct hl_option_row *row, const char *arg,
                              struct hl_options *o)
{
    if (*arg == '\0')
        return "must not be empty";
    *(const char **)field(row, o) = arg;
    return NULL;
}

static const char *parse_seconds(const struct hl_option_row *row, const char *arg,
                                 struct hl_options *o)
{
    return hl_options_seconds(arg, field(row, o)) ? "must be a number of seconds, such as 2 or 0.5"
                                                  : NULL;
}

/* Decimal digits only: strtoul() would take "-1", " 7" and "0x10". */
static int parse_number(const char *text, uint64_t max, uint64_t *out)
{
    uint64_t n = 0;

    if (*text == '\0')
        return -1;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return -1;
        n = n * 10 + (uint64_t)(*text - '0');
        if (n > max)
            return -1;
    }
    *out = n;
    return 0;
}

int hl_options_seconds(const char *text, hl_time *out)
{
    hl_time t = 0;
    hl_time unit = HL_SECS(1);
    size_t digits = 0;

    for (; *text >= '0' && *text <= '9'; text++, digits++) {
        t = t * 10 + (*text - '0');
        if (t > SECONDS_MAX)
            return -1;
    }
    t *= HL_SECS(1);
    if (*text == '.') {
        for (text++; *text >= '0' && *text <= '9' && unit > 1; text++, digits++) {
            unit /= 10;
            t += unit * (*text - '0');
        }
    }
    if (*text || digits == 0)
        return -1;
    *out = t;
    return 0;
}

static const char *parse_count(const struct hl_option_row *row, const char *arg,
                               struct hl_options *o)
{
    (void)row;
    if (parse_number(arg, UINT64_MAX / 16, &o->count) || o->count == 0)
        return "must be a number from 1";
    return NULL;
}

static const char *parse_limit(const struct hl_option_row *row, const char *arg,
                               struct hl_options *o)
{
    (void)row;
    o->limit_given = true;
    return parse_number(arg, UINT32_MAX, &o->limit) ? "must be a number, 0 for no limit" : NULL;
}

static const char *parse_days(const struct hl_option_row *row, const char *arg,
                              struct hl_options *o)
{
    uint64_t days;

    (void)row;
    if (parse_number(arg, DAYS_MAX, &days) || days == 0)
        return "must be a number of days, from 1 to 36500";
    o->retention = (hl_time)days * HL_SECS(86400);
    return NULL;
}

static const char *parse_date(const char *arg, int64_t *first, int64_t *end)
{
    return hl_date_parse(arg, first, end) || *first <= 0
               ? "must be a date, such as 2026-11-21, '2026-11-21 08:03' or 2026-11-21T08:03:04Z"
               : NULL;
}

/* The first moment of a day. */
static const char *parse_from_date(const struct hl_option_row *row, const char *arg,
                                   struct hl_options *o)
{
    int64_t end;

    return parse_date(arg, field(row, o), &end);
}

/* The whole of a day. */
static const char *parse_to_date(const struct hl_option_row *row, const char *arg,
                                 struct hl_options *o)
{
    int64_t first;

    return parse_date(arg, &first, field(row, o));
}

static const char *parse_rate(const struct hl_option_row *row, const char *arg,
                              struct hl_options *o)
{
    uint64_t n;

    (void)row;
    if (parse_number(arg, RATE_MAX, &n))
        return "must be a number of messages per second up to 1000000, 0 for no limit";
    o->rate = (uint32_t)n;
    return NULL;
}

static const char *parse_name(const struct hl_option_row *row, const char *arg,
                              struct hl_options *o)
{
    (void)row;
    if (*arg == '\0' || strlen(arg) >= sizeof o->name)
        return "must be 1 to 63 bytes long";
    memcpy(o->name, arg, strlen(arg) + 1);
    return NULL;
}

static const char *parse_listen(const struct hl_option_row *row, const char *arg,
                                struct hl_options *o)
{
    (void)row;
    if (o->listen_count == HL_LISTEN_OPTIONS_MAX)
        return "given too often: 16 listeners are the most";
    o->listen[o->listen_count++] = arg;
    return NULL;
}

static const char *parse_wait(const struct hl_option_row *row, const char *arg,
                              struct hl_options *o)
{
    static const char *const states[] = {
        [HL_WAIT_QUEUED] = "queued",
        [HL_WAIT_SENT] = "sent",
        [HL_WAIT_DELIVERED] = "delivered",
        [HL_WAIT_READ] = "read",
    };

    (void)row;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        if (strcmp(arg, states[i]) == 0) {
            o->wait = (enum hl_wait)i;
            return NULL;
        }
    }
    return "must be `queued', `sent', `delivered' or `read'";
}

/* The 32 hexadecimal digits of an entry's id, as --json prints them. */
static const char *parse_id(const struct hl_option_row *row, const char *arg, struct hl_options *o)
{
    (void)row;
    o->reply_to_given =
        hl_hex_get(o->reply_to, sizeof o->reply_to, arg) && arg[2 * sizeof o->reply_to] == '\0';
    return o->reply_to_given ? NULL : "must be the id of an entry: 32 hexadecimal digits";
}

static const char *parse_log_level(const struct hl_option_row *row, const char *arg,
                                   struct hl_options *o)
{
    static const char *const levels[] = {
        [HL_LOG_ERROR] = "error",
        [HL_LOG_WARN] = "warn",
        [HL_LOG_INFO] = "info",
        [HL_LOG_DEBUG] = "debug",
    };

    (void)row;
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        if (strcmp(arg, levels[i]) == 0) {
            o->log_level = (enum hl_log_level)i;
            o->log_level_given = true;
            return NULL;
        }
    }
    return "must be `error', `warn', `info' or `debug'";
}

static const char *parse_show(const struct hl_option_row *row, const char *arg,
                              struct hl_options *o)
{
    (void)arg;
    o->show = row->letter == 'h' ? HL_SHOW_HELP : HL_SHOW_VERSION;
    return NULL;
}

#define AT(member) offsetof(struct hl_options, member)

/* In the order in which --help lists them. */
static const struct hl_option_row table[] = {
    {"plain", 0, NULL, NETWORK, "talk raw text: netcat, socat, small socket programs", AT(plain),
     parse_flag},
    {"pair", 0, NULL, TALKS, "answer strangers: first contacts of peers you do not know yet",
     AT(pair), parse_flag},
    {"line", 0, NULL, CHAT, "line by line, for screen readers and pipes", AT(line), parse_flag},
    {"listen", 'l', "ADDR", TALKS | ID,
     "listen on PORT, HOST:PORT, tcp://..., unix:PATH; may be repeated", 0, parse_listen},
    {"tcp", 0, NULL, TALKS, "dial peers over TCP unless their address says otherwise", AT(tcp),
     parse_flag},
    {"ipv4", '4', NULL, NETWORK, "IPv4 only", AT(ipv4_only), parse_flag},
    {"ipv6", '6', NULL, NETWORK, "IPv6 only", AT(ipv6_only), parse_flag},
    {"name", 0, "NICK", NETWORK | ID, "the name shown for you (the host's name)", 0, parse_name},
    {"newline", 0, NULL, TALKS, "end plain datagrams with a newline, as netcat does", AT(newline),
     parse_flag},
    {"rate", 0, "N", TALKS, "plain datagrams per second at most, 0 for no limit (5000)", 0,
     parse_rate},
    {"wait", 0, "STATE", SEND,
     "return when all is `queued', `sent', `delivered' or `read' (delivered)", 0, parse_wait},
    {"no-queue", 0, NULL, SEND, "take back what is not delivered in time", AT(no_queue),
     parse_flag},
    {"expire", 0, "SECONDS", SEND, "give up what is not delivered after this time", AT(expire),
     parse_seconds},
    {"reply-to", 0, "ID", SEND, "answer the entry with that id", 0, parse_id},
    {"no-receipts", 0, NULL, CHAT | LISTEN, "do not tell peers what you have read", AT(no_receipts),
     parse_flag},
    {"retention", 0, "DAYS", CHAT | LISTEN, "remove the text of what is older", 0, parse_days},
    {"timeout", 't', "SECONDS", NETWORK, "give up after this time", AT(timeout), parse_seconds},
    {"linger", 0, "SECONDS", CHAT | SEND, "after the last line, wait this long for answers",
     AT(linger), parse_seconds},
    {"count", 'n', "N", LISTEN, "end after N messages", 0, parse_count},
    {"from", 0, "PEER", LISTEN, "heed messages from PEER only", AT(from), parse_text},
    {"reply", 0, "TEXT", LISTEN, "answer every message with TEXT", AT(reply), parse_text},
    {"echo", 0, NULL, LISTEN, "answer every message with itself", AT(echo), parse_flag},
    {"greet", 0, "TEXT", LISTEN, "send TEXT to every new stream peer", AT(greet), parse_text},
    {"exec", 0, NULL, LISTEN, "answer with what CMD prints: --exec -- CMD [ARG...]", AT(exec),
     parse_flag},
    {"limit", 0, "N", HISTORY | SEARCH, "the latest N messages (100), 0 for all", 0, parse_limit},
    {"since", 0, "DATE", HISTORY, "only what came from DATE on", AT(since_ms), parse_from_date},
    {"until", 0, "DATE", HISTORY, "only what came up to DATE", AT(until_ms), parse_to_date},
    {"export", 0, "FILE", HISTORY, "write to a new FILE, as JSON Lines with --json", AT(export),
     parse_text},
    {"prune", 0, "DATE", HISTORY, "remove the text of what came before DATE", AT(prune_ms),
     parse_from_date},
    {"in", 0, "PEER", SEARCH, "only what was said with PEER", AT(in), parse_text},
    {"number", 0, "DIGITS", VERIFY, "compare with the safety number that the other side sees",
     AT(number), parse_text},
    {"yes", 0, NULL, CONTACT | VERIFY | HISTORY, "do not ask: yes", AT(yes), parse_flag},
    {"uri", 0, NULL, ID, "print a hullo: link for each address", AT(uri), parse_flag},
    {"qr", 0, NULL, ID, "draw the first link as a QR code", AT(qr), parse_flag},
    {"set-passphrase", 0, NULL, ID, "keep key and store under a passphrase, or under another",
     AT(set_passphrase), parse_flag},
    {"remove-passphrase", 0, NULL, ID, "keep them in the open again", AT(remove_passphrase),
     parse_flag},
    {"new-passphrase-file", 0, "FILE", ID, "with --set-passphrase: read it from FILE",
     AT(new_passphrase_file), parse_text},
    {"json", 'j', NULL, NETWORK | ID | BOOK, "print events as JSON Lines", AT(json), parse_flag},
    {"home", 0, "DIR", ALL, "keep all state in DIR (else XDG directories, or HULLO_HOME)", AT(home),
     parse_text},
    {"config", 0, "FILE", ALL, "read the settings from FILE instead of hullo.conf", AT(config),
     parse_text},
    {"passphrase-file", 0, "FILE", KEYED, "read the passphrase of the key from FILE",
     AT(passphrase_file), parse_text},
    {"log-file", 0, "FILE", NETWORK, "append a log to FILE", AT(log_file), parse_text},
    {"log-level", 0, "LEVEL", NETWORK, "log `error', `warn', `info' or `debug' (info)", 0,
     parse_log_level},
    {"help", 'h', NULL, ALL, "show this help and exit", 0, parse_show},
    {"version", 'V', NULL, ALL, "show the version and exit", 0, parse_show},
};

enum {
    TABLE_COUNT = sizeof table / sizeof *table,
};
_Static_assert(sizeof table / sizeof *table < OPTIONS_MAX,
               "the arrays for getopt_long() are too small");

const struct hl_option_row *hl_options_table(size_t *count)
{
    *count = TABLE_COUNT;
    return table;
}

static const char *row_name(size_t i)
{
    return table[i].name;
}

/* Where the row of that name stands; it does. */
static size_t row_at(const char *name)
{
    size_t i = 0;

    while (strcmp(table[i].name, name))
        i++;
    return i;
}

/* letter is that of a short option, else 0. */
static void unknown_option(const char *typed, int letter, char *why)
{
    char name[64];
    const char *near;
    int len;

    if (letter) {
        snprintf(why, HL_WHY_MAX, "-%c: no such option", letter);
        return;
    }
    typed += strspn(typed, "-");
    len = (int)strcspn(typed, "=");
    snprintf(name, sizeof name, "%.*s", len, typed);
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
        if (strcmp(name, absent[i].name) == 0) {
            snprintf(why, HL_WHY_MAX, "--%s: %s", name, absent[i].why);
            return;
        }
    }
    near = hl_suggest(name, TABLE_COUNT, row_name);
    snprintf(why, HL_WHY_MAX, "--%s: no such option%s%s%s", name, near ? ": did you mean --" : "",
             near ? near : "", near ? "?" : "");
}

/* getopt_long() says '?' for unknown and for ambiguous names alike. */
static void bad_long_option(const char *typed, char *why)
{
    const char *name = typed + strspn(typed, "-");
    size_t len = strcspn(name, "=");
    size_t fits = 0;
    size_t end;

    end = (size_t)snprintf(why, HL_WHY_MAX, "--%.*s: could be", (int)(len < 64 ? len : 64), name);
    for (size_t i = 0; i < TABLE_COUNT && end < HL_WHY_MAX; i++) {
        if (strncmp(table[i].name, name, len))
            continue;
        end += (size_t)snprintf(why + end, HL_WHY_MAX - end, "%s --%s", fits ? "," : "",
                                table[i].name);
        fits++;
    }
    if (fits < 2)
        unknown_option(typed, 0, why);
}

static void getopt_tables(struct option longs[static OPTIONS_MAX], char *shorts)
{
    *shorts++ = ':';
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        longs[i] = (struct option){
            .name = table[i].name,
            .has_arg = table[i].arg ? required_argument : no_argument,
            .val = LONG_OPTION + (int)i,
        };
        if (!table[i].letter)
            continue;
        *shorts++ = table[i].letter;
        if (table[i].arg)
            *shorts++ = ':';
    }
    *shorts = '\0';
    longs[TABLE_COUNT] = (struct option){0};
}

static const struct hl_option_row *row_of(int value)
{
    if (value >= LONG_OPTION)
        return &table[value - LONG_OPTION];
    for (size_t i = 0; value && i < TABLE_COUNT; i++) {
        if (table[i].letter == value)
            return &table[i];
    }
    return NULL;
}

/* What getopt_long() could not take: got is '?' or ':'. */
static int refuse(char **argv, int got, char *why)
{
    const struct hl_option_row *row = row_of(optopt);

    if (row && got == ':')
        snprintf(why, HL_WHY_MAX, "--%s: needs %s", row->name, row->arg);
    else if (row)
        snprintf(why, HL_WHY_MAX, "--%s: takes no value", row->name);
    else if (optopt)
        unknown_option("", optopt, why);
    else
        bad_long_option(argv[optind - 1], why);
    return -1;
}

static int parse_options(int argc, char **argv, struct hl_options *o, unsigned seen[OPTIONS_MAX],
                         char *why)
{
    struct option longs[OPTIONS_MAX];
    char shorts[2 * OPTIONS_MAX + 2];
    const struct hl_option_row *row;
    const char *reason;
    int got;

    getopt_tables(longs, shorts);
    optind = 0; /* glibc: start afresh */
    opterr = 0;
    while ((got = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        row = got == '?' || got == ':' ? NULL : row_of(got);
        if (!row)
            return refuse(argv, got, why);
        reason = row->parse(row, optarg, o);
        if (reason) {
            snprintf(why, HL_WHY_MAX, "--%s %.80s: %s", row->name, optarg, reason);
            return -1;
        }
        seen[row - table] = 1;
    }
    o->args = argv + optind;
    o->arg_count = (size_t)(argc - optind);
    return 0;
}

static void take_verb(struct hl_options *o)
{
    o->verb = HL_VERB_CHAT;
    for (size_t i = 0; o->arg_count && i < HL_VERB_COUNT; i++) {
        if (strcmp(o->args[0], verbs[i].name))
            continue;
        o->verb = (enum hl_verb)i;
        o->verb_given = true;
        o->args++;
        o->arg_count--;
        return;
    }
}

/* What only makes sense, or none at all, together with something else. */
static int check(const struct hl_options *o, const unsigned seen[OPTIONS_MAX], char *why)
{
    const struct hl_verb_row *verb = &verbs[o->verb];
    size_t args_max = o->verb == HL_VERB_LISTEN && !o->exec ? 0 : verb->args_max;

    for (size_t i = 0; i < TABLE_COUNT; i++) {
        if (seen[i] && !(table[i].verbs & 1U << o->verb)) {
            snprintf(why, HL_WHY_MAX, "--%s: not an option of `%s'", table[i].name, verb->name);
            return -1;
        }
    }
    if (o->ipv4_only && o->ipv6_only)
        snprintf(why, HL_WHY_MAX, "-4 and -6: only one of them can hold");
    else if ((o->echo != 0) + (o->reply != NULL) + (o->exec != 0) > 1)
        snprintf(why, HL_WHY_MAX, "--reply, --echo and --exec: only one of them can answer");
    else if (o->plain && o->pair)
        snprintf(why, HL_WHY_MAX, "--pair: plain text knows no keys, so anybody may talk");
    else if (o->newline && !o->plain)
        snprintf(why, HL_WHY_MAX, "--newline: only together with --plain");
    else if (o->plain && o->wait >= HL_WAIT_DELIVERED && seen[row_at("wait")])
        snprintf(why, HL_WHY_MAX, "--wait: a plain peer confirms nothing");
    else if (o->plain &&
             (o->no_queue || o->expire || o->reply_to_given || o->no_receipts || o->retention))
        snprintf(why, HL_WHY_MAX, "%s: plain text is never kept, numbered or confirmed",
                 o->no_queue         ? "--no-queue"
                 : o->expire         ? "--expire"
                 : o->reply_to_given ? "--reply-to"
                 : o->retention      ? "--retention"
                                     : "--no-receipts");
    else if (seen[row_at("rate")] && !o->plain)
        snprintf(why, HL_WHY_MAX, "--rate: only together with --plain");
    else if (o->number && o->yes)
        snprintf(why, HL_WHY_MAX, "--number and --yes: only one of them can hold");
    else if (o->set_passphrase && o->remove_passphrase)
        snprintf(why, HL_WHY_MAX, "--set-passphrase and --remove-passphrase: which one?");
    else if (o->new_passphrase_file && !o->set_passphrase)
        snprintf(why, HL_WHY_MAX, "--new-passphrase-file: only together with --set-passphrase");
    else if (o->prune_ms && (o->since_ms || o->until_ms || o->export || o->limit_given))
        snprintf(why, HL_WHY_MAX, "--prune: removes, and so goes with no option that prints");
    else if (o->qr && o->json)
        snprintf(why, HL_WHY_MAX, "--qr and --json: only one of them can hold");
    else if (o->exec && o->arg_count == 0)
        snprintf(why, HL_WHY_MAX, "--exec: the command is missing: --exec -- CMD [ARG...]");
    else if (o->arg_count < verb->args_min)
        snprintf(why, HL_WHY_MAX, "%s: %.*s is missing", verb->name, (int)strcspn(verb->args, " ["),
                 verb->args);
    else if (o->arg_count > args_max)
        snprintf(why, HL_WHY_MAX, "%.80s: one argument too many for `%s'", o->args[args_max],
                 verb->name);
    else
        return 0;
    return -1;
}

static void set_defaults(struct hl_options *o)
{
    *o = (struct hl_options){
        .wait = HL_WAIT_DELIVERED,
        .log_level = HL_LOG_INFO,
        .timeout = HL_UNSET,
        .linger = HL_UNSET,
        .rate = HL_RATE_DEFAULT,
        .home = getenv("HULLO_HOME"),
    };
    if (o->home && *o->home == '\0')
        o->home = NULL;
    if (gethostname(o->name, sizeof o->name - 1) || o->name[0] == '\0')
        memcpy(o->name, "me", sizeof "me");
}

int hl_options_parse(int argc, char **argv, struct hl_options *out, char why[static HL_WHY_MAX])
{
    unsigned seen[OPTIONS_MAX] = {0};

    set_defaults(out);
    if (parse_options(argc, argv, out, seen, why))
        return -1;
    take_verb(out);
    if (out->show != HL_SHOW_NOTHING)
        return 0;
    if (check(out, seen, why))
        return -1;
    if (out->plain && out->wait > HL_WAIT_SENT)
        out->wait = HL_WAIT_SENT;
    return 0;
}
