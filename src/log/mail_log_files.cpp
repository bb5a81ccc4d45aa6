#include <external/log/mail_log_files.h>

namespace external::log {

namespace {

std::optional<SessionLog::FileNumber> open(SessionLog& log, const std::optional<std::string>& path,
                                           std::string_view setting) {
  if (!path) return std::nullopt;
  return log.open_beside(*path, setting);
}

}  // namespace

MailLogFiles::MailLogFiles(Clock& clock, SessionLog& beside, const MailLogPaths& paths)
    : clock_(clock),
      log_(beside),
      sent_(open(beside, paths.sent, "LogSent")),
      received_(open(beside, paths.received, "LogReceive")),
      call_in_(open(beside, paths.call_in, "LogCallIn")),
      call_out_(open(beside, paths.call_out, "LogCallOut")),
      system_(open(beside, paths.system, "LogSystem")) {}

void MailLogFiles::write(const File& file, const std::string& text) {
  if (file) log_.write_beside(*file, text);
}

void MailLogFiles::sent(const MailEntry& entry) {
  if (sent_) write(sent_, format_mail(clock_.wall(), entry));
}

void MailLogFiles::received(const MailEntry& entry) {
  if (received_) write(received_, format_mail(clock_.wall(), entry));
}

void MailLogFiles::called(const CallEntry& entry) {
  if (call_out_) write(call_out_, format_call(entry));
}

void MailLogFiles::answered(const CallEntry& entry) {
  if (call_in_) write(call_in_, format_call(entry));
}

void MailLogFiles::problem(const ProblemEntry& entry) {
  if (system_) write(system_, format_problem(clock_.wall(), entry));
}

}  // namespace external::log
