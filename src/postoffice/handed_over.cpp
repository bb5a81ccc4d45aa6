#include "delivery_event.h"
#include "later.h"
#include "queued_original.h"
#include "receipt.h"

#include <external/base/text.h>
#include <external/postoffice/handed_over.h>

#include <algorithm>

namespace external::postoffice {

namespace {

using Kind = DeliveryEvent::Kind;
using mailqueue::RecipientId;
using Places = std::vector<std::size_t>;

Report report_for(const std::string& status) {
  if (status.starts_with("5.1.")) return Report::unknown_address;
  if (status == "5.3.4" || status == "5.2.3") return Report::too_large;
  return Report::unable_to_deliver;
}

class Settlement {
 public:
  Settlement(mailqueue::Queue& queue, const AddressBook& book, const HandOver& handed, WallTime now)
      : queue_(queue), book_(book), handed_(handed), work_(handed.work), now_(now) {}

  std::vector<DeliveryEvent> run() {
    note_taken();
    for (const auto which : places(Fate::Kind::later)) postpone(which, handed_.fates[which].reply.text);
    give_back();
    return std::move(events_);
  }

 private:
  Places places(Fate::Kind kind) const {
    Places all;
    for (std::size_t which = 0; which < handed_.fates.size(); ++which) {
      if (handed_.fates[which].kind == kind) all.push_back(which);
    }
    return all;
  }

  /// Those that the other side has taken, in one step with their receipts.
  void note_taken() {
    const auto delivered = places(Fate::Kind::delivered);
    const auto relayed = places(Fate::Kind::relayed);
    if (delivered.empty() && relayed.empty()) return;
    const auto start = wants_receipt(work_) ? start_of(queue_, work_.message) : std::string();
    std::vector<DeliveryEvent> receipts;
    queue_.batch([&] {
      receipts = close(delivered, start, Arrival::delivered);
      auto more = close(relayed, start, Arrival::relayed);
      receipts.insert(receipts.end(), std::make_move_iterator(more.begin()),
                      std::make_move_iterator(more.end()));
    });
    for (const auto which : delivered) tell_taken(which, "Delivered ");
    for (const auto which : relayed) tell_taken(which, "Relayed ");
    events_.insert(events_.end(), std::make_move_iterator(receipts.begin()),
                   std::make_move_iterator(receipts.end()));
  }

  std::vector<DeliveryEvent> close(const Places& which, const std::string& start, Arrival arrival) {
    std::vector<RecipientId> ids;
    std::vector<RecipientId> told_by_us;
    for (const auto place : which) {
      ids.push_back(work_.targets[place].id);
      if (!handed_.fates[place].tells_sender) told_by_us.push_back(ids.back());
    }
    if (ids.empty()) return {};
    auto closed = handed_.post_office.empty() ? queue_.delivered(ids, now_)
                                              : queue_.acknowledge(ids, handed_.post_office, now_);
    std::erase_if(closed, [&](RecipientId id) {
      return std::find(told_by_us.begin(), told_by_us.end(), id) == told_by_us.end();
    });
    return send_receipt(queue_, book_, work_, closed, start, arrival, now_);
  }

  void tell_taken(std::size_t which, const char* what) {
    events_.push_back(event(Kind::delivered, work_, which,
                            what + work_.envelope.key + " to " + address(which) + " by " + handed_.way +
                                ", " + with_commas(work_.size) + " bytes"));
  }

  void postpone(std::size_t which, const std::string& why) {
    const auto& target = work_.targets[which];
    const auto error = printable(why);
    const bool rests = handed_.rests_until > now_;
    const auto pause = pause_after(target.attempts);
    const auto next = rests ? handed_.rests_until : now_ + pause;
    queue_.fail(std::array{target.id}, error, next, !rests, now_);
    if (rests) return;  // that is said once, of the way out
    events_.push_back(event(Kind::postponed, work_, which,
                            "Not delivered " + work_.envelope.key + " to " + address(which) + " by " +
                                handed_.way + ": " + error + "; next try in " +
                                std::to_string(pause.count()) + " min"));
  }

  void give_back() {
    std::map<Report, Places> reports;
    for (const auto which : places(Fate::Kind::failed))
      reports[report_for(handed_.fates[which].reply.status)].push_back(which);
    for (const auto& [report, which] : reports) give_back(report, which);
  }

  void give_back(Report report, const Places& which) {
    Failure failure;
    failure.report = report;
    failure.detail = handed_.fates[which.front()].reply.text;
    for (const auto place : which) {
      const auto& reply = handed_.fates[place].reply;
      if (reply.text != handed_.fates[which.front()].reply.text)
        failure.detail = "see the replies by recipient";
      if (handed_.by_smtp) failure.replies[work_.envelope.recipients[place].address] = reply;
    }
    try {
      auto events = return_mail(queue_, book_, part_of(work_, which), std::move(failure), now_);
      events_.insert(events_.end(), std::make_move_iterator(events.begin()),
                     std::make_move_iterator(events.end()));
    } catch (const mailqueue::Error& error) {
      for (const auto place : which)
        postpone(place,
                 std::string("Failure queuing diagnostic data back to sender due to: ") + error.what());
    }
  }

  std::string address(std::size_t which) const { return printable(work_.envelope.recipients[which].address); }

  mailqueue::Queue& queue_;
  const AddressBook& book_;
  const HandOver& handed_;
  const mailqueue::Work& work_;
  WallTime now_;
  std::vector<DeliveryEvent> events_;
};

}  // namespace

std::vector<DeliveryEvent> settle(mailqueue::Queue& queue, const AddressBook& book, const HandOver& handed,
                                  WallTime now) {
  return Settlement(queue, book, handed, now).run();
}

mailqueue::Work part_of(const mailqueue::Work& work, const std::vector<std::size_t>& which) {
  mailqueue::Work part = work;
  part.envelope.recipients.clear();
  part.targets.clear();
  for (const auto index : which) {
    part.envelope.recipients.push_back(work.envelope.recipients[index]);
    part.targets.push_back(work.targets[index]);
  }
  return part;
}

}  // namespace external::postoffice
