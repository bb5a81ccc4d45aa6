#include <external/base/async.h>
#include <external/base/connect.h>
#include <external/stream/connect.h>
#include <external/stream/socket.h>

#include <boost/asio/ssl.hpp>

#include <stdexcept>

#include <netinet/tcp.h>

namespace external::stream {

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

/// What differs between the two ends when TLS is started.
struct TlsRole {
  std::shared_ptr<ssl::context> context;  ///< null: no TLS
  ssl::stream_base::handshake_type end = ssl::stream_base::server;
  std::string host;  ///< whose certificate it must be; empty: nobody's in particular
};

class TcpStream final : public Stream {
 public:
  TcpStream(asio::ip::tcp::socket socket, TlsRole role)
      : socket_(std::move(socket)), role_(std::move(role)) {}

  Task<std::size_t> read(std::span<char> to) override {
    return tls_ ? read_from(*tls_, to) : read_from(socket_, to);
  }
  Task<bool> write(std::string_view text) override {
    return tls_ ? write_to(*tls_, text) : write_to(socket_, text);
  }

  bool has_gone() override {
    tcp_info info{};
    socklen_t size = sizeof info;
    const int failed = ::getsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size);
    return failed != 0 || info.tcpi_state != TCP_ESTABLISHED;
  }

  bool offers_tls() const override { return role_.context != nullptr; }

  Task<bool> start_tls() override {
    tls_.emplace(socket_, *role_.context);
    if (!role_.host.empty()) {
      SSL_set_tlsext_host_name(tls_->native_handle(), role_.host.c_str());
      tls_->set_verify_callback(ssl::host_name_verification(role_.host));
    }
    const auto [error] = co_await tls_->async_handshake(role_.end, asio::as_tuple(asio::use_awaitable));
    throw_if_cancelled(error);
    co_return !error;
  }

 private:
  asio::ip::tcp::socket socket_;
  TlsRole role_;
  std::optional<ssl::stream<asio::ip::tcp::socket&>> tls_;
};

std::unique_ptr<Stream> make_tcp_stream(asio::ip::tcp::socket socket, TlsRole role) {
  error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  return std::make_unique<TcpStream>(std::move(socket), std::move(role));
}

TlsRole client_role(const std::string& host, Trust trust) {
  TlsRole role{std::make_shared<ssl::context>(ssl::context::tls_client), ssl::stream_base::client, {}};
  role.context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 |
                            ssl::context::no_tlsv1_1);
  if (trust == Trust::anyone) return role;
  error_code ignored;  // without any, no certificate will be good enough
  role.context->set_default_verify_paths(ignored);
  role.context->set_verify_mode(ssl::verify_peer);
  role.host = host;
  return role;
}

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

bool same_certificate(ssl::context& one, ssl::context& other) {
  const X509* first = SSL_CTX_get0_certificate(one.native_handle());
  const X509* second = SSL_CTX_get0_certificate(other.native_handle());
  return first && second && X509_cmp(first, second) == 0;
}

std::unique_ptr<Stream> make_stream(asio::ip::tcp::socket socket, std::shared_ptr<ssl::context> tls) {
  return make_tcp_stream(std::move(socket), {std::move(tls), ssl::stream_base::server, {}});
}

std::unique_ptr<Stream> make_stream(asio::local::stream_protocol::socket socket) {
  return std::make_unique<LocalStream>(std::move(socket));
}

Task<Result<std::unique_ptr<Stream>>> connect_tcp(std::string host, std::string port, Trust trust,
                                                  Clock& clock, TimePoint deadline) {
  auto socket = co_await connect_socket(host, port, clock, deadline);
  co_await cancellation_point();
  if (!socket) co_return socket.error();
  co_return make_tcp_stream(std::move(*socket), client_role(host, trust));
}

Task<Result<std::unique_ptr<Stream>>> connect_local(std::filesystem::path path) {
  asio::local::stream_protocol::socket socket(co_await asio::this_coro::executor);
  const asio::local::stream_protocol::endpoint address(path.string());
  const auto [error] = co_await socket.async_connect(address, asio::as_tuple(asio::use_awaitable));
  throw_if_cancelled(error);
  if (error) co_return error;
  co_return make_stream(std::move(socket));
}

}  // namespace external::stream
