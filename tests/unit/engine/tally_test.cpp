#include "../../../src/engine/tally.h"

#include "../../../src/engine/dialled_call.h"
#include "offices.h"

#include <external/link/link.h>

#include <gmock/gmock.h>

namespace external::engine::tally_test {
namespace {

using namespace ::testing;
using namespace std::chrono_literals;

TEST(Tally, CountsACallWhileItStandsAndWhenItIsOver) {
  Tally tally;
  CallUse use;
  use.bytes_sent = 10;
  use.wire_bytes_received = 3;
  use.retransmissions = 2;
  use.damaged_frames = 1;
  {
    const Tally::Standing call(tally, [&] { return use; });
    EXPECT_EQ(tally.totals().bytes_sent, 10u);
    EXPECT_EQ(tally.line_errors(), 3u);
    use.bytes_sent = 20;
    EXPECT_EQ(tally.totals().bytes_sent, 20u);
  }
  use = {};
  EXPECT_EQ(tally.totals().bytes_sent, 20u);
  EXPECT_EQ(tally.totals().wire_bytes_received, 3u);
  EXPECT_EQ(tally.totals().retransmissions, 2u);
  EXPECT_EQ(tally.line_errors(), 3u);
}

TEST(Tally, TellsTheErrorsOfTheCallThatBeganLast) {
  Tally tally;
  auto first = std::make_unique<Tally::Standing>(tally, [] { return CallUse{.retransmissions = 1}; });
  auto second = std::make_unique<Tally::Standing>(tally, [] { return CallUse{.retransmissions = 5}; });
  EXPECT_EQ(tally.totals().retransmissions, 6u);
  EXPECT_EQ(tally.line_errors(), 5u);
  first.reset();
  EXPECT_EQ(tally.line_errors(), 5u);
  second.reset();
  EXPECT_EQ(tally.line_errors(), 5u);
  EXPECT_EQ(tally.totals().retransmissions, 6u);
}

TEST(Tally, CountsCallsByTheirResults) {
  Tally tally;
  tally.answered(Tally::good);
  for (const auto* result : {"ok", "busy", "busy"}) {
    Tally::Dialling call(tally);
    call.ends(result);
  }
  { const Tally::Dialling cut_short(tally); }
  {
    Tally::Dialling nothing(tally);
    nothing.was_none();
  }
  const auto totals = tally.totals();
  EXPECT_EQ(totals.calls_made, 4u);
  EXPECT_EQ(totals.calls_answered, 1u);
  EXPECT_EQ(totals.calls_failed, 3u);
  EXPECT_THAT(totals.made, ElementsAre(Pair("busy", 2u), Pair("hung up", 1u), Pair("ok", 1u)));
  EXPECT_THAT(totals.answered, ElementsAre(Pair("ok", 1u)));
}

TEST(Tally, NamesResultsAsTheStatusDoes) {
  DialledCall call;
  call.code = modem::ReturnCode::busy;
  EXPECT_EQ(result_of(call), "busy");
  call = {};
  call.result.error = link::Error::wrong_credentials;
  EXPECT_EQ(result_of(call), "refused");
  EXPECT_EQ(result_of(call.result), "refused");
  call.result.moved_mail = true;
  EXPECT_EQ(result_of(call), "broken");
  call.result.hung_up = true;
  EXPECT_EQ(result_of(call), "hung up");
  call.result = {};
  call.result.ok = true;
  EXPECT_EQ(result_of(call), "ok");
}

TEST(Tally, OfLinesKnowsWhatTheyMovedAndThePostOfficesThatWereReached) {
  test::OfficePair pair;
  pair.north.queue("SOUTH/HUB/ANNA", "Subject: x\n\n" + std::string(5000, 'y'));
  pair.north.start(pair);
  // Nobody is there yet.
  pair.run_until([&] { return pair.north.engine->report().lines[0].totals.calls_failed > 0; });
  const auto alone = pair.north.engine->report();
  EXPECT_TRUE(alone.good_calls.empty());
  EXPECT_THAT(alone.lines[0].totals.made, ElementsAre(Pair("no answer", 1u))) << pair.north.log.all();
  pair.north.start(pair);
  pair.south.start(pair);
  pair.run_until([&] {
    return !pair.south.mailbox("ANNA").empty() &&
           pair.north.engine->report().lines[0].totals.made.contains("ok") &&
           pair.south.engine->report().lines[0].totals.answered.contains("ok");
  });
  const auto north = pair.north.engine->report();
  const auto made = north.lines[0].totals;
  EXPECT_THAT(made.made, ElementsAre(Pair("ok", 1u))) << pair.north.log.all();
  EXPECT_GT(made.bytes_sent, 5000u);
  EXPECT_GT(made.wire_bytes_sent, 100u);
  EXPECT_GT(made.wire_bytes_received, 0u);
  EXPECT_GT(made.seconds, 0);
  EXPECT_EQ(made.calls_answered, 0u);
  ASSERT_EQ(north.good_calls.size(), 1u);
  EXPECT_EQ(north.good_calls[0].post_office, "SOUTH/HUB");
  const auto south = pair.south.engine->report();
  EXPECT_EQ(south.lines[0].totals.calls_answered, 1u);
  EXPECT_GT(south.lines[0].totals.bytes_received, 5000u);
  ASSERT_EQ(south.good_calls.size(), 1u);
  EXPECT_EQ(south.good_calls[0].post_office, "NORTH/CLINIC");
}

}  // namespace
}  // namespace external::engine::tally_test
