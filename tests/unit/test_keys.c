/* SPDX-License-Identifier: MIT */
#include "keymap.h"
#include "keys.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Keys as text: "a C-x M-Up paste(abc) paste(abc+12)". */
struct log {
    char text[4096];
    size_t len;
};

static void note(struct log *l, const struct hl_key *key)
{
    char name[HL_KEYMAP_TEXT];
    if (l->len > sizeof l->text - 256)
        return;
    const char *space = l->len > 0 ? " " : "";
    if (key->key == HL_KEY_PASTE) {
        l->len += (size_t)sprintf(l->text + l->len, "%spaste(%.*s", space,
                                  (int)(key->paste_len < 100 ? key->paste_len : 100), key->paste);
        if (key->paste_lost)
            l->len += (size_t)sprintf(l->text + l->len, "+%zu", key->paste_lost);
        l->len += (size_t)sprintf(l->text + l->len, ")");
        return;
    }
    if (key->key == HL_KEY_MOUSE) {
        static const char *const events[] = {"press", "drag", "release", "up", "down"};
        l->len += (size_t)sprintf(l->text + l->len, "%s%s(%d,%d)", space, events[key->mouse],
                                  key->row, key->col);
        return;
    }
    hl_keymap_name(key->key, name);
    l->len += (size_t)sprintf(l->text + l->len, "%s%s", space, name);
}

/* Feeds in pieces of the given size; at the end, or after every piece, the time is out. */
static void feed(struct hl_keys *k, struct log *l, const char *in, size_t len, size_t piece)
{
    struct hl_key key;
    while (len > 0) {
        const char *part = in;
        size_t n = piece < len ? piece : len;
        in += n;
        len -= n;
        while (hl_keys_next(k, &part, &n, &key))
            note(l, &key);
        cr_assert_eq(n, 0);
    }
}

static void run(struct log *l, const char *in, size_t len, size_t piece)
{
    struct hl_keys *k = hl_keys_new();
    struct hl_key key;
    *l = (struct log){.len = 0};
    feed(k, l, in, len, piece);
    if (hl_keys_pending(k) >= 0 && hl_keys_timeout(k, &key))
        note(l, &key);
    cr_assert_eq(hl_keys_pending(k), -1);
    cr_assert(!hl_keys_timeout(k, &key));
    hl_keys_free(k);
}

static const struct {
    const char *bytes, *keys;
} rows[] = {
    {"", ""},
    {"aZ~ ", "a Z ~ Space"},
    {"\u00e9\u6f22\U0001f600", "\u00e9 \u6f22 \U0001f600"},
    {"\x01\x17\x1a\x1c\x1d\x1e\x1f", "C-a C-w C-z C-\\ C-] C-^ C-_"},
    {"\r\n\t\x7f\b", "Enter C-j Tab Backspace C-h"},
    /* Meta */
    {"\x1b", "Esc"},
    {"\x1b\x1b", "M-Esc"},
    {"\x1b\x1b\x1b", "M-Esc Esc"},
    {"\x1b"
     "b\x1b"
     "1\x1b\x7f\x1b\r\x1b\x08",
     "M-b M-1 M-Backspace M-Enter C-M-h"},
    {"\x1b\u00e9", "M-\u00e9"},
    {"\x1b[", "M-["},
    {"\x1bO", "M-O"},
    {"\x1b]", "M-]"},
    {"\x1bP", "M-P"},
    {"\x1bO\x1b[A", "M-O Up"},
    {"\x1b\x1b[A", "M-Up"},
    {"\x1b\x1bOA\x1b[A", "M-Up Up"},
    /* xterm */
    {"\x1b[A\x1b[B\x1b[C\x1b[D\x1b[H\x1b[F", "Up Down Right Left Home End"},
    {"\x1bOA\x1bOB\x1bOC\x1bOD\x1bOH\x1bOF", "Up Down Right Left Home End"},
    {"\x1bOP\x1bOQ\x1bOR\x1bOS", "F1 F2 F3 F4"},
    {"\x1b[1~\x1b[2~\x1b[3~\x1b[4~\x1b[5~\x1b[6~", "Home Insert Delete End PageUp PageDown"},
    {"\x1b[11~\x1b[15~\x1b[17~\x1b[21~\x1b[23~\x1b[24~", "F1 F5 F6 F10 F11 F12"},
    {"\x1b[1;5C\x1b[1;3D\x1b[1;2A\x1b[1;6B\x1b[1;8H\x1b[1;9F",
     "C-Right M-Left S-Up C-S-Down C-M-S-Home M-End"},
    {"\x1b[3;5~\x1b[5;3~\x1b[1;2P\x1b[15;5~", "C-Delete M-PageUp S-F1 C-F5"},
    {"\x1b[Z", "S-Tab"},
    {"\x1bOj\x1bOk\x1bOp\x1bOy\x1bOM", "* + 0 9 Enter"},
    {"\x1bO5C\x1bO2P", "C-Right S-F1"},
    /* rxvt */
    {"\x1b[7~\x1b[8~\x1b[3^\x1b[3$\x1b[3@", "Home End C-Delete S-Delete C-S-Delete"},
    {"\x1bOa\x1bOd\x1b[a\x1b[d", "C-Up C-Left S-Up S-Left"},
    /* Linux console */
    {"\x1b[[A\x1b[[E\x1b[[Zx", "F1 F5 x"},
    /* modifyOtherKeys and CSI u */
    {"\x1b[27;5;13~\x1b[27;2;13~\x1b[27;6;65~", "C-Enter S-Enter C-a"},
    {"\x1b[97;5u\x1b[13;2u\x1b[27u\x1b[233;3u\x1b[97;2u\x1b[9;5u",
     "C-a S-Enter Esc M-\u00e9 A C-Tab"},
    {"\x1b[97:65;5:1u", "C-a"},
    {"\x1b[57441u\x1b[55296u\x1b[1114112u\x1b[99999999999u\x1b[133ux", "x"},
    /* focus, mouse, answers, the unknown: swallowed whole */
    {"\x1b[I\x1b[O", "focus in focus out"},
    {"\x1b[<0;10;20M\x1b[<0;10;20mx", "press(19,9) release(19,9) x"},
    {"\x1b[<32;1;1M\x1b[<64;1;2M\x1b[<65;3;1M", "drag(0,0) up(1,0) down(0,2)"},
    /* other buttons, modifiers, and what no terminal sends */
    {"\x1b[<1;1;1M\x1b[<2;1;1M\x1b[<4;1;1M\x1b[<16;1;1M\x1b[<35;1;1M\x1b[<66;1;1Mx", "x"},
    {"\x1b[<0;0;1M\x1b[<0;1;0M\x1b[<0;99999;1M\x1b[<0;1;4294967297Mx", "x"},
    {"\x1b[<M\x1b[<;M\x1b[<0M\x1b[<0;1M\x1b[<0;1;1;1M\x1b[<0;;1M\x1b[<;1;1M\x1b[<0;1;Mx", "x"},
    {"\x1b[<0;1:1;1M\x1b[<<0;1;1M\x1b[0<;1;1M\x1b[<-1;1;1M\x1b[<0;1;1 M\x1b[<0;1;1Ax", "x"},
    {"\x1b[<0;1;\x1b[A\x1b[<0;1;1", "Up"},
    {"\x1b[<0;00000000000000000000000000000000000000000000000000000000000000000001;1Mx", "x"},
    {"\x1b[M !!x", "x"},
    {"\x1b[?2026;2$yx\x1b[?62;c\x1b[24;80R\x1b[>0;1;2cy", "x y"},
    {"\x1b]11;rgb:0000/0000/0000\x1b\\x\x1b]0;t\ay", "x y"},
    {"\x1bP1+r436f\x1b\\x", "x"},
    {"\x1b]1\x1b[A", "Up"},
    {"\x1b]abc\rx", "Enter x"},
    {"\x1b[99~\x1b[1;5y\x1b[ qx", "x"},
    {"\x1b[201~x", "x"},
    {"\x1b[12\rx", "Enter x"},
    {"\x1b[12\x1b[A", "Up"},
    {"\x1b[12", ""},
    {"\x1b[[", ""},
    {"\x1bO5", ""},
    {"\x1bOzx", "x"},
    {"\x1b[1111111111111111111111111111111111111111111111111111111111111111111111111;5Cx", "x"},
    /* ill-formed UTF-8 */
    {"\xff\xc0x", "\ufffd \ufffd x"},
    {"\xe6\xbcx", "\ufffd x"},
    {"\xe6\xbc\xa2\xe6", "\u6f22 \ufffd"},
    {"\xed\xa0\x80", "\ufffd \ufffd \ufffd"},
    {"\xf0\x9f\x1b[A", "\ufffd Up"},
    {"\xc2\x85\xc2\x9bx", "x"},
    {"\x1b\xc3", "M-\ufffd"},
    /* paste */
    {"\x1b[200~hello\x1b[201~x", "paste(hello) x"},
    {"\x1b[200~\x1b[201~", "paste()"},
    {"\x1b[200~a\rb\x03\x1b[A\x1b[201~", "paste(a\rb\x03\x1b[A)"},
    {"\x1b[200~\x1b\x1b[20\x1b[201~", "paste(\x1b\x1b[20)"},
    {"\x1b[200~\x1b[200~\x1b[201~", "paste(\x1b[200~)"},
    {"\x1b[200~never ended", "paste(never ended)"},
    {"\x1b[200~one\x1b[201~\x1b[200~two\x1b[201~", "paste(one) paste(two)"},
};

Test(keys, rows_whole_and_byte_by_byte)
{
    static struct log whole;
    static struct log piecewise;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t len = strlen(rows[i].bytes);
        run(&whole, rows[i].bytes, len, len);
        cr_expect_str_eq(whole.text, rows[i].keys, "row %zu: %s, not %s", i, whole.text,
                         rows[i].keys);
        for (size_t piece = 1; piece < len; piece++) {
            run(&piecewise, rows[i].bytes, len, piece);
            cr_expect_str_eq(piecewise.text, whole.text, "row %zu in pieces of %zu: %s", i, piece,
                             piecewise.text);
        }
    }
}

Test(keys, nul_is_control_space)
{
    static struct log l;
    run(&l, "\0x\x1b\0", 4, 4);
    cr_assert_str_eq(l.text, "C-Space x C-M-Space");
}

Test(keys, waits_only_inside_a_sequence)
{
    static const struct {
        const char *bytes;
        int wait;
    } waits[] = {
        {"", -1},
        {"a", -1},
        {"\x1b", HL_KEYS_ESC_WAIT},
        {"\x1b[1;", HL_KEYS_ESC_WAIT},
        {"\x1b[A", -1},
        {"\xe6", HL_KEYS_ESC_WAIT},
        {"\x1b]0", HL_KEYS_ESC_WAIT},
        {"\x1b[200~x", HL_KEYS_PASTE_WAIT},
        {"\x1b[M ", HL_KEYS_ESC_WAIT},
        {"\x1b[200~x\x1b[201~", -1},
    };
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        struct hl_keys *k = hl_keys_new();
        static struct log l;
        l.len = 0;
        feed(k, &l, waits[i].bytes, strlen(waits[i].bytes), 1);
        cr_expect_eq(hl_keys_pending(k), waits[i].wait, "row %zu", i);
        hl_keys_free(k);
    }
    hl_keys_free(NULL);
}

Test(keys, a_paste_above_the_maximum_keeps_its_beginning_and_tells)
{
    enum { LEN = HL_KEYS_PASTE_MAX + 1000 };
    static char in[LEN];
    struct hl_keys *k = hl_keys_new();
    struct hl_key key;
    const char *at = "\x1b[200~";
    size_t len = 6;
    memset(in, 'x', LEN);
    in[HL_KEYS_PASTE_MAX - 1] = 'y';
    cr_assert(!hl_keys_next(k, &at, &len, &key));
    at = in;
    len = LEN;
    cr_assert(!hl_keys_next(k, &at, &len, &key));
    at = "\x1b[201~z";
    len = 7;
    cr_assert(hl_keys_next(k, &at, &len, &key));
    cr_assert_eq(key.key, HL_KEY_PASTE);
    cr_assert_eq(key.paste_len, HL_KEYS_PASTE_MAX);
    cr_assert_eq(key.paste_lost, 1000);
    cr_assert_eq(memcmp(key.paste, in, key.paste_len), 0);
    cr_assert(hl_keys_next(k, &at, &len, &key));
    cr_assert_eq(key.key, 'z');
    hl_keys_free(k);
}

Test(keys, an_endless_answer_does_not_take_the_keyboard)
{
    struct hl_keys *k = hl_keys_new();
    struct hl_key key;
    char noise[8192];
    memset(noise, 'n', sizeof noise);
    memcpy(noise, "\x1b]", 2);
    const char *at = noise;
    size_t len = sizeof noise;
    cr_assert(hl_keys_next(k, &at, &len, &key));
    cr_assert_eq(key.key, 'n');
    hl_keys_free(k);
}

Test(keys, random_bytes_whole_and_in_pieces_give_the_same)
{
    static const char *const starts[] = {"\x1b",  "\x1b[", "\x1bO", "\x1b[200~", "\x1b[201~",
                                         "\x1b]", "1;5",   "~",     "\xe6\xbc",  "\xf0",
                                         "A",     "M",     "u",     "\\"};
    static struct log whole;
    static struct log piecewise;
    for (unsigned seed = 1; seed <= 20000; seed++) {
        char in[256];
        size_t len = 0;
        unsigned state = seed;
        for (int n = rand_r(&state) % 20; n > 0; n--) {
            const char *s = starts[(size_t)rand_r(&state) / 7 % (sizeof starts / sizeof starts[0])];
            memcpy(in + len, s, strlen(s));
            len += strlen(s);
            if (rand_r(&state) % 3 == 0)
                in[len++] = (char)(rand_r(&state) >> 3);
        }
        run(&whole, in, len, len);
        run(&piecewise, in, len, 1 + (size_t)rand_r(&state) % 3);
        cr_assert_eq(whole.len, piecewise.len, "seed %u", seed);
        cr_assert_eq(memcmp(whole.text, piecewise.text, whole.len), 0, "seed %u", seed);
    }
}

/* As the terminal gives them: whole reads. */
static const struct {
    const char *bytes, *keys;
    int wait;
} reads[] = {
    {"hello\r", "h e l l o Enter", -1},
    {"\r\x1b[A", "Enter Up", -1},
    {"\r\r", "Enter Enter", -1},
    {"a\r\r", "a Enter Enter", -1},
    {"\x1b\r", "M-Enter", -1},
    {"one\rtwo", "paste(one\rtwo)", HL_KEYS_BURST_WAIT},
    {"one\rtwo\r", "paste(one\rtwo\r)", HL_KEYS_BURST_WAIT},
    {"one\r\ntwo\r\n", "paste(one\r\ntwo\r\n)", HL_KEYS_BURST_WAIT},
    {"one\r\x1b[Ctwo\r", "paste(one\r\x1b[Ctwo\r)", HL_KEYS_BURST_WAIT},
    {"\r/quit\r", "paste(\r/quit\r)", HL_KEYS_BURST_WAIT},
    {"\x1b[200~one\rtwo\r\x1b[201~", "paste(one\rtwo\r)", -1},
    {"\x1b[200~one\rtwo\r\x1b[201~\r", "paste(one\rtwo\r) Enter", -1},
    {"a\rb\r\x1b[200~c", "paste(a\rb\r\x1b[200~c)", HL_KEYS_BURST_WAIT},
    /* an end mark that was pasted */
    {"\x1b[200~one\x1b[201~\r/quit\r\x1b[201~", "paste(one\x1b[201~\r/quit\r)", -1},
    {"\x1b[200~one\x1b[201~\r/quit\r", "paste(one) paste(\r/quit\r)", HL_KEYS_BURST_WAIT},
    {"\x1b[200~one\x1b[201~\x1b[200~two\x1b[201~", "paste(one) paste(two)", -1},
};

Test(keys, several_lines_at_once_are_a_paste)
{
    for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++) {
        struct hl_keys *k = hl_keys_new();
        static struct log l;
        size_t len = strlen(reads[i].bytes);
        struct hl_key key;
        l.len = 0;
        hl_keys_read(k, reads[i].bytes, len);
        feed(k, &l, reads[i].bytes, len, len);
        cr_expect_eq(hl_keys_pending(k), reads[i].wait, "row %zu", i);
        if (hl_keys_pending(k) >= 0 && hl_keys_timeout(k, &key))
            note(&l, &key);
        cr_expect_str_eq(l.text, reads[i].keys, "row %zu: %s, not %s", i, l.text, reads[i].keys);
        hl_keys_free(k);
    }
}

Test(keys, an_unmarked_paste_goes_on_in_the_next_read)
{
    struct hl_keys *k = hl_keys_new();
    static struct log l;
    struct hl_key key;
    l.len = 0;
    hl_keys_read(k, "one\rtwo\r", 8);
    feed(k, &l, "one\rtwo\r", 8, 8);
    hl_keys_read(k, "three\r", 6);
    feed(k, &l, "three\r", 6, 6);
    cr_assert_str_eq(l.text, "");
    cr_assert(hl_keys_timeout(k, &key));
    note(&l, &key);
    cr_assert_str_eq(l.text, "paste(one\rtwo\rthree\r)");
    hl_keys_read(k, "x\r", 2);
    feed(k, &l, "x\r", 2, 2);
    cr_assert_str_eq(l.text, "paste(one\rtwo\rthree\r) x Enter");
    hl_keys_free(k);
}
