#include "problems.h"

#include "home.h"
#include "queue_view.h"
#include "table.h"

#include <external/base/text.h>
#include <external/engine/report.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace external::commands {

namespace json = boost::json;

namespace {

using mailqueue::State;

constexpr auto problems_patience = std::chrono::hours(4);  ///< with a post office that is to call us
constexpr std::uintmax_t full_below = 100 * 1024;          ///< bytes; less is a full disk
constexpr std::size_t most_listed = 10'000;                ///< messages looked at one by one

std::string cure_of_calls(const std::string& cause, const std::string& whom) {
  const auto then = "; then external retry " + whom;
  if (cause == "busy") return "Listen to what is on that line, or give it another Phone" + then + ".";
  if (cause == "no answer")
    return "See that " + whom + " is switched on, that its External runs and answers" + then + ".";
  if (cause == "no carrier")
    return "Try another modem, script or speed, at both ends, and the quality of the line" + then + ".";
  if (cause == "no dial tone") return "See to the telephone line or the network of this end" + then + ".";
  if (cause == "refused")
    return "Password must be the same at both ends, and Phone or Address must lead to " + whom + then + ".";
  if (cause == "protocol")
    return "See who answers at its Phone or Address: a person, a fax, an older External" + then + ".";
  if (cause == "rejected")
    return "Dial that number by hand, or see the modem's manual on blacklists" + then + ".";
  return "See Session.log, and the port and the disk of this end" + then + ".";
}

class Finder {
 public:
  Finder(const config::Settings& settings, const mailqueue::Queue& queue,
         const std::optional<control::Status>& running, WallTime now)
      : settings_(settings),
        queue_(queue),
        running_(running),
        now_(now),
        directory_(directory(settings)),
        routes_(directory_.routes()) {}

  std::vector<Problem> all() {
    count_hops();
    find_undialable();
    find_ways_out();
    find_unreachable();
    find_kept_back();
    find_lines();
    find_full_disk();
    find_nobody();
    return std::move(problems_);
  }

 private:
  struct Mail {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
    std::optional<WallTime> oldest;

    void add(std::uint64_t more_messages, std::uint64_t more_bytes, WallTime since) {
      messages += more_messages;
      bytes += more_bytes;
      oldest = oldest ? std::min(*oldest, since) : since;
    }
  };

  void add(std::string kind, std::string subject, const Mail& mail, std::string why, std::string cure,
           std::optional<WallTime> until = {}) {
    problems_.push_back({std::move(kind), std::move(subject), mail.messages, mail.bytes, mail.oldest, until,
                         std::move(why), std::move(cure)});
  }

  /// What waits, by next post office; without one by destination.
  void count_hops() {
    for (const auto& waiting : queue_.waiting()) {
      const auto next = routes_.next_hop(waiting.destination);
      if (const auto* via = std::get_if<postoffice::Via>(&next)) {
        hops_[via->post_office].add(waiting.messages, waiting.bytes, waiting.oldest);
      } else if (std::holds_alternative<postoffice::Unknown>(next)) {
        lost_[waiting.destination].add(waiting.messages, waiting.bytes, waiting.oldest);
      }
      waiting_.add(waiting.messages, waiting.bytes, waiting.oldest);
    }
  }

  void find_undialable() {
    for (const auto& calls : failed_calls(queue_, now_)) {
      if (!calls.undialable || !settings_.find_post_office(calls.post_office)) continue;
      add("undialable", calls.post_office, hops_[calls.post_office],
          fmt::format("{} calls in a row have failed, the last by {}: {}", calls.failures, calls.cause,
                      calls.last_error),
          cure_of_calls(calls.cause, calls.post_office), calls.until);
    }
  }

  /// Mail systems and programs that do not take the mail that is to be handed over to them.
  void find_ways_out() {
    for (const auto& calls : failed_calls(queue_, now_)) {
      const auto* way = directory_.ways_out().by_destination(calls.post_office);
      if (!way || calls.cause != engine::way_out_cause) continue;
      add("way-out", way->destination, mail_for(*way),
          fmt::format("{} {} failed, the last: {}", calls.failures,
                      calls.failures == 1 ? "try has" : "tries in a row have", calls.last_error),
          cure_of(*way), calls.until);
    }
  }

  Mail mail_for(const engine::WayOut& way) {
    if (!way.post_office.empty()) return hops_[way.post_office];
    Mail mail;
    for (const auto& waiting : queue_.waiting()) {
      if (waiting.destination == way.destination) mail.add(waiting.messages, waiting.bytes, waiting.oldest);
    }
    return mail;
  }

  std::string cure_of(const engine::WayOut& way) const {
    const auto then = "; it is tried again by itself, at once with external retry " +
                      (way.post_office.empty() ? settings_.home_po : way.post_office) + ".";
    if (std::holds_alternative<config::Program>(way.way))
      return "See that the program is there and may be run by the user of External" + then;
    if (const auto* socket = std::get_if<config::LmtpSocket>(&way.way)) {
      return "See that the server at " + socket->path.string() +
             " runs, and that the user of External may write to that socket" + then;
    }
    return "See that the server runs and takes mail from this computer; Deliver and Gateway name it" + then;
  }

  void find_unreachable() {
    for (const auto& [destination, mail] : lost_) {
      add("no-route", visible(destination), mail,
          "There is no way to that post office; its mail is returned.",
          "Add a section [PostOffice " + visible(destination) + "] to " + settings_.file.string() +
              " before External runs.");
    }
    for (const auto& [hop, mail] : hops_) {
      const auto* office = settings_.find_post_office(hop);
      if (office && mail.messages > 0 && office->deliver.empty()) find_without_line(*office, mail);
    }
  }

  void find_without_line(const config::PostOffice& office, const Mail& mail) {
    if (!office.can_be_called()) {
      if (now_ - mail.oldest.value_or(now_) < problems_patience) return;
      add("no-call", office.name, mail, "Only that post office calls us, and it has not for long.",
          "Ask over there, or add Phone or Address to [PostOffice " + office.name + "].");
      return;
    }
    const bool any = std::ranges::any_of(office.instances, [this](const auto& name) {
      const auto* instance = settings_.find_instance(name);
      return instance && instance->can_dial();
    });
    if (!any) {
      add("no-line", office.name, mail, "None of its instances dials.",
          "Remove CommInOnly or CommDisable of one of them, or name another in Instance of [PostOffice " +
              office.name + "].");
    }
  }

  void find_kept_back() {
    for (const auto& [state, recipients] : queue_.totals().recipients) {
      if (recipients == 0) continue;
      const auto name = mailqueue::name(state);
      if (state == State::held) {
        find_kept_back(state, "held", "An administrator holds it back.",
                       "external queue release ID lets it go, external queue return ID gives it back.");
      } else if (name == "quarantined") {
        find_kept_back(state, "quarantined", "It is damaged and was set aside; the rest is served.",
                       "external queue show ID tells more, external queue delete ID removes it.");
      }
    }
  }

  void find_kept_back(State state, const std::string& kind, const std::string& why, const std::string& cure) {
    std::map<std::string, Mail> mail;
    mailqueue::Filter filter;
    filter.state = state;
    filter.limit = most_listed;
    for (const auto& message : queue_.list(filter)) {
      std::string last;
      for (const auto& recipient : message.recipients) {
        const auto& destination = recipient.recipient.destination;
        if (recipient.state != state || destination == last) continue;
        mail[destination].add(1, message.size, message.envelope.accepted);
        last = destination;
      }
    }
    for (const auto& [destination, kept] : mail) add(kind, visible(destination), kept, why, cure);
  }

  /// Though the settings want it to work.
  bool is_disabled(const control::LineStatus& line) const {
    const auto* instance = settings_.find_instance(line.instance);
    return line.state == engine::name_of(engine::LineState::disabled) && instance && !instance->comm_disable;
  }

  void find_lines() {
    if (!running_) return;
    for (const auto& line : running_->lines) {
      if (is_disabled(line)) {
        add("line", line.instance, {}, line.detail, "The other lines work meanwhile.");
      }
      if (!engine::is_waiting(line.state)) continue;
      add("line", line.instance, {}, line.detail,
          "External goes on by itself once that is mended; external modem test --instance " + line.instance +
              " looks at it.");
    }
  }

  void find_full_disk() {
    std::error_code error;
    const auto space = std::filesystem::space(settings_.folder, error);
    if (error || space.available >= full_below) return;
    add("disk-full", settings_.folder.string(), {},
        fmt::format("Only {} bytes are left on its disk.", with_commas(space.available)),
        "Make room; External goes on by itself then.");
  }

  void find_nobody() {
    if (running_ || waiting_.messages == 0) return;
    add("not-running", settings_.home_po, waiting_, "Mail waits, and no External runs.",
        "Start it: external run.");
  }

  const config::Settings& settings_;
  const mailqueue::Queue& queue_;
  const std::optional<control::Status>& running_;
  WallTime now_;
  engine::Directory directory_;
  const postoffice::RoutingTable& routes_;
  std::map<std::string, Mail> hops_;
  std::map<std::string, Mail> lost_;
  Mail waiting_;
  std::vector<Problem> problems_;
};

json::value time_or_null(const std::optional<WallTime>& time) {
  return time ? json::value(iso_time(*time)) : json::value(nullptr);
}

}  // namespace

std::vector<Problem> find_problems(const config::Settings& settings, const mailqueue::Queue& queue,
                                   const std::optional<control::Status>& running, WallTime now) {
  return Finder(settings, queue, running, now).all();
}

std::string problems_text(const std::vector<Problem>& problems) {
  if (problems.empty()) return "Nothing is stuck.\n";
  std::string text;
  for (const auto& problem : problems) {
    text += fmt::format("{:<12} {}", problem.kind, problem.subject);
    if (problem.messages > 0) {
      text += fmt::format(": {} {}, {} bytes, oldest {}", with_commas(problem.messages),
                          problem.messages == 1 ? "message" : "messages", with_commas(problem.bytes),
                          local_time(problem.oldest));
    }
    text += fmt::format("\n{:13}{}\n", "", visible(problem.why));
    if (problem.until) text += fmt::format("{:13}Until {}.\n", "", local_time(problem.until));
    text += fmt::format("{:13}{}\n", "", problem.cure);
  }
  return text;
}

json::array to_json(const std::vector<Problem>& problems) {
  json::array array;
  for (const auto& problem : problems) {
    array.push_back(json::object{{"kind", problem.kind},
                                 {"subject", problem.subject},
                                 {"messages", problem.messages},
                                 {"bytes", problem.bytes},
                                 {"oldest", time_or_null(problem.oldest)},
                                 {"until", time_or_null(problem.until)},
                                 {"why", problem.why},
                                 {"cure", problem.cure}});
  }
  return array;
}

}  // namespace external::commands
