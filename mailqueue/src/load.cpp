#include "load.h"

#include "recipients.h"
#include "stored_notify.h"

#include <algorithm>

namespace mailqueue {

namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

Digest digest_of(Bytes bytes) {
  Digest digest{};
  std::transform(bytes.begin(), bytes.end(), digest.begin(),
                 [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
  return digest;
}

/// Why a row cannot be an envelope that was accepted once; empty if it can.
std::string fault_of(const Statement& row) {
  if (row.text(0).empty()) return "its key is missing";
  if (row.integer(2) < 0 || row.integer(2) > static_cast<int>(Priority::low))
    return "its priority has the unknown number " + std::to_string(row.integer(2));
  if (row.integer(4) < 0) return "its useful life is below nothing";
  if (row.integer(7) < 0) return "its size is below nothing";
  if (row.bytes(8).size() != Digest().size()) return "its digest has not 32 bytes";
  return {};
}

std::optional<MessageView> read_message(Database& database, MessageId message) {
  Statement row = database.query(
      "SELECT key, sender, priority, accepted, useful_life, hops, envelope_id, headers_only, size, digest, "
      "received, warned FROM message WHERE id = ?",
      message);
  if (!row.step()) return std::nullopt;
  if (const std::string fault = fault_of(row); !fault.empty()) throw DamagedMessage(message, fault);
  MessageView view;
  view.id = message;
  view.envelope.key = row.text(0);
  view.envelope.sender = row.text(1);
  view.envelope.priority = static_cast<Priority>(row.integer(2));
  view.envelope.accepted = row.time(3);
  view.envelope.useful_life = std::chrono::seconds(row.integer(4));
  view.envelope.hops = lines_of(row.text(5));
  view.envelope.envelope_id = row.text(6);
  view.envelope.headers_only = row.integer(7) != 0;
  view.size = static_cast<std::uint64_t>(row.integer(8));
  view.digest = digest_of(row.bytes(9));
  view.received = row.time(10);
  view.warned = static_cast<int>(row.integer(11));
  return view;
}

}  // namespace

std::optional<MessageView> load_message(Database& database, MessageId message) {
  try {
    return read_message(database, message);
  } catch (const Error& error) {
    // A page that is damaged holds few messages; what else is damaged shows by itself.
    if (error.kind() == ErrorKind::corrupt) throw DamagedMessage(message, error.what());
    throw;
  }
}

MessageView load_as_far_as_possible(Database& database, MessageId message) {
  MessageView view;
  try {
    std::optional<MessageView> found = load_message(database, message);
    if (found) view = std::move(*found);
    if (!found) view.damage = "its envelope is missing";
  } catch (const DamagedMessage& damage) {
    view.damage = damage.what();
  }
  view.id = message;
  view.recipients = load_recipients(database, message);
  for (const RecipientStatus& status : view.recipients) view.envelope.recipients.push_back(status.recipient);
  return view;
}

std::vector<RecipientStatus> load_recipients(Database& database, MessageId message) {
  std::vector<RecipientStatus> recipients;
  Statement row = database.query(
      "SELECT id, address, destination, state, attempts, next_attempt, error, tried, notify, original "
      "FROM recipient "
      "WHERE id BETWEEN ? AND ? ORDER BY id",
      first_recipient(message), last_recipient(message));
  while (row.step()) {
    recipients.push_back({row.integer(0),
                          {row.text(1), row.text(2), notify_from_stored(row.integer(8)), row.text(9)},
                          static_cast<State>(row.integer(3)),
                          static_cast<int>(row.integer(4)),
                          row.time(5),
                          row.text(6),
                          row.integer(7) != 0});
  }
  return recipients;
}

}  // namespace mailqueue
