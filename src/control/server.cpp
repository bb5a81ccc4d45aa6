#include "client_connection.h"
#include "listening_socket.h"

#include <external/base/async.h>
#include <external/control/server.h>

#include <algorithm>
#include <list>

namespace external::control {

namespace {

constexpr std::size_t most_clients = 64;
constexpr auto pause_after_failed_accept = std::chrono::seconds(1);
constexpr std::string_view no_room =
    "{\"v\":1,\"ok\":false,\"error\":\"64 clients are being served; try again\"}\n";

struct Client {
  explicit Client(std::shared_ptr<ClientConnection> its_connection) : connection(std::move(its_connection)) {}

  std::shared_ptr<ClientConnection> connection;
  asio::cancellation_signal end;
  bool leaves = false;  ///< it was asked to
};

}  // namespace

// Shared with the coroutines of the clients, which may be destroyed after the server.
struct ControlServer::State {
  State(const asio::any_io_executor& executor, Clock& clock, const std::string& path,
        const std::string& group)
      : shared{clock}, socket(std::in_place, executor, path, group), all_ended(executor) {}

  Shared shared;
  std::optional<ListeningSocket> socket;
  std::list<Client> clients;
  Event all_ended;
};

ControlServer::ControlServer(const asio::any_io_executor& executor, Clock& clock, std::string path,
                             const std::string& group)
    : state_(std::make_shared<State>(executor, clock, path, group)) {}

ControlServer::~ControlServer() {
  state_->socket.reset();
}

void ControlServer::handle(std::string command, Handler handler) {
  const auto stream = [handler = std::move(handler)](const boost::json::object& request, Send) {
    return handler(request);
  };
  state_->shared.commands[std::move(command)] = {stream, false};
}

void ControlServer::handle_stream(std::string command, StreamHandler handler) {
  state_->shared.commands[std::move(command)] = {std::move(handler), true};
}

namespace {

template <class State>
void serve(const std::shared_ptr<State>& state, asio::local::stream_protocol::socket socket) {
  const auto executor = socket.get_executor();
  auto connection = std::make_shared<ClientConnection>(std::move(socket), state->shared);
  const auto place = state->clients.emplace(state->clients.end(), connection);
  state->all_ended.clear();
  asio::co_spawn(executor, connection->run(),
                 asio::bind_cancellation_slot(place->end.slot(), [state, place](std::exception_ptr) {
                   state->clients.erase(place);
                   if (state->clients.empty()) state->all_ended.set();
                 }));
}

// Who does nothing yields to a newcomer: first who has done so for longest. False if all are busy.
template <class State>
bool make_room(State& state) {
  const auto stay = std::ranges::count(state.clients, false, &Client::leaves);
  if (static_cast<std::size_t>(stay) < most_clients) return true;
  Client* idlest = nullptr;
  for (auto& client : state.clients) {
    const auto since = client.connection->idle_since();
    if (client.leaves || !since) continue;
    if (idlest == nullptr || *since < *idlest->connection->idle_since()) idlest = &client;
  }
  if (idlest == nullptr) return false;
  idlest->leaves = true;
  idlest->end.emit(asio::cancellation_type::terminal);
  return true;
}

// A new socket has room for a line, so nobody waits for who is sent away.
void send_away(asio::local::stream_protocol::socket socket) {
  error_code ignored;
  socket.non_blocking(true, ignored);
  socket.send(asio::buffer(no_room), 0, ignored);
}

// Ends only by an exception.
template <class State>
Task<> accept_clients(std::shared_ptr<State> state) {
  for (;;) {
    auto [error, socket] =
        co_await state->socket->acceptor().async_accept(asio::as_tuple(asio::use_awaitable));
    if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
    // Out of descriptors, most likely: the others will give some back.
    if (error) co_await state->shared.clock.wait_for(pause_after_failed_accept);
    if (error) continue;
    if (make_room(*state)) {
      serve(state, std::move(socket));
    } else {
      send_away(std::move(socket));
    }
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
  for (auto& client : state->clients) client.end.emit(asio::cancellation_type::terminal);
  if (!state->clients.empty()) co_await state->all_ended.wait();
  std::rethrow_exception(ended);
}

}  // namespace external::control
