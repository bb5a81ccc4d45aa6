#pragma once
// A queue in a folder of its own, and mail to put into it.

#include <mailqueue/queue.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace mailqueue::test {

inline constexpr std::chrono::seconds second{1};
inline const Time noon =
    Time(std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}) + std::chrono::hours(12);

/// A new folder that goes with the object.
class Folder {
 public:
  Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder();

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path queue() const { return path_ / "queue.db"; }

 private:
  std::filesystem::path path_;
};

/// From ann at NORTH to bob at SOUTH.
Envelope mail(std::string key);
Envelope mail(std::string key, std::vector<Recipient> recipients);

/// Bytes that differ at every place, the same for the same arguments.
std::string pattern(std::size_t size, unsigned seed = 1);

std::string all_of(const Queue& queue, MessageId message);
std::vector<std::string> keys_of(const std::vector<Work>& work);

/// The kind of error that `action` throws; nothing if it throws none.
template <class Action>
std::optional<ErrorKind> error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.kind();
  }
  return std::nullopt;
}

class QueueTest : public testing::Test {
 protected:
  Folder folder;
  Queue queue{folder.queue()};

  Work pick_one(const std::string& destination = "SOUTH/HUB", Time now = noon) {
    const std::vector<Work> work = queue.pick({destination}, now, 1);
    return work.empty() ? Work{} : work.front();
  }
  void TearDown() override { EXPECT_NO_THROW(queue.check()); }
};

}  // namespace mailqueue::test
