#include "../../fuzz/inputs.h"
#include "../../fuzz/replay.h"

#include <gtest/gtest.h>

namespace external::fuzz::hand_in_corpus_test {
namespace {

TEST(HandInCorpus, IsReadWithoutAFinding) {
  EXPECT_GT(test::replay(SOURCE_DIR "/tests/fuzz/corpus/hand_in", try_hand_in), 10U);
}

}  // namespace
}  // namespace external::fuzz::hand_in_corpus_test
