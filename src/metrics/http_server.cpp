#include "http_connection.h"

#include <external/base/async.h>
#include <external/metrics/http_server.h>

#include <fmt/format.h>

#include <list>

namespace external::metrics {

namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;

constexpr std::size_t most_clients = 16;
constexpr Duration page_age = 1s;     ///< so long one answer serves all who ask
constexpr Duration bind_pause = 60s;  ///< before an address that could not be had is tried again
constexpr Duration accept_pause = 100ms;

}  // namespace

// Shared with the coroutines of the clients, which may be destroyed after the server.
struct HttpServer::State : std::enable_shared_from_this<State> {
  State(const asio::any_io_executor& its_executor, Clock& its_clock, Place its_place, MakePage its_page,
        Tell its_tell)
      : executor(its_executor),
        clock(its_clock),
        place(std::move(its_place)),
        make_page(std::move(its_page)),
        tell(std::move(its_tell)),
        changed(its_executor) {}

  Task<> listen_and_serve();
  Task<> serve(tcp::acceptor acceptor);
  void take(tcp::socket socket);
  Task<> end_clients();
  Result<tcp::acceptor> listen() const;
  std::string page();
  void said(const std::string& line);

  asio::any_io_executor executor;
  Clock& clock;
  Place place;
  MakePage make_page;
  Tell tell;
  std::string last_said;
  std::string last_page;
  std::optional<TimePoint> page_made;
  std::list<asio::cancellation_signal> clients;
  Event changed;  ///< a client has gone
};

/// Each thing once, not at each try.
void HttpServer::State::said(const std::string& line) {
  if (line != last_said) tell(line);
  last_said = line;
}

Result<tcp::acceptor> HttpServer::State::listen() const {
  error_code error;
  const auto host = place.host.empty()          ? std::string("127.0.0.1")
                    : place.host == "localhost" ? "127.0.0.1"
                                                : place.host;
  const auto address = asio::ip::make_address(host, error);
  if (error) return error;
  const tcp::endpoint end(address, static_cast<std::uint16_t>(std::stoul(place.port)));
  tcp::acceptor acceptor(executor);
  acceptor.open(end.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(end, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return error;
  return acceptor;
}

Task<> HttpServer::State::listen_and_serve() {
  for (;;) {
    auto acceptor = listen();
    if (acceptor) {
      const auto end = acceptor->local_endpoint();
      said(fmt::format(
          "Metrics are told at http://{}:{}/metrics.",
          end.address().is_v6() ? "[" + end.address().to_string() + "]" : end.address().to_string(),
          end.port()));
      co_await serve(std::move(*acceptor));
    } else {
      said(
          fmt::format("MetricsListen: cannot listen on {}:{}: {}; end the other program, or change it. Mail "
                      "goes on.",
                      place.host, place.port, acceptor.error().message()));
    }
    co_await clock.wait_for(bind_pause);
  }
}

Task<> HttpServer::State::serve(tcp::acceptor acceptor) {
  for (;;) {
    changed.clear();
    if (clients.size() >= most_clients) {
      co_await changed.wait();
      continue;
    }
    auto [error, socket] = co_await acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
    co_await cancellation_point();
    if (error) {
      co_await clock.wait_for(accept_pause);  // out of descriptors, most likely
      continue;
    }
    take(std::move(socket));
  }
}

void HttpServer::State::take(tcp::socket socket) {
  const auto client = clients.emplace(clients.end());
  asio::co_spawn(
      executor, serve_client(std::move(socket), [this] { return page(); }),
      asio::bind_cancellation_slot(client->slot(), [self = shared_from_this(), client](std::exception_ptr) {
        self->clients.erase(client);
        self->changed.set();
      }));
}

Task<> HttpServer::State::end_clients() {
  for (auto& client : clients) client.emit(asio::cancellation_type::terminal);
  while (!clients.empty()) {
    changed.clear();
    co_await changed.wait();
  }
}

std::string HttpServer::State::page() {
  if (page_made && clock.now() - *page_made < page_age) return last_page;
  last_page = make_page();
  page_made = clock.now();
  return last_page;
}

HttpServer::HttpServer(const asio::any_io_executor& executor, Clock& clock, Place place, MakePage page,
                       Tell tell)
    : state_(std::make_shared<State>(executor, clock, std::move(place), std::move(page), std::move(tell))) {}

HttpServer::~HttpServer() = default;

Task<> HttpServer::run() {
  const auto state = state_;
  std::exception_ptr ended;
  try {
    co_await state->listen_and_serve();
  } catch (...) {
    ended = std::current_exception();
  }
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await state->end_clients();
  std::rethrow_exception(ended);
}

}  // namespace external::metrics
