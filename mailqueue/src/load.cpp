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
  std::transform(bytes.begin(),
                 bytes.begin() + static_cast<std::ptrdiff_t>(std::min(bytes.size(), digest.size())),
                 digest.begin(), [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
  return digest;
}

}  // namespace

std::optional<MessageView> load_message(Database& database, MessageId message) {
  Statement row = database.query(
      "SELECT key, sender, priority, accepted, useful_life, hops, envelope_id, headers_only, size, digest, "
      "received, warned FROM message WHERE id = ?",
      message);
  if (!row.step()) return std::nullopt;
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

std::optional<MessageView> load_view(Database& database, MessageId message) {
  std::optional<MessageView> view = load_message(database, message);
  if (!view) return view;
  view->recipients = load_recipients(database, message);
  for (const RecipientStatus& status : view->recipients) {
    view->envelope.recipients.push_back(status.recipient);
  }
  return view;
}

}  // namespace mailqueue
