#include "home.h"
#include "log_filter.h"
#include "log_reader.h"

#include <external/base/text.h>
#include <external/config/values.h>

#include <boost/json.hpp>

#include <deque>
#include <iostream>

namespace external::commands {

namespace {

constexpr unsigned long most_lines = 1'000'000;

std::string instance_in(const std::string& name, const config::Settings& settings) {
  if (settings.find_instance(name) != nullptr) return name;
  throw Failure(Exit::config, "unknown instance " + visible(name) + "; " + settings.file.string() +
                                  " has no [External-" + visible(name) + "]");
}

std::string post_office_in(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  throw Failure(Exit::usage, "'" + visible(name) + "' is no post office; write NETWORK/POSTOFFICE");
}

log::Level level_in(const std::string& name) {
  if (const auto level = log::level_of(name)) return *level;
  throw Failure(Exit::usage,
                "'" + visible(name) + "' is no level; write debug, info, notice, warning or error");
}

LogFilter filter_for(const Invocation& invocation, const config::Settings& settings) {
  LogFilter filter;
  const auto& arguments = invocation.arguments;
  if (const auto name = arguments.value("instance")) filter.instance = instance_in(*name, settings);
  if (const auto name = arguments.value("post-office")) filter.post_office = post_office_in(*name);
  if (const auto level = arguments.value("level")) filter.level = level_in(*level);
  if (const auto since = arguments.value("since")) filter.since = parse_since(*since, invocation.now());
  if (const auto until = arguments.value("until")) filter.until = parse_since(*until, invocation.now());
  filter.call = arguments.value("call").value_or("");
  filter.message = arguments.value("message").value_or("");
  return filter;
}

std::optional<std::size_t> wanted_lines(const Arguments& arguments) {
  const auto text = arguments.value("lines");
  if (!text) return std::nullopt;
  try {
    return config::parse_number(*text, 0, most_lines);
  } catch (const config::BadValue& error) {
    throw Failure(Exit::usage, "--lines " + visible(*text) + ": " + error.what());
  }
}

/// Who looks for something particular, or for the newest lines, does not care which file it stands in.
bool wants_old_files(const Arguments& arguments) {
  for (const auto* option : {"since", "until", "call", "post-office", "message", "lines"}) {
    if (arguments.has(option)) return true;
  }
  return false;
}

/// Prints the lines that are chosen, at first perhaps only the last of them.
class Printer {
 public:
  Printer(LogFilter filter, std::optional<std::size_t> last, bool as_json, std::ostream& out)
      : filter_(std::move(filter)), last_(last), out_(out) {
    if (as_json) messages_.emplace();
  }

  void learn(const std::string& line) { filter_.learn(line); }

  void take(const std::string& line) {
    if (!filter_.passes(line)) return;
    if (!last_) return print(line);
    kept_.push_back(line);
    if (kept_.size() > *last_) kept_.pop_front();
  }

  /// From now on lines are printed as they come.
  void print_kept() {
    for (const auto& line : kept_) print(line);
    kept_.clear();
    last_.reset();
  }

 private:
  void print(const std::string& line) { out_ << (messages_ ? json_of(line) : line) << "\n"; }

  std::string json_of(const std::string& line) const {
    if (line.starts_with('{')) return line;
    if (const auto entry = log::parse_entry(line)) return log::format_json(*entry, *messages_);
    return boost::json::serialize(boost::json::object{{"text", visible(line)}});
  }

  LogFilter filter_;
  std::optional<std::size_t> last_;
  std::optional<log::Messages> messages_;
  std::deque<std::string> kept_;
  std::ostream& out_;
};

// Ends only when the output has gone, or by a signal.
Task<> follow(LogReader& log, Printer& printer, Surroundings& world) {
  const LogReader::Take take = [&](const std::string& line) { printer.take(line); };
  while (world.out.good()) {
    log.read(take);
    world.out.flush();
    co_await log.wait(world.clock);
  }
}

void read_all(LogReader& log, bool old, const std::optional<WallTime>& since, const LogReader::Take& take) {
  if (old) log.read_old(since, take);
  log.read(take);
}

Exit run_log(Invocation& invocation) {
  expect_no_operands(invocation);
  const auto settings = load_settings(invocation);
  const auto& arguments = invocation.arguments;
  const auto filter = filter_for(invocation, settings);
  const bool old = wants_old_files(arguments);
  auto& world = invocation.world;
  Printer printer(filter, wanted_lines(arguments), arguments.has("json"), world.out);
  LogReader log(settings.log_session);
  if (!log.exists() && !arguments.has("follow")) {
    throw Failure(Exit::no_input, "there is no " + settings.log_session.string() +
                                      " yet; it begins with the first external run");
  }
  if (!filter.post_office.empty()) {
    LogReader before(settings.log_session);
    read_all(before, old, filter.since, [&](const std::string& line) { printer.learn(line); });
  }
  read_all(log, old, filter.since, [&](const std::string& line) { printer.take(line); });
  printer.print_kept();
  if (!arguments.has("follow")) return Exit::ok;
  asio::io_context io(1);
  std::exception_ptr failure;
  asio::co_spawn(io, follow(log, printer, world), [&](std::exception_ptr thrown) { failure = thrown; });
  io.run();
  if (failure) std::rethrow_exception(failure);
  return Exit::ok;
}

}  // namespace

Command log_command() {
  return {"log",
          {"[--follow] [--lines N] [--json] [CHOICE]..."},
          "Print Session.log, or some of it",
          {{"follow", "", "go on with new lines, also across a rotation"},
           {"lines", "N", "of what there is, only the last N lines"},
           {"json", "", "one object a line, whichever LogFormat they are written in"},
           {"instance", "NAME", "only the lines of this instance"},
           {"call", "ID", "only those of this call: what stands behind `call` in a line"},
           {"post-office", "NAME", "only those that name NETWORK/POSTOFFICE, and all of calls with it"},
           {"message", "KEY", "only those with the key of this message, or a part of it"},
           {"level", "LEVEL", "only those that matter as much: debug, info, notice, warning or error"},
           {"since", "TIME", "10:30, 2026-11-21, \"2026-11-21 10:30\", or how long ago: 2h"},
           {"until", "TIME", "the same, for the last line"}},
          "Several choices choose what all of them choose. But for --follow, --json, --instance and --level "
          "alone, the\n"
          "old files Session.log.1, Session.log.2 and so on are read, too.\n"
          "external explain LINE tells what a line means and what to do; docs/session-log.md lists them.\n",
          run_log};
}

}  // namespace external::commands
