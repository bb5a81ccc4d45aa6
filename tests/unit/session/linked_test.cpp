// Sessions over the link: what depends on how the two play together.

#include "linked_exchange.h"

#include <random>

namespace external::session::linked_test {
namespace {

using namespace std::chrono_literals;
using test::LinkedExchange;

Bytes random_bytes(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

TEST(Linked, AMessageThatIsHeldStopsWithinAMomentOfTheLine) {
  constexpr std::uint64_t a_second = 5760;
  constexpr std::uint64_t chunk = a_second * 5 / 9;
  LinkedExchange call({.bits_per_second = 57600, .latency = 50ms});
  call.north.queue("held", random_bytes(300'000, 1));
  std::uint64_t before = 0;
  call.run_call([&]() -> Task<> {
    co_await call.clock.wait_for(10s);
    before = call.lines.delivered_to_b();
    call.north.unwanted.insert("held");
  });
  EXPECT_FALSE(call.result) << call.result.message();
  EXPECT_TRUE(call.north.put_back.contains("held"));
  // Until it is looked again, the chunk on the line, half of one behind it, and a portion of two.
  EXPECT_LT(call.lines.delivered_to_b() - before, a_second + chunk * 7 / 2 + 500);
}

}  // namespace
}  // namespace external::session::linked_test
