// A disk without room, at either end: nothing is lost, the log names the cause, and with room again the mail
// moves.

#include "small_disk.h"
#include "tcp_pair.h"

#include <gtest/gtest.h>

#include <memory>

#include <sys/resource.h>

namespace external::test::full_disk_test {
namespace {

constexpr std::uint64_t megabyte = 1 << 20;

/// A pair whose SOUTH lives on a disk of its own.
struct PairOnSmallDisk {
  PairOnSmallDisk()
      : pair("Retries = 50\n", [this](const auto& place) { disk = std::make_unique<SmallDisk>(place, 40); }) {
    pair.south.change_settings("LogVerbose = yes",
                               "LogVerbose = yes\nMinKDiskFull = 4096\nMinKDiskNotFull = 8192");
  }
  ~PairOnSmallDisk() { disk.reset(); }  // before the folder it is mounted in goes
  PairOnSmallDisk(const PairOnSmallDisk&) = delete;
  PairOnSmallDisk& operator=(const PairOnSmallDisk&) = delete;

  std::unique_ptr<SmallDisk> disk;
  TcpPair pair;
};

class FullDisk : public testing::Test {
 protected:
  void SetUp() override {
    if (!may_mount()) GTEST_SKIP() << "nothing can be mounted here";
  }
};

TEST_F(FullDisk, AReceiverWithoutRoomLeavesTheMailWithTheSender) {
  PairOnSmallDisk small;
  auto& pair = small.pair;
  auto& disk = *small.disk;
  const auto content = "Subject: large\n\n" + std::string(6 * megabyte, 'x') + "\n";
  ASSERT_EQ(pair.north.send("SOUTH/HUB/ANNA", content).exit_code, 0);
  auto south = pair.start_south();
  disk.leave(3 * megabyte);
  EXPECT_TRUE(eventually([&] { return pair.south.logged("Disk storage full: "); })) << pair.south.log();
  EXPECT_NE(pair.south.command({"status"}).output.find("Disk FULL: "), std::string::npos);
  EXPECT_EQ(pair.north.command({"call", "SOUTH/HUB"}).exit_code, 0) << pair.north.log();
  for (const auto* office : {&pair.north, &pair.south}) {
    EXPECT_TRUE(office->logged("Not stored, stays queued: ")) << office->log();
    EXPECT_TRUE(office->logged(": Disk storage full at SOUTH/HUB: ")) << office->log();
  }
  EXPECT_NE(pair.north.command({"queue"}).output.find("Disk storage full at SOUTH/HUB"), std::string::npos);
  EXPECT_TRUE(pair.south.mailbox("ANNA").empty());

  disk.clear();
  EXPECT_TRUE(eventually([&] { return pair.south.logged("Disk storage available again: "); }));
  EXPECT_EQ(pair.north.command({"call", "SOUTH/HUB"}).exit_code, 0) << pair.north.log();
  EXPECT_TRUE(eventually([&] { return pair.south.mailbox("ANNA").size() == 1; })) << pair.south.log();
  EXPECT_TRUE(pair.south.mailbox("ANNA")[0].ends_with(content));
  EXPECT_EQ(pair.south.times_logged("Disk storage full: "), 1);
}

TEST_F(FullDisk, AMailboxWithoutRoomIsFilledLater) {
  PairOnSmallDisk small;
  auto& pair = small.pair;
  auto& disk = *small.disk;
  const auto content = "Subject: large\n\n" + std::string(6 * megabyte, 'x') + "\n";
  ASSERT_EQ(pair.south.send("SOUTH/HUB/ANNA", content).exit_code, 0);
  disk.leave(3 * megabyte);
  auto south = pair.south.start();
  EXPECT_TRUE(eventually([&] { return pair.south.logged("No space left on device; next try in 1 min"); }))
      << pair.south.log();
  EXPECT_TRUE(pair.south.mailbox("ANNA").empty());
  disk.clear();
  EXPECT_EQ(pair.south.command({"queue", "retry", "1"}).exit_code, 0);
  EXPECT_TRUE(eventually([&] { return pair.south.mailbox("ANNA").size() == 1; })) << pair.south.log();
  EXPECT_TRUE(pair.south.mailbox("ANNA")[0].ends_with(content));
}

TEST_F(FullDisk, WhatCannotBeQueuedIsRefusedInOneLine) {
  PairOnSmallDisk small;
  auto& pair = small.pair;
  auto& disk = *small.disk;
  const auto message = pair.folder / "large";
  write_file(message, "Subject: large\n\n" + std::string(6 * megabyte, 'x'));
  disk.leave(3 * megabyte);
  const auto send = [&] {
    return run_program(
        {external_program(), "--config", pair.south.ini(), "send", "--to", "ANNA", message.string()},
        pair.folder.path());
  };
  const auto refused = send();
  EXPECT_EQ(refused.exit_code, 75) << refused.output;
  EXPECT_EQ(std::count(refused.output.begin(), refused.output.end(), '\n'), 1) << refused.output;
  EXPECT_NE(refused.output.find("full"), std::string::npos) << refused.output;
  disk.clear();
  EXPECT_EQ(send().exit_code, 0);
}

// A limit of the file size stands in for a disk that fills up while content arrives; it needs no rights.
TEST(FullDiskWhileReceiving, LosesNothing) {
  TcpPair pair("Retries = 50\n");
  const auto content = "Subject: large\n\n" + std::string(6 * megabyte, 'x') + "\n";
  ASSERT_EQ(pair.north.send("SOUTH/HUB/ANNA", content).exit_code, 0);
  // Beyond its limit the program gets an error, as from a full disk, not a signal.
  Process south({"/bin/sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh", external_program(), "--config",
                 pair.south.ini(), "run", "--service"},
                pair.south.path() / "run.out");
  ASSERT_TRUE(eventually([&] { return pair.south.logged("Ready."); }));
  rlimit limit{};
  ASSERT_EQ(::prlimit(south.pid(), RLIMIT_FSIZE, nullptr, &limit), 0);
  const rlimit small{2 * megabyte, limit.rlim_max};
  ASSERT_EQ(::prlimit(south.pid(), RLIMIT_FSIZE, &small, nullptr), 0);
  EXPECT_EQ(pair.north.command({"call", "SOUTH/HUB"}).exit_code, 0) << pair.north.log();
  EXPECT_TRUE(pair.north.logged("Not stored, stays queued: ")) << pair.north.log();
  EXPECT_TRUE(pair.south.logged("Not stored, stays queued: ")) << pair.south.log();
  EXPECT_TRUE(pair.south.mailbox("ANNA").empty());

  ASSERT_EQ(::prlimit(south.pid(), RLIMIT_FSIZE, &limit, nullptr), 0);
  EXPECT_EQ(pair.north.command({"call", "SOUTH/HUB"}).exit_code, 0) << pair.north.log();
  EXPECT_TRUE(eventually([&] { return pair.south.mailbox("ANNA").size() == 1; })) << pair.south.log();
  EXPECT_TRUE(pair.south.mailbox("ANNA")[0].ends_with(content));
}

}  // namespace
}  // namespace external::test::full_disk_test
