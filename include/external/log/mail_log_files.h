#pragma once
// Sent.log, Recv.log, Callin.log, Callout.log and System.log as files.

#include <external/log/mail_logs.h>
#include <external/log/session_log.h>

#include <optional>

namespace external::log {

/// Which of them are written, by their paths.
struct MailLogPaths {
  std::optional<std::string> sent;
  std::optional<std::string> received;
  std::optional<std::string> call_in;
  std::optional<std::string> call_out;
  std::optional<std::string> system;
};

/// Written by the thread of Session.log, which must outlive it, and reopened and closed together with it.
class MailLogFiles final : public MailLogs {
 public:
  /// Opens the files. Throws std::runtime_error with a line for the administrator.
  MailLogFiles(Clock& clock, SessionLog& beside, const MailLogPaths& paths);

  void sent(const MailEntry& entry) override;
  void received(const MailEntry& entry) override;
  void called(const CallEntry& entry) override;
  void answered(const CallEntry& entry) override;
  void problem(const ProblemEntry& entry) override;

 private:
  using File = std::optional<SessionLog::FileNumber>;
  void write(const File& file, const std::string& text);

  Clock& clock_;
  SessionLog& log_;
  File sent_;
  File received_;
  File call_in_;
  File call_out_;
  File system_;
};

}  // namespace external::log
