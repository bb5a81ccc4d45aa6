#include "random.h"
#include "utf8.h"

#include <external/base/guard.h>
#include <external/base/text.h>
#include <external/postoffice/delivery.h>
#include <external/postoffice/header.h>
#include <external/postoffice/trace.h>

#include <algorithm>

namespace external::postoffice {

namespace {

using Kind = DeliveryEvent::Kind;
using mailqueue::RecipientId;
using mailqueue::Work;

constexpr std::chrono::minutes first_pause{1};
constexpr std::chrono::minutes longest_pause{60};
constexpr std::chrono::hours stale_draft{36};  // what every Maildir program grants a file in tmp/

std::chrono::minutes pause_after(int attempts) {
  return std::min(longest_pause, first_pause * (1 << std::clamp(attempts, 0, 10)));
}

DeliveryEvent event(Kind kind, const Work& work, std::size_t which, std::string text) {
  return {kind,      work.envelope.key,    work.envelope.recipients[which].address,
          work.size, work.envelope.sender, std::move(text)};
}

std::string bytes(std::uint64_t size) {
  return with_commas(size) + " bytes";
}

void copy(const mailqueue::Queue& queue, mailqueue::MessageId message, mailqueue::Writer& to) {
  constexpr std::size_t piece = 256 * 1024;
  std::uint64_t offset = 0;
  for (auto part = queue.read(message, offset, piece); !part.empty();
       part = queue.read(message, offset, piece)) {
    to.append(part);
    offset += part.size();
  }
}

// A part of a work: those of its recipients that meet the same fate.
Work only(const Work& work, const std::vector<std::size_t>& which) {
  Work part = work;
  part.envelope.recipients.clear();
  part.targets.clear();
  for (const auto index : which) {
    part.envelope.recipients.push_back(work.envelope.recipients[index]);
    part.targets.push_back(work.targets[index]);
  }
  return part;
}

// Number of recipients given back; 0 if the message went meanwhile.
std::size_t give_back(mailqueue::Queue& queue, const AddressBook& book, const Work& work,
                      const Failure& failure, WallTime now) {
  const auto reason = report_line(failure);
  if (work.envelope.sender.empty())
    return queue.give_back(work.ids(), reason, work.envelope, std::string_view(), now);
  try {
    const auto start = queue.read(work.message, 0, header_limit);
    const auto notice = make_notice(book, work.envelope, start, failure, now);
    auto writer = queue.begin(now);
    writer.append(notice.before);
    copy(queue, work.message, writer);
    writer.append(notice.after);
    return queue.give_back(work.ids(), reason, notice.envelope, writer, now);
  } catch (const mailqueue::Error& error) {
    if (error.kind() == mailqueue::ErrorKind::gone) return 0;
    throw;
  }
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

std::vector<DeliveryEvent> return_mail(mailqueue::Queue& queue, const AddressBook& book, const Work& work,
                                       Failure failure, WallTime now) {
  if (work.targets.empty()) return {};
  failure.recipients.clear();
  for (const auto& recipient : work.envelope.recipients) failure.recipients.push_back(recipient.address);
  if (give_back(queue, book, work, failure, now) == 0) return {};

  std::vector<DeliveryEvent> events;
  const bool is_notice = work.envelope.sender.empty();
  for (std::size_t which = 0; which < work.targets.size(); ++which) {
    const auto recipient = printable(work.envelope.recipients[which].address);
    const std::string what =
        is_notice
            ? "; dropped notice " + work.envelope.key + " to " + recipient + ", a notice is not answered"
            : "; returned " + work.envelope.key + " to " + printable(work.envelope.sender) +
                  ", not delivered to " + recipient;
    events.push_back(
        event(is_notice ? Kind::dropped : Kind::returned, work, which, report_line(failure) + what));
  }
  return events;
}

LocalDelivery::LocalDelivery(mailqueue::Queue& queue, std::filesystem::path mail_folder, AddressBook book)
    : queue_(queue), mailboxes_(std::move(mail_folder)), book_(std::move(book)) {}

/// What became of the recipients of one message.
struct LocalDelivery::Attempt {
  const Work& work;
  std::vector<RecipientId> done;
  std::vector<std::size_t> unknown;
  std::vector<std::size_t> failed;
  std::vector<std::string> causes;  ///< of those that failed
  Events events;
};

std::vector<DeliveryEvent> LocalDelivery::deliver_due(WallTime now, std::size_t limit) {
  // Not marked as in transfer: to do it twice does no harm, and nothing is left to recover.
  const auto picked = queue_.pick({book_.home}, now, limit);
  const auto due = std::span(picked).first(fit_together(picked));
  if (auto events = deliver_together(due, now)) return std::move(*events);
  // Each by itself, so that none stops the others; what is there already is known by its file's name.
  Events events;
  Maildirs open;
  for (const auto& work : due) settle(attempt(work, open, &Maildir::deliver, now), now, events);
  return events;
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
    for (const auto& each : attempts) {
      if (!each.done.empty()) queue_.delivered(each.done, now);
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
  Attempt attempt{work, {}, {}, {}, {}, {}};
  const auto read = [&](std::uint64_t offset, std::size_t size) {
    return queue_.read(work.message, offset, size);
  };
  for (std::size_t which = 0; which < work.targets.size(); ++which) {
    const auto& recipient = work.envelope.recipients[which].address;
    try {
      const auto address = parse_address(recipient, book_);
      const auto folder = mailboxes_.find(address.mailbox);
      if (!folder) {
        attempt.unknown.push_back(which);
        continue;
      }
      auto& maildir = open.try_emplace(folder->string(), *folder).first->second;
      const auto head = trace_headers(
          {work.envelope.key, work.envelope.sender, address, work.envelope.hops, now}, read(0, 1000));
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
  if (!attempt.done.empty()) queue_.delivered(attempt.done, now);
  postpone(work, attempt.failed, attempt.causes, now, events);
  if (attempt.unknown.empty()) return;
  const auto returned =
      return_mail(queue_, book_, only(work, attempt.unknown), {Report::unknown_address, {}, {}, {}, {}}, now);
  events.insert(events.end(), returned.begin(), returned.end());
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
