#include "run.h"

#include <external/base/descriptor.h>
#include <external/log/mail_log_files.h>
#include <external/log/session_log.h>

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace external::log::session_log_test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

class SessionLogTest : public testing::Test {
 protected:
  SessionLogTest() {
    std::string pattern = testing::TempDir() + "session-log-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    path_ = folder_ + "/Session.log";
  }
  ~SessionLogTest() override { std::filesystem::remove_all(folder_); }

  test::VirtualWorld world_;
  std::string folder_;
  std::string path_;
};

TEST_F(SessionLogTest, AppendsToWhatIsThere) {
  std::ofstream(path_) << "before\n";
  SessionLog log(world_.clock, path_);
  log.write("Modem1", "Answering call");
  log.close();
  EXPECT_THAT(lines_of(path_), ElementsAre("before", EndsWith(" Answering call")));
}

TEST_F(SessionLogTest, CanBeReadByOthersWhileItIsOpen) {
  const mode_t before = ::umask(022);
  SessionLog log(world_.clock, path_);
  ::umask(before);
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0644u);
}

TEST_F(SessionLogTest, SaysHowToCureAFileThatCannotBeOpened) {
  const auto missing = folder_ + "/none/Session.log";
  try {
    SessionLog log(world_.clock, missing);
    FAIL() << "opened";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), testing::StartsWith("Error on log file open: " + missing));
    EXPECT_THAT(error.what(), HasSubstr("No such file or directory; "));
  }
}

TEST_F(SessionLogTest, OpensANewFileWhenTheOldOneWasRenamed) {
  SessionLog log(world_.clock, path_);
  std::filesystem::rename(path_, path_ + ".1");
  log.write("", "after");
  log.close();
  EXPECT_THAT(lines_of(path_ + ".1"), IsEmpty());
  EXPECT_THAT(lines_of(path_), ElementsAre(EndsWith(" after")));
}

TEST_F(SessionLogTest, ReopenMakesTheFileEvenIfNothingIsWritten) {
  SessionLog log(world_.clock, path_);
  std::filesystem::remove(path_);
  log.reopen();
  log.close();
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(SessionLogTest, StaysWithTheOldFileWhenANewOneCannotBeMade) {
  SessionLog log(world_.clock, path_);
  const auto aside = folder_ + "-aside";
  std::filesystem::rename(folder_, aside);
  log.write("", "still here");
  log.close();
  EXPECT_THAT(lines_of(aside + "/Session.log"), ElementsAre(EndsWith(" still here")));
  std::filesystem::rename(aside, folder_);
}

TEST_F(SessionLogTest, NeitherWritingNorClosingWaitsForAPipeThatNobodyReads) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  Descriptor reader(::open(path_.c_str(), O_RDONLY | O_NONBLOCK));
  SessionLog log(world_.clock, path_, {.queued_lines = 64});
  const std::string filler(1000, 'x');
  for (int i = 0; i < 1000; ++i) log.write("", filler);  // 1 MB into a pipe of 64 KB
  log.close(20ms);
  EXPECT_EQ(log.tail().lines().size(), 200u);
}

TEST_F(SessionLogTest, KeepsTheNewestLinesForTheScreen) {
  SessionLog log(world_.clock, path_, {.tail_lines = 2});
  std::vector<std::string> followed;
  {
    auto subscription = log.tail().follow([&](const std::string& line) { followed.push_back(line); });
    log.write("", "one");
    log.write("", "two");
  }
  log.write("", "three");
  EXPECT_THAT(log.tail().lines(), ElementsAre(EndsWith("two"), EndsWith("three")));
  EXPECT_THAT(followed, ElementsAre(EndsWith("one"), EndsWith("two")));
}

TEST_F(SessionLogTest, WritesNothingMoreAfterClose) {
  SessionLog log(world_.clock, path_);
  log.close();
  log.write("", "late");
  log.reopen();
  EXPECT_THAT(lines_of(path_), IsEmpty());
  EXPECT_THAT(log.tail().lines(), Not(IsEmpty()));
}

TEST_F(SessionLogTest, MarksTheLinesOfACall) {
  SessionLog log(world_.clock, path_);
  log.write("Modem1", "before");
  {
    const CallMark mark(log, "Modem1", "3V8Q2A");
    log.write("Modem1", "dialled");
    log.write("Modem2", "of another line");
    log.write_of_call("Modem1", "3V8Q29", "of the call before");
  }
  log.write("Modem1", "after");
  log.close();
  EXPECT_THAT(
      lines_of(path_),
      ElementsAre(EndsWith(" before"), EndsWith(" dialled [call 3V8Q2A]"), EndsWith(" of another line"),
                  EndsWith(" of the call before [call 3V8Q29]"), EndsWith(" after")));
}

TEST_F(SessionLogTest, WritesInTheFormThatIsAskedForAndShowsTheClassicOne) {
  for (const auto format : {Format::iso, Format::json}) {
    SessionLog log(world_.clock, path_, {.format = format});
    log.write("Modem1", "Calling: SOUTH/HUB");
    EXPECT_EQ(log.tail().lines().back(), format_entry("Modem1", world_.clock.wall(), "Calling: SOUTH/HUB"));
  }
  EXPECT_THAT(lines_of(path_), ElementsAre(EndsWith(" Modem1 Calling: SOUTH/HUB"),
                                           HasSubstr("\"code\":\"call-dialled\",\"text\":\"Calling: ")));
}

TEST_F(SessionLogTest, SaysInTheSameFormThatLinesAreMissing) {
  std::filesystem::create_symlink("/dev/full", path_);
  SessionLog log(world_.clock, path_, {.format = Format::json});
  log.write("", "lost");
  std::filesystem::remove(path_);
  log.close();
  for (const auto& line : lines_of(path_)) EXPECT_TRUE(line.starts_with('{')) << line;
}

TEST_F(SessionLogTest, RotatesTheFilesBesideItByTheSameRules) {
  MailLogPaths paths;
  paths.sent = folder_ + "/Sent.log";
  SessionLog log(world_.clock, path_, {.rotation = {.bytes = 1, .keep = 1}});
  MailLogFiles files(world_.clock, log, paths);
  for (int i = 0; i < 2; ++i) files.sent({1, "A/A/X", {"B/B/Y"}, "B/B", "k"});
  log.close();
  EXPECT_THAT(lines_of(*paths.sent), testing::SizeIs(1));
  EXPECT_THAT(lines_of(*paths.sent + ".1"), testing::SizeIs(1));
}

/// A journal that takes what is sent to it, as far as there is room.
class FakeJournal {
 public:
  explicit FakeJournal(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }

  std::string next() {
    char buffer[4096];
    const auto count = ::recv(socket_.get(), buffer, sizeof buffer, 0);
    return count < 0 ? "nothing" : std::string(buffer, static_cast<std::size_t>(count));
  }

 private:
  Descriptor socket_;
};

TEST_F(SessionLogTest, TellsTheJournalWhatIsKnownOfEachLine) {
  const auto socket = folder_ + "/journal";
  FakeJournal journal(socket);
  SessionLog log(world_.clock, path_, {.journal = socket});
  log.write_of_call("Modem1", "3V8Q2A", "SOUTH/HUB: Call failed: BUSY. Next attempt at 23:30.");
  EXPECT_EQ(journal.next(),
            "MESSAGE=SOUTH/HUB: Call failed: BUSY. Next attempt at 23:30.\nPRIORITY=4\n"
            "SYSLOG_IDENTIFIER=external\nINSTANCE=Modem1\nCALL=3V8Q2A\nCODE=call-failed\n"
            "POST_OFFICE=SOUTH/HUB\n");
  log.write("", "two\nFORGED=1");
  EXPECT_EQ(journal.next(), "MESSAGE=two^JFORGED=1\nPRIORITY=6\nSYSLOG_IDENTIFIER=external\n");
}

TEST_F(SessionLogTest, DoesNotMindAJournalThatIsAbsentOrFull) {
  const auto socket = folder_ + "/journal";
  SessionLog log(world_.clock, path_, {.journal = socket});
  log.write("", "nobody there");
  FakeJournal journal(socket);
  for (int i = 0; i < 10'000; ++i) log.write("", "more than it takes");  // would wait for ever
  log.close();
  EXPECT_THAT(journal.next(), HasSubstr("MESSAGE=more than it takes\n"));
  EXPECT_THAT(lines_of(path_).front(), EndsWith("nobody there"));
}

TEST_F(SessionLogTest, HasFilesBesideIt) {
  MailLogPaths paths;
  paths.sent = folder_ + "/Sent.log";
  paths.system = folder_ + "/System.log";
  SessionLog log(world_.clock, path_);
  MailLogFiles files(world_.clock, log, paths);
  files.sent({1, "A/A/X", {"B/B/Y"}, "B/B", "k"});
  files.received({1, "A/A/X", {"B/B/Y"}, "B/B", "k"});  // nobody wants it
  files.problem({"A/A/X", {}, "k", {"[001] unable to deliver"}});
  log.write("", "x");
  log.close();
  EXPECT_THAT(lines_of(*paths.sent), ElementsAre(HasSubstr("A/A/X")));
  EXPECT_THAT(lines_of(*paths.system), testing::SizeIs(9));
  EXPECT_THAT(lines_of(path_), ElementsAre(EndsWith(" x")));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 3);
}

TEST_F(SessionLogTest, ReopensTheFilesBesideIt) {
  MailLogPaths paths;
  paths.call_in = folder_ + "/Callin.log";
  SessionLog log(world_.clock, path_);
  MailLogFiles files(world_.clock, log, paths);
  std::filesystem::rename(*paths.call_in, folder_ + "/Callin.log.1");
  log.reopen();
  files.answered({});
  log.close();
  EXPECT_THAT(lines_of(*paths.call_in), testing::SizeIs(1));
  EXPECT_THAT(lines_of(folder_ + "/Callin.log.1"), IsEmpty());
}

TEST_F(SessionLogTest, NamesTheSettingOfAFileThatCannotBeOpened) {
  MailLogPaths paths;
  paths.call_out = folder_ + "/none/Callout.log";
  SessionLog log(world_.clock, path_);
  try {
    MailLogFiles(world_.clock, log, paths);
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("Callout.log: No such file or directory; name a file in a folder that"));
    EXPECT_THAT(error.what(), EndsWith("(LogCallOut)"));
  }
}

}  // namespace
}  // namespace external::log::session_log_test
