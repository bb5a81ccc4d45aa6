#pragma once
// What the machine of a person has of the mailbox at the post office. docs/remote-users.md

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace external::engine {

/// An item that is here, or was.
struct HeldItem {
  std::uint64_t number = 0;  ///< at the post office; 0: it is not there any more
  std::uint64_t size = 0;    ///< bytes of the whole message there
  bool header = false;       ///< only that of it has come
  std::string flags;         ///< as the post office has them, as far as is known here
  bool operator==(const HeldItem&) const = default;
};

/// The file external-held in the Maildir of the person, which is replaced as a whole. One program at a time
/// may save it; others read. Blocks on the disk.
class HeldItems {
 public:
  /// Reads it; one that is missing or damaged holds nothing, and what is in the Maildir is then recognised by
  /// its name. Throws std::system_error if the disk refuses.
  explicit HeldItems(const std::filesystem::path& maildir);

  /// Durable on return. Throws std::system_error.
  void save() const;

  std::uint64_t series = 0;               ///< of the numbers; 0: none are known
  std::uint64_t left = 0;                 ///< items the last call left there for want of room in its limit
  std::uint64_t left_bytes = 0;           ///< their size
  std::map<std::string, HeldItem> items;  ///< by the name of the message in its Maildir there

 private:
  void read();

  std::filesystem::path file_;
};

/// Behind the name of a message of which only the header is here.
inline constexpr std::string_view header_suffix = ".header";

}  // namespace external::engine
