// Messages that cannot be read: they are set aside, and the rest is served.

#include "support.h"

#include <sqlite3.h>

#include <fstream>

namespace mailqueue::test::quarantine_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class Quarantine : public testing::Test {
 protected:
  Quarantine() {
    open();
    sick = *queue->accept(mail("sick"), pattern(100'000), noon).message;
    well = *queue->accept(mail("well"), "text", noon).message;
  }

  void open() { queue.emplace(folder.queue()); }

  /// As somebody else's hand, or a bad disk, does it.
  void damage(const std::string& sql) {
    sqlite3* raw = nullptr;
    sqlite3_open(folder.queue().c_str(), &raw);
    EXPECT_EQ(sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(raw);
    sqlite3_close(raw);
  }

  /// What is picked for SOUTH/HUB when damaged messages are set aside.
  std::vector<std::string> picked() {
    const auto look = [&] { return queue->pick({"SOUTH/HUB"}, noon, 10); };
    return keys_of(past_damage(*queue, noon, look,
                               [&](const DamagedMessage& damage) { found.push_back(damage.message()); }));
  }

  State state_of(MessageId id) { return queue->show(id).value().recipients.at(0).state; }

  Folder folder;
  std::optional<Queue> queue;
  MessageId sick = 0;
  MessageId well = 0;
  std::vector<MessageId> found;
};

TEST_F(Quarantine, ADamagedRowDoesNotStopTheOthers) {
  damage("UPDATE message SET priority = 9 WHERE key = 'sick'");
  EXPECT_THAT(picked(), ElementsAre("well"));
  EXPECT_THAT(found, ElementsAre(sick));
  EXPECT_THAT(picked(), ElementsAre("well"));
  EXPECT_THAT(found, SizeIs(1)) << "set aside twice";
  const auto listed = queue->list({.state = State::quarantined});
  ASSERT_THAT(listed, SizeIs(1));
  EXPECT_EQ(listed[0].id, sick);
  EXPECT_THAT(listed[0].damage, HasSubstr("priority"));
  EXPECT_THAT(listed[0].recipients[0].error, HasSubstr("priority"));
  EXPECT_EQ(queue->set_aside().at(0).quarantined, 1u);
  EXPECT_THAT(queue->history(sick).back().text, HasSubstr("quarantined, message "));
}

TEST_F(Quarantine, EveryKindOfDamageToAnEnvelopeIsFound) {
  for (const std::string change :
       {"key = ''", "priority = -1", "digest = x'00'", "size = -1", "useful_life = -1"}) {
    damage("UPDATE message SET " + change + " WHERE id = " + std::to_string(sick));
    EXPECT_EQ(error_of([&] { queue->pick({"SOUTH/HUB"}, noon, 10); }), ErrorKind::damaged) << change;
    EXPECT_EQ(queue->remove(sick, noon), 1u) << change;
    EXPECT_NO_THROW(queue->pick({"SOUTH/HUB"}, noon, 10));
    sick = *queue->accept(mail("sick" + change), pattern(100'000), noon).message;
  }
}

TEST_F(Quarantine, AMessageOfWhichOnlyRecipientsAreLeftCanBeDeleted) {
  damage("DELETE FROM message WHERE key = 'sick'");
  EXPECT_THAT(picked(), ElementsAre("well"));
  EXPECT_EQ(state_of(sick), State::quarantined);
  EXPECT_EQ(queue->remove(sick, noon), 1u);
  EXPECT_FALSE(queue->show(sick));
  EXPECT_EQ(queue->remove(well, noon), 1u);
  EXPECT_THAT(queue->waiting(), IsEmpty());
}

TEST_F(Quarantine, ContentThatHasChangedIsFound) {
  queue->verify(sick);
  damage("UPDATE chunk SET bytes = zeroblob(length(bytes)) WHERE start = 0");
  EXPECT_EQ(error_of([&] { queue->verify(sick); }), ErrorKind::damaged);
  EXPECT_NO_THROW(queue->verify(well));
}

TEST_F(Quarantine, ContentThatIsShorterIsFoundByReading) {
  damage("DELETE FROM chunk WHERE start > 0");
  EXPECT_EQ(error_of([&] { all_of(*queue, sick); }), ErrorKind::damaged);
}

TEST_F(Quarantine, APageThatTheDiskHasSpoiltIsTheMessagesOwnTrouble) {
  queue.reset();
  std::string bytes;
  {
    std::ifstream file(folder.queue(), std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(file), {});
  }
  const auto place = bytes.find(pattern(100'000).substr(70'000, 64));
  ASSERT_NE(place, std::string::npos);
  {
    std::fstream file(folder.queue(), std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(place));
    file << std::string(10'000, 'X');
  }
  open();
  EXPECT_EQ(error_of([&] { queue->verify(sick); }), ErrorKind::damaged);
  EXPECT_EQ(all_of(*queue, well), "text");
}

TEST_F(Quarantine, AContentFileThatIsMissingIsDamageAndNotAMessageThatIsGone) {
  auto writer = queue->partial("t1", 2 << 20, noon);
  writer.append(pattern(2 << 20));
  const auto large = *writer.commit(mail("large"), noon).message;
  std::filesystem::remove_all(folder.path() / "queue.db-content");
  EXPECT_EQ(error_of([&] { queue->read(large, 0, 10); }), ErrorKind::damaged);
  EXPECT_EQ(error_of([&] { queue->read(large + 1, 0, 10); }), ErrorKind::gone);
  EXPECT_EQ(queue->quarantine(large, "its file is missing", noon), 1u);
  EXPECT_EQ(queue->remove(large, noon), 1u);
}

TEST_F(Quarantine, APersonRetriesReturnsOrDeletes) {
  EXPECT_EQ(queue->quarantine(sick, "sick", noon), 1u);
  EXPECT_EQ(queue->quarantine(sick, "sick", noon), 0u);
  EXPECT_THAT(picked(), ElementsAre("well"));
  EXPECT_EQ(queue->release(sick, noon), 0u);
  EXPECT_EQ(queue->retry(sick, noon), 1u);
  EXPECT_THAT(picked(), ElementsAre("sick", "well"));
  queue->quarantine(sick, "sick", noon);
  Envelope notice = mail("notice");
  notice.sender = "";
  EXPECT_EQ(
      queue->give_back(std::array{queue->show(sick)->recipients[0].id}, "damaged", notice, "text", noon), 1u);
  EXPECT_FALSE(queue->show(sick));
  queue->check();
}

TEST_F(Quarantine, WhatWasInTransferIsTakenOutOfIt) {
  Work work = queue->pick({"SOUTH/HUB"}, noon, 1).at(0);
  queue->start_transfer(work);
  EXPECT_EQ(queue->quarantine(sick, "sick", noon), 1u);
  EXPECT_THAT(queue->wanted(work.ids(), noon), IsEmpty());
  EXPECT_THAT(queue->fail(work.ids(), "the call broke", noon, true, noon), IsEmpty());
  EXPECT_EQ(state_of(sick), State::quarantined);
}

TEST_F(Quarantine, AStartWithADamagedMessageInTransferSucceeds) {
  Work work = queue->pick({"SOUTH/HUB"}, noon, 1).at(0);
  queue->start_transfer(work);
  damage("DELETE FROM message WHERE key = 'sick'");
  EXPECT_EQ(queue->recover(noon), 1u);
  EXPECT_THAT(picked(), ElementsAre("well"));
}

}  // namespace
}  // namespace mailqueue::test::quarantine_test
