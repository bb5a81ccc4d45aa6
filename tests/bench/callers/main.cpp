// Holds many idle calls open, so that the memory of the post office that answers them can be measured.
//
//   idle_callers PORT COUNT OWN-NAME CALLED-NAME PASSWORD
//
// Calls 127.0.0.1:PORT so often, signs on, says "COUNT open" when all are, and holds them until its standard
// input ends. Exit code 0: all were held; 1, at once: one was not. Links need no dictionary, since nothing is
// sent.

#include <external/base/async.h>
#include <external/base/clock.h>
#include <external/line/tcp.h>
#include <external/link/dictionaries.h>
#include <external/link/sign_on.h>

#include <charconv>
#include <iostream>

namespace external {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 120s;
constexpr std::size_t at_once = 50;  // signing on; more would overflow the queue of the listener

struct Arguments {
  std::string port;
  std::size_t count = 0;
  std::string own_name;
  std::string called;
  std::string password;
};

struct Held {
  std::unique_ptr<line::Line> line;
  std::unique_ptr<link::Link> link;
};

class Callers {
 public:
  Callers(asio::io_context& io, const Arguments& arguments)
      : io_(io),
        arguments_(arguments),
        key_(link::derive_key(arguments.password, arguments.own_name, arguments.called)),
        input_(io, ::dup(0)) {}

  Task<> run() {
    for (std::size_t i = 0; i < std::min(at_once, arguments_.count); ++i) {
      asio::co_spawn(io_, call_in_turn(), asio::detached);
    }
    std::array<char, 1> byte{};
    error_code error;
    while (!error) {
      co_await input_.async_read_some(asio::buffer(byte), asio::redirect_error(asio::use_awaitable, error));
    }
    io_.stop();
  }

  bool all_held() const { return open_ == arguments_.count && !lost_; }

 private:
  Task<> call_in_turn() {
    while (begun_ < arguments_.count) {
      ++begun_;
      const auto error = co_await call();
      if (error) co_return give_up("a call failed: " + error.message());
      if (++open_ == arguments_.count) std::cout << open_ << " open" << std::endl;
    }
  }

  Task<error_code> call() {
    const TimePoint deadline = clock_.now() + patience;
    auto line = co_await line::connect_tcp("127.0.0.1", arguments_.port, clock_, deadline);
    if (!line) co_return line.error();
    auto held = std::make_unique<Held>();
    held->line = std::move(*line);
    link::Options options;
    options.carries_all = true;
    held->link = link::make_link(*held->line, clock_, io_.get_executor(), options);
    link::Link& link = *held->link;
    held_.push_back(std::move(held));
    asio::co_spawn(io_, watch(link), asio::detached);
    const link::Terms terms;
    const auto agreement = co_await link::sign_on_as_caller(link, arguments_.own_name, arguments_.called,
                                                            terms, key_, dictionaries_, deadline);
    if (!agreement) co_return agreement.error();
    co_return co_await link.meet(deadline);
  }

  Task<> watch(link::Link& link) {
    const auto error = co_await link.run();
    give_up("a call has ended: " + error.message());
  }

  void give_up(const std::string& why) {
    if (!std::exchange(lost_, true)) std::cerr << "idle_callers: " << why << std::endl;
    io_.stop();
  }

  asio::io_context& io_;
  const Arguments& arguments_;
  const link::Key key_;
  const link::Dictionaries dictionaries_;
  SystemClock clock_;
  asio::posix::stream_descriptor input_;
  std::vector<std::unique_ptr<Held>> held_;
  std::size_t begun_ = 0;
  std::size_t open_ = 0;
  bool lost_ = false;
};

std::optional<Arguments> parse(int count, char** words) {
  if (count != 6) return std::nullopt;
  Arguments arguments{words[1], 0, words[3], words[4], words[5]};
  const std::string_view number = words[2];
  const auto end = std::from_chars(number.data(), number.data() + number.size(), arguments.count);
  if (end.ec != std::errc() || arguments.count == 0) return std::nullopt;
  return arguments;
}

int hold(const Arguments& arguments) {
  asio::io_context io(1);
  Callers callers(io, arguments);
  asio::co_spawn(io, callers.run(), asio::detached);
  io.run();
  return callers.all_held() ? 0 : 1;
}

}  // namespace
}  // namespace external

int main(int count, char** words) {
  const auto arguments = external::parse(count, words);
  if (!arguments) {
    std::cerr << "usage: idle_callers PORT COUNT OWN-NAME CALLED-NAME PASSWORD" << std::endl;
    return 64;
  }
  return external::hold(*arguments);
}
