#include "../../../src/link/packing.h"

#include <gtest/gtest.h>

#include <random>

namespace external::link::packing_test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t chunk = 64 * 1024;

Bytes text(std::size_t size) {
  std::mt19937 random(7);
  Bytes bytes;
  while (bytes.size() < size) {
    const std::string word = "word" + std::to_string(random() % 1000) + " ";
    bytes.insert(bytes.end(), word.begin(), word.end());
  }
  bytes.resize(size);
  return bytes;
}

StreamQueues filled(Stream stream, Bytes bytes) {
  StreamQueues queues;
  queues[static_cast<std::size_t>(stream)].append(std::move(bytes));
  return queues;
}

/// Tells it of chunks that were made and sent in such times.
void send(Packer& packer, int chunks, Duration making, Duration sending) {
  TimePoint now{};
  for (int i = 0; i < chunks; ++i) packer.sent(chunk, making, sending, now += making + sending);
}

TEST(Packer, CompressesAsHardAsALineOfKnownSpeedAllows) {
  Packer slow(57'600);
  EXPECT_EQ(slow.level(), CompressionLevel::best);
  send(slow, 100, 1ms, 10us);
  EXPECT_EQ(slow.level(), CompressionLevel::best);
}

TEST(Packer, SendsPlainWhereTheLineIsFasterThanTheCompressor) {
  Packer packer(0);
  EXPECT_EQ(packer.level(), CompressionLevel::low);
  send(packer, 100, 1ms, 10us);
  EXPECT_EQ(packer.level(), CompressionLevel::off);
  auto queues = filled(Stream::normal, text(chunk));
  std::size_t sent = 0;
  while (const auto packed = packer.pack(queues, chunk)) sent += packed->size();
  EXPECT_GT(sent, chunk);
}

TEST(Packer, CompressesHarderOnALineThatTurnsOutToBeSlow) {
  Packer packer(0);
  send(packer, 100, 1ms, 500ms);  // about 1 Mbit/s
  EXPECT_EQ(packer.level(), CompressionLevel::higher);
}

TEST(Packer, TakesLittleOfTheProcessorWhereTheLineIsFastAndBusy) {
  Packer packer(0);
  send(packer, 100, 1ms, 5ms);  // about 87 Mbit/s
  EXPECT_EQ(packer.level(), CompressionLevel::low);
}

/// What one may put before the packer on a line of known speed, in portions.
std::size_t room(const Packer& packer, std::size_t size) {
  std::size_t waiting = 0;
  while (packer.has_room(waiting, packer.portion(size), size)) waiting += packer.portion(size);
  return waiting;
}

TEST(Packer, LittleMoreThanAPortionOfRandomBytesWaits) {
  constexpr std::size_t small = 3000;
  Packer packer(57'600);
  std::mt19937 random(1);
  Bytes noise(50'000);
  for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
  auto queues = filled(Stream::normal, noise);
  packer.pack(queues, small);
  EXPECT_LE(room(packer, small), 3 * small + small / 2);
  // A record that goes by itself says nothing about what comes behind it.
  auto record = filled(Stream::control, Bytes(30, 1));
  packer.pack(record, small);
  EXPECT_LE(room(packer, small), 3 * small + small / 2);
}

TEST(Packer, EnoughTextWaitsToFillAChunk) {
  constexpr std::size_t small = 3000;
  Packer packer(57'600);
  auto queues = filled(Stream::normal, text(400'000));
  std::size_t size = 0;
  for (int i = 0; i < 10; ++i) size = packer.pack(queues, small)->size();
  const auto before = queues[2].size();
  packer.pack(queues, small);
  EXPECT_GT(size, small / 2);
  EXPECT_GE(room(packer, small), (before - queues[2].size()) * 5 / 4) << "the next may shrink more";
}

TEST(Packer, OtherEndFollowsFromLevelToLevel) {
  Packer packer(0);
  Unpacker unpacker;
  const Bytes plain = text(10 * chunk);
  auto queues = filled(Stream::normal, plain);
  Bytes arrived;
  for (int i = 0; const auto packed = packer.pack(queues, chunk / 8); ++i) {
    auto pieces = unpacker.unpack(*packed, 1 << 20);
    ASSERT_TRUE(pieces);
    for (const auto& piece : *pieces) arrived.insert(arrived.end(), piece.bytes.begin(), piece.bytes.end());
    if (i < 3) {
      send(packer, 20, 1ms, 10us);
    } else {
      send(packer, 20, 1ms, 500ms);
    }
  }
  EXPECT_EQ(arrived, plain);
}

}  // namespace
}  // namespace external::link::packing_test
