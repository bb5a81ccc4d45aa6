#include "../../fuzz/inputs.h"
#include "../../fuzz/replay.h"

#include <gtest/gtest.h>

namespace external::fuzz::sign_on_corpus_test {
namespace {

TEST(SignOnCorpus, IsHandledWithoutAFinding) {
  EXPECT_GT(test::replay(SOURCE_DIR "/tests/fuzz/corpus/sign_on", try_sign_on), 10U);
}

}  // namespace
}  // namespace external::fuzz::sign_on_corpus_test
