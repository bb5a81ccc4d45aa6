#include "control_commands.h"

#include "running.h"
#include "wish_json.h"

#include <external/base/async.h>
#include <external/base/text.h>

namespace external::commands {

namespace json = boost::json;
using control::ControlServer;

namespace {

constexpr auto heartbeat_interval = std::chrono::seconds(5);
constexpr std::size_t most_lines_behind = 10'000;
constexpr std::size_t most_events_behind = 1000;

std::string text_member(const json::object& request, std::string_view name) {
  const auto* member = request.if_contains(name);
  if (member == nullptr || !member->is_string())
    throw std::runtime_error("the request needs \"" + std::string(name) + "\"");
  return std::string(member->get_string());
}

Task<json::object> status(Running& running) {
  co_return control::to_json(running.status());
}

Task<json::object> metrics(Running& running) {
  json::object reply;
  reply["text"] = running.metrics();
  co_return reply;
}

Task<json::object> news(Running& running) {
  running.engine().news();
  co_return json::object();
}

Task<json::object> stop(Running& running) {
  running.stop();
  co_return json::object();
}

Task<json::object> reload(Running& running, std::string instance) {
  const auto result = co_await running.reload(std::move(instance));
  json::object reply;
  reply["success"] = result.ok;
  json::array lines;
  for (const auto& line : result.lines) lines.emplace_back(line);
  reply["lines"] = std::move(lines);
  co_return reply;
}

Task<json::object> hang_up(Running& running, std::string instance) {
  if (running.settings().find_instance(instance) == nullptr)
    throw std::runtime_error("unknown instance " + visible(instance));
  json::object reply;
  reply["call"] = running.engine().hang_up(std::move(instance));
  co_return reply;
}

std::string known_instance(Running& running, const json::object& request) {
  auto name = text_member(request, "instance");
  if (running.settings().find_instance(name) == nullptr)
    throw std::runtime_error("unknown instance " + visible(name));
  return name;
}

/// Answers when the port is free.
Task<json::object> stop_line(Running& running, std::string instance) {
  json::object reply;
  reply["changed"] = running.engine().stop_instance(instance);
  co_await running.engine().instance_at_rest(instance);
  co_return reply;
}

Task<json::object> start_line(Running& running, std::string instance) {
  const auto* settings = running.settings().find_instance(instance);
  if (settings->comm_disable) {
    throw std::runtime_error(settings->name + " is disabled by CommDisable (" +
                             settings->origin_of("CommDisable") + "); remove that, then external reload");
  }
  json::object reply;
  reply["changed"] = running.engine().start_instance(instance);
  co_return reply;
}

json::object event_reply(const engine::LineEvent& event) {
  return {{"event", event.name},
          {"instance", event.instance},
          {"port", event.port},
          {"state", engine::name_of(event.state)},
          {"text", event.text}};
}

/// Each as it happens, while the client is there.
Task<json::object> events(Running& running, ControlServer::Send send) {
  std::deque<json::object> waiting;
  Event more(co_await asio::this_coro::executor);
  const auto subscription = running.engine().follow_events([&](const engine::LineEvent& event) {
    waiting.push_back(event_reply(event));
    if (waiting.size() > most_events_behind) waiting.pop_front();
    more.set();
  });
  for (;;) {
    more.clear();
    while (!waiting.empty()) {
      auto reply = std::move(waiting.front());
      waiting.pop_front();
      co_await send(std::move(reply));
    }
    co_await more.wait();
  }
}

// A call may take hours; the client wants to know that somebody is still at it.
Task<> heartbeat(const engine::Engine& engine, const std::string& post_office,
                 const ControlServer::Send& send) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    json::object reply;
    reply["waiting"] = true;
    reply["text"] = engine.waits_for(post_office);
    co_await send(std::move(reply));
    timer.expires_after(heartbeat_interval);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

/// What calls ask for while one lasts that a person has asked for with choices.
class Choices {
 public:
  Choices(engine::Engine& engine, const CallWish& call) : engine_(engine) {
    engine_.ask_for(call.wish, call.tell_deleted);
  }
  Choices(const Choices&) = delete;
  Choices& operator=(const Choices&) = delete;
  ~Choices() { engine_.ask_for({}, false); }

 private:
  engine::Engine& engine_;
};

Task<json::object> call(Running& running, std::string post_office, CallWish wish, ControlServer::Send send) {
  const Choices choices(running.engine(), wish);
  engine::CallReport report;
  auto dial = [&]() -> Task<> { report = co_await running.engine().call(post_office); };
  co_await first_of(dial(), heartbeat(running.engine(), post_office, send));
  json::object reply;
  reply["success"] = report.ok;
  reply["text"] = report.text;
  co_return reply;
}

json::object lines_reply(std::deque<std::string>& lines) {
  json::object reply;
  auto& array = reply["lines"].emplace_array();
  for (const auto& line : lines) array.emplace_back(line);
  lines.clear();
  return reply;
}

Task<json::object> log(Running& running, bool follow, ControlServer::Send send) {
  auto& tail = running.session_log().tail();
  auto lines = tail.lines();
  if (!follow) co_return lines_reply(lines);
  Event more(co_await asio::this_coro::executor);
  const auto subscription = tail.follow([&](const std::string& line) {
    lines.push_back(line);
    if (lines.size() > most_lines_behind) lines.pop_front();
    more.set();
  });
  for (;;) {
    more.clear();
    json::object reply = lines_reply(lines);
    co_await send(std::move(reply));
    co_await more.wait();
  }
}

}  // namespace

void offer_commands(ControlServer& server, Running& running) {
  server.handle("status", [&running](const json::object&) { return status(running); });
  server.handle("metrics", [&running](const json::object&) { return metrics(running); });
  server.handle("news", [&running](const json::object&) { return news(running); });
  server.handle("stop", [&running](const json::object& request) {
    return request.contains("instance") ? stop_line(running, known_instance(running, request))
                                        : stop(running);
  });
  server.handle("start", [&running](const json::object& request) {
    return start_line(running, known_instance(running, request));
  });
  server.handle("reload", [&running](const json::object& request) {
    return reload(running, request.contains("instance") ? text_member(request, "instance") : std::string());
  });
  server.handle("hangup", [&running](const json::object& request) {
    return hang_up(running, text_member(request, "instance"));
  });
  server.handle_stream("call", [&running](const json::object& request, ControlServer::Send send) {
    const auto* wish = request.if_contains("wish");
    return call(running, text_member(request, "post_office"),
                wish != nullptr ? wish_from_json(wish->as_object()) : CallWish(), std::move(send));
  });
  server.handle_stream("events", [&running](const json::object&, ControlServer::Send send) {
    return events(running, std::move(send));
  });
  server.handle_stream("log", [&running](const json::object& request, ControlServer::Send send) {
    const auto* follow = request.if_contains("follow");
    return log(running, follow != nullptr && *follow == true, std::move(send));
  });
}

}  // namespace external::commands
