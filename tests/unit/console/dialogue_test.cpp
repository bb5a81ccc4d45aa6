#include "../../../src/console/dialogue.h"

#include <gtest/gtest.h>

namespace external::console {
namespace {

using Outcome = Dialogue::Outcome;

TEST(Dialogue, EscapeAsksAndYExits) {
  Dialogue dialogue;
  EXPECT_EQ(dialogue.take("\x1b"), Outcome::asked);
  EXPECT_EQ(dialogue.prompt(), "Press Y to exit, N to continue.");
  EXPECT_EQ(dialogue.take("y"), Outcome::quit);
  EXPECT_EQ(dialogue.prompt(), "Shutting down ...");
}

TEST(Dialogue, NOrEscapeGoesOn) {
  for (const auto* no : {"n", "N", "\x1b"}) {
    Dialogue dialogue;
    dialogue.take("\x1b");
    EXPECT_EQ(dialogue.take(no), Outcome::nothing);
    EXPECT_EQ(dialogue.take("Y"), Outcome::nothing) << "Y without the question";
  }
}

TEST(Dialogue, OtherKeysChangeNothing) {
  Dialogue dialogue;
  EXPECT_EQ(dialogue.take("yY q\r"), Outcome::nothing);
  dialogue.take("\x1b");
  EXPECT_EQ(dialogue.take("x \r"), Outcome::nothing);
  EXPECT_EQ(dialogue.take("Y"), Outcome::quit);
}

TEST(Dialogue, CursorAndFunctionKeysAreNotEscape) {
  Dialogue dialogue;
  EXPECT_EQ(dialogue.take("\x1b[A\x1bOP\x1b[15;2~"), Outcome::nothing);
  EXPECT_EQ(dialogue.take("\x1b["), Outcome::nothing);
  EXPECT_EQ(dialogue.take("\x1bO"), Outcome::nothing);
  EXPECT_EQ(dialogue.take("Y"), Outcome::nothing);
}

TEST(Dialogue, KeysTypedAheadCountInOrder) {
  Dialogue dialogue;
  EXPECT_EQ(dialogue.take("\x1bN\x1bY\x1b"), Outcome::quit);
}

TEST(Dialogue, QuitsOnce) {
  Dialogue dialogue;
  dialogue.take("\x1bY");
  EXPECT_EQ(dialogue.take("\x1bY"), Outcome::nothing);
}

}  // namespace
}  // namespace external::console
