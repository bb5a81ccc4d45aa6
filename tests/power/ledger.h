#pragma once
// What a post office has promised, and whether what is found after a crash keeps it.

#include <external/postoffice/address.h>
#include <mailqueue/queue.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace external::test {

inline const mailqueue::Time noon =
    mailqueue::Time(std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}) + std::chrono::hours(12);

inline const postoffice::AddressBook home_book{"NORTH/CLINIC", {}};
inline const std::string sender = "NORTH/CLINIC/ANN";     ///< of all mail; gets the notices
inline const std::string far_away = "SOUTH/HUB";          ///< a post office beyond a line
inline const std::string nobody = "NORTH/CLINIC/NOBODY";  ///< no such mailbox
inline const std::string home_prefix = "NORTH/CLINIC/";

/// How far a recipient has come, as far as anybody was told.
enum class Stage {
  open,      ///< not finished
  in_doubt,  ///< being finished when the crash came
  done,      ///< acknowledged, delivered or returned: promised
};

struct Mail {
  std::uint64_t size = 0;
  unsigned seed = 0;
  bool accepted = false;  ///< promised; else it may be there or not
  int batch = 0;          ///< all mails of one number are there, or none
  std::map<std::string, Stage> recipients;
  std::string returning;        ///< the recipient that is or was returned; the others never are
  std::set<std::string> taken;  ///< recipients who took their copy out of the mailbox
  bool notice_taken = false;    ///< likewise the sender
};

/// The content of a mail. Anything but empty content tells its key.
std::string content_of(const std::string& key, const Mail& mail);

struct Ledger {
  std::map<std::string, Mail> mails;              ///< by key, until nothing can become of them any more
  std::map<std::string, std::uint64_t> received;  ///< by transfer: bytes that were flushed
  std::uint64_t transfer_size = 0;
  std::set<std::string> mailboxes;  ///< that were made

  // Of mails that are through:
  std::uint64_t accepted = 0;
  std::uint64_t delivered = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t returned = 0;
};

/// Compares what is found with the promises, and takes it for certain from now on. Returns one line for each
/// promise that is broken. `folder` is that of the post office.
std::vector<std::string> check(mailqueue::Queue& queue, const std::filesystem::path& folder, Ledger& ledger);

/// People take their mail out of the mailboxes, and what is through leaves the ledger. After check().
void take_mail(mailqueue::Queue& queue, const std::filesystem::path& folder, Ledger& ledger);

}  // namespace external::test
