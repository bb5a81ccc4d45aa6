#pragma once
// The program: the exchange, its stations and the control socket.

#include "control.h"
#include "exchange.h"
#include "options.h"
#include "station.h"

namespace external::phonenet {

class PhoneNet {
 public:
  using Print = std::function<void(const std::string&)>;

  /// Everything is there when the constructor returns; it moves in run(). `print` gets a line per event.
  /// Throws std::runtime_error with cause and cure when the folder cannot be used.
  PhoneNet(const asio::any_io_executor& executor, Clock& clock, const Options& options, Print print);

  /// Serves until cancelled.
  Task<> run();

  /// What `phonenet ctl` sends. Returns the answer, with its line end; throws ControlError.
  std::string control(const Words& words);

 private:
  std::unique_ptr<ComputerPort> make_port(const asio::any_io_executor& executor, const LineOption& line,
                                          const std::filesystem::path& dir, ComputerPort::Modem modem,
                                          std::string& place);
  Station& station(const std::string& name);
  std::string control_line(const std::string& verb, const std::string& name);
  std::string set(const std::string& what, const std::string& name, const std::string& value);
  std::string ring(const std::string& name, const std::string& count);
  void set_ring_train(Subscriber& line, const std::string& what, const std::string& value);
  std::string quirk(const Words& words);
  std::string statistics(const Words& words);
  void print(const std::string& text);

  Agenda agenda_;
  Print print_;
  Exchange exchange_;
  ControlServer server_;
  std::map<std::string, std::unique_ptr<Station>> stations_;
};

}  // namespace external::phonenet
