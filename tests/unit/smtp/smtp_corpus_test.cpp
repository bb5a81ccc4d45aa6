#include "../../fuzz/inputs.h"
#include "../../fuzz/replay.h"

#include <gtest/gtest.h>

namespace external::fuzz::smtp_corpus_test {
namespace {

TEST(SmtpCorpus, IsHandledWithoutAFinding) {
  EXPECT_GT(test::replay(SOURCE_DIR "/tests/fuzz/corpus/smtp", try_smtp), 10U);
}

}  // namespace
}  // namespace external::fuzz::smtp_corpus_test
