#include "delivery_event.h"
#include "later.h"
#include "queued_original.h"
#include "random.h"
#include "receipt.h"

#include <external/base/guard.h>
#include <external/base/text.h>
#include <external/postoffice/trace.h>

#include <algorithm>

namespace external::postoffice {

namespace {

using Kind = DeliveryEvent::Kind;
using mailqueue::RecipientId;
using mailqueue::Work;

constexpr std::chrono::hours stale_draft{36};  // what every Maildir program grants a file in tmp/

std::string bytes(std::uint64_t size) {
  return with_commas(size) + " bytes";
}

void append(std::vector<DeliveryEvent>& events, std::vector<DeliveryEvent> more) {
  events.insert(events.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

// How many of them are delivered before the disk is waited for: urgent mail comes first and is not to wait
// for much that comes behind it.
std::size_t fit_together(const std::vector<Work>& works) {
  constexpr std::uint64_t most = 16 << 20;
  std::uint64_t size = 0;
  std::size_t count = 0;
  while (count < works.size() && (count == 0 || size + works[count].size <= most))
    size += works[count++].size;
  return count;
}

}  // namespace

std::string quarantine_line(const mailqueue::DamagedMessage& damage) {
  const auto id = std::to_string(damage.message());
  return "Quarantined " + printable(damage.what()) + "; the rest is served. See external queue show " + id +
         ", then return, delete or retry it.";
}

LocalDelivery::LocalDelivery(mailqueue::Queue& queue, std::filesystem::path mail_folder, AddressBook book,
                             FindWayOut way_out, std::string catch_all)
    : queue_(queue),
      mailboxes_(std::move(mail_folder)),
      book_(std::move(book)),
      way_out_(std::move(way_out)),
      catch_all_(std::move(catch_all)) {}

std::optional<std::filesystem::path> LocalDelivery::folder_of(const Address& address) const {
  // A mailbox elsewhere may have the same name as one here.
  if (address.office() != book_.home || address.is_foreign()) return std::nullopt;
  const auto folder = mailboxes_.find(address.mailbox);
  return folder || catch_all_.empty() ? folder : mailboxes_.find(catch_all_);
}

/// What became of the recipients of one message.
struct LocalDelivery::Attempt {
  const Work& work;
  std::string start;  ///< of its content, if a receipt is wanted
  std::vector<RecipientId> done;
  std::vector<std::size_t> unknown;
  std::vector<std::size_t> failed;
  std::vector<std::string> causes;  ///< of those that failed
  Events events;
};

std::vector<DeliveryEvent> LocalDelivery::deliver_due(WallTime now, std::size_t limit) {
  // Not marked as in transfer: to do it twice does no harm, and nothing is left to recover.
  Events events;
  const auto due = pick_sound(now, limit, events);
  if (auto delivered = deliver_together(due, now)) {
    events.insert(events.end(), delivered->begin(), delivered->end());
    return events;
  }
  // Each by itself, so that none stops the others; what is there already is known by its file's name.
  Maildirs open;
  for (const auto& work : due) settle(attempt(work, open, &Maildir::deliver, now), now, events);
  return events;
}

std::vector<Work> LocalDelivery::pick_sound(WallTime now, std::size_t limit, Events& events) {
  const auto look = [&] {
    auto works = pick_for_maildirs(now, limit);
    works.resize(fit_together(works));
    for (const auto& work : works) queue_.verify(work.message);
    return works;
  };
  const auto found = [&](const mailqueue::DamagedMessage& damage) {
    DeliveryEvent event;
    event.kind = Kind::quarantined;
    event.text = quarantine_line(damage);
    events.push_back(std::move(event));
  };
  return mailqueue::past_damage(queue_, now, look, found);
}

/// What goes another way gets that way's destination, so that it is not found here again however long it
/// waits.
std::vector<Work> LocalDelivery::pick_for_maildirs(WallTime now, std::size_t limit) {
  std::vector<Work> works;
  do {
    works = queue_.pick({book_.here()}, now, limit);
  } while (way_out_ && send_by_ways_out(works) && works.empty());
  return works;
}

bool LocalDelivery::send_by_ways_out(std::vector<Work>& works) {
  std::map<std::string, std::vector<RecipientId>> leaving;
  for (auto& work : works) {
    std::vector<std::size_t> stay;
    for (std::size_t which = 0; which < work.targets.size(); ++which) {
      const auto destination = way_out_(work.envelope.recipients[which].address);
      if (destination.empty()) {
        stay.push_back(which);
      } else {
        leaving[destination].push_back(work.targets[which].id);
      }
    }
    if (stay.size() < work.targets.size()) work = part_of(work, stay);
  }
  if (leaving.empty()) return false;
  queue_.batch([&] {
    for (const auto& [destination, ids] : leaving) queue_.redirect(ids, destination);
  });
  std::erase_if(works, [](const Work& work) { return work.targets.empty(); });
  diverted_ = true;
  return true;
}

std::optional<LocalDelivery::Events> LocalDelivery::deliver_together(std::span<const Work> due,
                                                                     WallTime now) {
  std::vector<Attempt> attempts;
  Maildirs open;
  for (const auto& work : due) {
    attempts.push_back(attempt(work, open, &Maildir::put, now));
    if (!attempts.back().failed.empty()) return std::nullopt;
  }
  const auto tell_queue = [&] {
    for (auto& each : attempts) {
      if (!each.done.empty())
        append(each.events, note_delivered(queue_, book_, each.work, each.done, each.start, now));
    }
  };
  if (!guarded("K3")) queue_.batch(tell_queue);
  try {
    for (auto& [folder, maildir] : open) maildir.commit();
  } catch (const DeliveryError&) {
    return std::nullopt;
  }
  Events events;
  if (guarded("K3")) queue_.batch(tell_queue);
  for (auto& each : attempts) {
    each.done.clear();
    settle(each, now, events);
  }
  return events;
}

LocalDelivery::Attempt LocalDelivery::attempt(const Work& work, Maildirs& open, Put put, WallTime now) {
  Attempt attempt{work, {}, {}, {}, {}, {}, {}};
  const auto read = [&](std::uint64_t offset, std::size_t size) {
    return queue_.read(work.message, offset, size);
  };
  for (std::size_t which = 0; which < work.targets.size(); ++which) {
    const auto& recipient = work.envelope.recipients[which].address;
    try {
      const auto address = parse_address(recipient, book_);
      const auto folder = folder_of(address);
      if (!folder) {
        attempt.unknown.push_back(which);
        continue;
      }
      auto& maildir = open.try_emplace(folder->string(), *folder).first->second;
      const auto& original = work.envelope.recipients[which].original;
      const Trace trace{work.envelope.key, work.envelope.sender, address, work.envelope.hops, now, original};
      const auto head = trace_headers(trace, read(0, 1000), book_);
      if (attempt.start.empty() && wants_receipt(work)) attempt.start = start_of(queue_, work.message);
      // The same name each time, so that a second delivery after a crash finds the first.
      const auto name = delivery_name(guarded("K2") ? work.envelope.key : random_name(), address.text());
      const auto outcome = (maildir.*put)(name, head, read);
      attempt.done.push_back(work.targets[which].id);
      attempt.events.push_back(
          event(Kind::delivered, work, which,
                "Delivered " + work.envelope.key + " to " + address.mailbox + ", " + bytes(work.size) +
                    (outcome == Maildir::Outcome::already_there ? ", which was there already" : "")));
    } catch (const BadAddress&) {
      attempt.unknown.push_back(which);
    } catch (const std::exception& error) {
      attempt.failed.push_back(which);
      attempt.causes.emplace_back(error.what());
    }
  }
  return attempt;
}

void LocalDelivery::settle(const Attempt& attempt, WallTime now, Events& events) {
  const auto& work = attempt.work;
  events.insert(events.end(), attempt.events.begin(), attempt.events.end());
  if (!attempt.done.empty()) {
    append(events, queue_.batch([&] {
      return note_delivered(queue_, book_, work, attempt.done, attempt.start, now);
    }));
  }
  postpone(work, attempt.failed, attempt.causes, now, events);
  if (attempt.unknown.empty()) return;
  try {
    append(events, return_mail(queue_, book_, part_of(work, attempt.unknown),
                               {Report::unknown_address, {}, {}, {}, {}}, now));
  } catch (const mailqueue::Error& error) {
    // One that cannot even be read must not keep the others from their mailboxes.
    const auto cause = std::string("Failure queuing diagnostic data back to sender due to: ") + error.what();
    postpone(work, attempt.unknown, std::vector(attempt.unknown.size(), cause), now, events);
  }
}

void LocalDelivery::postpone(const Work& work, const std::vector<std::size_t>& which,
                             const std::vector<std::string>& causes, WallTime now, Events& events) {
  for (std::size_t at = 0; at < which.size(); ++at) {
    const auto& target = work.targets[which[at]];
    const auto pause = pause_after(target.attempts);
    const auto cause = printable(causes[at]);
    queue_.fail(std::array{target.id}, cause, now + pause, true, now);
    events.push_back(event(Kind::postponed, work, which[at],
                           "Not delivered " + work.envelope.key + " to " +
                               printable(work.envelope.recipients[which[at]].address) + ": " + cause +
                               "; next try in " + std::to_string(pause.count()) + " min"));
  }
}

void LocalDelivery::sweep(WallTime now) const {
  for (const auto& name : mailboxes_.list()) {
    if (const auto folder = mailboxes_.find(name)) Maildir(*folder).sweep(now - stale_draft);
  }
}

}  // namespace external::postoffice
