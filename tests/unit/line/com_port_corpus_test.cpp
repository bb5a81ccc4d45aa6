#include "../../fuzz/com_port.h"
#include "../../fuzz/replay.h"

#include <gtest/gtest.h>

namespace external::test::com_port_corpus_test {
namespace {

TEST(ComPortCorpus, ComesOutTheSameHoweverItIsCut) {
  EXPECT_GT(replay(SOURCE_DIR "/tests/fuzz/corpus/com_port", fuzz_com_port), 10U);
}

}  // namespace
}  // namespace external::test::com_port_corpus_test
