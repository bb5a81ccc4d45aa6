#include "phonenet.h"

#include <csignal>
#include <iostream>

namespace {

using namespace external;
using namespace external::phonenet;

Task<> until_signal() {
  asio::signal_set signals(co_await asio::this_coro::executor, SIGINT, SIGTERM, SIGHUP);
  co_await signals.async_wait(asio::use_awaitable);
}

Task<> serve(PhoneNet& net) {
  co_await first_of(net.run(), until_signal());
}

int run(const Options& options) {
  asio::io_context io(1);
  SystemClock clock;
  const bool quiet = options.quiet;
  PhoneNet net(io.get_executor(), clock, options, [quiet](const std::string& text) {
    if (!quiet) std::cout << text << std::endl;
  });
  std::exception_ptr failure;
  asio::co_spawn(io, serve(net), [&](std::exception_ptr thrown) {
    failure = thrown;
    io.stop();
  });
  io.run();
  if (failure) std::rethrow_exception(failure);
  return 0;
}

int control(const std::vector<std::string>& arguments) {
  if (arguments.size() < 3)
    throw std::runtime_error("write: phonenet ctl DIR COMMAND [NAME] [VALUE]; see phonenet --help");
  const auto socket = std::filesystem::path(arguments[1]) / "phonenet.sock";
  std::cout << ask(socket, {arguments.begin() + 2, arguments.end()});
  return 0;
}

int run(const std::vector<std::string>& arguments) {
  if (!arguments.empty() && arguments.front() == "ctl") return control(arguments);
  const Options options = parse_options(arguments);
  if (!options.help) return run(options);
  std::cout << help_text();
  return 0;
}

}  // namespace

int main(int count, char** values) {
  try {
    return run(std::vector<std::string>(values + 1, values + count));
  } catch (const std::exception& error) {
    std::cerr << "phonenet: " << error.what() << "\n";
    return 1;
  }
}
