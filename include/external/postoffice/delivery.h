#pragma once
// From the queue into the mailboxes of the home post office, and back to senders.

#include <external/base/clock.h>
#include <external/postoffice/address.h>
#include <external/postoffice/mailbox.h>
#include <external/postoffice/notice.h>
#include <mailqueue/queue.h>

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace external::postoffice {

/// What happened to one recipient, for the log.
struct DeliveryEvent {
  enum class Kind { delivered, returned, dropped, postponed, quarantined, warned, receipt };
  Kind kind{};
  std::string key;                    ///< of the message
  std::string recipient;              ///< NETWORK/POSTOFFICE/MAILBOX
  std::uint64_t size = 0;             ///< bytes of content
  std::string sender;                 ///< empty for a notice
  std::string text;                   ///< one line for Session.log
  WallTime accepted{};                ///< of the message, by the first post office
  std::vector<std::string> report{};  ///< lines for System.log; of a return only its first recipient has them
};

/// What the log says of a message that cannot be read and is quarantined for that.
std::string quarantine_line(const mailqueue::DamagedMessage& damage);

/// Gives mail back to its sender with the original: in one transaction its recipients are returned and the
/// notice is queued, which names those whose sender wants to hear of it. A notice is not answered: its
/// recipients are given up ("dropped"), as those are of which the sender does not want to hear. The
/// recipients of `failure` are those of `work`, and so is its detail if it is empty. Returns one event per
/// recipient, none if other hands were faster. An original that cannot be
/// read is replaced by a line that says so. Throws mailqueue::Error.
std::vector<DeliveryEvent> return_mail(mailqueue::Queue& queue, const AddressBook& book,
                                       const mailqueue::Work& work, Failure failure, WallTime now);

/// Makes one work of those that are of the same message, so that what fails together comes back with one
/// notice.
std::vector<mailqueue::Work> by_message(std::vector<mailqueue::Work> works);

/// The part of a work that is for those of its recipients, by their place in it.
mailqueue::Work part_of(const mailqueue::Work& work, const std::vector<std::size_t>& which);

/// The destination of mail for a recipient here (NETWORK/POSTOFFICE/MAILBOX) that leaves by a way out; empty
/// for one that goes into a Maildir.
using FindWayOut = std::function<std::string(const std::string& recipient)>;

/// Delivers what is queued for the home post office. Blocks on the disk: used on the thread of its queue.
class LocalDelivery {
 public:
  /// The queue must outlive it. Without `way_out` everything goes into Maildirs. `catch_all`: the mailbox
  /// here, if there is one, that gets what was accepted for mailboxes that are gone since.
  LocalDelivery(mailqueue::Queue& queue, std::filesystem::path mail_folder, AddressBook book,
                FindWayOut way_out = {}, std::string catch_all = {});

  /// Handles at most `limit` messages that are due. Each recipient is delivered, returned as unknown, or
  /// tried again later (after 1 minute, doubling up to 1 hour) where the disk refuses; none stops the others.
  /// A message that cannot be read, or has changed since it was accepted, is quarantined and not delivered.
  /// What leaves by a way out is given that destination and left there.
  /// Nothing is lost if it is interrupted: it is simply called again. Returns what it did; empty when nothing
  /// was due. Throws mailqueue::Error when the queue itself fails.
  std::vector<DeliveryEvent> deliver_due(WallTime now, std::size_t limit);

  /// Whether mail was given the destination of a way out since the last time this was asked.
  bool take_diverted() { return std::exchange(diverted_, false); }

  /// Removes files that broken deliveries left behind. Once at the start and once a day is enough.
  void sweep(WallTime now) const;

 private:
  using Events = std::vector<DeliveryEvent>;
  using Maildirs = std::map<std::string, Maildir>;
  using Put = Maildir::Outcome (Maildir::*)(const std::string&, std::string_view, const Content&);
  struct Attempt;

  /// Those that can be read; the others are quarantined.
  std::vector<mailqueue::Work> pick_sound(WallTime now, std::size_t limit, Events& events);

  std::vector<mailqueue::Work> pick_for_maildirs(WallTime now, std::size_t limit);

  /// What leaves by a way out leaves `works`; false if nothing does.
  bool send_by_ways_out(std::vector<mailqueue::Work>& works);

  /// Where mail for a mailbox here is put; nothing if there is no such mailbox.
  std::optional<std::filesystem::path> folder_of(const Address& address) const;

  /// What was done, or nothing if something was in the way: then each is to be delivered by itself.
  std::optional<Events> deliver_together(std::span<const mailqueue::Work> due, WallTime now);
  Attempt attempt(const mailqueue::Work& work, Maildirs& open, Put put, WallTime now);
  void settle(const Attempt& attempt, WallTime now, Events& events);
  void postpone(const mailqueue::Work& work, const std::vector<std::size_t>& which,
                const std::vector<std::string>& causes, WallTime now, Events& events);

  mailqueue::Queue& queue_;
  Mailboxes mailboxes_;
  AddressBook book_;
  FindWayOut way_out_;
  std::string catch_all_;
  bool diverted_ = false;
};

}  // namespace external::postoffice
