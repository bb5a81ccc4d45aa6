#pragma once
// Lines for journald, by its native protocol.

#include <external/base/descriptor.h>
#include <external/log/messages.h>

namespace external::log {

/// Sends each line as a datagram of fields (systemd.journal-fields). Never waits: a line that the journal
/// does not take at once, or that nobody is there for, is left out; it stands in the file.
class Journal {
 public:
  /// `socket` is that of journald, usually /run/systemd/journal/socket.
  explicit Journal(std::string socket);

  /// MESSAGE is the text; PRIORITY, CODE, INSTANCE, CALL, and POST_OFFICE and KEY where the line tells them.
  void send(const Entry& entry, const Messages& messages) noexcept;

 private:
  std::string path_;
  Descriptor socket_;
};

/// The datagram. Every value is one line.
std::string journal_fields(const Entry& entry, const Messages& messages);

}  // namespace external::log
