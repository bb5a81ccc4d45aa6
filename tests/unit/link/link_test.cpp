#include "linked.h"

#include <external/base/text.h>

#include <gtest/gtest.h>

#include <numeric>
#include <random>

namespace external::link::link_test {
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
  Call call(
      {.bits_per_second = 57600, .latency = 50ms, .bit_error_rate = GetParam().bit_error_rate, .seed = 42});
  const std::vector<Bytes> parts(10, some_bytes(10000, 1));
  const double efficiency = 1e5 / 5760 / seconds_for(call, parts);
  if (GetParam().bit_error_rate == 0) {
    EXPECT_EQ(call.a->statistics().frames_repeated, 0u);
  }
  EXPECT_GT(efficiency, GetParam().at_least);
}

// In virtual time, so these are the protocol's own figures.
INSTANTIATE_TEST_SUITE_P(Noise, LinkSpeed,
                         ::testing::Values(Speed{0, 0.985}, Speed{1e-5, 0.9}, Speed{1e-4, 0.75}));

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
  std::vector<Bytes> up(6, some_bytes(2000, 1));
  std::vector<Bytes> down(6, some_bytes(1500, 2));
  call.run_both([](Call& c, const auto& u, const auto& d) -> Task<> {
    co_await (send_all(*c.a, Stream::normal, u) && send_all(*c.b, Stream::normal, d) &&
              expect_bytes(*c.b, Stream::normal, u) && expect_bytes(*c.a, Stream::normal, d));
  }(call, up, down));
  EXPECT_GT(call.a->statistics().frames_repeated + call.a->statistics().frames_mended, 0u);
}

INSTANTIATE_TEST_SUITE_P(Rates, NoisyLink,
                         ::testing::Values(Noise{1e-5, 57600, 50ms}, Noise{1e-4, 57600, 50ms},
                                           Noise{1e-3, 57600, 50ms}, Noise{1e-4, 9600, 700ms}));

/// One byte in fifty is changed, lost, doubled or followed by another.
void make_bad(Call& call, unsigned seed) {
  auto random = std::make_shared<std::mt19937>(seed);
  const auto tamper = [random](std::uint8_t& byte) {
    if ((*random)() % 50 != 0) return true;
    if ((*random)() % 2 == 0) return false;
    byte = static_cast<std::uint8_t>((*random)());
    return true;
  };
  call.lines.tamper_a_to_b(tamper);
  call.lines.tamper_b_to_a(tamper);
}

TEST(Link, SurvivesALineThatHurtsOneByteInFifty) {
  for (unsigned seed = 1; seed < 4; ++seed) {
    Call call({.bits_per_second = 57600, .latency = 20ms});
    make_bad(call, seed);
    seconds_for(call, std::vector<Bytes>(5, some_bytes(1000, seed)));
  }
}

TEST(Link, IsFastAgainSoonAfterTheNoiseHasGone) {
  Call call({.bits_per_second = 57600, .latency = 20ms});
  make_bad(call, 7);
  double efficiency = 0;
  call.run_both([](Call& c, double& reached) -> Task<> {
    const auto carry = [](Call& ca, std::size_t size) -> Task<> {
      const std::vector<Bytes> parts(1, some_bytes(size, 1));
      co_await (send_all(*ca.a, Stream::normal, parts) && expect_bytes(*ca.b, Stream::normal, parts));
    };
    co_await carry(c, 5000);
    c.lines.tamper_a_to_b(nullptr);
    c.lines.tamper_b_to_a(nullptr);
    co_await carry(c, 60000);
    const auto start = c.clock.now();
    co_await carry(c, 30000);
    reached = 30000 / 5760.0 / std::chrono::duration<double>(c.clock.now() - start).count();
  }(call, efficiency));
  EXPECT_GT(efficiency, 0.93);
}

TEST(Link, CountsWhatIsWrongAtTheEndThatSeesIt) {
  Call call({.bits_per_second = 57600, .latency = 50ms});
  std::uint64_t count = 0;
  call.lines.tamper_a_to_b([&](std::uint8_t&) { return ++count % 3001 != 0; });
  seconds_for(call, std::vector<Bytes>(20, some_bytes(2000, 1)));
  const auto sender = call.a->statistics();
  const auto receiver = call.b->statistics();
  EXPECT_GT(receiver.bad_frames + receiver.bad_checks, 0u);
  EXPECT_GT(receiver.out_of_order, 0u);
  EXPECT_EQ(receiver.rejects, 0u);
  EXPECT_GT(sender.rejects, 0u);
  EXPECT_EQ(sender.bad_frames + sender.bad_checks + sender.out_of_order, 0u);
}

TEST(Link, CountsTimeoutsOfTheSender) {
  Call call({.bits_per_second = 57600, .latency = 50ms});
  bool deaf = true;
  call.lines.tamper_b_to_a([&](std::uint8_t&) { return !deaf; });
  const std::vector<Bytes> parts(1, some_bytes(100, 1));
  call.run_both([](Call& c, const auto& r, bool& d) -> Task<> {
    co_await (send_all(*c.a, Stream::normal, r) && expect_bytes(*c.b, Stream::normal, r));
    co_await c.clock.wait_for(10s);
    d = false;
    EXPECT_FALSE(co_await c.a->flush(never));
  }(call, parts, deaf));
  EXPECT_GT(call.a->statistics().timeouts, 0u);
  EXPECT_EQ(call.b->statistics().timeouts, 0u);
  EXPECT_GT(call.b->statistics().duplicates, 0u);
}

TEST(Link, AnAcknowledgementThatIsPutOffIsNotTakenForALoss) {
  // Two chunks fill the window, before the first is acknowledged.
  Call call({.bits_per_second = 64000, .latency = 20ms});
  call.run_both([](Call& c) -> Task<> {
    // Acknowledged at once: the line seems quick.
    for (int i = 0; i < 10; ++i) {
      co_await c.a->send(Stream::normal, some_bytes(30, 1));
      EXPECT_FALSE(co_await c.a->flush(never));
    }
    // Now the other end waits as long as a full frame takes.
    const std::vector<Bytes> bulk(1, some_bytes(20000, 2));
    co_await send_all(*c.a, Stream::normal, bulk);
    EXPECT_FALSE(co_await c.a->flush(never));
  }(call));
  EXPECT_EQ(call.a->statistics().timeouts, 0u);
  EXPECT_EQ(call.a->statistics().frames_repeated, 0u);
}

TEST(Link, UrgentBytesOvertakeBulk) {
  Call call({.bits_per_second = 9600, .latency = 10ms});
  call.run_both([](Call& c) -> Task<> {
    co_await c.a->send(Stream::low, some_bytes(50000, 1));
    co_await c.clock.wait_for(3s);
    const auto sent_at = c.clock.now();
    co_await c.a->send(Stream::urgent, Bytes(10, 2));
    for (;;) {
      const auto piece = co_await c.b->receive(never);
      EXPECT_TRUE(piece);
      if (!piece || piece->stream == Stream::urgent) break;
    }
    EXPECT_LT(c.clock.now() - sent_at, 4500ms);  // the chunk on the line, then its own
  }(call));
}

TEST(Link, LowIsNotForgottenBesideNormal) {
  Call call({.bits_per_second = 57600, .latency = 10ms});
  call.run_both([](Call& c) -> Task<> {
    co_await c.a->send(Stream::normal, some_bytes(200000, 1));
    co_await c.a->send(Stream::low, some_bytes(20000, 2));
    std::size_t normal = 0;
    std::size_t low = 0;
    while (low < 5000 && normal < 200000) {
      const auto piece = co_await c.b->receive(never);
      (piece->stream == Stream::low ? low : normal) += piece->bytes.size();
    }
    EXPECT_LT(normal, 80000u);
  }(call));
}

TEST(Link, LittleWaitsInFrontOfTheLine) {
  // What is lost when the line goes is what was written and had not left.
  Call call({.bits_per_second = 57600, .buffer = 100000});
  const Bytes bulk = some_bytes(100000, 1);
  call.run_both([](Call& c, const Bytes& bytes) -> Task<> {
    co_await c.a->send(Stream::normal, bytes);
    std::uint64_t most = 0;
    for (int i = 0; i < 100; ++i) {
      co_await c.clock.wait_for(93ms);
      most = std::max(most, c.a->statistics().bytes_sent - c.lines.delivered_to_b());
    }
    EXPECT_LE(most, 57600u / 10 / 4 + 3200);  // a quarter of a second, and the frame that is being written
  }(call, bulk));
}

TEST(Link, LittleWaitsInTheDriverOfAPortThatIsFasterThanItsLine) {
  Options options;
  options.bits_per_second = 115200;
  Call call({.bits_per_second = 9600, .latency = 20ms, .buffer = 100000}, options);
  constexpr std::size_t size = 60000;
  const Bytes bulk = some_bytes(size, 1);
  const auto start = call.clock.now();
  call.run_both([](Call& c, const Bytes& bytes) -> Task<> {
    co_await c.a->send(Stream::normal, bytes);
    co_await c.clock.wait_for(5s);  // until it has seen how slow the line is
    std::size_t most = 0;
    while (c.lines.delivered_to_b() < size) {
      co_await c.clock.wait_for(93ms);
      most = std::max(most, c.lines.a().unsent().value_or(0));
    }
    EXPECT_LE(most, 9600u / 10 / 4);
    EXPECT_FALSE(co_await c.a->flush(never));
  }(call, bulk));
  EXPECT_EQ(call.a->statistics().frames_repeated, 0u);
  EXPECT_GT(size / 960.0 / std::chrono::duration<double>(call.clock.now() - start).count(), 0.97);
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

class IdleLink : public ::testing::TestWithParam<bool> {};

TEST_P(IdleLink, StaysUpByProbes) {
  Options options;
  options.carries_all = GetParam();
  Call call({.bits_per_second = 9600}, options);
  call.run_both([](Call& c) -> Task<> {
    co_await c.clock.wait_for(10min);
    co_await c.a->send(Stream::normal, Bytes(1, 1));
    EXPECT_TRUE(co_await c.b->receive(c.clock.now() + 5s));
  }(call));
}

INSTANTIATE_TEST_SUITE_P(Pipes, IdleLink, ::testing::Bool());

// ---- lines that need something else

struct Eaten {
  std::string_view what;
  std::function<bool(std::uint8_t&)> eat;
};

class EatingLine : public ::testing::TestWithParam<Eaten> {};

TEST_P(EatingLine, IsWorkedWithOnceItIsKnown) {
  LinkedPair pair({.bits_per_second = 57600, .latency = 20ms});
  pair.lines.tamper_a_to_b(GetParam().eat);
  pair.lines.tamper_b_to_a(GetParam().eat);
  test::secure_both(*pair.a, *pair.b);
  const Bytes bulk = some_bytes(8000, 1);
  pair.run_both([](LinkedPair& p, const Bytes& bytes) -> Task<> {
    co_await p.clock.wait_for(1s);
    EXPECT_TRUE(p.a->losses().value_or(0) != 0);
    p.a->avoid(*p.b->losses());
    co_await p.a->send(Stream::normal, bytes);
    const std::vector<Bytes> parts(1, bytes);
    co_await expect_bytes(*p.b, Stream::normal, parts);
  }(pair, bulk));
  EXPECT_LT(pair.a->statistics().frames_repeated, 3u);
}

TEST_P(EatingLine, IsWorkedWithEvenIfNobodyKnows) {
  Call call({.bits_per_second = 57600, .latency = 20ms});  // both ends start with frames that use every byte
  call.lines.tamper_a_to_b(GetParam().eat);
  seconds_for(call, {some_bytes(5000, 1)});
}

INSTANTIATE_TEST_SUITE_P(
    Bytes, EatingLine,
    ::testing::Values(Eaten{"XON/XOFF", [](std::uint8_t& byte) { return byte != 0x11 && byte != 0x13; }},
                      Eaten{"the eighth bit",
                            [](std::uint8_t& byte) {
                              byte &= 0x7F;
                              return true;
                            }},
                      Eaten{"the byte FF", [](std::uint8_t& byte) { return byte != 0xFF; }}),
    [](const auto& one) { return "Case" + std::to_string(one.index); });

/// No frame in plain form starts with a byte that gets through.
TEST(Link, FallsBackToFormsThatGetThrough) {
  Call call({.bits_per_second = 57600, .latency = 20ms});
  const auto eat = [](std::uint8_t& byte) { return byte < 0x80; };
  call.lines.tamper_a_to_b(eat);
  call.lines.tamper_b_to_a(eat);
  const std::vector<Bytes> parts(1, some_bytes(5000, 1));
  call.run_both([](Call& c, const auto& sent) -> Task<> {
    auto carry = send_all(*c.a, Stream::normal, sent) && expect_bytes(*c.b, Stream::normal, sent);
    const auto first = co_await first_of(std::move(carry), c.clock.wait_for(60s));
    EXPECT_EQ(first, 0u) << "a minute has gone";
  }(call, parts));
}

TEST(Link, ATrustedLineForgetsWhatItHasSent) {
  Call call({.bits_per_second = 57600, .latency = 20ms});
  call.a->trust_line();
  call.b->trust_line();
  const std::vector<Bytes> more_than_any_window(1, some_bytes(100'000, 1));
  call.run_both([](Call& c, const auto& sent) -> Task<> {
    auto carry = send_all(*c.a, Stream::normal, sent) && expect_bytes(*c.b, Stream::normal, sent);
    const auto first = co_await first_of(std::move(carry), c.clock.wait_for(18s));
    EXPECT_EQ(first, 0u) << "the line needs 17.4 seconds";
  }(call, more_than_any_window));
  EXPECT_EQ(call.a->statistics().frames_repeated, 0u);
}

TEST(Link, ATrustedLineCarriesNoAcknowledgements) {
  Call call({.bits_per_second = 9600});
  call.a->trust_line();
  call.b->trust_line();
  seconds_for(call, std::vector<Bytes>(5, some_bytes(1000, 1)));
  EXPECT_LE(call.b->statistics().frames_sent, 1u);
}

TEST(Link, ATrustedLineThatLosesBytesIsSaidToBeNone) {
  Call call({.bits_per_second = 9600});
  call.a->trust_line();
  call.b->trust_line();
  std::uint64_t count = 0;
  call.lines.tamper_a_to_b([&](std::uint8_t&) { return ++count % 3001 != 0; });
  const Bytes bulk = some_bytes(20000, 1);
  call.run_both([](Call& c, const Bytes& bytes) -> Task<> {
    co_await c.a->send(Stream::normal, bytes);
    for (;;) {
      const auto piece = co_await c.b->receive(never);
      if (piece) continue;
      EXPECT_EQ(piece.error(), Error::unreliable_line);
      break;
    }
  }(call, bulk));
}

/// Sends `parts`, each once the one before it is on the line, and expects the other end to end the call.
void expect_unreliable(Call& call, const std::vector<Bytes>& parts) {
  call.run_both([](Call& c, const auto& sent) -> Task<> {
    for (const auto& part : sent) {
      co_await c.a->send(Stream::normal, part);
      co_await c.clock.wait_for(1s);
    }
    for (;;) {
      const auto piece = co_await c.b->receive(c.clock.now() + 10s);
      if (piece) continue;
      EXPECT_EQ(piece.error(), Error::unreliable_line);
      break;
    }
  }(call, parts));
}

TEST(Link, ATrustedLineIsSaidToBeNoneByOneDamagedFrame) {
  Call call({.bits_per_second = 9600});
  call.a->trust_line();
  call.b->trust_line();
  std::uint64_t count = 0;
  call.lines.tamper_a_to_b([&](std::uint8_t& byte) {
    if (++count == 100) byte ^= 3;  // two bits are never mended
    return true;
  });
  expect_unreliable(call, {some_bytes(300, 1)});
}

TEST(Link, ATrustedLineIsSaidToBeNoneByOneLostFrame) {
  Call call({.bits_per_second = 9600});
  call.a->trust_line();
  call.b->trust_line();
  call.lines.tamper_a_to_b(
      [&call, start = call.clock.now()](std::uint8_t&) { return call.clock.now() - start > 900ms; });
  expect_unreliable(call, {some_bytes(300, 1), some_bytes(300, 2)});
}

TEST(Link, OnAHalfDuplexLineNobodySpeaksWhileTheOtherDoes) {
  Options options;
  options.half_duplex = true;
  Call call({.bits_per_second = 9600, .latency = 100ms}, options);
  // Whoever sends while the other does destroys both.
  TimePoint a_until{};
  TimePoint b_until{};
  int collisions = 0;
  call.lines.tamper_a_to_b([&](std::uint8_t&) {
    a_until = call.clock.now();
    if (call.clock.now() - b_until < 50ms) ++collisions;
    return true;
  });
  call.lines.tamper_b_to_a([&](std::uint8_t&) {
    b_until = call.clock.now();
    if (call.clock.now() - a_until < 50ms) ++collisions;
    return true;
  });
  const std::vector<Bytes> up(5, some_bytes(1000, 1));
  const std::vector<Bytes> down(5, some_bytes(1000, 2));
  call.run_both([](Call& c, const auto& u, const auto& d) -> Task<> {
    co_await (send_all(*c.a, Stream::normal, u) && send_all(*c.b, Stream::normal, d) &&
              expect_bytes(*c.b, Stream::normal, u) && expect_bytes(*c.a, Stream::normal, d));
  }(call, up, down));
  EXPECT_EQ(collisions, 0);
}

TEST(Link, ALostTurnComesBack) {
  Options options;
  options.half_duplex = true;
  Call call({.bits_per_second = 9600, .latency = 100ms, .bit_error_rate = 5e-4, .seed = 3}, options);
  seconds_for(call, std::vector<Bytes>(5, some_bytes(1000, 1)));
}

TEST(Link, AChangedChunkEndsTheCall) {
  Call call;
  call.run_both([](Call& c) -> Task<> {
    Security other{test::key_of(9), test::key_of(9), true, nullptr};
    c.a->secure(other);
    co_await c.a->send(Stream::normal, Bytes(10, 1));
    EXPECT_EQ((co_await c.b->receive(c.clock.now() + 10s)).error(), Error::broken_seal);
  }(call));
}

TEST(Link, TextIsCompressedAndRandomBytesAreNot) {
  std::string text;
  for (int i = 0; i < 2000; ++i)
    text += "Line " + std::to_string(i) + " of a text that is much like the others.\r\n";
  const auto bytes = as_bytes(text);
  Call call({.bits_per_second = 57600});
  seconds_for(call, {Bytes(bytes.begin(), bytes.end())});
  EXPECT_LT(call.a->statistics().bytes_sent, text.size() / 5);
  Call random({.bits_per_second = 57600});
  seconds_for(random, {some_bytes(50000, 1)});
  EXPECT_LT(random.a->statistics().bytes_sent, 50600u);
}

}  // namespace
}  // namespace external::link::link_test
