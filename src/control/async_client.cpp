#include "socket_path.h"

#include <external/base/async.h>
#include <external/control/async_client.h>

namespace external::control {

namespace json = boost::json;

namespace {

constexpr std::size_t longest_reply = 16 * 1024 * 1024;

bool nobody_listens(const error_code& error) {
  return error == boost::system::errc::no_such_file_or_directory ||
         error == boost::system::errc::connection_refused || error == boost::system::errc::not_a_directory;
}

json::object understood(const std::string& answer, const std::string& failure) {
  error_code error;
  json::value value = json::parse(answer, error);
  if (error || !value.is_object())
    throw std::runtime_error(failure + "it answered something that is no reply; are both of one version?");
  json::object& reply = value.get_object();
  const auto* ok = reply.if_contains("ok");
  if (ok != nullptr && *ok == true) return std::move(reply);
  const auto* text = reply.if_contains("error");
  throw Refused(text != nullptr && text->is_string() ? std::string(text->get_string())
                                                     : "refused without a reason");
}

}  // namespace

AsyncClient::AsyncClient(const asio::any_io_executor& executor, Clock& clock, std::string path,
                         std::string folder)
    : clock_(clock), path_(std::move(path)), folder_(std::move(folder)), socket_(executor) {}

Task<json::object> AsyncClient::request(json::object request, Duration patience) {
  request["v"] = 1;
  const std::string line = json::serialize(request) + "\n";
  const std::string failure = "cannot talk to the External of " + folder_ + ": ";
  std::string answer;
  // A connection on which an answer is due is of no use to the next request.
  struct CloseUnlessDone {
    AsyncClient& client;
    bool done = false;
    ~CloseUnlessDone() {
      if (done) return;
      error_code ignored;
      client.socket_.close(ignored);
      client.received_.clear();
    }
  } close{*this};
  std::size_t first = 0;
  error_code failed;
  try {
    first = co_await first_of(exchange(line, answer), clock_.wait_for(patience));
  } catch (const boost::system::system_error& error) {
    failed = error.code();
  }
  if (failed == asio::error::operation_aborted) throw boost::system::system_error(failed);
  if (nobody_listens(failed)) throw NotRunning("no External is running for " + folder_);
  if (failed == asio::error::eof || failed == asio::error::connection_reset ||
      failed == asio::error::broken_pipe)
    throw NotRunning("the External of " + folder_ + " ended before it answered");
  if (failed == boost::system::errc::permission_denied)
    throw std::runtime_error(failure + failed.message() + "; use its user or join its group");
  if (failed) throw std::runtime_error(failure + failed.message());
  if (first == 1) throw std::runtime_error(failure + "it does not answer; is it stopped or hung?");
  close.done = true;
  co_return understood(answer, failure);
}

Task<> AsyncClient::connect() {
  const SocketPath reachable(path_);
  const asio::local::stream_protocol::endpoint endpoint(reachable.text());
  co_await socket_.async_connect(endpoint, asio::use_awaitable);
}

Task<> AsyncClient::exchange(const std::string& line, std::string& answer) {
  if (!socket_.is_open()) co_await connect();
  co_await asio::async_write(socket_, asio::buffer(line), asio::use_awaitable);
  const std::size_t length = co_await asio::async_read_until(
      socket_, asio::dynamic_buffer(received_, longest_reply), '\n', asio::use_awaitable);
  answer = received_.substr(0, length);
  received_.erase(0, length);
}

}  // namespace external::control
