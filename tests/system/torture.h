#pragma once
// Two post offices under load, either of which is killed again and again, and the books that are kept about
// it.

#include "town.h"

#include <mailqueue/queue.h>

#include <fmt/format.h>

#include <map>
#include <random>
#include <set>

namespace external::test {

/// What the last lines of a log say that External was doing.
inline std::string moment_of(std::string_view log) {
  struct Sign {
    std::string_view text;
    std::string_view moment;
  };
  static constexpr Sign signs[] = {
      {"-- Closing connection --", "hanging up"},
      {"Connection end.", "hanging up"},
      {"Message transmission start", "transferring"},
      {"Message transmission ", "hanging up"},
      {"Session of ", "hanging up"},
      {"Received ", "transferring"},
      {"Sent ", "transferring"},
      {"Refused by", "transferring"},
      {"Not stored", "transferring"},
      {"Delivered ", "delivering"},
      {"; returned ", "returning"},
      {"Connected", "transferring"},
      {"Answering call", "signing on"},
      {"Calling:", "dialling"},
      {"Queued ", "dialling"},
      {"Call failed", "waiting to try again"},
      {"Ready.", "idle"},
      {"Initializing Modem", "initialising"},
      {"OUT: ", "playing a script"},
      {"IN: ", "playing a script"},
  };
  while (!log.empty()) {
    if (log.ends_with('\n')) log.remove_suffix(1);
    const auto start = log.rfind('\n') + 1;  // npos + 1 is 0
    const auto line = log.substr(start);
    for (const auto& sign : signs) {
      if (line.find(sign.text) != std::string_view::npos) return std::string(sign.moment);
    }
    log = log.substr(0, start);
  }
  return "starting";
}

/// A post office whose External is killed and started again.
class Victim {
 public:
  explicit Victim(const PostOffice& office) : office_(office) {}

  const PostOffice& office() const { return office_; }
  void start() {
    log_before_ = log_size();
    process_.emplace(office_.start());
  }
  /// Returns what it was doing.
  std::string kill() {
    process_->signal(SIGKILL);
    const auto ended = process_->wait(std::chrono::seconds(60));
    if (!ended || ended->signal != SIGKILL)
      throw std::runtime_error("it ended by itself: " + process_->output() + office_.log());
    return moment_of(office_.log().substr(log_before_));
  }
  std::uint64_t log_size() const {
    std::error_code none;
    const auto size = std::filesystem::file_size(office_.path() / "log" / "Session.log", none);
    return none ? 0 : size;
  }
  bool queues_nothing() const { return mailqueue::Queue(office_.path() / "queue.db").totals().messages == 0; }

 private:
  const PostOffice& office_;
  std::optional<Process> process_;
  std::uint64_t log_before_ = 0;
};

/// A message that was given to `external send`.
struct Letter {
  std::string from;  ///< post office
  std::string content;
  std::set<std::string> to;  ///< addresses that have a mailbox
  bool to_nobody = false;    ///< and one that has none, so that a notice must come
  bool certain = false;  ///< the command ended well; else it was killed, and there is all of it or nothing
};

}  // namespace external::test
