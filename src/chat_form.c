/* SPDX-License-Identifier: MIT */
#include "chat.h"

#include "err.h"
#include "i18n.h"

enum {
    LOCAL_PORT,
    PEER_ADDRESS,
    PEER_PORT,
    TYPED_MAX = HL_HOST_MAX + 64,
};

int hl_chat_ask(struct hl_chat *c)
{
    static const struct hl_ui_question questions[HL_UI_FORM_FIELDS] = {
        [LOCAL_PORT] = {N_("Local port"), N_("4855, or the next free one"), NULL},
        [PEER_ADDRESS] = {N_("Peer address"), N_("host name or address"), NULL},
        [PEER_PORT] = {N_("Peer port"), "4855", NULL},
    };

    c->asking = true;
    return hl_ui_form_open(c->ui,
                           c->program->options->plain ? N_("Whom to talk to, in plain text")
                                                      : N_("Whom to talk to"),
                           questions);
}

/* A port is asked for by its number; hl_err_text() would offer names of services, too. */
static const char *check_port(const char *answer, bool zero_ok)
{
    uint16_t port;

    return *answer == '\0' || hl_port_parse(answer, zero_ok, &port) == 0
               ? NULL
               : _("the port must be a number from 1 to 65535");
}

/* What is wrong with an answer, NULL if nothing is. Opens nothing and looks nothing up. */
static const char *check(const struct hl_chat *c, size_t field)
{
    const char *answer = hl_ui_form_answer(c->ui, field);
    char typed[TYPED_MAX];
    int err;

    if (field != PEER_ADDRESS)
        return check_port(answer, field == LOCAL_PORT);
    if (*answer == '\0')
        return _("whom do you want to talk to?");
    err = hl_session_join(answer, "", typed, sizeof typed);
    return err != 0 ? _(hl_err_text(err)) : NULL;
}

static bool accept_answer(struct hl_chat *c, size_t field)
{
    const char *error = check(c, field);

    if (error != NULL)
        hl_ui_form_error(c->ui, field, error);
    return error == NULL;
}

void hl_chat_answer(struct hl_chat *c, size_t field)
{
    if (!accept_answer(c, field))
        hl_tty_bell(c->tty);
}

/* Opens the listener that the first answer names, unless an earlier try has done it already. */
static bool listen_on(struct hl_chat *c, const char *answer)
{
    int err;

    if (c->session.bound_count > 0)
        return true;
    err = *answer == '\0' ? hl_session_listen_all(&c->session, HL_LISTEN_CHAT, c->why)
                          : hl_session_listen(&c->session, answer, false, false, c->why);
    if (err != 0)
        hl_ui_form_error(c->ui, LOCAL_PORT, c->why);
    return err == 0;
}

void hl_chat_answered(struct hl_chat *c)
{
    char typed[TYPED_MAX];
    struct hl_conv *conv;
    int err;

    /* All answers are looked at before a socket is opened, so that a wrong one costs nothing. */
    for (size_t field = 0; field < HL_UI_FORM_FIELDS; field++) {
        if (!accept_answer(c, field))
            return;
    }
    err = hl_session_join(hl_ui_form_answer(c->ui, PEER_ADDRESS),
                          hl_ui_form_answer(c->ui, PEER_PORT), typed, sizeof typed);
    if (err != 0) {
        hl_ui_form_error(c->ui, PEER_ADDRESS, _(hl_err_text(err)));
        return;
    }
    if (!listen_on(c, hl_ui_form_answer(c->ui, LOCAL_PORT)))
        return;
    if (hl_session_open(&c->session, typed, &conv, c->why) != 0) {
        hl_ui_form_error(c->ui, PEER_ADDRESS, c->why);
        return;
    }
    hl_ui_form_close(c->ui);
    c->asking = false;
    hl_chat_say_bound(c);
    hl_chat_select(c, conv);
}
