/* SPDX-License-Identifier: MIT */
#include "news.h"

#include <criterion/criterion.h>

static const struct hl_addr link_local = {
    .family = HL_AF_INET6, .scope = 1, .ip = {0xfe, 0x80, [15] = 1}};

static const struct {
    struct hl_host_news news;
    const char *text;
} rows[] = {
    {{"address added", &link_local, 1}, "address added: fe80::1 on lo"},
    {{"address removed", &link_local, UINT32_MAX}, "address removed: fe80::1 on 4294967295"},
    {{"link down", NULL, 1}, "link down: lo"},
    {{"news were lost", NULL, 0}, "news were lost"},
};

Test(news, text)
{
    char text[HL_NEWS_TEXT];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        cr_assert_str_eq(hl_news_text(&rows[i].news, false, text), rows[i].text);
}

Test(news, a_link_is_told_of_when_it_changes)
{
    struct hl_news_links links = {.count = 0};
    const struct hl_host_news up = {"link up", NULL, 3};
    const struct hl_host_news down = {"link down", NULL, 3};
    const struct hl_host_news other = {"link down", NULL, 4};

    cr_assert(hl_news_is_new(&links, &up));
    cr_assert(hl_news_is_new(&links, &other));
    cr_assert_not(hl_news_is_new(&links, &up));
    cr_assert(hl_news_is_new(&links, &down));
    cr_assert_not(hl_news_is_new(&links, &down));
    cr_assert_not(hl_news_is_new(&links, &other));
    cr_assert(hl_news_is_new(&links, &up));
}

Test(news, addresses_and_losses_are_always_new)
{
    struct hl_news_links links = {.count = 0};

    for (int i = 0; i < 2; i++) {
        cr_assert(hl_news_is_new(&links, &rows[0].news));
        cr_assert(hl_news_is_new(&links, &rows[3].news));
    }
}

Test(news, any_number_of_links_fits)
{
    struct hl_news_links links = {.count = 0};

    for (uint32_t index = 1; index < 1000; index++)
        cr_assert(hl_news_is_new(&links, &(struct hl_host_news){"link up", NULL, index}));
    cr_assert_eq(links.count, HL_NEWS_LINKS);
}
