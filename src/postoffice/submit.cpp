#include "random.h"
#include "utf8.h"

#include <external/base/text.h>
#include <external/postoffice/header.h>
#include <external/postoffice/submit.h>
#include <external/postoffice/trace.h>

#include <set>

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
    if (const auto sender = reader.read(submission.from)) envelope.sender = sender->text();
  }
  std::set<Address> known;
  for (const auto& text : submission.to) {
    const auto recipient = reader.read(text);
    if (!recipient || !known.insert(*recipient).second) continue;
    envelope.recipients.push_back({recipient->text(), recipient->office()});
  }
  reader.check();
  if (envelope.recipients.empty()) throw BadAddress("there is no recipient");
  envelope.key = new_key(book.home, now);
  envelope.priority = submission.priority;
  envelope.accepted = now;
  envelope.useful_life = submission.useful_life;
  envelope.receipt = submission.receipt;
  return envelope;
}

std::string missing_header(const mailqueue::Envelope& envelope, const AddressBook& book,
                           std::string_view start) {
  if (start.empty() || has_header(start)) return {};
  const auto mail = [&](const std::string& address) {
    return "<" + parse_address(address, book).mail() + ">";
  };
  std::string to;
  for (const auto& recipient : envelope.recipients)
    to += (to.empty() ? "" : ",\n\t") + mail(recipient.address);
  const auto id = envelope.key.substr(0, envelope.key.find('@'));
  return (envelope.sender.empty() ? "" : "From: " + mail(envelope.sender) + "\n") + "To: " + to + "\n" +
         "Date: " + mail_date(envelope.accepted) + "\n" + "Message-ID: <" + id + "@" +
         mail_domain(book.home) + ">\n\n";
}

}  // namespace external::postoffice
