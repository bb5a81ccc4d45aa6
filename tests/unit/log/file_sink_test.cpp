#include "../../../src/log/file_sink.h"

#include "../../system/small_disk.h"

#include <external/log/entry.h>

#include <gmock/gmock.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>

namespace external::log::file_sink_test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::EndsWith;

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

class FileSinkTest : public testing::Test {
 protected:
  FileSinkTest() {
    std::string pattern = testing::TempDir() + "file-sink-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    path_ = folder_ + "/log";
  }
  ~FileSinkTest() override { std::filesystem::remove_all(folder_); }

  static void write(FileSink& sink, const std::string& line, WallTime when = {}) {
    sink.log(spdlog::details::log_msg(when, {}, {}, spdlog::level::info, line));
  }

  // A change of the name behind the open file, as a rotation makes it.
  void put_in_place(const std::string& target) {
    std::filesystem::remove(path_);
    if (!target.empty()) std::filesystem::create_symlink(target, path_);
  }

  std::string folder_;
  std::string path_;
};

TEST_F(FileSinkTest, SaysHowManyLinesAFullDiskCost) {
  std::filesystem::create_symlink("/dev/full", path_);
  FileSink sink(path_);
  write(sink, "lost 1");
  write(sink, "lost 2");
  put_in_place("");
  write(sink, "kept");
  EXPECT_THAT(lines_of(path_),
              ElementsAre(EndsWith("2 lines are missing here: No space left on device"), "kept"));
}

TEST_F(FileSinkTest, SaysItOnlyOnce) {
  std::filesystem::create_symlink("/dev/full", path_);
  FileSink sink(path_);
  write(sink, "lost");
  put_in_place("");
  sink.flush();
  write(sink, "kept");
  EXPECT_THAT(lines_of(path_),
              ElementsAre(EndsWith("1 line is missing here: No space left on device"), "kept"));
}

TEST_F(FileSinkTest, SaysHowManyLinesTheQueueDropped) {
  std::size_t dropped = 0;
  FileSink sink(path_);
  sink.count_dropped_with([&] { return dropped; });
  write(sink, "one");
  dropped = 5;
  write(sink, "two");
  dropped = 7;
  write(sink, "three");
  EXPECT_THAT(lines_of(path_),
              ElementsAre("one", EndsWith("5 lines are missing here: the disk was too slow"), "two",
                          EndsWith("2 lines are missing here: the disk was too slow"), "three"));
}

TEST_F(FileSinkTest, OutlivesThePipeReader) {
  std::signal(SIGPIPE, SIG_IGN);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  Descriptor reader(::open(path_.c_str(), O_RDONLY | O_NONBLOCK));
  FileSink sink(path_);
  reader.reset();
  write(sink, "lost");
  put_in_place("");
  write(sink, "kept");
  EXPECT_THAT(lines_of(path_), ElementsAre(EndsWith("1 line is missing here: Broken pipe"), "kept"));
}

TEST_F(FileSinkTest, FollowsTheNameWhenAnotherFileTakesIt) {
  FileSink sink(path_);
  write(sink, "one");
  std::filesystem::rename(path_, path_ + ".1");
  std::ofstream(path_) << "other\n";
  write(sink, "two");
  EXPECT_THAT(lines_of(path_ + ".1"), ElementsAre("one"));
  EXPECT_THAT(lines_of(path_), ElementsAre("other", "two"));
}

TEST_F(FileSinkTest, BeginsAnewWhenTheFileWouldGetTooLong) {
  FileSink sink(path_, {.bytes = 12, .keep = 2});
  for (const auto* line : {"first", "second", "third", "fourth", "fifth", "sixth"}) write(sink, line);
  EXPECT_THAT(lines_of(path_), ElementsAre("fifth", "sixth"));
  EXPECT_THAT(lines_of(path_ + ".1"), ElementsAre("fourth"));
  EXPECT_THAT(lines_of(path_ + ".2"), ElementsAre("third"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 3)
      << "first and second are gone";
}

TEST_F(FileSinkTest, BeginsAnewWhenTheFirstLineIsTooOld) {
  const WallTime start = std::chrono::sys_days{std::chrono::year{2026} / 1 / 31};
  const Rotation daily{.age = std::chrono::hours(24)};
  {
    FileSink sink(path_, daily);
    write(sink, format_entry("", start, "one"), start);
    write(sink, format_entry("", start + 23h, "two"), start + 23h);
  }
  FileSink sink(path_, daily);  // the age is that of what is there
  write(sink, "three", start + 24h);
  write(sink, "four", start + 47h);
  EXPECT_THAT(lines_of(path_), ElementsAre("three", "four"));
  EXPECT_THAT(lines_of(path_ + ".1"), ElementsAre(EndsWith("one"), EndsWith("two")));
  write(sink, "five", start + 48h);
  EXPECT_THAT(lines_of(path_), ElementsAre("five"));
}

TEST_F(FileSinkTest, ALineLongerThanAFileStandsByItself) {
  FileSink sink(path_, {.bytes = 4});
  write(sink, "longer than that");
  write(sink, "this too");
  EXPECT_THAT(lines_of(path_), ElementsAre("this too"));
  EXPECT_THAT(lines_of(path_ + ".1"), ElementsAre("longer than that"));
}

TEST_F(FileSinkTest, AnOldFileIsOnlyGivenUpForANewOne) {
  std::ofstream(path_ + ".1") << "older\n";
  std::filesystem::create_directory(path_ + ".new");  // nothing can be made in its place, as on a full disk
  FileSink sink(path_, {.bytes = 6, .keep = 1});
  const WallTime start{};
  for (int minute = 0; minute < 3; ++minute) write(sink, "line", start + std::chrono::seconds(minute));
  EXPECT_THAT(lines_of(path_ + ".1"), ElementsAre("older"));
  EXPECT_THAT(
      lines_of(path_),
      ElementsAre("line",
                  EndsWith(" log grows and cannot be rotated: Is a directory; make room in its folder, "
                           "which the user of External must be able to write to."),
                  "line", "line"));
  std::filesystem::remove(path_ + ".new");
  write(sink, "soon", start + 59s);
  EXPECT_THAT(lines_of(path_ + ".1"), ElementsAre("older"));
  write(sink, "later", start + 61s);
  EXPECT_THAT(lines_of(path_), ElementsAre("later"));
  EXPECT_THAT(lines_of(path_ + ".1"), testing::SizeIs(5));
}

TEST_F(FileSinkTest, AnAttemptThatFailsHalfWayCostsNoOldFile) {
  std::ofstream(path_ + ".2") << "older\n";  // .1 has its place already
  FileSink sink(path_, {.bytes = 6, .keep = 2});
  write(sink, "one");
  write(sink, "two");
  EXPECT_THAT(lines_of(path_ + ".2"), ElementsAre("older"));
  EXPECT_THAT(lines_of(path_ + ".1"), ElementsAre("one"));
}

TEST_F(FileSinkTest, AFullDiskCostsNothingThatWasThere) {
  if (!test::may_mount()) GTEST_SKIP() << "this computer lets nobody mount";
  const test::SmallDisk disk(folder_, 1);
  FileSink sink(path_, {.bytes = 20'000, .keep = 3});
  const std::string filler(999, 'x');
  std::vector<std::string> written;
  for (int i = 0; i < 30; ++i) {
    if (i == 15) disk.leave(0);
    const auto line = std::to_string(1000 + i) + filler;
    write(sink, line);
    written.push_back(line);
  }
  disk.clear();
  write(sink, "room again");
  std::vector<std::string> found;
  std::size_t missing = 0;
  for (const auto* number : {".3", ".2", ".1", ""}) {
    for (const auto& line : lines_of(path_ + number)) {
      const auto said = line.find(" lines are missing here: No space left on device");
      if (said == std::string::npos) {
        found.push_back(line);
      } else {
        missing += std::stoul(line.substr(line.rfind(' ', said - 1)));
      }
    }
  }
  ASSERT_GE(found.size(), 16U);
  for (std::size_t i = 0; i < 15; ++i) EXPECT_EQ(found[i], written[i]);
  EXPECT_EQ(found.back(), "room again");
  const auto whole = std::count_if(found.begin(), found.end(), [&](const auto& line) {
    return std::find(written.begin(), written.end(), line) != written.end();
  });
  EXPECT_EQ(static_cast<std::size_t>(whole) + missing, written.size()) << "what is lost is counted";
}

TEST_F(FileSinkTest, APipeIsNotRotated) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  Descriptor reader(::open(path_.c_str(), O_RDONLY | O_NONBLOCK));
  FileSink sink(path_, {.bytes = 1});
  write(sink, "one");
  write(sink, "two");
  EXPECT_FALSE(std::filesystem::exists(path_ + ".1"));
}

TEST_F(FileSinkTest, DoesNotWaitForAFullPipeOnceItMayNot) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  Descriptor reader(::open(path_.c_str(), O_RDONLY | O_NONBLOCK));
  FileSink sink(path_);
  sink.stop_waiting();
  const std::string filler(1000, 'x');
  for (int i = 0; i < 100; ++i) write(sink, filler);  // 100 KB into a pipe of 64 KB: would wait for ever
  std::string content(200'000, '\0');
  EXPECT_GT(::read(reader.get(), content.data(), content.size()), 60'000);
}

}  // namespace
}  // namespace external::log::file_sink_test
