#include "../../../src/console/keys.h"

#include <gmock/gmock.h>

namespace external::console::keys_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Kind = Key::Kind;

Key plain(Kind kind) {
  return {kind, 0, 0};
}
Key letter(char character) {
  return {Kind::character, character, 0};
}
Key function(int number) {
  return {Kind::function, 0, number};
}

TEST(KeyParser, ReadsLettersAndDigitsInLowerCase) {
  KeyParser parser;
  EXPECT_THAT(parser.take("yQ2"), ElementsAre(letter('y'), letter('q'), letter('2')));
  EXPECT_FALSE(parser.is_waiting());
}

TEST(KeyParser, KnowsFunctionKeysOfUsualTerminals) {
  const char* of_terminals[][6] = {
      {"\x1bOP", "\x1bOQ", "\x1bOR", "\x1bOS", "\x1b[15~", "\x1b[17~"},          // xterm
      {"\x1b[11~", "\x1b[12~", "\x1b[13~", "\x1b[14~", "\x1b[15~", "\x1b[17~"},  // vt220
      {"\x1b[[A", "\x1b[[B", "\x1b[[C", "\x1b[[D", "\x1b[[E", "\x1b[17~"},       // linux
      {"\x1bOP", "\x1bOQ", "\x1bOR", "\x1bOS", "\x1bOt", "\x1bOu"}};             // vt100
  for (const auto& keys : of_terminals) {
    for (int number = 1; number <= 6; ++number) {
      KeyParser parser;
      EXPECT_THAT(parser.take(keys[number - 1]), ElementsAre(function(number))) << keys[number - 1] + 1;
      EXPECT_FALSE(parser.is_waiting());
    }
  }
}

TEST(KeyParser, KnowsCursorKeysInBothForms) {
  KeyParser parser;
  EXPECT_THAT(parser.take("\x1b[A\x1bOA\x1b[B\x1bOB\x1b[5~\x1b[6~\x1b[H\x1bOF"),
              ElementsAre(plain(Kind::up), plain(Kind::up), plain(Kind::down), plain(Kind::down),
                          plain(Kind::page_up), plain(Kind::page_down), plain(Kind::home), plain(Kind::end)));
}

TEST(KeyParser, TellsTheEscapeKeyOnlyWhenNothingFollows) {
  KeyParser parser;
  EXPECT_THAT(parser.take("\x1b"), IsEmpty());
  EXPECT_TRUE(parser.is_waiting());
  EXPECT_THAT(parser.settle(), ElementsAre(plain(Kind::escape)));
  EXPECT_FALSE(parser.is_waiting());
}

TEST(KeyParser, TellsTheEscapeKeyAtOnceWhenALetterFollows) {
  KeyParser parser;
  EXPECT_THAT(
      parser.take("\x1bY\x1b\x1bn"),
      ElementsAre(plain(Kind::escape), letter('y'), plain(Kind::escape), plain(Kind::escape), letter('n')));
}

TEST(KeyParser, PutsAKeyTogetherThatCameInParts) {
  for (const std::string whole : {"\x1b[15~", "\x1bOP", "\x1b[[A", "\x1b[21;5~"}) {
    KeyParser parser;
    std::vector<Key> keys;
    for (const char byte : whole) {
      EXPECT_THAT(keys, IsEmpty());
      keys = parser.take(std::string(1, byte));
    }
    EXPECT_EQ(keys.size(), 1U) << whole.substr(1);
  }
}

TEST(KeyParser, DropsWhatItDoesNotKnowAsAWhole) {
  KeyParser parser;
  EXPECT_THAT(parser.take("\x1b[99;7~\x1bOz\x1b[15;2~\xC3\xA9\r\ty"), ElementsAre(letter('y')));
}

TEST(KeyParser, DropsTheBeginningOfALostKey) {
  for (const auto* part : {"\x1b[", "\x1bO", "\x1b[1"}) {
    KeyParser parser;
    parser.take(part);
    EXPECT_TRUE(parser.is_waiting());
    EXPECT_THAT(parser.settle(), IsEmpty());
    EXPECT_THAT(parser.take("y"), ElementsAre(letter('y')));
  }
}

TEST(KeyParser, DoesNotCollectASequenceThatNeverEnds) {
  KeyParser parser;
  parser.take("\x1b[");
  for (int i = 0; i < 100; ++i) parser.take("1;1;1;1;");
  EXPECT_THAT(parser.take("~~y"), testing::Contains(letter('y')));
}

TEST(KeyParser, ControlF10IsForHangingUp) {
  KeyParser parser;
  EXPECT_THAT(parser.take("\x1b[21;5~"), ElementsAre(plain(Kind::hang_up)));
}

}  // namespace
}  // namespace external::console::keys_test
