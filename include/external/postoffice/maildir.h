#pragma once
// One Maildir: durable delivery, exactly once.

#include <external/base/clock.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace external::postoffice {

/// Mail could not be put down. what() names the file and the cause; nothing of it is left behind.
class DeliveryError : public std::runtime_error {
 public:
  DeliveryError(const std::string& text, int error) : std::runtime_error(text), error_(error) {}
  int error() const { return error_; }  ///< errno: ENOSPC, EDQUOT, EACCES, ...

 private:
  int error_;
};

/// Gives at most `size` bytes of a message's content from `offset` on; nothing at its end.
using Content = std::function<std::string(std::uint64_t offset, std::size_t size)>;

Content content_of(std::string text);

/// The name under which a message lies in a mailbox: the same for the same message and recipient, always.
std::string delivery_name(std::string_view key, std::string_view recipient);

/// The folder must be written to by mail programs and by one Maildir object at a time; it remembers which
/// messages were there when it was first asked, so it is made for a batch of deliveries and then dropped.
/// Calls block on the disk.
class Maildir {
 public:
  /// Nothing is touched yet.
  explicit Maildir(std::filesystem::path folder);
  ~Maildir();
  Maildir(Maildir&&) noexcept;
  Maildir& operator=(Maildir&&) noexcept;

  const std::filesystem::path& folder() const { return folder_; }

  /// Makes the folders that are missing; they are durable on return. Throws DeliveryError.
  void create() const;

  enum class Outcome { delivered, already_there };

  /// Puts `head` followed by the content, byte for byte, into new/ under `name`. On return it is durable. A
  /// message of that name in new/ or cur/, with whatever flags, is not delivered again. Folders that are
  /// missing are made. Throws DeliveryError, and what `content` throws.
  Outcome deliver(const std::string& name, std::string_view head, const Content& content);

  /// The same for many, for which the disk is waited for once: what is put down is in new/, and durable, when
  /// commit() returns. It throws DeliveryError; then some may be there and others not, so each is to be
  /// delivered again.
  Outcome put(const std::string& name, std::string_view head, const Content& content);
  void commit();

  /// Removes what broken deliveries of any program left in tmp/ before `before`. Returns the number of files.
  std::size_t sweep(WallTime before) const;

 private:
  class Draft;
  bool holds(const std::string& name);

  std::filesystem::path folder_;
  std::optional<std::set<std::string>> names_;  ///< in new/ and cur/, without flags, and put down
  bool unsynced_ = false;                       ///< one that was there already may not be durable
  std::vector<Draft> drafts_;                   ///< put down and not committed
};

}  // namespace external::postoffice
