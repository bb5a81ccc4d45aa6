#include "../../fuzz/inputs.h"
#include "../../fuzz/replay.h"

#include <gtest/gtest.h>

namespace external::fuzz::frame_corpus_test {
namespace {

TEST(FrameCorpus, IsHandledWithoutAFinding) {
  EXPECT_GT(test::replay(SOURCE_DIR "/tests/fuzz/corpus/frame", try_frame), 10U);
}

}  // namespace
}  // namespace external::fuzz::frame_corpus_test
