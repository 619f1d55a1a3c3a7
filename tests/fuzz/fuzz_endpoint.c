/* SPDX-License-Identifier: MIT */
/* What a user types as an address. Whatever is taken must be within bounds, and the text of an
 * address that was typed as numbers must be read back as the same address. */
#include "endpoint.h"
#include "err.h"
#include "fuzz.h"

static void check_text(const struct hl_endpoint *e)
{
    char text[HL_ADDR_TEXT];
    struct hl_endpoint again;

    if (e->kind != HL_HOST_IPV4 && e->kind != HL_HOST_IPV6)
        return;
    if (e->service[0] || e->zone[0] || e->addr.port == 0)
        return;
    hl_addr_text(&e->addr, text);
    FUZZ_CHECK(strlen(text) < sizeof text);
    FUZZ_CHECK(hl_endpoint_parse(text, &again) == 0);
    FUZZ_CHECK(hl_addr_equal(&e->addr, &again.addr));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct hl_endpoint e;
    char text[512];
    uint16_t port;
    int err;

    if (len >= sizeof text)
        return 0;
    memcpy(text, data, len);
    text[len] = '\0';

    err = hl_endpoint_parse(text, &e);
    FUZZ_CHECK(err == 0 || hl_err_class(err) == HL_CLASS_USAGE);
    if (err == 0) {
        FUZZ_CHECK(memchr(e.host, '\0', sizeof e.host) && memchr(e.zone, '\0', sizeof e.zone));
        FUZZ_CHECK(memchr(e.service, '\0', sizeof e.service));
        check_text(&e);
    }
    err = hl_endpoint_parse_listen(text, &e);
    FUZZ_CHECK(err == 0 || hl_err_class(err) == HL_CLASS_USAGE);
    if (hl_port_parse(text, false, &port) == 0)
        FUZZ_CHECK(port == strtoul(text, NULL, 10) && port > 0);
    return 0;
}
