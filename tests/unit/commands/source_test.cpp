#include <gmock/gmock.h>

#include <memory>
#include <sstream>

#include <exit.h>
#include <mbox.h>

namespace external::commands::source_test {
namespace {

using namespace testing;

// Gives a text in pieces of a size of its own, because every split must give the same.
Source pieces(std::string text, std::size_t size) {
  return [text = std::move(text), size, at = std::size_t{0}]() mutable {
    auto piece = text.substr(at, size);
    at += piece.size();
    return piece;
  };
}

std::string all_of(const Source& source) {
  std::string text;
  for (auto piece = source(); !piece.empty(); piece = source()) text += piece;
  return text;
}

std::vector<std::string> messages(const std::string& mbox, std::size_t size) {
  std::vector<std::string> found;
  each_in_mbox(pieces(mbox, size), "box", [&](const Source& source) { found.push_back(all_of(source)); });
  return found;
}

class Mbox : public TestWithParam<std::size_t> {};

TEST_P(Mbox, IsTakenApartAtFromLinesBehindEmptyLines) {
  const std::string mbox =
      "From a@b Mon\nA: 1\n\none\nFrom here on\n\n>From x\n\nFrom c@d Tue\n\nFrom e@f Wed\nA: "
      "3\n\nthree\n\n\nFrom g\nA: 4";
  EXPECT_THAT(messages(mbox, GetParam()),
              ElementsAre("A: 1\n\none\nFrom here on\n\n>From x\n", "", "A: 3\n\nthree\n\n", "A: 4"));
}

TEST_P(Mbox, MayHaveLinesThatEndWithCarriageReturns) {
  EXPECT_THAT(messages("From a\r\nA: 1\r\n\r\none\r\n\r\nFrom b\r\nA: 2\r\n\r\n", GetParam()),
              ElementsAre("A: 1\r\n\r\none\r\n", "A: 2\r\n"));
}

TEST_P(Mbox, LosesTheEmptyLineAtItsEnd) {
  EXPECT_THAT(messages("From a\nA: 1\n\ntext\n\n", GetParam()), ElementsAre("A: 1\n\ntext\n"));
}

TEST_P(Mbox, MayHoldLargeMessages) {
  const std::string large = "A: 1\n\n" + std::string(200'000, 'x') + "\n" + std::string(300'000, '\n');
  EXPECT_THAT(messages("From a\n" + large + "\nFrom b\nA: 2\n", GetParam() * 1000),
              ElementsAre(large, "A: 2\n"));
}

TEST_P(Mbox, OfOtherFormIsRefused) {
  EXPECT_THROW(messages("A: 1\n\ntext\n", GetParam()), Failure);
  EXPECT_THROW(messages("From", GetParam()), Failure);
  EXPECT_THAT(messages("", GetParam()), IsEmpty());
}

TEST_P(Mbox, GoesOnWithTheNextMessageWhenOneIsLeftUnread) {
  int count = 0;
  each_in_mbox(pieces("From a\nA: 1\n\none\n\nFrom b\nA: 2\n", GetParam()), "box",
               [&](const Source&) { ++count; });
  EXPECT_EQ(count, 2);
}

INSTANTIATE_TEST_SUITE_P(Pieces, Mbox, Values(1, 2, 3, 5, 7, 64, 100'000));

class Dots : public TestWithParam<std::size_t> {};

TEST_P(Dots, EndAMessageOnlyAsALineOfTheirOwn) {
  const auto read = [](const std::string& text) { return all_of(until_dot(pieces(text, GetParam()))); };
  EXPECT_EQ(read("a\n.\nb"), "a\n");
  EXPECT_EQ(read("a\r\n.\r\nb"), "a\r\n");
  EXPECT_EQ(read(".\nb"), "");
  EXPECT_EQ(read("a\n."), "a\n");
  EXPECT_EQ(read("a.\n..\n. \n.\rb\n"), "a.\n..\n. \n.\rb\n");
  EXPECT_EQ(read(""), "");
}

INSTANTIATE_TEST_SUITE_P(Pieces, Dots, Values(1, 2, 3, 64));

TEST(Stream, ThatFailsIsNotTakenForItsEnd) {
  std::istringstream in("text");
  in.setstate(std::ios::badbit);
  EXPECT_THROW(from_stream(in, "disk")(), Failure);
}

}  // namespace
}  // namespace external::commands::source_test
