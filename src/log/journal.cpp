#include "journal.h"

#include <external/base/text.h>

#include <algorithm>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>

namespace external::log {

namespace {

// Those of syslog (RFC 5424, 6.2.1).
int priority_of(Level level) {
  switch (level) {
    case Level::debug:
      return 7;
    case Level::info:
      return 6;
    case Level::notice:
      return 5;
    case Level::warning:
      return 4;
    case Level::error:
      return 3;
  }
  return 6;
}

void add(std::string& fields, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  fields += name;
  fields += '=';
  fields += value;
  fields += '\n';
}

}  // namespace

Journal::Journal(std::string socket)
    : path_(std::move(socket)), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {}

void Journal::send(const Entry& entry, const Messages& messages) noexcept try {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (!socket_ || path_.size() >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path_.data(), path_.size());
  const auto fields = journal_fields(entry, messages);
  // The name each time: the journal may be started again.
  static_cast<void>(::sendto(socket_.get(), fields.data(), fields.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address), sizeof address));
} catch (const std::exception&) {
  // No memory; the line stands in the file.
}

std::string journal_fields(const Entry& entry, const Messages& messages) {
  const auto text = visible(entry.text);
  const auto known = messages.find(text);
  std::string fields;
  add(fields, "MESSAGE", text.empty() ? "-" : text);
  add(fields, "PRIORITY", std::to_string(priority_of(known ? known->message->level : Level::info)));
  add(fields, "SYSLOG_IDENTIFIER", "external");
  add(fields, "INSTANCE", visible(entry.instance));
  add(fields, "CALL", entry.call);
  if (!known) return fields;
  add(fields, "CODE", known->message->code);
  for (const auto& [name, value] : known->fields) {
    if (name == "post_office") add(fields, "POST_OFFICE", value);
    if (name == "key") add(fields, "KEY", value);
  }
  return fields;
}

}  // namespace external::log
