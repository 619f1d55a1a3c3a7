/* SPDX-License-Identifier: MIT */
#include "chat.h"

#include "err.h"

#include <stdio.h>
#include <string.h>

enum {
    LOCAL_PORT,
    PEER_ADDRESS,
    PEER_PORT,
    TYPED_MAX = HL_HOST_MAX + 64,
};

int hl_chat_ask(struct hl_chat *c)
{
    static const struct hl_ui_question questions[HL_UI_FORM_FIELDS] = {
        [LOCAL_PORT] = {"Local port", "4855", NULL},
        [PEER_ADDRESS] = {"Peer address", "host name or address", NULL},
        [PEER_PORT] = {"Peer port", "4855", NULL},
    };

    c->asking = true;
    return hl_ui_form_open(c->ui, "Whom to talk to, in plain text", questions);
}

static void refuse(struct hl_chat *c, size_t field, const char *why)
{
    if (why != c->why)
        snprintf(c->why, sizeof c->why, "%s", why);
    hl_ui_form_error(c->ui, field, c->why);
}

/* Opens the listener that the first answer names, unless an earlier try has done it already. */
static bool listen_on(struct hl_chat *c, const char *answer)
{
    uint16_t port;
    int err = 0;

    if (c->session.bound_count > 0)
        return true;
    if (*answer != '\0' && (err = hl_port_parse(answer, true, &port)) != 0) {
        refuse(c, LOCAL_PORT, hl_err_text(err));
        return false;
    }
    err = *answer == '\0' ? hl_session_listen_all(&c->session, HL_LISTEN_CHAT, c->why)
                          : hl_session_listen(&c->session, answer, false, false, c->why);
    if (err != 0)
        refuse(c, LOCAL_PORT, c->why);
    return err == 0;
}

/* All answers are looked at before a socket is opened, so that a wrong one costs nothing. */
static bool peer_of(struct hl_chat *c, char typed[static TYPED_MAX])
{
    const char *address = hl_ui_form_answer(c->ui, PEER_ADDRESS);
    const char *port = hl_ui_form_answer(c->ui, PEER_PORT);
    uint16_t number;
    int err;

    if (*address == '\0') {
        refuse(c, PEER_ADDRESS, "who is to be talked to?");
        return false;
    }
    err = hl_session_join(address, "", typed, TYPED_MAX);
    if (err != 0) {
        refuse(c, PEER_ADDRESS, hl_err_text(err));
        return false;
    }
    err = *port != '\0' ? hl_port_parse(port, false, &number) : 0;
    if (err == 0)
        err = hl_session_join(address, port, typed, TYPED_MAX);
    if (err != 0)
        refuse(c, PEER_PORT, hl_err_text(err));
    return err == 0;
}

void hl_chat_answered(struct hl_chat *c)
{
    char typed[TYPED_MAX];
    struct hl_conv *conv;

    if (!peer_of(c, typed) || !listen_on(c, hl_ui_form_answer(c->ui, LOCAL_PORT)))
        return;
    if (hl_session_open(&c->session, typed, &conv, c->why) != 0) {
        refuse(c, PEER_ADDRESS, c->why);
        return;
    }
    hl_ui_form_close(c->ui);
    c->asking = false;
    hl_chat_say_bound(c);
    hl_chat_select(c, conv);
}
