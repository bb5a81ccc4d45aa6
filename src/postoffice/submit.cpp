#include "random.h"
#include "utf8.h"

#include <external/base/text.h>
#include <external/postoffice/header.h>
#include <external/postoffice/sender.h>
#include <external/postoffice/submit.h>
#include <external/postoffice/trace.h>

#include <map>

namespace external::postoffice {

namespace {

// Collects complaints, so that all bad addresses are named at once.
class Reader {
 public:
  explicit Reader(const AddressBook& book) : book_(book) {}

  std::optional<Address> read(const std::string& text) {
    try {
      return parse_address(text, book_);
    } catch (const BadAddress& error) {
      if (!complaints_.empty()) complaints_ += "; ";
      complaints_ += "address '" + printable(text) + "': " + error.what();
      return std::nullopt;
    }
  }

  void check() const {
    if (!complaints_.empty()) throw BadAddress(complaints_);
  }

 private:
  const AddressBook& book_;
  std::string complaints_;
};

void add(mailqueue::Recipient& recipient, const RecipientWishes& wishes) {
  recipient.notify.success = recipient.notify.success || wishes.notify.success;
  recipient.notify.failure = recipient.notify.failure || wishes.notify.failure;
  recipient.notify.delay = recipient.notify.delay || wishes.notify.delay;
  if (recipient.original.empty()) recipient.original = wishes.original;
}

}  // namespace

std::string new_key(std::string_view home, WallTime now) {
  // Random bytes do not compress and go with each message: as few as never meet within one second. With the
  // time in front, keys that come one after the other lie side by side wherever they are kept in order.
  constexpr std::size_t random_bytes = 7;
  constexpr std::uint32_t range = 0xffff'ffff;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  std::string time(4, '\0');
  for (std::size_t i = 0; i < time.size(); ++i)
    time[i] = static_cast<char>((static_cast<std::uint32_t>(seconds & range) >> (24 - 8 * i)) & 0xff);
  return hex(time) + random_name(random_bytes) + "@" + std::string(home);
}

mailqueue::Envelope make_envelope(const Submission& submission, const AddressBook& book, WallTime now) {
  Reader reader(book);
  mailqueue::Envelope envelope;
  if (!submission.from.empty()) {
    // People and programs here may write for somebody on the Internet.
    if (auto text = internet_sender(submission.from, book)) {
      envelope.sender = std::move(*text);
    } else if (const auto sender = reader.read(submission.from)) {
      envelope.sender = sender->text();
    }
  }
  std::map<Address, std::size_t> known;
  for (std::size_t i = 0; i < submission.to.size(); ++i) {
    const auto address = reader.read(submission.to[i]);
    if (!address) continue;
    const auto wishes =
        i < submission.wishes.size() ? submission.wishes[i] : RecipientWishes{submission.notify, {}};
    const auto [place, is_new] = known.try_emplace(*address, envelope.recipients.size());
    if (is_new) {
      envelope.recipients.push_back({address->text(), address->office(), wishes.notify, wishes.original});
    } else {
      add(envelope.recipients[place->second], wishes);
    }
  }
  reader.check();
  if (envelope.recipients.empty()) throw BadAddress("there is no recipient");
  envelope.key = new_key(book.home, now);
  envelope.priority = submission.priority;
  envelope.accepted = now;
  envelope.useful_life = submission.useful_life.value_or(usual_life);
  envelope.envelope_id = submission.envelope_id;
  envelope.headers_only = submission.headers_only;
  return envelope;
}

std::string missing_header(const mailqueue::Envelope& envelope, const AddressBook& book,
                           std::string_view start) {
  if (start.empty() || has_header(start)) return {};
  const auto mail = [&](const std::string& address) {
    const auto spelled = mail_of(address, book);
    return "<" + (spelled.empty() ? printable(address) : spelled) + ">";
  };
  std::string to;
  for (const auto& recipient : envelope.recipients)
    to += (to.empty() ? "" : ",\n\t") + mail(recipient.address);
  const auto id = envelope.key.substr(0, envelope.key.find('@'));
  return (envelope.sender.empty() ? "" : "From: " + mail(envelope.sender) + "\n") + "To: " + to + "\n" +
         "Date: " + mail_date(envelope.accepted) + "\n" + "Message-ID: <" + id + "@" +
         book.domain_of(book.home) + ">\n\n";
}

}  // namespace external::postoffice
