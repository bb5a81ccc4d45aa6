#pragma once
// The mailboxes of the home post office: Maildirs in one folder.

#include <external/postoffice/maildir.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace external::postoffice {

/// Where mail goes that needs a person. It exists in every post office, is made when needed and cannot be
/// removed.
inline constexpr std::string_view postmaster = "POSTMASTER";

/// Names are looked up without regard to case; the folder keeps the case it was made with. Any number of
/// processes may use the same folder. Functions throw BadAddress for a name that none may have, DeliveryError
/// for trouble with the disk.
class Mailboxes {
 public:
  explicit Mailboxes(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// In alphabetical order, as the folders are written.
  std::vector<std::string> list() const;

  /// The Maildir of a mailbox, or nothing if there is no such mailbox.
  std::optional<std::filesystem::path> find(std::string_view name) const;

  /// Makes a mailbox; false if it exists already.
  bool add(std::string_view name) const;

  enum class Removed { yes, unknown, not_empty, needed };

  /// Removes a mailbox; one with mail in it only if `with_mail`.
  Removed remove(std::string_view name, bool with_mail) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace external::postoffice
