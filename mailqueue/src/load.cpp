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

/// The columns of a row that read_message() asks for, in their order.
enum Column {
  key,
  sender,
  priority,
  accepted,
  useful_life,
  hops,
  envelope_id,
  headers_only,
  size,
  digest,
  received,
  warned
};

/// Why a row cannot be an envelope that was accepted once; empty if it can.
std::string fault_of(const Statement& row) {
  if (row.text(Column::key).empty()) return "its key is missing";
  if (row.integer(Column::priority) < 0 || row.integer(Column::priority) > static_cast<int>(Priority::low))
    return "its priority has the unknown number " + std::to_string(row.integer(Column::priority));
  if (row.integer(Column::useful_life) < 0) return "its useful life is below nothing";
  if (row.integer(Column::size) < 0) return "its size is below nothing";
  if (row.bytes(Column::digest).size() != Digest().size()) return "its digest has not 32 bytes";
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
  view.envelope.key = row.text(Column::key);
  view.envelope.sender = row.text(Column::sender);
  view.envelope.priority = static_cast<Priority>(row.integer(Column::priority));
  view.envelope.accepted = row.time(Column::accepted);
  view.envelope.useful_life = std::chrono::seconds(row.integer(Column::useful_life));
  view.envelope.hops = lines_of(row.text(Column::hops));
  view.envelope.envelope_id = row.text(Column::envelope_id);
  view.envelope.headers_only = row.integer(Column::headers_only) != 0;
  view.size = static_cast<std::uint64_t>(row.integer(Column::size));
  view.digest = digest_of(row.bytes(Column::digest));
  view.received = row.time(Column::received);
  view.warned = static_cast<int>(row.integer(Column::warned));
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
