#include "station.h"

namespace external::phonenet {
namespace {

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

boost::json::value since(TimePoint start, std::optional<TimePoint> end) {
  return end ? boost::json::value(seconds(*end - start)) : boost::json::value();
}

boost::json::value describe(const std::optional<CallRecord>& call, TimePoint now) {
  if (!call) return nullptr;
  const TimePoint end = call->ended.value_or(now);
  return boost::json::object{
      {"with", call->with},
      {"connected_at", seconds(call->connected_at.time_since_epoch())},
      {"over", call->ended.has_value()},
      {"seconds", seconds(end - call->connected)},
      {"first_byte", since(call->connected, call->first_byte)},
      {"first_sent", since(call->connected, call->first_sent)},
      {"last_byte", since(call->connected, call->last_byte)},
      {"line_seconds", call->first_byte ? seconds(end - *call->first_byte) : 0.0},
      {"bytes_sent", call->sent},
      {"bytes_received", call->received},
  };
}

}  // namespace

Station::Station(Agenda& agenda, Subscriber& subscriber, const ModemOptions& options,
                 const MakePort& make_port)
    : agenda_(agenda),
      subscriber_(subscriber),
      modem_(agenda, subscriber, options,
             {.to_computer = [this](ByteView bytes) { port_->to_computer(bytes); },
              .room_made = [this] { port_->room_made(); },
              .purge = [this] { port_->purge(); },
              .lines_changed = [this] { port_->lines_changed(); }}),
      port_(make_port({.bytes = [this](ByteView bytes) { modem_.receive(bytes); },
                       .dtr = [this](bool high) { modem_.set_dtr(high); },
                       .room = [this] { return modem_.room(); },
                       .opened = [this] { modem_.port_opened(); },
                       .lines = [this] { return modem_.lines(); }})) {
  subscriber_.plug_in(modem_);
  port_->plug();
}

boost::json::object Station::statistics() const {
  const LineStatistics line = subscriber_.statistics();
  const LineSettings& settings = subscriber_.settings();
  boost::json::object all{
      {"number", subscriber_.number()},
      {"modem", std::string(to_string(modem_.state()))},
      {"line", std::string(to_string(subscriber_.state()))},
      {"plugged", port_->plugged()},
      {"port_in_use", port_->in_use()},
      {"carrier", modem_.lines().carrier},
      {"forced_busy", subscriber_.forced_busy()},
      {"cut", subscriber_.cut()},
      {"rate", settings.rate},
      {"latency_seconds", seconds(settings.latency)},
      {"bit_error_rate", settings.bit_error_rate},
      {"calls", line.calls},
      {"rings", line.rings},
      {"call_seconds", seconds(line.connected)},
      {"bytes_sent", line.sent},
      {"bytes_received", line.received},
      {"bytes_from_computer", port_->read_from_computer()},
      {"bytes_to_computer", port_->written_to_computer()},
      {"bytes_dropped", line.dropped + modem_.dropped() + port_->dropped()},
      {"bit_errors", line.bit_errors},
      {"highest_queue", line.highest_queue},
      {"last_call", describe(subscriber_.last_call(), agenda_.now())},
  };
  port_->describe(all);
  return all;
}

}  // namespace external::phonenet
