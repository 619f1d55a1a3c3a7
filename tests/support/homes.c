/* SPDX-License-Identifier: MIT */
#include "homes.h"

#include "link.h"

#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void home_make(char home[HOME_PATH])
{
    snprintf(home, HOME_PATH, "/tmp/hullo-test-XXXXXX");
    cr_assert_not_null(mkdtemp(home));
}

void home_remove(const char *home)
{
    char path[4096];
    DIR *dir = opendir(home);
    const struct dirent *e;

    while (dir && (e = readdir(dir)) != NULL) {
        snprintf(path, sizeof path, "%s/%s", home, e->d_name);
        if (*e->d_name != '.')
            remove(path);
    }
    if (dir)
        closedir(dir);
    rmdir(home);
}

void home_secret(uint8_t secret[32], unsigned n)
{
    memset(secret, (int)(n + 1), 32);
    memcpy(secret + 4, &n, sizeof n); /* beyond what clamping changes */
}

/* ---- life ---- */

void front_open_as(struct front *f, const char *home, unsigned n, struct hl_client_config *config)
{
    char why[HL_STORE_WHY] = "";
    uint8_t secret[32];

    memset(f, 0, sizeof *f);
    home_secret(secret, n);
    config->messenger.home = home;
    config->messenger.secret = secret;
    cr_assert_eq(hl_client_open(config, &f->client, why), 0, "%s", why);
}

void front_open(struct front *f, const char *home, unsigned n, uint64_t flags)
{
    struct hl_client_config config = {.flags = flags};

    front_open_as(f, home, n, &config);
}

void front_close(struct front *f, hl_time flush)
{
    hl_client_close(f->client, flush);
    f->client = NULL;
    free(f->entries);
    f->entries = NULL;
}

/* ---- what is told ---- */

static void copy(char out[HOME_TEXT], const struct hl_ctl_bytes *from)
{
    size_t len = from->len < HOME_TEXT ? from->len : HOME_TEXT - 1;

    if (len)
        memcpy(out, from->at, len);
    out[len] = '\0';
}

struct told_contact *front_contact(struct front *f, uint64_t id)
{
    size_t i = 0;

    while (i < f->contact_count && f->contacts[i].id != id)
        i++;
    if (i == f->contact_count) {
        cr_assert_lt(i, HOME_CONTACTS);
        f->contacts[f->contact_count++] = (struct told_contact){.id = id};
    }
    return &f->contacts[i];
}

static void on_contact(struct front *f, const struct hl_ctl *r)
{
    struct told_contact *c = front_contact(f, r->contact);

    if (r->flags & HL_CTL_C_GONE) {
        c->gone = true;
        c->became = r->pos;
        return;
    }
    c->flags = r->flags;
    c->reach = r->code;
    c->err = r->err;
    c->unread = r->number;
    c->waiting = r->count;
    copy(c->name, &r->name);
    copy(c->address, &r->text);
    if (r->has_key)
        memcpy(c->key, r->key, sizeof c->key);
    if (r->flags & HL_CTL_C_CHANGED && r->other.len == sizeof c->new_key)
        memcpy(c->new_key, r->other.at, sizeof c->new_key);
}

static void on_entry(struct front *f, const struct hl_ctl *r)
{
    struct told_entry *e;

    if ((f->entry_count & (f->entry_count - 1)) == 0)
        f->entries = realloc(f->entries, 2 * (f->entry_count + 1) * sizeof *e);
    e = &f->entries[f->entry_count++];
    *e =
        (struct told_entry){.contact = r->contact, .row = r->row, .flags = r->flags, .seq = r->seq};
    memcpy(e->id, r->id, sizeof e->id);
    copy(e->text, &r->text);
}

static void take(void *user, const struct hl_ctl *r)
{
    struct front *f = user;

    if (r->err && (r->kind == HL_CTL_ERROR || r->kind == HL_CTL_STATE))
        f->last_err = r->err;
    switch ((int)r->kind) {
    case HL_CTL_CONTACT:
        on_contact(f, r);
        break;
    case HL_CTL_ENTRY:
        on_entry(f, r);
        break;
    case HL_CTL_STATE:
        if (r->state)
            f->states[r->state]++;
        else
            f->refused++;
        break;
    case HL_CTL_TYPED:
        f->typings++;
        f->typing = r->flags & HL_CTL_ON;
        copy(f->typed, &r->text);
        break;
    case HL_CTL_STALLED:
        f->stalls += r->err != 0;
        f->unstalls += r->err == 0;
        f->stall_err = r->err;
        break;
    case HL_CTL_NOTICE:
        f->notices++;
        break;
    case HL_CTL_BOUND:
        if (!*f->bound)
            copy(f->bound, &r->text);
        break;
    case HL_CTL_WELCOME:
        f->welcomes++;
        break;
    case HL_CTL_ERROR:
        f->errors++;
        break;
    case HL_CTL_END:
        f->ends++;
        break;
    default:
        break;
    }
}

void front_pump(struct front *f)
{
    struct hl_ctl r;

    while (f->client && !f->deaf && hl_client_next(f->client, &r))
        take(f, &r);
}

void fronts_wait(struct front **fronts, size_t count, int ms)
{
    struct pollfd fds[8];

    cr_assert_leq(count, 8);
    for (size_t i = 0; i < count; i++)
        fds[i] = (struct pollfd){
            .fd = fronts[i]->client && !fronts[i]->deaf ? hl_client_fd(fronts[i]->client) : -1,
            .events = POLLIN};
    if (ms)
        poll(fds, count, ms);
    for (size_t i = 0; i < count; i++)
        front_pump(fronts[i]);
}

/* ---- what is asked ---- */

int front_ask(struct front *f, struct hl_ctl *request)
{
    return hl_client_ask(f->client, request, -1, HL_SECS(HOME_PATIENCE), take, f);
}

void front_listen(struct front *f, const char *typed)
{
    struct hl_ctl r = {.kind = HL_CTL_LISTEN, .text = {typed, strlen(typed)}};

    *f->bound = '\0';
    cr_assert_eq(front_ask(f, &r), 0);
}

void front_pair(struct front *f)
{
    struct hl_ctl r = {.kind = HL_CTL_PAIRING, .flags = HL_CTL_ON};

    cr_assert_eq(front_ask(f, &r), 0);
}

uint64_t front_open_peer_within(struct front *f, const char *typed, hl_time timeout)
{
    struct hl_ctl r = {
        .kind = HL_CTL_OPEN, .text = {typed, strlen(typed)}, .number = (uint64_t)timeout};
    size_t before = f->contact_count;

    cr_assert_eq(front_ask(f, &r), 0, "%s", typed);
    cr_assert_geq(f->contact_count, before);
    for (size_t i = 0; i < f->contact_count; i++) {
        if (strcmp(f->contacts[i].name, typed) == 0)
            return f->contacts[i].id;
    }
    return f->contacts[f->contact_count - 1].id;
}

uint64_t front_open_peer(struct front *f, const char *typed)
{
    return front_open_peer_within(f, typed, 0);
}

void front_id(uint8_t id[HL_ID_SIZE], unsigned n)
{
    memset(id, 1, HL_ID_SIZE);
    memcpy(id, &n, sizeof n);
    memcpy(id + HL_ID_SIZE / 2, &n, sizeof n); /* tables of ids look at this half */
}

void front_link(char link[400], const uint8_t key[32], const char *address)
{
    char text[HL_LINK_MAX];
    struct hl_link l;

    memcpy(l.key, key, sizeof l.key);
    snprintf(l.address, sizeof l.address, "%s", address);
    snprintf(link, 400, "%s", hl_link_format(&l, text));
}

void front_submit(struct front *f, uint64_t contact, unsigned n, const char *text)
{
    struct hl_ctl r = {.kind = HL_CTL_SUBMIT,
                       .contact = contact,
                       .code = HL_ENTRY_TEXT,
                       .has_id = true,
                       .text = {text, strlen(text)}};
    hl_time until = hl_clock_now() + HL_SECS(HOME_PATIENCE);
    int err;

    front_id(r.id, n);
    while ((err = hl_client_send(f->client, &r)) == HL_ERR_BUSY && hl_clock_now() < until)
        fronts_wait(&f, 1, 50);
    cr_assert_eq(err, 0);
}
