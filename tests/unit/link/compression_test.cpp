#include "../../../src/link/compression.h"

#include <external/link/link.h>

#include <gtest/gtest.h>

#include <random>

namespace external::link::compression_test {
namespace {

constexpr CompressionLevel all_levels[] = {CompressionLevel::least,  CompressionLevel::low,
                                           CompressionLevel::middle, CompressionLevel::high,
                                           CompressionLevel::higher, CompressionLevel::best};

Bytes bytes_of(std::string_view text) {
  const auto view = as_bytes(text);
  return {view.begin(), view.end()};
}

Bytes random_bytes(std::size_t size, unsigned seed, unsigned symbols = 256) {
  std::mt19937 random(seed);
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random() % symbols);
  return bytes;
}

std::string mail(int number) {
  return "From: Ada <ada@example.org>\r\nTo: Boris <boris@example.net>\r\nSubject: Boat number " +
         std::to_string(number) +
         "\r\n\r\nThe boat leaves at noon; please bring the spare lamp and the blue folder.\r\n";
}

TEST(Compression, EveryChunkCanBeReadAsSoonAsItArrives) {
  for (const auto level : all_levels) {
    Compressor out(level);
    Decompressor in;
    for (int i = 0; i < 50; ++i) {
      const auto plain = bytes_of(mail(i));
      const auto there = in.decompress(out.compress(plain), plain.size());
      ASSERT_TRUE(there) << static_cast<int>(level);
      EXPECT_EQ(*there, plain);
    }
  }
}

TEST(Compression, ChunksOfEverySizeAndKindComeBack) {
  std::mt19937 random(2);
  Compressor out(CompressionLevel::higher);
  Decompressor in;
  for (const std::size_t size : {1UL, 2UL, 127UL, 4096UL, 131073UL}) {
    for (const unsigned symbols : {1U, 4U, 256U}) {
      const auto plain = random_bytes(size, random(), symbols);
      const auto there = in.decompress(out.compress(plain), size);
      ASSERT_TRUE(there) << size;
      EXPECT_EQ(*there, plain) << size;
    }
  }
}

TEST(Compression, LearnsFromOneMailForTheNext) {
  Compressor out(CompressionLevel::best);
  const auto first = out.compress(bytes_of(mail(1))).size();
  EXPECT_LT(out.compress(bytes_of(mail(2))).size(), first / 4);
}

TEST(Compression, NothingBecomesNothing) {
  Compressor out(CompressionLevel::low);
  Decompressor in;
  EXPECT_TRUE(out.compress({}).empty());
  EXPECT_EQ(out.memory(), 0U);
  EXPECT_EQ(in.decompress({}, 0).value(), Bytes());
}

TEST(Compression, AnIdleCallHoldsNoMemory) {
  Compressor out(CompressionLevel::best);
  Decompressor in;
  EXPECT_EQ(out.memory() + in.memory(), 0U);
  ASSERT_TRUE(in.decompress(out.compress(bytes_of(mail(1))), 1000));
  EXPECT_GT(out.memory(), 0U);
  EXPECT_GT(in.memory(), 0U);
  out.release();
  in.release();
  EXPECT_EQ(out.memory() + in.memory(), 0U);
}

TEST(Compression, MemoryIsBounded) {
  for (const auto level : all_levels) {
    Compressor out(level);
    Decompressor in;
    for (unsigned i = 0; i < 3; ++i) {
      const auto plain = random_bytes(20'000, i, 64);
      ASSERT_TRUE(in.decompress(out.compress(plain), plain.size()));
    }
    EXPECT_LT(out.memory(), 32U << 20) << static_cast<int>(level);
    EXPECT_LT(in.memory(), 3U << 20) << static_cast<int>(level);
  }
}

TEST(Compression, ANewLevelStartsAFrameThatTheOtherEndFollows) {
  Compressor out(CompressionLevel::low);
  Decompressor in;
  for (const auto level : all_levels) {
    out.set_level(level);
    for (int i = 0; i < 3; ++i) {
      const auto plain = bytes_of(mail(i));
      const auto there = in.decompress(out.compress(plain), plain.size());
      ASSERT_TRUE(there);
      EXPECT_EQ(*there, plain);
    }
  }
}

TEST(Compression, TheOtherEndFollowsARelease) {
  Compressor out(CompressionLevel::middle);
  Decompressor in;
  const auto plain = bytes_of(mail(1));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(in.decompress(out.compress(plain), plain.size()).value(), plain);
    out.release();
  }
}

TEST(Decompressor, ABombEndsAtTheLimit) {
  Compressor out(CompressionLevel::best);
  const auto bomb = out.compress(Bytes(50'000'000));
  ASSERT_LT(bomb.size(), 5000U);
  Decompressor in;
  EXPECT_EQ(in.decompress(bomb, 100'000).error(), Error::protocol);
  EXPECT_LT(in.memory(), 3U << 20);
}

TEST(Decompressor, TheLimitItselfIsAllowed) {
  for (const std::size_t size : {1UL, 4096UL, 5000UL, 300000UL}) {
    const auto chunk = Compressor(CompressionLevel::low).compress(Bytes(size));
    EXPECT_EQ(Decompressor().decompress(chunk, size).value(), Bytes(size));
    EXPECT_EQ(Decompressor().decompress(chunk, size - 1).error(), Error::protocol);
  }
}

TEST(Decompressor, GarbageIsRefusedForGood) {
  Decompressor in;
  EXPECT_EQ(in.decompress(random_bytes(100, 1), 1000).error(), Error::protocol);
  const auto good = Compressor(CompressionLevel::low).compress(bytes_of(mail(1)));
  EXPECT_EQ(in.decompress(good, 1000).error(), Error::protocol);
}

TEST(Decompressor, AWindowBeyondTheLimitIsRefused) {
  for (int log = 10; log < 32; ++log) {
    // Magic number, no content size, window of 2^log (RFC 8878, 3.1.1.1.2); then an empty last block.
    const auto window = static_cast<std::uint8_t>((log - 10) << 3);
    const Bytes frame = {0x28, 0xb5, 0x2f, 0xfd, 0x00, window, 0x01, 0x00, 0x00};
    Decompressor in;
    EXPECT_EQ(in.decompress(frame, 1000).has_value(), log <= largest_window_log) << log;
    EXPECT_LT(in.memory(), 3U << 20) << log;
  }
}

TEST(WorthCompressing, TextAndBase64AreAndRandomBytesAreNot) {
  for (const std::size_t size : {200UL, 1500UL, 12800UL, 100000UL}) {
    std::string text;
    for (int i = 0; text.size() < size; ++i) text += mail(i);
    EXPECT_TRUE(worth_compressing(bytes_of(text.substr(0, size)))) << size;
    EXPECT_TRUE(worth_compressing(random_bytes(size, 1, 64))) << size;
    for (unsigned seed = 0; seed < 200; ++seed)
      EXPECT_FALSE(worth_compressing(random_bytes(size, seed))) << size;
  }
}

TEST(WorthCompressing, SmallChunksOfTextAre) {
  EXPECT_TRUE(
      worth_compressing(bytes_of("Subject: hello\r\n\r\nSee you at the harbour tomorrow, then.\r\n")));
  EXPECT_TRUE(worth_compressing({}));
}

TEST(WorthCompressing, CompressedBytesAreNot) {
  std::string text;
  std::mt19937 random(3);
  while (text.size() < 100'000) text += mail(static_cast<int>(random()));
  std::shuffle(text.begin(), text.end(), random);
  EXPECT_FALSE(worth_compressing(Compressor(CompressionLevel::best).compress(bytes_of(text))));
}

}  // namespace
}  // namespace external::link::compression_test
