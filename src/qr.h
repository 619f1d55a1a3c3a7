/* SPDX-License-Identifier: MIT */
/* QR codes as text; the only user of libqrencode.
 *
 * A reader needs dark on light, whatever colours the terminal has: with HL_QR_COLOUR black and
 * white are asked for by name. Two rows of modules share a line as half blocks. Without UTF-8 a
 * module is two letters wide: ## or spaces, dark as if the page were white. */
#ifndef HL_QR_H
#define HL_QR_H

enum hl_qr_flag {
    HL_QR_COLOUR = 1, /* escape sequences: only for a terminal */
    HL_QR_ASCII = 2,
};

/* The lines, each with its newline, in memory the caller frees. NULL: text is too long for a code,
 * or memory is out (errno says which: ERANGE, ENOMEM). */
char *hl_qr_draw(const char *text, unsigned flags) __attribute__((warn_unused_result, malloc));

#endif
