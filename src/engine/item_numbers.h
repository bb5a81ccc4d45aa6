#pragma once
// The numbers of the messages in a mailbox, by which the machines of its owner know them.

#include <external/engine/mailbox_items.h>

#include <map>

namespace external::engine {

/// Kept in the file external-numbers in the Maildir, which is replaced as a whole. A number is never given
/// twice in a series; if the file is lost a new series begins, and the numbers of the old one mean nothing
/// any more. One object at a time for a Maildir. Blocks on the disk.
class ItemNumbers {
 public:
  /// Reads what is known. Throws std::system_error if the disk refuses.
  explicit ItemNumbers(const std::filesystem::path& maildir);

  /// By chance; never 0, below 2^48.
  std::uint64_t series() const { return series_; }

  /// Gives numbers to those of `items`, all there are, that have none, in their order, and forgets those that
  /// are gone. On return they are durable. Throws std::system_error.
  void number(std::vector<MailboxItem>& items);

 private:
  void read();
  std::string text() const;

  std::filesystem::path file_;
  std::uint64_t series_ = 0;
  std::uint64_t next_ = 1;
  std::map<std::string, std::uint64_t> numbers_;  ///< by name
};

}  // namespace external::engine
