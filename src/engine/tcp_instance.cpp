#include "dialled_call.h"
#include "instance.h"
#include "line_words.h"

#include <external/base/task_group.h>
#include <external/line/tcp.h>

#include <fmt/format.h>

namespace external::engine {

namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;

constexpr Duration listen_pause = 5s;  ///< before an address that could not be bound is tried again
constexpr Duration connect_limit = 30s;
constexpr std::size_t most_calls = 4096;  ///< that came in, at once

class TcpInstance final : public Instance {
 public:
  TcpInstance(Context& context, const config::Instance& settings, Board& board)
      : context_(context),
        settings_(settings),
        board_(board),
        wake_(context.executor),
        calls_(context.executor) {}

  void wake() override { wake_.set(); }
  bool has_calls() const override { return standing_ > 0; }

  Task<> run(Event& stop) override {
    co_await first_of(serve(), stop.wait());
    co_await calls_.end();
    write("Connections closed.");
  }

 private:
  void write(const std::string& text) { context_.log.write(settings_.name, text); }
  void write(const std::string& call, const std::string& text) {
    context_.log.write_of_call(settings_.name, call, text);
  }
  std::string next_call() { return context_.call_ids.next(context_.clock.wall()); }

  Task<> serve() {
    if (settings_.listen && context_.answer_calls && !settings_.comm_out_only) {
      co_await first_of(endless(&TcpInstance::listen), endless(&TcpInstance::dial_due));
    } else {
      show_ready();
      co_await endless(&TcpInstance::dial_due);
    }
  }

  /// It can dial although its address cannot be had, so calls come and go, and the trouble stays.
  void show_ready() {
    if (trouble_.empty()) {
      board_.show(LineState::listening, ready_words(settings_, context_.answer_calls, last_call_));
    } else {
      board_.show(trouble_state_, trouble_);
    }
  }

  /// Runs one of the two loops for ever; trouble is logged and the loop begins anew.
  Task<> endless(Task<> (TcpInstance::*loop)()) {
    for (;;) {
      std::string trouble;
      try {
        co_await (this->*loop)();
      } catch (const boost::system::system_error& error) {
        if (error.code() == asio::error::operation_aborted) throw;
        trouble = error.what();
      } catch (const std::exception& error) {
        trouble = error.what();
      }
      if (!trouble.empty()) write("Unexpected trouble: " + trouble + "; tried again.");
      co_await context_.clock.wait_for(listen_pause);
    }
  }

  Task<> listen() {
    tcp::acceptor acceptor(context_.executor);
    if (const auto error = open(acceptor)) {
      const auto text = fmt::format("Cannot listen on {}:{}: {}; end the other program, or change Listen.",
                                    settings_.listen->host, settings_.listen->port, error.message());
      if (text != trouble_) write(text);
      trouble_ = text;
      trouble_state_ = error == asio::error::address_in_use ? LineState::lock_wait : LineState::absent;
      show_ready();
      co_return;
    }
    trouble_.clear();
    write(fmt::format("Listening on {}:{}. Ready.", settings_.listen->host, settings_.listen->port));
    show_ready();
    for (;;) {
      tcp::socket socket(context_.executor);
      auto [error] = co_await acceptor.async_accept(socket, asio::as_tuple(asio::use_awaitable));
      if (error) {
        co_await context_.clock.wait_for(100ms);  // out of descriptors, most likely: the next one may do
        continue;
      }
      if (calls_.size() < most_calls) calls_.spawn(answer(std::move(socket)));
    }
  }

  error_code open(tcp::acceptor& acceptor) const {
    error_code error;
    const auto& listen = *settings_.listen;
    const auto address =
        listen.host.empty()
            ? asio::ip::address(asio::ip::address_v6::any())
            : asio::ip::make_address(listen.host == "localhost" ? "127.0.0.1" : listen.host, error);
    if (error) return error;
    const tcp::endpoint end(address, static_cast<std::uint16_t>(std::stoul(listen.port)));
    acceptor.open(end.protocol(), error);
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor.bind(end, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    return error;
  }

  Task<> answer(tcp::socket socket) {
    Standing standing(*this);
    const auto line = line::make_tcp_line(std::move(socket), context_.clock);
    const std::string id = next_call();
    write(id, "Answering call from " + line->name());
    std::string trouble;
    try {
      const std::string none;
      const auto result = co_await hold_call(context_, board_, settings_, *line, none, none, id);
      last_call_ = (result.peer.empty() ? line->name() : result.peer) + ": " + result.text;
    } catch (const std::exception& error) {
      trouble = error.what();
    }
    if (!trouble.empty()) write(id, "The call from " + line->name() + " broke: " + trouble);
    ends(*line, standing);
  }

  /// Counts a call, until it ends.
  class Standing {
   public:
    explicit Standing(TcpInstance& line) : line_(line) { ++line_.standing_; }
    Standing(const Standing&) = delete;
    Standing& operator=(const Standing&) = delete;
    ~Standing() { ends(); }
    void ends() {
      if (!std::exchange(ended_, true)) --line_.standing_;
    }

   private:
    TcpInstance& line_;
    bool ended_ = false;
  };

  void ends(line::Line& line, Standing& standing) {
    line.close();
    standing.ends();
    board_.call_ends();
    show_ready();
  }

  Task<> dial_due() {
    for (;;) {
      wake_.clear();
      if (auto task = context_.planner.next_call(settings_)) {
        co_await dial(std::move(*task));
        continue;
      }
      co_await first_of(wake_.wait(), context_.clock.wait_until(context_.planner.next_look()));
    }
  }

  Task<> dial(CallTask task) {
    const auto settings = context_.settings;  // as they are now, for the whole of the call
    const auto* office = settings->find_post_office(task.post_office);
    DialledCall call;
    call.id = next_call();
    write(call.id, fmt::format("{}: Queued {} {} of mail to send, {} bytes.", office->name, task.messages,
                               task.messages == 1 ? "item" : "items", task.bytes));
    write(call.id,
          fmt::format("Calling: {} at {}:{}", office->name, office->address->host, office->address->port));
    board_.show(LineState::dialling, "Calling " + office->name + ".");
    Unfinished unfinished(context_, task);
    Tally::Dialling counted(board_.tally());
    Standing standing(*this);
    auto line = co_await line::connect_tcp(office->address->host, office->address->port, context_.clock,
                                           context_.clock.now() + connect_limit);
    CallResult result;
    error_code unreached;
    if (!line) unreached = line.error();
    if (line) {
      const std::string no_connect;
      result = co_await hold_call(context_, board_, settings_, **line, office->name, no_connect, call.id,
                                  task.limits);
      last_call_ = office->name + ": " + result.text;
      ends(**line, standing);
    } else {
      result.text = "No connection: " + line.error().message() + ".";
      last_call_ = office->name + ": " + result.text;
      standing.ends();
      show_ready();
    }
    unfinished.settled();
    call.line_error = unreached;
    call.result = std::move(result);
    counted.ends(result_of(call));
    co_await finish_dialled_call(context_, settings_, std::move(task), std::move(call));
  }

  Context& context_;
  const config::Instance& settings_;
  Board& board_;
  Event wake_;
  TaskGroup calls_;
  std::size_t standing_ = 0;  ///< calls
  std::string trouble_;       ///< why the address cannot be had
  LineState trouble_state_ = LineState::absent;
  std::string last_call_;  ///< with whom, and how it ended; empty if there was none
};

}  // namespace

std::unique_ptr<Instance> make_tcp_instance(Context& context, const config::Instance& settings,
                                            Board& board) {
  return std::make_unique<TcpInstance>(context, settings, board);
}

}  // namespace external::engine
