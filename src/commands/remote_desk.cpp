#include "remote_desk.h"

#include "desk_commands.h"
#include "log_filter.h"
#include "table.h"

#include <external/base/text.h>

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

namespace external::commands {

namespace json = boost::json;

namespace {

constexpr auto remote_desk_patience = std::chrono::seconds(10);
constexpr std::size_t remote_page = 100;

std::string time_of_day(WallTime time) {
  const auto seconds = WallTime::clock::to_time_t(time);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  return fmt::format("{:02}:{:02}:{:02}", local.tm_hour, local.tm_min, local.tm_sec);
}

}  // namespace

RemoteDesk::RemoteDesk(const asio::any_io_executor& executor, Clock& clock, std::string home,
                       std::string socket, std::string instance)
    : executor_(executor),
      clock_(clock),
      home_(std::move(home)),
      socket_(std::move(socket)),
      instance_(std::move(instance)),
      client_(executor, clock, socket_, home_) {
  scene_.status.home = home_;
  scene_.status.now = clock_.wall();
}

Task<> RemoteDesk::refresh(const console::Wanted& wanted) {
  std::string why;
  try {
    co_await ask(wanted);
    co_return;
  } catch (const control::NotRunning&) {
    why = away_ || scene_.status.pid != 0 ? "External has ended" : "no External is running for " + home_;
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    why = error.what();
  } catch (const std::exception& error) {
    why = error.what();
  }
  lost(why);
}

Task<> RemoteDesk::ask(const console::Wanted& wanted) {
  json::object request{{"command", "status"}};
  const auto answer = co_await client_.request(std::move(request), remote_desk_patience);
  take(control::status_from_json(answer));
  if (wanted.log) {
    json::object more{{"command", "log"}};
    const auto lines = co_await client_.request(std::move(more), remote_desk_patience);
    scene_.log = json::value_to<std::vector<std::string>>(lines.at("lines"));
    choose_lines(scene_.log);
  }
  if (!wanted.messages) co_return;
  json::object more{{"command", "messages"}, {"after", wanted.after}, {"limit", remote_page}};
  const auto messages = co_await client_.request(std::move(more), remote_desk_patience);
  scene_.messages = control::page_from_json(messages);
}

void RemoteDesk::take(control::Status status) {
  const bool is_another = scene_.status.pid != 0 && status.pid != scene_.status.pid;
  if (away_ || is_another) {
    scene_.news = (is_another ? "External was started again " + local_time(status.started) + ", process " +
                                    std::to_string(status.pid)
                              : std::string("External answers again")) +
                  ".";
  }
  away_ = false;
  scene_.trouble.clear();
  choose_instance(status);
  scene_.status = std::move(status);
  scene_.log = scene_.status.recent;
}

void RemoteDesk::choose_instance(control::Status& status) const {
  if (instance_.empty()) return;
  std::erase_if(status.lines, [&](const auto& line) { return !equal_no_case(line.instance, instance_); });
  std::erase_if(status.post_offices, [&](const auto& office) {
    return std::ranges::none_of(office.instances,
                                [&](const auto& name) { return equal_no_case(name, instance_); });
  });
  for (auto& share : status.shares) {
    std::erase_if(share.modems, [&](const auto& modem) { return !equal_no_case(modem.instance, instance_); });
  }
  std::erase_if(status.shares, [](const auto& share) { return share.modems.empty(); });
  choose_lines(status.recent);
}

void RemoteDesk::choose_lines(std::vector<std::string>& log) const {
  if (instance_.empty()) return;
  LogFilter filter;
  filter.instance = instance_;
  std::erase_if(log, [&](const auto& line) { return !filter.passes(line); });
}

void RemoteDesk::lost(const std::string& why) {
  away_ = scene_.status.pid != 0;
  scene_.trouble = why;
  if (away_) scene_.trouble += ", last seen at " + time_of_day(scene_.status.now);
  scene_.trouble += ". Looking for it every second.";
}

Task<std::string> RemoteDesk::act(const console::Action& action) {
  // A connection of its own: a look may be under way on the other.
  control::AsyncClient client(executor_, clock_, socket_, home_);
  auto request = request_for(action);
  const auto reply = co_await client.request(std::move(request), remote_desk_patience);
  if (action.what == console::Action::What::hang_up) {
    const bool had_call = reply.at("call").as_bool();
    co_return had_call ? "The call on " + action.name + " is being hung up."
                       : "There is no call on " + action.name + ".";
  }
  if (action.what == console::Action::What::end_lease) co_return end_lease_text(reply.at("found").as_bool());
  co_return json::value_to<std::string>(reply.at("text"));
}

}  // namespace external::commands
