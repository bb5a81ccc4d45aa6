#include "../../../src/control/request.h"

#include "../../fuzz/inputs.h"
#include "../../fuzz/replay.h"

#include <gmock/gmock.h>

namespace external::control::request_test {
namespace {

using testing::HasSubstr;
namespace json = boost::json;

Commands commands() {
  Commands commands;
  for (const auto* name : {"status", "stop", "log"}) commands[name] = {};
  return commands;
}

std::string refusal_of(std::string_view line) {
  const auto known = commands();
  const auto understood = understand(line, known);
  if (understood.answerer != nullptr) return "none";
  return std::string(understood.refusal.at("error").get_string());
}

TEST(Request, IsTakenWhateverElseItHolds) {
  const auto known = commands();
  const auto understood = understand("{\"v\":1,\"command\":\"stop\",\"x\":[{}],\"y\":1e308}\r\n", known);
  EXPECT_EQ(understood.answerer, &known.at("stop"));
  EXPECT_TRUE(understood.request.contains("x"));
}

TEST(Request, IsRefusedInWords) {
  using namespace std::string_view_literals;
  const std::string deep = "{\"v\":1,\"command\":" + std::string(60'000, '[');
  EXPECT_THAT(refusal_of(deep), HasSubstr("not JSON: "));
  EXPECT_THAT(refusal_of("{\"v\":1,\"command\":\"st"), HasSubstr("not JSON: "));
  EXPECT_THAT(refusal_of("{\"v\":1,\"command\":\"stop\"}{}"), HasSubstr("not JSON: "));
  EXPECT_THAT(refusal_of("{\"v\":1,\"command\":\"st\xC3\x28\"}"), HasSubstr("not JSON: "));
  EXPECT_THAT(refusal_of("{\"v\":1,\0\"command\":\"stop\"}"sv), HasSubstr("not JSON: "));
  EXPECT_THAT(refusal_of("{\"v\":1,\"command\":\"stop\",\"n\":" + std::string(70'000, '9') + "e99999}"),
              "none");
  EXPECT_EQ(refusal_of("[]"), "a request is a JSON object");
  EXPECT_EQ(refusal_of("{\"v\":1}"), "a request has a \"command\"");
  EXPECT_EQ(refusal_of("{\"v\":1,\"command\":\"stopp\"}"), "unknown command stopp; did you mean stop?");
  EXPECT_EQ(refusal_of("{\"v\":1,\"command\":\"stop\\u0000\"}"),
            "unknown command stop^@; did you mean stop?");
  EXPECT_THAT(refusal_of("{\"v\":1,\"command\":\"" + std::string(60'000, 'x') + "\"}").size(),
              testing::Lt(200u));
}

TEST(Request, KeepsItsPromiseForAllThatFuzzingKnows) {
  EXPECT_GT(test::replay(SOURCE_DIR "/tests/fuzz/corpus/control", fuzz::try_control), 20u);
}

// What a fuzzer does, from the same beginnings, but the same each time.
TEST(Request, KeepsItsPromiseForNeighboursOfThose) {
  std::uint32_t state = 1;
  const auto next = [&state](std::size_t limit) {
    state = state * 1664525 + 1013904223;
    return static_cast<std::size_t>(state >> 8) % limit;
  };
  test::replay(SOURCE_DIR "/tests/fuzz/corpus/control", [&](ByteView seed) {
    for (int round = 0; round < 300; ++round) {
      Bytes input(seed.begin(), seed.end());
      for (std::size_t change = 0; change <= next(4) && !input.empty(); ++change) {
        const auto place = static_cast<std::ptrdiff_t>(next(input.size()));
        switch (next(4)) {
          case 0:
            input[static_cast<std::size_t>(place)] = static_cast<std::uint8_t>(next(256));
            break;
          case 1:
            input.erase(input.begin() + place);
            break;
          case 2:
            input.insert(input.begin() + place, "{}[],:\"\\0123456789-+eEtrufalsn\n"[next(30)]);
            break;
          default:
            input.resize(static_cast<std::size_t>(place));
        }
      }
      fuzz::try_control(input);
    }
  });
}

}  // namespace
}  // namespace external::control::request_test
