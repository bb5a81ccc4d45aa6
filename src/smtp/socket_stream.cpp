#include "socket_stream.h"

#include <boost/asio/ssl.hpp>

#include <stdexcept>

namespace external::smtp {

namespace ssl = asio::ssl;

namespace {

/// A cancellation is an exception, as everywhere; a connection that broke is an end.
void throw_if_cancelled(const error_code& error) {
  if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
}

template <class Socket>
Task<std::size_t> read_from(Socket& socket, std::span<char> to) {
  const auto buffer = asio::buffer(to.data(), to.size());
  const auto [error, size] = co_await socket.async_read_some(buffer, asio::as_tuple(asio::use_awaitable));
  throw_if_cancelled(error);
  co_return error ? 0 : size;
}

template <class Socket>
Task<bool> write_to(Socket& socket, std::string_view text) {
  const auto buffer = asio::buffer(text.data(), text.size());
  const auto [error, size] = co_await asio::async_write(socket, buffer, asio::as_tuple(asio::use_awaitable));
  throw_if_cancelled(error);
  co_return !error;
}

class LocalStream final : public Stream {
 public:
  explicit LocalStream(asio::local::stream_protocol::socket socket) : socket_(std::move(socket)) {}

  Task<std::size_t> read(std::span<char> to) override { return read_from(socket_, to); }
  Task<bool> write(std::string_view text) override { return write_to(socket_, text); }

 private:
  asio::local::stream_protocol::socket socket_;
};

class TcpStream final : public Stream {
 public:
  TcpStream(asio::ip::tcp::socket socket, std::shared_ptr<ssl::context> context)
      : socket_(std::move(socket)), context_(std::move(context)) {}

  Task<std::size_t> read(std::span<char> to) override {
    return tls_ ? read_from(*tls_, to) : read_from(socket_, to);
  }
  Task<bool> write(std::string_view text) override {
    return tls_ ? write_to(*tls_, text) : write_to(socket_, text);
  }

  bool offers_tls() const override { return context_ != nullptr; }

  Task<bool> start_tls() override {
    tls_.emplace(socket_, *context_);
    const auto [error] =
        co_await tls_->async_handshake(ssl::stream_base::server, asio::as_tuple(asio::use_awaitable));
    throw_if_cancelled(error);
    co_return !error;
  }

 private:
  asio::ip::tcp::socket socket_;
  std::shared_ptr<ssl::context> context_;
  std::optional<ssl::stream<asio::ip::tcp::socket&>> tls_;
};

}  // namespace

std::shared_ptr<ssl::context> make_tls_context(const TlsFiles& files) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  error_code error;
  context->use_certificate_chain_file(files.certificate.string(), error);
  if (error) {
    throw std::runtime_error("cannot use the certificate " + files.certificate.string() + ": " +
                             error.message() + "; it must be a PEM file that this user may read");
  }
  context->use_private_key_file(files.key.string(), ssl::context::pem, error);
  if (error) {
    throw std::runtime_error("cannot use the key " + files.key.string() + ": " + error.message() +
                             "; it must be the PEM file that belongs to " + files.certificate.string());
  }
  return context;
}

std::unique_ptr<Stream> make_stream(asio::ip::tcp::socket socket, std::shared_ptr<ssl::context> tls) {
  error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  return std::make_unique<TcpStream>(std::move(socket), std::move(tls));
}

std::unique_ptr<Stream> make_stream(asio::local::stream_protocol::socket socket) {
  return std::make_unique<LocalStream>(std::move(socket));
}

}  // namespace external::smtp
