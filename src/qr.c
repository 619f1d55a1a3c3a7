/* SPDX-License-Identifier: MIT */
#include "qr.h"

#include <errno.h>
#include <qrencode.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    QUIET = 4,       /* modules of light around a code: ISO/IEC 18004 section 9.1 */
    MODULE_MAX = 3,  /* bytes of one module's text: a half block */
    LINE_EXTRA = 16, /* colours on and off, newline */
};

static bool dark(const QRcode *code, int x, int y)
{
    return x >= 0 && y >= 0 && x < code->width && y < code->width &&
           code->data[y * code->width + x] & 1;
}

/* Ink is what is light where colours are asked for (white on black), since a terminal's full block
 * is of the foreground. Without colours the page is taken to be white, and ink is what is dark. */
static char *draw_halves(const QRcode *code, char *out, bool colour)
{
    static const char *const halves[] = {" ", "\u2580", "\u2584", "\u2588"};

    for (int y = -QUIET; y < code->width + QUIET; y += 2) {
        if (colour)
            out = stpcpy(out, "\033[97;40m");
        for (int x = -QUIET; x < code->width + QUIET; x++) {
            bool below = y + 1 < code->width + QUIET;
            bool upper = dark(code, x, y) != colour;
            bool lower = below && dark(code, x, y + 1) != colour;

            out = stpcpy(out, halves[(upper ? 1 : 0) + (lower ? 2 : 0)]);
        }
        out = stpcpy(out, colour ? "\033[0m\n" : "\n");
    }
    return out;
}

static char *draw_letters(const QRcode *code, char *out)
{
    for (int y = -QUIET; y < code->width + QUIET; y++) {
        for (int x = -QUIET; x < code->width + QUIET; x++)
            out = stpcpy(out, dark(code, x, y) ? "##" : "  ");
        out = stpcpy(out, "\n");
    }
    return out;
}

char *hl_qr_draw(const char *text, unsigned flags)
{
    QRcode *code = QRcode_encodeString(text, 0, QR_ECLEVEL_L, QR_MODE_8, 1);
    size_t side;
    char *out;

    if (!code)
        return NULL;
    side = (size_t)code->width + 2 * QUIET;
    out = malloc(side * (side * MODULE_MAX + LINE_EXTRA) + 1);
    if (out && flags & HL_QR_ASCII)
        draw_letters(code, out);
    else if (out)
        draw_halves(code, out, flags & HL_QR_COLOUR);
    QRcode_free(code);
    if (!out)
        errno = ENOMEM;
    return out;
}
