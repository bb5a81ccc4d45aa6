#include "delivery_event.h"
#include "queued_original.h"

#include <external/postoffice/sender.h>
#include <external/postoffice/warning.h>

#include <algorithm>

namespace external::postoffice {

namespace {

using Kind = DeliveryEvent::Kind;
using mailqueue::Work;
using Steps = std::vector<std::chrono::seconds>;

// How many of the steps have passed.
int steps_passed(const Steps& steps, std::chrono::system_clock::duration waited) {
  return static_cast<int>(std::upper_bound(steps.begin(), steps.end(), waited) - steps.begin());
}

std::string waiting_for(std::chrono::seconds waited, const std::string& error) {
  return "waiting for " + in_words(waited) + (error.empty() ? std::string() : ", " + printable(error));
}

// What was done for the log.
std::vector<DeliveryEvent> warn(mailqueue::Queue& queue, const AddressBook& book, const Work& work,
                                const Steps& steps, WallTime now) {
  const int passed = steps_passed(steps, now - work.received);
  const auto waited = steps[static_cast<std::size_t>(passed - 1)];
  const auto start = start_of(queue, work.message);
  // To warn anybody but the sender is of no use.
  const bool robot = is_notice(work.envelope, start) || !sender_address(work.envelope.sender, book);
  const auto told = only_those(work, [&](const auto& notify) { return !robot && notify.delay; });
  if (told.recipients.empty()) {
    queue.pass_over(work.message, passed);
    return {};
  }
  const auto error = common_error(work);
  const auto notice = make_warning(book, {told, start}, waited, error, now);
  const auto waiting = waiting_for(waited, error);
  if (!queue.warn(work.message, passed, "sender warned, " + waiting, notice.envelope,
                  notice.before + notice.after, now))
    return {};
  std::vector<DeliveryEvent> events;
  for (std::size_t which = 0; which < work.targets.size(); ++which) {
    const auto& recipient = work.envelope.recipients[which];
    if (!recipient.notify.delay) continue;
    events.push_back(event(Kind::warned, work, which,
                           "Delayed " + work.envelope.key + " to " + printable(recipient.address) + ", " +
                               waiting + "; " + printable(work.envelope.sender) + " is told"));
  }
  return events;
}

void warn_all(mailqueue::Queue& queue, const AddressBook& book, const std::vector<Work>& late,
              const Steps& steps, WallTime now, Warnings& warnings) {
  for (const auto& work : late) {
    try {
      auto events = warn(queue, book, work, steps, now);
      warnings.events.insert(warnings.events.end(), std::make_move_iterator(events.begin()),
                             std::make_move_iterator(events.end()));
    } catch (const mailqueue::Error& error) {
      // One sick message must not keep the others from being told about.
      if (error.kind() != mailqueue::ErrorKind::gone)
        warnings.trouble = work.envelope.key + ": " + error.what();
    }
  }
}

}  // namespace

Warnings warn_of_delays(mailqueue::Queue& queue, const AddressBook& book, const WarningSteps& steps,
                        WallTime now, std::size_t limit) {
  using mailqueue::Priority;
  Warnings warnings;
  for (const auto priority : {Priority::urgent, Priority::normal, Priority::low}) {
    const auto& of_priority = priority == Priority::urgent ? steps.urgent : steps.normal;
    for (std::size_t told = 0; told < of_priority.size() && limit > 0; ++told) {
      const auto late = queue.delayed(priority, static_cast<int>(told), now - of_priority[told], limit);
      warn_all(queue, book, late, of_priority, now, warnings);
      limit -= late.size();
    }
  }
  return warnings;
}

}  // namespace external::postoffice
