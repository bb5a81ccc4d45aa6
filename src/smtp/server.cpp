#include <external/base/async.h>
#include <external/smtp/server.h>

#include <list>

#include <sys/stat.h>
#include <unistd.h>

namespace external::smtp {

namespace {

using asio::ip::tcp;
using asio::local::stream_protocol;

constexpr auto pause_after_failed_accept = std::chrono::seconds(1);

std::string address_of(const tcp::socket& socket) {
  error_code error;
  const auto end = socket.remote_endpoint(error);
  return error ? "unknown" : end.address().to_string();
}

std::string address_of(const stream_protocol::socket&) {
  return "local";
}

std::string text_of(const tcp::endpoint& address) {
  const auto host = address.address().to_string();
  return (address.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(address.port());
}

[[noreturn]] void refuse(const std::string& where, const std::string& cause) {
  throw std::runtime_error("cannot listen for mail at " + where + ": " + cause +
                           "; end the other program, or choose another address");
}

/// Whether somebody answers there; else it is what a killed program left.
bool is_in_use(const asio::any_io_executor& executor, const std::string& path) {
  stream_protocol::socket probe(executor);
  error_code error;
  probe.connect(stream_protocol::endpoint(path), error);
  return !error;
}

}  // namespace

class Server::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(const asio::any_io_executor& executor, Clock& clock, Reception& reception, ServerOptions options)
      : executor_(executor),
        clock_(clock),
        reception_(reception),
        options_(std::move(options)),
        all_ended_(executor) {
    if (options_.tls) tls_ = stream::make_tls_context(*options_.tls);
  }

  ~Impl() {
    for (const auto& path : sockets_) ::unlink(path.c_str());
  }

  tcp::endpoint listen(const tcp::endpoint& address) {
    tcp::acceptor acceptor(executor_);
    try {
      acceptor.open(address.protocol());
      acceptor.set_option(asio::socket_base::reuse_address(true));
      acceptor.bind(address);
      acceptor.listen();
    } catch (const boost::system::system_error& error) {
      refuse(text_of(address), error.code().message());
    }
    const auto bound = acceptor.local_endpoint();
    tcp_.push_back(std::move(acceptor));
    return bound;
  }

  void listen(const std::filesystem::path& path) {
    const auto name = path.string();
    struct stat status {};
    if (::lstat(name.c_str(), &status) == 0) {
      if (!S_ISSOCK(status.st_mode)) refuse(name, "there is a file of this name that is no socket");
      if (is_in_use(executor_, name)) refuse(name, "another program listens there");
      ::unlink(name.c_str());
    }
    stream_protocol::acceptor acceptor(executor_);
    try {
      acceptor.open();
      acceptor.bind(stream_protocol::endpoint(name));
      // Nobody can connect before listen(), so there is no moment with a wrong mode.
      if (::chmod(name.c_str(), 0660) != 0)
        throw boost::system::system_error(errno, boost::system::system_category());
      acceptor.listen();
    } catch (const boost::system::system_error& error) {
      refuse(name, error.code().message());
    }
    sockets_.push_back(name);
    local_.push_back(std::move(acceptor));
  }

  Task<> run() {
    std::exception_ptr ended;
    try {
      co_await accept_all();
    } catch (...) {
      ended = std::current_exception();
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    for (auto& client : clients_) client.stop.emit(asio::cancellation_type::terminal);
    while (!clients_.empty()) co_await all_ended_.wait();
    if (ended) std::rethrow_exception(ended);
  }

  std::size_t clients() const { return clients_.size(); }

 private:
  struct Connection {
    std::string address;
    asio::cancellation_signal stop;
  };

  /// Every acceptor has a coroutine of its own; all end together.
  Task<> accept_all() {
    std::vector<decltype(asio::co_spawn(executor_, Task<>(), asio::deferred))> loops;
    for (auto& acceptor : tcp_) loops.push_back(asio::co_spawn(executor_, accept(acceptor), asio::deferred));
    for (auto& acceptor : local_)
      loops.push_back(asio::co_spawn(executor_, accept(acceptor), asio::deferred));
    if (loops.empty()) {
      co_await clock_.wait_until(never);
      co_return;
    }
    auto group = asio::experimental::make_parallel_group(std::move(loops));
    co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
    co_await cancellation_point();
  }

  /// Ends only by a cancellation.
  template <class Acceptor>
  Task<> accept(Acceptor& acceptor) {
    for (;;) {
      auto [error, socket] = co_await acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
      if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
      if (error) {
        // Out of descriptors, most likely: the others will give some back.
        co_await clock_.wait_for(pause_after_failed_accept);
      } else {
        welcome(std::move(socket));
      }
    }
  }

  std::unique_ptr<stream::Stream> stream_of(tcp::socket socket) {
    return stream::make_stream(std::move(socket), tls_);
  }
  static std::unique_ptr<stream::Stream> stream_of(stream_protocol::socket socket) {
    return stream::make_stream(std::move(socket));
  }

  bool has_room_for(const std::string& address) const {
    const auto same = std::count_if(clients_.begin(), clients_.end(),
                                    [&](const Connection& one) { return one.address == address; });
    return clients_.size() < options_.most_clients && static_cast<std::size_t>(same) < options_.most_from_one;
  }

  template <class Socket>
  void welcome(Socket socket) {
    const auto address = address_of(socket);
    if (!has_room_for(address)) {
      const auto text = Reply(421, "4.3.2", "too many connections; try again later").wire();
      error_code ignored;
      socket.non_blocking(true, ignored);
      socket.write_some(asio::buffer(text), ignored);
      return;
    }
    const auto place = clients_.emplace(clients_.end());
    place->address = address;
    all_ended_.clear();
    asio::co_spawn(executor_, talk(stream_of(std::move(socket)), address),
                   asio::bind_cancellation_slot(place->stop.slot(),
                                                [self = this->shared_from_this(), place](std::exception_ptr) {
                                                  self->clients_.erase(place);
                                                  if (self->clients_.empty()) self->all_ended_.set();
                                                }));
  }

  Task<> talk(std::unique_ptr<stream::Stream> stream, std::string address) {
    Client client;
    client.address = std::move(address);
    co_await serve(*stream, std::move(client), clock_, reception_, options_.dialogue);
  }

  asio::any_io_executor executor_;
  Clock& clock_;
  Reception& reception_;
  ServerOptions options_;
  std::shared_ptr<asio::ssl::context> tls_;
  std::list<tcp::acceptor> tcp_;
  std::list<stream_protocol::acceptor> local_;
  std::vector<std::string> sockets_;
  std::list<Connection> clients_;
  Event all_ended_;
};

Server::Server(const asio::any_io_executor& executor, Clock& clock, Reception& reception,
               ServerOptions options)
    : impl_(std::make_shared<Impl>(executor, clock, reception, std::move(options))) {}

Server::~Server() = default;

tcp::endpoint Server::listen(const tcp::endpoint& address) {
  return impl_->listen(address);
}

void Server::listen(const std::filesystem::path& socket) {
  impl_->listen(socket);
}

Task<> Server::run() {
  return impl_->run();
}

std::size_t Server::clients() const {
  return impl_->clients();
}

}  // namespace external::smtp
