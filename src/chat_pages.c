/* SPDX-License-Identifier: MIT */
/* The screen model says which history it needs, the messenger has it. */
#include "chat.h"

#include "err.h"
#include "i18n.h"

#include <errno.h>

static struct hl_chat_page *find(struct hl_chat *c, uint64_t request)
{
    for (size_t i = 0; i < HL_CHAT_PAGES; i++) {
        if (c->pages[i].request == request)
            return &c->pages[i];
    }
    return NULL;
}

/* Nothing comes any more, or only after trouble: nothing is asked for again where it failed. */
static void end(struct hl_chat *c, struct hl_chat_page *p, bool first, bool last)
{
    struct hl_ui_want want = p->want;

    *p = (struct hl_chat_page){.request = 0};
    hl_ui_page_end(c->ui, &want, first, last);
    hl_reactor_dirty(&c->reactor);
}

/* Around a place first come those up to it. */
static bool begins_above(const struct hl_ui_want *w)
{
    return w->kind == HL_UI_OLDER || (w->kind == HL_UI_AROUND && w->pos != 0);
}

static void ask(struct hl_chat *c, struct hl_chat_page *p)
{
    bool around = p->want.kind == HL_UI_AROUND;
    struct hl_ctl r = {.kind = HL_CTL_HISTORY,
                       .contact = p->want.conv,
                       .pos = p->want.pos + (around && p->front ? 1 : 0),
                       .number = HL_UI_PAGE,
                       .count = HL_UI_PAGE_BYTES,
                       .flags = p->front ? HL_CTL_BACKWARD : 0};
    int err = hl_talk_ask(c->session.talk, &r);

    p->got = 0;
    p->request = r.request;
    if (err == HL_ERR_BUSY)
        end(c, p, false, false); /* the next frame asks again */
    else if (err != 0)
        end(c, p, true, true);
}

void hl_chat_pages_ask(struct hl_chat *c)
{
    struct hl_chat_page *p;

    while ((p = find(c, 0)) != NULL && hl_ui_want(c->ui, &p->want)) {
        p->front = begins_above(&p->want);
        p->first = !p->front;
        ask(c, p);
        if (p->request == 0)
            return;
    }
}

bool hl_chat_pages_told(struct hl_chat *c, struct hl_conv *conv, const struct hl_ctl *r)
{
    struct hl_chat_page *p = r->request != 0 ? find(c, r->request) : NULL;

    if (p == NULL)
        return false;
    bool all = p->got < HL_UI_PAGE && (r->flags & HL_CTL_MORE) == 0; /* at its END */
    if (r->kind == HL_CTL_ENTRY && conv != NULL) {
        p->got++;
        hl_chat_page_entry(c, conv, &p->want, p->front, r);
    } else if (r->kind == HL_CTL_ERROR || r->err != 0) {
        hl_chat_say(c, p->want.conv, HL_LINE_ERROR, "history: %s", _(hl_err_text(r->err)));
        end(c, p, true, true);
    } else if (r->kind == HL_CTL_END && p->want.kind == HL_UI_AROUND && p->front) {
        p->first = all;
        p->front = false;
        ask(c, p);
    } else if (r->kind == HL_CTL_END) {
        end(c, p, p->front ? all : p->first, all);
    }
    return true;
}
