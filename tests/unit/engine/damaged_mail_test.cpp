// Messages that cannot be read: set aside, told once, and the rest moves.

#include "mailroom_pair.h"

#include <gmock/gmock.h>
#include <sqlite3.h>

namespace external::engine::damaged_mail_test {
namespace {

using mailqueue::State;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

/// As a bad disk does it.
void damage(const Office& office, const std::string& sql) {
  sqlite3* raw = nullptr;
  sqlite3_open((office.folder / "queue.db").c_str(), &raw);
  EXPECT_EQ(sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(raw);
  sqlite3_close(raw);
}

std::vector<mailqueue::MessageId> quarantined(const Office& office) {
  std::vector<mailqueue::MessageId> ids;
  mailqueue::Filter filter;
  filter.state = State::quarantined;
  for (const auto& message : office.mail->list(filter)) ids.push_back(message.id);
  return ids;
}

/// One sick message of `size` among well ones, damaged by `sql`, then a call.
void expect_the_rest_to_move(std::size_t size, const std::string& sql) {
  Offices o;
  o.north.queue(o.world, some_text(1000, 1));
  const auto sick = o.north.queue(o.world, some_text(size, 2));
  o.north.queue(o.world, some_text(1000, 3));
  if (sql.empty()) {
    std::filesystem::remove_all(o.north.folder / "queue.db-content");
  } else {
    damage(o.north, sql);
  }
  Call call(o.world, o.north, o.south);
  ASSERT_TRUE(call.finish()) << call.result_a->message();
  EXPECT_EQ(o.south.messages().size(), 2u) << sql;
  EXPECT_THAT(quarantined(o.north), ElementsAre(sick)) << sql;
  EXPECT_THAT(o.north.survey(o.world), ElementsAre(AllOf(StartsWith("Quarantined message 2 cannot be read: "),
                                                         HasSubstr("external queue show 2"))))
      << sql;
  EXPECT_THAT(o.north.survey(o.world), IsEmpty());
}

TEST(DamagedMail, AnEnvelope) {
  expect_the_rest_to_move(1000, "UPDATE message SET priority = 7 WHERE id = 2");
  expect_the_rest_to_move(1000, "DELETE FROM message WHERE id = 2");
}

TEST(DamagedMail, ASmallContentThatHasChanged) {
  expect_the_rest_to_move(1000, "UPDATE message SET bytes = zeroblob(1000) WHERE id = 2");
}

TEST(DamagedMail, ALargeContentThatHasChanged) {
  expect_the_rest_to_move(200'000, "UPDATE chunk SET bytes = zeroblob(length(bytes)) WHERE start > 0");
}

TEST(DamagedMail, ALargeContentThatIsIncomplete) {
  expect_the_rest_to_move(200'000, "DELETE FROM chunk WHERE start > 0");
}

TEST(DamagedMail, AFileThatIsMissing) {
  expect_the_rest_to_move(2 << 20, "");
}

// One corrupt message ended the original, and again after each restart.
TEST(Defect, Q173099_ACorruptMessageStopsNeitherTheProgramNorTheOthers) {
  Offices o;
  o.north.queue(o.world, some_text(1000, 1));
  o.north.queue(o.world, some_text(1000, 2));
  damage(o.north, "UPDATE recipient SET state = 1 WHERE id >> 20 = 1; DELETE FROM message WHERE id = 1");
  o.north.mail.reset();
  o.north.store.reset();
  o.north.open(o.world);
  Call call(o.world, o.north, o.south);
  ASSERT_TRUE(call.finish());
  EXPECT_EQ(o.south.messages().size(), 1u);
  EXPECT_THAT(quarantined(o.north), ElementsAre(1));
}

// Sixteen minutes of a locked file destroyed the message.
TEST(Defect, Q113165_AMessageWhoseFileCannotBeReadIsNeverDestroyed) {
  Offices o;
  o.north.queue(o.world, some_text(2 << 20, 1));
  const auto folder = o.north.folder / "queue.db-content";
  const auto away = o.north.folder / "away";
  std::filesystem::rename(folder, away);
  {
    Call call(o.world, o.north, o.south);
    ASSERT_TRUE(call.finish());
  }
  o.world.clock.advance(20min);
  o.north.survey(o.world);
  ASSERT_THAT(quarantined(o.north), SizeIs(1));
  std::filesystem::rename(away, folder);
  o.north.mail->retry(1, o.world.clock.wall());
  Call call(o.world, o.north, o.south, 0);
  ASSERT_TRUE(call.finish());
  EXPECT_EQ(o.south.messages().size(), 1u);
}

TEST(DamagedMail, ThatIsForAMailboxHereIsNotDelivered) {
  Offices o;
  std::filesystem::create_directories(o.north.folder / "mail");
  postoffice::Mailboxes(o.north.folder / "mail").add("BOB");
  o.north.peer = "NORTH/CLINIC";  // to a mailbox of its own
  o.north.queue(o.world, some_text(1000, 1));
  o.north.queue(o.world, some_text(1000, 2));
  damage(o.north, "UPDATE message SET bytes = zeroblob(1000) WHERE id = 1");
  const auto lines = o.north.survey(o.world);
  EXPECT_THAT(lines, SizeIs(2));
  EXPECT_THAT(quarantined(o.north), ElementsAre(1));
  EXPECT_EQ(o.north.messages().size(), 1u) << "the other was delivered";
}

TEST(DamagedMail, ThatIsTooOldIsNotReturnedInPieces) {
  Offices o;
  o.north.queue(o.world, some_text(1000, 1));
  damage(o.north, "UPDATE message SET expires = 1, digest = x'00' WHERE id = 1");
  EXPECT_THAT(o.north.survey(o.world), SizeIs(1));
  EXPECT_THAT(quarantined(o.north), ElementsAre(1));
}

TEST(HeldDestination, IsPassedOverInACallAndNoReasonForOne) {
  Offices o;
  o.north.queue(o.world, some_text(1000, 1));
  o.north.mail->hold(mailqueue::Held::destination, "SOUTH/HUB", o.world.clock.wall());
  Survey survey;
  const auto look = [](MailStore& store, Survey& to) -> Task<> { to = co_await store.survey(); };
  asio::co_spawn(o.world.io, look(*o.north.store, survey), asio::detached);
  o.world.clock.advance(1s);
  EXPECT_THAT(survey.hops, IsEmpty());
  ASSERT_THAT(survey.queue, SizeIs(1));
  EXPECT_TRUE(survey.queue[0].held);
  {
    Call call(o.world, o.north, o.south);
    ASSERT_TRUE(call.finish());
    EXPECT_THAT(o.south.messages(), IsEmpty());
  }
  o.north.mail->release(mailqueue::Held::destination, "SOUTH/HUB");
  Call call(o.world, o.north, o.south);
  ASSERT_TRUE(call.finish());
  EXPECT_EQ(o.south.messages().size(), 1u);
}

TEST(HeldDestination, StopsWhatIsOnItsWay) {
  Offices o;
  o.north.queue(o.world, some_text(400'000, 1));
  Call call(o.world, o.north, o.south);
  o.world.clock.advance(10s);
  o.north.mail->hold(mailqueue::Held::destination, "SOUTH/HUB", o.world.clock.wall());
  o.world.clock.advance(10s);
  ASSERT_TRUE(call.result_a) << "the call goes on";
  EXPECT_THAT(o.south.messages(), IsEmpty());
  EXPECT_EQ(o.north.mail->list().at(0).recipients.at(0).state, State::queued);
}

}  // namespace
}  // namespace external::engine::damaged_mail_test
