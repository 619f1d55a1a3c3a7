/* SPDX-License-Identifier: MIT */
#include "lookup.h"

#include "addr.h"
#include "err.h"

#include <errno.h>
#include <idn2.h>
#include <netdb.h>
#include <string.h>

static bool is_ascii(const char *s)
{
    while (*s && (unsigned char)*s < 0x80)
        s++;
    return *s == '\0';
}

static bool copy_name(const char *from, char out[static HL_HOST_MAX])
{
    size_t len = strlen(from);

    out[0] = '\0';
    if (len >= HL_HOST_MAX)
        return false;
    memcpy(out, from, len + 1);
    return true;
}

/* getaddrinfo() has AI_IDN, but that reads the name in the locale's charset. */
int hl_lookup_ascii(const char *typed, char ascii[static HL_HOST_MAX])
{
    char *converted;
    bool fits;

    if (is_ascii(typed)) {
        fits = copy_name(typed, ascii);
        return fits ? hl_host_check(ascii) : HL_ERR_BAD_NAME;
    }
    if (idn2_to_ascii_8z(typed, &converted, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
        return HL_ERR_BAD_NAME;
    fits = copy_name(converted, ascii);
    idn2_free(converted);
    return fits ? hl_host_check(ascii) : HL_ERR_BAD_NAME;
}

static int error_of(int eai)
{
    switch (eai) {
    case 0:
        return 0;
    case EAI_NONAME:
        return HL_ERR_NOT_FOUND;
    case EAI_NODATA:
    case EAI_ADDRFAMILY:
        return HL_ERR_NO_ADDRESS;
    case EAI_AGAIN:
        return HL_ERR_NAME_AGAIN;
    case EAI_MEMORY:
        return -ENOMEM;
    default:
        return HL_ERR_NAME_FAILED;
    }
}

static void take(struct hl_lookup *out, const struct addrinfo *ai)
{
    struct sockaddr_storage ss = {0};

    if (out->count == HL_CANDIDATES_MAX || ai->ai_addrlen > sizeof(ss))
        return;
    memcpy(&ss, ai->ai_addr, ai->ai_addrlen);
    if (hl_addr_from_sockaddr(&out->addrs[out->count], &ss, ai->ai_addrlen) == 0)
        out->count++;
}

/* No AI_ADDRCONFIG: it does not count loopback and so breaks ::1 on hosts without a network;
 * an address that cannot be reached fails at once anyway. The socket type only keeps every
 * address from coming three times. */
void hl_lookup_host(const char *ascii, enum hl_family family, struct hl_lookup *out)
{
    const struct addrinfo hints = {.ai_family = family == HL_AF_INET6 ? AF_INET6 : AF_INET,
                                   .ai_socktype = SOCK_DGRAM,
                                   .ai_flags = AI_CANONNAME};
    struct addrinfo *list = NULL;

    memset(out, 0, sizeof(*out));
    out->err = error_of(getaddrinfo(ascii, NULL, &hints, &list));
    if (out->err)
        return;
    if (list->ai_canonname)
        copy_name(list->ai_canonname, out->name);
    for (const struct addrinfo *ai = list; ai; ai = ai->ai_next)
        take(out, ai);
    freeaddrinfo(list);
    if (out->count == 0)
        out->err = HL_ERR_NO_ADDRESS;
}

void hl_lookup_aliases(const char *ascii, enum hl_family family, struct hl_lookup *out)
{
    struct hostent entry;
    struct hostent *found = NULL;
    char buffer[8192];
    int h_err;
    size_t used = 0;

    memset(out->aliases, 0, sizeof(out->aliases));
    gethostbyname2_r(ascii, family == HL_AF_INET6 ? AF_INET6 : AF_INET, &entry, buffer,
                     sizeof(buffer), &found, &h_err);
    for (char **alias = found ? found->h_aliases : NULL; alias && *alias; alias++) {
        size_t len = strlen(*alias);

        if (len == 0 || used + len + 2 > sizeof(out->aliases))
            return;
        memcpy(out->aliases + used, *alias, len);
        used += len + 1;
    }
}

void hl_lookup_name(const struct hl_addr *a, struct hl_lookup *out)
{
    struct sockaddr_storage ss;
    socklen_t len;

    memset(out, 0, sizeof(*out));
    out->err = hl_addr_to_sockaddr(a, false, &ss, &len);
    if (out->err == 0)
        out->err = error_of(getnameinfo((const struct sockaddr *)&ss, len, out->name,
                                        sizeof(out->name), NULL, 0, NI_NAMEREQD));
    if (out->err)
        out->name[0] = '\0';
}
