#include "../../../src/link/frame.h"

#include "../../../src/link/checksum.h"

#include <external/base/text.h>

#include <gtest/gtest.h>

#include <random>

namespace external::link::frame_test {
namespace {

Bytes some_bytes(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

Frame content_frame(std::uint32_t place, Bytes bytes, bool ends = true) {
  Frame frame;
  frame.content = Content{place, ends, false, std::move(bytes)};
  return frame;
}

struct Found {
  std::vector<Frame> frames;
  int errors = 0;
  int probes = 0;
};

Found find_in(ByteView bytes, std::size_t step = 1) {
  FrameReader reader;
  Found found;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    reader.feed(bytes.subspan(at, std::min(step, bytes.size() - at)));
    while (auto item = reader.next()) {
      if (auto* frame = std::get_if<Frame>(&*item)) found.frames.push_back(std::move(*frame));
      if (std::holds_alternative<FrameError>(*item)) ++found.errors;
      if (std::holds_alternative<Probe>(*item)) ++found.probes;
    }
  }
  return found;
}

void append(Bytes& to, const Bytes& more) {
  to.insert(to.end(), more.begin(), more.end());
}

TEST(Frame, HasTheBytesOfTheProtocolPage) {
  EXPECT_EQ(hex(as_text(encode_frame(content_frame(0x000102, {'h', 'i'})))), "b000020001023a686937c588d2");
  Frame ack;
  ack.acknowledgement = Acknowledgement{0x000104, {{5, 300}}};
  EXPECT_EQ(hex(as_text(encode_frame(ack))), "c20007c00001040105ac02a30ebb25");
}

TEST(Frame, RoundTripsEverything) {
  Frame frame = content_frame(0xABCDEF, some_bytes(2000, 1), false);
  frame.content->clear = true;
  frame.over = true;
  frame.urge = true;
  frame.acknowledgement = Acknowledgement{70000, {{1, 2}, {3, 40000}}};
  const auto found = find_in(encode_frame(frame));
  ASSERT_EQ(found.frames.size(), 1u);
  const auto& back = found.frames[0];
  EXPECT_TRUE(back.over && back.urge && back.content->clear && !back.content->ends);
  EXPECT_EQ(back.content->place, 0xABCDEFu);
  EXPECT_EQ(back.content->bytes, frame.content->bytes);
  ASSERT_EQ(back.acknowledgement->ranges.size(), 2u);
  EXPECT_EQ(back.acknowledgement->next, 70000u);
  EXPECT_EQ(back.acknowledgement->ranges[1].present, 40000u);

  Frame bare;
  bare.losses = 5;
  const auto again = find_in(encode_frame(bare));
  ASSERT_EQ(again.frames.size(), 1u);
  EXPECT_EQ(again.frames[0].losses, 5u);
}

TEST(Frame, IsFoundBehindAnything) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    Bytes line = some_bytes(seed * 7, seed);
    append(line, encode_frame(content_frame(1, some_bytes(100, seed))));
    // A false head before it may hold it up until as many bytes have come as that promised.
    append(line, Bytes(5000, 'U'));
    const auto found = find_in(line, 3);
    ASSERT_EQ(found.frames.size(), 1u) << seed;
    EXPECT_EQ(found.frames[0].content->bytes, some_bytes(100, seed));
  }
}

TEST(Frame, AnyOneWrongBitBehindTheHeadIsMended) {
  const Bytes good = encode_frame(content_frame(77, some_bytes(300, 3)));
  for (std::size_t bit = 7 * 8; bit < good.size() * 8; ++bit) {
    Bytes line = good;
    line[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    const auto found = find_in(line, 1000);
    ASSERT_EQ(found.frames.size(), 1u) << bit;
    ASSERT_EQ(found.frames[0].content->bytes, some_bytes(300, 3)) << bit;
  }
}

TEST(Frame, TwoWrongBitsAreNeverTakenForOne) {
  std::mt19937 random(1);
  const Bytes good = encode_frame(content_frame(77, some_bytes(300, 3)));
  for (int round = 0; round < 2000; ++round) {
    Bytes line = good;
    const auto one = 56 + random() % (good.size() * 8 - 56);
    auto other = one;
    while (other == one) other = 56 + random() % (good.size() * 8 - 56);
    for (const auto bit : {one, other}) line[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    EXPECT_TRUE(find_in(line, 1000).frames.empty());
  }
}

TEST(Frame, TheNextOneIsFoundWhenBytesAreLostOrPutIn) {
  std::mt19937 random(4);
  for (int round = 0; round < 300; ++round) {
    Bytes line;
    for (std::uint32_t i = 0; i < 3; ++i) append(line, encode_frame(content_frame(i, some_bytes(200, i))));
    const auto at = static_cast<long>(1 + random() % 200);
    if (round % 2 == 0) {
      line.erase(line.begin() + at);
    } else {
      line.insert(line.begin() + at, static_cast<std::uint8_t>(random()));
    }
    append(line, Bytes(5000, 'U'));
    const auto found = find_in(line, 50);
    ASSERT_EQ(found.frames.size(), 2u) << round;
    EXPECT_EQ(found.frames[0].content->place, 1u);
  }
}

TEST(Frame, EscapedFormsAvoidWhatTheyMustAndRoundTrip) {
  for (Losses losses = 0; losses < 1024; losses += 7) {
    const auto avoid = bytes_to_avoid(losses);
    Bytes all(512);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
    const auto line = encode_escaped(content_frame(9, all), avoid);
    for (const auto byte : line) ASSERT_FALSE(avoid.test(byte)) << losses << ' ' << int(byte);
    const auto found = find_in(line);
    ASSERT_EQ(found.frames.size(), 1u);
    EXPECT_EQ(found.frames[0].content->bytes, all);
  }
}

TEST(Frame, BothFormsMayFollowEachOther) {
  Bytes line;
  for (std::uint32_t i = 0; i < 20; ++i) {
    const auto frame = content_frame(i, some_bytes(300, i));
    append(line, i % 3 == 0 ? encode_frame(frame) : encode_escaped(frame, unsafe_bytes()));
  }
  EXPECT_EQ(find_in(line, 7).frames.size(), 20u);
}

TEST(Transparency, AProbeTellsWhatALineEats) {
  const auto probed = [](auto&& eat) {
    Bytes line{mark};
    for (const auto byte : probe_text()) eat(line, byte);
    line.push_back(mark);
    FrameReader reader;
    reader.feed(line);
    const auto item = reader.next();
    return item && std::holds_alternative<Probe>(*item) ? std::get<Probe>(*item).losses : ~Losses(0);
  };
  EXPECT_EQ(probed([](Bytes& line, std::uint8_t byte) { line.push_back(byte); }), 0u);
  const auto flow = probed([](Bytes& line, std::uint8_t byte) {
    if (byte != 0x11 && byte != 0x13) line.push_back(byte);
  });
  EXPECT_EQ(describe(flow), "XON/XOFF");
  EXPECT_EQ(bytes_to_avoid(flow).count(), 2u);
  const auto seven = probed([](Bytes& line, std::uint8_t byte) { line.push_back(byte & 0x7F); });
  EXPECT_TRUE(bytes_to_avoid(seven).test(0xC3));
  EXPECT_FALSE(bytes_to_avoid(seven).test('x'));
  const auto telnet = probed([](Bytes& line, std::uint8_t byte) {
    if (byte != 0xFF) line.push_back(byte);
  });
  EXPECT_EQ(describe(telnet), "the byte FF");
}

TEST(Frame, ReadsAnythingWithoutHarm) {
  std::mt19937 random(9);
  for (int round = 0; round < 300; ++round) {
    Bytes noise = some_bytes(random() % 3000, static_cast<unsigned>(round));
    for (auto& byte : noise) {
      if (random() % 10 == 0) byte = random() % 2 ? mark : 0xB0;
    }
    find_in(noise, 1 + random() % 100);
  }
}

}  // namespace
}  // namespace external::link::frame_test
