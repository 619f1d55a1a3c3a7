/* SPDX-License-Identifier: MIT */
#include "news.h"

#include "endpoint.h"
#include "i18n.h"
#include "netlink.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool hl_news_is_new(struct hl_news_links *l, const struct hl_host_news *news)
{
    bool up = strcmp(news->what, hl_netlink_kind_text(HL_NL_LINK_UP)) == 0;
    size_t at = 0;

    if (news->addr || news->index == 0)
        return true;
    while (at < l->count && l->known[at].index != news->index)
        at++;
    if (at < l->count && l->known[at].up == up)
        return false;
    if (at == HL_NEWS_LINKS)
        at = news->index % HL_NEWS_LINKS;
    else if (at == l->count)
        l->count++;
    l->known[at].index = news->index;
    l->known[at].up = up;
    return true;
}

const char *hl_news_text(const struct hl_host_news *news, bool local, char out[static HL_NEWS_TEXT])
{
    struct hl_addr addr = news->addr ? *news->addr : (struct hl_addr){0};
    char ip[HL_ADDR_TEXT];
    char interface[IF_NAMESIZE];
    const char *what = local ? _(news->what) : news->what;

    addr.scope = 0; /* the interface is named anyway */
    hl_addr_text_ip(&addr, ip);
    if (news->index)
        hl_news_interface(news->index, interface);
    if (news->addr)
        snprintf(out, HL_NEWS_TEXT, local ? _("%s: %s on %s") : "%s: %s on %s", what, ip,
                 interface);
    else if (news->index)
        snprintf(out, HL_NEWS_TEXT, "%s: %s", what, interface);
    else
        snprintf(out, HL_NEWS_TEXT, "%s", what);
    return out;
}

const char *hl_news_interface(uint32_t index, char out[static IF_NAMESIZE])
{
    if (!if_indextoname(index, out))
        snprintf(out, IF_NAMESIZE, "%" PRIu32, index);
    return out;
}
