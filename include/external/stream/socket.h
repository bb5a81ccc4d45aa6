#pragma once
// The server's end of connections: sockets that were accepted, with TLS from the moment it is asked for.

#include <external/stream/stream.h>

#include <filesystem>

namespace boost::asio::ssl {
class context;
}

namespace external::stream {

/// What a server needs for TLS: PEM files, the certificate with those that vouch for it.
struct TlsFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

/// Reads certificate and key. Throws std::runtime_error with a line for the administrator.
std::shared_ptr<asio::ssl::context> make_tls_context(const TlsFiles& files);

/// Whether a client is shown the same certificate by both.
bool same_certificate(asio::ssl::context& one, asio::ssl::context& other);

/// Closes the socket when it goes. `tls` may be null.
std::unique_ptr<Stream> make_stream(asio::ip::tcp::socket socket, std::shared_ptr<asio::ssl::context> tls);
std::unique_ptr<Stream> make_stream(asio::local::stream_protocol::socket socket);

}  // namespace external::stream
