// Large content, in files beside the database.

#include "support.h"

#include <fstream>

namespace mailqueue::test::file_test {
namespace {

class Files : public testing::Test {
 protected:
  Folder folder;
  Options options{.memory = 50'000, .large = 200'000};
  Queue queue{folder.queue(), options};
  const std::string content = pattern(1'000'000);

  std::size_t files() const {
    const auto place = folder.path() / "queue.db-content";
    if (!std::filesystem::exists(place)) return 0;
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(place), std::filesystem::directory_iterator()));
  }
  std::filesystem::path only_file() const {
    return *std::filesystem::directory_iterator(folder.path() / "queue.db-content");
  }
  std::string_view part(std::size_t from, std::size_t size = std::string::npos) const {
    return std::string_view(content).substr(from, size);
  }
  MessageId accept(const std::string& key) { return *queue.accept(mail(key), content, noon).message; }
};

TEST_F(Files, HoldWhatIsLargeAndGoWithIt) {
  queue.accept(mail("small"), "text", noon);
  EXPECT_EQ(files(), 0u);
  const MessageId id = accept("k1");
  EXPECT_EQ(files(), 1u);
  EXPECT_EQ(all_of(queue, id), content);
  EXPECT_EQ(queue.read(id, 999'990, 100), part(999'990));
  EXPECT_EQ(queue.read(id, 2'000'000, 100), "");
  queue.check();
  queue.remove(id, noon);
  EXPECT_EQ(files(), 0u);
}

TEST_F(Files, AreReadableForNobodyElse) {
  accept("k1");
  EXPECT_EQ(std::filesystem::status(only_file()).permissions() & std::filesystem::perms::others_all,
            std::filesystem::perms::none);
}

TEST_F(Files, AreContinued) {
  {
    Writer writer = queue.partial("t1", content.size(), noon);
    writer.append(part(0, 300'000));
    writer.append(part(300'000, 100'001));
  }
  queue = Queue(folder.queue(), options);
  Writer writer = queue.partial("t1", content.size(), noon);
  ASSERT_EQ(writer.offset(), 400'001u);
  Writer same = queue.begin(noon);
  same.append(part(0, 400'001));
  EXPECT_EQ(writer.digest(), same.digest());
  for (const std::size_t cut : {400'000u, 300'000u, 1u, 0u}) {
    writer.append("wrong");
    writer.truncate(cut);
    writer.append(part(cut, 500'000 - cut));
    writer.flush(noon);
  }
  writer.append(part(500'000));
  EXPECT_EQ(all_of(queue, *writer.commit(mail("k1"), noon).message), content);
  queue.check();
}

TEST_F(Files, EndWhereTheirRowSaysWhateverElseWasWritten) {
  {
    Writer writer = queue.partial("t1", content.size(), noon);
    writer.append(part(0, 400'000));
  }
  std::ofstream(only_file(), std::ios::app) << "never flushed";
  Writer writer = queue.partial("t1", content.size(), noon);
  ASSERT_EQ(writer.offset(), 400'000u);
  writer.append(part(400'000));
  EXPECT_EQ(all_of(queue, *writer.commit(mail("k1"), noon).message), content);
}

TEST_F(Files, ThatLostTheirEndAreStartedAgain) {
  {
    Writer writer = queue.partial("t1", content.size(), noon);
    writer.append(part(0, 400'000));
  }
  std::filesystem::resize_file(only_file(), 300'000);
  EXPECT_EQ(queue.partial("t1", content.size(), noon).offset(), 0u);
  EXPECT_EQ(files(), 0u);
}

TEST_F(Files, BelongToWhoOpenedThemLast) {
  Writer stale = queue.partial("t1", content.size(), noon);
  stale.append(part(0, 300'000));
  stale.flush(noon);
  Queue other(folder.queue(), options);
  Writer fresh = other.partial("t1", content.size(), noon);
  EXPECT_EQ(error_of([&] { stale.append(std::string(300'000, 'x')); }), ErrorKind::gone);
  fresh.append(part(300'000));
  EXPECT_EQ(all_of(other, *fresh.commit(mail("k1"), noon).message), content);
}

TEST_F(Files, GoWithWhatWasNeverFinished) {
  {
    Writer writer = queue.begin(noon);
    writer.append(content);
    EXPECT_EQ(files(), 1u);
  }
  EXPECT_EQ(files(), 0u);
  {
    Writer writer = queue.partial("t1", content.size(), noon);
    writer.append(content);
  }
  EXPECT_EQ(queue.expire_partials(noon + second), 1u);
  EXPECT_EQ(files(), 0u);
}

TEST_F(Files, StayUntilTheBatchThatEndsThemIsDurable) {
  const MessageId id = accept("k1");
  {
    const Batch batch(queue);
    queue.remove(id, noon);
  }
  EXPECT_EQ(all_of(queue, id), content);
  queue.batch([&] { queue.remove(id, noon); });
  EXPECT_EQ(files(), 0u);
}

TEST_F(Files, OfABatchThatFailedAreSweptUp) {
  const MessageId kept = accept("kept");
  {
    const Batch batch(queue);
    accept("k1");
  }
  EXPECT_EQ(files(), 2u);
  queue.prune(noon);
  EXPECT_EQ(files(), 1u);
  EXPECT_EQ(all_of(queue, kept), content);
}

TEST_F(Files, ThatAreDamagedAreFound) {
  accept("k1");
  std::fstream file(only_file(), std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(500'000);
  file << "X";
  file.close();
  EXPECT_EQ(error_of([&] { queue.check(); }), ErrorKind::corrupt);
}

TEST_F(Files, CanHoldANotice) {
  queue.accept(mail("k1"), "text", noon);
  Envelope notice = mail("n1", {{"NORTH/CLINIC/ANN", "NORTH/CLINIC"}});
  notice.sender.clear();
  const std::vector<Work> work = queue.pick({"SOUTH/HUB"}, noon, 1);
  queue.give_back(work.at(0).ids(), "no route", notice, content, noon);
  EXPECT_EQ(all_of(queue, queue.pick({"NORTH/CLINIC"}, noon, 1).at(0).message), content);
}

}  // namespace
}  // namespace mailqueue::test::file_test
