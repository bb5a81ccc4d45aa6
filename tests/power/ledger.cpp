#include "ledger.h"

#include "disk.h"
#include "temp_folder.h"

#include <external/postoffice/maildir.h>

#include <optional>
#include <random>

namespace external::test {

namespace fs = std::filesystem;

using mailqueue::MessageView;
using mailqueue::State;

namespace {

constexpr std::string_view mark = "Subject: power ";

bool is_open(State state) {
  return state == State::queued || state == State::in_transfer || state == State::held;
}

std::string all_of(const mailqueue::Queue& queue, mailqueue::MessageId message) {
  return queue.read(message, 0, queue.size(message));
}

/// The key of the mail that a notice is about.
std::string subject_of(const std::string& notice) {
  const auto at = notice.find(mark);
  if (at == std::string::npos) return {};
  const auto start = at + mark.size();
  return notice.substr(start, notice.find('\n', start) - start);
}

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none))
    names.insert(entry.path().filename().string());
  return names;
}

fs::path box_of(const fs::path& folder, const std::string& address) {
  return folder / "mail" / address.substr(home_prefix.size()) / "new";
}

fs::path file_of(const fs::path& folder, const std::string& key, const std::string& address) {
  return box_of(folder, address) / postoffice::delivery_name(key, address);
}

bool is_local(const std::string& address) {
  return address.starts_with(home_prefix) && address != nobody;
}

/// What is in the queue and in the mailboxes.
struct Found {
  std::map<std::string, MessageView> mails;
  std::map<std::string, std::set<std::string>> notices;  ///< by the mail they are about: names when delivered
  std::set<std::string> queued_notices;                  ///< their names when delivered
  std::map<std::string, std::set<std::string>> files;    ///< by address, those of senders left out
};

class Check {
 public:
  Check(mailqueue::Queue& queue, const fs::path& folder, Ledger& ledger)
      : queue_(queue), folder_(folder), ledger_(ledger) {}

  std::vector<std::string> run() {
    look();
    Ledger after = ledger_;
    check_batches();
    for (const auto& [key, mail] : ledger_.mails) {
      if (auto kept = check_mail(key, mail)) {
        after.mails[key] = std::move(*kept);
      } else {
        after.mails.erase(key);
      }
    }
    for (const auto& [key, view] : found_.mails) complain(key, "is in the queue and should not be");
    for (const auto& [address, names] : found_.files) {
      for (const auto& name : names) complain(name, "is in the mailbox of " + address + " and should not be");
    }
    for (const auto& [key, names] : found_.notices) complain(key, "was returned and should not be");
    check_received(after);
    ledger_ = std::move(after);
    return std::move(complaints_);
  }

 private:
  void complain(const std::string& what, const std::string& why) { complaints_.push_back(what + " " + why); }

  void look() {
    queue_.check();
    for (auto& view : queue_.list({.limit = 1'000'000})) {
      if (view.envelope.sender.empty()) {
        const auto name = postoffice::delivery_name(view.envelope.key, sender);
        found_.notices[subject_of(all_of(queue_, view.id))].insert(name);
        continue;
      }
      const auto key = view.envelope.key;
      if (!found_.mails.emplace(key, std::move(view)).second) complain(key, "is in the queue twice");
    }
    for (const auto& name : names_in(box_of(folder_, sender)))
      found_.notices[subject_of(read_file(box_of(folder_, sender) / name))].insert(name);
    for (const auto& box : ledger_.mailboxes) {
      const auto address = home_prefix + box;
      if (!fs::is_directory(box_of(folder_, address))) complain("mailbox " + box, "is lost");
      found_.files[address] = names_in(box_of(folder_, address));
    }
  }

  void check_batches() {
    std::map<int, std::set<bool>> there;
    for (const auto& [key, mail] : ledger_.mails) {
      if (!mail.accepted) there[mail.batch].insert(found_.mails.contains(key));
    }
    for (const auto& [batch, both] : there) {
      if (both.size() > 1) complain("batch " + std::to_string(batch), "is there in part");
    }
  }

  /// The mail as it is from now on; nothing if it never came to be.
  std::optional<Mail> check_mail(const std::string& key, Mail mail) {
    std::optional<MessageView> view;
    if (auto place = found_.mails.extract(key)) view = std::move(place.mapped());
    if (!mail.accepted && !view) return std::nullopt;
    mail.accepted = true;
    const auto content = content_of(key, mail);
    if (view && all_of(queue_, view->id) != content) complain(key, "has other content in the queue");
    if (queue_.seen(key, {mail.recipients.begin()->first}).empty())
      complain(key, "would be accepted a second time");
    for (auto& [address, stage] : mail.recipients) {
      const bool open = view && queued(*view, address);
      if (stage == Stage::open && !open) complain(key, "for " + address + " is lost");
      if (stage == Stage::done && open) complain(key, "for " + address + " came back");
      stage = open ? Stage::open : Stage::done;
      if (is_local(address)) check_copy(key, address, mail, content);
    }
    check_notice(key, mail);
    return mail;
  }

  static bool queued(const MessageView& view, const std::string& address) {
    for (const auto& status : view.recipients) {
      if (status.recipient.address == address) return is_open(status.state);
    }
    return false;
  }

  void check_copy(const std::string& key, const std::string& address, const Mail& mail,
                  const std::string& content) {
    const bool there = found_.files[address].erase(postoffice::delivery_name(key, address)) == 1;
    const bool taken = mail.taken.contains(address);
    if (mail.recipients.at(address) == Stage::done && !there && !taken)
      complain(key, "is neither in the queue nor in the mailbox of " + address);
    if (there && taken) complain(key, "came a second time to " + address);
    if (there && !read_file(file_of(folder_, key, address)).ends_with(content))
      complain(key, "is damaged in the mailbox of " + address);
  }

  void check_notice(const std::string& key, Mail& mail) {
    std::size_t notices = mail.notice_taken ? 1 : 0;
    if (const auto place = found_.notices.extract(key)) notices += place.mapped().size();
    const bool returned = !mail.returning.empty() && mail.recipients.at(mail.returning) == Stage::done;
    if (returned && notices == 0) complain(key, "was returned without a notice");
    if (!returned && notices > 0) complain(key, "has a notice and was not returned");
    if (notices > 1) complain(key, "has " + std::to_string(notices) + " notices");
    if (!returned && mail.returning != nobody) mail.returning.clear();
  }

  void check_received(Ledger& after) {
    for (const auto& [key, size] : ledger_.received) {
      const auto mail = after.mails.find(key);
      if (mail != after.mails.end()) {
        after.received.erase(key);
        continue;
      }
      Mail whole;
      whole.size = ledger_.transfer_size;
      const auto content = content_of(key, whole);
      auto writer = queue_.partial(key, content.size(), noon);
      auto expected = queue_.begin(noon);
      expected.append(content.substr(0, writer.offset()));
      if (writer.offset() < size) complain(key, "has lost what was flushed of it");
      if (writer.digest() != expected.digest()) complain(key, "is damaged in the part that came");
      after.received[key] = writer.offset();
    }
  }

  mailqueue::Queue& queue_;
  const fs::path& folder_;
  Ledger& ledger_;
  Found found_;
  std::vector<std::string> complaints_;
};

}  // namespace

std::string content_of(const std::string& key, const Mail& mail) {
  if (mail.size == 0) return {};
  // Made once: most of the work of this test would be to draw bytes.
  static const std::string noise = [] {
    std::string bytes(300'000, '\0');
    std::minstd_rand random(1);
    for (auto& byte : bytes) byte = static_cast<char>(random() >> 8);
    return bytes;
  }();
  return (std::string(mark) + key + "\n\n").append(noise, mail.seed % 100'000, mail.size);
}

std::vector<std::string> check(mailqueue::Queue& queue, const fs::path& folder, Ledger& ledger) {
  return Check(queue, folder, ledger).run();
}

void take_mail(mailqueue::Queue& queue, const fs::path& folder, Ledger& ledger) {
  Disk& disk = *Disk::current();
  std::set<std::string> waiting;  // mail whose delivery the queue does not know yet, by file name
  for (const auto& view : queue.list({.limit = 1'000'000})) {
    for (const auto& one : view.recipients) {
      if (is_open(one.state))
        waiting.insert(postoffice::delivery_name(view.envelope.key, one.recipient.address));
    }
  }
  for (const auto& name : names_in(box_of(folder, sender))) {
    if (waiting.contains(name)) continue;
    const auto path = box_of(folder, sender) / name;
    ledger.mails.at(subject_of(read_file(path))).notice_taken = true;
    disk.take_away(path);
  }
  for (auto mail = ledger.mails.begin(); mail != ledger.mails.end();) {
    bool through = mail->second.returning.empty() || mail->second.notice_taken;
    for (const auto& [address, stage] : mail->second.recipients) {
      through = through && stage == Stage::done;
      if (stage != Stage::done || !is_local(address) || mail->second.taken.contains(address)) continue;
      disk.take_away(file_of(folder, mail->first, address));
      mail->second.taken.insert(address);
    }
    if (!through) {
      ++mail;
      continue;
    }
    ++ledger.accepted;
    for (const auto& [address, stage] : mail->second.recipients) {
      if (address == mail->second.returning) {
        ++ledger.returned;
      } else if (is_local(address)) {
        ++ledger.delivered;
      } else {
        ++ledger.acknowledged;
      }
    }
    mail = ledger.mails.erase(mail);
  }
}

}  // namespace external::test
