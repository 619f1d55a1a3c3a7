/* SPDX-License-Identifier: MIT */
/* hullo id: who we are, for others to know us by. Reads nothing but the key file; where we are to
 * be found the messenger knows, if one runs. */
#include "addr.h"
#include "client.h"
#include "home.h"
#include "identity.h"
#include "link.h"
#include "net_limits.h"
#include "print.h"
#include "qr.h"
#include "session.h"
#include "signals.h"
#include "vault.h"

#include <ctype.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    LINKS_MAX = 32,
};

struct links {
    uint8_t key[HL_IDENTITY_KEY];
    struct hl_link link[LINKS_MAX]; /* all with our key */
    size_t count;
};

/* ---- where we are ---- */

static void add_link(struct links *l, const char *at)
{
    struct hl_link *link;

    if (l->count == LINKS_MAX)
        return;
    link = &l->link[l->count++];
    memcpy(link->key, l->key, sizeof link->key);
    snprintf(link->address, sizeof link->address, "%s", at);
}

/* An address that others may reach: not loopback, not link-local, which means nothing without an
 * interface of theirs. */
static bool of_use(const struct ifaddrs *i, struct hl_addr *out)
{
    struct sockaddr_storage ss = {0};
    size_t len;

    if (!i->ifa_addr || !(i->ifa_flags & IFF_UP))
        return false;
    if (i->ifa_addr->sa_family == AF_INET)
        len = sizeof(struct sockaddr_in);
    else if (i->ifa_addr->sa_family == AF_INET6)
        len = sizeof(struct sockaddr_in6);
    else
        return false;
    memcpy(&ss, i->ifa_addr, len);
    return hl_addr_from_sockaddr(out, &ss, (socklen_t)len) == 0 && !hl_addr_is_loopback(out) &&
           !hl_addr_is_link_local(out);
}

/* The addresses of this host, IPv4 first: shorter, and what most networks at home speak. */
static void add_own(struct links *l, uint16_t port)
{
    static const uint8_t families[] = {HL_AF_INET, HL_AF_INET6};
    struct ifaddrs *all;

    if (getifaddrs(&all))
        return;
    for (size_t f = 0; f < sizeof families; f++) {
        for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
            char text[HL_ADDR_TEXT];
            struct hl_addr addr;

            if (!of_use(i, &addr) || addr.family != families[f])
                continue;
            addr.port = port;
            add_link(l, hl_addr_text(&addr, text));
        }
    }
    freeifaddrs(all);
}

/* One --listen: as typed if it names a host, else the addresses of this one. */
static int add_listen(struct links *l, const char *typed)
{
    struct hl_endpoint at;
    bool literal;
    int err = hl_endpoint_parse_listen(typed, &at);

    if (err)
        return err;
    if (at.kind != HL_HOST_PATH && at.port_given && at.port == 0 && at.service[0] == '\0')
        return HL_ERR_BAD_PORT;
    literal = at.kind == HL_HOST_IPV4 || at.kind == HL_HOST_IPV6;
    if (at.kind == HL_HOST_ANY || (literal && hl_addr_is_any(&at.addr)))
        add_own(l, at.port ? at.port : HL_PORT_DEFAULT);
    else
        add_link(l, typed);
    return 0;
}

/* ---- where a messenger listens ---- */

static void each_bound(void *user, const struct hl_ctl *r)
{
    struct links *l = user;
    struct hl_bound b = {.transport = (enum hl_transport)r->code};
    struct hl_endpoint at;
    char typed[HL_BOUND_TEXT];

    if (r->kind != HL_CTL_BOUND ||
        hl_endpoint_parse_listen(hl_ctl_text(&r->text, typed, sizeof typed), &at))
        return;
    b.addr = at.addr;
    if (b.transport == HL_TCP && l->count > 0)
        return; /* on the same port, as a rule: UDP leads there too */
    if (b.addr.family != HL_AF_UNIX && hl_addr_is_any(&b.addr))
        add_own(l, b.addr.port);
    else
        add_link(l, hl_session_bound_text(&b, typed));
}

/* Asks the messenger of this home, if one runs. */
static void add_running(struct links *l, struct hl_program *p, const struct hl_secrets *id)
{
    char home[HL_HOME_PATH];
    char why[HL_STORE_WHY];
    struct hl_client_config config = {.messenger = {.home = home,
                                                    .secret = id->secret,
                                                    .seal = id->sealed ? id->seal : NULL,
                                                    .offline = true,
                                                    .lock = -1,
                                                    .front = -1}};
    struct hl_ctl r = {.kind = HL_CTL_LISTENERS};
    struct hl_client *client;
    int fd;

    if (hl_home_file(p->options, HL_HOME_DATA, "key", home))
        return;
    *strrchr(home, '/') = '\0';
    if (hl_lock_connect(home, &fd))
        return;
    close(fd);
    if (hl_client_open(&config, &client, why))
        return;
    (void)!hl_client_ask(client, &r, p->signal_fd, HL_SECS(5), each_bound, l);
    hl_client_close(client, 0);
}

/* ---- all of them ---- */

static int collect(struct hl_program *p, const struct hl_secrets *id, struct links *out)
{
    const struct hl_options *o = p->options;

    for (size_t i = 0; i < o->listen_count; i++) {
        int err = add_listen(out, o->listen[i]);

        if (err) {
            hl_report(o->listen[i], hl_err_text(err));
            return HL_EXIT_USAGE;
        }
    }
    if (o->listen_count == 0)
        add_running(out, p, id);
    if (o->listen_count == 0 && out->count == 0)
        add_own(out, HL_PORT_DEFAULT);
    if (out->count == 0)
        add_link(out, ""); /* no network: the key alone */
    return HL_EXIT_DONE;
}

/* ---- what is printed ---- */

static void print_plain(struct hl_printer *out, const uint8_t key[static HL_IDENTITY_KEY],
                        bool sealed)
{
    char line[HL_IDENTITY_HEX + 32];
    char text[HL_IDENTITY_HEX];

    snprintf(line, sizeof line, "name        %s", out->program->options->name);
    hl_print_line(out, line);
    snprintf(line, sizeof line, "key         %s", hl_identity_hex(key, text));
    hl_print_line(out, line);
    snprintf(line, sizeof line, "in short    %s", hl_identity_short(key, text));
    hl_print_line(out, line);
    snprintf(line, sizeof line, "passphrase  %s", sealed ? "yes" : "no");
    hl_print_line(out, line);
}

/* A code of capitals and digits is smaller, and case matters in no link but that of a path. */
static int draw(struct hl_printer *out, const struct hl_link *link)
{
    bool ascii = out->program->ascii;
    char text[HL_LINK_MAX];
    char *drawn;

    hl_link_format(link, text);
    if (!strchr(link->address, '/')) {
        for (char *c = text; *c; c++)
            *c = (char)toupper((unsigned char)*c);
    }
    drawn = hl_qr_draw(text, ascii ? HL_QR_ASCII : isatty(STDOUT_FILENO) ? HL_QR_COLOUR : 0);
    if (!drawn) {
        hl_report("QR code", strerror(errno));
        return HL_EXIT_FAILED;
    }
    fputs(drawn, stdout);
    free(drawn);
    hl_print_line(out, hl_link_format(link, text));
    return HL_EXIT_DONE;
}

static int print_links(struct hl_printer *out, const struct links *links)
{
    char text[HL_LINK_MAX];

    if (out->program->options->qr)
        return draw(out, &links->link[0]);
    for (size_t i = 0; i < links->count; i++)
        hl_print_line(out, hl_link_format(&links->link[i], text));
    return HL_EXIT_DONE;
}

static void print_json(struct hl_printer *out, const struct links *links, bool sealed)
{
    struct hl_own own = {.name = out->program->options->name, .key = links->key, .sealed = sealed};
    const struct hl_notice n = {.kind = HL_NOTICE_IDENTITY, .own = &own};
    char text[HL_LINK_MAX];

    for (size_t i = 0; i < links->count; i++) {
        own.link = hl_link_format(&links->link[i], text);
        hl_print(out, &n);
    }
}

static int failed(struct hl_program *p, const char *why, int err)
{
    if (err == -EINTR)
        return HL_EXIT_SIGNAL + hl_signals_take(p->signal_fd);
    hl_report(why, NULL);
    return hl_exit_status(err);
}

static int change_passphrase(struct hl_program *p)
{
    const struct hl_options *o = p->options;
    char why[HL_WHY_MAX];
    int err = o->set_passphrase ? hl_vault_set(o, why) : hl_vault_remove(o, why);

    if (err)
        return failed(p, why, err);
    hl_report("passphrase", o->set_passphrase ? "set" : "removed");
    return HL_EXIT_DONE;
}

static int print(struct hl_program *p, const struct links *links, bool sealed)
{
    const struct hl_options *o = p->options;
    struct hl_printer out;

    hl_printer_init(&out, p);
    if (!o->json && (o->uri || o->qr))
        return print_links(&out, links);
    if (o->json)
        print_json(&out, links, sealed);
    else
        print_plain(&out, links->key, sealed);
    return HL_EXIT_DONE;
}

int hl_id_run(struct hl_program *p)
{
    const struct hl_options *o = p->options;
    struct links links = {.count = 0};
    char why[HL_WHY_MAX];
    struct hl_secrets id;
    int status = HL_EXIT_DONE;
    bool sealed;
    int err;

    if (o->set_passphrase || o->remove_passphrase)
        return change_passphrase(p);
    err = hl_identity_load(o, &id, why);
    if (err)
        return failed(p, why, err);
    hl_crypt_public(links.key, id.secret);
    sealed = id.sealed;
    if (o->json || o->uri || o->qr)
        status = collect(p, &id, &links);
    hl_keyfile_wipe(&id);
    return status ? status : print(p, &links, sealed);
}
