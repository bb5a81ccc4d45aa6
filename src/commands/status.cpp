#include "home.h"
#include "problems.h"
#include "queue_view.h"
#include "table.h"
#include "traffic_view.h"

#include <external/base/text.h>
#include <external/console/progress.h>
#include <external/control/status.h>
#include <external/engine/traffic.h>

#include <fmt/ostream.h>

#include <iostream>

namespace external::commands {

namespace json = boost::json;

namespace {

constexpr auto status_patience = std::chrono::seconds(10);
constexpr std::size_t lines_shown = 5;

std::optional<json::object> ask_running(const config::Settings& settings) {
  try {
    return connect_to_running(settings).request({{"command", "status"}}, status_patience);
  } catch (const control::NotRunning&) {
    return std::nullopt;
  }
}

control::Status from_queue(const config::Settings& settings, WallTime now) {
  control::Status status;
  status.version = EXTERNAL_VERSION;
  status.home = settings.home_po;
  status.now = now;
  const auto queue = open_queue(settings);
  const auto traffic = queue.traffic();
  status.queue = queue_by_destination(queue);
  status.traffic = traffic_status(engine::sum_up(traffic, traffic, now));  // no run, so nothing in its time
  status.calls = failed_calls(queue, now);
  const auto disk = disk_guard(settings);
  status.disk = disk.full() ? "FULL" : disk.free() ? "OK" : "";
  status.disk_free = disk.free();
  return status;
}

std::string progress_of(const control::LineStatus& line, WallTime now) {
  if (line.bytes_total == 0 && line.messages_total == 0) return visible(line.detail);
  console::Progress progress;
  progress.messages_done = line.messages_done;
  progress.messages_total = line.messages_total;
  progress.bytes_done = line.bytes_sent + line.bytes_received;
  progress.bytes_total = line.bytes_total;
  progress.elapsed = std::chrono::duration_cast<std::chrono::seconds>(now - line.since);
  return console::progress_text(progress, 100);
}

std::string lines_table(const control::Status& status) {
  Table table({"LINE", "STATE", "SINCE", "PORT", "WITH", "DETAIL"});
  for (const auto& line : status.lines) {
    table.add({visible(line.instance), visible(line.state) + (line.held ? " (held)" : ""),
               local_time(line.since), visible(line.port), line.peer.empty() ? "-" : visible(line.peer),
               progress_of(line, status.now)});
  }
  return table.empty() ? "No lines.\n" : table.text();
}

void print(std::ostream& out, const control::Status& status, bool running) {
  if (running) {
    fmt::print(out, "External {} serves {}, process {}, since {}.\n\n", status.version, status.home,
               status.pid, local_time(status.started));
    out << lines_table(status) << "\n";
  } else {
    fmt::print(out, "No External is running for {}.\n\n", status.home);
  }
  if (status.disk == "FULL") {
    fmt::print(out,
               "Disk FULL: {} KB are free, no mail is taken until there are as many as MinKDiskNotFull.\n\n",
               with_commas(status.disk_free.value_or(0) / 1024));
  }
  out << (status.queue.empty() ? "Nothing waits in the queue.\n" : destinations_table(status.queue));
  if (!status.calls.empty()) out << "\n" << calls_table(status.calls);
  if (const auto traffic = traffic_table(status.traffic); !traffic.empty()) out << "\n" << traffic;
  const auto& recent = status.recent;
  const auto shown = std::min(recent.size(), lines_shown);
  if (shown > 0) out << "\n";
  for (auto line = recent.end() - static_cast<std::ptrdiff_t>(shown); line != recent.end(); ++line)
    out << *line << "\n";
}

Exit print_problems(Invocation& invocation, const config::Settings& settings,
                    const std::optional<json::object>& answer) {
  std::optional<control::Status> running;
  if (answer) running = control::status_from_json(*answer);
  const auto problems = find_problems(settings, open_queue(settings), running, invocation.now());
  auto& out = invocation.world.out;
  if (invocation.arguments.has("json")) {
    out << json::serialize(json::object{{"running", answer.has_value()}, {"problems", to_json(problems)}})
        << "\n";
  } else {
    out << problems_text(problems);
  }
  return problems.empty() ? Exit::ok : Exit::problems;
}

Exit run_status(Invocation& invocation) {
  expect_no_operands(invocation);
  const auto settings = load_settings(invocation);
  const auto answer = ask_running(settings);
  if (invocation.arguments.has("problems")) return print_problems(invocation, settings, answer);
  const auto status = answer ? control::status_from_json(*answer) : from_queue(settings, invocation.now());
  if (!invocation.arguments.has("json")) {
    print(invocation.world.out, status, answer.has_value());
    return Exit::ok;
  }
  auto object = control::to_json(status);
  object["running"] = answer.has_value();
  invocation.world.out << json::serialize(object) << "\n";
  return Exit::ok;
}

}  // namespace

Command status_command() {
  return {
      "status",
      {"[--problems] [--json]"},
      "Show lines, calls and queue",
      {{"json", "", "print JSON; \"running\" tells whether an External runs"},
       {"problems", "", "only what is stuck, why, and what helps"}},
      "Without a running External the queue is shown alone.\n"
      "With --problems it ends with 0 if nothing is stuck and with 1 if something is: a post office that\n"
      "cannot be dialled, mail without a route or a line, mail held or set aside, a line that waits for\n"
      "its modem, a full disk, mail but no running External.\n",
      run_status};
}

}  // namespace external::commands
