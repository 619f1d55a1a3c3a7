/* SPDX-License-Identifier: MIT */
/* hullo-noise-vectors: one or both sides of a Noise handshake and of what is sent after it, driven
 * by lines on standard input, so that any set of test vectors can be run without a JSON parser in
 * here, and any other program that speaks Noise be talked to. One case:
 *
 *     begin PROTOCOL_NAME           Noise_XXpsk3_25519_ChaChaPoly_SHA256
 *     prologue init|resp HEX
 *     s init|resp HEX               static secret key
 *     e init|resp HEX               ephemeral secret key
 *     rs init|resp HEX              the other side's public key, known before
 *     psk init|resp HEX
 *     flip MESSAGE BIT              this bit of the bytes on the wire is flipped
 *     msg HEX                       payload from one side to the other; init begins, then by turns
 *     write init|resp HEX           payload; the message is not carried to the other side
 *     read init|resp HEX            message from elsewhere
 *     end
 *
 * HEX may be empty. Answers: "skip" to a begin of a protocol that we do not have; to each msg
 * "ct HEX", what was sent, then "pt HEX", what was read from it, or "reject MESSAGE"; to write and
 * read their part of that; "hh HEX", the handshake's hash, after its last message; "done" to each
 * end; "fail REASON" for a case that makes no sense. After skip, reject and fail all lines up to
 * end are ignored. */
#include "noise.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    INIT,
    RESP,
    SIDES,
};

static const struct protocol {
    const char *name;
    enum hl_noise_pattern pattern;
    bool knows_remote[SIDES];
} protocols[] = {
    {"Noise_XX_25519_ChaChaPoly_SHA256", HL_NOISE_XX, {false, false}},
    {"Noise_IK_25519_ChaChaPoly_SHA256", HL_NOISE_IK, {true, false}},
    {"Noise_KK_25519_ChaChaPoly_SHA256", HL_NOISE_KK, {true, true}},
    {"Noise_XXpsk3_25519_ChaChaPoly_SHA256", HL_NOISE_XXPSK3, {false, false}},
    {"Noise_IKpsk2_25519_ChaChaPoly_SHA256", HL_NOISE_IKPSK2, {true, false}},
};

struct side {
    bool initiator;
    uint8_t prologue[1024];
    size_t prologue_len;
    uint8_t s[HL_KEY_SIZE], e[HL_KEY_SIZE], rs[HL_KEY_SIZE], psk[HL_KEY_SIZE];
    bool has_s, has_e, has_rs, has_psk;
    bool started, transport; /* the handshake has begun; it has ended */
    struct hl_noise noise;
    struct hl_noise_split split;
    uint64_t sent, received; /* transport messages */
};

static struct {
    const struct protocol *protocol; /* NULL: no case, or the rest of it is ignored */
    struct side sides[SIDES];
    long flip_message, flip_bit; /* -1: none */
    long message;
} now;

static uint8_t wire[HL_NOISE_MESSAGE_MAX];
static uint8_t payload[HL_NOISE_MESSAGE_MAX];

static void fail(const char *reason)
{
    printf("fail %s\n", reason);
    now.protocol = NULL;
}

static void print_hex(const char *what, const uint8_t *at, size_t len)
{
    printf("%s ", what);
    for (size_t i = 0; i < len; i++)
        printf("%02x", at[i]);
    putchar('\n');
}

static int digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* Bytes of hex, -1 if it is none or too long. */
static long from_hex(const char *hex, uint8_t *out, size_t cap)
{
    size_t len = strlen(hex) / 2;

    if (strlen(hex) % 2 || len > cap)
        return -1;
    for (size_t i = 0; i < len; i++) {
        int high = digit(hex[2 * i]);
        int low = digit(hex[2 * i + 1]);

        if (high < 0 || low < 0)
            return -1;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return (long)len;
}

/* Cuts the first word off *rest, in place. */
static char *next_word(char **rest)
{
    char *word = strsep(rest, " ");

    if (!*rest)
        *rest = word + strlen(word);
    return word;
}

static struct side *side_of(const char *word)
{
    if (strcmp(word, "init") == 0)
        return &now.sides[INIT];
    return strcmp(word, "resp") == 0 ? &now.sides[RESP] : NULL;
}

static void begin(char *rest)
{
    memset(&now, 0, sizeof now);
    now.sides[INIT].initiator = true;
    now.flip_message = now.flip_bit = -1;
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++) {
        if (strcmp(rest, protocols[i].name) == 0)
            now.protocol = &protocols[i];
    }
    if (!now.protocol)
        puts("skip");
}

static void take_prologue(char *rest)
{
    struct side *side = side_of(next_word(&rest));
    long len = side ? from_hex(rest, side->prologue, sizeof side->prologue) : -1;

    if (len < 0)
        fail("prologue");
    else
        side->prologue_len = (size_t)len;
}

static void take_key(const char *hex, uint8_t key[HL_KEY_SIZE], bool *has)
{
    if (*has || from_hex(hex, key, HL_KEY_SIZE) != HL_KEY_SIZE)
        fail("not one key of 32 bytes");
    *has = true;
}

#define KEY_COMMAND(key)                                                                           \
    static void take_##key(char *rest)                                                             \
    {                                                                                              \
        struct side *side = side_of(next_word(&rest));                                             \
                                                                                                   \
        if (side)                                                                                  \
            take_key(rest, side->key, &side->has_##key);                                           \
        else                                                                                       \
            fail("neither init nor resp");                                                         \
    }
KEY_COMMAND(s)
KEY_COMMAND(e)
KEY_COMMAND(rs)
KEY_COMMAND(psk)

static void take_flip(char *rest)
{
    if (sscanf(rest, "%ld %ld", &now.flip_message, &now.flip_bit) != 2)
        fail("flip");
}

static bool start(struct side *side)
{
    struct hl_noise_keys keys = {
        .prologue = {side->prologue, side->prologue_len},
        .s = side->s,
        .rs = side->has_rs ? side->rs : NULL,
        .psk = side->has_psk ? side->psk : NULL,
    };

    if (side->started)
        return true;
    if (!side->has_s || !side->has_e ||
        (now.protocol->knows_remote[side->initiator ? INIT : RESP] && !side->has_rs)) {
        fail("a key is missing");
        return false;
    }
    hl_noise_init(&side->noise, now.protocol->pattern, side->initiator, &keys);
    side->started = true;
    return true;
}

static void finish_if_done(struct side *side)
{
    if (!hl_noise_done(&side->noise))
        return;
    hl_noise_split(&side->noise, &side->split);
    side->transport = true;
}

/* Bytes of message at wire, or negative. */
static int write_message(struct side *from, size_t len)
{
    int written;

    if (from->transport) {
        if (len > sizeof wire - HL_TAG_SIZE)
            return -1;
        memcpy(wire, payload, len);
        hl_crypt_seal(from->split.send, from->sent++, (struct hl_bytes){NULL, 0}, wire, len);
        return (int)len + HL_TAG_SIZE;
    }
    if (!hl_noise_our_turn(&from->noise))
        return -1;
    written =
        hl_noise_write(&from->noise, from->e, (struct hl_bytes){payload, len}, wire, sizeof wire);
    finish_if_done(from);
    return written;
}

/* Bytes of payload, or negative. */
static int read_message(struct side *to, size_t len)
{
    struct hl_bytes message = {wire, len};
    int got;

    if (to->transport)
        return hl_crypt_open(to->split.recv, to->received++, (struct hl_bytes){NULL, 0}, message,
                             payload)
                   ? (int)len - HL_TAG_SIZE
                   : -1;
    got = hl_noise_read(&to->noise, message, payload, sizeof payload);
    finish_if_done(to);
    return got;
}

/* write_message() with its answer; the length or negative. */
static int say_write(struct side *from, const char *hex)
{
    long len = from_hex(hex, payload, sizeof payload);
    int written = -1;

    if (len < 0) {
        fail("payload");
    } else if (start(from)) {
        written = write_message(from, (size_t)len);
        if (written < 0)
            fail("cannot write that");
        else
            print_hex("ct", wire, (size_t)written);
    }
    return written;
}

/* read_message() with its answer. */
static bool say_read(struct side *to, size_t len)
{
    int got = start(to) ? read_message(to, len) : -1;

    if (got >= 0) {
        print_hex("pt", payload, (size_t)got);
    } else if (now.protocol) {
        printf("reject %ld\n", now.message);
        now.protocol = NULL;
    }
    return got >= 0;
}

static void carry(char *rest)
{
    struct side *from = &now.sides[now.message % 2 ? RESP : INIT];
    struct side *to = &now.sides[now.message % 2 ? INIT : RESP];
    bool shaking = !to->transport;
    int len = say_write(from, rest);

    if (len < 0)
        return;
    if (now.message == now.flip_message) {
        if (now.flip_bit < 0 || now.flip_bit / 8 >= len) {
            fail("no such bit");
            return;
        }
        wire[now.flip_bit / 8] ^= (uint8_t)(1U << now.flip_bit % 8);
    }
    if (!say_read(to, (size_t)len))
        return;
    now.message++;
    if (!shaking || !to->transport)
        return;
    if (memcmp(from->split.hash, to->split.hash, HL_HASH_SIZE) == 0)
        print_hex("hh", to->split.hash, HL_HASH_SIZE);
    else
        fail("the hashes differ");
}

/* One side alone: the answer is complete once the handshake's hash, if it is due, is said. */
static void one_side(char *rest, bool writes)
{
    struct side *side = side_of(next_word(&rest));
    bool shaking = side && !side->transport;
    bool good;

    if (!side) {
        fail("neither init nor resp");
        return;
    }
    if (writes) {
        good = say_write(side, rest) >= 0;
    } else {
        long len = from_hex(rest, wire, sizeof wire);

        if (len < 0)
            fail("message");
        good = len >= 0 && say_read(side, (size_t)len);
    }
    if (good) {
        now.message++;
        if (shaking && side->transport)
            print_hex("hh", side->split.hash, HL_HASH_SIZE);
    }
}

static void write_alone(char *rest)
{
    one_side(rest, true);
}

static void read_alone(char *rest)
{
    one_side(rest, false);
}

static void end(char *rest)
{
    (void)rest;
    now.protocol = NULL;
    puts("done");
}

static const struct {
    const char *word;
    void (*run)(char *rest);
    bool always; /* also where the rest of a case is ignored */
} commands[] = {
    {"begin", begin, true},
    {"prologue", take_prologue, false},
    {"s", take_s, false},
    {"e", take_e, false},
    {"rs", take_rs, false},
    {"psk", take_psk, false},
    {"flip", take_flip, false},
    {"msg", carry, false},
    {"write", write_alone, false},
    {"read", read_alone, false},
    {"end", end, true},
};

static void run_line(char *line)
{
    char *rest = line;
    char *word = next_word(&rest);

    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(word, commands[i].word) != 0)
            continue;
        if (commands[i].always || now.protocol)
            commands[i].run(rest);
        return;
    }
    if (now.protocol)
        fail("unknown command");
}

int main(void)
{
    char *line = NULL;
    size_t cap = 0;

    setvbuf(stdout, NULL, _IOLBF, 0); /* whoever talks to us waits for the answer */
    while (getline(&line, &cap, stdin) >= 0) {
        line[strcspn(line, "\r\n")] = '\0';
        run_line(line);
    }
    free(line);
    return ferror(stdin) || fflush(stdout) != 0;
}
