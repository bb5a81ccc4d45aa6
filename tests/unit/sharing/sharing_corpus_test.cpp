#include "../../fuzz/inputs.h"
#include "../../fuzz/replay.h"

#include <gtest/gtest.h>

namespace external::sharing::sharing_corpus_test {
namespace {

TEST(SharingCorpus, EveryLeaseHasOneEnd) {
  EXPECT_GT(test::replay(SOURCE_DIR "/tests/fuzz/corpus/sharing", fuzz::try_sharing), 10U);
}

}  // namespace
}  // namespace external::sharing::sharing_corpus_test
