#include "../../../src/link/frame.h"

#include "../../../src/link/cobs.h"
#include "../../../src/link/receive_window.h"
#include "../../../src/link/record_stream.h"
#include "../../../src/link/send_window.h"

#include <external/base/text.h>

#include <gtest/gtest.h>

#include <random>

namespace external::link {
namespace {

using namespace std::chrono_literals;

Bytes without_delimiter(Bytes line) {
  line.pop_back();
  return line;
}

TEST(Cobs, RoundTripsEveryLengthAndRunOfZeros) {
  std::mt19937 random(1);
  for (std::size_t size = 0; size < 1100; ++size) {
    for (const int zeros_of_256 : {0, 4, 128, 256}) {
      Bytes plain(size);
      for (auto& byte : plain) {
        byte = static_cast<int>(random() % 256) < zeros_of_256
                   ? 0
                   : static_cast<std::uint8_t>(1 + random() % 255);
      }
      Bytes encoded;
      cobs_encode(plain, encoded);
      EXPECT_EQ(std::count(encoded.begin(), encoded.end(), 0), 0);
      EXPECT_LE(encoded.size(), size + size / 254 + 1);
      EXPECT_EQ(cobs_decode(encoded), plain);
    }
  }
}

TEST(Cobs, RefusesAnEncodingThatPointsPastItsEnd) {
  EXPECT_FALSE(cobs_decode(Bytes{5, 1, 2}));
  EXPECT_FALSE(cobs_decode(Bytes{}));
}

TEST(Frame, HasTheBytesOfTheProtocolPage) {
  const Bytes line = encode_frame(DataFrame{Stream::normal, 0x000102, {'h', 'i'}});
  EXPECT_EQ(hex(as_text(line)), "020209010268691a708aec00");
}

TEST(Frame, RoundTripsDataAndAcks) {
  const DataFrame data{Stream::low, 65535, Bytes(2000, 7)};
  const auto back = decode_frame(without_delimiter(encode_frame(data)));
  const auto& frame = std::get<DataFrame>(std::get<Frame>(back));
  EXPECT_EQ(frame.stream, Stream::low);
  EXPECT_EQ(frame.place, 65535u);
  EXPECT_EQ(frame.content, data.content);

  const AckFrame ack{7, {{1, 3}, {200, 1}}};
  const auto ack_back =
      std::get<AckFrame>(std::get<Frame>(decode_frame(without_delimiter(encode_frame(ack)))));
  EXPECT_EQ(ack_back.next, 7u);
  ASSERT_EQ(ack_back.ranges.size(), 2u);
  EXPECT_EQ(ack_back.ranges[1].missing, 200u);
}

TEST(Frame, EveryFlippedBitIsNoticed) {
  const Bytes good = without_delimiter(encode_frame(DataFrame{Stream::normal, 3, {1, 2, 3, 4, 5, 0, 0, 9}}));
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bad = good;
    bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ (1U << bit % 8));
    EXPECT_TRUE(std::holds_alternative<FrameError>(decode_frame(bad))) << bit;
  }
}

TEST(Frame, RandomBytesNeverDecodeAndNeverCrash) {
  std::mt19937 random(3);
  for (int round = 0; round < 20000; ++round) {
    Bytes noise(random() % 64);
    for (auto& byte : noise) byte = static_cast<std::uint8_t>(random());
    EXPECT_TRUE(std::holds_alternative<FrameError>(decode_frame(noise)));
  }
}

TEST(RecordStream, PutsRecordsTogetherWhereverTheyAreCut) {
  Bytes bytes;
  for (const std::size_t size : {2u, 1u, 127u, 128u, 5000u}) {
    const Bytes one = framed_record(Bytes(size, static_cast<std::uint8_t>(size)));
    bytes.insert(bytes.end(), one.begin(), one.end());
  }
  for (const std::size_t piece : {1u, 7u, 1000u, 10000u}) {
    RecordStream stream;
    std::vector<Bytes> records;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      ASSERT_TRUE(stream.feed(ByteView(bytes).subspan(at, std::min(piece, bytes.size() - at)), records,
                              largest_record));
    }
    ASSERT_EQ(records.size(), 5u);
    EXPECT_EQ(records[4], Bytes(5000, static_cast<std::uint8_t>(5000)));
  }
}

TEST(RecordStream, RefusesARecordThatIsTooLarge) {
  RecordStream stream;
  std::vector<Bytes> records;
  EXPECT_FALSE(stream.feed(Bytes{0x81, 0x80, 0x40}, records, largest_record));
  RecordStream empty;
  EXPECT_FALSE(empty.feed(Bytes{0}, records, largest_record));
  RecordStream stranger;
  EXPECT_FALSE(stranger.feed(Bytes{0x81, 0x08}, records, 1024));
  RecordStream endless;
  EXPECT_FALSE(endless.feed(Bytes(10, 0xFF), records, largest_record));
}

/// Sends frames of `size` bytes; returns the first place after them.
std::uint32_t send(SendWindow& window, int frames, std::size_t size, TimePoint now = {}) {
  std::uint32_t end = 0;
  for (int i = 0; i < frames; ++i) {
    const auto frame = window.add(Stream::normal, Bytes(size, 1), now);
    end = frame.place + static_cast<std::uint32_t>(size);
  }
  return end;
}

TEST(SendWindow, AGapIsALossAtOnce) {
  SendWindow window;
  TimePoint now{};
  send(window, 4, 10);
  const auto result = window.acknowledge({10, {{10, 10}}}, now + 100ms);  // 2nd missing, 4th still on the way
  EXPECT_TRUE(result.valid);
  EXPECT_EQ(result.acked, 2u);
  EXPECT_EQ(result.lost, 1u);
  EXPECT_EQ(result.round_trip, 100ms);
  EXPECT_EQ(window.repeat_lost(100, now)->place, 10u);
  EXPECT_FALSE(window.repeat_lost(100, now));
  // The same news again: the second sending is newer than anything that has arrived, so it is not lost yet.
  EXPECT_EQ(window.acknowledge({10, {{10, 10}}}, now).lost, 0u);
  // A fifth frame went after the second sending and arrived: so that is lost too.
  send(window, 1, 10);
  EXPECT_EQ(window.acknowledge({10, {{10, 30}}}, now).lost, 1u);
}

TEST(SendWindow, RepeatsInSmallerFramesWhereTheNoiseAsksForIt) {
  SendWindow window;
  send(window, 2, 100);
  window.acknowledge({0, {{100, 100}}}, {});
  const auto first = window.repeat_lost(60, {});
  const auto second = window.repeat_lost(60, {});
  EXPECT_EQ(first->content.size(), 60u);
  EXPECT_EQ(second->place, 60u);
  EXPECT_EQ(second->content.size(), 40u);
  EXPECT_FALSE(window.repeat_lost(60, {}));
  EXPECT_TRUE(window.acknowledge({60, {{40, 100}}}, {}).valid);
  EXPECT_FALSE(window.empty());
  window.acknowledge({200, {}}, {});
  EXPECT_TRUE(window.empty());
}

TEST(SendWindow, PlacesWrapAround) {
  SendWindow window;
  for (int i = 0; i < 600; ++i) {
    const auto end = send(window, 1, 60000) % place_modulus;
    ASSERT_TRUE(window.acknowledge({end, {}}, {}).valid);
    ASSERT_TRUE(window.empty());
  }
}

TEST(SendWindow, RefusesAcknowledgementsOfWhatWasNeverSent) {
  SendWindow window;
  send(window, 1, 10);
  EXPECT_FALSE(window.acknowledge({11, {}}, {}).valid);
  EXPECT_FALSE(window.acknowledge({0, {{5, 6}}}, {}).valid);
  EXPECT_FALSE(window.acknowledge({0, {{~0ULL, 2}}}, {}).valid);
}

TEST(ReceiveWindow, OrdersAndReports) {
  ReceiveWindow window;
  const auto frame = [](std::uint32_t place, std::size_t size) {
    return DataFrame{Stream::normal, place, Bytes(size, 1)};
  };
  EXPECT_EQ(window.add(frame(20, 10)), ReceiveWindow::Arrival::ahead);
  EXPECT_EQ(window.add(frame(20, 10)), ReceiveWindow::Arrival::duplicate);
  EXPECT_EQ(window.add(frame(40, 10)), ReceiveWindow::Arrival::ahead);
  const auto ack = window.acknowledgement();
  EXPECT_EQ(ack.next, 0u);
  ASSERT_EQ(ack.ranges.size(), 2u);
  EXPECT_EQ(ack.ranges[0].missing, 20u);
  EXPECT_EQ(ack.ranges[1].missing, 10u);
  EXPECT_EQ(window.add(frame(0, 20)), ReceiveWindow::Arrival::in_order);
  EXPECT_EQ(window.ready().size(), 2u);
  EXPECT_EQ(window.acknowledgement().next, 30u);
  EXPECT_EQ(window.add(frame(0, 10)), ReceiveWindow::Arrival::duplicate);
  EXPECT_EQ(window.add(frame(300000, 10)), ReceiveWindow::Arrival::out_of_window);
}

TEST(ReceiveWindow, TakesOnlyWhatIsNewOfOverlappingFrames) {
  std::mt19937 random(11);
  Bytes all(4000);
  for (auto& byte : all) byte = static_cast<std::uint8_t>(random());
  ReceiveWindow window;
  Bytes got;
  while (got.size() < all.size()) {
    const auto place = static_cast<std::uint32_t>(random() % all.size());
    const auto size = std::min<std::size_t>(1 + random() % 300, all.size() - place);
    window.add(
        {Stream::normal, place, Bytes(all.begin() + place, all.begin() + place + static_cast<long>(size))});
    for (const auto& piece : window.ready())
      got.insert(got.end(), piece.content.begin(), piece.content.end());
  }
  EXPECT_EQ(got, all);
}

}  // namespace
}  // namespace external::link
