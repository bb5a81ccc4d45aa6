#include "port.h"

#include <external/line/port.h>
#include <external/line/trouble.h>

namespace external::engine {

namespace {

using namespace std::chrono_literals;

constexpr Duration connect_limit = 10s;   ///< for a port or modem behind a socket
constexpr Duration shortest_wait = 50ms;  ///< a device that is leaving is there still for a moment

}  // namespace

Port::Port(Context& context, const config::Instance& settings)
    : context_(context),
      settings_(settings),
      is_device_(!context.open_line && settings.async_comm_port.find("://") == std::string::npos) {}

Task<Result<std::unique_ptr<line::Line>>> Port::open() {
  if (context_.open_line) co_return co_await context_.open_line(settings_);
  line::TtyOptions options;
  options.speed = settings_.async_speed;
  options.lock_folder = settings_.lock_folder.string();
  options.note = [this](const std::string& text) { context_.log.write(settings_.name, text); };
  if (is_device_) opened_ = line::device_at(settings_.async_comm_port);
  co_return co_await line::open_port(settings_.async_comm_port, options, context_.clock,
                                     context_.clock.now() + connect_limit);
}

Task<> Port::wait_for_return(Duration longest) {
  const TimePoint end = context_.clock.now() + longest;
  co_await context_.clock.wait_for(shortest_wait);
  if (is_device_) co_await line::wait_for_port(settings_.async_comm_port, context_.clock, end);
  co_await cancellation_point();
}

bool Port::still_there() const {
  return !is_device_ || line::still_there(settings_.async_comm_port, opened_);
}

bool Port::is_present() const {
  return is_device_ && line::device_at(settings_.async_comm_port).has_value();
}

std::string Port::trouble(error_code error) const {
  return line::describe_trouble(error, settings_.async_comm_port, settings_.lock_folder.string());
}

bool is_absent(error_code error) {
  namespace errc = boost::system::errc;
  return error == line::Error::hung_up || error == errc::no_such_file_or_directory ||
         error == errc::no_such_device || error == errc::no_such_device_or_address ||
         error == errc::not_a_directory || error == errc::io_error;
}

}  // namespace external::engine
