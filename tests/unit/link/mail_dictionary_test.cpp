#include "../../../src/link/mail_dictionary.h"

#include "../../../src/link/compression.h"

#include <external/link/link.h>

#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <fstream>

namespace external::link::mail_dictionary_test {
namespace {

std::string sha256(ByteView bytes) {
  std::uint8_t digest[SHA256_DIGEST_LENGTH];
  SHA256(bytes.data(), bytes.size(), digest);
  std::string text;
  for (const auto byte : digest) {
    char pair[3];
    std::snprintf(pair, sizeof pair, "%02x", byte);
    text += pair;
  }
  return text;
}

Bytes bytes_of(std::string_view text) {
  const auto view = as_bytes(text);
  return {view.begin(), view.end()};
}

const std::string mail =
    "Return-Path: <ada@example.org>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
    "Content-Transfer-Encoding: 8bit\nUser-Agent: Mutt/2.2.9 (2022-11-12)\n\n"
    "Thank you very much for your help. Please let me know if you have any questions.\n\nBest regards,\n";

// Programs in the field hold these bytes under this number. If this fails, what was changed needs a number of
// its own: docs/compression.md, "A new version".
TEST(MailDictionary, AVersionsBytesNeverChange) {
  EXPECT_EQ(sha256(MailDictionary::load(1)->content()),
            "d8998adbcda8f59bd1f6952cd3b7eec3e9e3caa38206bf32e595a2adf2718b38");
}

TEST(MailDictionary, EveryVersionLoads) {
  EXPECT_FALSE(mail_dictionary_versions().empty());
  for (const auto version : mail_dictionary_versions()) {
    ASSERT_TRUE(MailDictionary::load(version));
    EXPECT_EQ(MailDictionary::load(version)->version(), version);
  }
  EXPECT_FALSE(MailDictionary::load(0));
  EXPECT_FALSE(MailDictionary::load(99));
}

TEST(MailDictionary, TheNewestCommonVersionIsUsed) {
  const unsigned future[] = {7, 1};
  const unsigned unknown[] = {7, 6};
  EXPECT_EQ(common_mail_dictionary(future), 1U);
  EXPECT_EQ(common_mail_dictionary(unknown), std::nullopt);
  EXPECT_EQ(common_mail_dictionary({}), std::nullopt);
}

TEST(MailDictionary, HalvesTheFirstMail) {
  const auto dictionary = MailDictionary::load(1);
  for (const auto level : {CompressionLevel::least, CompressionLevel::high, CompressionLevel::best}) {
    Compressor with(level, dictionary);
    Compressor without(level);
    Decompressor in(dictionary);
    const auto sent = with.compress(bytes_of(mail));
    EXPECT_LT(sent.size() * 2, without.compress(bytes_of(mail)).size());
    EXPECT_EQ(in.decompress(sent, mail.size()).value(), bytes_of(mail));
  }
}

TEST(MailDictionary, IsThereAgainForANewFrame) {
  const auto dictionary = MailDictionary::load(1);
  Compressor out(CompressionLevel::low, dictionary);
  Decompressor in(dictionary);
  const auto first = out.compress(bytes_of(mail));
  EXPECT_EQ(in.decompress(first, mail.size()).value(), bytes_of(mail));
  out.set_level(CompressionLevel::middle);
  const auto second = out.compress(bytes_of(mail));
  EXPECT_LT(second.size(), first.size() + 20);
  EXPECT_EQ(in.decompress(second, mail.size()).value(), bytes_of(mail));
}

TEST(MailDictionary, ServesManyContexts) {
  const auto dictionary = MailDictionary::load(1);
  std::vector<Compressor> out;
  std::vector<Decompressor> in;
  for (int i = 0; i < 20; ++i) {
    out.emplace_back(CompressionLevel::least, dictionary);
    in.emplace_back(dictionary);
  }
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < out.size(); ++i) {
      EXPECT_EQ(in[i].decompress(out[i].compress(bytes_of(mail)), mail.size()).value(), bytes_of(mail));
    }
  }
}

TEST(MailDictionary, PreparingBeforehandChangesNoByte) {
  const auto dictionary = MailDictionary::load(1);
  Compressor prepared(CompressionLevel::best, dictionary);
  prepared.prepare();
  EXPECT_GT(prepared.memory(), 0U);
  Compressor fresh(CompressionLevel::best, dictionary);
  EXPECT_EQ(prepared.compress(bytes_of(mail)), fresh.compress(bytes_of(mail)));
}

TEST(MailDictionary, WithoutItTheOtherEndIsRefusedOrReadsWrong) {
  Compressor out(CompressionLevel::best, MailDictionary::load(1));
  const auto there = Decompressor().decompress(out.compress(bytes_of(mail)), 10'000);
  EXPECT_TRUE(there.has_error() || *there != bytes_of(mail));
}

TEST(MailDictionary, BytesThatAreNoDictionaryAreRefused) {
  const Bytes zeros(1000);
  EXPECT_THROW(MailDictionary(9, zeros), std::invalid_argument);
}

}  // namespace
}  // namespace external::link::mail_dictionary_test
