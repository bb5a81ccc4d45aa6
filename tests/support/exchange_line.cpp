#include "exchange_line.h"

#include <external/base/async.h>

namespace external::matrix {

using line::Error;
using line::Line;

Telephony::Telephony(const asio::any_io_executor& io, Clock& time, phonenet::ExchangeOptions options,
                     std::uint64_t seed)
    : core_(std::make_shared<Core>(io, time)),
      executor(io),
      clock(time),
      agenda(core_->agenda),
      exchange(agenda, options, seed, [this](const std::string& text) { log.push_back(text); }) {
  asio::co_spawn(executor, agenda.run(),
                 asio::bind_cancellation_slot(core_->stop.slot(), [core = core_](std::exception_ptr) {}));
}

Telephony::~Telephony() {
  core_->stop.emit(asio::cancellation_type::terminal);
}

/// What lasts from one opening to its close. Operations that wait share it, so they outlive the line.
struct Station::Port {
  Port(const asio::any_io_executor& executor, Clock& time, Station& owner)
      : clock(time), station(&owner), readable(executor), writable(executor), changed(executor) {}

  Clock& clock;
  Station* station;  // null once closed
  bool hung_up = false;
  unsigned speed = 0;
  Bytes in;
  Bytes out;
  std::uint64_t overruns = 0;
  Event readable;
  Event writable;
  Event changed;

  void wake() {
    readable.set();
    writable.set();
    changed.set();
  }
};

namespace {

Task<error_code> wait_for(Event& event, Clock& clock, TimePoint deadline) {
  event.clear();
  const auto first = co_await first_of(event.wait(), clock.wait_until(deadline));
  if (first == 1) co_return asio::error::timed_out;
  co_return error_code();
}

}  // namespace

class Station::PortLine final : public Line {
 public:
  PortLine(std::shared_ptr<Port> port, std::string name) : port_(std::move(port)), name_(std::move(name)) {}
  ~PortLine() override { PortLine::close(); }

  std::string name() const override { return name_; }

  Task<Result<std::size_t>> read(std::span<std::uint8_t> into, TimePoint deadline) override {
    return read_from(port_, into, deadline);
  }

  Task<error_code> write(ByteView bytes, TimePoint deadline) override {
    return write_to(port_, bytes, deadline);
  }

  std::size_t discard_input() override {
    const std::size_t count = port_->in.size();
    port_->in.clear();
    return count;
  }

  void discard_output() override {
    port_->out.clear();
    port_->writable.set();
  }

  Result<line::ControlLines> control_lines() override {
    if (const auto error = unusable()) return error;
    const Station& station = *port_->station;
    if (!station.options_.has_control_lines) return error_code(Error::unsupported);
    port_->changed.clear();
    const phonenet::ControlLines lines = station.modem_.lines();
    return line::ControlLines{lines.carrier,       lines.ring,           lines.data_set_ready,
                              lines.clear_to_send, station.modem_.dtr(), station.rts_};
  }

  error_code set_dtr(bool high) override {
    if (const auto error = unusable()) return error;
    port_->station->set_dtr(high);
    return {};
  }

  error_code set_rts(bool high) override {
    if (const auto error = unusable()) return error;
    if (!port_->station->options_.has_control_lines) return Error::unsupported;
    port_->station->rts_ = high;
    return {};
  }

  Task<error_code> wait_for_change(TimePoint deadline) override { return wait_for_lines(port_, deadline); }

  Result<line::PortErrors> port_errors() override {
    line::PortErrors errors;
    errors.overruns = port_->overruns;
    return errors;
  }

  unsigned speed() const override { return port_->speed; }

  error_code set_speed(unsigned bits_per_second) override {
    if (const auto error = unusable()) return error;
    if (bits_per_second == 0) return Error::bad_speed;
    port_->speed = bits_per_second;
    port_->station->speeds_.push_back(bits_per_second);
    return {};
  }

  void close() override {
    if (port_->station != nullptr) port_->station->closed(*port_);
  }

 private:
  static error_code trouble(const Port& port) {
    if (port.hung_up) return Error::hung_up;
    if (port.station == nullptr) return asio::error::operation_aborted;
    return {};
  }
  error_code unusable() const { return trouble(*port_); }

  static Task<Result<std::size_t>> read_from(std::shared_ptr<Port> port, std::span<std::uint8_t> into,
                                             TimePoint deadline) {
    for (;;) {
      if (port->station == nullptr && !port->hung_up) co_return error_code(asio::error::operation_aborted);
      if (port->in.empty()) {
        if (const auto error = trouble(*port)) co_return error;
        if (const auto error = co_await wait_for(port->readable, port->clock, deadline)) co_return error;
        continue;
      }
      const auto end = port->in.begin() + static_cast<long>(std::min(into.size(), port->in.size()));
      std::copy(port->in.begin(), end, into.begin());
      const auto count = static_cast<std::size_t>(end - port->in.begin());
      port->in.erase(port->in.begin(), end);
      co_return count;
    }
  }

  static Task<error_code> write_to(std::shared_ptr<Port> port, ByteView bytes, TimePoint deadline) {
    for (;;) {
      if (const auto error = trouble(*port)) co_return error;
      const std::size_t buffer = port->station->options_.output_buffer;
      const auto taken = bytes.first(std::min(bytes.size(), buffer - std::min(buffer, port->out.size())));
      port->out.insert(port->out.end(), taken.begin(), taken.end());
      bytes = bytes.subspan(taken.size());
      if (!taken.empty()) port->station->pump();
      if (bytes.empty()) co_return error_code();
      if (port->out.size() < buffer) continue;
      if (const auto error = co_await wait_for(port->writable, port->clock, deadline)) co_return error;
    }
  }

  static Task<error_code> wait_for_lines(std::shared_ptr<Port> port, TimePoint deadline) {
    if (const auto error = trouble(*port)) co_return error;
    if (!port->station->options_.has_control_lines) co_return Error::unsupported;
    if (!port->changed.is_set()) {
      const auto first = co_await first_of(port->changed.wait(), port->clock.wait_until(deadline));
      if (first == 1) co_return asio::error::timed_out;
    }
    co_return trouble(*port);
  }

  std::shared_ptr<Port> port_;
  const std::string name_;
};

Station::Station(Telephony& telephony, const std::string& number, const std::string& name,
                 StationOptions options)
    : telephony_(telephony),
      options_(std::move(options)),
      subscriber_(telephony.exchange.add(number, name, options_.line)),
      modem_(telephony.agenda, subscriber_, options_.modem,
             {.to_computer = [this](ByteView bytes) { hear(bytes); },
              .room_made = [this] { pump(); },
              .purge =
                  [this] {
                    if (port_) port_->out.clear();
                  },
              .lines_changed =
                  [this] {
                    if (port_) port_->changed.set();
                    pump();
                  }}),
      drop_(telephony.agenda, [this] { subscriber_.drop(); }) {
  subscriber_.plug_in(modem_);
}

Station::~Station() {
  if (port_) closed(*port_);
}

Result<std::unique_ptr<Line>> Station::open() {
  if (!plugged_) return error_code(ENOENT, boost::system::system_category());
  if (port_) return error_code(Error::held);
  port_ = std::make_shared<Port>(telephony_.executor, telephony_.clock, *this);
  port_->speed = options_.speed;
  ++opens_;
  speeds_.push_back(options_.speed);
  rts_ = true;
  modem_.port_opened();
  set_dtr(true);
  return std::unique_ptr<Line>(std::make_unique<PortLine>(port_, subscriber_.name()));
}

void Station::closed(Port& port) {
  port.station = nullptr;
  port.out.clear();
  port.wake();
  if (&port != port_.get()) return;
  port_.reset();
  typed_.clear();
  rts_ = false;
  set_dtr(false);
}

void Station::unplug() {
  plugged_ = false;
  if (!port_) return;
  port_->hung_up = true;
  closed(*port_);
}

void Station::plug() {
  plugged_ = true;
}

void Station::set_dtr(bool high) {
  if (high == dtr_) return;
  dtr_ = high;
  dtr_changes_.push_back({telephony_.clock.now(), high});
  modem_.set_dtr(high);
}

bool Station::off_hook() const {
  const auto state = subscriber_.state();
  return state != phonenet::LineState::on_hook && state != phonenet::LineState::ringing;
}

void Station::forget() {
  commands_ = {};
  dtr_changes_ = {};
  speeds_ = {};
}

std::size_t Station::count(std::string_view command) const {
  const auto is_it = [command](const Command& said) { return said.text == command; };
  return static_cast<std::size_t>(std::count_if(commands_.begin(), commands_.end(), is_it));
}

void Station::quirk(const std::string& key, const std::string& value) {
  phonenet::Quirks quirks = modem_.quirks();
  phonenet::set_quirk(quirks, key, value);
  modem_.set_quirks(quirks);
}

// By a timer: the exchange may be in the middle of a delivery.
void Station::count_down(std::size_t bytes) {
  if (!drop_after_ || modem_.state() != phonenet::ModemState::online) return;
  *drop_after_ -= std::min<std::uint64_t>(*drop_after_, bytes);
  if (*drop_after_ > 0) return;
  drop_after_.reset();
  drop_.start_in({});
}

void Station::hear(ByteView bytes) {
  count_down(bytes.size());
  const std::size_t held = port_ ? port_->in.size() : options_.input_buffer;
  const auto kept = bytes.first(std::min(bytes.size(), options_.input_buffer - held));
  lost_ += bytes.size() - kept.size();
  if (!port_) return;
  port_->overruns += bytes.size() - kept.size();
  to_computer_ += kept.size();
  const bool clear = hears_each_other();
  for (const std::uint8_t byte : kept) port_->in.push_back(clear ? byte : 0xFE);
  port_->readable.set();
}

bool Station::hears_each_other() {
  return !options_.keeps_speed || speed_ == 0 || !port_ || speed_ == port_->speed;
}

void Station::pump() {
  if (pumping_) return;
  pumping_ = true;
  while (port_ && !port_->out.empty() && modem_.lines().clear_to_send) {
    const std::size_t count = std::min(port_->out.size(), modem_.room());
    if (count == 0) break;
    Bytes bytes(port_->out.begin(), port_->out.begin() + static_cast<long>(count));
    // Between calls a modem takes the speed from the AT of each command.
    if (modem_.state() == phonenet::ModemState::command) speed_ = port_->speed;
    if (!hears_each_other()) std::ranges::fill(bytes, std::uint8_t{0xFE});
    port_->out.erase(port_->out.begin(), port_->out.begin() + static_cast<long>(count));
    port_->writable.set();
    note(bytes);
    modem_.receive(bytes);
  }
  pumping_ = false;
}

void Station::note(ByteView bytes) {
  from_computer_ += bytes.size();
  count_down(bytes.size());
  const TimePoint now = telephony_.clock.now();
  if (modem_.state() == phonenet::ModemState::online) {
    if (as_text(bytes) == "+++") commands_.push_back({now, "+++"});
    return;
  }
  for (const char letter : as_text(bytes)) {
    if (letter != '\r') {
      typed_ += letter;
      continue;
    }
    commands_.push_back({now, std::exchange(typed_, {})});
  }
}

}  // namespace external::matrix
