#pragma once
// The logs beside Session.log, as what is worth an entry. docs/logs.md

#include <external/base/clock.h>

#include <cstdint>
#include <string>
#include <vector>

namespace external::log {

/// A message that went to another post office, or came from one: one copy, however many recipients.
struct MailEntry {
  std::uint64_t size = 0;               ///< bytes of content
  std::string sender;                   ///< empty for a notice
  std::vector<std::string> recipients;  ///< that this copy is for
  std::string peer;                     ///< the post office at the other end
  std::string key;
  std::string call{};  ///< its id; empty if it was handed over
};

/// A call that has ended, or never came about.
struct CallEntry {
  WallTime began{};
  std::chrono::seconds lasted{};
  std::string instance;
  std::string peer;        ///< empty if it never became known
  std::string connection;  ///< what the modem said, or the address; may be empty
  std::uint64_t sent = 0;  ///< messages
  std::uint64_t sent_bytes = 0;
  std::uint64_t received = 0;
  std::uint64_t received_bytes = 0;
  std::string outcome;  ///< one line
  std::string call{};   ///< its id
};

/// Mail that was not delivered.
struct ProblemEntry {
  std::string sender;  ///< empty for a notice
  WallTime accepted{};
  std::string key;
  std::vector<std::string> report;  ///< "[005] Mail retry count exceeded sending to:" and the lines below
};

/// Takes entries on the thread of the lines; never blocks and never throws for a full or stopped disk.
class MailLogs {
 public:
  virtual ~MailLogs() = default;
  virtual void sent(const MailEntry& entry) = 0;
  virtual void received(const MailEntry& entry) = 0;
  virtual void called(const CallEntry& entry) = 0;    ///< a call that we made
  virtual void answered(const CallEntry& entry) = 0;  ///< a call that came in
  virtual void problem(const ProblemEntry& entry) = 0;
};

/// For those who want no logs.
class NoMailLogs final : public MailLogs {
 public:
  void sent(const MailEntry&) override {}
  void received(const MailEntry&) override {}
  void called(const CallEntry&) override {}
  void answered(const CallEntry&) override {}
  void problem(const ProblemEntry&) override {}
};

// The form of the entries, without a line end. Control characters and bytes beyond ASCII are written visibly.

std::string format_mail(WallTime when, const MailEntry& entry);
std::string format_call(const CallEntry& entry);
std::string format_problem(WallTime when, const ProblemEntry& entry);  ///< several lines

}  // namespace external::log
