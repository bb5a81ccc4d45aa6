#include "../../fuzz/replay.h"
#include "../../fuzz/telnet.h"

#include <gtest/gtest.h>

namespace external::test::rfc2217_corpus_test {
namespace {

TEST(Rfc2217Corpus, DoesNoHarm) {
  EXPECT_GT(replay(SOURCE_DIR "/tests/fuzz/corpus/telnet", fuzz_telnet), 5U);
}

}  // namespace
}  // namespace external::test::rfc2217_corpus_test
