/* SPDX-License-Identifier: MIT */
/* Messages in a conversation, and what stands beside them. */
#include "scene.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static void begin(const char *name)
{
    meet_as(
        1, &(struct hl_ui_conv_info){
               .name = name, .mark = "verified", .presence = HL_UI_HERE, .sent = 3, .received = 5});
    hl_ui_select(ui, 1);
}

void build_talk(const struct scene *s)
{
    (void)s;
    begin("bob");
    at(20, 22, 58);
    notice(1, "talking to 203.0.113.9:4855 over udp: encrypted, key 2kzn f7qa");
    hear(1, "are you coming tomorrow?");
    put(1, (struct hl_line_new){.kind = HL_LINE_OUT,
                                .state = HL_LINE_READ,
                                .text = "yes, at noon",
                                .quote = "bob: are you coming tomorrow?",
                                .after = "👍 bob"});
    at(21, 9, 5);
    hear(1, "good morning! the map is at https://map.example/harbour?depth=2");
    put(1, (struct hl_line_new){.kind = HL_LINE_IN,
                                .flags = HL_LINE_EDITED,
                                .text = "12:30 would be better for me"});
    say(1, HL_LINE_DELIVERED, "早上好，那就十二点半 😀");
    at(21, 9, 7);
    hear(1, "@alice: then bring the long rope, the short one does not reach the crane when the "
            "water is low");
    say(1, HL_LINE_SENT, "I will");
    say(1, HL_LINE_QUEUED, "and the anchor");
}

static void states(const struct scene *s)
{
    static const char *const texts[HL_LINE_STATES] = {
        [HL_LINE_QUEUED] = "on our disk",
        [HL_LINE_UNCONFIRMED] = "plain text: nobody says more",
        [HL_LINE_SENT] = "its host has it",
        [HL_LINE_DELIVERED] = "on its disk",
        [HL_LINE_READ] = "seen",
        [HL_LINE_EXPIRED] = "too old",
        [HL_LINE_CANCELLING] = "taken back, if that was in time",
        [HL_LINE_CANCELLED] = "taken back",
    };

    (void)s;
    begin("bob");
    for (int state = HL_LINE_NONE; state < HL_LINE_STATES; state++) {
        if (texts[state] != NULL)
            say(1, (enum hl_line_state)state, texts[state]);
    }
    uint64_t id = say(1, HL_LINE_QUEUED, "this one cannot be sent");
    hl_ui_mark(ui, &(struct hl_ui_at){.conv = 1, .line = id}, HL_LINE_FAILED,
               "the message is too long for plain UDP");
}

static void remarks(const struct scene *s)
{
    (void)s;
    begin("bob");
    hear(1, "bad \xff\xfe bytes");
    put(1, (struct hl_line_new){
               .kind = HL_LINE_IN, .flags = HL_LINE_PARTIAL, .text = "a line that goes on"});
    put(1, (struct hl_line_new){.kind = HL_LINE_IN,
                                .flags = HL_LINE_CONTINUES | HL_LINE_CUT,
                                .text = "in the next one, and is cut"});
    put(1, (struct hl_line_new){.kind = HL_LINE_IN, .flags = HL_LINE_DELETED, .text = "(deleted)"});
    put(1, (struct hl_line_new){.kind = HL_LINE_OUT,
                                .state = HL_LINE_DELIVERED,
                                .flags = HL_LINE_EDITED,
                                .text = "what I meant"});
    put(1, (struct hl_line_new){.kind = HL_LINE_IN,
                                .text = "from a clock that is wrong",
                                .after = "written 01 Jan 2020 00:03"});
    notice(1, "2 messages missing, and its author has them no more");
    error(1, "history: the disk is full");
}

static void replies(const struct scene *s)
{
    (void)s;
    begin("bob");
    hear(1, "which of the two shall it be?");
    put(1, (struct hl_line_new){.kind = HL_LINE_OUT,
                                .state = HL_LINE_READ,
                                .text = "the red one",
                                .quote = "bob: which of the two shall it be?",
                                .after = "🎉 bob  👍 bob"});
    put(1, (struct hl_line_new){.kind = HL_LINE_IN,
                                .text = "the red one has a hole, though, and nobody knows how long "
                                        "it will stay above the water",
                                .quote = "you: the red one, but only if nobody else has asked for "
                                         "it in the meantime, which would be a pity...",
                                .after = "😱 you"});
    put(1, (struct hl_line_new){.kind = HL_LINE_IN,
                                .flags = HL_LINE_EDITED,
                                .text = "two lines\nof one answer",
                                .quote = "an earlier message"});
}

static void days(const struct scene *s)
{
    (void)s;
    begin("bob");
    at(19, 23, 59);
    hear(1, "good night");
    at(20, 0, 1);
    hear(1, "are you still awake?");
    at(20, 8, 0);
    say(1, HL_LINE_READ, "not any more");
    at(21, 9, 5);
    hear(1, "good morning");
}

static void unread_marker(const struct scene *s)
{
    begin("bob");
    meet(2, "carol");
    hear(1, "seen");
    say(1, HL_LINE_READ, "yes");
    look(s);
    hl_ui_select(ui, 2);
    look(s);
    hear(1, "while you were away");
    hear(1, "and another one");
    hl_ui_select(ui, 1);
}

static void scrolled_back(const struct scene *s)
{
    char text[64];

    begin("bob");
    for (int i = 1; i <= 60; i++) {
        snprintf(text, sizeof text, "message number %d", i);
        hear(1, text);
    }
    look(s);
    type("\033[5~\033[5~");
}

static void mentions(const struct scene *s)
{
    (void)s;
    begin("bob");
    hear(1, "Alice, the door is open");
    hear(1, "alicette is somebody else");
    hear(1, "ask @ALICE");
}

static void links(const struct scene *s)
{
    (void)s;
    begin("bob");
    hear(1, "see https://a.example/ü, (http://b.example) and mailto:bob@c.example.");
    hear(1, "https://a.example/a/very/long/path/that/does/not/fit/on/one/row/of/this/screen/and/"
            "goes/on/below/it?with=a&query=too#and-a-fragment");
}

static void long_words(const struct scene *s)
{
    static char word[401];

    (void)s;
    begin("bob");
    memset(word, 'w', sizeof word - 1);
    hear(1, word);
    hear(1, "a Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft b");
    hear(
        1,
        "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字");
    hear(1, "x漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字"
            "漢字");
}

static void several_lines(const struct scene *s)
{
    (void)s;
    begin("bob");
    hear(1, "int main(void)\n{\n\treturn 0;\n}");
    say(1, HL_LINE_DELIVERED, "one\n\nthree, after an empty one");
    hear(1, "a tab\there, spaces   there");
}

static void hostile(const struct scene *s)
{
    (void)s;
    begin("bob");
    hear(1, "\033[2J\033[31mred\033[0m \x07"
            "bell \r over \b back \x9b"
            "5mC1 \x7f del");
    hear(1, "\033]0;title\x07 \033]8;;http://evil.example\033\\link\033]8;;\033\\");
    hear(1, "right\u202eto left\u202c, \u2066isolated\u2069, tag\U000e0041, z\u200bw, so\u00adft");
    hear(1, "09:05 you  I owe bob a thousand\n09:05 bob  thanks");
    hear(1, "line\u2028separator\u2029paragraph");
}

static void hear_dana(const char *text, const char *quote)
{
    put(1, (struct hl_line_new){
               .kind = HL_LINE_IN, .sender = "דנה (חיפה)", .text = text, .quote = quote});
}

void build_right_to_left(const struct scene *s)
{
    (void)s;
    begin("דנה (חיפה)");
    hear_dana("שלום, מה שלומך? (123) abc", NULL);
    put(1, (struct hl_line_new){.kind = HL_LINE_OUT,
                                .state = HL_LINE_DELIVERED,
                                .text = "مرحبا! كيف حالك اليوم؟ 45 درجة هنا، و The Harbour مغلق",
                                .quote = "דנה (חיפה): שלום, מה שלומך? (123) abc",
                                .after = "👍 דנה (חיפה)"});
    hear_dana("a Latin sentence with שלום in it, and then 1-2-3", NULL);
    hear_dana("משפט ארוך מאוד שממשיך עד סוף השורה ועוד קצת, כדי שיצטרכו לשבור אותו לשתי שורות "
              "לפחות",
              "דנה (חיפה): משפט ארוך מאוד שממשיך עד סוף השורה ועוד קצת, ועוד");
}

static void long_name(const struct scene *s)
{
    (void)s;
    begin("Bartholomäus-Maximilian von und zu Hohenwartenberg-Sonnenbühl 漢字漢字");
    put(1, (struct hl_line_new){
               .kind = HL_LINE_IN,
               .sender = "Bartholomäus-Maximilian von und zu Hohenwartenberg-Sonnenbühl 漢字漢字",
               .text = "nobody calls me that"});
    say(1, HL_LINE_SENT, "Bart?");
}

static void times(const struct scene *s)
{
    settings.time = (int)s->number;
    build_talk(s);
}

static void without_colours_of_names(const struct scene *s)
{
    settings.nick_colours = false;
    build_talk(s);
}

static void nothing_yet(const struct scene *s)
{
    (void)s;
    begin("bob");
}

static void console(const struct scene *s)
{
    (void)s;
    notice(0, "listening on [::]:4855 (udp), [::]:4855 (tcp)");
    notice(0, "waiting for peers; /connect HOST:PORT, F1 for help");
    error(0, "nobody to talk to yet: /connect HOST:PORT");
}

static void plain(const struct scene *s)
{
    (void)s;
    meet_as(1, &(struct hl_ui_conv_info){
                   .name = "198.51.100.4:4855", .peer = "198.51.100.4:4855", .sent = 1});
    hl_ui_select(ui, 1);
    notice(1, "talking to 198.51.100.4:4855 over udp: plain text, not encrypted");
    say(1, HL_LINE_UNCONFIRMED, "hello");
    put(1, (struct hl_line_new){.kind = HL_LINE_IN, .sender = "198.51.100.4:4855", .text = "hi"});
}

static void found(const struct scene *s)
{
    begin("bob");
    for (uint64_t i = 1; i <= 20; i++)
        put(1, (struct hl_line_new){.kind = HL_LINE_IN, .text = "what was said", .pos = i});
    look(s);
    hl_ui_goto(ui, 1, 7);
}

/* Messages that can be referred to. */
static void entries(void)
{
    static const uint8_t ids[][HL_ENTRY_MAX] = {{1}, {2}, {3}};

    begin("bob");
    put(1, (struct hl_line_new){.kind = HL_LINE_IN,
                                .text = "which of the two shall it be?",
                                .pos = 1,
                                .entry = ids[0]});
    put(1, (struct hl_line_new){.kind = HL_LINE_OUT,
                                .state = HL_LINE_READ,
                                .text = "the red one",
                                .pos = 2,
                                .entry = ids[1]});
    put(1,
        (struct hl_line_new){
            .kind = HL_LINE_IN, .text = "it has a hole", .pos = 9, .missing = 3, .entry = ids[2]});
}

static void selected(const struct scene *s)
{
    entries();
    look(s);
    type("\033m\033[A");
}

static void replying(const struct scene *s)
{
    entries();
    look(s);
    type("\033m\rthen the green one");
}

static void editing(const struct scene *s)
{
    entries();
    look(s);
    type("\033mke, or both\033\r?");
}

void build_copy(const struct scene *s)
{
    build_talk(s);
    look(s);
    type("\033w");
}

static const struct scene scenes[] = {
    {.name = "a talk", .build = build_talk, .picture = PICTURE_STYLES},
    {.name = "a talk on a narrow screen", .build = build_talk, .rows = 20, .cols = 40},
    {.name = "a talk on a very narrow screen", .build = build_talk, .rows = 20, .cols = 20},
    {.name = "states of messages", .build = states, .rows = 14, .picture = PICTURE_STYLES},
    {.name = "states of messages, narrow", .build = states, .rows = 22, .cols = 32},
    {.name = "remarks", .build = remarks, .rows = 16, .picture = PICTURE_STYLES},
    {.name = "replies and reactions", .build = replies, .rows = 16, .picture = PICTURE_STYLES},
    {.name = "replies and reactions, narrow", .build = replies, .rows = 20, .cols = 40},
    {.name = "days change", .build = days, .rows = 12},
    {.name = "days change, narrow", .build = days, .rows = 12, .cols = 28},
    {.name = "unread marker", .build = unread_marker, .rows = 12, .picture = PICTURE_STYLES},
    {.name = "scrolled back", .build = scrolled_back, .rows = 12, .picture = PICTURE_STYLES},
    {.name = "mentions", .build = mentions, .rows = 8, .picture = PICTURE_STYLES},
    {.name = "links", .build = links, .rows = 10, .picture = PICTURE_STYLES},
    {.name = "long words", .build = long_words, .rows = 22, .cols = 60},
    {.name = "long words on an odd number of columns", .build = long_words, .rows = 24, .cols = 59},
    {.name = "several lines", .build = several_lines, .rows = 14},
    {.name = "what would act on a terminal", .build = hostile, .rows = 14},
    {.name = "right to left", .build = build_right_to_left, .rows = 16, .cols = 60},
    {.name = "a long name", .build = long_name, .rows = 8},
    {.name = "a long name, narrow", .build = long_name, .rows = 8, .cols = 40},
    {.name = "time of twelve hours", .build = times, .number = HL_TIME_12H},
    {.name = "time with seconds", .build = times, .number = HL_TIME_SECONDS},
    {.name = "without times", .build = times, .number = HL_TIME_NONE},
    {.name = "without colours of names",
     .build = without_colours_of_names,
     .rows = 10,
     .picture = PICTURE_STYLES},
    {.name = "nothing said yet", .build = nothing_yet, .rows = 6},
    {.name = "the program's own notices", .build = console, .rows = 8, .picture = PICTURE_STYLES},
    {.name = "plain text", .build = plain, .rows = 8},
    {.name = "a message that was searched for",
     .build = found,
     .rows = 12,
     .picture = PICTURE_STYLES},
    {.name = "a message is selected, others are missing",
     .build = selected,
     .rows = 12,
     .picture = PICTURE_STYLES},
    {.name = "the same, narrow", .build = selected, .rows = 12, .cols = 30},
    {.name = "an answer is written", .build = replying, .rows = 12, .picture = PICTURE_STYLES},
    {.name = "a message is edited", .build = editing, .rows = 12},
    {.name = "an answer on a low screen", .build = replying, .rows = 5},
    {.name = "text alone, to be copied", .build = build_copy, .rows = 12},
    {.name = "text alone, narrow", .build = build_copy, .rows = 16, .cols = 30},
};

SCENES(chat, "chat");
