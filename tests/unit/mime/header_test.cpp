#include <external/mime/header.h>

#include <gmock/gmock.h>

namespace external::mime::header_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// A literal with the NULs in it.
template <std::size_t size>
std::string bytes(const char (&text)[size]) {
  return {text, size - 1};
}

TEST(Header, FieldsAreFoundInAnyCaseWithTheirFolds) {
  const Header header("To: a,\r\n b\r\nX-To: no\r\nTO : c\n\tdd\n\n");
  EXPECT_THAT(header.values("to"), ElementsAre("a, b", "c\tdd"));
  EXPECT_TRUE(header.has("x-TO"));
  EXPECT_FALSE(header.has("X"));
}

TEST(Header, TextIsDecoded) {
  const Header header(
      "Subject: =?utf-8?q?J=C3=BCrg?= =?iso-8859-1?q?_f=fchrt?= =?x?z?bad\nFrom: =?utf-8?b?SsO8?= <a@b>\n"
      "X-Latin: g\xfcn\nX-Utf: g\xc3\xbcn\n\n");
  EXPECT_EQ(header.text("Subject"), "J\xc3\xbcrg f\xc3\xbchrt =?x?z?bad");
  EXPECT_EQ(header.text("from"), "J\xc3\xbc <a@b>");
  EXPECT_EQ(header.text("x-latin"), "g\xc3\xbcn");
  EXPECT_EQ(header.text("x-utf"), "g\xc3\xbcn");
  EXPECT_EQ(header.text("none"), "");
}

TEST(Header, FieldsGoWithAllTheirLinesAndNothingElse) {
  EXPECT_EQ(Header("To: a\nbcc: b\n c\nX: d\n\n").without("Bcc"), "To: a\nX: d\n\n");
  EXPECT_EQ(Header("Bcc: a\nno field\nX : d\r\nBcc : e\r\n\r\n").without("Bcc"), "no field\nX : d\r\n\r\n");
  EXPECT_EQ(Header("X: 1\nBcc: a").without("bcc"), "X: 1\n");
  EXPECT_EQ(Header("X: 1\n\n").without("bcc"), "X: 1\n\n");
}

TEST(Header, NothingLeavesTheBlindInTheOpen) {
  const auto text = bytes("Bcc: a@b\0, c@d\n\te@f\nX: \0\nBcc: \rg@h\n\n");
  EXPECT_EQ(Header(text).without("Bcc"), bytes("X: \0\n\n"));
}

TEST(Header, MayHoldAnything) {
  EXPECT_THAT(Header("").values("A"), IsEmpty());
  EXPECT_THAT(Header("\n").values("A"), IsEmpty());
  EXPECT_THAT(Header("no header\nA: 1\n").values("A"), IsEmpty());
  EXPECT_THAT(Header("From anna Mon\nA: 1\n\n").values("A"), ElementsAre("1"));
  EXPECT_THAT(Header("A: 1\nnonsense\nA: 2").values("A"), ElementsAre("1", "2"));
  EXPECT_THAT(Header(bytes("A: 1\0x\nA: 2\n")).values("A"), ElementsAre(bytes("1\0x"), "2"));
  EXPECT_THAT(Header("Content-Type: multipart/mixed\nContent-Type: message/rfc822\n\n").values("A"),
              IsEmpty());
}

TEST(Header, TellsOfItsContentToo) {
  for (const char* type :
       {"text/plain", "multipart/mixed; boundary=x", "message/rfc822", "garbage", "", ";;=;"}) {
    const std::string block = "A: 1\nContent-Type: " + std::string(type) + "\nContent-X: y\nB: 2\n\n";
    const Header header(block);
    EXPECT_THAT(header.values("content-type"), ElementsAre(type));
    EXPECT_THAT(header.values("content-x"), ElementsAre("y"));
    EXPECT_EQ(header.without("content-type"), "A: 1\nContent-X: y\nB: 2\n\n");
  }
}

TEST(Header, MayBeLarge) {
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += "A: " + std::to_string(i) + "\n";
  EXPECT_THAT(Header(many).values("A"), SizeIs(10'000));
  const std::string word(100'000, 'x');
  EXPECT_THAT(Header("A: " + word + "\n\n").values("A"), ElementsAre(word));
}

}  // namespace
}  // namespace external::mime::header_test
