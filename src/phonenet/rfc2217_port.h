#pragma once
// The modem's serial port as a terminal server offers it: TCP on 127.0.0.1, with control lines.

#include "computer_port.h"

#include <external/line/com_port_server.h>

namespace external::phonenet {

/// Serves one client at a time; a second one is told so and disconnected. DTR and RTS rise with a client and
/// fall when it goes. RTS and break are noted, and have no effect on the modem.
class Rfc2217Port final : public ComputerPort {
 public:
  /// Listens from now on. `tcp_port` 0: any that is free. Throws std::runtime_error with the cause and the
  /// cure.
  Rfc2217Port(const asio::any_io_executor& executor, std::string name, std::uint16_t tcp_port, Modem modem);
  ~Rfc2217Port() override;

  std::uint16_t number() const;

  /// While unplugged, whoever connects is disconnected at once.
  void plug() override { plugged_ = true; }
  void unplug() override;
  bool plugged() const override { return plugged_; }
  bool in_use() const override { return client_ != nullptr; }

  void to_computer(ByteView bytes) override;
  void room_made() override;
  void purge() override;
  void lines_changed() override;

  /// Adds "tcp_port", "speeds" (each that was set), "dtr", "rts", "breaks" and "clients".
  void describe(boost::json::object& all) const override;
  std::uint64_t read_from_computer() const override { return read_; }
  std::uint64_t written_to_computer() const override { return written_; }
  std::uint64_t dropped() const override { return dropped_; }

 private:
  struct Client;

  void accept();
  void welcome(asio::ip::tcp::socket socket);
  void read(const std::shared_ptr<Client>& client);
  void write(const std::shared_ptr<Client>& client);
  void give_to_modem();
  void pass_to_client(Client& client);
  void set_dtr(bool high);
  void gone();

  const std::string name_;
  Modem modem_;
  asio::ip::tcp::acceptor acceptor_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // handlers that come late find it gone
  std::shared_ptr<Client> client_;
  bool plugged_ = true;
  bool dtr_ = false;
  bool rts_ = false;
  std::vector<unsigned> speeds_;
  unsigned breaks_ = 0;
  unsigned clients_ = 0;
  std::uint64_t read_ = 0;
  std::uint64_t written_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace external::phonenet
