#pragma once
// The Telnet side of a terminal server (RFC 854, RFC 2217): a byte stream of a client, taken apart and made.

#include "control_lines.h"

#include <external/base/asio.h>

struct telnet_t;
union telnet_event_t;

namespace external::phonenet {

class ComPortServer {
 public:
  /// What the client wants. Called from receive() only.
  struct Port {
    std::function<void(ByteView)> to_client;  ///< bytes for the connection; also from send() and notify()
    std::function<void(ByteView)> data;
    std::function<void(unsigned)> speed;  ///< bits per second, over 0
    std::function<void(bool)> dtr;
    std::function<void(bool)> rts;
    std::function<void(bool)> line_break;
    std::function<void()> purge_input;   ///< what the client has not been sent
    std::function<void()> purge_output;  ///< what the modem has not taken
    std::function<void(bool)> suspend;   ///< true: send no data until false
    std::function<ControlLines()> lines;
  };

  /// Speaks at once.
  explicit ComPortServer(Port port);
  ~ComPortServer();
  ComPortServer(const ComPortServer&) = delete;
  ComPortServer& operator=(const ComPortServer&) = delete;

  void receive(ByteView bytes);
  /// Data for the client.
  void send(ByteView bytes);
  /// Tells the client the control lines that changed since it was last told, as far as it wants to know.
  void notify();

 private:
  struct Free {
    void operator()(telnet_t* telnet) const;
  };

  static void happened(telnet_t* telnet, telnet_event_t* event, void* self);
  void agree();
  void command(ByteView bytes);
  void control(std::uint8_t wish);
  void purge(std::uint8_t which);
  void reply(std::uint8_t command, ByteView value);
  void reply(std::uint8_t command, std::uint8_t value) { reply(command, ByteView(&value, 1)); }
  void tell_lines();

  Port port_;
  std::unique_ptr<telnet_t, Free> telnet_;
  bool agreed_ = false;  // on RFC 2217
  bool dtr_ = true;
  bool rts_ = true;
  bool break_ = false;
  unsigned speed_ = 9600;
  std::uint8_t flow_ = 1;  // none
  std::uint8_t mask_ = 255;
  ControlLines told_;
};

}  // namespace external::phonenet
