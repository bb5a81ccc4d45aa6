// What the queue does when it cannot go on.

#include "support.h"

#include <sqlite3.h>

#include <fstream>
#include <future>
#include <memory>
#include <thread>

#include <unistd.h>

namespace mailqueue::test::guard_test {
namespace {

using testing::HasSubstr;

struct Close {
  void operator()(sqlite3* connection) const { sqlite3_close(connection); }
};
using Connection = std::unique_ptr<sqlite3, Close>;

/// Another program's connection, with `sql` run on it.
Connection run_sql(const std::filesystem::path& file, const char* sql) {
  sqlite3* raw = nullptr;
  sqlite3_open(file.c_str(), &raw);
  Connection connection(raw);
  EXPECT_EQ(sqlite3_exec(raw, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(raw);
  return connection;
}

/// Runs as an ordinary user, whom file modes bind, as long as it lives.
class Unprivileged {
 public:
  Unprivileged() : before_(::geteuid()) {
    if (before_ == 0 && ::seteuid(65534) != 0) throw std::runtime_error("seteuid failed");
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;
  ~Unprivileged() {
    if (::seteuid(before_) != 0) std::abort();
  }

 private:
  uid_t before_;
};

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

class Guard : public testing::Test {
 protected:
  Folder folder;

  std::optional<ErrorKind> open_error() {
    return error_of([&] { Queue{folder.queue()}; });
  }
};

TEST_F(Guard, ANewerQueueIsRefused) {
  Queue{folder.queue()};
  run_sql(folder.queue(), "PRAGMA user_version = 99");
  try {
    Queue{folder.queue()};
    FAIL() << "was opened";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::newer);
    EXPECT_THAT(error.what(), HasSubstr("update this program"));
  }
}

TEST_F(Guard, AForeignDatabaseIsRefusedAndNotTouched) {
  run_sql(folder.queue(), "CREATE TABLE theirs (x)");
  const std::string before = bytes_of(folder.queue());
  EXPECT_EQ(open_error(), ErrorKind::foreign);
  EXPECT_EQ(bytes_of(folder.queue()), before);
}

TEST_F(Guard, AFileThatIsNoDatabaseIsRefusedAndNotTouched) {
  const std::string text = pattern(10'000);
  std::ofstream(folder.queue(), std::ios::binary) << text;
  EXPECT_EQ(open_error(), ErrorKind::corrupt);
  EXPECT_EQ(bytes_of(folder.queue()), text);
}

TEST_F(Guard, DamageIsFound) {
  {
    Queue queue(folder.queue());
    queue.accept(mail("k1"), pattern(500'000), noon);
  }
  std::fstream file(folder.queue(), std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(300'000);
  file << std::string(20'000, 'X');
  file.close();
  const Queue queue(folder.queue());
  EXPECT_EQ(error_of([&] { queue.check(); }), ErrorKind::corrupt);
}

TEST_F(Guard, ALostTableIsFound) {
  Queue{folder.queue()};
  run_sql(folder.queue(), "DROP TABLE seen");
  Queue queue(folder.queue());
  EXPECT_EQ(error_of([&] { queue.accept(mail("k1"), "text", noon); }), ErrorKind::corrupt);
}

TEST_F(Guard, AMissingFolderIsNamed) {
  try {
    Queue{folder.path() / "missing" / "queue.db"};
    FAIL() << "was opened";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::cannot_open);
    EXPECT_THAT(error.what(), HasSubstr("No such file or directory"));
  }
}

TEST_F(Guard, AQueueThatCannotBeWrittenIsRefused) {
  Queue{folder.queue()};
  using std::filesystem::perms;
  std::filesystem::permissions(folder.queue(), perms::owner_read | perms::group_read | perms::others_read);
  std::filesystem::permissions(folder.path(), perms::all);
  const Unprivileged user;
  EXPECT_EQ(open_error(), ErrorKind::read_only);
}

TEST_F(Guard, MailIsNotReadableByEverybody) {
  Queue queue(folder.queue());
  queue.accept(mail("k1"), "text", noon);
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
    EXPECT_EQ(file.status().permissions() & std::filesystem::perms::others_all, std::filesystem::perms::none)
        << file.path();
  }
}

TEST_F(Guard, AnotherProgramsLockIsWaitedForOnlySoLong) {
  Queue queue(folder.queue(), {.busy_timeout = std::chrono::milliseconds(1)});
  {
    const Connection other = run_sql(folder.queue(), "BEGIN IMMEDIATE");
    EXPECT_EQ(error_of([&] { queue.accept(mail("k1"), "text", noon); }), ErrorKind::locked);
    EXPECT_EQ(queue.totals().messages, 0u);
  }
  EXPECT_EQ(queue.accept(mail("k1"), "text", noon).recipients, 1u);
}

TEST_F(Guard, AFullDiskChangesNothing) {
  Queue queue(folder.queue(), {.max_pages = 100});
  queue.accept(mail("k1"), "text", noon);
  EXPECT_EQ(error_of([&] { queue.accept(mail("k2"), pattern(600'000), noon); }), ErrorKind::full);
  EXPECT_EQ(queue.totals().messages, 1u);
  EXPECT_TRUE(queue.seen("k2", {"SOUTH/HUB/BOB"}).empty());
  queue.check();

  queue.delivered(queue.pick({"SOUTH/HUB"}, noon, 1).at(0).ids(), noon);
  EXPECT_EQ(queue.accept(mail("k2"), pattern(200'000), noon).recipients, 1u);
}

TEST_F(Guard, AWriterSurvivesAFullDisk) {
  Queue queue(folder.queue(), {.max_pages = 100});
  const std::string content = pattern(600'000);
  Writer writer = queue.partial("t1", content.size(), noon);
  EXPECT_EQ(error_of([&] { writer.append(content); }), ErrorKind::full);
  EXPECT_EQ(error_of([&] { writer.flush(noon); }), ErrorKind::full);
  ASSERT_LT(writer.offset(), content.size());

  Queue roomy(folder.queue());
  const std::uint64_t kept = queue.totals().partial_bytes;
  writer = roomy.partial("t1", content.size(), noon);
  EXPECT_GE(writer.offset(), kept);
  EXPECT_GT(writer.offset(), 0u);
  writer.append(std::string_view(content).substr(writer.offset()));
  EXPECT_EQ(all_of(roomy, *writer.commit(mail("k1"), noon).message), content);
}

TEST_F(Guard, OpeningAQueueWithoutItsLogWaitsForAnotherProgram) {
  { const Queue made(folder.queue()); }
  Connection other = run_sql(folder.queue(), "PRAGMA journal_mode = DELETE; BEGIN IMMEDIATE");
  std::future<void> opened = std::async(std::launch::async, [this] {
    Queue(folder.queue(), {.busy_timeout = std::chrono::seconds(60)}).check();
  });
  EXPECT_EQ(opened.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  other.reset();
  EXPECT_NO_THROW(opened.get());
}

TEST_F(Guard, SeveralProgramsOpenANewQueueAtOnceAndAccept) {
  constexpr int programs = 6;
  constexpr int mails = 20;
  {
    std::vector<std::jthread> threads;
    for (int program = 0; program < programs; ++program) {
      threads.emplace_back([&, program] {
        Queue queue(folder.queue(), {.busy_timeout = std::chrono::seconds(60)});
        for (int i = 0; i < mails; ++i) {
          queue.accept(mail("k" + std::to_string(i % 10 + 10 * program)), "text", noon);
          queue.accept(mail("shared" + std::to_string(i)), "text", noon);
        }
      });
    }
  }
  const Queue queue(folder.queue());
  EXPECT_EQ(queue.pick({"SOUTH/HUB"}, noon, 1000).size(), 10u * programs + mails);
  queue.check();
}

}  // namespace
}  // namespace mailqueue::test::guard_test
