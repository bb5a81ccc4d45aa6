#include "http_connection.h"

#include <external/metrics/text.h>

#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace external::metrics {

namespace beast = boost::beast;
namespace http = beast::http;

namespace {

constexpr std::uint32_t largest_request = 8 * 1024;
constexpr auto time_limit = std::chrono::seconds(10);  ///< to ask, and to take the answer

using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

Response answer(const Request& request, const std::function<std::string()>& page) {
  Response response(http::status::ok, request.version());
  response.set(http::field::server, "External");
  response.set(http::field::content_type, "text/plain; charset=utf-8");
  response.keep_alive(request.keep_alive());
  const auto target = request.target();
  const auto path = target.substr(0, target.find('?'));
  if (path != "/metrics") {
    response.result(http::status::not_found);
    response.body() = "There is only /metrics.\n";
  } else if (request.method() != http::verb::get && request.method() != http::verb::head) {
    response.result(http::status::method_not_allowed);
    response.set(http::field::allow, "GET, HEAD");
    response.body() = "Metrics are only told: use GET.\n";
  } else {
    response.set(http::field::content_type, std::string(content_type));
    response.body() = page();
  }
  response.prepare_payload();
  if (request.method() == http::verb::head) response.body().clear();
  return response;
}

}  // namespace

Task<> serve_client(asio::ip::tcp::socket socket, std::function<std::string()> page) {
  beast::tcp_stream stream(std::move(socket));
  beast::flat_buffer buffer(largest_request);
  for (;;) {
    http::request_parser<http::empty_body> parser;
    parser.header_limit(largest_request);
    stream.expires_after(time_limit);
    auto [unread, bytes_in] =
        co_await http::async_read(stream, buffer, parser, asio::as_tuple(asio::use_awaitable));
    if (unread) co_return;
    auto response = answer(parser.get(), page);
    stream.expires_after(time_limit);
    auto [unwritten, bytes_out] =
        co_await http::async_write(stream, response, asio::as_tuple(asio::use_awaitable));
    if (unwritten || !response.keep_alive()) co_return;
  }
}

}  // namespace external::metrics
