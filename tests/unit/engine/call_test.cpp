#include "../../../src/engine/call.h"

#include "../../../src/engine/diagnostics.h"
#include "offices.h"

#include <external/line/memory.h>

#include <gmock/gmock.h>

#include <lent.h>

namespace external::engine::call_test {
namespace {

using namespace std::chrono_literals;
using namespace ::testing;

/// What one end of a call needs, without an engine.
struct CallEnd {
  CallEnd(test::RealWorld& the_world, const std::string& home, const std::string& peer)
      : world(the_world),
        settings(config::parse("[External]\nHomePO = " + home +
                                   "\nDebugXCSI\n[External-Line]\nCommType = Tcp\n" + "[PostOffice " + peer +
                                   "]\nPassword = x\n",
                               folder.path() / "external.ini")) {}

  void queue(const std::string& to, std::size_t size) {
    mailqueue::Queue the_queue(settings.queue_file());
    mailqueue::Envelope envelope;
    envelope.key = "key";
    envelope.sender = settings.home_po + "/ANNA";
    envelope.recipients = {{to + "/ANNA", to}};
    envelope.accepted = world.clock.wall();
    envelope.useful_life = 24h;
    the_queue.accept(envelope, std::string(size, 'x'), world.clock.wall());
  }

  Task<> hold(line::Line& line, std::string called) {
    const std::string instance = "Line";
    const std::string connect;
    result = co_await hold_call(context, board, *settings.find_instance(instance), line, called, connect,
                                "K7Q2AB");
    line.close();
  }

  test::RealWorld& world;
  test::TempFolder folder;
  config::Settings settings;
  test::MemoryLog log;
  test::MemoryMailLogs mail_logs;
  Planner planner{test::lent(settings), world.clock, false};
  MailStore store{world.clock, test::lent(settings)};
  KeyRing keys{test::lent(settings)};
  Context context{world.io.get_executor(),
                  world.clock,
                  test::lent(settings),
                  log,
                  mail_logs,
                  store,
                  keys,
                  planner,
                  link::Dictionaries::shipped(),
                  true,
                  [] {},
                  ScriptSet(settings, {}, log)};
  Board board{world.clock, "Line", [] {}};
  CallResult result;
};

TEST(Call, EndsWithItsTotalsForEachDirectionAndTheCountersOfTheLine) {
  test::RealWorld world;
  CallEnd north(world, "NORTH/CLINIC", "SOUTH/HUB");
  CallEnd south(world, "SOUTH/HUB", "NORTH/CLINIC");
  north.queue("SOUTH/HUB", 3000);
  line::MemoryLinePair lines(world.io.get_executor(), world.clock, {.bits_per_second = 115200});
  using asio::experimental::awaitable_operators::operator&&;
  world.run([](CallEnd& n, CallEnd& s, line::MemoryLinePair& l) -> Task<> {
    co_await (n.hold(l.a(), "SOUTH/HUB") && s.hold(l.b(), ""));
  }(north, south, lines));
  EXPECT_TRUE(north.result.ok) << north.log.all();
  EXPECT_TRUE(north.result.moved_mail);
  EXPECT_FALSE(north.result.hung_up);
  EXPECT_EQ(south.result.peer, "NORTH/CLINIC");
  EXPECT_THAT(north.log.lines,
              Contains(ContainsRegex("Session of [0-9.]+ s: 1 message sent, 0 received, line efficiency "
                                     "[0-9.]+ sending, 0\\.00 receiving, ")));
  EXPECT_THAT(south.log.lines,
              Contains(ContainsRegex("line efficiency 0\\.00 sending, [0-9.]+ receiving, ")));
  // On the real clock a busy computer may make a timer run out.
  const auto block =
      ElementsAre("Line: Diagnostics for connection:", "Line:   Bad STX   0", "Line:   Bad TYPE  0",
                  "Line:   Bad SEQ   0", "Line:   Bad CRC1  0", "Line:   Bad CRC2  0",
                  MatchesRegex("Line:   Time-outs [0-9]+"), MatchesRegex("Line:   Rejects   [0-9]+"));
  for (const auto* log : {&north.log, &south.log}) {
    const auto start = log->place("Diagnostics for connection:");
    ASSERT_LE(start + 9, log->lines.size()) << log->all();
    const auto at = log->lines.begin() + static_cast<std::ptrdiff_t>(start);
    EXPECT_THAT(std::vector<std::string>(at, at + 8), block);
    EXPECT_THAT(log->lines.back(), HasSubstr("Connection end. "));
  }
}

TEST(Diagnostics, NameWhatWasCountedAndWhatThePortCounted) {
  link::Statistics line;
  line.bad_starts = 1;
  line.bad_frames = 2;
  line.bad_heads = 7;
  line.out_of_order = 3;
  line.bad_checks = 4;
  line.timeouts = 5;
  line.rejects = 6;
  line::PortErrors before;
  before.overruns = 10;
  line::PortErrors after = before;
  after.overruns = 17;
  after.breaks = 1;
  EXPECT_THAT(connection_diagnostics(line, after - before),
              ElementsAre("Diagnostics for connection:", "  Bad STX   1", "  Bad TYPE  2", "  Bad SEQ   3",
                          "  Bad CRC1  7", "  Bad CRC2  4", "  Time-outs 5", "  Rejects   6",
                          "  Port: 7 overruns, 0 framing errors, 0 parity errors, 1 breaks"));
  EXPECT_EQ(connection_diagnostics(line, std::nullopt).size(), 8u);
}

}  // namespace
}  // namespace external::engine::call_test
