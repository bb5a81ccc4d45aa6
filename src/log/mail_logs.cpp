#include <external/base/text.h>
#include <external/log/entry.h>
#include <external/log/mail_logs.h>

#include <fmt/format.h>

namespace external::log {

namespace {

constexpr std::size_t rule_width = 72;

std::string sender_of(const std::string& sender) {
  return sender.empty() ? "POSTMASTER" : visible(sender);
}

std::string mail(std::uint64_t messages, std::uint64_t bytes) {
  return fmt::format("{} ({} bytes)", messages, bytes);
}

std::string call_mark(const std::string& call) {
  return call.empty() ? "" : fmt::format(" [call {}]", call);
}

}  // namespace

std::string format_mail(WallTime when, const MailEntry& entry) {
  std::string to;
  for (const auto& recipient : entry.recipients) to += (to.empty() ? "" : ", ") + visible(recipient);
  return fmt::format("{} {:>9}  {:<24} {:<24} ({}, {}){}", format_time(when), entry.size,
                     sender_of(entry.sender), to, visible(entry.peer), visible(entry.key),
                     call_mark(entry.call));
}

std::string format_call(const CallEntry& entry) {
  const auto seconds = entry.lasted.count();
  return fmt::format("{} {:<10} {:<21} {:02}:{:02}:{:02}  sent {}, received {}; {}{}{}",
                     format_time(entry.began), visible(entry.instance),
                     entry.peer.empty() ? "?" : visible(entry.peer), seconds / 3600, seconds / 60 % 60,
                     seconds % 60, mail(entry.sent, entry.sent_bytes),
                     mail(entry.received, entry.received_bytes),
                     entry.connection.empty() ? "" : visible(entry.connection) + "; ", visible(entry.outcome),
                     call_mark(entry.call));
}

std::string format_problem(WallTime when, const ProblemEntry& entry) {
  const auto accepted = format_time(entry.accepted);
  const auto blank = accepted.find(' ');
  std::string text = std::string(rule_width, '-') + "\n";
  text += "System log entry on: " + format_time(when) + "\n";
  text += "External program has detected a mail problem.\n";
  text += "Message data:\n";
  text += "    From:    " + sender_of(entry.sender) + "\n";
  text += "    Date:    " + accepted.substr(0, blank) + "\n";
  text += "    Time:    " + accepted.substr(blank + 1) + "\n";
  text += "    Key:     " + visible(entry.key);
  for (const auto& line : entry.report) text += "\n" + visible(line);
  return text;
}

}  // namespace external::log
