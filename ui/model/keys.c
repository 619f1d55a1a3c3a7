/* SPDX-License-Identifier: MIT */
/* Sequences after xterm's ctlseqs, rxvt(7) and console_codes(4). */
#include "keys.h"

#include "utf8.h"

#include <stdlib.h>
#include <string.h>

enum {
    SEQUENCE_MAX = 64, /* bytes of parameters that are looked at; longer ones are swallowed */
    STRING_MAX = 4096, /* bytes of an OSC or DCS answer before it is taken for noise */
    X10_BYTES = 3,     /* button and position of an old mouse report */
    PARAMS_MAX = 3,
    ESC = 0x1b,
    BEL = 0x07,
    DEL = 0x7f,
};

static const char paste_begin[] = "\x1b[200~";
static const char paste_end[] = "\x1b[201~";

enum state {
    GROUND,
    ESCAPE,     /* after ESC */
    UTF8,       /* inside a character */
    CSI,        /* after ESC [ */
    SS3,        /* after ESC O */
    LINUX_F,    /* after ESC [ [ */
    MOUSE,      /* after ESC [ M */
    STRING,     /* after ESC ] or ESC P: an answer of the terminal, up to BEL or ESC \ */
    STRING_ESC, /* an ESC in it */
    PASTE,
    BURST, /* a paste without marks */
};

struct hl_keys {
    enum state state;
    bool alt;        /* one more ESC came before */
    char introducer; /* what followed the ESC */
    char bytes[SEQUENCE_MAX];
    size_t count; /* of bytes, or bytes swallowed of a string or mouse report */
    char *paste;
    size_t paste_len, paste_cap, paste_lost;
    size_t matched; /* bytes of paste_end seen */
    /* What the same read(2) brought behind the byte that is being taken. */
    const char *ahead;
    size_t ahead_len;
    size_t unread; /* bytes of it that are not taken yet */
};

/* What one byte leads to. */
enum step {
    MORE,      /* taken, no key yet */
    DONE,      /* taken, a key is complete */
    DONE_KEEP, /* a key is complete; give the byte again */
    KEEP,      /* no key; give the byte again, the state has changed */
};

static enum step give(struct hl_key *key, uint32_t code)
{
    *key = (struct hl_key){.key = code};
    return code == HL_KEY_NONE ? MORE : DONE;
}

static uint32_t control_key(uint8_t byte)
{
    switch (byte) {
    case '\r':
        return HL_KEY_ENTER;
    case '\t':
        return HL_KEY_TAB;
    case DEL:
        return HL_KEY_BACKSPACE;
    case ESC:
        return HL_KEY_ESCAPE;
    case 0:
        return HL_KEY_CTRL | ' ';
    default:
        return HL_KEY_CTRL | (uint32_t)(byte <= 26 ? byte + 'a' - 1 : byte + '@');
    }
}

static enum step utf8(struct hl_keys *k, uint8_t byte, struct hl_key *key)
{
    uint32_t alt = k->alt ? HL_KEY_ALT : 0;
    uint32_t cp;
    k->bytes[k->count++] = (char)byte;
    size_t used = hl_utf8_decode(k->bytes, k->count, &cp);
    bool lead = (uint8_t)k->bytes[0] >= 0xc2 && (uint8_t)k->bytes[0] <= 0xf4;
    if (cp == HL_UTF8_INVALID && used == k->count && lead)
        return MORE;
    k->state = GROUND;
    if (cp != HL_UTF8_INVALID)
        return give(key, cp < 0xa0 ? HL_KEY_NONE : cp | alt);
    give(key, HL_UTF8_REPLACEMENT | alt);
    return used < k->count ? DONE_KEEP : DONE;
}

static enum step ground(struct hl_keys *k, uint8_t byte, struct hl_key *key)
{
    uint32_t alt = k->alt ? HL_KEY_ALT : 0;
    k->count = 0;
    if (byte == ESC) {
        k->state = ESCAPE;
        k->alt = false;
        return MORE;
    }
    if (byte < ' ' || byte == DEL)
        return give(key, control_key(byte) | alt);
    if (byte < 0x80)
        return give(key, byte | alt);
    k->state = UTF8;
    return utf8(k, byte, key);
}

static enum step escape(struct hl_keys *k, uint8_t byte, struct hl_key *key)
{
    static const struct {
        char byte;
        enum state state;
    } introducers[] = {{'[', CSI}, {'O', SS3}, {']', STRING}, {'P', STRING}};

    k->count = 0;
    k->introducer = (char)byte;
    for (size_t i = 0; i < sizeof introducers / sizeof introducers[0]; i++) {
        if (introducers[i].byte == (char)byte) {
            k->state = introducers[i].state;
            return MORE;
        }
    }
    if (byte == ESC) {
        bool twice = k->alt;
        k->alt = !twice;
        return twice ? give(key, HL_KEY_ESCAPE | HL_KEY_ALT) : MORE;
    }
    k->state = GROUND;
    k->alt = true;
    return ground(k, byte, key);
}

/* Modifier parameter of xterm: 1 + bits for Shift, Alt, Ctrl, Meta. */
static uint32_t modifiers(unsigned param)
{
    unsigned bits = param > 0 ? param - 1 : 0;
    return (bits & 1 ? HL_KEY_SHIFT : 0U) | (bits & (2 | 8) ? HL_KEY_ALT : 0U) |
           (bits & 4 ? HL_KEY_CTRL : 0U);
}

/* "1;5" to numbers, sub-parameters after ':' left out. False: not of that form. */
static bool parameters(const struct hl_keys *k, unsigned out[static PARAMS_MAX])
{
    size_t n = 0;
    bool sub = false;
    memset(out, 0, PARAMS_MAX * sizeof out[0]);
    for (size_t i = 0; i < k->count; i++) {
        char c = k->bytes[i];
        if (c == ';') {
            n++;
            sub = false;
        } else if (c == ':') {
            sub = true;
        } else if (c < '0' || c > '9') {
            return false;
        } else if (!sub && n < PARAMS_MAX && out[n] <= 0x10ffff) {
            out[n] = out[n] * 10 + (unsigned)(c - '0');
        }
    }
    return true;
}

/* Keys that CSI or SS3 name by a letter. */
static uint32_t letter_key(uint8_t final)
{
    static const struct {
        char final;
        uint32_t key;
    } letters[] = {
        {'A', HL_KEY_UP},
        {'B', HL_KEY_DOWN},
        {'C', HL_KEY_RIGHT},
        {'D', HL_KEY_LEFT},
        {'F', HL_KEY_END},
        {'H', HL_KEY_HOME},
        {'P', HL_KEY_F1},
        {'Q', HL_KEY_F2},
        {'R', HL_KEY_F3},
        {'S', HL_KEY_F4},
        {'Z', HL_KEY_TAB | HL_KEY_SHIFT},
    };
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
        if (letters[i].final == (char) final)
            return letters[i].key;
    return HL_KEY_NONE;
}

/* Keys that CSI names by a number before ~ (or ^ $ @ from rxvt). */
static uint32_t number_key(unsigned number)
{
    static const uint32_t keys[] = {
        [1] = HL_KEY_HOME,    [2] = HL_KEY_INSERT,    [3] = HL_KEY_DELETE, [4] = HL_KEY_END,
        [5] = HL_KEY_PAGE_UP, [6] = HL_KEY_PAGE_DOWN, [7] = HL_KEY_HOME,   [8] = HL_KEY_END,
        [11] = HL_KEY_F1,     [12] = HL_KEY_F2,       [13] = HL_KEY_F3,    [14] = HL_KEY_F4,
        [15] = HL_KEY_F5,     [17] = HL_KEY_F6,       [18] = HL_KEY_F7,    [19] = HL_KEY_F8,
        [20] = HL_KEY_F9,     [21] = HL_KEY_F10,      [23] = HL_KEY_F11,   [24] = HL_KEY_F12,
    };
    return number < sizeof keys / sizeof keys[0] ? keys[number] : HL_KEY_NONE;
}

/* A key given as a code point with modifiers (CSI u, modifyOtherKeys). */
static uint32_t code_key(unsigned cp, uint32_t mods)
{
    enum { PRIVATE_FIRST = 0xe000, PRIVATE_LAST = 0xf8ff, SURROGATES = 0xd800 };
    if (cp == '\r' || cp == '\t' || cp == ESC || cp == DEL)
        return control_key((uint8_t)cp) | mods;
    if (cp == '\b')
        return HL_KEY_BACKSPACE | mods;
    /* kitty numbers its other keys in the private use area */
    if (cp < ' ' || (cp >= DEL && cp < 0xa0) || (cp >= SURROGATES && cp <= PRIVATE_LAST) ||
        cp > 0x10ffff)
        return HL_KEY_NONE;
    if (cp >= 'A' && cp <= 'Z' && mods & HL_KEY_CTRL)
        cp += 'a' - 'A';
    else if (cp >= 'a' && cp <= 'z' && mods & HL_KEY_SHIFT && !(mods & HL_KEY_CTRL))
        cp -= 'a' - 'A';
    return cp | (mods & ~(uint32_t)HL_KEY_SHIFT);
}

static enum step begin_paste(struct hl_keys *k, enum state state)
{
    k->state = state;
    k->paste_len = 0;
    k->paste_lost = 0;
    k->matched = 0;
    return MORE;
}

/* "<b;x;y", ended by m where a button is released. With modifiers it is the terminal's, or
 * nobody's.
 */
static enum step mouse_report(struct hl_keys *k, uint8_t final, struct hl_key *key)
{
    static const struct {
        unsigned button;
        char final;
        enum hl_mouse mouse;
    } events[] = {{0, 'M', HL_MOUSE_PRESS},
                  {0, 'm', HL_MOUSE_RELEASE},
                  {32, 'M', HL_MOUSE_DRAG},
                  {64, 'M', HL_MOUSE_WHEEL_UP},
                  {65, 'M', HL_MOUSE_WHEEL_DOWN}};
    enum { PLACE_MAX = 1 << 14 };
    unsigned param[PARAMS_MAX];
    size_t fields = 1;

    for (size_t i = 1; i < k->count; i++) {
        bool digit = k->bytes[i] >= '0' && k->bytes[i] <= '9';
        if (!digit && (k->bytes[i] != ';' || k->bytes[i - 1] == ';' || k->bytes[i - 1] == '<'))
            return MORE;
        fields += !digit;
    }
    k->bytes[0] = '0'; /* over the '<': it changes no number */
    if (fields != PARAMS_MAX || k->count == SEQUENCE_MAX || !parameters(k, param) ||
        param[1] - 1 >= PLACE_MAX || param[2] - 1 >= PLACE_MAX)
        return MORE;
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        if (events[i].button == param[0] && events[i].final == (char) final) {
            *key = (struct hl_key){.key = HL_KEY_MOUSE,
                                   .mouse = events[i].mouse,
                                   .row = (int)param[2] - 1,
                                   .col = (int)param[1] - 1};
            return DONE;
        }
    }
    return MORE;
}

static enum step csi_final(struct hl_keys *k, uint8_t final, struct hl_key *key)
{
    enum { PASTE_BEGIN = 200, OTHER_KEY = 27 };
    unsigned param[PARAMS_MAX];
    uint32_t alt = k->alt ? HL_KEY_ALT : 0;
    k->state = GROUND;
    if (final == 'M' && k->count == 0) {
        k->state = MOUSE;
        return MORE;
    }
    if (k->count > 0 && k->bytes[0] == '<' && (final == 'M' || final == 'm'))
        return mouse_report(k, final, key);
    if (k->count == SEQUENCE_MAX || !parameters(k, param))
        return MORE;
    uint32_t mods = modifiers(param[1]) | alt;
    uint32_t code = HL_KEY_NONE;
    switch (final) {
    case '~':
        if (param[0] == PASTE_BEGIN)
            return begin_paste(k, PASTE);
        if (param[0] == OTHER_KEY)
            return give(key, code_key(param[2], mods));
        code = number_key(param[0]);
        break;
    case 'u':
        return give(key, code_key(param[0], mods));
    case '^':
    case '$':
    case '@':
        code = number_key(param[0]);
        mods |= (final != '$' ? HL_KEY_CTRL : 0U) | (final != '^' ? HL_KEY_SHIFT : 0U);
        break;
    case 'a':
    case 'b':
    case 'c':
    case 'd':
        code = letter_key((uint8_t)(final - 'a' + 'A'));
        mods |= HL_KEY_SHIFT;
        break;
    case 'I':
    case 'O':
        return give(key, k->count > 0   ? HL_KEY_NONE
                         : final == 'I' ? HL_KEY_FOCUS_IN
                                        : HL_KEY_FOCUS_OUT);
    default:
        /* a first parameter other than 1 makes it a report, such as the cursor's position */
        code = param[0] <= 1 ? letter_key(final) : HL_KEY_NONE;
        break;
    }
    return give(key, code == HL_KEY_NONE ? code : code | mods);
}

static enum step csi(struct hl_keys *k, uint8_t byte, struct hl_key *key)
{
    bool number = k->count > 0 && k->bytes[0] >= '0' && k->bytes[0] <= '9';
    if (byte < ' ' || byte >= DEL) {
        k->state = GROUND;
        k->alt = false;
        return KEEP;
    }
    if (byte == '[' && k->count == 0) {
        k->state = LINUX_F;
        return MORE;
    }
    /* rxvt ends with $, which elsewhere stands before the last byte */
    if (byte >= '@' || (byte == '$' && number))
        return csi_final(k, byte, key);
    if (k->count < SEQUENCE_MAX)
        k->bytes[k->count++] = (char)byte;
    return MORE;
}

static enum step ss3(struct hl_keys *k, uint8_t byte, struct hl_key *key)
{
    static const char keypad[] = "*+,-./0123456789"; /* j to y */
    uint32_t alt = k->alt ? HL_KEY_ALT : 0;
    if (byte >= '0' && byte <= '9' && k->count == 0) {
        k->bytes[k->count++] = (char)byte;
        return MORE;
    }
    k->state = GROUND;
    if (byte < ' ' || byte >= DEL) {
        bool meta_o = k->count == 0;
        k->alt = false;
        give(key, HL_KEY_ALT | 'O');
        return meta_o ? DONE_KEEP : KEEP;
    }
    uint32_t mods = modifiers(k->count > 0 ? (unsigned)(k->bytes[0] - '0') : 0) | alt;
    if (byte == 'M')
        return give(key, HL_KEY_ENTER | mods);
    if (byte >= 'a' && byte <= 'd') /* rxvt: Ctrl with an arrow */
        return give(key, letter_key((uint8_t)(byte - 'a' + 'A')) | HL_KEY_CTRL | mods);
    if (byte >= 'j' && byte <= 'y')
        return give(key, (uint8_t)keypad[byte - 'j'] | alt);
    uint32_t code = letter_key(byte);
    return give(key, code == HL_KEY_NONE ? code : code | mods);
}

static enum step linux_f(struct hl_keys *k, uint8_t byte, struct hl_key *key)
{
    k->state = GROUND;
    if (byte < ' ' || byte >= DEL) {
        k->alt = false;
        return KEEP;
    }
    bool known = byte >= 'A' && byte <= 'E';
    return give(key, known ? (uint32_t)(HL_KEY_F1 + byte - 'A') : HL_KEY_NONE);
}

static enum step mouse(struct hl_keys *k, uint8_t byte, struct hl_key *key)
{
    (void)byte;
    (void)key;
    if (++k->count == X10_BYTES)
        k->state = GROUND;
    return MORE;
}

static enum step string(struct hl_keys *k, uint8_t byte, struct hl_key *key)
{
    (void)key;
    if (byte == ESC) {
        k->state = STRING_ESC;
        return MORE;
    }
    if (byte == BEL || ++k->count > STRING_MAX) {
        k->state = GROUND;
        return MORE;
    }
    if (byte >= ' ')
        return MORE;
    /* No answer holds a control: somebody typed M-] or M-P and went on. */
    k->state = GROUND;
    k->alt = false;
    return KEEP;
}

static enum step string_esc(struct hl_keys *k, uint8_t byte, struct hl_key *key)
{
    (void)key;
    k->state = byte == '\\' ? GROUND : ESCAPE;
    k->alt = false;
    return byte == '\\' ? MORE : KEEP;
}

static void paste_keep(struct hl_keys *k, const char *s, size_t n)
{
    enum { FIRST_CAPACITY = 512 };
    if (k->paste_len + n > k->paste_cap && k->paste_cap < HL_KEYS_PASTE_MAX) {
        size_t cap = k->paste_cap ? k->paste_cap * 2 : FIRST_CAPACITY;
        char *bigger = realloc(k->paste, cap);
        if (bigger) {
            k->paste = bigger;
            k->paste_cap = cap;
        }
    }
    /* Once something is lost the rest is, too: no text with a hole in it. */
    if (k->paste_lost || k->paste_len + n > k->paste_cap) {
        k->paste_lost += n;
        return;
    }
    memcpy(k->paste + k->paste_len, s, n);
    k->paste_len += n;
}

static enum step finish_paste(struct hl_keys *k, struct hl_key *key)
{
    k->state = GROUND;
    *key = (struct hl_key){.key = HL_KEY_PASTE,
                           .paste = k->paste ? k->paste : "",
                           .paste_len = k->paste_len,
                           .paste_lost = k->paste_lost};
    return DONE;
}

/* A mark in the text itself, which few terminals take out, would let the rest be taken for keys:
 * the last mark of what came at once is the end. */
static bool ends_later(const struct hl_keys *k)
{
    const char *begin = memmem(k->ahead, k->ahead_len, paste_begin, sizeof paste_begin - 1);
    size_t len = begin ? (size_t)(begin - k->ahead) : k->ahead_len;
    return memmem(k->ahead, len, paste_end, sizeof paste_end - 1) != NULL;
}

/* Text right behind a CR, or behind one of several. A line and its Enter may come at once, as may
 * Enter and the key after it. */
static bool is_burst(const char *in, size_t len)
{
    const char *begin = memmem(in, len, paste_begin, sizeof paste_begin - 1);
    size_t returns = 0;
    bool text = false;
    len = begin ? (size_t)(begin - in) : len;
    for (size_t i = 0; i < len; i++) {
        bool printable = (uint8_t)in[i] >= ' ' && in[i] != DEL;
        if (printable && i > 0 && in[i - 1] == '\r')
            return true;
        text = text || (printable && returns > 0);
        returns += in[i] == '\r';
    }
    return text && returns > 1;
}

static void begin_burst(struct hl_keys *k, const char *in, size_t len)
{
    if (k->state == GROUND && is_burst(in, len))
        begin_paste(k, BURST);
}

static enum step paste(struct hl_keys *k, uint8_t byte, struct hl_key *key)
{
    char c = (char)byte;
    if (c != paste_end[k->matched]) {
        if (k->matched > 0)
            paste_keep(k, paste_end, k->matched);
        k->matched = 0;
    }
    if (c != paste_end[k->matched]) {
        paste_keep(k, &c, 1);
    } else if (++k->matched == sizeof paste_end - 1) {
        if (!ends_later(k)) {
            finish_paste(k, key);
            begin_burst(k, k->ahead, k->ahead_len);
            return DONE;
        }
        paste_keep(k, paste_end, k->matched);
        k->matched = 0;
    }
    return MORE;
}

static enum step burst(struct hl_keys *k, uint8_t byte, struct hl_key *key)
{
    char c = (char)byte;
    (void)key;
    paste_keep(k, &c, 1);
    return MORE;
}

static enum step (*const steps[])(struct hl_keys *, uint8_t, struct hl_key *) = {
    [GROUND] = ground, [ESCAPE] = escape, [UTF8] = utf8,
    [CSI] = csi,       [SS3] = ss3,       [LINUX_F] = linux_f,
    [MOUSE] = mouse,   [STRING] = string, [STRING_ESC] = string_esc,
    [PASTE] = paste,   [BURST] = burst,
};

struct hl_keys *hl_keys_new(void)
{
    return calloc(1, sizeof(struct hl_keys));
}

void hl_keys_free(struct hl_keys *k)
{
    if (!k)
        return;
    free(k->paste);
    free(k);
}

void hl_keys_read(struct hl_keys *k, const char *in, size_t len)
{
    k->unread = len;
    begin_burst(k, in, len);
}

bool hl_keys_next(struct hl_keys *k, const char **in, size_t *len, struct hl_key *key)
{
    while (*len > 0) {
        if (k->state == GROUND)
            k->alt = false;
        k->ahead = *in + 1;
        k->ahead_len = k->unread > 0 ? k->unread - 1 : 0;
        enum step did = steps[k->state](k, (uint8_t) * *in, key);
        if (did == MORE || did == DONE) {
            ++*in;
            --*len;
            k->unread -= k->unread > 0;
        }
        if (did == DONE || did == DONE_KEEP)
            return true;
    }
    return false;
}

int hl_keys_pending(const struct hl_keys *k)
{
    if (k->state == GROUND)
        return -1;
    return k->state == PASTE   ? HL_KEYS_PASTE_WAIT
           : k->state == BURST ? HL_KEYS_BURST_WAIT
                               : HL_KEYS_ESC_WAIT;
}

bool hl_keys_timeout(struct hl_keys *k, struct hl_key *key)
{
    enum state was = k->state;
    k->state = GROUND;
    switch (was) {
    case ESCAPE:
        give(key, HL_KEY_ESCAPE | (k->alt ? HL_KEY_ALT : 0U));
        return true;
    case UTF8:
        give(key, HL_UTF8_REPLACEMENT | (k->alt ? HL_KEY_ALT : 0U));
        return true;
    case CSI:
    case SS3:
    case STRING:
        give(key, HL_KEY_ALT | (uint8_t)k->introducer);
        return k->count == 0;
    case PASTE:
    case BURST:
        return finish_paste(k, key) == DONE;
    case GROUND:
    case LINUX_F:
    case MOUSE:
    case STRING_ESC:
        break;
    }
    return false;
}
