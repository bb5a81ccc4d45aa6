#include "client_connection.h"
#include "listening_socket.h"

#include <external/base/async.h>
#include <external/control/server.h>

#include <list>

namespace external::control {

namespace {

constexpr std::size_t most_clients = 64;
constexpr auto pause_after_failed_accept = std::chrono::seconds(1);

}  // namespace

// Shared with the coroutines of the clients, which may be destroyed after the server.
struct ControlServer::State {
  State(const asio::any_io_executor& executor, Clock& its_clock, const std::string& path)
      : clock(its_clock), socket(std::in_place, executor, path), all_ended(executor) {}

  Clock& clock;
  std::optional<ListeningSocket> socket;
  Commands commands;
  std::list<asio::cancellation_signal> clients;
  Event all_ended;
};

ControlServer::ControlServer(const asio::any_io_executor& executor, Clock& clock, std::string path)
    : state_(std::make_shared<State>(executor, clock, path)) {}

ControlServer::~ControlServer() {
  state_->socket.reset();
}

void ControlServer::handle(std::string command, Handler handler) {
  state_->commands[std::move(command)] = [handler = std::move(handler)](const boost::json::object& request,
                                                                        Send) { return handler(request); };
}

void ControlServer::handle_stream(std::string command, StreamHandler handler) {
  state_->commands[std::move(command)] = std::move(handler);
}

namespace {

template <class State>
void serve(const std::shared_ptr<State>& state, asio::local::stream_protocol::socket socket) {
  const auto executor = socket.get_executor();
  const auto place = state->clients.emplace(state->clients.end());
  state->all_ended.clear();
  auto connection = std::make_shared<ClientConnection>(std::move(socket), state->clock, state->commands);
  asio::co_spawn(executor, connection->run(),
                 asio::bind_cancellation_slot(place->slot(), [state, place, connection](std::exception_ptr) {
                   state->clients.erase(place);
                   if (state->clients.empty()) state->all_ended.set();
                 }));
}

// Ends only by an exception.
template <class State>
Task<> accept_clients(std::shared_ptr<State> state) {
  for (;;) {
    auto [error, socket] =
        co_await state->socket->acceptor().async_accept(asio::as_tuple(asio::use_awaitable));
    if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
    // Out of descriptors, most likely: the others will give some back.
    if (error) co_await state->clock.wait_for(pause_after_failed_accept);
    if (!error && state->clients.size() < most_clients) serve(state, std::move(socket));
  }
}

}  // namespace

Task<> ControlServer::run() {
  auto state = state_;
  std::exception_ptr ended;
  try {
    co_await accept_clients(state);
  } catch (...) {
    ended = std::current_exception();
  }
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  for (auto& client : state->clients) client.emit(asio::cancellation_type::terminal);
  if (!state->clients.empty()) co_await state->all_ended.wait();
  std::rethrow_exception(ended);
}

}  // namespace external::control
