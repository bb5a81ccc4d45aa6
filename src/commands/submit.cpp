#include "submit.h"

#include "exit.h"
#include "home.h"

#include <external/base/text.h>

namespace external::commands {

namespace {

// Programs that keep mail in files put a line "From ..." before the header.
std::string_view without_from_line(std::string_view start) {
  if (!start.starts_with("From ")) return start;
  const auto end = start.find('\n');
  return end == std::string_view::npos ? start : start.substr(end + 1);
}

void append(std::string& list, const std::string& item) {
  if (list.find(item) != std::string::npos) return;
  list += (list.empty() ? "" : ", ") + item;
}

}  // namespace

Submitter::Submitter(const config::Settings& settings, Clock& clock)
    : settings_(settings),
      clock_(clock),
      book_(address_book(settings)),
      routes_(routing_table(settings)),
      disk_(disk_guard(settings)),
      queue_(open_queue(settings)) {}

Submitter::Result Submitter::submit(postoffice::Submission submission, const Source& source) {
  const auto now = clock_.wall();
  const auto envelope = envelope_for(std::move(submission), now);
  require_room();
  auto writer = queue_.begin(now);
  auto piece = source();
  writer.append(postoffice::missing_header(envelope, book_, without_from_line(piece)));
  for (; !piece.empty(); piece = source()) {
    require_room();
    writer.append(piece);
  }
  const auto accepted = writer.commit(envelope, clock_.wall());
  return {accepted.message.value_or(0), envelope.key};
}

mailqueue::Envelope Submitter::envelope_for(postoffice::Submission submission, WallTime now) const {
  const bool urgent = submission.priority == mailqueue::Priority::urgent;
  submission.useful_life = urgent ? settings_.useful_life_urgent : settings_.useful_life;
  auto envelope = postoffice::make_envelope(submission, book_, now);
  check(envelope);
  return envelope;
}

void Submitter::require_room() {
  const auto refusal = disk_.refusal(0, settings_.home_po);
  if (refusal.empty()) return;
  throw Failure(Exit::try_later, "nothing sent: " + refusal + ", MinKDiskFull is " +
                                     with_commas(settings_.min_k_disk_full) +
                                     " KB; make room and send it again");
}

void Submitter::check(const mailqueue::Envelope& envelope) const {
  std::string unknown_offices;
  std::string unknown_mailboxes;
  const auto boxes = mailboxes(settings_);
  for (const auto& recipient : envelope.recipients) {
    const auto hop = routes_.next_hop(recipient.destination);
    if (std::holds_alternative<postoffice::Unknown>(hop)) append(unknown_offices, recipient.destination);
    if (!std::holds_alternative<postoffice::Local>(hop)) continue;
    const auto name = recipient.address.substr(recipient.destination.size() + 1);
    if (name != postoffice::postmaster && !boxes.find(name)) append(unknown_mailboxes, name);
  }
  if (!unknown_offices.empty()) {
    throw Failure(Exit::no_host, "nothing sent: no route to " + unknown_offices +
                                     "; add [PostOffice NETWORK/POSTOFFICE] to " + settings_.file.string() +
                                     " or correct the address");
  }
  if (!unknown_mailboxes.empty()) {
    throw Failure(Exit::no_user, "nothing sent: no mailbox " + unknown_mailboxes + " at " +
                                     settings_.home_po +
                                     "; make it with: external mailbox add NAME, or correct the address");
  }
}

}  // namespace external::commands
