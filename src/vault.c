/* SPDX-License-Identifier: MIT */
#include "vault.h"

#include "entropy.h"
#include "home.h"
#include "messenger.h"
#include "passphrase.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct vault {
    const struct hl_options *options;
    char home[HL_HOME_PATH];
    int lock;
    struct hl_secrets secrets;
};

/* ---- the store ---- */

static int explain(char why[static HL_WHY_MAX], const char *reason, int err)
{
    snprintf(why, HL_WHY_MAX, "store: %.250s", reason);
    return err;
}

/* Opens the store of the home under the key; NULL = in the open. */
static int open_store(const char *home, const uint8_t *seal, struct hl_store **out,
                      char why[static HL_WHY_MAX])
{
    char path[HL_HOME_PATH + sizeof HL_MESSENGER_STORE];
    const struct hl_store_config config = {.path = path, .seal = seal};
    char reason[HL_STORE_WHY];
    int err;

    snprintf(path, sizeof path, "%s/%s", home, HL_MESSENGER_STORE);
    err = hl_store_open(&config, out, reason);
    return err ? explain(why, reason, err) : 0;
}

/* Seals the store, which is sealed under from, under to; NULL = in the open. */
static int reseal(const char *home, const uint8_t *from, const uint8_t *to,
                  char why[static HL_WHY_MAX])
{
    struct hl_store *store;
    int err = open_store(home, from, &store, why);

    if (err)
        return err;
    err = hl_store_reseal(store, to);
    if (err)
        explain(why, hl_store_why(store), err);
    hl_store_close(store);
    return err;
}

/* Whether the store opens under the key. */
static int try_open(const char *home, const uint8_t *seal, char why[static HL_WHY_MAX])
{
    struct hl_store *store;
    int err = open_store(home, seal, &store, why);

    if (err == 0)
        hl_store_close(store);
    return err;
}

/* The caller has the lock. */
static int settle(const char *home, const struct hl_secrets *secrets, char why[static HL_WHY_MAX])
{
    char reason[HL_WHY_MAX];
    int err;

    if (!secrets->sealed)
        return 0;
    err = try_open(home, secrets->seal, why);
    if (err != HL_ERR_STORE_SEALED)
        return err;
    /* In the open, or under a key that we do not have: that one then fails in the same way, and
     * what is to be told stands in why already. */
    return try_open(home, NULL, reason) ? err : reseal(home, NULL, secrets->seal, why);
}

int hl_vault_settle(const char *home, const struct hl_secrets *secrets, char why[static HL_WHY_MAX])
{
    int lock;
    int err = secrets->sealed ? hl_lock_take(home, &lock) : -EWOULDBLOCK;

    if (err == -EWOULDBLOCK)
        return 0;
    if (err) {
        snprintf(why, HL_WHY_MAX, "home: %s", hl_err_text(err));
        return HL_ERR_STORAGE;
    }
    err = settle(home, secrets, why);
    close(lock);
    return err;
}

/* ---- the passphrase ---- */

/* Everything is read under the lock: two that set a passphrase at once would each invent a key for
 * the store, and only one of them would be kept. */
static int begin(struct vault *v, const struct hl_options *o, char why[static HL_WHY_MAX])
{
    int err = hl_home_file(o, HL_HOME_DATA, "key", v->home);

    v->options = o;
    if (err) {
        snprintf(why, HL_WHY_MAX, "home: %s", hl_err_text(err));
        return HL_ERR_STORAGE;
    }
    *strrchr(v->home, '/') = '\0';
    err = hl_lock_take(v->home, &v->lock);
    if (err == -EWOULDBLOCK) {
        snprintf(why, HL_WHY_MAX, "passphrase: another hullo runs in this home: end it first");
        return HL_ERR_BUSY;
    }
    if (err) {
        snprintf(why, HL_WHY_MAX, "home: %s", hl_err_text(err));
        return HL_ERR_STORAGE;
    }
    err = hl_identity_load(o, &v->secrets, why);
    if (err == 0)
        err = settle(v->home, &v->secrets, why);
    if (err) {
        hl_keyfile_wipe(&v->secrets);
        close(v->lock);
    }
    return err;
}

static int end(struct vault *v, int err)
{
    hl_keyfile_wipe(&v->secrets);
    close(v->lock);
    return err;
}

static int ask_twice(struct hl_passphrase *out, char why[static HL_WHY_MAX])
{
    struct hl_passphrase again;
    int err = hl_passphrase_ask("New passphrase", out, why);

    if (err)
        return err;
    err = hl_passphrase_ask("The same again", &again, why);
    if (err == 0 && (again.len != out->len || !hl_crypt_equal(again.text, out->text, out->len))) {
        snprintf(why, HL_WHY_MAX, "passphrase: the two are not the same");
        err = HL_ERR_PASSPHRASE;
    }
    hl_passphrase_wipe(&again);
    if (err)
        hl_passphrase_wipe(out);
    return err;
}

int hl_vault_set(const struct hl_options *o, char why[static HL_WHY_MAX])
{
    const struct hl_env *env = hl_entropy_env();
    struct hl_passphrase passphrase;
    struct hl_bytes bytes;
    struct vault v;
    bool first;
    int err = begin(&v, o, why);

    if (err)
        return err;
    err = o->new_passphrase_file ? hl_passphrase_read(o->new_passphrase_file, &passphrase, why)
                                 : ask_twice(&passphrase, why);
    if (err)
        return end(&v, err);
    first = !v.secrets.sealed;
    if (first)
        env->random(env->user, v.secrets.seal, sizeof v.secrets.seal);
    v.secrets.sealed = true;
    bytes = hl_passphrase_bytes(&passphrase);
    err = hl_identity_replace(o, &v.secrets, &bytes, why);
    hl_passphrase_wipe(&passphrase);
    if (err == 0 && first)
        err = reseal(v.home, NULL, v.secrets.seal, why);
    return end(&v, err);
}

int hl_vault_remove(const struct hl_options *o, char why[static HL_WHY_MAX])
{
    struct vault v;
    int err = begin(&v, o, why);

    if (err)
        return err;
    if (!v.secrets.sealed)
        return end(&v, 0);
    err = reseal(v.home, v.secrets.seal, NULL, why);
    v.secrets.sealed = false;
    if (err == 0)
        err = hl_identity_replace(o, &v.secrets, NULL, why);
    return end(&v, err);
}
