#pragma once
// What a pool of modems says itself, among what its modem says.

#include <external/base/asio.h>

#include <string>
#include <vector>

namespace external::commands {

/// Keeps from a program that expects the words of a modem what a pool says before them: the question for the
/// password, and where one stands in the queue (docs/sharing.md). For one connection.
class PoolWords {
 public:
  /// An empty `pool`: its name is not known, and its lines are passed on.
  PoolWords(const std::string& pool, bool asks_for_password)
      : prefix_(pool.empty() ? "" : pool + ": "), prompt_(asks_for_password ? "Password: " : "") {}

  /// Of what came, what is for the program. Bytes that may yet become words of the pool are kept back.
  Bytes take(ByteView bytes);

  /// The lines of the pool that came since it was last asked.
  std::vector<std::string> told() { return std::exchange(told_, {}); }

  /// The last line that came, if the pool has said it: why the connection ends.
  std::string last() const;

 private:
  static constexpr std::size_t longest_line = 1000;

  bool take_words();
  void note(ByteView bytes);

  const std::string prefix_;
  std::string prompt_;        ///< still expected
  std::string begun_;         ///< not yet decided
  bool before_modem_ = true;  ///< nothing of the modem has come yet
  std::vector<std::string> told_;
  std::string line_;  ///< the last one
  bool line_is_over_ = false;
};

}  // namespace external::commands
