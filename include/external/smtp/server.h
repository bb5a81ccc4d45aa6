#pragma once
// A server for SMTP or LMTP: listens, and serves many clients at once.

#include <external/smtp/dialogue.h>
#include <external/stream/socket.h>

#include <filesystem>

namespace external::smtp {

struct ServerOptions {
  DialogueOptions dialogue;
  std::optional<stream::TlsFiles> tls;  ///< without them STARTTLS is not offered
  std::size_t most_clients = 200;       ///< at once; more are told 421 and closed
  std::size_t most_from_one = 50;       ///< of them from one address
};

/// Used on one thread, that of `executor`. What it is given by reference must outlive it, and it must outlive
/// run().
class Server {
 public:
  /// Throws std::runtime_error with a line for the administrator if the files for TLS are no use.
  Server(const asio::any_io_executor& executor, Clock& clock, Reception& reception, ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Listens at a TCP address or a unix socket, whose owner and group alone may connect. A socket that a
  /// killed program left behind is replaced. May be called several times, before run(). Throws
  /// std::runtime_error with a line for the administrator.
  asio::ip::tcp::endpoint listen(const asio::ip::tcp::endpoint& address);
  void listen(const std::filesystem::path& socket);

  /// Serves until it is cancelled; then clients are told, and all of them have ended on return.
  Task<> run();

  std::size_t clients() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  ///< also of coroutines that are destroyed after it
};

}  // namespace external::smtp
