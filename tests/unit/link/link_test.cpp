#include "linked.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

namespace external::link {
namespace {

using namespace std::chrono_literals;
using line::MemoryLineOptions;
using line::MemoryLinePair;
using test::LinkedPair;
using test::VirtualWorld;

/// Both ends have their keys; on a line that carries every byte.
struct Call : LinkedPair {
  explicit Call(MemoryLineOptions line_options = {}, Options options = {})
      : LinkedPair(line_options, options) {
    test::secure_both(*a, *b);
    a->avoid(0);
    b->avoid(0);
  }
};

Bytes some_bytes(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

Task<> send_all(Link& link, Stream stream, const std::vector<Bytes>& parts) {
  for (const auto& part : parts) EXPECT_FALSE(co_await link.send(stream, part));
}

/// The bytes of one stream, whatever pieces they come in.
Task<> expect_bytes(Link& link, Stream stream, const std::vector<Bytes>& parts) {
  Bytes expected;
  for (const auto& part : parts) expected.insert(expected.end(), part.begin(), part.end());
  Bytes arrived;
  while (arrived.size() < expected.size()) {
    const auto piece = co_await link.receive(never);
    EXPECT_TRUE(piece) << piece.error().message();
    if (!piece) co_return;
    EXPECT_EQ(piece->stream, stream);
    arrived.insert(arrived.end(), piece->bytes.begin(), piece->bytes.end());
  }
  EXPECT_TRUE(arrived == expected);
}

using asio::experimental::awaitable_operators::operator&&;

/// One way, on the normal stream; returns how long it took.
double seconds_for(Call& call, const std::vector<Bytes>& parts) {
  const auto start = call.clock.now();
  call.run_both([](Call& c, const auto& sent) -> Task<> {
    co_await (send_all(*c.a, Stream::normal, sent) && expect_bytes(*c.b, Stream::normal, sent));
  }(call, parts));
  return std::chrono::duration<double>(call.clock.now() - start).count();
}

TEST(Link, CarriesStreamsBothWaysAtOnce) {
  Call call({.bits_per_second = 57600, .latency = 50ms});
  std::vector<Bytes> up;
  std::vector<Bytes> down;
  for (unsigned i = 0; i < 20; ++i) {
    up.push_back(some_bytes(100 * i + 1, i));
    down.push_back(some_bytes(3000 - 100 * i, 100 + i));
  }
  call.run_both([](Call& c, const auto& u, const auto& d) -> Task<> {
    co_await (send_all(*c.a, Stream::normal, u) && send_all(*c.b, Stream::low, d) &&
              expect_bytes(*c.b, Stream::normal, u) && expect_bytes(*c.a, Stream::low, d));
    EXPECT_FALSE(co_await c.a->flush(never));
  }(call, up, down));
  EXPECT_EQ(call.a->statistics().frames_repeated, 0u);
  EXPECT_EQ(call.b->statistics().frames_repeated, 0u);
}

TEST(Link, KeepsTheBordersOfControlRecords) {
  Call call({.bits_per_second = 9600});
  call.run_both([](Call& c) -> Task<> {
    for (std::size_t size : {1, 5000, 3}) EXPECT_FALSE(co_await c.a->send(Stream::control, Bytes(size, 7)));
    for (std::size_t size : {1, 5000, 3}) {
      const auto piece = co_await c.b->receive(never);
      EXPECT_EQ(piece->bytes, Bytes(size, 7));
    }
  }(call));
}

struct Speed {
  double bit_error_rate;
  double at_least;
};

class LinkSpeed : public ::testing::TestWithParam<Speed> {};

TEST_P(LinkSpeed, UsesTheLineWell) {
  Call call({.bits_per_second = 57600,
             .latency = 50ms,
             .bit_error_rate = GetParam().bit_error_rate,
             .seed = 42});
  const std::vector<Bytes> parts(30, some_bytes(10000, 1));
  const double efficiency = 3e5 / 5760 / seconds_for(call, parts);
  std::printf("efficiency %.4f  sent %llu repeated %llu mended %llu bad %llu timeouts %llu\n", efficiency,
              (unsigned long long)call.a->statistics().bytes_sent,
              (unsigned long long)call.a->statistics().frames_repeated,
              (unsigned long long)call.b->statistics().frames_mended,
              (unsigned long long)call.b->statistics().bad_checks,
              (unsigned long long)call.a->statistics().timeouts);
  EXPECT_GT(efficiency, GetParam().at_least);
}

INSTANTIATE_TEST_SUITE_P(Noise, LinkSpeed,
                         ::testing::Values(Speed{0, 0.99}, Speed{1e-6, 0.985}, Speed{1e-5, 0.965},
                                           Speed{1e-4, 0.85}, Speed{1e-3, 0.3}));

}  // namespace
}  // namespace external::link
