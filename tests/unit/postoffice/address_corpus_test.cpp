#include "../../fuzz/inputs.h"
#include "../../fuzz/replay.h"

#include <gtest/gtest.h>

#include <random>

namespace external::fuzz::address_corpus_test {
namespace {

TEST(AddressCorpus, IsHandledWithoutAFinding) {
  EXPECT_GT(test::replay(SOURCE_DIR "/tests/fuzz/corpus/addresses", try_addresses), 10U);
}

/// What fuzzers find by chance, made of pieces that matter.
TEST(AddressCorpus, IsHandledInAnyMixture) {
  const std::vector<std::string> pieces = {
      "a",      "B",         "/",      "@",      ".",       "north",         "SOUTH/HUB/", "clinic.example",
      "\u00FC", "u\u0308",   "\u0131", "\u0130", "\u05D0",  "\u0661",        "7",          "\u200D",
      "\u0345", "\u1E9E",    "\u212A", "\uFF0F", "\u03C2",  "\U0001F600",    "\"",         "\\",
      "xn--",   "bcher-kva", "<",      ">",      "-",       "hub.example",   "%",          "\xED\xA0\x80",
      "\u01F0", "\u0390",    "\u0149", "\u1FB3", "\u0307",  "\u10D0",        "\u13A0",     "\uAB70",
      "\u2160", "_",         "|",      "ship",   "example", "gmail.example", ":",          "\0"};
  std::mt19937 random(6);
  for (int round = 0; round < 20000; ++round) {
    std::string input(1, static_cast<char>(random() % 8));
    for (auto count = random() % 9; count > 0; --count) input += pieces[random() % pieces.size()];
    ASSERT_NO_THROW(try_addresses(as_bytes(input))) << input.substr(1);
  }
}

}  // namespace
}  // namespace external::fuzz::address_corpus_test
