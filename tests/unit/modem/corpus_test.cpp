// The inputs that fuzzing started from or stumbled over, once more.

#include "../../fuzz/inputs.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace external::modem::test::corpus_test {
namespace {

void feed(const std::string& folder, void (*use)(ByteView)) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SOURCE_DIR "/tests/fuzz/corpus/" + folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    std::ostringstream content;
    content << file.rdbuf();
    EXPECT_NO_THROW(use(as_bytes(content.str()))) << entry.path();
    ++count;
  }
  EXPECT_GT(count, 0);
}

TEST(Corpus, OfScriptsHoldsNoSurprise) {
  feed("script", fuzz::try_script);
}

TEST(Corpus, OfModemsHoldsNoSurprise) {
  feed("modem", fuzz::try_modem);
}

}  // namespace
}  // namespace external::modem::test::corpus_test
