#include "random.h"
#include "utf8.h"

#include <external/base/text.h>
#include <external/mime/addresses.h>
#include <external/mime/header.h>
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

std::string recipients_of(const mailqueue::Envelope& envelope, const AddressBook& book,
                          const std::string& end) {
  std::string all;
  for (const auto& recipient : envelope.recipients)
    all += (all.empty() ? "<" : "," + end + "\t<") + internet_address(recipient.address, book) + ">";
  return all;
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
  return missing_fields(envelope, book, start, {});
}

std::string missing_fields(const mailqueue::Envelope& envelope, const AddressBook& book,
                           std::string_view start, const std::string& full_name) {
  if (start.empty()) return {};
  const bool has_some = has_header(start);
  const mime::Header header(has_some ? header_of(start).substr(0, header_limit) : std::string_view());
  const std::string end = uses_crlf(start) ? "\r\n" : "\n";
  std::string fields;
  const auto add = [&](const char* name, const std::string& value) {
    if (!header.has(name)) fields += std::string(name) + ": " + value + end;
  };
  if (!envelope.sender.empty())
    add("From", mime::named_address(full_name, internet_address(envelope.sender, book)));
  if (!has_some) add("To", recipients_of(envelope, book, end));
  add("Date", mail_date(envelope.accepted));
  add("Message-ID",
      "<" + envelope.key.substr(0, envelope.key.find('@')) + "@" + book.domain_of(book.home) + ">");
  return has_some ? fields : fields + end;
}

}  // namespace external::postoffice
