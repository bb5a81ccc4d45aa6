#include "receipt.h"

#include "delivery_event.h"

#include <external/postoffice/sender.h>

#include <algorithm>

namespace external::postoffice {

using Kind = DeliveryEvent::Kind;

bool wants_receipt(const mailqueue::Work& work) {
  return !work.envelope.sender.empty() && work.envelope.receipt();
}

std::vector<DeliveryEvent> send_receipt(mailqueue::Queue& queue, const AddressBook& book,
                                        const mailqueue::Work& work,
                                        std::span<const mailqueue::RecipientId> closed,
                                        std::string_view start, Arrival arrival, WallTime now) {
  if (!wants_receipt(work) || is_notice(work.envelope, start)) return {};
  if (!sender_address(work.envelope.sender, book)) return {};  // of no use to anybody else
  auto told = work.envelope;
  told.recipients.clear();
  std::vector<DeliveryEvent> events;
  for (std::size_t which = 0; which < work.targets.size(); ++which) {
    const auto& recipient = work.envelope.recipients[which];
    const bool now_there = std::find(closed.begin(), closed.end(), work.targets[which].id) != closed.end();
    if (!now_there || !recipient.notify.success) continue;
    told.recipients.push_back(recipient);
    events.push_back(event(Kind::receipt, work, which,
                           "Receipt for " + work.envelope.key + " to " + printable(recipient.address) +
                               ": sent to " + printable(work.envelope.sender)));
  }
  if (told.recipients.empty()) return {};
  const auto notice = make_receipt(book, {told, start}, arrival, now);
  queue.accept(notice.envelope, notice.before + notice.after, now);
  return events;
}

std::vector<DeliveryEvent> note_delivered(mailqueue::Queue& queue, const AddressBook& book,
                                          const mailqueue::Work& work,
                                          std::span<const mailqueue::RecipientId> done,
                                          std::string_view start, WallTime now) {
  const auto closed = queue.delivered(done, now);
  return send_receipt(queue, book, work, closed, start, Arrival::delivered, now);
}

}  // namespace external::postoffice
