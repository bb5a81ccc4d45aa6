#pragma once
// Metrics by HTTP, for Prometheus: GET /metrics and nothing else.

#include <external/base/clock.h>

#include <string>

namespace external::metrics {

/// Where it listens. An empty host means this computer only; a port of 0 is one of the system's choice.
struct Place {
  std::string host;
  std::string port;
};

/// Lives on one thread, that of the lines: a page is made at most once a second, whoever asks how often, and
/// no client can hold anything up. 16 clients may be connected and others wait; a request may have 8 KB; a
/// client has 10 s to ask and 10 s to take the answer, and then is dropped.
class HttpServer {
 public:
  using MakePage = std::function<std::string()>;
  using Tell = std::function<void(const std::string& line)>;  ///< for the log

  /// `clock` must outlive it.
  HttpServer(const asio::any_io_executor& executor, Clock& clock, Place place, MakePage page, Tell tell);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Serves until it is cancelled, then ends all connections and throws operation_aborted. An address that
  /// cannot be had is told once and tried again each minute: metrics are no reason for mail not to move.
  Task<> run();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace external::metrics
