#pragma once
// One end of the town's telephone line: a post office, its External as it comes and goes, and what it leaves
// behind.

#include "town.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>

namespace external::test {

inline constexpr auto stop_limit = std::chrono::seconds(25);  ///< for waiting: StopTimeout and a margin

/// Lines of text that no compressor shortens by much; the same for the same seed.
inline std::string random_text(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string text = "Subject: " + std::to_string(seed) + "\n\n";
  while (text.size() < size) text += text.size() % 77 == 76 ? '\n' : static_cast<char>('!' + random() % 94);
  return text;
}

class End {
 public:
  End(Town& town, std::string name)
      : town_(town), name_(std::move(name)), office_(name_ == "north" ? town.north : town.south) {}

  const std::string& name() const { return name_; }
  const PostOffice& office() const { return office_; }
  Process& process() { return *process_; }
  bool runs() { return process_ && process_->running(); }

  void start() {
    log_before_ = office_.log().size();
    process_.emplace(office_.start());
  }
  bool start_and_initialise() {
    start();
    return eventually_logged("Initialization complete. Ready.");
  }

  /// The log of this run.
  std::string log() const { return office_.log().substr(log_before_); }
  bool logged(const std::string& text) const { return log().find(text) != std::string::npos; }
  bool eventually_logged(const std::string& text) const {
    return eventually([&] { return logged(text); });
  }

  /// All mail has gone where it had to.
  bool eventually_queues_nothing() const {
    return eventually(
        [&] { return office_.command({"queue"}).output.find("The queue is empty.") != std::string::npos; });
  }

  void kill() {
    process_->signal(SIGKILL);
    process_->wait(stop_limit);
  }

  /// External alone has the port.
  void expect_port_held() const {
    EXPECT_TRUE(std::filesystem::exists(town_.lock(name_)));
    EXPECT_EQ(holders(), std::vector{std::to_string(process_->pid())});
    // The exchange looks at the port every 20 ms.
    EXPECT_TRUE(eventually([&] { return stat("port_in_use") == "true"; }));
  }

  /// External has ended well and left nothing of its line in anybody's way.
  void expect_clean_end() {
    const auto ended = process_->wait(stop_limit);
    ASSERT_TRUE(ended) << "still running\n" << log();
    EXPECT_EQ(ended->exit_code, 0) << "signal " << ended->signal << "\n" << process_->output() << log();
    expect_given_back();
  }

  /// The log is complete and the port free, if there is one.
  void expect_given_back() {
    expect_log_closed();
    if (std::filesystem::exists(town_.port(name_))) expect_port_free();
  }

 private:
  /// The log ends as it should, and nobody misses the file when it is rotated away.
  void expect_log_closed() {
    const auto text = log();
    EXPECT_TRUE(text.ends_with(" External ended.\n")) << text;
    const auto log_file = office_.path() / "log" / "Session.log";
    std::filesystem::rename(log_file, log_file.string() + ".1");
    log_before_ = 0;
  }

  void expect_port_free() const {
    EXPECT_FALSE(std::filesystem::exists(town_.lock(name_)));
    EXPECT_EQ(holders(), std::vector<std::string>());
    EXPECT_TRUE(eventually([&] { return stat("port_in_use") == "false"; })) << "DTR is high";
    EXPECT_EQ(stat("carrier"), "false");
    EXPECT_THAT(stat("modem"), testing::AnyOf("\"command\"", "\"off\""));
    // The other end may be trying again already.
    EXPECT_THAT(stat("line"), testing::AnyOf("\"on hook\"", "\"ringing\""));
    expect_takeable();
  }

  /// From another process, this one.
  void expect_takeable() const {
    const Descriptor port(::open(town_.port(name_).c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    ASSERT_TRUE(port) << errno;
    int exclusive = 0;
    EXPECT_EQ(::ioctl(port.get(), TIOCGEXCL, &exclusive), 0);
    EXPECT_EQ(exclusive, 0);
    EXPECT_EQ(::flock(port.get(), LOCK_EX | LOCK_NB), 0);
  }

  /// The processes that have the port open.
  std::vector<std::string> holders() const {
    const auto device = std::filesystem::canonical(town_.port(name_));
    std::vector<std::string> pids;
    for (const auto& process : entries_of("/proc")) {
      for (const auto& open_file : entries_of(process / "fd")) {
        std::error_code gone;
        if (std::filesystem::read_symlink(open_file, gone) == device) pids.push_back(process.filename());
      }
    }
    return pids;
  }

  /// Without an error for a process that ends meanwhile.
  static std::vector<std::filesystem::path> entries_of(const std::filesystem::path& directory) {
    std::vector<std::filesystem::path> entries;
    std::error_code gone;
    for (std::filesystem::directory_iterator entry(directory, gone), end; !gone && entry != end;
         entry.increment(gone)) {
      entries.push_back(entry->path());
    }
    return entries;
  }

  std::string stat(const std::string& field) const { return town_.stat(name_, field); }

  Town& town_;
  std::string name_;
  const PostOffice& office_;
  std::optional<Process> process_;
  std::size_t log_before_ = 0;
};

}  // namespace external::test
