// A post office that cannot be reached, on whole engines.

#include "virtual_town.h"

namespace external::matrix::retries_test {
namespace {

TEST(Retries, WhoDoesNotAnswerIsUndialableUntilItCallsUs) {
  VirtualTown town;
  town.north.rules("SOUTH/HUB", "UndialableAfter = 3\nUndialableFor = 8h\nRetries = 255\n");
  town.south.dials("NORTH/CLINIC", "5550001");
  ASSERT_TRUE(town.north.start_and_initialise());
  town.north.queue("SOUTH/HUB/ANNA", "Subject: one\n\n");
  ASSERT_TRUE(town.north.log_gets("SOUTH/HUB: Undialable until ", 1h)) << town.north.log.all();
  town.clock.advance(10s);
  const auto calls = town.north.engine->report().calls;
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].post_office, "SOUTH/HUB");
  EXPECT_TRUE(calls[0].undialable);
  EXPECT_EQ(calls[0].failures, 3);

  // Neither new mail nor a restart changes that.
  const auto dialled = town.north.log.count("Calling: SOUTH/HUB");
  town.north.queue("SOUTH/HUB/ANNA", "Subject: two\n\n");
  town.clock.advance(1h);
  ASSERT_TRUE(town.north.stop());
  ASSERT_TRUE(town.north.start_and_initialise());
  town.clock.advance(1h);
  EXPECT_EQ(town.north.log.count("Calling: SOUTH/HUB"), dialled) << town.north.log.all();
  EXPECT_TRUE(town.north.engine->report().calls.at(0).undialable);

  town.south.start();
  town.south.queue("NORTH/CLINIC/ANNA", "Subject: three\n\n");
  EXPECT_TRUE(town.run_until([&] { return town.south.mailbox().size() == 2; }, 10min))
      << town.north.log.all();
  EXPECT_TRUE(town.run_until([&] { return town.north.engine->report().calls.empty(); }, 1min));
  EXPECT_TRUE(town.north.log.has("SOUTH/HUB: No longer undialable")) << town.north.log.all();
  town.expect_mail_passes();
}

TEST(Retries, ExternalRetryDialsAtOnce) {
  VirtualTown town;
  town.north.rules("SOUTH/HUB", "UndialableAfter = 2\nUndialableFor = 8h\nRetries = 255\n");
  ASSERT_TRUE(town.north.start_and_initialise());
  town.north.queue("SOUTH/HUB/ANNA", "Subject: one\n\n");
  ASSERT_TRUE(town.north.log_gets("SOUTH/HUB: Undialable until ", 1h)) << town.north.log.all();
  town.south.start();
  ASSERT_TRUE(town.south.is_in_state(engine::LineState::listening));
  {
    mailqueue::Queue queue(town.north.folder.path() / "queue.db");
    queue.forget_call("SOUTH/HUB");
    queue.retry_all({"SOUTH/HUB"}, town.clock.wall());
  }
  town.north.engine->news();
  EXPECT_TRUE(town.run_until([&] { return town.south.mailbox().size() == 1; }, 5min)) << town.north.log.all();
}

}  // namespace
}  // namespace external::matrix::retries_test
