/* SPDX-License-Identifier: MIT */
/* News of this host's addresses and links, as people read them. Main thread. */
#ifndef HL_NEWS_H
#define HL_NEWS_H

#include "talk.h"

#include <net/if.h>

enum {
    HL_NEWS_LINKS = 64,
    HL_NEWS_TEXT = HL_ADDR_TEXT + IF_NAMESIZE + 32,
};

/* The links that were told of. The kernel repeats itself: a wireless link says that it is up
 * whenever its signal changes. Zeroed at first. */
struct hl_news_links {
    struct {
        uint32_t index;
        bool up;
    } known[HL_NEWS_LINKS];
    size_t count;
};

/* False for what was told before of the same link. More links than there is room for may be told
 * of twice. */
bool hl_news_is_new(struct hl_news_links *l, const struct hl_host_news *news);

/* "address added: 192.0.2.1 on eth0", "link down: eth0"; local: in the user's language. Returns
 * out.
 */
const char *hl_news_text(const struct hl_host_news *news, bool local,
                         char out[static HL_NEWS_TEXT]);

/* The interface's name, its number if it is gone. Returns out. */
const char *hl_news_interface(uint32_t index, char out[static IF_NAMESIZE]);

#endif
