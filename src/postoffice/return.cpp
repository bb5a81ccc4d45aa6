#include "delivery_event.h"
#include "queued_original.h"

#include <external/postoffice/sender.h>

namespace external::postoffice {

namespace {

using Kind = DeliveryEvent::Kind;
using mailqueue::Work;

constexpr std::string_view unreadable =
    "Subject: (the original cannot be shown)\n\nThe content of this message was damaged in the queue.\n";

bool can_be_read(const mailqueue::Queue& queue, mailqueue::MessageId message) {
  try {
    queue.verify(message);
    return true;
  } catch (const mailqueue::DamagedMessage&) {
    return false;
  }
}

/// What comes back of it.
struct Content {
  bool readable = true;
  std::string start;
};

Content content_of(const mailqueue::Queue& queue, mailqueue::MessageId message) {
  if (!can_be_read(queue, message)) return {false, std::string(unreadable)};
  return {true, start_of(queue, message)};
}

void write_with(const mailqueue::Queue& queue, mailqueue::MessageId message, const Content& content,
                const Notice& notice, mailqueue::Writer& to) {
  if (content.readable) return write(queue, message, notice, to);
  to.append(notice.before);
  if (notice.whole) to.append(content.start);
  to.append(notice.after);
}

// Number of recipients given back.
std::size_t give_back(mailqueue::Queue& queue, const AddressBook& book, const Work& work,
                      const mailqueue::Envelope& told, const Content& content, Failure failure,
                      WallTime now) {
  const auto reason = report_line(failure);
  if (told.recipients.empty()) return queue.give_up(work.ids(), reason, now);
  failure.recipients.clear();
  for (const auto& recipient : told.recipients) failure.recipients.push_back(recipient.address);
  const bool as_it_is = content.readable && !told.headers_only;
  const auto encoding = as_it_is ? encoding_of(queue, work.message) : Encoding::binary;
  const auto notice = make_return(book, {told, content.start, encoding}, failure, now);
  auto writer = queue.begin(now);
  write_with(queue, work.message, content, notice, writer);
  return queue.give_back(work.ids(), reason, notice.envelope, writer, now);
}

std::string outcome(const AddressBook& book, const Work& work, std::size_t which, bool is_notice) {
  const auto& recipient = work.envelope.recipients[which];
  const auto to = printable(recipient.address);
  if (is_notice) return "dropped notice " + work.envelope.key + " to " + to + ", a notice is not answered";
  if (!recipient.notify.failure)
    return "given up " + work.envelope.key + " to " + to + ", its sender wants no notice";
  const auto sender = printable(work.envelope.sender);
  if (!sender_address(work.envelope.sender, book)) {
    return "returned " + work.envelope.key + " to POSTMASTER, not delivered to " + to + "; no way back to " +
           sender + ", add its post office or a Gateway";
  }
  return "returned " + work.envelope.key + " to " + sender + ", not delivered to " + to;
}

}  // namespace

std::vector<Work> by_message(std::vector<Work> works) {
  std::map<mailqueue::MessageId, Work> together;
  for (auto& work : works) {
    const auto [place, is_new] = together.try_emplace(work.message, work);
    if (is_new) continue;
    auto& all = place->second;
    all.targets.insert(all.targets.end(), work.targets.begin(), work.targets.end());
    all.envelope.recipients.insert(all.envelope.recipients.end(), work.envelope.recipients.begin(),
                                   work.envelope.recipients.end());
    all.tried = all.tried || work.tried;
  }
  std::vector<Work> all;
  for (auto& [message, work] : together) all.push_back(std::move(work));
  return all;
}

std::vector<DeliveryEvent> return_mail(mailqueue::Queue& queue, const AddressBook& book, const Work& work,
                                       Failure failure, WallTime now) {
  if (work.targets.empty()) return {};
  failure.recipients.clear();
  for (const auto& recipient : work.envelope.recipients) failure.recipients.push_back(recipient.address);
  if (failure.detail.empty()) failure.detail = common_error(work);
  bool robot = false;
  try {
    const auto content = content_of(queue, work.message);
    robot = is_notice(work.envelope, content.start);
    const auto told = only_those(work, [&](const auto& notify) { return !robot && notify.failure; });
    if (give_back(queue, book, work, told, content, failure, now) == 0) return {};
  } catch (const mailqueue::Error& error) {
    if (error.kind() == mailqueue::ErrorKind::gone) return {};
    throw;
  }
  std::vector<DeliveryEvent> events;
  for (std::size_t which = 0; which < work.targets.size(); ++which) {
    const bool told = !robot && work.envelope.recipients[which].notify.failure;
    events.push_back(event(told ? Kind::returned : Kind::dropped, work, which,
                           report_line(failure) + "; " + outcome(book, work, which, robot)));
  }
  events.front().report = report_lines(failure);
  return events;
}

}  // namespace external::postoffice
