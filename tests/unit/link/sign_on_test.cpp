#include "../../../src/link/handshake.h"
#include "linked.h"

#include <external/link/sign_on.h>

#include <gtest/gtest.h>

namespace external::link::sign_on_test {
namespace {

using namespace std::chrono_literals;
using line::MemoryLineOptions;
using test::LinkedPair;
using asio::experimental::awaitable_operators::operator&&;

constexpr std::string_view clinic = "NORTH/CLINIC";
constexpr std::string_view hub = "SOUTH/HUB";

struct SignOn {
  Result<Agreement> caller{error_code(asio::error::would_block)};
  Result<Agreement> answerer{error_code(asio::error::would_block)};
  std::string claimed;
};

/// How one sign-on goes; the answerer is SOUTH/HUB.
struct Attempt {
  std::string caller_password = "one";
  std::optional<std::string> answerer_password = "one";
  std::string called = std::string(hub);
  Terms caller_terms = {};
  Terms answerer_terms = {};
};

Task<> take_sign_on(Link& link, const Attempt& attempt, SignOn& outcome, TimePoint deadline) {
  const KeyLookup lookup = [&attempt](std::string caller) -> Task<std::optional<Key>> {
    EXPECT_EQ(caller, clinic);
    if (!attempt.answerer_password) co_return std::nullopt;
    co_return derive_key(*attempt.answerer_password, hub, caller);
  };
  const Dictionaries dictionaries;
  outcome.answerer = co_await sign_on_as_answerer(link, hub, attempt.answerer_terms, lookup, dictionaries,
                                                  deadline, &outcome.claimed);
  if (!outcome.answerer) co_return;
  const Bytes word(1, 1);
  co_await link.send(Stream::control, word);
  co_await link.flush(deadline);
}

Task<> dial_sign_on(Link& link, const Attempt& attempt, SignOn& outcome, TimePoint deadline) {
  const auto key = derive_key(attempt.caller_password, clinic, attempt.called);
  const Dictionaries dictionaries;
  outcome.caller = co_await sign_on_as_caller(link, clinic, attempt.called, attempt.caller_terms, key,
                                              dictionaries, deadline);
  if (!outcome.caller) co_return;
  // The other end is believed when something that it sealed opens.
  const auto met = co_await link.meet(deadline);
  if (met) outcome.caller = met;
}

SignOn sign_on(const Attempt& attempt, MemoryLineOptions line = {}) {
  LinkedPair call(line);
  SignOn outcome;
  call.run_both([](LinkedPair& c, const Attempt& how, SignOn& result) -> Task<> {
    const auto deadline = c.clock.now() + 30s;
    co_await (dial_sign_on(*c.a, how, result, deadline) && take_sign_on(*c.b, how, result, deadline));
  }(call, attempt, outcome));
  return outcome;
}

TEST(SignOn, SucceedsWithTheSamePasswordOfAnyCharacters) {
  const std::string password = "h\xC3\xA9\"; # any\tcharacters";
  const auto outcome = sign_on({.caller_password = password, .answerer_password = password});
  ASSERT_TRUE(outcome.caller);
  ASSERT_TRUE(outcome.answerer);
  EXPECT_EQ(outcome.caller->peer, hub);
  EXPECT_EQ(outcome.answerer->peer, clinic);
  EXPECT_EQ(outcome.caller->send, outcome.answerer->receive);
  EXPECT_EQ(outcome.caller->receive, outcome.answerer->send);
  EXPECT_NE(outcome.caller->send, outcome.caller->receive);
}

TEST(SignOn, AlsoWorksWithoutEncryption) {
  const auto outcome =
      sign_on({.caller_terms = {.encrypted = false}, .answerer_terms = {.encrypted = false}});
  ASSERT_TRUE(outcome.caller);
  ASSERT_TRUE(outcome.answerer);
  EXPECT_FALSE(outcome.caller->encrypted);
  EXPECT_FALSE(outcome.answerer->encrypted);
}

TEST(SignOn, AWrongPasswordAndAnUnknownCallerLookTheSame) {
  const auto wrong = sign_on({.answerer_password = "other"});
  EXPECT_EQ(wrong.caller.error(), Error::wrong_credentials);
  EXPECT_EQ(wrong.answerer.error(), Error::wrong_credentials);
  EXPECT_EQ(wrong.claimed, clinic);
  const auto unknown = sign_on({.answerer_password = std::nullopt});
  EXPECT_EQ(unknown.caller.error(), Error::wrong_credentials);
  EXPECT_EQ(unknown.answerer.error(), Error::wrong_credentials);
  EXPECT_EQ(unknown.claimed, clinic);
}

TEST(SignOn, AWrongNumberIsSaidSo) {
  const auto outcome = sign_on({.called = "SOUTH/OTHER"});
  EXPECT_EQ(outcome.caller.error(), Error::wrong_address);
  EXPECT_EQ(outcome.answerer.error(), Error::wrong_address);
}

TEST(SignOn, EncryptionThatDiffersIsSaidSoAtBothEnds) {
  const auto outcome = sign_on({.answerer_terms = {.encrypted = false}});
  EXPECT_EQ(outcome.caller.error(), Error::encryption);
  EXPECT_EQ(outcome.answerer.error(), Error::encryption);
}

TEST(SignOn, NoVersionInCommonIsSaidSoAtBothEnds) {
  const auto outcome = sign_on({.answerer_terms = {.oldest = 7, .version = 9}});
  EXPECT_EQ(outcome.caller.error(), Error::wrong_version);
  EXPECT_EQ(outcome.answerer.error(), Error::wrong_version);
}

TEST(SignOn, WorksOverANoisyLine) {
  const auto outcome =
      sign_on({}, {.bits_per_second = 9600, .latency = 700ms, .bit_error_rate = 3e-4, .seed = 3});
  EXPECT_TRUE(outcome.caller);
  EXPECT_TRUE(outcome.answerer);
}

TEST(SignOn, AnAnswererThatDoesNotKnowThePasswordIsNotBelieved) {
  LinkedPair call;
  error_code why;
  call.run_both([](LinkedPair& c, error_code& result) -> Task<> {
    const auto pretend = [](Link& link) -> Task<> {
      Answering answering{std::string(hub), Terms()};
      Bytes banner = answering.banner();
      banner.insert(banner.begin(), 1);
      co_await link.send_clear(std::move(banner));
      co_await link.receive_clear(never);
      Security guess;
      link.secure(guess);
      co_await link.send(Stream::control, Bytes(10, 1));
      co_await link.receive(never);
    };
    const auto dial = [](LinkedPair& ca, error_code& out) -> Task<> {
      const Dictionaries dictionaries;
      const Key key{};
      const auto deadline = ca.clock.now() + 30s;
      co_await sign_on_as_caller(*ca.a, clinic, hub, Terms(), key, dictionaries, deadline);
      out = co_await ca.a->meet(deadline);
    };
    co_await first_of(dial(c, result), pretend(*c.b));
  }(call, why));
  EXPECT_EQ(why, Error::broken_seal);
}

/// What the answerer makes of a caller whose first record is this one; nothing: it stays silent.
error_code answered_to(Bytes record) {
  LinkedPair call;
  error_code why;
  call.run_both([](LinkedPair& c, Bytes said, error_code& result) -> Task<> {
    if (!said.empty()) co_await c.a->send_clear(std::move(said));
    const KeyLookup lookup = [](std::string) -> Task<std::optional<Key>> { co_return std::nullopt; };
    const Dictionaries dictionaries;
    const auto outcome =
        co_await sign_on_as_answerer(*c.b, hub, Terms(), lookup, dictionaries, c.clock.now() + 30s);
    result = outcome.error();
  }(call, std::move(record), why));
  return why;
}

TEST(SignOn, ACallerThatKeepsToNoRuleIsRefused) {
  EXPECT_EQ(answered_to({}), asio::error::timed_out) << "silent";
  EXPECT_EQ(answered_to(Bytes(200, 9)), Error::protocol) << "an unknown record";
  EXPECT_EQ(answered_to(Bytes(200, 3)), Error::protocol) << "a record before its time";
  EXPECT_EQ(answered_to({2}), Error::protocol) << "an empty reply";
  EXPECT_EQ(answered_to({4}), Error::protocol) << "a refusal without a reason";
  EXPECT_EQ(answered_to({4, 1}), Error::protocol) << "a password that it has not seen";
  EXPECT_EQ(answered_to({4, 4}), Error::busy);
}

TEST(SignOn, TheKeyDependsOnPasswordAndBothNamesButNotOnTheirOrder) {
  const auto key = derive_key("p", "A/B", "C/D");
  EXPECT_EQ(key, derive_key("p", "C/D", "A/B"));
  EXPECT_NE(key, derive_key("q", "A/B", "C/D"));
  EXPECT_NE(key, derive_key("p", "A/B", "C/E"));
}

}  // namespace
}  // namespace external::link::sign_on_test
