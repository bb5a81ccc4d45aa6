#include "two_links.h"

#include <numeric>
#include <random>

namespace external::link {
namespace {

using namespace std::chrono_literals;
using line::MemoryLineOptions;
using line::MemoryLinePair;
using test::VirtualWorld;

Bytes some_bytes(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

Task<> send_all(Link& link, Stream stream, const std::vector<Bytes>& records) {
  for (const auto& record : records) EXPECT_FALSE(co_await link.send(stream, record));
}

Task<> expect_all(Link& link, const std::vector<Bytes>& records) {
  for (const auto& expected : records) {
    const auto record = co_await link.receive(never);
    EXPECT_TRUE(record) << record.error().message();
    if (!record) co_return;
    EXPECT_EQ(record->bytes, expected);
  }
}

using asio::experimental::awaitable_operators::operator&&;

TEST(Link, CarriesRecordsBothWaysAtOnce) {
  Call call({.bits_per_second = 57600, .latency = 50ms});
  std::vector<Bytes> up;
  std::vector<Bytes> down;
  for (unsigned i = 0; i < 20; ++i) {
    up.push_back(some_bytes(100 * i + 1, i));
    down.push_back(some_bytes(3000 - 100 * i, 100 + i));
  }
  call.run_both([](Call& c, const auto& u, const auto& d) -> Task<> {
    co_await (send_all(*c.a, Stream::normal, u) && send_all(*c.b, Stream::low, d) && expect_all(*c.b, u) &&
              expect_all(*c.a, d));
    EXPECT_FALSE(co_await c.a->flush(never));
  }(call, up, down));
  EXPECT_EQ(call.a->statistics().frames_repeated, 0u);
  EXPECT_EQ(call.b->statistics().frames_repeated, 0u);
}

TEST(Link, UsesACleanLineWell) {
  Call call({.bits_per_second = 57600, .latency = 50ms});
  const std::vector<Bytes> records(20, some_bytes(10000, 1));
  const auto start = call.clock.now();
  call.run_both([](Call& c, const auto& r) -> Task<> {
    co_await (send_all(*c.a, Stream::normal, r) && expect_all(*c.b, r));
  }(call, records));
  const double seconds = std::chrono::duration<double>(call.clock.now() - start).count();
  EXPECT_GT(200000.0 / 5760 / seconds, 0.97);
}

struct Noise {
  double bit_error_rate;
  unsigned bits_per_second;
  Duration latency;
};

class NoisyLink : public ::testing::TestWithParam<Noise> {};

TEST_P(NoisyLink, DeliversEverythingUnchanged) {
  const auto& noise = GetParam();
  Call call({.bits_per_second = noise.bits_per_second,
             .latency = noise.latency,
             .bit_error_rate = noise.bit_error_rate,
             .seed = 42});
  std::vector<Bytes> up(30, some_bytes(2000, 1));
  std::vector<Bytes> down(30, some_bytes(1500, 2));
  call.run_both([](Call& c, const auto& u, const auto& d) -> Task<> {
    co_await (send_all(*c.a, Stream::normal, u) && send_all(*c.b, Stream::normal, d) && expect_all(*c.b, u) &&
              expect_all(*c.a, d));
  }(call, up, down));
  EXPECT_GT(call.a->statistics().frames_repeated + call.b->statistics().frames_repeated, 0u);
}

INSTANTIATE_TEST_SUITE_P(Rates, NoisyLink,
                         ::testing::Values(Noise{1e-5, 57600, 50ms}, Noise{1e-4, 57600, 50ms},
                                           Noise{1e-3, 57600, 50ms}, Noise{1e-4, 9600, 700ms}));

TEST(Link, SurvivesLostDoubledAndInsertedBytes) {
  Call call({.bits_per_second = 57600, .latency = 20ms});
  std::mt19937 random(5);
  call.lines.tamper_a_to_b([&random](std::uint8_t& byte) {
    if (random() % 200 == 0) byte = static_cast<std::uint8_t>(random());
    return random() % 200 != 0;
  });
  const std::vector<Bytes> records(30, some_bytes(1000, 9));
  call.run_both([](Call& c, const auto& r) -> Task<> {
    co_await (send_all(*c.a, Stream::normal, r) && expect_all(*c.b, r));
  }(call, records));
}

TEST(Link, CountsWhatIsWrongAtTheEndThatSeesIt) {
  Call call({.bits_per_second = 57600, .latency = 50ms});
  const std::vector<Bytes> records(20, some_bytes(2000, 1));
  std::uint64_t count = 0;
  call.lines.tamper_a_to_b([&](std::uint8_t&) { return ++count % 3001 != 0; });
  call.run_both([](Call& c, const auto& r) -> Task<> {
    co_await (send_all(*c.a, Stream::normal, r) && expect_all(*c.b, r));
  }(call, records));
  const auto sender = call.a->statistics();
  const auto receiver = call.b->statistics();
  EXPECT_GT(receiver.bad_frames + receiver.bad_checks, 0u);
  EXPECT_GT(receiver.out_of_order, 0u);
  EXPECT_EQ(receiver.rejects, 0u);
  EXPECT_GT(sender.rejects, 0u);
  EXPECT_EQ(sender.bad_frames + sender.bad_checks + sender.out_of_order, 0u);
}

TEST(Link, CountsGarbageDamageAndUnknownKindsApart) {
  Call call;
  // An empty frame of kind 15, its check worked out by hand from docs/protocol.md.
  const Bytes unknown{0x06, 0xF0, 0xA1, 0x13, 0x3C, 0x24, 0x00};
  Bytes damaged = unknown;
  damaged[2] ^= 1;
  const Bytes garbage{0, 9, 1, 0};  // says that nine bytes follow
  call.run_both([](Call& c, const auto& u, const auto& d, const auto& g) -> Task<> {
    for (const auto& bytes : {u, u, u, d, d, g}) EXPECT_FALSE(co_await c.lines.a().write(bytes, never));
    co_await c.clock.wait_for(1s);
  }(call, unknown, damaged, garbage));
  const auto receiver = call.b->statistics();
  EXPECT_EQ(receiver.unknown_kinds, 3u);
  EXPECT_EQ(receiver.bad_checks, 2u);
  EXPECT_EQ(receiver.bad_frames, 1u);
}

TEST(Link, CountsTimeoutsOfTheSender) {
  Call call({.bits_per_second = 57600, .latency = 50ms});
  bool deaf = true;
  call.lines.tamper_b_to_a([&](std::uint8_t&) { return !deaf; });
  const std::vector<Bytes> records(1, some_bytes(100, 1));
  call.run_both([](Call& c, const auto& r, bool& d) -> Task<> {
    co_await (send_all(*c.a, Stream::normal, r) && expect_all(*c.b, r));
    co_await c.clock.wait_for(10s);
    d = false;
    EXPECT_FALSE(co_await c.a->flush(never));
  }(call, records, deaf));
  EXPECT_GT(call.a->statistics().timeouts, 0u);
  EXPECT_EQ(call.b->statistics().timeouts, 0u);
  EXPECT_GT(call.b->statistics().duplicates, 0u);
}

TEST(Link, AnUrgentRecordOvertakesBulk) {
  Call call({.bits_per_second = 9600, .latency = 10ms});
  call.run_both([](Call& c) -> Task<> {
    for (int i = 0; i < 4; ++i) co_await c.a->send(Stream::low, Bytes(8000, 1));
    co_await c.clock.wait_for(1s);
    const auto sent_at = c.clock.now();
    co_await c.a->send(Stream::urgent, Bytes(10, 2));
    for (;;) {
      const auto record = co_await c.b->receive(never);
      EXPECT_TRUE(record);
      if (!record || record->stream == Stream::urgent) break;
    }
    EXPECT_LT(c.clock.now() - sent_at, 1500ms);
  }(call));
}

TEST(Link, ReportsALineThatWentAway) {
  Call call({.bits_per_second = 57600});
  call.run_both([](Call& c) -> Task<> {
    c.lines.hang_up();
    EXPECT_EQ((co_await c.a->receive(never)).error(), line::Error::hung_up);
    EXPECT_EQ((co_await c.b->receive(never)).error(), line::Error::hung_up);
    EXPECT_EQ(co_await c.a->send(Stream::normal, Bytes(1, 1)), line::Error::hung_up);
  }(call));
}

TEST(Link, GivesUpOnSilenceAndOnEndlessNoise) {
  for (const bool noisy : {false, true}) {
    VirtualWorld world;
    MemoryLinePair lines(world.io.get_executor(), world.clock, {.bits_per_second = 9600});
    const auto link = make_link(lines.a(), world.clock, world.io.get_executor(), {.bits_per_second = 9600});
    const auto start = world.clock.now();
    error_code why;
    world.run([](Link& l, MemoryLinePair& p, Clock& clock, bool noise, error_code& result) -> Task<> {
      auto babble = [](MemoryLinePair& pair, Clock& time, bool on) -> Task<> {
        const Bytes prompt{'l', 'o', 'g', 'i', 'n', ':', ' '};
        for (;;) {
          if (on) co_await pair.b().write(prompt, never);
          co_await time.wait_for(100ms);
        }
      };
      auto serve = [](Link& served, error_code& reason) -> Task<> { reason = co_await served.run(); };
      co_await first_of(serve(l, result), babble(p, clock, noise));
    }(*link, lines, world.clock, noisy, why));
    EXPECT_EQ(why, Error::silent);
    EXPECT_NEAR(std::chrono::duration<double>(world.clock.now() - start).count(), 60, 1);
  }
}

TEST(Link, AnIdleCallStaysUpByProbes) {
  Call call({.bits_per_second = 9600});
  call.run_both([](Call& c) -> Task<> {
    co_await c.clock.wait_for(10min);
    co_await c.a->send(Stream::normal, Bytes(1, 1));
    EXPECT_TRUE(co_await c.b->receive(c.clock.now() + 5s));
  }(call));
}

}  // namespace
}  // namespace external::link
