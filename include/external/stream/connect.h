#pragma once
// The client's end of connections.

#include <external/base/clock.h>
#include <external/stream/stream.h>

#include <filesystem>

namespace external::stream {

/// How the certificate of a server is looked at when TLS is started.
enum class Trust {
  anyone,  ///< encrypts, but does not prove who is there
  proven,  ///< a certificate for that host, signed by one that this system trusts
};

/// Connects to `host`:`port`, names or numbers; names are looked up off this thread. The stream's start_tls()
/// is a client's.
Task<Result<std::unique_ptr<Stream>>> connect_tcp(std::string host, std::string port, Trust trust,
                                                  Clock& clock, TimePoint deadline);

/// Connects to a unix socket.
Task<Result<std::unique_ptr<Stream>>> connect_local(std::filesystem::path socket);

}  // namespace external::stream
