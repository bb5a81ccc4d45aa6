#include "submit.h"

#include "exit.h"
#include "home.h"

#include <external/base/text.h>

#include <algorithm>
#include <set>

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

std::set<std::string> destinations(const mailqueue::Envelope& envelope) {
  std::set<std::string> all;
  for (const auto& recipient : envelope.recipients) all.insert(recipient.destination);
  return all;
}

}  // namespace

Submitter::Submitter(const config::Settings& settings, Clock& clock)
    : settings_(settings),
      clock_(clock),
      directory_(directory(settings)),
      disk_(disk_guard(settings)),
      queue_(open_queue(settings)) {}

Submitter::Result Submitter::submit(postoffice::Submission submission, const Source& source) {
  const auto now = clock_.wall();
  const auto envelope = envelope_for(std::move(submission), now);
  require_room();
  auto writer = queue_.begin(now);
  auto piece = source();
  writer.append(top(envelope, piece));
  const auto largest = largest_for(envelope);
  for (; !piece.empty(); piece = source()) {
    require_room();
    writer.append(piece);
    // As soon as it is known: nobody wants to write a film to the disk first.
    if (largest && writer.offset() > *largest) refuse_size(envelope, writer.offset());
  }
  check_backlogs(envelope, writer.offset());
  return commit(writer, envelope);
}

std::string Submitter::top(const mailqueue::Envelope& envelope, std::string_view start) const {
  const auto text = without_from_line(start);
  if (full_name_) return postoffice::missing_fields(envelope, directory_.book(), text, *full_name_);
  return postoffice::missing_header(envelope, directory_.book(), text);
}

Submitter::Result Submitter::commit(mailqueue::Writer& writer, mailqueue::Envelope envelope) {
  const auto groups = directory_.expand(envelope);
  const auto now = clock_.wall();
  const auto result = [&](const mailqueue::Accepted& accepted) {
    return Result{accepted.message.value_or(0), envelope.key};
  };
  if (groups.empty()) return result(writer.commit(envelope, now));
  return queue_.batch([&] {
    const auto accepted = result(writer.commit(envelope, now));
    std::vector<mailqueue::RecipientId> expanded;
    const auto message = queue_.show(accepted.message);
    for (const auto& status : message->recipients) {
      if (std::ranges::find(groups, status.recipient.address) != groups.end()) expanded.push_back(status.id);
    }
    queue_.expanded(expanded, now);
    return accepted;
  });
}

mailqueue::Envelope Submitter::envelope_for(postoffice::Submission submission, WallTime now) const {
  const bool urgent = submission.priority == mailqueue::Priority::urgent;
  if (!submission.useful_life)
    submission.useful_life = urgent ? settings_.useful_life_urgent : settings_.useful_life;
  auto envelope = postoffice::make_envelope(submission, directory_.book(), now);
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

/// The post office takes mail of that person only, and would send the rest back.
void Submitter::check_sender(const mailqueue::Envelope& envelope) const {
  const auto& book = directory_.book();
  if (book.person.empty() || envelope.sender.empty()) return;
  const auto own = book.home + "/" + book.person;
  if (envelope.sender == own) return;
  throw Failure(Exit::no_permission, "nothing sent: mail from this machine is from " + own + ", not from " +
                                         envelope.sender + "; leave the sender out");
}

void Submitter::check(const mailqueue::Envelope& envelope) const {
  check_sender(envelope);
  std::string unknown_offices;
  std::string unknown_mailboxes;
  for (const auto& recipient : envelope.recipients) {
    const auto hop = directory_.routes().next_hop(recipient.destination);
    if (std::holds_alternative<postoffice::Unknown>(hop)) append(unknown_offices, recipient.destination);
    if (!std::holds_alternative<postoffice::Local>(hop)) continue;
    const auto address = postoffice::parse_address(recipient.address, directory_.book());
    if (!address.is_foreign() && !directory_.takes(address)) append(unknown_mailboxes, address.mailbox);
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

std::optional<std::uint64_t> Submitter::largest_for(const mailqueue::Envelope& envelope) const {
  std::optional<std::uint64_t> smallest;
  for (const auto& destination : destinations(envelope)) {
    const auto largest = directory_.largest_message(destination);
    if (largest) smallest = std::min(smallest.value_or(*largest), *largest);
  }
  return smallest;
}

void Submitter::refuse_size(const mailqueue::Envelope& envelope, std::uint64_t size) const {
  for (const auto& destination : destinations(envelope)) {
    const auto obstacle = directory_.obstacle(destination, size);
    if (!obstacle) continue;
    postoffice::Failure failure;
    failure.report = obstacle->report;
    failure.post_office = obstacle->destination;
    failure.detail = obstacle->text;
    throw Failure(Exit::data, "nothing sent: " + postoffice::report_line(failure) + "; send it in parts");
  }
}

void Submitter::check_backlogs(const mailqueue::Envelope& envelope, std::uint64_t size) const {
  for (const auto& destination : destinations(envelope)) {
    if (const auto obstacle = directory_.backlog_of(queue_, destination, size)) {
      throw Failure(Exit::try_later, "nothing sent: " + obstacle->text +
                                         "; send it again later, or see why it waits: external queue list");
    }
  }
}

}  // namespace external::commands
